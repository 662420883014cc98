"""What a page shows of a record, in words and numbers a reader wants, ready for the templates; they lay it out and nothing else.

A run's page and the page of a day are made of the same parts.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from labjournal.journal.rows import FileUse, Problem
from labjournal.questions.metrics import last_values
from labjournal.questions.warnings import execution_warnings, run_warnings, size
from labjournal.records import naming
from labjournal.records.ansi import plain
from labjournal.records.data import Data, QueryLine, RemoteLine, data_of, not_seen, query_lines, remote_lines
from labjournal.records.facts import FileLine, about, facts, file_lines, parameter_lines
from labjournal.records.measured import MetricLine, ModelLine, metric_lines, model_lines, number
from labjournal.records.outputs import Budget, figures, rendered
from labjournal.records.record import Record, Step, title
from labjournal.records.tries import Tries, tries_of

__all__ = ["Entry", "RunPage", "highlighted", "label", "run_page", "templates"]

_CODE = 60_000
_PAUSE_S = 20 * 60
_SESSION = 25
_MUCH_CPU_S = 5.0
_MUCH_BYTES = 1 << 30
_HIDDEN_FAILURES = ("failed", "interrupted", "abandoned")


@dataclass(frozen=True)
class Entry:
    """One execution."""

    n: int
    address: str
    anchor: str
    label: str
    code: Markup
    outputs: tuple[Markup, ...]
    time: str
    duration: str
    status: str
    folded: bool
    error: str
    data: Data
    metrics: tuple[tuple[str, str], ...]
    models: tuple[str, ...]
    took: str
    """Processor and memory, where the execution took much."""
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    tags: tuple[str, ...]
    name: str | None
    result: bool


@dataclass(frozen=True)
class Stretch:
    """Executions that followed on each other without a long pause."""

    anchor: str
    title: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class RunPage:
    """Everything a page says about one record."""

    title: str
    address: str
    whole: bool
    anchor: str
    notebook: str
    folder: str
    user: str
    day: str
    times: str
    started: str
    facts: tuple[tuple[str, str], ...]
    about: tuple[tuple[str, str], ...]
    packages: tuple[tuple[str, str], ...]
    all_packages: tuple[tuple[str, str], ...]
    stretches: tuple[Stretch, ...]
    metrics: tuple[MetricLine, ...]
    models: tuple[ModelLine, ...]
    tries: Tries | None
    parameters: tuple[tuple[str, str], ...]
    read: tuple[FileLine, ...]
    """What came from outside: read before anything here wrote it."""
    written: tuple[FileLine, ...]
    """What stood there in the end."""
    queries: tuple[QueryLine, ...]
    remotes: tuple[RemoteLine, ...]
    not_seen: tuple[str, ...]
    unseen: tuple[Entry, ...]
    """Executions of which not all was seen."""
    failures: tuple[Entry, ...]
    figures: tuple[Any, ...]
    notes: tuple[str, ...]
    tags: tuple[str, ...]
    warnings: tuple[str, ...]
    version: str

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(entry for stretch in self.stretches for entry in stretch.entries)


@functools.cache
def templates() -> Environment:
    """The templates; everything put into them is escaped unless it is HTML that this room made."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["shown"] = plain
    return made


def run_page(record: Record, budget: Budget, where: tzinfo | None = None, *, thumbnails: bool = False) -> RunPage:
    """The record as a page shows it; times are those of the place where it ran, or of `where`."""
    run, where = record.run, where or naming.zone(record.run)
    entries = [_entry(record, step, where, budget) for step in record.steps]
    first, last = record.steps[0].execution, record.steps[-1].execution
    read, written = file_lines(record, record.inputs), file_lines(record, _left(record))
    known = record.environment.packages if record.environment else {}
    return RunPage(
        title=title(record),
        address=str(record.address),
        whole=record.address.n is None,
        anchor=f"run-{run.run}",
        notebook=run.notebook or "",
        folder=run.folder,
        user=run.user,
        day=naming.day(first.started, where),
        times=_span(first.started, last.ended or last.started, where),
        started=_machine(first.started, where),
        facts=facts(record, read, written),
        about=tuple(about(record)),
        packages=tuple((name, known[name]) for name in record.used if name in known),
        all_packages=tuple(sorted(known.items(), key=lambda item: item[0].lower())),
        stretches=_stretches(record, entries, where),
        metrics=metric_lines(record.metrics, (series for step in record.steps for series in step.series)),
        models=model_lines(record),
        tries=tries_of(record.results),
        parameters=tuple(parameter_lines(record)),
        read=read,
        written=written,
        queries=query_lines(record, [query for step in record.steps for query in step.queries]),
        remotes=remote_lines([remote for step in record.steps for remote in step.remotes]),
        not_seen=not_seen(record.problems),
        unseen=tuple(entry for entry in entries if entry.data.not_seen),
        failures=tuple(entry for entry in entries if entry.status in _HIDDEN_FAILURES),
        figures=tuple(
            figure for step in record.steps for figure in figures(step.outputs, step.n, label(step), record.blob, budget)
        ) if thumbnails else (),
        notes=tuple(note.text for note in record.notes),
        tags=record.tags,
        warnings=(*run_warnings(run, _seen(record.problems)), *record.warnings),
        version=run.version,
    )  # fmt: skip


