"""How models, curves and what an execution took of the machine look in a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from labjournal.cli.terminal import Style
from labjournal.cli.text import Cell, cut, duration, figure, size, table

if TYPE_CHECKING:
    from labjournal.questions.answers import ExecutionPart
    from labjournal.questions.results.answers import ModelPart, SeriesPart

__all__ = ["made_lines", "sparkline"]

_BARS = "▁▂▃▄▅▆▇█"
_PLAIN_BARS = "_.-~=+*#"
"""Where the output's encoding knows no blocks."""
_WIDE = 40
_SIZES = ("parameters", "trees", "coefficients", "nodes", "estimators", "support_vectors", "clusters", "components")


def made_lines(execution: ExecutionPart, style: Style) -> Iterator[str]:
    """What was fitted and how it went; nothing for what there is none of."""
    if execution["models"]:
        yield ""
        rows = [_model(model) for model in execution["models"]]
        yield from table(("model", "library", "fitting", "size", "", "parameters", "fitted on"), rows, style)
    if execution["series"]:
        yield ""
        rows = [_series(series) for series in execution["series"]]
        yield from table(("course", "values", "first", "last", ""), rows, style, right=(1, 2, 3))
    if used := execution["resources"]:
        peak = f", {size(used['peak_bytes'])} at most" if used["peak_bytes"] else ""
        yield ""
        yield style(
            f"took {duration(used['cpu_s'])} of the processor; the kernel held {size(used['memory_bytes'])}{peak}", "faint"
        )


def _model(model: ModelPart) -> Sequence[Cell]:
    parameters = ", ".join(f"{name}={figure(value)}" for name, value in model["parameters"].items())
    return [
        f"{model['name']} ({model['kind'].rpartition('.')[2]})",
        f"{model['library']} {model['version']}".strip(),
        duration(model["fit_s"]),
        _size(model),
        model["change"]["how"] if model["change"] else "",
        cut(parameters, 60),
        ", ".join(_fitted_on(data) for data in model["fitted_on"]),
    ]


def _size(model: ModelPart) -> str:
    """How many parameters, coefficients or trees, and how long the file is."""
    counts = (model["signature"] or {}).get("size")
    told = [f"{count:,} {what}" for what, count in counts.items() if what in _SIZES] if isinstance(counts, dict) else []
    return ", ".join([*told[:1], *([size(model["bytes"])] if model["bytes"] else [])])


def _fitted_on(data: dict[str, object]) -> str:
    shape = data.get("shape")
    said = " x ".join(map(str, shape)) if isinstance(shape, (list, tuple)) else ""
    return f"{data.get('part') or data.get('name', '')} {said}".strip()


def _series(series: SeriesPart) -> Sequence[Cell]:
    values = series["values"]
    ends = (figure(values[0]), figure(values[-1])) if values else ("", "")
    return [series["name"], f"{series['points']:,}", *ends, sparkline([value for value in values if not isinstance(value, str)])]


def sparkline(values: Sequence[float]) -> str:
    """The course of numbers in one line of blocks."""
    if not values:
        return ""
    kept = values if len(values) <= _WIDE else [values[round(place * (len(values) - 1) / (_WIDE - 1))] for place in range(_WIDE)]
    low, high = min(kept), max(kept)
    bars = _BARS if (sys.stdout.encoding or "").lower().startswith("utf") else _PLAIN_BARS
    scale = (len(bars) - 1) / (high - low) if high > low else 0.0
    return "".join(bars[min(len(bars) - 1, int((value - low) * scale))] for value in kept)
