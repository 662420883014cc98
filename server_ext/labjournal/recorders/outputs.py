"""What cells show: streams, displays, results and errors, as they stand on the screen.

`OutputsRecorder` is fed with the kernel's own messages, from whatever thread sends them (`message`: microseconds, bounded
memory), and asked for events by the helper thread (`emit_due`): the first version of an output soon, further ones at most once
a second while it grows, the last one (`complete`) when the kernel says that the request is done. What comes later still, from
a thread or an asyncio task, goes to the execution whose request it answers. No object of the user's is ever held: a stream is a
str, everything else the JSON bytes that went to the client.

`screen` keeps the list of one execution; `bundles` turns messages into events.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from time import monotonic, thread_time, time
from typing import Any, Callable, Iterable, Iterator

from labjournal.events import Event, OutputsCleared, OutputShown, ProblemSeen
from labjournal.recorders import Context, Recorder
from labjournal.recorders.bundles import Keeper, output_shown, stream_shown
from labjournal.recorders.screen import MOST_OUTPUTS, Outputs, Slot

__all__ = ["MESSAGES", "OutputsRecorder"]

HELD_BYTES = 16 << 20
"""Message bytes that may wait for the helper thread; a message that finds no room is noted with its length only."""
REMEMBERED = 64
"""Executions whose outputs may still change: late text, updated displays."""
MOST_DISPLAYS = 2000
"""Display ids that are remembered for updates."""
BETWEEN_S = 1.0
"""Least time between two versions of what one execution shows."""

_SHOWN_KINDS = frozenset(("display_data", "execute_result", "error"))
MESSAGES = frozenset(("stream", "display_data", "execute_result", "error", "update_display_data", "clear_output"))


class OutputsRecorder(Recorder):
    """Keeps what executions show and yields it as versions."""

    name = "outputs"

    def __init__(self, context: Context, keeper: Keeper, closed: Callable[[Outputs, list[OutputShown]], Iterable[Event]]) -> None:
        self._context = context
        self._keeper = keeper
        self._closed = closed
        self._lock = threading.RLock()
        self._by_message: OrderedDict[str, Outputs | None] = OrderedDict()
        self._left: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._displays: OrderedDict[str, list[tuple[Outputs, Slot]]] = OrderedDict()
        self._active: dict[int, Outputs] = {}
        self._held = 0

    def opened(self, message_id: str, n: int, *, recorded: bool = True) -> None:
        """From now on what answers the request belongs to execution `n`. User thread."""
        if message_id:
            with self._lock:
                self._by_message[message_id] = Outputs(self._context.run, n) if recorded else None

    def error(self, message_id: str) -> tuple[str, str]:
        """Class and message of the error shown last in answer to the request."""
        outputs = self._by_message.get(message_id)
        return outputs.error if outputs is not None else ("", "")

    def message(self, kind: str, parent: str, content: Any, raw: bytes) -> bool:
        """Takes a message that went to the client; whether there is something to tell. Any thread."""
        if kind == "stream":
            return self._stream(parent, content["name"], content["text"])
        with self._lock:
            outputs = self._of(parent)
            if outputs is None:
                return False
            if kind == "update_display_data":
                return self._update(content, raw)
            if kind == "clear_output":
                outputs.clear(content["wait"] is True)
            elif kind in _SHOWN_KINDS:
                self._show(outputs, kind, content, raw)
            self._active[outputs.n] = outputs
        return True

    def done(self, parent: str) -> bool:
        """The kernel is idle again after the request."""
        with self._lock:
            outputs = self._by_message.get(parent)
            if outputs is None or outputs.closed:
                return False
            outputs.close()
            self._active[outputs.n] = outputs
            return True

    def next_due(self) -> float | None:
        """When the next version may be told (monotonic); None while nothing changed."""
        with self._lock:
            return min((outputs.due_at for outputs in self._active.values()), default=None)

    def emit_due(self, *, final: bool = False) -> Iterator[Event]:
        """Versions that are due, all of them and complete where `final`. Helper thread."""
        now = monotonic()
        with self._lock:
            if final:
                for outputs in self._by_message.values():
                    if outputs is not None and not outputs.closed:
                        outputs.close()
                        self._active[outputs.n] = outputs
            due = [outputs for outputs in self._active.values() if final or outputs.due_at <= now]
            for outputs in due:
                del self._active[outputs.n]
        for outputs in due:
            yield from self._versions(outputs)
        with self._lock:
            self._forget_old()

    def forked(self) -> None:
        self._by_message = OrderedDict()
        self._active = {}
        self._displays = OrderedDict()

    def _versions(self, outputs: Outputs) -> Iterator[Event]:
        began = thread_time()
        with self._lock:
            cleared, changed, overflow = outputs.take()
            closed = outputs.closed
        if cleared is not None:
            yield OutputsCleared(outputs.run, outputs.n, cleared)
        told: list[tuple[Slot, OutputShown]] = []
        for slot in changed:
            try:
                event = self._version(outputs, slot)
            except Exception as problem:  # one message that cannot be read costs that message, not the others
                detail = f"Output {slot.position} could not be kept: {type(problem).__name__}."
                yield ProblemSeen(outputs.run, outputs.n, "not-recorded", detail, time())
                event = OutputShown(outputs.run, outputs.n, slot.position, slot.kind, name=slot.name, data={}, truncated=True)
            if event is not None:
                told.append((slot, event))
                yield event
        if overflow:
            detail = f"{overflow} outputs beyond the first {MOST_OUTPUTS} were not kept."
            yield ProblemSeen(outputs.run, outputs.n, "truncated", detail, time())
        with self._lock:
            standing = outputs.standing(told, closed)
        if standing:
            yield from self._closed(outputs, standing)
        spent = thread_time() - began
        outputs.due_at = monotonic() + min(10.0, max(BETWEEN_S, 50 * spent))

    def _version(self, outputs: Outputs, slot: Slot) -> OutputShown | None:
        with self._lock:
            message, slot.message = slot.message, None
            if message is not None:
                self._held -= len(message)
        if slot.text is not None:
            shown = slot.text.now()
            return stream_shown(
                outputs.run, outputs.n, slot.position, slot.name, shown, self._context, self._keeper, complete=not slot.said_open
            )
        if slot.gone:
            return None
        return output_shown(
            outputs.run, outputs.n, slot.position, slot.kind, message, slot.lost, slot.display_id, self._context, self._keeper
        )

    def _stream(self, parent: str, name: str, text: str) -> bool:
        with self._lock:
            outputs = self._of(parent)
            slot = outputs.stream(name) if outputs is not None else None
        if slot is not None and slot.text is not None:
            slot.text.feed(text)  # outside the lock: a piece may be megabytes
            slot.dirty = True
        with self._lock:
            if outputs is not None:
                self._active[outputs.n] = outputs
        return outputs is not None

    def _of(self, parent: str) -> Outputs | None:
        outputs = self._by_message.get(parent)
        if outputs is None and parent in self._left:
            n, position = self._left.pop(parent)
            outputs = self._by_message[parent] = Outputs(self._context.run, n, position)
            outputs.closed = True
        return outputs

    def _show(self, outputs: Outputs, kind: str, content: Any, raw: bytes) -> None:
        slot = outputs.show(kind)
        if slot is None:
            return
        self._hold(slot, raw)
        if kind == "error":
            outputs.error = (_exact(content.get("ename")), _exact(content.get("evalue")))
            return
        slot.display_id = _display_id(content)
        if slot.display_id is not None:
            shown = self._displays.setdefault(slot.display_id, [])
            shown[:] = [(owner, other) for owner, other in shown if not other.gone][-32:]
            shown.append((outputs, slot))
            if len(self._displays) > MOST_DISPLAYS:
                self._displays.popitem(last=False)

    def _update(self, content: Any, raw: bytes) -> bool:
        changed = False
        for outputs, slot in self._displays.get(_display_id(content) or "", ()):
            if not slot.gone:
                self._hold(slot, raw)
                slot.dirty = changed = True
                self._active[outputs.n] = outputs
        return changed

    def _hold(self, slot: Slot, raw: bytes) -> None:
        if slot.message is not None:
            self._held -= len(slot.message)
            slot.message = None
        slot.lost = 0
        if self._held and self._held + len(raw) > HELD_BYTES:
            slot.lost = len(raw)
            return
        slot.message = raw
        self._held += len(raw)

    def _forget_old(self) -> None:
        surplus = len(self._by_message) - REMEMBERED
        if surplus <= 0:
            return
        for message_id in list(self._by_message)[:surplus]:
            outputs = self._by_message[message_id]
            if outputs is None:
                del self._by_message[message_id]
            elif outputs.closed and not outputs.dirty:
                del self._by_message[message_id]
                self._left[message_id] = (outputs.n, outputs.next_position)
        while len(self._left) > 1000:
            self._left.popitem(last=False)


def _display_id(content: Any) -> str | None:
    transient = content.get("transient")
    return _exact(transient.get("display_id")) or None if type(transient) is dict else None


def _exact(value: Any) -> str:
    return value if type(value) is str else ""
