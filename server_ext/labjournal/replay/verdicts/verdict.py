"""From two runs to a verdict: what is the same, the first thing that is not, and why that may be."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePath
from typing import Any

from labjournal.journal.reader import Journal
from labjournal.journal.rows import Environment, Metric, Run
from labjournal.replay.answers import ReplayAnswer
from labjournal.replay.comparing.clock import Clock
from labjournal.replay.comparing.compare import (
    Compared,
    Difference,
    Done,
    Side,
    Terms,
    compare_executions,
    compare_files,
    compare_metrics,
)
from labjournal.replay.comparing.durations import Stopwatch
from labjournal.replay.comparing.normalise import Normaliser, hints
from labjournal.replay.executing.execute import Executed, Step
from labjournal.replay.executing.inputs import Input, part, sentences, settled, stands_in
from labjournal.replay.executing.sources import Plan
from labjournal.replay.executing.workspace import Workspace
from labjournal.replay.rebuilding.surroundings import AS_IT_IS, Surroundings, as_far_as_meant, environment_used
from labjournal.replay.recorded import Recorded, done, on_disk
from labjournal.replay.verdicts.causes import Reason, package_changes, reasons

__all__ = ["Again", "ReplayAnswer", "reasons_for", "side_of", "verdict"]

_HERE = "‹folder›"
_SHOWN_LINES = 3
_MOST_CAUSES = 3
_TOLD_WITHIN_S = 3.0


@dataclass(frozen=True)
class Again:
    """The replay as it happened."""

    run: Run
    journal: Journal
    plan: Plan
    workspace: Workspace
    executed: Executed
    inputs: tuple[Input, ...] = ()
    changed: str = ""
    """What was changed on purpose, as a sentence."""
    said: tuple[str, ...] = ()
    """What is to be said of the way here."""
    around: Surroundings = AS_IT_IS

    @property
    def environment(self) -> Environment | None:
        return self.journal.environment(self.run.environment) if self.run.environment else None

    def done(self) -> tuple[Done, ...]:
        run, journal = self.run.run, self.journal
        return done(journal.executions(run), journal.outputs(run), journal.generations(run), journal.metrics(run))

    def by_number(self) -> dict[int, Done]:
        """What was executed, by the number of the recorded execution that it stands for."""
        answers = {one.execution.message_id: one for one in self.done()}
        sent = zip(self.plan.steps, self.executed.messages, strict=False)
        return {step.n: answers[message] for step, message in sent if message in answers}


@dataclass(frozen=True)
class _Pair:
    """A recorded execution that was sent again, and what came of it."""

    step: Step
    one: Done
    other: Done | None
    compared: Compared

    @property
    def n(self) -> int:
        return self.one.execution.n


@dataclass(frozen=True)
class _Parted:
    """The first thing that is not the same, and the execution it belongs to."""

    n: int
    difference: Difference


def verdict(recorded: Recorded, again: Again, tolerance: float = 0.0) -> ReplayAnswer:
    """The contract's answer. Which cause it was is told in `establishing`."""
    after, sides = again.done(), _sides(recorded, again)
    pairs = _pairs(recorded, again, after, sides, tolerance)
    terms = Terms(tolerance, hints(pair.one.execution.source for pair in pairs))
    judged = [pair for pair in pairs if recorded.judged in (None, pair.n)]
    measured = after if recorded.judged is None else [pair.other for pair in judged if pair.other]
    numbers = {pair.other.execution.n: pair.n for pair in pairs if pair.other}
    replayed = [replace(metric, n=numbers.get(metric.n, metric.n)) for metric in _metrics(measured)]
    metrics = compare_metrics(_metrics(pair.one for pair in judged), replayed, terms)
    files = compare_files(
        [use for pair in judged for use in pair.one.written],
        [use for one in after for use in one.written],
        again.workspace.place,
        sides,
        terms,
        functools.partial(_out_of_reach, again),
    )
    inputs = settled(again.inputs, _found(recorded, again))
    parted = _first_output(judged) or _first_fact(recorded, metrics, files)
    if parted is not None and recorded.judged is not None:
        # Why it parted is told by what went wrong first, though that is not what was asked for.
        parted = _first_output([pair for pair in pairs if _broke(pair)]) or parted
    return {
        "reproduced": parted is None and not again.executed.died and again.executed.late is None,
        "address": recorded.address,
        "replay": again.run.run,
        "executions": _executions(pairs, again.plan),
        "metrics": metrics,
        "inputs": [part(one) for one in inputs],
        "files": [{key: value for key, value in entry.items() if key != "parts"} for entry in files],
        "first_difference": _explained(parted, recorded, again) if parted else None,
        "cause": None,
        "causes": [],
        "second": None,
        "problems": [*again.said, *sentences(inputs), *_problems(recorded, again, pairs, metrics, files)],
        "environment": environment_used(again.around, recorded.environment, again.environment, recorded.used),
    }


