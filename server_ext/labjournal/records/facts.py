"""What is known of a run in words and numbers: the rows of the tables of a page."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from labjournal.journal.rows import FileUse, Metric
from labjournal.questions.executions import parameter_values
from labjournal.questions.metrics import last_values
from labjournal.questions.warnings import size
from labjournal.records import naming
from labjournal.records.record import Record

__all__ = ["FileLine", "MetricLine", "about", "facts", "file_lines", "metric_lines", "number", "parameter_lines"]


@dataclass(frozen=True)
class FileLine:
    """A file as a row of a table."""

    path: str
    size: str
    digest: str
    sha256: str
    n: int
    remark: str
    learnt: str = ""
    """How the access was seen, and whether it is certain that it was this execution."""
    kept: bool = False


@dataclass(frozen=True)
class MetricLine:
    """A metric as a row of a table: its last value, and how it got there."""

    name: str
    last: str
    n: int
    range: str
    steps: int
    path: str
    """Points of a line that shows its course, '' where there is no course."""


def number(value: float | int | str) -> str:
    """A number as a person writes it, six digits that count."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "−∞"
    return f"{value:,.0f}" if value == int(value) and abs(value) < 1e15 else f"{value:.6g}"


def facts(record: Record, read: Sequence[FileLine], written: Sequence[FileLine]) -> tuple[tuple[str, str], ...]:
    """What there is to say at a glance: a number, and of what."""
    failed = sum(step.failed for step in record.steps)
    spent = sum(step.execution.duration_s or 0.0 for step in record.steps)
    counted = [
        (f"{len(record.steps):,}", "execution" if len(record.steps) == 1 else "executions"),
        (f"{failed:,}", "did not succeed") if failed else ("all", "succeeded"),
        (naming.duration(spent) or "0 s", "computing"),
    ]
    names = len({metric.name for metric in record.metrics})
    optional = (
        (names, "metric"),
        (len({line.path for line in read}), "file{} read"),
        (len({line.path for line in written}), "file{} written"),
    )
    for many, what in optional:
        if many:
            plural = "" if many == 1 else "s"
            counted.append((f"{many:,}", what.format(plural) if "{}" in what else what + plural))
    return tuple(counted)


def about(record: Record) -> Iterable[tuple[str, str]]:
    """Where and with what it ran."""
    run, environment, git = record.run, record.environment, record.git
    implementation = environment.implementation if environment else run.implementation
    yield (
        "Python",
        " ".join(
            filter(None, (environment.python if environment else run.python, f"({implementation})" if implementation else ""))
        ),
    )
    yield "Platform", environment.platform if environment else run.platform
    if environment and environment.hardware:
        yield "Hardware", ", ".join(_hardware(environment.hardware))
    yield "Kernel", run.kernel
    yield "Driven by", "" if run.client == "unknown" else run.client
    if git is None:
        yield "Git", "not known"
        return
    if git.commit:
        state = {True: "with changes not committed", False: "nothing uncommitted", None: ""}[git.dirty]
        yield "Git commit", " — ".join(filter(None, (git.commit[:12], git.branch and f"on {git.branch}", state)))
        yield "Git remote", git.remote or ""
    else:
        yield "Git", git.reason or "not in a repository"


def _hardware(hardware: dict[str, Any]) -> Iterable[str]:
    for key, value in hardware.items():
        if key.endswith("bytes") and isinstance(value, (int, float)):
            yield f"{size(int(value))} {key.removesuffix('_bytes').replace('_', ' ')}"
        elif key == "cores":
            yield f"{value} cores"
        elif key == "cores_usable":
            yield from () if value == hardware.get("cores") else (f"{value} of them usable",)
        elif isinstance(value, (str, int, float)) and value:
            yield str(value)
        elif isinstance(value, list):
            yield from (str(one.get("name", "")) if isinstance(one, dict) else str(one) for one in value)


def parameter_lines(record: Record) -> Iterable[tuple[str, str]]:
    """Name and value of every parameter."""
    for name, value in parameter_values(record.parameters).items():
        text = (
            value
            if isinstance(value, str)
            else number(value)
            if isinstance(value, (int, float)) and not isinstance(value, bool)
            else repr(value)
        )
        yield name, text if len(text) <= 200 else f"{text[:199]}…"


def metric_lines(metrics: Iterable[Metric]) -> tuple[MetricLine, ...]:
    """One row for each name, in the order in which the names first appeared."""
    return tuple(_metric_line(rows) for rows in _by_name(metrics))


def _by_name(metrics: Iterable[Metric]) -> list[list[Metric]]:
    groups: dict[str, list[Metric]] = {}
    for metric in metrics:
        groups.setdefault(metric.name, []).append(metric)
    return list(groups.values())


def _metric_line(rows: list[Metric]) -> MetricLine:
    last = last_values(rows)[rows[0].name]
    finite = [row.value for row in rows if math.isfinite(row.value)]
    many = len(finite) > 1 and len(set(finite)) > 1
    final = next((row for row in reversed(rows) if number(row.value) == number(last)), rows[-1])
    unit = final.unit and f" {final.unit}"
    return MetricLine(
        name=rows[0].name,
        last=f"{number(last)}{unit}",
        n=final.n,
        range=f"{number(min(finite))} … {number(max(finite))}" if many else "",
        steps=len(rows),
        path=_course(finite) if many else "",
    )


def _course(values: list[float]) -> str:
    """Points of a polyline in a box of 120 × 24."""
    thinned = values if len(values) <= 200 else [values[round(i * (len(values) - 1) / 199)] for i in range(200)]
    low, high = min(thinned), max(thinned)
    height = (high - low) or 1.0
    return " ".join(
        f"{2 + 116 * i / (len(thinned) - 1):.1f},{22 - 20 * (value - low) / height:.1f}" for i, value in enumerate(thinned)
    )


def file_lines(record: Record, uses: Iterable[FileUse]) -> tuple[FileLine, ...]:
    """One row for each path and content."""
    return tuple(
        FileLine(
            path=naming.plain_path(use.path, record.run.folder),
            size="" if use.bytes is None else size(use.bytes),
            digest=(use.sha256 or "")[:12],
            sha256=use.sha256 or "",
            n=use.n,
            remark=_remark(use, record.run.folder),
            learnt=_learnt(use),
            kept=use.kept,
        )
        for use in naming.files_once(uses)
    )


def _remark(use: FileUse, folder: str) -> str:
    if use.deleted:
        return f"moved to {naming.plain_path(use.moved, folder)}" if use.moved else "removed"
    moved = f"moved from {naming.plain_path(use.moved, folder)}" if use.moved else ""
    unknown = "" if use.sha256 else re.sub(r"\.$", "", use.reason) or "content not known"
    return "; ".join(filter(None, (moved, unknown)))


_LAYERS = {
    "audit": "Python opened it",
    "native": "a library opened it",
    "fanotify": "the system said so",
    "inotify": "the system said so",
    "snapshot": "the folder was compared",
    "child": "in a child process",
    "handle": "it was open",
}
_DOUBTS = {"named": "known by its name in the code", "unattributed": "may have been another program"}


def _learnt(use: FileUse) -> str:
    """'Python opened it, the system said so'; with a doubt where there is one."""
    seen = dict.fromkeys(_LAYERS.get(layer, layer) for layer in use.layer.split())
    said = ", ".join(seen)
    return f"{said} — {_DOUBTS[use.confidence]}" if use.confidence in _DOUBTS else said
