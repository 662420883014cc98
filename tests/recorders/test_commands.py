"""Files of other programs where no event tells of them: what a command line names, and what became of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from labjournal.events import FileDeleted, FileRead, FileWritten
from labjournal.recorders import Execution, audit_hook, imports, wrapping
from labjournal.recorders.children import ChildrenRecorder
from labjournal.recorders.files import FilesRecorder
from tests.recorders.conftest import Lab
from tests.recorders.test_files import sha, with_layer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="commands of a POSIX shell")


@pytest.fixture
def outside(lab: Lab, tmp_path: Path) -> Iterator[Path]:
    """A folder that nobody watches, with files; `there` is its name in cells."""
    (lab.context.journal / "spool").mkdir()
    audit_hook.install()
    lab.use(ChildrenRecorder, lambda context: FilesRecorder(context, "snapshot"))
    folder = tmp_path / "outside"
    folder.mkdir()
    for name in ("a.csv", "b.csv"):
        (folder / name).write_bytes(name[:1].encode() * 3)
    time.sleep(0.03)  # files this young may be of the cell
    lab.shell.user_ns["there"] = str(folder)
    yield folder
    lab.end()
    imports.uninstall()
    wrapping.take_back()


def facts(lab: Lab, source: str) -> set[tuple[str, str, str, str]]:
    """(what, name, digest, confidence); what is only added to is read by nobody."""
    kinds = {FileRead: "read", FileWritten: "written", FileDeleted: "deleted"}
    return {
        (
            "added to" if getattr(event, "layer", "").endswith("append") else kinds[type(event)],
            Path(event.path).name,
            getattr(event, "sha256", None) or "",
            event.confidence,
        )
        for event in lab.run(source)
        if isinstance(event, (FileRead, FileWritten, FileDeleted))
    }


A, B = sha(b"aaa"), sha(b"bbb")


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("cat {there}/a.csv", {("read", "a.csv", A, "named")}),
        ("cd {there} && cat a.csv", {("read", "a.csv", A, "named")}),
        ("cp {there}/a.csv {there}/c.csv", {("read", "a.csv", A, "named"), ("written", "c.csv", A, "named")}),
        ("cp {there}/a.csv {there}/b.csv", {("read", "a.csv", A, "named"), ("written", "b.csv", A, "named")}),
        ("mv {there}/a.csv {there}/c.csv", {("deleted", "a.csv", "", "named"), ("written", "c.csv", A, "named")}),
        ("rm {there}/a.csv", {("deleted", "a.csv", "", "named")}),
        ("sed -i s/a/x/ {there}/a.csv", {("read", "a.csv", A, "named"), ("written", "a.csv", sha(b"xaa"), "named")}),
        ("echo x >> {there}/a.csv", {("added to", "a.csv", A, "named"), ("written", "a.csv", sha(b"aaax\n"), "named")}),
        ("cat {there}/a.csv > {there}/b.csv", {("read", "a.csv", A, "named"), ("written", "b.csv", A, "named")}),
        ("some-program --out={there}/a.csv || printf zz > {there}/a.csv", {("written", "a.csv", sha(b"zz"), "named")}),
        ("true > /dev/null", set()),
    ],
)
def test_what_a_command_does_to_the_files_it_names(
    lab: Lab, outside: Path, command: str, told: set[tuple[str, str, str, str]]
) -> None:
    assert told == facts(lab, f"import subprocess\n_ = subprocess.run(f{command!r}, shell=True, capture_output=True)")


@pytest.mark.parametrize("layer", ["fanotify", "inotify", "snapshot"])
def test_what_is_only_removed_or_written_is_read_by_nobody_and_what_is_computed_is_seen(
    lab: Lab, outside: Path, project: Path, layer: str
) -> None:
    if sys.platform != "linux" and layer != "snapshot":
        pytest.skip("events of files are Linux's")
    for name in ("a.csv", "b.csv", "c.csv"):
        (project / name).write_bytes(name[:1].encode() * 3)
    time.sleep(0.03)
    with_layer(lab, layer)
    lab.recorders.append(ChildrenRecorder(lab.context))
    told = facts(lab, "import os\n_ = os.system('rm a.csv; echo x >> b.csv; cat ' + 'c.' + 'csv > /dev/null')")

    assert {("deleted", "a.csv"), ("added to", "b.csv"), ("written", "b.csv"), ("read", "c.csv")} == {each[:2] for each in told}
    assert {"named", "unattributed"} >= {sure for _, _, _, sure in told}


def test_what_gzip_reads_makes_and_removes(lab: Lab, outside: Path) -> None:
    told = facts(lab, "_ = get_ipython().getoutput(f'gzip {there}/a.csv')")

    assert {("read", "a.csv", A), ("deleted", "a.csv", "")} <= {each[:3] for each in told}
    assert ("written", "a.csv.gz") in {each[:2] for each in told}


def test_what_a_program_was_told_of_and_the_cell_itself_reads_is_read_for_certain(lab: Lab, outside: Path) -> None:
    told = facts(
        lab,
        "text = open(f'{there}/a.csv').read()\nimport subprocess\n_ = subprocess.run(['cp', f'{there}/b.csv', f'{there}/a.csv'])",
    )

    assert {("read", "a.csv", A, "certain"), ("read", "b.csv", B, "named"), ("written", "a.csv", B, "named")} == told


def test_what_a_program_does_after_its_cell_is_not_its_cell_s(lab: Lab, outside: Path) -> None:
    source = "import subprocess\nrunning = subprocess.Popen(f'read line; cat {there}/a.csv > {there}/c.csv', shell=True, stdin=subprocess.PIPE)"
    lab.run(source, collect=False)
    time.sleep(0.03)
    lab.shell.run_cell("_ = running.communicate(b'go\\n')")
    assert (outside / "c.csv").exists()
    told = lab.helper.submit(lambda: list(lab.recorders[1].collect(Execution("run1", 1, source)))).result(60)

    assert {"a.csv": "named"} == {Path(event.path).name: event.confidence for event in told if isinstance(event, FileRead)}
    assert [] == [event for event in told if isinstance(event, FileWritten)]
