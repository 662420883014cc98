"""Files that Python code touches: seen, attributed, and known by the content that was meant. P5, P8, P12 for the audit hook."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from labjournal.events import Event, FileDeleted, FileRead, FileWritten, ProblemSeen
from labjournal.recorders import Execution, audit_hook
from labjournal.recorders.files import FilesRecorder
from tests.pace import only_pace, quicker
from tests.recorders.conftest import Lab


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def read(events: list[Event]) -> dict[str, FileRead]:
    return {os.path.basename(event.path): event for event in events if isinstance(event, FileRead)}


def written(events: list[Event]) -> dict[str, FileWritten]:
    return {os.path.basename(event.path): event for event in events if isinstance(event, FileWritten)}


def deleted(events: list[Event]) -> list[str]:
    return [os.path.basename(event.path) for event in events if isinstance(event, FileDeleted)]


@pytest.fixture
def files(lab: Lab) -> Lab:
    return with_layer(lab, "")


def with_layer(lab: Lab, layer: str) -> Lab:
    """A run in which files are seen by calls, and by this layer beside them; '' is the best one that this machine allows."""
    for recorder in lab.recorders:
        recorder.forked()
    lab.use(lambda context: ready(FilesRecorder(context, layer)))
    return lab


def ready(recorder: FilesRecorder) -> FilesRecorder:
    """The recorder when it has gone through the work tree."""
    events = recorder._layers.events
    deadline = time.monotonic() + 10
    while events is not None and not events.complete and time.monotonic() < deadline:
        time.sleep(0.002)
    return recorder


def test_a_file_that_is_read_is_known_by_its_content(files: Lab, project: Path) -> None:
    (project / "prices.csv").write_bytes(b"a,b\n1,2\n")
    event = read(files.run("rows = open('prices.csv').read()"))["prices.csv"]
    assert (str(project / "prices.csv"), "prices.csv", sha(b"a,b\n1,2\n"), 8, "at-read") == (
        event.path, event.given, event.sha256, event.bytes, event.hash_state,
    )  # fmt: skip


@pytest.mark.parametrize(
    "code",
    [
        "import pandas as pd; pd.read_csv('d.csv')", "import numpy as np; np.loadtxt('d.csv', delimiter=',', skiprows=1)", "open(b'd.csv').read()",
        "from pathlib import Path; Path('d.csv').read_text()", "import csv\nwith open('d.csv') as f: list(csv.reader(f))", "import os; os.close(os.open('d.csv', os.O_RDONLY))",
        "import mmap\nwith open('d.csv') as f: mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)[:]", "import shutil; shutil.copy('d.csv', 'e.csv')",
        "import threading; t = threading.Thread(target=lambda: open('d.csv').read()); t.start(); t.join()", "%%capture\nopen('d.csv').read()",
        "get_ipython().run_cell(\"open('d.csv').read()\")",
    ],
)  # fmt: skip
def test_every_ordinary_way_to_read_is_seen(files: Lab, project: Path, code: str) -> None:
    (project / "d.csv").write_bytes(b"1,2\n3,4\n")
    assert sha(b"1,2\n3,4\n") == read(files.run(code))["d.csv"].sha256


@pytest.mark.parametrize(
    "code",
    [
        "open('o.txt', 'w').write('new')", "from pathlib import Path; Path('o.txt').write_text('new')", "import os\nfd = os.open('o.txt', os.O_CREAT | os.O_WRONLY); os.write(fd, b'new'); os.close(fd)",
        "open('t', 'w').write('new')\nimport os; os.replace('t', 'o.txt')", "open('o.txt', 'x').write('new')", "with open('o.txt', 'w+') as f: f.write('new')",
        "open('t', 'w').write('new')\nimport os; os.link('t', 'o.txt')", "open('t', 'w').write('new')\nimport shutil; shutil.move('t', 'o.txt')",
        "%%writefile o.txt\nnew", "import tempfile, os\nf = tempfile.NamedTemporaryFile('w', dir='.', delete=False); f.write('new'); f.close(); os.rename(f.name, 'o.txt')",
    ],
)  # fmt: skip
def test_every_ordinary_way_to_write_is_seen(files: Lab, project: Path, code: str) -> None:
    events = files.run(code)
    assert (project / "o.txt").read_bytes() in (b"new", b"new\n")
    assert (sha((project / "o.txt").read_bytes()), "verified") == (
        written(events)["o.txt"].sha256,
        written(events)["o.txt"].hash_state,
    )
    assert {} == read(events)


def test_a_file_that_is_read_and_then_overwritten_keeps_both_contents(files: Lab, project: Path) -> None:
    for size in (100, 6 << 20):
        (project / "d.bin").write_bytes(b"a" * size)
        events = files.run("data = open('d.bin', 'rb').read()\nopen('d.bin', 'wb').write(data.upper())")
        assert sha(b"a" * size) == read(events)["d.bin"].sha256
        assert sha(b"A" * size) == written(events)["d.bin"].sha256


def test_a_file_changed_in_place_is_both_input_and_output(files: Lab, project: Path) -> None:
    (project / "d.bin").write_bytes(b"hello")
    events = files.run("with open('d.bin', 'r+b') as f: f.seek(0); f.write(b'J')")
    assert (sha(b"hello"), sha(b"Jello")) == (read(events)["d.bin"].sha256, written(events)["d.bin"].sha256)


def test_a_file_opened_to_append_is_an_output_only_if_something_was_appended(files: Lab, project: Path) -> None:
    (project / "log").write_bytes(b"1\n")
    assert {} == written(files.run("open('log', 'a').close()"))
    events = files.run("with open('log', 'a') as f: f.write('2\\n')")
    assert sha(b"1\n2\n") == written(events)["log"].sha256
    assert ["audit append"] == [event.layer.replace(" fanotify", "").replace(" inotify", "") for event in read(events).values()]


def test_large_files_are_hashed_afterwards_on_a_thread_of_their_own(
    files: Lab, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their edges are known at once."""
    monkeypatch.setattr("labjournal.recorders.hasher.Hasher.begin", lambda *_: None)
    data = b"a" * 65536 + b"z" * (40 << 20) + b"e" * 65536
    (project / "large.bin").write_bytes(data)
    first = read(files.run("n = len(open('large.bin', 'rb').read())"))["large.bin"]
    assert (None, "it is still being hashed", len(data)) == (first.sha256, first.reason, first.bytes)
    assert sha(b"a" * 65536 + b"e" * 65536) == first.edges
    deadline = time.monotonic() + 30
    while read(files.events)["large.bin"].sha256 is None and time.monotonic() < deadline:
        time.sleep(0.02)
    last = read(files.events)["large.bin"]
    assert (sha(data), "verified", "") == (last.sha256, last.hash_state, last.reason)


