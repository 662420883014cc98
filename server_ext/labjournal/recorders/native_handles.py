"""Objects that keep a file open: what is read through them cells after they were made is read in that cell.

Which file it is the library's object says itself. That may take microseconds, so it is asked a bounded number of times in each
execution; what is told twice counts once.
"""

from __future__ import annotations

import os
from typing import Any, List, MutableMapping
from weakref import WeakKeyDictionary

from labjournal.recorders import audit_hook

__all__ = ["made", "next_round", "times_left", "used", "zip_used"]

_MOST_ASKED = 16
_left: List[List[int]] = []
"""How often each function may still be asked in this execution."""
_files: MutableMapping[Any, str] = WeakKeyDictionary()
"""Objects that do not say which file they are of."""


def made(handle: Any, path: str) -> None:
    """An object was made from a file."""
    _files[handle] = os.path.abspath(path)


def times_left() -> List[int]:
    """The counter of one more function."""
    _left.append([_MOST_ASKED])
    return _left[-1]


def next_round() -> None:
    """An execution begins."""
    for left in _left:
        left[0] = _MOST_ASKED


def used(handle: Any, attributes: str) -> None:
    """Something is about to be read through an object, whose `attributes` lead to the file's name."""
    path = _file_of(handle, attributes) if attributes else _files.get(handle)
    if type(path) is str and path:
        audit_hook.tell("opened", os.path.abspath(path), os.O_RDONLY)


def zip_used(archive: Any) -> None:
    """A member of an archive is about to be opened; Python itself opened the archive, and is heard for that."""
    own = vars(archive)
    path = own.get("filename")
    if own.get("_filePassed") == 0 and own.get("mode") == "r" and type(path) is str:
        audit_hook.tell("opened", path, os.O_RDONLY, layer="audit")


def _file_of(handle: Any, attributes: str) -> Any:
    found = handle
    for name in attributes.split("."):
        found = getattr(found, name, None)
    return found
