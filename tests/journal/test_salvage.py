"""A damaged journal: the original is kept, what can be read goes on, and a kernel goes on recording."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest

from labjournal.errors import JournalDamaged
from labjournal.journal import places, writer
from labjournal.journal.integrity import verify
from labjournal.journal.reader import Journal
from labjournal.journal.writer import PAGE_BYTES
from tests.builders import JournalBuilder, stream
from tests.journal.conftest import Rows

EXECUTIONS = 300


@pytest.fixture
def story(builder: JournalBuilder) -> JournalBuilder:
    """Three dead runs of which no spool is left, and a living one."""
    for _ in range(3):
        run = builder.run()
        for number in range(EXECUTIONS // 3):
            run.execution(f"step_{run.run}_{number}()", outputs=[stream(f"line {number}\n" * 5)], metrics={"loss": number / 7})
        run.environment().git()
    builder.run("alive", alive=True).execution("first()")
    builder.save()
    return builder


def damage(folder: Path, *pages: int) -> bytes:
    path = folder / places.DATABASE
    content = bytearray(path.read_bytes())
    for page in pages:
        content[page * PAGE_BYTES : (page + 1) * PAGE_BYTES] = bytes(PAGE_BYTES)
    path.write_bytes(content)
    return bytes(content)


def pages(folder: Path, table: str) -> int:
    connection = sqlite3.connect(folder / places.DATABASE)
    number: int = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
    connection.close()
    return number - 1


def aside(folder: Path) -> list[Path]:
    return [path for path in folder.glob("journal.sqlite.damaged-*") if not path.name.endswith(("-wal", "-shm"))]


def test_p13_a_file_that_is_no_database_any_more_is_kept_and_recording_goes_on(story: JournalBuilder, rows: Rows) -> None:
    (story.folder / places.DATABASE).write_bytes(b"\0" * 8192)
    story.runs[-1].execution("second()")

    writer.ingest(story.folder, own_run="alive")

    (kept,) = aside(story.folder)
    assert kept.read_bytes() == b"\0" * 8192
    assert rows("SELECT run, n FROM executions") == [("alive", 1), ("alive", 2)]  # the spool of the living kernel was still there


def test_p13_a_lost_beginning_of_the_file_costs_nothing_else(story: JournalBuilder, rows: Rows) -> None:
    damage(story.folder, 0)
    story.runs[-1].execution("second()")

    writer.ingest(story.folder, own_run="alive")

    assert rows("SELECT count(*) FROM executions") == [(EXECUTIONS + 2,)]
    assert rows("SELECT count(*) FROM metrics") == [(EXECUTIONS,)]
    assert verify(story.folder) == []
    assert [path.name for path in story.folder.glob("*.mending")] == []


def test_p13_rows_that_can_still_be_read_are_taken_over(story: JournalBuilder, rows: Rows) -> None:
    before = damage(story.folder, pages(story.folder, "outputs"))
    story.runs[-1].execution("second()", outputs=[stream("x\n")])

    writer.ingest(story.folder, own_run="alive")

    assert [path.read_bytes() for path in aside(story.folder)] == [before]
    assert rows("PRAGMA integrity_check") == [("ok",)]
    assert rows("PRAGMA foreign_key_check") == []
    assert rows("SELECT count(*) FROM executions WHERE run <> 'alive'") == [(EXECUTIONS,)]
    assert rows("SELECT count(*) FROM metrics WHERE run <> 'alive'") == [(EXECUTIONS,)]
    assert rows("SELECT n FROM executions WHERE run = 'alive'") == [(1,), (2,)]
    assert "rows could be read" in rows("SELECT value FROM meta WHERE key LIKE 'journal.sqlite.damaged%'")[0][0]
    with Journal.open(story.folder) as journal:
        assert journal.search("step_r002_50")[0].n == 51


@pytest.mark.parametrize("seed", range(10))
def test_p13_whatever_pages_are_lost_the_rest_stands(story: JournalBuilder, rows: Rows, seed: int) -> None:
    chance = random.Random(seed)
    path = story.folder / places.DATABASE
    many = path.stat().st_size // PAGE_BYTES
    lost = chance.sample(range(1, many), 2)
    before = damage(story.folder, *lost)
    story.runs[-1].execution("second()", outputs=[stream("needle\n")], metrics={"loss": 1.0})

    try:
        writer.ingest(story.folder, own_run="alive")
    except JournalDamaged:
        pytest.fail("recording did not go on")

    assert rows("SELECT status FROM executions WHERE run = 'alive' AND n = 2") == [("ok",)]
    kept = aside(story.folder)
    if kept:
        assert [file.read_bytes() for file in kept] == [before]
        assert rows("PRAGMA integrity_check") == [("ok",)]
        assert rows("PRAGMA foreign_key_check") == []
        assert rows("SELECT count(*) FROM executions")[0][0] > 0.6 * EXECUTIONS


def test_only_a_kernel_replaces_a_damaged_journal(story: JournalBuilder) -> None:
    before = damage(story.folder, pages(story.folder, "executions"), pages(story.folder, "runs"))
    story.runs[-1].execution("second()")
    with pytest.raises(JournalDamaged):
        writer.ingest(story.folder)
    assert (story.folder / places.DATABASE).read_bytes() == before
    assert aside(story.folder) == []


def test_a_damaged_search_index_costs_only_the_index(story: JournalBuilder, rows: Rows) -> None:
    connection = sqlite3.connect(story.folder / places.DATABASE)
    connection.execute("UPDATE search_index_data SET block = zeroblob(40) WHERE id > 10")
    connection.commit()
    connection.close()
    story.runs[-1].execution("second()", outputs=[stream("needle\n")])
    for _ in range(40):
        story.runs[-1].execution("again()", outputs=[stream("line\n" * 100)])

    writer.ingest(story.folder, own_run="alive")

    assert aside(story.folder) == []
    assert rows("SELECT count(*) FROM executions") == [(EXECUTIONS + 42,)]
