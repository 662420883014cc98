"""P18: what was forgotten stands in no file of the journal any more; what others need stays, and the chain still holds."""

from __future__ import annotations

import base64
import io
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from labjournal.errors import LabjournalError
from labjournal.events import BytesKept, FrameSeen, ProblemSeen, QuerySent, RemoteTouched
from labjournal.journal import writer
from labjournal.journal.addresses import resolve
from labjournal.journal.blobs import Blobs
from labjournal.journal.forgetting import choose, forget
from labjournal.journal.integrity import verify
from labjournal.journal.reader import Journal
from tests.builders import JournalBuilder, RunBuilder, display, read, sha256, stream, written
from tests.journal.conftest import Rows

WORD = "mulberry"
"""Stands in everything that is to be forgotten."""
PICTURE = b"\x89PNG" + WORD.encode() + bytes(3000)
DATA = (WORD + ",1\n").encode() * 4000


def secret_execution(run: RunBuilder, blobs: Blobs) -> None:
    """One of everything that can be recorded about an execution."""
    run.execution(
        f"{WORD} = 'source'",
        outputs=[stream(f"printed {WORD}"), display({"text/plain": WORD, "image/png": base64.b64encode(PICTURE).decode()})],
        reads=[read(f"/data/{WORD}.csv", DATA)],
        writes=[written(f"/data/{WORD}.out", DATA + b"x")],
        data=[
            FrameSeen("", 0, WORD, "pandas", 1, profile={"columns": [{"name": WORD}]}),
            QuerySent("", 0, f"/data/{WORD}.db", f"SELECT {WORD}"),
            RemoteTouched("", 0, "read", f"https://example.org/{WORD}"),
        ],
        metrics={WORD: 1.0},
        parameters={WORD: WORD},
        bound=[WORD],
        imported=[f"{WORD}.tools"],
    )
    run.note(f"about {WORD}", n=run.n).tag(WORD, n=run.n).name(f"the-{WORD}", n=run.n)
    run.event(ProblemSeen(run.run, run.n, "not-seen", f"{WORD} was not seen", run.now))
    for content in (DATA, DATA + b"x"):
        run.event(
            BytesKept(run.run, sha256(content), len(content), blobs.keep(io.BytesIO(content), sha256(content)) or 0, run.now)
        )


def ordinary(run: RunBuilder, count: int = 40) -> RunBuilder:
    for number in range(count):
        run.execution(
            f"plain_{number} = {number}", outputs=[stream(f"line {number} " * 20)], reads=[read("/data/plain.csv", b"plain")]
        )
    return run


def found(folder: Path, word: str = WORD) -> list[str]:
    """Files of the journal in which the word stands, in whatever case, or in which a kept content holds it."""
    needle = word.encode()
    names = [path.name for path in sorted(folder.rglob("*")) if path.is_file() and needle in path.read_bytes().lower()]
    digests = [content for content in (PICTURE, DATA, DATA + b"x") if Blobs(folder).has(sha256(content))]
    return names + [f"content of {len(content)}" for content in digests]


def remove(folder: Path, *addresses: str) -> tuple[int, int]:
    with Journal.open(folder) as journal:
        chosen = choose(journal, [resolve(journal, address) for address in addresses])
    done = forget(folder, chosen)
    assert done.bytes >= 0
    return done.runs, done.executions


@pytest.fixture
def story(folder: Path) -> Iterator[JournalBuilder]:
    """An ordinary run, one with a secret execution among ordinary ones, and a secret run."""
    builder = JournalBuilder(folder)
    blobs = Blobs(folder)
    ordinary(builder.run("aaa111", notebook="/home/ada/plain.ipynb"))
    mixed = ordinary(builder.run("bbb222", notebook="/home/ada/plain.ipynb"), 5)
    secret_execution(mixed, blobs)
    ordinary(mixed, 5)
    secret = builder.run("ccc333", notebook=f"/home/ada/{WORD}.ipynb", folder=f"/home/{WORD}", user=WORD)
    secret.environment({WORD: "1.0"}, used=[WORD]).git(branch=WORD)
    secret_execution(secret, blobs)
    secret.note(f"{WORD} on the whole run")
    builder.save()
    yield builder
    builder.close()


