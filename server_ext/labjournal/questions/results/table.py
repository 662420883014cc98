"""Which of my tries was best: one row per result, its parameters and metrics side by side.

A page is chosen by the journal (`journal.results`); here its rows are filled, run by run. What the names of metrics mean (`directions`)
decides the order, unless somebody says which. Replays stand in the table too, each with what it replays.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from labjournal.journal.reader import Journal
from labjournal.journal.results import Chosen, FileTouch, Moment, Row, Standing
from labjournal.journal.rows import Parameter, Run
from labjournal.journal.standing import CONFIDENT
from labjournal.questions.answers import number, when
from labjournal.questions.metrics import meant, names_on_screen
from labjournal.questions.parameter_values import parameter_values
from labjournal.questions.results import directions
from labjournal.questions.results.answers import (
    MetricColumn,
    ParameterColumn,
    ResultFile,
    ResultPart,
    ResultsAnswer,
    SeriesPart,
)
from labjournal.questions.results.attribution import Behind, behind_results
from labjournal.questions.results.ordering import MOST, PREFIX, by_parameter, sorted_by
from labjournal.questions.results.parts import figure_part, measure_part, model_part, series_part
from labjournal.questions.results.refits import Refits
from labjournal.questions.summaries import first_lines
from labjournal.questions.warnings import library_warnings
from labjournal.recorders.library_warnings import WHAT as LIBRARY

__all__ = ["NOTHING", "STAR", "results"]

STAR = "star"
"""The tag of results that somebody marked."""
NOTHING: ResultsAnswer = {
    "results": [], "total": 0, "offset": 0, "sort": "started", "ordered": 0, "ascending": False, "metric_columns": [], "parameter_columns": [],
}  # fmt: skip
"""The answer where nothing has been recorded."""
_MOST_METRICS = 1000
_FOLLOWED = 200
"""Runs on a page of which the models are held against those of runs before."""
_CURVES = 10
_POINTS = 60
"""Of a curve, as many as a sparkline shows; `show` tells more."""


def results(
    journal: Journal,
    *,
    metric: str | None = None,
    sort: str | None = None,
    ascending: bool | None = None,
    tag: str | None = None,
    notebook: str | None = None,
    run: str | None = None,
    since: str | None = None,
    until: str | None = None,
    doubtful: bool = False,
    limit: int | None = None,
    offset: int = 0,
) -> ResultsAnswer:
    """The table, newest first, or by the metric `sort`, its best first, or by a parameter, the smallest first; `since` and `until` are UTC times.

    With `doubtful` also what is probably, but not surely, a metric; of one that is asked for by its name alone, that is shown too.
    """
    by, unsure, parameter = None if sort in (None, "started") else sort, False, None
    if by is not None:
        by, unsure, parameter = sorted_by(journal, by, doubtful=doubtful)
    named = by if unsure else None
    if metric is not None:
        metric, unsure = meant(journal, metric, doubtful=doubtful)
        named = metric if unsure else named
    chosen = journal.chosen(
        metric=metric, tag=tag, notebook=notebook, run=run, since=since, until=until, doubtful=doubtful, named=named
    )
    total = journal.results.count(chosen)
    if parameter is not None:
        upwards = ascending is not False
        by, ordered = f"{PREFIX}{parameter}", min(total, MOST)
        rows = by_parameter(journal, chosen, parameter, _settings, descending=not upwards, limit=limit, offset=offset)
    else:
        upwards = ascending if ascending is not None else by is not None and directions.best(by) == "lowest"
        rows, ordered = journal.results.page(chosen, limit=limit, offset=offset, sort=by, ascending=upwards), total
    parts = _parts(journal, rows, chosen, by or metric or "")
    return {
        "results": parts,
        "total": total,
        "offset": offset,
        "sort": by or "started",
        "ordered": ordered,
        "ascending": upwards,
        "metric_columns": _metric_columns(parts),
        "parameter_columns": _parameter_columns(parts),
    }


def _parts(journal: Journal, rows: Sequence[Row], chosen: Chosen, besides: str) -> list[ResultPart]:
    """The rows filled, in their order."""
    of_run: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        of_run[row.run].append(row)
    filled = {
        (row.run, row.n): part
        for run, several in of_run.items()
        for row, part in zip(several, _run_parts(journal, run, several, chosen, besides, len(of_run) <= _FOLLOWED), strict=True)
    }
    return [filled[row.run, row.n] for row in rows]


def _run_parts(journal: Journal, name: str, rows: list[Row], chosen: Chosen, besides: str, follow: bool) -> Iterable[ResultPart]:
    """What is read of one run, table by table, and nothing from those of which the rows say that they have nothing."""
    run, table, confidence = journal.run(name), journal.results, chosen.confidence
    numbers = sorted(row.n for row in rows)
    models = table.models(name, [row.n for row in rows if row.models])
    refits = Refits(journal, run, models, follow=follow)
    moments, behind = table.moments(name, numbers), behind_results(table, name, sorted({*numbers, *refits.numbers}))
    standing = table.standing(name, [row.n for row in rows if row.metrics or row.doubtful], most=_MOST_METRICS, besides=besides)
    series, drawn = table.series(name, numbers), table.figures(name, [row.n for row in rows if row.figures])
    files = table.written(name, [row.n for row in rows if row.files])
    pictured = table.pictured(name, [row.n for row in rows if row.figures])
    warned = table.told(name, numbers, LIBRARY)
    tags, names = _tags(journal, name), dict(journal.names(name))
    for row in rows:
        n = row.n
        sure = [each for each in standing.get(n, ()) if each.confidence >= chosen.confidence_in(each.name)]
        curves = [series_part(each, _POINTS) for each in list(series.get(n, ()))[:_CURVES] if each.confidence >= confidence]
        curves += _logged_curves(journal, name, sure, {curve["name"] for curve in curves})
        yield _part(
            run, row, moments[n], behind[n], sure, confidence,
            {
                "metrics": {each.name: number(each.value) for each in sure} | names_on_screen(sure, standing.get(n, ())),
                "files": files.get(n, ()),
                "models": [model_part(each, refits.change(each, behind)) for each in models.get(n, ())],
                "series": curves[:_CURVES],
                "figures": [figure_part(each) for each in drawn.get(n, ())],
                "thumbnail": n in pictured,
                "warnings": library_warnings(warned.get(n, ())),
                "tags": list(dict.fromkeys([*tags[n], *tags[0]])),
                "star": STAR in tags[n],
                "name": names.get(n),
            },
        )  # fmt: skip


def _part(
    run: Run, row: Row, moment: Moment, behind: Behind, sure: list[Standing], confidence: float, more: dict[str, Any]
) -> ResultPart:
    return {
        "address": f"{row.run}/{row.n}",
        "run": row.run,
        "n": row.n,
        "cell_id": moment.cell_id,
        "notebook": run.notebook,
        "started": when(moment.started),
        "duration_s": moment.duration_s if moment.duration_s is not None and math.isfinite(moment.duration_s) else None,
        "status": moment.status,
        "first_lines": first_lines(moment.source),
        "parameters": _settings(behind.parameters),
        "metrics": more["metrics"],
        "measures": [measure_part(each) for each in sure],
        "metrics_count": row.metrics + (row.doubtful if confidence < CONFIDENT else 0),
        "inputs": _files(behind.inputs),
        "files": _files(more["files"]),
        "models": more["models"],
        "series": more["series"],
        "figures": more["figures"],
        "figures_count": row.figures,
        "thumbnail": more["thumbnail"],
        "warnings": more["warnings"],
        "tags": more["tags"],
        "star": more["star"],
        "name": more["name"],
        "replay_of": run.replay_of,
    }


def _tags(journal: Journal, run: str) -> dict[int, list[str]]:
    tags: dict[int, list[str]] = defaultdict(list)
    for n, tag in journal.tags(run):
        tags[n].append(tag)
    return tags


def _settings(parameters: Iterable[Parameter]) -> dict[str, Any]:
    """Values that were chosen; `losses = []` is where something is to be gathered."""
    return {name: value for name, value in parameter_values(parameters).items() if value not in ([], {}, "", None)}


def _files(touched: Iterable[FileTouch]) -> list[ResultFile]:
    found = {(each.path, each.sha256): each for each in touched}
    return [{"path": each.path, "sha256": each.sha256, "bytes": each.bytes} for each in found.values()]


def _logged_curves(journal: Journal, run: str, standing: Iterable[Standing], known: set[str]) -> list[SeriesPart]:
    """Metrics that were logged step by step are curves too."""
    curves: list[SeriesPart] = []
    for each in standing:
        if each.numbers < 3 or each.step is None or each.name in known or len(curves) >= _CURVES:
            continue
        steps, values = journal.results.steps(run, each, _POINTS)
        curves.append(
            {
                "name": each.name,
                "values": [number(value) for value in values],
                "steps": steps,
                "points": each.numbers,
                "unit": each.unit,
                "source": each.source,
                "confidence": each.confidence,
                "where": "",
            }
        )
    return curves


def _metric_columns(parts: list[ResultPart]) -> list[MetricColumn]:
    """Those that most results have first."""
    columns: dict[str, MetricColumn] = {}
    leading: dict[str, float] = {}
    for part in parts:
        for measure in part["measures"]:
            name, value = measure["name"], measure["value"]
            column = columns.setdefault(
                name, {"name": name, "unit": measure["unit"], "results": 0, "best": directions.best(name), "best_address": None}
            )
            column["results"] += 1
            if isinstance(value, str) or column["best"] is None:
                continue
            if name not in leading or directions.better(name, value, leading[name]):
                leading[name], column["best_address"] = value, part["address"]
    return sorted(columns.values(), key=lambda column: -column["results"])


def _parameter_columns(parts: list[ResultPart]) -> list[ParameterColumn]:
    values: dict[str, set[str]] = {}
    counts: dict[str, int] = defaultdict(int)
    for part in parts:
        for name, value in part["parameters"].items():
            values.setdefault(name, set()).add(json.dumps(value, sort_keys=True))
            counts[name] += 1
    columns: list[ParameterColumn] = [
        {"name": name, "results": counts[name], "varies": len(found) > 1} for name, found in values.items()
    ]
    return sorted(columns, key=lambda column: (not column["varies"], -column["results"]))
