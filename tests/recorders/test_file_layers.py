"""What the system's events, looks at the tree, open handles and other processes add to Python's own calls, and what they never claim."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from labjournal.events import Event, FacetSeen, FileDeleted, FileRead, FileWritten, ProblemSeen
from labjournal.recorders import audit_hook
from labjournal.recorders.children import ChildrenRecorder
from labjournal.recorders.digests import Digests
from labjournal.recorders.fanotify import Fanotify
from labjournal.recorders.file_rules import Rules
from labjournal.recorders.files import FilesRecorder
from labjournal.recorders.inotify import Inotify
from labjournal.recorders.kernel_events import KernelEvents, Unavailable, probe
from labjournal.recorders.layers import Layers, offered
from labjournal.recorders.prewatch import Named
from labjournal.recorders.sightings import Sightings
from labjournal.recorders.work_tree import Walk
from tests.pace import quicker
from tests.recorders.conftest import Lab
from tests.recorders.test_files import deleted, read, ready, sha, with_layer, written

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="events of files are Linux's")
EVENTS = ("fanotify", "inotify")

NATIVE = """
import ctypes
_c = ctypes.CDLL(None)
def native_read(path):
    file = _c.open(path.encode(), 0); buffer = ctypes.create_string_buffer(1 << 16)
    _c.read(file, buffer, 1 << 16); _c.close(file)
    return buffer.value
def native_write(path, data):
    file = _c.open(path.encode(), 0o1101, 0o600); _c.write(file, data, len(data)); _c.close(file)
