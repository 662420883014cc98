"""Which files of watched folders were touched while a cell ran, as the operating system's kernel tells.

    fanotify   tells what this process did and what others did         Linux 5.13 or later, not in most containers
    inotify    tells what was done, not by whom                        where fanotify is refused, or a folder's file system has no handles

What there is, is tried, never assumed. The queue is emptied when a cell begins and ends, in bounded steps (a program that writes all
the time would keep "until it is empty" busy for ever), and beside a long cell by a thread that sleeps while nothing happens. Events
are understood at once where they are few, else on the helper thread. Folders that appear are watched from then on.
"""

from __future__ import annotations

import errno
import os
import select
import threading
import time
from collections import deque
from typing import Any, Callable, Deque, Dict, List, Tuple

from labjournal.recorders import audit_hook
from labjournal.recorders.event_span import Span, drain
from labjournal.recorders.fanotify import Fanotify
from labjournal.recorders.file_rules import IGNORED, Rules
from labjournal.recorders.inotify import Inotify
from labjournal.recorders.sightings import CHANGED, CREATED, Sightings
from labjournal.recorders.work_tree import Walk, files_in, remote_file_systems

__all__ = ["KernelEvents", "Span", "Unavailable", "probe"]

_SLICE = 200
"""Events that are understood in one go while others may wait."""
_BUSY_S = 0.05
_IDLE_S = 0.2
_LOCK_S = 0.5
_FAREWELL_S = 0.5
_OUTSIDE_FOLDERS = 300
_MOST_HUSHED = 64
_LONG_S = 1.0
_MOST_LATER = 8
_MOST_AT_ONCE, _AT_ONCE_S = 16, 0.003
"""New folders that are looked through on the user's thread, when a cell ends, and how long."""
_NO_HANDLES = frozenset((errno.EXDEV, errno.ENODEV, errno.EOPNOTSUPP, errno.EOVERFLOW, errno.EINVAL))
_REFUSED = {errno.EPERM: "not allowed here", errno.ENOSYS: "not in this kernel", errno.EMFILE: "too many users of it already", errno.EINVAL: "this kernel is too old"}  # fmt: skip


