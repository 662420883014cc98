"""Set up and healthy: status, doctor, verify, pause, resume, enable, disable."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import pytest

from labjournal.events import FacetSeen, RunStarted
from labjournal.journal.writer import append
from tests.builders import JournalBuilder
from tests.cli.conftest import Cli


def test_status_before_anything_was_recorded(cli: Cli, folder: Path) -> None:
    answer = cli("status", "--json")

    expected: object = {
        "journal": str(folder),
        "schema_version": None,
        "runs": 0,
        "executions": 0,
        "bytes": 0,
        "kept": 0,
        "kept_bytes": 0,
        "recording": True,
        "paused": False,
        "layers": None,
        "problems": [],
    }
    assert (0, expected) == (answer.status, answer.json)
    assert not folder.exists()


def test_status_and_doctor_say_what_sees_files(cli: Cli, folder: Path) -> None:
    facts = {"audit": True, "events": "inotify", "folders": 7, "native": ["polars"], "reasons": ["fanotify: not allowed here"]}
    append(folder, [RunStarted("k3f9a2", 1.0), FacetSeen("k3f9a2", 0, "layers", facts)])

    assert {"run": "k3f9a2", **facts} == cli("status", "--json").json["layers"]
    assert "Python's calls, calls of polars, the system's events of files (inotify" in " ".join(cli("status").out.split())
    assert ["files"] == [check["name"] for check in cli("doctor", "--json").json["checks"] if "notify" in check["detail"]]


def test_status_and_doctor_say_which_functions_of_a_library_are_not_heard(cli: Cli, folder: Path) -> None:
    missing = ["polars.io.delta.functions.scan_delta", "polars.lazyframe.frame.LazyFrame.collect"]
    facts = {"audit": True, "events": "", "folders": 0, "native": [], "missing": missing, "reasons": []}
    append(folder, [RunStarted("k3f9a2", 1.0), FacetSeen("k3f9a2", 0, "layers", facts)])
    sentence = f"polars as it is installed has no {missing[0]}, {missing[1]}, which would tell of files"

    assert [sentence] == cli("status", "--json").json["layers"]["reasons"]
    (check,) = (check for check in cli("doctor", "--json").json["checks"] if check["name"] == "libraries")
    assert (True, f"{sentence}. A newer labjournal may know that version.") == (check["ok"], check["detail"])


@pytest.mark.parametrize(
    ("argv", "answer"), [(["log"], {"runs": []}), (["search", "x"], {"hits": []}), (["verify"], {"ok": True, "problems": []})]
)
def test_questions_before_anything_was_recorded_are_answered_with_nothing(argv: list[str], answer: object, cli: Cli) -> None:
    assert (0, answer) == (cli(*argv, "--json").status, cli(*argv, "--json").json)


def test_an_address_before_anything_was_recorded_is_an_error(cli: Cli) -> None:
    answer = cli("show", "last")

    assert (2, "", 1) == (answer.status, answer.out, answer.err.count("\n"))


def test_status_counts_what_stands_there(cli: Cli, story: JournalBuilder) -> None:
    answer = cli("status", "--json").json

    assert (4, 10, True) == (answer["runs"], answer["executions"], answer["recording"])
    assert answer["bytes"] > 10_000
    assert "Recording is on." in cli("status").out
    assert "4 runs, 10 executions" in cli("status").out


def test_status_takes_in_what_a_kernel_has_just_written(cli: Cli, folder: Path) -> None:
    builder = JournalBuilder(folder)
    builder.run().execution("a = 1")

    assert 1 == cli("status", "--json").json["executions"]


def test_pausing_is_seen_by_everybody_until_it_ends(cli: Cli, story: JournalBuilder) -> None:
    assert {"recording": False} == cli("pause", "--json").json
    assert {"recording": False} == cli("pause", "--json").json
    status = cli("status", "--json").json
    assert (False, ["Recording is paused. `labjournal resume` starts it again."]) == (status["recording"], status["problems"])
    assert 1 == cli("doctor").status

    assert {"recording": True} == cli("resume", "--json").json
    assert (True, []) == (cli("status", "--json").json["recording"], cli("status", "--json").json["problems"])


def test_pausing_works_before_anything_was_recorded(cli: Cli) -> None:
    assert 0 == cli("pause").status
    assert cli("status", "--json").json["recording"] is False


def test_a_disabled_environment_is_said(cli: Cli, story: JournalBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABJOURNAL_DISABLE", "1")

    answer = cli("status", "--json").json

    assert (False, 1) == (answer["recording"], len(answer["problems"]))
    assert "LABJOURNAL_DISABLE" in answer["problems"][0]


def test_a_recorder_that_failed_is_said_by_status(cli: Cli, folder: Path) -> None:
    from labjournal import events as ev

    builder = JournalBuilder(folder)
    builder.run().execution("a = 1").event(ev.RecorderFailed("", 1, "git", "OSError: no git"))
    builder.save()

    (problem,) = cli("status", "--json").json["problems"]

    assert "OSError: no git" in problem
    assert "labjournal show r001" in problem


def test_p27_doctor_looks_at_everything(cli: Cli, story: JournalBuilder) -> None:
    names = {check["name"] for check in cli("doctor", "--json").json["checks"]}

    assert {
        "recording", "file system", "permissions", "disk space", "journal", "SQLite", "full-text search", "backlog", "integrity", "secrets",
        "kernels of this environment", "kernels of other environments", "server extension", "panel",
    } <= names  # fmt: skip


def test_p27_doctor_says_what_to_do_about_each_fault(
    cli: Cli, story: JournalBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(tmp_path / "nothing"))
    (story.folder / "journal.sqlite").chmod(0o644)

    answer = cli("doctor", "--json")

    failed = {check["name"]: check for check in answer.json["checks"] if not check["ok"]}
    assert 1 == answer.status
    assert {"permissions", "kernels of this environment"} <= set(failed)
    assert all(check["remedy"] for check in failed.values())
    assert "chmod" in failed["permissions"]["remedy"]


def test_p27_doctor_finds_damage(cli: Cli, story: JournalBuilder) -> None:
    database = story.folder / "journal.sqlite"
    sqlite3.connect(database).execute("PRAGMA wal_checkpoint(TRUNCATE)").connection.close()
    with database.open("r+b") as file:
        for page in range(3, database.stat().st_size // 4096):
            file.seek(page * 4096)
            file.write(b"\xff" * 64)

    answer = cli("doctor", "--json")

    assert 1 == answer.status
    assert {"journal", "integrity"} & {check["name"] for check in answer.json["checks"] if not check["ok"]}


def test_doctor_examines_a_journal_that_cannot_be_opened(cli: Cli, folder: Path) -> None:
    folder.mkdir(mode=0o700)
    (folder / "journal.sqlite").write_bytes(b"no database at all")

    answer = cli("doctor")

    assert (1, "") == (answer.status, answer.err)
    assert "no  journal:" in answer.out


def test_contents_without_a_journal_do_not_verify(cli: Cli, story: JournalBuilder) -> None:
    story.save()
    for lost in (story.folder / "journal.sqlite", *story.folder.glob("spool/*.spool")):
        lost.unlink()
    answer = cli("verify", "--json")

    assert (1, False) == (answer.status, answer.json["ok"])
    assert "is gone or empty" in answer.json["problems"][0]


def test_a_journal_that_was_changed_does_not_verify(cli: Cli, story: JournalBuilder) -> None:
    assert (0, True) == (cli("verify").status, cli("verify", "--json").json["ok"])
    database = sqlite3.connect(story.folder / "journal.sqlite")
    database.execute("UPDATE metrics SET value = 0.99 WHERE run = 'm7t2zz'")
    database.commit()
    database.close()

    answer = cli("verify", "--json")

    assert (1, False) == (answer.status, answer.json["ok"])
    assert any("m7t2zz/2" in problem for problem in answer.json["problems"])


def test_other_environments_are_reached_and_left_again(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))

    enabled = cli("enable", "--user", "--json").json
    assert enabled["enabled"] is True
    assert all(Path(place).is_file() for place in enabled["places"])

    disabled = cli("disable", "--user", "--json").json
    assert {"enabled": False, "places": enabled["places"]} == disabled
    assert not any(Path(place).exists() for place in enabled["places"])


def test_doctor_sees_a_startup_file_that_leads_nowhere(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    (place,) = cli("enable", "--user", "--json").json["places"]
    Path(place).write_text(Path(place).read_text().replace("boot.py", "gone.py"))

    checks = {check["name"]: check for check in cli("doctor", "--json").json["checks"]}

    assert not checks["kernels of other environments"]["ok"]
    assert "enable --user" in checks["kernels of other environments"]["remedy"]
