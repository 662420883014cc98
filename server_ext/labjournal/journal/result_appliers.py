"""What events about results do to the tables: parameters, metrics, series, models, figures, and what an execution took of the machine.

Rules as in `appliers`. Standard library only, Python 3.8.
"""

from __future__ import annotations

import math
from typing import Any, Dict, List, Optional

from labjournal import events as ev
from labjournal.journal.row_writer import RowWriter
from labjournal.journal.values import as_json, iso, number, text

__all__ = ["ResultAppliers"]

_WEIGHT = {"explicit": 5, "papermill": 4, "literal": 3, "config": 2, "estimator": 1, "environment": 0}
"""Of two parameters of one name in one execution, the one that bears the name alone; the other is told by what it belongs to."""


class ResultAppliers(RowWriter):
    """The part of `appliers.Appliers` that knows results."""

    def parameter_set(self, event: ev.ParameterSet) -> None:
        self._execution(event.run, event.n, "")
        self._do(
            """INSERT INTO parameters (run, n, name, value, type, source, place) VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (run, n, name) DO UPDATE SET value = excluded.value, type = excluded.type, source = excluded.source,
                place = excluded.place""",
            event.run, event.n, self._parameter_name(event), as_json(event.value), event.type, event.source, event.where,
        )  # fmt: skip

    def _parameter_name(self, event: ev.ParameterSet) -> str:
        """Its name; where another of that name stands already, the lighter of the two is qualified by what it belongs to, whichever came first."""
        there = self._connection.execute(
            "SELECT source, place FROM parameters WHERE run = ? AND n = ? AND name = ?", (event.run, event.n, text(event.name))
        ).fetchone()
        if there is None or there[1] == event.where:
            return event.name
        if event.where and _WEIGHT.get(event.source, 0) <= _WEIGHT.get(there[0], 0):
            return f"{event.where}.{event.name}"
        if there[1]:
            self._do(
                "UPDATE OR REPLACE parameters SET name = ? WHERE run = ? AND n = ? AND name = ?",
                f"{there[1]}.{event.name}", event.run, event.n, event.name,
            )  # fmt: skip
        return event.name

    def metric_logged(self, event: ev.MetricLogged) -> None:
        self._results.add((event.run, event.n))
        self._execution(event.run, event.n, iso(event.at))
        value = float(event.value)
        special = _special(value)
        self._do(
            """INSERT INTO metrics (run, n, name, step, value, special, at, source, confidence, unit, place)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (run, n, name, ifnull(step, -1), source, place) DO UPDATE SET value = excluded.value, special = excluded.special,
                at = excluded.at, confidence = excluded.confidence, unit = excluded.unit""",
            event.run, event.n, event.name, None if event.step is None else int(event.step), None if special else value, special,
            iso(event.at), event.source, _share(event.confidence), event.unit, event.where,
        )  # fmt: skip
        self._index.metric(text(event.name))

    def series_seen(self, event: ev.SeriesSeen) -> None:
        """What was told last counts: a curve is told again as it grows."""
        self._execution(event.run, event.n, iso(event.at))
        numbers: List[Any] = [_special(value) or value for value in map(float, event.values)]
        steps = [int(step) for step in event.steps]
        self._do(
            "INSERT OR REPLACE INTO series VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            event.run, event.n, event.name, event.source, event.where, as_json(numbers), as_json(steps),
            max(number(event.points), len(numbers)), iso(event.at), _share(event.confidence), event.unit,
        )  # fmt: skip
        self._index.metric(text(event.name))

    def model_seen(self, event: ev.ModelSeen) -> None:
        """What was not known when it was told first (the file it was saved to, how long it took) is filled in later."""
        self._results.add((event.run, event.n))
        self._execution(event.run, event.n, iso(event.at))
        self._do(
            """INSERT INTO models (run, n, name, recipe, kind, library, version, parameters, fitted_on, features, signature, fit_s, bytes, path, at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (run, n, name, recipe) DO UPDATE SET kind = excluded.kind, library = excluded.library, version = excluded.version,
                parameters = excluded.parameters, fitted_on = excluded.fitted_on, features = excluded.features,
                signature = coalesce(excluded.signature, signature), fit_s = coalesce(excluded.fit_s, fit_s),
                bytes = coalesce(excluded.bytes, bytes), path = CASE excluded.path WHEN '' THEN path ELSE excluded.path END, at = excluded.at""",
            event.run, event.n, event.name, event.recipe, event.kind, event.library, event.version, as_json(event.parameters or {}),
            as_json(list(event.fitted_on)), as_json(list(event.features)), _json_or_null(event.signature),
            None if event.fit_s is None else _seconds(event.fit_s), None if event.bytes is None else number(event.bytes), event.path,
            iso(event.at),
        )  # fmt: skip
        self._index.model(text(event.kind))

    def figure_seen(self, event: ev.FigureSeen) -> None:
        self._results.add((event.run, event.n))
        self._execution(event.run, event.n, "")
        position = max(-1, int(event.position))
        if position >= 0 and event.path:  # it is shown as well as saved, and one figure
            self._do("DELETE FROM figures WHERE run = ? AND n = ? AND position < 0 AND path = ?", event.run, event.n, event.path)
        self._do(
            """INSERT OR REPLACE INTO figures SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
            WHERE ?3 >= 0 OR NOT EXISTS (SELECT 1 FROM figures WHERE run = ?1 AND n = ?2 AND position >= 0 AND path = ?4 AND path <> '')""",
            event.run, event.n, position, event.path, event.title, as_json(list(event.labels)), as_json(list(event.data)),
        )  # fmt: skip
        self._index.figure(text(event.title))

    def resources_used(self, event: ev.ResourcesUsed) -> None:
        self._execution(event.run, event.n, "")
        self._do(
            "INSERT OR REPLACE INTO resources VALUES (?, ?, ?, ?, ?, ?)",
            event.run, event.n, _seconds(event.cpu_s), number(event.memory_bytes), number(event.peak_bytes), _json_or_null(event.gpu),
        )  # fmt: skip


def _special(value: float) -> str:
    """NaN and infinities by name, '' for a number that JSON and SQLite can hold."""
    if math.isfinite(value):
        return ""
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _share(value: float) -> float:
    """A confidence, from 0 to 1."""
    return min(1.0, max(0.0, float(value)))


def _seconds(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("a duration is a number of seconds")
    return float(value)


def _json_or_null(value: Optional[Dict[str, Any]]) -> Optional[str]:
    return None if value is None else as_json(value)
