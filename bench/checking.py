"""`python -m bench.checking NOTEBOOK…`: does `labjournal check` find faults of hidden state that were put into notebooks which are sound?

The notebooks are real ones that run from top to bottom; nothing is executed. Five faults, one at a time: a cell that others need is
deleted, stands at the end, held the imports, ran again changed after those that need it, or was edited after it ran. Where a fault can
be put is told from the names: one cell binds a name, and a later one reads it. A fault is found where the cell that it concerns is told;
anything told of a sound notebook is a false alarm.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat

from labjournal.questions.check.checking import check
from labjournal.questions.reading import read
from labjournal.recorders.code import names_in
from tests.builders import JournalBuilder

__all__ = ["FAULTS", "main", "tried"]

FAULTS = ("deleted", "defined later", "import deleted", "ran again", "edited since")
Cell = tuple[str, str]
"""Id and source."""


@dataclass(frozen=True)
class Need:
    """A name that one cell binds for certain and that a later one reads."""

    name: str
    definer: int
    reader: int
    imported: bool


@dataclass(frozen=True)
class Tried:
    notebook: str
    fault: str
    found: bool
    told: tuple[str, ...]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.checking", description=__doc__)
    parser.add_argument("notebooks", nargs="+", type=Path, metavar="NOTEBOOK", help="notebooks that run from top to bottom")
    parser.add_argument("--seed", type=int, default=1, help="which cells are chosen (1)")
    chosen = parser.parse_args(arguments)
    every = [one for path in chosen.notebooks for one in tried(path, random.Random(chosen.seed))]
    for one in every:
        if not one.found:
            print(
                f"{'false alarm' if one.fault == 'sound' else 'missed'}: {one.notebook}, {one.fault}: {'; '.join(one.told) or 'nothing told'}"
            )
    for fault in ("sound", *FAULTS):
        those = [one for one in every if one.fault == fault]
        print(f"{fault:<16} {sum(one.found for one in those)} of {len(those)}")
    return 0 if all(one.found for one in every) else 1


def tried(path: Path, chance: random.Random) -> Iterator[Tried]:
    """The notebook as it is, and with each fault that fits."""
    notebook = nbformat.read(path, as_version=4)
    cells = [
        (f"cell-{place}", cell.source)
        for place, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and cell.source.strip()
    ]
    with tempfile.TemporaryDirectory(prefix="labjournal-check-") as temporary:
        place = _beside_the_same_files(path.resolve(), Path(temporary, "project")) / path.name
        yield _sound(path.stem, _checked(place, cells, cells))
        needs = list(_needs(cells))
        for fault in FAULTS:
            fitting = [need for need in needs if need.imported == (fault == "import deleted")]
            if fitting:
                need = chance.choice(fitting)
                yield Tried(path.stem, fault, *_with(fault, need, place, cells))


def _beside_the_same_files(path: Path, top: Path) -> Path:
    """A folder from which the notebook sees what it sees where it lies, also one folder up."""
    folder = top / path.parent.name
    folder.mkdir(parents=True)
    for above, here in ((path.parent.parent, top), (path.parent, folder)):
        for one in above.iterdir():
            if one not in (path, path.parent):
                (here / one.name).symlink_to(one)
    return folder


def _sound(name: str, told: list[tuple[str, str]]) -> Tried:
    return Tried(name, "sound", not told, tuple(sentence for _, sentence in told))


def _with(fault: str, need: Need, place: Path, cells: list[Cell]) -> tuple[bool, tuple[str, ...]]:
    reader, definer = cells[need.reader][0], cells[need.definer]
    ran, without = list(cells), [cell for cell in cells if cell is not definer]
    edited = (definer[0], f"{definer[1]}\nedited_since = 1")
    changed = [edited if cell is definer else cell for cell in cells]
    saved = {
        "deleted": without, "import deleted": without, "defined later": [*without, definer], "ran again": changed, "edited since": changed,
    }[fault]  # fmt: skip
    if fault == "ran again":
        ran.append(edited)
    told = _checked(place, saved, ran)
    at = definer[0] if fault == "edited since" else reader
    found = [cell for cell, sentence in told if cell == at or f"'{need.name}'" in sentence]
    return bool(found), tuple(sentence for _, sentence in told)


def _needs(cells: list[Cell]) -> Iterator[Need]:
    readings = [read(source) for _, source in cells]
    bound = [set(names_in(source).bound) for _, source in cells]
    for definer, reading in enumerate(readings):
        for name in sorted(reading.definite):
            if sum(name in names for names in bound) > 1 or any(name in one.free for one in readings[: definer + 1]):
                continue
            readers = [place for place in range(definer + 1, len(cells)) if name in readings[place].free]
            if readers:
                yield Need(name, definer, readers[0], name in reading.imported)


def _checked(place: Path, saved: list[Cell], ran: list[Cell]) -> list[tuple[str, str]]:
    """(id of the cell, what is told of it), without and with a journal in which the cells ran in this order."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source, id=cell) for cell, source in saved])
    nbformat.write(notebook, place)
    builder = JournalBuilder(place.parent.parent.parent / "journal")
    try:
        run = builder.run(notebook=str(place), folder=str(place.parent))
        for cell, source in ran:
            names = names_in(source)
            run.execution(
                source,
                cell_id=cell,
                bound=sorted(names.bound),
                used=sorted(names.used),
                mutated=sorted(names.mutated),
                opaque=names.opaque,
            )
        with builder.open() as journal:
            answers = [check(place, None), check(place, journal)]
    finally:
        builder.close()
        shutil.rmtree(builder.folder)
    return [(saved[problem["cell"] - 1][0], problem["why"]) for answer in answers for problem in answer["problems"]]


if __name__ == "__main__":
    sys.exit(main())
