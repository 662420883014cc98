"""The numbers of a run: the last value of each name, what a person logged before what was read off a printed line."""

from __future__ import annotations

from collections.abc import Iterable

from labjournal.journal.rows import Metric
from labjournal.questions.answers import Number, number

__all__ = ["last_values"]

_TRUST = {"explicit": 3, "returned": 2, "bound": 2, "printed": 1}


def last_values(metrics: Iterable[Metric]) -> dict[str, Number]:
    """Name → last value, in the order in which the names first appeared."""
    last: dict[str, Metric] = {}
    for metric in metrics:
        known = last.get(metric.name)
        if known is None or _rank(metric) >= _rank(known):
            last[metric.name] = metric
    return {name: number(metric.value) for name, metric in last.items()}


def _rank(metric: Metric) -> tuple[int, int, str, int]:
    return (_TRUST.get(metric.source, 0), metric.n, metric.at, -1 if metric.step is None else metric.step)
