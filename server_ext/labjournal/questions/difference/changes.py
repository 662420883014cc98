"""Joins to the plain differences what explains them: modules, order, randomness, outputs, and the ranked causes.

Packages count as they were loaded when the number was made: what was installed meanwhile, and not loaded before, is another environment.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from labjournal.errors import LabjournalError
from labjournal.journal.reader import Journal
from labjournal.journal.rows import Execution, Randomness
from labjournal.questions.check.notebook_on_disk import read_notebook
from labjournal.questions.difference.answers import WhatChanged
from labjournal.questions.difference.behind import Behind, parted
from labjournal.questions.difference.causes import ranked
from labjournal.questions.difference.chance_diff import Draws, chance_changes
from labjournal.questions.difference.code_diff import Pair, meaning, partners
from labjournal.questions.difference.diff_summary import is_same
from labjournal.questions.difference.module_diff import module_changes
from labjournal.questions.difference.order_diff import Executed, order_changes
from labjournal.questions.difference.output_diff import output_changes
from labjournal.questions.difference.sides import Side
from labjournal.questions.difference.weighing import Compared
from labjournal.questions.origin.answers import DiffAnswer, ValueChange

__all__ = ["explained"]

_LARGEST_NOTEBOOK = 50 << 20


def explained(journal: Journal, first: Side, second: Side, answer: DiffAnswer) -> WhatChanged:
    """The differences with their causes, most telling first; `summary` is still to be said."""
    a, b = Behind(journal, first), Behind(journal, second)
    pairs = partners(first.executions, second.executions)
    whole: WhatChanged = {
        **answer,
        "comparable": _comparable(first, second, answer, pairs),
        "causes": [],
        "modules": [],
        "order": [],
        "randomness": [],
        "outputs": [],
        "parted": None,
    }
    if not whole["comparable"]:
        return whole
    whole["outputs"] = output_changes(pairs, a.outputs, b.outputs)
    point = parted(a, b, pairs, whole["outputs"])
    names = {metric["name"] for metric in answer["metrics"] if not is_same(metric)}
    targets = _targets(a, b, names, pairs, whole)
    numbers_a, numbers_b = (behind.closure(found) if found else behind.all for behind, found in zip((a, b), targets, strict=True))
    whole["parted"] = str(point[1].address) if point else None
    whole["modules"] = module_changes(journal, (a.run, a.all), (b.run, b.all))
    chances = journal.randomness(a.run), journal.randomness(b.run)
    whole["order"] = order_changes(_executed(a, numbers_a, chances[0]), _executed(b, numbers_b, chances[1]), pairs)
    if a.run == b.run:  # the later recipe naturally holds what was executed again
        whole["order"] = [change for change in whole["order"] if change["matters"]]
    cells = _cells(a, b, pairs)
    whole["randomness"] = chance_changes(
        Draws(a.run, chances[0], _drawing(a, numbers_a), cells[0]),
        Draws(b.run, chances[1], _drawing(b, numbers_b), cells[1]),
    )
    whole["environment"] = [*_installed(journal, a, b, whole["environment"]), *whole["environment"], *_settings(a, b, whole)]
    whole["remarks"] = [*whole["remarks"], *_still_loaded(journal, b)]
    moved = bool(names or point or whole["outputs"])
    whole["causes"] = ranked(whole, Compared(a, b, pairs, numbers_a, numbers_b, point, moved))
    if moved and not whole["causes"]:
        whole["remarks"].append("Nothing that was recorded explains the difference.")
    return whole


def _comparable(a: Side, b: Side, answer: DiffAnswer, pairs: list[Pair]) -> bool:
    """Whether there is anything to compare: the same notebook, a cell, something that both read or wrote, a number of the same name."""
    if a.run.run == b.run.run or (a.run.notebook is not None and a.run.notebook == b.run.notebook):
        return True
    return bool(
        any(one and other for one, other in pairs)
        or any(change["what"] in ("same", "changed", "unknown") for change in answer["data"])
        or a.metrics.keys() & b.metrics.keys()
    )


def _targets(a: Behind, b: Behind, names: set[str], pairs: list[Pair], whole: WhatChanged) -> tuple[set[int], set[int]]:
    """Executions of either side whose results came out differently."""
    found: tuple[set[int], set[int]] = (set(), set())
    for behind, into in zip((a, b), found, strict=True):
        last = {metric.name: n for n, metrics in sorted(behind.metrics.items()) for metric in metrics if metric.name in names}
        into.update(last.values())
    for one, other in pairs:
        if one and other and one.status != other.status:
            found[0].add(one.n)
            found[1].add(other.n)
    if not any(found):
        for change in whole["outputs"]:
            for address, into in zip((change["a"], change["b"]), found, strict=True):
                if address:
                    into.add(int(address.rpartition("/")[2]))
    return found


def _drawing(behind: Behind, numbers: set[int]) -> set[int]:
    """Seeds are handed on by no name: whoever came before the last execution that counts may have set one."""
    last = max(numbers, default=0)
    return {n for n in behind.all if n <= last}


def _executed(behind: Behind, numbers: set[int], chances: list[Randomness]) -> Executed:
    well = [execution for execution in behind.side.executions if execution.status == "ok"]
    whole, last = well, behind.side.address.n
    if last is not None:
        whole = [each for each in behind.journal.executions(behind.run, last=last) if each.status == "ok"]
    known = {execution.n for execution in whole}
    bindings = [
        each for each in behind.journal.bindings(behind.run) if each.n in known and each.role in ("bound", "used", "mutated")
    ]
    draws = {
        each.n for each in chances if any(facts.get("drawn") and not facts.get("seeded") for facts in each.generators.values())
    }
    return Executed(well, behind.before, bindings, numbers, whole, frozenset(draws), _gone(behind, whole))


def _gone(behind: Behind, executions: list[Execution]) -> frozenset[int]:
    """Executions whose cell the notebook does not hold any more. Told of its latest run alone: what the file held before, nobody knows."""
    run = behind.side.run
    if run.notebook is None or run.replay_of is not None or not os.path.isfile(run.notebook):
        return frozenset()
    latest = next((each for each in behind.journal.runs(notebook=run.notebook, limit=20) if each.replay_of is None), None)
    try:
        if latest is None or latest.run != run.run or os.path.getsize(run.notebook) > _LARGEST_NOTEBOOK:
            return frozenset()
        cells = read_notebook(Path(run.notebook)).cells
    except (LabjournalError, OSError):
        return frozenset()
    ids, sources = {cell.id for cell in cells if cell.id}, {meaning(cell.source) for cell in cells}
    return frozenset(each.n for each in executions if cells and each.cell_id not in ids and meaning(each.source) not in sources)


def _cells(a: Behind, b: Behind, pairs: list[Pair]) -> tuple[dict[int, str], dict[int, str]]:
    """Execution → a word for its cell that is the same on both sides."""
    words: tuple[dict[str, str], dict[str, str]] = ({}, {})
    for place, (one, other) in enumerate(pairs):
        for execution, into in zip((one, other), words, strict=True):
            if execution:
                into[_key(execution)] = str(place)
    return (
        {each.n: words[0].get(_key(each), _key(each)) for each in a.side.executions},
        {each.n: words[1].get(_key(each), _key(each)) for each in b.side.executions},
    )


def _key(execution: Execution) -> str:
    return execution.cell_id or f"={execution.source_sha256}"


# surroundings that changed while a kernel lived


def _installed(journal: Journal, a: Behind, b: Behind, known: list[ValueChange]) -> Iterator[ValueChange]:
    """Packages that became others before the number was made and that were not loaded as they had been."""
    names = {change["name"] for change in known}
    overlays: list[dict[str, Any]] = []
    for behind in (a, b):
        last = max(behind.all, default=0)
        changes = [each for each in journal.package_changes(behind.run) if each.n <= last and not each.loaded]
        overlays.append({**{each.name: each.after for each in changes}})
    for name in {**overlays[0], **overlays[1]}:
        at_start = a.side.environment["packages"].get(name), b.side.environment["packages"].get(name)
        before, after = overlays[0].get(name, at_start[0]), overlays[1].get(name, at_start[1])
        if before != after and name not in names:
            yield {"name": name, "a": before, "b": after}


def _still_loaded(journal: Journal, b: Behind) -> Iterator[str]:
    last = max(b.all, default=0)
    for each in journal.package_changes(b.run):
        if each.n <= last and each.loaded:
            yield f"{each.name} {each.before} → {each.after} was installed while {each.before} was loaded; {b.run} went on with {each.before}."


def _settings(a: Behind, b: Behind, whole: WhatChanged) -> Iterator[ValueChange]:
    """Hash seed, numbers of threads and flags of determinism, as the process had them."""
    told = {change["name"] for change in whole["environment"]}
    first, second = _recorded_settings(a), _recorded_settings(b)
    if not first or not second:
        return
    for name in {**first, **second}:
        if first.get(name) != second.get(name) and f"variable {name.partition(' ')[2]}" not in told:
            if name == "cores" and "hardware cores_usable" in told:
                continue
            yield {"name": name, "a": first.get(name), "b": second.get(name)}


def _recorded_settings(behind: Behind) -> dict[str, Any]:
    found = behind.journal.facets(behind.run).get((0, "randomness"))
    if not isinstance(found, dict):
        return {}
    answer: dict[str, Any] = {"hash seed": found.get("hash_seed"), "cores": found.get("cores")}
    for kind, word in (("threads", "threads"), ("flags", "flag")):
        values = found.get(kind)
        answer.update({f"{word} {name}": value for name, value in values.items()} if isinstance(values, dict) else {})
    return answer
