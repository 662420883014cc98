"""What kernel events told of files in one execution; fanotify and inotify use the same bits.

Nothing is judged here: what somebody did is kept per path, apart for this process and for others, and bounded.
"""

from __future__ import annotations

from typing import Dict, List, Tuple

__all__ = ["ACCESSED", "ARRIVED", "CHANGED", "CLOSED_WRITTEN", "CREATED", "FOLDER", "GONE", "LEFT", "LOST", "OPENED", "Sightings"]

ACCESSED, CHANGED, CLOSED_WRITTEN, OPENED = 0x1, 0x2, 0x8, 0x20
LEFT, ARRIVED = 0x40, 0x80
"""Renamed away, renamed to."""
CREATED, GONE = 0x100, 0x200
LOST = 0x4000
"""The queue was full: events are missing from here on."""
FOLDER = 0x40000000

_MOST_FILES = 10_000
_CHANGES = CHANGED | LEFT | ARRIVED | CREATED | GONE


class Sightings:
    """As many files as are recorded of an execution; the rest is counted."""

    __slots__ = ("first", "folders", "left_out", "lost", "moves", "others", "own")

    def __init__(self) -> None:
        self.own: Dict[str, int] = {}
        """Path → everything that this process did to it."""
        self.others: Dict[str, int] = {}
        """The same of other processes, or of nobody knows whom."""
        self.first: Dict[str, int] = {}
        """Path → what was told before the first change, or the first change."""
        self.moves: List[Tuple[str, str, bool, bool]] = []
        """(from, to, whether this process did it, whether it is a folder)"""
        self.folders: List[Tuple[str, bool]] = []
        """New ones, which nobody watched from their first moment, and whether this process made them."""
        self.left_out = 0
        self.lost = False

    @property
    def full(self) -> bool:
        """Whether as many files are known as are recorded."""
        return len(self.first) >= _MOST_FILES

    def note(self, path: str, bits: int, own: bool) -> None:
        """Something happened to a file."""
        found = self.own if own else self.others
        known = found.get(path)
        if known is not None:
            found[path] = known | bits
            if not (known | bits) & _CHANGES:
                self.first[path] |= bits
        elif len(self.first) >= _MOST_FILES:
            self.left_out += 1
        else:
            found[path] = bits
            self.first.setdefault(path, bits)

    def moved(self, source: str, target: str, own: bool, folder: bool) -> None:
        """A file or a folder was renamed within what is watched."""
        if len(self.moves) < _MOST_FILES:
            self.moves.append((source, target, own, folder))
        else:
            self.left_out += 1
        if not folder:
            self.note(source, LEFT, own)
            self.note(target, ARRIVED, own)

    def arrived(self, folder: str, own: bool) -> None:
        """A folder is new where it stands."""
        if len(self.folders) < _MOST_FILES:
            self.folders.append((folder, own))
        else:
            self.left_out += 1
