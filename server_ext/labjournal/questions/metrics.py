"""The numbers of a run: the last value of each name, what a person logged before what was read off a printed line; and the name that is meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from labjournal.errors import LabjournalError
from labjournal.journal.reader import Journal
from labjournal.journal.results import Chosen, Standing
from labjournal.journal.rows import Metric
from labjournal.journal.standing import CONFIDENT, TRUST
from labjournal.questions.answers import Number, number
from labjournal.recorders.metric_names import repeated

__all__ = ["last_values", "meant", "names_on_screen", "of_run", "once", "surest", "with_printed_names"]

_LATEST_PRINTED = 500
"""So many doubtful numbers of a run are looked at for names that only its screen gave."""


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


def with_printed_names(sure: Iterable[Metric], printed: Iterable[Metric]) -> dict[str, Number]:
    """The last values, and behind them those that the screen gave another name: `acc`, printed as `accuracy: 0.93`.

    Whoever asks by the name on the screen finds the number; tables, which have it once already, take `last_values`.
    """
    metrics = list(sure)
    return last_values(metrics) | names_on_screen(metrics, printed)


def of_run(journal: Journal, run: str) -> dict[str, Number]:
    """The same of a whole run, of which not every number is read: it may hold tens of thousands."""
    told = journal.results.screen_names(run, _LATEST_PRINTED)
    beside = journal.results.standing(run, sorted({each.n for each in told})) if told else {}
    better = [each for standing in beside.values() for each in standing if each.confidence >= CONFIDENT]
    return {each.name: number(each.value) for each in journal.results.last_of_each(run)} | names_on_screen(better, told)


def names_on_screen(sure: Sequence[Metric | Standing], told: Iterable[Metric | Standing]) -> dict[str, Number]:
    """The names that the screen gave to metrics which the same execution has under another, with the numbers as they were printed."""
    known = {each.name for each in sure}
    beside: dict[int, list[Metric | Standing]] = {}
    for better in sure:
        beside.setdefault(better.n, []).append(better)
    return {
        each.name: number(each.value)
        for each in told
        if each.source == "printed"
        and each.confidence < CONFIDENT
        and each.name not in known
        and any(repeated([_row(better), _row(each)]) for better in beside.get(each.n, ()))
    }


def once(metrics: dict[str, Number]) -> dict[str, Number]:
    """Each number under its first name only: `accuracy 0.96` behind `acc 0.96` says nothing more to somebody who reads."""
    told = [(name, value, "") for name, value in metrics.items() if isinstance(value, (int, float))]
    again = {told[at][0] for at in repeated(told)}
    return {name: value for name, value in metrics.items() if name not in again}


def _row(metric: Metric | Standing) -> tuple[str, float, str]:
    return metric.name, metric.value, metric.source


def meant(journal: Journal, name: str, *, doubtful: bool = False) -> tuple[str, bool]:
    """The metric of that name as it was recorded, and whether it is nowhere sure to be one; raises for one that no result has.

    Who asks for a number by its name is told it, even where it would not be shown unasked.
    """
    spellings = journal.results.spellings(name)
    for unsure in (doubtful, True):
        for spelling in spellings:
            if journal.results.count(Chosen(metric=spelling, doubtful=unsure)):
                return spelling, unsure and not doubtful
    known = ", ".join(f"{each:.40}" for each in journal.results.names(12))
    raise LabjournalError(
        f"No result has a metric '{name:.60}'.", f"There is {known}." if known else "No metric has been recorded yet."
    )


def _rank(metric: Metric) -> tuple[int, int, str, int]:
    return (TRUST.get(metric.source, 0), metric.n, metric.at, -1 if metric.step is None else metric.step)
