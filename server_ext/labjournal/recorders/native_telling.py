"""What wrapped functions of libraries share: which execution it is, and the way from what they were given to whoever watches files."""

from __future__ import annotations

import os
import sys
from types import FrameType
from typing import Any, Callable, List

from labjournal.recorders import audit_hook
from labjournal.recorders.native_paths import given_paths, is_remote, local_files

__all__ = ["Told", "asked_by", "listen_to_remote", "tell", "tell_file"]


class Told:
    """One kernel, one of it."""

    round = 0
    """Grows with every execution."""
    remote: Callable[[str, str], None] | None = None
    """Takes (role, URL) of what a library fetches by itself."""


def listen_to_remote(listener: Callable[[str, str], None] | None) -> None:
    """Tells this function (role, URL) of what libraries fetch by themselves."""
    Told.remote = listener


def tell(argument: Any, flags: int, *, name: bool = False) -> List[str]:
    """Says it of every file that the argument stands for; the paths as they were given."""
    given = list(given_paths(argument, name=name))
    for path in given:
        if is_remote(path):
            tell_file(path, flags)
        else:
            for file in local_files(path):
                audit_hook.tell("opened", file, flags)
    return given


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
