"""Reads that the system's kernel need not tell any more, because nothing would be learnt from them and each costs the cell a moment."""

from __future__ import annotations

import os
from typing import Dict, List, Protocol

from labjournal.recorders.touch import Touch

__all__ = ["Quieting"]

_MOST_FILES = 64


class Events(Protocol):
    """Who tells."""

    def quiet(self, path: str, quiet: bool) -> bool: ...

    def hush(self, folder: str) -> None: ...


class Quieting:
    """Of one execution; what was switched off is on again when it has ended."""

    __slots__ = ("_events", "_files")

    def __init__(self, events: Events) -> None:
        self._events = events
        self._files: List[str] = []

    def often(self, path: str | None, files: Dict[str, Touch]) -> None:
        """A file is opened again and again; that it is read is known."""
        touch = None if path is None else files.get(os.path.realpath(path))
        if touch is None or touch.read is None or len(self._files) >= _MOST_FILES:
            return
        if self._events.quiet(touch.path, True):
            self._files.append(touch.path)

    def crowded(self, path: str) -> None:
        """More files are read of a folder than are recorded; the span's end makes it heard again."""
        self._events.hush(os.path.realpath(os.path.dirname(path)))

    def end(self) -> None:
        while self._files:
            self._events.quiet(self._files.pop(), False)
