"""`check`: would a notebook run from top to bottom, and what would differ from what is on screen. Nothing is executed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from labjournal.journal.reader import Journal
from labjournal.questions.answers import CheckAnswer
from labjournal.questions.check.from_top import Trouble, from_top
from labjournal.questions.check.notebook_on_disk import NotebookOnDisk, read_notebook
from labjournal.questions.check.on_screen import Screen, edited, failed, out_of_order, ran_again, screen

__all__ = ["check", "checked"]

_LARGEST_HASHED = 64 << 20


def check(path: Path, journal: Journal | None) -> CheckAnswer:
    """The problems of the notebook, cell by cell; without a journal as far as the file itself tells."""
    return checked(read_notebook(path), journal)


def checked(notebook: NotebookOnDisk, journal: Journal | None) -> CheckAnswer:
    """The same of a notebook as it stands in an editor, saved or not."""
    known = screen(journal, notebook)
    troubles = [*from_top(notebook, known.gone(notebook)), *failed(notebook, known), *edited(notebook, known)]
    troubles += [*out_of_order(notebook, known), *ran_again(notebook, known)]
    if journal is not None:
        troubles += _changed_files(journal, notebook, known, troubles)
    troubles.sort(key=lambda one: one.cell.position)
    return {
        "ok": not troubles,
        "notebook": str(notebook.path),
        "cells": len(notebook.cells),
        "recorded": known.known,
        "problems": [
            {
                "cell": one.cell.position,
                "cell_id": one.cell.id,
                "execution_count": one.cell.count,
                "first_line": one.cell.source.strip().split("\n")[0][:80],
                "what": one.what,
                "why": one.why,
            }
            for one in troubles
        ],
    }


def _changed_files(journal: Journal, notebook: NotebookOnDisk, known: Screen, said: list[Trouble]) -> Iterator[Trouble]:
    """Files that a cell read when it ran last, and that are not there any more, or not the same."""
    written: set[str] = set()
    missing = {one.cell.position for one in said if one.what == "file missing"}
    for cell in notebook.cells:
        for use in {use.path: use for use in known.inputs(journal, cell)}.values():
            if use.path in written or use.sha256 is None or not use.given:
                continue
            name = use.given if len(use.given) <= 80 else os.path.basename(use.path)
            state = _state(use.path, use.sha256, use.bytes, use.mtime_ns)
            if state == "missing" and cell.position not in missing:
                yield Trouble(cell, "file missing", f"It read '{name}', which is not there any more.")
            elif state == "changed":
                yield Trouble(
                    cell, "file changed", f"'{name}' is not what it was when this ran; what it shows is of the old one."
                )
        execution = known.latest.get(cell.position)
        if execution is not None:
            written |= {use.path for use in journal.generations(execution.run, execution.n)}


def _state(path: str, sha256: str, length: int | None, mtime_ns: int | None) -> str:
    """same | changed | missing | unknown; a content is only looked at where size and time do not tell."""
    try:
        facts = os.stat(path)
        if length is not None and facts.st_size != length:
            return "changed"
        if mtime_ns is not None and facts.st_mtime_ns == mtime_ns:
            return "same"
        if facts.st_size > _LARGEST_HASHED or not os.path.isfile(path):
            return "unknown"
        with open(path, "rb") as file:
            return "same" if hashlib.sha256(file.read()).hexdigest() == sha256 else "changed"
    except FileNotFoundError:
        return "missing"
    except OSError:
        return "unknown"
