"""What happened: log, show, search."""

from __future__ import annotations

import argparse
import os
from itertools import groupby
from typing import TYPE_CHECKING

from labjournal.cli.journals import NOTHING_YET, opened, opened_if_there
from labjournal.cli.parser import Commands, typed, wants_json
from labjournal.cli.terminal import Style, put, put_json, safe
from labjournal.cli.text import Cell, clock, count, day, duration, figure, figures, same_word, table
from labjournal.errors import LabjournalError

if TYPE_CHECKING:
    from labjournal.questions.answers import HitPart, LogAnswer, RunPart

__all__ = ["add", "limit", "named_notebook", "time_bounds"]

_GROUP = "See what happened"
_RUNS_SHOWN = 30


def add(commands: Commands) -> None:
    log = commands.add(
        _GROUP,
        "log",
        "runs, newest first",
        _log,
        f"On a terminal the newest {_RUNS_SHOWN} runs, where nothing else is asked for; with --json all of them.",
    )
    log.add_argument("--day", metavar="DAY", help="runs of a day: today, yesterday or YYYY-MM-DD")
    log.add_argument("--since", metavar="TIME", help="runs since a date, a time, or 2h, 3d for so long ago")
    log.add_argument("--until", metavar="TIME", help="runs before that; a date means all of that day")
    log.add_argument("--notebook", metavar="PATH", type=typed, help="runs of a notebook: its path, or the end of it")
    log.add_argument("--tag", metavar="TAG", type=typed, help="runs with that tag")
    log.add_argument("--metric", metavar="M", type=typed, help="runs that gave this metric")
    log.add_argument("--limit", metavar="N", type=limit, help="at most so many; 0 for all")
    show = commands.add(
        _GROUP,
        "show",
        "everything about a run or an execution",
        _show,
        "With --json, contents of outputs up to 1 MB stand in the answer for an execution; for a whole run they are named by digest.",
    )
    show.add_argument("address", metavar="ADDRESS", type=typed, help="a run (k3f9) or an execution (k3f9/12, last/result)")
    search = commands.add(
        _GROUP, "search", "find words in code, outputs, notes, paths, and the names of metrics, models and figures", _search
    )
    search.add_argument(
        "text", metavar="TEXT", type=typed, nargs="+", help="words that all have to be there; the last may be a beginning"
    )
    search.add_argument("--limit", metavar="N", type=limit, default=50, help="at most so many (default: 50)")


