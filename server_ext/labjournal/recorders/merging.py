"""What layers beside the calls tell, laid over what the calls told: kernel events, open handles, other processes, folders that moved.

A call (audit hook, native wrapper) knows the order and hashed in time; an event knows that something really happened, also where no
call was seen. What is not known is not claimed: a file that was read and changed by nobody knows in which order has no digest.
"""

from __future__ import annotations

import os
from typing import Any, Callable, Iterable, Iterator, Mapping, Tuple

from labjournal.recorders import audit_hook, command_words
from labjournal.recorders.digests import Digests, StatKey, key_here
from labjournal.recorders.given_paths import source_of
from labjournal.recorders.open_files import Handle
from labjournal.recorders.sightings import ACCESSED, ARRIVED, CHANGED, CLOSED_WRITTEN, CREATED, GONE, LEFT, OPENED, Sightings
from labjournal.recorders.touch import AUDIT, CALLED, CHILD, HANDLE, SNAPSHOT, UNKNOWN, Touch, layer_of
from labjournal.recorders.touches import Touches

__all__ = ["LATE_S", "Sight", "merge_children", "merge_events", "merge_handles", "merge_moved_folders", "merge_snapshots"]

LATE_S = 0.01
"""A file whose times are this near to the end of an execution may have been changed after it."""
_CHANGES = CHANGED | CREATED | ARRIVED
_LASTING = _CHANGES | CLOSED_WRITTEN | GONE | LEFT
_READS = ACCESSED | OPENED
_MOST_MOVED = 1_000
_SHARED = frozenset(os.path.realpath(folder) for folder in ("/tmp", "/var/tmp", "/dev/shm", os.environ.get("TMPDIR") or "/tmp"))
"""Where every program of the computer puts its files: what is not named is not the cell's."""
Sight = Tuple[str, str, int, float]
"""(path, role, process, when)"""
_CHANGED_TOO = "it was changed in the same cell"
_CHANGED_SINCE = "it changed before it could be hashed"


def merge_events(
    touches: Touches, sightings: Sightings, layer: Callable[[str], str], known: Mapping[str, StatKey], digests: Digests, *, children: bool,
    notebook: str = "", since: Callable[[], bool] | None = None,
) -> None:  # fmt: skip
    """Files that kernel events tell of, among those that calls told of.

    `layer` says which queue told of a path. What others did counts where the cell had children, or where nobody knows who did it.
    `since` is given where the execution ended a while ago: whether another one has begun, so that a file may have been changed by that one.
    """
    for path in {**sightings.own, **sightings.others}:
        name, own, other = layer(path), sightings.own.get(path, 0), sightings.others.get(path, 0)
        told = _Told(
            own, other, sightings.first.get(path, own | other), disturbed=sightings.lost or bool(own and other & _CHANGES)
        )
        if not (children or name != "fanotify") or path == notebook:
            told.other = 0
        told.weigh(touches, path, digests, nobody=name != "fanotify")
        if (told.own or told.other) and path not in touches.links:
            _merge(touches, path, told, layer_of(name), known.get(path), digests, since)
    for source, target, own_move, folder in sightings.moves:
        if folder:
            if own_move or children or layer(target) != "fanotify":
                touches.moved_folders.append((source, target))
        elif source in touches.files and target in touches.files and not touches.files[target].moved_from:
            touches.carried_over(touches.files[source], touches.files[target])
    touches.left_out_beside += sightings.left_out
    sightings.left_out = 0


class _Told:
    """What events say of one file: of this process and of others, and how sure it is that it was the cell."""

    __slots__ = ("as_other", "as_own", "disturbed", "first", "other", "own", "read_as")

    def __init__(self, own: int, other: int, first: int, *, disturbed: bool) -> None:
        self.own = own
        self.other = other
        self.first = first
        self.disturbed = disturbed
        """Somebody else may have changed it meanwhile."""
        self.as_own = self.read_as = "certain"
        self.as_other = "unattributed"

    @property
    def bits(self) -> int:
        return self.own | self.other

    def weigh(self, touches: Touches, path: str, digests: Digests, *, nobody: bool) -> None:
        """Takes away what is not the cell's: what we read ourselves, and what a cell beside it is known to have done."""
        if self.other or touches.beside:
            self.as_other = _confidence(touches, path)
        if touches.beside and not touches.called(path):
            self.as_own = self.as_other
            if any(beside.called(path) for beside in touches.beside):
                self.own = self.other = 0
        if self.as_other == "unattributed" and os.path.dirname(path) in _SHARED:
            self.other = 0
        if path in touches.foreseen and not nobody:
            self.own &= ~_READS  # that was us, before the program began
        elif nobody and (path in touches.scanned or path in touches.words) and not touches.called(path):
            # That was us as well, or a lazy reader that looks at the head; for what a program was told of the file says more.
            self.own, self.other = self.own & ~_READS, self.other & ~_READS
        self.read_as = self.as_own if self.own & _READS else self.as_other
        if (self.own or nobody) and self.bits & _READS and _looked(touches, path, digests):
            # We opened it as well, and events do not tell us from the cell.
            self.read_as = "named"
            if touches.called(path):
                self.own, self.other = self.own & ~ACCESSED, self.other & ~ACCESSED
            elif not touches.named(path):
                self.own, self.other = self.own & ~_READS, self.other & ~_READS if nobody else self.other


