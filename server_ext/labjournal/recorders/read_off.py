"""What is read off the screen of an execution once it has shown everything: numbers that nothing else told, figures, warnings of libraries."""

from __future__ import annotations

from collections import OrderedDict, deque
from time import time
from typing import TYPE_CHECKING, Callable, Deque, Iterator, List, Set, Tuple

from labjournal.events import Event, MetricLogged, OutputShown, ProblemSeen, replace

if TYPE_CHECKING:
    from labjournal.recorders.cell_results import CellResults
    from labjournal.recorders.metrics import Printed
    from labjournal.recorders.printed_values import Template

__all__ = ["REMEMBERED", "SHOWN", "ReadOff"]

REMEMBERED = 64
"""Executions of which is remembered what was told."""
SHOWN = 0.8
"""Metrics from this confidence on are shown unasked."""
_MOST_TOLD = 200


class ReadOff:
    """The screens of one run."""

    def __init__(self, run: str, clean: Callable[[str], str]) -> None:
        self._run, self._clean = run, clean
        self._told_of: OrderedDict[int, List[Tuple[str, float, str]]] = OrderedDict()
        """Metrics of the last executions: what the screen says once more is known by them."""
        self._deferred: Deque[Template] = deque(maxlen=REMEMBERED)
        """Lines that functions of earlier cells print."""

    @property
    def latest(self) -> int:
        """The last execution of which was told what it holds; 0 before the first one."""
        return max(self._told_of, default=0)

    def begin(self, n: int) -> None:
        """What an execution holds is told from now on."""
        self._told_of[n] = []
        while len(self._told_of) > REMEMBERED:
            self._told_of.popitem(last=False)

    def told(self, event: Event) -> None:
        """Takes note of what was told of the execution that began last."""
        if type(event) is MetricLogged and event.confidence >= SHOWN and event.n in self._told_of:
            self._told_of[event.n].append((event.name, event.value, event.source))

    def events(self, n: int, shown: List[OutputShown], cell: CellResults | None) -> Iterator[Event]:
        """What the screen says; numbers that say again what is known better are there for who asks."""
        from labjournal.recorders.library_warnings import WHAT, library_warnings
        from labjournal.recorders.metric_names import UNSURE, repeated

        told = self._told_of.get(n, [])
        found = list(self._results(n, shown, cell))
        sure = [event for event in found if type(event) is MetricLogged and event.confidence >= SHOWN][:_MOST_TOLD]
        rows = [*told, *((event.name, event.value, event.source) for event in sure)]
        again = repeated(rows) if len(told) < _MOST_TOLD else set()
        known = set(rows[: len(told)])
        once_more: Set[int] = set()
        for at, metric in enumerate(sure, len(told)):
            if rows[at] in known:  # shown once more, which makes it no less sure
                found.remove(metric)
            elif at in again:
                once_more.add(id(metric))
            else:
                told.append(rows[at])
            known.add(rows[at])
        for event in found:
            yield replace(event, confidence=UNSURE) if id(event) in once_more else event
        for warning in library_warnings((output.name, output.text) for output in shown if output.type == "stream"):
            yield ProblemSeen(self._run, n, WHAT, self._clean(str(warning)), time())

    def _results(self, n: int, shown: List[OutputShown], cell: CellResults | None) -> Iterator[Event]:
        from labjournal.recorders.metric_names import UNSURE
        from labjournal.recorders.metrics import metric_events, screen_lines, shown_row, shown_table, told_metrics
        from labjournal.recorders.printed_values import said, templates

        patterns = templates(cell) if cell is not None else []
        now = time()
        for output in shown:
            if output.type == "stream":
                found = said((*patterns, *self._deferred), screen_lines(output.text)) if output.name == "stdout" else []
                yield from metric_events(self._run, n, output.text, now, found)
            elif output.data is not None and type(output.data.get("text/plain")) is str and "text/html" in output.data:
                text = output.data["text/plain"]
                computed = cell is not None and bool(cell.measures or cell.fits)
                for metric in shown_row(text) or shown_table(text, computed=computed):
                    yield self._metric(n, metric, now)
            if output.data is not None and type(output.data.get("text/plain")) is str:
                known = {value for _, value, _ in self._told_of.get(n, [])}
                for metric, _ in told_metrics(screen_lines(output.data["text/plain"])):
                    yield self._metric(n, metric, now, UNSURE if metric.value in known else metric.confidence)
        if cell is not None:
            from labjournal.recorders.figures import figures

            yield from figures(self._run, n, shown, cell, self._clean)
        for pattern in patterns:
            if pattern.deferred:
                self._deferred.append(pattern)

    def _metric(self, n: int, found: Printed, at: float, confidence: float | None = None) -> MetricLogged:
        sure = found.confidence if confidence is None else confidence
        return MetricLogged(self._run, n, found.name, found.value, at=at, source="shown", confidence=sure)
