"""The sink: what a kernel says goes to its spool, one `os.write` per event, and is on disk before the caller goes on.

Segments `spool/<run>.<k>.spool` are opened on the first event, so that kernels in which nothing ran leave none. The caller may
be the user's thread: it waits for nobody (a lock is tried for milliseconds, and guards only calls of microseconds), and a disk
that is full or gone costs it nothing: frames wait in memory, in order and bounded, until `maintain` can write them. `maintain`
is called by the helper thread; it also syncs (`fdatasync`) and begins a new segment where one has grown large.
Taking the spool into SQLite is not done here.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from pathlib import Path
from time import monotonic, time
from typing import Any, Deque, Iterable, Optional

from labjournal.errors import LabjournalError
from labjournal.events import Event, ExecutionEnded, ExecutionStarted, ProblemSeen, RunEnded, RunStarted
from labjournal.journal.frames import encode
from labjournal.journal.locks import Alive
from labjournal.journal.places import SPOOL, free_space_low, network_file_system, prepare
from labjournal.system_calls import identity, write

__all__ = ["Sink"]

SEGMENT_BYTES = 2 << 20
BACKLOG_BYTES = 8 << 20
"""Frames kept in memory while the disk takes none; beyond half of it only beginnings and ends are."""
PATIENCE_S = 0.02
RETRY_S = 2.0
SYNC_S = 0.5

_FRAMING = (RunStarted, RunEnded, ExecutionStarted, ExecutionEnded)


class Sink:
    """Appends the events of one run to its spool."""

    def __init__(self, journal: Path, run: str) -> None:
        self._journal = journal
        self._run = run
        self._lock = threading.RLock()
        self.waits = bool(network_file_system(journal))
        """The journal lies where a call may wait: other threads go on meanwhile."""
        self._fd = -1
        self._identity: Any = None
        self._segment = 0
        self._segment_bytes = 0
        self._torn = False
        self._backlog: Deque[bytes] = deque()
        self._backlog_bytes = 0
        self._lost = 0
        self._retry_at = 0.0
        self._alive: Optional[Alive] = None
        self._closed = False
        self._full = False  # only the disk's reserve is left
        self._looked_at = 0.0
        self._synced_at = 0.0
        self.unsynced = False
        """Something was written since the last sync."""
        self.written = 0
        """Bytes written in all."""

    @property
    def waiting(self) -> bool:
        """Frames wait in memory for the disk."""
        return bool(self._backlog)

    def append(self, events: Iterable[Event]) -> None:
        """Puts the events behind what was said before; on disk when it comes back, unless the disk takes nothing."""
        for event in events:
            frame = encode(event)
            if not self._lock.acquire(timeout=PATIENCE_S):
                self._hold(frame, isinstance(event, _FRAMING))
                continue
            try:
                if self._closed:
                    return
                if self._full or self._backlog or not self._write(frame):
                    self._hold(frame, isinstance(event, _FRAMING))
            finally:
                self._lock.release()

    def maintain(self) -> None:
        """Writes what waits, syncs, and turns to a new segment when the present one is large. Helper thread."""
        now = monotonic()
        if now - self._looked_at >= RETRY_S:
            self._looked_at, self._full = now, free_space_low(self._journal)
        if self._backlog and not self._full and now >= self._retry_at:
            self._drain()
        if self.unsynced and now - self._synced_at >= SYNC_S:
            self._synced_at = now
            self._sync()
        if self._segment_bytes > SEGMENT_BYTES:
            self._turn()

    def next_due(self) -> Optional[float]:
        """When `maintain` has something to do (monotonic); None while nothing is owed."""
        due = []
        if self.unsynced:
            due.append(self._synced_at + SYNC_S)
        if self._backlog:
            due.append(max(self._retry_at, self._looked_at + RETRY_S if self._full else 0.0))
        return min(due) if due else None

    def close(self) -> None:
        """Writes and syncs what can be, and lets go of the run's sign of life."""
        self._retry_at = self._synced_at = self._looked_at = 0.0
        self.maintain()
        with self._lock:
            self._closed = True
            fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)
        if self._alive is not None:
            self._alive.release()

    def forked(self) -> None:
        """In a fork's child: closes what was inherited; the parent's files are the parent's."""
        self._closed = True
        self._backlog = deque()
        fd, self._fd = self._fd, -1
        if fd >= 0:
            try:
                os.close(fd)
            except OSError:
                pass

    def _write(self, frame: bytes) -> bool:
        try:
            if not self._ours():
                self._open()
            if self._torn:
                frame = b"\n" + frame
            written = write(self._fd, frame, waits=self.waits)
        except OSError:
            self._retry_at = monotonic() + RETRY_S
            return False
        except LabjournalError:  # the place is refused, and will be: nothing is kept for it
            self._closed = True
            self._backlog.clear()
            return True
        self.written += written
        self._segment_bytes += written
        self.unsynced = True
        self._torn = written != len(frame)
        if self._torn:
            self._retry_at = monotonic() + RETRY_S
        return not self._torn

    def _ours(self) -> bool:
        """Whether the descriptor is still our file: a cell may close descriptors it did not open, or remove the folder."""
        if self._fd < 0:
            return False
        try:
            return bool(identity(self._fd, waits=self.waits) == self._identity)
        except OSError:
            return False

    def _open(self) -> None:
        """A new segment; the sign of life comes first, so that nobody takes the run for dead."""
        spool = self._journal / SPOOL
        if self._alive is None or not spool.is_dir():
            prepare(self._journal)
            self._alive = Alive()
            self._alive.hold(spool / f"{self._run}.alive")
        self._fd = -1
        self._segment += 1
        path = str(spool / f"{self._run}.{self._segment}.spool")
        fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
        if hasattr(os, "fchmod"):
            os.fchmod(fd, 0o600)
        self._identity = identity(fd, waits=self.waits)
        self._segment_bytes = 0
        self._torn = False
        self._fd = fd

    def _hold(self, frame: bytes, framing: bool) -> None:
        limit = BACKLOG_BYTES if framing else BACKLOG_BYTES // 2
        if self._backlog_bytes + len(frame) > limit:
            self._lost += 1
            return
        self._backlog.append(frame)
        self._backlog_bytes += len(frame)

    def _drain(self) -> None:
        while self._backlog:
            with self._lock:
                frame = self._backlog[0]
                if not self._write(frame):
                    return
                self._backlog.popleft()
                self._backlog_bytes -= len(frame)
        if self._lost:
            lost, self._lost = self._lost, 0
            detail = f"{lost} observations were not recorded: the disk took none, and memory for them is bounded."
            self.append([ProblemSeen(self._run, 0, "not-recorded", detail, time())])

    def _sync(self) -> None:
        self.unsynced = False
        fd = self._fd
        if fd >= 0:
            try:
                getattr(os, "fdatasync", os.fsync)(fd)
            except OSError:
                self.unsynced = True

    def _turn(self) -> None:
        with self._lock:
            old = self._fd if self._ours() else -1
            try:
                self._open()
            except (OSError, LabjournalError):
                self._fd, self._segment_bytes = old, 0
                return
        if old >= 0:
            os.close(old)
