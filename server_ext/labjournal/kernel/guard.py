"""The guard around everything that runs in the user's kernel: a fault of ours leaves a trace in the journal, and nothing else.

A recorder that raises is mute for the rest of the run. What is `owed` to the user (a Ctrl-C) is handed on.
"""

from __future__ import annotations

import os
import time
from typing import Any, Callable, Iterable

from labjournal.events import Event, RecorderFailed
from labjournal.kernel.interrupts import owed

__all__ = ["Guard"]

_OWN_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Guard:
    """Calls recorders; knows which are mute, and says so once."""

    def __init__(self, run: str, say: Callable[[Iterable[Event]], None]) -> None:
        self._run = run
        self._say = say
        self._mute: set[str] = set()

    def call(self, name: str, n: int, act: Callable[..., Any], *args: Any, mutes: bool = True) -> None:
        """Calls and, where it gives events, iterates and says them; a fault mutes `name` (unless `mutes` is false)."""
        if mutes and name in self._mute:
            return
        try:
            events = act(*args)
            if events is not None:
                self._say(events)
        except BaseException as problem:  # the guard: a fault of ours stays here
            self.failed(name, n, problem)
            if owed(problem):
                raise

    def failed(self, name: str, n: int, problem: BaseException) -> None:
        """Leaves one trace of the fault; where it stood is told, not its message, which might quote the user's data."""
        first = name not in self._mute
        self._mute.add(name)
        if first and not owed(problem):
            try:
                self._say([RecorderFailed(self._run, n, name, _where(problem), time.time())])
            except BaseException:  # the trace itself cannot be left: nothing more can be done here
                pass


def _where(problem: BaseException) -> str:
    place = ""
    trace = problem.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file.startswith(_OWN_FOLDER):
            place = f" in {file[len(_OWN_FOLDER) + 1 :]}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return type(problem).__name__ + place
