"""What one execution does to files, noted on the user's thread while it happens.

A small file is hashed before the cell gets it; a larger one after the cell, but at the latest when something is about to overwrite,
rename or remove it (then within a bounded time, or its content stays unknown). All of it is bounded: time, number of files.
"""

from __future__ import annotations

import os
import time
from typing import Dict
from urllib.parse import unquote

from labjournal.recorders.digests import Digests, StatKey, stat_key
from labjournal.recorders.file_rules import CODE, IGNORED, Rules

__all__ = ["AT_ONCE_BYTES", "Touch", "Touches"]

AT_ONCE_BYTES = 4 << 20
_AT_ONCE_S = 0.15
_ONE_S = 0.05
_BARRIER_S = 0.2
_MOST_FILES = 5_000
_MOST_CALLS = 50_000

_ACCESS = os.O_RDONLY | os.O_WRONLY | os.O_RDWR
_NOT_A_FILE = getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_PATH", 0)
_TMPFILE = getattr(os, "O_TMPFILE", 0)
_TELLING = _ACCESS | os.O_TRUNC
_ALL_TELLING = tuple(access | truncating for access in (os.O_RDONLY, os.O_WRONLY, os.O_RDWR) for truncating in (0, os.O_TRUNC))


class Touch:
    """One file in one execution."""

    __slots__ = ("after", "at", "before", "digest", "given", "kind", "path", "read", "reason", "removed", "written")

    def __init__(self, path: str, given: str, kind: str, before: StatKey | None) -> None:
        self.path = path
        self.given = given
        self.kind = kind
        self.before = before
        """The file when it was first touched, None where there was none."""
        self.read: StatKey | None = None
        """The content that was read."""
        self.digest = ""
        """SHA-256 of what was read, where it was hashed before the cell could go on."""
        self.reason = ""
        """Why what was read cannot be hashed any more."""
        self.written = False
        self.removed = False
        self.after: StatKey | None = None
        """The file when the execution ended."""
        self.at = time.time()


