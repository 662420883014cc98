"""How recorded values stand in JSON, which knows neither NaN nor infinities."""

from __future__ import annotations

import math
from typing import Any, Literal, overload

__all__ = ["Number", "number", "plain"]

Number = int | float | Literal["NaN", "Infinity", "-Infinity"]
"""A JSON number, or one of "NaN", "Infinity", "-Infinity"."""


@overload
def number(value: float) -> Number: ...
@overload
def number(value: None) -> None: ...
def number(value: float | None) -> Number | None:
    """The number as JSON can say it; whole numbers stay whole."""
    if value is None or math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def plain(value: Any) -> Any:
    """A recorded JSON value without anything that JSON itself cannot say."""
    if isinstance(value, float):
        return number(value)
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, (str, int)) else str(value)
