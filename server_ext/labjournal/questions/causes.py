"""Which of the differences explains what came out differently: every cause with a weight, a sentence and its evidence, most probable first.

A weight is an estimate to rank by: how often such a change is what moved a number (a change of code on which the number depends nearly
always, a newer version of a library now and then, another kernel of the system hardly ever), less where nothing recorded connects the
two. Three things connect them. A change counts if the number depends on the execution it was made in. It counts less if frames and
numbers had already parted before it. And what is always there, unseeded draws and the clock, counts where nothing else explains it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from labjournal.journal.rows import Execution
from labjournal.questions.behind import Behind
from labjournal.questions.change_answers import Cause, Evidence, WhatChanged
from labjournal.questions.code_diff import Pair, meaning
from labjournal.questions.code_nature import first_line, nature, told
from labjournal.questions.diff_summary import is_seed, shown
from labjournal.questions.failing import failures
from labjournal.questions.numbers import plain
from labjournal.questions.origin_answers import DataChange, ValueChange
from labjournal.questions.surroundings import surroundings

__all__ = ["Compared", "evidence", "ranked"]

_STRONG = 0.5
_MOST = 60
_CLOCK = re.compile(
    r"\b(?:time\.(?:time|localtime|gmtime|ctime)\(|datetime\.(?:now|utcnow|today)\(|date\.today\(|Timestamp\.(?:now|today|utcnow)\(|to_datetime\(['\"](?:now|today))"
)
_AFTER = 0.6
"""Of what was changed behind the place where the two had already parted."""
_ELSEWHERE = 0.1
"""Of what nothing that moved depends on."""


@dataclass(frozen=True)
class Compared:
    """Both sides, what is paired, and which executions count."""

    a: Behind
    b: Behind
    pairs: list[Pair]
    numbers_a: set[int]
    numbers_b: set[int]
    parted: tuple[Execution, Execution] | None
    moved: bool
    """Whether anything came out differently."""

    def relevance(self, a: int | None, b: int | None) -> float:
        """How far a change in these executions can have moved what moved."""
        if b is not None:
            share = 1.0 if b in self.numbers_b else 0.5 if a in self.numbers_a else _ELSEWHERE
        else:
            share = 1.0 if a in self.numbers_a else _ELSEWHERE
        return share * (_AFTER if self.is_late(a, b) else 1.0)

    def is_late(self, a: int | None, b: int | None) -> bool:
        """Whether the two had parted before these executions."""
        if self.parted is None:
            return False
        return b > self.parted[1].n if b is not None else a is not None and a > self.parted[0].n


def evidence(
    what: str, name: str, a: Any = None, b: Any = None, *, address: str | None = None, path: str | None = None
) -> Evidence:
    return {"what": what, "name": name, "a": a, "b": b, "address": address, "path": path}


def cause(kind: str, weight: float, sentence: str, *facts: Evidence) -> Cause:
    return {"kind": kind, "sentence": sentence, "weight": round(min(weight, 0.99), 3), "evidence": list(facts)}


def ranked(answer: WhatChanged, compared: Compared) -> list[Cause]:
    """Most probable first. Nothing that came out differently needs no explanation: what changed is then told with little weight."""
    natures = {id(pair): nature(*_sources(pair)) for pair in compared.pairs if _differs(pair)}
    found = [
        *failures(answer, compared.pairs),
        *_chances(answer, compared, natures),
        *_code(compared, natures, answer),
        *_parameters(answer, compared, natures),
        *_modules(answer, compared),
        *_data(answer, compared),
        *_order(answer),
        *surroundings(answer, compared),
    ]
    strong = any(each["weight"] >= _STRONG for each in found)
    if compared.moved:
        found += _always_there(answer, compared, strong)
    else:
        found = [{**each, "weight": round(each["weight"] * 0.2, 3)} for each in found]
    return sorted(found, key=lambda each: -each["weight"])[:_MOST]


def _sources(pair: Pair) -> tuple[str | None, str | None]:
    a, b = pair
    return a.source if a else None, b.source if b else None


def _differs(pair: Pair) -> bool:
    a, b = pair
    if a is None or b is None:
        return True
    return a.source_sha256 != b.source_sha256 and meaning(a.source) != meaning(b.source)


def _at(pair: Pair) -> Evidence:
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


# code and parameters


def _code(compared: Compared, natures: dict[int, str], answer: WhatChanged) -> Iterator[Cause]:
    parameters = {change["name"] for change in answer["parameters"]}
    for pair in compared.pairs:
        what = natures.get(id(pair), "none")
        a, b = pair
        if what in ("none", "seed") or (what == "literal" and _explains(pair, parameters, compared)):
            continue
        relevance = compared.relevance(a.n if a else None, b.n if b else None)
        prior = {"shown": 0.25, "literal": 0.88}.get(what, 0.9 if a and b else 0.8)
        yield cause("code", prior * relevance, _said_of_code(pair), _at(pair))


def _said_of_code(pair: Pair) -> str:
    a, b = pair
    if a and b:
        line = told(a.source, b.source)
        return f"the code of {b.address} has changed" + (f": {line}" if line else "")
    execution = b or a
    assert execution is not None
    what = "is new" if b else "is gone"
    return f"the cell of {execution.address} {what}: {first_line(execution.source)}"


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


def _parameters(answer: WhatChanged, compared: Compared, natures: dict[int, str]) -> Iterator[Cause]:
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
        places = {change["name"]: _where(change, compared, changed_cells) for change in group}
        first = min(group, key=lambda change: (places[change["name"]][3], "." in change["name"]))
        a, b, source, _ = places[first["name"]]
        in_changed = {changed_cells.get((compared.a.run, a or 0)), changed_cells.get((compared.b.run, b or 0))} - {None}
        if None in (first["a"], first["b"]) and "code" in in_changed:
            continue  # it came or went with the code
        prior = 0.87 if in_changed or source != "estimator" else 0.45
        address = f"{compared.b.run}/{b}" if b else f"{compared.a.run}/{a}" if a else None
        said = f"{first['name']} {shown(first['a'])} → {shown(first['b'])}"
        yield cause(
            "parameters",
            prior * compared.relevance(a, b),
            said,
            *(evidence("value", change["name"], change["a"], change["b"], address=address) for change in group[:8]),
        )


def _where(
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


# randomness


def _chances(answer: WhatChanged, compared: Compared, natures: dict[int, str]) -> Iterator[Cause]:
    told_cells = set()
    for change in answer["randomness"]:
        if change["what"] in ("unseeded", "state"):
            continue
        told_cells |= {change["a_address"], change["b_address"]} - {None}
        a, b = _number(change["a_address"]), _number(change["b_address"])
        prior = {"dropped": 0.92, "changed": 0.9, "added": 0.86}[change["what"]]
        late = compared.is_late(a, b)
        yield cause(
            "randomness",
            prior * (_AFTER if late else 1.0),
            change["summary"],
            evidence("value", change["call"], change["a"], change["b"], address=change["b_address"] or change["a_address"]),
        )
    for pair in compared.pairs:
        if natures.get(id(pair)) == "seed" and not told_cells & {str(each.address) for each in pair if each}:
            told_cells |= {str(each.address) for each in pair if each}
            yield cause("randomness", 0.9, f"the seed is another: {told(*_sources(pair))}", _at(pair))
    if not told_cells:
        for value in answer["parameters"]:
            if is_seed(value["name"]):
                a, b, _, _ = _where(value, compared, ())
                weight = 0.88 * compared.relevance(a, b)
                said = f"the seed {value['name']} is another: {shown(value['a'])} → {shown(value['b'])}"
                yield cause(
                    "randomness",
                    weight,
                    said,
                    evidence("value", value["name"], value["a"], value["b"], address=f"{compared.b.run}/{b}" if b else None),
                )


def _always_there(answer: WhatChanged, compared: Compared, strong: bool) -> Iterator[Cause]:
    """Unseeded draws and the clock."""
    for change in answer["randomness"]:
        if change["what"] not in ("unseeded", "state"):
            continue
        one_sided = change["what"] == "unseeded" and None in (change["a_address"], change["b_address"])
        weight = 0.3 if strong else 0.8 if one_sided else 0.75 if change["what"] == "unseeded" else 0.55
        address = change["b_address"] or change["a_address"]
        yield cause(
            "randomness",
            weight,
            change["summary"],
            evidence("execution", address or "", change["a_address"], change["b_address"], address=address),
        )
    for execution in compared.b.side.executions:
        if execution.n in compared.numbers_b and _CLOCK.search(execution.source):
            said = f"{execution.address} asks the clock: what comes of it differs from run to run by itself"
            yield cause(
                "time",
                0.15 if strong else 0.6,
                said,
                evidence("execution", str(execution.address), address=str(execution.address)),
            )
            return


def _number(address: str | None) -> int | None:
    return int(address.rpartition("/")[2]) if address and address.rpartition("/")[2].isdigit() else None


# modules, data, order


def _modules(answer: WhatChanged, compared: Compared) -> Iterator[Cause]:
    for module in answer["modules"]:
        prior = {"changed": 0.9, "stale": 0.6, "unknown": 0.3}.get(module["what"], 0.1)
        a, b = _number(module["a_address"]), _number(module["b_address"])
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


def _data(answer: WhatChanged, compared: Compared) -> Iterator[Cause]:
    modules = {module["path"] for module in answer["modules"]}
    edited = {(each.run, each.n) for pair in compared.pairs if _differs(pair) for each in pair if each}
    files = False
    for change in answer["data"]:
        if change["role"] != "read" or change["what"] == "same" or change["name"] in modules or change["kind"] == "frame":
            continue
        files = True
        a, b = _reader(change, compared.a, change["a_name"] or change["name"]), _reader(change, compared.b, change["name"])
        prior = {"changed": 0.86, "unknown": 0.25}.get(change["what"], 0.7)
        if change["what"] in ("appeared", "gone"):
            by_code = (compared.a.run, a) in edited or (compared.b.run, b) in edited or bool(answer["parameters"])
            prior = 0.2 if by_code else prior
        elif a is not None and b is not None and _made_the_same(compared, a, b):
            prior = 0.15
        address = f"{compared.b.run}/{b}" if b else f"{compared.a.run}/{a}" if a else None
        path = change["name"] if change["kind"] == "file" else None
        fact = evidence(change["kind"], change["name"], change["a"], change["b"], address=address, path=path)
        yield cause("data", prior * compared.relevance(a, b), change["summary"], fact)
    if not files and compared.parted:
        yield from _only_frames(answer, compared)


def _reader(change: DataChange, behind: Behind, name: str) -> int | None:
    """The execution that read it."""
    data = behind.side.data
    of = {"file": data.files, "table": data.tables, "remote": data.remotes}[change["kind"]]
    thing = of.get((change["role"], name))
    return thing.n if thing else None


def _made_the_same(compared: Compared, a: int, b: int) -> bool:
    """Whether what was read became the same frames: another layout of the same values."""
    ours, theirs = compared.a.frames(a), compared.b.frames(b)
    return bool(ours) and ours.keys() == theirs.keys() and all(
        ours[name].complete and theirs[name].complete and (ours[name].schema, ours[name].content, ours[name].rows)
        == (theirs[name].schema, theirs[name].content, theirs[name].rows)
        for name in ours
    )  # fmt: skip


def _only_frames(answer: WhatChanged, compared: Compared) -> Iterator[Cause]:
    """Frames that are others where no file, table or address is known to be: they came from somewhere that was not seen."""
    assert compared.parted is not None
    one, other = compared.parted
    names = compared.a.frames(one.n).keys() & compared.b.frames(other.n).keys()
    if one.source_sha256 != other.source_sha256 or not names:
        return
    for change in answer["data"]:
        if (
            change["kind"] == "frame"
            and change["name"] in names
            and change["what"] == "changed"
            and not compared.b.before.get(other.n)
        ):
            fact = evidence("frame", change["name"], address=str(other.address))
            yield cause("data", 0.5, f"{change['summary']}; where it came from was not seen", fact)
            return


def _order(answer: WhatChanged) -> Iterator[Cause]:
    for change in answer["order"]:
        prior = 0.94 if change["what"] == "stale" else 0.84
        address = change["b"] or change["a"]
        fact = evidence("execution", address or "", change["a"], change["b"], address=address)
        yield cause("order", prior if change["matters"] else 0.08, change["summary"], fact)
