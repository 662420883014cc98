"""Cells executed in a namespace of their own, with the moments of the recorder of results around each."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

from labjournal.events import Event, MetricLogged, ModelSeen, OutputShown, ParameterSet, SeriesSeen
from labjournal.recorders import Context, Execution, Outcome
from labjournal.recorders.redaction import Redactor
from labjournal.recorders.results import ResultsRecorder

SHOWN = 0.8


class Cells:
    """One notebook."""

    def __init__(self, *, budget_s: float = 20.0) -> None:
        self.namespace: dict[str, Any] = {"_oh": {}}
        context = Context("run1", "", Path("/nowhere"), Redactor({}), lambda _: None, lambda: self.namespace)
        self.recorder = ResultsRecorder(context, budget_s=budget_s, hurried_s=budget_s)
        self.n = 0
        self.duration_s = 0.0
        """What a cell takes, by the clock."""

    def run(self, source: str) -> list[Event]:
        """What is told about a cell, which fails where it divides by zero; its last line, where that is an expression, is shown as IPython would."""
        self.n += 1
        execution = Execution("run1", self.n, source)
        self.recorder.execution_started(execution)
        screen = io.StringIO()
        status = "ok"
        with contextlib.redirect_stdout(screen):
            try:
                self._execute(source)
            except ZeroDivisionError:
                status = "failed"
        self.recorder.execution_ended(execution, Outcome(status, 0.0, self.duration_s, execution_count=self.n))
        told = list(self.recorder.collect(execution))
        if screen.getvalue():
            told += self.recorder.shown(self.n, [OutputShown("run1", self.n, 0, "stream", name="stdout", text=screen.getvalue())])
        return told

    def metrics(self, source: str, *, least: float = SHOWN) -> dict[str, float]:
        """Name and value of every metric that is sure enough."""
        found = [event for event in self.run(source) if isinstance(event, MetricLogged)]
        return {event.name: event.value for event in found if event.confidence >= least}

    def series(self, source: str) -> dict[str, tuple[float, ...]]:
        return {
            event.name: event.values for event in self.run(source) if isinstance(event, SeriesSeen) and event.confidence >= SHOWN
        }

    def models(self, source: str) -> dict[str, ModelSeen]:
        return {event.name: event for event in self.run(source) if isinstance(event, ModelSeen)}

    def parameters(self, source: str) -> dict[str, Any]:
        return {event.name: event.value for event in self.run(source) if isinstance(event, ParameterSet)}

    def _execute(self, source: str) -> None:
        import ast

        tree = ast.parse(source)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "<cell>", "exec"), self.namespace)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), self.namespace)
            if value is not None:
                self.namespace["_oh"][self.n] = value
