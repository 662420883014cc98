"""From the spool into SQLite: one writer at a time, a transaction per chunk, nothing lost and nothing twice.

`ingest.lock` is held around everything that writes: opening, commits, checkpoint and close. That is what makes write-ahead
logging safe on every SQLite version: before 3.51.3 two processes that commit and checkpoint at once could damage the file.
How far a segment has been taken in stands in `spools`, written in the same transaction as its rows. Commits are synchronous=FULL,
so a segment whose rows are committed may go; it goes only when its kernel is dead or has moved on to a later segment.

`ingest` and `append` never run on the user's thread. Standard library only, Python 3.8.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Dict, Iterable, Iterator, List, Optional, Set
from urllib.parse import quote

from labjournal._version import __version__
from labjournal.errors import JournalDamaged, JournalUnavailable, LabjournalError
from labjournal.events import Event
from labjournal.journal import faults, frames, migrations, places, retention, spool
from labjournal.journal.appliers import Appliers
from labjournal.journal.blobs import Blobs
from labjournal.journal.locks import FileLock
from labjournal.journal.spool import Segment
from labjournal.journal.values import iso, now

__all__ = ["append", "ingest", "pending", "take_in", "writing"]

LOCK = "ingest.lock"
WAL_LIMIT = 4 << 20
_FREE_PAGES, _MOST_GIVEN_BACK = 8, 1000
PAGE_BYTES = 1024
"""Of the database: with SQLite's 4096 an empty journal, of eighty tables and indexes, takes a third of a megabyte; questions cost a tenth more."""
BUSY_S = 5.0
_MOVED_ON_S = 5.0
"""A segment before the newest one of a living kernel is removed when it has not been written to for so long."""


def ingest(
    folder: Path,
    *,
    wait_s: float = 0.0,
    own_run: Optional[str] = None,
    batch_bytes: int = 8 << 20,
    keep_total: Optional[int] = None,
) -> int:
    """Takes every spool segment in, closes runs whose kernel is dead and removes segments that are no longer needed.

    Returns the number of events; 0 also where somebody else is at it. `own_run` is the run of the calling kernel. Only a kernel
    sets a damaged journal aside and begins anew; for everybody else it is JournalDamaged. Contents of data files that occupy more
    than `keep_total` bytes go, oldest first; where nobody says how much, none does.
    """
    try:
        return _ingest(folder, wait_s, own_run, batch_bytes, keep_total)
    except JournalDamaged:
        if own_run is None or not _mended(folder, wait_s):
            raise
        return _ingest(folder, wait_s, own_run, batch_bytes, keep_total)


def append(folder: Path, events: Iterable[Event], *, wait_s: float = 5.0) -> None:
    """Writes events at once, for the command line and the server: what a person adds to what was recorded."""
    with writing(folder, wait_s) as connection:
        if connection is None:
            raise JournalUnavailable(f"{folder / places.DATABASE} is being written by another program.", "Try again in a moment.")
        with _transaction(connection):
            appliers = Appliers(connection)
            for event in events:
                if not appliers.apply(event):
                    raise LabjournalError(f"{type(event).__name__} for {event.run} could not be written.", "Check what it says.")
            appliers.finish()


def pending(folder: Path) -> int:
    """Bytes of spool that do not stand in the journal yet."""
    sizes = {segment.path.name: spool.size(segment.path) for segment in spool.segments(folder)}
    if not any(sizes.values()):
        return 0
    taken = _positions_by_reading(folder / places.DATABASE)
    return sum(max(0, size - taken.get(name, 0)) for name, size in sizes.items())


def _ingest(folder: Path, wait_s: float, own_run: Optional[str], batch_bytes: int, keep_total: Optional[int]) -> int:
    with writing(folder, wait_s) as connection:
        if connection is None:
            return 0
        count = take_in(connection, folder, own_run, batch_bytes)
        if keep_total is not None:
            going = retention.oldest_above(connection, keep_total)
            if going:
                retention.forget_contents(connection, folder, going)
        return count