def _out_of_reach(again: Again, path: str) -> bool:
    """Whether a file outside the project is named by the code in no way that leads into the workspace."""
    place = PurePath(again.workspace.place(path))
    elsewhere = again.workspace.root / "elsewhere"
    names = [str(one) for one in (place, *place.parents) if one.is_relative_to(elsewhere) and one != elsewhere]
    return bool(names) and not any(stands_in(name, step.source) for step in again.plan.steps for name in names)


def _pairs(recorded: Recorded, again: Again, after: Sequence[Done], sides: tuple[Side, Side], tolerance: float) -> list[_Pair]:
    """Every step with what came of it, found by the message it was sent with."""
    originals = {one.execution.n: one for one in recorded.done}
    answers = {one.execution.message_id: one for one in after}
    sent = [*again.executed.messages, *[""] * len(again.plan.steps)]
    pairs: list[_Pair] = []
    sources: list[str] = []
    given_away: frozenset[str] = frozenset()
    watch = Stopwatch()
    for step, message in zip(again.plan.steps, sent, strict=False):
        if step.n not in originals:  # what an export adds: its values on top
            continue
        one, other = originals[step.n], answers.get(message)
        sources.append(one.execution.source)
        given_away |= hints(sources[-1:])
        shown = watch.shown(sources[-1])
        if other is None:
            what = "sent, but not recorded" if message else "not executed"
            compared = Compared(Difference("status", one.execution.status, what))
        elif again.executed.died and _lost(one, other, after[-1]):
            compared = Compared(remarks=("showed something that was lost when the kernel died",), known=False)
        else:
            compared = compare_executions(one, other, sides, Terms(tolerance, given_away, shown), streams=not step.altered)
        pairs.append(_Pair(step, one, other, compared))
    return pairs


def _broke(pair: _Pair) -> bool:
    return pair.compared.difference is not None and pair.compared.difference.what in ("status", "error")


def _lost(one: Done, other: Done, last: Done) -> bool:
    """Whether the kernel died before it could tell what an execution showed: the journal hears of that a moment later."""
    if other.execution.status != one.execution.status or other is last:
        return False
    incomplete = len(other.outputs) < len(one.outputs) or not all(output.complete for output in other.outputs)
    gap = _moment(last.execution.started) - _moment(other.execution.ended or last.execution.started)
    return incomplete and gap.total_seconds() < _TOLD_WITHIN_S


def _moment(time: str) -> datetime:
    return datetime.fromisoformat(time)


def _executions(pairs: Iterable[_Pair], plan: Plan) -> list[dict[str, Any]]:
    entries = [
        {"n": pair.n, "status": pair.other.execution.status if pair.other else "not executed", "same": pair.compared.same}
        for pair in pairs
    ]
    entries += [{"n": n, "status": "left out", "same": None} for n in plan.left_out]
    return sorted(entries, key=lambda entry: int(entry["n"] or 0))


def _sides(recorded: Recorded, again: Again) -> tuple[Side, Side]:
    """Both sides read paths as if they were in one folder."""
    here = _home(again)
    if here:
        here[recorded.run.folder] = _HERE
    here.pop("", None)
    before = Normaliser(Clock.of(recorded.run, recorded.executions), here)
    return Side(before, recorded.blob, recorded.content), side_of(again, here)


def side_of(again: Again, here: Mapping[str, str] | None = None) -> Side:
    """A replay, read as if it had worked in the folder of the record."""
    space = again.workspace
    inside = {
        str(space.folder): _HERE,
        str(space.root / "project"): str(space.origin).rstrip("/"),
        str(space.root / "elsewhere"): "",
        str(space.root / "tmp"): "/tmp",
    }
    folders = {**(_home(again) if here is None else here), **inside}
    clock = Clock.of(again.run, again.journal.executions(again.run.run))
    return Side(Normaliser(clock, folders), again.journal.blobs.get, on_disk)


def _home(again: Again) -> dict[str, str]:
    home = str(again.workspace.home)
    return {home: _HERE} if len(home) > 3 else {}


def _metrics(executions: Iterable[Done]) -> list[Metric]:
    return [metric for one in executions for metric in one.metrics]


def _first_output(pairs: Sequence[_Pair]) -> _Parted | None:
    for pair in pairs:
        if pair.compared.difference is not None:
            return _Parted(pair.n, pair.compared.difference)
    return None


