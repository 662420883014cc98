"""The one audit hook of a process: tells whoever watches which files Python code is about to open, rename or remove.

A hook cannot be taken away again, so it is installed once, looks into a slot, and does nothing while the slot is empty. It runs
inside the user's calls: no locks (a fork could happen while one is held), no user code (a path that is neither text nor bytes is
left alone), no exception but the user's own interrupt gets out, and what the hook's own work opens is not reported.
"""

from __future__ import annotations

import os
import sys
import threading
from time import monotonic
from typing import Any, Callable, Dict, Protocol, TypeVar, cast

from labjournal.recorders.processes import ours

__all__ = [
    "Watcher",
    "aside",
    "exclude_this_thread",
    "install",
    "is_excluded",
    "listened_to",
    "mapped",
    "may_be_mapped",
    "only_count_reads",
    "opened_by_us",
    "plain_path",
    "tell",
    "watch",
    "watch_programs",
]

_MARK = "_labjournal_audit_slot"
_MOST_OURS = 4_000
_MAPPERS = ("lmdb",)
"""Libraries that map files themselves, and are not wrapped."""
_T = TypeVar("_T")
_READING_S = 3.0
_NOT_READING = os.O_WRONLY | os.O_RDWR | os.O_TRUNC | os.O_CREAT | os.O_APPEND
_WRITABLE = (0, 2)
"""mmap.ACCESS_DEFAULT and ACCESS_WRITE."""


class Watcher(Protocol):
    """Who is told; every method is called on the user's thread, before the operating system does what is asked."""

    def opened(self, path: str, flags: int, thread: int) -> None: ...

    def renamed(self, source: str, target: str, thread: int) -> None: ...

    def linked(self, target: str, thread: int) -> None: ...

    def removed(self, path: str, thread: int) -> None: ...

    def changed(self, path: str, thread: int) -> None: ...

    def connected(self, path: str, thread: int) -> None: ...

    def listed(self, path: str, thread: int) -> None: ...

    def stepped(self, thread: int) -> None: ...

    def started_program(self, thread: int) -> None: ...

    def failed(self, problem: Exception) -> None: ...


class _Thread(threading.local):
    """What the hook knows of a thread; gone with it, and in a fork's child only the forking thread's is left."""

    busy = False
    """Inside the hook."""
    excluded = False
    """One of the journal's own."""


class _Slot:
    """What the hook looks at: who watches, and whose work is not to be reported."""

    __slots__ = ("counted", "mapped", "ours", "programs", "thread", "watcher")

    def __init__(self) -> None:
        self.counted = -1
        """Files that were opened to be read and are only counted; -1 where they are told."""
        self.mapped = False
        self.watcher: Watcher | None = None
        self.programs: Callable[[Any, Any], None] | None = None
        self.ours: Dict[str, float] = {}
        """Path → when one of the journal's own threads opened it last (monotonic)."""
        self.thread = _Thread()


def install() -> bool:
    """Put the hook in place, once per process; False where this interpreter does not allow it."""
    if hasattr(sys, _MARK):
        return True
    slot = _Slot()
    try:
        sys.addaudithook(_hook_for(slot))
    except (RuntimeError, AttributeError):
        return False
    setattr(sys, _MARK, slot)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=lambda: _forget(slot))
    return True


def watch(watcher: Watcher | None) -> None:
    """Tell this watcher from now on, or nobody."""
    slot = getattr(sys, _MARK, None)
    if slot is not None:
        slot.watcher = watcher


def watch_programs(told: Callable[[Any, Any], None] | None) -> None:
    """Tell this function what programs are started with: the command line or its words, and the folder, as they were given."""
    slot = getattr(sys, _MARK, None)
    if slot is not None:
        slot.programs = told


def exclude_this_thread() -> None:
    """What the calling thread opens is the journal's business."""
    ours(threading.get_native_id())
    slot = getattr(sys, _MARK, None)
    if slot is not None:
        slot.thread.excluded = True