def limit(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of lines; write 20, or 0 for all")
    return int(text)


def _log(arguments: argparse.Namespace) -> int:
    from labjournal.questions.timeline import log

    since, until = time_bounds(arguments)
    most, as_json = _how_many(arguments), wants_json(arguments)
    journal = opened_if_there(arguments)
    if journal is None:
        put_json({"runs": []}) if as_json else put(NOTHING_YET)
        return 0
    with journal:
        # One more than is shown tells whether there are more.
        answer = log(
            journal,
            since=since,
            until=until,
            notebook=named_notebook(arguments.notebook),
            tag=arguments.tag,
            metric=arguments.metric,
            limit=most + 1 if most else None,
        )
    more = bool(most) and len(answer["runs"]) > most
    shown: LogAnswer = {"runs": answer["runs"][:most] if most else answer["runs"]}
    if as_json:
        put_json(shown)
    else:
        _print_runs(shown["runs"], more, arguments.metric)
    return 0


def time_bounds(arguments: argparse.Namespace) -> tuple[str | None, str | None]:
    """The UTC times that --day, or --since and --until, mean."""
    from labjournal.questions.days import bounds, day_bounds, read_day

    if arguments.day is None:
        return bounds(arguments.since, arguments.until)
    if arguments.since is not None or arguments.until is not None:
        raise LabjournalError("--day and --since or --until are too much at once.", "Name either the day or the times.")
    return day_bounds(read_day(arguments.day))


def _how_many(arguments: argparse.Namespace) -> int:
    """How many runs are shown; 0 for all of them."""
    if arguments.limit is not None:
        return int(arguments.limit)
    asked = (arguments.day, arguments.since, arguments.until, arguments.notebook, arguments.tag, arguments.metric)
    return 0 if wants_json(arguments) or any(asked) else _RUNS_SHOWN


def named_notebook(path: str | None) -> str | None:
    """A path as it was meant: one that leads from here to a file is that file, anything else the end of a path."""
    return os.path.realpath(path) if path and os.path.exists(path) else path


def _print_runs(runs: list[RunPart], more: bool, metric: str | None) -> None:
    if not runs:
        put("No runs.")
        return
    style = Style()
    head = ("run", "time", "notebook", "executions", "failed", "duration", "files", metric or "metrics", "name, tags")
    lines = table(head, [_run_line(run, metric) for run in runs], style, right=(3, 4))
    put(lines[0])
    days = groupby(zip(runs, lines[1:], strict=True), key=lambda pair: day(pair[0]["started"]))
    for name, pairs in days:
        put("\n" + style(safe(name), "strong"))
        put("\n".join(line for _, line in pairs))
    if more:
        newest = f"newest {len(runs)} runs" if len(runs) > 1 else "newest run"
        put(f"\nThe {newest}; `labjournal log --limit 0` shows all.")


def _run_line(run: RunPart, metric: str | None) -> list[Cell]:
    notebook = os.path.basename(run["notebook"] or "") or ("(not known)" if run["client"] == "unknown" else f"({run['client']})")
    failed: Cell = (str(run["failed"]), "bad") if run["failed"] else "0"
    lasted: Cell = duration(run["duration_s"])
    if run["status"] != "ended":
        lasted = (
            ("running", "link") if run["status"] == "running" else (f"{duration(run['duration_s'])}, died".lstrip(", "), "bad")
        )
    labels = ", ".join([f'"{run["name"]}"'] * bool(run["name"]) + run["tags"])
    replayed = f"replay of {run['replay_of']}" if run["replay_of"] else ""
    return [
        (run["run"], "link"),
        clock(run["started"]),
        _ended_at(notebook, 32),
        str(run["executions"]),
        failed,
        lasted,
        ", ".join(f"{number} {word}" for number, word in ((run["files_read"], "in"), (run["files_written"], "out")) if number),
        _ended_at(_metrics(run, metric), 48),
        ", ".join(part for part in (labels, replayed) if part),
    ]


def _metrics(run: RunPart, metric: str | None) -> str:
    if metric is not None:
        return str(next((figure(value) for name, value in run["metrics"].items() if same_word(name, metric)), ""))
    from labjournal.questions.metrics import once

    metrics = once(run["metrics"])
    return figures(dict(list(metrics.items())[:3])) + (", ..." if len(metrics) > 3 else "")


def _ended_at(text: str, columns: int) -> str:
    from labjournal.cli.text import cut

    return cut(safe(text, one_line=True), columns)


def _show(arguments: argparse.Namespace) -> int:
    from labjournal.journal.addresses import resolve
    from labjournal.questions.timeline import show

    with opened(arguments) as journal:
        answer = show(journal, resolve(journal, arguments.address))
    if wants_json(arguments):
        put_json(answer)
    else:
        from labjournal.cli.shown import execution_lines, run_lines

        lines = execution_lines if "/" in answer["address"] else run_lines
        put("\n".join(lines(answer, Style())))
    return 0


def _search(arguments: argparse.Namespace) -> int:
    from labjournal.questions.search import search

    journal = opened_if_there(arguments)
    if journal is None:
        put_json({"hits": []}) if wants_json(arguments) else put(NOTHING_YET)
        return 0
    with journal:
        answer = search(journal, " ".join(arguments.text), arguments.limit or 1_000_000)
    if wants_json(arguments):
        put_json(answer)
        return 0
    style = Style()
    for hit in answer["hits"]:
        put(_hit_lines(hit, style))
    put(count(len(answer["hits"]), "hit") + ".")
    return 0


def _hit_lines(hit: HitPart, style: Style) -> str:
    when = f"{day(hit['started'])}, {clock(hit['started'])}"
    found = "".join(style(safe(part["text"]), "strong" if part["match"] else "") for part in hit["parts"])
    lines = "\n".join(f"    {line}" for line in found.split("\n") if line.strip())
    return f"{style(safe(hit['address']), 'link')}  {style(safe(hit['where']), 'faint')}  {style(safe(when), 'faint')}\n{lines}\n"
