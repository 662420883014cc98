"""What the tests of the journal share: a folder, a builder, and a look at the raw rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Rows = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def rows(folder: Path) -> Rows:
    """Rows as any SQLite tool would see them."""

    def ask(statement: str, *values: Any) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(f"file:{folder / 'journal.sqlite'}?mode=ro", uri=True)
        try:
            return connection.execute(statement, values).fetchall()
        finally:
            connection.close()

    return ask
