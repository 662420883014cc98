"""P5, P6, P8 with native readers, children, databases and addresses listened to: whatever goes wrong in us, the user's call goes on."""

from __future__ import annotations

import gc
import os
import sqlite3
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import labjournal
from labjournal.recorders import Execution, Outcome, audit_hook, imports, wrapping
from labjournal.recorders.children import ChildrenRecorder
from labjournal.recorders.databases import DatabasesRecorder
from labjournal.recorders.files import FilesRecorder
from labjournal.recorders.native_calls import NativeRecorder
from labjournal.recorders.remote import RemoteRecorder
from tests.pace import only_pace, quicker

pa = pytest.importorskip("pyarrow")

OWN = {
    str(Path(labjournal.__file__).parent / "recorders" / name)
    for name in (
        "native_calls.py", "native_paths.py", "native_telling.py", "native_duckdb.py", "native_handles.py", "native_lazy.py", "sql_files.py", "databases.py", "sqlite_calls.py", "remote.py", "children.py", "command_words.py", "command_lines.py", "wrapping.py",
    )
}  # fmt: skip
SEAMS = {"noted", "tell", "use", "initialise"}
"""Functions whose first lines stand before their guard: a name and a call, which raise nothing by themselves."""
FAULTS = (ValueError, OSError, MemoryError, RecursionError, KeyError)


@pytest.fixture
def layers(lab: Any, project: Path) -> Iterator[Any]:
    lab.use(FilesRecorder, NativeRecorder, ChildrenRecorder, DatabasesRecorder, RemoteRecorder)
    yield lab
    for recorder in lab.recorders:  # a cell that still runs would be gone on with in a child of a later test
        recorder.execution_ended(Execution("run1", 1, ""), Outcome("ok", time.time()))
    lab.end()
    imports.uninstall()
    wrapping.take_back()
    wrapping.faults.clear()


