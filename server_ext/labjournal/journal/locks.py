"""Two locks: one that lets a single process write the journal, and one that says whether a kernel still lives.

`FileLock` is a flock. It is unlocked explicitly, because a fork shares it: closing in the child must not free it, and a child
that outlives its parent must not keep it. `Alive` is a POSIX record lock: it belongs to the process alone, is not inherited and
goes with the process whatever kills it. Its trap: *any* close of that file in the owning process frees it, so the owner never
opens the file a second time (`is_dead` looks into the list of what this process holds before it opens anything).
On Windows both are `msvcrt` locks. Standard library only, Python 3.8.
"""

from __future__ import annotations

import os
import secrets
import sys
import threading
import time
from pathlib import Path
from typing import Dict, Optional, Set, Tuple

from labjournal.journal.places import open_private

__all__ = ["Alive", "FileLock"]

_WINDOWS = sys.platform == "win32"

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
_held: Set[int] = set()
"""Descriptors of file locks this process holds; a fork child closes its copies, so that it cannot keep the lock beyond its parent."""
_watching_forks = False


class FileLock:
    """Held by one holder at a time, over processes and within one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: Optional[int] = None
        self._pid = 0
        self._inside = threading.Lock()

    def acquire(self, wait_s: float = 0.0) -> bool:
        """Whether the lock was had within the time; raises OSError where the file cannot be opened."""
        until = time.monotonic() + wait_s
        if self._pid != os.getpid():  # made before a fork: what it knew belongs to the parent
            self._inside, self._descriptor = threading.Lock(), None
        if not self._inside.acquire(timeout=max(wait_s, 0.0)):
            return False
        try:
            descriptor = open_private(str(self._path), _FLAGS)
        except BaseException:  # handed on once the next thread can have it
            self._inside.release()
            raise
        pause = 0.002
        try:
            while not _try_lock(descriptor):
                if time.monotonic() >= until:
                    os.close(descriptor)
                    self._inside.release()
                    return False
                time.sleep(pause)
                pause = min(pause * 2, 0.05)
        except BaseException:  # also a Ctrl-C while it waits: nothing stays locked
            os.close(descriptor)
            self._inside.release()
            raise
        self._descriptor, self._pid = descriptor, os.getpid()
        _watch_forks()
        _held.add(descriptor)
        return True

    def release(self) -> None:
        """Frees the lock; harmless where it is not held, or held by the parent of this process."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None or self._pid != os.getpid():
            return
        _held.discard(descriptor)
        try:
            _unlock(descriptor)
        finally:
            os.close(descriptor)
            self._inside.release()


class Alive:
    """Held by a kernel as long as it lives."""

    _mine: Dict[Tuple[int, int], int] = {}
    """(device, inode) of every file this process holds, with the pid: a fork child holds none of its parent's."""

    def __init__(self) -> None:
        self._descriptor: Optional[int] = None

    def hold(self, path: Path) -> bool:
        """Makes the file and locks it before it gets its name, so that nobody sees it unlocked while its owner lives.

        (Not on Windows, where an open file cannot be renamed.)
        """
        draft = path if _WINDOWS else path.with_name(f".{path.name}-{os.getpid()}-{secrets.token_hex(4)}")
        descriptor = open_private(str(draft), _FLAGS)
        found = os.fstat(descriptor)
        if not _try_record_lock(descriptor):
            os.close(descriptor)
            return False
        self._mine[(found.st_dev, found.st_ino)] = os.getpid()
        self._descriptor = descriptor
        if draft != path:
            os.replace(str(draft), str(path))
        return True

    def release(self) -> None:
        """Gives the lock up. The file stays: whoever finds it unlocked knows that the run is over."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        found = os.fstat(descriptor)
        if self._mine.get((found.st_dev, found.st_ino)) == os.getpid():
            del self._mine[(found.st_dev, found.st_ino)]
        os.close(descriptor)

    @classmethod
    def is_dead(cls, path: Path) -> bool:
        """Whether nobody holds the file, or there is none."""
        try:
            found = os.stat(str(path))
            if cls._mine.get((found.st_dev, found.st_ino)) == os.getpid():
                return False
            descriptor = os.open(str(path), os.O_RDWR | getattr(os, "O_CLOEXEC", 0))
        except FileNotFoundError:
            return True
        except PermissionError:
            return False
        try:
            return _try_record_lock(descriptor)
        except OSError:
            return False
        finally:
            os.close(descriptor)


def _watch_forks() -> None:
    global _watching_forks
    if not _watching_forks and hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_drop_inherited)
    _watching_forks = True


def _drop_inherited() -> None:
    while _held:
        try:
            os.close(_held.pop())
        except OSError:
            pass


if sys.platform == "win32":

    def _try_lock(descriptor: int) -> bool:
        try:
            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

    _try_record_lock = _try_lock

else:

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)

    def _try_record_lock(descriptor: int) -> bool:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            return False
        return True
