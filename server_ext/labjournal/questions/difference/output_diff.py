"""What cells of both sides showed differently, by value: the numbers in a text, the cells of a table, whether a picture is another.

Addresses of objects and times of day are no difference. Pictures are compared by their digest only; nothing is rendered or executed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from labjournal.journal.rows import Execution, Output
from labjournal.questions.difference.answers import OutputChange
from labjournal.questions.difference.code_diff import Pair

__all__ = ["output_changes", "table_of"]

_MOST = 100
_LONGEST = 200_000
_NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d[\d,_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.])")
_NO_MATTER = re.compile(r"0x[0-9a-fA-F]{4,}|\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?|\b\d\d:\d\d:\d\d(?:\.\d+)?\b")
_TIMED = re.compile(r"\d(?:\.\d+)? ?(?:ns|µs|us|ms|s|sec|seconds|it/s|s/it|min)\b|wall time|cpu times", re.IGNORECASE)


def output_changes(pairs: list[Pair], a: dict[int, list[Output]], b: dict[int, list[Output]]) -> list[OutputChange]:
    """In the order of B; how a cell ended comes before what it showed."""
    found: list[OutputChange] = []
    for one, other in pairs:
        if one is None or other is None:
            continue
        if one.status != other.status:
            found.append(_ended(one, other))
            continue
        if _digests(a.get(one.n, [])) != _digests(b.get(other.n, [])):
            found.extend(_shown(one, other, a.get(one.n, []), b.get(other.n, [])))
        if len(found) >= _MOST:
            break
    return found[:_MOST]


def _digests(outputs: list[Output]) -> list[str]:
    return [output.sha256 for output in outputs]


def _told(
    what: str, a: Execution, b: Execution, said: str, cells: int | None = None, numbers: list[list[float]] | None = None
) -> OutputChange:
    return {"what": what, "a": str(a.address), "b": str(b.address), "cells": cells, "numbers": numbers or [], "summary": said}


def _ended(a: Execution, b: Execution) -> OutputChange:
    words = {
        "ok": "ended well",
        "failed": "failed",
        "interrupted": "was interrupted",
        "abandoned": "never ended",
        "running": "is running",
    }
    why = f" ({b.error_name}: {b.error_value[:120]})" if b.error_name else ""
    return _told("status", a, b, f"{b.address} {words.get(b.status, b.status)}{why}, before it {words.get(a.status, a.status)}")


def _shown(a: Execution, b: Execution, ours: list[Output], theirs: list[Output]) -> Iterator[OutputChange]:
    texts = _text(ours), _text(theirs)
    tables = table_of(ours), table_of(theirs)
    if tables[0] and tables[1]:
        cells = _cells(tables[0], tables[1])
        if cells:
            yield _told(
                "table",
                a,
                b,
                f"{cells:,} cell{'' if cells == 1 else 's'} of the table in {b.address} differ{'s' if cells == 1 else ''}",
                cells,
            )
    elif texts[0] != texts[1]:
        numbers = _numbers(*texts)
        if numbers is None or numbers:
            told = ", ".join(f"{one:.6g} → {other:.6g}" for one, other in (numbers or [])[:3])
            yield _told(
                "text", a, b, f"{b.address} shows {told or 'another text'}", None, [list(pair) for pair in (numbers or [])[:20]]
            )
    pictures = _pictures(ours), _pictures(theirs)
    if pictures[0] != pictures[1]:
        yield _told(
            "picture",
            a,
            b,
            f"the picture of {b.address} is another"
            if all(pictures)
            else f"{b.address} shows a picture {'only now' if pictures[1] else 'no longer'}",
        )


def _text(outputs: list[Output]) -> str:
    parts = [output.text for output in outputs if output.type == "stream" and output.name != "stderr"]
    parts += [str(output.data.get("text/plain", "")) for output in outputs if output.type == "execute_result"]
    return _NO_MATTER.sub("…", "\n".join(parts)[:_LONGEST])


def _numbers(a: str, b: str) -> list[tuple[float, float]] | None:
    """Numbers that differ where the words between them agree; None where the words differ. Durations are none."""
    if _NUMBER.sub("#", a) != _NUMBER.sub("#", b):
        return None
    found: list[tuple[float, float]] = []
    for one, other in zip(a.split("\n"), b.split("\n"), strict=False):
        if one != other and not _TIMED.search(one):
            pairs = zip(_NUMBER.findall(one), _NUMBER.findall(other), strict=False)
            found += [(_value(first), _value(second)) for first, second in pairs if first != second]
    return found


def _value(text: str) -> float:
    try:
        return float(text.replace(",", "").replace("_", ""))
    except ValueError:
        return float("nan")


def _pictures(outputs: list[Output]) -> list[str]:
    found = []
    for output in outputs:
        for kind, value in output.data.items():
            if kind.startswith("image/"):
                found.append(str(value.get("blob", "")) if isinstance(value, dict) else str(value))
    return found


def table_of(outputs: list[Output]) -> list[list[str]]:
    """The texts of the first table that was shown, row by row."""
    for output in outputs:
        text: Any = output.data.get("text/html")
        text = "".join(map(str, text)) if isinstance(text, list) else text
        if isinstance(text, str) and "<table" in text and len(text) <= _LONGEST:
            parser = _Table()
            parser.feed(text)
            return parser.rows
    return []


def _cells(a: list[list[str]], b: list[list[str]]) -> int:
    changed = 0
    for place in range(max(len(a), len(b))):
        one, other = a[place] if place < len(a) else [], b[place] if place < len(b) else []
        changed += sum(first != second for first, second in zip(one, other, strict=False)) + abs(len(one) - len(other))
    return changed


class _Table(HTMLParser):
    """The texts of the cells of a table, row by row."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
            self._inside = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside and self.rows and self.rows[-1]:
            self.rows[-1][-1] += data.strip()
