"""What cells of both sides showed, laid side by side: pictures, and over each other what of them is another; tables with the cells that changed.

Nothing is executed for it: a browser lays one picture over the other and takes the difference (`mix-blend-mode`), so that what is the same is
black. Tables are the texts of their cells, as they were shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from labjournal.journal.addresses import resolve
from labjournal.journal.reader import Journal
from labjournal.journal.rows import Output
from labjournal.questions.difference.answers import OutputChange, WhatChanged
from labjournal.questions.difference.output_diff import table_of
from labjournal.records.outputs import Budget, Figure, figures

__all__ = ["Cell", "Pair", "Shown", "side_by_side"]

_MOST = 40
_MOST_PICTURES = 8
_ROWS, _COLUMNS, _TEXT = 60, 24, 80
_BYTES_OF_A_CELL = 60


@dataclass(frozen=True)
class Cell:
    before: str
    after: str

    @property
    def same(self) -> bool:
        return self.before == self.after


@dataclass(frozen=True)
class Pair:
    """A picture of both sides; None where one has none."""

    before: Figure | None
    after: Figure | None
    overlay: bool
    """Whether the page has room for the one over the other."""


@dataclass(frozen=True)
class Shown:
    """One change of what a cell showed; what of it can be laid side by side."""

    summary: str
    pictures: tuple[Pair, ...] = ()
    table: tuple[tuple[Cell, ...], ...] = ()
    more: str = ""
    """What of the table is not shown."""


def side_by_side(answer: WhatChanged, journal: Journal | None, budget: Budget) -> list[Shown]:
    """The changes of outputs in their order; without a journal, and behind the first forty, as sentences alone."""
    found = []
    for place, change in enumerate(answer["outputs"]):
        if journal is None or place >= _MOST or change["what"] not in ("picture", "table"):
            found.append(Shown(change["summary"]))
        elif change["what"] == "picture":
            found.append(Shown(change["summary"], pictures=tuple(_pictures(change, journal, budget))))
        else:
            found.append(_table(change, journal, budget))
    return found


def _outputs(change: OutputChange, side: str, journal: Journal) -> list[Output]:
    text = change["a"] if side == "a" else change["b"]
    if text is None:
        return []
    address = resolve(journal, text)
    return journal.outputs(address.run, address.n)


def _pictures(change: OutputChange, journal: Journal, budget: Budget) -> Iterator[Pair]:
    """Pictures of both sides in pairs, those that are the same left out."""
    sides: list[list[Figure]] = []
    for side in ("a", "b"):
        address = str(change["a"] if side == "a" else change["b"])
        outputs = tuple(_outputs(change, side, journal)[:_MOST])
        sides.append(list(figures(outputs, 0, address, journal.blobs.get, budget))[:_MOST_PICTURES])
    for place in range(max(map(len, sides))):
        one, other = (side[place] if place < len(side) else None for side in sides)
        if one is None or other is None or one.source != other.source:
            overlay = one is not None and other is not None and budget.take(len(one.source) + len(other.source))
            yield Pair(one, other, overlay)


def _table(change: OutputChange, journal: Journal, budget: Budget) -> Shown:
    before, after = (table_of(_outputs(change, side, journal)) for side in ("a", "b"))
    height, width = max(len(before), len(after)), max((len(row) for row in (*before, *after)), default=0)
    rows = [
        tuple(Cell(_at(before, row, column), _at(after, row, column)) for column in range(min(width, _COLUMNS)))
        for row in _telling(before, after, height)
    ]
    if not budget.take(sum(len(row) for row in rows) * _BYTES_OF_A_CELL):
        return Shown(change["summary"])
    left = [f"{height - len(rows):,} more rows"] if height > len(rows) else []
    left += [f"{width - _COLUMNS:,} more columns"] if width > _COLUMNS else []
    return Shown(change["summary"], table=tuple(rows), more=" and ".join(left))


def _telling(before: list[list[str]], after: list[list[str]], height: int) -> list[int]:
    """Rows to show: all of a short table; of a long one its head and those that changed."""
    if height <= _ROWS:
        return list(range(height))
    apart = [row for row in range(1, height) if before[row : row + 1] != after[row : row + 1]]
    return [0, *apart][:_ROWS]


def _at(rows: list[list[str]], row: int, column: int) -> str:
    text = rows[row][column] if row < len(rows) and column < len(rows[row]) else ""
    return text if len(text) <= _TEXT else f"{text[:_TEXT]}…"
