"""What differs in the order of execution: cells executed more often or elsewhere, and names left behind by what is no longer there.

Whether it matters is told from recorded names: a cell executed twice matters where it goes on from what it made itself the first time;
a cell at another place matters where it, or who comes after it, worked on names that another cell had bound. Left behind are names that
an older version of a cell gave, and those of a cell that the notebook does not hold any more: nobody who runs it from the top has them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from labjournal.journal.rows import Binding, Execution
from labjournal.questions.difference.answers import OrderChange
from labjournal.questions.difference.code_diff import Pair, meaning

__all__ = ["Executed", "order_changes"]


class Executed(NamedTuple):
    """One side: what was executed well, in order, what each execution used of which others, and what of it counts."""

    executions: list[Execution]
    before: Mapping[int, set[int]]
    bindings: list[Binding]
    numbers: set[int]
    """Those on which the numbers depend."""
    whole: list[Execution]
    """With what no number depends on: a later version of a cell is no part of a recipe that uses what the earlier one left."""
    draws: frozenset[int] = frozenset()
    """Those that drew from a generator which others share."""
    gone: frozenset[int] = frozenset()
    """Those whose cell the notebook does not hold any more, where that can be told."""


def order_changes(a: Executed, b: Executed, pairs: list[Pair]) -> list[OrderChange]:
    """Those that matter first."""
    found = [*_times(a, b, pairs), *_places(a, b, pairs), *_stale(a, b, pairs)]
    return sorted(found, key=lambda change: not change["matters"])


def keys(pairs: list[Pair]) -> tuple[dict[str, int], dict[str, int]]:
    """Cell → number of its pair, for either side."""
    first = {_key(a): number for number, (a, b) in enumerate(pairs) if a and b}
    second = {_key(b): number for number, (a, b) in enumerate(pairs) if a and b}
    return first, second


def _key(execution: Execution) -> str:
    return execution.cell_id or f"={execution.source_sha256}"


def _told(what: str, pair: Pair, times: tuple[int, int], matters: bool, said: str) -> OrderChange:
    a, b = pair
    cell = b or a
    return {
        "what": what,
        "cell_id": cell.cell_id if cell else None,
        "a": str(a.address) if a else None,
        "b": str(b.address) if b else None,
        "a_times": times[0],
        "b_times": times[1],
        "matters": matters,
        "summary": said,
    }


def _times(a: Executed, b: Executed, pairs: list[Pair]) -> Iterator[OrderChange]:
    """Only executions of the code that counts in the end: what was tried before in the same cell is another question."""
    counts = _counted(a), _counted(b)
    for pair in pairs:
        one, other = pair
        if not one or not other:
            continue
        times = counts[0][_count_key(one)], counts[1][_count_key(other)]
        if times[0] == times[1]:
            continue
        side, execution = (b, other) if times[1] > times[0] else (a, one)
        again = {each.n for each in side.executions if _count_key(each) == _count_key(execution)}
        goes_on = any(side.before.get(n, set()) & (again - {n}) for n in again)
        draws = bool(again & side.draws)
        matters = (goes_on or draws) and bool(again & side.numbers)
        said = f"{execution.address} was executed {_often(times[1])}, before {_often(times[0])}"
        why = ", and goes on from what it made itself" if goes_on else ", and draws other numbers each time"
        yield _told("times", pair, times, matters, said + (why if matters else ""))


def _counted(side: Executed) -> Counter[tuple[str, str]]:
    return Counter(_count_key(each) for each in side.executions)


def _count_key(execution: Execution) -> tuple[str, str]:
    return _key(execution), meaning(execution.source)


def _often(times: int) -> str:
    return {0: "not at all", 1: "once", 2: "twice"}.get(times, f"{times} times")


def _places(a: Executed, b: Executed, pairs: list[Pair]) -> Iterator[OrderChange]:
    """Cells that changed places: one is told, and whether anything depends on other cells by it."""
    both = [(one, other) for one, other in pairs if one and other]
    by_a = sorted(both, key=lambda pair: pair[0].n)
    by_b = sorted(both, key=lambda pair: pair[1].n)
    if [one.n for one, _ in by_a] == [one.n for one, _ in by_b]:
        return
    first, second = keys(pairs)
    places_a, places_b = _numbered(a, first), _numbered(b, second)
    rank = {one.n: place for place, (one, _) in enumerate(by_a)}
    moved: tuple[Execution, Execution] | None = None
    for one, other in by_b:
        if other.n not in b.numbers and one.n not in a.numbers:
            continue
        mine = {places_a[n] for n in a.before.get(one.n, ()) if n in places_a}
        theirs = {places_b[n] for n in b.before.get(other.n, ()) if n in places_b}
        if mine != theirs:
            yield _told(
                "place",
                (one, other),
                (1, 1),
                True,
                f"the cells were executed in another order: {other.address} works on what other cells left",
            )
            return
    for (one, other), (expected, _) in zip(by_b, by_a, strict=True):
        if one.n != expected.n:
            moved = (one, other)
            break
    if moved:
        place = "earlier" if rank[moved[0].n] > by_b.index(moved) else "later"
        yield _told("place", moved, (1, 1), False, f"{moved[1].address} was executed {place}; no name depends on it")


def _numbered(side: Executed, cells: dict[str, int]) -> dict[int, int]:
    """Execution → number of its cell's pair."""
    return {each.n: cells[_key(each)] for each in side.executions if _key(each) in cells}


