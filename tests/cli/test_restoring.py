"""restore on the command line: what is said, and what is refused in one line."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest

from labjournal import events as ev
from labjournal.journal.blobs import Blobs
from tests.builders import JournalBuilder, read
from tests.cli.conftest import Cli
from tests.cli.test_answers import same_as_sample


@pytest.fixture
def afternoon(builder: JournalBuilder) -> JournalBuilder:
    """A run with a module, an input that is kept, and one that is not."""
    helper, table = b"def total(rows):\n    return sum(rows)\n", b"day,n\n1,2\n"
    run = builder.run("k3f9a2", folder="/home/ada/lab", notebook="/home/ada/lab/work.ipynb")
    seen = ev.ModuleSeen(
        "",
        0,
        "helper",
        "/home/ada/lab/helper.py",
        sha256=hashlib.sha256(helper).hexdigest(),
        bytes=len(helper),
        keep=True,
        at=1.0,
    )
    run.execution("import helper", seen=[seen])
    run.execution(
        "rows = load('data/in.csv')", reads=[read("/home/ada/lab/data/in.csv", table), read("/home/ada/lab/data/large.bin", b"x")]
    )
    for content in (helper, table):
        sha256 = hashlib.sha256(content).hexdigest()
        run.event(ev.BytesKept("", sha256, len(content), Blobs(builder.folder).keep(io.BytesIO(content), sha256) or 0, 1.0))
    builder.save()
    return builder


def test_the_sample_of_restore_is_what_the_command_prints(cli: Cli, afternoon: JournalBuilder, tmp_path: Path) -> None:
    answer = cli("restore", "k3f9a2", "--to", str(tmp_path / "out"), "--json")
    told = answer.json
    assert (0, str(tmp_path / "out")) == (answer.status, told["folder"])
    told["folder"] = "/home/ada/yesterday"
    for file in told["files"]:
        if file["from"] == "journal":  # says which nbformat wrote it
            assert hashlib.sha256((tmp_path / "out" / file["path"]).read_bytes()).hexdigest() == file["sha256"]
            file["sha256"] = "0" * 64
    same_as_sample("restore", told, afternoon.folder)


def test_a_person_is_told_what_came_from_where_and_what_is_missing(cli: Cli, afternoon: JournalBuilder, tmp_path: Path) -> None:
    answer = cli("restore", "k3f9a2", "--to", str(tmp_path / "out"))
    lines = answer.out.splitlines()
    assert f"k3f9a2 in {tmp_path / 'out'}: 3 files" == lines[0]
    assert "       1  modules as they were loaded" in lines
    assert "  data/large.bin: its content is not kept, and is not where it was" == lines[-1]


def test_what_cannot_be_is_refused_in_one_line(cli: Cli, afternoon: JournalBuilder, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("mine")
    for arguments in (
        ("k3f9a2", "--to", str(tmp_path / "full")),
        ("k3f9a2", "--to", str(tmp_path / "no" / "where")),
        ("k3f9a2", "--to", ""),
        ("k3f9a2/9", "--to", str(tmp_path / "out")),
        ("nobody", "--to", str(tmp_path / "out")),
        ("k3f9a2",),
    ):
        answer = cli("restore", *arguments)
        assert (2, "", 1) == (answer.status, answer.out, answer.err.count("\n")), answer.err
    assert not (tmp_path / "out").exists()
    assert ["mine"] == [path.name for path in (tmp_path / "full").iterdir()]


def test_what_was_kept_and_is_damaged_is_missing_and_the_rest_is_laid_out(
    cli: Cli, afternoon: JournalBuilder, tmp_path: Path
) -> None:
    sha256 = hashlib.sha256(b"def total(rows):\n    return sum(rows)\n").hexdigest()
    for form in ("", ".data", ".data.z"):
        Path(f"{Blobs(afternoon.folder).path(sha256)}{form}").unlink(missing_ok=True)
    Path(f"{Blobs(afternoon.folder).path(sha256)}.data.z").write_bytes(b"\xff" * 40)

    answer = cli("restore", "k3f9a2", "--to", str(tmp_path / "out"), "--json")

    assert (0, "") == (answer.status, answer.err)
    assert "what was kept of it cannot be read" in {each["path"]: each["why"] for each in answer.json["missing"]}["helper.py"]
    assert "data/in.csv" in [each["path"] for each in answer.json["files"]]
