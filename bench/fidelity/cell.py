"""A cell that is tried, and what it does to files by its author's word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Cell", "Truth", "cell"]


@dataclass(frozen=True)
class Truth:
    """Files by role. A pattern with * stands for every file it matches; $ELSEWHERE, $HOME and $PACKAGES are folders outside the project."""

    read: frozenset[str] = frozenset()
    """Content that stood there before the cell and was read."""
    written: frozenset[str] = frozenset()
    """Exists after the cell and was written, made, or renamed to this name by it."""
    deleted: frozenset[str] = frozenset()
    """Existed before the cell and is gone after it."""

    def of(self, role: str) -> frozenset[str]:
        answer: frozenset[str] = getattr(self, role)
        return answer


@dataclass(frozen=True)
class Cell:
    name: str
    code: str
    truth: Truth | None
    """None where nobody wrote it down: the notebooks of others."""
    needs: frozenset[str] = frozenset()
    """Modules beyond the standard library."""
    copies: Mapping[str, str] = field(default_factory=dict)
    """Files of its own: name → the input it is a copy of."""
    fails: bool = False
    """The cell raises, and is meant to."""


def cell(
    name: str,
    code: str,
    *,
    reads: str | tuple[str, ...] = (),
    writes: str | tuple[str, ...] = (),
    deletes: str | tuple[str, ...] = (),
    needs: str = "",
    copies: str = "",
    fails: bool = False,
) -> Cell:
    """A cell with its truth; several paths in one text are separated by spaces, copies are written `new=input`."""
    truth = Truth(_paths(reads), _paths(writes), _paths(deletes))
    pairs = dict(pair.split("=", 1) for pair in copies.split())
    return Cell(name, code.strip("\n"), truth, frozenset(needs.split()), pairs, fails)


def _paths(given: str | tuple[str, ...]) -> frozenset[str]:
    return frozenset(given.split() if isinstance(given, str) else given)
