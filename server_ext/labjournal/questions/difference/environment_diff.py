"""What differs between two recorded environments: Python first, used packages, where they came from, libraries and threads, machine, the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from labjournal.questions.answers import EnvironmentPart
from labjournal.questions.origin.answers import ValueChange

__all__ = ["environment_changes", "value_changes"]

_PLACE = {
    "locale": "locale",
    "locale_numbers": "locale of numbers",
    "locale_times": "locale of times",
    "encoding": "encoding of files' names",
    "time_zone": "time zone",
}
_MOST_OF_CONDA = 20


def value_changes(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[ValueChange]:
    """Names whose values differ, and those that only one side has."""
    return [
        {"name": name, "a": a.get(name), "b": b.get(name)}
        for name in {**a, **b}
        if a.get(name) != b.get(name) or (name in a) != (name in b)
    ]


def environment_changes(a: EnvironmentPart, b: EnvironmentPart) -> Iterator[ValueChange]:
    """Most telling first."""
    yield from value_changes({"python": a["python"]}, {"python": b["python"]})
    packages = value_changes(a["packages"], b["packages"]) if a["packages"] and b["packages"] else []
    used = set(a["used"]) | set(b["used"])
    yield from (change for change in packages if change["name"] in used)
    yield from _sources(a, b, used)
    if a["libraries"] and b["libraries"]:
        yield from value_changes(_libraries(a), _libraries(b))
    yield from value_changes({"implementation": a["implementation"]}, {"implementation": b["implementation"]})
    yield from value_changes({"platform": a["platform"]}, {"platform": b["platform"]})
    if a["hardware"] and b["hardware"]:
        yield from value_changes(_named("hardware", a["hardware"]), _named("hardware", b["hardware"]))
    if a["locale"] and b["locale"]:
        yield from value_changes(_place(a), _place(b))
    yield from (change for change in packages if change["name"] not in used)
    yield from _of_conda(a, b)
    yield from value_changes(_named("variable", a["variables"]), _named("variable", b["variables"]))


def _sources(a: EnvironmentPart, b: EnvironmentPart, used: set[str]) -> Iterator[ValueChange]:
    """Used packages of the same version that came from elsewhere, or hold other files."""
    for name in sorted(used & a["distributions"].keys() & b["distributions"].keys()):
        if a["packages"].get(name) != b["packages"].get(name):
            continue
        before, after = a["distributions"][name], b["distributions"][name]
        sources = _source(before), _source(after)
        records = before.get("record"), after.get("record")
        if sources[0] != sources[1]:
            yield {"name": f"source of {name}", "a": sources[0], "b": sources[1]}
        elif None not in records and records[0] != records[1] and before.get("source") != "editable":
            yield {"name": f"build of {name}", "a": str(records[0])[:12], "b": str(records[1])[:12]}


def _source(facts: Mapping[str, Any]) -> str:
    """'index', 'editable /home/ada/thing', 'vcs https://… at 0123456789ab'."""
    commit = str(facts.get("commit") or "")
    return " ".join(
        filter(None, (str(facts.get("source") or ""), str(facts.get("url") or ""), f"at {commit[:12]}" if commit else ""))
    )


def _libraries(part: EnvironmentPart) -> dict[str, Any]:
    answer: dict[str, Any] = {}
    for each in part["libraries"]:
        name = f"{each.get('name')} of {each['package']}" if each.get("package") else str(each.get("name"))
        answer[f"library {name}"] = each.get("version") or each.get("file")
        if each.get("threads") is not None:
            answer[f"threads {name}"] = each["threads"]
    return answer


def _place(part: EnvironmentPart) -> dict[str, Any]:
    return {_PLACE.get(name, name): value for name, value in part["locale"].items()}


def _of_conda(a: EnvironmentPart, b: EnvironmentPart) -> list[ValueChange]:
    """What conda alone knows: compilers, libraries, MKL."""
    if not a["conda"] or not b["conda"]:
        return []
    sides = []
    for part in (a, b):
        packages = (part["conda"] or {}).get("packages")
        told = packages if isinstance(packages, dict) else {}
        sides.append(
            {
                f"conda {name}": " ".join(map(str, facts[:2]))
                for name, facts in told.items()
                if name not in part["packages"] and isinstance(facts, list)
            }
        )
    return value_changes(sides[0], sides[1])[:_MOST_OF_CONDA]


def _named(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{kind} {name}": value for name, value in values.items()}