class Touches:
    """The files of one execution; its methods are called by the audit hook, before the operating system acts."""

    __slots__ = (
        "_barrier_left_s",
        "_budget_left_s",
        "_digests",
        "_folders",
        "_pending",
        "_rules",
        "_seen",
        "files",
        "left_out",
        "n",
        "programs",
        "run",
    )

    def __init__(self, run: str, n: int, rules: Rules, digests: Digests, pending: Dict[str, StatKey]) -> None:
        self.run = run
        self.n = n
        self.files: dict[str, Touch] = {}
        self.left_out = 0
        """Calls that were not looked at because there were too many."""
        self.programs = False
        """The execution started other programs."""
        self._rules = rules
        self._digests = digests
        self._pending = pending
        """Path → content that an earlier execution read or left, and that is not hashed yet."""
        self._seen: set[tuple[str, int]] = set()
        self._folders: dict[str, str] = {}
        self._budget_left_s = _AT_ONCE_S
        self._barrier_left_s = 2 * _BARRIER_S

    def opened(self, given: str, flags: int) -> None:
        path = _absolute(given)
        if path is None:
            return
        key = (path, flags & _TELLING)
        if key in self._seen:
            return
        if len(self._seen) >= _MOST_CALLS:
            self.left_out += 1
            return
        self._seen.add(key)
        if flags & _NOT_A_FILE or (_TMPFILE and flags & _TMPFILE == _TMPFILE):
            return
        access = flags & _ACCESS
        if access == os.O_RDONLY and not flags & os.O_TRUNC:
            if not self._read(path, given):
                self._seen.discard(key)  # not there yet; it may be the next time
        else:
            self._write(path, given, also_read=access == os.O_RDWR and not flags & os.O_TRUNC)

    def renamed(self, source: str, target: str) -> None:
        moved = self._touch(source, source)
        arrived = self._touch(target, target)
        if moved is not None and stat_key(moved.path) is not None:
            self._before_change(moved)
            moved.removed = True
            self._forget(moved.path, _absolute(source) or "")
        if arrived is not None:
            self._before_change(arrived)
            arrived.written = True

    def linked(self, target: str) -> None:
        self._write(target, target)

    def removed(self, given: str) -> None:
        touch = self._touch(given, given)
        if touch is not None:
            self._before_change(touch)
            touch.removed = True
            self._forget(touch.path, _absolute(given) or "")

    def changed(self, given: str) -> None:
        self._write(given, given, also_read=True)

    def connected(self, database: str) -> None:
        path, read_only = _database(database)
        if not path:
            return
        if read_only:
            self._read(path, path)
        else:
            self._write(path, path, also_read=True)

    def _read(self, path: str, given: str) -> bool:
        """Whether there was a file to read (or nobody cares)."""
        touch = self._touch(path, given, must_exist=True)
        if touch is None:
            return self._kind(os.path.normpath(path)) == IGNORED
        if touch.read is None and not touch.written:
            self._note_read(touch)
        return True

    def _write(self, path: str, given: str, *, also_read: bool = False) -> None:
        touch = self._touch(path, given)
        if touch is None or (touch.kind == CODE and path.endswith(".pyc")):
            return
        if also_read and touch.read is None and not touch.written and touch.before is not None:
            self._note_read(touch)
        self._before_change(touch)
        touch.written = True

    def _note_read(self, touch: Touch) -> None:
        key = stat_key(touch.path)
        touch.read = key
        if key is None:
            return
        known = self._digests.known(key)
        if known is not None:
            touch.digest = known
        elif key.bytes <= AT_ONCE_BYTES and self._budget_left_s > 0:
            began = time.perf_counter()
            touch.digest = self._digests.compute(touch.path, key, within_s=_ONE_S) or ""
            self._budget_left_s -= time.perf_counter() - began

    def end(self) -> None:
        """The execution has ended: what its files are now, and which of them are still to be hashed."""
        for touch in list(self.files.values()):
            if touch.written or touch.removed:
                touch.after = stat_key(touch.path)
            if touch.written and touch.after is not None and touch.after != touch.before:
                self._pending[touch.path] = touch.after
            elif touch.read is not None and not touch.digest and not touch.reason:
                self._pending[touch.path] = touch.read

    def _before_change(self, touch: Touch) -> None:
        """The last moment at which what was read, now or in an execution before, can still be hashed."""
        owed = self._pending.get(touch.path)
        if owed is not None and self._hashed(touch.path, owed):
            self._pending.pop(touch.path, None)
        if touch.read is None or touch.digest or touch.reason:
            return
        if self._hashed(touch.path, touch.read):
            touch.digest = self._digests.known(touch.read) or ""
        if not touch.digest:
            touch.reason = "it was changed before it could be hashed"

    def _hashed(self, path: str, key: StatKey) -> bool:
        if self._digests.known(key) is not None:
            return True
        within_s = min(_BARRIER_S, self._barrier_left_s)
        if within_s <= 0:
            return False
        began = time.perf_counter()
        known = self._digests.keep(path, key, within_s=within_s)
        self._barrier_left_s -= time.perf_counter() - began
        return known

    def _touch(self, path: str, given: str, *, must_exist: bool = False) -> Touch | None:
        """The note about a file; None where it is nobody's data, no file, or there are too many."""
        absolute = _absolute(path)
        if absolute is None:
            return None
        path = os.path.normpath(absolute)
        kind = self._kind(path)
        if kind == IGNORED:
            return None
        if kind == CODE and path.endswith(".pyc"):
            path = _source_of(path)
        real = self._real(path)
        touch = self.files.get(real)
        if touch is not None:
            return touch
        if real != path:
            kind = self._kind(real)
        before = stat_key(real)
        if kind == IGNORED or (before is None and (must_exist or os.path.exists(real))):
            return None
        if len(self.files) >= _MOST_FILES:
            self.left_out += 1
            return None
        touch = self.files[real] = Touch(real, given[:4096], kind, before)
        return touch

    def _kind(self, path: str) -> str:
        return self._rules.verdict(path)

    def _real(self, path: str) -> str:
        """The path without symbolic links; the folders' part is remembered."""
        folder, name = os.path.split(path)
        real = self._folders.get(folder)
        if real is None:
            real = self._folders[folder] = os.path.realpath(folder)
        joined = os.path.join(real, name)
        return os.path.realpath(joined) if os.path.islink(joined) else joined

    def _forget(self, *paths: str) -> None:
        """What is opened again under one of these names is another file."""
        for path in paths:
            for flags in _ALL_TELLING:
                self._seen.discard((path, flags))


def _absolute(given: str) -> str | None:
    """The path from the root; None where there is no working folder any more, or no file can have the name."""
    if "\0" in given:
        return None
    if os.path.isabs(given):
        return given
    try:
        return os.path.join(os.getcwd(), given)
    except OSError:
        return None


def _source_of(compiled: str) -> str:
    """`x/__pycache__/a.cpython-311.pyc` → `x/a.py`."""
    folder, name = os.path.split(compiled)
    return os.path.join(os.path.dirname(folder), name.partition(".")[0] + ".py")


def _database(given: str) -> tuple[str, bool]:
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
