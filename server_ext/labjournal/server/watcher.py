"""Live updates: takes spools into the journal while the server runs, and tells listeners which executions changed.

Kernels write their spool and know nothing of the server. Every `interval_s` a worker thread takes in what is new and compares
the newest executions with what they were; the event loop then emits ids only, through the server's own event stream, which
Lab keeps open anyway. Listeners fetch details over REST.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import NamedTuple

from labjournal.events import NotebookSeen
from labjournal.journal import places, writer
from labjournal.journal.reader import Journal
from labjournal.journal.rows import Run

__all__ = ["EVENT_SCHEMA", "EVENT_SCHEMA_ID", "Change", "Watcher"]

EVENT_SCHEMA_ID = "https://labjournal/events/journal/v1"
EVENT_SCHEMA = {
    "$id": EVENT_SCHEMA_ID,
    "version": "1",
    "title": "Journal changed",
    "description": "Something was recorded. Ids only: what was recorded is fetched over the authenticated API.",
    "personal-data": False,
    "type": "object",
    "required": ["what"],
    "properties": {
        "run": {"type": "string", "description": "Id of the run, absent where the whole journal is meant."},
        "n": {"type": "integer", "description": "Number of the execution, 0 where the run itself is meant."},
        "what": {"enum": ["started", "ended", "output", "run", "annotation", "status", "replay"]},
    },
}

_RUNS_WATCHED = 20
_EXECUTIONS_WATCHED = 10
_DEAD_EVERY_S = 2.0

log = logging.getLogger("labjournal")


class Change(NamedTuple):
    """What listeners are told."""

    what: str
    run: str = ""
    n: int = 0


class Watcher:
    """Polls the journal folder; `emit` is called in the event loop, once per change."""

    def __init__(
        self,
        journal: Path,
        *,
        emit: Callable[[Change], None],
        notebooks: Callable[[], Awaitable[dict[str, str]]],
        executor: Executor,
        interval_s: float = 0.3,
    ) -> None:
        self._journal = journal
        self._emit = emit
        self._notebooks = notebooks
        self._executor = executor
        self._interval_s = interval_s
        self._runs: dict[str, tuple[object, ...]] = {}
        self._executions: dict[tuple[str, int], tuple[str, str]] = {}
        self._first = True
        self._paused: bool | None = None
        self._look_for_dead_at = 0.0
        self._paths: dict[str, str] = {}
        self._reader: Journal | None = None
        self._version = -1

    async def watch(self) -> None:
        """Until cancelled. What goes wrong is logged once per kind and tried again at the next turn.

        The guard is broad because one failed turn (a session that went away between two looks, say) must not end live updates.
        """
        loop = asyncio.get_running_loop()
        said: set[str] = set()
        while True:
            try:
                paths = await self._notebooks()
                for change in await loop.run_in_executor(self._executor, self.turn, paths):
                    self._emit(change)
            except Exception as problem:  # the watching goes on: the panel must not stand still for one bad moment
                self.close()
                if (kind := f"{type(problem).__name__}: {problem}") not in said:
                    said.add(kind)
                    log.warning("labjournal: live updates skipped a turn (%s)", kind)
            await asyncio.sleep(self._interval_s)

    def turn(self, notebooks: dict[str, str]) -> list[Change]:
        """Takes in what is pending, learns the notebooks of live kernels (kernel id → absolute path), gives what changed."""
        return [*self._recording(), *self._recorded(notebooks)]

    def _recording(self) -> list[Change]:
        """Recording was paused or resumed, here or from the command line."""
        before, self._paused = self._paused, places.is_paused(self._journal)
        return [] if before is None or before == self._paused else [Change("status")]

    def _recorded(self, notebooks: dict[str, str]) -> list[Change]:
        if writer.pending(self._journal) or self._has_dead_runs():
            writer.ingest(self._journal)
        if not (self._journal / "journal.sqlite").exists():
            self._first = False  # whatever comes will be new
            return []
        if self._reader is None:
            self._reader = Journal.open(self._journal, catch_up=False)
            self._version = -1
        version = self._reader.data_version()
        if version == self._version and notebooks == self._paths:
            return []
        self._version, self._paths = version, notebooks
        runs = self._reader.runs(limit=_RUNS_WATCHED)
        self._follow_notebooks(runs, notebooks)
        changes = list(self._differences(runs, self._reader))
        if self._first:
            self._first = False
            return []
        return changes

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _has_dead_runs(self) -> bool:
        """Whether a kernel died with nothing left to take in: looked for now and then, because it asks about every live run."""
        if self._reader is None or time.monotonic() < self._look_for_dead_at:
            return False
        self._look_for_dead_at = time.monotonic() + _DEAD_EVERY_S
        return self._reader.is_behind()

    def _follow_notebooks(self, runs: list[Run], notebooks: dict[str, str]) -> None:
        seen = [
            NotebookSeen(run=run.run, path=notebooks[run.kernel_id], learnt="server")
            for run in runs
            if run.status == "running" and notebooks.get(run.kernel_id, run.notebook) != run.notebook
        ]
        if seen:
            writer.append(self._journal, seen)

    def _differences(self, runs: list[Run], journal: Journal) -> Iterator[Change]:
        for run in runs:
            state = (run.status, run.executions, run.failed, run.notebook, run.name, run.tags)
            alive = run.status == "running"
            if self._runs.get(run.run) == state and not alive:
                continue
            told = False
            for execution in journal.executions(run.run, newest_first=True, limit=_EXECUTIONS_WATCHED):
                key, now = (run.run, execution.n), (execution.status, execution.seal)
                before = self._executions.get(key)
                if before == now:
                    continue
                self._executions[key] = now
                told = True
                yield Change(_what(before, now), run.run, execution.n)
            if self._runs.get(run.run) != state and not told:
                yield Change("run", run.run)
            self._runs[run.run] = state


def _what(before: tuple[str, str] | None, now: tuple[str, str]) -> str:
    if before is None:
        return "started" if now[0] == "running" else "ended"
    return "output" if before[0] == now[0] else "ended"
