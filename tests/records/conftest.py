"""Journals to export from, built by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from labjournal.journal.addresses import resolve
from labjournal.records.record import Record, build
from tests.builders import JournalBuilder, RunBuilder


@pytest.fixture
def builder(tmp_path: Path) -> Iterator[JournalBuilder]:
    made = JournalBuilder(tmp_path / "journal")
    yield made
    made.close()


@pytest.fixture
def run(builder: JournalBuilder) -> RunBuilder:
    return builder.run()


@pytest.fixture
def record(builder: JournalBuilder) -> Callable[..., Record]:
    """The record of an address, of the latest run where none is given."""

    def made(address: str = "last") -> Record:
        with builder.open() as journal:
            return build(journal, resolve(journal, address))

    return made
