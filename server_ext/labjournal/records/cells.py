"""Which executions make up the notebook of a record: what a person would keep of an afternoon, and nothing that changes a value.

Left out are executions that failed, were interrupted or abandoned, unless what they did before is used (`halfway`), that asked not
to be recorded, and those of no code. Of a cell
that was executed several times (same cell id), an earlier execution is left out only where nobody could notice:

- no execution that stays reads a name it bound, or an object it changed in place, before something that stays binds that name
  anew. `n += 1` reads what it binds, so all its executions stay; so does a first `alpha = 0.1` when a cell that was not executed
  again after the edit used it;
- no execution that stays reads a file it wrote before that file is written again;
- it neither changed a setting of a module that one between the two uses, nor drew random numbers from a seeded stream from which
  one that stays draws later;
- it holds nothing that cannot be followed (`exec`, star imports, shell), and its magics stand in the later execution as well.

Everything stays where it ran. Only imports move: where an import cell grew by an edit, its last text stands where it first ran.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from labjournal.records.effects import Effects, effects, function_changes, used_up
from labjournal.records.halfway import runnable
from labjournal.records.record import Step

__all__ = ["LeftOut", "cells_of", "kept"]

_SEEDS = re.compile(r"\bseed\w*\s*\(|manual_seed|set_random_seed")
_INLINE = re.compile(r"%matplotlib +inline")
_OTHER_BACKENDS = re.compile(r"%matplotlib +(?!inline)\w|matplotlib\.use\(|switch_backend|%pylab|%gui")
_SHOWS = re.compile(r"\s*%%(html|markdown|latex|svg|javascript|js)\b", re.IGNORECASE)


@dataclass(frozen=True)
class LeftOut:
    """An execution that is not in the notebook, and why, in a few words."""

    n: int
    why: str


def cells_of(steps: Sequence[Step]) -> dict[int, str]:
    """Number of each execution → what makes it the same cell as another: its cell id, else its code."""
    return {step.n: step.execution.cell_id or f"code-{step.execution.source_sha256[:16]}" for step in steps}


def kept(
    steps: Sequence[Step], *, target: int | None = None, all_that_succeeded: bool = False
) -> tuple[list[Step], list[LeftOut]]:
    """The executions that become cells, in the order of the notebook, and the others.

    `target` is the execution whose recipe the steps are; None where they are a whole run. What failed stays where what it did before is
    used: in a recipe all of it that is there, and then its code is another (`halfway`).
    """
    halves = {step.n: half for step in steps if _failed(step) and step.n != target and (half := runnable(step))}
    steps = [halves.get(step.n, step) for step in steps]
    inline = target is not None and not any(_OTHER_BACKENDS.search(step.execution.source) for step in steps)
    left_out = [
        LeftOut(step.n, reason)
        for step in steps
        if (reason := _unfit(step) or (_noise(step) if inline and step.n != target else ""))
    ]
    unfit = {one.n for one in left_out}
    if all_that_succeeded:
        return [step for step in steps if step.n not in unfit], left_out
    doubtful = frozenset(halves) if target is None else frozenset()
    stay, superseded = _Pruning([step for step in steps if step.n not in unfit], doubtful).result()
    return stay, sorted([*left_out, *superseded], key=lambda one: one.n)


def _failed(step: Step) -> bool:
    return step.execution.status in ("failed", "interrupted") and not step.execution.off


def _unfit(step: Step) -> str:
    execution = step.execution
    if execution.off:
        return "it asked not to be recorded"
    if execution.status != "ok":
        return {"failed": "it failed", "interrupted": "it was interrupted", "running": "it has not ended"}.get(
            execution.status, "the kernel died in it"
        )
    return "" if execution.source.strip() else "it holds no code"


def _noise(step: Step) -> str:
    """Why a cell that only says what a kernel does anyway is left out of a recipe."""
    lines = [line.strip() for line in step.execution.source.split("\n") if line.strip() and not line.lstrip().startswith("#")]
    return "it only says that figures are shown in the notebook" if lines and all(map(_INLINE.fullmatch, lines)) else ""


class _Pruning:
    """Decides backwards, so that whoever may notice is decided before the one who might be missed."""

    def __init__(self, steps: list[Step], doubtful: frozenset[int]) -> None:
        self.steps = steps
        self.doubtful = doubtful
        consumed, functions = used_up(steps), function_changes(steps)
        self.effects = {step.n: effects(step, consumed, functions) for step in steps}
        self.late = {name for one in self.effects.values() for name in one.reading.late}
        self.seeded = any(_SEEDS.search(step.execution.source) for step in steps)

    def result(self) -> tuple[list[Step], list[LeftOut]]:
        stay: list[Step] = []
        out: list[LeftOut] = []
        for step in reversed(self.steps):
            if step.n in self.doubtful and not (self._name_missed(self.effects[step.n], stay) or self._file_missed(step, stay)):
                out.append(LeftOut(step.n, "it failed"))
                continue
            again = next((later for later in stay if _same_cell(step, later)), None)
            if again is None:
                stay.insert(0, step)
            elif self._imports_grew(step, again, stay):
                stay = [later for later in stay if later is not again]
                stay.insert(0, again)
                out.append(LeftOut(step.n, f"execution {again.n} of the same cell imports as much"))
            elif self._noticed(step, again, stay):
                stay.insert(0, step)
            else:
                out.append(LeftOut(step.n, f"the cell was executed again as {again.n}"))
        return stay, out

    def _imports_grew(self, step: Step, again: Step, stay: list[Step]) -> bool:
        here, there = self.effects[step.n], self.effects[again.n]
        if here.only_imports is None or there.only_imports is None or not here.only_imports <= there.only_imports:
            return False
        if here.magics != there.magics:
            return False
        new = there.binds - here.binds
        between = [self.effects[later.n] for later in itertools.takewhile(lambda later: later is not again, stay)]
        return not any(new & (one.leaves | one.reading.free) for one in between)

    def _noticed(self, step: Step, again: Step, stay: list[Step]) -> bool:
        here, there = self.effects[step.n], self.effects[again.n]
        if here.opaque or not here.reading.parsed:
            return not _only_shows(step, again, adjacent=stay[0] is again)
        between = [self.effects[later.n] for later in itertools.takewhile(lambda later: later is not again, stay)]
        roots = here.reading.settings & here.reading.free | here.reading.settings & here.reading.imported
        if not here.magics <= there.magics or any(one.reading.free & roots for one in between):
            return True
        if self.seeded and here.reading.random and any(self.effects[later.n].reading.random for later in stay):
            return True
        return self._name_missed(here, stay) or self._file_missed(step, stay)

    def _name_missed(self, here: Effects, stay: list[Step]) -> bool:
        live = set(here.leaves)
        for later in stay:
            one = self.effects[later.n]
            if live & (one.reading.free | one.changes) - (one.reading.definite - one.reading.free):
                return True
            if one.calls and live & self.late - one.first:
                return True
            live -= one.reading.definite
            if not live:
                return False
        return False

    @staticmethod
    def _file_missed(step: Step, stay: list[Step]) -> bool:
        live = {use.path for use in step.written}
        for later in stay:
            if live & {use.path for use in later.read}:
                return True
            live -= {use.path for use in later.written}
        return False


def _same_cell(one: Step, other: Step) -> bool:
    return one.execution.cell_id is not None and one.execution.cell_id == other.execution.cell_id


def _only_shows(step: Step, again: Step, *, adjacent: bool) -> bool:
    """Whether a cell that is no Python is safely replaced by its later text: it only shows, or writes the same file anew."""
    first, second = (one.execution.source.split("\n", 1)[0].strip() for one in (step, again))
    return bool(_SHOWS.match(first)) or (
        adjacent and first.startswith("%%writefile") and first == second and "-a" not in first.split()
    )