"""


@pytest.fixture
def native(lab: Lab) -> Lab:
    """Cells that read and write past Python."""
    lab.shell.run_cell(NATIVE, store_history=False)
    lab.context.namespace = lambda: lab.shell.user_ns
    return lab


def certain(events: list[Event]) -> set[tuple[str, str]]:
    kinds = {FileRead: "read", FileWritten: "written", FileDeleted: "deleted"}
    return {
        (kinds[type(event)], os.path.basename(event.path))
        for event in events
        if isinstance(event, (FileRead, FileWritten, FileDeleted)) and event.confidence == "certain"
    }


def unseen(events: list[Event]) -> list[str]:
    return [event.detail for event in events if isinstance(event, ProblemSeen)]


@pytest.mark.parametrize(("layer", "confidence"), [("fanotify", "certain"), ("inotify", "named")])
def test_native_reads_and_writes_are_seen(native: Lab, project: Path, layer: str, confidence: str) -> None:
    (project / "d.bin").write_bytes(b"data")
    events = with_layer(native, layer).run("native_write('o.bin', native_read('d.bin').upper())")
    found = read(events)["d.bin"], written(events)["o.bin"]
    assert [(sha(b"data"), "verified"), (sha(b"DATA"), "verified")] == [(event.sha256, event.hash_state) for event in found]
    assert [(layer, confidence)] * 2 == [(event.layer, event.confidence) for event in found]


@pytest.mark.parametrize("layer", EVENTS)
def test_what_calls_and_events_tell_of_one_file_is_one_fact(native: Lab, project: Path, layer: str) -> None:
    (project / "d.bin").write_bytes(b"data")
    events = with_layer(native, layer).run("open('o.bin', 'wb').write(open('d.bin', 'rb').read())")
    assert [f"audit {layer}"] * 2 == [event.layer for event in events if isinstance(event, (FileRead, FileWritten))]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("native_read('{0}/sub/x.bin')", "x.bin"), ("native_read(base + 'x.' + 'bin')", "x.bin"), ("native_read(str(places[0]) + '/x.' + 'bin')", "x.bin"),
        ("import os\nfor n in sorted(os.listdir(chr(47).join(parts))): native_read(chr(47).join([*parts, n]))", "x.bin"),
        ("native_read(\"linked/x\" + \".bin\")", "x.bin"),
    ],
)  # fmt: skip
def test_files_outside_the_working_folder_are_seen_where_the_cell_leads_to_them(
    native: Lab, project: Path, tmp_path: Path, source: str, name: str
) -> None:
    outside = tmp_path / "outside" / "sub"
    outside.mkdir(parents=True)
    (outside / "x.bin").write_bytes(b"1")
    (project / "linked").symlink_to(outside)
    native.shell.user_ns.update(base=str(outside) + "/", places=[outside], parts=str(outside).split("/"))
    events = with_layer(native, "fanotify").run(source.format(outside.parent))
    assert sha(b"1") == read(events)[name].sha256


@pytest.mark.parametrize("source", ["native_read('{0}/sub/x.bin')", "native_read(base + 'x.' + 'bin')"])
def test_where_a_long_cell_leads_is_looked_at_while_it_begins(native: Lab, tmp_path: Path, source: str) -> None:
    outside = tmp_path / "outside" / "sub"
    outside.mkdir(parents=True)
    (outside / "x.bin").write_bytes(b"1")
    native.shell.user_ns["base"] = str(outside) + "/"
    long = "import time; time.sleep(0.5)\n" + "# and on\n" * 2000 + source.format(outside.parent)
    assert sha(b"1") == read(with_layer(native, "fanotify").run(long))["x.bin"].sha256


def test_a_folder_that_was_used_once_is_watched_from_then_on(native: Lab, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "x.bin").write_bytes(b"1")
    native.shell.user_ns["letters"] = list(str(tmp_path / "outside") + "/")
    run = with_layer(native, "fanotify").run
    run("open(''.join(letters) + 'x.bin').close()")
    wait_for(lambda: str(tmp_path / "outside") in native.recorders[0]._layers.events.folders)  # type: ignore[attr-defined]
    assert {("written", "y.bin")} == certain(run("native_write(''.join(letters) + 'y.bin', b'2')"))


def test_what_other_programs_do_meanwhile_is_not_the_cells(native: Lab, project: Path) -> None:
    """fanotify tells who: nothing is claimed; inotify does not: it is said with the least confidence."""
    (project / "d.bin").write_bytes(b"data")
    noise = "import time; open('go', 'w').close()\nwhile not os.path.exists('gone'): time.sleep(0.005)"
    for layer in EVENTS:
        other = subprocess.Popen(
            ["sh", "-c", "while [ ! -e go ]; do sleep 0.01; done; cat d.bin > noise.txt; rm go; touch gone"], cwd=project
        )
        # The shell is no child of the cell's: it was there before, and its parent tells nobody.
        lab = with_layer(native, layer)
        events = (
            lab.run("import os\n" + noise)
            if layer == "inotify"
            else lab.run(f"import os, {audit_hook.__name__} as hook\n{noise}")
        )
        other.wait()
        mine = {name for role, name in certain(events)}
        assert "noise.txt" not in mine
        assert "d.bin" not in mine
        for name in ("go", "gone", "noise.txt"):
            (project / name).unlink(missing_ok=True)


@pytest.mark.parametrize("layer", EVENTS)
def test_what_a_program_of_the_cell_does_is_said_with_less_confidence(native: Lab, project: Path, layer: str) -> None:
    (project / "d.csv").write_bytes(b"1")
    (project / "tables").mkdir()
    events = with_layer(native, layer).run("!cp d.csv e.csv && cp d.csv tables/$(echo f).csv")
    assert {"d.csv": "named"} == {name: event.confidence for name, event in read(events).items()}
    assert {"e.csv": ("named", sha(b"1")), "f.csv": ("unattributed", sha(b"1"))} == {
        name: (event.confidence, event.sha256) for name, event in written(events).items()
    }


@pytest.mark.parametrize("layer", EVENTS)
def test_names_that_change_are_followed(native: Lab, project: Path, layer: str) -> None:
    (project / "a.txt").write_bytes(b"same")
    (project / "old").mkdir()
    (project / "old" / "leaf.txt").write_bytes(b"leaf")
    run = with_layer(native, layer).run
    events = run("import os; os.rename('a.txt', 'b.txt'); os.rename('b.txt', 'c.txt')")
    assert (str(project / "a.txt"), str(project / "c.txt")) == (written(events)["c.txt"].moved, gone(events)["a.txt"].moved)
    assert ["a.txt"] == deleted(events)
    events = run("os.rename('old', 'new')")
    assert (sha(b"leaf"), str(project / "old" / "leaf.txt")) == (
        written(events)["leaf.txt"].sha256,
        written(events)["leaf.txt"].moved,
    )
    assert str(project / "new" / "leaf.txt") == gone(events)["leaf.txt"].moved
    assert ["leaf.txt"] == list(written(run("native_write('new/leaf.txt', b'again')"))), "the folder is known by its new name"


@pytest.mark.parametrize("layer", EVENTS)
def test_folders_and_links_that_a_cell_makes(native: Lab, project: Path, layer: str) -> None:
    run = with_layer(native, layer).run
    events = run("import os; os.makedirs('n/e/w'); native_write('n/e/w/x.bin', b'1'); os.symlink('n/e/w/x.bin', 'link')")
    assert {"x.bin": sha(b"1")} == {name: event.sha256 for name, event in written(events).items()}
    events = run("_c.link(b'n/e/w/x.bin', b'hard.bin')")
    assert {"hard.bin": sha(b"1")} == {name: event.sha256 for name, event in written(events).items()}
    assert ["hard.bin"] == deleted(run("_c.unlink(b'hard.bin')"))
    assert [] == data(run("native_write('t', b'1'); _c.unlink(b't'); os.remove('link')"))


@pytest.mark.parametrize("layer", EVENTS)
def test_a_native_read_and_overwrite_is_never_given_the_wrong_content(native: Lab, project: Path, layer: str) -> None:
    for size in (100, 6 << 20):
        (project / "d.bin").write_bytes(b"a" * size)
        events = with_layer(native, layer).run("native_read('d.bin'); native_write('d.bin', b'b' * 10)")
        assert (None, "it was changed in the same cell") == (read(events)["d.bin"].sha256, read(events)["d.bin"].reason)
        assert sha(b"b" * 10) == written(events)["d.bin"].sha256


def test_our_own_hashing_is_not_the_next_cells_reading(native: Lab, project: Path) -> None:
    lab = with_layer(native, "fanotify")
    lab.run("native_write('o.bin', b'1' * 100_000)", collect=False)
    busy = threading.Thread(target=lambda: lab.collect(1))
    busy.start()
    events = lab.run("import time; time.sleep(0.3)")
    busy.join()
    assert {} == read(events)


@pytest.mark.parametrize("name", [os.fspath, os.fsencode], ids=["text", "bytes"])
def test_what_our_other_threads_read_is_not_the_cells_reading(native: Lab, project: Path, name: Any) -> None:
    """The notebook on disk, above all."""
    (project / "work.ipynb").write_text("{}")
    lab = with_layer(native, "fanotify")

    def look() -> None:
        audit_hook.exclude_this_thread()
        with open(name(project / "work.ipynb"), "rb") as file:
            file.read()

    lab.shell.user_ns["look"] = look
    assert [] == data(lab.run("import threading\nother = threading.Thread(target=look); other.start(); other.join()"))


@pytest.mark.parametrize("layer", EVENTS)
def test_what_a_cell_reads_and_a_program_of_it_replaces_is_both(native: Lab, project: Path, layer: str) -> None:
    (project / "d.csv").write_bytes(b"a\n")
    (project / "z.csv").write_bytes(b"z\n")
    run = with_layer(native, layer).run
    events = run("text = open('d.csv').read()\n!cp z.csv d.csv")
    assert (sha(b"a\n"), sha(b"z\n"), "named") == (
        read(events)["d.csv"].sha256,
        written(events)["d.csv"].sha256,
        written(events)["d.csv"].confidence,
    )
    events = run("open('d.csv').close()", "import os; os.system('rm d.csv')")
    assert ["d.csv"] == deleted(events)


def test_looking_at_what_a_program_is_told_of_is_not_reading(native: Lab, project: Path) -> None:
    (project / "d.csv").write_bytes(b"a\n")
    native.use(FilesRecorder, ChildrenRecorder)
    ready(native.recorders[0])  # type: ignore[arg-type]
    events = native.run("!rm d.csv")
    assert ({}, ["d.csv"]) == (read(events), deleted(events))


def test_a_file_that_was_moved_away_and_is_read_there_was_read_where_it_stood(native: Lab, project: Path) -> None:
    """`fileinput` in place, and whoever else makes a backup first."""
    (project / "d.txt").write_bytes(b"a\n")
    events = with_layer(native, "fanotify").run(
        "import os; os.rename('d.txt', 'd.bak'); t = open('d.bak').read(); open('d.txt', 'w').write(t.upper()); os.remove('d.bak')"
    )
    assert ({"d.txt": sha(b"a\n")}, {"d.txt": sha(b"A\n")}) == tuple(
        {name: event.sha256 for name, event in found.items()} for found in (read(events), written(events))
    )


def test_a_name_in_a_cell_is_a_whole_name() -> None:
    named = Named("run(['native_script.py', 'data/frame.csv'], out+'.csv')", {}, ["/data/x.csv"])
    assert [True, True, False, False, True] == [
        named(path) for path in ("/w/native_script.py", "/w/data/frame.csv", "/w/script.py", "/w/rame.csv", "/data/x.csv")
    ]


def test_a_name_in_a_cell_is_of_the_folder_that_stands_before_it(project: Path) -> None:
    (project / "real").mkdir()
    (project / "linked").symlink_to("real")
    named = Named(
        "read('data/a.csv', f'{far}/b.csv', './c.csv', '../d.csv', 'linked/e.csv'); write('f.csv.gz'). See g.csv.", {}, []
    )
    expected = {
        "/w/data/a.csv": True, "/w/old/a.csv": False, "/w/mydata/a.csv": False, "/w/old/b.csv": True, "/w/c.csv": True, "/d.csv": True,
        f"{project}/real/e.csv": True, "/w/e.csv": False, "/w/f.csv": False, "/w/f.csv.gz": True, "/w/g.csv": True,
    }  # fmt: skip
    assert expected == {path: named(path) for path in expected}


def test_more_events_than_the_users_thread_looks_at_are_told_later(native: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labjournal.recorders.files._AT_ONCE_EVENTS", 10)
    events = with_layer(native, "fanotify").run("for i in range(200): native_write(f'o{i}', b'1')")
    assert {f"o{i}": sha(b"1") for i in range(200)} == {name: event.sha256 for name, event in written(events).items()}


def test_a_handle_that_an_earlier_cell_opened_is_followed(native: Lab, project: Path) -> None:
    (project / "d.bin").write_bytes(b"x" * 100_000)
    run = with_layer(native, "off").run
    run("f = open('d.bin', 'rb', buffering=0)")
    assert [] == data(run("x = 1"))
    event = read(run("_ = f.read(10)"))["d.bin"]
    assert ("handle", "certain", sha(b"x" * 100_000)) == (event.layer, event.confidence, event.sha256)
    assert [] == data(run("f.close()"))


def test_what_goes_through_an_open_handle_is_the_executions_in_which_it_went(native: Lab, project: Path) -> None:
    """Also where the helper thread comes to them late, one after the other."""
    lab = with_layer(native, "fanotify")
    sources = [
        "import os; f = os.open('log', os.O_CREAT | os.O_RDWR)",
        "x = 1",
        "os.write(f, b'a')",
        "y = 1",
        "os.write(f, b'b')",
        "os.close(f)",
    ]
    lab.run(*sources, collect=False)
    told = {n: written(lab.collect(n)) for n in range(1, len(sources) + 1)}
    assert [1, 3, 5] == [n for n, events in told.items() if any(event.n == n for event in events.values())]
    assert sha(b"ab") == told[5]["log"].sha256
    assert told[3]["log"].sha256 in (None, sha(b"a"))


def test_memory_that_is_a_file_is_provisional_while_it_can_be_written(native: Lab, project: Path) -> None:
    (project / "m.bin").write_bytes(b"\0" * 4096)
    run = with_layer(native, "fanotify").run
    first = written(run("import mmap\nwith open('m.bin', 'r+b') as f: m = mmap.mmap(f.fileno(), 0)\nm[0] = 1; m.flush()"))[
        "m.bin"
    ]
    assert ("provisional", sha(b"\1" + b"\0" * 4095)) == (first.hash_state, first.sha256)
    run("m[0] = 2")
    last = written(run("m.close()"))["m.bin"]
    assert ("verified", sha(b"\2" + b"\0" * 4095)) == (last.hash_state, last.sha256)


def test_looks_at_the_tree_tell_what_was_written(native: Lab, project: Path) -> None:
    (project / "old.bin").write_bytes(b"1")
    time.sleep(0.02)  # longer than the clock of files is coarse
    run = with_layer(native, "snapshot").run
    events = run("native_write('o.bin', b'2')", "_c.unlink(b'old.bin')", "x = 1")
    assert {"o.bin": (1, "snapshot", "named", sha(b"2"))} == {
        name: (event.n, event.layer, event.confidence, event.sha256) for name, event in written(events).items()
    }
    assert [(2, "old.bin")] == [(event.n, os.path.basename(event.path)) for event in events if isinstance(event, FileDeleted)]


def test_looks_at_the_tree_that_come_late_tell_cells_apart(native: Lab, project: Path) -> None:
    """Also what a program wrote over a file that the cell had read."""
    for name in ("a.bin", "b.bin", "both.csv"):
        (project / name).write_bytes(b"1")
    lab = with_layer(native, "snapshot")
    lab.run("x = 1", collect=True)
    first = lab.n
    lab.run(
        "native_write('o.bin', b'2')",
        "import time; time.sleep(0.02); _c.unlink(b'a.bin')",
        "time.sleep(0.02)",
        "open('both.csv').close()\n!echo 2 > both.csv",
        collect=False,
    )
    told = {n - first: lab.collect(n) for n in range(first + 1, lab.n + 1)}
    assert [["o.bin"], [], [], ["both.csv"]] == [list(written(told[n])) for n in (1, 2, 3, 4)]
    assert [[], ["a.bin"], [], []] == [deleted(told[n]) for n in (1, 2, 3, 4)]


def test_a_tree_too_large_to_look_at_is_said(native: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labjournal.recorders.snapshots._MOST_FILES", 5)
    events = with_layer(native, "snapshot").run("for i in range(20): native_write(f'o{i}', b'1')", "open('mine', 'w').write('x')")
    assert ["mine"] == list(written(events))
    assert 1 == sum("too many files" in sentence for sentence in unseen(events))


# -- what a machine may refuse


def test_the_best_layer_is_tried_and_what_refused_is_told(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: object) -> None:
        raise PermissionError(errno.EPERM, "not permitted")

    def missing(self: object) -> None:
        raise OSError(errno.ENOSYS, "not implemented")

    assert "fanotify" == offered()[0]
    monkeypatch.setattr(Fanotify, "__init__", refused)
    assert ("inotify", ["fanotify: not allowed here"]) == offered()
    monkeypatch.setattr(Inotify, "__init__", missing)
    assert ("snapshot", ["fanotify: not allowed here", "inotify: not in this kernel"]) == offered()
    with pytest.raises(Unavailable):
        probe()
    with_layer(lab, "").run("x = 1")
    (facet,) = (event for event in lab.events if isinstance(event, FacetSeen))
    assert ("snapshot", True, 2) == (facet.value["events"], facet.value["audit"], len(facet.value["reasons"]))


@pytest.mark.skipif(os.geteuid() != 0, reason="only a privileged user has privileges to drop")
def test_fanotify_needs_no_privileges() -> None:
    code = f"import sys; sys.path.insert(0, {str(Path(audit_hook.__file__).parents[2])!r}); from labjournal.recorders.layers import offered; print(offered())"
    done = subprocess.run(
        ["setpriv", "--bounding-set=-all", "--inh-caps=-all", sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
    )
    if "setpriv" in done.stderr:
        pytest.skip("cannot drop privileges here")
    assert "('fanotify', [])" == done.stdout.strip()


@pytest.mark.parametrize(("number", "word"), [(errno.ENOSPC, "limit of watched folders"), (errno.EACCES, "no right to read it")])
def test_a_folder_that_cannot_be_watched_is_said_and_calls_are_still_seen(
    native: Lab, project: Path, monkeypatch: pytest.MonkeyPatch, number: int, word: str
) -> None:
    def refused(self: object, folder: str) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Fanotify, "mark", refused)
    events = with_layer(native, "fanotify").run("open('mine', 'w').write('x'); native_write('theirs', b'1')", "x = 1")
    assert ["mine"] == list(written(events))
    assert [word in sentence for sentence in unseen(events)] == [True]


def test_file_systems_that_name_no_folders_are_watched_by_inotify(native: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: object, folder: str) -> None:
        raise OSError(errno.EOPNOTSUPP, "no handles")

    monkeypatch.setattr(Fanotify, "mark", refused)
    events = with_layer(native, "fanotify").run("native_write('o.bin', b'1')")
    assert "named" == written(events)["o.bin"].confidence


def test_a_tree_with_too_many_folders_is_watched_in_part(native: Lab, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for i in range(20):
        (project / f"f{i:02}").mkdir()
    monkeypatch.setattr("labjournal.recorders.layers.MOST_FOLDERS", 5)
    events = with_layer(native, "fanotify").run("native_write('o.bin', b'1')", "x = 1")
    assert ["o.bin"] == list(written(events))
    assert [True] == ["more than 5 folders" in sentence for sentence in unseen(events)]


def test_lost_events_are_said(native: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labjournal.recorders.event_span._KEPT_BYTES", -1)
    events = with_layer(native, "fanotify").run("native_write('o.bin', b'1')")
    assert [True] == ["dropped events" in sentence for sentence in unseen(events)]


@pytest.mark.parametrize("kind", [Fanotify, Inotify])
def test_a_queue_that_runs_over_says_so(tmp_path: Path, kind: Any) -> None:
    """More files are made than the queue holds; as many are known as are recorded."""
    source, seen = kind(), Sightings()
    source.mark(str(tmp_path))
    for i in range(20_000):
        os.close(os.open(tmp_path / f"f{i}", os.O_CREAT | os.O_WRONLY))
    while not seen.lost:
        source.fold(os.read(source.fd, 1 << 16), seen)
    source.close()
    assert 5_000 < len(seen.first) <= 10_000


@pytest.mark.timeout(60)
def test_a_writer_that_never_stops_does_not_hold_a_cell(native: Lab, project: Path) -> None:
    other = subprocess.Popen(["sh", "-c", "while :; do echo x >> log; done"], cwd=project)
    try:
        lab = with_layer(native, "fanotify")
        began = time.monotonic()
        lab.run(*["x = 1"] * 20, collect=False)
        quicker(time.monotonic() - began, 5)
    finally:
        other.kill()
        other.wait()


# -- what file systems may hold


def test_nothing_that_a_file_system_may_hold_stops_the_recording(native: Lab, project: Path) -> None:
    (project / "dangling").symlink_to("nowhere")
    (project / "circle").symlink_to("circle")
    (project / "around").symlink_to(".")
    os.mkfifo(project / "fifo")
    listening = socket.socket(socket.AF_UNIX)
    listening.bind("socket")
    (project / "line\nbreak.csv").write_bytes(b"1")
    Path(os.fsdecode(bytes(project) + b"/\xff\xfe.csv")).write_bytes(b"2")
    source = r"""
