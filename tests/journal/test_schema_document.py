"""docs/schema.md says what the schema says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from labjournal.journal import document, schema
from tests.builders import JournalBuilder
from tests.journal.conftest import Rows

PAGE = Path(__file__).resolve().parents[2] / "docs" / "schema.md"


def test_the_page_is_generated_from_the_schema() -> None:
    assert PAGE.read_text(encoding="utf-8") == document.document(), "python -m labjournal.journal.document > docs/schema.md"


def test_every_table_and_column_is_explained(builder: JournalBuilder, rows: Rows) -> None:
    builder.save()
    page = PAGE.read_text(encoding="utf-8")
    for (table,) in rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'search_index_%'"):
        section = page.split(f"\n## {table}\n", 1)[1].split("\n## ", 1)[0]
        assert re.match(r"\n\S.+\.\n", section), table
        if table != "search_index":
            for _, column, *_ in rows(f"PRAGMA table_info({table})"):
                assert re.search(rf"\| `{column}` \| [^|]+ \| [^|]+", section), (table, column)


@pytest.mark.parametrize("line", [line for line in schema.SCHEMA.splitlines() if re.match(r"    [a-z_]+ +[A-Z]+", line)])
def test_every_column_carries_a_comment(line: str) -> None:
    assert re.search(r" -- \S", line)
