"""What waits until the reply is out and the kernel has nothing to do: one call of the kernel's own loop for all who ask.

To ask a loop for a call costs some 30 µs of the user's thread, and cells that follow each other at once would ask several times each.
"""

from __future__ import annotations

import sys
from time import monotonic
from typing import Any, Callable, Dict

__all__ = ["Idle"]

AFTER_REPLY_S = 0.02
"""By then the reply is out, and the threads that send it have had their turn."""


class Idle:
    """Calls `act` with what was asked for since, by name, when nothing has begun or ended for a moment (`moment`, monotonic)."""

    def __init__(self, act: Callable[[Dict[str, Callable[[], None]]], None], moment: Callable[[], float]) -> None:
        self._act = act
        self._moment = moment
        self._waiting: Dict[str, Callable[[], None]] = {}
        self._loop: Any = None
        """Which loop was asked, and has not called yet."""

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
        if self._loop is not loop:
            self._loop = loop
            loop.call_later(AFTER_REPLY_S, self._called, loop)
        return True

    def _called(self, loop: Any) -> None:
        if loop is not self._loop:
            return
        if monotonic() - self._moment() < AFTER_REPLY_S / 2:  # another cell came and went
            loop.call_later(AFTER_REPLY_S, self._called, loop)
            return
        self._loop = None
        waiting, self._waiting = self._waiting, {}
        if waiting:
            self._act(waiting)
