"""How probably what differs in code explains it: cells, parameters, modules of one's own, and the order of execution."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from labjournal.questions.difference.answers import Cause, Evidence, WhatChanged
from labjournal.questions.difference.code_diff import Pair
from labjournal.questions.difference.code_nature import first_line, told
from labjournal.questions.difference.diff_summary import is_seed, shown
from labjournal.questions.difference.weighing import Compared, cause, evidence, number
from labjournal.questions.numbers import plain
from labjournal.questions.origin.answers import ValueChange

__all__ = ["at", "changed_code", "changed_modules", "changed_order", "changed_parameters", "where"]


def changed_code(compared: Compared, natures: dict[int, str], answer: WhatChanged) -> Iterator[Cause]:
    parameters = {change["name"] for change in answer["parameters"]}
    for pair in compared.pairs:
        what = natures.get(id(pair), "none")
        a, b = pair
        if what in ("none", "seed") or (what == "literal" and _explains(pair, parameters, compared)):
            continue
        relevance = compared.relevance(a.n if a else None, b.n if b else None)
        prior = {"shown": 0.25, "literal": 0.88}.get(what, 0.9 if a and b else 0.8)
        yield cause("code", prior * relevance, _said_of_code(pair), at(pair))


def _said_of_code(pair: Pair) -> str:
    a, b = pair
    if a and b:
        line = told(a.source, b.source)
        return f"the code of {b.address} has changed" + (f": {line}" if line else "")
    execution = b or a
    assert execution is not None
    what = "is new" if b else "is gone"
    return f"the cell of {execution.address} {what}: {first_line(execution.source)}"


def at(pair: Pair) -> Evidence:
    a, b = pair
    execution = b or a
    assert execution is not None
    return evidence(
        "execution",
        str(execution.address),
        str(a.address) if a else None,
        str(b.address) if b else None,
        address=str(execution.address),
    )


def _explains(pair: Pair, parameters: set[str], compared: Compared) -> bool:
    """Whether a changed parameter was read in this cell: it says more than the line."""
    a, b = pair
    numbers = {(compared.a.run, a.n) if a else None, (compared.b.run, b.n) if b else None}
    return any(name in parameters and place in numbers for name, place in _parameter_places(compared))


def _parameter_places(compared: Compared) -> list[tuple[str, tuple[str, int]]]:
    return [
        (name, (behind.run, each.n))
        for behind in (compared.a, compared.b)
        for each in behind.parameters
        for name in (each.name, f"{each.where}.{each.name}")
    ]


def changed_parameters(answer: WhatChanged, compared: Compared, natures: dict[int, str]) -> Iterator[Cause]:
    """Values that changed; those that are the same change under several names are one."""
    changed_cells = {
        (execution.run, execution.n): natures[id(pair)]
        for pair in compared.pairs
        if natures.get(id(pair), "none") not in ("none", "shown")
        for execution in pair
        if execution
    }
    groups: dict[tuple[str, str], list[ValueChange]] = {}
    for change in answer["parameters"]:
        if not is_seed(change["name"]):
            groups.setdefault((repr(change["a"]), repr(change["b"])), []).append(change)
    for group in groups.values():
        places = {change["name"]: where(change, compared, changed_cells) for change in group}
        first = min(group, key=lambda change: (places[change["name"]][3], "." in change["name"]))
        a, b, source, _ = places[first["name"]]
        in_changed = {changed_cells.get((compared.a.run, a or 0)), changed_cells.get((compared.b.run, b or 0))} - {None}
        if None in (first["a"], first["b"]) and "code" in in_changed:
            continue  # it came or went with the code
        prior = 0.87 if in_changed or source != "estimator" else 0.45
        address = f"{compared.b.run}/{b}" if b else f"{compared.a.run}/{a}" if a else None
        absent = "default" if source == "estimator" else "none"
        values = [absent if value is None else shown(value) for value in (first["a"], first["b"])]
        said = f"{first['name']} {values[0]} → {values[1]}"
        yield cause(
            "parameters",
            prior * compared.relevance(a, b),
            said,
            *(evidence("value", change["name"], change["a"], change["b"], address=address) for change in group[:8]),
        )


def where(
    change: ValueChange, compared: Compared, edited: Collection[tuple[str, int]]
) -> tuple[int | None, int | None, str, int]:
    """Executions in which A and B set a parameter to what it was, how it was learnt, and a rank: what a person wrote comes first.

    Of several, one whose code was edited, else the first: a value is set once and found again wherever a model holds it.
    """
    found: list[int | None] = []
    source, rank = "", 9
    for behind, value in ((compared.a, change["a"]), (compared.b, change["b"])):
        own = [each for each in behind.parameters if change["name"] in (each.name, f"{each.where}.{each.name}")]
        own = [each for each in own if plain(each.value) == value] or own
        chosen = next((each for each in own if (behind.run, each.n) in edited), own[0] if own else None)
        found.append(chosen.n if chosen else None)
        if chosen and bool(chosen.where) * 4 < rank:
            source, rank = chosen.source, bool(chosen.where) * 4
    return found[0], found[1], source, rank


def changed_modules(answer: WhatChanged, compared: Compared) -> Iterator[Cause]:
    for module in answer["modules"]:
        prior = {"changed": 0.9, "stale": 0.6, "unknown": 0.3}.get(module["what"], 0.1)
        a, b = number(module["a_address"]), number(module["b_address"])
        share = 1.0 if module["what"] == "stale" else compared.relevance(a, b)
        yield cause(
            "code",
            prior * share,
            module["summary"],
            evidence(
                "module",
                module["name"],
                module["a"],
                module["b"],
                address=module["b_address"] or module["a_address"],
                path=module["path"],
            ),
        )


def changed_order(answer: WhatChanged) -> Iterator[Cause]:
    for change in answer["order"]:
        prior = {"stale": 0.94, "deleted": 0.93}.get(change["what"], 0.84)
        address = change["b"] or change["a"]
        fact = evidence("execution", address or "", change["a"], change["b"], address=address)
        yield cause("order", prior if change["matters"] else 0.08, change["summary"], fact)
