"""Spool lines: what is written is read; what is torn or bent is told apart."""

from __future__ import annotations

import random

import pytest

from labjournal import events as ev
from labjournal.journal import frames

EVENTS: list[ev.Event] = [
    ev.RunStarted("r1", 1.5, notebook="/ü/a b.ipynb"),
    ev.ExecutionStarted("r1", 1, 2.0, "print('\n\r\0\u2028😀')\n"),
    ev.NamesSeen("r1", 1, ("a",), ("b", "c")),
    ev.OutputShown("r1", 1, 0, "display_data", data={"application/json": {"a": [1, None, {"b": 2.5}]}}),
    ev.ParameterSet("r1", 1, "x", {"deep": [True, None]}),
    ev.RunEnded("r1", 3.0),
]


def test_what_is_written_is_read() -> None:
    spool = b"".join(map(frames.encode, EVENTS))
    assert [event for _, event in frames.decode(spool)] == EVENTS
    assert list(frames.read(spool)) == [(event, True) for event in EVENTS]


def test_an_event_is_one_line_of_ascii() -> None:
    for event in EVENTS:
        line = frames.encode(event)
        assert line.endswith(b"\n")
        assert line.count(b"\n") == 1
        line.decode("ascii")


@pytest.mark.parametrize("seed", range(5))
def test_whatever_happens_to_a_spool_reading_goes_on(seed: int) -> None:
    """Flipped, cut and inserted bytes cost the events they hit, never the others, and never an exception."""
    chance = random.Random(seed)
    spool = bytearray(b"".join(map(frames.encode, EVENTS * 20)))
    for _ in range(10):
        place = chance.randrange(len(spool))
        if chance.random() < 0.5:
            spool[place] ^= 1 << chance.randrange(8)
        else:
            spool[place : place + chance.randrange(30)] = chance.randbytes(chance.randrange(20))
    found = [event for event, _ in frames.read(bytes(spool)) if event is not None]
    assert len(EVENTS) * 20 - 40 <= len(found) <= len(EVENTS) * 20
    assert all(event in EVENTS for event in found)


def test_offsets_lead_behind_each_line() -> None:
    lines = [frames.encode(event) for event in EVENTS]
    ends = [sum(map(len, lines[: number + 1])) for number in range(len(lines))]
    assert [end for end, _ in frames.decode(b"".join(lines) + b"torn")] == ends
