"""Execution by execution: what makes a replay another result, and what does not."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, BinaryIO

import pytest
from PIL import Image

from labjournal.journal.rows import FileUse, Output
from labjournal.replay.comparing.clock import Clock
from labjournal.replay.comparing.compare import Compared, Done, Side, Terms, compare_executions, compare_files, compare_metrics
from labjournal.replay.comparing.normalise import Normaliser
from tests.replay.made import A_RUN, execution, file, metric, printed, shown

CONTENTS: dict[str, bytes] = {}


def _content(use: FileUse) -> BinaryIO:
    return io.BytesIO(_blob(use.sha256 or ""))


def _blob(sha256: str) -> bytes:
    if sha256 in CONTENTS:
        return CONTENTS[sha256]
    raise FileNotFoundError(sha256)


SIDE = Side(Normaliser(Clock.of(A_RUN, [])), blob=_blob, content=_content)


def compared(one: Sequence[Output], other: Sequence[Output], **more: Any) -> Compared:
    sides = Done(execution(), one), Done(execution(), other)
    return compare_executions(*sides, (SIDE, SIDE), Terms(**more))


def picture(colour: int = 0, size: tuple[int, int] = (10, 10), quick: bool = False) -> bytes:
    made = Image.new("RGB", size, (0, 0, 0))
    made.putpixel((0, 0), (colour, 0, 0))
    with io.BytesIO() as file:
        made.save(file, "PNG", compress_level=0 if quick else 9)
        return file.getvalue()


def png(content: bytes) -> Output:
    return shown({"image/png": base64.b64encode(content).decode(), "text/plain": "<Figure>"})


def test_text_is_compared_whole_however_it_was_flushed() -> None:
    assert compared([printed("a\nb"), printed("\nc\n")], [printed("a\nb\nc\n")]).same


def test_text_between_displays_is_still_one_text() -> None:
    figure = shown({"text/plain": "<Figure>"})

    assert compared([printed("a\n"), figure, printed("b\n")], [figure, printed("a\nb\n")]).same


def test_the_first_difference_says_where_it_stands() -> None:
    found = compared([printed("a\nb 0.91\n")], [printed("a\nb 0.87\n")]).difference

    assert found is not None
    assert ("text", "b 0.91", "b 0.87", {"in": "stdout", "line": 2}) == (
        found.what,
        found.recorded,
        found.replayed,
        found.details,
    )


def test_of_a_long_line_the_part_is_shown_in_which_it_differs() -> None:
    found = compared([printed("x" * 5000 + "0.91")], [printed("x" * 5000 + "0.87")]).difference

    assert found is not None
    assert len(found.recorded) < 250
    assert found.recorded.endswith("0.91")
    assert found.replayed.endswith("0.87")


def test_a_failure_that_fails_the_same_way_is_the_same() -> None:
    failed = Done(execution(status="failed", error_name="KeyError", error_value="'a'"))

    assert compare_executions(failed, failed, (SIDE, SIDE), Terms()).same
    for other in (execution(status="failed", error_name="KeyError", error_value="'b'"), execution()):
        assert not compare_executions(failed, Done(other), (SIDE, SIDE), Terms()).same


def test_a_picture_packed_otherwise_is_the_same_and_one_pixel_is_not() -> None:
    assert picture() != picture(quick=True)
    assert compared([png(picture())], [png(picture(quick=True))]).same
    found = compared([png(picture())], [png(picture(colour=9))]).difference
    assert found is not None
    assert ("picture", "10 × 10 pixels", "10 × 10 pixels, 1.00% of them not the same") == (
        found.what,
        found.recorded,
        found.replayed,
    )


def test_a_picture_that_stands_as_a_blob_is_compared_by_pixels_too() -> None:
    CONTENTS["d1"] = picture()
    blob = shown({"image/png": {"blob": "d1", "bytes": 1, "base64": True}})

    assert compared([blob], [shown({"image/png": base64.b64encode(picture(quick=True)).decode()})]).same


def test_a_kind_of_output_that_is_missing_is_named() -> None:
    found = compared([shown({"text/plain": "x", "text/html": "<b>x</b>"})], [shown({"text/plain": "x"})]).difference

    assert found is not None
    assert ("text/html shown", "text/html not shown") == (found.recorded, found.replayed)


def test_what_a_person_reads_is_named_before_its_markup() -> None:
    one, other = ({"text/html": f"<b>{number}</b>", "text/plain": number} for number in ("1", "2"))
    found = compared([shown(one)], [shown(other)]).difference

    assert found is not None
    assert ("1", "2", "text/plain") == (found.recorded, found.replayed, found.details["in"])


WARNING = "/lib/x.py:{line}: FutureWarning: old{more}\n  frame.append(1)\n"


def test_other_warnings_are_a_remark_and_no_difference() -> None:
    found = compared([printed(WARNING.format(line=1, more=""), "stderr")], [])

    assert (None, ("gave other warnings",)) == (found.difference, found.remarks)


def test_what_else_is_said_on_stderr_counts() -> None:
    long = WARNING.format(line=7, more=".\n\nSee:\n    https://example.org")

    assert compared([printed("INFO ok\n" + long, "stderr")], [printed("INFO ok\n", "stderr")]).same
    assert not compared([printed(long + "INFO loss 1\n", "stderr")], [printed(long + "INFO loss 2\n", "stderr")]).same


def test_text_of_which_the_middle_is_not_kept_is_the_same_with_a_remark() -> None:
    texts = [printed("head … tail", truncated=True, sha256=digest) for digest in ("a", "b")]

    assert ("showed more than is kept, so only beginning and end were compared",) == compared(texts[:1], texts[1:]).remarks
    assert () == compared(texts[:1], texts[:1]).remarks


def test_metrics_are_compared_by_their_last_value_and_the_tolerance() -> None:
    recorded, replayed = [metric("loss", 9.0), metric("loss", 0.5), metric("nan", float("nan"))], [metric("loss", 0.5001)]

    assert [("loss", False), ("nan", False)] == [
        (one["name"], one["same"]) for one in compare_metrics(recorded, replayed, Terms())
    ]
    assert [True, False] == [one["same"] for one in compare_metrics(recorded, replayed, Terms(0.001))]
    assert [True] == [one["same"] for one in compare_metrics(recorded[2:], recorded[2:], Terms())]


def test_a_number_is_compared_with_that_of_the_same_execution() -> None:
    """The summaries of several fits: only the first number is sure, because the others are known from the fits themselves."""
    run = [
        replace(metric("adj_r2", value), n=n, confidence=sure)
        for n, value, sure in ((5, 1.0, 0.8), (8, 0.93, 0.5), (21, 0.99, 0.5))
    ]

    assert [(1.0, 1.0, True)] == [(one["recorded"], one["replayed"], one["same"]) for one in compare_metrics(run, run, Terms())]
    gone = [replace(each, n=each.n + 1) for each in run[:1]]
    assert [True] == [one["same"] for one in compare_metrics(run, gone, Terms())]


def test_a_number_is_compared_with_the_one_learnt_in_the_same_way() -> None:
    """What a later labjournal is less sure of, and knows better from elsewhere, has not gone away."""
    before = [replace(metric("r2", 0.9158), source="printed", confidence=1.0)]
    after = [
        replace(metric("r2", 0.9157979745), source="bound", confidence=0.95),
        replace(metric("r2", 0.9158), source="printed", confidence=0.5),
    ]

    assert [(0.9158, True)] == [(one["replayed"], one["same"]) for one in compare_metrics(before, after, Terms())]
    assert [(None, False)] == [(one["replayed"], one["same"]) for one in compare_metrics(before, [], Terms())]


def test_a_metric_that_is_a_duration_is_not_compared() -> None:
    given_away = frozenset({"clock"})

    assert [None, False] == [
        one["same"]
        for one in compare_metrics(
            [metric("train_seconds", 3.1), metric("accuracy", 3.1)],
            [metric("train_seconds", 2.9), metric("accuracy", 2.9)],
            Terms(given_away=given_away),
        )
    ]


def files(one: bytes | None, other: bytes | None, name: str = "/w/x.bin", again: str = "", **more: Any) -> list[bool | None]:
    """`same` of the file that was left with content `one` and, in the replay, with `other` (None: not written)."""
    uses = [file(path, content) for path, content in ((name, one), (again or name, other)) if content is not None]
    CONTENTS.update({use.sha256 or "": content for use, content in zip(uses, (one, other), strict=False) if content is not None})
    answer = compare_files(uses[:1], uses[1:], _in_place, (SIDE, SIDE), Terms(**more))
    return [entry["same"] for entry in answer]


def _in_place(path: str) -> str:
    return path


def test_files_are_compared_by_digest_then_by_what_they_hold() -> None:
    assert [True] == files(b"1,2\n", b"1,2\n")
    assert [False] == files(b"1,2\n", b"1,3\n")
    assert [False] == files(b"1,2\n", None)
    assert [True] == files(b"<a at 0x7f3a2b4c5d6e>", b"<a at 0x7f3a2b4c5fff>")
    assert [True] == files(b"loss 0.12345", b"loss 0.12346", tolerance=0.001)
    assert [True] == files(picture(), picture(quick=True))
    assert [False] == files(b"\x80\x01", b"\x80\x02")


def test_a_file_whose_name_holds_the_time_is_found_under_the_name_of_its_own_time() -> None:
    run = "/w/model-{}.txt"

    assert [True] == files(b"1", b"1", run.format("20260302-090001"), run.format("20260302-090003"))
    assert [False] == files(b"1", b"1", run.format("20200302-090001"), run.format("20200302-090003"))


def test_ids_that_are_drawn_into_a_picture_are_no_difference() -> None:
    one, other = (f'<svg><path id="m{drawn}" d="M 0 0"/></svg>'.encode() for drawn in ("41b4788c38", "b7fe88cef1"))

    assert [True] == files(one, other, "/w/figure.svg")
    assert [False] == files(one, other, "/w/page.html")
    assert [False] == files(one, other.replace(b"M 0 0", b"M 0 1"), "/w/figure.svg")


def test_a_file_that_is_gone_in_the_end_is_no_result() -> None:
    uses = [file("/w/x", b"1"), file("/w/x", deleted=True)]

    assert [] == compare_files(uses, uses, _in_place, (SIDE, SIDE), Terms())
    assert [] == compare_files(uses, [], _in_place, (SIDE, SIDE), Terms())


@pytest.mark.parametrize("kept", [True, False])
def test_contents_that_are_not_at_hand_are_told_apart_by_digest(kept: bool) -> None:
    def gone(_: object) -> Any:
        raise FileNotFoundError

    side = Side(SIDE.normalise, gone, gone)
    answer = compare_files(
        [file("/w/x", b"at 0x7f3a2b4c5d6e", kept=kept)], [file("/w/x", b"2", kept=kept)], _in_place, (side, side), Terms()
    )

    assert [False] == [entry["same"] for entry in answer]
