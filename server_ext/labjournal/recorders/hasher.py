"""Digests beside the work: small files at once on the helper thread, large ones on a thread that starts when the first one comes.

A large file that a cell reads begins to be hashed when the cell opens it; whoever is about to change it waits, but not long.

What is not hashed yet is told as unknown, so that the file itself is known whatever happens; the digest follows when it is there.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import deque
from typing import Callable, Deque, Iterable, Iterator, Tuple, TypeVar, Union

from labjournal.events import Event, FileRead, FileWritten, replace
from labjournal.recorders import audit_hook
from labjournal.recorders.digests import Digests, StatKey, stat_key

__all__ = ["Hasher"]

_LATER = "it is still being hashed"
_CHANGED = "it changed before it could be hashed"
_UNREADABLE = "it could not be read"
_ENDED = "the kernel ended before it was hashed"
_TOO_LARGE = "it is too large to be hashed in time"
_MOST_WAITING = 1000
_MOST_BEGUN = 64
_LONGEST_S = 120.0
"""For one file; what takes longer is known by its size and its edges."""
_NICE = 10

FileEvent = Union[FileRead, FileWritten]
_E = TypeVar("_E", bound=Union[FileRead, FileWritten])


class Hasher:
    """Completes file events with digests; large files later, through `emit`."""

    def __init__(self, digests: Digests, emit: Callable[[Iterable[Event]], None]) -> None:
        self._digests = digests
        self._emit = emit
        self._waiting: Deque[tuple[FileEvent, str, StatKey, str, str]] = deque()
        self._now: tuple[FileEvent, str, StatKey, str, str] | None = None
        self._begun: Deque[Tuple[str, StatKey]] = deque()
        """What a cell is reading now."""
        self._key: StatKey | None = None
        """What is being hashed."""
        self._awake = threading.Event()
        self._thread: threading.Thread | None = None
        self._stopped = False

    def settle(self, event: _E, path: str, key: StatKey, *, inline_bytes: int, state: str = "verified", reason: str = "") -> _E:
        """The event with its digest, or for a large file as unknown for now."""
        if key.bytes <= inline_bytes or self._digests.known(key) is not None:
            return _hashed(event, path, key, self._digests, state, reason)
        if len(self._waiting) >= _MOST_WAITING or self._stopped:
            return replace(event, reason="too many large files were waiting to be hashed")
        self._waiting.append((event, path, key, state, reason))
        self._wake()
        return replace(event, reason=_LATER, edges=self._digests.edges(path, key))

    def begin(self, path: str, key: StatKey) -> None:
        """A cell is about to read a large file, and may change it afterwards. User thread."""
        if len(self._begun) < _MOST_BEGUN and not self._stopped:
            self._begun.append((path, key))
            self._wake()

    def awaited(self, key: StatKey, within_s: float) -> str | None:
        """The digest, after waiting for it where it is under way. User thread."""
        deadline = time.monotonic() + within_s
        while self._key == key and time.monotonic() < deadline:
            time.sleep(0.001)
        return self._digests.known(key)

    def _wake(self) -> None:
        if self._thread is None:
            thread = threading.Thread(target=self._live, name="labjournal-hash", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the system allows no more threads, or Python is on its way out
                self._stopped = True
                return
            self._thread = thread
        self._awake.set()

    def finish(self, within_s: float) -> Iterator[Event]:
        """Waits a moment for what is under way; yields what will not be known any more."""
        deadline = time.monotonic() + within_s
        while (self._waiting or self._now is not None) and time.monotonic() < deadline:
            time.sleep(0.01)
        self._stopped = True
        self._awake.set()
        now = self._now
        for event, *_ in [*([now] if now is not None else []), *list(self._waiting)]:
            yield replace(event, reason=_ENDED)

    def forked(self) -> None:
        """In a fork's child: the thread is not here, and nothing is owed."""
        self._waiting, self._now, self._thread, self._stopped = deque(), None, None, True
        self._begun, self._key = deque(), None
        self._awake = threading.Event()

    def _live(self) -> None:
        """Nothing is printed by this thread, whatever happens to it; what was to be hashed stays unknown."""
        try:
            self._work()
        except BaseException:  # the guard of this thread, which nobody stands above
            self._stopped, self._key = True, None

    def _work(self) -> None:
        audit_hook.exclude_this_thread()
        _step_back()
        while not self._stopped:
            if self._begun:
                self._hash_begun(*self._begun.popleft())
            elif self._waiting:
                self._tell_next()
            else:
                self._awake.wait(60.0)
                self._awake.clear()

    def _hash_begun(self, path: str, key: StatKey) -> None:
        self._key = key
        try:
            self._digests.compute(path, key, within_s=_LONGEST_S)
        finally:
            self._key = None

    def _tell_next(self) -> None:
        self._now = event, path, key, state, reason = self._waiting.popleft()
        self._key = key
        try:
            answer = _hashed(event, path, key, self._digests, state, reason, within_s=_LONGEST_S)
        finally:
            self._key = None
        if not answer.sha256:
            answer = replace(answer, edges=self._digests.edges(path, key))
        if not self._stopped:
            self._emit([answer])
        self._now = None


def _step_back() -> None:
    """This thread comes after everything else, where threads have a priority of their own."""
    if sys.platform == "linux":
        try:
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        except OSError:
            pass


def _hashed(event: _E, path: str, key: StatKey, digests: Digests, state: str, reason: str, within_s: float | None = None) -> _E:
    digest = digests.compute(path, key, within_s=within_s)
    if digest is not None:
        return replace(event, sha256=digest, hash_state=state, reason=reason if state == "provisional" else "")
    if stat_key(path) != key:
        return replace(event, hash_state="unknown", reason=_CHANGED)
    return replace(event, hash_state="unknown", reason=_UNREADABLE if within_s is None else _TOO_LARGE)
