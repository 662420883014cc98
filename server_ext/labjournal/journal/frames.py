"""The spool: what a kernel appends while it works, one CRC-framed line per event, and how it is read back.

A spool segment is a file `spool/<run>.<number>.spool` of lines

    <crc32 of the payload, 8 hex digits> <payload: one JSON object, ASCII, without newlines>\\n

Each line is written by a single `os.write` on an O_APPEND descriptor, so a process that dies leaves at most one torn line at
the end, which the checksum tells apart. A line that fails its checksum is skipped and counted; reading goes on behind it.
Digests, offsets and the rest of the bookkeeping belong to `writer`. Standard library only, Python 3.8.
"""

from __future__ import annotations

import json
import re
import zlib
from itertools import islice
from typing import Any, Dict, Iterator, Tuple

from labjournal.events import Event, from_json, to_json

__all__ = ["decode", "encode", "read"]

_FRAME = re.compile(rb"[0-9a-f]{8} \{")
_json = json.JSONEncoder(separators=(",", ":")).encode


def encode(event: Event) -> bytes:
    """The event as one line of the spool, newline included."""
    payload = _json(to_json(event)).encode("ascii")
    return b"%08x %s\n" % (zlib.crc32(payload), payload)


def decode(segment: bytes) -> Iterator[Tuple[int, Event | None]]:
    """Pairs of (offset behind the line, event) for every complete line; None for one that is damaged or not known here.

    A last line without newline is left out: it is torn, or still being written.
    """
    start = 0
    while True:
        end = segment.find(b"\n", start)
        if end < 0:
            return
        record = _payload(segment[start:end])
        yield end + 1, None if record is None else from_json(record)
        start = end + 1


def read(chunk: bytes) -> Iterator[Tuple[Event | None, bool]]:
    """(event, whole) for every line: (None, True) for an event this version does not know, (None, False) for a damaged line.

    A line that was appended to a torn one is still found behind it: its own checksum proves it.
    """
    for line in chunk.split(b"\n"):
        if not line:
            continue
        record = _payload(line)
        if record is not None:
            yield from_json(record), True
            continue
        yield None, False
        for start in islice(_FRAME.finditer(line, 1), 20):
            record = _payload(line[start.start() :])
            if record is not None:
                yield from_json(record), True
                break


def _payload(line: bytes) -> Dict[str, Any] | None:
    """The JSON object of a line whose checksum holds."""
    if len(line) < 10 or line[8:9] != b" ":
        return None
    try:
        if int(line[:8], 16) != zlib.crc32(line[9:]):
            return None
        record = json.loads(line[9:])
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None
