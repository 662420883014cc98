"""From the spool into the journal: every event once, whatever happens to the order, the file, or the kernel."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from labjournal import events as ev
from labjournal.errors import JournalDamaged, JournalTooNew, JournalUnavailable, LabjournalError
from labjournal.journal import frames, places, writer
from labjournal.journal.integrity import verify
from labjournal.journal.locks import FileLock
from labjournal.journal.reader import Journal
from tests.builders import START, JournalBuilder, deleted, error, figure, read, result, stream, written
from tests.journal.conftest import Rows


def segment(folder: Path, run: str = "r001", number: int = 1) -> Path:
    return folder / places.SPOOL / f"{run}.{number}.spool"


def test_events_become_rows_and_the_spool_of_a_dead_kernel_goes(builder: JournalBuilder, rows: Rows) -> None:
    builder.run().execution("a = 1", outputs=[stream("hi\n")], metrics={"accuracy": 0.9}).end()

    taken = writer.ingest(builder.folder)

    assert taken == 6
    assert rows("SELECT n, status FROM executions") == [(1, "ok")]
    assert rows("SELECT name, value FROM metrics") == [("accuracy", 0.9)]
    assert rows("SELECT * FROM spools") == []
    assert os.listdir(builder.folder / places.SPOOL) == []


def test_spool_of_a_living_kernel_stays_and_is_taken_in_where_it_left_off(builder: JournalBuilder, rows: Rows) -> None:
    run = builder.run(alive=True).execution("a = 1")
    writer.ingest(builder.folder)
    run.execution("b = 2", status=None)

    assert writer.pending(builder.folder) > 0
    assert writer.ingest(builder.folder) == 1
    assert writer.pending(builder.folder) == 0
    assert rows("SELECT n, status FROM executions") == [(1, "ok"), (2, "running")]
    assert segment(builder.folder).exists()


def test_taking_everything_in_again_changes_nothing(builder: JournalBuilder, rows: Rows) -> None:
    run = builder.run(alive=True, notebook=None).environment(used=["pandas"]).git().note("a note").tag("best").name("final")
    run.event(
        ev.ExecutionStarted("r001", 2, START, "y"),
        ev.CellSeen("r001", 2, "seen"),
        ev.NotebookSeen("r001", "/home/ada/a.ipynb", "content"),
    )
    run.execution(
        "x", outputs=[stream("1\n"), figure(), error()], reads=[read("/d/in.csv", b"1"), read("/d/unknown")], bound=["a"],
        writes=[written("/d/out.csv", b"2"), deleted("/d/old.csv")], metrics={"m": float("nan")}, parameters={"k": [1]}, status="failed",
    )  # fmt: skip
    builder.save()
    tables = [name for (name,) in rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('spools', 'meta')")]
    before = {table: rows(f"SELECT * FROM {table}") for table in tables}

    connection = sqlite3.connect(builder.folder / places.DATABASE)
    connection.execute("DELETE FROM spools")
    connection.commit()
    connection.close()
    assert writer.ingest(builder.folder) > 0

    assert {table: rows(f"SELECT * FROM {table}") for table in tables} == before


def test_a_run_whose_kernel_died_is_abandoned_with_the_cell_it_died_in(builder: JournalBuilder, rows: Rows) -> None:
    run = builder.run(alive=True).execution("a = 1").execution("crash()", status=None)
    writer.ingest(builder.folder)
    assert rows("SELECT status, ended FROM runs") == [("running", None)]
    os.utime(segment(builder.folder), (START + 500, START + 500))

    run.die()
    writer.ingest(builder.folder)

    assert rows("SELECT status, ended FROM runs") == [("abandoned", "2026-11-03T09:08:20.000000+00:00")]
    assert rows("SELECT n, status, ended IS NULL FROM executions") == [(1, "ok", 0), (2, "abandoned", 1)]


def test_the_run_of_the_calling_kernel_is_never_taken_for_dead(builder: JournalBuilder, rows: Rows) -> None:
    builder.run().execution("a = 1", status=None)

    writer.ingest(builder.folder, own_run="r001")

    assert rows("SELECT status FROM runs") == [("running",)]
    assert segment(builder.folder).exists()


def test_words_that_come_after_the_kernel_was_given_up_still_count(builder: JournalBuilder, rows: Rows) -> None:
    run = builder.run().execution("a = 1", status=None)
    writer.ingest(builder.folder)
    run.event(ev.ExecutionEnded("r001", 1, START + 70, "ok", 1.0), ev.RunEnded("r001", START + 80))
    writer.ingest(builder.folder)

    assert rows("SELECT status FROM runs") == [("ended",)]
    assert rows("SELECT status, duration_s FROM executions") == [("ok", 1.0)]


def test_a_second_end_of_an_execution_is_harmless(builder: JournalBuilder, rows: Rows) -> None:
    run = builder.run().execution("a = 1", duration_s=2.0)
    run.event(ev.ExecutionEnded("r001", 1, START, "failed", 0.1))
    builder.save()

    assert rows("SELECT status, duration_s FROM executions") == [("ok", 2.0)]


def test_a_cell_that_is_learnt_late_is_sealed_with_the_rest(builder: JournalBuilder, rows: Rows) -> None:
    run = builder.run(alive=True)
    for n in (1, 2, 3):
        run.event(ev.ExecutionStarted("r001", n, START + n, f"step({n})"), ev.ExecutionEnded("r001", n, START + n + 1, "ok", 1.0))
    run.execution("step(4)", n=4, cell_id="of-the-client")
    writer.ingest(builder.folder)
    before = rows("SELECT digest FROM executions ORDER BY n")
    assert rows("SELECT cell_id FROM executions ORDER BY n") == [(None,), (None,), (None,), ("of-the-client",)]

    run.event(*(ev.CellSeen("r001", n, f"seen-{n}", n) for n in (2, 4)))
    writer.ingest(builder.folder)
    run.event(ev.CellSeen("r001", 2, "seen-again", 7))
    writer.ingest(builder.folder)

    assert rows("SELECT cell_id FROM executions ORDER BY n") == [(None,), ("seen-2",), (None,), ("of-the-client",)]
    after = rows("SELECT digest FROM executions ORDER BY n")
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, False, False, False]
    assert verify(builder.folder) == []


def test_the_whole_of_a_long_source_keeps_the_cell_that_was_learnt_before_it(builder: JournalBuilder, rows: Rows) -> None:
    run = builder.run()
    run.event(ev.ExecutionStarted("r001", 1, START, "head", partial=True), ev.CellSeen("r001", 1, "seen", 0))
    run.event(ev.ExecutionStarted("r001", 1, START, "head and the rest"))
    builder.save()

    assert rows("SELECT e.cell_id, s.text FROM executions e JOIN sources s ON s.sha256 = e.source") == [
        ("seen", "head and the rest")
    ]
    assert verify(builder.folder) == []


def test_what_content_tells_about_the_notebook_does_not_outweigh_what_somebody_said(builder: JournalBuilder, rows: Rows) -> None:
    run = builder.run(alive=True, notebook=None)
    run.event(ev.NotebookSeen("r001", "/home/ada/found.ipynb", "content"))
    writer.ingest(builder.folder)
    assert rows("SELECT notebook, notebook_learnt FROM runs") == [("/home/ada/found.ipynb", "content")]

    run.event(
        ev.NotebookSeen("r001", "/home/ada/said.ipynb", "server"), ev.NotebookSeen("r001", "/home/ada/found.ipynb", "content")
    )
    builder.save()

    assert rows("SELECT notebook, notebook_learnt FROM runs") == [("/home/ada/said.ipynb", "server")]
    assert verify(builder.folder) == []


def test_a_torn_last_line_is_left_until_it_is_whole(builder: JournalBuilder, rows: Rows) -> None:
    run = builder.run(alive=True)
    line = frames.encode(ev.ExecutionStarted("r001", 1, START, "a = 1"))
    with segment(builder.folder).open("ab") as file:
        file.write(line[:20])
        file.flush()
        writer.ingest(builder.folder)
        assert rows("SELECT count(*) FROM executions") == [(0,)]
        file.write(line[20:])
    writer.ingest(builder.folder)

    assert rows("SELECT n FROM executions") == [(1,)]
    assert rows("SELECT * FROM problems") == []
    assert run.is_alive


def test_a_torn_last_line_of_a_dead_kernel_does_not_keep_its_spool(builder: JournalBuilder) -> None:
    builder.run().execution("a = 1").die()
    with segment(builder.folder).open("ab") as file:
        file.write(b'0badc0de {"event":"ExecutionEnded","ru')

    with builder.open() as journal:
        assert journal.problems("r001") == []
    assert os.listdir(builder.folder / places.SPOOL) == []


def test_damaged_lines_are_counted_and_said_and_the_rest_is_taken_in(builder: JournalBuilder, rows: Rows) -> None:
    run = builder.run(alive=True).execution("a = 1")
    with segment(builder.folder).open("r+b") as file:
        content = file.read().replace(b"a = 1", b"a = 2")
        file.seek(0)
        file.write(content)
    run.execution("b = 1")
    writer.ingest(builder.folder)

    assert rows("SELECT damaged FROM spools") == [(1,)]
    assert rows("SELECT what, detail FROM problems WHERE n = 0") == [
        ("spool-damaged", "1 damaged lines were left out of r001.1.spool")
    ]
    assert rows("SELECT n, status FROM executions") == [(1, "ok"), (2, "ok")]


def test_an_event_written_behind_a_torn_one_is_found(builder: JournalBuilder, rows: Rows) -> None:
    builder.run()
    with segment(builder.folder).open("ab") as file:
        file.write(frames.encode(ev.ExecutionStarted("r001", 1, START, "lost"))[:-30])
        file.write(frames.encode(ev.ExecutionStarted("r001", 2, START, "kept")))
    builder.save()

    assert rows("SELECT n FROM executions") == [(2,)]


def test_facts_of_a_run_and_an_execution_whose_start_was_lost_make_rows_all_the_same(folder: Path, rows: Rows) -> None:
    places.prepare(folder)
    segment(folder, "rX").write_bytes(
        frames.encode(ev.MetricLogged("rX", 3, "accuracy", 0.5, at=START))
        + frames.encode(ev.ExecutionEnded("rX", 3, START + 1, "ok"))
    )
    writer.ingest(folder)

    assert rows("SELECT run, started FROM runs") == [("rX", "2026-11-03T09:00:00.000000+00:00")]
    assert rows("SELECT n, status FROM executions") == [(3, "ok")]
    assert rows("SELECT what FROM problems") == [("start-lost",)]


def test_events_that_make_no_sense_are_left_and_counted(builder: JournalBuilder, rows: Rows) -> None:
    builder.run(alive=True).execution("a = 1").event(
        ev.MetricLogged("r001", 1, "m", "high"),  # type: ignore[arg-type]
        ev.ExecutionEnded("r001", 1, 1e300, "ok"),
        ev.ExecutionStarted("r001", -1, START, "x"),
        ev.ExecutionStarted("r001", 2**70, START, "x"),
        ev.NoteAdded("r001", 0, {"a": 1}),  # type: ignore[arg-type]
        ev.OutputShown("r001", 1, 0, "stream", data="text"),  # type: ignore[arg-type]
        ev.NoteAdded("r001", 0, "the last", at=START),
    )
    writer.ingest(builder.folder)

    assert rows("SELECT damaged FROM spools") == [(6,)]
    assert rows("SELECT text FROM notes") == [("the last",)]
    assert rows("PRAGMA integrity_check") == [("ok",)]


def test_an_event_of_a_later_version_is_skipped_without_a_word(builder: JournalBuilder, rows: Rows) -> None:
    import json
    import zlib

    payload = json.dumps({"event": "DreamSeen", "run": "r001"}).encode()
    builder.run(alive=True)
    with segment(builder.folder).open("ab") as file:
        file.write(b"%08x %s\n" % (zlib.crc32(payload), payload))
    writer.ingest(builder.folder)

    assert rows("SELECT damaged FROM spools") == [(0,)]


def test_text_that_utf8_cannot_carry_is_kept_with_a_replacement(builder: JournalBuilder, rows: Rows) -> None:
    builder.run().execution("print('\ud800')", outputs=[stream("nul \0\n"), result("'\ud800'")])
    builder.save()

    assert rows("SELECT text FROM sources") == [("print('?')",)]
    assert rows("SELECT text FROM outputs") == [("nul \0\n",), ("'?'",)]


def test_a_later_version_of_an_output_replaces_the_one_before(builder: JournalBuilder, rows: Rows) -> None:
    run = builder.run(alive=True).execution("loop()", status=None)
    for text, complete in (("1\n", False), ("1\n2\n", False), ("1\n2\n3\n", True)):
        run.event(ev.OutputShown("r001", 1, 0, "stream", name="stdout", text=text, complete=complete))
        writer.ingest(builder.folder)

    assert rows("SELECT position, text, complete FROM outputs") == [(0, "1\n2\n3\n", 1)]


def test_cleared_outputs_are_gone(builder: JournalBuilder, rows: Rows) -> None:
    builder.run().execution("x", outputs=[stream("old\n"), stream("new\n")]).event(ev.OutputsCleared("r001", 1, 1))
    builder.save()

    assert rows("SELECT position, text FROM outputs") == [(1, "new\n")]


def test_p9_pages_in_which_nothing_stands_any_more_are_given_back(builder: JournalBuilder) -> None:
    """A cell that prints for minutes is told again and again: the journal does not stay as large as all that was."""
    run = builder.run(alive=True).execution("x")
    text = "".join(chr(65 + i * i % 26) for i in range(40_000))
    writer.ingest(builder.folder)
    run.event(*(ev.OutputShown("r001", 1, position, "stream", text=text[position:]) for position in range(20)))
    writer.ingest(builder.folder)
    most = (builder.folder / places.DATABASE).stat().st_size
    run.event(ev.OutputsCleared("r001", 1, 20))
    writer.ingest(builder.folder)
    assert (builder.folder / places.DATABASE).stat().st_size < most / 2
    assert [] == verify(builder.folder)


def test_a_digest_that_becomes_known_takes_the_place_of_one_that_was_not(builder: JournalBuilder, rows: Rows) -> None:
    builder.run().execution("x", reads=[read("/d/a.csv"), read("/d/a.csv", b"1"), read("/d/a.csv")])
    builder.save()

    assert rows("SELECT path, bytes, hash_state FROM usages") == [("/d/a.csv", 1, "verified")]


def test_a_name_given_again_moves_and_a_thing_has_one_name(builder: JournalBuilder, rows: Rows) -> None:
    builder.run().execution("x").execution("y").name("best", n=1).name("final", n=2).name("best", n=2)
    builder.save()

    assert rows("SELECT name, n FROM names") == [("best", 2)]


def test_an_environment_that_changes_later_is_a_facet(builder: JournalBuilder, rows: Rows) -> None:
    builder.run().environment({"a": "1"}).execution("pip").environment({"a": "2"}, n=1)
    builder.save()

    assert rows("SELECT count(*) FROM environments") == [(2,)]
    assert rows("SELECT n, name FROM facets") == [(1, "environment")]


def test_append_writes_at_once(builder: JournalBuilder, rows: Rows) -> None:
    builder.run().execution("x")
    builder.save()

    writer.append(builder.folder, [ev.NoteAdded("r001", 1, "look here", START), ev.TagAdded("r001", 0, "paper", START)])
    writer.append(builder.folder, [ev.TagRemoved("r001", 0, "paper")])

    assert rows("SELECT n, text FROM notes") == [(1, "look here")]
    assert rows("SELECT * FROM tags") == []


def test_append_says_when_an_event_cannot_be_written(builder: JournalBuilder) -> None:
    with pytest.raises(LabjournalError, match="NoteAdded"):
        writer.append(builder.folder, [ev.NoteAdded("r001", 1, 7)])  # type: ignore[arg-type]


def test_who_does_not_get_the_lock_does_nothing(builder: JournalBuilder) -> None:
    builder.run().execution("x")
    lock = FileLock(builder.folder / writer.LOCK)
    assert lock.acquire()

    assert writer.ingest(builder.folder) == 0
    with pytest.raises(JournalUnavailable, match="being written"):
        writer.append(builder.folder, [ev.NoteAdded("r001", 0, "x")], wait_s=0.05)
    lock.release()
    assert writer.ingest(builder.folder) > 0


def test_threads_of_one_process_take_turns(builder: JournalBuilder, rows: Rows) -> None:
    run = builder.run(alive=True)
    threads = [threading.Thread(target=writer.ingest, args=(builder.folder,), kwargs={"wait_s": 10.0}) for _ in range(4)]
    for thread in threads:
        run.execution("x")
        thread.start()
    for thread in threads:
        thread.join()
    writer.ingest(builder.folder)

    assert rows("SELECT count(*) FROM executions") == [(4,)]
    assert rows("PRAGMA integrity_check") == [("ok",)]


def test_p13_a_locked_journal_loses_nothing_and_is_not_moved(
    builder: JournalBuilder, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    builder.run(alive=True).execution("x")
    writer.ingest(builder.folder)
    builder.runs[0].execution("y")
    monkeypatch.setattr(writer, "BUSY_S", 0.1)
    other = sqlite3.connect(builder.folder / places.DATABASE, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    with pytest.raises(JournalUnavailable, match="locked by another program"):
        writer.ingest(builder.folder, own_run="r001")
    other.execute("ROLLBACK")
    other.close()

    assert writer.ingest(builder.folder, own_run="r001") == 2
    assert list(builder.folder.glob("*.damaged-*")) == []


def test_a_newer_journal_is_not_touched(builder: JournalBuilder) -> None:
    builder.run().execution("x")
    path = builder.save() / places.DATABASE
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = path.read_bytes()

    with pytest.raises(JournalTooNew, match="pip install --upgrade labjournal"):
        writer.ingest(builder.folder, own_run="r001")
    assert path.read_bytes() == before


def test_somebody_elses_database_is_not_touched(folder: Path) -> None:
    places.prepare(folder)
    connection = sqlite3.connect(folder / places.DATABASE)
    connection.execute("CREATE TABLE theirs (a)")
    connection.close()
    before = (folder / places.DATABASE).read_bytes()

    with pytest.raises(JournalDamaged, match="something else"):
        writer.ingest(folder)
    assert (folder / places.DATABASE).read_bytes() == before


def test_segments_are_taken_in_by_number_and_earlier_ones_go_when_the_kernel_has_moved_on(
    builder: JournalBuilder, rows: Rows
) -> None:
    builder.run(alive=True).execution("first")
    second = frames.encode(ev.ExecutionStarted("r001", 2, START, "second"))
    segment(builder.folder, number=10).write_bytes(frames.encode(ev.ExecutionEnded("r001", 2, START + 1, "ok")))
    segment(builder.folder, number=2).write_bytes(second)
    os.utime(segment(builder.folder), (time.time() - 60,) * 2)
    os.utime(segment(builder.folder, number=2), (time.time() - 60,) * 2)
    writer.ingest(builder.folder)

    assert rows("SELECT n, status FROM executions") == [(1, "ok"), (2, "ok")]
    assert sorted(path.name for path in (builder.folder / places.SPOOL).glob("*.spool")) == ["r001.10.spool"]


def test_a_long_backlog_is_taken_in_chunk_by_chunk(builder: JournalBuilder, rows: Rows) -> None:
    run = builder.run()
    for _ in range(60):
        run.execution("x" * 500)
    run.execution("y" * 50_000).end()  # one line longer than a chunk

    writer.ingest(builder.folder, batch_bytes=4096)

    assert rows("SELECT count(*), max(source_bytes) FROM executions") == [(61, 50_000)]


def test_p9_the_write_ahead_log_is_kept_short_though_somebody_reads_all_the_time(builder: JournalBuilder) -> None:
    run = builder.run(alive=True).execution("x")
    with builder.open() as journal:
        for _ in range(8):
            run.execution("x", outputs=[stream(os.urandom(500_000).hex())])
            writer.ingest(builder.folder)
            journal.counts()
        log = builder.folder / (places.DATABASE + "-wal")
        assert log.stat().st_size < 2 * writer.WAL_LIMIT


def test_where_wal_is_not_safe_the_journal_does_without(
    builder: JournalBuilder, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "network_file_system", lambda folder: "unknown")
    builder.run().execution("x")
    builder.save()

    assert rows("PRAGMA journal_mode") == [("delete",)]
    with Journal.open(builder.folder) as journal:
        assert journal.counts() == {"runs": 1, "executions": 1}


def test_a_source_that_comes_in_two_steps_is_whole_in_the_end(builder: JournalBuilder, rows: Rows) -> None:
    run = builder.run(alive=True)
    first = ev.ExecutionStarted("r001", 1, START, "", 12, "c", "jupyterlab", "m-1", partial=True)
    run.event(first)
    writer.ingest(builder.folder)
    run.event(ev.ExecutionStarted("r001", 1, START, "a long source", 13, "c", "jupyterlab", "m-1"), first).event()
    writer.ingest(builder.folder)

    assert rows("SELECT text, source_bytes FROM executions JOIN sources ON sha256 = source") == [("a long source", 13)]
    assert verify(builder.folder) == []


@pytest.mark.parametrize("run", ["../../outside", "a/b", "", "a b", "x" * 65, "ü"])
def test_p22_an_id_that_is_no_run_is_left(builder: JournalBuilder, rows: Rows, run: str) -> None:
    builder.run(alive=True)
    with segment(builder.folder).open("ab") as file:
        file.write(frames.encode(ev.ExecutionStarted(run, 1, START, "x")))
    writer.ingest(builder.folder)

    assert rows("SELECT run FROM runs") == [("r001",)]
    assert rows("SELECT damaged FROM spools") == [(1,)]


def test_a_segment_that_cannot_be_read_does_not_keep_the_others(builder: JournalBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    builder.run().execution("x")
    builder.run().execution("y")
    real = open

    def bad_sector(path: object, *rest: object, **more: object) -> object:
        if "r001" in str(path):
            raise OSError(5, "Input/output error")
        return real(path, *rest, **more)  # type: ignore[call-overload]

    with monkeypatch.context() as disk:
        disk.setattr("labjournal.journal.spool.open", bad_sector, raising=False)
        writer.ingest(builder.folder)
        with Journal.open(builder.folder, catch_up=False) as journal:
            assert [run.run for run in journal.runs()] == ["r002"]
    with builder.open() as journal:
        assert journal.counts()["executions"] == 2
