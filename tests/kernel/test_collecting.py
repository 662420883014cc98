"""When recorders are asked: what is short at once, what is long in a pause, and what comes too fast not at all, which is said."""

from __future__ import annotations

from collections.abc import Iterable
from time import monotonic
from typing import Any

import pytest

from labjournal.events import Event, NamesSeen, ProblemSeen
from labjournal.kernel import collecting as rules
from labjournal.kernel.collecting import Breath, Collecting
from labjournal.kernel.guard import Guard
from labjournal.recorders import Context, Execution, Recorder
from labjournal.recorders.code import CodeRecorder

LONG = "x = 1\n" * 5000


class Told:
    """What recorders said, in order."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.runs = False
        guard = Guard("r1", self.events.extend)
        self.collecting = Collecting("r1", guard, lambda: self.runs, Breath())
        self.recorders: list[Recorder] = [CodeRecorder(NOBODY)]

    def collect(self, *sources: str, ago_s: float = 0.0) -> list[tuple[int, bool]]:
        """Of which executions names are known by now, and whether nothing could be followed."""
        for source in sources:
            self.collecting.ended(Execution("r1", self.next_number(), source))
        self.collecting.collect(self.recorders, monotonic() - ago_s)
        return self.names()

    def names(self) -> list[tuple[int, bool]]:
        return [(event.n, event.opaque) for event in self.events if isinstance(event, NamesSeen)]

    def problems(self) -> list[int]:
        return [event.n for event in self.events if isinstance(event, ProblemSeen)]

    def next_number(self) -> int:
        self._n = getattr(self, "_n", 0) + 1
        return self._n


NOBODY: Any = object.__new__(Context)


@pytest.fixture(autouse=True)
def as_most_pythons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "PARSES_ALONE", False)


@pytest.fixture
def told() -> Told:
    return Told()


def test_a_short_source_is_taken_apart_at_once(told: Told) -> None:
    assert [(1, False)] == told.collect("x = 1")


def test_a_long_one_waits_until_nothing_happens_and_those_behind_it_keep_their_order(told: Told) -> None:
    assert [] == told.collect(LONG, "y = x")
    due = told.collecting.due(100.0)
    assert due is not None
    assert due > 100.0
    assert [(1, False), (2, False)] == told.collect(ago_s=1.0)
    assert told.collecting.due(100.0) is None


def test_what_comes_too_fast_is_not_taken_apart_and_that_is_said(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "WAITING_CHARACTERS", 2 * len(LONG) - 1)
    told.collect(LONG, LONG, LONG, LONG)
    assert [(1, False), (2, False), (3, True), (4, True)] == told.collect(ago_s=1.0)
    assert [3, 4] == told.problems()
    assert [(5, False)] == told.collect(LONG, ago_s=1.0)[4:]


def test_where_trees_must_not_be_made_beside_the_user_s_work_even_a_short_one_waits(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "PARSES_ALONE", True)
    told.runs = True
    assert [] == told.collect("x = 1", ago_s=1.0)
    assert told.collecting.due(100.0) is None
    told.runs = False
    assert [(1, False)] == told.collect()


def test_at_the_end_what_there_is_no_time_for_is_said(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    told.collect(LONG, "y = x")
    monkeypatch.setattr(rules, "FAREWELL_S", -1.0)
    told.collecting.finish(told.recorders)
    assert [(1, True), (2, False)] == told.names()
    assert [1] == told.problems()


def test_a_recorder_that_makes_no_trees_is_asked_in_any_case(told: Told) -> None:
    class Counting(Recorder):
        name = "counting"
        asked: list[int] = []

        def collect(self, execution: Execution) -> Iterable[Event]:
            self.asked.append(execution.n)
            return ()

    told.recorders.append(Counting())
    told.collect(LONG, LONG)
    assert [1, 2] == Counting.asked
