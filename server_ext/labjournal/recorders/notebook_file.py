"""The code cells of a notebook on disk, and which of them a source belongs to.

A notebook full of figures is large, and Python's JSON reader holds the interpreter while it reads: so it is read cell by cell, with
a pause for the user's thread in between. What stands in the file is not trusted: it is bounded, and what is no notebook has no cells.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections import Counter
from hashlib import sha256
from time import sleep
from typing import Any, Iterator, List, NamedTuple, Optional, Tuple

__all__ = ["MOST_BYTES", "Cell", "Follower", "NotebookFile", "digest_of"]

MOST_BYTES = 20_000_000
_MOST_CELLS = 20_000
_STEP_CHARACTERS = 1 << 18
_STEP_S = 0.0002
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, strict=False)  # numbers are of no interest, and can be made very slow

_Key = Tuple[int, int, int, int]


class Cell(NamedTuple):
    """A code cell that is not blank."""

    id: Optional[str]
    """None where the file gives none, or gives it twice."""
    position: int
    """Among all cells of the notebook, from 0."""
    digest: bytes


class NotebookFile:
    """The code cells of a notebook, read again when the file has changed."""

    def __init__(self, path: str, holding: bytes = b"") -> None:
        self.path = path
        self.cells: Tuple[Cell, ...] = ()
        self._holding = holding
        """What must stand in the file for its cells to be of interest."""
        self._key: Optional[_Key] = None

    def refresh(self) -> bool:
        """Whether the file has changed since it was last looked at."""
        try:
            key = _key(os.stat(self.path))
            if key == self._key:
                return False
            data, self._key = _content(self.path)
        except (OSError, ValueError):
            changed, self._key, self.cells = self._key is not None, None, ()
            return changed
        self.cells = _cells(data) if self._holding in data else ()
        return True


class Follower:
    """Where an execution stands in a notebook: told from its source, and from the execution before it where cells look the same."""

    def __init__(self, file: NotebookFile) -> None:
        self._file = file
        self._next = 0
        self._last: Optional[Cell] = None

    def place(self, digest: bytes) -> Optional[Cell]:
        """The cell with this source; of several the one right behind the last cell executed, None where that cannot be told."""
        if self._file.refresh() and self._last is not None:
            self._next = self._behind(self._last)
        cells = self._file.cells
        found = [at for at, cell in enumerate(cells) if cell.digest == digest]
        if len(found) != 1:
            found = [at for at in found if at == self._next]
        if not found:
            return None
        self._next, self._last = found[0] + 1, cells[found[0]]
        return self._last

    def _behind(self, last: Cell) -> int:
        """The place behind a cell in a notebook that was saved anew."""
        return next((at + 1 for at, cell in enumerate(self._file.cells) if cell.id is not None and cell.id == last.id), -1)


def digest_of(source: str) -> bytes:
    """Equal for sources that differ in their line ends at most."""
    return sha256(source.replace("\r\n", "\n").rstrip("\n").encode("utf-8", "surrogatepass")).digest()


def _key(status: os.stat_result) -> _Key:
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def _content(path: str) -> Tuple[bytes, Optional[_Key]]:
    """What stands in the file; no key where it is being written at the moment, so that it is read again."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(descriptor, "rb") as file:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode) or before.st_size > MOST_BYTES:
            raise ValueError("no notebook that can be read")
        data = file.read(MOST_BYTES)
        return data, _key(before) if _key(before) == _key(os.fstat(descriptor)) else None


def _cells(data: bytes) -> Tuple[Cell, ...]:
    found: List[Cell] = []
    try:
        for position, cell in enumerate(_raw_cells(data.decode("utf-8"))):
            source = _source(cell)
            if source.strip():
                identity = cell.get("id")
                named = isinstance(identity, str) and _ID.match(identity)
                found.append(Cell(identity if named else None, position, digest_of(source)))
    except (ValueError, RecursionError):
        return ()
    times = Counter(cell.id for cell in found)
    return tuple(cell if times[cell.id] == 1 else cell._replace(id=None) for cell in found)


def _source(cell: Any) -> str:
    if not isinstance(cell, dict) or cell.get("cell_type") != "code":
        return ""
    source = cell.get("source")
    if isinstance(source, list):
        return "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""


def _raw_cells(text: str) -> Iterator[Any]:
    """The elements of "cells", one after the other; ValueError where the text is not what a notebook is."""
    at = _behind_sign(text, 0, "{")
    while True:
        key, at = _value(text, at)
        at = _behind_sign(text, at, ":")
        if key == "cells":
            break
        _, at = _value(text, at)
        at = _behind_sign(text, at, ",")
    at = _behind_sign(text, at, "[")
    if text.startswith("]", _behind_space(text, at)):
        return
    paused = at
    for _ in range(_MOST_CELLS):
        cell, at = _value(text, at)
        yield cell
        at = _behind_space(text, at)
        if text.startswith("]", at):
            return
        at = _behind_sign(text, at, ",")
        if at - paused > _STEP_CHARACTERS:
            paused = at
            sleep(_STEP_S)
    raise ValueError("too many cells")


def _value(text: str, at: int) -> Tuple[Any, int]:
    return _DECODER.raw_decode(text, _behind_space(text, at))


def _behind_sign(text: str, at: int, sign: str) -> int:
    at = _behind_space(text, at)
    if not text.startswith(sign, at):
        raise ValueError(f"no {sign}")
    return at + 1


def _behind_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
