"""Pickles read, never loaded: the texts, numbers and bytes in them in order, without the marks by which they refer to themselves.

`pickletools.genops` only takes the instructions apart. Where these texts and numbers are the same, so is what would be built of them;
where they are as many and differ, it is not. Anything else (an object that is shared here and repeated there) cannot be told.
"""

from __future__ import annotations

import itertools
import pickletools
from collections.abc import Iterator
from typing import Any

from labjournal.replay.comparing.telling import Rules, Told, shown

__all__ = ["pickles_apart"]

_MARKS = frozenset(("PROTO", "FRAME"))
_REMEMBERS = frozenset(("PUT", "BINPUT", "LONG_BINPUT"))
_REFERS = frozenset(("GET", "BINGET", "LONG_BINGET"))


def pickles_apart(one: bytes, other: bytes, rules: Rules) -> Told | None:
    """Two pickles; None where one of them is none."""
    if not (one[:1] == other[:1] == b"\x80" and one[-1:] == other[-1:] == b"."):
        return None
    try:
        for (name, value), (again, other_value) in itertools.zip_longest(_said(one), _said(other), fillvalue=("", None)):
            if name != again or (rules.tolerance > 0.0 and value != other_value and isinstance(value, (bytes, bytearray))):
                return Told(None, more="it is a pickle of another build, and pickles are never loaded")
            if rules.late:
                return Told(None, more="it is a pickle that takes too long to be read")
            if value != other_value and not (isinstance(value, float) and rules.values_same(value, other_value)):
                return Told(False, "values", "a value in the pickle", _short(value), _short(other_value))
    except (ValueError, IndexError, KeyError, UnicodeDecodeError, OverflowError):
        return None
    return Told(True, "values")


def _short(value: Any) -> str:
    return f"{len(value):,} bytes" if isinstance(value, (bytes, bytearray)) else shown(value)


def _said(content: bytes) -> Iterator[tuple[str, Any]]:
    """Name and value of every instruction that means something; what is referred to stands where the reference was."""
    memory: dict[Any, tuple[str, Any]] = {}
    last: tuple[str, Any] = ("", None)
    for instruction, value, _ in pickletools.genops(content):
        name = instruction.name
        if name == "MEMOIZE":
            memory[len(memory)] = last
        elif name in _REMEMBERS:
            memory[value] = last
        elif name in _REFERS:
            # A thing that is no plain value is known by its place only.
            last = memory[value] if memory[value][1] is not None else ("reference", value)
            yield last
        elif name not in _MARKS:
            last = (name if value is None else "value", value)
            yield last
