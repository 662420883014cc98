"""What one execution shows: the list of its outputs, as JupyterLab would show it at the moment.

Streams grow, displays are replaced, all of it may be cleared. Positions are never used twice, so that what was told of an output
stays true of that output. Telling is `outputs`' business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from labjournal.recorders.shown import HEAD, TAIL, ShownText

if TYPE_CHECKING:
    from labjournal.events import OutputShown

__all__ = ["MOST_OUTPUTS", "Outputs", "Slot"]

MOST_OUTPUTS = 2000
"""Outputs kept of one execution; the others are counted."""
STANDING_BYTES = 4 << 20
"""So much of what an execution has shown is remembered until it has shown all."""


class Slot:
    """One output: a stream that grows, or the newest message of a display, result or error."""

    __slots__ = ("dirty", "display_id", "gone", "kind", "lost", "message", "name", "position", "said_open", "text", "told")

    def __init__(self, position: int, kind: str) -> None:
        self.position = position
        self.kind = kind
        self.name = ""
        self.text: ShownText | None = None
        self.message: bytes | None = None
        self.lost = 0  # length of a message that could not be held
        self.display_id: str | None = None
        self.dirty = True
        self.gone = False  # cleared away
        self.said_open = False  # the last version told of it was not complete
        self.told: OutputShown | None = None  # that version, until the whole screen was read


class Outputs:
    """What one execution shows. Not thread-safe by itself: the recorder's lock is held around every call."""

    def __init__(self, run: str, n: int, first: int = 0) -> None:
        self.run = run
        self.n = n
        self.next_position = first
        self.slots: list[Slot] = []
        self.closed = False
        self.due_at = 0.0
        """When the next version may be told (monotonic)."""
        self.error: tuple[str, str] = ("", "")
        """Class and message of the error it ended with, as the kernel showed them."""
        self._standing_bytes = 0
        self._read = False
        self._clear_waits = False
        self._cleared: int | None = None
        self._told_any = False
        self._streams = 0
        self._overflow = 0
        self._overflow_told = 0

    @property
    def dirty(self) -> bool:
        return self._cleared is not None or self._overflow != self._overflow_told or any(slot.dirty for slot in self.slots)

    def stream(self, name: str) -> Slot | None:
        """The output that the stream's next piece belongs to; None where the execution has shown too much."""
        self._clear_if_waiting()
        last = self.slots[-1] if self.slots else None
        if last is None or last.text is None or last.name != name:
            last = self._new("stream")
            if last is None:
                return None
            last.name = name
            last.text = ShownText(*_stream_limits(self._streams))
            self._streams += 1
        return last

    def show(self, kind: str) -> Slot | None:
        """A new output of its own; None where the execution has shown too much."""
        self._clear_if_waiting()
        return self._new(kind)

    def clear(self, wait: bool) -> None:
        if wait:
            self._clear_waits = True
        else:
            self._clear()

    def close(self) -> None:
        """The request is done: what stands now is complete, until something late arrives."""
        self.closed = True
        self.due_at = 0.0
        for slot in self.slots:
            if slot.said_open:
                slot.dirty = True

    def take(self) -> tuple[int | None, list[Slot], int]:
        """What has to be told now: cleared below a position, changed outputs, outputs beyond the limit."""
        cleared, self._cleared = self._cleared, None
        if cleared is not None and not self._told_any:
            cleared = None
        changed = [slot for slot in self.slots if slot.dirty]
        for slot in changed:
            slot.dirty = False
            slot.said_open = slot.text is not None and not self.closed and slot is self.slots[-1]
            self._told_any = True
        overflow, self._overflow_told = self._overflow - self._overflow_told, self._overflow
        return cleared, changed, self._overflow if overflow else 0

    def standing(self, told: list[tuple[Slot, OutputShown]], closed: bool) -> list[OutputShown]:
        """What there is to read off the screen after these versions were told: all of it once the request is done, later what is new."""
        if self._read:
            return [event for _, event in told]
        for slot, event in told:
            self._standing_bytes += _length(event) - (_length(slot.told) if slot.told is not None else 0)
            slot.told = event if self._standing_bytes <= STANDING_BYTES or slot.told is not None else None
        if not closed:
            return []
        self._read = True
        shown = [slot.told for slot in self.slots if slot.told is not None]
        for slot in self.slots:
            slot.told = None
        return shown

    def _new(self, kind: str) -> Slot | None:
        if len(self.slots) >= MOST_OUTPUTS:
            self._overflow += 1
            return None
        if self.slots and self.slots[-1].said_open:
            self.slots[-1].dirty = True  # it grows no more
        slot = Slot(self.next_position, kind)
        self.next_position += 1
        self.slots.append(slot)
        return slot

    def _clear_if_waiting(self) -> None:
        if self._clear_waits:
            self._clear()

    def _clear(self) -> None:
        self._clear_waits = False
        if self.slots:
            for slot in self.slots:
                slot.gone = True
                slot.message = None
            self.slots = []
            self._standing_bytes = 0
            self._streams = 0
            self._cleared = self.next_position


def _length(event: OutputShown) -> int:
    texts = event.data.values() if event.data is not None else ()
    return len(event.text) + sum(len(text) for text in texts if type(text) is str)


def _stream_limits(streams: int) -> tuple[int, int]:
    """Head and tail of the next stream output; less for a cell that alternates between streams for ever."""
    if streams < 2:
        return HEAD, TAIL
    return (2048, 2048) if streams < 12 else (256, 256) if streams < 100 else (64, 64)
