"""How far the values of a column have moved: the population stability index of two profiles, 0 for none, above 0.25 for a lot.

A profile holds seven quantiles, or the most frequent values with their counts, and the share of what is missing (`recorders.profiles`).
Numbers and times fall into the quarters of the first profile and what lies beyond its ends; how many of the second are in each is read
off its own quantiles, in a straight line between them. Categories are their own bins; what is missing is one more.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from itertools import pairwise
from typing import Any

__all__ = ["QUANTILES", "shift"]

QUANTILES = (0.0, 0.01, 0.25, 0.5, 0.75, 0.99, 1.0)
_LEAST = 1e-3
"""A bin never holds less: an empty one would make the index infinite."""


def shift(a: Mapping[str, Any], b: Mapping[str, Any], a_rows: int, b_rows: int) -> float | None:
    """The index between two profiles of a column; None where they cannot be compared. `rows`: how many were looked at."""
    gone = _share(a.get("nulls")), _share(b.get("nulls"))
    ladders = _ladder(a.get("quantiles")), _ladder(b.get("quantiles"))
    if ladders[0] and ladders[1]:
        bins = _between(ladders[0], ladders[1])
    elif gone == (1.0, 1.0):
        return 0.0
    elif 1.0 in gone:
        bins = ([1.0], [1.0])
    else:
        bins = _categories(a.get("top"), b.get("top"), a_rows * (1 - gone[0]), b_rows * (1 - gone[1]))
    if not bins[0]:
        return None
    first = [share * (1 - gone[0]) for share in bins[0]] + [gone[0]]
    second = [share * (1 - gone[1]) for share in bins[1]] + [gone[1]]
    return round(sum(_term(before, after) for before, after in zip(first, second, strict=True)), 4)


def _term(before: float, after: float) -> float:
    before, after = max(before, _LEAST), max(after, _LEAST)
    return (after - before) * math.log(after / before)


def _share(value: Any) -> float:
    return min(1.0, max(0.0, float(value))) if isinstance(value, (int, float)) and math.isfinite(value) else 0.0


def _ladder(quantiles: Any) -> list[float]:
    """The quantiles as numbers that do not fall; empty where they are none."""
    if not isinstance(quantiles, Sequence) or len(quantiles) != len(QUANTILES):
        return []
    found = [_number(value) for value in quantiles]
    return [] if None in found else sorted(value for value in found if value is not None)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return None
        return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
    return float(value) if math.isfinite(value) else None


def _between(a: list[float], b: list[float]) -> tuple[list[float], list[float]]:
    """What both have in the first one's quarters, below its least value and above its greatest.

    A value on which several steps fall is a bin of its own: a column that is mostly zero moves when it becomes mostly one.
    """
    quarters = {(step, False) for step in (a[2], a[3], a[4], a[6])}
    alone = {(step, below) for step in a if a.count(step) > 1 for below in (True, False)}
    edges = sorted({(a[0], True), *quarters, *alone}, key=lambda edge: (edge[0], not edge[1]))
    return _masses(a, edges), _masses(b, edges)


def _masses(ladder: list[float], edges: list[tuple[float, bool]]) -> list[float]:
    reached = [0.0, *[_below(ladder, step) if below else _up_to(ladder, step) for step, below in edges], 1.0]
    return [max(0.0, after - before) for before, after in pairwise(reached)]


def _up_to(ladder: list[float], value: float) -> float:
    """The share of values that are not above this one."""
    if value < ladder[0]:
        return 0.0
    last = max(place for place, step in enumerate(ladder) if step <= value)
    return _within(ladder, last, value)


def _below(ladder: list[float], value: float) -> float:
    """The share of values that are less."""
    if value <= ladder[0]:
        return 0.0
    last = max(place for place, step in enumerate(ladder) if step < value)
    return _within(ladder, last, value)


def _within(ladder: list[float], last: int, value: float) -> float:
    if last == len(ladder) - 1:
        return 1.0
    low, high = ladder[last], ladder[last + 1]
    part = (value - low) / (high - low) if high > low else 0.0
    return QUANTILES[last] + (QUANTILES[last + 1] - QUANTILES[last]) * part


def _categories(a: Any, b: Any, a_rows: float, b_rows: float) -> tuple[list[float], list[float]]:
    """Shares of the values named by either, and of all others; of a value that only one names, the other has at most its least."""
    first, second = _counts(a), _counts(b)
    if not first or not second or a_rows <= 0 or b_rows <= 0:
        return [], []
    shares: tuple[list[float], list[float]] = ([], [])
    for value in [*first, *[value for value in second if value not in first]]:
        for own, rows, into in ((first, a_rows, shares[0]), (second, b_rows, shares[1])):
            into.append(min(1.0, own.get(value, 0) / rows))
    for into in shares:
        into.append(max(0.0, 1.0 - sum(into)))
    return shares


def _counts(top: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for pair in top if isinstance(top, list) else []:
        if isinstance(pair, list) and len(pair) == 2 and isinstance(pair[1], int):
            found[repr(pair[0])] = pair[1]
    return found
