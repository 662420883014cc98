"""Numbers that came out of a run, and the models they speak of, as the rows of a page's tables."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from labjournal.journal.rows import Metric, Model, Series
from labjournal.questions.metrics import last_values
from labjournal.records.record import Record

__all__ = ["MetricLine", "ModelLine", "fitted_on", "metric_lines", "model_lines", "number"]

_MODELS = 100
_PARAMETERS = 200


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


@dataclass(frozen=True)
class ModelLine:
    """A model as a row of a table."""

    name: str
    kind: str
    library: str
    parameters: str
    fitted_on: str
    n: int
    repeated: bool
    """Whether a model of this record before it had the same recipe: the same class and parameters, fitted again."""


def number(value: float | int | str) -> str:
    """A number as a person writes it, six digits that count."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "−∞"
    return f"{value:,.0f}" if value == int(value) and abs(value) < 1e15 else f"{value:.6g}"


def metric_lines(metrics: Iterable[Metric], series: Iterable[Series] = ()) -> tuple[MetricLine, ...]:
    """One row for each name, in the order in which the names first appeared; then courses that are no metrics, the latest of each name."""
    lines = {line.name: line for line in (_metric_line(rows) for rows in _by_name(metrics))}
    courses = {each.name: _series_line(each) for each in series if each.values and each.name not in lines}
    return (*lines.values(), *courses.values())


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


def _series_line(series: Series) -> MetricLine:
    finite = [value for value in series.values if math.isfinite(value)]
    many = len(set(finite)) > 1
    return MetricLine(
        name=series.name,
        last=f"{number(series.values[-1])}{series.unit and f' {series.unit}'}",
        n=series.n,
        range=f"{number(min(finite))} … {number(max(finite))}" if many else "",
        steps=max(series.points, len(series.values)),
        path=_course(finite) if many else "",
    )


def model_lines(record: Record) -> tuple[ModelLine, ...]:
    """One row for each model that was fitted, in the order of the work."""
    seen: set[str] = set()
    lines = []
    for model in [model for step in record.steps for model in step.models][:_MODELS]:
        lines.append(_model_line(model, bool(model.recipe) and model.recipe in seen))
        seen.add(model.recipe)
    return tuple(lines)


def _model_line(model: Model, repeated: bool) -> ModelLine:
    parameters = ", ".join(f"{name}={_shown(value)}" for name, value in model.parameters.items())
    return ModelLine(
        name=model.name,
        kind=model.kind.rpartition(".")[2],
        library=f"{model.library} {model.version}".strip(),
        parameters=parameters if len(parameters) <= _PARAMETERS else f"{parameters[: _PARAMETERS - 1]}…",
        fitted_on=fitted_on(model),
        n=model.n,
        repeated=repeated,
    )


def fitted_on(model: Model) -> str:
    """'X 331 × 10, y 331'."""
    return ", ".join(filter(None, map(_data, model.fitted_on)))


def _data(fitted: dict[str, Any]) -> str:
    shape = fitted.get("shape")
    extent = " × ".join(f"{each:,}" for each in shape if isinstance(each, int)) if isinstance(shape, list) else ""
    return f"{fitted.get('part') or fitted.get('name') or ''} {extent}".strip()


def _shown(value: Any) -> str:
    return number(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)
