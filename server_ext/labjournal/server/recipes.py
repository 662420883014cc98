"""Questions about recipes and about the notebook in front, as the panel asks them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypedDict

from labjournal.errors import JournalMissing, LabjournalError
from labjournal.journal.addresses import resolve
from labjournal.journal.reader import Journal
from labjournal.questions.answers import CheckAnswer
from labjournal.questions.check.checking import checked as checked_cells
from labjournal.questions.check.notebook_on_disk import NotebookOnDisk, notebook_of
from labjournal.questions.recipe.slicing import explained
from labjournal.server.paths import server_path

__all__ = ["RecipeAnswer", "StepPart", "checked", "recipe"]

_MOST_CODE = 4_000_000


class StepPart(TypedDict):
    n: int
    address: str
    why: list[str]
    """What brought it in, each a few words; empty for the target."""
    cautious: bool
    """In only because nothing rules out that it matters."""


class RecipeAnswer(TypedDict):
    address: str
    run: str
    server_path: str | None
    """Of the notebook, None where it lies outside the served folder."""
    of: int
    """How many executions the run had until then, the target included."""
    steps: list[StepPart]
    warnings: list[str]


class LookedThrough(CheckAnswer):
    latest: dict[str, str]
    """Cell that has a problem → the execution of it that is on screen."""


def recipe(journal: Journal, root: Path, address: str) -> RecipeAnswer:
    meant = resolve(journal, address)
    found = explained(journal, meant)
    return {
        "address": str(meant),
        "run": meant.run,
        "server_path": server_path(root, journal.run(meant.run).notebook),
        "of": meant.n if meant.n is not None else len(found.steps),
        "steps": [
            {
                "n": step.execution.n,
                "address": str(step.execution.address),
                "why": list(step.why),
                "cautious": step.cautious and step.execution.n != meant.n,
            }
            for step in found.steps
        ],
        "warnings": list(found.warnings),
    }


def checked(journal: Path, path: Path, cells: list[Any]) -> LookedThrough:
    """What `check` says of these cells, which need not have been saved; without a journal as far as the cells themselves tell."""
    if sum(len(str(cell.get("source", ""))) for cell in cells if isinstance(cell, dict)) > _MOST_CODE:
        raise LabjournalError("The notebook holds too much code to be looked through.", "Use `labjournal check`.")
    notebook: NotebookOnDisk = notebook_of({"nbformat": 4, "cells": cells}, path)
    try:
        with Journal.open(journal, catch_up=False) as opened:
            answer = checked_cells(notebook, opened)
            ids = {problem["cell_id"] for problem in answer["problems"] if problem["cell_id"]}
            return {**answer, "latest": _latest(opened, str(path), ids)}
    except JournalMissing:
        return {**checked_cells(notebook, None), "latest": {}}


def _latest(journal: Journal, notebook: str, cells: set[str]) -> dict[str, str]:
    """The address of the latest execution of each cell; replays are not what is on screen."""
    own = {run.run for run in journal.runs(notebook=notebook) if not run.replay_of}
    found: dict[str, str] = {}
    for cell in cells:
        executions = (one for one in journal.versions(notebook, cell, limit=20) if one.run in own)
        latest = next(executions, None)
        if latest is not None:
            found[cell] = str(latest.address)
    return found