class Injector:
    """Raises once when a line of ours is reached; or only writes down which lines are."""

    def __init__(self) -> None:
        self.lines: dict[tuple[str, int], None] = {}
        self.target: tuple[str, int] | None = None
        self.fault: type[BaseException] = ValueError
        self.raised = False

    def __call__(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        code = frame.f_code
        return self._line if code.co_filename in OWN and code.co_name not in SEAMS else None

    def _line(self, frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "line":
            place = (frame.f_code.co_filename, frame.f_lineno)
            if self.target is None:
                self.lines[place] = None
            elif place == self.target and not self.raised:
                self.raised = True
                raise self.fault("injected")
        return self._line

    def run(self, work: Callable[[], Any]) -> Any:
        sys.settrace(self)
        try:
            return work()
        finally:
            sys.settrace(None)


def work() -> Any:
    """What a user does, and what comes of it."""
    import subprocess

    import pyarrow.parquet as pq

    pq.write_table(pa.table({"a": [1, 2]}), "a.parquet")
    rows = pq.read_table(["a.parquet"]).num_rows
    with pa.OSFile("bytes", "wb") as file:
        file.write(b"x")
    with sqlite3.connect("store.db") as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS t (a)")
        connection.execute("DELETE FROM t")
        connection.executemany("INSERT INTO t VALUES (?)", [(1,), (2,)])
        connection.executescript("INSERT INTO t VALUES (3);")
        count = connection.cursor().execute("SELECT count(*) FROM t").fetchone()[0]
    connection.close()
    code = subprocess.run(["true", "a.parquet"], check=False).returncode
    answer = None
    if "duckdb" in sys.modules:
        answer = sys.modules["duckdb"].sql("SELECT count(*) FROM 'a.parquet'").fetchall()
    if "polars" in sys.modules:
        lazy = sys.modules["polars"].scan_parquet("a.parquet")
        rows += lazy.collect().height - 2
    return rows, count, code, answer


def test_p5_whatever_line_of_ours_fails_the_call_does_what_it_did(layers: Any) -> None:
    pytest.importorskip("duckdb")
    pytest.importorskip("polars")
    execution = Execution("run1", 1, "")
    for recorder in layers.recorders:
        recorder.execution_started(execution)
    work()
    injector = Injector()
    expected = injector.run(work)
    lines = list(injector.lines)
    step = 1 if os.environ.get("LABJOURNAL_SOAK") else 3
    raised = 0
    for number, line in enumerate(lines[::step]):
        injector = Injector()
        injector.target, injector.fault = line, FAULTS[number % len(FAULTS)]
        assert expected == injector.run(work), line
        raised += injector.raised
        audit_hook.watch(layers.recorders[0])  # which a fault in the hook takes away
        layers.recorders[0]._problem = None

    assert (2, 3, 0, [(2,)]) == expected
    assert len(lines) > 60
    assert raised > len(lines) // step * 0.8


def test_p7_a_ctrl_c_in_us_is_the_user_s(layers: Any) -> None:
    execution = Execution("run1", 1, "")
    for recorder in layers.recorders:
        recorder.execution_started(execution)
    work()  # what is done once, when libraries are imported, is not what is interrupted
    injector = Injector()
    injector.run(work)
    place = next(line for line in injector.lines if line[0].endswith("native_calls.py"))
    injector = Injector()
    injector.target, injector.fault = place, KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        injector.run(work)


def test_p6_a_cell_shows_what_it_showed(layers: Any, capfd: pytest.CaptureFixture[str]) -> None:
    cell = "import pyarrow.parquet as pq, pyarrow as pa, sqlite3\npq.write_table(pa.table({'a': [1]}), 'x.parquet')\nprint(pq.read_table('x.parquet').num_rows, sqlite3.connect(':memory:').execute('SELECT 1').fetchone())"
    layers.run(cell)
    told = capfd.readouterr()

    assert ("1 (1,)\n", "") == (told.out, told.err)


def test_p8_nothing_of_the_user_s_is_called_or_kept(layers: Any) -> None:
    layers.run(
        "import gc, weakref, sqlite3, pyarrow as pa, pyarrow.parquet as pq\n"
        "calls = []\n"
        "class Odd:\n"
        "    def __getattribute__(self, name): calls.append(name); return object.__getattribute__(self, name)\n"
        "    __len__ = __iter__ = __bool__ = __str__ = __repr__ = __eq__ = __fspath__ = lambda self, *a: calls.append('called') or NotImplemented\n"
        "    __hash__ = object.__hash__\n"
        "class Big(list): pass\n"
        "odd, big = Odd(), Big([(1,), (2,)])\n"
        "def use():\n"
        "    c = sqlite3.connect(':memory:'); c.execute('CREATE TABLE t (a)'); c.executemany('INSERT INTO t VALUES (?)', big); c.close()\n"
        "    try: pa.memory_map(7)\n"
        "    except Exception: pass\n"
        "use()"
    )
    namespace = layers.shell.user_ns
    from labjournal.recorders.command_words import files_named
    from labjournal.recorders.native_paths import given_paths

    namespace["calls"].clear()
    assert [] == list(given_paths(namespace["odd"])) + list(files_named(namespace["odd"])) + list(files_named([namespace["odd"]]))
    gone = weakref.ref(namespace["big"])
    layers.run("del big")
    gc.collect()

    assert [] == namespace["calls"]
    assert gone() is None


def test_a_file_read_and_overwritten_natively_is_known_as_it_was_read(layers: Any, project: Path) -> None:
    import hashlib

    import pyarrow.parquet as pq

    for number in range(5):
        pq.write_table(pa.table({"a": list(range(number, number + 300))}), "in.parquet")
        layers.run("1")
        digest = hashlib.sha256((project / "in.parquet").read_bytes()).hexdigest()
        events = layers.run(
            "import pyarrow as pa, pyarrow.parquet as pq\nt = pq.read_table('in.parquet')\npq.write_table(t.slice(0, 5), 'in.parquet')"
        )
        reads = [event for event in events if type(event).__name__ == "FileRead" and event.path.endswith("in.parquet")]
        writes = [event for event in events if type(event).__name__ == "FileWritten" and event.path.endswith("in.parquet")]

        assert [digest] == [event.sha256 for event in reads]
        assert [hashlib.sha256((project / "in.parquet").read_bytes()).hexdigest()] == [event.sha256 for event in writes]
        assert "native" in reads[0].layer.split()


@only_pace
def test_the_moments_of_a_cell_are_microseconds(layers: Any) -> None:
    ours = layers.recorders[1:]
    executions = [Execution("run1", n, "x = 1\nprint(f'{x!r}')") for n in range(500)]
    outcome = Outcome("ok", time.time())
    began = time.perf_counter()
    for execution in executions:
        for recorder in ours:
            recorder.execution_started(execution)
        for recorder in ours:
            recorder.execution_ended(execution, outcome)

    quicker((time.perf_counter() - began) / 500, 0.0003)


def test_other_imports_are_not_slowed(layers: Any) -> None:
    finder = imports._finder
    began = time.perf_counter()
    for _ in range(10_000):
        finder.find_spec("some.other.module")

    quicker((time.perf_counter() - began) / 10_000, 0.000_005)
    assert finder.find_spec("pyarrow_that_is_not_there") is None


def test_threads_import_and_read_at_once(layers: Any, project: Path) -> None:
    (project / "many").mkdir()
    for number in range(8):
        (project / "many" / f"lib{number}.py").write_text("import sqlite3, json\nVALUE = 7\n")
    code = (
        "import sys, threading\nsys.path.insert(0, 'many')\nfound = []\n"
        "def work(n):\n    import importlib, pyarrow as pa, pyarrow.parquet as pq\n    found.append(importlib.import_module(f'lib{n}').VALUE)\n"
        "    pq.write_table(pa.table({'a': [n]}), f't{n}.parquet'); pq.read_table(f't{n}.parquet')\n"
        "threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]\n[t.start() for t in threads]; [t.join() for t in threads]"
    )
    events = layers.run(code)
    written = {os.path.basename(event.path) for event in events if type(event).__name__ == "FileWritten"}

    assert [7] * 8 == layers.shell.user_ns["found"]
    assert {f"t{n}.parquet" for n in range(8)} <= written
    assert threading.active_count() < 50
