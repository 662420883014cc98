"""How the answer to `diff` looks in a terminal: the sentence first, then causes, numbers, code, data and surroundings, as far as they changed."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from labjournal.cli.shown import remarks
from labjournal.cli.terminal import Style, safe
from labjournal.cli.text import Cell, clock, count, cut, day, figure, table
from labjournal.questions.difference.weighing import surety

if TYPE_CHECKING:
    from labjournal.questions.difference.answers import Cause, OutputChange, WhatChanged
    from labjournal.questions.origin.answers import (
        CodeChange,
        ColumnChange,
        DataChange,
        MetricChange,
        ModelDifference,
        ValueChange,
    )

__all__ = ["diff_lines"]

_LISTED = 12
_CODE_LINES = 14
_CAUSES = 6
_MOVED = 0.1
_TELLING = 0.2
_COLUMNS_SHOWN = 8
_WIDE = 70
_KINDS = {
    "changed": "odd",
    "appeared": "good",
    "gone": "bad",
    "unknown": "odd",
    "added": "good",
    "removed": "bad",
    "order": "odd",
}


def diff_lines(answer: WhatChanged, style: Style) -> Iterator[str]:
    yield style(safe(f"{answer['a']} -> {answer['b']}", one_line=True), "strong")
    for address, started, notebook in (
        (answer["a"], answer["a_started"], answer["a_notebook"]),
        (answer["b"], answer["b_started"], answer["b_notebook"]),
    ):
        line = f"  {address}  {day(started)}, {clock(started)}  {os.path.basename(notebook or '')}"
        yield style(safe(line.rstrip(), one_line=True), "faint")
    yield ""
    yield safe(answer["summary"])
    yield from _causes(answer["causes"], style)
    yield from _models(answer["models"], style)
    yield from _metrics(answer["metrics"], style)
    yield from _code(answer["code"], style)
    yield from _values("parameter", answer["parameters"], style)
    yield from _data(answer["data"], style)
    yield from _values("environment", answer["environment"], style)
    yield from _values("git", answer["git"], style)
    yield from _outputs(answer["outputs"], style)
    if answer["remarks"]:
        yield ""
        yield from remarks(answer["remarks"], style)


def _causes(causes: list[Cause], style: Style) -> Iterator[str]:
    """What may explain it, most probable first; what hardly does is left to --json where something else is known."""
    telling = [cause for cause in causes if cause["weight"] >= _TELLING] or causes[:1]
    rows: list[Sequence[Cell]] = [
        [surety(cause["weight"]), cause["kind"], _address(cause), cause["sentence"]] for cause in telling[:_CAUSES]
    ]
    yield from _listed(("explains it", "", "see", ""), rows, len(telling), style)


def _address(cause: Cause) -> str:
    return next((fact["address"] for fact in cause["evidence"] if fact["address"]), "")


def _outputs(outputs: list[OutputChange], style: Style) -> Iterator[str]:
    rows: list[Sequence[Cell]] = [[output["what"], output["summary"]] for output in outputs[:_LISTED]]
    yield from _listed(("shown", ""), rows, len(outputs), style)


def _models(models: list[ModelDifference], style: Style) -> Iterator[str]:
    rows: list[Sequence[Cell]] = [
        [model["name"], model["how"], cut(", ".join(model["what"]), _WIDE), model["a"] or "", model["b"] or ""]
        for model in models[:_LISTED]
    ]
    yield from _listed(("model", "", "what differs", "before", "after"), rows, len(models), style)


def _metrics(metrics: list[MetricChange], style: Style) -> Iterator[str]:
    rows: list[Sequence[Cell]] = [
        [metric["name"], _value(metric["a"]), _value(metric["b"]), _delta(metric["delta"])] for metric in metrics[:_LISTED]
    ]
    yield from _listed(("number", "before", "after", "difference"), rows, len(metrics), style, right=(1, 2, 3))


def _delta(delta: Any) -> str:
    return "" if delta is None else f"{delta:+.5g}" if isinstance(delta, (int, float)) else str(delta)


def _value(value: Any) -> str:
    return "" if value is None else figure(value)


def _code(changes: list[CodeChange], style: Style) -> Iterator[str]:
    for change in changes[:_LISTED]:
        yield ""
        where = " -> ".join(address for address in (change["a"], change["b"]) if address)
        what = "executed in another order or number" if change["what"] == "order" else change["what"]
        yield style(safe(f"code {what}: {where}", one_line=True), _KINDS[change["what"]])
        before, after = (change["a_source"] or "").split("\n"), (change["b_source"] or "").split("\n")
        lines = list(difflib.unified_diff(before if change["a"] else [], after if change["b"] else [], lineterm="", n=2))[2:]
        for line in lines[:_CODE_LINES]:
            yield "    " + style(safe(line, one_line=True), {"+": "good", "-": "bad", "@": "faint"}.get(line[:1], ""))
        if len(lines) > _CODE_LINES:
            yield f"    {count(len(lines) - _CODE_LINES, 'line')} more; --json shows all."
    if len(changes) > _LISTED:
        yield f"{count(len(changes) - _LISTED, 'cell')} more; --json shows all."


def _values(title: str, changes: list[ValueChange], style: Style) -> Iterator[str]:
    rows: list[Sequence[Cell]] = [
        [cut(each["name"], 40), cut(_said(each["a"]), 40), _said(each["b"])] for each in changes[:_LISTED]
    ]
    yield from _listed((title, "before", "after"), rows, len(changes), style)


def _said(value: Any) -> str:
    return "not there" if value is None else {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(figure(value))


def _data(changes: list[DataChange], style: Style) -> Iterator[str]:
    told = [change for change in changes if change["what"] != "same"]
    rows: list[Sequence[Cell]] = [
        [(change["what"], _KINDS[change["what"]]), _kind(change), _rows(change), change["summary"]] for change in told[:_LISTED]
    ]
    yield from _listed(("data", "what", "rows", ""), rows, len(told), style)
    shown: list[list[ColumnChange]] = []
    for change in told[:_LISTED]:
        moved = [column for column in change["columns"] if _tells(column, change["kind"])]
        if moved and moved not in shown:  # a frame says the same as the file that it was read from
            shown.append(moved)
            yield ""
            yield style(safe(f"columns of {os.path.basename(change['name'])}", one_line=True), "faint")
            yield from table(("", "", "type", "shift (PSI)"), [_column(column) for column in moved[:_COLUMNS_SHOWN]], style)
            if len(moved) > _COLUMNS_SHOWN:
                yield f"{count(len(moved) - _COLUMNS_SHOWN, 'column')} more; --json shows all."
    same = len(changes) - len(told)
    if same:
        yield ""
        yield (
            f"{count(same, 'other')} did not change."
            if told
            else f"{count(same, 'file, frame or table', 'files, frames and tables')}: the same."
        )


def _tells(column: ColumnChange, kind: str) -> bool:
    """Of a frame only columns that moved a good deal: its file, where it has one, tells the rest."""
    if column["what"] != "values":
        return column["what"] != "same"
    return kind != "frame" or column["shift"] is None or column["shift"] >= _MOVED


def _kind(change: DataChange) -> str:
    return change["kind"] if change["kind"] == "frame" else f"{change['kind']}, {change['role']}"


def _rows(change: DataChange) -> str:
    rows = [change["a_rows"], change["b_rows"]]
    if change["what"] in ("appeared", "gone"):
        rows = [each for each in rows if each is not None]
    return "" if set(rows) <= {None} else " -> ".join("?" if each is None else f"{each:,}" for each in rows)


def _column(column: ColumnChange) -> Sequence[Cell]:
    types = column["a"] if column["a"] == column["b"] else " -> ".join(kind for kind in (column["a"], column["b"]) if kind)
    return [column["name"], column["what"], types, "" if column["shift"] is None else f"{column['shift']:.3f}"]


def _listed(
    head: Sequence[str], rows: list[Sequence[Cell]], known: int, style: Style, right: tuple[int, ...] = ()
) -> Iterator[str]:
    if rows:
        yield ""
        yield from table(head, rows, style, right=right)
        if known > len(rows):
            yield f"{known - len(rows)} more; --json shows all."
