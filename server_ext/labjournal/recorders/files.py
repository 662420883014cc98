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

from labjournal.events import Event, FacetSeen, FileDeleted, FileRead, FileWritten, ProblemSeen, replace
from labjournal.recorders import Context, Execution, Outcome, Recorder, audit_hook, children
from labjournal.recorders.digests import Digests, StatKey, stat_key
from labjournal.recorders.distributions import Distributions
from labjournal.recorders.file_rules import DATA, PACKAGE, Rules
from labjournal.recorders.hasher import Hasher
from labjournal.recorders.layers import Layers
from labjournal.recorders.merging import (
    LATE_S,
    Sight,
    merge_children,
    merge_events,
    merge_handles,
    merge_moved_folders,
    merge_snapshots,
)
from labjournal.recorders.open_files import Handle, moved_on, open_files, written_now
from labjournal.recorders.prewatch import Named, literals_of, values_of
from labjournal.recorders.processes import children_live
from labjournal.recorders.touch import UNKNOWN, Touch, layers_of
from labjournal.recorders.touches import Touches
from labjournal.recorders.unseen import Unseen

__all__ = ["FilesRecorder"]

_INLINE_BYTES = 32 << 20
_STILL_WRITTEN = "something still has it open for writing"
_CHANGED = "it changed before it could be hashed"
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
        self._distributions = Distributions()
        self._active: dict[int, Touches] = {}
        """What executes now, by thread; a thread that executes nothing works for the one that began last."""
        self._latest: Touches | None = None
        self._told_last = 0
        """The execution of which files were told last."""
        self._begun = 0
        """The execution that began last."""
        self._ended: dict[int, Touches] = {}
        self._pending: dict[str, StatKey] = {}
        self._unfinished: dict[str, tuple[int, StatKey, bool]] = {}
        """Path → (execution, content, whether that was told) of files that were still open for writing."""
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
        values = values_of(execution.source, self._context.namespace())
        touches.named = Named(execution.source, values)
        self._begun = execution.n
        layers = self._layers
        if layers.prewatch is not None:
            layers.prewatch.look(chain(literals_of(execution.source), values))
            touches.on_listed = layers.prewatch.listed
        touches.children = self._children and children_live()
        touches.handles = _now(self._handles)
        if layers.events is not None:
            if execution.n == 1:
                layers.events.entered(_FIRST_S)
            touches.span, touches.quiet = layers.events.begin(), layers.events.quiet
        for other in self._active.values():
            other.beside.append(touches)
            touches.beside.append(other)
        self._active[threading.get_ident()] = self._latest = touches
        audit_hook.watch(self)

    def execution_ended(self, execution: Execution, outcome: Outcome) -> None:
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
            self._close(touches)

    def _close(self, touches: Touches) -> None:
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
        touches.end()
        if touches.files:
            self._handles = open_files(self._is_data)
            audit_hook.aside(touches.hash_open, [handle.path for handle in self._handles.values() if handle.writes])

    def collect(self, execution: Execution) -> Iterable[Event]:
        audit_hook.exclude_this_thread()
        touches = self._ended.pop(execution.n, None)
        if self._problem is not None:
            problem, self._problem = self._problem, None
            raise problem
        if touches is not None:
            self._complete(touches)
        left = self._unfinished or (touches is not None and _any_left(touches))
        still = written_now(mapped=audit_hook.may_be_mapped()) if left else set()
        self._digests.unstable = still
        yield from self._still_open(execution.n, touches, still)
        if touches is not None:
            for touch in list(touches.files.values()):
                yield from self._told(touches.n, touch, still)
                self._remember(touch)
            touches.beside.clear()
            self._told_last = touches.n
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
        self._active, self._latest, self._ended, self._unfinished, self._pending = {}, None, {}, {}, {}
        self._handles = {}
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

    def _foresee(self, path: str) -> None:
        touches = self._active.get(threading.get_ident()) or self._latest
        if touches is not None:
            audit_hook.aside(touches.foresee, path)
            touches.listed(os.path.dirname(path))

    def failed(self, problem: Exception) -> None:
        self._problem = problem
        audit_hook.watch(None)

    # on the helper thread

    def _merge_events(self, touches: Touches, *, late: bool) -> None:
        merge_events(
            touches, touches.span.sightings, self._layers.events.layer_at, self._known, self._digests, children=touches.children,
            notebook=self._context.notebook() or "", since=(lambda: self._begun > touches.n) if late else None,
        )  # fmt: skip

    def _complete(self, touches: Touches) -> None:
        """What was not understood while the user waited."""
        touches.make_all_sure()
        if touches.span is not None and self._layers.events is not None:
            self._layers.events.settle(touches.span)
            if not touches.merged:
                self._merge_events(touches, late=True)
        if self._layers.snapshots is not None:
            merge_snapshots(touches, *self._layers.snapshots.changes(touches.started, touches.ended))
        watched = self._layers.events.folders if self._layers.events is not None else {}
        merge_children(touches, self._of_children(touches), watched)
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

    # from notes to events

    def _told(self, n: int, touch: Touch, still: set[tuple[int, int]]) -> Iterator[Event]:
        if touch.read is not None and not (touch.only_opened and (touch.read.device, touch.read.inode) in still):
            yield self._read(n, touch, touch.read)
        if (touch.written or touch.removed) and touch.kind != PACKAGE:
            if touch.after is None:
                if touch.before is not None and (touch.removed or not os.path.lexists(touch.path)):
                    yield FileDeleted(
                        self._context.run, n, self._clean(touch.path), given=self._clean(touch.given), at=touch.at, layer=layers_of(touch.layers),
                        confidence=touch.left_as, moved=self._clean(touch.moved_to),
                    )  # fmt: skip
            elif touch.after != touch.before and touch.written:
                yield self._written(n, touch, touch.after, still)
            elif touch.written and (touch.after.device, touch.after.inode) in still:
                self._unfinished.setdefault(touch.path, (n, touch.after, False))
        if self._pending.get(touch.path) in (touch.read, touch.after):
            self._pending.pop(touch.path, None)

    def _read(self, n: int, touch: Touch, key: StatKey) -> FileRead:
        digest, state, reason = touch.digest or None, "at-read", touch.reason
        package = self._package(touch.path) if touch.kind == PACKAGE else ""
        seen = key != UNKNOWN
        event = FileRead(
            self._context.run, n, self._clean(touch.path), given=self._clean(touch.given), sha256=digest, bytes=key.bytes if seen else None,
            mtime_ns=key.mtime_ns if seen else None, hash_state=state if digest else "unknown", reason=reason, package=package, at=touch.at,
            layer=layers_of(touch.layers), confidence=touch.read_as,
        )  # fmt: skip
        if digest or reason:
            return event
        return self._hasher.settle(event, touch.path, key, inline_bytes=_INLINE_BYTES)

    def _written(self, n: int, touch: Touch, key: StatKey, still: set[tuple[int, int]]) -> FileWritten:
        seen = key != UNKNOWN
        event = FileWritten(
            self._context.run, n, self._clean(touch.path), given=self._clean(touch.given), bytes=key.bytes if seen else None,
            mtime_ns=key.mtime_ns if seen else None, at=touch.at, layer=layers_of(touch.layers), confidence=touch.left_as,
            moved=self._clean(touch.moved_from),
        )  # fmt: skip
        if not seen:
            return replace(event, reason=_CHANGED)
        if (key.device, key.inode) in still:
            self._unfinished[touch.path] = (n, key, True)
            if touch.left_digest:
                return replace(event, sha256=touch.left_digest, hash_state="provisional", reason=_STILL_WRITTEN)
            return self._hasher.settle(
                event, touch.path, key, inline_bytes=_INLINE_BYTES, state="provisional", reason=_STILL_WRITTEN
            )
        if touch.left_digest:
            return replace(event, sha256=touch.left_digest, hash_state="verified")
        return self._hasher.settle(event, touch.path, key, inline_bytes=_INLINE_BYTES)

    def _still_open(self, n: int, touches: Touches | None, still: set[tuple[int, int]]) -> Iterator[Event]:
        """Files that an earlier execution left open: what has come of them since."""
        for path, (since, key, told) in list(self._unfinished.items()):
            now = stat_key(path)
            if touches is not None and now is not None and now != key and self._is_later(now, touches):
                continue  # the next execution's, which is told of next
            if now is not None and (now.device, now.inode) in still:
                if touches is not None and now != key and not touches.writes(path):
                    yield self._written_on(self._whose(n, now, touches), path, now)
                continue
            del self._unfinished[path]
            if now is None or (now == key and not told):
                continue
            # What was written through the open handle since belongs to the execution that has just ended.
            event = FileWritten(
                self._context.run, since if now == key else self._whose(n, now, touches), self._clean(path), given=self._clean(path), bytes=now.bytes, mtime_ns=now.mtime_ns,
                confidence="certain" if now == key else "named", layer="handle", at=time.time(),
            )  # fmt: skip
            yield self._hasher.settle(event, path, now, inline_bytes=_INLINE_BYTES)

    def _is_later(self, now: StatKey, touches: Touches) -> bool:
        """Whether a file may have been changed after an execution had ended."""
        slack_s = -LATE_S if self._begun > touches.n else 0.0
        return max(now.mtime_ns, now.ctime_ns) / 1e9 > touches.ended + slack_s

    def _whose(self, n: int, now: StatKey, touches: Touches | None) -> int:
        """The execution in which a file got its times: this one, or the one before, whose changes were too near to its end to be told."""
        before = touches is not None and max(now.mtime_ns, now.ctime_ns) / 1e9 < touches.started
        return self._told_last if before and self._told_last else n

    def _written_on(self, n: int, path: str, now: StatKey) -> FileWritten:
        """Through a handle, or through memory, that an earlier execution opened."""
        self._unfinished[path] = n, now, True
        event = FileWritten(
            self._context.run, n, self._clean(path), given=self._clean(path), bytes=now.bytes, mtime_ns=now.mtime_ns, confidence="named",
            layer="handle", at=time.time(),
        )  # fmt: skip
        return self._hasher.settle(event, path, now, inline_bytes=_INLINE_BYTES, state="provisional", reason=_STILL_WRITTEN)

    def _package(self, path: str) -> str:
        """'name version' of the package that the file is shipped in."""
        for folder in self._rules.packages:
            if path.startswith(folder):
                top = path[len(folder) :].partition(os.sep)[0]
                owner = self._distributions.owner(top)
                return " ".join(owner) if owner is not None else top
        return ""

    def _clean(self, path: str) -> str:
        return self._context.redactor.text(path.encode("utf-8", "replace").decode("utf-8")).text

    def _is_data(self, path: str) -> bool:
        return self._rules.verdict(path) == DATA


def _any_left(touches: Touches) -> bool:
    return any(touch.written or touch.only_opened for touch in touches.files.values())


def _now(handles: dict[int, Handle]) -> dict[int, Handle]:
    """Handles with the positions at which they stand now."""
    return {**handles, **moved_on(handles)} if handles else handles
