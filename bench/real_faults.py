"""Is the right cause ranked first in notebooks of others? They are the caller's; none is shipped.

    python -m bench.real_faults FOLDER --kernel NAME     every folder in FOLDER is a project, copied before it is touched
    python -m bench.real_faults FOLDER --kernel NAME --most 12

A notebook counts if it reproduces: executed twice as it is, nothing comes out differently. Then one thing is done to it at a time, as far as
there is something to do it to: the last rows of a file that it reads are gone, a column is renamed, the file is missing, a number that a name
gets is another, a seed is dropped, a cell that goes on from what it made itself is executed twice. What changes nothing that it shows, measures or
works on is no fault. Found is what is of the right kind, and names it, as the first cause.
"""

from __future__ import annotations

import argparse
import ast
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from bench.kernels import environment
from labjournal.journal.reader import Journal
from labjournal.journal.rows import Address
from labjournal.questions.difference.diff import diff

__all__ = ["main"]

_TABLES = (".csv", ".tsv", ".txt", ".data")
_LARGEST = 20_000_000
_SEED = re.compile(r"(?:np|numpy)\.random\.seed\([^)]*\)|(?<![\w.])random\.seed\([^)]*\)|random_state ?= ?\d+")


@dataclass(frozen=True)
class Injected:
    """One fault: what it is called, of which kind its cause is, what the sentence must say, and how it is made."""

    name: str
    kinds: tuple[str, ...]
    says: str
    cells: list[str] | None = None
    order: list[int] | None = None
    files: Callable[[], None] | None = None


