"""SQL that cells send is recorded without its values; the libraries that send it behave as before."""

from __future__ import annotations

import hashlib
import inspect
import os
import pickle
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labjournal.events import FileRead, FileWritten, ProblemSeen, QuerySent
from labjournal.recorders import audit_hook, databases, imports, wrapping
from labjournal.recorders.databases import DatabasesRecorder
from labjournal.recorders.files import FilesRecorder
from labjournal.recorders.native_calls import NativeRecorder
from labjournal.recorders.sql_text import is_housekeeping, normalised
from tests.pace import quicker


class Nobody:
    """Stands where the recorder of files stands."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_args, **_more: None


@pytest.fixture
def sent(lab: Any) -> Iterator[Any]:
    """Runs a cell; what it sent."""
    audit_hook.install()
    audit_hook.watch(Nobody())
    original = sqlite3.Connection, sqlite3.Cursor, sqlite3.connect
    lab.use(NativeRecorder, DatabasesRecorder)

    def run(*sources: str) -> list[QuerySent]:
        return [event for event in lab.run(*sources) if isinstance(event, QuerySent)]

    run.lab = lab  # type: ignore[attr-defined]
    yield run
    audit_hook.watch(None)
    lab.end()
    imports.uninstall()
    wrapping.take_back()
    assert [] == wrapping.faults
    assert original == (sqlite3.Connection, sqlite3.Cursor, sqlite3.connect)


def told(events: list[QuerySent]) -> list[tuple[str, int, Any]]:
    return [(event.statement, event.times, event.rows) for event in events]


def test_sqlite_statements_are_seen_with_times_and_rows_and_without_values(sent: Any, project: Path) -> None:
    found = sent(
        "import sqlite3\nc = sqlite3.connect('store.db')\nc.execute('CREATE TABLE t (a, b)')\n"
        "c.executemany('INSERT INTO t VALUES (?, ?)', [(n, 'secret') for n in range(5)])\n"
        "for n in range(3): c.execute(f\"UPDATE t SET b = 'password{n}' WHERE a = {n}\")\n"
        "cursor = c.cursor()\nrows = cursor.execute(\"SELECT * FROM t WHERE b = 'alice@example.com' -- mine\").fetchall()\nc.commit(); c.close()"
    )

    assert [
        ("CREATE TABLE t (a, b)", 1, None),
        ("INSERT INTO t VALUES (?)", 1, 5),
        ("UPDATE t SET b = ? WHERE a = ?", 3, 3),
        ("SELECT * FROM t WHERE b = ?", 1, None),
    ] == told(found)
    assert {(str(project / "store.db"), "sqlite", "sqlite3")} == {(event.database, event.dialect, event.layer) for event in found}
    assert all(event.n == 1 and abs(event.at - time.time()) < 60 for event in found)


def test_a_database_that_an_earlier_cell_connected_to_is_read_and_written_in_the_cell_that_does_it(
    lab: Any, project: Path
) -> None:
    """SQLite opens no file again for it, so no other call tells; its content is hashed before it can be changed."""
    audit_hook.install()
    lab.use(NativeRecorder, lambda context: FilesRecorder(context, "snapshot"), DatabasesRecorder)

    def facts(source: str) -> list[tuple[str, str, str]]:
        kinds = {FileRead: "read", FileWritten: "written"}
        return [
            (kinds[type(event)], event.sha256 or "", event.confidence)
            for event in lab.run(source)
            if isinstance(event, (FileRead, FileWritten))
        ]

    def digest() -> str:
        return hashlib.sha256((project / "store.db").read_bytes()).hexdigest()

    facts("import sqlite3\nc = sqlite3.connect('store.db')\nwith c: _ = c.execute('CREATE TABLE t (a)')")
    before = digest()
    assert [("read", before, "certain")] == facts("rows = c.execute('SELECT * FROM t').fetchall()")
    assert [] == facts("x = 1")
    changed = facts("with c: _ = c.executemany('INSERT INTO t VALUES (?)', [(1,), (2,)])")

    assert [("read", before, "certain"), ("written", digest(), "certain")] == changed
    lab.run("c.close(); del c, _")
    lab.end()
    imports.uninstall()
    wrapping.take_back()


def test_pandas_over_sqlite3_and_over_sqlalchemy_is_seen_once(sent: Any, project: Path) -> None:
    pytest.importorskip("pandas")
    pytest.importorskip("sqlalchemy")
    write = "import pandas as pd, sqlite3, sqlalchemy\npd.DataFrame({'a': range(3)}).to_sql('t', {0}, index=False)\nd = pd.read_sql('SELECT a FROM t WHERE a > 0', {0})"
    plain = sent(write.replace("{0}", "sqlite3.connect('plain.db')"))
    alchemy = sent(write.replace("{0}", "sqlalchemy.create_engine('sqlite:///alchemy.db')"))

    for found, file, layer in ((plain, "plain.db", "sqlite3"), (alchemy, "alchemy.db", "sqlalchemy sqlite3")):
        (read,) = (event for event in found if event.statement == "SELECT a FROM t WHERE a > ?")
        (inserted,) = (event for event in found if event.statement.startswith("INSERT INTO"))
        assert (str(project / file), 1, layer) == (read.database, read.times, read.layer)
        assert 3 == inserted.rows


def test_an_engine_s_credentials_are_not_told(sent: Any) -> None:
    sqlalchemy = pytest.importorskip("sqlalchemy")
    url = sqlalchemy.make_url("postgresql://alice:hunter2@db.example.org:5433/shop?sslpassword=hunter2")

    assert "postgresql://db.example.org:5433/shop" == databases._place(url)
    assert ":memory:" == databases._place(sqlalchemy.make_url("sqlite://"))


def test_duckdb_statements_are_seen_with_their_database(sent: Any, project: Path) -> None:
    pytest.importorskip("duckdb")
    (project / "a.csv").write_text("a,b\n1,x\n")
    found = sent(
        "import duckdb\nwith duckdb.connect('store.db') as c:\n"
        "    c.execute(\"CREATE TABLE t AS SELECT * FROM 'a.csv' WHERE b = 'x'\").fetchall()\n    c.cursor().execute('SELECT count(*) FROM t').fetchall()\n"
        "duckdb.sql('SELECT 42 AS answer').fetchall()"
    )

    assert [
        (str(project / "store.db"), "CREATE TABLE t AS SELECT * FROM 'a.csv' WHERE b = ?"),
        (str(project / "store.db"), "SELECT count(*) FROM t"),
        (":memory:", "SELECT ? AS answer"),
    ] == [(event.database, event.statement) for event in found]


def test_what_is_sent_is_bounded_and_said(sent: Any) -> None:
    before = sent.lab.run(
        "import sqlite3\nc = sqlite3.connect(':memory:')\nfor n in range(700): _ = c.execute(f'SELECT {n} AS c{n}')"
    )

    assert databases.MOST_STATEMENTS == sum(isinstance(event, QuerySent) for event in before)
    assert ["incomplete"] == [event.what for event in before if isinstance(event, ProblemSeen)]


def test_a_million_rows_take_as_long_as_before(sent: Any) -> None:
    events = sent(
        "import sqlite3, time\nc = sqlite3.connect(':memory:')\nc.execute('CREATE TABLE t (a)')\nrows = [(n,) for n in range(100_000)]\n"
        "began = time.perf_counter()\n_ = c.executemany('INSERT INTO t VALUES (?)', rows)\ntook = time.perf_counter() - began"
    )
    took = sent.lab.shell.user_ns["took"]
    plain = sqlite3.Connection.__mro__[1](":memory:")
    plain.execute("CREATE TABLE t (a)")
    best = 9.0
    for _ in range(3):
        began = time.perf_counter()
        plain.executemany("INSERT INTO t VALUES (?)", sent.lab.shell.user_ns["rows"])
        best = min(best, time.perf_counter() - began)

    assert ("INSERT INTO t VALUES (?)", 1, 100_000) == told(events)[-1]
    quicker(took, best * 1.5 + 0.05)  # one call is one note, however many rows


def test_connections_are_what_they_were_to_those_who_look(sent: Any) -> None:
    original = sqlite3.Connection.__mro__[1]
    with sqlite3.connect(":memory:") as connection:
        cursor = connection.execute("SELECT 1")
        assert type(connection) is sqlite3.Connection
        assert type(cursor) is sqlite3.Cursor
        assert isinstance(connection, sqlite3.dbapi2.Connection)
        assert repr(connection).startswith("<sqlite3.Connection object")
        assert isinstance(original(":memory:"), sqlite3.Connection)
        assert not isinstance(cursor, sqlite3.Connection)
        assert cursor.connection is connection
        with pytest.raises(AttributeError):
            connection.mine = 1  # type: ignore[attr-defined]
        with pytest.raises(sqlite3.OperationalError, match="no such table"):
            connection.execute("SELECT * FROM missing")
        connection.row_factory = sqlite3.Row
        assert 1 == connection.execute("SELECT 1 AS a").fetchone()["a"]
        assert connection.total_changes == 0
    for function in (sqlite3.connect, sqlite3.Connection, sqlite3.Cursor):
        assert function is pickle.loads(pickle.dumps(function))
        assert "sqlite3" in function.__module__

    class Mine(sqlite3.Connection):
        def commit(self) -> None:
            self.committed = True
            super().commit()

    mine = sqlite3.connect(":memory:", factory=Mine)
    mine.commit()
    assert mine.committed
    assert type(mine) is Mine
    assert type(mine.cursor(Sub)) is Sub
    assert str(inspect.signature(Mine.commit)) == "(self) -> 'None'"


class Sub(sqlite3.Cursor):
    """A cursor class that was made before anything was put on."""


def test_the_user_s_own_callbacks_are_left_alone(sent: Any) -> None:
    sent(
        "import sqlite3\nseen = []\nc = sqlite3.connect(':memory:')\nc.set_trace_callback(seen.append)\n"
        "c.set_authorizer(lambda *_: sqlite3.SQLITE_OK)\n_ = c.execute('SELECT 7')\nc.set_trace_callback(None)\n_ = c.execute('SELECT 8')"
    )

    assert ["SELECT 7"] == sent.lab.shell.user_ns["seen"]


def test_a_connection_is_gone_when_the_user_lets_it_go(sent: Any, project: Path) -> None:
    sent.lab.run(
        "import sqlite3, gc, os\nc = sqlite3.connect('store.db')\nc.execute('CREATE TABLE t (a)')\nk = c.cursor()\nk = k.execute('SELECT 1')\n"
        "del k, c\n_ = gc.collect()\n"
        "kept = [os.readlink(f'/proc/self/fd/{fd}') for fd in os.listdir('/proc/self/fd') if os.path.lexists(f'/proc/self/fd/{fd}')]"
    )

    assert [] == [path for path in sent.lab.shell.user_ns["kept"] if path.endswith("store.db")]


def test_databases_of_programs_are_nobody_s_data(sent: Any, project: Path) -> None:
    history = Path(os.environ["HOME"]) / ".ipython" / "history.sqlite"
    history.parent.mkdir(exist_ok=True)

    assert [] == sent(f"import sqlite3\nc = sqlite3.connect({str(history)!r})\n_ = c.execute('CREATE TABLE h (a)')")


def test_the_journal_s_own_thread_gets_plain_connections_and_is_not_heard(sent: Any) -> None:
    def own() -> Any:
        audit_hook.exclude_this_thread()
        with sqlite3.connect(":memory:") as connection:
            connection.execute("SELECT 1")
            return type(connection)

    assert sent.lab.helper.submit(own).result(10) is sqlite3.Connection.__mro__[1]


def test_in_a_fork_s_child_nothing_is_noted(sent: Any) -> None:
    sent.lab.recorders[1].forked()
    with sqlite3.connect(":memory:") as connection:
        connection.execute("SELECT 1")

    assert [] == sent("import sqlite3\n_ = sqlite3.connect(':memory:').execute('SELECT 1')")


FRESH = """
from labjournal.recorders import databases, wrapping, imports, audit_hook, Context, Execution, Outcome
from labjournal.recorders.redaction import Redactor
from pathlib import Path
import sys
assert "sqlalchemy" not in sys.modules
recorder = databases.DatabasesRecorder(Context("r", "", Path("j"), Redactor({}), lambda events: None))
class Nobody:
    def __getattr__(self, name): return lambda *a, **k: None
