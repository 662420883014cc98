"""Journals for questions: built by hand, asked in a fixed time zone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from labjournal.journal.rows import Address
from labjournal.questions.recipe.slicing import explained
from tests.builders import JournalBuilder, RunBuilder


@pytest.fixture(autouse=True)
def _in_kathmandu(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A zone that is off by odd minutes, so that a forgotten conversion shows."""
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def steps(builder: JournalBuilder, run: RunBuilder) -> Callable[[int], list[int]]:
    """Numbers of the executions in the recipe of execution n."""

    def asked(n: int) -> list[int]:
        with builder.open() as journal:
            return [step.execution.n for step in explained(journal, Address(run.run, n)).steps]

    return asked
