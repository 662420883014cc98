"""What DuckDB reads and writes is known by its SQL, by what is bound to it, and by views and relations, also cells later."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from labjournal.recorders.sql_files import does, sql_files, view_made
from tests.recorders.witness import READ, UPDATED, WRITTEN, Witness

duckdb = pytest.importorskip("duckdb")


@pytest.fixture
def duck(witness: Witness, project: Path) -> Any:
    """A connection, and files to read."""
    Path("a.csv").write_text("a,b\n1,x.y\n")
    connection = duckdb.connect()
    connection.execute("COPY (SELECT 1 AS a) TO 'a.parquet' (FORMAT parquet)")
    witness.next_cell()
    return connection


def test_files_inside_sql(witness: Witness, duck: Any) -> None:
    duckdb.sql("SELECT * FROM 'a.csv' WHERE b = 'x.y'").fetchall()
    duckdb.execute("COPY (SELECT * FROM read_csv('a.csv')) TO 'o.parquet' (FORMAT parquet)").fetchall()
    with duckdb.connect("store.db") as connection:
        connection.execute("CREATE TABLE t AS SELECT * FROM 'o.parquet'").fetchall()
        connection.sql("SELECT * FROM t").write_csv("t.csv")

    assert {
        ("a.csv", READ),
        ("o.parquet", WRITTEN),
        ("o.parquet", READ),
        ("store.db", UPDATED),
        ("t.csv", WRITTEN),
    } == witness.take()


def test_files_that_are_bound_to_a_statement(witness: Witness, duck: Any) -> None:
    assert [(1,)] == duck.execute("SELECT * FROM read_parquet(?)", ["a.parquet"]).fetchall()
    assert {("a.parquet", READ)} == witness.take()
    duck.execute(
        "SELECT * FROM read_csv($file, header = true) WHERE b = $value", {"file": "a.csv", "value": "a.parquet"}
    ).fetchall()
    assert {("a.csv", READ)} == witness.take()
    duckdb.sql("SELECT * FROM read_parquet($1)", params=[["a.parquet"]]).fetchall()
    assert {("a.parquet", READ)} == witness.take()
    duck.execute("COPY (SELECT 2) TO ?", ["o.csv"])

    assert {("o.csv", WRITTEN)} == witness.take()


@pytest.mark.parametrize("reader", ["read_parquet", "from_parquet"])
def test_files_that_relations_are_made_from(witness: Witness, duck: Any, reader: str) -> None:
    relation = getattr(duckdb, reader)("a.parquet")
    assert {("a.parquet", READ)} == witness.next_cell()
    assert [(1,)] == relation.filter("a > 0").fetchall()

    assert {("a.parquet", READ)} == witness.next_cell()


def test_a_view_reads_its_files_whenever_it_is_used(witness: Witness, duck: Any) -> None:
    duck.execute("CREATE OR REPLACE VIEW v AS SELECT * FROM 'a.parquet'")
    duck.execute("CREATE VIEW w AS SELECT * FROM v")
    duck.execute("CREATE TABLE t AS SELECT 1 AS a")
    witness.next_cell()
    duck.execute("SELECT * FROM t").fetchall()
    assert set() == witness.next_cell()
    assert [(1,)] == duck.cursor().execute('SELECT sum(a) FROM "w"').fetchall()
    assert {("a.parquet", READ)} == witness.next_cell()
    with duckdb.connect() as other:
        other.execute("CREATE TABLE w AS SELECT 5 AS a")
        other.execute("SELECT * FROM w").fetchall()

    assert set() == witness.next_cell()  # another database's


def test_a_view_made_of_a_relation(witness: Witness, duck: Any) -> None:
    duck.from_parquet("a.parquet").create_view("seen")
    witness.next_cell()
    duck.execute("SELECT * FROM seen").fetchall()

    assert {("a.parquet", READ)} == witness.next_cell()


def test_a_database_that_is_used_cells_later_is_read_and_perhaps_written(witness: Witness, project: Path) -> None:
    connection = duckdb.connect("store.db")
    connection.execute("CREATE TABLE t AS SELECT 1 AS a")
    assert {("store.db", UPDATED)} == witness.next_cell()
    connection.execute("SELECT * FROM t").fetchall()
    connection.execute("SET threads = 1")
    assert {("store.db", READ)} == witness.next_cell()
    connection.execute("SET threads = 2")
    assert set() == witness.next_cell()
    connection.execute("DELETE FROM t")
    connection.execute("CHECKPOINT")
    assert {("store.db", READ), ("store.db", WRITTEN)} == witness.next_cell()
    connection.close()


def test_a_frame_of_numbers_is_asked_for_no_files(witness: Witness, duck: Any) -> None:
    relation = duckdb.sql("SELECT 1 AS a")
    witness.next_cell()
    assert [(1,)] == relation.fetchall()

    assert set() == witness.next_cell()


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("SELECT 1", (True, False)),
        ("-- note\nWITH x AS (SELECT 1) SELECT * FROM x", (True, False)),
        ("WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x", (True, True)),
        ("SET threads = 1", (False, False)),
        ("BEGIN; DELETE FROM t; COMMIT", (True, True)),
        ("COMMIT", (False, True)),
    ],
)
def test_what_a_statement_does(statement: str, told: tuple[bool, bool]) -> None:
    assert told == does(statement)


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("CREATE VIEW v AS SELECT 1", "v"),
        ('create or replace temp view if not exists main."V" as select 1', "v"),
        ("CREATE TABLE v AS SELECT 1", ""),
    ],
)
def test_the_view_that_a_statement_makes(statement: str, name: str) -> None:
    assert name == view_made(statement)


@pytest.mark.parametrize(
    ("statement", "values", "files"),
    [
        ("SELECT ?, * FROM read_csv(?)", ["a.csv", "b.csv"], [("b.csv", False)]),
        ("SELECT * FROM read_csv($2)", ["a.csv", Path("b.csv")], [("b.csv", False)]),
        ("SELECT * FROM read_csv($f, sep = $s)", {"f": ["a.csv", "b.csv"], "s": "x"}, [("a.csv", False), ("b.csv", False)]),
        ("COPY t TO ?", ("o.csv",), [("o.csv", True)]),
        ("SELECT * FROM read_csv(?)", [], []),
        ("SELECT * FROM read_csv(?)", 7, []),
    ],
)
def test_bound_files(statement: str, values: Any, files: list[tuple[str, bool]]) -> None:
    assert files == sql_files(statement, values)


@pytest.mark.parametrize(
    ("statement", "files"),
    [
        ("SELECT * FROM 'a.csv' JOIN \"b.parquet\" USING (id)", [("a.csv", False), ("b.parquet", False)]),
        ("COPY t TO 'o.csv'; SELECT * FROM read_csv(['x.csv', 'y.csv'])", [("o.csv", True), ("x.csv", False), ("y.csv", False)]),
        ("COPY t FROM 'in.csv'", [("in.csv", False)]),
        ("-- 'no.csv'\nSELECT 1 /* 'no.csv' */", []),
        ("SELECT 'it''s' FROM 'it''s.csv'", [("it's.csv", False)]),
        ("EXPORT DATABASE 'folder/x'", [("folder/x", True)]),
        ("SELECT 'unfinished.csv", []),
    ],
)
def test_files_in_sql(statement: str, files: list[tuple[str, bool]]) -> None:
    assert files == sql_files(statement)