def _looked(touches: Touches, path: str, digests: Digests) -> bool:
    began, ended = touches.span.began, touches.span.ended
    return digests.looked(path, began, ended) or audit_hook.opened_by_us(path, began, ended)


def _merge(
    touches: Touches,
    path: str,
    told: _Told,
    layer: int,
    known: StatKey | None,
    digests: Digests,
    since: Callable[[], bool] | None,
) -> None:
    touch = touches.files.get(path)
    if touch is not None and touch.layers & CALLED:
        touch.layers |= layer
        if told.own & _LASTING and not told.disturbed:
            touch.sure = True  # if it is another one now, it was the cell who changed it, after it was read
        elif told.bits & _LASTING or told.disturbed:
            touches.make_sure(touch, shared=told.disturbed)
            touch.replaced |= told.disturbed  # nobody knows whether only the cell wrote
        _confirm(touch, told.own, told.as_own)
        _confirm(touch, told.other, told.as_other)
    elif touch is None or not touch.layers & layer:
        _add(touches, path, told, layer, touches.left_before(path) or known, digests, since)


def _confirm(touch: Touch, bits: int, confidence: str) -> None:
    """What events add to a file that a call told of."""
    if bits & ACCESSED and touch.read is None and not touch.written and touch.before is not None:
        touch.read, touch.read_as = touch.before, confidence
    if bits & _CHANGES and not touch.written:
        touch.written, touch.left_as = True, confidence
    if bits & (GONE | LEFT) and not touch.removed:
        touch.removed = True
        if not touch.written:
            touch.left_as = confidence


def _add(
    touches: Touches,
    path: str,
    told: _Told,
    layer: int,
    known: StatKey | None,
    digests: Digests,
    since: Callable[[], bool] | None,
) -> None:
    """A file that only events tell of."""
    bits, now = told.bits, key_here(path)
    changed = bool(bits & _CHANGES) or bool(
        bits & CLOSED_WRITTEN and now is not None and now != known and now.mtime_ns >= (touches.started - LATE_S) * 1e9
    )
    removed = bool(bits & (GONE | LEFT))
    existed = not told.first & (CREATED | ARRIVED)
    if (now is None and not removed) or not (changed or removed or bits & _READS):
        return
    touch = touches.seen(path, layer, (known or UNKNOWN) if existed else None)
    if touch is None:
        return
    touch.written, touch.removed = changed, removed
    touch.left_as = told.as_own if told.own & _LASTING else told.as_other
    if existed and (bits & ACCESSED or (bits & OPENED and not changed and not bits & CLOSED_WRITTEN)):
        touch.read_as, touch.only_opened = told.read_as, not bits & ACCESSED
        if changed or removed or now is None:
            touch.read = touches.open_before.get(path) or known or UNKNOWN
            touch.digest = _before_it_changed(touches, path, told, digests)
            touch.reason = "" if touch.digest else _CHANGED_TOO
        else:
            touch.read = now
            if told.disturbed and _times(now) >= touches.started - LATE_S:
                touch.reason = "it changed while the cell ran"
            elif since is not None and _changed_since(now, touches, since):
                touch.reason = _CHANGED_SINCE
    if since is not None:
        touch.after = now
        if now is not None and changed and _changed_since(now, touches, since):
            touch.after = UNKNOWN
        touches.owe(touch)


def _before_it_changed(touches: Touches, path: str, told: _Told, digests: Digests) -> str:
    """The digest of what a file held when the execution, or its program, began, if that was looked at then: of content between, nobody knows."""
    foreseen, open_then = touches.foreseen.get(path), touches.open_before.get(path)
    if foreseen is not None and told.first & ACCESSED and not told.first & _CHANGES:  # it was read first
        return digests.known(foreseen) or ""
    if open_then is not None and told.own & ACCESSED and not told.disturbed:
        return digests.known(open_then) or ""
    return ""


def _changed_since(now: StatKey, touches: Touches, since: Callable[[], bool]) -> bool:
    """Whether what stands there now may not be what the execution left: nobody looked when it ended."""
    return _times(now) > touches.ended + (-LATE_S if since() else LATE_S)


