"""Which of the files that executions touched are inputs of the whole, and which are what it left behind."""

from __future__ import annotations

from collections.abc import Iterable

from labjournal.journal.rows import FileUse

__all__ = ["first_reads", "last_writes"]


def first_reads(read: Iterable[FileUse], written: Iterable[FileUse]) -> list[FileUse]:
    """What was read before the executions wrote it themselves, each path once, as it was first read; nothing of installed packages."""
    made: dict[str, FileUse] = {}
    for use in written:
        made.setdefault(use.path, use)
    answer: dict[str, FileUse] = {}
    for use in read:
        if not use.package and use.path not in answer and (use.path not in made or _came_first(use, made[use.path])):
            answer[use.path] = use
    return list(answer.values())


def last_writes(written: Iterable[FileUse]) -> list[FileUse]:
    """What stood at each path that was written when all was done."""
    last = {use.path: use for use in written if not use.package}
    return [use for use in last.values() if not use.deleted]


def _came_first(read: FileUse, written: FileUse) -> bool:
    """Whether a path was read before it was written; within one execution by the clock, else by what it held."""
    if read.n != written.n:
        return read.n < written.n
    if read.at and written.at and read.at != written.at:
        return read.at < written.at
    return read.sha256 is not None and read.sha256 != written.sha256
