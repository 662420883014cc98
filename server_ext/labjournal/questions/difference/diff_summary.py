"""The sentence of a difference: what a person would say first when asked what changed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

from labjournal.questions.answers import Number
from labjournal.questions.difference.answers import ModuleChange, OrderChange, WhatChanged
from labjournal.questions.origin.answers import CodeChange, DataChange, MetricChange, ModelDifference, ValueChange

__all__ = ["is_same", "is_seed", "sentence", "shown", "some", "version"]


_SEED_NAME = re.compile(r"(?:^|[._])(?:random_?)?(?:seed|state)$", re.IGNORECASE)


def is_seed(name: str) -> bool:
    """Whether a parameter says with which seed."""
    return _SEED_NAME.search(name) is not None


def is_same(metric: MetricChange) -> bool:
    return metric["a"] == metric["b"]


def sentence(answer: WhatChanged, used: set[str]) -> str:
    """Most telling first: code and parameters, what was read, libraries that were used, what came of it."""
    if answer["same"]:
        return "Nothing changed: code, parameters, data, environment and numbers are the same."
    if not answer["comparable"]:
        return "Not comparable: the two have no notebook, no cell, no data and no number in common."
    parts = [
        *_about_code(answer["code"], _without_seeds(answer), bool(answer["modules"])),
        *_about_modules(answer["modules"]),
        *_about_order(answer["order"], answer["code"]),
        *_about_seeds(answer),
        *_about_data(answer["data"]),
        *_about_environment(answer["environment"], used),
        *_about_git(answer["git"]),
        *_about_models(answer["models"]),
        *_about_results(answer),
    ]
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}."


def _about_code(code: list[CodeChange], parameters: list[ValueChange], has_modules: bool) -> Iterator[str]:
    if not code and not parameters:
        yield "the code of the cells and parameters are the same" if has_modules else "code and parameters are the same"
        return
    counts = {what: sum(change["what"] == what for change in code) for what in ("changed", "added", "removed", "order")}
    said = [f"{count} cell{'' if count == 1 else 's'} {what}" for what, count in counts.items() if count and what != "order"]
    if said:
        yield ", ".join(said)
    elif counts["order"]:
        yield "the code is the same, but was executed in another order or number"
    else:
        yield "the code is the same"
    if parameters:
        yield some(list(_about_parameters(parameters)))
    else:
        yield "parameters are the same"


def _about_parameters(parameters: list[ValueChange]) -> Iterator[str]:
    """The same change under several names, a person's and a model's, is told once."""
    names: dict[tuple[str, str], list[str]] = {}
    for change in parameters:
        names.setdefault((shown(change["a"]), shown(change["b"])), []).append(change["name"])
    for (a, b), several in names.items():
        yield f"{' and '.join(several[:2])} {a} → {b}"


def _without_seeds(answer: WhatChanged) -> list[ValueChange]:
    """Parameters; what is told as a seed is none."""
    told = any(change["what"] not in ("unseeded", "state") for change in answer["randomness"])
    seeds = [change for change in answer["parameters"] if told and is_seed(change["name"])]
    return [change for change in answer["parameters"] if change not in seeds] or answer["parameters"]


def _about_modules(modules: list[ModuleChange]) -> Iterator[str]:
    told = [module["summary"] for module in modules if module["what"] != "unknown"]
    if told:
        yield some(told)


def _about_order(order: list[OrderChange], code: list[CodeChange]) -> Iterator[str]:
    told = [change["summary"] for change in order if change["matters"]]
    if told:
        yield told[0]


def _about_seeds(answer: WhatChanged) -> Iterator[str]:
    """Unseeded draws speak where they are what explains most."""
    seeds = [change["summary"] for change in answer["randomness"] if change["what"] not in ("unseeded", "state")]
    if seeds:
        yield some(seeds)
    elif answer["causes"] and answer["causes"][0]["kind"] in ("randomness", "time"):
        yield answer["causes"][0]["sentence"]


def _about_data(data: list[DataChange]) -> Iterator[str]:
    """What was taken in; frames speak only where no file, table or address does."""
    taken = [change for change in data if change["role"] == "read"]
    telling = [change for change in taken if change["what"] in ("changed", "appeared", "gone")]
    frames = [change for change in data if change["kind"] == "frame" and change["what"] in ("changed", "appeared", "gone")]
    if telling or frames:
        yield some([change["summary"] for change in telling or frames])
    unknown = [os.path.basename(change["name"]) for change in taken if change["what"] == "unknown"]
    if unknown:
        yield f"whether {some(unknown)} changed is not known"
    elif taken and not telling and not frames:
        yield "the data are the same"


def _about_environment(environment: list[ValueChange], used: set[str]) -> Iterator[str]:
    told = [version(change) for change in environment if change["name"] in used]
    if told:
        yield some(told)
    others = len(environment) - len(told)
    if others:
        yield f"{others} {'other ' if told else ''}difference{'' if others == 1 else 's'} in the environment"


def version(change: ValueChange) -> str:
    if change["a"] is None or change["b"] is None:
        return f"{change['name']} {change['b'] or change['a']} is {'new' if change['a'] is None else 'gone'}"
    return f"{change['name']} {change['a']} → {change['b']}"


def _about_git(git: list[ValueChange]) -> Iterator[str]:
    for change in git:
        if change["name"] == "commit":
            yield f"commit {shown(change['a'])[:10]} → {shown(change['b'])[:10]}"
        elif change["name"] == "dirty" and None not in (change["a"], change["b"]):
            yield "there are uncommitted changes now" if change["b"] else "uncommitted changes are gone"
        elif change["name"] == "branch":
            yield f"branch {shown(change['a'])} → {shown(change['b'])}"


def _about_models(models: list[ModelDifference]) -> Iterator[str]:
    for how in ("redesigned", "retrained"):
        names = [model["name"] or "a model" for model in models if model["how"] == how]
        if names:
            yield f"{some(names)} {'was' if len(names) == 1 else 'were'} {how}"


def _about_results(answer: WhatChanged) -> Iterator[str]:
    moved = [metric for metric in answer["metrics"] if not is_same(metric)]
    if moved:
        yield some([f"{metric['name']} {_figure(metric['a'])} → {_figure(metric['b'])}" for metric in moved])
    written = [change["name"] for change in answer["data"] if change["role"] == "written" and change["what"] == "changed"]
    if written and not moved:
        yield f"{some([os.path.basename(name) for name in written])} came out differently"


def some(parts: list[str], most: int = 3) -> str:
    return ", ".join(parts[:most]) + (f" and {len(parts) - most} more" if len(parts) > most else "")


def _figure(value: Number | None) -> str:
    return "none" if value is None else f"{value:.5g}" if isinstance(value, float) else str(value)


def shown(value: Any) -> str:
    text = (
        "none"
        if value is None
        else value
        if isinstance(value, str)
        else f"{value:.6g}"
        if isinstance(value, float)
        else str(value)
    )
    return text if len(text) <= 60 else text[:59] + "…"
