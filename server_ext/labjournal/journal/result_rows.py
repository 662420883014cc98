"""Rows of the tables about results, typed. Part of `reader`."""

from __future__ import annotations

import json
import math
from typing import Any

from labjournal.journal.rows import Figure, Metric, Model, Parameter, Resources, Series

__all__ = [
    "FIGURE",
    "METRIC",
    "MODEL",
    "PARAMETER",
    "RESOURCES",
    "SERIES",
    "figure",
    "load",
    "metric",
    "model",
    "parameter",
    "resources",
    "series",
]

PARAMETER = "n, name, value, type, source, place"
METRIC = "n, name, value, special, step, at, source, confidence, unit, place"
SERIES = "n, name, numbers, steps, points, at, source, confidence, unit, place"
MODEL = "n, name, kind, library, version, parameters, recipe, fitted_on, features, signature, fit_s, bytes, path, at"
FIGURE = "n, position, path, title, labels, data"
RESOURCES = "n, cpu_s, memory_bytes, peak_bytes, gpu"

_SPECIAL: dict[Any, float] = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def parameter(row: Any) -> Parameter:
    return Parameter(row["n"], row["name"], load(row["value"], None), row["type"], row["source"], row["place"])


def metric(row: Any) -> Metric:
    value = _SPECIAL[row["special"]] if row["special"] in _SPECIAL else float(row["value"])
    return Metric(
        row["n"], row["name"], value, row["step"], row["at"], row["source"], row["confidence"], row["unit"], row["place"]
    )


def series(row: Any) -> Series:
    values = tuple(number for number in map(_number, load(row["numbers"], [])) if number is not None)
    steps = tuple(step for step in load(row["steps"], []) if isinstance(step, int))
    return Series(row["n"], row["name"], values, steps if len(steps) == len(values) else (), row["points"], row["at"], row["source"],
                  row["confidence"], row["unit"], row["place"])  # fmt: skip


def model(row: Any) -> Model:
    fitted_on = [each for each in load(row["fitted_on"], []) if isinstance(each, dict)]
    signature = load(row["signature"], {}) if row["signature"] else None
    return Model(row["n"], row["name"], row["kind"], row["library"], row["version"], load(row["parameters"], {}), row["recipe"], fitted_on,
                 _texts(row["features"]), signature, row["fit_s"], row["bytes"], row["path"], row["at"])  # fmt: skip


def figure(row: Any) -> Figure:
    return Figure(row["n"], row["position"], row["path"], row["title"], _texts(row["labels"]), _texts(row["data"]))


def resources(row: Any) -> Resources:
    return Resources(row["n"], row["cpu_s"], row["memory_bytes"], row["peak_bytes"], load(row["gpu"], {}) if row["gpu"] else None)


def load(text: str, otherwise: Any) -> Any:
    """The JSON value; `otherwise` where it is none, or not of the kind that stands in this column."""
    try:
        found = json.loads(text)
    except ValueError:
        return otherwise
    return otherwise if isinstance(otherwise, (dict, list)) and not isinstance(found, type(otherwise)) else found


def _texts(text: str) -> list[str]:
    return [each for each in load(text, []) if isinstance(each, str)]


def _number(value: Any) -> float | None:
    if isinstance(value, str):
        return _SPECIAL.get(value)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
