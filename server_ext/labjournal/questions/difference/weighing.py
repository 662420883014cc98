"""What every cause is made of: a weight, a sentence, and its evidence; and how far a change can have moved what moved at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from labjournal.journal.rows import Execution
from labjournal.questions.difference.answers import Cause, Evidence
from labjournal.questions.difference.behind import Behind
from labjournal.questions.difference.code_diff import Pair, meaning

__all__ = ["Compared", "cause", "differs", "evidence", "number", "sources", "surety"]

_SURE = ((0.8, "very likely"), (0.5, "likely"), (0.2, "perhaps"), (0.0, "hardly"))
_AFTER = 0.6
"""Of what was changed behind the place where the two had already parted."""
_ELSEWHERE = 0.1
"""Of what nothing that moved depends on."""


@dataclass(frozen=True)
class Compared:
    """Both sides, what is paired, and which executions count."""

    a: Behind
    b: Behind
    pairs: list[Pair]
    numbers_a: set[int]
    numbers_b: set[int]
    parted: tuple[Execution, Execution] | None
    moved: bool
    """Whether anything came out differently."""

    def relevance(self, a: int | None, b: int | None) -> float:
        """How far a change in these executions can have moved what moved."""
        if b is not None:
            share = 1.0 if b in self.numbers_b else 0.5 if a in self.numbers_a else _ELSEWHERE
        else:
            share = 1.0 if a in self.numbers_a else _ELSEWHERE
        return share * self.late(a, b)

    def late(self, a: int | None, b: int | None) -> float:
        """The share that is left of what was changed after the two had parted."""
        return _AFTER if self.is_late(a, b) else 1.0

    def is_late(self, a: int | None, b: int | None) -> bool:
        """Whether the two had parted before these executions."""
        if self.parted is None:
            return False
        return b > self.parted[1].n if b is not None else a is not None and a > self.parted[0].n


def evidence(
    what: str, name: str, a: Any = None, b: Any = None, *, address: str | None = None, path: str | None = None
) -> Evidence:
    return {"what": what, "name": name, "a": a, "b": b, "address": address, "path": path}


def cause(kind: str, weight: float, sentence: str, *facts: Evidence) -> Cause:
    return {"kind": kind, "sentence": sentence, "weight": round(min(weight, 0.99), 3), "evidence": list(facts)}


def sources(pair: Pair) -> tuple[str | None, str | None]:
    a, b = pair
    return a.source if a else None, b.source if b else None


def differs(pair: Pair) -> bool:
    a, b = pair
    if a is None or b is None:
        return True
    return a.source_sha256 != b.source_sha256 and meaning(a.source) != meaning(b.source)


def number(address: str | None) -> int | None:
    return int(address.rpartition("/")[2]) if address and address.rpartition("/")[2].isdigit() else None


def surety(weight: float) -> str:
    """The weight in words."""
    return next(words for least, words in _SURE if weight >= least)
