"""Questions about where things come from, as the panel asks them: a target may be a server path, which is opened below the root only."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from labjournal.errors import LabjournalError
from labjournal.journal.addresses import resolve
from labjournal.journal.reader import Journal
from labjournal.questions.difference.answers import WhatChanged
from labjournal.questions.difference.diff import before, diff
from labjournal.questions.origin.answers import LineageAnswer, WhyAnswer
from labjournal.questions.origin.lineage import Direction, lineage
from labjournal.questions.origin.targets import Target, find
from labjournal.questions.origin.why import why
from labjournal.server.paths import absolute_path

__all__ = ["answer", "compared", "graph", "meant"]

_MOST_BYTES = 1 << 30
"""Longer files are told by what was recorded of them, else refused: the panel does not wait minutes for a digest."""


def meant(journal: Journal, root: Path, target: str) -> Target:
    """What the panel means: a file that lies below the server's root, else whatever needs no file to be opened."""
    try:
        path = absolute_path(root, target)
    except LabjournalError:
        return find(journal, target)
    if path.is_file():
        return find(journal, str(path), folder=root, most_bytes=_MOST_BYTES)
    try:
        return find(journal, target)
    except LabjournalError:
        if not journal.origins.made_at(str(path), 1) and not journal.origins.read_at(str(path), 1):
            raise
        return find(journal, f"path:{path}")


def graph(journal: Journal, root: Path, target: str, direction: Direction, depth: int, limit: int) -> LineageAnswer:
    return lineage(journal, meant(journal, root, target), direction, depth, limit)


def answer(journal: Journal, root: Path, target: str, forward: bool) -> WhyAnswer:
    found = why(journal, meant(journal, root, target), forward=forward)
    environment = found["environment"]
    return {**found, "environment": {**environment, "used": _most_used_first(journal, found)}}


def _most_used_first(journal: Journal, found: WhyAnswer) -> list[str]:
    """The packages in the order in which the recipe rests on them: a line has room for a few only."""
    used = found["environment"]["used"]
    if not found["recipe"]:
        return used
    run = found["recipe"][-1]["address"].split("/")[0]
    numbers = {int(step["address"].split("/")[1]) for step in found["recipe"] if step["address"].startswith(f"{run}/")}
    by_execution = journal.packages_by_execution(run)
    times = Counter(name for n in numbers for name in by_execution.get(n, ()))
    return sorted(used, key=lambda name: -times[name])


def compared(journal: Journal, a: str, b: str | None) -> WhatChanged:
    first = resolve(journal, a)
    return diff(journal, before(journal, first), first) if b is None else diff(journal, first, resolve(journal, b))
