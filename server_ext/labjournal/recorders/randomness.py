"""Randomness: seeds that executions set, and whether they drew from the global generators, seeded or not.

The states are read on the user's thread when the reply is out (`Context.when_idle`), or before the next cell where that comes first, some
40 µs with numpy; nothing is drawn from them, and digests are all that stays. An execution whose states are what they were drew nothing, and is
not told of. "Unseeded" is said where a generator was drawn from and nothing before, nor the execution itself, seeded it: no call in any
executed cell that seeds it, and it is not in the state that seeding leaves. Where a local function or a library may have seeded it, the
call's name counts.
"""

from __future__ import annotations

import os
import sys
import time
from collections import deque
from typing import Any, Deque, Dict, Iterable, Iterator, List, NamedTuple, Set

from labjournal.events import Event, FacetSeen, RandomnessSeen
from labjournal.recorders import Context, Execution, Outcome, Recorder
from labjournal.recorders.generators import State, states
from labjournal.recorders.imported import Imported
from labjournal.recorders.python_source import parse_once
from labjournal.recorders.seeds import bound_names, seeds

__all__ = ["RandomnessRecorder"]

_THREADS = (
    "OMP_NUM_THREADS MKL_NUM_THREADS OPENBLAS_NUM_THREADS BLIS_NUM_THREADS VECLIB_MAXIMUM_THREADS NUMEXPR_NUM_THREADS NUMEXPR_MAX_THREADS "
    "NUMBA_NUM_THREADS POLARS_MAX_THREADS RAYON_NUM_THREADS LOKY_MAX_CPU_COUNT".split()
)
_FLAGS = "PYTHONHASHSEED TF_DETERMINISTIC_OPS TF_CUDNN_DETERMINISTIC CUBLAS_WORKSPACE_CONFIG".split()
_LONGEST_VALUE = 32
_TRIES = 3
_FROM_THE_SYSTEM = frozenset(("random", "numpy"))
"""Generators that are seeded by chance where their seed is None."""


class _Look(NamedTuple):
    n: int
    states: Dict[str, State]
    at: float


