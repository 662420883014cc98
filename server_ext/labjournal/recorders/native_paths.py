"""From what a library was given to the files it will open: lists, folders, patterns, URLs of files.

Only plain values are looked at (text, `pathlib` paths, bytes where they are a name, and lists and tuples of them); everything is bounded, because it
happens before the user's call.
"""

from __future__ import annotations

import os
import re
from itertools import islice
from typing import Any, Iterator

from labjournal.recorders.audit_hook import plain_path

__all__ = ["UPDATE", "WRITE", "flags_of", "given_paths", "is_remote", "local_files"]

_MOST_GIVEN = 2_000
_MOST_FOUND = 2_000
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_OPTIONS = re.compile(r"\?\w+=[^/]*\Z")
_PATTERN = re.compile(r"[*?\[]")
WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
UPDATE = os.O_RDWR | os.O_CREAT


def flags_of(mode: Any, default: str) -> int:
    """As `os.open` would be told what `mode` means to a library."""
    if type(mode) is not str:
        mode = default
    mode = mode.strip().lower()
    if "+" in mode or mode in ("a", "rw", "readwrite", "append"):
        return UPDATE if mode[:1] != "w" else WRITE
    if mode[:1] in ("w", "x"):
        return WRITE
    return os.O_WRONLY | os.O_CREAT if mode[:1] == "a" else os.O_RDONLY


def given_paths(argument: Any, *, name: bool = False) -> Iterator[str]:
    """Every path in a plain argument. Bytes are content to most libraries; where they can only be a `name` they are one."""
    for each in islice(argument, _MOST_GIVEN) if type(argument) in (list, tuple, set, frozenset) else (argument,):
        if type(each) not in (list, tuple, set, frozenset) and (name or not issubclass(type(each), bytes)):
            path = plain_path(each)
            if path is not None:
                yield path


def is_remote(path: str) -> bool:
    return _SCHEME.match(path) is not None and not path.startswith("file://")


def local_files(path: str) -> Iterator[str]:
    """The files that a path stands for: itself, those of a folder, those that a pattern finds."""
    if path.startswith("file://"):
        path = path[7:]
    if not path or len(path) > 4096 or "\n" in path or "\0" in path or is_remote(path):
        return
    if path.startswith("~"):
        path = os.path.expanduser(path)
    if os.path.isdir(path):
        yield from islice(_within(path), _MOST_FOUND)
    elif _OPTIONS.search(path) and os.path.isfile(_OPTIONS.sub("", path)):
        yield _OPTIONS.sub("", path)
    elif _PATTERN.search(path) and not os.path.lexists(path):
        import glob

        yield from islice(glob.iglob(path, recursive=True), _MOST_FOUND)
    else:
        yield path


def _within(folder: str) -> Iterator[str]:
    for here, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith((".", "_"))]
        for name in files:
            if not name.startswith((".", "_")):
                yield os.path.join(here, name)