def test_p18_runs_and_executions_that_were_forgotten_stand_nowhere(story: JournalBuilder, folder: Path) -> None:
    assert "journal.sqlite" in found(folder)
    assert (1, 2) == remove(folder, "ccc333", "bbb222/6")
    assert [] == found(folder)
    assert [] == verify(folder)


def test_p18_nothing_is_left_while_somebody_else_reads(story: JournalBuilder, folder: Path) -> None:
    """JupyterLab has the journal open: its write-ahead log and shared memory stay beside it."""
    with Journal.open(folder) as reader:
        reader.runs()
        remove(folder, "ccc333", "bbb222/6")
        assert [] == found(folder)
        assert ["bbb222", "aaa111"] == [run.run for run in reader.runs()]


def test_p18_texts_that_changed_before_are_gone_from_free_pages(folder: Path) -> None:
    builder = JournalBuilder(folder)
    run = builder.run("ddd444")
    run.execution("x", outputs=[stream(f"{WORD} " * 3000)], status=None)
    writer.ingest(folder, wait_s=5)
    run.event(*(event for event in [stream("short")]))
    builder.save()
    remove(folder, "ddd444")
    assert [] == found(folder)
    assert [] == verify(folder)


def test_p18_backups_and_damaged_copies_hold_nothing_either(story: JournalBuilder, folder: Path) -> None:
    database = folder / "journal.sqlite"
    backup, damaged = folder / "journal.sqlite.before-2", folder / "journal.sqlite.damaged-20260101T000000"
    with sqlite3.connect(database) as connection:
        connection.execute("VACUUM INTO ?", (str(backup),))
    content = bytearray(backup.read_bytes())
    content[:100] = bytes(100)
    damaged.write_bytes(content)
    remove(folder, "ccc333", "bbb222/6")
    assert [] == found(folder)
    assert (True, False) == (backup.exists(), damaged.exists())
    with sqlite3.connect(backup) as connection:
        assert [("aaa111",), ("bbb222",)] == connection.execute("SELECT run FROM runs ORDER BY run").fetchall()
    assert [] == verify(folder)


def test_p18_a_copy_of_the_first_schema_is_cleaned_and_stays(folder: Path, tmp_path: Path) -> None:
    import gzip

    sample = Path(__file__).resolve().parents[1] / "samples" / "journals" / "schema-1.sqlite.gz"
    folder.mkdir(mode=0o700)
    (folder / "journal.sqlite").write_bytes(gzip.decompress(sample.read_bytes()))
    with Journal.open(folder) as journal:
        run = journal.runs()[-1].run
        source = journal.executions(run)[0].source
    backup = folder / "journal.sqlite.before-2"
    assert source.encode() in backup.read_bytes()
    remove(folder, run)
    assert backup.exists()
    with sqlite3.connect(backup) as connection:
        assert (0,) == connection.execute("SELECT count(*) FROM runs WHERE run = ?", (run,)).fetchone()
    assert [] == verify(folder)


def test_what_other_runs_need_stays(folder: Path) -> None:
    """The same code, the same content, the same environment, recorded twice: one forgotten, one not."""
    builder, blobs = JournalBuilder(folder), Blobs(folder)
    for name in ("eee555", "fff666"):
        run = builder.run(name)
        run.environment({"numpy": "2"}).git()
        run.execution(
            "same = 1", outputs=[display({"image/png": base64.b64encode(PICTURE).decode()})], reads=[read("/data/a.csv", DATA)]
        )
        run.event(BytesKept(name, sha256(DATA), len(DATA), blobs.keep(io.BytesIO(DATA), sha256(DATA)) or 0, run.now))
    builder.save()
    assert (1, 1) == remove(folder, "eee555")
    assert (DATA, PICTURE) == (blobs.get(sha256(DATA)), blobs.get(sha256(PICTURE)))
    with Journal.open(folder) as journal:
        assert ["same = 1"] == [execution.source for execution in journal.executions("fff666")]
        assert {"numpy": "2"} == journal.environment(journal.run("fff666").environment or "").packages
        assert ["fff666"] == [hit.run for hit in journal.search("same")]
    assert [] == verify(folder)


