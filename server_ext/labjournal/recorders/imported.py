"""Which modules came with which execution: the names in `sys.modules` are looked at when a cell ends, once for all who ask.

Told by their number first: a cell after which there are as many modules as before costs one comparison. What the names are bound to is
not looked at.
"""

from __future__ import annotations

import sys
from collections import OrderedDict
from typing import FrozenSet, Set, Tuple

__all__ = ["Imported", "module_names"]

_REMEMBERED = 500
_NOTHING: FrozenSet[str] = frozenset()


class Imported:
    """Dotted names of modules that executions brought."""

    def __init__(self) -> None:
        self.first: FrozenSet[str] = frozenset(module_names())
        """Before the first execution."""
        self._known: Set[str] = set(self.first)
        self._count = len(sys.modules)
        self._new: OrderedDict[int, FrozenSet[str]] = OrderedDict()
        self._last = 0
        self.may_seed = False
        """A module of the user's own speaks of seeds: what its functions do is not followed."""

    def ended(self, n: int) -> None:
        """User's thread: the execution is over."""
        if n != self._last:
            self._last = n
            if len(sys.modules) != self._count:
                names = module_names()
                self._count = len(names)
                self._new[n] = frozenset(name for name in names if name not in self._known)
                self._known.update(names)
                if len(self._new) > _REMEMBERED:
                    self._new.popitem(last=False)

    def passed_by(self) -> None:
        """User's thread: what came since then came with code that must not be recorded, and is no execution's."""
        self._known.update(module_names())
        self._count = len(sys.modules)

    def came_with(self, n: int) -> FrozenSet[str]:
        """Modules that were not there before it."""
        return self._new.get(n, _NOTHING)

    def forked(self) -> None:
        self._new.clear()


def module_names() -> Tuple[str, ...]:
    """The names of the imported modules."""
    modules = sys.modules
    return tuple(name for name in tuple(modules) if type(name) is str) if type(modules) is dict else ()