audit_hook.install(); audit_hook.watch(Nobody())
execution = Execution("r", 1, "")
recorder.execution_started(execution)
from sqlite3 import connect
connect(":memory:").execute("SELECT 1")
try:
    import sqlalchemy
except ImportError:
    pass
else:
    with sqlalchemy.create_engine("sqlite://").connect() as c: c.execute(sqlalchemy.text("SELECT 2, 3"))
recorder.execution_ended(execution, None)
print([e.statement for e in recorder.collect(execution)], wrapping.faults, imports.problems)
"""


def test_it_is_put_on_when_libraries_are_imported(project: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FRESH], capture_output=True, text=True, timeout=60)

    assert "['SELECT ?', 'SELECT ?, ?'] [] []" == done.stdout.strip(), done.stderr


@pytest.mark.parametrize(
    ("statement", "dialect", "expected"),
    [
        ("SELECT 'a''b', -1.5e3, 0xFF, x'00' FROM t1 -- c\n WHERE a=1", "", "SELECT ?, ?, ?, ? FROM t1 WHERE a=?"),
        ("SELECT a - 1, b-2 FROM t", "", "SELECT a - ?, b-? FROM t"),
        ("INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'y'), (3, 'z')", "", "INSERT INTO t (a, b) VALUES (?)"),
        (
            "SELECT * FROM t WHERE a IN (1, 2, 3) AND b = :name AND c = %s AND d = $1",
            "",
            "SELECT * FROM t WHERE a IN (?) AND b = :name AND c = %s AND d = $1",
        ),
        ('SELECT "col" FROM "my table" WHERE "name" = "Alice"', "sqlite", 'SELECT "col" FROM "my table" WHERE "name" = ?'),
        ('SELECT "col" FROM "T" WHERE "name" = "other"', "postgresql", 'SELECT "col" FROM "T" WHERE "name" = "other"'),
        (
            "COPY (SELECT * FROM read_csv('in.csv', delim = ';')) TO 'out.parquet' (FORMAT parquet)",
            "duckdb",
            "COPY (SELECT * FROM read_csv('in.csv', delim = ?)) TO 'out.parquet' (FORMAT parquet)",
        ),
        (
            "SELECT * FROM read_parquet(['a.parquet', 'b.parquet']) WHERE c = 'x'",
            "duckdb",
            "SELECT * FROM read_parquet(['a.parquet', 'b.parquet']) WHERE c = ?",
        ),
        ("ATTACH 'x.db' AS y; SELECT $$secret$$, $tag$more$tag$", "duckdb", "ATTACH 'x.db' AS y; SELECT ?, ?"),
        ("SELECT * FROM t WHERE p = 'never ended secret", "", "SELECT * FROM t WHERE p ="),
        ("/* only a comment", "", ""),
        ("SELECT 1;", "", "SELECT ?"),
        ("SELECT t2.c1 FROM [my table] AS t2", "mssql", "SELECT t2.c1 FROM [my table] AS t2"),
    ],
)
def test_literals_are_taken_out(statement: str, dialect: str, expected: str) -> None:
    assert expected == normalised(statement, dialect)


def test_no_value_is_left_in_whatever_is_thrown_at_it() -> None:
    import random

    chance = random.Random(7)
    parts = [
        "SELECT",
        "'{}'",
        "=",
        "(",
        ")",
        ",",
        "--{}\n",
        "/*{}*/",
        "WHERE",
        "a",
        "VALUES",
        "E'{}'",
        "$${}$$",
        "LIKE",
        "\n",
        "AND",
        "-",
        "x",
    ]
    for _ in range(2000):
        text = " ".join(chance.choice(parts).format("geheim") for _ in range(chance.randrange(1, 30)))
        assert "geheim" not in normalised(text), text


def test_long_statements_are_cut_in_time() -> None:
    began = time.perf_counter()
    short = normalised("INSERT INTO t VALUES " + ", ".join(["(1, 'x')"] * 100_000))
    nested = normalised("(" * 50_000 + "'" * 9_999)

    assert "INSERT INTO t VALUES (?)" in short
    assert len(nested) < 30_000
    quicker(time.perf_counter() - began, 3)


@pytest.mark.parametrize(
    "statement", ["BEGIN", " commit", "PRAGMA table_info(t)", "ROLLBACK TO x", "SET a = 1", "START  TRANSACTION"]
)
def test_statements_about_the_connection_are_housekeeping(statement: str) -> None:
    assert is_housekeeping(statement)
    assert not is_housekeeping("SELECT 1")