import os, threading
for name in ("dangling", "circle", "around/around/circle", "x" * 300, "y/" * 2048, "a\0b", "/proc/self/status", "/dev/null", "socket", b"\xff\xfe.csv", "line\nbreak.csv"):
    try: open(name).read()
    except (OSError, ValueError): pass
threading.Thread(target=lambda: open("fifo", "w").write("x")).start(); got = open("fifo").read()
_c.open(b"line\nbreak.csv", 0); _c.mkfifo(b"another", 0o600); os.remove("fifo"); os.remove("dangling")
deep = os.path.join(*["d" * 250] * 12)
os.makedirs(deep); open(os.path.join(deep, "o.txt"), "w").write("deep")
"""
    events = with_layer(native, "fanotify").run(source, "open('after', 'w').write('x')")
    listening.close()
    assert native.shell.user_ns["got"] == "x"
    assert {"line\nbreak.csv": sha(b"1"), "??.csv": sha(b"2")} == {name: event.sha256 for name, event in read(events).items()}
    assert {"o.txt", "after"} == set(written(events))
    assert [] == deleted(events)


def test_a_path_longer_than_the_system_takes_is_said_and_not_recorded(native: Lab, tmp_path: Path) -> None:
    source = """
import os
here = os.getcwd()
for _ in range(20): os.mkdir("d" * 250); os.chdir("d" * 250)
open("x.csv", "w").write("1"); got = open("x.csv").read(); os.remove("x.csv")
for _ in range(20): os.chdir(".."); os.rmdir("d" * 250)
"""
    events = with_layer(native, "fanotify").run(source)
    assert "1" == native.shell.user_ns["got"]
    assert {} == read(events)
    assert any("longer than the system takes" in sentence for sentence in unseen(events))


def test_a_file_removed_while_it_is_hashed_is_unknown(native: Lab, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def vanish(self: Digests, path: str, *_: object, **__: object) -> None:
        Path(path).unlink(missing_ok=True)

    (project / "d.bin").write_bytes(b"x" * (5 << 20))
    monkeypatch.setattr(Digests, "compute", vanish)
    event = read(with_layer(native, "fanotify").run("data = open('d.bin', 'rb').read()"))["d.bin"]
    assert (None, "unknown", "it changed before it could be hashed") == (event.sha256, event.hash_state, event.reason)


def test_folders_that_are_nobodys_data_are_not_walked_through(project: Path, tmp_path: Path) -> None:
    for name in (".git/objects", "node_modules/x", "env/lib", "__pycache__", "data/deep", ".hidden"):
        (project / name).mkdir(parents=True)
    (project / "env" / "pyvenv.cfg").write_text("")
    (project / "data" / "up").symlink_to(project)
    (tmp_path / "elsewhere").mkdir()
    (project / "link").symlink_to(tmp_path / "elsewhere")
    rules = Rules(str(tmp_path / "journal"))
    found = {os.path.relpath(folder, project) for folder in Walk(str(project), rules, most=100)}
    assert {".", "data", "data/deep", ".hidden", "../elsewhere"} == found


# -- no trace


def test_nothing_is_left_of_a_run_that_ended(native: Lab) -> None:
    before, others = descriptors(), set(threading.enumerate())
    lab = with_layer(native, "fanotify")
    lab.run("x = 1")
    assert before != descriptors()
    lab.end()
    wait_for(lambda: not any(thread.name == "labjournal-events" for thread in set(threading.enumerate()) - others))
    assert before == descriptors()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forks_child_holds_nothing_of_ours(tmp_path: Path) -> None:
    events = KernelEvents(str(tmp_path), Rules("/nonexistent"))
    events.start()
    before = len(descriptors())
    child = os.fork()
    if child == 0:
        events.forked()
        os._exit(before - len(descriptors()))
    assert 1 == os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert events.mark(str(tmp_path))
    events.close()


def test_p5_a_fault_in_the_events_thread_is_said_and_calls_are_still_seen(native: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(self: object) -> None:
        raise ValueError("a fault of ours")

    monkeypatch.setattr(KernelEvents, "_enter_tree", fault)
    lab, others = native, set(threading.enumerate())
    lab.use(
        lambda context: __import__("labjournal.recorders.files", fromlist=["FilesRecorder"]).FilesRecorder(context, "fanotify")
    )
    wait_for(lambda: not any(thread.name == "labjournal-events" for thread in set(threading.enumerate()) - others))
    events = lab.run("open('mine', 'w').write('x')")
    assert ["mine"] == list(written(events))
    assert [True] == ["stopped" in sentence for sentence in unseen(events)]


def test_p8_prewatching_calls_nothing_of_the_users(native: Lab) -> None:
    source = """
