"""The table of results in the order of a parameter: which one stands behind a result is told by `attribution`, not by a column.

So the newest of the results that were asked for are attributed, run by run, and put in order; older ones follow by time. In a journal of ordinary size
that is all of them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from labjournal.errors import LabjournalError
from labjournal.journal.reader import Journal
from labjournal.journal.results import Chosen, Row
from labjournal.journal.rows import Parameter
from labjournal.questions.metrics import meant
from labjournal.questions.results.attribution import behind_results

__all__ = ["MOST", "PREFIX", "by_parameter", "sorted_by"]

PREFIX = "parameters."
"""Before the name of a parameter that is called as a metric is."""
MOST = 2_000
"""So many results are put in order."""
_AT_ONCE = 300

Shown = Callable[[Iterable[Parameter]], dict[str, Any]]
"""What a row of the table says of the parameters behind it."""


def sorted_by(journal: Journal, name: str, *, doubtful: bool) -> tuple[str, bool, str | None]:
    """What `--sort` means: a metric, as it was recorded, and whether it is unsure to be one; or, last, a parameter. Raises for what is neither."""
    named = name.removeprefix(PREFIX)
    if named == name and journal.results.count(Chosen(metric=name, doubtful=doubtful)):
        return name, False, None
    if any(map(journal.results.is_parameter, _recorded(named))):
        return name, False, named
    if named == name and journal.results.spellings(name):
        return (*meant(journal, name, doubtful=doubtful), None)
    known = ", ".join(f"{each:.40}" for each in journal.results.names(12))
    raise LabjournalError(
        f"No result has a metric or a parameter '{named:.60}'.",
        f"There are {known}." if known else "No metric has been recorded yet.",
    )


def by_parameter(
    journal: Journal, chosen: Chosen, name: str, shown: Shown, *, descending: bool, limit: int | None, offset: int
) -> list[Row]:
    """A page of results: numbers from the smallest, texts, what is neither, then those without the parameter, newest first."""
    newest = journal.results.page(chosen, limit=MOST)
    values = _values(journal, newest, name, shown)
    placed: dict[str, list[tuple[Any, Row]]] = {"number": [], "text": [], "other": []}
    without = []
    for row in newest:
        if (row.run, row.n) in values:
            kind, key = _key(values[row.run, row.n])
            placed[kind].append((key, row))
        else:
            without.append(row)
    ordered = [
        row for pairs in placed.values() for _, row in sorted(pairs, key=lambda pair: pair[0], reverse=descending)
    ] + without
    end = None if limit is None else offset + limit
    page = ordered[offset:end]
    if len(newest) == MOST and (limit is None or len(page) < limit):
        more = None if limit is None else limit - len(page)
        page += journal.results.page(chosen, limit=more, offset=max(offset, MOST))
    return page


def _values(journal: Journal, rows: list[Row], name: str, shown: Shown) -> dict[tuple[str, int], Any]:
    """What stands behind each of the results under that name."""
    of_run: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        of_run[row.run].append(row.n)
    found: dict[tuple[str, int], Any] = {}
    runs = list(of_run)
    for start in range(0, len(runs), _AT_ONCE):
        some = runs[start : start + _AT_ONCE]
        setting = [run for each in _recorded(name) for run in journal.results.runs_with_parameter(each, some)]
        for run in dict.fromkeys(setting):
            for n, behind in behind_results(journal.results, run, of_run[run]).items():
                told = shown(behind.parameters)
                if name in told:
                    found[run, n] = told[name]
    return found


def _recorded(name: str) -> list[str]:
    """Names under which it may be recorded: what belongs to a model is told as `model.alpha` and recorded as `alpha`."""
    return list(dict.fromkeys((name, name.rpartition(".")[2])))


def _key(value: Any) -> tuple[str, Any]:
    if isinstance(value, (bool, int, float)) or value in ("Infinity", "-Infinity"):
        return "number", float(value)
    return ("text", value) if isinstance(value, str) else ("other", json.dumps(value, sort_keys=True))
