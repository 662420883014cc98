"""The helper thread: everything that takes time happens here, beside the user's work.

It sleeps until it is woken, works at most twenty times a second, and goes on by itself only while something is owed: versions of
a growing output, a sync, frames that wait for the disk, a spool that wants to be taken into the journal. A kernel at rest costs
nothing. Waking is one release of a lock, safe from any thread and in a signal handler.
"""

from __future__ import annotations

import _thread
import threading
import time

from labjournal.kernel.recording import Recording

__all__ = ["Helper"]

BREATH_S = 0.05
SYNC_S = 0.5
INGEST_BUSY_S = 2.0
INGEST_IDLE_S = 1.0
RETRY_S = 2.0
LONG_S = 3600.0
FAREWELL_S = 2.0


class Helper:
    """Drives `Recording.work` in a thread of its own."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._bell = _thread.allocate_lock()
        self._bell.acquire()
        self._stopping = False
        self._gone = threading.Event()
        self._ingested = 0
        self._ingest_at = 0.0
        self._woken_at = 0.0
        self._thread = threading.Thread(target=self._live, name="labjournal", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """There is something to do."""
        try:
            self._bell.release()
        except RuntimeError:  # it rings already
            pass

    def stop(self) -> None:
        """Tells the rest and waits for it, but not long."""
        self._stopping = True
        self.wake()
        if not self._gone.wait(FAREWELL_S):
            self._recording.finish()

    def _live(self) -> None:
        recording = self._recording
        recording.guard.call("run-facts", 0, recording.run_facts)
        while not self._stopping:
            self._bell.acquire(timeout=self._rest())
            if self._stopping:
                break
            recording.guard.call("helper", 0, recording.work, mutes=False)
            recording.guard.call("ingest", 0, self._ingest_when_due, mutes=False)
            time.sleep(BREATH_S)
        recording.guard.call("farewell", 0, recording.finish, mutes=False)
        recording.guard.call("ingest", 0, self._ingest, mutes=False)
        self._gone.set()

    def _rest(self) -> float:
        """How long nothing is owed."""
        now = time.monotonic()
        rest = LONG_S
        due = self._recording.outputs.next_due()
        if due is not None:
            rest = min(rest, due - now)
        if self._recording.sink.unsynced:
            rest = min(rest, SYNC_S)
        if self._recording.sink.waiting:
            rest = min(rest, RETRY_S)
        if self._recording.sink.written != self._ingested:
            rest = min(rest, max(INGEST_IDLE_S / 2, self._ingest_at - now))
        return max(0.0, rest)

    def _ingest_when_due(self) -> None:
        sink = self._recording.sink
        if sink.written != self._ingested and time.monotonic() >= self._ingest_at:
            self._ingest()

    def _ingest(self) -> None:
        """Takes the spool into the journal, unless somebody else is at it."""
        from labjournal.journal.writer import ingest

        if not self._recording.something_told:
            return
        written = self._recording.sink.written
        ingest(self._recording.journal, own_run=self._recording.run)
        self._ingested = written
        self._ingest_at = time.monotonic() + INGEST_BUSY_S