class RandomnessRecorder(Recorder):
    """Yields RandomnessSeen, at the start the facet `randomness` (hash seed and numbers of threads), and `watched_generators` where these change."""

    name = "randomness"
    parses = True

    def __init__(self, context: Context, imported: Imported | None = None) -> None:
        self._context = context
        self._imported = Imported() if imported is None else imported
        self._owed = 0
        self._begun = False
        self._failures = 0
        self._looks: Deque[_Look] = deque()
        self._seeds: Dict[int, List[Dict[str, Any]]] = {}
        """Of executions that have been taken apart, and whose states are still to be compared."""
        self._before: Dict[str, State] = {}
        self._seeded: Set[str] = set()
        """Generators that something executed so far seeds."""
        self._names: Dict[str, str] = {}
        self._watched: List[str] | None = None

    def run_started(self) -> Iterable[Event]:
        yield FacetSeen(self._context.run, 0, "randomness", _settings())

    # the user's thread

    def execution_started(self, execution: Execution) -> None:
        if self._owed:
            self._look()
        elif not self._begun:
            self._begun = True
            self._note(0)

    def execution_ended(self, execution: Execution, outcome: Outcome) -> None:
        self._owed = execution.n
        if not self._context.when_idle(self.name, self._look):
            self._look()

    def passing_by(self) -> None:
        if self._owed:
            self._look()

    def passed_by(self) -> None:
        """What was drawn there is no execution's."""
        self._note(0)

    def _look(self) -> None:
        n, self._owed = self._owed, 0
        if n:
            self._note(n)

    def _note(self, n: int) -> None:
        try:
            self._looks.append(_Look(n, states(), time.time()))
        except Exception as problem:  # another version of a library
            self._failures += 1
            if self._failures > _TRIES:
                raise problem

    # the helper thread

    def collect(self, execution: Execution) -> Iterable[Event]:
        self._seeds[execution.n] = self._seeds_of(execution)
        return self.late()

    def late(self) -> Iterable[Event]:
        """Executions of which both is known: what they seed, and the states after them."""
        while self._looks and (not self._looks[0].n or self._looks[0].n in self._seeds):
            look = self._looks.popleft()
            if look.n:
                for n in sorted(self._seeds):
                    if n < look.n:  # its states could not be read
                        yield from self._told(n, {}, self._seeds.pop(n), look.at)
                yield from self._told(look.n, look.states, self._seeds.pop(look.n), look.at)
            self._before.update(look.states)

    def run_ended(self) -> Iterable[Event]:
        yield from self.late()
        for n in sorted(self._seeds):
            yield from self._told(n, {}, self._seeds.pop(n), time.time())

    def forked(self) -> None:
        self._looks.clear()

    def _told(self, n: int, after: Dict[str, State], found: List[Dict[str, Any]], at: float) -> Iterator[Event]:
        watched = sorted(self._before.keys() & after.keys())
        if watched != self._watched:  # of these it is known from here on that who is not told of drew nothing
            self._watched = watched
            yield FacetSeen(self._context.run, n, "watched_generators", watched)
        called = {each["of"] for each in found if each.get("value") is not None or each["of"] not in _FROM_THE_SYSTEM}
        self._seeded.update(called)
        by_chance = {each["of"] for each in found} - called
        generators = {}
        for name, state in after.items():
            facts = _compared(self._before.get(name), state, name in called)
            if facts is None:
                continue
            generators[name] = facts
            if name in by_chance:
                facts["seeded"] = False
                self._seeded.discard(name)
            elif facts["seeded"]:
                self._seeded.add(name)
        loose = not self._imported.may_seed and "every" not in self._seeded
        unseeded = tuple(name for name, facts in generators.items() if facts["drawn"] and loose and name not in self._seeded)
        told = tuple(each for each in found if not each.get("guess"))
        if generators or told:
            yield RandomnessSeen(self._context.run, n, generators, told, unseeded, at)

    def _seeds_of(self, execution: Execution) -> List[Dict[str, Any]]:
        """As the code that may be written says; where it cannot be taken apart, only that it may seed."""
        source = execution.redacted
        if (
            "seed" not in source
            and "andom" not in source
            and "%run" not in source
            and "rng" not in source
            and " as " not in source
        ):
            return []
        tree = None if execution.hurried else parse_once(source).tree
        if tree is None or "%run" in source:
            return [{"of": "every", "guess": True}]
        self._names.update(bound_names(tree))
        return seeds(tree, self._names)


def _compared(before: State | None, after: State, seeds: bool) -> Dict[str, Any] | None:
    """What happened to a generator, where the execution has a call that seeds it or not; None for nothing."""
    if before is None:
        if after.fresh and seeds:
            return {"before": None, "after": after.digest, "drawn": None, "seeded": True}
        if after.fresh is None or after.fresh:
            return None  # it came with its library
        return {"before": None, "after": after.digest, "drawn": True, "seeded": None}
    if before.digest == after.digest:
        return None
    # Seeding leaves the position at the end of a block; that drawing ends there happens once in 624 times.
    return {"before": before.digest, "after": after.digest, "drawn": None if after.fresh else True, "seeded": after.fresh}


def _settings() -> Dict[str, Any]:
    """What of the process decides on the order of sets and of sums."""
    variables = {name: os.environ[name][:_LONGEST_VALUE] for name in (*_FLAGS, *_THREADS) if name in os.environ}
    fixed = variables.get("PYTHONHASHSEED", "")
    return {
        "hash_seed": int(fixed) if fixed.isascii() and fixed.isdigit() else "random" if sys.flags.hash_randomization else 0,
        "threads": {name: value for name, value in variables.items() if name in _THREADS},
        "flags": {name: value for name, value in variables.items() if name in _FLAGS},
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 0,
    }
