"""Paths as programs give them: relative, of compiled modules, of databases."""

from __future__ import annotations

import os
from urllib.parse import unquote

__all__ = ["absolute", "database_path", "source_of"]


def absolute(given: str) -> str | None:
    """The path from the root; None where there is no working folder any more, or no file can have the name."""
    if "\0" in given:
        return None
    if os.path.isabs(given):
        return given
    try:
        return os.path.join(os.getcwd(), given)
    except OSError:
        return None


def source_of(compiled: str) -> str:
    """`x/__pycache__/a.cpython-311.pyc` → `x/a.py`."""
    folder, name = os.path.split(compiled)
    return os.path.join(os.path.dirname(folder), name.partition(".")[0] + ".py")


def database_path(given: str) -> tuple[str, bool]:
    """(path, whether read-only) of what `sqlite3.connect` was given; '' where it is no file."""
    if given in ("", ":memory:"):
        return "", False
    if not given.startswith("file:"):
        return given, False
    path, _, query = given[5:].partition("?")
    if "mode=memory" in query or not path or path == ":memory:":
        return "", False
    if path.startswith("//"):
        path = "/" + path[2:].partition("/")[2]
    return unquote(path), "mode=ro" in query or "immutable=1" in query
