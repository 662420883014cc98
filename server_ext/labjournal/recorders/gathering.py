"""What is gathered for the executions that run: each by the thread it runs in, and kept until the helper thread tells it. Python 3.8."""

from __future__ import annotations

import threading
from typing import Dict, Generic, Tuple, TypeVar

__all__ = ["Gathering"]

_Thing = TypeVar("_Thing")


class Gathering(Generic[_Thing]):
    """One thing for each execution."""

    def __init__(self) -> None:
        self._active: Dict[int, Tuple[int, _Thing]] = {}
        self._latest: _Thing | None = None
        self._ended: Dict[int, _Thing] = {}

    def begin(self, n: int, thing: _Thing) -> None:
        self._active[threading.get_ident()] = n, thing
        self._latest = thing

    def here(self) -> _Thing | None:
        """That of the execution which runs in this thread; in a thread that runs none, of the one that began last."""
        found = self._active.get(threading.get_ident())
        return self._latest if found is None else found[1]

    def end(self, n: int) -> None:
        """The execution is over, in whatever thread that is noticed."""
        for thread, (of, thing) in list(self._active.items()):
            if of == n:
                del self._active[thread]
                self._ended[n] = thing
                break
        self._latest = next((thing for _, thing in self._active.values()), None)

    def take(self, n: int) -> _Thing | None:
        """What was gathered for an execution that is over; once."""
        return self._ended.pop(n, None)

    def stop(self) -> None:
        """Nothing is gathered any more; what was can still be taken."""
        self._active, self._latest = {}, None

    def clear(self) -> None:
        self.stop()
        self._ended = {}
