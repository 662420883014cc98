"""The table of results as the panel asks for it: notebooks by their server path, rows with theirs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from labjournal.journal.reader import Journal
from labjournal.questions.results.answers import ResultsAnswer
from labjournal.questions.results.table import results
from labjournal.server.paths import absolute_path, server_path

__all__ = ["page"]


def page(journal: Journal, root: Path, notebook: str | None, **asked: Any) -> ResultsAnswer:
    answer = results(journal, notebook=str(absolute_path(root, notebook)) if notebook else None, **asked)
    rows: list[Any] = [{**row, "server_path": server_path(root, row["notebook"])} for row in answer["results"]]
    return {**answer, "results": rows}