class Unavailable(Exception):
    """This machine tells nothing of what happens to files."""

    def __init__(self, reasons: List[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


def probe(force: str = "") -> Tuple[Any, List[str]]:
    """The event source that this machine allows, and why not a better one. Raises Unavailable."""
    reasons: List[str] = []
    for kind in (Fanotify, Inotify):
        if force and kind.name != force:
            continue
        try:
            return kind(), reasons
        except OSError as problem:
            reasons.append(f"{kind.name}: {_REFUSED.get(problem.errno or 0) or problem.strerror or 'failed'}")
    raise Unavailable(reasons or ["switched off"])


class KernelEvents:
    """The watched folders of a run and the spans of its executions."""

    def __init__(self, top: str, rules: Rules, *, force: str = "", most_folders: int = 5_000) -> None:
        source, self.reasons = probe(force)
        self.layer: str = source.name
        self.top = os.path.realpath(top) if top else ""
        self.limits: List[str] = []
        """Sentences on what is not watched and should be."""
        self._entered = threading.Event()
        self.folders: Dict[str, Any] = {}
        """Watched folder → who watches it."""
        self._hushed: Dict[str, Any] = {}
        self._most = most_folders
        self._outside = 0
        self._rules = rules
        self._sources: List[Any] = [source]
        self._refused: Dict[str, float] = {}
        self._remote = [place for place, _ in remote_file_systems()]
        self._spans: List[Span] = []
        self._idle = Span()
        self._wanted: Deque[Tuple[str, int]] = deque()
        self._later: Deque[Callable[[], None]] = deque()
        self._lock = threading.Lock()
        self._closed = False
        self._leaving = threading.Event()
        self._pid = os.getpid()
        self._bell, self._ringer = os.pipe()
        for end in (self._bell, self._ringer):
            os.set_blocking(end, False)
        self._thread = threading.Thread(target=self._live, name="labjournal-events", daemon=True)

    @property
    def complete(self) -> bool:
        """Whether the work tree has been gone through."""
        return self._entered.is_set()

    def entered(self, within_s: float) -> bool:
        """The same, after waiting for it."""
        return self._entered.wait(within_s)

    def start(self) -> None:
        """Watches the folder the work begins in; the rest of the tree follows on a thread of its own."""
        if self.top:
            self.mark(self.top)
        self._thread.start()

    # on the user's thread

    def begin(self) -> Span:
        """What happened before is nobody's; from here on it belongs to the span."""
        span = Span()
        self._alone(lambda: drain(self._sources, self._spans[-1] if self._spans else self._idle))
        self._spans.append(span)
        return span

    def end(self, span: Span, most: int) -> bool:
        """Whether all that happened in the span is understood, `most` events being looked at now."""

        def take() -> None:
            drain(self._sources, span)
            if span.chunks:
                span.fold(most)

        while self._hushed:
            folder, source = self._hushed.popitem()
            source.hush(folder, False)
        whole = self._alone(take) and not span.chunks
        span.ended = time.monotonic()
        if span in self._spans:
            self._spans.remove(span)
        if whole and 0 < len(span.sightings.folders) <= _MOST_AT_ONCE:
            self._enter(span.sightings, within_s=_AT_ONCE_S)
        return whole

    def mark(self, folder: str) -> bool:
        """Watch a folder, named without symbolic links; whether it is watched now."""
        if folder in self.folders:
            return True
        if folder in self._refused or self._closed or self._rules.verdict(os.path.join(folder, "x")) == IGNORED:
            return False
        inside = self._is_inside(folder)
        if not inside and self._outside >= self._most:
            self._limit(
                f"More than {self._most:,} folders outside {self.top} are in use; files in the others are seen only where Python opens them."
            )
            return False
        for source in list(self._sources):
            try:
                source.mark(folder)
            except OSError as problem:
                self._not_watched(source, folder, problem)
            else:
                self.folders[folder] = source
                self._outside += not inside
                return True
        return False

    def layer_at(self, path: str) -> str:
        """Which queue tells of a file: fanotify or inotify."""
        source = self.folders.get(os.path.dirname(path))
        return self.layer if source is None else str(source.name)

    def quiet(self, path: str, quiet: bool) -> bool:
        """Whether reads of a file cost the cell no more events; for one that is opened a thousand times, and known already."""
        source = self.folders.get(os.path.dirname(path))
        return source is not None and source.tells_own and bool(source.ignore(path, quiet))

    def hush(self, folder: str) -> None:
        """So many files of a folder were read that more are not recorded: what nobody asks for is told no more until the span ends."""
        source = self.folders.get(folder)
        if source is not None and folder not in self._hushed and len(self._hushed) < _MOST_HUSHED:
            self._hushed[folder] = source
            source.hush(folder, True)

    def want(self, folder: str, depth: int = 0) -> None:
        """Watch a folder, and so many levels below it, when there is time."""
        if len(self._wanted) < self._most:
            self._wanted.append((folder, depth))

    def later(self, act: Callable[[], None]) -> None:
        """Do that on the thread of the events, soon."""
        if len(self._later) < _MOST_LATER:
            self._later.append(act)
            self.ring()

    def ring(self) -> None:
        """There are folders to be looked at."""
        if self._wanted or self._later:
            try:
                os.write(self._ringer, b".")
            except OSError:  # it rings already, or is gone
                pass

    # on the helper thread

    def settle(self, span: Span) -> Sightings:
        """All that happened in a span that has ended; folders that appeared are looked through."""
        while span.chunks:
            if not self._alone(lambda: span.fold(_SLICE)):
                span.sightings.lost = True
                break
            time.sleep(0)
        while span.sightings.folders:
            self._enter(span.sightings)
        return span.sightings

    def close(self) -> None:
        """No more events: the thread lets go of all, so that no descriptor is closed while it waits for it."""
        if os.getpid() != self._pid:
            self.forked()
            return
        self._closed = True
        self._leaving.set()
        try:
            os.write(self._ringer, b".")
        except OSError:
            pass
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(_FAREWELL_S)

    def forked(self) -> None:
        """In a fork's child the thread is not, and the lock may be held for ever: the descriptors are closed here."""
        if os.getpid() == self._pid:
            self.close()
            return
        self._closed = True
        self._lock = threading.Lock()
        self._let_go()

    def _let_go(self) -> None:
        sources, self._sources = self._sources, []
        for source in sources:
            source.close()
        for end in (self._ringer, self._bell):
            try:
                os.close(end)
            except OSError:
                pass

    # within

    def _not_watched(self, source: Any, folder: str, problem: OSError) -> None:
        if problem.errno in (errno.ENOSPC, errno.ENOMEM):
            self._limit(
                f"This computer's limit of watched folders is reached ({len(self.folders):,}); files in other folders are seen only where Python opens them."
            )
        elif problem.errno == errno.EACCES:
            self._limit(f"{folder} may not be watched: no right to read it.")
        elif (
            problem.errno in _NO_HANDLES
            and source.name != Inotify.name
            and not any(other.name == Inotify.name for other in self._sources)
        ):
            try:
                self._sources.append(Inotify())
            except OSError:
                return
            self._watch_too(self._sources[-1], folder)
            return
        if problem.errno not in (errno.ENOENT, errno.ENOTDIR) and len(self._refused) < self._most:
            self._refused[folder] = time.monotonic()

    def _is_inside(self, folder: str) -> bool:
        return folder == self.top or folder.startswith(os.path.join(self.top, ""))

    def _watch_too(self, source: Any, folder: str) -> None:
        """A second queue, for file systems that the first cannot name folders of."""
        try:
            source.mark(folder)
        except OSError as problem:
            self._not_watched(source, folder, problem)
        else:
            self.folders[folder] = source
        self._ring_anyway()

    def _limit(self, sentence: str) -> None:
        if sentence not in self.limits and len(self.limits) < 20:
            self.limits.append(sentence)

    def _alone(self, act: Callable[[], None]) -> bool:
        """Whether that could be done while no other thread was at the queues; a lock that never comes free ends the watching, not the cell."""
        if self._closed:
            return False
        if not self._lock.acquire(timeout=_LOCK_S):
            self._stop()
            return False
        try:
            act()
        finally:
            self._lock.release()
        return True

    def _stop(self) -> None:
        self._closed = True
        self._entered.set()
        self._limit("The system's events of files stopped; from then on files are seen only where Python opens them.")

    def _live(self) -> None:
        """Nothing is printed by this thread, whatever happens to it."""
        try:
            self._serve()
        except BaseException:  # the guard of this thread, which nobody stands above: what it does not do any more is said
            self._stop()

    def _serve(self) -> None:
        audit_hook.exclude_this_thread()
        try:
            self._enter_tree()
            while not self._closed:
                self._wait()
                self._empty()
                self._enter_wanted()
                if not self._closed:
                    self._leaving.wait(_BUSY_S if self._spans else _IDLE_S)
        finally:
            self._closed = True
            self._lock.acquire(timeout=_LOCK_S)
            self._let_go()

    def _wait(self) -> None:
        poller = select.poll()
        poller.register(self._bell, select.POLLIN)
        for source in self._sources:
            poller.register(source.fd, select.POLLIN)
        poller.poll()
        try:
            os.read(self._bell, 4096)
        except BlockingIOError:
            pass

    def _empty(self) -> None:
        """Takes what waits, and understands it, in small steps."""
        span = self._spans[-1] if self._spans else self._idle
        self._alone(lambda: drain(self._sources, span))
        while span.chunks and not self._closed and self._alone(lambda: span.fold(_SLICE)):
            time.sleep(0)
        self._enter(span.sightings)
        if span is self._idle or not self._spans:
            self._idle = Span()

    def _enter(self, sightings: Sightings, *, within_s: float = _LONG_S) -> None:
        """Watches folders that appeared; what stands in them came with them.

        A folder is taken from the list when all its files are noted: two threads may be at it, and each relies on an empty list.
        """
        until = time.monotonic() + within_s
        while sightings.folders and time.monotonic() < until:
            for new in sightings.folders[-1:]:
                if not self._entered_new(*new, sightings, within_s) and within_s < _LONG_S:
                    return  # there will be more time
                if new in sightings.folders:
                    sightings.folders.remove(new)

    def _entered_new(self, appeared: str, own: bool, sightings: Sightings, within_s: float) -> bool:
        """Whether a new folder was gone through to its end, or is nobody's."""
        if not own and not self._is_inside(appeared):
            return True
        walk = Walk(appeared, self._rules, most=_OUTSIDE_FOLDERS, within_s=within_s, remote=self._remote)
        for folder in walk:
            self.mark(folder)
            for path in files_in(folder):
                if path not in sightings.own and path not in sightings.others:
                    sightings.note(path, CREATED | CHANGED, own)
        return not walk.cut

    def _enter_tree(self) -> None:
        if self.top:
            walk = Walk(self.top, self._rules, most=self._most)
            for folder in walk:
                self.mark(folder)
                time.sleep(0)
                if self._closed:
                    return
            for folder in walk.linked_files[: self._most]:
                self.mark(os.path.realpath(folder))
            if walk.cut:
                self._limit(
                    f"{self.top} holds {walk.cut}; files in those not gone through are seen only where Python opens them."
                )
        self._entered.set()

    def _enter_wanted(self) -> None:
        while self._later and not self._closed:
            try:
                self._later.popleft()()
            except Exception:  # folders that were not found in time are watched when Python opens something in them
                pass
        while self._wanted and not self._closed:
            top, depth = self._wanted.popleft()
            if depth == 0:
                self.mark(os.path.realpath(top))
                continue
            for folder in Walk(top, self._rules, most=_OUTSIDE_FOLDERS, depth=depth, within_s=2.0):
                self.mark(folder)
                if self._closed:
                    return

    def _ring_anyway(self) -> None:
        self.want(self.top)
        self.ring()