def label(step: Step) -> str:
    """What a cell is about in a few words: its leading comment, else its first line of code."""
    if step.execution.off:
        return "not recorded"
    lines = [line.strip() for line in plain(step.execution.source).split("\n") if line.strip()]
    first = lines[0] if lines else "empty cell"
    if first.startswith("#") and (said := first.lstrip("#! -=*").strip()):
        first = said
    return first if len(first) <= 90 else f"{first[:88]}…"


@functools.cache
def _lexer() -> Any:
    try:
        from ipython_pygments_lexers import IPython3Lexer  # type: ignore[import-untyped]

        return IPython3Lexer(stripnl=False, ensurenl=False)
    except ImportError:
        from pygments.lexers.python import PythonLexer

        return PythonLexer(stripnl=False, ensurenl=False)


def highlighted(source: str) -> Markup:
    """The code as HTML with a class for each kind of token; very long code only at its beginning."""
    from pygments import highlight
    from pygments.formatters.html import HtmlFormatter

    text = plain(source)
    cut = text[:_CODE]
    made = Markup(highlight(cut, _lexer(), HtmlFormatter(nowrap=True, classprefix="h-")))
    if len(text) > _CODE:
        made += Markup('\n<span class="gone">… {} of code left out here; the journal holds it</span>').format(
            size(len(text) - _CODE)
        )
    return made


def _entry(record: Record, step: Step, where: tzinfo, budget: Budget) -> Entry:
    execution, said = step.execution, label(step)
    code = execution.source if budget.take(2 * len(execution.source)) else "# left out here to keep the page small"
    error = plain(f"{execution.error_name}: {execution.error_value}").strip(" :\n").split("\n")[0] if execution.error_name else ""
    return Entry(
        n=step.n,
        address=str(execution.address),
        anchor=f"{record.run.run}-{step.n}",
        label=said,
        code=highlighted(code),
        outputs=tuple(markup for output in step.outputs if (markup := rendered(output, f"{said} ({execution.address})", record.blob, budget))),
        time=naming.clock(execution.started, where, seconds=True),
        duration=naming.duration(execution.duration_s),
        status="off" if execution.off else execution.status,
        folded=execution.status in _HIDDEN_FAILURES,
        error=error if len(error) <= 200 else f"{error[:199]}…",
        data=data_of(record, step),
        metrics=tuple((name, number(value)) for name, value in last_values(step.metrics).items()),
        models=tuple(dict.fromkeys(f"{model.name} ({model.kind.rpartition('.')[2]})" for model in step.models)),
        took=_took(step),
        warnings=tuple(_warnings(step)),
        notes=tuple(note.text for note in step.notes),
        tags=step.tags,
        name=step.name,
        result=bool(step.metrics or step.models or step.written or any(kind.startswith("image/") for output in step.outputs for kind in output.data)),
    )  # fmt: skip


def _took(step: Step) -> str:
    used = step.resources
    if used is None or (used.cpu_s < _MUCH_CPU_S and not used.peak_bytes):
        return ""
    peak = f"up to {size(used.peak_bytes)}" if used.peak_bytes >= _MUCH_BYTES else ""
    return ", ".join(filter(None, (naming.duration(used.cpu_s) if used.cpu_s >= _MUCH_CPU_S else "", peak)))


def _warnings(step: Step) -> list[str]:
    return execution_warnings(step.execution, step.outputs, step.read, step.written, _seen(step.problems))


def _seen(problems: Iterable[Problem]) -> list[Problem]:
    """The problems but for what was not seen, which has a place of its own among the data."""
    return [problem for problem in problems if problem.what != "not-seen"]


def _left(record: Record) -> list[FileUse]:
    """What stands there in the end, and what was taken away."""
    last = {use.path: use for step in record.steps for use in step.written}
    return list(last.values())


def _stretches(record: Record, entries: Sequence[Entry], where: tzinfo) -> tuple[Stretch, ...]:
    """The entries cut where the work paused, and where the list would become too long to look over."""
    groups: list[list[int]] = []
    before: datetime | None = None
    for place, step in enumerate(record.steps):
        at = naming.moment(step.execution.started, where)
        paused = before is not None and at is not None and (at - before).total_seconds() > _PAUSE_S
        if not groups or paused or len(groups[-1]) >= _SESSION:
            groups.append([])
        groups[-1].append(place)
        before = naming.moment(step.execution.ended or step.execution.started, where)
    answer = []
    for group in groups:
        first, last = record.steps[group[0]].execution, record.steps[group[-1]].execution
        span = _span(first.started, last.ended or last.started, where)
        answer.append(Stretch(f"{record.run.run}-from-{entries[group[0]].n}", span, tuple(entries[place] for place in group)))
    return tuple(answer)


def _span(start: str, end: str, where: tzinfo) -> str:
    first, last = naming.clock(start, where), naming.clock(end, where)
    a, b = naming.moment(start, where), naming.moment(end, where)
    if a is not None and b is not None and a.date() != b.date():
        return f"{first} – {naming.day(end, where)}, {last}"
    return first if first == last else f"{first}–{last}"


def _machine(time: str, where: tzinfo) -> str:
    at = naming.moment(time, where)
    return "" if at is None else at.isoformat(timespec="seconds")
