"""The recipe of a result: the executions of its run on which it depends, itself last, in the order they ran.

Found backwards from the target without executing anything, from what was recorded about names and files, refined by the text
of the cells (`reading`). Where it is not certain whether an execution matters, it is taken in: too many rather than wrong.

- An execution that bound or may have changed a name that is needed is in. Once a name was bound whichever way the cell ran,
  what it held before is no longer needed.
- Names read inside a function are needed at every later execution that is in: nobody knows where it is called.
- A change reaches every name that may stand for the same object (`ax = fig.gca()`). Who uses a figure or axes changes it.
- An execution that wrote a file which one that is in read is in, and with one that added to it whoever wrote what stood there.
- What analysis cannot follow (shell, `exec`, `%run`, star imports) is in, and so is what changes the state of a module: options,
  filters, `os.environ`. If random numbers are drawn anywhere in the recipe, who drew from the same generator since its last seed is in.
- What functions of the notebook do when they are called (draw, set, keep, change what they are handed) is told by `calling`.
- A step that is in only because nothing rules out that it matters is `cautious`: proving the recipe may leave it out.
- What failed is left out, unless a needed name or file can have come from nowhere else; the recipe then says so.

Executions of the same code are all kept: `n += 1`, run three times, counts to three.
"""

from __future__ import annotations

import os
import re
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from labjournal.journal.reader import Journal
from labjournal.journal.rows import Address, Execution
from labjournal.questions.reading import read
from labjournal.questions.recipe.chances import ALL
from labjournal.questions.recipe.habits import Habits
from labjournal.questions.recipe.known import Known
from labjournal.questions.recipe.magics import figure_magics, loads_magics, looks_at_folders, sets_the_kernel, unknown_magics
from labjournal.questions.recipe.traces import GIVEN, Trace, changes, drawings, groups, traces

__all__ = ["Recipe", "Step", "explained", "recipe"]

_HISTORY = re.compile(r"_i?(\d+)")
_PYPLOT = frozenset(("matplotlib.pyplot", "pylab", "matplotlib.pylab", "seaborn"))
_KEEPS_FIGURES = re.compile(r"%matplotlib +(?!inline)\w|matplotlib\.use\(|switch_backend|close_figures|\bion\(")
_FIGURES = re.compile(r"\.plot\b|\.hist\(|\bplt\b|\bsns\b|savefig|matplotlib")
# A file that goes on to be what it was, with something more.
_GOES_ON_WRITING = re.compile(
    r"""['"](?:[ax]b?t?|[rwa]b?t?\+b?t?)['"]|append|sqlite|connect|duckdb|shelve|dbm|memmap|to_sql|execute|>>|tee\b|mode"""
)


@dataclass(frozen=True)
class Step:
    execution: Execution
    why: tuple[str, ...]
    """What brought it in, each a few words: "binds 'df'", "writes 'a.csv'"."""
    cautious: bool = False
    """It is in only because nothing rules out that it matters."""


@dataclass(frozen=True)
class Recipe:
    address: Address
    steps: tuple[Step, ...]
    warnings: tuple[str, ...] = ()
    """What may be missing or too much, as sentences."""


def recipe(journal: Journal, address: Address) -> list[Execution]:
    """The executions on which `address` depends, in the order they ran; all of them for a run."""
    return [step.execution for step in explained(journal, address).steps]


def explained(journal: Journal, address: Address, *, without: Collection[int] = (), files: Collection[str] = ()) -> Recipe:
    """The recipe, with the reason for every step; `without` are executions that are known not to matter, nor what only they need.

    `files` are those of the target's own that are asked about, so that whoever wrote what it only added to is in, too.
    """
    if address.n is None:
        return Recipe(address, tuple(Step(execution, ()) for execution in journal.executions(address.run)))
    target = journal.execution(address.run, address.n)
    earlier = journal.executions(address.run, last=address.n)
    executions = [execution for execution in earlier if execution.n < address.n] + [target]
    return _Search(journal, address, executions, without, files).recipe()


