"""Files that each execution read, wrote, renamed and deleted, with the SHA-256 of what was read and what was left.

`audit_hook` and native wrappers tell of calls, `touches` notes them on the user's thread; `layers` says what else sees files here,
`merging` lays that over the calls; here it becomes events on the helper thread. A digest is of the content that was meant, or it is
unknown and the reason stands beside it:

    at-read      hashed before the cell got the file
    verified     hashed later, and the file had not changed since
    provisional  hashed, but something still has the file open for writing
    unknown      changed, gone or unreadable before it could be hashed
"""

from __future__ import annotations

import os
import threading
import time
from itertools import chain
from typing import Any, Iterable, Iterator

from labjournal.events import Event, FacetSeen, ProblemSeen
from labjournal.recorders import Context, Execution, Outcome, Recorder, audit_hook, children
from labjournal.recorders.digests import Digests, StatKey
from labjournal.recorders.endings import hash_open, keys_of_open, look_at_handles, look_at_words
from labjournal.recorders.file_events import FileEvents
from labjournal.recorders.file_rules import DATA, Rules
from labjournal.recorders.hasher import Hasher
from labjournal.recorders.layers import Layers
from labjournal.recorders.merging import (
    Sight,
    merge_children,
    merge_events,
    merge_handles,
    merge_moved_folders,
    merge_snapshots,
)
from labjournal.recorders.open_files import Handle, mapped_for_writing, moved_on, open_files, open_for_writing
from labjournal.recorders.prewatch import AT_ONCE_CHARACTERS, Named, literals_of, values_of
from labjournal.recorders.processes import children_live
from labjournal.recorders.quieting import Quieting
from labjournal.recorders.touch import UNKNOWN, Touch
from labjournal.recorders.touches import Touches
from labjournal.recorders.unseen import Unseen

__all__ = ["FilesRecorder"]

_MOST_KNOWN = 20_000
_MOST_TOLD = 5_000
_FIRST_S = 0.01
"""How long the first cell waits for the folders of the work tree to be watched; most trees are small."""
_AT_ONCE_EVENTS = 1_500
"""Events that are understood on the user's thread, when an execution ends; more of them wait for the helper thread."""


