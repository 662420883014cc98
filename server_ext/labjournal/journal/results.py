"""Pages of the table of results, as rows: which executions are results, in which order, and what stands behind them in their run.

A page is found on an index, whatever the number of executions: by the time (newest first), or by the value of one metric. What the
rows of a page are made of is read run by run.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from labjournal.journal import result_rows
from labjournal.journal.connection import Connection
from labjournal.journal.rows import Figure, Model, Parameter, Series
from labjournal.journal.standing import ABOVE, CONFIDENT, TRUSTED

__all__ = ["Chosen", "FileTouch", "Moment", "Results", "Row", "Standing"]

_AT_ONCE = 300
_ALL = 1 << 62
_COLUMNS = "t.run, t.n, t.metrics, t.doubtful, t.models, t.figures, t.files"
_SURE = "(t.metrics OR t.models OR t.figures OR t.files)"
_METRIC = "EXISTS (SELECT 1 FROM result_metrics m WHERE m.run = t.run AND m.n = t.n AND m.name = ? AND m.confidence >= ?)"
_NEWEST = "ORDER BY t.started DESC, t.run DESC, t.n DESC"


class Row(NamedTuple):
    """A result, and how much of each kind it has."""

    run: str
    n: int
    metrics: int
    doubtful: int
    models: int
    figures: int
    files: int


class Standing(NamedTuple):
    """The number that counts of one metric."""

    n: int
    name: str
    value: float
    step: int | None
    source: str
    confidence: float
    unit: str
    numbers: int
    """How many bear the name."""


class FileTouch(NamedTuple):
    n: int
    path: str
    sha256: str | None
    bytes: int | None


class Moment(NamedTuple):
    """An execution in a line, with its code where that may be called later."""

    n: int
    status: str
    started: str
    duration_s: float | None
    cell_id: str | None
    source: str


@dataclass(frozen=True)
class Chosen:
    """Which results are meant."""

    metric: str | None = None
    tag: str | None = None
    notebook: tuple[str, tuple[Any, ...]] | None = None
    """A condition on `runs r`, and its values."""
    run: str | None = None
    since: str | None = None
    until: str | None = None
    own: bool = False
    """Without replays."""
    doubtful: bool = False
    """Also those that have nothing but numbers of which it is not sure that they are metrics."""
    named: str | None = None
    """A metric that is asked for by its name although it is nowhere sure to be one."""

    @property
    def confidence(self) -> float:
        return 0.0 if self.doubtful else CONFIDENT

    def confidence_in(self, metric: str) -> float:
        """From which on numbers of that name count."""
        return 0.0 if metric == self.named else self.confidence

    def condition(self, *, with_metric: bool = True) -> tuple[str, list[Any]]:
        parts: list[tuple[str, Sequence[Any]]] = []
        if not self.doubtful:
            parts.append((_SURE, ()) if self.named is None else (f"({_SURE} OR {_METRIC})", (self.named, 0.0)))
        if self.metric is not None and with_metric:
            parts.append((_METRIC, (self.metric, self.confidence_in(self.metric))))
        if self.tag is not None:
            parts.append(("EXISTS (SELECT 1 FROM tags g WHERE g.run = t.run AND g.n IN (0, t.n) AND g.tag = ?)", (self.tag,)))
        if self.notebook is not None:
            parts.append((f"t.run IN (SELECT r.run FROM runs r WHERE {self.notebook[0]})", self.notebook[1]))
        if self.own:
            parts.append(("t.run IN (SELECT r.run FROM runs r WHERE r.replay_of IS NULL)", ()))
        for text, value in (("t.run = ?", self.run), ("t.started >= ?", self.since), ("t.started < ?", self.until)):
            if value is not None:
                parts.append((text, (value,)))
        return " AND ".join(text for text, _ in parts) or "1", [value for _, values in parts for value in values]


class Results:
    """Questions to the table of results."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def count(self, chosen: Chosen) -> int:
        """How many there are."""
        alone = Chosen(metric=chosen.metric, doubtful=chosen.doubtful, named=chosen.named)
        if chosen == alone and chosen.metric is not None:
            statement = "SELECT count(*) FROM result_metrics WHERE name = ? AND confidence >= ?"
            return int(self._connection.one(statement, (chosen.metric, chosen.confidence_in(chosen.metric))))
        condition, values = chosen.condition()
        return int(self._connection.one(f"SELECT count(*) FROM results t WHERE {condition}", values))

    def page(
        self, chosen: Chosen, *, limit: int | None = None, offset: int = 0, sort: str | None = None, ascending: bool = False
    ) -> list[Row]:
        """Rows of the table; by the metric `sort`, those without it (or with NaN) last, else newest first or, ascending, oldest."""
        most = _ALL if limit is None else limit
        if sort is None:
            condition, values = chosen.condition()
            order = _NEWEST.replace("DESC", "ASC") if ascending else _NEWEST
            return self._rows(f"SELECT {_COLUMNS} FROM results t WHERE {condition} {order}", values, most, offset)
        found: list[Row] = []
        for statement, values in self._sorted(chosen, sort, ascending):
            part = self._rows(statement, values, most - len(found), offset)
            found += part
            if len(found) >= most:
                break
            offset = 0 if part else max(0, offset - self._connection.one(f"SELECT count(*) FROM ({statement})", values))
        return found

    def _sorted(self, chosen: Chosen, sort: str, ascending: bool) -> Iterable[tuple[str, list[Any]]]:
        """Statements whose rows follow each other: with a number, with NaN, without the metric."""
        condition, values = chosen.condition(with_metric=chosen.metric != sort)
        order = "ASC" if ascending else "DESC"
        joined = f"""SELECT {_COLUMNS} FROM result_metrics s CROSS JOIN results t ON t.run = s.run AND t.n = s.n
            WHERE s.name = ? AND s.value IS NOT NULL AND s.confidence >= ? AND {condition}"""
        own = [sort, chosen.confidence_in(sort), *values]
        yield f"{joined} ORDER BY s.value {order}, s.confidence {order}, s.run {order}, s.n {order}", own
        yield f"{joined.replace('IS NOT NULL', 'IS NULL')} {_NEWEST}", own
        if chosen.metric != sort:
            yield f"SELECT {_COLUMNS} FROM results t WHERE NOT {_METRIC} AND {condition} {_NEWEST}", own

    def _rows(self, statement: str, values: Sequence[Any], limit: int, offset: int) -> list[Row]:
        return [Row(*row) for row in self._connection.rows(f"{statement} LIMIT ? OFFSET ?", (*values, limit, offset))]

    def spellings(self, name: str) -> list[str]:
        """Names of metrics that are the name, upper and lower case aside, the name itself first."""
        statement = "SELECT name FROM result_metrics WHERE name = ? COLLATE NOCASE GROUP BY name"
        found = [name] if self._connection.one("SELECT 1 FROM result_metrics WHERE name = ? LIMIT 1", (name,)) else []
        return found or [row[0] for row in self._connection.rows(statement, (name,))]

    def names(self, limit: int = 30) -> list[str]:
        """Names of metrics that results have, in alphabetical order."""
        statement = """WITH RECURSIVE known(name) AS (SELECT min(name) FROM result_metrics UNION ALL
            SELECT (SELECT min(name) FROM result_metrics WHERE name > known.name) FROM known WHERE known.name IS NOT NULL)
            SELECT name FROM known WHERE name IS NOT NULL LIMIT ?"""
        return [row[0] for row in self._connection.rows(statement, (limit,))]

    def with_metric(self, run: str, n: int | None, name: str) -> int | None:
        """The latest execution of the run, or the one, that gave a metric or a series of that name, sure ones first."""
        where, values = ("", (run, name)) if n is None else (" AND n = ?", (run, name, n))
        statement = f"""SELECT n FROM (SELECT n, confidence FROM result_metrics WHERE run = ?1 AND name = ?2{where.replace("?", "?3")}
            UNION ALL SELECT n, confidence FROM series WHERE run = ?1 AND name = ?2{where.replace("?", "?3")})
            ORDER BY confidence >= {CONFIDENT} DESC, n DESC LIMIT 1"""
        found = self._connection.one(statement, values)
        return None if found is None else int(found)

    # what the rows of one run are made of

    def standing(
        self, run: str, numbers: Sequence[int] | None = None, *, most: int = 1 << 40, besides: str = ""
    ) -> dict[int, list[Standing]]:
        """The numbers that count, by execution, in the order in which their names appeared; `most` of each, and the one `besides`."""
        columns = "n, name, value, step, source, confidence, unit, numbers"
        found: dict[int, list[Standing]] = defaultdict(list)
        only, values = "(appeared < ? OR name = ?)", (most, besides)
        for row in self._of(f"SELECT {columns} FROM result_metrics", run, numbers, "n, appeared, name", only=only, more=values):
            found[row[0]].append(_standing(row))
        return found

    def last_of_each(self, run: str) -> list[Standing]:
        """Of every name in a run the sure number that counts, in the order in which the names appeared: found without reading all of them."""
        known = "FROM result_metrics WHERE run = ? AND confidence >= ?"
        # In a query whose only aggregate is max(), SQLite takes the other columns from the row that holds the largest.
        rows = self._connection.rows(
            f"SELECT n, name, value, step, source, confidence, unit, numbers, max({TRUSTED} * {ABOVE} + n) {known} GROUP BY name",
            (run, CONFIDENT),
        )
        places = dict(
            map(tuple, self._connection.rows(f"SELECT name, min(n * 1048576 + appeared) {known} GROUP BY name", (run, CONFIDENT)))
        )
        return [_standing(row) for row in sorted(rows, key=lambda row: places[row[1]])]

    def screen_names(self, run: str, most: int) -> list[Standing]:
        """The latest doubtful numbers that were printed under names which no sure one of the run has."""
        rows = self._connection.rows(
            """SELECT n, name, value, step, source, confidence, unit, numbers FROM result_metrics
            WHERE run = ?1 AND source = 'printed' AND confidence < ?2
            AND name NOT IN (SELECT name FROM result_metrics WHERE run = ?1 AND confidence >= ?2) ORDER BY n DESC, appeared DESC LIMIT ?3""",
            (run, CONFIDENT, most),
        )
        return [_standing(row) for row in rows[::-1]]

    def steps(self, run: str, standing: Standing, most: int) -> tuple[list[int], list[float]]:
        """Steps and numbers of a metric that was logged again and again, about `most` of them."""
        each = max(1, -(-standing.numbers // most))
        rows = self._connection.rows(
            f"""SELECT {result_rows.METRIC} FROM metrics WHERE run = ? AND n = ? AND name = ? AND source = ? AND step IS NOT NULL
            AND (step % ? = 0 OR step = ?) ORDER BY step LIMIT ?""",
            (run, standing.n, standing.name, standing.source, each, standing.step, 2 * most),
        )
        found = [result_rows.metric(row) for row in rows]
        return [metric.step or 0 for metric in found], [metric.value for metric in found]

    def models(self, run: str, numbers: Sequence[int]) -> dict[int, list[Model]]:
        return _grouped(
            result_rows.model(row) for row in self._of(f"SELECT {result_rows.MODEL} FROM models", run, numbers, "n, at, name")
        )

    def fits(self, run: str, last: int | None, most: int) -> list[tuple[int, str]]:
        """(execution, name) of the latest models up to an execution, earlier first."""
        statement = "SELECT DISTINCT n, name FROM models WHERE run = ? AND n <= ? ORDER BY n DESC LIMIT ?"
        rows = self._connection.rows(statement, (run, 1 << 53 if last is None else last, most))
        return [(row[0], row[1]) for row in rows][::-1]

    def told(self, run: str, numbers: Sequence[int], what: str) -> dict[int, list[str]]:
        """Sentences of one kind about executions, as they stand among the problems."""
        found: dict[int, list[str]] = defaultdict(list)
        for row in self._of("SELECT n, detail FROM problems", run, numbers, "n, id", only="what = ?", more=(what,)):
            found[row[0]].append(row[1])
        return found

    def series(self, run: str, numbers: Sequence[int]) -> dict[int, list[Series]]:
        return _grouped(
            result_rows.series(row) for row in self._of(f"SELECT {result_rows.SERIES} FROM series", run, numbers, "n, at, name")
        )

    def figures(self, run: str, numbers: Sequence[int]) -> dict[int, list[Figure]]:
        columns = result_rows.FIGURE
        return _grouped(
            result_rows.figure(row) for row in self._of(f"SELECT {columns} FROM figures", run, numbers, "n, position, path")
        )

    def written(self, run: str, numbers: Sequence[int]) -> dict[int, list[FileTouch]]:
        """What executions left in files; of one path the last content."""
        only = "deleted = 0 AND package = '' AND confidence <> 'unattributed'"
        return _grouped(
            FileTouch(*row)
            for row in self._of("SELECT n, path, sha256, bytes FROM generations", run, numbers, "n, id", only=only)
        )

    def read(self, run: str, last: int) -> dict[int, list[FileTouch]]:
        """What executions up to `last` read of files that are data."""
        statement = """SELECT n, path, sha256, bytes FROM usages WHERE run = ? AND n <= ? AND package = '' AND confidence <> 'unattributed'
            ORDER BY n, id"""
        return _grouped(FileTouch(*row) for row in self._connection.rows(statement, (run, last)))

    def parameters(self, run: str, last: int) -> dict[int, list[Parameter]]:
        statement = f"SELECT {result_rows.PARAMETER} FROM parameters WHERE run = ? AND n <= ? ORDER BY n, name"
        return _grouped(result_rows.parameter(row) for row in self._connection.rows(statement, (run, last)))

    def is_parameter(self, name: str) -> bool:
        """Whether any execution has a parameter of that name."""
        return self._connection.one("SELECT 1 FROM parameters WHERE name = ? LIMIT 1", (name,)) is not None

    def runs_with_parameter(self, name: str, runs: Sequence[str]) -> list[str]:
        """Those of the runs in which one of that name is set."""
        marks = ", ".join("?" * len(runs))
        statement = f"SELECT DISTINCT run FROM parameters WHERE run IN ({marks}) AND name = ?"
        return [row[0] for row in self._connection.rows(statement, (*runs, name))]

    def names_used(self, run: str, last: int) -> list[tuple[int, str, str]]:
        """(execution, name, role) up to `last`."""
        statement = "SELECT n, name, role FROM bindings WHERE run = ? AND n <= ? ORDER BY n"
        return [(row[0], row[1], row[2]) for row in self._connection.rows(statement, (run, last))]

    def defining(self, run: str, last: int) -> dict[int, str]:
        """The code of executions up to `last` that may make functions or classes, or import names."""
        statement = """SELECT e.n, s.text FROM executions e JOIN sources s ON s.sha256 = e.source
            WHERE e.run = ? AND e.n <= ? AND (instr(s.text, 'def ') OR instr(s.text, 'lambda') OR instr(s.text, 'class ')
                OR instr(s.text, 'import '))"""
        return {row[0]: row[1] for row in self._connection.rows(statement, (run, last))}

    def moments(self, run: str, numbers: Sequence[int]) -> dict[int, Moment]:
        """The executions themselves."""
        found = {}
        for some in _batches(numbers):
            statement = f"""SELECT e.n, e.status, e.started, e.duration_s, e.cell_id, s.text FROM executions e
                JOIN sources s ON s.sha256 = e.source WHERE e.run = ? AND e.n IN ({", ".join("?" * len(some))})"""
            found.update({row[0]: Moment(*row) for row in self._connection.rows(statement, (run, *some))})
        return found

    def pictured(self, run: str, numbers: Sequence[int]) -> set[int]:
        """Executions of which an output is a picture."""
        found = self._of("SELECT n FROM outputs", run, numbers, "n", only="data LIKE '%\"image/%'")
        return {row[0] for row in found}

    def tries(self, address: str, facet: str) -> list[tuple[str, dict[str, Any]]]:
        """Replays of an address that are over, and what they say of themselves in a facet; oldest first."""
        statement = """SELECT r.run, f.value FROM runs r JOIN facets f ON f.run = r.run AND f.n = 0 AND f.name = ?
            WHERE r.replay_of = ? AND r.status <> 'running' ORDER BY r.started, r.run"""
        return [(row[0], result_rows.load(row[1], {})) for row in self._connection.rows(statement, (facet, address))]

    def _of(
        self,
        statement: str,
        run: str,
        numbers: Sequence[int] | None,
        order: str,
        *,
        only: str = "1",
        more: Sequence[Any] = (),
    ) -> Iterable[Any]:
        if numbers is None:
            yield from self._connection.rows(f"{statement} WHERE run = ? AND {only} ORDER BY {order}", (run, *more))
            return
        for some in _batches(numbers):
            marks = ", ".join("?" * len(some))
            yield from self._connection.rows(
                f"{statement} WHERE run = ? AND n IN ({marks}) AND {only} ORDER BY {order}", (run, *some, *more)
            )


def _standing(row: Sequence[Any]) -> Standing:
    return Standing(row[0], row[1], math.nan if row[2] is None else row[2], row[3], row[4], row[5], row[6], row[7])


def _batches(numbers: Sequence[int]) -> Iterable[Sequence[int]]:
    for start in range(0, len(numbers), _AT_ONCE):
        yield numbers[start : start + _AT_ONCE]


def _grouped(rows: Iterable[Any]) -> dict[int, list[Any]]:
    groups: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        groups[row.n].append(row)
    return groups