@dataclass(frozen=True)
class _Reason:
    words: str
    cautious: bool = False


@dataclass
class _Needs:
    """What the executions already in the recipe need from those before them."""

    names: set[str] = field(default_factory=set)
    files: dict[str, set[str | None]] = field(default_factory=lambda: defaultdict(set))
    folders: bool = False
    """Something looks which files there are."""
    counts: set[int] = field(default_factory=set)
    """Numbers of `In[ ]` whose result is asked for as `_7` or `_`."""
    random: set[str] = field(default_factory=set)
    """Generators that are drawn from."""
    hidden_random: set[str] = field(default_factory=set)
    """Generators that a library may draw from."""
    figures: bool = False
    magics: set[str] = field(default_factory=set)
    """Magics that an extension must have brought."""


class _Search:
    def __init__(
        self,
        journal: Journal,
        address: Address,
        executions: list[Execution],
        without: Collection[int] = (),
        files: Collection[str] = (),
    ) -> None:
        self.address = address
        self.files = frozenset(files)
        self.without = frozenset(without)
        known = Known(execution.source for execution in executions)
        self.seen = traces(journal, address.run, executions, known)
        self.habits = Habits((seen.text for seen in self.seen), known)
        self.modules = {name for seen in self.seen for name in seen.reading.imported}
        self.foreign = {name for name, full in self.habits.names.items() if full.split(".")[0] not in sys.stdlib_module_names}
        self.pyplot = {name for name, full in self.habits.names.items() if full in _PYPLOT}
        self.keeps_figures = any(map(_KEEPS_FIGURES.search, {seen.execution.source for seen in self.seen}))
        self.drawings = drawings(self.seen)
        self.changes = changes(self.seen, self.habits)
        self.bound = {name for seen in self.seen for name in seen.bound}
        self.groups = groups(
            self.seen, self.habits, apart=self.modules | {name for seen in self.seen for name in seen.reading.defined} | GIVEN
        )
        self.classes = self.habits.classes
        self.instances = {name for seen in self.seen for name, called in seen.text.made if called in self.classes}
        self._touches: dict[int, list[tuple[str, bool]]] = {}
        self.sets = {seen.execution.n: self.habits.sets(seen.text, self.modules) for seen in self.seen}
        self.draws = {seen.execution.n: (self.habits.draws(seen.text) - seen.watched) | seen.drew for seen in self.seen}
        self.seeds = {seen.execution.n: self.habits.seeds(seen.text) | seen.seeded for seen in self.seen}
        self.watched = any(seen.drew for seen in self.seen)
        self.seeded = {family for families in self.seeds.values() for family in families}
        for seen in self.seen:
            self._touched(seen)
        known.keep()

    def recipe(self) -> Recipe:
        late: set[str] = set()
        while True:
            # What is read inside functions is known only once their executions are in: walk again until nothing is added.
            found, needs = self._walk(late)
            more = {name for seen in self.seen if seen.execution.n in found for name in seen.reading.late}
            if more <= late:
                break
            late |= more
        steps = tuple(
            Step(seen.execution, tuple(reason.words for reason in reasons), all(reason.cautious for reason in reasons))
            for seen in self.seen
            if (reasons := found.get(seen.execution.n))
        )
        return Recipe(self.address, steps, tuple(self._warnings(steps, needs)))

    def _walk(self, late: set[str]) -> tuple[dict[int, list[_Reason]], _Needs]:
        found: dict[int, list[_Reason]] = {}
        needs = _Needs()
        for place in range(len(self.seen) - 1, -1, -1):
            seen = self.seen[place]
            reasons = [_Reason("is asked for")] if place == len(self.seen) - 1 else list(self._reasons(seen, needs))
            if reasons and seen.execution.n not in self.without:
                found[seen.execution.n] = reasons
                self._take(place, needs, late)
        return found, needs

    def _reasons(self, seen: Trace, needs: _Needs) -> Iterator[_Reason]:
        """Why the execution is needed; nothing where it is not."""
        if not seen.ok:
            yield from self._though_it_failed(seen, needs)
            return
        for name in sorted(seen.bound & needs.names):
            yield _Reason(f"binds '{name}'")
        yield from self._changes(seen, needs)
        for path in seen.writes:
            if path in needs.files:
                yield _Reason(f"writes '{path}'")
            elif needs.folders and "#" not in path:
                yield _Reason(f"writes '{path}', and it is looked which files there are", True)
        if seen.opaque:
            yield from self._cannot_be_followed(seen, needs)
        if self.sets[seen.execution.n]:
            yield _Reason("changes the state of a module", True)
        if sets_the_kernel(seen.execution.source) or (needs.figures and figure_magics(seen.execution.source)):
            yield _Reason("sets something of the kernel", True)
        if needs.magics and loads_magics(seen.execution.source):
            yield _Reason("loads magics", True)
        yield from self._chances(seen, needs)
        if needs.figures and self.keeps_figures and self._draws_on_current(seen):
            yield _Reason("may draw upon the current figure", True)
        if seen.execution.execution_count in needs.counts:
            yield _Reason(f"showed Out[{seen.execution.execution_count}]")

    def _though_it_failed(self, seen: Trace, needs: _Needs) -> Iterator[_Reason]:
        for name in sorted(seen.bound & needs.names):
            yield _Reason(f"binds '{name}', though it did not end well")
        for path, digests in seen.writes.items():
            if digests & (needs.files.get(path, set()) - {None}):
                yield _Reason(f"writes '{path}', though it did not end well")
        if seen.text.acts and not seen.opaque:
            for reason in (*self._changes(seen, needs), *self._chances(seen, needs)):
                yield _Reason(f"{reason.words}, though it did not end well", True)
            if self.sets[seen.execution.n]:
                yield _Reason("changes the state of a module, though it did not end well", True)

    def _changes(self, seen: Trace, needs: _Needs) -> Iterator[_Reason]:
        for name, surely in self._touched(seen):
            if not needs.names.isdisjoint(self.groups.get(name) or (name,)):
                yield _Reason(f"may change '{name}'", not surely)
            elif surely and name in self.classes and not needs.names.isdisjoint(self.instances):
                yield _Reason(f"changes the class '{name}'", True)

    def _touched(self, seen: Trace) -> list[tuple[str, bool]]:
        """Names whose object the execution may change, each with whether it certainly does."""
        known = self._touches.get(seen.execution.n)
        if known is None:
            touched = self.habits.changed(seen.text, seen.mutated) | (seen.used & self.drawings)
            touched |= seen.used & self.habits.used_up | seen.text.handed | self.habits.keepers(seen.text)
            touched |= seen.text.changed | (seen.text.looked_up & self.habits.growing) | (seen.text.taught - self.modules)
            touched |= {given for name in touched for given in self.habits.given(name)}
            surely = set(seen.text.surely | seen.text.changed)
            for name in seen.used & self.changes.keys():
                touched |= self.changes[name]
                surely |= self.changes[name]
            for _ in range(3):
                for name, origin in seen.text.parts:
                    if name in touched:
                        touched.add(origin)
                        surely |= {origin} if name in surely else set()
            # `a += [1]` binds the name, and changes the object that other names may stand for.
            touched -= seen.bound - seen.reading.free
            known = self._touches[seen.execution.n] = [(name, name in surely) for name in sorted(touched)]
        return known

    def _cannot_be_followed(self, seen: Trace, needs: _Needs) -> Iterator[_Reason]:
        unbound = needs.names - self.bound - GIVEN
        if seen.only_star:
            if unbound:
                yield _Reason("may bind " + ", ".join(f"'{name}'" for name in sorted(unbound)[:5]))
            elif needs.names - GIVEN:
                yield _Reason("may bind what is needed", True)
        else:
            yield _Reason("does what cannot be followed", not unbound)

    def _chances(self, seen: Trace, needs: _Needs) -> Iterator[_Reason]:
        drawn, seeded = self.draws[seen.execution.n] & needs.random, self.seeds[seen.execution.n]
        if drawn:
            # Where generators were watched, what was not seen to draw most likely did not.
            yield _Reason("draws random numbers before", not drawn & self.seeded or (self.watched and not drawn & seen.drew))
        if seeded & needs.random:
            yield _Reason("seeds what is drawn")
        elif seeded & needs.hidden_random:
            yield _Reason("seeds what a library may draw", True)

    def _draws_on_current(self, seen: Trace) -> bool:
        return any(root in self.pyplot for root in seen.used) and not seen.reading.imported & self.pyplot

    def _take(self, place: int, needs: _Needs, late: set[str]) -> None:
        """Counts what the execution needs in, after what it settles is counted out."""
        seen = self.seen[place]
        if seen.ok:
            if not seen.opaque or seen.only_star:
                needs.names -= seen.reading.definite
            if self.seeds[seen.execution.n]:
                surely = self.habits.seeds(seen.text, surely=True)
                needs.random -= surely
                needs.hidden_random -= surely
            self._settle_files(seen, needs)
        wanted = needs.files.keys() & seen.added_to
        if place == len(self.seen) - 1:
            wanted |= self.files & seen.added_to
        needs.names |= seen.used | (late if seen.text.acts else set())
        needs.random |= self.draws[seen.execution.n] - self.seeds[seen.execution.n]
        if seen.used & self.foreign and seen.text.calls:
            needs.hidden_random |= ALL - self.seeds[seen.execution.n]
        needs.folders |= seen.text.folders
        needs.figures |= bool(seen.used & (self.drawings | self.pyplot)) or _draws(seen.execution.source)
        needs.magics |= unknown_magics(seen.execution.source)
        for path, digests in seen.reads.items():
            if path not in seen.added_to or path in wanted:  # else nobody asks what stands in a log that is only written
                needs.files[path] |= digests
        needs.folders |= looks_at_folders(seen.execution.source)
        if seen.opaque or seen.shells:  # `!cp raw.txt kept.txt`: every word may be a file
            for path in self._written_before(place):
                if os.path.basename(path) in seen.execution.source and path not in seen.writes:
                    needs.files[path].add(None)
        self._take_counts(place, needs)

    def _written_before(self, place: int) -> set[str]:
        return {path for seen in self.seen[:place] for path in seen.writes if "#" not in path}

    @staticmethod
    def _settle_files(seen: Trace, needs: _Needs) -> None:
        """What was written anew from beginning to end no longer matters as it was before."""
        if _GOES_ON_WRITING.search(seen.execution.source):
            return
        for path, digests in seen.writes.items():
            if path in needs.files and path not in seen.reads and digests & needs.files[path] - {None}:
                del needs.files[path]

    def _take_counts(self, place: int, needs: _Needs) -> None:
        seen = self.seen[place]
        for name in seen.used:
            if match := _HISTORY.fullmatch(name):
                needs.counts.add(int(match[1]))
            elif name in ("_", "__", "___") and name not in seen.bound:
                needs.counts |= self._results_before(place, len(name))
            elif name == "Out" and (numbers := _asked_by_number(seen.execution.source)):
                needs.counts |= numbers
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


@lru_cache(maxsize=4096)
def _draws(source: str) -> bool:
    return bool(_FIGURES.search(source))


def _asked_by_number(source: str) -> set[int]:
    """Numbers of `Out[7]`; nothing where `Out` is used otherwise, too."""
    numbers = re.findall(r"\bOut\[(\d+)\]", source)
    return set(map(int, numbers)) if len(numbers) == len(re.findall(r"\bOut\b", source)) else set()


def _and_others(executions: list[Execution], one: str, many: str) -> str:
    others = len(executions) - 1
    return f"{executions[0].address} and {others} more {many}" if others else f"{executions[0].address} {one}"
