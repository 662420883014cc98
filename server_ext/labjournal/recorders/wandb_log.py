"""What a run of W&B's wrote to its own log, `run-….wandb`, which is all there is of one that stays offline.

    file      header (7 bytes), blocks of 32 KiB
    block     pieces: checksum (4) · length (2) · whole, first, middle or last (1) · bytes
    record    2: history · 3: summary · 5: config · 17: run → 4: config
    each      1: items → 1: key, 2: nested key, 16: value as JSON; history besides 2: step → 1: number

What is longer, cut off or of another kind is passed over; checksums are not looked at. Standard library only.
"""

from __future__ import annotations

import json
import struct
from typing import Any, Dict, Iterator, List, NamedTuple, Tuple

from labjournal.recorders.tensorboard_events import fields

__all__ = ["Logged", "logged"]

_HEADER = b":W&B"
_BLOCK = 1 << 15
_WHOLE, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4
_LONGEST_RECORD = 1 << 20
_HISTORY, _SUMMARY, _CONFIG, _RUN = 2, 3, 5, 17
_MOST_STEPS = 20_000


class Logged(NamedTuple):
    """What stands in the log."""

    history: Dict[str, List[Tuple[int, float]]]
    """Name → steps and values, in their order."""
    summary: Dict[str, Any]
    config: Dict[str, Any]


def logged(data: bytes) -> Logged:
    """Everything in whole records of a log; ValueError for what is none."""
    if not data.startswith(_HEADER):
        raise ValueError("no log of W&B's")
    found = Logged({}, {}, {})
    for record in _records(data):
        try:
            _read(found, record)
        except (ValueError, struct.error, IndexError):  # another version's idea of a record
            continue
    return found


def _records(data: bytes) -> Iterator[bytes]:
    at, parts = 7, b""
    while at + 7 <= len(data):
        left = _BLOCK - at % _BLOCK
        if left < 7:
            at += left
            continue
        _, length, kind = struct.unpack_from("<IHB", data, at)
        if kind not in (_WHOLE, _FIRST, _MIDDLE, _LAST) or at + 7 + length > len(data):
            return
        piece = data[at + 7 : at + 7 + length]
        at += 7 + length
        parts = piece if kind in (_WHOLE, _FIRST) else parts + piece
        if kind in (_WHOLE, _LAST) and len(parts) <= _LONGEST_RECORD:
            yield parts


def _read(found: Logged, record: bytes) -> None:
    for number, value in fields(record):
        if type(value) is not bytes:
            continue
        if number == _HISTORY:
            _history(found, value)
        elif number == _SUMMARY:
            found.summary.update(_items(value))
        elif number == _CONFIG:
            found.config.update(_items(value))
        elif number == _RUN:
            for inner, said in fields(value):
                if inner == 4 and type(said) is bytes:
                    found.config.update(_items(said))


def _history(found: Logged, value: bytes) -> None:
    said = _items(value)
    steps = [number for inner, step in fields(value) if inner == 2 and type(step) is bytes for _, number in fields(step)]
    step = steps[-1] if steps else said.get("_step", 0)
    for name, each in said.items():
        points = found.history.setdefault(name, [])
        if type(each) in (int, float) and type(step) is int and len(points) < _MOST_STEPS:
            points.append((step, float(each)))


def _items(value: bytes) -> Dict[str, Any]:
    """Keys and values; those of a key with others in it as `train/loss`."""
    answer: Dict[str, Any] = {}
    for number, item in fields(value):
        if number != 1 or type(item) is not bytes:
            continue
        keys: List[str] = []
        text = b""
        for inner, said in fields(item):
            if inner in (1, 2) and type(said) is bytes and said:
                keys.append(said.decode("utf-8", "replace")[:200])
            elif inner == 16 and type(said) is bytes:
                text = said
        if keys and text:
            answer["/".join(keys)] = json.loads(text.decode("utf-8", "replace"))
    return answer
