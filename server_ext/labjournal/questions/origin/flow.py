"""Which executions of a run used names of which others: told from the recorded names alone, for many runs in little time.

A recipe (`recipe`) reads the text of every cell and is exact; following 200 runs to their roots, or colouring a graph, cannot wait
for that. Here a name belongs to whoever bound or may have changed it since it was last bound for certain: a plain assignment, import
or definition at the margin of the cell. Code that cannot be followed may have read and changed anything.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Set
from functools import lru_cache

from labjournal.journal.origins import Origins
from labjournal.questions.reading import read
from labjournal.questions.recipe.traces import GIVEN

__all__ = ["Flow", "behind"]

_Names = dict[str, set[str]]
_BINDS = re.compile(
    r"^(?:(?P<names>[A-Za-z_]\w*(?:[ \t]*[,=][ \t]*[A-Za-z_]\w*)*)[ \t]*(?::[^=\n]+)?=(?!=)|(?:async[ \t]+)?(?:def|class)[ \t]+(?P<made>\w+)"
    r"|(?:from[ \t]+\S+[ \t]+)?import[ \t]+(?P<imported>[^\n#;]+))",
    re.MULTILINE,
)
_WORD = re.compile(r"[A-Za-z_]\w*")
_NONE: frozenset[str] = frozenset()


class Flow:
    """Between the executions `first` to `last` of a run: `before[n]` are those whose names `n` used, `after[n]` those that used its."""

    def __init__(self, origins: Origins, run: str, first: int = 1, last: int | None = None) -> None:
        self.before: dict[int, set[int]] = {}
        self.after: dict[int, set[int]] = defaultdict(set)
        roles: dict[int, _Names] = {}
        for n, name, role in origins.names(run, first, last):
            roles.setdefault(n, {}).setdefault(role, set()).add(name)
        holders: dict[str, set[int]] = {}
        anything: set[int] = set()
        """Executions that may have changed any name."""
        for n, status, source in origins.statuses(run, first, last):
            known = roles.get(n) or _read_names(origins.source(source))
            bound, used = known.get("bound", _NONE), known.get("used", _NONE) | known.get("mutated", _NONE)
            needed = set(anything)
            for name in used:
                if name in holders:
                    needed |= holders[name]
            if "opaque" in known:
                needed.update(*holders.values())
                anything.add(n)
            self.before[n] = needed
            for other in needed:
                self.after[other].add(n)
            for name in used & holders.keys() & (bound | known.get("mutated", _NONE)):
                holders[name] = {n}  # it stands behind whoever held the name: they need not be told again
            fresh = bound - used
            certain = _at_the_margin(origins.source(source)) if status == "ok" and not fresh.isdisjoint(holders) else _NONE
            for name in fresh:
                holders[name] = holders[name] | {n} if name in holders and name not in certain else {n}
            for name in used - holders.keys():
                if name in bound or name in known.get("mutated", _NONE):
                    holders[name] = {n}

    def behind(self, numbers: Iterable[int]) -> set[int]:
        """The executions on which these depend, directly or not; themselves included."""
        return _closure(numbers, lambda n: self.before.get(n, set()))

    def ahead(self, numbers: Iterable[int]) -> set[int]:
        """The executions that depend on these."""
        return _closure(numbers, lambda n: self.after.get(n, set()))

    def nearest(self, n: int, chosen: Callable[[int], bool], *, forward: bool = False) -> set[int]:
        """The chosen ones that `n` depends on (or that depend on it) with no other chosen one between."""
        step = self.after if forward else self.before
        found: set[int] = set()
        seen, waiting = {n}, [n]
        while waiting:
            for other in step.get(waiting.pop(), ()):
                if other not in seen:
                    seen.add(other)
                    (found.add if chosen(other) else waiting.append)(other)
        return found


def behind(origins: Origins, run: str, n: int, first: int = 1) -> set[int]:
    """What `Flow(origins, run, first, n).behind([n])` says, walked backwards and only as far as names are needed."""
    roles: dict[int, _Names] = {}
    for number, name, role in origins.names(run, first, n):
        roles.setdefault(number, {}).setdefault(role, set()).add(name)
    found: set[int] = set()
    needed = _Needed()
    for number in range(n, first - 1, -1):
        known = roles.get(number)
        if known is None:
            known = _read_names(_text(origins, run, number))
        bound, changed = known.get("bound", _NONE), known.get("mutated", _NONE)
        if number != n and "opaque" not in known and not needed.any_of(bound) and not needed.any_of(changed):
            continue
        found.add(number)
        used = known.get("used", _NONE) | changed
        if needed.any_of(bound - used):
            needed.settle((bound & _certain(origins, run, number)) - used)
        needed.add(used)
        if "opaque" in known:
            needed = _Needed(everything=True)
    return found


class _Needed:
    """Names that are needed from before; behind code that cannot be followed all but those that were settled since."""

    def __init__(self, everything: bool = False) -> None:
        self._names: set[str] = set()
        self._everything = everything

    def any_of(self, names: Set[str]) -> bool:
        return not names <= self._names if self._everything else not names.isdisjoint(self._names)

    def settle(self, names: Set[str]) -> None:
        self._names = self._names | names if self._everything else self._names - names

    def add(self, names: Set[str]) -> None:
        self._names = self._names - names if self._everything else self._names | names


def _certain(origins: Origins, run: str, n: int) -> frozenset[str]:
    found = origins.statuses(run, n, n)
    return _at_the_margin(origins.source(found[0][2])) if found and found[0][1] == "ok" else _NONE


def _text(origins: Origins, run: str, n: int) -> str:
    found = origins.statuses(run, n, n)
    return origins.source(found[0][2]) if found else ""


def _closure(numbers: Iterable[int], step: Callable[[int], set[int]]) -> set[int]:
    found = set(numbers)
    waiting = list(found)
    while waiting:
        more = step(waiting.pop()) - found
        found |= more
        waiting += more
    return found


@lru_cache(maxsize=8192)
def _at_the_margin(source: str) -> frozenset[str]:
    found: set[str] = set()
    for match in _BINDS.finditer(source):
        if match["imported"] is not None:
            for part in match["imported"].strip("() \t").split(","):
                found.update(_WORD.findall(part.split(" as ")[-1].split(".")[0])[:1])
        else:
            found.update(_WORD.findall(match["names"] or match["made"]))
    return frozenset(found)


@lru_cache(maxsize=8192)
def _read_names(source: str) -> _Names:
    """Names by the text of the cell, where none were recorded."""
    reading = read(source)
    names: _Names = {"bound": set(reading.definite), "used": set(reading.free - GIVEN)}
    if not reading.parsed and source.strip():
        names["opaque"] = {""}
    return names
