"""The spool folder: which segments there are, whose kernel lives, and what of a segment is left to take in.

`<run>.<number>.spool` are the segments of a run in the order its kernel wrote them, `<run>.alive` is locked as long as it lives.
Symbolic links are passed over. Standard library only, Python 3.8.
"""

from __future__ import annotations

import os
import re
import stat
import time
from pathlib import Path
from typing import List, NamedTuple, Set

from labjournal.journal import places, values
from labjournal.journal.locks import Alive

__all__ = ["Segment", "alive", "is_dead", "remainder", "remove", "segments", "size", "sweep"]

_NAME = re.compile(r"([A-Za-z0-9_-]{1,64})\.([0-9]+)\.spool\Z")
_DRAFT_S = 60.0


class Segment(NamedTuple):
    """One file of the spool; they sort in the order they were written."""

    run: str
    number: int
    path: Path


def segments(folder: Path) -> List[Segment]:
    """Every segment of a journal, run by run, in the order in which the kernel wrote them."""
    try:
        names = os.listdir(str(folder / places.SPOOL))
    except (FileNotFoundError, NotADirectoryError):
        return []
    found = [(match, folder / places.SPOOL / match.string) for match in map(_NAME.match, names) if match]
    return sorted(Segment(match.group(1), int(match.group(2)), path) for match, path in found if _is_file(path))


def alive(folder: Path, run: str) -> Path:
    """The file that a run's kernel holds locked."""
    return folder / places.SPOOL / f"{run}.alive"


def is_dead(folder: Path, run: str) -> bool:
    """Whether the kernel of a run is gone."""
    if not values.is_run(run):
        return True  # no kernel gives itself such a name, and a name must not lead out of the folder
    return Alive.is_dead(alive(folder, run))


def remainder(path: Path, start: int, batch_bytes: int) -> bytes:
    """What stands behind `start`: about `batch_bytes` of it, and at least one whole line where there is one.

    Nothing where the file cannot be read: one bad segment must not keep the others from the journal.
    """
    try:
        with open(str(path), "rb") as file:
            file.seek(start)
            chunk = file.read(batch_bytes)
            while chunk and b"\n" not in chunk[-batch_bytes:]:
                more = file.read(batch_bytes)
                if not more:
                    break
                chunk += more
    except OSError:
        return b""
    return chunk


def size(path: Path) -> int:
    """Length of a file, 0 where there is none."""
    try:
        return os.path.getsize(str(path))
    except OSError:
        return 0


def remove(path: Path) -> None:
    """Takes a file away; one that is gone already is well."""
    try:
        os.unlink(str(path))
    except FileNotFoundError:
        pass


def sweep(folder: Path, needed: Set[str]) -> None:
    """Removes what dead kernels left: life signs of runs that are not `needed`, drafts that never got their name."""
    for path in (folder / places.SPOOL).glob("*.alive"):
        if path.stem not in needed and Alive.is_dead(path):
            remove(path)
    for path in (folder / places.SPOOL).glob(".*.alive-*"):
        if time.time() - path.lstat().st_mtime > _DRAFT_S and Alive.is_dead(path):
            remove(path)


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(os.lstat(str(path)).st_mode)
    except OSError:
        return False