def test_the_chain_tells_a_gap_that_the_user_wanted_from_one_that_nobody_did(
    story: JournalBuilder, folder: Path, rows: Rows
) -> None:
    before: dict[int, str] = {row[0]: row[1] for row in rows("SELECT n, digest FROM executions WHERE run = 'bbb222'")}
    remove(folder, "bbb222/6")
    after: dict[int, str] = {row[0]: row[1] for row in rows("SELECT n, digest FROM executions WHERE run = 'bbb222'")}
    assert {n: digest for n, digest in before.items() if n != 6} == after
    assert [("Execution 6 was forgotten by its user.",)] == rows("SELECT detail FROM problems WHERE what = 'forgotten'")
    assert [] == verify(folder)
    with sqlite3.connect(folder / "journal.sqlite") as connection:
        connection.execute("DELETE FROM outputs WHERE run = 'bbb222' AND n = 8")
        connection.execute("DELETE FROM usages WHERE run = 'bbb222' AND n = 8")
        connection.execute("DELETE FROM executions WHERE run = 'bbb222' AND n = 8")
    assert any("bbb222/9" in problem for problem in verify(folder))


def test_neighbours_and_the_last_one_can_be_forgotten_and_more_be_recorded(folder: Path) -> None:
    builder = JournalBuilder(folder)
    ordinary(builder.run("ggg777"), 6)
    builder.save()
    assert (0, 4) == remove(folder, "ggg777/1", "ggg777/3", "ggg777/4", "ggg777/6", "ggg777/3")
    assert [] == verify(folder)
    ordinary(builder.run("hhh888"), 2)
    builder.save()
    assert [] == verify(folder)


def test_a_run_whose_kernel_lives_is_refused_or_left(folder: Path) -> None:
    builder = JournalBuilder(folder)
    living = ordinary(builder.run("iii999", alive=True), 2)
    builder.save()
    try:
        with Journal.open(folder) as journal:
            for text in ("iii999", "iii999/1"):
                with pytest.raises(LabjournalError, match="is running and would write it again"):
                    choose(journal, [resolve(journal, text)])
            chosen = choose(journal, [resolve(journal, "iii999")], skip_running=True)
        assert ((), (), 0, ("iii999",)) == (chosen.runs, chosen.executions, chosen.count, chosen.running)
    finally:
        living.die()


def test_strays_of_the_blob_folder_go_and_what_is_on_its_way_stays(story: JournalBuilder, folder: Path) -> None:
    import os

    blobs = Blobs(folder)
    old, young = blobs.put(b"nobody's"), blobs.put(b"a kernel is about to speak of it")
    os.utime(blobs.path(old), (1, 1))
    remove(folder, "ccc333")
    assert (False, True) == (blobs.has(old), blobs.has(young))


def test_a_journal_gets_smaller(story: JournalBuilder, folder: Path) -> None:
    ordinary(story.run("jjj000"), 400)
    story.save()
    before = (folder / "journal.sqlite").stat().st_size
    remove(folder, "jjj000")
    assert (folder / "journal.sqlite").stat().st_size < before / 2


def test_when_the_disk_is_too_full_it_is_said_what_is_left(
    story: JournalBuilder, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from labjournal.journal import forgetting

    class Full:
        def __init__(self, connection: sqlite3.Connection) -> None:
            self._connection = connection

        def execute(self, statement: str) -> sqlite3.Cursor:
            if statement == "VACUUM":
                raise sqlite3.OperationalError("database or disk is full")
            return self._connection.execute(statement)

    write_anew = forgetting._write_anew
    monkeypatch.setattr(forgetting, "_write_anew", lambda connection, path: write_anew(Full(connection), path))  # type: ignore[arg-type]
    with pytest.raises(LabjournalError, match="free pages may still hold"):
        remove(folder, "ccc333")
    monkeypatch.undo()
    shutil.rmtree(folder / "spool" / "nothing", ignore_errors=True)
    remove(folder, "bbb222/6")
    assert [] == found(folder)
