"""Bytes of small files that were hashed a moment ago, held until they are kept: the cell may overwrite the file before that.

Filled by whoever hashes, mostly on the user's thread, where the bytes have just been read; emptied on the helper thread. Bounded:
what came first goes first.
"""

from __future__ import annotations

from collections import OrderedDict

__all__ = ["Contents"]

MEMORY_BYTES = 16 << 20


class Contents:
    """Digest → the chunks that were hashed."""

    def __init__(self, largest: int = 0) -> None:
        self._largest = min(largest, MEMORY_BYTES)
        self.looked: dict[str, tuple[float, float]] = {}
        """Path → when we had it open (monotonic): the system's events do not tell whether the cell or we read a file."""
        self._held: OrderedDict[str, list[bytes]] = OrderedDict()
        self._bytes = 0

    def wants(self, size: int) -> bool:
        """Whether a content of this length is held at all."""
        return 0 < size <= self._largest

    def hold(self, sha256: str, chunks: list[bytes]) -> None:
        if sha256 in self._held:
            return
        self._held[sha256] = chunks
        self._bytes += sum(map(len, chunks))
        while self._bytes > MEMORY_BYTES:
            try:
                _, gone = self._held.popitem(last=False)
            except KeyError:
                self._bytes = 0
                return
            self._bytes -= sum(map(len, gone))

    def take(self, sha256: str) -> bytes | None:
        """The content, no longer held."""
        chunks = self._held.pop(sha256, None)
        if chunks is None:
            return None
        self._bytes -= sum(map(len, chunks))
        return b"".join(chunks)

    def clear(self) -> None:
        self._held = OrderedDict()
        self._bytes = 0
