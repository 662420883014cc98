"""How probably seeds, unseeded draws and the clock explain it. What is always there counts where nothing else explains it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from labjournal.questions.difference.answers import Cause, WhatChanged
from labjournal.questions.difference.code_causes import at, where
from labjournal.questions.difference.code_nature import told
from labjournal.questions.difference.diff_summary import is_seed, shown
from labjournal.questions.difference.usual import usual_size
from labjournal.questions.difference.weighing import Compared, cause, evidence, number, sources

__all__ = ["always_there", "changed_seeds"]

_STILL_USUAL = 1.5
_UNUSUAL, _NEVER = 0.6, 0.2
"""Of a difference that is larger than those without a cause, and of one where there never was any."""

_CLOCK = re.compile(
    r"\b(?:time\.(?:time|localtime|gmtime|ctime)\(|datetime\.(?:now|utcnow|today)\(|date\.today\(|Timestamp\.(?:now|today|utcnow)\(|to_datetime\(['\"](?:now|today))"
)


def changed_seeds(answer: WhatChanged, compared: Compared, natures: dict[int, str]) -> Iterator[Cause]:
    told_cells = set()
    for change in answer["randomness"]:
        if change["what"] in ("unseeded", "state"):
            continue
        told_cells |= {change["a_address"], change["b_address"]} - {None}
        a, b = number(change["a_address"]), number(change["b_address"])
        prior = {"dropped": 0.92, "changed": 0.9, "added": 0.86}[change["what"]]
        yield cause(
            "randomness",
            prior * compared.late(a, b),
            change["summary"],
            evidence("value", change["call"], change["a"], change["b"], address=change["b_address"] or change["a_address"]),
        )
    for pair in compared.pairs:
        if natures.get(id(pair)) == "seed" and not told_cells & {str(each.address) for each in pair if each}:
            told_cells |= {str(each.address) for each in pair if each}
            yield cause("randomness", 0.9, f"the seed is another: {told(*sources(pair))}", at(pair))
    if not told_cells:
        for value in answer["parameters"]:
            if is_seed(value["name"]):
                a, b, _, _ = where(value, compared, ())
                weight = 0.88 * compared.relevance(a, b)
                said = f"the seed {value['name']} is another: {shown(value['a'])} → {shown(value['b'])}"
                yield cause(
                    "randomness",
                    weight,
                    said,
                    evidence("value", value["name"], value["a"], value["b"], address=f"{compared.b.run}/{b}" if b else None),
                )


def always_there(answer: WhatChanged, compared: Compared, strong: bool) -> Iterator[Cause]:
    """Unseeded draws and the clock."""
    for change in answer["randomness"]:
        if change["what"] not in ("unseeded", "state"):
            continue
        one_sided = change["what"] == "unseeded" and None in (change["a_address"], change["b_address"])
        weight = 0.3 if strong else 0.8 if one_sided else 0.75 if change["what"] == "unseeded" else 0.55
        address = change["b_address"] or change["a_address"]
        share, said = _usual(answer, compared) if change["what"] == "unseeded" else (1.0, "")
        yield cause(
            "randomness",
            weight * share,
            change["summary"] + said,
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


def _usual(answer: WhatChanged, compared: Compared) -> tuple[float, str]:
    """The share that is left where the difference is not of the size of those that come about by themselves; and how large these are."""
    deltas = {
        each["name"]: abs(each["delta"])
        for each in answer["metrics"]
        if isinstance(each["delta"], (int, float)) and each["delta"]
    }
    usual = usual_size(compared.a, compared.b, list(deltas)) if deltas else None
    if usual is None:
        return 1.0, ""
    delta = deltas[usual.name]
    of = f"in {usual.runs} runs in which nothing else was another"
    if usual.spread == 0:
        return _NEVER, f"; but {usual.name} was the same {of}"
    said = f"; {usual.name} differed by up to {usual.spread:.3g} {of}, here by {delta:.3g}"
    return (1.0, said) if delta <= _STILL_USUAL * usual.spread else (_UNUSUAL, f"{said}, which is more than usual")
