"""The helper thread: everything that takes time happens here, beside the user's work.

It sleeps until it is woken, and goes on by itself only while something is owed: versions of a growing output, a sync, frames
that wait for the disk, a spool that wants to be taken into the journal. A kernel at rest costs nothing. While short cells follow
each other it stays away, up to a second, because two threads of one Python hold each other up; in the pause after them, or beside
a long cell, it does its work in small steps. Waking is one release of a lock, safe from any thread.
"""

from __future__ import annotations

import _thread
import threading
from time import monotonic

from labjournal.errors import LabjournalError
from labjournal.kernel.recording import Recording

__all__ = ["Helper"]

BREATH_S = 0.05
"""Least time between two rounds, and between a cell's beginning or end and a round."""
PATIENCE_S = 1.0
"""Longest time that short cells may put a round off."""
INGEST_BUSY_S = 5.0
INGEST_IDLE_S = 1.0
LONG_S = 3600.0
FAREWELL_S = 2.0
LONGEST_PAUSE_S = 60.0
TRIES = 3
MOST_FAULTS = 1000


class Helper:
    """Drives `Recording.work` in a thread of its own."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._bell = _thread.allocate_lock()
        self._bell.acquire()
        self._stopping = False
        self._leaving = threading.Event()
        self._gone = threading.Event()
        self._ingested = 0
        self._tried_at = monotonic()
        self._in_vain = 0
        recording.ring = self.wake
        self._thread = threading.Thread(target=self._live, name="labjournal", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """There is something to do."""
        try:
            self._bell.release()
        except RuntimeError:  # it rings already
            pass

    def leave(self) -> None:
        """Tells the rest and goes, beside whatever the process still has to do before it ends."""
        self._stopping = True
        self._leaving.set()
        self.wake()

    def stop(self) -> None:
        """Tells the rest and waits for it, but not long."""
        self.leave()
        if not self._gone.wait(FAREWELL_S):
            self._recording.finish()

    def _live(self) -> None:
        """Nothing may end this thread before its time, nor be printed by it."""
        faults = 0
        while not self._gone.is_set():
            try:
                if self._stopping:
                    self._say_farewell()
                else:
                    self._round()
            except BaseException as problem:  # this thread has nobody above it who would be told
                faults += 1
                self._recording.guard.failed("helper", 0, problem)
                if faults > MOST_FAULTS:
                    self._gone.set()

    def _round(self) -> None:
        recording = self._recording
        self._bell.acquire(timeout=self._rest())
        self._wait_for_a_pause()
        if not self._stopping:
            recording.guard.call("helper", 0, recording.work, mutes=False)
            recording.guard.call("ingest", 0, self._ingest_when_due, mutes=False)

    def _say_farewell(self) -> None:
        try:
            self._recording.finish()
            self._ingest()
        finally:
            self._gone.set()

    def _wait_for_a_pause(self) -> None:
        """Until nothing has begun or ended for a moment, or patience is at its end."""
        self._leaving.wait(BREATH_S)
        until = monotonic() + PATIENCE_S
        recording = self._recording
        while not self._stopping and monotonic() < until and monotonic() - recording.moment < BREATH_S + recording.compiling:
            self._leaving.wait(BREATH_S)

    def _rest(self) -> float:
        """How long nothing is owed."""
        now = monotonic()
        due = [self._recording.outputs.next_due(), self._recording.sink.next_due(), self._recording.next_due()]
        if self._recording.sink.written != self._ingested:
            due.append(self._next_ingest())
        return max(0.0, min((each - now for each in due if each is not None), default=LONG_S))

    def _next_ingest(self) -> float:
        """When the spool is taken in: soon after the last cell has ended, now and then while one runs, seldom where it fails."""
        if self._recording.busy:
            return self._tried_at + INGEST_BUSY_S
        return (
            max(self._recording.moment, self._tried_at + min(INGEST_IDLE_S * 2.0**self._in_vain, LONGEST_PAUSE_S)) + INGEST_IDLE_S
        )

    def _ingest_when_due(self) -> None:
        if self._recording.sink.written != self._ingested and monotonic() >= self._next_ingest():
            self._ingest()

    def _ingest(self) -> None:
        """Takes the spool into the journal; tries again later where somebody else is at it, or the journal cannot be had."""
        from labjournal.journal.writer import ingest

        recording = self._recording
        if not recording.something_told:
            return
        written = recording.sink.written
        self._tried_at = monotonic()
        self._in_vain += 1
        try:
            taken = ingest(
                recording.journal,
                own_run=None if recording.over else recording.run,
                keep_total=recording.keeper.limits.total_bytes,
            )
        except LabjournalError:  # locked, full, damaged: the spool stands, and others tell the user
            return
        if taken or self._in_vain > TRIES:
            self._ingested, self._in_vain = written, 0