class FilesRecorder(Recorder):
    """Yields FileRead, FileWritten and FileDeleted for each execution."""

    name = "files"

    def __init__(self, context: Context, layer: str = "") -> None:
        self._context = context
        self._rules = Rules(str(context.journal))
        self._digests = Digests(context.contents)
        self._hasher = Hasher(self._digests, context.emit)
        self._active: dict[int, Touches] = {}
        """What executes now, by thread; a thread that executes nothing works for the one that began last."""
        self._latest: Touches | None = None
        self._ended: dict[int, Touches] = {}
        self._pending: dict[str, StatKey] = {}
        self._events = FileEvents(context, self._rules.packages, self._digests, self._hasher, self._pending)
        self._known: dict[str, StatKey] = {}
        """Path → content that the last execution which touched it left there."""
        self._handles: dict[int, Handle] = {}
        self._children = False
        """Programs of this kernel may live since the last execution; only then is it asked again when the next begins."""
        self._told_later: list[Sight] = []
        self._problem: Exception | None = None
        self._installed = audit_hook.install()
        self._layers = Layers(context.folder, self._rules, layer)
        self._unseen = Unseen(context.run, self._layers)
        self._facts: Any = None
        children.tell_beforehand(self._foresee)

    # the moments of a run

    def run_started(self) -> Iterable[Event]:
        audit_hook.exclude_this_thread()
        if self._layers.snapshots is not None:
            self._layers.snapshots.start()
        yield from self._tell_layers()
        if not self._installed:
            yield ProblemSeen(
                self._context.run, 0, "not-seen", "This Python does not allow audit hooks: files are not seen.", time.time()
            )

    def execution_started(self, execution: Execution) -> None:
        touches = Touches(execution.run, execution.n, self._rules, self._digests, self._hasher, self._pending)
        source, namespace = execution.source, self._context.namespace()
        values = values_of(source, namespace) if len(source) <= AT_ONCE_CHARACTERS else None
        touches.named = Named(source, namespace, values)
        self._events.begun = execution.n
        layers = self._layers
        if layers.prewatch is not None:
            if values is not None:
                layers.prewatch.look(chain(literals_of(source), values))
            else:
                layers.prewatch.look_later(source, namespace)
            touches.on_listed = layers.prewatch.listed
        touches.children = self._children and children_live()
        touches.handles = _now(self._handles)
        if touches.handles:
            touches.open_before = keys_of_open(touches.handles)
        if layers.events is not None:
            if execution.n == 1:
                layers.events.entered(_FIRST_S)
            touches.span, touches.quieting = layers.events.begin(), Quieting(layers.events)
        for other in self._active.values():
            other.beside.append(touches)
            touches.beside.append(other)
        touches.on_crowded = self._crowded
        self._count_all()
        self._active[threading.get_ident()] = self._latest = touches
        audit_hook.watch(self)

    def execution_ended(self, execution: Execution, outcome: Outcome) -> None:
        self._count_all()
        touches = self._active.pop(threading.get_ident(), None)
        if touches is None or touches.n != execution.n:
            touches = next((other for other in self._active.values() if other.n == execution.n), touches)
            self._active = {thread: other for thread, other in self._active.items() if other is not touches}
        if self._active:
            self._latest = next(iter(self._active.values()))
        else:
            self._latest = None
            audit_hook.watch(None)
        if touches is not None:
            self._ended[execution.n] = touches
            self._close(touches, execution.source)

    def _close(self, touches: Touches, source: str) -> None:
        """What can still be known only now: what the kernel told, what files are, how far handles went."""
        touches.ended = time.time()
        events, span = self._layers.events, touches.span
        whole = events is not None and span is not None and events.end(span, _AT_ONCE_EVENTS)
        asked = not whole or bool(span.sightings.others)  # else nobody but this process did anything
        touches.children = self._children = touches.children or touches.programs or (asked and children_live())
        if whole:
            entered = not span.sightings.folders
            self._merge_events(touches, late=False)
            touches.merged = entered
        merge_handles(touches, moved_on(touches.handles).values())
        look_at_words(touches)
        closed = look_at_handles(touches, source) if self._layers.snapshots is not None and touches.handles else []
        touches.end()
        if touches.files or closed:
            self._handles = open_files(self._is_data)
            paths = [handle.path for handle in self._handles.values() if handle.writes]
            audit_hook.aside(hash_open, touches, self._digests, paths)

    def collect(self, execution: Execution) -> Iterable[Event]:
        audit_hook.exclude_this_thread()
        touches = self._ended.pop(execution.n, None)
        if self._problem is not None:
            problem, self._problem = self._problem, None
            raise problem
        if touches is not None:
            self._complete(touches)
        left = self._events.unfinished or (touches is not None and _any_left(touches))
        mapped = mapped_for_writing() if left and audit_hook.may_be_mapped() else set()
        still = mapped | open_for_writing() if left else set()
        self._digests.unstable = mapped
        yield from self._events.still_open(execution.n, touches, still)
        if touches is not None:
            for touch in list(touches.files.values()):
                yield from self._events.told(touches.n, touch, still)
                self._remember(touch)
            touches.beside.clear()
            self._events.told_last, self._events.told_until = touches.n, touches.ended
            yield from self._unseen.of(execution, touches)
            self._watch_from_now_on(touches)
        yield from self._tell_layers()

    def run_ended(self) -> Iterable[Event]:
        audit_hook.watch(None)
        children.tell_beforehand(None)
        self._layers.close()
        yield from self._hasher.finish(within_s=1.0)

    def forked(self) -> None:
        audit_hook.watch(None)
        children.tell_beforehand(None)
        self._active, self._latest, self._ended, self._handles, self._events.unfinished = {}, None, {}, {}, {}
        self._pending.clear()
        self._hasher.forked()
        self._layers.forked()

    # what the audit hook says, on the user's thread

    def opened(self, path: str, flags: int, thread: int, layer: str = "audit") -> None:
        touches = self._active.get(thread) or self._latest
        if touches is not None:
            touches.opened(path, flags, layer)

    def renamed(self, source: str, target: str, thread: int, layer: str = "audit") -> None:
        touches = self._active.get(thread) or self._latest
        if touches is not None:
            touches.renamed(source, target, layer)

    def linked(self, target: str, thread: int, layer: str = "audit") -> None:
        touches = self._active.get(thread) or self._latest
        if touches is not None:
            touches.linked(target, layer)

    def removed(self, path: str, thread: int, layer: str = "audit") -> None:
        touches = self._active.get(thread) or self._latest
        if touches is not None:
            touches.removed(path, layer)

    def changed(self, path: str, thread: int, layer: str = "audit") -> None:
        touches = self._active.get(thread) or self._latest
        if touches is not None:
            touches.changed(path, layer)

    def connected(self, path: str, thread: int, layer: str = "audit") -> None:
        touches = self._active.get(thread) or self._latest
        if touches is not None:
            touches.connected(path, layer)

    def listed(self, path: str, thread: int, layer: str = "audit") -> None:
        touches = self._active.get(thread) or self._latest
        if touches is not None:
            touches.listed(path)

    def scanned(self, path: str, thread: int, layer: str = "native") -> None:
        """A lazy reader was told of a file; whether it is read is not known yet."""
        touches = self._active.get(thread) or self._latest
        if touches is not None:
            touches.foresee(os.path.abspath(path), named_only=True)
            touches.listed(os.path.dirname(path))

    def stepped(self, thread: int, layer: str = "audit") -> None:
        for touches in list(self._active.values()):
            touches.stepped()

    def started_program(self, thread: int, layer: str = "audit") -> None:
        touches = self._active.get(thread) or self._latest
        if touches is not None:
            touches.programs = True
            touches.make_all_sure()

    def _crowded(self) -> bool:
        """An execution reads more files than are recorded; where it is the only one, most of them are only counted."""
        alone = len(self._active) == 1
        if alone:
            audit_hook.only_count_reads(True)
        return alone

    def _count_all(self) -> None:
        """Whatever was only counted is the latest execution's; from now on all is told."""
        counted = audit_hook.only_count_reads(False)
        if counted and self._latest is not None:
            self._latest.left_out += counted

    def _foresee(self, path: str, reads: bool) -> None:
        touches = self._active.get(threading.get_ident()) or self._latest
        if touches is not None:
            audit_hook.aside(touches.foresee, path, reads=reads)
            touches.listed(os.path.dirname(path))

    def failed(self, problem: Exception) -> None:
        self._problem = problem
        audit_hook.watch(None)

    # on the helper thread

    def _merge_events(self, touches: Touches, *, late: bool) -> None:
        merge_events(
            touches, touches.span.sightings, self._layers.events.layer_at, self._known, self._digests, children=touches.children,
            notebook=self._context.notebook() or "", since=(lambda: self._events.begun > touches.n) if late else None,
        )  # fmt: skip

    def _complete(self, touches: Touches) -> None:
        """What was not understood while the user waited."""
        touches.make_all_sure()
        if touches.span is not None and self._layers.events is not None:
            self._layers.events.settle(touches.span)
            if not touches.merged:
                self._merge_events(touches, late=True)
        watched = self._layers.events.folders if self._layers.events is not None else {}
        merge_children(touches, self._of_children(touches), watched)
        if self._layers.snapshots is not None:
            gone = [path for path, touch in touches.files.items() if touch.removed and touch.after is None]
            merge_snapshots(touches, *self._layers.snapshots.changes(touches.started, touches.ended, gone))
        if touches.moved_folders:
            merge_moved_folders(touches)

    def _of_children(self, touches: Touches) -> list[Sight]:
        """What children told of the time of an execution; what they told of later times waits for the executions of those."""
        told = [*self._told_later, *children.read()]
        self._told_later = [sight for sight in told if sight[3] > touches.ended][-_MOST_TOLD:]
        return [sight for sight in told if touches.started <= sight[3] <= touches.ended]

    def _watch_from_now_on(self, touches: Touches) -> None:
        """Folders of all that was touched: another file of theirs may be next."""
        events = self._layers.events
        if events is not None:
            lasting = (touch for touch in touches.files.values() if touch.read is not None or touch.after is not None)
            for folder in {os.path.dirname(touch.path) for touch in lasting}:
                if folder not in events.folders:
                    events.want(folder)
            events.ring()

    def _remember(self, touch: Touch) -> None:
        now = touch.after if touch.written or touch.removed else touch.read
        if now is None or now == UNKNOWN:
            self._known.pop(touch.path, None)
            return
        if len(self._known) >= _MOST_KNOWN:
            for old in list(self._known)[: _MOST_KNOWN // 4]:
                self._known.pop(old, None)
        self._known[touch.path] = now

    def _tell_layers(self) -> Iterator[Event]:
        """Which layers are on; again when that changes."""
        facts = self._layers.facts(self._installed, self._unseen.native(), self._unseen.missing())
        told = self._facts
        if told is None or any(facts[name] != told[name] for name in ("events", "native", "missing", "complete")):
            self._facts = facts
            yield FacetSeen(self._context.run, 0, "layers", facts)

    def _is_data(self, path: str) -> bool:
        return self._rules.verdict(path) == DATA


def _any_left(touches: Touches) -> bool:
    return any(touch.written or touch.only_opened for touch in touches.files.values())


def _now(handles: dict[int, Handle]) -> dict[int, Handle]:
    """Handles with the positions at which they stand now."""
    return {**handles, **moved_on(handles)} if handles else handles
