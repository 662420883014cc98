"""The best result of a time, against the best of all the time before: is it getting any better?"""

from __future__ import annotations

import math
from dataclasses import dataclass

from labjournal.journal.reader import Journal
from labjournal.questions.results.directions import Best, best

__all__ = ["Leading", "Progress", "progress"]

_MOST = 8
"""Metrics of one notebook that are looked at."""


@dataclass(frozen=True)
class Leading:
    """A value, and the result it belongs to."""

    address: str
    value: float
    unit: str


@dataclass(frozen=True)
class Progress:
    """Of one metric the best of a time, and the best before it."""

    name: str
    best: Best
    now: Leading
    before: Leading | None

    @property
    def improved(self) -> bool | None:
        """Whether it is better than ever before; None where there was none before, or it is as good."""
        if self.before is None or self.now.value == self.before.value:
            return None
        return (self.now.value < self.before.value) == (self.best == "lowest")


def progress(journal: Journal, notebook: str, names: list[str], since: str | None, until: str | None) -> list[Progress]:
    """For each metric of which it is known what is best; replays are no progress."""
    found = []
    for name in [name for name in names if best(name) is not None][:_MOST]:
        now = _leading(journal, notebook, name, since, until)
        which = best(name)
        if now is not None and which is not None:
            before = None if since is None else _leading(journal, notebook, name, None, since)
            found.append(Progress(name, which, now, before))
    return found


def _leading(journal: Journal, notebook: str, name: str, since: str | None, until: str | None) -> Leading | None:
    chosen = journal.chosen(metric=name, notebook=notebook, since=since, until=until, own=True)
    for row in journal.results.page(chosen, limit=1, sort=name, ascending=best(name) == "lowest"):
        for standing in journal.results.standing(row.run, [row.n], most=0, besides=name).get(row.n, ()):
            if not math.isnan(standing.value):
                return Leading(f"{row.run}/{row.n}", standing.value, standing.unit)
    return None
