"""Removes runs and executions for good: rows, index, contents nobody else needs, backups, spool, free pages, the write-ahead log.

    choose      what is meant: a run, or one execution of it; what its kernel could still write again is refused
    forget      rows go in one transaction; then the files of contents; then the database is written anew without its free pages

What others need stays: the text of a cell that another run executed too, a content that another execution read. The chain of a run
holds beyond a gap: of a forgotten execution its digest remains (facet `forgotten`), which nobody can turn back into what ran, and the
run says that something is missing. A forgotten run leaves nothing at all. Copies of the database beside it (before a migration, or
set aside after damage) are cleaned in the same way; one that cannot be is removed.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labjournal.errors import JournalUnavailable, LabjournalError
from labjournal.journal import chain, faults, places, spool, writer
from labjournal.journal.blobs import Blobs
from labjournal.journal.reader import Journal
from labjournal.journal.rows import Address
from labjournal.journal.values import now

__all__ = ["Chosen", "Forgotten", "choose", "forget"]

_WAIT_S = 10.0
_ORPHAN_S = 600.0
"""A content that no row speaks of and that is older than this belongs to nobody; a younger one may be on its way."""
_OF_EXECUTION = ("notes", "tags", "names", "problems", "facets")
_OF_RUN = ("outputs", "usages", "generations", "frames", "queries", "remotes", "bindings", "parameters", "metrics", "series", "models", "figures",
           "resources", "modules", "package_changes", "randomness", "git_snapshots", "result_metrics", "results", "executions",
           "packages_used", "facets", "notes", "tags", "names", "problems", "runs")  # fmt: skip
_ORPHANS = (
    "DELETE FROM sources WHERE sha256 NOT IN (SELECT source FROM executions)",
    """DELETE FROM packages WHERE environment NOT IN (SELECT environment FROM runs WHERE environment IS NOT NULL)
    AND environment NOT IN (SELECT json_extract(value, '$.sha256') FROM facets WHERE name = 'environment')""",
    """DELETE FROM environments WHERE sha256 NOT IN (SELECT environment FROM runs WHERE environment IS NOT NULL)
    AND sha256 NOT IN (SELECT json_extract(value, '$.sha256') FROM facets WHERE name = 'environment')""",
    """DELETE FROM git_states WHERE sha256 NOT IN (SELECT git FROM runs WHERE git IS NOT NULL)
    AND sha256 NOT IN (SELECT json_extract(value, '$.sha256') FROM facets WHERE name = 'git')""",
)
_ORPHANED_DISTRIBUTIONS = (
    "DELETE FROM distributions WHERE id NOT IN (SELECT distribution FROM packages WHERE distribution IS NOT NULL)"
)
_UNINDEXED = """SELECT id FROM search_entries WHERE
    (kind = 'source' AND item NOT IN (SELECT sha256 FROM sources))
    OR (kind = 'path' AND item NOT IN (SELECT path FROM usages UNION SELECT path FROM generations UNION SELECT url FROM remotes))
    OR (kind = 'notebook' AND item NOT IN (SELECT notebook FROM runs WHERE notebook IS NOT NULL))
    OR (kind = 'metric' AND item NOT IN (SELECT name FROM metrics UNION SELECT name FROM series))
    OR (kind = 'model' AND item NOT IN (SELECT kind FROM models))
    OR (kind = 'figure' AND item NOT IN (SELECT title FROM figures))
    OR (kind = 'output' AND NOT EXISTS (SELECT 1 FROM outputs o
        WHERE o.run = search_entries.run AND o.n = search_entries.n AND o.position = CAST(item AS INTEGER)))
    OR (kind = 'note' AND NOT EXISTS (SELECT 1 FROM notes o WHERE o.run = search_entries.run AND o.n = search_entries.n))"""

_LATER = (
    ("remotes", " UNION SELECT url FROM remotes"),
    ("series", " UNION SELECT name FROM series"),
    ("models", "\n    OR (kind = 'model' AND item NOT IN (SELECT kind FROM models))"),
    ("figures", "\n    OR (kind = 'figure' AND item NOT IN (SELECT title FROM figures))"),
)
"""Parts of the statement that speak of tables which a copy of an older journal does not have."""


@dataclass(frozen=True)
class Chosen:
    """What is to be forgotten."""

    runs: tuple[str, ...]
    executions: tuple[tuple[str, int], ...]
    """Single executions of runs that stay."""
    count: int
    """All executions, those of the runs included."""
    running: tuple[str, ...] = ()
    """Runs that were meant too, but whose kernels live."""


@dataclass(frozen=True)
class Forgotten:
    runs: int
    executions: int
    bytes: int
    """What the journal occupies less."""


def choose(journal: Journal, addresses: Iterable[Address], *, skip_running: bool = False) -> Chosen:
    """What the addresses mean; a run whose kernel lives is refused, or left out, because the kernel would write it again."""
    runs: dict[str, None] = {}
    executions: dict[tuple[str, int], None] = {}
    running: dict[str, None] = {}
    for address in addresses:
        if not spool.is_dead(journal.folder, address.run):
            if not skip_running:
                raise LabjournalError(
                    f"The kernel of run {address.run} is running and would write it again.",
                    "Shut the kernel down or restart it first.",
                )
            running[address.run] = None
        elif address.n is None:
            runs[address.run] = None
        else:
            executions[address.run, address.n] = None
    single = tuple(each for each in executions if each[0] not in runs)
    count = len(single) + sum(journal.run(run).executions for run in runs)
    return Chosen(tuple(runs), single, count, tuple(running))


def forget(folder: Path, chosen: Chosen) -> Forgotten:
    """Removes what was chosen; nothing of it is left in any file of the journal when this comes back."""
    before = _occupied(folder)
    path = folder / places.DATABASE
    with writer.writing(folder, _WAIT_S) as connection:
        if connection is None:
            raise JournalUnavailable(f"{path} is being written by another program.", "Try again in a moment.")
        writer.take_in(connection, folder)
        contents = _remove(connection, chosen)
        _drop_contents(connection, Blobs(folder), contents)
        for run in chosen.runs:
            _drop_spool(folder, run)
        _clean_copies(path, chosen)
        _write_anew(connection, path)
    return Forgotten(len(chosen.runs), chosen.count, max(0, before - _occupied(folder)))


# rows


def _remove(connection: sqlite3.Connection, chosen: Chosen) -> set[str]:
    """Removes the rows in one transaction; digests of contents that they spoke of."""
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("BEGIN IMMEDIATE")
    try:
        contents = _contents_of(connection, chosen)
        for run, n in chosen.executions:
            _remove_execution(connection, run, n)
        for run in chosen.runs:
            for table in _tables(connection, _OF_RUN):
                connection.execute(f"DELETE FROM {table} WHERE run = ?", (run,))
        for statement in _orphans(connection):
            connection.execute(statement)
        _forget_in_index(connection)
        connection.execute("COMMIT")
    except BaseException:  # all of it or nothing
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return contents


def _remove_execution(connection: sqlite3.Connection, run: str, n: int) -> None:
    """One execution goes, its digest stays behind, so that the chain of those after it still holds."""
    row = connection.execute("SELECT digest FROM executions WHERE run = ? AND n = ?", (run, n)).fetchone()
    if row is None:
        return
    for table in _tables(connection, _OF_EXECUTION):
        connection.execute(f"DELETE FROM {table} WHERE run = ? AND n = ?", (run, n))
    connection.execute("UPDATE OR IGNORE packages_used SET n = 0 WHERE run = ? AND n = ?", (run, n))  # the run used them
    connection.execute("DELETE FROM packages_used WHERE run = ? AND n = ?", (run, n))
    connection.execute("DELETE FROM executions WHERE run = ? AND n = ?", (run, n))
    at = now()
    connection.execute(
        "INSERT INTO facets VALUES (?, ?, ?, ?)", (run, n, chain.FORGOTTEN, json.dumps({"digest": row[0], "at": at}))
    )
    connection.execute(
        "INSERT OR IGNORE INTO problems (run, n, what, detail, at) VALUES (?, 0, 'forgotten', ?, ?)",
        (run, f"Execution {n} was forgotten by its user.", at),
    )


def _contents_of(connection: sqlite3.Connection, chosen: Chosen) -> set[str]:
    found: set[str] = set()
    targets: list[tuple[str, tuple[Any, ...]]] = [("run = ?", (run,)) for run in chosen.runs]
    targets += [("run = ? AND n = ?", each) for each in chosen.executions]
    for condition, values in targets:
        for (data,) in connection.execute(f"SELECT data FROM outputs WHERE {condition} AND data LIKE '%\"blob\"%'", values):
            found.update(_blobs_in(data))
        for table in ("usages", "generations", "modules"):
            found.update(
                row[0] for row in connection.execute(f"SELECT sha256 FROM {table} WHERE {condition} AND sha256 NOTNULL", values)
            )
    return found


def _blobs_in(data: str) -> Iterable[str]:
    try:
        bundle = json.loads(data)
    except ValueError:
        return
    for value in bundle.values() if isinstance(bundle, dict) else ():
        if isinstance(value, dict) and isinstance(value.get("blob"), str):
            yield value["blob"]


def _forget_in_index(connection: sqlite3.Connection) -> None:
    """Texts that no row has any more leave the index, and the index is written anew: it keeps words of what was deleted."""
    statement = _UNINDEXED
    for table, part in _LATER:
        if not _tables(connection, (table,)):
            statement = statement.replace(part, "")
    gone = connection.execute(statement).fetchall()
    connection.executemany("DELETE FROM search_entries WHERE id = ?", gone)
    if not _tables(connection, ("search_index",)):
        return
    try:
        connection.executemany("DELETE FROM search_index WHERE rowid = ?", gone)
        connection.execute("INSERT INTO search_index (search_index) VALUES ('rebuild')")
    except sqlite3.OperationalError as error:
        raise LabjournalError(
            f"The search index cannot be written with this Python's SQLite ({error}).", "Run the command with another Python."
        ) from error


def _tables(connection: sqlite3.Connection, names: Sequence[str]) -> list[str]:
    """Those of the tables that the file has: a copy may be older."""
    there = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return [name for name in names if name in there]


# files


def _drop_contents(connection: sqlite3.Connection, blobs: Blobs, contents: set[str]) -> None:
    """Contents that no row speaks of any more: of what was forgotten, and strays of kernels that died."""
    shown: set[str] = set()
    for (data,) in connection.execute("SELECT data FROM outputs WHERE data LIKE '%\"blob\"%'"):
        shown.update(_blobs_in(data))
    used = {
        row[0]
        for row in connection.execute(
            """SELECT sha256 FROM usages WHERE kept UNION SELECT sha256 FROM generations WHERE kept
            UNION SELECT sha256 FROM modules WHERE sha256 IN (SELECT sha256 FROM kept)"""
        )
    }
    for sha256 in contents - used:
        connection.execute("DELETE FROM kept WHERE sha256 = ?", (sha256,))
    for path, sha256, data in list(blobs.everything()):
        if sha256 in used or (sha256 in shown and not data):
            continue
        with suppress(FileNotFoundError):
            if sha256 in contents or time.time() - os.stat(path).st_mtime > _ORPHAN_S:
                os.unlink(path)


def _drop_spool(folder: Path, run: str) -> None:
    for segment in spool.segments(folder):
        if segment.run == run:
            spool.remove(segment.path)
    spool.remove(spool.alive(folder, run))


def _clean_copies(path: Path, chosen: Chosen) -> None:
    """Copies of the database hold what it held."""
    for copy in sorted(path.parent.glob(f"{path.name}.*")):
        if copy.name.endswith(("-wal", "-shm")) or not copy.is_file():
            continue
        try:
            places.private_file(copy)
            with closing(sqlite3.connect(str(copy), isolation_level=None)) as connection:
                if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                    raise sqlite3.DatabaseError("damaged")
                _remove_from_copy(connection, chosen)
        except sqlite3.Error:
            for ending in ("", "-wal", "-shm"):
                spool.remove(Path(f"{copy}{ending}"))


def _orphans(connection: sqlite3.Connection) -> tuple[str, ...]:
    """What removes rows that nobody needs any more; a copy of an older journal does not have every table."""
    return (*_ORPHANS, _ORPHANED_DISTRIBUTIONS) if _tables(connection, ("distributions",)) else _ORPHANS


def _remove_from_copy(connection: sqlite3.Connection, chosen: Chosen) -> None:
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("BEGIN IMMEDIATE")
    for table in _tables(connection, _OF_RUN):
        connection.executemany(f"DELETE FROM {table} WHERE run = ?", [(run,) for run in chosen.runs])
        if table != "runs":
            connection.executemany(f"DELETE FROM {table} WHERE run = ? AND n = ?", chosen.executions)
    for statement in _orphans(connection):
        connection.execute(statement)
    _forget_in_index(connection)
    connection.execute("COMMIT")
    connection.execute("VACUUM")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _write_anew(connection: sqlite3.Connection, path: Path) -> None:
    """The database without free pages, and nothing in the log that would still hold what was removed."""
    try:
        connection.execute("VACUUM")
    except sqlite3.OperationalError as error:
        problem = faults.explain(error, path)
        raise LabjournalError(
            f"The rows are removed, but the file could not be written anew ({error}), and its free pages may still hold some of it.",
            problem.remedy + " Then run `labjournal forget` again.",
        ) from error
    until = time.monotonic() + _WAIT_S
    while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        if time.monotonic() > until:
            raise JournalUnavailable(
                f"The rows are removed, but a program that reads {path} keeps its log, which still holds some of it.",
                "Close JupyterLab and run `labjournal forget` again.",
            )
        time.sleep(0.05)


def _occupied(folder: Path) -> int:
    total = 0
    for top, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += os.stat(os.path.join(top, name)).st_size
    return total
