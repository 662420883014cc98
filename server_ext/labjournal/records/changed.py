"""The page that says what changed between two runs: the sentence, what explains it, then numbers, code, data and surroundings."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from labjournal.journal.reader import Journal
from labjournal.questions.answers import Number
from labjournal.questions.difference.answers import Cause, WhatChanged
from labjournal.questions.difference.diff_summary import is_same, shown
from labjournal.questions.difference.weighing import surety
from labjournal.questions.origin.answers import CodeChange, ValueChange
from labjournal.records.atomic import destination, write_text
from labjournal.records.html import laid_out
from labjournal.records.measured import number
from labjournal.records.outputs import Budget
from labjournal.records.side_by_side import side_by_side

__all__ = ["render", "write"]

_MOST = 200
_LINES = 400
_SIGNS = {"+": "new", "-": "gone", "@": "place"}


@dataclass(frozen=True)
class _Line:
    sign: str
    text: str


@dataclass(frozen=True)
class _Code:
    what: str
    where: str
    lines: tuple[_Line, ...]


@dataclass(frozen=True)
class _Row:
    name: str
    a: str
    b: str


def write(answer: WhatChanged, path: Path, *, journal: Journal | None = None, force: bool = False) -> Path:
    """Writes the page; where to."""
    path = destination(path, force=force)
    write_text(path, render(answer, journal), force=force)
    return path


def render(answer: WhatChanged, journal: Journal | None = None) -> str:
    """The page as HTML; nothing in it is loaded or executed. Pictures and tables come out of the journal, where that is given."""
    budget = Budget()
    a, b = (os.path.basename(answer[side] or "") for side in ("a_notebook", "b_notebook"))
    return laid_out(
        "changed.html.j2",
        budget,
        heading=f"What changed: {answer['a']} → {answer['b']}",
        answer=answer,
        shown_outputs=side_by_side(answer, journal, budget),
        notebooks=a if a == b else f"{a} → {b}",
        causes=[(surety(cause["weight"]), cause, _places(cause)) for cause in answer["causes"][:_MOST]],
        metrics=[
            _Row(each["name"], _figure(each["a"]), _figure(each["b"])) for each in answer["metrics"][:_MOST] if not is_same(each)
        ],
        code=[_code(change) for change in answer["code"][:_MOST]],
        data=[change for change in answer["data"] if change["what"] != "same"][:_MOST],
        tables=[
            (title, list(_values(changes)))
            for title, changes in (
                ("Parameters", answer["parameters"]),
                ("Environment", answer["environment"]),
                ("Git", answer["git"]),
            )
            if changes
        ],
    )


def _places(cause: Cause) -> str:
    """Addresses and paths that it stands on."""
    found = dict.fromkeys(place for fact in cause["evidence"] for place in (fact["address"], fact["path"]) if place)
    return ", ".join(list(found)[:6])


def _figure(value: Number | None) -> str:
    return "–" if value is None else str(number(value)) if isinstance(value, (int, float)) else value


def _values(changes: list[ValueChange]) -> Iterator[_Row]:
    for change in changes[:_MOST]:
        yield _Row(
            change["name"], "–" if change["a"] is None else shown(change["a"]), "–" if change["b"] is None else shown(change["b"])
        )


def _code(change: CodeChange) -> _Code:
    before, after = (change["a_source"] or "").split("\n"), (change["b_source"] or "").split("\n")
    lines = list(difflib.unified_diff(before if change["a"] else [], after if change["b"] else [], lineterm="", n=3))[2:]
    where = " → ".join(address for address in (change["a"], change["b"]) if address)
    what = "executed in another order or number" if change["what"] == "order" else change["what"]
    return _Code(what, where, tuple(_Line(_SIGNS.get(line[:1], ""), line) for line in lines[:_LINES]))
