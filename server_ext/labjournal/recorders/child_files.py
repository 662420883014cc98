"""In a child process of the kernel: what its Python code does to files goes, line by line, into the run's private file.

Nothing else is done there. A line is appended by open, write and close, because children close and reuse descriptors; no lock is
held, nothing is hashed, and how much is written is bounded. Lines are JSON: [when, process, role, path, folder]. Programs that are
no Python are known by their command line only. This module imports little: it runs at the start of every worker.
"""

from __future__ import annotations

import json
import os
import time
from typing import Any, Callable, Set, Tuple

from labjournal.recorders import audit_hook
from labjournal.recorders.command_words import GONE, MADE, WORDS, files_named, once_each
from labjournal.recorders.file_rules import IGNORED, Rules

__all__ = ["DELETED", "MOST_BYTES", "READ", "WRITTEN", "ChildFiles", "watch_here", "what_for"]

READ, WRITTEN, DELETED = "read", "written", "deleted"
MOST_BYTES = 8 << 20
"""Of the file of a run."""
_MOST_LINES = 5_000
"""Of one process."""

_ACCESS = os.O_RDONLY | os.O_WRONLY | os.O_RDWR
_NOT_A_FILE = getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_PATH", 0)
_TMPFILE = getattr(os, "O_TMPFILE", 0)
_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


class ChildFiles:
    """The watcher of a child's audit hook."""

    def __init__(self, spool: str, rules: Rules, pause_sign: str = "") -> None:
        self._spool = spool
        self._rules = rules
        self._pause_sign = pause_sign
        self._seen: Set[Tuple[str, str]] = set()

    def opened(self, path: str, flags: int, thread: int, layer: str = "audit") -> None:
        if flags & _NOT_A_FILE or (_TMPFILE and flags & _TMPFILE == _TMPFILE):
            return
        access = flags & _ACCESS
        if access == os.O_RDONLY and not flags & os.O_TRUNC:
            self._say(READ, path)
        else:
            if access == os.O_RDWR and not flags & os.O_TRUNC:
                self._say(READ, path)
            self._say(WRITTEN, path)

    def renamed(self, source: str, target: str, thread: int, layer: str = "audit") -> None:
        self._say(DELETED, source)
        self._say(WRITTEN, target)

    def linked(self, target: str, thread: int, layer: str = "audit") -> None:
        self._say(WRITTEN, target)

    def removed(self, path: str, thread: int, layer: str = "audit") -> None:
        self._say(DELETED, path)

    def changed(self, path: str, thread: int, layer: str = "audit") -> None:
        self._say(READ, path)
        self._say(WRITTEN, path)

    def connected(self, path: str, thread: int, layer: str = "audit") -> None:
        if path not in ("", ":memory:") and not path.startswith("file:"):
            self._say(READ, path)
            self._say(WRITTEN, path)

    def started_program(self, thread: int) -> None:
        """What it is started with is told by `started`."""

    def failed(self, problem: Exception) -> None:
        audit_hook.watch(None)

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("_"):
            raise AttributeError(name)
        return _nothing  # what a later watcher can be told besides

    def started(self, command: Any, folder: Any = None) -> None:
        for path, role in once_each(files_named(command, folder)).items():
            found = what_for(path, role)
            if found:
                self._say(found, path)

    def _say(self, role: str, path: str) -> None:
        if (role, path) in self._seen or len(self._seen) >= _MOST_LINES:
            return
        absolute = os.path.abspath(path)
        if self._rules.verdict(absolute) == IGNORED:
            return
        if role not in (WRITTEN, *WORDS) and not os.path.isfile(absolute):
            return  # not there yet, or a folder
        self._seen.add((role, path))
        if not (self._pause_sign and os.path.lexists(self._pause_sign)):
            self._append(json.dumps([time.time(), os.getpid(), role, absolute]) + "\n")

    def _append(self, line: str) -> None:
        try:
            file = os.open(self._spool, _APPEND, 0o600)
        except OSError:
            return
        try:
            if os.fstat(file).st_size < MOST_BYTES:
                os.write(file, line.encode("ascii"))
        except OSError:
            pass  # a full disk is not the child's trouble
        finally:
            os.close(file)


def what_for(path: str, role: str) -> str:
    """What a program is told of a file for: one that is not there yet may be made. '' where it can be no file."""
    if os.path.isfile(path):
        return role
    return MADE if role != GONE and not os.path.lexists(path) and os.path.isdir(os.path.dirname(path)) else ""


def watch_here(spool: str, journal: str, pause_sign: str, *, rules: Rules | None = None) -> None:
    """From now on this process, and what it forks, tells what it does to files."""
    if not audit_hook.install():
        return

    def begin() -> None:
        watcher = ChildFiles(spool, rules or Rules(journal), pause_sign)
        audit_hook.watch(watcher)
        audit_hook.watch_programs(watcher.started)

    begin()
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=begin)


def _nothing(*_args: Any, **_more: Any) -> None:
    """Is not written down."""
