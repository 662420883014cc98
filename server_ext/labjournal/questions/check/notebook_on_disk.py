"""A notebook file as a question sees it: its code cells in their order. Read as JSON and never executed; what is none is said so."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labjournal.errors import LabjournalError

__all__ = ["Cell", "NotebookOnDisk", "notebook_of", "read_notebook"]

_MOST_BYTES = 500_000_000


@dataclass(frozen=True)
class Cell:
    """A code cell that holds code."""

    position: int
    """Among all cells of the notebook, from 1."""
    id: str | None
    source: str
    count: int | None
    """What stands in `In [ ]`."""
    error: str
    """The error that its output shows, '' where there is none."""
    shows: bool
    may_fail: bool
    """It is tagged `raises-exception`."""


@dataclass(frozen=True)
class NotebookOnDisk:
    path: Path
    cells: tuple[Cell, ...]

    @property
    def folder(self) -> Path:
        return self.path.parent


def read_notebook(path: Path) -> NotebookOnDisk:
    """The code cells of the file; raises LabjournalError where it is no notebook of Python."""
    try:
        if path.is_dir():
            raise LabjournalError(f"{path} is a folder.", "Name a notebook in it.")
        if not path.is_file() and path.exists():
            raise LabjournalError(
                f"{path} is no file.", "Name a file that Jupyter wrote (.ipynb)."
            )  # reading a pipe would never end
        if path.stat().st_size > _MOST_BYTES:
            raise LabjournalError(f"{path} is too large to be looked at.", "Clear its outputs first.")
        document = json.loads(path.read_bytes())
    except FileNotFoundError as problem:
        raise LabjournalError(f"There is no file {path}.", "Name a notebook (.ipynb).") from problem
    except OSError as problem:
        raise LabjournalError(f"{path} cannot be read ({problem.strerror}).", "Check its permissions.") from problem
    except (ValueError, RecursionError) as problem:
        raise _no_notebook(path) from problem
    return notebook_of(document, path)


def notebook_of(document: Any, path: Path) -> NotebookOnDisk:
    """The code cells of a notebook's JSON, which stands at `path` or is to."""
    raw = _raw_cells(document)
    if raw is None:
        raise _no_notebook(path)
    language = _language(document)
    if language not in ("", "python"):
        raise LabjournalError(f"{path} is a notebook of {language!r:.40}, not of Python.", "Name a notebook of Python.")
    found = (_cell(position, cell) for position, cell in enumerate(raw, 1))
    return NotebookOnDisk(Path(os.path.abspath(path)), tuple(cell for cell in found if cell is not None))


def _no_notebook(path: Path) -> LabjournalError:
    return LabjournalError(f"{path} is no notebook.", "Name a file that Jupyter wrote (.ipynb).")


def _raw_cells(document: Any) -> list[Any] | None:
    if not isinstance(document, dict):
        return None
    cells = document.get("cells")
    sheets = document.get("worksheets")  # before nbformat 4
    if cells is None and isinstance(sheets, list) and sheets and isinstance(sheets[0], dict):
        cells = sheets[0].get("cells")
    return cells if isinstance(cells, list) and ("nbformat" in document or cells) else None


def _language(document: dict[str, Any]) -> str:
    metadata = document.get("metadata")
    for part, key in (("language_info", "name"), ("kernelspec", "language")):
        facts = metadata.get(part) if isinstance(metadata, dict) else None
        if isinstance(facts, dict) and isinstance(facts.get(key), str):
            return str(facts[key]).lower()
    return ""


def _cell(position: int, raw: Any) -> Cell | None:
    if not isinstance(raw, dict) or raw.get("cell_type") != "code":
        return None
    source = _text(raw.get("source", raw.get("input")))
    if not source.strip():
        return None
    identifier, count = raw.get("id"), raw.get("execution_count", raw.get("prompt_number"))
    outputs = [one for one in raw.get("outputs") or () if isinstance(one, dict)] if isinstance(raw.get("outputs"), list) else []
    errors = [one for one in outputs if one.get("output_type") in ("error", "pyerr")]
    metadata = raw.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    return Cell(
        position,
        identifier if isinstance(identifier, str) else None,
        source,
        count if isinstance(count, int) and not isinstance(count, bool) else None,
        error=f"{errors[-1].get('ename', 'an error')}: {errors[-1].get('evalue', '')}".strip(": ")[:200] if errors else "",
        shows=bool(outputs),
        may_fail=isinstance(tags, list) and "raises-exception" in tags,
    )


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "".join(line for line in value if isinstance(line, str))
    return value if isinstance(value, str) else ""
