"""Stream text stands as a terminal would show it, whole where it is short, bounded where it is long."""

from __future__ import annotations

import hashlib
import random

import pytest

from labjournal.recorders.shown import HEAD, MARGIN, TAIL, ShownText


def shown(*pieces: str) -> str:
    text = ShownText()
    for piece in pieces:
        text.feed(piece)
    return text.now().head


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (["a\n", "b"], "a\nb"),
        (["10%\r20%\r100%\n"], "100%\n"),
        (["10%", "\r", "20%", "\r1", "00%", "\ndone"], "100%\ndone"),
        (["abcdef\rxy"], "xycdef"),
        (["abcdef\rxy\rz"], "zycdef"),
        (["abc\r\ndef\r\n"], "abc\ndef\n"),
        (["abc\r", "\ndef"], "abc\ndef"),
        (["one\ntwo\rTWO\nthree"], "one\nTWO\nthree"),
        (["ab\bc"], "ac"),
        (["123\b\b\b\r45"], "453"),
        (["\b\bx"], "x"),
        (["ü\u2028x\x0cy\n"], "ü\u2028x\x0cy\n"),
        ([""], ""),
    ],
)
def test_a_line_that_is_rewritten_stands_as_it_was_last_seen(pieces: list[str], expected: str) -> None:
    assert expected == shown(*pieces)


def test_it_does_not_matter_how_text_is_cut_into_pieces() -> None:
    chance = random.Random(5)
    for _ in range(200):
        text = "".join(chance.choice("ab\r\n\bcde é") for _ in range(60))
        cuts = sorted(chance.sample(range(61), 5))
        pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, 60], strict=True)]

        assert shown(text) == shown(*pieces)


def test_a_long_text_keeps_its_two_ends_its_length_and_its_digest() -> None:
    text = ShownText()
    whole = "".join(f"line {number}\n" for number in range(100_000))
    for start in range(0, len(whole), 7919):
        text.feed(whole[start : start + 7919])
    now = text.now()

    assert (True, len(whole), hashlib.sha256(whole.encode()).hexdigest()) == (now.truncated, now.bytes, now.sha256)
    assert whole[: HEAD + MARGIN] == now.head
    assert whole[-TAIL - MARGIN :] == now.tail


def test_a_text_that_just_fits_is_whole() -> None:
    text = ShownText()
    whole = "x" * 63 + "\n"
    for _ in range((HEAD + TAIL) // 64):
        text.feed(whole)

    assert (False, HEAD + TAIL) == (text.now().truncated, len(text.now().head))


def test_a_line_without_end_takes_no_memory() -> None:
    text = ShownText()
    for _ in range(200):
        text.feed("y" * 100_000)

    now = text.now()
    assert (20_000_000, True) == (now.bytes, now.truncated)
    assert len(now.head) + len(now.tail) <= HEAD + TAIL + 2 * MARGIN
