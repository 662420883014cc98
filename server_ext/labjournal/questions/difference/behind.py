"""On which executions of a side the numbers depend that came out differently: what lies behind them, by names and by files.

Where no number moved, what differs in frames, outputs or endings takes their place; where nothing does, everything counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from labjournal.journal.reader import Journal
from labjournal.journal.rows import Execution, Frame, Metric, Output, Parameter
from labjournal.questions.difference.answers import OutputChange
from labjournal.questions.difference.code_diff import Pair
from labjournal.questions.difference.sides import Side
from labjournal.questions.origin.flow import Flow

__all__ = ["Behind", "parted"]


@dataclass(frozen=True)
class Behind:
    """One side with what its executions depend on. `targets` are the executions whose results moved."""

    journal: Journal
    side: Side

    @property
    def run(self) -> str:
        return self.side.address.run

    @cached_property
    def all(self) -> set[int]:
        return {execution.n for execution in self.side.executions}

    @cached_property
    def metrics(self) -> dict[int, list[Metric]]:
        found: dict[int, list[Metric]] = defaultdict(list)
        for metric in self.journal.sure_metrics(self.run):
            if metric.n in self.all:
                found[metric.n].append(metric)
        return found

    @cached_property
    def parameters(self) -> list[Parameter]:
        return [each for each in self.journal.parameters(self.run) if each.n in self.all]

    @cached_property
    def packages(self) -> dict[int, list[str]]:
        return self.journal.packages_by_execution(self.run)

    @cached_property
    def handling(self) -> dict[str, set[int]]:
        """Module → executions that used a name which held a frame or a fitted model of it: `df.mean()` names no package."""
        kinds: dict[str, str] = {each.name: each.kind.split(" ")[0] for each in self.journal.frames(self.run)}
        kinds |= {each.name: each.kind.partition(".")[0] for each in self.journal.models(self.run) if each.name}
        found: dict[str, set[int]] = defaultdict(set)
        for binding in self.journal.bindings(self.run) if kinds else ():
            if binding.n in self.all and binding.role in ("used", "mutated") and binding.name in kinds:
                found[kinds[binding.name]].add(binding.n)
        return found

    @cached_property
    def first_read(self) -> dict[str, int]:
        """Path → the first execution that read it."""
        found: dict[str, int] = {}
        for use in self.journal.usages(self.run):
            if use.n in self.all and not use.added_to:
                found[use.path] = min(use.n, found.get(use.path, use.n))
        return found

    @cached_property
    def imported(self) -> set[str]:
        """Top-level modules that cells import themselves, in lower case."""
        rows = self.journal.bindings(self.run)
        return {each.name.partition(".")[0].lower() for each in rows if each.role == "imported" and each.n in self.all}

    @cached_property
    def outputs(self) -> dict[int, list[Output]]:
        found: dict[int, list[Output]] = defaultdict(list)
        for output in self.journal.outputs(self.run):
            if output.n in self.all:
                found[output.n].append(output)
        return found

    @cached_property
    def before(self) -> dict[int, set[int]]:
        """Execution → those whose names or files it used."""
        last = max(self.all, default=1)
        flow = Flow(self.journal.origins, self.run, 1, last)
        found = {n: set(flow.before.get(n, ())) & self.all for n in self.all}
        writers: dict[str, list[int]] = defaultdict(list)
        for use in self.journal.generations(self.run):
            writers[use.path].append(use.n)
        for use in self.journal.usages(self.run) if writers else ():
            if use.n in found:
                earlier = [n for n in writers.get(use.path, ()) if n < use.n and n in self.all]
                found[use.n].update(earlier[-1:])
        return found

    def closure(self, numbers: set[int]) -> set[int]:
        found, waiting = set(numbers), list(numbers)
        while waiting:
            for other in self.before.get(waiting.pop(), ()):
                if other not in found:
                    found.add(other)
                    waiting.append(other)
        return found

    def frames(self, n: int) -> dict[str, Frame]:
        return {frame.name: frame for frame in self.side.data.frames_of.get(n, [])}


def parted(a: Behind, b: Behind, pairs: list[Pair], outputs: Sequence[OutputChange] = ()) -> tuple[Execution, Execution] | None:
    """The first execution of B, with its partner, whose frames or numbers are others, that showed other numbers, or that ended otherwise.

    Where there is none: the first that showed anything else.
    """
    shown = {change["b"] for change in outputs if change["cells"] or change["numbers"]}
    different = {change["b"] for change in outputs}
    otherwise: tuple[Execution, Execution] | None = None
    both = sorted(((one, other) for one, other in pairs if one and other), key=lambda pair: pair[1].n)
    for one, other in both:
        if one.status != other.status or _frames_differ(a.frames(one.n), b.frames(other.n)):
            return one, other
        if _values(a.metrics.get(one.n, [])) != _values(b.metrics.get(other.n, [])):
            return one, other
        same_code = one.source_sha256 == other.source_sha256  # else it may be that it prints something else
        if same_code and str(other.address) in shown:
            return one, other
        if same_code and otherwise is None and str(other.address) in different:
            otherwise = one, other
    return otherwise


def _values(metrics: list[Metric]) -> dict[str, str]:
    return {metric.name: repr(metric.value) for metric in metrics}


def _frames_differ(a: dict[str, Frame], b: dict[str, Frame]) -> bool:
    """Whether frames that both bound are known to be others."""
    return any(
        (a[name].schema, a[name].rows) != (b[name].schema, b[name].rows)
        or (a[name].complete and b[name].complete and a[name].content != b[name].content)
        for name in a.keys() & b.keys()
    )
