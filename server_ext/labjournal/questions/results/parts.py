"""Models, series, figures and what an execution took of the machine, as answers tell them."""

from __future__ import annotations

import math

from labjournal.journal.results import Standing
from labjournal.journal.rows import Figure, Model, Resources, Series
from labjournal.questions.numbers import number, plain
from labjournal.questions.results.answers import FigurePart, MeasurePart, ModelChange, ModelPart, ResourcesPart, SeriesPart

__all__ = ["POINTS", "figure_part", "measure_part", "model_part", "resources_part", "series_part"]

POINTS = 200
"""About so many points of a curve are told."""


def measure_part(standing: Standing) -> MeasurePart:
    return {
        "name": standing.name,
        "value": number(standing.value),
        "unit": standing.unit,
        "step": standing.step,
        "source": standing.source,
        "confidence": standing.confidence,
        "numbers": standing.numbers,
    }


def model_part(model: Model, change: ModelChange | None = None) -> ModelPart:
    return {
        "name": model.name,
        "kind": model.kind,
        "library": model.library,
        "version": model.version,
        "parameters": plain(model.parameters),
        "recipe": model.recipe,
        "fitted_on": plain(model.fitted_on),
        "features": model.features,
        "signature": plain(model.signature),
        "fit_s": model.fit_s if model.fit_s is not None and math.isfinite(model.fit_s) else None,
        "bytes": model.bytes,
        "path": model.path,
        "change": change,
    }


def series_part(series: Series, points: int = POINTS) -> SeriesPart:
    every = max(1, -(-len(series.values) // points))
    kept = list(range(0, len(series.values), every))
    if kept and kept[-1] != len(series.values) - 1:
        kept.append(len(series.values) - 1)
    steps = series.steps or (tuple(range(len(series.values))) if every > 1 else ())
    return {
        "name": series.name,
        "values": [number(series.values[place]) for place in kept],
        "steps": [steps[place] for place in kept] if steps else [],
        "points": series.points,
        "unit": series.unit,
        "source": series.source,
        "confidence": series.confidence,
        "where": series.where,
    }


def figure_part(figure: Figure) -> FigurePart:
    return {
        "position": figure.position,
        "path": figure.path,
        "title": figure.title,
        "labels": figure.labels,
        "data": figure.data,
    }


def resources_part(used: Resources) -> ResourcesPart:
    return {
        "cpu_s": used.cpu_s,
        "memory_bytes": used.memory_bytes,
        "peak_bytes": used.peak_bytes,
        "gpu": plain(used.gpu),
    }
