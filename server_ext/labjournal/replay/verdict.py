"""From two runs to a verdict: what is the same, the first thing that is not, and why that may be."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from labjournal.journal.reader import Journal
from labjournal.journal.rows import Environment, FileUse, Metric, Run
from labjournal.replay.causes import likely_causes, package_changes
from labjournal.replay.compare import Difference, Done, Side, compare_executions, compare_files, compare_metrics
from labjournal.replay.execute import Executed, Step
from labjournal.replay.normalise import Clock, Normaliser
from labjournal.replay.recorded import Recorded, done
from labjournal.replay.workspace import Workspace

__all__ = ["Again", "ReplayAnswer", "verdict"]

_COMPARED_BYTES = 64 << 20
_PROJECT = "‹project›"


class ReplayAnswer(TypedDict):
    """What `replay --json` prints."""

    reproduced: bool
    address: str
    replay: str
    """Id of the run that the replay itself is."""
    executions: list[dict[str, Any]]
    metrics: list[dict[str, Any]]
    files: list[dict[str, Any]]
    first_difference: dict[str, Any] | None
    problems: list[str]


@dataclass(frozen=True)
class Again:
    """The replay as it happened."""

    run: Run
    journal: Journal
    plan: Sequence[Step]
    workspace: Workspace
    executed: Executed

    @property
    def environment(self) -> Environment | None:
        return self.journal.environment(self.run.environment) if self.run.environment else None

    def done(self) -> tuple[Done, ...]:
        run, journal = self.run.run, self.journal
        return done(journal.executions(run), journal.outputs(run), journal.generations(run), journal.metrics(run))


@dataclass(frozen=True)
class _Parted:
    """The first thing that is not the same, and the execution it belongs to."""

    n: int
    difference: Difference


def verdict(recorded: Recorded, again: Again, tolerance: float, problems: Sequence[str]) -> ReplayAnswer:
    """The contract's answer. `problems` are sentences from the steps before; what the comparison finds is added to them."""
    after, sides = again.done(), _sides(recorded, again)
    pairs = _pairs(recorded, again.plan, after)
    differences = [_difference(one, other, sides, tolerance) for one, other in pairs]
    metrics = compare_metrics(_metrics([one for one, _ in pairs]), _metrics(after), tolerance)
    files = compare_files(
        [use for one, _ in pairs for use in one.written], [use for one in after for use in one.written], again.workspace.place, sides
    )
    parted = _first_output(pairs, differences) or _first_fact(recorded, metrics, files)
    return {
        "reproduced": parted is None and not again.executed.died,
        "address": recorded.address,
        "replay": again.run.run,
        "executions": [
            {"n": one.execution.n, "status": other.execution.status if other else "not executed", "same": difference is None}
            for (one, other), difference in zip(pairs, differences, strict=True)
        ],
        "metrics": metrics,
        "files": files,
        "first_difference": _explained(parted, recorded, again) if parted else None,
        "problems": [*problems, *_problems(recorded, again, files)],
    }


def _pairs(recorded: Recorded, plan: Sequence[Step], after: Sequence[Done]) -> list[tuple[Done, Done | None]]:
    """Every recorded execution that was sent, with what came of it; a kernel records what it is sent, in that order."""
    originals = {one.execution.n: one for one in recorded.done}
    return [
        (originals[step.n], after[position] if position < len(after) else None)
        for position, step in enumerate(plan)
        if step.n in originals
    ]


def _difference(one: Done, other: Done | None, sides: tuple[Side, Side], tolerance: float) -> Difference | None:
    if other is None:
        return Difference("status", one.execution.status, "not executed")
    return compare_executions(one, other, sides, tolerance)


def _sides(recorded: Recorded, again: Again) -> tuple[Side, Side]:
    """Both sides read paths as if they were in one folder."""
    workspace = again.workspace
    origin = {str(workspace.origin): _PROJECT, str(recorded.run.folder or workspace.origin): _PROJECT}
    inside = {str(workspace.root / "project"): _PROJECT, str(workspace.root / "elsewhere"): "", str(workspace.root / "tmp"): "/tmp"}
    before = Normaliser(Clock.of(recorded.run.started, recorded.run.ended), origin)
    after = Normaliser(Clock.of(again.run.started, again.run.ended), {**origin, **inside})
    return Side(before, recorded.blob, _content), Side(after, again.journal.blobs.get, _content)


def _content(use: FileUse) -> bytes:
    """The bytes that were written, if the file still holds them; OSError otherwise."""
    if os.path.getsize(use.path) > _COMPARED_BYTES:
        raise OSError(f"{use.path} is too large to compare")
    with open(use.path, "rb") as file:
        content = file.read()
    if hashlib.sha256(content).hexdigest() != use.sha256:
        raise OSError(f"{use.path} has changed since")
    return content


def _metrics(executions: Sequence[Done]) -> list[Metric]:
    return [metric for one in executions for metric in one.metrics]


def _first_output(pairs: Sequence[tuple[Done, Done | None]], differences: Sequence[Difference | None]) -> _Parted | None:
    for (one, _), difference in zip(pairs, differences, strict=True):
        if difference is not None:
            return _Parted(one.execution.n, difference)
    return None


def _first_fact(recorded: Recorded, metrics: Sequence[Mapping[str, Any]], files: Sequence[Mapping[str, Any]]) -> _Parted | None:
    """Where every output is the same: the first metric or file that is not."""
    for entry in (*metrics, *files):
        if entry["same"] is False:
            kind = "file" if "path" in entry else "metric"
            name = str(entry.get("path") or entry.get("name"))
            return _Parted(_maker(recorded, name), Difference(kind, f"{name}: {entry['recorded']}", f"{name}: {entry['replayed']}"))
    return None


def _maker(recorded: Recorded, name: str) -> int:
    """The last execution that wrote the file or produced the metric."""
    for one in reversed(recorded.done):
        if any(use.path == name for use in one.written) or any(metric.name == name for metric in one.metrics):
            return one.execution.n
    return recorded.done[-1].execution.n


def _explained(parted: _Parted, recorded: Recorded, again: Again) -> dict[str, Any]:
    read = {use.path: use.sha256 for use in again.journal.usages(again.run.run)}
    causes = likely_causes(
        parted.difference,
        [one.execution for one in recorded.done if one.execution.n <= parted.n],
        inputs=(
            [use for use in recorded.read if use.n <= parted.n],
            {use.path: read.get(again.workspace.place(use.path)) or read.get(use.path) for use in recorded.read},
        ),
        environments=(recorded.environment, again.environment),
        used=recorded.used,
    )
    difference = parted.difference
    return {
        "n": parted.n,
        "what": difference.what,
        "recorded": difference.recorded,
        "replayed": difference.replayed,
        **difference.details,
        "causes": causes,
    }


def _problems(recorded: Recorded, again: Again, files: Sequence[Mapping[str, Any]]) -> list[str]:
    changes = package_changes(recorded.environment, again.environment, recorded.used)
    answer = [f"The environment differs from the recorded one: {change}." for change in changes]
    if again.executed.died:
        answer.append(f"The kernel died after {again.executed.sent} of {len(again.plan)} executions.")
    return answer + [f"Whether {entry['path']} is the same is not known." for entry in files if entry["same"] is None]
