"""What differs in randomness: seeds that were dropped or changed, draws that nothing seeded, the same seed with other draws before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Any, NamedTuple

from labjournal.journal.rows import Randomness
from labjournal.questions.difference.answers import RandomnessChange

__all__ = ["Draws", "chance_changes"]

_NAMES = {
    "random": "Python's random",
    "numpy": "numpy's global generator",
    "torch": "torch's generator",
    "generator": "a generator of its own",
}


class Draws(NamedTuple):
    """The randomness of one side: of its run, the executions that matter, and each execution's cell as the other side names it."""

    run: str
    rows: list[Randomness]
    numbers: set[int]
    cells: dict[int, str]

    def relevant(self) -> list[Randomness]:
        return [row for row in self.rows if row.n in self.numbers]


class _Seed(NamedTuple):
    n: int
    of: str
    call: str
    value: Any


def chance_changes(a: Draws, b: Draws) -> list[RandomnessChange]:
    """Dropped, changed and added seeds first, then what is not seeded, then states that had moved on."""
    seeds = list(_seeds(a, b))
    told = {_cell(a, change["a_address"]) for change in seeds} | {_cell(b, change["b_address"]) for change in seeds}
    loose = list(_unseeded(a, b, {change["of"] for change in seeds}, told))
    return [*seeds, *loose, *([] if seeds or loose else _moved_on(a, b))]


def _cell(side: Draws, address: str | None) -> str:
    return side.cells.get(int(address.rpartition("/")[2]), "") if address else ""


def _seeds(a: Draws, b: Draws) -> Iterator[RandomnessChange]:
    first, second = _by_call(a), _by_call(b)
    for key in {**first, **second}:
        for one, other in _paired(a, b, first.get(key, []), second.get(key, [])):
            if one and other and one.value == other.value:
                continue
            if (one is None or one.value is None) and (other is None or other.value is None):
                continue
            yield _seed(a.run, b.run, one, other)


def _paired(a: Draws, b: Draws, before: list[_Seed], after: list[_Seed]) -> Iterator[tuple[_Seed | None, _Seed | None]]:
    """Seeds of the same call: those of the same cell, then the others, each in the order in which they were set."""
    left = list(after)
    alone: list[_Seed] = []
    for one in before:
        cell = a.cells.get(one.n)
        same = next((other for other in left if cell is not None and b.cells.get(other.n) == cell), None)
        if same is None:
            alone.append(one)
        else:
            left.remove(same)
            yield one, same
    yield from zip_longest(alone, left)


def _by_call(side: Draws) -> dict[tuple[str, str], list[_Seed]]:
    """Seeds that were set, by generator and call, in the order of the executions; of one cell only its last execution counts."""
    last = {side.cells.get(row.n, str(row.n)): row.n for row in side.relevant()}
    found: dict[tuple[str, str], list[_Seed]] = {}
    for row in side.relevant():
        if last[side.cells.get(row.n, str(row.n))] == row.n:
            for seed in row.seeds:
                of, call = str(seed.get("of", "")), str(seed.get("call", ""))
                found.setdefault((of, call), []).append(_Seed(row.n, of, call, seed.get("value")))
    return found


def _seed(run_a: str, run_b: str, one: _Seed | None, other: _Seed | None) -> RandomnessChange:
    seed = other or one
    assert seed is not None
    before, after = one.value if one else None, other.value if other else None
    what = "dropped" if after is None else "added" if before is None else "changed"
    said = {
        "dropped": f"the seed {before} of {seed.call} is gone",
        "added": f"{seed.call} has the seed {after} now",
        "changed": f"the seed of {seed.call} is another: {before} → {after}",
    }[what]
    return {
        "what": what,
        "of": seed.of,
        "call": seed.call,
        "a": before,
        "b": after,
        "a_address": f"{run_a}/{one.n}" if one else None,
        "b_address": f"{run_b}/{other.n}" if other else None,
        "summary": said,
    }


def _unseeded(a: Draws, b: Draws, told: set[str], cells: set[str]) -> Iterator[RandomnessChange]:
    """Generators from which either side drew without any seed; what is told as a dropped seed, of them or in that cell, is not told again."""
    first, second = dict(_loose(a)), dict(_loose(b))
    for of in {**first, **second}:
        if of in told or {a.cells.get(first.get(of, 0), "-"), b.cells.get(second.get(of, 0), "-")} & cells:
            continue
        where = "" if of in first and of in second else f" in {b.run}" if of in second else f" in {a.run}"
        name = _NAMES.get(of, of)
        yield {
            "what": "unseeded",
            "of": of,
            "call": "",
            "a": None,
            "b": None,
            "a_address": f"{a.run}/{first[of]}" if of in first else None,
            "b_address": f"{b.run}/{second[of]}" if of in second else None,
            "summary": f"numbers drawn from {name} are not seeded{where}: they differ from run to run by themselves",
        }


def _loose(side: Draws) -> Iterable[tuple[str, int]]:
    """(generator, the execution that drew)."""
    for row in side.relevant():
        for of in row.unseeded:
            yield of, row.n
        for seed in row.seeds:
            if seed.get("of") == "generator" and seed.get("value") is None:
                yield "generator", row.n


def _moved_on(a: Draws, b: Draws) -> Iterator[RandomnessChange]:
    """The same cell found a generator in another state: it was drawn from elsewhere, or more often, since its seed."""
    first = {a.cells.get(row.n, ""): row for row in a.relevant()}
    for row in b.relevant():
        other = first.get(b.cells.get(row.n, ""))
        for of, facts in row.generators.items():
            before = other.generators.get(of, {}).get("before") if other else None
            now = facts.get("before")
            drew = facts.get("drawn") and not facts.get("seeded")
            if drew and other and before and now and before != now:
                yield {
                    "what": "state",
                    "of": of,
                    "call": "",
                    "a": before,
                    "b": now,
                    "a_address": f"{a.run}/{other.n}",
                    "b_address": f"{b.run}/{row.n}",
                    "summary": f"{_NAMES.get(of, of)} stood elsewhere: since its seed, other numbers had been drawn from it",
                }
                return
