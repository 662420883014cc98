"""Which executions made what a record read, so that whoever holds the page knows where to ask next. One step back only: `why` goes on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from labjournal.journal.reader import Journal
from labjournal.journal.rows import Execution, FileUse, Run
from labjournal.questions.origin.makers import Makers, Use

__all__ = ["Origin", "origins"]

_MOST = 300
"""Inputs that are asked about: a page lists no more."""


@dataclass(frozen=True)
class Origin:
    """Who made a file."""

    address: str
    notebook: str | None
    started: str
    path: str
    """Where it was written."""
    sure: bool
    """Whether it is the same content, not only the same path."""


def origins(
    journal: Journal, run: Run, executions: Sequence[Execution], inputs: Iterable[FileUse]
) -> dict[tuple[int, str], Origin]:
    """(n, path) of a reading → who made what was read there, where that is recorded."""
    started = {execution.n: execution.started for execution in executions}
    makers = Makers(journal.origins)
    found: dict[tuple[int, str], Origin] = {}
    for use in islice(inputs, _MOST):
        made = makers.of(
            Use(use.path, use.sha256, use.at or started[use.n], run.run, use.n, use.edges, run.replay_of is not None)
        )
        if made is not None and not (made.touch.run == run.run and made.touch.n in started):
            touch = made.touch
            found[use.n, use.path] = Origin(touch.address, touch.notebook, touch.started, touch.path, made.by == "content")
    return found
