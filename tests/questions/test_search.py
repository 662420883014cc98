"""Full-text search takes any text, finds words, and never says what is wrong with the syntax."""

from __future__ import annotations

import hashlib
import random
import sqlite3
from pathlib import Path

import pytest

from labjournal.questions.search import search
from tests.builders import JournalBuilder, RunBuilder, stream, written

FRAGMENTS = [
    "'", '"', '""', ";", "--", "/*", "*/", "(", ")", "NEAR(", "NEAR/5", "AND", "OR", "NOT", "*", "^", ":", "text:", "{text}:", "-text", "+", "\\", "%", "_",
    "DROP TABLE runs", "UNION SELECT sql FROM sqlite_master", "' OR 1=1 --", "\x00", "\ud800", "\u202e", "咖啡", "🙂", "a" * 5000, "x" * 50 + "*", "\n", "\t", "",
    " ", "sales", "pred", "[", "]", "?", "?1", ":a", "@a", "$a", "#", "rowid", "rank", "bm25(search_index)",
]  # fmt: skip


@pytest.fixture
def told(builder: JournalBuilder, run: RunBuilder) -> JournalBuilder:
    run.execution("sales = read_csv('sales.csv')", writes=[written("/home/ada/forecast.png", b"1")], metrics={"accuracy": 0.5})
    run.execution("print('done')", outputs=[stream("42 cups predicted\n")]).note("blanks were dropped", n=2)
    return builder


@pytest.mark.parametrize(
    ("text", "where", "address"),
    [
        ("read_csv", "code", "r001/1"),
        ("cups", "output", "r001/2"),
        ("blanks", "note", "r001/2"),
        ("forecast", "path", "r001/1"),
        ("accuracy", "metric", "r001/1"),
        ("analysis", "notebook", "r001"),
        ("predic", "output", "r001/2"),
        ("cups 42", "output", "r001/2"),
    ],
)
def test_words_are_found_wherever_they_stand(text: str, where: str, address: str, told: JournalBuilder) -> None:
    with told.open() as journal:
        assert (where, address) in [(hit["where"], hit["address"]) for hit in search(journal, text)["hits"]]


def test_every_word_has_to_be_there(told: JournalBuilder) -> None:
    with told.open() as journal:
        assert [] == search(journal, "cups blanks")["hits"]


def test_parts_make_up_the_snippet_and_mark_what_was_found(told: JournalBuilder) -> None:
    with told.open() as journal:
        (hit,) = search(journal, "cups")["hits"]

    assert "42 cups predicted" == hit["snippet"].strip()
    assert hit["snippet"] == "".join(part["text"] for part in hit["parts"])
    assert ["cups"] == [part["text"] for part in hit["parts"] if part["match"]]


def test_marks_in_recorded_text_are_no_marks(builder: JournalBuilder, run: RunBuilder) -> None:
    run.execution("x = 1", outputs=[stream("\x03odd\x02 cups \x02\x03")])

    with builder.open() as journal:
        (hit,) = search(journal, "cups")["hits"]

    assert not {"\x02", "\x03"} & set(hit["snippet"])
    assert "cups" in [part["text"] for part in hit["parts"] if part["match"]]


def test_t10_a_thousand_hostile_queries_are_answered_and_change_nothing(told: JournalBuilder) -> None:
    chance = random.Random(10)
    with told.open() as journal:
        before = shape(told.folder)
        for _ in range(1000):
            text = "".join(chance.choice(FRAGMENTS) + chance.choice(["", " "]) for _ in range(chance.randrange(1, 6)))
            assert isinstance(search(journal, text, limit=5)["hits"], list)

    assert before == shape(told.folder)


def shape(folder: Path) -> str:
    """A digest of the schema and of how many rows stand in every table."""
    database = sqlite3.connect(folder / "journal.sqlite")
    rows = [row[0] for row in database.execute("SELECT coalesce(sql, '') FROM sqlite_master ORDER BY name")]
    tables = [
        row[0]
        for row in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name"
        )
    ]
    counts = [str(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]) for table in tables]
    database.close()
    return hashlib.sha256("\n".join(rows + counts).encode()).hexdigest()
