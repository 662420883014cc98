"""Facts about the journal's place and state, for `status` and `doctor`; what to say about them is decided there."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from dataclasses import dataclass
from pathlib import Path

from labjournal.errors import LabjournalError
from labjournal.journal import migrations, places, writer
from labjournal.journal.connection import Connection

__all__ = ["Health", "health"]

WAL_RESET_FIXED = (3, 51, 3)
"""Before this version two processes that commit and checkpoint at once may damage a file in WAL mode; our lock prevents it."""


@dataclass(frozen=True)
class Health:
    folder: Path
    exists: bool
    problem: LabjournalError | None
    """Why the journal cannot be read, where it cannot."""
    schema_version: int | None
    schema_known: int
    sqlite_version: str
    wal_reset_risk: bool
    """This SQLite has the fault; every write of labjournal is guarded by a lock, other programs' writes are not."""
    fts5: bool
    journal_mode: str
    file_system: str
    """'' on a local disk, else its type."""
    refused: bool
    """No journal is made on this file system."""
    moved_from: Path | None
    """The usual place, where it lies on a network file system and the journal stands on a local disk instead."""
    open_to_others: tuple[str, ...]
    """Files and folders that others may read or write."""
    backlog_bytes: int
    last_ingest: str | None
    free_bytes: int
    free_low: bool
    paused: bool
    set_aside: tuple[str, ...]
    """Damaged journals that were replaced."""
    read_only: bool
    """Nothing can be written here: the disk is full or read-only, or the folder is not the user's to write."""


def health(folder: Path) -> Health:
    """How the journal in a folder does; never raises for what is wrong with it."""
    folder = places.journal_folder(folder)
    path = folder / places.DATABASE
    facts = _Facts(path)
    kind = places.network_file_system(folder)
    return Health(
        folder=folder,
        exists=os.path.lexists(path),
        problem=facts.problem,
        schema_version=facts.schema_version,
        schema_known=len(migrations.MIGRATIONS),
        sqlite_version=sqlite3.sqlite_version,
        wal_reset_risk=sqlite3.sqlite_version_info < WAL_RESET_FIXED,
        fts5=_has_fts5(),
        journal_mode=facts.journal_mode,
        file_system=kind,
        refused=places.is_refused(kind),
        moved_from=_moved_from(folder),
        open_to_others=tuple(_open_to_others(folder)),
        backlog_bytes=writer.pending(folder),
        last_ingest=facts.last_ingest,
        free_bytes=shutil.disk_usage(_nearest(folder)).free,
        free_low=places.free_space_low(folder),
        paused=places.is_paused(folder),
        set_aside=tuple(
            sorted(
                found.name for found in folder.glob(places.DATABASE + ".damaged-*") if not found.name.endswith(("-wal", "-shm"))
            )
        ),
        read_only=facts.snapshot or not os.access(_nearest(folder), os.W_OK),
    )


class _Facts:
    """What the database itself tells."""

    def __init__(self, path: Path) -> None:
        self.problem: LabjournalError | None = None
        self.schema_version: int | None = None
        self.journal_mode = ""
        self.last_ingest: str | None = None
        self.snapshot = False
        try:
            connection = Connection(path, timeout_s=1.0)
        except LabjournalError as error:
            self.problem = error
            return
        try:
            self.schema_version = int(connection.one("PRAGMA user_version"))
            self.journal_mode = str(connection.one("PRAGMA journal_mode"))
            self.last_ingest = connection.one("SELECT value FROM meta WHERE key = 'last_ingest'")
            self.snapshot = connection.is_snapshot
        except LabjournalError as error:
            self.problem = error
        finally:
            connection.close()


def _has_fts5() -> bool:
    connection = sqlite3.connect(":memory:")
    try:
        return migrations.has_fts5(connection)
    finally:
        connection.close()


def _moved_from(folder: Path) -> Path | None:
    usual = places.user_folder()
    if folder == usual or folder != places.default_journal(
        {key: value for key, value in os.environ.items() if key != "LABJOURNAL_PATH"}
    ):
        return None
    return usual


def _open_to_others(folder: Path) -> list[str]:
    """Names, relative to the folder, of what is not for its owner alone; blobs are looked at by folder."""
    if os.name != "posix" or not folder.is_dir():
        return []
    inside = [folder, *folder.iterdir(), *(folder / places.SPOOL).glob("*"), *(folder / places.BLOBS).glob("*")]
    found = []
    for path in inside:
        try:
            mode = path.lstat().st_mode
        except OSError:
            continue
        if not stat.S_ISLNK(mode) and mode & 0o077:
            found.append(str(path.relative_to(folder)))
    return found


def _nearest(folder: Path) -> Path:
    """The folder, or the one above it that is there."""
    place = folder
    while not place.exists() and place != place.parent:
        place = place.parent
    return place
