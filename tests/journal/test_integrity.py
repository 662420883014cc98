"""What was changed after it was recorded shows, with the row's name."""

from __future__ import annotations

import random
import shutil
import sqlite3

import pytest

from labjournal.errors import JournalDamaged, JournalMissing
from labjournal.journal import places
from labjournal.journal.blobs import Blobs
from labjournal.journal.integrity import verify
from tests.builders import PNG, JournalBuilder, figure, read, sha256, stream, written


@pytest.fixture
def story(builder: JournalBuilder) -> JournalBuilder:
    for _ in range(2):
        run = builder.run()
        for number in range(1, 5):
            run.execution(
                f"step({number})", outputs=[stream(f"{number}\n"), figure()], reads=[read("/d/in", b"1")], writes=[written("/d/out", b"2")],
                metrics={"loss": 1 / number, "bad": float("nan")}, parameters={"depth": number}, bound=["a"],
            )  # fmt: skip
        run.environment(used=["numpy"]).git().note("n")
    kept = builder.runs[0].keep(b"kept content")
    builder.runs[0].execution("k", writes=[written("/d/kept", b"kept content", kept=True)])
    assert kept == sha256(b"kept content")
    builder.save()
    return builder


def change(builder: JournalBuilder, statement: str) -> None:
    connection = sqlite3.connect(builder.folder / places.DATABASE)
    connection.execute("PRAGMA foreign_keys = OFF")
    assert connection.execute(statement).rowcount > 0
    connection.commit()
    connection.close()


def test_a_journal_as_it_was_written_holds(story: JournalBuilder) -> None:
    assert verify(story.folder) == []


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE executions SET started = '2020-01-01T00:00:00.000000+00:00' WHERE run = 'r001' AND n = 2", "r001/2: its start"),
        ("UPDATE executions SET cell_id = 'other' WHERE run = 'r002' AND n = 1", "r002/1: its start"),
        ("UPDATE executions SET status = 'failed' WHERE run = 'r001' AND n = 3", "r001/3: its end"),
        ("UPDATE executions SET duration_s = 0.4 WHERE run = 'r001' AND n = 3", "r001/3: its end"),
        ("UPDATE outputs SET text = '9' WHERE run = 'r001' AND n = 4 AND position = 0", "r001/4: its end, an output"),
        ("DELETE FROM outputs WHERE run = 'r002' AND n = 4 AND position = 0", "r002/4: its end, an output"),
        ("UPDATE metrics SET value = 0.99 WHERE run = 'r002' AND n = 2 AND name = 'loss'", "r002/2: its end"),
        ("UPDATE metrics SET special = '' WHERE run = 'r002' AND n = 2 AND name = 'bad'", "r002/2: its end"),
        ("UPDATE usages SET sha256 = 'ff' WHERE run = 'r001' AND n = 1", "r001/1: its end, an output, a file"),
        ("UPDATE generations SET path = '/d/other' WHERE run = 'r001' AND n = 2", "r001/2: its end, an output, a file"),
        ("UPDATE parameters SET value = '7' WHERE run = 'r001' AND n = 2", "r001/2: its end"),
        ("DELETE FROM bindings WHERE run = 'r001' AND n = 2", "r001/2: its end"),
        ("UPDATE runs SET python = '3.9' WHERE run = 'r002'", "r002: the facts of the run"),
        ("UPDATE packages SET version = '1' WHERE name = 'numpy'", "r001: the facts of the run"),
        ("UPDATE git_states SET dirty = 1", "r002: the facts of the run, its environment or its git state"),
        ("UPDATE sources SET text = 'step(33)' WHERE text = 'step(3)'", "The source of r001/3, r002/3 is not the one"),
        ("DELETE FROM executions WHERE run = 'r001' AND n = 2", "r001/3: its start, or the execution before it"),
        ("DELETE FROM sources WHERE text = 'step(1)'", "2 rows of executions refer to sources that are not there"),
        (
            "DELETE FROM search_entries WHERE kind = 'source' AND item = (SELECT min(sha256) FROM sources)",
            "The search index holds",
        ),
    ],
)
def test_t14_a_row_changed_by_hand_is_named(story: JournalBuilder, statement: str, named: str) -> None:
    change(story, statement)
    assert any(problem.startswith(named) for problem in verify(story.folder)), verify(story.folder)


def test_only_what_was_changed_is_named(story: JournalBuilder) -> None:
    change(story, "UPDATE outputs SET text = '9' WHERE run = 'r001' AND n = 4 AND position = 0")
    assert len(verify(story.folder)) == 1


def test_a_blob_that_is_missing_or_changed_is_named(story: JournalBuilder) -> None:
    blobs = Blobs(story.folder)
    blobs.path(sha256(PNG)).write_bytes(PNG[:-1] + b"x")
    blobs.path(sha256(b"kept content")).unlink()
    problems = verify(story.folder)
    assert [problem.split(" (blob")[0] for problem in problems] == [
        "r001/1: the kept content of output 1 (image/png) is not what its name says",
        "r001/5: the kept content of /d/kept is missing",
    ]


@pytest.mark.parametrize("seed", range(8))
def test_p13_flipped_bytes_never_pass_for_recorded_facts(story: JournalBuilder, seed: int) -> None:
    """A flip in rows shows; one in a page's unused space may not, and then every fact still reads as it was."""
    path = story.folder / places.DATABASE
    content = bytearray(path.read_bytes())
    chance = random.Random(seed)
    needle = chance.choice([b"step(2)", b"cell-3", b"/d/out", b"jupyterlab", b"loss"])
    place = content.find(needle, chance.randrange(len(content) // 2))
    place = place if place >= 0 else content.find(needle)
    content[place] ^= 1
    path.write_bytes(content)
    before = path.read_bytes()

    problems = verify(story.folder)

    assert problems != []
    assert path.read_bytes() == before


def test_a_page_of_zeros_is_found(story: JournalBuilder) -> None:
    path = story.folder / places.DATABASE
    content = bytearray(path.read_bytes())
    content[5 * 4096 : 8 * 4096] = bytes(3 * 4096)
    path.write_bytes(content)
    assert any("damaged" in problem or "cannot be read" in problem for problem in verify(story.folder))


def test_what_is_no_journal_cannot_be_verified(story: JournalBuilder) -> None:
    (story.folder / places.DATABASE).write_bytes(b"x" * 5000)
    with pytest.raises(JournalDamaged, match="is not a journal"):
        verify(story.folder)
    (story.folder / places.DATABASE).unlink()
    assert "is gone or empty" in verify(story.folder)[0]
    shutil.rmtree(story.folder / "blobs")
    with pytest.raises(JournalMissing):
        verify(story.folder)
