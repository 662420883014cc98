"""The table of results: in a terminal as wide as it is, as CSV, as JSON."""

from __future__ import annotations

import argparse
import csv
import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby, zip_longest
from typing import TYPE_CHECKING, Any

from labjournal.cli.journals import NOTHING_YET, opened_if_there
from labjournal.cli.parser import Commands, typed, wants_json
from labjournal.cli.reading import limit, named_notebook, time_bounds
from labjournal.cli.terminal import Style, put, put_json, safe
from labjournal.cli.text import Cell, breadth, clock, count, cut, day, figure, same_word, table, width
from labjournal.errors import LabjournalError

if TYPE_CHECKING:
    from labjournal.questions.results.answers import ModelPart, ResultPart, ResultsAnswer

__all__ = ["add"]


@dataclass(eq=False)
class _Column:
    title: str
    cells: list[Cell]
    right: bool = True

    @property
    def width(self) -> int:
        texts = [cell[0] if isinstance(cell, tuple) else cell for cell in self.cells]
        return max(breadth(safe(text, one_line=True)) for text in [self.title, *texts])


_SHOWN = 30
_TOLD = 1000
_WIDEST = 24
_MORE = f"""A result is an execution that produced a metric, a model, a figure or a file. Newest first; with --sort M the best value of M first (loss
and errors: the lowest, accuracy and scores: the highest), or the smallest where M is a parameter (parameters.M where a metric is called so, too). On a terminal the first {_SHOWN}, as many columns as fit; --csv and --json tell the first
{_TOLD:,} with all their columns."""


def add(commands: Commands) -> None:
    results = commands.add(
        "See what happened", "results", "one row per result: parameters and metrics side by side", _results, _MORE
    )
    results.add_argument("--metric", metavar="M", type=typed, help="results that have this metric, and only its column")
    results.add_argument(
        "--sort", metavar="M", type=typed, help="by this metric, the best first; or by a parameter, the smallest first"
    )
    way = results.add_mutually_exclusive_group()
    way.add_argument("--ascending", action="store_true", help="lowest (or oldest) first, whatever the metric means")
    way.add_argument("--descending", action="store_true", help="highest (or newest) first, whatever the metric means")
    results.add_argument("--tag", metavar="TAG", type=typed, help="results with that tag, or of runs with it")
    results.add_argument("--notebook", metavar="PATH", type=typed, help="results of a notebook: its path, or the end of it")
    results.add_argument("--day", metavar="DAY", help="results of a day: today, yesterday or YYYY-MM-DD")
    results.add_argument("--since", metavar="TIME", help="results since a date, a time, or 2h, 3d for so long ago")
    results.add_argument("--until", metavar="TIME", help="results before that; a date means all of that day")
    results.add_argument(
        "--group", metavar="NAME", type=typed, help="in groups: by a parameter, or by notebook, run, tag, day, model"
    )
    results.add_argument("--all", action="store_true", help="also numbers of which it is not sure that they are metrics")
    results.add_argument("--limit", metavar="N", type=limit, help="at most so many; 0 for all")
    results.add_argument("--csv", action="store_true", help="as comma-separated values, one column per parameter and metric")


def _results(arguments: argparse.Namespace) -> int:
    from labjournal.questions.results.table import NOTHING, results

    as_json = wants_json(arguments)
    if as_json and arguments.csv:
        raise LabjournalError("--json and --csv are too much at once.", "Choose one of them.")
    since, until = time_bounds(arguments)
    most = arguments.limit if arguments.limit is not None else _TOLD if as_json or arguments.csv else _SHOWN
    journal = opened_if_there(arguments)
    if journal is None:
        put_json(NOTHING) if as_json else put("" if arguments.csv else NOTHING_YET)
        return 0
    with journal:
        answer = results(
            journal,
            metric=arguments.metric,
            sort=arguments.sort,
            ascending=True if arguments.ascending else False if arguments.descending else None,
            tag=arguments.tag,
            notebook=named_notebook(arguments.notebook),
            since=since,
            until=until,
            doubtful=arguments.all,
            limit=most or None,
        )
    if as_json:
        put_json(answer)
    elif arguments.csv:
        put(_csv(answer).rstrip("\n"))
    else:
        _print(answer, arguments.metric, arguments.group)
    return 0


# in a terminal