def test_a_large_file_changed_behind_our_back_is_unknown_never_wrong(files: Lab, project: Path) -> None:
    (project / "d.bin").write_bytes(b"a" * (6 << 20))
    changed = "import subprocess; subprocess.run(['truncate', '-s', '5M', 'd.bin'], check=True)"
    event = read(files.run(f"data = open('d.bin', 'rb').read()\n{changed}"))["d.bin"]
    assert (event.sha256, event.hash_state, event.reason) in (
        (None, "unknown", "it changed before it could be hashed"),
        (sha(b"a" * (6 << 20)), "verified", ""),
    )


def test_what_the_next_cell_changes_was_known_before(files: Lab, project: Path) -> None:
    """Cells that follow each other at once leave the helper thread no time."""
    (project / "in.bin").write_bytes(b"i" * (6 << 20))
    source = (
        "open('a.txt', 'w').write('one')",
        "open('a.txt', 'w').write('two')",
        "import os; os.remove('a.txt')",
        "n = len(open('in.bin', 'rb').read())",
    )
    files.run(*source, "open('in.bin', 'wb').write(b'x')", collect=False)
    told = {n: files.collect(n) for n in range(1, 6)}
    assert [sha(b"one"), sha(b"two")] == [written(told[n])["a.txt"].sha256 for n in (1, 2)]
    assert (["a.txt"], sha(b"i" * (6 << 20)), sha(b"x")) == (
        deleted(told[3]),
        read(told[4])["in.bin"].sha256,
        written(told[5])["in.bin"].sha256,
    )


def test_files_that_come_and_go_within_a_cell_are_nobodys_business(files: Lab) -> None:
    assert [] == files.run(
        "import os, tempfile\nwith tempfile.TemporaryFile() as f: f.write(b'x')\nopen('t', 'w').close(); os.remove('t')"
    )


