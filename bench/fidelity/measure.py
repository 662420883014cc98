"""Runs a group of cells: once plain and traced, which gives the truth; then recorded, as often as there are ways to record."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from bench.fidelity.cell import Cell, Truth
from bench.fidelity.claims import Recorded, read
from bench.fidelity.oracle import Seen, cut, truth
from bench.fidelity.place import Place, Tree
from bench.fidelity.sessions import MARK, recorded
from bench.fidelity.sessions import traced as traced_kernel
from bench.kernels import Kernel

__all__ = ["Measured", "Truths", "measured", "trusted", "truths"]


@dataclass(frozen=True)
class Truths:
    """What each cell of a group really did."""

    seen: tuple[Seen, ...]
    traced: tuple[Truth, ...]
    by_hand: tuple[Truth | None, ...]
    """With patterns and folders spelled out."""
    trees: tuple[Tree, ...]
    """Before the first cell, and after each."""

    def agreed(self, i: int) -> bool:
        hand = self.by_hand[i]
        return hand is None or hand == self.traced[i]


@dataclass(frozen=True)
class Measured:
    """What was recorded of a group, and which contents its files had before the first cell, and after each."""

    recorded: Recorded
    trees: tuple[Tree, ...]
    failures: tuple[str, ...]


def truths(place: Place, cells: tuple[Cell, ...]) -> Truths:
    place.restore(cells)
    trees = [place.look()]
    with traced_kernel(place) as kernel:
        for i, cell in enumerate(cells):
            kernel.run(f"__import__('os').access('{MARK}{i}', 0)")
            _run(kernel, place, cell)
            trees.append(place.look())
        kernel.run(f"__import__('os').access('{MARK}{len(cells)}', 0)")
    found = cut(place.log, str(place.work))
    seen = tuple(found[i] for i in range(len(cells)))
    by_hand = tuple(_spelled(cell.truth, place, trees[i], trees[i + 1]) for i, cell in enumerate(cells))
    packaged = [
        frozenset(path for path in hand.read if path.startswith(place.packages)) if hand else frozenset() for hand in by_hand
    ]
    traced, mapped = [], frozenset[str]()
    for i, one in enumerate(seen):
        mapped |= one.mapped
        traced.append(truth(one, mapped, trees[i], trees[i + 1], packaged[i]))
    return Truths(seen, tuple(traced), by_hand, tuple(trees))


def measured(
    place: Place,
    cells: tuple[Cell, ...],
    settings: dict[str, str],
    *,
    make: Callable[[], None] = lambda: None,
    look: bool = True,
    settle_s: float = 1.0,
    company: Callable[[Path], AbstractContextManager[object]] = nullcontext,
) -> Measured:
    """The same cells in a recorded kernel. Between cells files are only asked for their state, never opened.

    `make` adds files before anybody looks; `company` is at work in the project meanwhile; without `look` nobody looks between cells.
    Between the last cell and the kernel's end lie `settle_s`.
    """
    place.restore(cells)
    make()
    first = place.look()
    looks, failures = [], []
    with company(place.project), recorded(place, settings) as kernel:
        for cell in cells:
            failure = _run(kernel, place, cell)
            if bool(failure) != cell.fails and cell.truth is not None:
                failures.append(f"{cell.name}: {failure or 'did not fail'}")
            if look:
                looks.append(place.look(digest=False))
        time.sleep(settle_s)
    last = place.look()
    answer = read(place.journal)
    if answer.executions != len(cells):
        raise RuntimeError(f"{len(cells)} cells were executed, the journal knows {answer.executions}.")
    known = {(path, key): tree.digests[path] for tree in (first, last) for path, key in tree.keys.items() if path in tree.digests}
    trees = [
        Tree(look.keys, {path: known[path, key] for path, key in look.keys.items() if (path, key) in known}) for look in looks
    ]
    return Measured(answer, (first, *trees), tuple(failures))


def trusted(place: Place, cells: tuple[Cell, ...], found: Measured) -> Truths:
    """The authors' word for it, where there is no strace."""
    by_hand = tuple(_spelled(cell.truth, place, found.trees[i], found.trees[i + 1]) for i, cell in enumerate(cells))
    return Truths(tuple(Seen() for _ in cells), tuple(truth or Truth() for truth in by_hand), by_hand, found.trees)


def _run(kernel: Kernel, place: Place, cell: Cell) -> str:
    """How the cell failed, '' where it did not."""
    try:
        kernel.run(place.spelled(cell.code))
    except RuntimeError as problem:
        return str(problem) or "failed"
    return ""


def _spelled(truth: Truth | None, place: Place, before: Tree, after: Tree) -> Truth | None:
    if truth is None:
        return None
    return Truth(
        _matched(truth.read, place, before),
        _matched(truth.written, place, after),
        _matched(truth.deleted, place, before),
    )


def _matched(patterns: frozenset[str], place: Place, tree: Tree) -> frozenset[str]:
    """Every file that stands for a pattern; ** also reaches into folders. A name without * stands for itself."""
    answer: set[str] = set()
    for pattern in patterns:
        spelled = place.spelled(pattern)
        path = spelled if spelled.startswith("/") else f"{place.project}/{spelled}"
        start, star, rest = path.partition("*")
        if not star:
            answer.add(path)
        else:
            end = rest.lstrip("*")
            answer |= {
                found
                for found in tree.files()
                if found.startswith(start) and found.endswith(end) and (rest.startswith("*") or "/" not in found[len(start) :])
            }
    return frozenset(answer)
