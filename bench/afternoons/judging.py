"""Whether two executions showed the same: text but for what is another one each time, pictures by what can be seen."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["alike", "difference"]

_ANOTHER_EACH_TIME = (
    (re.compile(r"0x[0-9a-fA-F]{5,}"), "0x…"),
    (re.compile(r"ipykernel_\d+/\d+"), "ipykernel"),
    (re.compile(r"\bline \d+\b"), "line …"),
    (re.compile(r"\d+(?:\.\d+)? ?(?:ns|µs|us|ms|s|min)\b(?: ± [\d.]+ ?\w+)?"), "… s"),
    (re.compile(r"id=\"T_[0-9a-f]+|#T_[0-9a-f]+|T_[0-9a-f]{5,}\w*|sk-container-id-\d+|sk-estimator-id-\d+"), "id"),
    (re.compile(r"\w{3}, \d\d \w{3} \d{4}|\d\d:\d\d:\d\d|\w{3} [ \d]\d \d\d:\d\d"), "clock"),
)  # fmt: skip


def alike(one: Iterable[Mapping[str, Any]], other: Iterable[Mapping[str, Any]]) -> bool:
    return not difference(one, other)


def difference(one: Iterable[Mapping[str, Any]], other: Iterable[Mapping[str, Any]]) -> str:
    """What differs first, in short; '' where nothing does. What goes to standard error is not compared."""
    left, right = _parts(one), _parts(other)
    for kind in [*left, *(kind for kind in right if kind not in left)]:
        a, b = left.get(kind, []), right.get(kind, [])
        if len(a) != len(b):
            return f"{kind}: {len(a)} → {len(b)}"
        for first, second in zip(a, b, strict=True):
            if first != second and not (kind.startswith("image/png") and _looks_the_same(first, second)):
                return f"{kind}: {_around(first, second)}"
    return ""


def _parts(outputs: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    printed = ""
    for output in outputs:
        kind = output["output_type"]
        if kind == "stream":
            printed += _text(output["text"]) if output["name"] == "stdout" else ""
        elif kind == "error":
            found.setdefault("error", []).append(f"{output['ename']}: {_same_each_time(output['evalue'])}")
        else:
            for mime, value in output["data"].items():
                found.setdefault(mime, []).append(_text(value) if mime.startswith("image/") else _same_each_time(_text(value)))
    if printed:
        found["printed"] = [_same_each_time(printed)]
    return found


def _text(value: Any) -> str:
    return "".join(value) if isinstance(value, list) else str(value)


def _same_each_time(text: str) -> str:
    for pattern, word in _ANOTHER_EACH_TIME:
        text = pattern.sub(word, text)
    return text


def _looks_the_same(one: str, other: str) -> bool:
    from PIL import Image, ImageChops

    a, b = (Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB") for picture in (one, other))
    return a.size == b.size and ImageChops.difference(a, b).getbbox() is None


def _around(one: str, other: str) -> str:
    if len(one) > 5000 and "\n" not in one:
        return "another picture"
    place = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    start = max(0, place - 20)
    return f"{one[start : place + 40]!r} → {other[start : place + 40]!r}"
