"""SHA-256 of files, with the proof that it is of the content that was meant.

A digest counts only if the file's stat key (device, inode, size, modification and change time) was the same before the first byte
was read and after the last one. Digests are remembered by that key, unless the file is so young that a second write could have left
the key as it was. With a deadline, an unfinished digest is None: never a wrong one.
"""

from __future__ import annotations

import hashlib
import math
import os
import stat
import time
from typing import NamedTuple

from labjournal.recorders import audit_hook
from labjournal.recorders.contents import Contents

__all__ = ["Digests", "StatKey", "key_here", "key_of", "stat_key"]

_CHUNK = 1 << 20
_MOST_REMEMBERED = 4096
_YOUNG_S, _YOUNG_COARSE_S = 0.05, 2.0
"""How long after a change a second one may leave the times as they are; the longer where times are whole seconds."""
EDGE_BYTES = 64 << 10
_TO_READ = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
"""Without following a FIFO's or device's whims: what was a regular file a moment ago may be something else now."""


class StatKey(NamedTuple):
    """What identifies a content of a file without reading it."""

    device: int
    inode: int
    bytes: int
    mtime_ns: int
    ctime_ns: int


def key_of(found: os.stat_result) -> StatKey | None:
    """The key of a regular file from what the system said of it."""
    if not stat.S_ISREG(found.st_mode):
        return None
    return StatKey(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def stat_key(path: str) -> StatKey | None:
    """The key of a regular file; None for anything else, and where there is nothing."""
    try:
        return key_of(os.stat(path))
    except (OSError, ValueError):
        return None


def key_here(path: str) -> StatKey | None:
    """The key of a regular file that stands at the path itself; a symbolic link is none."""
    try:
        return key_of(os.lstat(path))
    except (OSError, ValueError):
        return None


class Digests:
    """Computes digests and remembers them by stat key."""

    def __init__(self, contents: Contents | None = None) -> None:
        self._contents = Contents() if contents is None else contents
        """Takes the bytes of small files, which are kept later: the cell may overwrite them before."""
        self._known: dict[StatKey, str] = {}
        self._early: dict[StatKey, str] = {}
        """Of contents that are gone since, so that their youth does no harm."""
        self.unstable: set[tuple[int, int]] = set()
        """(device, inode) of what somebody has mapped into memory for writing: its times tell nothing."""
        self._looked = self._contents.looked
        """Path → when it was last opened here (monotonic): the kernel's events do not tell whether the cell or we read a file."""

    def known(self, key: StatKey) -> str | None:
        """The digest, if it was computed before."""
        if self.unstable and (key.device, key.inode) in self.unstable:
            return None
        return self._known.get(key) or self._early.get(key)

    def keep(self, path: str, key: StatKey, *, within_s: float) -> str | None:
        """The digest of a file that is about to change, kept for whoever asks for it by its key later."""
        digest = self.compute(path, key, within_s=within_s)
        if digest is not None:
            if len(self._early) >= _MOST_REMEMBERED:
                self._early.clear()
            self._early[key] = digest
        return digest

    def compute(self, path: str, key: StatKey, *, within_s: float | None = None) -> str | None:
        """The digest of the content that `key` means; None if the file is not that any more, unreadable, or time ran out."""
        known = self.known(key)
        if known is not None:
            return known
        deadline = None if within_s is None else time.monotonic() + within_s
        if len(self._looked) >= 4 * _MOST_REMEMBERED:
            self._looked.clear()
        began = time.monotonic()
        self._looked[path] = began, math.inf
        chunks: list[bytes] | None = [] if self._contents.wants(key.bytes) else None
        try:
            digest = audit_hook.aside(_sha256, path, key, deadline, chunks)
        except OSError:
            return None
        finally:
            self._looked[path] = began, time.monotonic()
        if digest is not None and chunks:
            self._contents.hold(digest, chunks)
        if digest is not None and not _young(key):
            self._remember(key, digest)
        return digest

    def beginning(self, path: str, key: StatKey, length: int) -> str | None:
        """The digest of the first bytes of the content that `key` means; None if the file is not that any more, or unreadable."""
        self._looked[path] = time.monotonic(), math.inf
        chunks: list[bytes] | None = [] if self._contents.wants(length) else None
        try:
            digest = audit_hook.aside(_sha256, path, key, None, chunks, length)
        except OSError:
            return None
        finally:
            self._looked[path] = self._looked[path][0], time.monotonic()
        if digest is not None and chunks:
            self._contents.hold(digest, chunks)
        return digest

    def looked(self, path: str, since: float, until: float) -> bool:
        """Whether a file was open here at some time between two moments (monotonic)."""
        began, ended = self._looked.get(path, (math.inf, 0.0))
        return began <= until and ended >= since

    def edges(self, path: str, key: StatKey) -> str:
        """SHA-256 of the first and last 64 KiB of a large file; '' where it is not that content any more."""
        self._looked[path] = time.monotonic(), time.monotonic() + 0.1
        try:
            descriptor = audit_hook.aside(os.open, path, _TO_READ)
        except OSError:
            return ""
        try:
            if key_of(os.fstat(descriptor)) != key:
                return ""
            first = os.read(descriptor, EDGE_BYTES)
            os.lseek(descriptor, max(0, key.bytes - EDGE_BYTES), os.SEEK_SET)
            digest = hashlib.sha256(first + os.read(descriptor, EDGE_BYTES)).hexdigest()
            return digest if key_of(os.fstat(descriptor)) == key and stat_key(path) == key else ""
        except OSError:
            return ""
        finally:
            os.close(descriptor)

    def _remember(self, key: StatKey, digest: str) -> None:
        if len(self._known) >= _MOST_REMEMBERED:
            for old in list(self._known)[: _MOST_REMEMBERED // 4]:
                self._known.pop(old, None)
        self._known[key] = digest


def _young(key: StatKey) -> bool:
    """Whether the file could change without its times showing it, as git's index has it."""
    window_s = _YOUNG_S if key.mtime_ns % 1_000_000_000 else _YOUNG_COARSE_S
    return time.time() - max(key.mtime_ns, key.ctime_ns) / 1e9 <= window_s


def _sha256(
    path: str, key: StatKey, deadline: float | None, chunks: list[bytes] | None = None, length: int | None = None
) -> str | None:
    descriptor = os.open(path, _TO_READ)
    try:
        if key_of(os.fstat(descriptor)) != key:
            return None
        digest = hashlib.sha256()
        left = key.bytes if length is None else length
        while left > 0:
            chunk = os.read(descriptor, min(_CHUNK, left))
            if not chunk:
                return None
            digest.update(chunk)
            if chunks is not None:
                chunks.append(chunk)
            left -= len(chunk)
            if deadline is not None and left > 0 and time.monotonic() > deadline:
                return None
        return digest.hexdigest() if key_of(os.fstat(descriptor)) == key and stat_key(path) == key else None
    finally:
        os.close(descriptor)
