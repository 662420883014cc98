"""What is tried, in groups; each group runs in a kernel of its own, its cells one after the other."""

from __future__ import annotations

from bench.fidelity.cell import Cell
from bench.fidelity.cells import arrays, engines, frames, later, learning, moving, outside, programs, reading

__all__ = ["GROUPS"]

GROUPS: dict[str, tuple[Cell, ...]] = {
    "standard library": reading.CELLS,
    "moving": moving.CELLS,
    "arrays": arrays.CELLS,
    "pandas": frames.CELLS,
    "engines": engines.CELLS,
    "learning": learning.CELLS,
    "programs": programs.CELLS,
    "later": later.CELLS,
    "outside": outside.CELLS,
}
