"""Which parameters and which files stand behind each result of a run: told for all its results in one pass over the recorded names.

Every name carries the parameters and inputs that went into what it holds: what a cell binds or changes carries what the names it used
carried, and what the cell itself set or read. A literal's name carries that literal alone, so that a cell with all settings does not give each
result all of them, and what is imported carries nothing of the cell; what a person said with `labjournal.parameter` holds for all that follows. What a function reads when it is called is
looked up at the call, as Python does, not where it was defined.
A set is one whole number with a bit for each thing, so that a run of thousands of executions takes milliseconds. `recipe` is exact,
and reads the text of every cell; this is the table's view of it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from labjournal.journal.results import FileTouch, Results
from labjournal.journal.rows import Parameter
from labjournal.questions.reading import read

__all__ = ["Behind", "behind_results"]

_NONE: frozenset[str] = frozenset()


@dataclass
class Behind:
    """What went into one result."""

    parameters: list[Parameter] = field(default_factory=list)
    inputs: list[FileTouch] = field(default_factory=list)


def behind_results(results: Results, run: str, numbers: list[int]) -> dict[int, Behind]:
    """For each of these executions what stands behind it; earlier first."""
    last = max(numbers)
    parameters, inputs = results.parameters(run, last), results.read(run, last)
    if not parameters and not inputs:
        return {n: Behind() for n in numbers}
    things: list[Parameter | FileTouch] = []
    wanted, sets = set(numbers), _Sets(results.defining(run, last))
    found: dict[int, int] = {}
    beginnings = _Beginnings()
    dropped = 0
    roles: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for n, name, role in results.names_used(run, last):
        roles[n][role].add(name)
    for n in sorted(roles.keys() | parameters.keys() | inputs.keys() | wanted):
        own: dict[str, int] = {}
        rest = 0
        for parameter in parameters.get(n, ()):
            bit = 1 << len(things)
            things.append(parameter)
            if parameter.source == "explicit" and parameter.name not in roles[n]["bound"]:
                sets.said[parameter.name] = bit
            elif parameter.where:
                rest |= bit  # of a model, a config: part of whatever the cell makes
            else:
                own[parameter.name] = bit
        for touch in inputs.get(n, ()):
            rest |= 1 << len(things)
            things.append(touch)
        dropped |= beginnings.gone_on(roles.get(n, {}))
        beginnings.begin(own, things)
        found[n] = sets.execute(n, roles.get(n, {}), own, rest) | sum(sets.said.values())
    return {n: _listed(found.get(n, 0) & ~dropped, things) for n in numbers}


class _Beginnings:
    """Names that were set to zero: of one on which a later cell goes on counting, that was no setting."""

    def __init__(self) -> None:
        self._bits: dict[str, int] = {}

    def begin(self, own: dict[str, int], things: list[Parameter | FileTouch]) -> None:
        for name, bit in own.items():
            self._bits.pop(name, None)
            thing = things[bit.bit_length() - 1]
            if (
                isinstance(thing, Parameter)
                and thing.source == "literal"
                and type(thing.value) in (int, float)
                and not thing.value
            ):
                self._bits[name] = bit

    def gone_on(self, roles: dict[str, set[str]]) -> int:
        """The bits of those that an execution changes by what they were."""
        counted = (roles.get("bound", set()) & roles.get("used", set())) | roles.get("mutated", set())
        dropped = 0
        for name in counted & self._bits.keys():
            dropped |= self._bits.pop(name)
        return dropped


class _Sets:
    """What each name of the run carries at the moment."""

    def __init__(self, sources: dict[int, str]) -> None:
        self._sources = sources
        self._carried: dict[str, int] = {}
        self.said: dict[str, int] = {}
        """Parameters that a person named: they hold for everything that comes later, until they are set anew."""
        self._late: dict[str, frozenset[str]] = {}
        """Of names bound to functions: what these read when they are called."""

    def execute(self, n: int, roles: dict[str, set[str]], own: dict[str, int], rest: int) -> int:
        """Goes on by one execution; what went into it."""
        bound, mutated = roles.get("bound", _NONE), roles.get("mutated", _NONE)
        used = roles.get("used", _NONE) | mutated
        late = imported = _NONE
        if n in self._sources:
            reading = read(self._sources[n])
            imported = reading.imported
            late, used = reading.late, (used & reading.free) | mutated if reading.parsed else used
        taken = self._taken(used)
        if "opaque" in roles:
            taken |= self._everything()
        settings = 0
        for bit in own.values():
            settings |= bit
        whole = taken | rest | settings
        for name in bound:
            self._carried[name] = own.get(name, 0 if name in imported else whole)
            self._late.pop(name, None)
            if late and name not in own:
                self._late[name] = late
        for name in mutated - bound:
            self._carried[name] = self._carried.get(name, 0) | whole
        for name in own.keys() - bound:
            self._carried[name] = own[name]
        return whole

    def _taken(self, used: set[str] | frozenset[str]) -> int:
        taken, seen, waiting = 0, set(used), list(used)
        while waiting:
            name = waiting.pop()
            taken |= self._carried.get(name, 0)
            more = self._late.get(name, _NONE) - seen
            seen |= more
            waiting += more
        return taken

    def _everything(self) -> int:
        taken = 0
        for carried in self._carried.values():
            taken |= carried
        return taken


def _listed(bits: int, things: list[Parameter | FileTouch]) -> Behind:
    answer = Behind()
    while bits:
        low = bits & -bits
        thing = things[low.bit_length() - 1]
        if isinstance(thing, Parameter):
            answer.parameters.append(thing)
        else:
            answer.inputs.append(thing)
        bits ^= low
    return answer
