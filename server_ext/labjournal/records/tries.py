"""The table of a run's tries as a page shows it: parameters that differ and metrics side by side, the best of each metric marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from labjournal.questions.results.answers import ResultPart, ResultsAnswer
from labjournal.records.measured import number

__all__ = ["Tries", "Try", "tries_of"]

_COLUMNS = 6
"""Of parameters, and of metrics: what a page can show beside each other."""
_LONGEST = 40


@dataclass(frozen=True)
class Try:
    n: int
    parameters: tuple[str, ...]
    metrics: tuple[tuple[str, bool], ...]
    """Value, and whether it is the best of its column."""


@dataclass(frozen=True)
class Tries:
    parameters: tuple[str, ...]
    metrics: tuple[str, ...]
    rows: tuple[Try, ...]
    left_out: int
    """Tries that the page does not show."""


def tries_of(answer: ResultsAnswer | None) -> Tries | None:
    """The table; None where fewer than two results have a metric in common, for then there is nothing to compare."""
    if answer is None:
        return None
    shared = [column for column in answer["metric_columns"] if column["results"] > 1][:_COLUMNS]
    metrics = {column["name"]: column["best_address"] for column in shared}
    rows = [row for row in answer["results"] if metrics.keys() & row["metrics"].keys()]
    if not rows:
        return None
    parameters = [name for name in _names(rows) if len({repr(row["parameters"].get(name)) for row in rows}) > 1][:_COLUMNS]
    return Tries(
        tuple(parameters),
        tuple(metrics),
        tuple(_try(row, parameters, metrics) for row in rows),
        answer["total"] - len(answer["results"]),
    )


def _names(rows: list[ResultPart]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row["parameters"]))


def _try(row: ResultPart, parameters: list[str], metrics: dict[str, str | None]) -> Try:
    return Try(
        row["n"],
        tuple(_shown(row["parameters"].get(name, "")) for name in parameters),
        tuple(
            (number(row["metrics"][name]) if name in row["metrics"] else "", best == row["address"])
            for name, best in metrics.items()
        ),
    )


def _shown(value: Any) -> str:
    text = number(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
