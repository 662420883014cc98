"""The headings under which cells stand in the notebook they were typed in, as its file says now; none where it is gone."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from labjournal.records.record import Record

__all__ = ["headings"]

_MOST_BYTES = 100_000_000
_HEADING = re.compile(r"^#{1,6}[ \t]+(\S.*?)[ \t]*#*[ \t]*$", re.MULTILINE)
_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_LONGEST = 200


def headings(record: Record) -> dict[int, str]:
    """Number of an execution → the text of the heading above its cell; nothing for cells that have none, or are not there any more."""
    by_id, by_source = _of_cells(record.run.notebook)
    found = {}
    for step in record.steps:
        heading = by_id.get(step.execution.cell_id or "") or by_source.get(step.execution.source.strip(), "")
        if heading:
            found[step.n] = heading
    return found


def _of_cells(notebook: str | None) -> tuple[dict[str, str], dict[str, str]]:
    """Headings by the cell's id, and by its code."""
    by_id: dict[str, str] = {}
    by_source: dict[str, str] = {}
    heading = ""
    for cell in _cells(notebook):
        source = cell.get("source", "")
        text = "".join(map(str, source)) if isinstance(source, list) else str(source)
        if cell.get("cell_type") == "markdown":
            told = _HEADING.findall(_FENCE.sub("", text))
            heading = _redacted(told[-1]) if told else heading
        elif cell.get("cell_type") == "code" and heading:
            if isinstance(cell.get("id"), str):
                by_id[cell["id"]] = heading
            by_source.setdefault(text.strip(), heading)
    return by_id, by_source


def _cells(notebook: str | None) -> Iterator[dict[str, Any]]:
    """The cells of the file; none where there is no such notebook."""
    if not notebook or not notebook.endswith(".ipynb"):
        return
    path = Path(notebook)
    try:
        if not path.is_file() or path.stat().st_size > _MOST_BYTES:
            return
        document = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return
    found = document.get("cells") if isinstance(document, dict) else None
    yield from (cell for cell in found or () if isinstance(cell, dict)) if isinstance(found, list) else ()


def _redacted(text: str) -> str:
    from labjournal.recorders.redaction import Redactor

    return Redactor(os.environ).text(text[:_LONGEST]).text