def merge_handles(touches: Touches, moved: Iterable[Handle]) -> None:
    """Files that an earlier execution opened and this one went on with."""
    for handle in moved:
        touch = touches.files.get(handle.path)
        if touch is not None and (touch.written if handle.writes else touch.read is not None):
            touch.layers |= HANDLE
            continue
        now = key_here(handle.path)
        if now is None or (now.device, now.inode) != (handle.device, handle.inode):
            continue
        touch = touches.seen(handle.path, HANDLE, UNKNOWN if handle.writes else now)
        if touch is not None and handle.writes:
            touch.written = True
        elif touch is not None and touch.read is None:
            touch.read = now
            if _times(now) >= touches.started:
                touch.reason = "it changed while the cell ran"


def merge_children(touches: Touches, told: Iterable[Sight], watched: Mapping[str, Any]) -> None:
    """What children of the kernel say they did; what command lines name counts in folders of which nothing better tells."""
    for given, role, _, at in told:
        path = os.path.realpath(source_of(given) if given.endswith(".pyc") else given)
        now = key_here(path)
        if role in command_words.WORDS:
            source = watched.get(os.path.dirname(path))
            if source is None or not source.tells_own:
                _merge_word(touches, path, role, touches.words_left.get(path, now))
            continue
        called = touches.called(path)
        touch = touches.seen(path, CHILD, None if role == "written" else UNKNOWN)
        if touch is None:
            continue
        if role == "written" and now is not None and _times(now) >= touches.started - LATE_S:
            touch.written, touch.left_as = True, "certain"
            touch.after = UNKNOWN if _times(now) > touches.ended + LATE_S else now
        elif role == "deleted" and now is None:
            touch.removed, touch.left_as = True, "certain"
            touch.before = touch.before or UNKNOWN
        elif role == "read" and touch.read is None and now is not None and not called:
            touch.read, touch.read_as = now, "certain"
            if _times(now) >= at - LATE_S:
                touch.read, touch.reason = UNKNOWN, _CHANGED_SINCE
        elif role == "read" and touch.read is not None:
            touch.read_as = "certain"  # the kernel's events could only tell that somebody did


def _merge_word(touches: Touches, path: str, role: str, now: StatKey | None) -> None:
    """A file that a command line names: what became of it says what the program did, as far as its name does not."""
    before = touches.words.get(path) or touches.foreseen.get(path)
    if now is None and before is None:
        return
    changed = now != before if before is not None or now is None else _times(now) >= touches.started - LATE_S
    later = now is not None and _times(now) > touches.ended + LATE_S
    reads = role == command_words.EDITED or (role == command_words.NAMED and (later or not changed))
    writes = changed and not later and now is not None and role != command_words.GONE
    removes = now is None
    if not (reads or writes or removes):
        return
    called = touches.called(path)
    touch = touches.seen(path, CHILD, before)
    if touch is None:
        return
    content = before if changed else now
    if reads and touch.read is None and content is not None and not (called and touch.written):
        touch.read, touch.read_as = content, "named"
    if writes and not touch.written:
        touch.written, touch.left_as = True, "named"
        touch.after = now
    if removes and not touch.removed:
        touch.removed, touch.after = True, None
        if not touch.written:
            touch.left_as = "named"


def merge_snapshots(
    touches: Touches, written: Iterable[Tuple[str, StatKey | None, StatKey]], removed: Iterable[Tuple[str, StatKey]]
) -> None:
    """What a look at the tree showed: that something was written or removed, not by whom."""
    for path, before, now in written:
        touch = touches.seen(path, SNAPSHOT, before)
        if touch is not None and not touch.written:
            touch.written, touch.after, touch.left_as = True, now, _confidence(touches, path)
    for path, before in removed:
        touch = touches.seen(path, SNAPSHOT, before)
        if touch is not None and not touch.removed and not touch.written:
            touch.removed, touch.left_as = True, _confidence(touches, path)


def _confidence(touches: Touches, path: str) -> str:
    """Of what somebody did: named where the cell, or a command line, names the file, or this process had it open when the cell began."""
    if touches.named(path) or path in touches.words or any(handle.path == path for handle in touches.handles.values()):
        return "named"
    return "unattributed"


def merge_moved_folders(touches: Touches) -> None:
    """The files in folders that were renamed are at new places and gone from the old ones."""
    left = _MOST_MOVED
    for source, target in touches.moved_folders:
        for path in _files_below(target):
            left -= 1
            if left < 0:
                touches.left_out_beside += 1
                continue
            origin = source + path[len(target) :]
            now = key_here(path)
            arrived, gone = touches.seen(path, AUDIT, None), touches.seen(origin, AUDIT, UNKNOWN)
            if arrived is not None and now is not None:
                arrived.written, arrived.after, arrived.moved_from, arrived.left_as = True, now, origin, "certain"
            if gone is not None and gone.after is None:
                gone.removed, gone.moved_to, gone.left_as = True, path, "certain"
    touches.moved_folders = []


def _files_below(folder: str) -> Iterator[str]:
    for parent, _, names in os.walk(folder):
        for name in names:
            yield os.path.join(parent, name)


def _times(key: StatKey) -> float:
    return max(key.mtime_ns, key.ctime_ns) / 1e9
