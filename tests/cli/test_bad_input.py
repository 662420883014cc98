"""What cannot be done ends with status 2 and one sentence with a remedy: no traceback, nothing on standard output."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from labjournal.cli import reading
from labjournal.journal import places
from tests.builders import JournalBuilder
from tests.cli.conftest import Answer, Cli

READING = [["log"], ["show", "last"], ["search", "x"], ["status"], ["verify"], ["note", "last", "x"]]


def refused(answer: Answer) -> str:
    """The one sentence, after everything around it was checked."""
    assert (2, "") == (answer.status, answer.out)
    assert 1 == answer.err.count("\n")
    assert answer.err.endswith("\n")
    assert "Traceback" not in answer.err
    assert "stumbled" not in answer.err
    return answer.err.strip()


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["show", "zzz"], "zzz"),
        (["show", "last/99"], "99"),
        (["show", ""], "labjournal log"),
        (["show", "k3f9a2/0"], "0"),
        (["show", "k3f9a2/-1"], "-1"),
        (["show", "k3f9a2/" + "9" * 30], "999"),
        (["show", "../../etc/passwd"], "passwd"),
        (["show", "w5x6y7/result"], "no result"),
        (["show"], "ADDRESS"),
        (["log", "--day", "2026-02-30"], "YYYY-MM-DD|2026"),
        (["log", "--since", "soon"], "2h"),
        (["log", "--day", "today", "--since", "2h"], "--since"),
        (["log", "--limit", "-1"], "--limit"),
        (["log", "--limit", "many"], "20"),
        (["log", "--colour"], "--colour"),
        (["log", "extra"], "extra"),
        (["blog"], "labjournal log"),
        (["what", "fig.png"], "no command 'what'"),
        (["search"], "TEXT"),
        (["note", "last", " "], "words"),
        (["note", "zzz", "x"], "zzz"),
        (["tag", "last", ""], "letter"),
        (["tag", "last", "a\x1b[2J"], "invisible"),
        (["name", "last", "last"], "already means"),
        (["name", "last", "a/1"], "/"),
        (["export", "last", "--to", "prose", "--output", "x.txt"], "prose"),
        (["export", "last", "--to", "script", "--output", "x.py", "--within", "9"], "--verify"),
        (["export", "last", "--to", "script", "--output", "x.py", "--verify", "--within", "soon"], "soon"),
        (["export", "last", "--to", "html"], "--output"),
        (["export", "last", "--to", "html", "--output", "x.html", "--verify"], "Verify"),
        (["check", "nowhere.ipynb"], "nowhere.ipynb"),
        (["check", "."], "folder"),
        (["check"], "NOTEBOOK"),
        (["day", "yesterdayish", "--output", "x.html"], "yesterdayish"),
        (["day", "today", "--since", "2h", "--output", "x.html"], "--since"),
        (["replay", "last", "-p", "1a=3"], "1a"),
        (["replay", "last", "-p", "class=3"], "class"),
        (["replay", "last", "-p", "alpha"], "NAME=VALUE"),
        (["replay", "last", "--tolerance", "nan"], "0.001"),
        (["replay", "last", "--environment", "recorded"], "never finished"),
        (["replay", "last", "--environment", "mine"], "recorded"),
        (["enable"], "--user"),
        (["completion", "tcl"], "tcl"),
        (["--journal"], "--journal"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_sentence(argv: list[str], words: str, cli: Cli, story: JournalBuilder) -> None:
    sentence = refused(cli(*argv))

    assert any(word in sentence for word in words.split("|"))


def test_more_than_one_run_is_meant(cli: Cli, folder: Path) -> None:
    builder = JournalBuilder(folder)
    for run in ("ab1", "ab2"):
        builder.run(run).execution("a = 1")
    builder.save()

    assert "ab1, ab2" in refused(cli("show", "ab"))


@pytest.mark.parametrize("argv", READING, ids=lambda argv: argv[0])
def test_a_journal_that_is_named_has_to_be_there(argv: list[str], cli: Cli, tmp_path: Path) -> None:
    answer = cli(*argv, "--journal", str(tmp_path / "nowhere"))

    if argv == ["status"]:
        assert (0, "") == (answer.status, answer.err)
    else:
        assert "nowhere" in refused(answer)
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("argv", READING, ids=lambda argv: argv[0])
def test_a_file_that_is_no_journal_is_named(argv: list[str], cli: Cli, folder: Path) -> None:
    folder.mkdir()
    (folder / "journal.sqlite").write_bytes(b"PK\x03\x04 this is a zip archive" * 100)

    assert "journal.sqlite" in refused(cli(*argv))
    assert (folder / "journal.sqlite").read_bytes().startswith(b"PK")


@pytest.mark.parametrize("argv", READING, ids=lambda argv: argv[0])
def test_another_programs_database_is_left_alone(argv: list[str], cli: Cli, folder: Path) -> None:
    folder.mkdir()
    other = sqlite3.connect(folder / "journal.sqlite")
    other.execute("CREATE TABLE theirs (x)")
    other.execute("PRAGMA application_id = 42")
    other.execute("PRAGMA user_version = 7")
    other.close()
    before = (folder / "journal.sqlite").read_bytes()

    refused(cli(*argv))
    assert before == (folder / "journal.sqlite").read_bytes()


@pytest.mark.parametrize("argv", READING, ids=lambda argv: argv[0])
def test_a_newer_journal_asks_for_a_newer_labjournal(argv: list[str], cli: Cli, story: JournalBuilder) -> None:
    newer = sqlite3.connect(story.folder / "journal.sqlite")
    newer.execute("PRAGMA user_version = 999")
    newer.close()

    assert "newer" in refused(cli(*argv))


def test_a_locked_journal_is_called_locked_not_damaged(cli: Cli, story: JournalBuilder) -> None:
    other = sqlite3.connect(story.folder / "journal.sqlite", isolation_level=None)
    other.execute("PRAGMA journal_mode = DELETE")
    other.execute("BEGIN EXCLUSIVE")

    sentence = refused(cli("log"))
    other.close()

    assert "locked" in sentence
    assert "damaged" not in sentence


def test_a_truncated_journal_is_called_damaged(cli: Cli, story: JournalBuilder) -> None:
    database = story.folder / "journal.sqlite"
    sqlite3.connect(database).execute("PRAGMA wal_checkpoint(TRUNCATE)").connection.close()
    with database.open("r+b") as file:
        file.truncate(database.stat().st_size // 3)

    answers = [cli("log"), cli("search", "sales"), cli("show", "k3f9a2")]

    assert any(answer.status == 2 and "damaged" in answer.err for answer in answers)
    assert all("Traceback" not in answer.err and answer.err.count("\n") <= 1 for answer in answers)
    assert cli("verify").status in (1, 2)
    assert 1 == cli("doctor").status


def test_an_empty_folder_holds_nothing_yet(cli: Cli, folder: Path) -> None:
    folder.mkdir()

    assert (0, {"runs": []}) == (cli("log", "--json").status, cli("log", "--json").json)
    assert "There is no journal" in refused(cli("log", "--journal", str(folder)))
    assert [] == list(folder.iterdir())


def test_a_file_where_the_folder_should_be_is_said(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")

    assert "notes.txt" in refused(cli("log", "--journal", str(tmp_path / "notes.txt")))


def test_a_journal_that_can_only_be_read_is_read(cli: Cli, story: JournalBuilder) -> None:
    for path in story.folder.rglob("*"):
        path.chmod(0o400 if path.is_file() else 0o500)
    story.folder.chmod(0o500)
    try:
        assert 4 == len(cli("log", "--json").json["runs"])
        if os.geteuid():
            refused(cli("note", "last", "x"))
    finally:
        story.folder.chmod(0o700)
        for path in story.folder.rglob("*"):
            path.chmod(0o600 if path.is_file() else 0o700)


def test_a_journal_that_cannot_be_written_is_not_recording(
    cli: Cli, story: JournalBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may write anywhere but on a read-only disk, so the system's answer is put in its mouth."""
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != story.folder and access(path, mode))
    answer = cli("status", "--json").json

    assert not answer["recording"]
    assert any("can be read, but not written" in problem for problem in answer["problems"])
    assert "writing" in [check["name"] for check in cli("doctor", "--json").json["checks"] if not check["ok"]]