def _first_fact(recorded: Recorded, metrics: Sequence[Mapping[str, Any]], files: Sequence[Mapping[str, Any]]) -> _Parted | None:
    """Where every output is the same: the first metric or file that is not."""
    for entry in (*metrics, *files):
        if entry["same"] is False:
            name = str(entry["path"] if "path" in entry else entry["name"])
            difference = _file_difference(entry) if "path" in entry else _metric_difference(entry)
            return _Parted(_maker(recorded, name), difference)
    return None


def _metric_difference(entry: Mapping[str, Any]) -> Difference:
    values = ["not there" if entry[side] is None else str(entry[side]) for side in ("recorded", "replayed")]
    return Difference("metric", values[0], values[1], {"in": entry["name"]})


def _file_difference(entry: Mapping[str, Any]) -> Difference:
    """What differs in the file, where that could be told; else that its digests do."""
    where, *values = entry["parts"]
    digests = [f"SHA-256 {entry[side][:16]}…" if entry[side] else "not there" for side in ("recorded", "replayed")]
    said = values if all(values) and entry["replayed"] else digests
    details = {"in": entry["path"], "where": where, "says": entry["difference"]}
    return Difference("file", said[0], said[1], {key: value for key, value in details.items() if value})


def _maker(recorded: Recorded, name: str) -> int:
    """The last execution that wrote the file or produced the metric."""
    for one in reversed(recorded.done):
        if any(use.path == name for use in one.written) or any(metric.name == name for metric in one.metrics):
            return one.execution.n
    return recorded.done[-1].execution.n


def _explained(parted: _Parted, recorded: Recorded, again: Again) -> dict[str, Any]:
    difference = parted.difference
    source = next(one.execution for one in reversed(recorded.done) if one.execution.n <= parted.n)
    causes = [reason.sentence for reason in reasons_for(recorded, again, parted.n, difference)[:_MOST_CAUSES]]
    return {
        "n": parted.n,
        "address": f"{recorded.run.run}/{parted.n}",
        "cell_id": source.cell_id,
        "what": difference.what,
        **difference.details,
        "source": "\n".join(source.source.strip("\n").split("\n")[:_SHOWN_LINES]),
        "recorded": difference.recorded,
        "replayed": difference.replayed,
        "causes": [again.changed, *causes] if again.changed else causes,
    }


def reasons_for(recorded: Recorded, again: Again, n: int, difference: Difference) -> list[Reason]:
    """What may be why execution `n` is the first that differs."""
    return reasons(
        difference,
        [one.execution for one in recorded.done if one.execution.n <= n],
        inputs=([use for use in recorded.read if use.n <= n], _found(recorded, again)),
        environments=(recorded.environment, again.environment),
        used=recorded.used,
    )


def _found(recorded: Recorded, again: Again) -> dict[str, str | None]:
    """Recorded path → digest that the replay first read there, else of what was laid out instead of the recorded content."""
    read: dict[str, str | None] = {}
    for use in again.journal.usages(again.run.run):
        read.setdefault(use.path, use.sha256)
    laid = {one.use.path: one.now for one in again.inputs}
    return {
        use.path: read.get(again.workspace.place(use.path)) or read.get(use.path) or laid.get(use.path) for use in recorded.read
    }


def _problems(
    recorded: Recorded,
    again: Again,
    pairs: Sequence[_Pair],
    metrics: Sequence[Mapping[str, Any]],
    files: Sequence[Mapping[str, Any]],
) -> list[str]:
    sides = (
        as_far_as_meant(again.around, recorded.in_the_end or recorded.environment),
        as_far_as_meant(again.around, again.environment),
    )
    changes = package_changes(*sides, recorded.used)
    answer = [f"The environment differs from the recorded one: {change}." for change in changes]
    if again.executed.died:
        answer.append(
            f"The kernel died in execution {again.plan.steps[len(again.executed.messages) - 1].n}; what comes after it was not executed."
        )
    if again.executed.late is not None:
        n = again.plan.steps[len(again.executed.messages) - 1].n
        answer.append(
            f"Execution {n} had not ended when the time was up ({again.executed.late:.0f} s in all); it was interrupted."
        )
    answer += _remarks(pairs)
    answer += [
        f"The metric {entry['name']} looks like a duration and was not compared." for entry in metrics if entry["same"] is None
    ]
    untold = [entry for entry in files if entry["same"] is None]
    return answer + [f"Whether {entry['path']} is the same cannot be told{_because(entry['difference'])}." for entry in untold]


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""


def _remarks(pairs: Iterable[_Pair]) -> list[str]:
    numbers: dict[str, list[int]] = {}
    for pair in pairs:
        for remark in pair.compared.remarks:
            numbers.setdefault(remark, []).append(pair.n)
    return [
        f"Execution{'s' if len(found) > 1 else ''} {', '.join(map(str, found[:10]))}{' and more' if len(found) > 10 else ''} {remark}."
        for remark, found in numbers.items()
    ]
