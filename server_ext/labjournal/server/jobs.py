"""Long work asked for by the panel: one piece after the other, in a thread, with progress that can be asked for, and stopped on request."""

from __future__ import annotations

import atexit
import itertools
import logging
import queue
import threading
from collections.abc import Callable
from typing import Any, NamedTuple, TypedDict

from labjournal.errors import LabjournalError
from labjournal.replay.executing.stopping import ReplayStopped, look, stopped_by

__all__ = ["Job", "Jobs", "Progress"]

_KEPT = 50
_CLEARS_AWAY_WITHIN_S = 10.0

Progress = Callable[[str], None]


class Job(TypedDict):
    """How far a job is; `answer` once it is done, `message` once it failed."""

    job: str
    kind: str
    """replay | export."""
    address: str
    path: str | None
    """Where an export is to stand, as the server knows it."""
    state: str
    """running | done | failed | stopped."""
    progress: str
    answer: Any
    message: str


log = logging.getLogger("labjournal")


class _Task(NamedTuple):
    name: str
    work: Callable[[Progress], Any]
    unwanted: threading.Event


class Jobs:
    """Runs jobs one at a time and remembers the last few.

    The thread is a daemon's: a server that is told to end does not wait for the minutes that a job may take, but stops it.
    """

    def __init__(self, finished: Callable[[str], None]) -> None:
        self._finished = finished
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._jobs: dict[str, Job] = {}
        self._open: dict[str, _Task] = {}
        self._waiting: queue.SimpleQueue[_Task] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def start(self, work: Callable[[Progress], Any], *, kind: str, address: str, path: str | None = None) -> str:
        """Queues `work`, which is given a function to report progress with; the id of the job."""
        task = _Task(f"job{next(self._numbers)}", work, threading.Event())
        with self._lock:
            self._jobs[task.name] = Job(
                job=task.name, kind=kind, address=address, path=path, state="running", progress="waiting", answer=None, message=""
            )
            self._open[task.name] = task
            for old in [key for key, job in self._jobs.items() if job["state"] != "running"][:-_KEPT]:
                del self._jobs[old]
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="labjournal-job", daemon=True)
                self._thread.start()
                atexit.register(self.close)
        self._waiting.put(task)
        return task.name

    def get(self, name: str) -> Job | None:
        with self._lock:
            job = self._jobs.get(name)
            return None if job is None else job.copy()

    def all(self) -> list[Job]:
        """Those that are remembered, oldest first."""
        with self._lock:
            return [job.copy() for job in self._jobs.values()]

    def stop(self, name: str) -> None:
        """A job that waits is not begun, one that runs ends soon; one that has ended stays as it is."""
        with self._lock:
            task, job = self._open.get(name), self._jobs.get(name)
            if task is None or job is None:
                return
            task.unwanted.set()
            waits = job["progress"] == "waiting"
            job["progress"] = "stopping"
        if waits:
            self._end(name, state="stopped")

    def close(self) -> None:
        """Stops everything and waits a moment, until what had been begun is cleared away."""
        with self._lock:
            names, thread = list(self._open), self._thread
        for name in names:
            self.stop(name)
        if names and thread is not None:
            self._waiting.put(_END)
            thread.join(_CLEARS_AWAY_WITHIN_S)

    def _work(self) -> None:
        while (task := self._waiting.get()) is not _END:
            self._run(task)

    def _run(self, task: _Task) -> None:
        def progress(sentence: str) -> None:
            look()
            with self._lock:
                self._jobs[task.name]["progress"] = sentence

        with self._lock:
            if task.unwanted.is_set():
                return
            self._jobs[task.name]["progress"] = "beginning"
        try:
            with stopped_by(task.unwanted):
                answer = task.work(progress)
        except ReplayStopped:
            self._end(task.name, state="stopped")
        except (LabjournalError, OSError) as problem:
            self._end(task.name, state="failed", message=str(problem))
        except BaseException as problem:  # who waits for the job is told, and the next one has its turn
            self._end(task.name, state="failed", message=f"The job broke off: {type(problem).__name__}: {problem}.")
            log.exception("labjournal: %s broke off", task.name)
        else:
            self._end(task.name, state="done", answer=answer)

    def _end(self, name: str, *, state: str, answer: Any = None, message: str = "") -> None:
        with self._lock:
            self._open.pop(name, None)
            job = self._jobs[name]
            job["state"], job["answer"], job["message"] = state, answer, message
        self._finished(name)


_END = _Task("", lambda progress: None, threading.Event())
