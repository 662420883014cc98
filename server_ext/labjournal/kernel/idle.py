"""What waits until the reply is out and the kernel has nothing to do: one call of the kernel's own loop for all who ask after a cell.

To ask a loop for a call costs some 30 µs of the user's thread. While cells follow each other at once, the call that was asked for after
one of them comes in a pause between later ones, when the kernel waits for its client; it does what is owed by then.
"""

from __future__ import annotations

import sys
from typing import Any, Callable, Dict

__all__ = ["Idle"]

AFTER_REPLY_S = 0.02
"""By then the reply is out, and the threads that send it have had their turn."""


class Idle:
    """Calls `act` with what was asked for since, by name. `moment` is when code last began or ended (monotonic)."""

    def __init__(self, act: Callable[[Dict[str, Callable[[], None]]], None], moment: Callable[[], float]) -> None:
        self._act = act
        self._moment = moment
        self._waiting: Dict[str, Callable[[], None]] = {}
        self._asked: Any = None
        """Which loop was asked last, and at what moment."""

    def ask(self, name: str, act: Callable[[], None]) -> bool:
        """False where there is no loop in this thread."""
        asyncio = sys.modules.get("asyncio")
        try:
            loop = asyncio.get_running_loop() if asyncio is not None else None
        except RuntimeError:
            return False
        if loop is None:
            return False
        self._waiting[name] = act
        now = loop, self._moment()
        if self._asked != now:
            self._asked = now
            loop.call_later(AFTER_REPLY_S, self._called)
        return True

    def _called(self) -> None:
        waiting, self._waiting = self._waiting, {}
        if waiting:
            self._act(waiting)