def aside(act: Callable[..., _T], *args: Any, **more: Any) -> _T:
    """What is done here, on whatever thread, is neither told nor noted: whoever does it knows it."""
    slot = getattr(sys, _MARK, None)
    if slot is None or slot.thread.busy:
        return act(*args, **more)
    slot.thread.busy = True
    try:
        return act(*args, **more)
    finally:
        slot.thread.busy = False


def opened_by_us(path: str, since: float, until: float) -> bool:
    """Whether one of the journal's own threads opened a file between two moments (monotonic), or so shortly before that it may have read on."""
    slot = getattr(sys, _MARK, None)
    at = slot.ours.get(path) if slot is not None else None
    return at is not None and since - _READING_S <= at <= until


def only_count_reads(whether: bool) -> int:
    """From now on the watcher is told of one in 256 files that are opened to be read, or again of all; how many it was not told of."""
    slot: _Slot | None = getattr(sys, _MARK, None)
    if slot is None:
        return 0
    counted = slot.counted
    slot.counted = 0 if whether else -1
    return max(0, counted - (counted >> 8))


def mapped(whether: bool = True) -> None:
    """From now on files may be changed through memory."""
    slot = getattr(sys, _MARK, None)
    if slot is not None and whether:
        slot.mapped = True


def may_be_mapped() -> bool:
    """Whether this process may have mapped a file so that writing to memory changes it."""
    slot = getattr(sys, _MARK, None)
    return slot is None or slot.mapped or any(name in sys.modules for name in _MAPPERS)


def is_excluded() -> bool:
    """Whether the calling thread is one of the journal's own."""
    slot = getattr(sys, _MARK, None)
    return slot is not None and bool(slot.thread.excluded)


def listened_to() -> bool:
    """Whether what this thread does with files now would be told to anybody."""
    slot = getattr(sys, _MARK, None)
    return slot is not None and slot.watcher is not None and not (slot.thread.busy or slot.thread.excluded)


def tell(method: str, *args: Any, layer: str = "native") -> None:
    """Says, for a layer beside the hook, what is about to happen: the same watcher, the same guards.

    To be called on the user's thread, before the operating system acts, with plain values only.
    """
    if not listened_to():
        return
    slot = getattr(sys, _MARK)
    watcher, state = slot.watcher, slot.thread
    state.busy = True
    try:
        getattr(watcher, method)(*args, threading.get_ident(), layer=layer)
    except RecursionError:
        pass  # as in the hook
    except Exception as problem:  # a fault of ours is the watcher's, not the call's
        watcher.failed(problem)
    finally:
        state.busy = False


def plain_path(path: Any, dir_fd: Any = -1) -> str | None:
    """The path as text, absolute or relative to the working folder; None for descriptors and objects that are not plain."""
    kind = type(path)
    if kind is not str:
        if kind is bytes:
            path = os.fsdecode(path)
        elif issubclass(kind, str):
            path = str.__str__(path)  # not the subclass's own
        elif kind.__module__ in ("pathlib", "pathlib._local") and hasattr(kind, "__fspath__"):
            path = os.fspath(path)
        else:
            return None
    if type(dir_fd) is int and dir_fd >= 0 and not os.path.isabs(path):
        try:
            return os.path.join(os.readlink(f"/proc/self/fd/{dir_fd}"), path)
        except OSError:
            return None
    return cast(str, path)


def _forget(slot: _Slot) -> None:
    """In a fork's child: nobody watches, and the thread that forked is all there is."""
    slot.watcher, slot.counted = None, -1
    slot.thread.busy = slot.thread.excluded = False


def _open(watcher: Watcher, args: Any, thread: int) -> None:
    path = plain_path(args[0])
    if path is not None:
        watcher.opened(path, args[2] if type(args[2]) is int else 0, thread)


