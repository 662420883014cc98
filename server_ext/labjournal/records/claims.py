"""What an execution came to when it was recorded, as the metadata of its cell in a notebook tells it: the record's claim, not an output of that notebook."""

from __future__ import annotations

from typing import Any

from labjournal.questions.metrics import last_values
from labjournal.questions.numbers import plain
from labjournal.questions.results.parts import series_part
from labjournal.records.record import Step

__all__ = ["claims"]

_MODELS, _CURVES, _POINTS = 20, 10, 60


def claims(step: Step) -> dict[str, Any]:
    """Metrics, models and curves; nothing where there are none."""
    models = [
        {
            "name": model.name,
            "kind": model.kind,
            "library": model.library,
            "version": model.version,
            "parameters": plain(model.parameters),
            "fitted_on": plain(model.fitted_on),
        }
        for model in step.models[:_MODELS]
    ]
    curves = [
        {key: value for key, value in series_part(each, _POINTS).items() if key in ("name", "values", "steps", "points", "unit")}
        for each in step.series[:_CURVES]
    ]
    told = {"metrics": last_values(step.metrics), "models": models, "series": curves}
    return {name: value for name, value in told.items() if value}