def _mended(folder: Path, wait_s: float) -> bool:
    """Whether a damaged journal could be replaced by a sound one."""
    from labjournal.journal import salvage  # hardly ever needed

    lock = FileLock(folder / LOCK)
    if not lock.acquire(wait_s):
        return False
    try:
        return salvage.mend(folder, _open)
    finally:
        lock.release()


@contextmanager
def writing(folder: Path, wait_s: float) -> Iterator[Optional[sqlite3.Connection]]:
    """A connection that alone may write, or None where the lock could not be had; its errors leave as LabjournalError."""
    path = folder / places.DATABASE
    try:
        places.prepare(folder)
        lock = FileLock(folder / LOCK)
        if not lock.acquire(wait_s):
            yield None
            return
        try:
            connection = _open(path)
            try:
                yield connection
                _give_back(connection)
                _checkpoint(connection, path)
            finally:
                connection.close()  # under the lock: the last close checkpoints
        finally:
            lock.release()
    except (sqlite3.Error, OSError, UnicodeDecodeError) as error:
        raise faults.explain(error, path) from error


def _open(path: Path) -> sqlite3.Connection:
    places.private_file(path)  # SQLite gives its side files the mode of this one
    connection = sqlite3.connect(str(path), timeout=BUSY_S, isolation_level=None)
    try:
        connection.execute("PRAGMA mmap_size = 0")
        migrations.schema_version(connection, path)  # before anything is written: it may not be ours, or newer
        if not spool.size(path):  # a journal that is made now
            connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        mode = "TRUNCATE" if places.network_file_system(path.parent) else "WAL"
        connection.execute(f"PRAGMA journal_mode = {mode}").fetchone()
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("PRAGMA foreign_keys = ON")
        migrations.migrate(connection, path, __version__)
    except BaseException:  # handed on once the file is let go
        connection.close()
        raise
    return connection


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:  # all of it or nothing
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _give_back(connection: sqlite3.Connection) -> None:
    """Pages that nothing stands in any more, where they are many: versions of an output while it grew, above all."""
    free, pages = (int(connection.execute(f"PRAGMA {what}").fetchone()[0]) for what in ("freelist_count", "page_count"))
    if free > max(_FREE_PAGES, pages // 10):
        # As a script: of a statement that returns no rows `execute` takes the first step alone, which is one page.
        connection.executescript(f"PRAGMA incremental_vacuum({min(free, _MOST_GIVEN_BACK)})")


def _checkpoint(connection: sqlite3.Connection, path: Path) -> None:
    """Keeps the log short. A reader in the way is not waited for: the next call comes soon."""
    if spool.size(path.with_name(path.name + "-wal")) > WAL_LIMIT:
        connection.execute("PRAGMA busy_timeout = 100")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def take_in(connection: sqlite3.Connection, folder: Path, own_run: Optional[str] = None, batch_bytes: int = 8 << 20) -> int:
    """Every spool segment, on a connection that may write."""
    segments = spool.segments(folder)
    dead = _dead_runs(connection, folder, segments, own_run)  # before reading: a kernel that dies later may have written since
    taken = _positions(connection)
    count = 0
    for segment in segments:
        count += _take_segment(connection, folder, segment, taken, segment.run in dead, batch_bytes)
    _close_dead_runs(connection, segments, dead)
    _remove_what_is_done(connection, folder, segments, taken, dead)
    return count


def _take_segment(
    connection: sqlite3.Connection, folder: Path, segment: Segment, taken: Dict[str, int], dead: bool, batch_bytes: int
) -> int:
    """Events of one segment, chunk by chunk; the torn last line of a dead kernel was never acknowledged and is passed over."""
    name, count = segment.path.name, 0
    while True:
        start = taken.get(name, 0)
        chunk = spool.remainder(segment.path, start, batch_bytes)
        end = chunk.rfind(b"\n") + 1
        torn = dead and not end and bool(chunk)
        end = len(chunk) if torn else end
        if not end:
            return count
        with _transaction(connection):
            count += _take_chunk(connection, folder, segment, chunk[:end], start + end, torn)
        taken[name] = start + end


def _take_chunk(connection: sqlite3.Connection, folder: Path, segment: Segment, chunk: bytes, position: int, torn: bool) -> int:
    appliers = Appliers(connection)
    count = damaged = 0
    for event, whole in frames.read(chunk):
        if event is not None and appliers.apply(event):
            count += 1
        elif (event is not None or not whole) and not torn:
            damaged += 1
    connection.execute(
        """INSERT INTO spools VALUES (?, ?, ?)
        ON CONFLICT (segment) DO UPDATE SET position = excluded.position, damaged = damaged + excluded.damaged""",
        (segment.path.name, position, damaged),
    )
    if damaged:
        _say_damaged(connection, appliers, segment)
    blobs = Blobs(folder)
    for sha256 in appliers.contents:
        if not blobs.stored(sha256):
            appliers.content_lost(sha256)
    appliers.finish()
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('last_ingest', ?)", (now(),))
    for sha256 in appliers.blobs:
        blobs.sync(sha256)
    return count


def _say_damaged(connection: sqlite3.Connection, appliers: Appliers, segment: Segment) -> None:
    name = segment.path.name
    lines = connection.execute("SELECT damaged FROM spools WHERE segment = ?", (name,)).fetchone()[0]
    connection.execute(
        "DELETE FROM problems WHERE run = ? AND what = 'spool-damaged' AND detail LIKE '%' || ?", (segment.run, name)
    )
    appliers.problem(segment.run, 0, "spool-damaged", f"{lines} damaged lines were left out of {name}", now())


def _dead_runs(connection: sqlite3.Connection, folder: Path, segments: List[Segment], own_run: Optional[str]) -> Set[str]:
    """Runs that may still be open here, or have spool, and whose kernel is gone."""
    runs = {segment.run for segment in segments}
    runs.update(run for (run,) in connection.execute("SELECT run FROM runs WHERE status = 'running'"))
    runs.discard(own_run or "")
    return {run for run in runs if spool.is_dead(folder, run)}


def _close_dead_runs(connection: sqlite3.Connection, segments: List[Segment], dead: Set[str]) -> None:
    running = [run for (run,) in connection.execute("SELECT run FROM runs WHERE status = 'running'").fetchall() if run in dead]
    if not running:
        return
    with _transaction(connection):
        appliers = Appliers(connection)
        for run in running:
            appliers.abandon(run, _last_sign(connection, run, [segment.path for segment in segments if segment.run == run]))
        appliers.finish()


def _last_sign(connection: sqlite3.Connection, run: str, paths: List[Path]) -> str:
    """When the kernel was last known to live: its newest event, or the last write to its spool."""
    newest = connection.execute(
        "SELECT max(max(started), max(ifnull(ended, ''))) FROM executions WHERE run = ?", (run,)
    ).fetchone()[0]
    return max([newest or ""] + [iso(path.stat().st_mtime) for path in paths if path.exists()])


def _remove_what_is_done(
    connection: sqlite3.Connection, folder: Path, segments: List[Segment], taken: Dict[str, int], dead: Set[str]
) -> None:
    newest = {segment.run: segment.number for segment in segments}  # segments are in order
    for segment in segments:
        found = segment.path.stat()
        moved_on = segment.number < newest[segment.run] and time.time() - found.st_mtime > _MOVED_ON_S
        if taken.get(segment.path.name, 0) == found.st_size and (segment.run in dead or moved_on):
            spool.remove(segment.path)
    left = {segment.path.name: segment.run for segment in spool.segments(folder)}
    for name in set(taken) - set(left):
        connection.execute("DELETE FROM spools WHERE segment = ?", (name,))
    spool.sweep(folder, set(left.values()))


def _positions(connection: sqlite3.Connection) -> Dict[str, int]:
    return dict(connection.execute("SELECT segment, position FROM spools").fetchall())


def _positions_by_reading(path: Path) -> Dict[str, int]:
    if not path.exists():
        return {}
    try:
        connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=0.2)
        try:
            return _positions(connection)
        finally:
            connection.close()
    except sqlite3.Error:
        return {}
