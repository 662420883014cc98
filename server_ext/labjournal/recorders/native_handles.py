"""Objects that keep a file open: what is read through them cells after they were made is read in that cell.

Which file it is the library's object says itself. That may take microseconds, so it is asked a bounded number of times in each
execution; what is told twice counts once.
"""

from __future__ import annotations

import os
from typing import Any, Dict, List, MutableMapping
from weakref import WeakKeyDictionary

from labjournal.recorders import audit_hook
from labjournal.recorders.native_telling import Told

__all__ = ["made", "used", "zip_used"]

_MOST_ASKED = 32
_asked: Dict[str, List[int]] = {}
"""Function → (round, how often it was asked in that)."""
_files: MutableMapping[Any, str] = WeakKeyDictionary()
"""Objects that do not say which file they are of."""


def made(handle: Any, path: str) -> None:
    """An object was made from a file."""
    _files[handle] = os.path.abspath(path)


def used(handle: Any, function: str, attributes: str) -> None:
    """Something is about to be read through an object, whose `attributes` lead to the file's name."""
    asked = _asked.get(function)
    if asked is None or asked[0] != Told.round:
        asked = _asked[function] = [Told.round, 0]
    asked[1] += 1
    if asked[1] > _MOST_ASKED:
        return
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
