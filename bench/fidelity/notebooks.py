"""The notebooks of others, cell by cell: here only `strace` knows the truth. They are the caller's, none is shipped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat

from bench.fidelity.cell import Cell

__all__ = ["found"]


def found(top: Path) -> Iterator[tuple[str, Path, str, tuple[Cell, ...]]]:
    """(path below `top` without suffix, project folder, working folder within it, cells) of every notebook; each folder in `top` is a project."""
    for path in sorted(top.rglob("*.ipynb")):
        if ".ipynb_checkpoints" in path.parts:
            continue
        project = top / path.relative_to(top).parts[0]
        notebook: Any = nbformat.read(path, as_version=4)
        sources = [cell.source for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
        cells = tuple(Cell(f"{path.stem} [{i}]", source, None) for i, source in enumerate(sources, 1))
        if cells:
            yield str(path.relative_to(top).with_suffix("")), project, str(path.parent.relative_to(project)), cells
