"""What was found, held against what is wanted."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.results.gold import Gold, Wanted
from labjournal.events import Event, MetricLogged, ParameterSet, SeriesSeen
from labjournal.recorders.metric_names import repeated, same

__all__ = ["Score", "default_metrics", "judge"]

SHOWN = 0.8


@dataclass
class Score:
    """Of one notebook, or of several added up."""

    wanted: int = 0
    found: int = 0
    shown: int = 0
    right: int = 0
    series_wanted: int = 0
    series_found: int = 0
    parameters_wanted: int = 0
    parameters_found: int = 0
    parameters_shown: int = 0
    parameters_right: int = 0
    failures: list[str] = field(default_factory=list)

    def add(self, other: Score) -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


def default_metrics(events: Iterable[Event]) -> list[MetricLogged]:
    """The metrics that are shown unless somebody asks for more: confident ones, each once in its execution."""
    by_execution: dict[int, list[MetricLogged]] = {}
    for event in events:
        if isinstance(event, MetricLogged) and event.confidence >= SHOWN:
            by_execution.setdefault(event.n, []).append(event)
    answer = []
    for metrics in by_execution.values():
        again = repeated([(metric.name, metric.value, metric.source) for metric in metrics])
        answer += [metric for at, metric in enumerate(metrics) if at not in again]
    return answer


def judge(gold: Gold, events: Sequence[Event], values: dict[str, Any]) -> Score:
    """The score of one notebook; `values` are those of the expressions in its labels."""
    score = Score()
    shown = default_metrics(events)
    score.wanted, score.shown = len(gold.metrics), len(shown)
    for wanted in gold.metrics:
        if any(_is(metric, wanted, values) for metric in shown):
            score.found += 1
        else:
            score.failures.append(f"{gold.name}: missed {wanted.names[0]} = {values.get(wanted.expression)}")
    for metric in shown:
        if any(_is(metric, wanted, values) for wanted in (*gold.metrics, *gold.fine)):
            score.right += 1
        else:
            score.failures.append(f"{gold.name}: not wanted {metric.name} = {metric.value!r} ({metric.source}, {metric.where})")
    series = [event for event in events if isinstance(event, SeriesSeen) and event.confidence >= SHOWN]
    score.series_wanted = len(gold.series)
    for name in gold.series:
        if any(each.name == name or same(each.name, name) for each in series):
            score.series_found += 1
        else:
            score.failures.append(f"{gold.name}: missed series {name}")
    _parameters(gold, [event for event in events if isinstance(event, ParameterSet)], values, score)
    return score


def _parameters(gold: Gold, found: list[ParameterSet], values: dict[str, Any], score: Score) -> None:
    pairs = [(name, value) for each in found for name, value in _flat(each)]
    score.parameters_wanted = len(gold.parameters)
    for wanted in gold.parameters:
        if any(_named(name, wanted.names[0]) and _equal(value, values.get(wanted.expression)) for name, value in pairs):
            score.parameters_found += 1
        else:
            score.failures.append(f"{gold.name}: missed parameter {wanted.names[0]} = {values.get(wanted.expression)}")
    known = [*(wanted.names[0] for wanted in gold.parameters), *gold.fine_parameters]
    for each in found:
        score.parameters_shown += 1
        if any(_named(name, other) for name, _ in [(each.name, None), *_flat(each)] for other in known):
            score.parameters_right += 1
        else:
            score.failures.append(
                f"{gold.name}: parameter not wanted: {each.name} = {each.value!r} ({each.source}, {each.where})"
            )


def _flat(event: ParameterSet) -> list[tuple[str, Any]]:
    if isinstance(event.value, dict):
        return [(str(name), value) for name, value in event.value.items()]
    return [(event.name, event.value)]


def _named(name: str, wanted: str) -> bool:
    return name == wanted or name.endswith("__" + wanted)


def _is(metric: MetricLogged, wanted: Wanted, values: dict[str, Any]) -> bool:
    value = values.get(wanted.expression)
    if not isinstance(value, (int, float)):
        return False
    named = any(
        metric.name == name or same(metric.name, name) or _plainly(metric.name) == _plainly(name) for name in wanted.names
    )
    return named and any(_close(metric.value, value * scale) for scale in (1, 100))


def _plainly(name: str) -> str:
    return name.lower().replace(" ", "_").replace(".", "_")


def _close(a: float, b: float) -> bool:
    """Equal, or as equal as three printed digits are."""
    if "e" in repr(a):
        return math.isclose(a, b, rel_tol=5e-3)
    return math.isclose(a, b, rel_tol=1e-9) or (
        abs(a - b) <= 0.5000001 * 10.0 ** -len(repr(a).partition(".")[2]) and len(repr(a)) < 12
    )


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return list(a) == list(b)
    return bool(a == b)
