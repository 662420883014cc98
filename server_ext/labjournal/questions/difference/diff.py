"""What changed between two runs or results: code, parameters, data, environment, git, numbers; and a sentence that says it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from labjournal.errors import UnknownAddress
from labjournal.journal.reader import Journal
from labjournal.journal.rows import Address, Execution, Run
from labjournal.questions.answers import GitPart, Number, when
from labjournal.questions.difference.answers import WhatChanged
from labjournal.questions.difference.changes import explained
from labjournal.questions.difference.code_diff import code_changes
from labjournal.questions.difference.data_diff import data_changes
from labjournal.questions.difference.diff_summary import is_same, sentence
from labjournal.questions.difference.environment_diff import environment_changes, value_changes
from labjournal.questions.difference.sides import Side
from labjournal.questions.origin.answers import DiffAnswer, MetricChange, ValueChange
from labjournal.questions.results.refits import differences

__all__ = ["before", "diff"]

_EARLIER_RUNS = 50


def diff(journal: Journal, a: Address, b: Address) -> WhatChanged:
    """What changed from `a` to `b`. A whole run is compared as it was executed, an execution with its recipe."""
    first, second = Side.of(journal, a), Side.of(journal, b)
    facts: DiffAnswer = {
        "a": str(a),
        "b": str(b),
        "a_started": when(first.run.started),
        "b_started": when(second.run.started),
        "a_notebook": first.run.notebook,
        "b_notebook": second.run.notebook,
        "code": code_changes(first.executions, second.executions),
        "parameters": value_changes(first.parameters, second.parameters),
        "data": data_changes(journal, first.data, second.data),
        "environment": list(environment_changes(first.environment, second.environment)),
        "git": _git(first, second),
        "models": differences(first.models, second.models),
        "metrics": _metrics(first.metrics, second.metrics),
        "remarks": list(_remarks(first, second)),
        "same": False,
        "summary": "",
    }
    answer = explained(journal, first, second, facts)
    changed = [change for change in answer["data"] if change["what"] != "same"]
    moved = [metric for metric in answer["metrics"] if not is_same(metric)]
    models = [model for model in answer["models"] if model["how"] != "refitted"]
    answer["same"] = not (
        answer["code"]
        or answer["parameters"]
        or answer["modules"]
        or changed
        or answer["environment"]
        or answer["git"]
        or moved
        or models
        or not answer["comparable"]
    )
    used = set(first.environment["used"]) | set(second.environment["used"]) | {"python"}
    answer["summary"] = sentence(answer, used)
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


def _git(first: Side, second: Side) -> list[ValueChange]:
    """Of a replay nothing is said: it works in a copy that has no version control."""
    if any(side.run.replay_of and side.git["commit"] is None for side in (first, second)):
        return []
    return value_changes(_known_git(first.git), _known_git(second.git))


def _known_git(git: GitPart) -> dict[str, Any]:
    return {"commit": git["commit"], "branch": git["branch"], "dirty": git["dirty"], "remote": git["remote"]}


def _metrics(a: dict[str, Number], b: dict[str, Number]) -> list[MetricChange]:
    """Every number of either side, those that moved first."""
    changes: list[MetricChange] = [
        {"name": name, "a": a.get(name), "b": b.get(name), "delta": _delta(a.get(name), b.get(name))} for name in {**a, **b}
    ]
    return sorted(changes, key=is_same)


def _delta(a: Number | None, b: Number | None) -> Number | None:
    if isinstance(a, str) or isinstance(b, str) or a is None or b is None:
        return None
    return b - a


def _remarks(a: Side, b: Side) -> Iterator[str]:
    for side in (a, b):
        if not side.environment["packages"]:
            yield f"The packages of {side.address} were not recorded."
        if any(execution.off for execution in side.executions):
            yield f"Cells of {side.address} asked not to be recorded; what they did is not compared."
        if any(execution.redactions for execution in side.executions):
            yield f"Secrets in the code of {side.address} were masked; whether they changed is not known."
        if side.run.status == "running":
            yield f"{side.address.run} is still running."
