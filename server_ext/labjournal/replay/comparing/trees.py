"""JSON compared by what it says: the order of keys and the spaces between mean nothing, the order of a list does."""

from __future__ import annotations

import itertools
import json
import re
from typing import Any, BinaryIO

from labjournal.replay.comparing.telling import Rules, Told, shown

__all__ = ["lines_apart", "trees_apart"]

_LOOK = 1024
_PLAIN_KEY = re.compile(r"[A-Za-z_][\w-]{0,60}")


def trees_apart(one: bytes, other: bytes, rules: Rules) -> Told | None:
    """Two JSON documents; None where one of them is none."""
    try:
        return _apart(json.loads(one), json.loads(other), rules)
    except (ValueError, RecursionError):
        return None


def lines_apart(one: BinaryIO, other: BinaryIO, rules: Rules) -> Told | None:
    """Two files of one JSON document per line; None where a line is none."""
    first: Told | None = None
    lengths, unlike = [0, 0], 0
    for line, again in itertools.zip_longest(one, other):
        lengths[0] += line is not None
        lengths[1] += again is not None
        if line is not None and again is not None and line != again:
            found = trees_apart(line or b"null", again or b"null", rules)
            if found is None:
                return None
            if not found.same:
                unlike += 1
                first = first or found.within(f"line {lengths[0]:,}")
        if max(lengths) % _LOOK == 0 and rules.late:
            said = f"only the first {max(lengths):,} lines were compared"
            return Told(None if first is None else False, "values", *(_place(first)), more=said)
    if lengths[0] != lengths[1]:
        many = abs(lengths[0] - lengths[1])
        said = f"{many:,} line{'' if many == 1 else 's'} {'fewer' if lengths[1] < lengths[0] else 'more'}"
        said += f"; first difference: {first.words}" if first else ""
        return Told(False, "values", "", f"{lengths[0]:,} lines", f"{lengths[1]:,} lines", said)
    if first is None:
        return Told(True, "values")
    return Told(False, "values", *_place(first), more=f"{unlike:,} of {lengths[0]:,} lines differ")


def _place(found: Told | None) -> tuple[str, str, str]:
    return (found.where, found.recorded, found.replayed) if found else ("", "", "")


def _apart(one: Any, other: Any, rules: Rules) -> Told:
    """The first difference, in the order of the recorded document; a path like `prices[3].value` says where."""
    waiting: list[tuple[str, Any, Any]] = [("", one, other)]
    while waiting:
        where, a, b = waiting.pop()
        if isinstance(a, dict) and isinstance(b, dict):
            for key in [*a, *b]:
                if key not in a or key not in b:
                    return Told(
                        False,
                        "values",
                        _key(where, key),
                        "there" if key in a else "not there",
                        "there" if key in b else "not there",
                    )
            waiting += [(_key(where, key), a[key], b[key]) for key in reversed(a)]
        elif isinstance(a, list) and isinstance(b, list):
            if len(a) != len(b):
                return Told(False, "values", where, f"a list of {len(a):,}", f"a list of {len(b):,}")
            waiting += [(f"{where}[{place}]", a[place], b[place]) for place in reversed(range(len(a)))]
        elif not rules.values_same(a, b):
            return Told(False, "values", where, shown(a), shown(b))
    return Told(True, "values")


def _key(where: str, key: str) -> str:
    named = f".{key}" if _PLAIN_KEY.fullmatch(key) else f"[{shown(key)!r}]"
    return f"{where}{named}".removeprefix(".")
