"""Reading: typed rows, in the order asked for, and never a change to what is read."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from labjournal import events as ev
from labjournal.errors import (
    JournalDamaged,
    JournalMissing,
    JournalTooNew,
    JournalUnavailable,
    LabjournalError,
    UnknownAddress,
)
from labjournal.journal import connection, places, writer
from labjournal.journal.connection import Connection
from labjournal.journal.locks import FileLock
from labjournal.journal.reader import Journal
from labjournal.journal.rows import Binding, Metric, Note, Parameter, Problem
from tests.builders import PNG, START, JournalBuilder, display, figure, read, sha256, stream, written


def state(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Everything in the journal's folder that a reader might have changed; SQLite's shared memory is not content."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(("-shm", "-wal"))]
    return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def test_runs_come_newest_first_with_what_was_executed_in_them(builder: JournalBuilder) -> None:
    builder.run().execution("a").execution("b", status="failed").tag("x", n=1).tag("y").name("first")
    builder.run(alive=True).execution("c", status=None)
    with builder.open() as journal:
        second, first = journal.runs()

    assert (first.run, first.status, first.executions, first.failed, first.name, first.tags) == (
        "r001",
        "ended",
        2,
        1,
        "first",
        ("x", "y"),
    )
    assert (second.run, second.status, second.executions, second.failed, second.ended) == ("r002", "running", 1, 0, None)


def test_runs_are_paged_without_a_gap_or_a_repetition(builder: JournalBuilder) -> None:
    for number in range(7):
        builder.run(started=START + number // 2)  # pairs that started at the same moment
    with builder.open() as journal:
        pages, before = [], None
        while page := [run.run for run in journal.runs(before=before, limit=2)]:
            pages.append(page)
            before = page[-1]
        assert [run for page in pages for run in page] == [run.run for run in journal.runs()]
        assert [len(page) for page in pages] == [2, 2, 2, 1]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"notebook": "/home/ada/a.ipynb"}, ["r001"]),
        ({"notebook": "a.ipynb"}, ["r002", "r001"]),
        ({"notebook": "ada/a.ipynb"}, ["r001"]),
        ({"notebook": "da/a.ipynb"}, []),
        ({"notebook": "%.ipynb"}, []),
        ({"tag": "best"}, ["r002"]),
        ({"kernel_id": "k-3"}, ["r003"]),
        ({"since": "2026-11-03T09:02:00.000000+00:00"}, ["r003", "r002"]),
        ({"until": "2026-11-03T09:02:00.000000+00:00"}, ["r001"]),
        ({"since": "2026-11-03T09:02:00.000000+00:00", "until": "2026-11-03T09:03:00.000000+00:00"}, ["r002"]),
    ],
)
def test_runs_are_filtered(builder: JournalBuilder, filters: dict[str, str], found: list[str]) -> None:
    builder.run(notebook="/home/ada/a.ipynb").execution("x")
    builder.run(notebook="/home/bob/a.ipynb").execution("x").tag("best", n=1)
    builder.run(notebook=None, kernel_id="k-3").execution("x")
    with builder.open() as journal:
        assert [run.run for run in journal.runs(**filters)] == found  # type: ignore[arg-type]


def test_executions_are_given_in_part_and_backwards(builder: JournalBuilder) -> None:
    run = builder.run()
    for number in range(1, 6):
        run.execution(f"x = {number}")
    with builder.open() as journal:
        assert [execution.n for execution in journal.executions("r001", first=2, last=4)] == [2, 3, 4]
        assert [execution.n for execution in journal.executions("r001", newest_first=True, limit=2)] == [5, 4]
        assert [execution.source for execution in journal.executions("r001", limit=1)] == ["x = 1"]
        with pytest.raises(UnknownAddress, match="no execution 6"):
            journal.execution("r001", 6)


def test_every_kind_of_fact_comes_back_as_it_was_said(builder: JournalBuilder) -> None:
    run = builder.run().environment({"numpy": "2.3.1"}, used=["numpy"], hardware={"cores": 2}).git(dirty=None)
    run.execution(
        "x", outputs=[stream("1\n"), figure()], reads=[read("/d/in", b"1")], writes=[written("/d/out", b"2", kept=True)], bound=["a"],
        used=["b"], opaque=True, metrics={"low": float("-inf")}, parameters={"depth": {"a": [1, None]}},
    )  # fmt: skip
    run.note("why", n=1).problem("not-seen", "a C library").event(ev.FacetSeen("r001", 1, "gpu", {"name": "x"}))
    with builder.open() as journal:
        found = journal.run("r001")
        printed, picture = journal.outputs("r001", 1)
        assert (printed.text, printed.sha256, printed.complete) == ("1\n", sha256(b"1\n"), True)
        assert journal.blobs.get(picture.data["image/png"]["blob"]) == PNG
        assert picture.text == "<Figure size 640x480 with 1 Axes>"
        assert [(use.path, use.bytes, use.kept) for use in journal.usages("r001")] == [("/d/in", 1, False)]
        assert [(use.path, use.kept, use.deleted) for use in journal.generations("r001", 1)] == [("/d/out", True, False)]
        assert journal.bindings("r001") == [Binding(1, "", "opaque"), Binding(1, "a", "bound"), Binding(1, "b", "used")]
        assert journal.parameters("r001") == [Parameter(1, "depth", {"a": [1, None]}, "dict", "explicit")]
        at = "2026-11-03T09:01:01.000000+00:00"
        assert journal.metrics("r001", 1) == [Metric(1, "low", float("-inf"), None, at, "explicit", 1.0, "")]
        assert journal.environment(str(found.environment)).packages == {"numpy": "2.3.1"}
        assert journal.environment(str(found.environment)).hardware == {"cores": 2}
        assert journal.git_state(str(found.git)).dirty is None
        assert journal.packages_used("r001") == ["numpy"]
        assert journal.notes("r001") == [Note(1, "why", at)]
        assert journal.problems("r001") == [Problem(0, "not-seen", "a C library", at)]
        assert journal.facets("r001") == {(1, "gpu"): {"name": "x"}}


def test_packages_that_the_own_code_imports_come_before_those_that_came_along(builder: JournalBuilder) -> None:
    run = builder.run()
    came = ev.FacetSeen("", 0, "came_along", ["charset-normalizer", "numpy"])
    run.execution(
        "import pandas, sklearn", seen=[ev.PackagesUsed("", 0, ("charset-normalizer", "numpy", "pandas", "scikit-learn")), came]
    )
    run.execution("sklearn.x", seen=[ev.PackagesUsed("", 0, ("scikit-learn",))])
    run.execution(
        "import numpy", seen=[ev.PackagesUsed("", 0, ("numpy",)), ev.FacetSeen("", 0, "came_along", [{"odd": 1}, None])]
    )
    older = builder.run()
    older.execution("import b, a; b.x", seen=[ev.PackagesUsed("", 0, ("a", "b"))])
    older.execution("b.x", seen=[ev.PackagesUsed("", 0, ("b",))])
    builder.save()

    with Journal.open(builder.folder) as journal:
        assert ["numpy", "scikit-learn", "pandas", "charset-normalizer"] == journal.packages_used(run.run)
        assert ["b", "a"] == journal.packages_used(older.run)


def test_versions_of_a_cell_are_found_over_all_runs_of_its_notebook(builder: JournalBuilder) -> None:
    builder.run(notebook="/w/a.ipynb").execution("v1", cell_id="c").execution("v2", cell_id="c")
    builder.run(notebook="/w/a.ipynb").execution("v3", cell_id="c").execution("other", cell_id="d")
    builder.run(notebook="/w/b.ipynb").execution("not this", cell_id="c")
    with builder.open() as journal:
        assert [execution.source for execution in journal.versions("/w/a.ipynb", "c")] == ["v3", "v2", "v1"]


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ({"metrics": {"m": 1.0}}, 2),
        ({"outputs": [figure()]}, 2),
        ({"writes": [written("/d/x", b"1")]}, 2),
        ({"outputs": [display({"text/plain": 'not an "image/png"'})]}, 1),
        ({"outputs": [stream("done\n")]}, 1),
    ],
)
def test_a_result_is_the_latest_metric_picture_or_file(builder: JournalBuilder, last: dict[str, object], expected: int) -> None:
    builder.run().execution("first", metrics={"m": 0.5}).execution("last", **last).execution("after")  # type: ignore[arg-type]
    with builder.open() as journal:
        result = journal.result("r001")
        assert result is not None
        assert result.n == expected


def test_a_run_without_a_result_has_none(builder: JournalBuilder) -> None:
    builder.run().execution("x")
    with builder.open() as journal:
        assert journal.result("r001") is None


def test_opening_takes_in_what_a_kernel_left(builder: JournalBuilder) -> None:
    builder.run().execution("x").die()

    with Journal.open(builder.folder) as journal:
        assert journal.counts() == {"runs": 1, "executions": 1}
        assert journal.run("r001").status == "abandoned"


def test_the_version_changes_with_the_journal(builder: JournalBuilder) -> None:
    run = builder.run(alive=True).execution("x")
    with builder.open() as journal:
        before = journal.data_version()
        assert journal.data_version() == before
        run.execution("y")
        writer.ingest(builder.folder)
        assert journal.data_version() != before


def test_a_journal_that_was_replaced_is_opened_again(builder: JournalBuilder, tmp_path: Path) -> None:
    builder.run().execution("x")
    other = JournalBuilder(tmp_path / "other")
    other.run().execution("a").execution("b")
    with builder.open() as journal:
        before = journal.data_version()
        os.replace(other.save() / places.DATABASE, builder.folder / places.DATABASE)
        assert journal.data_version() != before
        assert journal.counts()["executions"] == 2


def test_reading_changes_nothing(builder: JournalBuilder) -> None:
    builder.run().execution("x", outputs=[stream("hello\n")])
    builder.run(alive=True).execution("y")
    builder.save()
    before = state(builder.folder)

    for _ in range(2):
        with Journal.open(builder.folder) as journal:
            journal.runs()
            journal.search("hello")
            journal.bytes_used()
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                journal._connection.sqlite.execute("DELETE FROM runs")

    assert state(builder.folder) == before


def test_no_journal_is_said(folder: Path) -> None:
    with pytest.raises(JournalMissing, match="There is no journal"):
        Journal.open(folder)
    assert not folder.exists()


def test_a_file_that_is_not_sqlite_is_said_and_left_alone(folder: Path) -> None:
    places.prepare(folder)
    (folder / places.DATABASE).write_text("not a database, but a letter")
    with pytest.raises(JournalDamaged, match="is not an SQLite file"):
        Journal.open(folder)
    assert (folder / places.DATABASE).read_text() == "not a database, but a letter"


def test_somebody_elses_database_is_said(folder: Path) -> None:
    places.prepare(folder)
    other = sqlite3.connect(folder / places.DATABASE)
    other.execute("CREATE TABLE theirs (a)")
    other.close()
    with pytest.raises(JournalDamaged, match="something else"):
        Journal.open(folder)


def test_p26_a_newer_journal_is_said(builder: JournalBuilder) -> None:
    builder.run().execution("x")
    other = sqlite3.connect(builder.save() / places.DATABASE)
    other.execute("PRAGMA user_version = 2000")
    other.close()
    with pytest.raises(JournalTooNew, match="schema 2000"):
        Journal.open(builder.folder)


def test_a_journal_that_another_program_holds_is_said(builder: JournalBuilder) -> None:
    builder.run().execution("x")
    path = builder.save() / places.DATABASE
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN IMMEDIATE")
    other.execute("INSERT INTO meta VALUES ('x', 'y')")
    try:
        with pytest.raises(JournalUnavailable, match="locked by another program"):
            Connection(path, timeout_s=0.1)
    finally:
        other.execute("ROLLBACK")
        other.close()


def test_a_locked_lock_does_not_keep_a_reader_from_what_stands_there(
    builder: JournalBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    builder.run(alive=True).execution("x")
    builder.save()
    builder.runs[0].execution("y")
    monkeypatch.setattr("labjournal.journal.reader._CATCH_UP_S", 0.05)
    lock = FileLock(builder.folder / writer.LOCK)
    assert lock.acquire()
    with Journal.open(builder.folder) as journal:
        assert journal.counts()["executions"] == 1
    lock.release()


@pytest.fixture
def read_only(builder: JournalBuilder, tmp_path: Path) -> Iterator[Path]:
    """A copy of a journal, in a folder that another user owns and this one may only read."""
    builder.run().execution("x", outputs=[stream("hello\n")])
    builder.save()
    place = Path("/tmp") / f"labjournal-test-{os.getpid()}"
    shutil.copytree(builder.folder, place)
    for ending in ("-wal", "-shm"):
        (place / (places.DATABASE + ending)).unlink(missing_ok=True)
    yield place
    shutil.rmtree(place)


def as_nobody(ask: Callable[[], str]) -> str:
    """What a function answers in a child process that belongs to nobody."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            answer = ask()
        except BaseException as error:
            answer = type(error).__name__
        os.write(writing, answer.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return answer


def length(path: Path) -> str:
    return str(len(path.read_bytes()))


def counts(folder: Path) -> str:
    with Journal.open(folder) as journal:
        return f"{journal.counts()} {journal.is_snapshot} {len(journal.search('hello'))}"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("leftover_log", [False, True])
def test_p10_a_journal_in_a_folder_that_cannot_be_written_is_read(read_only: Path, leftover_log: bool) -> None:
    if leftover_log:
        other = sqlite3.connect(read_only / places.DATABASE)
        other.execute("UPDATE runs SET client = 'x'")
        other.commit()
        for ending in ("", "-wal"):
            shutil.copy(f"{read_only / places.DATABASE}{ending}", f"{read_only}/copy{ending}")
        other.close()
        for ending in ("", "-wal"):
            os.replace(f"{read_only}/copy{ending}", f"{read_only / places.DATABASE}{ending}")
        assert (read_only / (places.DATABASE + "-wal")).stat().st_size > 0
    for path in [read_only, *read_only.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)

    assert as_nobody(lambda: counts(read_only)) == "{'runs': 1, 'executions': 1} True 1"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can become somebody else")
def test_p15_another_user_reads_nothing(read_only: Path) -> None:
    os.chmod(read_only, 0o700)

    assert as_nobody(lambda: counts(read_only)) == "JournalUnavailable"
    os.chmod(read_only, 0o755)
    for path in [path for path in read_only.rglob("*") if path.is_file()]:
        assert as_nobody(partial(length, path)) == "PermissionError"


def test_a_snapshot_follows_the_journal_when_asked(builder: JournalBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a full disk SQLite cannot make its shared memory; the journal is then read as a copy that is renewed."""
    ready = Connection._ready

    def without_shared_memory(self: Connection, uri: str) -> sqlite3.Connection:
        if uri.endswith("?mode=ro"):
            raise sqlite3.OperationalError("disk I/O error")
        return ready(self, uri)

    run = builder.run(alive=True).execution("x")
    builder.save()
    monkeypatch.setattr(connection.Connection, "_ready", without_shared_memory)
    with Journal.open(builder.folder) as journal:
        assert journal.is_snapshot
        before = journal.data_version()
        run.execution("y")
        writer.ingest(builder.folder)
        assert journal.data_version() != before
        assert journal.counts()["executions"] == 2


def test_files_that_cannot_be_read_are_a_sentence(folder: Path) -> None:
    places.prepare(folder)
    (folder / places.DATABASE).mkdir()
    with pytest.raises(LabjournalError):
        Journal.open(folder)


def test_the_file_may_be_named_in_place_of_its_folder(builder: JournalBuilder) -> None:
    builder.run().execution("x")
    builder.save()
    with Journal.open(builder.folder / places.DATABASE) as journal:
        assert journal.folder == builder.folder
        assert stat.S_IMODE((builder.folder / places.DATABASE).stat().st_mode) == 0o600