def _print(answer: ResultsAnswer, metric: str | None, group: str | None) -> None:
    rows = answer["results"] if group is None else _grouped(answer["results"], group)
    if not rows:
        put("No results." if not answer["total"] else "No more results.")
        return
    style = Style()
    metrics = [column for column in answer["metric_columns"] if metric is None or same_word(column["name"], metric)]
    metrics.sort(key=lambda column: column["name"] != answer["sort"])
    varying = [column["name"] for column in answer["parameter_columns"] if column["varies"] or column["results"] < len(rows)]
    constant = [column["name"] for column in answer["parameter_columns"] if column["name"] not in varying]
    varying.sort(key=lambda name: f"parameters.{name}" != answer["sort"])
    if len(rows) == 1:
        varying, constant = varying + constant, []
    leading = {(column["best_address"], column["name"]) for column in metrics if column["best_address"] and column["results"] > 1}
    numbers = [
        _Column(
            _title(column["name"]), [_measured(row, column["name"], (row["address"], column["name"]) in leading) for row in rows]
        )
        for column in metrics
    ]
    given = [_Column(_title(name), [_value(row["parameters"].get(name, "")) for row in rows]) for name in varying]
    by_time = answer["sort"] == "started" and group in (None, "day")
    lines, left_out = _fitted(rows, numbers, given, style, by_time)
    _put_in_groups(rows, lines, style, (lambda row: _group(row, group)) if group else _day if by_time else None)
    if constant:
        values = rows[0]["parameters"]
        told = ", ".join(f"{name} {_value(values[name])}" for name in constant)
        put("\n" + style(cut(safe(f"the same in all: {told}", one_line=True), max(40, width())), "faint"))
    _put_more(answer, left_out)


def _fitted(
    rows: list[ResultPart], metrics: list[_Column], parameters: list[_Column], style: Style, by_time: bool
) -> tuple[list[str], int]:
    """The lines, and how many columns did not fit: metrics and parameters give way in turns, the least common first."""
    first = [
        _Column("result", [(row["address"], "link") for row in rows], right=False),
        _Column("time", [("" if by_time else f"{row['started'][:10]} ") + clock(row["started"]) for row in rows], right=False),
    ]
    notebooks = [os.path.basename(row["notebook"] or "") or "(not known)" for row in rows]
    if len(set(notebooks)) > 1:
        first.append(_Column("notebook", [cut(safe(name, one_line=True), _WIDEST) for name in notebooks], right=False))
    last = _Column("made, tags", [_besides(row) for row in rows], right=False)
    room = width() - sum(column.width + 2 for column in first) - min(last.width, _WIDEST)
    queue = [column for pair in zip_longest(metrics, parameters) for column in pair if column is not None]
    kept: list[_Column] = []
    for column in queue:
        room -= column.width + 2
        if room < 0 and kept:
            break
        kept.append(column)
    shown = [*first, *(each for each in parameters if each in kept), *(each for each in metrics if each in kept), last]
    cells = [[column.cells[place] for column in shown] for place in range(len(rows))]
    right = tuple(place for place, column in enumerate(shown) if column.right)
    return table([column.title for column in shown], cells, style, right=right), len(queue) - len(kept)


def _put_in_groups(rows: list[ResultPart], lines: list[str], style: Style, of: Callable[[ResultPart], str] | None) -> None:
    put(lines[0])
    if of is None:
        put("\n".join(lines[1:]))
        return
    for name, pairs in groupby(zip(rows, lines[1:], strict=True), key=lambda pair: of(pair[0])):
        put("\n" + style(safe(name, one_line=True), "strong"))
        put("\n".join(line for _, line in pairs))


def _day(row: ResultPart) -> str:
    return day(row["started"])


def _grouped(rows: list[ResultPart], group: str) -> list[ResultPart]:
    """The rows, those of one group together; the groups in the order of their first rows, so that the best group comes first."""
    groups: dict[str, list[ResultPart]] = {}
    for row in rows:
        groups.setdefault(_group(row, group), []).append(row)
    if rows and set(groups) == {f"{group}: none"}:
        known = ", ".join(dict.fromkeys(f"{name:.40}" for row in rows for name in row["parameters"])) or "no parameter"
        raise LabjournalError(
            f"No result has a parameter '{group:.60}'.", f"Group by notebook, run, tag, day, model, or {known:.200}."
        )
    return [row for several in groups.values() for row in several]


