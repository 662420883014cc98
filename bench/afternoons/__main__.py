"""`python -m bench.afternoons FOLDER [NAME …] --kernel NAME`: long afternoons on the notebooks in FOLDER, and what their exports give.

Every folder in FOLDER is a project with notebooks. A person (`person`) works on a copy of it in a recorded kernel. Then some of the
results are exported, each notebook is put alone into a fresh copy of the project and executed, and its last cell is held against what was
recorded. A result that is another one when the same afternoon is played twice, by chance, proves nothing and is not counted.
`--whole` executes each notebook from top to bottom instead, and its export under papermill; every cell is held against what it gave.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from bench.afternoons.judging import alike, difference
from bench.afternoons.person import RESTART, Act, afternoon
from bench.afternoons.playing import Shown, acted, played
from labjournal.errors import LabjournalError
from labjournal.journal.reader import Journal
from labjournal.journal.rows import Address
from labjournal.records.export import export
from labjournal.replay.proofs.export import export_verified

__all__ = ["Tried", "main"]


@dataclass(frozen=True)
class Tried:
    """One result: how many executions there were before it, how many its export has, and what differs where something does."""

    address: str
    executions: int
    kept: int
    wrong: str
    verified: bool | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.afternoons", description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="its folders are projects with notebooks")
    parser.add_argument("names", nargs="*", metavar="NAME", help="parts of the names of projects (all)")
    parser.add_argument("--kernel", default="python3", help="the kernel that has what the notebooks need")
    parser.add_argument("--seed", default="1", help="another one is another afternoon")
    parser.add_argument("--targets", type=int, default=4, help="results of each afternoon that are exported")
    parser.add_argument("--verify", action="store_true", help="export the last of them with --verify")
    parser.add_argument("--whole", action="store_true", help="whole notebooks under papermill")
    parser.add_argument("--keep", type=Path, help="a folder in which journals and exports remain")
    chosen = parser.parse_args(arguments)
    wrong = right = 0
    for path in _notebooks(chosen.folder, chosen.names):
        with tempfile.TemporaryDirectory(prefix="labjournal-afternoon-") as temporary:
            began = time.monotonic()
            place = chosen.keep / f"{path.stem}-{chosen.seed}" if chosen.keep else Path(temporary)
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(parents=True)
            work = _Work(path, _project(path, chosen.folder), place, chosen.kernel)
            tried = list(work.whole() if chosen.whole else work.afternoon(chosen.seed, chosen.targets, chosen.verify))
        bad = [one for one in tried if one.wrong]
        wrong, right = wrong + len(bad), right + len(tried) - len(bad)
        kept = ", ".join(f"{one.kept} of {one.executions}" for one in tried) if not chosen.whole else ""
        print(
            f"{path.stem[:50]:<50} {len(tried) - len(bad)} of {len(tried)}  {time.monotonic() - began:5.0f} s  {kept}", flush=True
        )
        for one in bad:
            print(f"    {one.address}: {one.wrong}", flush=True)
    print(f"{right} of {right + wrong} gave what they gave: {100 * right / max(1, right + wrong):.1f} %")
    return 1 if wrong else 0


def _notebooks(folder: Path, names: Sequence[str]) -> list[Path]:
    found = [path for path in sorted(folder.rglob("*.ipynb")) if ".ipynb_checkpoints" not in path.parts]
    return [path for path in found if not names or any(name in str(path.relative_to(folder)) for name in names)]


def _project(path: Path, top: Path) -> Path:
    return top / path.relative_to(top).parts[0]


@dataclass
class _Work:
    path: Path
    project: Path
    place: Path
    kernel: str

    @property
    def journal(self) -> Path:
        return self.place / "journal"

    def whole(self) -> Iterator[Tried]:
        """Every cell of the notebook that showed something, run from top to bottom."""
        with self._copy() as notebook:
            first = played(_in_order(self._sources()), notebook.parent, notebook, self.journal, self.kernel)
        with self._copy() as notebook:
            second = acted([one.act for one in first], notebook.parent, self.journal, self.kernel)
        exported = self.place / "whole.ipynb"
        with Journal.open(self.journal) as journal:
            export(journal, "last", "notebook", exported, force=True)
        again = self._under_papermill(exported)
        for one, other in zip(first, second, strict=True):
            if one.status != "ok" or not alike(one.outputs, other.outputs):
                continue
            outputs = again.get(one.n)
            if outputs is None and not _tells(one):
                continue
            said = "is not in the export" if outputs is None else difference(one.outputs, outputs)
            yield Tried(f"cell {one.n}", len(first), len(again), said)

    def afternoon(self, seed: str, targets: int, verify: bool) -> Iterator[Tried]:
        """Some of the results of an afternoon."""
        chance = random.Random(f"{self.path.stem}.{seed}")
        with self._copy() as notebook:
            first = played(
                afternoon(self._sources(), f"{self.path.stem}.{seed}"), notebook.parent, notebook, self.journal, self.kernel
            )
        with self._copy() as notebook:
            second = acted(_acts(first), notebook.parent, self.journal, self.kernel)
        good = [
            one
            for one, other in zip(first, second, strict=True)
            if one.status == "ok" and _tells(one) and other.status == "ok" and alike(one.outputs, other.outputs)
        ]
        chosen = (
            sorted(chance.sample(good[:-1], min(targets - 1, len(good) - 1)), key=lambda one: (one.life, one.n))
            if len(good) > 1
            else []
        )
        with Journal.open(self.journal) as journal:
            runs = [run.run for run in reversed(journal.runs()) if run.replay_of is None]
        for one in [*chosen, *good[-1:]]:
            address = Address(runs[one.life - 1], one.n)
            try:
                yield self._tried(address, one, verify=verify and one is good[-1])
            except LabjournalError as problem:
                yield Tried(str(address), one.n, 0, str(problem))

    def _tried(self, address: Address, shown: Shown, *, verify: bool) -> Tried:
        exported = self.place / f"{address.n}.ipynb"
        verified = None
        if verify:
            verified = bool(export_verified(self.journal, str(address), "notebook", exported, force=True)["verified"])
        else:
            with Journal.open(self.journal) as journal:
                export(journal, str(address), "notebook", exported, force=True)
        again = self._under_papermill(exported)
        outputs = again.get(address.n or 0)
        said = "did not run" if outputs is None else difference(shown.outputs, outputs)
        if verify and not verified:
            said = f"not verified. {said}"
        return Tried(str(address), shown.n, len(again), said, verified)

    def _under_papermill(self, exported: Path) -> dict[int, list[Any]]:
        """Number of each execution in the export → what it showed, in a fresh copy of the project."""
        import papermill
        from papermill.exceptions import PapermillExecutionError

        with self._copy() as notebook:
            alone = notebook.parent / exported.name
            shutil.copyfile(exported, alone)
            before = os.environ.get("LABJOURNAL_DISABLE")
            os.environ["LABJOURNAL_DISABLE"] = "1"
            try:
                papermill.execute_notebook(
                    alone,
                    self.place / "again.ipynb",
                    kernel_name=self.kernel,
                    cwd=notebook.parent,
                    progress_bar=False,
                    log_output=False,
                )
            except PapermillExecutionError:
                pass
            finally:
                if before is None:
                    del os.environ["LABJOURNAL_DISABLE"]
            ran: Any = nbformat.read(self.place / "again.ipynb", as_version=4)
        return {
            cell.metadata["labjournal"]["n"]: cell.outputs
            for cell in ran.cells
            if cell.cell_type == "code" and "labjournal" in cell.metadata and cell.execution_count is not None
        }

    def _copy(self) -> _Copy:
        return _Copy(self.place / "project", self.project, self.path)

    def _sources(self) -> list[str]:
        notebook: Any = nbformat.read(self.path, as_version=4)
        return [cell.source for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


class _Copy:
    """A fresh copy of the project, in the same place each time, that goes away; the notebook in it."""

    def __init__(self, place: Path, project: Path, notebook: Path) -> None:
        self.place, self.project, self.notebook = place, project, notebook

    def __enter__(self) -> Path:
        shutil.rmtree(self.place, ignore_errors=True)
        shutil.copytree(self.project, self.place, symlinks=True)
        return self.place / self.notebook.relative_to(self.project)

    def __exit__(self, *problem: object) -> None:
        shutil.rmtree(self.place, ignore_errors=True)


def _in_order(sources: Sequence[str]) -> Any:
    for place, source in enumerate(sources):
        yield Act(f"cell-{place}", source)


def _acts(shown: Sequence[Shown]) -> Iterator[Act]:
    life = 1
    for one in shown:
        if one.life != life:
            life = one.life
            yield RESTART
        yield one.act


def _tells(shown: Shown) -> bool:
    return any(output["output_type"] != "stream" or output["name"] == "stdout" for output in shown.outputs)


if __name__ == "__main__":
    sys.exit(main())
