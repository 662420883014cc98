"""A journal file comes into being, and grows with the schema: before or after a change, never between."""

from __future__ import annotations

import gzip
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from labjournal.errors import JournalUnavailable
from labjournal.journal import migrations, places, schema, writer
from labjournal.journal.integrity import verify
from labjournal.journal.reader import Journal
from tests.builders import JournalBuilder
from tests.journal.conftest import Rows

SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "journals"
NOW = len(migrations.MIGRATIONS)


def m999_runs_have_a_mood(connection: sqlite3.Connection) -> None:
    """Runs know their mood."""
    connection.execute("ALTER TABLE runs ADD COLUMN mood TEXT NOT NULL DEFAULT 'calm'")


def m999_that_fails(connection: sqlite3.Connection) -> None:
    """Breaks in the middle."""
    connection.execute("ALTER TABLE runs ADD COLUMN mood TEXT")
    connection.execute("ALTER TABLE nothing ADD COLUMN x TEXT")


@pytest.fixture
def old(builder: JournalBuilder) -> JournalBuilder:
    """A journal of today's schema with something in it."""
    builder.run().execution("x = 1")
    builder.save()
    return builder


def test_a_new_journal_says_what_it_is(old: JournalBuilder, rows: Rows) -> None:
    assert rows("PRAGMA application_id") == [(schema.APPLICATION_ID,)]
    assert rows("PRAGMA user_version") == [(len(migrations.MIGRATIONS),)]
    names = [migration.__name__ for migration in migrations.MIGRATIONS]
    assert rows("SELECT number, name FROM schema_changes") == list(enumerate(names, 1))
    assert rows("PRAGMA journal_mode") == [("wal",)]
    assert sorted(path.name for path in old.folder.glob("journal.sqlite.before*")) == []


def test_migrations_are_numbered_in_their_names() -> None:
    assert [migration.__name__[:5] for migration in migrations.MIGRATIONS] == [
        f"m{number:03d}_" for number in range(1, len(migrations.MIGRATIONS) + 1)
    ]


def test_columns_keep_their_comments_in_the_file(old: JournalBuilder, rows: Rows) -> None:
    ((text,),) = rows("SELECT sql FROM sqlite_master WHERE name = 'executions'")
    assert "-- 1, 2, 3 … in the order in which they really ran" in text


def test_p26_an_older_journal_is_backed_up_and_brought_up_to_date(
    old: JournalBuilder, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "MIGRATIONS", [*migrations.MIGRATIONS, m999_runs_have_a_mood])
    with Journal.open(old.folder) as journal:
        assert journal.schema_version == NOW + 1

    assert rows("SELECT mood FROM runs") == [("calm",)]
    assert rows("SELECT name FROM schema_changes WHERE number = (SELECT max(number) FROM schema_changes)") == [
        ("m999_runs_have_a_mood",)
    ]
    backup = old.folder / f"journal.sqlite.before-{NOW + 1}"
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    before = sqlite3.connect(backup)
    assert before.execute("PRAGMA user_version").fetchone() == (NOW,)
    assert before.execute("SELECT count(*) FROM executions").fetchone() == (1,)
    before.close()


def test_p26_a_migration_that_fails_leaves_the_journal_as_it_was(
    old: JournalBuilder, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "MIGRATIONS", [*migrations.MIGRATIONS, m999_that_fails])
    with pytest.raises(JournalUnavailable, match="nothing"):
        writer.ingest(old.folder)

    assert rows("PRAGMA user_version") == [(NOW,)]
    assert "mood" not in [name for _, name, *_ in rows("PRAGMA table_info(runs)")]


MIGRATE = """
import sqlite3, sys
from pathlib import Path
from labjournal.journal import migrations, writer

def m999_slow(connection):
    "Takes its time."
    connection.execute("ALTER TABLE runs ADD COLUMN mood TEXT NOT NULL DEFAULT 'calm'")
    for number in range(200):
        connection.execute(f"CREATE TABLE extra_{number} (a TEXT)")
    connection.execute("UPDATE runs SET mood = 'new'")

migrations.MIGRATIONS.append(m999_slow)
print("ready", flush=True)
writer.ingest(Path(sys.argv[1]))
print("done", flush=True)
"""


def test_p26_a_kill_during_a_migration_leaves_old_or_new(old: JournalBuilder, rows: Rows) -> None:
    states = set()
    for turn in range(12):
        other = subprocess.Popen([sys.executable, "-c", MIGRATE, str(old.folder)], stdout=subprocess.PIPE, text=True)
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        time.sleep(turn * 0.0015)
        other.send_signal(signal.SIGKILL)
        other.wait()
        other.stdout.close()
        version = rows("PRAGMA user_version")[0][0]
        tables = rows("SELECT count(*) FROM sqlite_master WHERE name LIKE 'extra%'")[0][0]
        states.add((version, tables))
        assert rows("PRAGMA integrity_check") == [("ok",)]
        assert rows("SELECT count(*) FROM executions") == [(1,)]
        if version == NOW + 1:
            break
    assert states <= {(NOW, 0), (NOW + 1, 200)}


def test_an_older_journal_that_cannot_be_changed_is_said(old: JournalBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "MIGRATIONS", [*migrations.MIGRATIONS, m999_that_fails])
    with pytest.raises(JournalUnavailable):
        Journal.open(old.folder)


def test_an_empty_file_becomes_a_journal(folder: Path, rows: Rows) -> None:
    places.prepare(folder)
    (folder / places.DATABASE).write_bytes(b"")
    writer.ingest(folder)
    assert rows("SELECT count(*) FROM runs") == [(0,)]


@pytest.mark.skipif(os.name != "posix", reason="looks at modes")
def test_a_leftover_half_backup_is_no_hindrance(old: JournalBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    (old.folder / f"journal.sqlite.before-{NOW + 1}.draft").write_bytes(b"half a backup")
    monkeypatch.setattr(migrations, "MIGRATIONS", [*migrations.MIGRATIONS, m999_runs_have_a_mood])
    writer.ingest(old.folder)
    assert (old.folder / f"journal.sqlite.before-{NOW + 1}").stat().st_size > 1000
    assert not (old.folder / f"journal.sqlite.before-{NOW + 1}.draft").exists()


@pytest.mark.parametrize("sample", sorted(SAMPLES.glob("schema-*.sqlite.gz")), ids=lambda sample: sample.name.split(".")[0])
def test_p26_a_journal_of_each_released_schema_opens_and_holds(sample: Path, folder: Path) -> None:
    """What was sealed by an older labjournal is still what it was."""
    places.prepare(folder)
    (folder / places.DATABASE).write_bytes(gzip.decompress(sample.read_bytes()))
    with Journal.open(folder) as journal:
        assert journal.schema_version == NOW
        first = journal.runs()[-1].run
        assert [execution.status for execution in journal.executions(first)] == ["ok", "ok", "ok", "failed"]
        assert [use.path for use in journal.generations(first)] == ["/home/ada/out.csv", "/home/ada/old.csv"]
        assert [output.type for output in journal.outputs(first, 2)] == ["stream", "display_data", "execute_result"]

    assert [problem for problem in verify(folder) if "blob" not in problem] == []
