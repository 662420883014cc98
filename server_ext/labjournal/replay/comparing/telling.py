"""How one thing is told from another: what a comparison answers, and the terms on which it is made."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

__all__ = ["Rules", "Told", "first_of", "numbers_same", "shown"]

_SHOWN = 80
_WITHIN_S = 120.0
_NUMBER = re.compile(r"[+-]?(?:0|[1-9]\d*)(\.\d*)?([eE][+-]?\d{1,4})?")
_LONGEST_NUMBER = 400


@dataclass(frozen=True)
class Told:
    """Whether two contents hold the same (None: cannot be told), and how that was found out: bytes | values | pixels | text | members."""

    same: bool | None
    how: str = ""
    where: str = ""
    """Where the first difference is, in words: 'row 17, column price'."""
    recorded: str = ""
    replayed: str = ""
    more: str = ""
    """What else is to be said: how much differs; why it cannot be told."""

    @property
    def words(self) -> str:
        """'row 17, column price: 3.2 → 3.4 (12 of 2,000 rows differ)'; '' where there is nothing to say."""
        values = f"{self.recorded} → {self.replayed}" if self.recorded or self.replayed else ""
        said = ": ".join(filter(None, (self.where, values)))
        return f"{said} ({self.more})" if said and self.more else said or self.more

    def within(self, part: str) -> Told:
        """The same answer about a part of something."""
        return replace(self, where=", ".join(filter(None, (part, self.where))))


@dataclass(frozen=True)
class Rules:
    """What counts as the same, and how long it may take to find out, for all files together."""

    text_apart: Callable[[str, str], tuple[int, str, str] | None]
    """The first line in which two texts really differ, and both lines (`normalise.first_apart`)."""
    tolerance: float = 0.0
    until: float = field(default_factory=lambda: time.monotonic() + _WITHIN_S)

    @property
    def late(self) -> bool:
        return time.monotonic() > self.until

    def words_same(self, one: str, other: str) -> bool:
        """Two short texts: as numbers where both are, else as text."""
        if one == other:
            return True
        a, b = _number(one), _number(other)
        if a is not None and b is not None:
            return numbers_same(a, b, self.tolerance)
        return self.text_apart(one, other) is None

    def values_same(self, one: Any, other: Any) -> bool:
        """Two values as JSON or a table holds them, lists and objects of them included."""
        waiting = [(one, other)]
        while waiting:
            a, b = waiting.pop()
            if isinstance(a, dict) and isinstance(b, dict):
                if a.keys() != b.keys():
                    return False
                waiting += [(a[key], b[key]) for key in a]
            elif isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
                if len(a) != len(b):
                    return False
                waiting += zip(a, b, strict=True)
            elif not self._atoms_same(a, b):
                return False
        return True

    def _atoms_same(self, one: Any, other: Any) -> bool:
        if isinstance(one, bool) or isinstance(other, bool):
            return one is other
        if isinstance(one, (int, float)) and isinstance(other, (int, float)):
            return numbers_same(one, other, self.tolerance)
        if isinstance(one, str) and isinstance(other, str):
            return one == other or self.text_apart(one, other) is None
        return type(one) is type(other) and bool(one == other)


def numbers_same(one: float, other: float, tolerance: float) -> bool:
    """Whether two numbers are equal, or lie within `tolerance` (relative, or absolute below 1) of each other; NaN is NaN."""
    if one == other:
        return True
    try:
        if math.isnan(one) or math.isnan(other):
            return math.isnan(one) and math.isnan(other)
        return tolerance > 0.0 and abs(one - other) <= tolerance * max(1.0, abs(one), abs(other))
    except OverflowError:  # a whole number that no float can hold
        return False


def first_of(found: list[Told]) -> Told:
    """The answer about a whole, from those about its parts."""
    for same in (False, None):
        for one in found:
            if one.same is same:
                return one
    return Told(True, found[0].how if found else "bytes")


def shown(value: Any) -> str:
    """A value as a sentence holds it."""
    if isinstance(value, float):
        return repr(value)
    text = value if isinstance(value, str) else repr(value)
    text = " ".join(text.split()) or "nothing" if not isinstance(value, str) or text.strip() else "nothing"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _number(text: str) -> float | None:
    """What a text is as a number. `007` is none: what begins with a nought is a code."""
    text = text.strip()
    found = _NUMBER.fullmatch(text) if len(text) <= _LONGEST_NUMBER else None
    if found is None:
        return None
    return float(text) if found[1] or found[2] else int(text)
