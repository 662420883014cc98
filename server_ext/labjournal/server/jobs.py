"""Long work asked for by the panel: one replay after the other, in a thread, with progress that can be asked for."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypedDict

from labjournal.errors import LabjournalError

__all__ = ["Job", "Jobs"]

_KEPT = 50


class Job(TypedDict):
    """How far a job is; `answer` once it is done, `message` once it failed."""

    job: str
    state: str
    progress: str
    answer: Any
    message: str


class Jobs:
    """Runs jobs one at a time and remembers the last few."""

    def __init__(self, finished: Callable[[str], None]) -> None:
        self._finished = finished
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="labjournal-job")
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._jobs: dict[str, Job] = {}

    def start(self, work: Callable[[Callable[[str], None]], Any]) -> str:
        """Queues `work`, which is given a function to report progress with; the id of the job."""
        name = f"job{next(self._numbers)}"
        with self._lock:
            self._jobs[name] = Job(job=name, state="running", progress="waiting", answer=None, message="")
            for old in [key for key, job in self._jobs.items() if job["state"] != "running"][:-_KEPT]:
                del self._jobs[old]
        self._executor.submit(self._run, name, work)
        return name

    def get(self, name: str) -> Job | None:
        with self._lock:
            job = self._jobs.get(name)
            return None if job is None else job.copy()

    def close(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _run(self, name: str, work: Callable[[Callable[[str], None]], Any]) -> None:
        def progress(sentence: str) -> None:
            with self._lock:
                self._jobs[name]["progress"] = sentence

        try:
            self._tell(name, state="done", answer=work(progress))
        except (LabjournalError, OSError) as problem:
            self._tell(name, state="failed", message=str(problem))
        except BaseException as problem:  # who waits for the job is told, then it goes to the log
            self._tell(name, state="failed", message=f"The job broke off: {type(problem).__name__}: {problem}.")
            raise
        finally:
            self._finished(name)

    def _tell(self, name: str, *, state: str, answer: Any = None, message: str = "") -> None:
        with self._lock:
            job = self._jobs[name]
            job["state"], job["answer"], job["message"] = state, answer, message
