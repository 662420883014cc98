"""Inputs of a replay: the recorded content where it is to be had, and never another one under its name."""

from __future__ import annotations

import errno
import hashlib
import io
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from labjournal.errors import ReplayFailed
from labjournal.journal.blobs import Blobs
from labjournal.journal.rows import FileUse
from labjournal.records.uses import first_reads
from labjournal.replay.executing import inputs
from labjournal.replay.executing.inputs import Input, brought, lay_out, led, sentences, settled
from labjournal.replay.executing.workspace import Workspace, copy
from tests.replay.made import STARTED, file

LATER = "2026-03-02T09:00:01.000000+00:00"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def space(project: Path, tmp_path: Path) -> Workspace:
    return copy(tmp_path / "space", project, [])


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "journal")


@pytest.fixture
def laid(space: Workspace, blobs: Blobs) -> Callable[..., Input]:
    def one(use: FileUse, **more: Any) -> Input:
        return lay_out([use], space, blobs.get, **more)[0]

    return one


def used(path: Path, content: bytes | None, **more: Any) -> FileUse:
    return file(str(path), content, **{"bytes": None if content is None else len(content), **more})


def told(one: Input) -> tuple[str, str]:
    return one.source, one.state


# -- which files are inputs -------------------------------------------------------------------------------------------------------


def test_what_the_run_wrote_before_it_read_it_is_no_input() -> None:
    read = [
        file("/w/a", b"1", n=2),
        file("/w/b", b"1", n=1),
        file("/w/b", b"2", n=3),
        file("/w/c", b"1", n=1, package="pandas 2"),
    ]
    written = [file("/w/a", b"1", n=1), file("/w/b", b"2", n=2)]

    assert [("/w/b", 1)] == [(use.path, use.n) for use in first_reads(read, written)]


def test_within_one_execution_the_clock_tells_then_the_content() -> None:
    old, new = file("/w/a", b"1"), file("/w/a", b"2")

    assert [old] == first_reads([old], [new])
    assert [] == first_reads([new], [new])
    assert [new] == first_reads([new], [replace(new, at=LATER)])
    assert [] == first_reads([replace(old, at=LATER)], [replace(new, at=STARTED)])


# -- where the content comes from -------------------------------------------------------------------------------------------------


def test_the_kept_content_comes_back_whatever_lies_there_today(project: Path, space: Workspace, blobs: Blobs, laid: Any) -> None:
    (project / "a.csv").write_bytes(b"today")
    blobs.put(b"then")

    found = laid(used(project / "a.csv", b"then", mtime_ns=1_700_000_000_000_000_000))

    assert ("journal", "recorded") == told(found)
    assert b"then" == (space.folder / "a.csv").read_bytes()
    assert 1_700_000_000 == (space.folder / "a.csv").stat().st_mtime
    assert b"today" == (project / "a.csv").read_bytes()


def test_without_a_kept_content_the_place_serves_where_it_agrees(project: Path, space: Workspace, laid: Any) -> None:
    (project / "a.csv").write_bytes(b"then")
    (project / "a.csv").chmod(0o400)

    assert ("place", "recorded") == told(laid(used(project / "a.csv", b"then")))
    (space.folder / "a.csv").write_bytes(b"written by the replay")
    assert b"then" == (project / "a.csv").read_bytes()


def test_what_has_changed_is_used_as_it_is_today_and_said(project: Path, space: Workspace, laid: Any) -> None:
    (project / "a.csv").write_bytes(b"today")

    found = laid(used(project / "a.csv", b"then"))

    assert ("place", "changed") == told(found)
    assert b"today" == (space.folder / "a.csv").read_bytes()
    assert (
        f"The input {project / 'a.csv'} has changed since it was recorded (SHA-256 {hashlib.sha256(b'then').hexdigest()[:8]} then, "
        f"{hashlib.sha256(b'today').hexdigest()[:8]} now); the replay read what it holds today."
    ) in sentences([found])


def test_what_is_gone_is_missing_and_said(project: Path, space: Workspace, laid: Any) -> None:
    found = laid(used(project / "a.csv", b"then"))

    assert ("", "missing") == told(found)
    assert not (space.folder / "a.csv").exists()
    assert [f"The input {project / 'a.csv'} is gone and its content is not kept; the replay went on without it."] == sentences(
        [found]
    )