class Bed:
    """A notebook in a copy of its project, executed again and again at the same place."""

    def __init__(self, path: Path, project: Path, folder: Path, kernel: str) -> None:
        self.clean, self.work = project, folder / "work" / project.name
        self.journal, self.kernel = folder / "journal", kernel
        self.notebook = self.work / path.relative_to(project)
        self.content: Any = nbformat.read(path, as_version=4)
        self.cells = [cell.source for cell in self.content.cells if cell.cell_type == "code"]

    def execute(self, cells: list[str], order: list[int] | None = None, files: Callable[[], None] | None = None) -> str:
        """The run that was recorded."""
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.copytree(self.clean, self.work, symlinks=False)
        if files is not None:
            files()
        code = [nbformat.v4.new_code_cell(cells[place], id=f"cell-{place}") for place in order or range(len(cells))]
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source, id=f"cell-{n}") for n, source in enumerate(cells)]
        )
        nbformat.write(notebook, self.notebook)
        variables = environment(self.journal, recorded=True) | {"LABJOURNAL_NOTEBOOK": str(self.notebook), "PYTHONHASHSEED": "0"}
        client = NotebookClient(nbformat.v4.new_notebook(cells=code), kernel_name=self.kernel, allow_errors=True, timeout=300)
        client.create_kernel_manager()
        client.execute(env=variables, cwd=str(self.notebook.parent), cleanup_kc=True)
        with Journal.open(self.journal) as opened:
            return opened.runs(limit=1)[0].run

    def compared(self, a: str, b: str) -> Any:
        with Journal.open(self.journal) as opened:
            return diff(opened, Address(a), Address(b))

    def faults(self, run: str) -> Iterator[Injected]:
        """What can be done to it, as it was recorded."""
        yield from self._of_files(run)
        yield from self._of_numbers()
        yield from self._of_seeds()
        yield from self._of_order(run)

    def _of_files(self, run: str) -> Iterator[Injected]:
        with Journal.open(self.journal) as opened:
            read = [Path(use.path) for use in opened.usages(run) if not use.package]
        path = next((each for each in read if self._is_table(each)), None)
        if path is None:
            return
        lines = path.read_bytes().split(b"\n")
        header = re.findall(r"[A-Za-z][\w ]{2,30}", lines[0].decode("latin-1"))
        named = next((name for name in header if any(name in cell for cell in self.cells)), None)
        fewer = lines[: max(2, len(lines) * 3 // 4)]
        yield Injected("rows removed", ("data",), path.name, files=partial(_write, path, fewer))
        if named:
            renamed = [lines[0].replace(named.encode(), named[::-1].encode(), 1), *lines[1:]]
            yield Injected("column renamed", ("data",), path.name, files=partial(_write, path, renamed))
        yield Injected("file missing", ("data",), path.name, files=path.unlink)

    def _is_table(self, path: Path) -> bool:
        return path.is_relative_to(self.work) and path.suffix.lower() in _TABLES and path.stat().st_size < _LARGEST

    def _of_numbers(self) -> Iterator[Injected]:
        for place, source in enumerate(self.cells):
            try:
                body = ast.parse(source).body
            except SyntaxError:
                continue
            for node in body:
                target = node.targets[0] if isinstance(node, ast.Assign) else None
                value = node.value if isinstance(node, ast.Assign) else None
                if not isinstance(target, ast.Name) or not isinstance(value, ast.Constant):
                    continue
                number = value.value
                if isinstance(number, (int, float)) and not isinstance(number, bool) and number:
                    lines = source.split("\n")
                    line = lines[value.lineno - 1]
                    lines[value.lineno - 1] = line[: value.col_offset] + repr(number * 2) + line[value.end_col_offset :]
                    cells = self._with(place, "\n".join(lines))
                    yield Injected("a parameter", ("parameters", "code"), target.id, cells=cells)
                    return

    def _of_seeds(self) -> Iterator[Injected]:
        for place, source in enumerate(self.cells):
            found = _SEED.search(source)
            if found:
                gone = "random_state=None" if found[0].startswith("random_state") else "None"
                yield Injected("a seed dropped", ("randomness",), "", cells=self._with(place, source.replace(found[0], gone)))
                return

    def _of_order(self, run: str) -> Iterator[Injected]:
        with Journal.open(self.journal) as opened:
            bindings = opened.bindings(run)
            for execution in opened.executions(run):
                bound = {each.name for each in bindings if each.n == execution.n and each.role == "bound"}
                used = {each.name for each in bindings if each.n == execution.n and each.role == "used"}
                if bound & used and "import" not in execution.source and execution.source in self.cells:
                    place = self.cells.index(execution.source)
                    order = [*range(place + 1), place, *range(place + 1, len(self.cells))]
                    yield Injected("a cell twice", ("order",), "twice", order=order)
                    return

    def _with(self, place: int, source: str) -> list[str]:
        return [*self.cells[:place], source, *self.cells[place + 1 :]]


def _write(path: Path, lines: list[bytes]) -> None:
    path.write_bytes(b"\n".join(lines))


def _came_out_differently(answer: Any) -> bool:
    moved = any(metric["a"] != metric["b"] for metric in answer["metrics"])
    return moved or answer["parted"] is not None or bool(answer["outputs"])


def _tried(path: Path, project: Path, kernel: str) -> Iterator[tuple[str, bool, str]]:
    """(fault, found, first cause) of a notebook; nothing where it does not reproduce."""
    with tempfile.TemporaryDirectory() as folder:
        bed = Bed(path, project, Path(folder).resolve(), kernel)
        first = bed.execute(bed.cells)
        second = bed.execute(bed.cells)
        if _came_out_differently(bed.compared(first, second)):
            return
        for fault in list(bed.faults(second)):
            answer = bed.compared(second, bed.execute(fault.cells or bed.cells, fault.order, fault.files))
            if not _came_out_differently(answer):
                continue
            best = answer["causes"][0] if answer["causes"] else {"kind": "none", "sentence": ""}
            yield (
                fault.name,
                best["kind"] in fault.kinds and fault.says in best["sentence"],
                f"{best['kind']}: {best['sentence']}",
            )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.real_faults")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kernel", default="python3")
    parser.add_argument("--most", type=int, default=1000, help="so many notebooks that reproduce")
    options = parser.parse_args()
    notebooks = faults = right = 0
    for path in sorted(options.folder.resolve().rglob("*.ipynb")):
        within = path.relative_to(options.folder.resolve()).parts
        if notebooks >= options.most or ".ipynb_checkpoints" in within or len(within) < 2:
            continue
        found = list(_tried(path, options.folder.resolve() / within[0], options.kernel))
        notebooks += bool(found)
        for name, is_right, said in found:
            faults, right = faults + 1, right + is_right
            print(f"{'ok   ' if is_right else 'WRONG'}  {path.stem}: {name}: {said[:160]}", flush=True)
        if not found:
            print(f"       {path.stem}: does not reproduce, or nothing that was done to it came out differently", flush=True)
    print(f"{notebooks} notebooks, {faults} faults: in {right} the cause is first ({right / max(1, faults):.0%}).")
    return 0 if right >= 0.95 * faults else 1


if __name__ == "__main__":
    sys.exit(main())
