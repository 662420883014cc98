"""How large differences usually are that come about by themselves: of other runs of the notebook in which nothing else was another.

Counted are runs, replays among them, that executed the same code in the same order with the same contents of the same files and the same
versions of the packages that count. What a number did in them is what it does without any cause.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from labjournal.journal.rows import Run
from labjournal.questions.difference.behind import Behind
from labjournal.questions.metrics import surest

__all__ = ["Usual", "usual_size"]

_MOST_RUNS = 60
_LEAST = 3
"""So many values of a number, its own among them, say how it spreads."""


class Usual(NamedTuple):
    """What a number did by itself: the largest difference between any two of so many runs."""

    name: str
    spread: float
    runs: int


def usual_size(a: Behind, b: Behind, names: list[str]) -> Usual | None:
    """Of the first of the names of which it is known; the larger one, where the sides are not alike and both have runs like themselves."""
    found: list[Usual] = []
    alike = _likeness(a, a.side.run) == _likeness(a, b.side.run)  # then only A is counted among them: B is what is asked about
    for one, other in ((a, b),) if alike else ((a, b), (b, a)):
        values = [_values(one, one.side.run)] + [_values(one, run) for run in _alike(one, other)]
        for name in names:
            known = [each[name] for each in values if name in each]
            if len(known) >= _LEAST:
                found.append(Usual(name, max(known) - min(known), len(known)))
    return max(found, key=lambda each: (-names.index(each.name), each.spread), default=None)


def _alike(side: Behind, other: Behind) -> Iterator[Run]:
    """Other runs of the notebook that are the same as this side but for what came out."""
    run = side.side.run
    if run.notebook is None:
        return
    mine = _likeness(side, run)
    code = _code(side, run)
    for each in side.journal.runs(notebook=run.notebook, limit=_MOST_RUNS):
        if each.run in (run.run, other.run) or each.status == "running" or _code(side, each) != code:
            continue
        if _likeness(side, each) == mine:
            yield each


def _likeness(side: Behind, run: Run) -> tuple[object, ...]:
    return _code(side, run), _contents(side, run), _packages(side, run)


def _code(side: Behind, run: Run) -> list[tuple[int, str, str]]:
    """What was executed up to where this side ends."""
    return side.journal.origins.statuses(run.run, 1, side.side.address.n)


def _contents(side: Behind, run: Run) -> set[tuple[str, str | None]]:
    """By name and digest: a replay has its files in another folder."""
    return {(os.path.basename(each.path), each.sha256) for each in side.journal.origins.inputs(run.run, side.side.address.n)}


def _packages(side: Behind, run: Run) -> tuple[str, list[str | None]]:
    known = side.journal.environment(run.environment).packages if run.environment else {}
    return run.python, [known.get(name) for name in sorted(side.side.environment["used"])]


def _values(side: Behind, run: Run) -> dict[str, float]:
    last = side.side.address.n
    metrics = [each for each in side.journal.sure_metrics(run.run) if last is None or each.n <= last]
    return {name: metric.value for name, metric in surest(metrics).items() if metric.value == metric.value}
