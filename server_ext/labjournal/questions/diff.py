"""What changed between two runs or results: code, parameters, data, environment, git, numbers; and a sentence that says it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from labjournal.errors import UnknownAddress
from labjournal.journal.reader import Journal
from labjournal.journal.rows import Address, Execution, Run
from labjournal.questions.answers import EnvironmentPart, GitPart, Number, when
from labjournal.questions.code_diff import code_changes
from labjournal.questions.data_diff import DataSide, data_changes
from labjournal.questions.executions import parameter_values
from labjournal.questions.metrics import last_values
from labjournal.questions.origin_answers import CodeChange, DataChange, DiffAnswer, MetricChange, ValueChange
from labjournal.questions.recipe import recipe
from labjournal.questions.timeline import environment_part, git_part

__all__ = ["before", "diff"]

_EARLIER_RUNS = 50


@dataclass(frozen=True)
class _Side:
    address: Address
    run: Run
    executions: list[Execution]
    parameters: dict[str, Any]
    metrics: dict[str, Number]
    environment: EnvironmentPart
    git: GitPart
    data: DataSide

    @classmethod
    def of(cls, journal: Journal, address: Address) -> _Side:
        run = journal.run(address.run)
        executions = journal.executions(run.run) if address.n is None else recipe(journal, address)
        numbers = {execution.n for execution in executions}
        return cls(
            address,
            run,
            executions,
            parameter_values(each for each in journal.parameters(run.run) if each.n in numbers),
            last_values(each for each in journal.sure_metrics(run.run) if each.n in numbers),
            environment_part(journal, run),
            git_part(journal, run),
            DataSide.of(journal, run.run, numbers),
        )


def diff(journal: Journal, a: Address, b: Address) -> DiffAnswer:
    """What changed from `a` to `b`. A whole run is compared as it was executed, an execution with its recipe."""
    first, second = _Side.of(journal, a), _Side.of(journal, b)
    answer: DiffAnswer = {
        "a": str(a),
        "b": str(b),
        "a_started": when(first.run.started),
        "b_started": when(second.run.started),
        "a_notebook": first.run.notebook,
        "b_notebook": second.run.notebook,
        "code": code_changes(first.executions, second.executions),
        "parameters": _values(first.parameters, second.parameters),
        "data": data_changes(journal, first.data, second.data),
        "environment": list(_environment(first.environment, second.environment)),
        "git": _git(first, second),
        "metrics": _metrics(first.metrics, second.metrics),
        "remarks": list(_remarks(first, second)),
        "same": False,
        "summary": "",
    }
    changed = [change for change in answer["data"] if change["what"] != "same"]
    moved = [metric for metric in answer["metrics"] if not _is_same(metric)]
    answer["same"] = not (answer["code"] or answer["parameters"] or changed or answer["environment"] or answer["git"] or moved)
    used = set(first.environment["used"]) | set(second.environment["used"]) | {"python"}
    answer["summary"] = _sentence(answer, used)
    return answer


def before(journal: Journal, address: Address) -> Address:
    """What `diff` compares with where only one side is named: for a replay what it replays, else the notebook's run before."""
    run = journal.run(address.run)
    if run.replay_of:
        replayed, _, n = run.replay_of.partition("/")
        if journal.beginning_with(replayed, limit=1) == [replayed]:
            return Address(replayed, address.n if address.n is not None else int(n) if n.isdigit() else None)
    if run.notebook is None:
        raise UnknownAddress(f"The notebook of {run.run} is not known, so there is no run before it.", "Name both sides.")
    earlier = [
        each for each in journal.runs(notebook=run.notebook, before=run.run, limit=_EARLIER_RUNS) if each.replay_of is None
    ]
    if not earlier:
        raise UnknownAddress(f"No run of {os.path.basename(run.notebook)} before {run.run} is recorded.", "Name both sides.")
    if address.n is None:
        return Address(earlier[0].run)
    return _same_cell(journal, journal.execution(address.run, address.n), earlier)


def _same_cell(journal: Journal, execution: Execution, earlier: list[Run]) -> Address:
    """The last time that the same cell (where cells have no ids: the same code) ended well in a run before."""
    for run in earlier:
        for other in journal.executions(run.run, newest_first=True):
            same = other.cell_id == execution.cell_id if execution.cell_id else other.source_sha256 == execution.source_sha256
            if same and other.status == "ok":
                return other.address
    raise UnknownAddress(f"The cell of {execution.address} was not executed in a run before.", "Name both sides.")


def _values(a: dict[str, Any], b: dict[str, Any]) -> list[ValueChange]:
    return [
        {"name": name, "a": a.get(name), "b": b.get(name)}
        for name in {**a, **b}
        if a.get(name) != b.get(name) or (name in a) != (name in b)
    ]


def _environment(a: EnvironmentPart, b: EnvironmentPart) -> Iterator[ValueChange]:
    """Python first, then packages that were used, then the platform, then what is only installed."""
    yield from _values({"python": a["python"]}, {"python": b["python"]})
    packages = _values(a["packages"], b["packages"]) if a["packages"] and b["packages"] else []
    used = set(a["used"]) | set(b["used"])
    yield from (change for change in packages if change["name"] in used)
    yield from _values({"implementation": a["implementation"]}, {"implementation": b["implementation"]})
    yield from _values({"platform": a["platform"]}, {"platform": b["platform"]})
    if a["hardware"] and b["hardware"]:
        yield from _values(_named("hardware", a["hardware"]), _named("hardware", b["hardware"]))
    yield from (change for change in packages if change["name"] not in used)
    yield from _values(_named("variable", a["variables"]), _named("variable", b["variables"]))