def _group(row: ResultPart, group: str) -> str:
    if group in row["parameters"]:
        return f"{group} = {_value(row['parameters'][group])}"
    if group == "day":
        return _day(row)
    if group == "notebook":
        return row["notebook"] or "no notebook is known"
    if group == "run":
        return row["run"]
    if group == "tag":
        return ", ".join(row["tags"]) or "no tag"
    if group == "model":
        return ", ".join(dict.fromkeys(model["kind"].rpartition(".")[2] for model in row["models"])) or "no model"
    return f"{group}: none"


def _put_more(answer: ResultsAnswer, left_out: int) -> None:
    if answer["ordered"] < answer["total"]:
        put(
            f"\nThe newest {answer['ordered']:,} of {count(answer['total'], 'result')} stand in this order, the others behind them."
        )
    hidden = answer["total"] - answer["offset"] - len(answer["results"])
    if hidden > 0:
        put(f"\n{count(hidden, 'result')} more; `labjournal results --limit 0` shows all.")
    if left_out:
        put(f"\n{count(left_out, 'column')} more; --csv and --json tell all.")


def _title(name: str) -> str:
    return cut(safe(name, one_line=True), _WIDEST)


def _measured(row: ResultPart, name: str, leads: bool) -> Cell:
    measure = next((each for each in row["measures"] if each["name"] == name), None)
    if measure is None:
        return ""
    unit = measure["unit"] if len(measure["unit"]) < 6 else ""
    text = f"{figure(measure['value'])}{' ' if unit and unit != '%' else ''}{unit}" + (
        "" if measure["confidence"] >= 0.8 else " ?"
    )
    return (text, "good") if leads else text


def _value(value: Any) -> str:
    return cut(safe(str(figure(value)), one_line=True), _WIDEST)


def _besides(row: ResultPart) -> str:
    """What else came out of it, and what was said about it."""
    models = [_model(model) for model in row["models"]]
    files = [os.path.basename(file["path"]) for file in row["files"]]
    pictures = [count(row["figures_count"], "figure")] if row["figures_count"] else []
    replayed = [f"replay of {row['replay_of']}"] if row["replay_of"] else []
    star = ["*"] if row["star"] else []
    named = [f'"{row["name"]}"'] if row["name"] else []
    tags = [tag for tag in row["tags"] if tag != "star"]
    state = [row["status"]] if row["status"] not in ("ok", "running") else []
    parts = [
        *star,
        *named,
        *replayed,
        *state,
        *dict.fromkeys(models),
        *dict.fromkeys(warning.partition(":")[0] for warning in row["warnings"]),
        *pictures,
        *files[:3],
        *(["..."] if len(files) > 3 else []),
        *tags,
    ]
    return ", ".join(parts)


def _model(model: ModelPart) -> str:
    """Its class, and whether the one before was only trained on other data or was another recipe."""
    how = model["change"]["how"] if model["change"] else "refitted"
    return model["kind"].rpartition(".")[2] + (f" ({how})" if how != "refitted" else "")


# as comma-separated values


def _csv(answer: ResultsAnswer) -> str:
    parameters = [column["name"] for column in answer["parameter_columns"]]
    metrics = [column["name"] for column in answer["metric_columns"]]
    facts = ("address", "notebook", "started", "status", "duration_s", "replay_of", "name", "tags", "models", "files", "inputs")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        [*facts, *(_plain(f"parameters.{name}") for name in parameters), *(_plain(f"metrics.{name}") for name in metrics)]
    )
    for row in answer["results"]:
        own: dict[str, Any] = {
            **row,
            "tags": " ".join(row["tags"]),
            "models": " ".join(model["kind"] for model in row["models"]),
            "files": "\n".join(file["path"] for file in row["files"]),
            "inputs": "\n".join(file["path"] for file in row["inputs"]),
        }
        cells = [own[fact] for fact in facts]
        cells += [row["parameters"].get(name) for name in parameters] + [row["metrics"].get(name) for name in metrics]
        writer.writerow([_plain(cell) for cell in cells])
    return text.getvalue()


def _plain(value: Any) -> Any:
    """What a cell holds. A text that a spreadsheet would take for a formula is marked as text."""
    if value is None or isinstance(value, (int, float)):
        return "" if value is None else value
    text = safe(str(value))
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") and text not in ("-Infinity",) else text
