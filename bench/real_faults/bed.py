"""A notebook of others in a copy of its project, executed again and again at the same place, each time as something was done to it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from bench.kernels import environment
from labjournal.journal.reader import Journal
from labjournal.journal.rows import Address
from labjournal.questions.difference.diff import diff

__all__ = ["Bed", "State", "came_out_differently"]

_TIMEOUT_S = 300


@dataclass(frozen=True)
class State:
    """How a notebook is executed: its cells, in which order, with what was done to its files, and where packages are looked for first."""

    cells: tuple[str, ...]
    order: tuple[int, ...] = ()
    files: Callable[[], None] | None = field(default=None, compare=False)
    packages: str = ""


class Bed:
    def __init__(self, path: Path, project: Path, folder: Path, kernel: str) -> None:
        self.clean, self.work = project, folder / "work" / project.name
        self.journal, self.kernel = folder / "journal", kernel
        self.notebook = self.work / path.relative_to(project)
        self.plain = State(tuple(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"))

    def execute(self, state: State) -> str:
        """The run that was recorded; on the disk stands the notebook with the cells that it has then."""
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.copytree(self.clean, self.work, symlinks=False)
        if state.files is not None:
            state.files()
        made = [nbformat.v4.new_code_cell(source, id=f"cell-{n}") for n, source in enumerate(state.cells)]
        nbformat.write(nbformat.v4.new_notebook(cells=made), self.notebook)
        order = state.order or range(len(state.cells))
        code = [nbformat.v4.new_code_cell(state.cells[place], id=f"cell-{place}") for place in order]
        for again in (True, True, False):
            client = NotebookClient(
                nbformat.v4.new_notebook(cells=code), kernel_name=self.kernel, allow_errors=True, timeout=_TIMEOUT_S
            )
            client.create_kernel_manager()
            try:
                client.execute(env=self._variables(state), cwd=str(self.notebook.parent), cleanup_kc=True)
                break
            except RuntimeError:  # the kernel did not come up: on a busy machine another program took its port
                if not again:
                    raise
        with Journal.open(self.journal) as opened:
            return opened.runs(limit=1)[0].run

    def _variables(self, state: State) -> Mapping[str, str]:
        own = environment(self.journal, recorded=True) | {"LABJOURNAL_NOTEBOOK": str(self.notebook), "PYTHONHASHSEED": "0"}
        if state.packages:
            own["PYTHONPATH"] = os.pathsep.join([state.packages, *filter(None, [own.get("PYTHONPATH")])])
        return own

    def compared(self, a: str, b: str) -> Any:
        with Journal.open(self.journal) as opened:
            return diff(opened, Address(a), Address(b))


def came_out_differently(answer: Any) -> bool:
    """Whether anything that was shown, measured or worked on is another."""
    moved = any(metric["a"] != metric["b"] for metric in answer["metrics"])
    return moved or answer["parted"] is not None or bool(answer["outputs"])
