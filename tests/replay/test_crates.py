"""Replays from a record file: shown first, executed only when somebody said yes, and on the files that it brings."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from labjournal.errors import LabjournalError, RecordInvalid
from labjournal.journal.reader import Journal
from labjournal.records.export import export
from tests.builders import PNG, JournalBuilder, RunBuilder, display, read, result, sha256, stream
from tests.replay.conftest import again, record

Story = Callable[..., RunBuilder]
Crate = Callable[[], Path]


@pytest.fixture
def crate(builder: JournalBuilder, tmp_path: Path) -> Crate:
    """The record of the latest run."""

    def made() -> Path:
        with builder.open() as journal:
            export(journal, "last", "crate", tmp_path / "record.zip", force=True)
        return tmp_path / "record.zip"

    return made


def test_a_record_is_replayed_where_nobody_has_ever_seen_the_run(tmp_path: Path) -> None:
    """Recorded here, then everything goes: notebook, data, journal. What is left is one file."""
    project, outside = tmp_path / "theirs", tmp_path / "share/codes.csv"
    for path, text in ((project / "data/prices.csv", "1 2 3"), (project / "nb/names.csv", "a b"), (outside, "7")):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    record(
        tmp_path / "their-journal",
        project / "nb/prices.ipynb",
        "prices = open('../data/prices.csv').read().split()",
        f"names = open('names.csv').read(); codes = open('{outside}').read()",
        "print(prices, names, codes)",
        "open('../data/out.txt', 'w').write('x' * 3)",
    )
    with Journal.open(tmp_path / "their-journal") as journal:
        export(journal, "last", "crate", tmp_path / "record.zip")
    for folder in ("theirs", "share", "their-journal"):
        shutil.rmtree(tmp_path / folder)

    answer = again(tmp_path / "my-journal", str(tmp_path / "record.zip"))

    assert (True, []) == (answer["reproduced"], answer["problems"])
    assert {"out.txt": True} == {Path(entry["path"]).name: entry["same"] for entry in answer["files"]}
    assert ["my-journal", "record.zip"] == sorted(path.name for path in tmp_path.iterdir())
    with Journal.open(tmp_path / "my-journal") as journal:
        run = journal.run(answer["replay"])
        assert (answer["address"], None) == (run.replay_of, run.notebook)


def test_outputs_that_stand_as_blobs_are_compared(story: Story, builder: JournalBuilder, crate: Crate, tmp_path: Path) -> None:
    run = story()
    picture = {
        "image/png": {"blob": run.keep(PNG), "bytes": len(PNG), "base64": True},
        "text/plain": "<IPython.core.display.Image object>",
    }
    other = {**picture, "image/png": {"blob": run.keep(b"another"), "bytes": 7, "base64": True}}
    run.execution(f"from IPython.display import Image\nImage({PNG!r})", outputs=[display(picture, "execute_result")])
    run.execution(f"Image({PNG!r})", outputs=[display(other, "execute_result")])

    answer = again(tmp_path / "my-journal", str(crate()))

    assert [True, False] == [entry["same"] for entry in answer["executions"]]
    first = answer["first_difference"] or {}
    assert (2, "picture", "7 bytes", f"{len(PNG)} bytes") == (first["n"], first["what"], first["recorded"], first["replayed"])


def test_nothing_is_executed_before_somebody_said_yes(story: Story, crate: Crate, tmp_path: Path) -> None:
    story().execution("import subprocess\nsubprocess.run('ls')").execution("1\n2")
    path = crate()
    asked: list[str] = []

    def no(question: str) -> bool:
        asked.append(question)
        return False

    with pytest.raises(LabjournalError, match=r"Nothing was executed\."):
        again(tmp_path / "my-journal", str(path), assume_yes=False, confirm=no)

    assert sha256(path.read_bytes()) in asked[0]
    assert "2 cells, 4 lines of code; it mentions other programs." in asked[0]
    assert not (tmp_path / "my-journal").exists()


def test_where_nobody_can_be_asked_nothing_is_executed(story: Story, crate: Crate, tmp_path: Path) -> None:
    story().execution("1")

    with pytest.raises(LabjournalError, match=r"Nothing was executed\."):
        again(tmp_path / "my-journal", str(crate()), assume_yes=False)


def test_what_a_record_lacks_is_said_and_not_looked_for_here(
    story: Story, builder: JournalBuilder, crate: Crate, tmp_path: Path, project: Path
) -> None:
    """The path means something on another machine; what lies there on this one is none of its business."""
    private = tmp_path / "my-secret.txt"
    private.write_text("1")
    story().execution(
        f"print(open('{private}').read())", outputs=[stream("1\n")], reads=[read(private, b"1", given=str(private))]
    )

    answer = again(tmp_path / "my-journal", str(crate()))

    assert f"The record does not hold {private}, which the code reads." in answer["problems"]
    assert ("failed", False) == (answer["executions"][0]["status"], answer["reproduced"])


def test_a_record_does_not_choose_which_program_is_started(story: Story, crate: Crate, tmp_path: Path) -> None:
    trap, sign = tmp_path / "python", tmp_path / "sprung"
    trap.write_text(f"#!/bin/sh\ntouch {sign}\n")
    trap.chmod(0o755)
    story(executable=str(trap), kernel="no-such-kernel").execution("1", outputs=[result("1")])

    answer = again(tmp_path / "my-journal", str(crate()))

    assert (True, False) == (answer["reproduced"], sign.exists())
    assert [f"The interpreter that recorded ({trap}) is not one of those known here; {sys.executable} was used."] == answer[
        "problems"
    ]


@pytest.mark.parametrize("name", ["record.zip", "notes.txt"])
def test_a_file_that_is_no_record_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("nothing of the kind")

    with pytest.raises(RecordInvalid, match="is not a record"):
        again(tmp_path / "my-journal", str(tmp_path / name))


def test_a_record_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(RecordInvalid, match=r"There is no file .*gone\.zip"):
        again(tmp_path / "my-journal", str(tmp_path / "gone.zip"))


def test_an_address_is_one_even_where_a_file_has_its_name(
    story: Story, builder: JournalBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "last").write_text("")
    story().execution("1", outputs=[result("1")])

    assert again(builder.save(), "last")["reproduced"]
