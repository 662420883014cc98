"""The numbers of a run: the last value of each name, what a person logged before what was read off a printed line."""

from __future__ import annotations

from collections.abc import Iterable

from labjournal.errors import LabjournalError
from labjournal.journal.reader import Journal
from labjournal.journal.results import Chosen
from labjournal.journal.rows import Metric
from labjournal.journal.standing import CONFIDENT, TRUST
from labjournal.questions.answers import Number, number

__all__ = ["known_metric", "last_values", "surest"]


def last_values(metrics: Iterable[Metric]) -> dict[str, Number]:
    """Name → last value, in the order in which the names first appeared; without what is not surely a metric."""
    return {name: number(metric.value) for name, metric in surest(metrics).items()}


def surest(metrics: Iterable[Metric], at_least: float = CONFIDENT) -> dict[str, Metric]:
    """Name → the one that counts, of those that are sure enough."""
    last: dict[str, Metric] = {}
    for metric in metrics:
        if metric.confidence < at_least:
            continue
        known = last.get(metric.name)
        if known is None or _rank(metric) >= _rank(known):
            last[metric.name] = metric
    return last


def known_metric(journal: Journal, name: str, *, doubtful: bool = False) -> None:
    """Raises for a metric that no result has."""
    if journal.results.count(Chosen(metric=name, doubtful=doubtful)):
        return
    if not doubtful and journal.results.count(Chosen(metric=name, doubtful=True)):
        raise LabjournalError(f"It is not sure that '{name:.60}' is a metric.", "`labjournal results --all` shows it.")
    known = ", ".join(f"{each:.40}" for each in journal.results.names(12))
    raise LabjournalError(
        f"No result has a metric '{name:.60}'.", f"There is {known}." if known else "No metric has been recorded yet."
    )


def _rank(metric: Metric) -> tuple[int, int, str, int]:
    return (TRUST.get(metric.source, 0), metric.n, metric.at, -1 if metric.step is None else metric.step)