calls = []
class Trap(str):
    def __getattribute__(self, name): calls.append(name); return str.__getattribute__(self, name)
    def __len__(self): calls.append("len"); return 0
    def __contains__(self, other): calls.append("in"); return True
    def __fspath__(self): calls.append("fspath"); return "x"
class Box(dict):
    def values(self): calls.append("values"); return []
    def __len__(self): calls.append("len"); return 0
trap, box, many = Trap("/tmp/x"), Box(a="/tmp/x"), [Trap("/tmp/y")]
calls.clear()
"""
    lab = with_layer(native, "fanotify")
    lab.run(source, "trap, box, many\nNone")
    assert [] == native.shell.user_ns["calls"]


def data(events: list[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, (FileRead, FileWritten, FileDeleted))]


def gone(events: list[Event]) -> dict[str, FileDeleted]:
    return {os.path.basename(event.path): event for event in events if isinstance(event, FileDeleted)}


def descriptors() -> list[str]:
    """What this process has open of the kind that events need."""
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{name}")
        except OSError:
            continue
        if "notify" in target:
            found.append(target)
    return sorted(found)


def wait_for(condition: Any) -> None:
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert condition()


def test_a_run_without_a_folder_has_events_all_the_same(tmp_path: Path) -> None:
    layers = Layers("", Rules(str(tmp_path)), "fanotify")
    assert "fanotify" == layers.name
    layers.close()


@pytest.mark.parametrize("layer", EVENTS)
def test_a_folder_of_which_too_many_files_are_read_is_heard_again_by_the_next_cell(
    native: Lab, project: Path, monkeypatch: pytest.MonkeyPatch, layer: str
) -> None:
    """What is not recorded any more need not be told, which takes half of the time; what was noted and is changed still counts."""
    monkeypatch.setattr("labjournal.recorders.touches._MOST_FILES", 10)
    (project / "many").mkdir()
    for i in range(600):
        (project / "many" / f"{i}").write_text("1")
    lab = with_layer(native, layer)
    lab.shell.user_ns["told"] = lambda: len(lab.recorders[0]._layers.events._hushed)  # type: ignore[attr-defined]
    events = lab.run("for i in range(600): open(f'many/{i}').close()\nhushed = told(); open('many/3', 'w').write('2')")
    assert (10, ["3"], 1) == (len(read(events)), list(written(events)), lab.shell.user_ns["hushed"])
    assert ["7"] == list(read(lab.run("native_read('many/7')")))
