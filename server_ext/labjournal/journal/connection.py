"""A connection that reads a journal and cannot change it, also where SQLite's own way of reading fails.

Write-ahead logging needs a shared-memory file beside the database. On a read-only or full disk it cannot be made; then the
database is opened as immutable, or, where a log with commits stands beside it, as a private copy in a temporary folder. Both are
snapshots; `refresh` opens the journal again when it has gone on since.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from labjournal.errors import JournalDamaged, JournalMissing
from labjournal.journal import faults, migrations, places

__all__ = ["Connection"]

_CANNOT_SHARE = ("unable to open", "readonly", "disk I/O error")
_STEPS = 2000


class Connection:
    """Reads one journal file; may be used from several threads, one statement at a time."""

    def __init__(self, path: Path, *, timeout_s: float = 3.0) -> None:
        self._path = path
        self._timeout_s = timeout_s
        self._lock = threading.RLock()
        self._copy: tempfile.TemporaryDirectory[str] | None = None
        self._state: tuple[int, ...] = ()
        self.is_snapshot = False
        self._connection = self._open()

    def rows(self, statement: str, values: Sequence[Any] = (), *, limit_s: float | None = None) -> list[sqlite3.Row]:
        """Every row of the answer; raises one of labjournal's errors, TimeoutError where the time did not suffice."""
        with self._lock:
            try:
                return (
                    self._limited(statement, values, limit_s)
                    if limit_s
                    else self._connection.execute(statement, values).fetchall()
                )
            except (sqlite3.Error, UnicodeDecodeError) as error:
                raise faults.explain(error, self._path) from error

    def one(self, statement: str, values: Sequence[Any] = ()) -> Any:
        """The first column of the first row, None where there is no row."""
        found = self.rows(statement, values)
        return found[0][0] if found else None

    @property
    def sqlite(self) -> sqlite3.Connection:
        """The connection itself, for sums over many tables in one thread."""
        return self._connection

    def version(self) -> int:
        """A number that changes when the journal does, also when another file has taken its place."""
        self.refresh()
        own = 0 if self.is_snapshot else int(self.one("PRAGMA data_version"))
        return hash((own, self._state if self.is_snapshot else self._state[:2])) & 0x7FFFFFFFFFFFFFFF

    def refresh(self) -> None:
        """Opens the journal again where this is a snapshot that it has left behind, or where its file was replaced."""
        with self._lock:
            seen = self._seen()
            if seen == self._state or (seen[:2] == self._state[:2] and not self.is_snapshot):
                return
            if not self._path.exists():
                return
            reopened = Connection(self._path, timeout_s=self._timeout_s)
            self.close()
            self._connection, self._copy = reopened._connection, reopened._copy
            self._state, self.is_snapshot = reopened._state, reopened.is_snapshot

    def close(self) -> None:
        with self._lock:
            self._connection.close()
            if self._copy is not None:
                self._copy.cleanup()
                self._copy = None

    def _limited(self, statement: str, values: Sequence[Any], limit_s: float) -> list[sqlite3.Row]:
        until = time.monotonic() + limit_s
        self._connection.set_progress_handler(lambda: int(time.monotonic() > until), _STEPS)
        try:
            return self._connection.execute(statement, values).fetchall()
        except sqlite3.OperationalError as error:
            if "interrupted" in str(error):
                raise TimeoutError(f"the search took longer than {limit_s:g} s") from error
            raise
        finally:
            self._connection.set_progress_handler(None, 0)

    def _open(self) -> sqlite3.Connection:
        self._refuse_what_is_not_there()
        self._state = self._seen()
        self.is_snapshot = False
        try:
            return self._ready(f"{_uri(self._path)}?mode=ro")
        except (sqlite3.Error, UnicodeDecodeError) as error:
            if not any(words in str(error) for words in _CANNOT_SHARE):
                raise faults.explain(error, self._path) from error
            first = error
        try:
            self.is_snapshot = True
            copied = bool(self._log_bytes())
            return self._ready(_uri(self._copied()) if copied else f"{_uri(self._path)}?mode=ro&immutable=1")
        except (sqlite3.Error, OSError, UnicodeDecodeError) as error:
            raise faults.explain(first, self._path) from error

    def _ready(self, uri: str) -> sqlite3.Connection:
        connection = sqlite3.connect(uri, uri=True, timeout=self._timeout_s, isolation_level=None, check_same_thread=False)
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA query_only = ON")
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA mmap_size = 0")
            if migrations.schema_version(connection, self._path) == 0:
                raise JournalMissing(f"{self._path} is empty: nothing has been recorded yet.", "Run a cell, then ask again.")
        except BaseException:  # handed on once the file is let go
            connection.close()
            raise
        return connection

    def _copied(self) -> Path:
        """Database and log in a folder of our own."""
        self._copy = tempfile.TemporaryDirectory(prefix="labjournal-")
        copy = Path(self._copy.name) / self._path.name
        for ending in ("", "-wal"):
            source = Path(f"{self._path}{ending}")
            if source.exists():
                shutil.copyfile(source, f"{copy}{ending}")
        return copy

    def _refuse_what_is_not_there(self) -> None:
        """Looks from outside only: opening and closing the file would drop the locks of every connection in this process."""
        try:
            found = self._path.stat()
        except FileNotFoundError as error:
            raise _missing(self._path.parent) from error
        except OSError as error:
            raise faults.explain(error, self._path) from error
        if not stat.S_ISREG(found.st_mode):
            raise JournalDamaged(
                f"{self._path} is not a file.", "Name the folder of a journal with --journal or LABJOURNAL_PATH."
            )
        if not os.access(self._path, os.R_OK):
            raise faults.explain(PermissionError("not readable"), self._path)

    def _log_bytes(self) -> int:
        try:
            return os.path.getsize(f"{self._path}-wal")
        except OSError:
            return 0

    def _seen(self) -> tuple[int, ...]:
        """Which file it is, and how database and log look from outside."""
        found: list[int] = []
        for ending in ("", "-wal"):
            try:
                status = os.stat(f"{self._path}{ending}")
                found += [status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size]
            except OSError:
                found += [0, 0, 0, 0]
        return tuple(found)


def _missing(folder: Path) -> JournalMissing:
    """What is not there yet, or cannot be."""
    waiting = any(folder.glob("spool/*.spool"))
    what = f"There is no journal in {folder}{', though kernels have written what belongs in it' if waiting else ''}"
    hindered = places.hindrance(folder)
    if hindered is not None:
        return JournalMissing(f"{what}, and none can be made: {hindered[0]}.", hindered[1])
    return JournalMissing(f"{what}.", "It is made by the first cell that is recorded.")


def _uri(path: Path) -> str:
    return f"file:{quote(str(path))}"
