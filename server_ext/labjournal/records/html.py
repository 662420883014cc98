"""The page of a run or of a result: one file that a colleague without Jupyter reads, and prints.

Everything is in it, nothing is loaded, and nothing recorded runs: the first element of its head is a policy that allows images that
stand in the page, styles, and nothing else (`outputs` says what becomes of rich output).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from markupsafe import Markup

from labjournal.records.atomic import write_text
from labjournal.records.outputs import Budget
from labjournal.records.page import run_page, templates
from labjournal.records.record import Record

__all__ = ["laid_out", "render", "write"]


def write(record: Record, path: Path, *, force: bool = False) -> None:
    """Writes the page."""
    write_text(path, render(record), force=force)


def render(record: Record) -> str:
    """The page as HTML."""
    budget = Budget()
    page = run_page(record, budget)
    return laid_out("run.html.j2", budget, heading=page.title, page=page)


def laid_out(template: str, budget: Budget, **values: Any) -> str:
    """A template of this room with style and policy; `budget` knows the scripts that its frames may run."""
    css = Markup((Path(__file__).parent / "templates" / "page.css").read_text(encoding="utf-8"))
    return templates().get_template(template).render(policy=budget.policy, css=css, **values)
