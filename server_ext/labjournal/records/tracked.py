"""A result as a run of MLflow: what `push` sends of it, and nothing else.

Everything comes from the journal, where secrets were masked before the first byte was written; texts pass the same search once more, because
now they leave the machine. MLflow knows no infinities and few letters in names: a metric without a finite value becomes a tag, other letters
become '_'.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath
from typing import Any

from labjournal.journal.reader import Journal
from labjournal.journal.rows import GitState, Metric, Run, Series
from labjournal.journal.standing import CONFIDENT
from labjournal.questions.results.answers import ResultPart
from labjournal.recorders.redaction import redact, redact_url

__all__ = ["ADDRESS", "Point", "Tracked", "experiment_of", "tracked"]

ADDRESS = "labjournal.address"
"""The tag by which a result is known again."""
_ODD = re.compile(r"[^\w\-. :/]")
_LONGEST_KEY, _LONGEST_VALUE = 250, 6000
_STATES = {"ok": "FINISHED", "failed": "FAILED"}


@dataclass(frozen=True)
class Point:
    """A number of a metric."""

    name: str
    value: float
    step: int
    at_ms: int


@dataclass(frozen=True)
class Tracked:
    """What stands in MLflow of a result."""

    address: str
    experiment: str
    name: str
    started_ms: int
    ended_ms: int
    status: str
    parameters: dict[str, str] = field(default_factory=dict)
    points: tuple[Point, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)


def experiment_of(notebook: str | None) -> str:
    """The experiment that the results of a notebook belong to: it is called as the notebook is."""
    return _text(PurePath(notebook).stem if notebook else "")[:_LONGEST_KEY] or "labjournal"


def tracked(journal: Journal, run: Run, git: GitState | None, row: ResultPart, experiment: str = "") -> Tracked:
    """The row of the table of results as a run of MLflow."""
    execution = journal.execution(row["run"], row["n"])
    ended = execution.ended or execution.started
    points, infinite = _points(row, journal.metrics(row["run"], row["n"]), journal.series(row["run"], row["n"]), _ms(ended))
    return Tracked(
        address=row["address"],
        experiment=experiment or experiment_of(row["notebook"]),
        name=_text(row["name"] or row["address"]),
        started_ms=_ms(execution.started),
        ended_ms=_ms(ended),
        status=_STATES.get(row["status"], "KILLED"),
        parameters=dict(_named((name, _value(value)) for name, value in row["parameters"].items())),
        points=tuple(points),
        tags={**_tags(run, git, row), **infinite},
    )


def _points(
    row: ResultPart, metrics: Iterable[Metric], series: Iterable[Series], at_ms: int
) -> tuple[list[Point], dict[str, str]]:
    """Courses with their steps, then the number that counts of each metric; as tags those that are not finite."""
    counting = {measure["name"]: measure for measure in row["measures"]}
    courses: dict[str, list[tuple[int, float]]] = {
        each.name: list(zip(each.steps or range(len(each.values)), each.values, strict=True))
        for each in series
        if each.confidence >= CONFIDENT and each.values
    }
    for metric in metrics:
        standing = counting.get(metric.name)
        if standing and metric.step is not None and metric.source == standing["source"] and standing["numbers"] > 1:
            courses.setdefault(metric.name, []).append((metric.step, metric.value))
    alone = {name: float(measure["value"]) for name, measure in counting.items()}
    named = dict(_named([(name, name) for name in dict.fromkeys((*courses, *alone))]))
    keys = {name: key for key, name in named.items()}
    points: list[Point] = []
    infinite: dict[str, str] = {}
    for name, course in courses.items():
        # The last number of a course is what MLflow shows; where another counts, the course gets a name of its own.
        apart = name in alone and not _same(alone[name], course[-1][1])
        key = f"{keys[name][: _LONGEST_KEY - 7]}.course" if apart else keys[name]
        points += [Point(key, value, step, at_ms) for step, value in course if not math.isinf(value)]
        if not apart:
            alone.pop(name, None)
    for name, value in alone.items():
        if math.isinf(value):
            infinite[f"labjournal.metric.{keys[name]}"[:_LONGEST_KEY]] = "Infinity" if value > 0 else "-Infinity"
        else:
            points.append(Point(keys[name], value, counting[name]["step"] or 0, at_ms))
    return points, infinite


def _same(one: float, other: float) -> bool:
    return one == other or (math.isnan(one) and math.isnan(other))


def _tags(run: Run, git: GitState | None, row: ResultPart) -> dict[str, str]:
    models = dict.fromkeys(f"{model['kind']} ({model['library']} {model['version']})" for model in row["models"])
    told = {
        ADDRESS: row["address"],
        "labjournal.run": row["run"],
        "labjournal.cell": row["cell_id"],
        "labjournal.replay_of": row["replay_of"],
        "labjournal.tags": " ".join(row["tags"]),
        "labjournal.name": row["name"],
        "labjournal.models": ", ".join(models),
        "labjournal.inputs": _files(row["inputs"]),
        "labjournal.files": _files(row["files"]),
        "mlflow.source.name": row["notebook"],
        "mlflow.source.type": "NOTEBOOK",
        "mlflow.source.git.commit": git.commit if git else None,
        "mlflow.source.git.branch": git.branch if git else None,
        "mlflow.source.git.repoURL": redact_url(git.remote) if git and git.remote else None,
        "mlflow.user": run.user,
    }
    return {name: _text(value)[:_LONGEST_VALUE] for name, value in told.items() if value}


def _files(files: Iterable[Any]) -> str:
    """Paths with the beginnings of their digests."""
    return "\n".join(f"{file['path']} {(file['sha256'] or 'of unknown content')[:16]}" for file in files)


def _named(pairs: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    """Under names that MLflow takes, each once."""
    taken: set[str] = set()
    for name, value in pairs:
        key = base = _key(name)
        number = 1
        while key in taken:
            number += 1
            key = f"{base[: _LONGEST_KEY - 8]}_{number}"
        taken.add(key)
        yield key, value


def _key(name: str) -> str:
    # As a path it must lead to itself: MLflow's file store makes files of names.
    parts = [part.strip() for part in _ODD.sub("_", _text(name)).split("/")]
    return "/".join("_" if part in ("", ".", "..") else part for part in parts)[:_LONGEST_KEY].rstrip("/") or "_"


def _value(value: Any) -> str:
    return _text(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))[:_LONGEST_VALUE]


def _text(text: str) -> str:
    return redact(text).text.encode("utf-8", "replace").decode()


def _ms(time: str) -> int:
    try:
        return round(datetime.fromisoformat(time).timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        return 0
