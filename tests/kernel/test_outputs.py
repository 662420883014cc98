"""Messages of a kernel become outputs: bounded, redacted, in place."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from labjournal.events import Event, OutputsCleared, OutputShown, ProblemSeen
from labjournal.recorders import Context, screen
from labjournal.recorders import outputs as rules
from labjournal.recorders.outputs import OutputsRecorder
from labjournal.recorders.redaction import Redactor
from labjournal.recorders.screen import MOST_OUTPUTS
from labjournal.recorders.shown import HEAD, TAIL


class Drawer:
    """Keeps blobs in a dictionary."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}

    def put(self, data: bytes) -> str:
        sha256 = hashlib.sha256(data).hexdigest()
        self.blobs[sha256] = data
        return sha256

    def keyed(self, sha256: str) -> str:
        return "keyed-" + sha256[:4]


class Listener:
    """A recorder of outputs with one request that is being answered."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.drawer = Drawer()
        context = Context("r1", "/", Path("/nowhere"), Redactor(environ), lambda events: None)
        self.screens: list[list[str]] = []
        """What was there to be read off, each time."""
        self.recorder = OutputsRecorder(context, self.drawer, self._closed)
        self.recorder.opened("m1", 1)

    def _closed(self, outputs: object, shown: list[OutputShown]) -> list[Event]:
        self.screens.append([each.text or str((each.data or {}).get("text/plain")) for each in shown])
        return []

    def hear(self, kind: str, parent: str = "m1", **content: Any) -> None:
        self.recorder.message(kind, parent, content, json.dumps(content).encode())

    def stream(self, text: str, name: str = "stdout", parent: str = "m1") -> None:
        self.hear("stream", parent, name=name, text=text)

    def display(self, text: str, display_id: str | None = None, kind: str = "display_data", parent: str = "m1") -> None:
        transient = {"display_id": display_id} if display_id else {}
        self.hear(kind, parent, data={"text/plain": text}, metadata={}, transient=transient)

    def told(self) -> list[Event]:
        self.recorder.done("m1")
        return list(self.recorder.emit_due(final=True))

    def shown(self) -> list[OutputShown]:
        return [event for event in self.told() if isinstance(event, OutputShown)]


@pytest.fixture
def listener() -> Listener:
    return Listener({"MY_API_TOKEN": "hunter2hunter2"})


def test_streams_are_joined_until_something_else_is_shown(listener: Listener) -> None:
    listener.stream("a")
    listener.stream("b\n")
    listener.display("x")
    listener.stream("c")

    assert [(0, "ab\n"), (1, ""), (2, "c")] == [(event.position, event.text) for event in listener.shown()]


def test_what_was_never_told_and_then_cleared_is_never_told(listener: Listener) -> None:
    listener.stream("old")
    listener.hear("clear_output", wait=False)
    listener.stream("new")

    assert [(1, "new")] == [(event.position, event.text) for event in listener.told() if isinstance(event, OutputShown)]


def test_clearing_waits_for_the_next_output_when_told_so(listener: Listener) -> None:
    listener.stream("old")
    list(listener.recorder.emit_due(final=True))
    listener.hear("clear_output", wait=True)
    listener.display("new")
    told = list(listener.recorder.emit_due(final=True))

    assert isinstance(told[0], OutputsCleared)
    assert (1, 2) == (told[0].before, len(told))


def test_a_display_is_updated_wherever_it_is_shown(listener: Listener) -> None:
    listener.display("1", "d")
    listener.recorder.opened("m2", 2)
    listener.display("2", "d", parent="m2")
    listener.display("3", "d", "update_display_data", parent="m2")

    found = [(event.n, event.data) for event in listener.shown()]
    assert [(1, {"text/plain": "3"}), (2, {"text/plain": "3"})] == found


def test_a_display_that_was_cleared_is_not_brought_back(listener: Listener) -> None:
    listener.display("1", "d")
    listener.hear("clear_output", wait=False)
    listener.display("2", "d", "update_display_data")

    assert [] == listener.shown()


def test_only_the_last_version_of_a_display_is_told(listener: Listener) -> None:
    listener.display("0", "d")
    for number in range(2000):
        listener.display(str(number), "d", "update_display_data")

    assert [{"text/plain": "1999"}] == [event.data for event in listener.shown()]


def test_secrets_are_masked_in_every_kind(listener: Listener) -> None:
    listener.stream("token hunter2hunter2 here")
    listener.display("it is hunter2hunter2")
    listener.hear("execute_result", data={"application/json": {"deep": ["hunter2hunter2"]}}, metadata={"m": "hunter2hunter2"})
    listener.hear("error", ename="E", evalue="hunter2hunter2", traceback=["line hunter2hunter2"])

    told = listener.shown()
    assert 4 == len(told)
    assert "hunter2" not in repr(told)
    assert all(event.redactions for event in told)


def test_a_secret_at_the_cut_of_a_long_text_is_masked(listener: Listener) -> None:
    for shift in range(0, 40, 3):
        listener.recorder.opened("m1", 1)
        listener.stream(
            "x" * (HEAD - 20 + shift) + " hunter2hunter2 " + "y" * 90_000 + " hunter2hunter2 " + "z" * (TAIL - 20 + shift)
        )
        (event,) = listener.shown()

        assert event.truncated
        assert "hunter" not in event.text
        assert "2hunter2" not in event.text


def test_the_digest_of_a_text_with_a_secret_does_not_allow_to_guess_it(listener: Listener) -> None:
    listener.stream("hunter2hunter2")
    (event,) = listener.shown()

    assert hashlib.sha256(event.text.encode()).hexdigest() == event.sha256


def test_the_digest_of_a_cut_text_with_a_secret_is_keyed(listener: Listener) -> None:
    listener.stream("hunter2hunter2\n" + "x\n" * 90_000)
    (event,) = listener.shown()

    assert event.sha256.startswith("keyed-")


def test_pictures_and_long_text_are_kept_as_blobs(listener: Listener) -> None:
    picture, page = b"\x89PNG" + bytes(5000), "<p>é</p>" * 4000
    data = {"image/png": base64.encodebytes(picture).decode(), "text/html": page, "image/svg+xml": "<svg/>", "text/plain": "x"}
    listener.hear("display_data", data=data, metadata={"image/png": {"width": 5}}, transient={})
    (event,) = listener.shown()

    assert event.data is not None
    assert {"base64": True, "bytes": len(picture), "blob": hashlib.sha256(picture).hexdigest()} == event.data["image/png"]
    assert page.encode() == listener.drawer.blobs[event.data["text/html"]["blob"]]
    assert ("<svg/>", "x", {"image/png": {"width": 5}}) == (event.data["image/svg+xml"], event.data["text/plain"], event.metadata)


def test_small_pictures_stay_in_the_event(listener: Listener) -> None:
    listener.hear("display_data", data={"image/png": "iVBORw0KGgo="}, metadata={}, transient={})

    assert [{"image/png": "iVBORw0KGgo="}] == [event.data for event in listener.shown()]


def test_a_cell_that_shows_too_much_keeps_the_first_outputs_and_a_count(listener: Listener) -> None:
    for number in range(MOST_OUTPUTS + 50):
        listener.display(str(number))
    told = listener.told()

    assert MOST_OUTPUTS == sum(isinstance(event, OutputShown) for event in told)
    (problem,) = (event for event in told if isinstance(event, ProblemSeen))
    assert ("truncated", "50 outputs beyond the first 2000 were not kept.") == (problem.what, problem.detail)


def test_a_cell_that_alternates_between_streams_stays_small(listener: Listener) -> None:
    for _ in range(3000):
        listener.stream("o" * 3000 + "\n")
        listener.stream("e" * 3000 + "\n", "stderr")

    assert sum(len(event.text) for event in listener.shown()) < 500_000


def test_messages_that_find_no_room_are_noted_with_their_length(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "HELD_BYTES", 5000)
    listener.display("a" * 4000)
    listener.display("b" * 4000)
    first, second = listener.shown()

    assert (False, 4000) == (first.truncated, first.bytes)
    assert (True, {}) == (second.truncated, second.data)
    assert second.bytes > 4000


def test_room_is_free_again_once_messages_were_told(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "HELD_BYTES", 5000)
    for number in range(5):
        listener.display(str(number) * 4000)
        assert [False] == [event.truncated for event in listener.shown()]


def test_one_message_that_cannot_be_read_costs_only_itself(listener: Listener) -> None:
    listener.recorder.message("display_data", "m1", {"transient": {}}, b"{ broken")
    listener.display("fine")
    told = listener.told()

    assert ["ProblemSeen", "OutputShown", "OutputShown"] == [type(event).__name__ for event in told]


def test_late_text_of_an_execution_that_was_forgotten_gets_a_place_of_its_own(listener: Listener) -> None:
    listener.stream("first")
    listener.told()
    for number in range(2, 300):
        listener.recorder.opened(f"m{number}", number)
        listener.recorder.done(f"m{number}")
        list(listener.recorder.emit_due(final=True))
    listener.stream("late")
    (event,) = listener.shown()

    assert (1, 1, "late", True) == (event.n, event.position, event.text, event.complete)


def test_versions_of_a_growing_stream_are_marked_as_such_until_the_request_is_done(listener: Listener) -> None:
    listener.stream("a")
    (first,) = list(listener.recorder.emit_due())
    listener.stream("b")
    assert [] == list(listener.recorder.emit_due())  # too soon for another version
    (last,) = listener.shown()

    assert isinstance(first, OutputShown)
    assert [("a", False), ("ab", True)] == [(event.text, event.complete) for event in (first, last)]


def test_the_whole_screen_is_read_off_once_also_what_was_told_long_before_the_end(listener: Listener) -> None:
    """`print("accuracy: 0.9"); display(model); save(model)`: nothing is new when the request is done."""
    listener.stream("accuracy: 0.9\n")
    listener.display("model")
    assert 2 == len(list(listener.recorder.emit_due()))
    listener.stream("gone")
    listener.hear("clear_output", wait=False)
    listener.stream("f1: 0.8\n")
    listener.display("figure")
    listener.told()
    assert [["f1: 0.8\n", "figure"]] == listener.screens

    listener.recorder.opened("m2", 2)
    listener.stream("accuracy: 0.9\n", parent="m2")
    listener.display("model", parent="m2")
    assert 2 == len([event for event in listener.recorder.emit_due() if isinstance(event, OutputShown)])
    assert [] == listener.screens[1:]
    listener.recorder.done("m2")
    assert [] == list(listener.recorder.emit_due())
    listener.stream("late", parent="m2")
    list(listener.recorder.emit_due(final=True))
    assert [["accuracy: 0.9\n", "model"], ["late"]] == listener.screens[1:]


def test_what_an_execution_shows_is_remembered_within_bounds(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen, "STANDING_BYTES", 100)
    for number in range(50):
        listener.display(f"{number:010d}")
    list(listener.recorder.emit_due())
    listener.told()

    assert [[f"{number:010d}" for number in range(10)]] == listener.screens


def test_what_answers_nobody_is_not_kept(listener: Listener) -> None:
    listener.stream("x", parent="somebody else")

    assert [] == listener.told()
