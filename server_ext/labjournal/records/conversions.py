"""Values that no parameters cell can hold, as ones that it can: dates, paths, exact numbers, and sums that stand in the place of a number.

    start = date(2024, 1, 1)       → "2024-01-01" on top, and where it stood `start = date.fromisoformat(str(start))`
    data = Path("raw")             → "raw", and `data = Path(str(data))`
    minutes = 24 * 60              → 1440, and nothing else is left of it

What is called has to be known by an import of the notebook. The line that turns the text back stands where the value was made, so
whatever happens to the object happens to one that is as new; `str` lets that cell be executed twice.
"""

from __future__ import annotations

import ast
import datetime
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

__all__ = ["Converted", "computed", "converted"]

_OF_A_TEXT = frozenset(
    "pathlib.Path pathlib.PurePath pathlib.PosixPath pathlib.WindowsPath pathlib.PurePosixPath pandas.Timestamp pandas.to_datetime "
    "pandas.Timedelta pandas.to_timedelta pandas.Period numpy.datetime64 decimal.Decimal fractions.Fraction datetime.date.fromisoformat "
    "datetime.datetime.fromisoformat".split()
)
_OF_NUMBERS: dict[str, Callable[..., datetime.date]] = {"datetime.date": datetime.date, "datetime.datetime": datetime.datetime}
_DATES = ("datetime.", "pandas.Timestamp", "pandas.to_datetime", "numpy.datetime64")
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}  # fmt: skip
_LARGEST = 10**18


class Converted(NamedTuple):
    """The text that stands for a value, and the code that makes the value of it, with `{}` in the place of the name."""

    text: str
    code: str
    help: str


def converted(value: ast.expr, source: str, names: Mapping[str, str]) -> Converted | None:
    """What stands for the value; None where it is of another kind. `names` leads from a name to what was imported as it."""
    if not isinstance(value, ast.Call) or value.keywords or not value.args:
        return None
    called, full = ast.get_source_segment(source, value.func) or "", _full(value.func, names)
    if not called or "\n" in called:
        return None
    first = value.args[0]
    if full in _OF_A_TEXT and len(value.args) == 1 and isinstance(first, ast.Constant) and isinstance(first.value, str):
        return Converted(first.value, f"{called}(str({{}}))", "a date" if full.startswith(_DATES) else "")
    if full in _OF_NUMBERS and all(isinstance(one, ast.Constant) and type(one.value) is int for one in value.args):
        try:
            made = _OF_NUMBERS[full](*(one.value for one in value.args if isinstance(one, ast.Constant)))
        except (ValueError, TypeError, OverflowError):
            return None
        return Converted(str(made), f"{called}.fromisoformat(str({{}}))", "a date")
    return None


def computed(value: ast.expr) -> int | float | None:
    """The number that arithmetic of plain numbers comes to; None where it is anything else."""
    if not isinstance(value, ast.BinOp):
        return None
    try:
        found = _number(value)
    except (ArithmeticError, ValueError):
        return None
    return found if type(found) in (int, float) and math.isfinite(found) else None


def _number(node: ast.expr) -> int | float:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return node.value  # type: ignore[return-value]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        return -_number(node.operand) if isinstance(node.op, ast.USub) else _number(node.operand)
    if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        left, right = _number(node.left), _number(node.right)
        if isinstance(node.op, ast.Pow) and (abs(right) > 64 or abs(left) > 10**6):
            raise ValueError
        found = _ARITHMETIC[type(node.op)](left, right)
        if isinstance(found, complex) or abs(found) > _LARGEST:
            raise ValueError
        return found  # type: ignore[no-any-return]
    raise ValueError


def _full(node: ast.expr, names: Mapping[str, str]) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    return ".".join([names.get(node.id, ""), *parts]) if isinstance(node, ast.Name) else ""
