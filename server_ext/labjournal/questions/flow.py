"""Which executions of a run used names of which others: told from the recorded names alone, for many runs in little time.

A recipe (`recipe`) reads the text of every cell and is exact; following 200 runs to their roots, or colouring a graph, cannot wait
for that. Here a name belongs to whoever bound or may have changed it since it was last bound for certain: a plain assignment, import
or definition at the margin of the cell. Code that cannot be followed may have read and changed anything.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import lru_cache

from labjournal.journal.origins import Origins
from labjournal.questions.reading import read
from labjournal.questions.traces import GIVEN

__all__ = ["Flow"]

_Names = dict[str, set[str]]
_BINDS = re.compile(
    r"^(?:(?P<names>[A-Za-z_]\w*(?:[ \t]*[,=][ \t]*[A-Za-z_]\w*)*)[ \t]*(?::[^=\n]+)?=(?!=)|(?:async[ \t]+)?(?:def|class)[ \t]+(?P<made>\w+)"
    r"|(?:from[ \t]+\S+[ \t]+)?import[ \t]+(?P<imported>[^\n#;]+))",
    re.MULTILINE,
)
_WORD = re.compile(r"[A-Za-z_]\w*")


class Flow:
    """Between the executions `first` to `last` of a run: `before[n]` are those whose names `n` used, `after[n]` those that used its."""

    def __init__(self, origins: Origins, run: str, first: int = 1, last: int | None = None) -> None:
        self.before: dict[int, set[int]] = {}
        self.after: dict[int, set[int]] = defaultdict(set)
        roles: dict[int, _Names] = defaultdict(lambda: defaultdict(set))
        for n, name, role in origins.names(run, first, last):
            roles[n][role].add(name)
        holders: dict[str, set[int]] = {}
        anything: set[int] = set()
        """Executions that may have changed any name."""
        for n, status, source in origins.statuses(run, first, last):
            known = roles.get(n) or _read_names(origins.source(source))
            bound, mutated = known.get("bound", set()), known.get("mutated", set())
            needed = set(anything)
            for name in known.get("used", set()) | mutated:
                needed |= holders.get(name, set())
            if "opaque" in known:
                needed |= {other for found in holders.values() for other in found}
                anything.add(n)
            self.before[n] = needed
            for other in needed:
                self.after[other].add(n)
            certain = bound and status == "ok" and _certain(origins, source, bound, holders)
            for name in bound:
                holders[name] = {n} if certain and name in certain else holders.get(name, set()) | {n}
            for name in mutated - bound:
                holders[name] = holders.get(name, set()) | {n}

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


def _closure(numbers: Iterable[int], step: Callable[[int], set[int]]) -> set[int]:
    found = set(numbers)
    waiting = list(found)
    while waiting:
        more = step(waiting.pop()) - found
        found |= more
        waiting += more
    return found


def _certain(origins: Origins, source: str, bound: set[str], holders: dict[str, set[int]]) -> frozenset[str]:
    """Names that are bound whichever way the cell runs; looked for only where somebody held one of them."""
    return _at_the_margin(origins.source(source)) if not bound.isdisjoint(holders) else frozenset()


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
