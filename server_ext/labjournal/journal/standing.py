"""Which executions are results, and the one number that counts of each metric: what the table of results is read from.

`results` and `result_metrics` say nothing that other tables do not say; they say it so that a million executions can be asked. Both are made
anew for every execution that a transaction touches, from its rows as they stand. Of one name in one execution, what was said
explicitly outranks what a function returned, then what a fitted object holds, what a name is bound to, what was shown; the
latest outranks earlier ones, and confident numbers (0.8 and more) come before all others. Standard library only, Python 3.8.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any, Iterable, Iterator, List, Tuple

__all__ = ["ABOVE", "CONFIDENT", "TRUST", "TRUSTED", "differing", "rebuild", "renew"]

CONFIDENT = 0.8
"""Metrics of which this much is sure are shown unasked."""
TRUST = {"explicit": 6, "tracker": 5, "returned": 4, "fitted": 3, "bound": 2, "printed": 1, "shown": 1}

TRUSTED = f"CASE source {' '.join(f'WHEN {name!r} THEN {rank}' for name, rank in TRUST.items())} ELSE 0 END"
"""The same in SQL."""
ABOVE = 1 << 50
"""More than any id or number of an execution: what is multiplied by it decides first."""

_RANK = f"((confidence >= {CONFIDENT}) * 8 + {TRUSTED}) * {ABOVE} + id"
_NUMBER = "CASE special WHEN '' THEN value WHEN 'Infinity' THEN 9e999 WHEN '-Infinity' THEN -9e999 END"
# In a query whose only aggregates are max() and count(), SQLite takes the other columns from the row that holds the largest.
_METRICS = f"""SELECT name, number, step, source, confidence, unit, count(*) AS numbers, max(rank) FROM
    (SELECT name, {_NUMBER} AS number, step, source, confidence, unit, {_RANK} AS rank FROM metrics WHERE run = ? AND n = ?)
    GROUP BY name ORDER BY name"""
_APPEARED = "SELECT name FROM metrics WHERE run = ? AND n = ? GROUP BY name ORDER BY min(id)"
_PICTURES = "SELECT data FROM outputs WHERE run = ? AND n = ? AND data LIKE '%\"image/%'"
_COUNTS = """SELECT (SELECT count(*) FROM models WHERE run = ?1 AND n = ?2), (SELECT count(*) FROM figures WHERE run = ?1 AND n = ?2 AND position < 0),
    (SELECT count(DISTINCT path) FROM generations WHERE run = ?1 AND n = ?2 AND deleted = 0 AND confidence <> 'unattributed' AND package = '')"""
_ANYTHING = """SELECT 1 WHERE EXISTS (SELECT 1 FROM metrics WHERE run = ?1 AND n = ?2) OR EXISTS (SELECT 1 FROM generations WHERE run = ?1 AND n = ?2)
    OR EXISTS (SELECT 1 FROM models WHERE run = ?1 AND n = ?2) OR EXISTS (SELECT 1 FROM figures WHERE run = ?1 AND n = ?2)
    OR EXISTS (SELECT 1 FROM results WHERE run = ?1 AND n = ?2) OR EXISTS (SELECT 1 FROM outputs WHERE run = ?1 AND n = ?2 AND data <> '{}')"""
_CANDIDATES = """SELECT run, n FROM metrics UNION SELECT run, n FROM models UNION SELECT run, n FROM figures UNION SELECT run, n FROM generations
    UNION SELECT run, n FROM outputs WHERE data LIKE '%"image/%' UNION SELECT run, n FROM results"""

_Rows = List[Tuple[Any, ...]]


def renew(connection: sqlite3.Connection, executions: Iterable[Tuple[str, int]]) -> None:
    """Brings the rows of some executions up to date, most of which are no results; part of the caller's transaction."""
    for run, n in executions:
        if not connection.execute(_ANYTHING, (run, n)).fetchone():
            continue
        result, metrics = _standing(connection, run, n)
        if not result:
            if _kept(connection, run, n)[0]:
                connection.execute("DELETE FROM results WHERE run = ? AND n = ?", (run, n))
                connection.execute("DELETE FROM result_metrics WHERE run = ? AND n = ?", (run, n))
            continue
        connection.execute("INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (run, n, *result[0]))
        connection.execute("DELETE FROM result_metrics WHERE run = ? AND n = ?", (run, n))
        connection.executemany(
            "INSERT INTO result_metrics VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", ((run, n, *metric) for metric in metrics)
        )


def rebuild(connection: sqlite3.Connection) -> None:
    """Makes both tables anew from the others."""
    connection.execute("DELETE FROM results")
    connection.execute("DELETE FROM result_metrics")
    renew(connection, connection.execute(_CANDIDATES).fetchall())


def differing(connection: sqlite3.Connection) -> Iterator[Tuple[str, int]]:
    """Executions of which the two tables say something else than the rest of the journal."""
    for run, n in connection.execute(_CANDIDATES).fetchall():
        if _standing(connection, run, n) != _kept(connection, run, n):
            yield run, n


def _standing(connection: sqlite3.Connection, run: str, n: int) -> Tuple[_Rows, _Rows]:
    """The row of `results` (none for what is no result) and those of `result_metrics`, without their keys."""
    execution = connection.execute("SELECT started FROM executions WHERE run = ? AND n = ?", (run, n)).fetchone()
    if execution is None:
        return [], []
    rows = connection.execute(_METRICS, (run, n)).fetchall()
    order = {name: place for place, (name,) in enumerate(connection.execute(_APPEARED, (run, n)) if len(rows) > 1 else ())}
    metrics = [(*row[:-1], order.get(row[0], 0)) for row in rows]
    models, saved, files = connection.execute(_COUNTS, (run, n)).fetchone()
    figures = saved + sum(_is_picture(data) for (data,) in connection.execute(_PICTURES, (run, n)))
    if not (metrics or models or figures or files):
        return [], []
    sure = sum(metric[4] >= CONFIDENT for metric in metrics)
    return [(execution[0], sure, len(metrics) - sure, models, figures, files)], metrics


def _kept(connection: sqlite3.Connection, run: str, n: int) -> Tuple[_Rows, _Rows]:
    result = connection.execute(
        "SELECT started, metrics, doubtful, models, figures, files FROM results WHERE run = ? AND n = ?", (run, n)
    ).fetchall()
    metrics = connection.execute(
        """SELECT name, value, step, source, confidence, unit, numbers, appeared FROM result_metrics
        WHERE run = ? AND n = ? ORDER BY name""",
        (run, n),
    ).fetchall()
    return [tuple(row) for row in result], [tuple(row) for row in metrics]


def _is_picture(data: str) -> bool:
    try:
        bundle = json.loads(data)
    except ValueError:
        return False
    return isinstance(bundle, dict) and any(kind.startswith("image/") for kind in bundle)
