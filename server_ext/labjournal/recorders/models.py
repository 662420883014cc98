"""What is found in a fitted object, whatever library it is of: numbers only, nothing of the object itself."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Dict, List, NamedTuple, Tuple

__all__ = ["Curve", "Figure", "Found", "Look", "Table", "mark"]


class Figure(NamedTuple):
    """A number that a fitted object tells."""

    name: str
    value: float
    where: str
    """`.best_score_`: as it is written behind the object's name."""
    confidence: float = 0.9


class Curve(NamedTuple):
    """A series of numbers that a fitted object keeps."""

    name: str
    values: Tuple[float, ...]
    steps: Tuple[int, ...]
    points: int
    where: str
    confidence: float = 0.9


class Found:
    """One fitted object."""

    def __init__(self, kind: str, library: str, version: str = "") -> None:
        self.kind, self.library, self.version = kind, library, version
        self.settings: Dict[str, Any] = {}
        """All hyperparameters, as JSON says them."""
        self.changed: Dict[str, Any] = {}
        """Those that differ from the default."""
        self.chosen: Dict[str, Any] = {}
        """Hyperparameters that fitting chose."""
        self.figures: List[Figure] = []
        self.curves: List[Curve] = []
        self.features: Tuple[str, ...] = ()
        self.inputs: int | None = None
        """How many columns it was fitted on."""
        self.size: Dict[str, int] = {}
        """Coefficients, trees, parameters, iterations: how many."""
        self.outputs: Dict[str, Any] = {}
        """What it gives: how many classes or columns."""
        self.fit_s: float | None = None
        self.is_model = True
        """False for what only transforms data, keeps a history, or is not fitted yet."""
        self.has_settings = True
        self.again = False
        """It was told before, and only more of its numbers are known by now."""

    @property
    def recipe(self) -> str:
        """Digest of class and hyperparameters."""
        text = json.dumps([self.kind, self.settings], sort_keys=True, default=str)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def mark(held: Dict[str, Any]) -> int:
    """A number that is another one where other objects stand behind an object's attributes."""
    return hash(tuple([id(value) for value in held.values()]))


class Table:
    """Numbers and series in a plain dict, by key; `""` stands for none."""

    def __init__(self) -> None:
        self.numbers: List[Tuple[Tuple[str, ...], float, bool]] = []
        """(keys, value, whether it is a whole number's type)."""
        self.series: List[Tuple[Tuple[str, ...], List[float], List[int], int]] = []

    def __bool__(self) -> bool:
        return bool(self.numbers or self.series)


class Look:
    """What was seen after one execution."""

    def __init__(self, n: int, at: float, duration_s: float = 0.0) -> None:
        self.n, self.at, self.duration_s = n, at, duration_s
        self.numbers: Dict[str, Tuple[float, bool]] = {}
        self.series: Dict[str, Tuple[List[float], List[int], int]] = {}
        self.tables: Dict[str, Table] = {}
        self.objects: List[Tuple[str, Found]] = []
        self.settings: Dict[str, Dict[str, Any]] = {}
        self.shapes: Dict[str, Dict[str, Any]] = {}
        self.failed = False
        """The execution did not come to its end."""
        self.trains = False
        """Whether the source may train a network that it also makes."""
        self.texts: Dict[str, str] = {}
        """Names of files that are bound to a name."""
        self.shown: float | None = None
        self.shown_whole = False
        self.shown_series: Tuple[List[float], List[int], int] | None = None
        self.shown_table: Table | None = None
        self.returned: List[Tuple[str, float, int]] = []
        """(function, value, line) of calls of metric functions, as the interpreter told them."""
        self.left_out = 0