def test_a_place_that_depends_on_the_working_folder_is_said(
    cli: Cli, story: JournalBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kernel works in its notebook's folder, and would record there."""
    monkeypatch.chdir(story.folder.parent)
    monkeypatch.setenv("LABJOURNAL_PATH", story.folder.name)

    (problem,) = cli("status", "--json").json["problems"]
    assert f"Write it in full: LABJOURNAL_PATH='{story.folder}'." in problem


def test_recorded_rows_may_be_anything(cli: Cli, story: JournalBuilder) -> None:
    """Somebody else's journal: values that no recorder writes end in one line at worst."""
    database = sqlite3.connect(story.folder / "journal.sqlite")
    database.executescript(
        """UPDATE runs SET started = 'yesterday', ended = x'00ff', kernel = 7;
        UPDATE executions SET duration_s = 'long', started = '', source = (SELECT sha256 FROM sources LIMIT 1);
        UPDATE outputs SET data = '[1, 2]', metadata = '3', bytes = -1;
        UPDATE metrics SET value = NULL, special = 'odd';
        UPDATE parameters SET value = '{"a": NaN}';"""
    )
    database.close()

    for argv in (["log"], ["show", "k3f9a2"], ["show", "k3f9a2/4"], ["search", "sales"], ["status"], ["verify"]):
        for more in ([], ["--json"]):
            answer = cli(*argv, *more)
            assert answer.status in (0, 1, 2)
            assert "Traceback" not in answer.err
            assert 1 >= answer.err.count("\n")


def test_json_of_another_kind_hides_only_itself(cli: Cli, story: JournalBuilder) -> None:
    database = sqlite3.connect(story.folder / "journal.sqlite")
    database.executescript("UPDATE outputs SET data = '[1, 2]', metadata = '3'; UPDATE environments SET hardware = '7';")
    database.close()

    assert (0, 6) == (cli("show", "k3f9a2").status, len(cli("show", "k3f9a2", "--json").json["executions"]))


def test_a_fault_of_ours_is_one_line(cli: Cli, story: JournalBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: object) -> None:
        raise RuntimeError("two\nlines")

    monkeypatch.setattr(reading, "opened_if_there", stumble)
    answer = cli("log")

    assert (2, "", 1) == (answer.status, answer.out, answer.err.count("\n"))
    assert "LABJOURNAL_DEBUG=1" in answer.err
    monkeypatch.setenv("LABJOURNAL_DEBUG", "1")
    with pytest.raises(RuntimeError):
        cli("log")


def test_an_interrupt_is_one_line(cli: Cli, story: JournalBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(reading, "opened_if_there", interrupt)
    answer = cli("log")

    assert (130, "", "Interrupted.\n") == (answer.status, answer.out, answer.err)


def test_a_reader_that_has_seen_enough_is_no_fault(story: JournalBuilder) -> None:
    command = f"{sys.executable} -m labjournal.cli.main show k3f9a2 --json | true; echo ${{PIPESTATUS[0]}}"

    answer = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "LABJOURNAL_PATH": str(story.folder)},
    )

    assert ("0\n", "") == (answer.stdout, answer.stderr)


