"""The events between two moments: taken from the system's queues at once, understood when there is time."""

from __future__ import annotations

import os
import time
from collections import deque
from typing import Any, Deque, Iterable, Tuple

from labjournal.recorders.sightings import Sightings
from labjournal.system_calls import any_bytes_wait

__all__ = ["Span", "drain"]

_READ_BYTES = 64 << 10
_DRAIN_BYTES = 4 << 20
_KEPT_BYTES = 8 << 20
_EVENT_BYTES = 64


class Span:
    """The events between two moments, some of them not looked at yet."""

    __slots__ = ("began", "bytes", "chunks", "ended", "sightings")

    def __init__(self) -> None:
        self.sightings = Sightings()
        self.chunks: Deque[Tuple[Any, bytes]] = deque()
        self.bytes = 0
        self.began = time.monotonic()
        self.ended = 0.0

    def add(self, source: Any, chunk: bytes) -> None:
        if self.bytes > _KEPT_BYTES:
            self.sightings.lost = True
        else:
            self.chunks.append((source, chunk))
            self.bytes += len(chunk)

    def fold(self, most: int) -> None:
        """Understands some of the events."""
        while self.chunks and most > 0:
            source, chunk = self.chunks.popleft()
            if self.sightings.full:
                self.sightings.left_out += len(chunk) // _EVENT_BYTES
                self.bytes -= len(chunk)
                continue
            at = source.fold(chunk, self.sightings, 0, most)
            most -= max(1, at // _EVENT_BYTES)
            self.bytes -= at
            if at < len(chunk):
                self.chunks.appendleft((source, chunk[at:]))


def drain(sources: Iterable[Any], into: Span) -> None:
    """What waits in the queues, but not what comes while they are emptied."""
    for source in sources:
        left = _DRAIN_BYTES if any_bytes_wait(source.fd) else 0
        while left > 0:
            try:
                chunk = os.read(source.fd, _READ_BYTES)
            except OSError:
                break
            into.add(source, chunk)
            left -= len(chunk)
            if len(chunk) < _READ_BYTES // 2:
                break
