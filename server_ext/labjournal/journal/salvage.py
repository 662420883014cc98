"""A journal that is proven damaged is set aside, never thrown away, and what can still be read moves to a new one.

Proof is SQLite's own: no header of a database, or a quick_check that fails. A locked, full or unreadable file proves nothing. The
old file stays as `journal.sqlite.damaged-<time>`. Positions in the spool are not carried over: what the spool still holds is
taken in again, which is harmless. Only a kernel that records does this, under the journal's lock. Python 3.8.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from datetime import datetime, timezone
from pathlib import Path
from typing import Callable, Dict, Iterator, List, Optional, Sequence, Tuple
from urllib.parse import quote

from labjournal.journal import faults, places, standing
from labjournal.journal.indexing import Index

__all__ = ["mend"]

_LEFT = ("meta", "schema_changes", "spools", "search_entries", "results", "result_metrics")
_LOST = "lost-in-damage"
_HEADER_BYTES = 100
_PARENTS = (
    ("sources", "INSERT OR IGNORE INTO sources SELECT DISTINCT source, '' FROM executions"),
    ("environments", "INSERT OR IGNORE INTO environments (sha256) SELECT DISTINCT environment FROM packages"),
    ("environments", "INSERT OR IGNORE INTO environments (sha256) SELECT environment FROM runs WHERE environment IS NOT NULL"),
    ("git_states", "INSERT OR IGNORE INTO git_states (sha256) SELECT git FROM runs WHERE git IS NOT NULL"),
)
_OF_EXECUTIONS = ("outputs", "usages", "generations", "bindings", "parameters", "metrics", "frames", "queries", "remotes",
                  "series", "models", "figures", "resources", "modules", "package_changes", "randomness")  # fmt: skip
_OF_RUNS = ("packages_used", "facets", "notes", "tags", "names", "problems", "git_snapshots")


_Create = Callable[[Path], sqlite3.Connection]


def mend(folder: Path, create: _Create) -> bool:
    """Whether the journal is sound again. `create` makes an empty one, or opens a sound one for writing."""
    path = folder / places.DATABASE
    if not _is_damaged(path):
        return _renew_index(path, create)
    aside = _set_aside(path)
    new = create(path)
    try:
        new.execute("PRAGMA foreign_keys = OFF")
        new.execute("BEGIN IMMEDIATE")
        kept = _copy(aside, new, create)
        _complete(new)
        Index(new).rebuild()
        standing.rebuild(new)
        new.execute(
            "INSERT OR REPLACE INTO meta VALUES (?, ?)", (aside.name, f"set aside; {kept} rows could be read and were taken over")
        )
        new.execute("COMMIT")
    finally:
        new.close()
    return True


def _is_damaged(path: Path) -> bool:
    """Whether SQLite proves it, on a connection of its own."""
    try:
        connection = sqlite3.connect(str(path), timeout=5.0, isolation_level=None)
        try:
            answer = [row[0] for row in connection.execute("PRAGMA quick_check(1)")]
        finally:
            connection.close()
    except UnicodeDecodeError:  # the statements of the schema itself
        return True
    except sqlite3.Error as error:
        return faults.is_damage(error)
    return answer != ["ok"]


def _renew_index(path: Path, create: _Create) -> bool:
    """The tables are sound, so what failed can only be the search index: it is made anew from them."""
    connection = create(path)
    try:
        connection.execute("BEGIN IMMEDIATE")
        Index(connection).rebuild()
        connection.execute("COMMIT")
    finally:
        connection.close()
    return True


def _set_aside(path: Path) -> Path:
    stamp = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S.%f")
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    for ending in ("-wal", "-shm", ""):
        if os.path.lexists(str(path) + ending):
            os.replace(str(path) + ending, str(aside) + ending)
    return aside


def _copy(aside: Path, new: sqlite3.Connection, create: _Create) -> int:
    """Every row that can be read, in whatever state it is; the number of rows."""
    old = _readable(f"file:{quote(str(aside))}?mode=ro") or _readable(f"file:{quote(str(aside))}?immutable=1")
    if old is not None:
        return _copy_rows(old, new)
    grafted = aside.with_name(aside.name + ".mending")
    try:
        if aside.stat().st_size < _HEADER_BYTES or not _graft(aside, grafted, create):
            return 0
        old = _readable(f"file:{quote(str(grafted))}?immutable=1")
        return 0 if old is None else _copy_rows(old, new)
    finally:
        if grafted.exists():
            os.unlink(str(grafted))


def _graft(aside: Path, grafted: Path, create: _Create) -> bool:
    """Makes a copy of a file whose schema is lost and gives it the schema pages of a new journal.

    Every journal begins with the same statements, so its tables and indexes begin on the same pages. Whether the copy can be read.
    """
    with tempfile.TemporaryDirectory(dir=str(aside.parent)) as folder:
        path = Path(folder) / places.DATABASE
        template = create(path)
        roots = {row[0] for row in template.execute("SELECT rootpage FROM sqlite_master WHERE rootpage > 1")}
        template.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        template.close()
        fresh = path.read_bytes()
    page = int.from_bytes(fresh[16:18], "big")
    places.private_file(grafted)
    shutil.copyfile(str(aside), str(grafted))
    with open(str(grafted), "r+b") as file:
        for number in set(range(1, len(fresh) // page + 1)) - roots:
            file.seek((number - 1) * page)
            file.write(fresh[(number - 1) * page : number * page])
        file.seek(28)  # in the header: pages of the file, and no free ones
        file.write((aside.stat().st_size // page).to_bytes(4, "big") + bytes(8))
    return True


def _copy_rows(old: sqlite3.Connection, new: sqlite3.Connection) -> int:
    count = 0
    try:
        for table, columns, key in _tables(new):
            statement = f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
            for row in _rows(old, new, table, columns, key):
                try:
                    count += new.execute(statement, row).rowcount
                except (sqlite3.IntegrityError, sqlite3.InterfaceError, sqlite3.ProgrammingError):
                    continue  # a row that damage has bent out of shape
    finally:
        old.close()
    return count


def _readable(uri: str) -> Optional[sqlite3.Connection]:
    """A connection to a damaged file, None where not even its schema can be read."""
    connection = sqlite3.connect(uri, uri=True, isolation_level=None)
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    try:
        connection.execute("SELECT run FROM runs LIMIT 1").fetchone()
    except UnicodeDecodeError:  # in the statements of the schema
        connection.close()
        return None
    except sqlite3.Error as error:
        if "no such table" in str(error) or _schema_is_lost(connection):
            connection.close()
            return None
    return connection


def _schema_is_lost(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("SELECT name FROM sqlite_master").fetchall()
    except sqlite3.Error:
        return True
    return False


def _tables(new: sqlite3.Connection) -> List[Tuple[str, List[str], List[str]]]:
    """(name, columns, key columns) of every table to be taken over."""
    found = []
    names = new.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'search%' AND name NOT LIKE 'sqlite%'"
    )
    for (name,) in names.fetchall():
        if name not in _LEFT:
            facts = new.execute(f"PRAGMA table_info({name})").fetchall()
            key = [fact[1] for fact in sorted(facts, key=lambda fact: fact[5]) if fact[5]]
            found.append((name, [fact[1] for fact in facts], key))
    return sorted(found, key=lambda table: table[0] != "runs")


def _rows(
    old: sqlite3.Connection, new: sqlite3.Connection, table: str, columns: Sequence[str], key: Sequence[str]
) -> Iterator[Sequence[object]]:
    """Rows from both ends up to the damage, then run by run, which finds its way around it."""
    select = f"SELECT {', '.join(columns)} FROM {table}"
    whole: Dict[str, bool] = {}
    for order in ("ASC", "DESC"):
        yield from _until_damage(old, f"{select} ORDER BY {', '.join(f'{column} {order}' for column in key)}", (), whole)
        if whole["ended"]:
            return
    if "run" in columns and table != "runs":
        for (run,) in new.execute("SELECT run FROM runs").fetchall():
            yield from _until_damage(old, f"{select} WHERE run = ? ORDER BY {', '.join(key)}", (run,), whole)


def _until_damage(
    old: sqlite3.Connection, statement: str, values: Sequence[object], whole: Dict[str, bool]
) -> Iterator[Sequence[object]]:
    whole["ended"] = False
    try:
        yield from old.execute(statement, values)
        whole["ended"] = True
    except (sqlite3.DatabaseError, OverflowError):
        return


def _complete(new: sqlite3.Connection) -> None:
    """Rows whose parents were lost get parents again, with a problem that says so."""
    for table in _OF_EXECUTIONS:
        lost = f"SELECT DISTINCT run, n FROM {table} t WHERE NOT EXISTS (SELECT 1 FROM executions e WHERE e.run = t.run AND e.n = t.n)"
        for run, n in new.execute(lost).fetchall():
            new.execute(
                "INSERT OR IGNORE INTO executions (run, n, source, started, status) VALUES (?, ?, ?, ?, 'abandoned')",
                (run, n, _NOTHING, _EPOCH),
            )
            _say_lost(new, run, n)
    for table in ("executions", *_OF_RUNS):
        lost = f"SELECT DISTINCT run FROM {table} t WHERE NOT EXISTS (SELECT 1 FROM runs r WHERE r.run = t.run)"
        for (run,) in new.execute(lost).fetchall():
            started = new.execute("SELECT min(started) FROM executions WHERE run = ?", (run,)).fetchone()[0] or _EPOCH
            new.execute("INSERT OR IGNORE INTO runs (run, started, status) VALUES (?, ?, 'abandoned')", (run, started))
            _say_lost(new, run, 0)
    for _, statement in _PARENTS:
        new.execute(statement)


def _say_lost(new: sqlite3.Connection, run: str, n: int) -> None:
    detail = "The journal was damaged; part of what was recorded here could not be read any more."
    new.execute("INSERT OR IGNORE INTO problems (run, n, what, detail) VALUES (?, ?, ?, ?)", (run, n, _LOST, detail))


_NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
_EPOCH = "1970-01-01T00:00:00.000000+00:00"