def test_of_an_input_without_a_digest_nothing_is_claimed(project: Path, laid: Any) -> None:
    (project / "a.csv").write_bytes(b"today")

    found = laid(used(project / "a.csv", None, reason="too large to be hashed"))

    assert ("place", "unknown") == told(found)
    assert "(too large to be hashed)" in sentences([found])[0]


def test_a_damaged_content_is_never_laid_out_as_the_recorded_one(
    project: Path, space: Workspace, blobs: Blobs, laid: Any
) -> None:
    blobs.put(b"then")
    blobs.path(hashlib.sha256(b"then").hexdigest()).write_bytes(b"thEn")

    gone = laid(used(project / "a.csv", b"then"))
    (project / "a.csv").write_bytes(b"then")
    there = laid(used(project / "a.csv", b"then"))

    assert (("", "missing"), ("place", "recorded")) == (told(gone), told(there))
    assert b"then" == (space.folder / "a.csv").read_bytes()
    assert ["is damaged and was not used", "is gone and its content"] == [
        next(words for words in ("is damaged and was not used", "is gone and its content") if words in said)
        for said in sentences([gone])
    ]


@pytest.mark.parametrize("content", [b",".join(b"%d" % number for number in range(50_000)), os.urandom(200_000)])
def test_a_packed_content_comes_back_whole_or_not_at_all(
    content: bytes, project: Path, space: Workspace, blobs: Blobs, laid: Any
) -> None:
    digest = hashlib.sha256(content).hexdigest()
    blobs.keep(io.BytesIO(content), digest)
    assert ("journal", "recorded") == told(laid(used(project / "a.csv", content)))
    assert content == (space.folder / "a.csv").read_bytes()

    (kept,) = blobs.path(digest).parent.iterdir()
    for damaged in (kept.read_bytes()[:-50_000], b"\0" + kept.read_bytes()[1:], b""):
        kept.write_bytes(damaged)
        found = laid(used(project / "a.csv", content))
        assert (("", "missing"), True) == (told(found), found.damaged)


def test_what_is_no_file_any_more_is_missing_and_nobody_waits_for_it(project: Path, laid: Any) -> None:
    os.mkfifo(project / "pipe")
    (project / "folder").mkdir()
    (project / "link").symlink_to(project / "link")

    assert {("", "missing")} == {told(laid(used(project / name, b"then"))) for name in ("pipe", "folder", "link", "a\0b")}


def test_a_file_that_breaks_off_while_it_is_copied_is_not_laid_out(
    project: Path, space: Workspace, laid: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "a.csv").write_bytes(b"then")

    def broken(source: Any) -> bytes:
        raise inputs._Broken

    monkeypatch.setattr(inputs, "_read", broken)

    assert ("", "missing") == told(laid(used(project / "a.csv", b"then")))
    assert [] == [path for path in space.folder.iterdir() if path.is_file()]


def test_a_file_that_changes_while_it_is_copied_is_not_taken_for_the_recorded_one(
    project: Path, laid: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "a.csv").write_bytes(b"0" * 3_000_000)
    whole = inputs._read

    def interrupted(source: Any) -> bytes:
        chunk = whole(source)
        with (project / "a.csv").open("r+b") as other:
            other.seek(2_500_000)
            other.write(b"1")
        return chunk

    monkeypatch.setattr(inputs, "_read", interrupted)

    assert ("place", "changed") == told(laid(used(project / "a.csv", b"0" * 3_000_000)))


@pytest.mark.parametrize(
    "name", ["new\nline.csv", 'it\'s "quoted".csv', "ümläut €.csv", "-rf", "*.csv", os.fsdecode(b"\xff\xfe.csv")]
)
def test_any_name_is_laid_out(name: str, project: Path, space: Workspace, blobs: Blobs, laid: Any) -> None:
    blobs.put(b"then")

    assert ("journal", "recorded") == told(laid(used(project / name, b"then")))
    assert b"then" == (space.folder / name).read_bytes()


def test_more_than_is_copied_is_read_where_it_lies_unless_the_code_writes_it(project: Path, space: Workspace, laid: Any) -> None:
    for name in ("large.bin", "rewritten.bin"):
        (project / name).write_bytes(b"0" * 2000)
    (project / "small.bin").write_bytes(b"0" * 10)

    small = laid(used(project / "small.bin", b"0" * 10), most_copied=1000)
    large = laid(used(project / "large.bin", b"0" * 2000), most_copied=1000)
    rewritten = laid(used(project / "rewritten.bin", b"0" * 2000), most_copied=1000, written=[str(project / "rewritten.bin")])

    assert [("place", "recorded"), ("place", "unknown"), ("", "missing")] == [told(one) for one in (small, large, rewritten)]
    assert (space.folder / "large.bin").is_symlink()
    assert not (space.folder / "rewritten.bin").exists()
    assert ["it was read where it lies.", "so it was left out."] == [
        said.split("copied; ")[-1].split("writes it, ")[-1] for said in sentences([large, rewritten])
    ]


