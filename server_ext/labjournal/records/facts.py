"""What is known of a run in words and numbers: the rows of the tables of a page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from labjournal.journal.rows import FileUse
from labjournal.questions.environment_words import library_words, place_words, source_words
from labjournal.questions.parameter_values import parameter_values
from labjournal.questions.warnings import size
from labjournal.records import naming
from labjournal.records.measured import number
from labjournal.records.origin import Origin
from labjournal.records.record import Record

__all__ = ["FileLine", "about", "facts", "file_lines", "parameter_lines"]


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
    maker: str = ""
    """Who made what was read, where that was another run."""


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
    yield "Libraries", "; ".join(library_words(record.libraries))
    if environment:
        yield "Locale", ", ".join(filter(None, place_words(environment.facts)))
        yield "Sources", ", ".join(source_words(environment.packages, environment.distributions, record.used))
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
            maker=_maker(record.origins.get((use.n, use.path)), use, record),
        )
        for use in naming.files_once(uses)
    )


def _maker(origin: Origin | None, use: FileUse, record: Record) -> str:
    """'k3f9a2/4 of clean.ipynb, Tuesday, 17 November 2026, as clean.csv'."""
    if origin is None:
        return ""
    notebook = f" of {PurePath(origin.notebook).name}" if origin.notebook else ""
    before = f"as {naming.plain_path(origin.path, record.run.folder)}" if origin.path != use.path else ""
    doubt = "" if origin.sure else "the last to write there; the contents could not be compared"
    when = naming.day(origin.started, naming.zone(record.run))
    return ", ".join(filter(None, (f"{origin.address}{notebook}", when, before, doubt)))


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
    "append": "it was added to",
}
_DOUBTS = {"named": "known by its name in the code", "unattributed": "may have been another program"}


def _learnt(use: FileUse) -> str:
    """'Python opened it, the system said so'; with a doubt where there is one."""
    seen = dict.fromkeys(_LAYERS.get(layer, layer) for layer in use.layer.split())
    said = ", ".join(seen)
    return f"{said} — {_DOUBTS[use.confidence]}" if use.confidence in _DOUBTS else said
