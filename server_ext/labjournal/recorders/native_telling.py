"""What wrapped functions of libraries share: which execution it is, and the way from what they were given to whoever watches files."""

from __future__ import annotations

import os
import sys
from types import FrameType
from typing import Any, Callable, Dict, List

from labjournal.recorders import audit_hook
from labjournal.recorders.native_paths import given_paths, is_remote, local_files

__all__ = ["Told", "asked_by", "listen_to_remote", "tell", "tell_file"]

_MOST_PLAIN = 1_000


class Told:
    """One kernel, one of it."""

    round = 0
    """Grows with every execution."""
    plain: Dict[str, int] = {}
    """Path → the execution in which it was found to be a file: no folder, no pattern, nothing that is still to be made."""
    remote: Callable[[str, str], None] | None = None
    """Takes (role, URL) of what a library fetches by itself."""


def listen_to_remote(listener: Callable[[str, str], None] | None) -> None:
    """Tells this function (role, URL) of what libraries fetch by themselves."""
    Told.remote = listener


def tell(argument: Any, flags: int, *, name: bool = False) -> List[str]:
    """Says it of every file that the argument stands for; the paths as they were given."""
    if type(argument) is str and Told.plain.get(argument) == Told.round:
        audit_hook.tell("opened", argument, flags)
        return [argument]
    given = list(given_paths(argument, name=name))
    for path in given:
        if is_remote(path):
            tell_file(path, flags)
            continue
        files = list(local_files(path))
        for file in files:
            audit_hook.tell("opened", file, flags)
        if files == [path] and os.path.isfile(path):
            _remember(path)
    return given


def _remember(path: str) -> None:
    """One call of a user's comes through several functions of a library: what the path stands for is looked up once."""
    if len(Told.plain) >= _MOST_PLAIN:
        Told.plain.clear()
    Told.plain[path] = Told.round


def tell_file(path: str, flags: int) -> None:
    """Says it of one file, here or elsewhere."""
    if not is_remote(path):
        audit_hook.tell("opened", path, flags)
    elif Told.remote is not None:
        Told.remote("read" if flags == os.O_RDONLY else "written", path)


def asked_by(*libraries: str) -> bool:
    """Whether the wrapped function was called by one of these top modules, on behalf of what was asked of it."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and (
        frame.f_code.co_filename.endswith("<labjournal>") or str(frame.f_globals.get("__name__")).startswith("labjournal.")
    ):
        frame = frame.f_back
    return frame is not None and str(frame.f_globals.get("__name__")).partition(".")[0] in libraries
