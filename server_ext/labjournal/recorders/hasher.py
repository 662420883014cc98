"""Digests after the fact: small files at once on the helper thread, large ones on a thread that starts when the first one comes.

What is not hashed yet is told as unknown, so that the file itself is known whatever happens; the digest follows when it is there.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import replace
from typing import Callable, Deque, Iterable, Iterator, TypeVar, Union

from labjournal.events import Event, FileRead, FileWritten
from labjournal.recorders import audit_hook
from labjournal.recorders.digests import Digests, StatKey, stat_key

__all__ = ["Hasher"]

_LATER = "it is still being hashed"
_CHANGED = "it changed before it could be hashed"
_UNREADABLE = "it could not be read"
_ENDED = "the kernel ended before it was hashed"
_MOST_WAITING = 1000

FileEvent = Union[FileRead, FileWritten]
_E = TypeVar("_E", bound=Union[FileRead, FileWritten])


class Hasher:
    """Completes file events with digests; large files later, through `emit`."""

    def __init__(self, digests: Digests, emit: Callable[[Iterable[Event]], None]) -> None:
        self._digests = digests
        self._emit = emit
        self._waiting: Deque[tuple[FileEvent, str, StatKey, str, str]] = deque()
        self._now: tuple[FileEvent, str, StatKey, str, str] | None = None
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
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="labjournal-hash", daemon=True)
            self._thread.start()
        self._awake.set()
        return replace(event, reason=_LATER)

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
        self._awake = threading.Event()

    def _work(self) -> None:
        audit_hook.exclude_this_thread()
        while not self._stopped:
            try:
                self._now = self._waiting.popleft()
            except IndexError:
                self._awake.wait(5.0)
                self._awake.clear()
                continue
            event, path, key, state, reason = self._now
            answer = _hashed(event, path, key, self._digests, state, reason)
            if not self._stopped:
                self._emit([answer])
            self._now = None


def _hashed(event: _E, path: str, key: StatKey, digests: Digests, state: str, reason: str) -> _E:
    digest = digests.compute(path, key)
    if digest is not None:
        return replace(event, sha256=digest, hash_state=state, reason=reason if state == "provisional" else "")
    return replace(event, hash_state="unknown", reason=_UNREADABLE if stat_key(path) == key else _CHANGED)
