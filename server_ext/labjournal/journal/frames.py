"""The spool: what a kernel appends while it works, one CRC-framed line per event, and how it is read back.

A spool segment is a file `spool/<run>.<number>.spool` of lines

    <crc32 of the payload, 8 hex digits> <payload: one JSON object, ASCII, without newlines>\\n

Each line is written by a single `os.write` on an O_APPEND descriptor, so a process that dies leaves at most one torn line at
the end, which the checksum tells apart. A line that fails its checksum is skipped and counted; reading goes on behind it.
Digests, offsets and the rest of the bookkeeping belong to `writer`. Standard library only, Python 3.8.
"""
from __future__ import annotations

import json
import zlib
from typing import Iterator, Tuple

from labjournal.events import Event, from_json, to_json

__all__ = ["decode", "encode"]


def encode(event: Event) -> bytes:
    """The event as one line of the spool, newline included."""
    payload = json.dumps(to_json(event), separators=(",", ":")).encode("ascii")
    return b"%08x %s\n" % (zlib.crc32(payload), payload)


def decode(segment: bytes) -> Iterator[Tuple[int, "Event | None"]]:
    """Pairs of (offset behind the line, event) for every complete line; None for one that is damaged or not known here.

    A last line without newline is left out: it is torn, or still being written.
    """
    start = 0
    while True:
        end = segment.find(b"\n", start)
        if end < 0:
            return
        yield end + 1, _event(segment[start:end])
        start = end + 1


def _event(line: bytes) -> "Event | None":
    if len(line) < 10 or line[8:9] != b" ":
        return None
    try:
        if int(line[:8], 16) != zlib.crc32(line[9:]):
            return None
        record = json.loads(line[9:])
    except ValueError:
        return None
    return from_json(record) if isinstance(record, dict) else None
