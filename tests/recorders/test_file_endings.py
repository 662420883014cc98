"""What is seen of files without events, by looking when a cell ends: words of command lines, open handles, the tree."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from labjournal.events import Event, FileDeleted, FileRead, FileWritten
from labjournal.recorders import audit_hook
from labjournal.recorders.children import ChildrenRecorder
from labjournal.recorders.digests import StatKey
from labjournal.recorders.files import FilesRecorder
from labjournal.recorders.touches import Touches
from tests.recorders.conftest import Lab
from tests.recorders.test_files import deleted, read, ready, sha, with_layer, written

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="programs of a POSIX system")


_forked: list[ChildrenRecorder] = []


def _in_a_child() -> None:
    for recorder in _forked:
        recorder.forked()


audit_hook.install()  # before: what it does in a child, it does first
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_a_child)


@pytest.fixture(autouse=True)
def _children_tell(lab: Lab) -> Iterator[None]:
    (lab.context.journal / "spool").mkdir()
    yield
    _forked.clear()
    audit_hook.watch_programs(None)


def with_programs(lab: Lab, layer: str = "snapshot") -> Lab:
    time.sleep(0.02)  # what was made just before is not the first cell's
    lab.use(lambda context: ready(FilesRecorder(context, layer)), ChildrenRecorder)
    _forked[:] = [recorder for recorder in lab.recorders if isinstance(recorder, ChildrenRecorder)]
    return lab


def late(lab: Lab, *sources: str) -> dict[int, list[Event]]:
    """What is told of cells that follow at once, so that the helper thread comes to them when all have ended."""
    first = lab.n
    lab.run(*sources, collect=False)
    return {n - first: lab.collect(n) for n in range(first + 1, lab.n + 1)}


def facts(events: list[Event]) -> set[tuple[str, str, str]]:
    kinds = {FileRead: "read", FileWritten: "written", FileDeleted: "deleted"}
    return {
        ("added to" if event.layer.endswith("append") else kinds[type(event)], os.path.basename(event.path), event.confidence)
        for event in events
        if isinstance(event, (FileRead, FileWritten, FileDeleted))
    }


def test_what_programs_remove_is_told_of_the_cell_that_named_it(lab: Lab, project: Path) -> None:
    """Also where nobody has looked at the tree between."""
    (project / "mv.csv").write_text("1")
    told = late(with_programs(lab), "!mv mv.csv moved.csv", "open('made.csv', 'w').close()", "!rm made.csv", "x = 1")
    assert [["mv.csv"], [], ["made.csv"], []] == [deleted(told[n]) for n in (1, 2, 3, 4)]
    assert ["moved.csv"] == list(written(told[1]))


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("!sed -i s/a/b/ d.csv", {("read", "d.csv", "named"), ("written", "d.csv", "named")}),
        ("!gzip d.csv", {("read", "d.csv", "named"), ("written", "d.csv.gz", "named"), ("deleted", "d.csv", "named")}),
        ("!cp e.csv d.csv", {("read", "e.csv", "named"), ("written", "d.csv", "named")}),
        ("!mv e.csv d.csv", {("written", "d.csv", "named"), ("deleted", "e.csv", "named")}),
        ("!echo more >> d.csv", {("added to", "d.csv", "named"), ("written", "d.csv", "named")}),
        ("!rm d.csv", {("deleted", "d.csv", "named")}),
    ],
)
def test_what_a_program_does_to_a_file_it_was_told_of(
    lab: Lab, project: Path, cell: str, expected: set[tuple[str, str, str]]
) -> None:
    (project / "d.csv").write_text("a" * 1000)
    (project / "e.csv").write_text("e")
    events = with_programs(lab).run(cell)
    assert expected == {(role, name, "named" if name == "d.csv.gz" else how) for role, name, how in facts(events)}
    assert all(sha(b"a" * 1000) == event.sha256 for name, event in read(events).items() if name == "d.csv")


@pytest.mark.parametrize("layer", ["snapshot", "fanotify"] if sys.platform == "linux" else ["snapshot"])
@pytest.mark.parametrize("cell", ["!cp d.csv {to}", "import subprocess; subprocess.run(['cp', 'd.csv', to])"])
def test_what_a_program_makes_outside_the_tree_is_seen_by_its_name(
    lab: Lab, project: Path, tmp_path: Path, layer: str, cell: str
) -> None:
    (project / "d.csv").write_text("a")
    (tmp_path / "far").mkdir()
    lab.shell.user_ns["letters"] = list(str(tmp_path / "far" / "copy.csv"))
    event = written(with_programs(lab, layer).run(f"to = ''.join(letters)\n{cell}"))["copy.csv"]
    assert (sha(b"a"), "named") == (event.sha256, event.confidence)


@pytest.mark.skipif(sys.platform != "linux", reason="handles are asked for in /proc")
def test_a_handle_that_is_read_to_its_end_and_closed_was_read(lab: Lab, project: Path) -> None:
    (project / "d.bin").write_bytes(b"x" * 100_000)
    run = with_layer(lab, "snapshot").run
    run("import os\nf = open('d.bin', 'rb'); head = f.read(10)")
    assert {("read", "d.bin", "named")} == facts(run("rest = f.read(); f.close()"))
    assert set() == facts(run("x = 1"))
    run("f = open('d.bin', 'rb'); head = f.read(10)")
    assert set() == facts(run("f.close()  # not read on"))


@pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")
def test_what_a_program_was_told_of_a_file_for_counts_where_events_do_not_say_who(lab: Lab, project: Path) -> None:
    """We look at the file before the program does."""
    (project / "d.csv").write_text("a")
    (project / "e.csv").write_text("b")
    run = with_programs(lab, "inotify").run
    assert {("read", "d.csv", "named")} == facts(run("name = 'd' + '.csv'\n!cat {name}"))
    assert {("added to", "d.csv", "named"), ("written", "d.csv", "named")} == facts(run("!echo more >> d.csv"))
    assert {("written", "f.csv", "named"), ("deleted", "e.csv", "named")} == facts(run("!mv e.csv f.csv"))
    assert {("deleted", "d.csv", "named")} == facts(run("!rm d.csv"))


@pytest.mark.skipif(sys.platform != "linux", reason="handles are asked for in /proc")
def test_a_file_that_is_open_and_written_without_going_on_in_it_is_written(lab: Lab, project: Path) -> None:
    (project / "d.bin").write_bytes(b"aaaa")
    told = late(
        with_layer(lab, "snapshot"),
        "import os, time; f = os.open('d.bin', os.O_RDWR)",
        "n = os.pwrite(f, b'b', 0)",
        "time.sleep(0.02)",
        "time.sleep(0.02); n = os.pwrite(f, b'c', 0); os.close(f)",
    )
    assert [[], ["d.bin"], [], ["d.bin"]] == [list(written(told[n])) for n in (1, 2, 3, 4)]
    assert [sha(b"baaa"), sha(b"caaa")] == [written(told[n])["d.bin"].sha256 for n in (2, 4)]


def test_what_was_written_before_the_first_look_at_the_tree_is_told(lab: Lab, project: Path) -> None:
    (project / "old.bin").write_bytes(b"1")
    os.utime(project / "old.bin", (1, 1))
    lab.use(lambda context: FilesRecorder(context, "snapshot"))
    recorder = lab.recorders[0]
    lab.shell.run_cell("import subprocess, time; time.sleep(0.02)", store_history=False)
    lab.run("subprocess.run(['sh', '-c', 'echo 1 > made.bin'])", collect=False)
    assert isinstance(recorder, FilesRecorder)
    recorder._layers.snapshots.start()
    assert ["made.bin"] == list(written(lab.collect(1)))


def test_a_second_name_for_a_file_does_not_change_it(lab: Lab, project: Path) -> None:
    (project / "d.bin").write_bytes(b"1")
    os.utime(project / "d.bin", (1, 1))
    time.sleep(0.02)
    run = with_layer(lab, "snapshot").run
    assert ["e.bin"] == list(written(run("import os, time; time.sleep(0.02); os.link('d.bin', 'e.bin')")))
    assert {} == written(run("os.chmod('d.bin', 0o600)"))


def test_a_second_name_before_the_first_look_at_the_tree_changes_nothing(lab: Lab, project: Path) -> None:
    (project / "d.bin").write_bytes(b"1")
    time.sleep(0.02)
    recorder = FilesRecorder(lab.context, "snapshot")
    lab.recorders = [recorder]
    lab.run("import os; os.link('d.bin', 'e.bin')", collect=False)
    recorder._layers.snapshots.start()
    assert ["e.bin"] == list(written(lab.collect(1)))


def test_a_module_that_a_child_loads_compiled_is_read(lab: Lab, project: Path) -> None:
    (project / "work.py").write_text("size = len\n")
    lab.shell.run_cell("import py_compile, os; compiled = py_compile.compile('work.py')", store_history=False)
    code = "pid = os.fork()\nif not pid:\n    open(compiled, 'rb').close(); os._exit(0)\n_ = os.waitpid(pid, 0)"
    assert sha(b"size = len\n") == read(with_programs(lab).run(code))["work.py"].sha256


@pytest.mark.skipif(sys.platform != "linux", reason="events of files are Linux's")
def test_what_is_read_through_a_database_that_stays_open_has_its_digest(lab: Lab, project: Path) -> None:
    """Though the next cell changes it before the helper thread has time to look."""
    with_layer(lab, "fanotify").run(
        "import sqlite3\nbase = sqlite3.connect('d.sqlite')\n_ = base.execute('CREATE TABLE t (a)')\n_ = base.execute('INSERT INTO t VALUES (1)')\nbase.commit()",
        "import time; time.sleep(0.1)",
    )
    before = sha((project / "d.sqlite").read_bytes())
    told = late(
        lab, "base.execute('SELECT * FROM t').fetchall()", "_ = base.execute('INSERT INTO t SELECT a FROM t'); base.commit()"
    )
    assert [before, before] == [read(told[n])["d.sqlite"].sha256 for n in (1, 2)]


def test_what_changed_between_two_cells_by_the_clock_of_files_was_the_later_one(lab: Lab, project: Path) -> None:
    """That clock ticks a few hundred times a second; a change may bear the time of the tick before."""
    recorder = with_layer(lab, "snapshot").recorders[0]
    assert isinstance(recorder, FilesRecorder)
    lab.run("x = 1")
    ended = recorder._events.told_until
    cell = Touches("run1", 2, recorder._rules, recorder._digests, recorder._hasher, {})
    cell.started = ended + 0.01

    def changed(at: float) -> int:
        return recorder._events._whose(2, StatKey(1, 1, 1, int(at * 1e9), int(at * 1e9)), cell)

    assert [1, 2, 2] == [changed(ended - 0.001), changed(ended + 0.008), changed(cell.started + 0.001)]
