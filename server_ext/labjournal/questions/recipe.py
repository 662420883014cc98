"""The recipe of a result: the executions of its run on which it depends, itself last, in the order they ran.

Found backwards from the target without executing anything, from what was recorded about names and files, refined by the text
of the cells (`reading`). Where it is not certain whether an execution matters, it is taken in: too many rather than wrong.

- An execution that bound or may have changed a name that is needed is in. Once a name was bound whichever way the cell ran,
  what it held before is no longer needed.
- Names read inside a function are needed at every later execution that is in: nobody knows where it is called.
- A change reaches every name that may stand for the same object (`ax = fig.gca()`). Who uses a figure or axes changes it.
- An execution that wrote a file which one that is in read is in.
- What analysis cannot follow (shell, `exec`, `%run`, star imports) is in, and so is what changes the state of a module: seeds,
  options, `os.environ`. If random numbers are drawn anywhere in the recipe, so are all executions that drew before.
- What failed is left out, unless a needed name or file can have come from nowhere else; the recipe then says so.

Executions of the same code are all kept: `n += 1`, run three times, counts to three.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from labjournal.journal.reader import Journal
from labjournal.journal.rows import Address, Execution
from labjournal.questions.reading import read
from labjournal.questions.traces import GIVEN, Trace, changes, drawings, groups, traces

__all__ = ["Recipe", "Step", "explained", "recipe"]

_HISTORY = re.compile(r"_i?(\d+)")


@dataclass(frozen=True)
class Step:
    execution: Execution
    why: tuple[str, ...]
    """What brought it in, each a few words: "binds 'df'", "writes 'a.csv'"."""


@dataclass(frozen=True)
class Recipe:
    address: Address
    steps: tuple[Step, ...]
    warnings: tuple[str, ...] = ()
    """What may be missing or too much, as sentences."""


def recipe(journal: Journal, address: Address) -> list[Execution]:
    """The executions on which `address` depends, in the order they ran; all of them for a run."""
    return [step.execution for step in explained(journal, address).steps]


def explained(journal: Journal, address: Address) -> Recipe:
    """The recipe, with the reason for every step."""
    if address.n is None:
        return Recipe(address, tuple(Step(execution, ()) for execution in journal.executions(address.run)))
    target = journal.execution(address.run, address.n)
    earlier = journal.executions(address.run, last=address.n)
    return _Search(journal, address, [execution for execution in earlier if execution.n < address.n] + [target]).recipe()


@dataclass
class _Needs:
    """What the executions already in the recipe need from those before them."""

    names: set[str] = field(default_factory=set)
    files: dict[str, set[str | None]] = field(default_factory=lambda: defaultdict(set))
    counts: set[int] = field(default_factory=set)
    """Numbers of `In[ ]` whose result is asked for as `_7` or `_`."""
    random: bool = False


class _Search:
    def __init__(self, journal: Journal, address: Address, executions: list[Execution]) -> None:
        self.address = address
        self.seen = traces(journal, address.run, executions)
        self.modules = {name for seen in self.seen for name in seen.reading.imported}
        self.drawings = drawings(self.seen)
        self.changes = changes(self.seen)
        self.groups = groups(
            self.seen, apart=self.modules | {name for seen in self.seen for name in seen.reading.defined} | GIVEN
        )

    def recipe(self) -> Recipe:
        why: dict[int, list[str]] = {self.address.n or 0: ["is asked for"]}
        late: set[str] = set()
        while True:
            # What is read inside functions is known only once their executions are in: walk again until nothing is added.
            found, needs = self._walk(late)
            more = {name for seen in self.seen if seen.execution.n in found for name in seen.reading.late}
            if more <= late:
                break
            late |= more
        why |= found
        steps = tuple(Step(seen.execution, tuple(why[seen.execution.n])) for seen in self.seen if seen.execution.n in why)
        return Recipe(self.address, steps, tuple(self._warnings(steps, needs)))

    def _walk(self, late: set[str]) -> tuple[dict[int, list[str]], _Needs]:
        found: dict[int, list[str]] = {}
        needs = _Needs()
        for place in range(len(self.seen) - 1, -1, -1):
            seen = self.seen[place]
            reasons = ["is asked for"] if place == len(self.seen) - 1 else self._reasons(seen, needs)
            if reasons:
                found[seen.execution.n] = reasons
                self._take(place, needs, late)
        return found, needs

    def _reasons(self, seen: Trace, needs: _Needs) -> list[str]:
        """Why the execution is needed; nothing where it is not."""
        if not seen.ok:
            reasons = [f"binds '{name}', though it did not end well" for name in sorted(seen.bound & needs.names)]
            return reasons + [
                f"writes '{path}', though it did not end well"
                for path, digests in seen.writes.items()
                if digests & (needs.files.get(path, set()) - {None})
            ]
        touched = seen.mutated | (seen.used & self.drawings)
        for name in seen.used & self.changes.keys():
            touched |= self.changes[name]
        changed = {name for name in touched if self.groups.get(name, {name}) & needs.names}
        reasons = [f"binds '{name}'" for name in sorted(seen.bound & needs.names)]
        reasons += [f"may change '{name}'" for name in sorted(changed - seen.bound)]
        reasons += [f"writes '{path}'" for path in seen.writes if path in needs.files]
        if seen.opaque:
            reasons.append("does what cannot be followed")
        if seen.reading.settings & self.modules:
            reasons.append("changes the state of a module")
        if seen.reading.random and needs.random:
            reasons.append("draws random numbers before")
        if seen.execution.execution_count in needs.counts:
            reasons.append(f"showed Out[{seen.execution.execution_count}]")
        return reasons

    def _take(self, place: int, needs: _Needs, late: set[str]) -> None:
        """Counts what the execution needs in, after what it settles is counted out."""
        seen = self.seen[place]
        if seen.ok and not seen.opaque:
            needs.names -= seen.reading.definite
        needs.names |= seen.used | late
        needs.random |= seen.reading.random
        for path, digests in seen.reads.items():
            needs.files[path] |= digests
        for name in seen.used:
            if match := _HISTORY.fullmatch(name):
                needs.counts.add(int(match[1]))
            elif name in ("_", "__", "___") and name not in seen.bound:
                needs.counts |= self._results_before(place, len(name))
            elif name in ("Out", "In"):
                needs.counts |= {other.execution.execution_count or 0 for other in self.seen[:place]}

    def _results_before(self, place: int, count: int) -> set[int]:
        """Numbers of the executions from which `_` can have come: the ones before, as many as successful ones are asked for."""
        good = [seen.execution.execution_count or 0 for seen in self.seen[:place] if seen.ok]
        return set(good[-count:])

    def _warnings(self, steps: tuple[Step, ...], needs: _Needs) -> Iterable[str]:
        unread = [step.execution for step in steps if not read(step.execution.source).parsed and not step.execution.off]
        words = {word for execution in unread for word in read(execution.source).free}
        bound = {name for seen in self.seen for name in seen.bound}
        missing = sorted(name for name in needs.names - bound - words - GIVEN if not _HISTORY.fullmatch(name))
        if missing:
            listed = ", ".join(f"'{name}'" for name in missing[:10])
            yield f"Nothing recorded before binds {listed}{'.' if len(missing) <= 10 else ' and others.'}"
        for step in steps:
            if step.execution.status != "ok" and step.execution.address != self.address:
                yield f"{step.execution.address} did not end well ({step.execution.status}), yet what it bound or wrote is needed."
        if hidden := [seen.execution for seen in self.seen if seen.execution.off]:
            yield f"{_and_others(hidden, 'was', 'were')} not recorded at a person's wish; what was done there is not known."
        if unread:
            yield f"{_and_others(unread, 'is', 'are')} not plain Python; what happens there cannot be followed."


def _and_others(executions: list[Execution], one: str, many: str) -> str:
    others = len(executions) - 1
    return f"{executions[0].address} and {others} more {many}" if others else f"{executions[0].address} {one}"