_LEFT = {"stale": "a version of its cell that {} gone", "deleted": "a cell that the notebook does not hold any more"}


def _stale(a: Executed, b: Executed, pairs: list[Pair]) -> Iterator[OrderChange]:
    """Names in use that nothing that is still there gives; said of A only where B has none of it."""
    ours, theirs = _told_left(a), _told_left(b)
    both = {each.address for one, other in pairs if one and other and _is_same_cell(one, other) for each in (one, other)}
    for name, (what, execution) in theirs.items():
        if name not in ours and not (what == "deleted" and execution.address in both):
            said = f"'{name}' is left from {execution.address}, {_LEFT[what].format('is')}"
            yield _told(what, (None, execution), (0, 1), True, said)
    for name, (what, execution) in ours.items():
        if name not in theirs and not (what == "deleted" and execution.address in both):
            said = f"'{name}' was left from {execution.address}, {_LEFT[what].format('was')}"
            yield _told(what, (execution, None), (1, 0), True, said)


def _is_same_cell(one: Execution, other: Execution) -> bool:
    """Whether it is one cell that both executed, and not two that were paired because they stand in each other's place."""
    return one.source_sha256 == other.source_sha256 or (one.cell_id is not None and one.cell_id == other.cell_id)


def _told_left(side: Executed) -> dict[str, tuple[str, Execution]]:
    """Name → of what it is left; what the person changed in the same cell says more than that a cell is gone."""
    found: dict[str, tuple[str, Execution]] = {}
    for name, execution in _from_deleted(side):
        found[name] = "deleted", execution
    for name, execution in _left_behind(side):
        found[name] = "stale", execution
    return found


def _from_deleted(side: Executed) -> Iterator[tuple[str, Execution]]:
    holder: dict[str, Execution] = {}
    if not side.gone:
        return
    bound, used = _names(side)
    for execution in side.whole:
        for name in used[execution.n] & holder.keys():
            if execution.n in side.numbers and holder[name].n in side.gone and execution.n not in side.gone:
                yield name, holder[name]
        for name in bound[execution.n]:
            holder[name] = execution


def _names(side: Executed) -> tuple[dict[int, set[str]], dict[int, set[str]]]:
    """What each execution bound, and what it used."""
    bound: dict[int, set[str]] = defaultdict(set)
    used: dict[int, set[str]] = defaultdict(set)
    for binding in side.bindings:
        (bound if binding.role == "bound" else used)[binding.n].add(binding.name)
    return bound, used


def _left_behind(side: Executed) -> Iterator[tuple[str, Execution]]:
    bound, used = _names(side)
    holder: dict[str, Execution] = {}
    version: dict[str, Execution] = {}
    for execution in side.whole:
        for name in used[execution.n] & holder.keys():
            maker = holder[name]
            latest = version[_key(maker)]
            if (
                execution.n in side.numbers
                and latest.n > maker.n
                and name not in bound[latest.n]
                and meaning(latest.source) != meaning(maker.source)
            ):
                yield name, maker
        for name in bound[execution.n]:
            holder[name] = execution
        version[_key(execution)] = execution
