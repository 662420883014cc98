"""Facts about place and state, also where something is wrong."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from labjournal.errors import JournalDamaged, JournalMissing
from labjournal.journal import places
from labjournal.journal.health import health
from labjournal.journal.migrations import MIGRATIONS
from tests.builders import JournalBuilder


def test_a_journal_in_good_health(builder: JournalBuilder) -> None:
    builder.run().execution("x")
    builder.save()
    found = health(builder.folder)

    assert (found.exists, found.problem, found.schema_version, found.schema_known) == (
        True,
        None,
        len(MIGRATIONS),
        len(MIGRATIONS),
    )
    assert (found.journal_mode, found.file_system, found.refused, found.moved_from) == ("wal", "", False, None)
    assert (found.open_to_others, found.backlog_bytes, found.paused, found.set_aside, found.read_only) == (
        (),
        0,
        False,
        (),
        False,
    )
    assert found.last_ingest is not None
    assert found.last_ingest.endswith("+00:00")
    assert found.fts5
    assert found.sqlite_version == sqlite3.sqlite_version
    assert found.free_bytes > 0


def test_no_journal_is_a_fact_not_an_error(folder: Path) -> None:
    found = health(folder)
    assert not found.exists
    assert isinstance(found.problem, JournalMissing)
    assert not folder.exists()


@pytest.mark.skipif(os.name != "posix", reason="looks at modes")
def test_what_is_wrong_is_told(builder: JournalBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    builder.run(alive=True).execution("x")
    (builder.folder / places.DATABASE).write_bytes(b"no database")
    (builder.folder / "journal.sqlite.damaged-20261103").write_bytes(b"old")
    for name in (places.DATABASE, "journal.sqlite.damaged-20261103"):
        (builder.folder / name).chmod(0o600)
    (builder.folder / "key").chmod(0o644)
    places.set_paused(builder.folder, True)
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 51, 2))
    found = health(builder.folder)

    assert isinstance(found.problem, JournalDamaged)
    assert found.open_to_others == ("key",)
    assert found.backlog_bytes > 100
    assert found.paused
    assert found.set_aside == ("journal.sqlite.damaged-20261103",)
    assert found.wal_reset_risk


def test_p14_a_place_that_moved_off_the_network_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("LABJOURNAL_PATH", raising=False)
    monkeypatch.setattr(places, "network_file_system", lambda folder: "nfs4" if str(folder).startswith(str(tmp_path)) else "")
    assert health(places.default_journal()).moved_from == tmp_path / "labjournal"
    assert health(tmp_path / "labjournal").refused
