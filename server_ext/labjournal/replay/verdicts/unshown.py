"""What had parted before anything showed it: the first frame that a replay made otherwise than it was recorded.

A cell that loads or cleans shows nothing; the number that differs three cells later is not where it began. Frames are recorded with their rows,
their columns and a digest of their content, so the first that is another is known, and which cell made it.
"""

from __future__ import annotations

from typing import Any

from labjournal.journal.rows import Frame
from labjournal.replay.recorded import Recorded
from labjournal.replay.verdicts.verdict import Again

__all__ = ["parted_before"]


def parted_before(recorded: Recorded, again: Again, n: int) -> dict[str, Any] | None:
    """The first frame that is another before execution `n`: n, address, what, in, recorded, replayed; None where none is, or nothing is known."""
    if recorded.brings is not None:
        return None
    run, here = recorded.run.run, again.by_number()
    theirs: dict[int, dict[str, Frame]] = {}
    for frame in again.journal.frames(again.run.run):
        theirs.setdefault(frame.n, {})[frame.name] = frame
    for frame in sorted(again.journal.frames(run), key=lambda each: each.n):
        if frame.n >= n:
            return None
        replayed = here.get(frame.n)
        other = theirs.get(replayed.execution.n, {}).get(frame.name) if replayed else None
        said = None if other is None else _apart(frame, other)
        if said is not None:
            where = {"n": frame.n, "address": f"{run}/{frame.n}", "what": "frame", "in": frame.name}
            return {**where, "recorded": said[0], "replayed": said[1]}
    return None


def _apart(one: Frame, other: Frame) -> tuple[str, str] | None:
    if one.rows != other.rows and None not in (one.rows, other.rows):
        return _many(one.rows, "row"), _many(other.rows, "row")
    if one.columns != other.columns:
        return _many(one.columns, "column"), _many(other.columns, "column")
    if one.schema != other.schema:
        return "columns as they were", "others, or of other types"
    if one.complete and other.complete and one.content != other.content:
        return f"content {one.content[:8]}", f"content {other.content[:8]}"
    return None


def _many(count: int | None, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