def test_a_full_disk_is_said_as_one(project: Path, laid: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "a.csv").write_bytes(b"then")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(inputs, "_copied", full)

    with pytest.raises(ReplayFailed, match="is full"):
        laid(used(project / "a.csv", b"then"))


def test_where_another_file_stands_in_the_way_the_others_are_laid_out(project: Path, space: Workspace, blobs: Blobs) -> None:
    (space.folder / "data").write_text("a file today")
    blobs.put(b"then")
    uses = [used(project / "data/a.csv", b"then"), used(project / "b.csv", b"then")]

    found = lay_out(uses, space, blobs.get)

    assert [("", "missing"), ("journal", "recorded")] == [told(one) for one in found]
    assert "could not be laid out" in sentences(found)[0]


# -- inputs outside the project ---------------------------------------------------------------------------------------------------


def test_outside_the_project_what_agrees_stays_where_it_is(tmp_path: Path, space: Workspace, laid: Any) -> None:
    (tmp_path / "shared.csv").write_bytes(b"then")

    found = laid(used(tmp_path / "shared.csv", b"then"))

    assert ("place", "recorded", False) == (*told(found), found.inside)
    assert not Path(space.place(str(tmp_path / "shared.csv"))).exists()
    assert [] == led([found], space, [])


def test_outside_the_project_the_kept_content_is_led_to(tmp_path: Path, space: Workspace, blobs: Blobs, laid: Any) -> None:
    (tmp_path / "shared.csv").write_bytes(b"today")
    blobs.put(b"then")

    found = laid(used(tmp_path / "shared.csv", b"then"))

    assert ("journal", "recorded") == told(found)
    assert b"then" == Path(space.place(str(tmp_path / "shared.csv"))).read_bytes()
    assert [str(tmp_path / "shared.csv")] == led([found], space, [])


def test_where_the_code_names_a_folder_all_inputs_in_it_come_along(tmp_path: Path, space: Workspace, blobs: Blobs) -> None:
    data = tmp_path / "shared/data"
    data.mkdir(parents=True)
    (data / "same.csv").write_bytes(b"same")
    (data / "other.csv").write_bytes(b"today")
    blobs.put(b"then")
    uses = [used(data / "same.csv", b"same"), used(data / "other.csv", b"then")]
    code = [f"DATA = '{data}'\nfor name in names:\n    read(f'{{DATA}}/{{name}}')"]

    found = lay_out(uses, space, blobs.get, sources=code)

    assert [("place", "recorded"), ("journal", "recorded")] == [told(one) for one in found]
    assert {b"same", b"then"} == {Path(space.place(use.path)).read_bytes() for use in uses}
    assert str(data) in led(found, space, code)


# -- the last word ----------------------------------------------------------------------------------------------------------------


def test_the_replay_itself_has_the_last_word() -> None:
    then, today = (hashlib.sha256(content).hexdigest() for content in (b"then", b"today"))
    laid_out = Input(file("/w/a", b"then"), "journal", "recorded")
    linked = Input(file("/w/b", b"then"), "place", "unknown")

    assert [("journal", "recorded"), ("place", "recorded")] == [
        told(one) for one in settled([laid_out, linked], {"/w/a": then, "/w/b": then})
    ]
    assert [("place", "changed"), ("place", "changed")] == [
        told(one) for one in settled([laid_out, linked], {"/w/a": today, "/w/b": today})
    ]
    assert [("journal", "recorded"), ("place", "unknown")] == [told(one) for one in settled([laid_out, linked], {"/w/a": None})]


def test_a_record_brings_what_it_holds_and_lacks_the_rest() -> None:
    uses = [file("/w/a", b"1"), file("/w/b", b"1"), file("/w/c")]

    assert [("record", "recorded"), ("", "missing"), ("", "unknown")] == [told(one) for one in brought(uses, {"/w/a"})]


def test_of_many_sentences_the_first_few_are_said(project: Path) -> None:
    many = [Input(file(f"/w/{number}", b"1"), "", "missing") for number in range(1000)]

    assert 9 == len(sentences(many))
    assert "992 more inputs" in sentences(many)[-1]