def _named(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{kind} {name}": value for name, value in values.items()}


def _git(first: _Side, second: _Side) -> list[ValueChange]:
    """Of a replay nothing is said: it works in a copy that has no version control."""
    if any(side.run.replay_of and side.git["commit"] is None for side in (first, second)):
        return []
    return _values(_known_git(first.git), _known_git(second.git))


def _known_git(git: GitPart) -> dict[str, Any]:
    return {"commit": git["commit"], "branch": git["branch"], "dirty": git["dirty"], "remote": git["remote"]}


def _metrics(a: dict[str, Number], b: dict[str, Number]) -> list[MetricChange]:
    """Every number of either side, those that moved first."""
    changes: list[MetricChange] = [
        {"name": name, "a": a.get(name), "b": b.get(name), "delta": _delta(a.get(name), b.get(name))} for name in {**a, **b}
    ]
    return sorted(changes, key=_is_same)


def _delta(a: Number | None, b: Number | None) -> Number | None:
    if isinstance(a, str) or isinstance(b, str) or a is None or b is None:
        return None
    return b - a


def _is_same(metric: MetricChange) -> bool:
    return metric["a"] == metric["b"]


def _remarks(a: _Side, b: _Side) -> Iterator[str]:
    for side in (a, b):
        if not side.environment["packages"]:
            yield f"The packages of {side.address} were not recorded."
        if any(execution.off for execution in side.executions):
            yield f"Cells of {side.address} asked not to be recorded; what they did is not compared."
        if any(execution.redactions for execution in side.executions):
            yield f"Secrets in the code of {side.address} were masked; whether they changed is not known."
        if side.run.status == "running":
            yield f"{side.address.run} is still running."


# the sentence


def _sentence(answer: DiffAnswer, used: set[str]) -> str:
    """Most telling first: code and parameters, what was read, libraries that were used, what came of it."""
    if answer["same"]:
        return "Nothing changed: code, parameters, data, environment and numbers are the same."
    parts = [
        *_about_code(answer["code"], answer["parameters"], bool(answer["data"])),
        *_about_data(answer["data"]),
        *_about_environment(answer["environment"], used),
        *_about_git(answer["git"]),
        *_about_results(answer),
    ]
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}."


def _about_code(code: list[CodeChange], parameters: list[ValueChange], has_data: bool) -> Iterator[str]:
    if not code and not parameters:
        yield "code and parameters are the same"
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
        told = [f"{change['name']} {_shown(change['a'])} → {_shown(change['b'])}" for change in parameters]
        yield _some(told)
    else:
        yield "parameters are the same"


def _about_data(data: list[DataChange]) -> Iterator[str]:
    """What was taken in; frames speak only where no file, table or address does."""
    taken = [change for change in data if change["role"] == "read"]
    telling = [change for change in taken if change["what"] in ("changed", "appeared", "gone")]
    frames = [change for change in data if change["kind"] == "frame" and change["what"] in ("changed", "appeared", "gone")]
    if telling or frames:
        yield _some([change["summary"] for change in telling or frames])
    unknown = [os.path.basename(change["name"]) for change in taken if change["what"] == "unknown"]
    if unknown:
        yield f"whether {_some(unknown)} changed is not known"
    elif taken and not telling and not frames:
        yield "the data are the same"


def _about_environment(environment: list[ValueChange], used: set[str]) -> Iterator[str]:
    told = [_version(change) for change in environment if change["name"] in used]
    if told:
        yield _some(told)
    others = len(environment) - len(told)
    if others:
        yield f"{others} {'other ' if told else ''}difference{'' if others == 1 else 's'} in the environment"


def _version(change: ValueChange) -> str:
    if change["a"] is None or change["b"] is None:
        return f"{change['name']} {change['b'] or change['a']} is {'new' if change['a'] is None else 'gone'}"
    return f"{change['name']} {change['a']} → {change['b']}"


def _about_git(git: list[ValueChange]) -> Iterator[str]:
    for change in git:
        if change["name"] == "commit":
            yield f"commit {_shown(change['a'])[:10]} → {_shown(change['b'])[:10]}"
        elif change["name"] == "dirty" and None not in (change["a"], change["b"]):
            yield "there are uncommitted changes now" if change["b"] else "uncommitted changes are gone"
        elif change["name"] == "branch":
            yield f"branch {_shown(change['a'])} → {_shown(change['b'])}"


def _about_results(answer: DiffAnswer) -> Iterator[str]:
    moved = [metric for metric in answer["metrics"] if not _is_same(metric)]
    if moved:
        yield _some([f"{metric['name']} {_figure(metric['a'])} → {_figure(metric['b'])}" for metric in moved])
    written = [change["name"] for change in answer["data"] if change["role"] == "written" and change["what"] == "changed"]
    if written and not moved:
        yield f"{_some([os.path.basename(name) for name in written])} came out differently"


def _some(parts: list[str], most: int = 3) -> str:
    return ", ".join(parts[:most]) + (f" and {len(parts) - most} more" if len(parts) > most else "")


def _figure(value: Number | None) -> str:
    return "none" if value is None else f"{value:.5g}" if isinstance(value, float) else str(value)


def _shown(value: Any) -> str:
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
