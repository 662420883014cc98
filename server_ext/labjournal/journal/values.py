"""How Python values stand in the journal's columns. Standard library only, Python 3.8."""

from __future__ import annotations

import json
import re
import time
from datetime import datetime, timezone
from typing import Any

__all__ = ["as_json", "is_run", "iso", "now", "number", "text"]

_RUN = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")


def iso(seconds: float) -> str:
    """Seconds since the epoch as the journal writes times; '' for 0, which stands for not known."""
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="microseconds") if seconds else ""


def now() -> str:
    """The present moment as the journal writes it."""
    return iso(time.time())


def text(value: str) -> str:
    """The text with lone surrogates, which UTF-8 cannot carry, replaced."""
    return value.encode("utf-8", "replace").decode("utf-8")


def number(n: int) -> int:
    """The number of an execution or a position, checked; ValueError for what is none."""
    if type(n) is not int or n < 0:
        raise ValueError("a number of an execution or position is 0 or more")
    return n


def as_json(value: Any) -> str:
    """The value in JSON, always the same text for the same value."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def is_run(run: Any) -> bool:
    """Whether it can be the id of a run: safe to type and to stand in a file name."""
    return isinstance(run, str) and bool(_RUN.match(run))
