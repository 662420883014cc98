"""How probably each difference of the environment, or of version control, explains what came out differently.

Packages that executions used on which the number depends come first, by how large the step between the versions is; then Python, hardware
and numbers of threads; then what is only installed. A commit explains nothing that the code of cells and modules does not say better.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from labjournal.questions.difference.answers import Cause, Evidence, WhatChanged
from labjournal.questions.difference.diff_summary import shown, version
from labjournal.questions.difference.weighing import Compared, cause
from labjournal.questions.origin.answers import ValueChange

__all__ = ["module_of", "surroundings"]

_STEPS = (0.62, 0.54, 0.44)
"""Another first, second, later number of the version."""
_NOT_NAMED = 0.7
"""Of a package that no cell imports itself: it came with another one."""
_NOT_NEEDED = 0.4
"""Of a package that was used by nothing on which the first cell depends that came out differently."""
_BEFORE, _FARTHER = 0.68, 0.1
"""Of a package that this cell depends on and does not use itself: less, the farther back it was used."""
_MODULES = {
    "scikit-learn": "sklearn",
    "pillow": "pil",
    "pyyaml": "yaml",
    "beautifulsoup4": "bs4",
    "opencv-python": "cv2",
    "opencv-python-headless": "cv2",
    "scikit-image": "skimage",
    "python-dateutil": "dateutil",
}
"""Distributions whose modules have another name."""
_THREADS = re.compile(
    r"^(?:threads |variable .*(?:THREADS|NUM_PROC)|hardware (?:cores|processor|gpus|gpu_driver|machine)|flag |hash seed|variable PYTHONHASHSEED)"
)
_PLACES = ("locale", "locale of numbers", "locale of times", "time zone")
_LIBRARY, _PLACE, _OTHER_SOURCE, _OTHER_BUILD = 0.24, 0.15, 1.1, 0.7
"""What numbers are summed by; how numbers and times are read; of a package of the same version, from elsewhere or built otherwise."""
_NUMBERS = re.compile(r"\d+")
_MOST_LISTED = 20


def surroundings(answer: WhatChanged, compared: Compared) -> Iterator[Cause]:
    used = {*compared.a.side.environment["used"], *compared.b.side.environment["used"]}
    changed = {change["name"].replace("-", "_") for change in answer["environment"]}
    rest: list[ValueChange] = []
    for change in answer["environment"]:
        name = change["name"]
        if name == "python":
            yield cause(
                "environment", 0.4 + 0.1 * (_step(change) == 0), f"Python {change['a']} → {change['b']}", _fact("value", change)
            )
        elif name in used:
            weight, n = _weight(change, compared)
            yield cause("environment", weight, version(change), _fact("package", change, f"{compared.b.run}/{n}" if n else None))
        elif name == "implementation":
            yield cause("environment", 0.4, f"{change['a']} → {change['b']}", _fact("value", change))
        elif name.startswith(("source of ", "build of ")):
            weight, n = _weight({**change, "name": name.partition(" of ")[2]}, compared)
            said = f"the {name} is another: {shown(change['a'])} → {shown(change['b'])}"
            share = _OTHER_SOURCE if name.startswith("source") else _OTHER_BUILD
            yield cause("environment", weight * share, said, _fact("package", change, f"{compared.b.run}/{n}" if n else None))
        elif name.startswith("library "):
            weight = _LIBRARY if name.rpartition(" of ")[2] not in changed else _LIBRARY * 0.4
            yield cause("environment", weight, f"{name} {shown(change['a'])} → {shown(change['b'])}", _fact("value", change))
        elif name in _PLACES:
            yield cause("environment", _PLACE, f"{name} {shown(change['a'])} → {shown(change['b'])}", _fact("value", change))
        elif _THREADS.match(name):
            weight = 0.12 if name.startswith(("variable PYTHONHASHSEED", "hash seed")) else 0.2
            yield cause("environment", weight, f"{name} {shown(change['a'])} → {shown(change['b'])}", _fact("value", change))
        else:
            rest.append(change)
    if rest:
        said = ", ".join(f"{change['name']} {shown(change['a'])} → {shown(change['b'])}" for change in rest[:3])
        more = f" and {len(rest) - 3} more" if len(rest) > 3 else ""
        facts = [_fact("value", change) for change in rest[:_MOST_LISTED]]
        yield cause("environment", 0.06, f"other things about the machine: {said}{more}", *facts)
    yield from _git(answer)


def module_of(distribution: str) -> str:
    """The name by which a distribution is imported, in lower case."""
    return _MODULES.get(distribution.lower(), re.sub(r"[-.]+", "_", distribution.lower()))


def _git(answer: WhatChanged) -> Iterator[Cause]:
    told = {change["name"]: change for change in answer["git"]}
    if "commit" in told:
        unknown = any(module["what"] == "unknown" for module in answer["modules"])
        change = told["commit"]
        said = f"the repository stands at another commit: {shown(change['a'])[:10]} → {shown(change['b'])[:10]}"
        yield cause("git", 0.25 if unknown else 0.07, said, _fact("value", change))
    elif "dirty" in told and None not in (told["dirty"]["a"], told["dirty"]["b"]):
        change = told["dirty"]
        yield cause(
            "git",
            0.04,
            "there are uncommitted changes now" if change["b"] else "uncommitted changes are gone",
            _fact("value", change),
        )


def _weight(change: ValueChange, compared: Compared) -> tuple[float, int | None]:
    """Less where nothing that counts used it, most where the first cell used it that came out differently; and an execution that used it."""
    behind = compared.b
    users = sorted(
        {n for n, names in behind.packages.items() if change["name"] in names}
        | behind.handling.get(module_of(change["name"]), set())
    )
    named = module_of(change["name"]) in behind.imported
    there = None not in (change["a"], change["b"])
    weight = (_STEPS[_step(change)] if there else 0.4) * (1 if named else _NOT_NAMED)
    if users and not compared.numbers_b & set(users):
        return weight * 0.25, users[0]
    place = compared.parted[1].n if compared.parted else None
    if not users or place is None:
        return weight, users[0] if users else None
    needed = behind.closure({place})
    near = max((n for n in users if n in needed), default=None)
    if near is None:
        return weight * _NOT_NEEDED, users[0]
    # What the cell itself used comes first, then what was used nearest before it.
    return weight * (1.0 if near == place else _BEFORE - _FARTHER * min(place - near, 20) / 20), near


def _step(change: ValueChange) -> int:
    """0, 1, 2: which number of the version is the first that differs."""
    a, b = _NUMBERS.findall(str(change["a"])), _NUMBERS.findall(str(change["b"]))
    return next((min(place, 2) for place, (one, other) in enumerate(zip(a, b, strict=False)) if one != other), 2)


def _fact(what: str, change: ValueChange, address: str | None = None) -> Evidence:
    return {"what": what, "name": change["name"], "a": change["a"], "b": change["b"], "address": address, "path": None}
