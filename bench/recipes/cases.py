"""The suite: small messy afternoons, each with the executions that its last one really needs.

# === name: the source of dependence it is about
# %% keep                              a cell that the last one needs
# %%                                   a cell that it does not need

The last cell is the target. Cells may fail; `python -m bench.recipes --labels` tries whether the labels are right.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Case", "read"]

FOLDER = Path(__file__).parent / "cases"


@dataclass
class Case:
    """One afternoon; executions are numbered from 1."""

    name: str
    about: str
    suite: str = ""
    """The file it stands in."""
    cells: list[str] = field(default_factory=list)
    keep: set[int] = field(default_factory=set)

    @property
    def target(self) -> int:
        return len(self.cells)

    def sources(self, numbers: Iterable[int]) -> list[str]:
        return [self.cells[n - 1] for n in sorted(numbers)]


def read(only: list[str] | None = None, folder: Path = FOLDER) -> list[Case]:
    """All cases, in the order of the files; those that are named where some are."""
    cases: list[Case] = []
    for path in sorted(folder.glob("*.cells")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("# === "):
                name, _, about = line[6:].partition(": ")
                cases.append(Case(name, about, path.stem))
            elif line.startswith("# %%"):
                cases[-1].cells.append("")
                if line.endswith("keep"):
                    cases[-1].keep.add(len(cases[-1].cells))
            elif cases:
                cases[-1].cells[-1:] = ["".join(cases[-1].cells[-1:]) + line + "\n"] if cases[-1].cells else []
    for case in cases:
        case.cells = [cell.strip("\n") for cell in case.cells]
        case.keep.add(case.target)
    return [case for case in cases if not only or case.name in only]