@pytest.mark.skipif(shutil.which("mount") is None or os.geteuid() != 0, reason="only root may mount")
def test_a_full_disk_is_called_full(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)], capture_output=True).returncode:
        pytest.skip("this machine does not let a test mount a small disk")
    try:
        builder = JournalBuilder(disk / "journal")
        builder.run().execution("a = 1")
        builder.save()
        _fill(disk / "filler")
        monkeypatch.setenv("LABJOURNAL_PATH", str(disk / "journal"))

        assert 1 == len(cli("log", "--json").json["runs"])
        sentence = refused(cli("note", "last", "x" * 50_000))
        assert "full" in sentence or "cannot be" in sentence
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def _fill(filler: Path) -> None:
    """Writes until the disk takes no more."""
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)


def test_a_folder_that_is_somebody_elses_door_is_refused(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")

    assert "symbolic link" in refused(cli("pause", "--journal", str(tmp_path / "link")))
    assert not places.is_paused(tmp_path / "real")
    assert stat.S_ISLNK((tmp_path / "link").lstat().st_mode)


@pytest.mark.parametrize(
    "argv",
    [["show", b"\xff"], ["search", b"\xff\xfe"], ["log", "--tag", b"\xff"], ["log", "--notebook", b"\xff"], ["log", b"\xff"]],
)
def test_bytes_that_are_no_letters_are_no_traceback(argv: list[str | bytes], cli: Cli, story: JournalBuilder) -> None:
    answer = cli(*[os.fsdecode(word) for word in argv])

    assert answer.status in (0, 2)
    assert "stumbled" not in answer.err


@pytest.mark.parametrize(
    ("statement", "asked"),
    [
        ("UPDATE executions SET started = x'ff'", ["show", "last"]),
        ("UPDATE executions SET duration_s = 'long' WHERE n = 1", ["show", "last"]),
        ("UPDATE metrics SET confidence = 'very'", ["results"]),
        ("UPDATE sqlite_master SET sql = CAST(x'435245415445205441424c4520e6' AS TEXT) WHERE name = 'notes'", ["log"]),
        ("UPDATE sqlite_master SET sql = CAST(x'435245415445205441424c4520e6' AS TEXT) WHERE name = 'notes'", ["verify"]),
    ],
)
def test_what_was_damaged_is_called_damaged(statement: str, asked: list[str], cli: Cli, story: JournalBuilder) -> None:
    """Rows that say what was never recorded may upset any question; then it is looked whose fault it was."""
    file = sqlite3.connect(story.folder / "journal.sqlite")
    file.execute("PRAGMA writable_schema = ON")
    file.execute("PRAGMA foreign_keys = OFF")
    file.execute(statement)
    file.commit()
    file.close()

    answer = cli(*asked)

    assert "stumbled" not in answer.err
    assert "Traceback" not in answer.err
    if answer.status == 2:
        assert "damaged" in refused(answer)
    if asked == ["verify"]:
        assert (1, True) == (answer.status, "damaged" in answer.out)


def test_a_fault_of_ours_is_not_put_on_the_journal(cli: Cli, story: JournalBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: object, **__: object) -> None:
        raise KeyError("ours")

    monkeypatch.setattr("labjournal.questions.timeline.log", stumble)
    answer = cli("log")

    assert 2 == answer.status
    assert "stumbled over KeyError: 'ours'" in answer.err


def test_a_disk_that_was_full_before_anything_was_recorded_is_named(
    cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was recorded because nothing could be; who asks must not think that nothing ran."""
    monkeypatch.setattr(places, "free_space_low", lambda folder: True)

    for argv in (["log"], ["results"], ["show", "last"], ["search", "x"]):
        assert "disk is full" in refused(cli(*argv))
    status = cli("status", "--json").json
    assert not status["recording"]
    assert any("Make room" in problem for problem in status["problems"])


def test_what_waits_in_the_spool_is_not_called_nothing(cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "spool").mkdir(parents=True, mode=0o700)
    (folder / "spool" / "k3f9a2.0.spool").write_bytes(b"")
    monkeypatch.setattr(places, "free_space_low", lambda folder: True)

    assert "kernels have written" in refused(cli("show", "last"))


def test_a_book_is_not_searched_for(cli: Cli, story: JournalBuilder) -> None:
    assert "too many" in refused(cli("search", *(f"word{n}" for n in range(500))))
    assert 0 == cli("search", *["model"] * 5000).status
    assert "folder" in refused(cli("log", "--journal", "x\0y"))