def test_a_deleted_file_is_told(files: Lab, project: Path) -> None:
    (project / "old.txt").write_text("x")
    (project / "tree").mkdir()
    (project / "tree" / "leaf.txt").write_text("x")
    assert ["old.txt"] == deleted(files.run("import os; os.remove('old.txt')"))
    assert ["leaf.txt"] == deleted(files.run("import shutil; shutil.rmtree('tree')"))


def test_a_rename_is_a_new_file_and_one_gone(files: Lab, project: Path) -> None:
    (project / "a.txt").write_bytes(b"same")
    events = files.run("import os; os.rename('a.txt', 'b.txt')")
    assert (sha(b"same"), ["a.txt"]) == (written(events)["b.txt"].sha256, deleted(events))


def test_missing_files_folders_and_devices_are_no_inputs(files: Lab) -> None:
    source = "import os\ntry: open('nope.csv')\nexcept OSError: pass\nos.close(os.open('.', os.O_RDONLY)); open('/dev/null').read(); open('/proc/self/stat').read(); open(0, closefd=False)"
    assert [] == files.run(source)


def test_what_libraries_and_caches_hold_is_no_data_but_what_packages_ship_is(files: Lab, tmp_path: Path) -> None:
    (tmp_path / "home" / ".cache" / "x").mkdir(parents=True)
    (tmp_path / "home" / ".cache" / "x" / "state.json").write_text("{}")
    (tmp_path / "home" / ".cache" / "x" / "set.csv").write_text("1")
    events = files.run(
        "import email.mime.text, colorsys", f"open({str(tmp_path / 'home/.cache/x/state.json')!r}).read()", "from sklearn.datasets import load_iris; load_iris()",
        f"open({str(tmp_path / 'home/.cache/x/set.csv')!r}).read()",
    )  # fmt: skip
    assert ["iris.csv", "set.csv"] == sorted(name for name in read(events) if name.endswith((".csv", ".json", ".py", ".pyc")))
    assert read(events)["iris.csv"].package.startswith("scikit-learn ")


def test_a_module_of_ones_own_is_an_input_also_when_its_compiled_form_is_loaded(files: Lab, project: Path) -> None:
    (project / "helper.py").write_bytes(b"x = 1\n")
    load = "import sys; sys.path.insert(0, '.'); sys.modules.pop('helper', None); import helper"
    for _ in range(2):
        found = read(files.run(load))["helper.py"]
        assert (sha(b"x = 1\n"), str(project / "helper.py")) == (found.sha256, found.given)


def test_a_database_is_an_output_if_it_changed(files: Lab, project: Path) -> None:
    events = files.run("import sqlite3\nc = sqlite3.connect('lab.db'); c.execute('create table t(a)'); c.commit(); c.close()")
    assert ["lab.db"] == list(written(events))
    events = files.run("c = sqlite3.connect('file:lab.db?mode=ro', uri=True); c.execute('select * from t').fetchall(); c.close()")
    assert (["lab.db"], []) == (list(read(events)), list(written(events)))
    assert [] == files.run("sqlite3.connect(':memory:').close()")


def test_a_file_still_open_is_provisional_until_it_is_closed(files: Lab, project: Path) -> None:
    event = written(files.run("f = open('log', 'w'); f.write('a'); _ = f.flush()"))["log"]
    assert (sha(b"a"), "provisional") == (event.sha256, event.hash_state)
    event = written(files.run("_ = f.write('b'); f.close()"))["log"]
    assert (sha(b"ab"), "verified", 2) == (event.sha256, event.hash_state, event.n)


def test_links_lead_to_the_file_that_is_meant(files: Lab, project: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "d.csv").write_bytes(b"1")
    (project / "data").symlink_to(tmp_path / "elsewhere")
    event = read(files.run("open('data/../data/d.csv').read()"))["d.csv"]
    assert str(tmp_path / "elsewhere" / "d.csv") == event.path


def test_the_journals_own_files_are_not_data(files: Lab) -> None:
    assert [] == files.run(f"open({str(files.context.journal / 'x.spool')!r}, 'w').write('x')")


