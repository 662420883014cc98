"""Stopping a replay that nobody waits for any more, from another thread.

The thread that replays looks now and then, also while a cell is executing, whether it is still wanted. What it has begun is cleared
away as after any other problem: the kernel is ended, the workspace removed, nothing is written.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from contextvars import ContextVar

from labjournal.errors import LabjournalError

__all__ = ["ReplayStopped", "look", "stopped_by"]

_signal: ContextVar[threading.Event | None] = ContextVar("labjournal_stopped_by", default=None)


class ReplayStopped(LabjournalError):
    """Somebody said that it is not wanted any more."""


@contextlib.contextmanager
def stopped_by(signal: threading.Event) -> Iterator[None]:
    """What is replayed by this thread inside ends with `ReplayStopped` soon after `signal` is set."""
    token = _signal.set(signal)
    try:
        yield
    finally:
        _signal.reset(token)


def look() -> None:
    """Raises where the replay is not wanted any more."""
    signal = _signal.get()
    if signal is not None and signal.is_set():
        raise ReplayStopped("It was stopped.", "Start it again.")
