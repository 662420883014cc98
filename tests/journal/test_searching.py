"""Search finds what a person remembers, and takes whatever is typed."""

from __future__ import annotations

import random
import sqlite3
import string

import pytest

from labjournal import events as ev
from labjournal.errors import LabjournalError
from labjournal.journal import connection, indexing, places, searching, writer
from labjournal.journal.reader import Journal
from tests.builders import JournalBuilder, error, read, result, stream, written
from tests.journal.conftest import Rows


@pytest.fixture
def story(builder: JournalBuilder) -> JournalBuilder:
    run = builder.run(notebook="/home/ada/churn_study.ipynb")
    run.execution(
        "prices = load('x')", outputs=[stream("412 rows of Überweisung\n")], reads=[read("/data/prices_2024.csv", b"1")]
    )
    run.execution(
        "train_test_split(prices)", outputs=[error("KeyError", "'total'", "Traceback\n\x1b[31mKeyError\x1b[0m: 'total'")]
    )
    run.execution(
        "fit()", metrics={"valAccuracy": 0.9}, writes=[written("/data/model-final.pkl", b"2")], outputs=[result("Pipeline()")]
    )
    run.note("dropped the outliers by hand", n=2).note("for the board")
    builder.run().execution("prices = load('x')")
    return builder


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("load", {("r002", 1, "source"), ("r001", 1, "source")}),
        ("überweisung", {("r001", 1, "output")}),
        ("UBERWEIS", {("r001", 1, "output")}),
        ("2024", {("r001", 1, "path")}),
        ("prices_2024.csv", {("r001", 1, "path")}),
        ("/data/prices_2024.csv", {("r001", 1, "path")}),
        ("model-final", {("r001", 3, "path")}),
        ("accuracy", {("r001", 3, "metric")}),
        ("churn", {("r001", 0, "notebook")}),
        ("outliers", {("r001", 2, "note")}),
        ("board", {("r001", 0, "note")}),
        ("KeyError", {("r001", 2, "output")}),
        ("train_test_sp", {("r001", 2, "source")}),
        ("Pipeline", {("r001", 3, "output")}),
        ("load outliers", set()),
        ("", set()),
        ("---", set()),
        ("nothing_like_this", set()),
    ],
)
def test_search_finds(story: JournalBuilder, typed: str, found: set[tuple[str, int, str]]) -> None:
    with story.open() as journal:
        assert {(hit.run, hit.n, hit.kind) for hit in journal.search(typed)} == found


def test_hits_come_newest_first_and_mark_the_match(story: JournalBuilder) -> None:
    with story.open() as journal:
        first, second = journal.search("load")
    assert (first.run, second.run) == ("r002", "r001")
    assert first.snippet == "prices = \x02load\x03('x')"
    assert first.started == "2026-11-03T09:02:01.000000+00:00"


def test_a_limit_is_kept(builder: JournalBuilder) -> None:
    run = builder.run()
    for number in range(30):
        run.execution(f"needle + {number}")
    with builder.open() as journal:
        hits = journal.search("needle", limit=7)
    assert [hit.n for hit in hits] == [30, 29, 28, 27, 26, 25, 24]


def test_an_output_that_was_replaced_or_cleared_is_not_found_any_more(builder: JournalBuilder) -> None:
    run = builder.run(alive=True).execution("x", outputs=[stream("first\n"), stream("other\n")])
    builder.save()
    run.event(ev.OutputShown("r001", 1, 0, "stream", text="second\n"), ev.OutputShown("r001", 1, 1, "stream", text=""))
    run.execution("y", outputs=[stream("third\n")]).event(ev.OutputsCleared("r001", 2, 1))
    with builder.open() as journal:
        assert [hit.n for hit in journal.search("second")] == [1]
        assert [journal.search(gone) for gone in ("first", "other", "third")] == [[], [], []]


def test_t10_whatever_is_typed_is_only_words(story: JournalBuilder, rows: Rows) -> None:
    story.save()
    schema = rows("SELECT * FROM sqlite_master")
    choice = random.Random(7)
    alphabet = string.printable + "\"'*()^:+-{}NEAR AND OR NOT\0é漢😀\u202e%_"
    with Journal.open(story.folder) as journal:
        for _ in range(1000):
            journal.search("".join(choice.choices(alphabet, k=choice.randint(0, 40))))
    assert rows("SELECT * FROM sqlite_master") == schema


def test_a_search_that_takes_too_long_is_given_up(story: JournalBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "LIMIT_S", 1e-9)
    monkeypatch.setattr(connection, "_STEPS", 1)
    with story.open() as journal, pytest.raises(LabjournalError, match="given up"):
        journal.search("load")


def test_without_fts5_search_looks_into_the_tables(story: JournalBuilder, monkeypatch: pytest.MonkeyPatch, rows: Rows) -> None:
    monkeypatch.setattr("labjournal.journal.migrations.has_fts5", lambda connection: False)
    with story.open() as journal:
        assert rows("SELECT name FROM sqlite_master WHERE name LIKE 'search_index%'") == []
        assert [(hit.run, hit.kind) for hit in journal.search("load")] == [("r002", "source"), ("r001", "source")]
        assert journal.search("outliers hand")[0].snippet == "dropped the \x02outliers\x03 by hand"
        assert {hit.kind for hit in journal.search("PRICES")} == {"source", "path"}
        assert journal.search("100%") == []


def test_an_index_that_could_not_be_kept_is_made_when_it_can(
    story: JournalBuilder, monkeypatch: pytest.MonkeyPatch, rows: Rows
) -> None:
    with monkeypatch.context() as without:
        without.setattr("labjournal.journal.migrations.has_fts5", lambda connection: False)
        story.save()
    writer.append(story.folder, [ev.NoteAdded("r001", 0, "later", 1.0)])

    with Journal.open(story.folder) as journal:
        assert len(journal.search("load")) == 2
        assert len(journal.search("later")) == 1
        assert len(journal.search("2024")) == 1
    assert rows("SELECT * FROM meta WHERE key = 'search_behind'") == []


def test_the_index_holds_no_more_of_an_output_than_its_cap(builder: JournalBuilder) -> None:
    builder.run().execution("x", outputs=[stream("start " + "filler " * 20_000 + "finish\n")])
    with builder.open() as journal:
        assert len(journal.search("start")) == 1
        assert journal.search("finish") == []
        size = journal._connection.one(
            "SELECT length(text) FROM search_index JOIN search_entries ON id = search_index.rowid WHERE kind = 'output'"
        )
    assert size == indexing.OUTPUT_CAP


def test_each_source_is_indexed_once(builder: JournalBuilder) -> None:
    run = builder.run()
    for _ in range(10):
        run.execution("the_same()")
    builder.save()
    database = sqlite3.connect(builder.folder / places.DATABASE)
    assert database.execute("SELECT count(*) FROM search_entries WHERE kind = 'source'").fetchone() == (1,)
    database.close()