def test_nothing_between_the_cells_is_recorded(files: Lab, project: Path) -> None:
    files.run("x = 1")
    (project / "later.txt").write_text("x")
    assert [] == files.run("y = 2")


def test_what_cannot_be_seen_is_said_of_the_execution(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labjournal.recorders.files.children_live", lambda: False)  # those of other tests are no cell's
    run = with_layer(lab, "snapshot").run
    events = run("import fiona", "import fiona", "import subprocess; subprocess.run(['true'])", "x = 1")
    assert [(1, "fiona"), (3, "programs")] == [
        (event.n, next(word for word in ("fiona", "programs") if word in event.detail)) for event in events if isinstance(event, ProblemSeen)
    ]  # fmt: skip


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_what_the_kernel_sees_needs_no_word(files: Lab) -> None:
    assert [] == [event for event in files.run("import fiona", "!true") if isinstance(event, ProblemSeen)]


def test_too_many_files_are_counted_not_kept(files: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labjournal.recorders.touches._MOST_FILES", 10)
    events = files.run("for i in range(15): open(f'f{i}', 'w').write('x')")
    assert 10 == len(written(events))
    assert any(
        isinstance(event, ProblemSeen) and event.what == "incomplete" and "5 were left out" in event.detail for event in events
    )


def test_of_files_beyond_the_most_only_their_number_is_known_and_the_next_cell_is_told_of_all(
    files: Lab, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also what the same cell writes afterwards."""
    monkeypatch.setattr("labjournal.recorders.touches._MOST_FILES", 10)
    (project / "many").mkdir()
    for i in range(600):
        (project / "many" / f"{i}").write_text("1")
    source = "import os\nfor i in range(600):\n    with open(f'many/{i}') as file: _ = file.read()\nwith open('many/3', 'w') as file: _ = file.write('2')"
    events = files.run(source, "with open('many/500') as file: _ = file.read()")

    assert ["590"] == [event.detail.split("; ")[1].split()[0] for event in events if isinstance(event, ProblemSeen)]
    assert {"many/3": sha(b"2")} == {
        os.path.relpath(event.path): event.sha256 for event in events if isinstance(event, FileWritten)
    }
    assert [(2, sha(b"1"))] == [(event.n, event.sha256) for event in events if isinstance(event, FileRead) and event.n == 2]


def test_p8_no_code_of_the_users_is_called_and_no_object_kept(files: Lab, project: Path) -> None:
    (project / "d.csv").write_bytes(b"1")
    source = """
import gc, weakref
calls = []
class Trap(str):
    def __getattribute__(self, name): calls.append(name); return str.__getattribute__(self, name)
    def __eq__(self, other): calls.append("eq"); return False
    def __hash__(self): calls.append("hash"); return 1
    def __str__(self): calls.append("str"); return "x"
    def __repr__(self): calls.append("repr"); return "x"
    def __len__(self): calls.append("len"); return 0
    def startswith(self, *a): calls.append("startswith"); return True
path = Trap("d.csv")
seen = len(calls)
open(path).close()
called = calls[seen:]
ref = weakref.ref(path)
del path
gone = ref() is None
"""
    files.shell.run_cell(source)
    unwatched = files.shell.user_ns["called"]  # what the shell's own open() calls
    events = files.run(source)
    assert unwatched == files.shell.user_ns["called"]
    assert files.shell.user_ns["gone"]
    assert ["d.csv"] == list(read(events))


def test_p5_a_fault_in_the_recorder_never_reaches_the_cell(files: Lab, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "d.csv").write_bytes(b"1")

    def fault(self: object, *_arguments: object) -> None:
        raise ValueError("a fault of ours")

    monkeypatch.setattr("labjournal.recorders.touches.Touches.opened", fault)
    with pytest.raises(ValueError, match="a fault of ours"):  # for the guard, on the helper thread
        files.run("data = open('d.csv').read()")
    assert "1" == files.shell.user_ns["data"]


def test_p5_deep_recursion_of_the_user_stays_the_users(files: Lab, project: Path) -> None:
    (project / "d.csv").write_bytes(b"1")
    source = "def f(n):\n    try: return f(n + 1)\n    except RecursionError:\n        with open('d.csv') as file: return file.read()\ntry: r = f(0)\nexcept RecursionError: r = '1'"
    files.run(source)
    assert "1" == files.shell.user_ns["r"]
    assert ["d.csv"] == list(read(files.run("open('d.csv').read()")))


def test_an_interrupt_within_the_hook_reaches_the_cell(files: Lab, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "d.csv").write_bytes(b"1")

    def interrupted(self: object, *_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("labjournal.recorders.touches.Touches.opened", interrupted)
    files.run("caught = False\ntry: open('d.csv')\nexcept KeyboardInterrupt: caught = True")
    assert files.shell.user_ns["caught"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_p12_forked_children_open_files_freely_and_record_nothing(tmp_path: Path) -> None:
    """500 forks, threads opening files all the while: no child hangs, none of them writes to the run."""
    script = f"""
import os, sys, threading, time, signal
sys.path.insert(0, {str(Path(audit_hook.__file__).parents[2])!r})
from pathlib import Path
from labjournal.recorders import Context, Execution, Outcome
from labjournal.recorders.files import FilesRecorder
from labjournal.recorders.redaction import Redactor
folder = Path({str(tmp_path)!r}); (folder / 'd.bin').write_bytes(b'x' * 200_000)
recorder = FilesRecorder(Context('r', str(folder), folder / 'journal', Redactor(), lambda events: None, dict))
execution = Execution('r', 1, '')
recorder.execution_started(execution)
stop = False
def busy():
    k = 0
    while not stop:
        k += 1
        open(folder / 'd.bin', 'rb').read(10); open(folder / f'w{{k % 50}}', 'w').write('x')
threads = [threading.Thread(target=busy) for _ in range(2)]
for t in threads: t.start()
hung = bad = 0
for i in range(500):
    pid = os.fork()
    if pid == 0:
        signal.alarm(20)
        open(folder / 'd.bin', 'rb').read(1); open(folder / f'child', 'w').write('x')
        os._exit(0 if recorder._latest is not None and not any(os.path.basename(p) == 'child' for p in recorder._latest.files) else 3)
    _, status = os.waitpid(pid, 0)
    hung += os.WIFSIGNALED(status); bad += os.WIFEXITED(status) and os.WEXITSTATUS(status) != 0
stop = True
for t in threads: t.join()
recorder.execution_ended(execution, Outcome('ok', 0.0))
found = {{os.path.basename(e.path): e.confidence for e in recorder.collect(execution) if hasattr(e, 'path')}}
print(hung, bad, found.get('child') == 'certain', 'd.bin' in found)
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, timeout=120, check=False
    )
    assert ("0 0 False True\n", "") == (done.stdout, done.stderr)


def test_the_hook_is_installed_once_and_idle_between_cells(files: Lab) -> None:
    assert audit_hook.install()
    assert audit_hook.install()
    began = time.perf_counter()
    for _ in range(20_000):
        sys.audit("labjournal.test")
    quicker((time.perf_counter() - began) / 20_000, 5e-6)


@only_pace
def test_an_open_costs_microseconds(files: Lab, project: Path) -> None:
    (project / "d.bin").write_bytes(b"x" * 1000)
    loop = "import time\nbegan = time.perf_counter()\nfor _ in range(3000): open('d.bin', 'rb').close()\ntook = time.perf_counter() - began"
    files.run(loop)
    with_hook = files.shell.user_ns["took"]
    namespace: dict[str, float] = {}
    exec(loop, namespace)
    quicker(with_hook, namespace["took"] * 3 + 0.05)


def test_two_threads_that_execute_at_once_do_not_mix_their_files(project: Path, lab: Lab) -> None:
    """Subshells execute cells beside each other."""
    from labjournal.recorders import Outcome

    recorder = FilesRecorder(lab.context)
    lab.recorders = [recorder]
    barrier = threading.Barrier(2)

    def execute(n: int) -> None:
        execution = Execution("run1", n, "")
        recorder.execution_started(execution)
        barrier.wait()
        (project / f"of{n}.txt").write_text("x")
        barrier.wait()
        recorder.execution_ended(execution, Outcome("ok", 0.0))

    threads = [threading.Thread(target=execute, args=(n,)) for n in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = {n: list(written(lab.collect(n))) for n in (1, 2)}
    assert {1: ["of1.txt"], 2: ["of2.txt"]} == told
