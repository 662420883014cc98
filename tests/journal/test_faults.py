"""What went wrong is said in one sentence with a remedy, and 'busy' is never taken for 'broken'."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import pytest

from labjournal.errors import JournalDamaged, JournalUnavailable, LabjournalError
from labjournal.journal import faults

PATH = Path("/home/locked/full/malformed/journal.sqlite")


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (sqlite3.OperationalError("database is locked"), JournalUnavailable, "is locked by another program"),
        (sqlite3.OperationalError("database table is locked: runs"), JournalUnavailable, "is locked by another program"),
        (sqlite3.OperationalError("database or disk is full"), JournalUnavailable, "is full"),
        (sqlite3.OperationalError("attempt to write a readonly database"), JournalUnavailable, "read-only"),
        (sqlite3.OperationalError("unable to open database file"), JournalUnavailable, "cannot be opened"),
        (sqlite3.OperationalError("disk I/O error"), JournalUnavailable, "cannot be used now: disk I/O error"),
        (sqlite3.DatabaseError("file is not a database"), JournalDamaged, "is not an SQLite file"),
        (sqlite3.DatabaseError("database disk image is malformed"), JournalDamaged, "is damaged"),
        (OSError(errno.ENOSPC, "No space left on device", str(PATH)), JournalUnavailable, "is full"),
        (OSError(errno.EDQUOT, "Disk quota exceeded", str(PATH)), JournalUnavailable, "is full"),
        (OSError(errno.EROFS, "Read-only file system", str(PATH)), JournalUnavailable, "read-only"),
        (PermissionError(errno.EACCES, "Permission denied", str(PATH)), JournalUnavailable, "cannot be opened"),
        (OSError(errno.EMFILE, "Too many open files", str(PATH)), JournalUnavailable, "cannot be used now: Too many open files"),
    ],
)
def test_an_error_becomes_a_sentence(error: sqlite3.Error | OSError, kind: type[LabjournalError], words: str) -> None:
    said = faults.explain(error, PATH)
    assert type(said) is kind
    assert words in said.message
    assert str(PATH) in said.message
    assert said.remedy.endswith(".")
