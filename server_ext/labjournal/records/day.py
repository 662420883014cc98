"""The lab notebook of a day, or of any time: every notebook that was worked on, what was tried, what came out, what did not succeed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from pathlib import Path, PurePath

from labjournal.journal.reader import Journal
from labjournal.journal.rows import Address
from labjournal.questions.answers import DayAnswer
from labjournal.questions.results.answers import ResultsAnswer
from labjournal.questions.results.best import Leading, Progress, progress
from labjournal.records import naming
from labjournal.records.atomic import destination, write_text
from labjournal.records.html import laid_out
from labjournal.records.measured import number
from labjournal.records.outputs import Budget
from labjournal.records.page import RunPage, run_page
from labjournal.records.record import Record, Step, build

__all__ = ["Group", "render", "write"]


@dataclass(frozen=True)
class ProgressLine:
    """The best of the time, against the best before it."""

    name: str
    now: str
    address: str
    anchor: str
    before: str
    said: str


@dataclass(frozen=True)
class Group:
    """One notebook and its runs."""

    name: str
    path: str
    anchor: str
    pages: tuple[RunPage, ...]
    progress: tuple[ProgressLine, ...] = ()


def write(journal: Journal, since: str | None, until: str | None, path: Path, *, force: bool = False) -> DayAnswer:
    """Writes the page of what was executed between two UTC times, and says how much that was."""
    path = destination(path, force=force)
    records = _records(journal, since, until)
    write_text(path, render(records, since, until, _best_of(journal, records, since, until)), force=force)
    return {"path": str(path), "runs": len(records), "executions": sum(len(record.steps) for record in records)}


def render(
    records: Sequence[Record],
    since: str | None,
    until: str | None,
    progress: Mapping[str, tuple[ProgressLine, ...]] | None = None,
) -> str:
    """The page of these records, in the reader's time zone; `progress` is told for each notebook."""
    budget, where = Budget(), _reader_zone(since, records)
    groups: dict[str, list[RunPage]] = {}
    for record in records:
        groups.setdefault(record.run.notebook or "", []).append(run_page(record, budget, where, thumbnails=True))
    made = [
        Group(
            PurePath(notebook).name if notebook else "Without a notebook",
            notebook,
            f"notebook-{number}",
            tuple(pages),
            (progress or {}).get(notebook, ()),
        )
        for number, (notebook, pages) in enumerate(groups.items(), 1)
    ]
    return laid_out(
        "day.html.j2", budget, heading=_heading(since, until, records, where), summary=_summary(records, made), facts=_facts(records), groups=made
    )  # fmt: skip


def _records(journal: Journal, since: str | None, until: str | None) -> list[Record]:
    """What was executed in the time, run by run, the oldest first; a run that began before it counts with what it did in it."""
    answer = []
    for run in reversed(journal.runs(until=until)):
        if run.replay_of is not None or not run.executions or (since and run.ended and run.ended < since):
            continue
        record = build(journal, Address(run.run))
        within = tuple(step for step in record.steps if _within(step.execution.started, since, until))
        if within:
            answer.append(replace(record, steps=within, results=_results_of(record, within)))
    return answer


def _results_of(record: Record, within: Sequence[Step]) -> ResultsAnswer | None:
    """The results of these executions alone."""
    if record.results is None or len(within) == len(record.steps):
        return record.results
    numbers = {step.n for step in within}
    kept = [row for row in record.results["results"] if row["n"] in numbers]
    return {**record.results, "results": kept, "total": len(kept)}


def _best_of(
    journal: Journal, records: Sequence[Record], since: str | None, until: str | None
) -> dict[str, tuple[ProgressLine, ...]]:
    """For each notebook its best results of the time."""
    names: dict[str, dict[str, None]] = {}
    for record in records:
        if record.run.notebook:
            names.setdefault(record.run.notebook, {}).update(dict.fromkeys(metric.name for metric in record.metrics))
    return {
        notebook: tuple(_progress_line(each) for each in progress(journal, notebook, list(of), since, until))
        for notebook, of in names.items()
    }


def _progress_line(found: Progress) -> ProgressLine:
    said = {True: "better than ever before", False: "not better than before", None: "as before" if found.before else "the first"}
    return ProgressLine(
        name=found.name,
        now=_with_unit(found.now),
        address=found.now.address,
        anchor=found.now.address.replace("/", "-"),
        before=f"{_with_unit(found.before)} ({found.before.address})" if found.before else "",
        said=said[found.improved],
    )


def _with_unit(leading: Leading) -> str:
    return f"{number(leading.value)}{leading.unit and f' {leading.unit}'}"


def _within(time: str, since: str | None, until: str | None) -> bool:
    return (since is None or time >= since) and (until is None or time < until)


def _reader_zone(since: str | None, records: Sequence[Record]) -> tzinfo | None:
    """The zone of who reads, as it was at that time of the year."""
    time = since or (records[0].steps[0].execution.started if records else None)
    try:
        return datetime.fromisoformat(time).astimezone().tzinfo if time else datetime.now().astimezone().tzinfo
    except (ValueError, OverflowError, OSError):
        return datetime.now().astimezone().tzinfo


def _heading(since: str | None, until: str | None, records: Sequence[Record], where: tzinfo | None) -> str:
    zone = where or datetime.now().astimezone().tzinfo or naming.zone(records[0].run)
    first = naming.moment(since, zone) if since else None
    last = naming.moment(until, zone) if until else None
    if (
        first is not None
        and last is not None
        and last - first <= timedelta(hours=25)
        and (last - timedelta(seconds=1)).date() == first.date()
    ):
        return naming.day(since, zone)
    begin = (
        naming.day(since, zone)
        if since
        else naming.day(records[0].steps[0].execution.started, zone)
        if records
        else "The beginning"
    )
    end = naming.day((last - timedelta(seconds=1)).isoformat(), zone) if last else "today"
    return begin if begin == end else f"{begin} – {end}"


def _summary(records: Sequence[Record], groups: Sequence[Group]) -> str:
    users = sorted({record.run.user for record in records if record.run.user})
    said = f"{naming.count(len(groups), 'notebook')}, {naming.count(len(records), 'run')}"
    return f"{said} · {', '.join(users)}" if users else said


def _facts(records: Sequence[Record]) -> tuple[tuple[str, str], ...]:
    steps = [step for record in records for step in record.steps]
    failed = sum(step.failed for step in steps)
    written = {(use.path, use.sha256) for step in steps for use in step.written if not use.deleted and not use.package}
    pictures = sum(any(kind.startswith("image/") for kind in output.data) for step in steps for output in step.outputs)
    metrics = len({(record.run.run, metric.name) for record in records for metric in record.metrics})
    counted = [
        (len(steps), "execution"),
        (failed, "did not succeed"),
        (metrics, "metric"),
        (pictures, "figure"),
        (len(written), "file written"),
    ]
    spent = naming.duration(sum(step.execution.duration_s or 0.0 for step in steps)) or "0 s"
    plural = {"execution": "executions", "metric": "metrics", "figure": "figures", "file written": "files written"}
    return (
        *[(f"{many:,}", what if many == 1 else plural.get(what, what)) for many, what in counted if many or what == "execution"],
        (spent, "computing"),
    )
