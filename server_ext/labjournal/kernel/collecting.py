"""Asks the recorders about executions that have ended, on the helper thread, and chooses the moment for what holds the interpreter.

A syntax tree is made in one go: that of 100 KB of code takes tens of milliseconds in which no other Python of the process runs. Long
sources therefore wait until nothing has begun or ended for a moment; where they come faster than that, the trees of some are never
made, and that is said. Some Pythons must not make trees beside the user's work at all (`python_source.PARSES_ALONE`).
"""

from __future__ import annotations

from collections import deque
from time import monotonic, perf_counter, sleep, time
from typing import Callable, Deque, Iterable, Optional, Tuple

from labjournal.events import ProblemSeen
from labjournal.kernel.guard import Guard
from labjournal.recorders import Execution, Recorder
from labjournal.recorders.python_source import PARSES_ALONE, parse_once

__all__ = ["Breath", "Collecting"]

STEP_S, WORK_S = 0.0002, 0.0015
"""How long the helper thread leaves the interpreter to the user's, and after how much work: to leave it takes time itself."""
QUIET_S = 0.3
"""So long nothing must have begun or ended before the trees of long sources are made."""
LONG_CHARACTERS = 16_000
WAITING_CHARACTERS = 4 << 20
"""Of long sources that wait; what comes on top of that is not taken apart."""
FAREWELL_S = 0.5
"""For the trees of long sources when the kernel ends."""
_PASSED_OVER = (
    "Long cells followed each other too fast to take all of them apart: names and parameters of this one are not known."
)


class Breath:
    """Between two steps of the helper thread: the user's gets the interpreter if it wants it."""

    def __init__(self) -> None:
        self._taken = perf_counter()

    def take(self) -> None:
        """Leaves the interpreter for a moment, if much was done since the last time."""
        if perf_counter() - self._taken > WORK_S:
            sleep(STEP_S)
            self._taken = perf_counter()


class Collecting:
    """Executions that have ended and what recorders still have to say of them."""

    def __init__(self, run: str, guard: Guard, running: Callable[[], bool], breath: Breath) -> None:
        self._run = run
        self._breath = breath
        self._guard = guard
        self._running = running
        self._ended: Deque[Execution] = deque()
        self._untold: Deque[Tuple[Recorder, Execution]] = deque()
        """Of those that make trees, in order: each may build on what the one before said."""
        self._waiting = 0

    def __len__(self) -> int:
        """Executions of which nothing was asked yet."""
        return len(self._ended)

    def ended(self, execution: Execution) -> None:
        """User's thread."""
        self._ended.append(execution)

    def due(self, moment: float) -> Optional[float]:
        """When what waits can be done, if nothing begins or ends after `moment` (both monotonic); None where that is not known."""
        return moment + QUIET_S if self._untold and not (PARSES_ALONE and self._running()) else None

    def collect(self, recorders: Iterable[Recorder], moment: float) -> None:
        """What may be asked now. `moment` is when code last began or ended (monotonic)."""
        self._ask_each(recorders)
        while self._untold:
            execution = self._untold[0][1]
            if PARSES_ALONE and self._running():
                break
            if _is_long(execution) and not execution.hurried and monotonic() - moment < QUIET_S:
                break
            self._next()
        parse_once.cache_clear()

    def finish(self, recorders: Iterable[Recorder]) -> None:
        """All that is left, in the time there is."""
        self._ask_each(recorders)
        until = monotonic() + FAREWELL_S
        while self._untold:
            execution = self._untold[0][1]
            if _is_long(execution) and not execution.hurried and monotonic() > until:
                self._pass_over(execution)
            self._next()
        parse_once.cache_clear()

    def _ask_each(self, recorders: Iterable[Recorder]) -> None:
        while self._ended:
            execution = self._ended.popleft()
            if _is_long(execution):
                if self._waiting > WAITING_CHARACTERS:
                    self._pass_over(execution)
                else:
                    self._waiting += len(execution.source)
            for recorder in recorders:
                if recorder.parses:
                    self._untold.append((recorder, execution))
                else:
                    self._ask(recorder, execution)

    def _next(self) -> None:
        recorder, execution = self._untold.popleft()
        self._ask(recorder, execution)
        if _is_long(execution) and not execution.hurried and (not self._untold or self._untold[0][1] is not execution):
            self._waiting -= len(execution.source)

    def _ask(self, recorder: Recorder, execution: Execution) -> None:
        self._guard.call(recorder.name, execution.n, recorder.collect, execution)
        self._breath.take()

    def _pass_over(self, execution: Execution) -> None:
        execution.hurried = True
        self._guard.call(
            "hurry", execution.n, lambda: [ProblemSeen(self._run, execution.n, "not-seen", _PASSED_OVER, time())], mutes=False
        )


def _is_long(execution: Execution) -> bool:
    return len(execution.source) > LONG_CHARACTERS
