"""Labelled notebooks: cells, and the metrics, series and parameters that a person would want of them.

# metric acc|accuracy = acc          one of these names, with the value of the expression after the last cell
# fine aic = fit.aic                 nobody misses it, nobody minds it
# series losses
# parameter C = 0.5
# fine-parameter random_state
# %%                                 a cell begins
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Gold", "Wanted", "read"]

FOLDER = Path(__file__).parent.parent / "gold"


@dataclass(frozen=True)
class Wanted:
    """One label."""

    names: tuple[str, ...]
    expression: str = ""


@dataclass
class Gold:
    """One notebook."""

    name: str
    cells: list[str] = field(default_factory=list)
    metrics: list[Wanted] = field(default_factory=list)
    fine: list[Wanted] = field(default_factory=list)
    series: list[str] = field(default_factory=list)
    parameters: list[Wanted] = field(default_factory=list)
    fine_parameters: list[str] = field(default_factory=list)


def read(folder: Path = FOLDER, only: list[str] | None = None) -> list[Gold]:
    """All notebooks of the set, by name."""
    paths = sorted(folder.glob("*.cells"))
    return [_read(path) for path in paths if not only or path.stem in only]


def _read(path: Path) -> Gold:
    gold = Gold(path.stem)
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# %%"):
            gold.cells.append("")
        elif not _label(gold, line) and gold.cells:
            gold.cells[-1] += line + "\n"
    return gold


def _label(gold: Gold, line: str) -> bool:
    kind, _, rest = line.removeprefix("# ").partition(" ")
    if not line.startswith("# ") or kind not in ("metric", "fine", "series", "parameter", "fine-parameter"):
        return False
    names, _, expression = rest.partition(" = ")
    wanted = Wanted(tuple(names.strip().split("|")), expression.strip())
    if kind == "metric":
        gold.metrics.append(wanted)
    elif kind == "fine":
        gold.fine.append(wanted)
    elif kind == "parameter":
        gold.parameters.append(wanted)
    elif kind == "series":
        gold.series.append(wanted.names[0])
    else:
        gold.fine_parameters.append(wanted.names[0])
    return True
