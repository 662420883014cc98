"""What a figure says of itself, by the source of the cell that shows or saves it: title, labels, and the names that it is drawn from."""

from __future__ import annotations

from typing import Callable, Iterator, List, Tuple

from labjournal.events import FigureSeen, OutputShown
from labjournal.recorders.cell_results import CellResults

__all__ = ["figures", "saved"]

_MOST = 100
_MOST_LABELS = 30
_KINDS = ("image/png", "image/svg+xml", "image/jpeg", "application/vnd.plotly.v1+json", "application/vnd.vegalite.v5+json")


def figures(run: str, n: int, shown: List[OutputShown], cell: CellResults, clean: Callable[[str], str]) -> Iterator[FigureSeen]:
    """The pictures among what an execution shows; each has its own title, or file, only where there are as many as pictures."""
    places = [each.position for each in shown if each.data is not None and any(kind in each.data for kind in _KINDS)][:_MOST]
    titles = cell.titles if len(cell.titles) == len(places) else cell.titles[:1] if len(places) == 1 else []
    labels, data = _said(cell, clean)
    for at, place in enumerate(places):
        title = clean(titles[at][:200]) if at < len(titles) else ""
        path = clean(cell.pictures[at][:500]) if len(places) == len(cell.pictures) else ""
        yield FigureSeen(run, n, place, path, title, labels, data)


def saved(run: str, n: int, cell: CellResults, clean: Callable[[str], str]) -> Iterator[FigureSeen]:
    """The files that an execution's source saves figures to."""
    labels, data = _said(cell, clean)
    for path in cell.pictures[:_MOST]:
        title = clean(cell.titles[0][:200]) if len(cell.titles) == 1 else ""
        yield FigureSeen(run, n, -1, clean(path[:500]), title, labels, data)


def _said(cell: CellResults, clean: Callable[[str], str]) -> Tuple[Tuple[str, ...], Tuple[str, ...]]:
    labels = tuple(clean(label[:200]) for label in dict.fromkeys(cell.labels[:_MOST_LABELS]))
    return labels, tuple(cell.plotted[:_MOST_LABELS])
