"""Scalars in an event file of TensorBoard's: records with a length and a checksum, in each a protocol buffer of which three fields are read.

    record    length (8 bytes) · checksum (4) · event · checksum (4)
    event     2: step · 5: summary → 1: value → 1: tag, 2: simple_value, 8: tensor → 5: float_val, 4: tensor_content

What is longer, cut off or of another kind is passed over; checksums are not looked at. Standard library only.
"""

from __future__ import annotations

import math
import struct
from typing import Any, Dict, Iterator, List, Tuple

__all__ = ["fields", "scalars"]

_LONGEST_RECORD = 1 << 16
"""Pictures and graphs are longer."""


def scalars(data: bytes) -> Tuple[List[Tuple[str, int, float]], int]:
    """(tag, step, value) of every scalar in whole records from the beginning of `data`, and how many bytes these are."""
    found: List[Tuple[str, int, float]] = []
    at = 0
    while at + 12 <= len(data):
        (length,) = struct.unpack_from("<Q", data, at)
        if at + 16 + length > len(data):
            break
        if length <= _LONGEST_RECORD:
            try:
                found += _event(data[at + 12 : at + 12 + length])
            except (ValueError, struct.error, IndexError):  # another program's idea of such a file
                pass
        at += 16 + length
    return found, at


def _event(data: bytes) -> Iterator[Tuple[str, int, float]]:
    step, summaries = 0, []
    for number, value in fields(data):
        if number == 2 and type(value) is int:
            step = value if value < 1 << 63 else value - (1 << 64)
        elif number == 5 and type(value) is bytes:
            summaries.append(value)
    for summary in summaries:
        for number, value in fields(summary):
            if number == 1 and type(value) is bytes:
                held = dict(fields(value))
                tag, said = held.get(1), _scalar(held)
                if type(tag) is bytes and said is not None:
                    yield tag.decode("utf-8", "replace")[:200], step, said


def _scalar(held: Dict[int, Any]) -> float | None:
    simple, tensor = held.get(2), held.get(8)
    if type(simple) is float:
        return simple
    if type(tensor) is not bytes:
        return None
    parts = dict(fields(tensor))
    content, values, kind = parts.get(4), parts.get(5), parts.get(1)
    if type(values) is float:
        return values
    if type(values) is bytes and len(values) == 4:
        return float(struct.unpack("<f", values)[0])
    if type(content) is bytes and (kind, len(content)) in ((1, 4), (2, 8)):
        value = float(struct.unpack("<f" if kind == 1 else "<d", content)[0])
        return value if not math.isnan(value) else None
    return None


def fields(data: bytes) -> Iterator[Tuple[int, Any]]:
    """(number, value) of a protocol buffer: whole numbers, floats, bytes."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, wire = key >> 3, key & 7
        value: Any
        if wire == 0:
            value, at = _varint(data, at)
        elif wire == 1:
            value, at = struct.unpack_from("<d", data, at)[0], at + 8
        elif wire == 5:
            value, at = float(struct.unpack_from("<f", data, at)[0]), at + 4
        elif wire == 2:
            length, at = _varint(data, at)
            if at + length > len(data):
                raise ValueError("cut off")
            value, at = data[at : at + length], at + length
        else:
            raise ValueError("no field of a kind that is known")
        yield number, value


def _varint(data: bytes, at: int) -> Tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("no number")