def _rename(watcher: Watcher, args: Any, thread: int) -> None:
    source = plain_path(args[0], args[2] if len(args) > 2 else -1)
    target = plain_path(args[1], args[3] if len(args) > 3 else -1)
    if source is not None and target is not None:
        watcher.renamed(source, target, thread)


def _link(watcher: Watcher, args: Any, thread: int) -> None:
    target = plain_path(args[1], args[3] if len(args) > 3 else -1)
    if target is not None:
        watcher.linked(target, thread)


def _remove(watcher: Watcher, args: Any, thread: int) -> None:
    path = plain_path(args[0], args[1] if len(args) > 1 else -1)
    if path is not None:
        watcher.removed(path, thread)


def _truncate(watcher: Watcher, args: Any, thread: int) -> None:
    path = plain_path(args[0])
    if path is not None:
        watcher.changed(path, thread)


def _connect(watcher: Watcher, args: Any, thread: int) -> None:
    path = plain_path(args[0])
    if path is not None:
        watcher.connected(path, thread)


def _list(watcher: Watcher, args: Any, thread: int) -> None:
    path = plain_path(args[0]) if args and args[0] is not None else "."
    if path is not None:
        watcher.listed(path, thread)


def _map(watcher: Watcher, args: Any, thread: int) -> None:
    mapped(len(args) > 2 and args[0] != -1 and args[2] in _WRITABLE)


def _step(watcher: Watcher, args: Any, thread: int) -> None:
    watcher.stepped(thread)


def _program(watcher: Watcher, args: Any, thread: int) -> None:
    watcher.started_program(thread)


def _command(watcher: Watcher, args: Any, thread: int) -> None:
    watcher.started_program(thread)
    programs = getattr(sys, _MARK).programs
    if programs is not None:
        programs(args[1] if len(args) > 1 else args[0], plain_path(args[2]) if len(args) > 3 else None)


def _note(slot: _Slot, path: Any) -> None:
    """The kernel's events will not tell that it was not the cell."""
    if type(path) is bytes:  # names of files as git has them
        path = os.fsdecode(path)
    if type(path) is str and path[:1] == "/":
        if len(slot.ours) >= _MOST_OURS:
            slot.ours.clear()
        slot.ours[path] = monotonic()


_EVENTS: Dict[str, Callable[[Watcher, Any, int], None]] = {
    "open": _open,
    "os.rename": _rename,
    "os.link": _link,
    "os.remove": _remove,
    "os.truncate": _truncate,
    "os.listdir": _list,
    "os.scandir": _list,
    "os.chdir": _step,
    "mmap.__new__": _map,
    "sqlite3.connect": _connect,
    "subprocess.Popen": _command,
    "os.system": _command,
    "os.exec": _command,
    "os.posix_spawn": _command,
    "os.fork": _program,
    "os.forkpty": _program,
}


def _hook_for(slot: _Slot) -> Callable[[str, Any], None]:
    events, state, get_ident = _EVENTS, slot.thread, threading.get_ident

    def labjournal_hook(event: str, args: Any) -> None:
        if event not in events:  # of the hundred thousands that a large import or a deep copy makes, nearly all
            return
        watcher = slot.watcher
        if watcher is None or state.busy or state.excluded:
            if state.excluded and event == "open" and not state.busy:
                _note(slot, args[0])
            return
        if event == "open" and slot.counted >= 0 and type(args[2]) is int and not args[2] & _NOT_READING:
            slot.counted += 1
            if slot.counted & 255:
                return
        state.busy = True
        try:
            if event == "open" and type(args[0]) is str:  # by far the most of them: without a detour
                watcher.opened(args[0], args[2] if type(args[2]) is int else 0, get_ident())
            else:
                events[event](watcher, args, get_ident())
        except RecursionError:
            pass  # the user's own depth; a call more would be the user's exception
        except Exception as problem:  # a fault of ours is the watcher's, not the call's
            watcher.failed(problem)
        finally:
            state.busy = False

    return labjournal_hook
