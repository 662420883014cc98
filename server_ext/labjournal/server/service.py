"""What the handlers of one server share: where the journal is, threads, jobs, and a voice to the panel."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from labjournal.server.jobs import Jobs

__all__ = ["Service"]


@dataclass
class Service:
    journal: Path
    root: Path
    """Folder that the server serves; paths from the panel are relative to it."""
    announce: Callable[[str], None]
    """Tells listeners that something of this kind changed (`what` of the event schema)."""
    jobs: Jobs
    clock: Callable[[], float] = time.time
    executor: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(4, thread_name_prefix="labjournal"))

    def close(self) -> None:
        self.jobs.close()
        self.executor.shutdown(wait=False, cancel_futures=True)
