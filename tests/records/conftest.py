"""Journals to export from, built by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from labjournal.journal.addresses import resolve
from labjournal.records.record import Record, build
from tests.builders import JournalBuilder


@pytest.fixture
def record(builder: JournalBuilder) -> Callable[..., Record]:
    """The record of an address, of the latest run where none is given."""

    def made(address: str = "last") -> Record:
        with builder.open() as journal:
            return build(journal, resolve(journal, address))

    return made
