"""Whether the journal still says what was recorded: database, references, sources, chain, blobs.

Every problem is a sentence that names the row. A change made with knowledge of the sums is not found: the chain makes a journal
tamper-evident, not tamper-proof.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from labjournal.errors import JournalDamaged, JournalMissing, LabjournalError
from labjournal.journal import chain, faults, places, standing
from labjournal.journal.blobs import Blobs
from labjournal.journal.connection import Connection

__all__ = ["damage", "quick", "verify"]

_Check = Callable[[sqlite3.Connection], Iterator[str]]


def verify(folder: Path) -> list[str]:
    """Problems of the journal in a folder, none where it holds; raises where there is no journal to look at."""
    path = places.journal_folder(folder) / places.DATABASE
    try:
        connection = Connection(path)
    except JournalDamaged as damaged:
        cause = damaged.__cause__
        if isinstance(cause, UnicodeDecodeError) or "malformed" in str(cause):
            return [damaged.message if isinstance(cause, UnicodeDecodeError) else f"{path} cannot be read: {cause}."]
        raise
    except JournalMissing:
        if _is_orphaned(path.parent):
            return [f"{path} is gone or empty, though contents that were kept for it are there."]
        raise
    checks: tuple[_Check, ...] = (*_CHECKS, lambda sqlite: _blobs(sqlite, Blobs(path.parent)))
    try:
        return [problem for check in checks for problem in _guarded(check, connection.sqlite, path)]
    finally:
        connection.close()


def damage(folder: Path, *, limit_s: float = 5.0) -> JournalDamaged | None:
    """The first thing that does not hold, for whoever stumbled over a row and asks whether it was the journal's; None also where
    the time did not suffice to find one, and where there is nothing to look at."""
    path = places.journal_folder(folder) / places.DATABASE
    try:
        connection = Connection(path)
    except LabjournalError as error:
        return error if isinstance(error, JournalDamaged) else None
    until = time.monotonic() + limit_s
    connection.sqlite.set_progress_handler(lambda: int(time.monotonic() > until), 10_000)
    try:
        found = next((problem for check in _CHECKS for problem in _guarded(check, connection.sqlite, path)), None)
    except LabjournalError:  # the time is over, or it cannot be read now
        found = None
    finally:
        connection.close()
    return None if found is None else faults.damaged(path, found.rstrip("."))


def _is_orphaned(folder: Path) -> bool:
    """Whether there are contents and nothing that says whose they are, nor is about to say it."""
    return any(folder.glob("blobs/*/*")) and not any(folder.glob("spool/*.spool"))


def quick(folder: Path) -> list[str]:
    """Damage of the database that shows without reading every row against its sums: enough for a look, not a proof."""
    path = places.journal_folder(folder) / places.DATABASE
    connection = Connection(path)
    try:
        return list(_guarded(_structure, connection.sqlite, path))
    finally:
        connection.close()


def _structure(sqlite: sqlite3.Connection) -> Iterator[str]:
    for (line,) in sqlite.execute("PRAGMA quick_check(5)"):
        if line != "ok":
            yield f"The database is damaged: {line}."


def _guarded(check: _Check, sqlite: sqlite3.Connection, path: Path) -> Iterator[str]:
    """What a check finds; where damage stops it, that it could not be finished."""
    try:
        yield from check(sqlite)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        explained = faults.explain(error, path)
        if not isinstance(explained, JournalDamaged):
            raise explained from error
        what = "a text in it is no UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
        yield f"{_named(check)}: a part of the database cannot be read ({what})."
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        yield f"{_named(check)}: a row holds what was never recorded ({type(error).__name__}: {error})."


def _named(check: _Check) -> str:
    return check.__name__.strip("_<>").capitalize()


def _database(sqlite: sqlite3.Connection) -> Iterator[str]:
    for (line,) in sqlite.execute("PRAGMA integrity_check(20)"):
        if line != "ok":
            yield f"The database is damaged: {line}."


def _references(sqlite: sqlite3.Connection) -> Iterator[str]:
    missing: dict[tuple[str, str], int] = {}
    for table, _, parent, _ in sqlite.execute("PRAGMA foreign_key_check"):
        missing[table, parent] = missing.get((table, parent), 0) + 1
    for (table, parent), count in missing.items():
        yield f"{count} row{'s' if count > 1 else ''} of {table} refer to {parent} that are not there."


def _sources(sqlite: sqlite3.Connection) -> Iterator[str]:
    for sha256, text in sqlite.execute("SELECT sha256, CAST(text AS BLOB) FROM sources"):
        if hashlib.sha256(text).hexdigest() == sha256:
            continue
        users = sqlite.execute("SELECT run || '/' || n FROM executions WHERE source = ? ORDER BY started", (sha256,)).fetchmany(6)
        yield f"The source of {_listed([user[0] for user in users])} is not the one that was recorded."


def _runs(sqlite: sqlite3.Connection) -> Iterator[str]:
    for run, holds in chain.run_sums(sqlite):
        if not holds:
            yield f"{run}: the facts of the run, its environment or its git state are not as they were recorded."


def _chain(sqlite: sqlite3.Connection) -> Iterator[str]:
    for run, n, digest_holds, seal_holds in chain.sums(sqlite):
        if not digest_holds:
            yield f"{run}/{n}: its start, or the execution before it, is not as it was recorded."
        elif not seal_holds:
            yield f"{run}/{n}: its end, an output, a file, a name, a parameter, a metric or a model is not as it was recorded."


def _results(sqlite: sqlite3.Connection) -> Iterator[str]:
    for run, n in standing.differing(sqlite):
        yield f"{run}/{n}: the table of results says something else than the metrics, models, figures and files of the execution."


def _index(sqlite: sqlite3.Connection) -> Iterator[str]:
    if not sqlite.execute("SELECT 1 FROM sqlite_master WHERE name = 'search_index_docsize'").fetchone():
        return
    entries = sqlite.execute("SELECT count(*) FROM search_entries").fetchone()[0]
    indexed = sqlite.execute("SELECT count(*) FROM search_index_docsize").fetchone()[0]
    if entries != indexed:
        yield f"The search index holds {indexed} texts where {entries} belong."


def _blobs(sqlite: sqlite3.Connection, blobs: Blobs) -> Iterator[str]:
    sound: dict[str, bool] = {}
    for sha256, address, what in _kept(sqlite):
        if sha256 not in sound:
            sound[sha256] = blobs.check(sha256)
            if not sound[sha256]:
                state = "not what its name says" if blobs.has(sha256) else "missing"
                yield f"{address}: the kept content of {what} is {state} (blob {sha256[:80]})."


def _kept(sqlite: sqlite3.Connection) -> Iterator[tuple[str, str, str]]:
    """(digest, address, what it is) of every content that ought to stand in the blob folder."""
    outputs = "SELECT run || '/' || n, position, data FROM outputs WHERE data LIKE '%\"blob\"%'"
    for address, position, data in sqlite.execute(outputs):
        try:
            bundle = json.loads(data)
        except ValueError:
            continue  # the seal tells
        for kind, value in bundle.items():
            if isinstance(value, dict) and isinstance(value.get("blob"), str):
                yield value["blob"], address, f"output {position} ({kind})"
    for table in ("usages", "generations"):
        for address, path, sha256 in sqlite.execute(
            f"SELECT run || '/' || n, path, sha256 FROM {table} WHERE kept AND sha256 IS NOT NULL"
        ):
            yield sha256, address, path
    for address, name, sha256 in sqlite.execute(
        "SELECT run || '/' || n, name, sha256 FROM modules WHERE sha256 IN (SELECT sha256 FROM kept)"
    ):
        yield sha256, address, f"module {name}"


def _listed(addresses: list[str]) -> str:
    return ", ".join(addresses[:5]) + (" and more" if len(addresses) > 5 else "") if addresses else "no execution"


_CHECKS: tuple[_Check, ...] = (_database, _references, _sources, _runs, _chain, _results, _index)
