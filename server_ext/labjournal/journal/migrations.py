"""How a journal file comes into being and how an older one becomes today's.

Each change of the schema is a numbered function (`m001_first_tables`). It runs in one transaction together with the row in
`schema_changes` and the new `user_version`, so a file is either before it or after it, never between. Once released a migration
is never edited. Before an existing file is changed a copy is made with VACUUM INTO. Python 3.8, standard library only.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Callable, List

from labjournal.errors import JournalDamaged, JournalTooNew
from labjournal.journal import places, schema, standing, values

__all__ = ["MIGRATIONS", "migrate", "schema_version"]

Migration = Callable[[sqlite3.Connection], None]


def m001_first_tables(connection: sqlite3.Connection) -> None:
    """Everything a journal began with."""
    for statement in _statements(schema.SCHEMA):
        connection.execute(statement)
    if has_fts5(connection):
        for statement in _statements(schema.SEARCH):
            connection.execute(statement)
    connection.execute("INSERT INTO meta VALUES ('made', ?)", (values.now(),))
    connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")


def m002_data_by_content(connection: sqlite3.Connection) -> None:
    """Frames, queries, remote data, kept contents; large files known by their edges, renamed ones by both paths."""
    for statement in _statements(schema.DATA):
        connection.execute(statement)


def m003_results(connection: sqlite3.Connection) -> None:
    """Series, models, figures, resources; where metrics and parameters were read; the table of results."""
    for statement in _statements(schema.RESULTS):
        connection.execute(statement)
    standing.rebuild(connection)


def m004_state(connection: sqlite3.Connection) -> None:
    """Local modules, changed packages, randomness, snapshots, sources of distributions; since then `packages_used` names every execution that uses one."""
    for statement in _statements(schema.STATE):
        connection.execute(statement)


MIGRATIONS: List[Migration] = [m001_first_tables, m002_data_by_content, m003_results, m004_state]


def migrate(connection: sqlite3.Connection, path: Path, version: str = "") -> None:
    """Brings the file behind the connection to today's schema; raises JournalTooNew for one from a later labjournal.

    The connection is in autocommit mode, and the caller holds the lock of the journal.
    """
    found = schema_version(connection, path)
    if found >= len(MIGRATIONS):
        return
    if found:
        _back_up(connection, path, found)
    for number, migration in enumerate(MIGRATIONS[found:], found + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            migration(connection)
            connection.execute(
                "INSERT INTO schema_changes VALUES (?, ?, ?, ?)", (number, migration.__name__, values.now(), version)
            )
            connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
        except BaseException:  # old or new, never between
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def schema_version(connection: sqlite3.Connection, path: Path) -> int:
    """The number of the newest migration the file went through, 0 for an empty one; raises for what is not a journal of ours."""
    mark = connection.execute("PRAGMA application_id").fetchone()[0]
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if not mark and not version and not tables:
        return 0
    if mark != schema.APPLICATION_ID:
        raise JournalDamaged(f"{path} is an SQLite file of something else, not a journal.", "Name the folder of a journal.")
    if version > len(MIGRATIONS):
        raise JournalTooNew(
            f"{path} was written by a newer labjournal (schema {version}, this one knows {len(MIGRATIONS)}); nothing in it was changed.",
            "Update labjournal (pip install --upgrade labjournal), and restart a JupyterLab that began before.",
        )
    return version


def has_fts5(connection: sqlite3.Connection) -> bool:
    """Whether this Python's SQLite can search full text."""
    try:
        connection.execute("CREATE VIRTUAL TABLE temp.fts5_is_here USING fts5(text)")
        connection.execute("DROP TABLE temp.fts5_is_here")
    except sqlite3.OperationalError:
        return False
    return True


def _back_up(connection: sqlite3.Connection, path: Path, version: int) -> None:
    """A copy of the journal as it was, beside it; under its name only when it is whole."""
    copy = path.with_name(f"{path.name}.before-{version + 1}")
    draft = copy.with_name(copy.name + ".draft")
    if draft.exists():
        os.unlink(str(draft))
    places.private_file(draft)
    if sqlite3.sqlite_version_info >= (3, 27):
        connection.execute("VACUUM INTO ?", (str(draft),))
    else:
        target = sqlite3.connect(str(draft))
        connection.backup(target)
        target.close()
    os.replace(str(draft), str(copy))


def _statements(text: str) -> List[str]:
    """The statements of a schema text, each from its CREATE on: SQLite keeps the comments inside."""
    found = []
    lines: List[str] = []
    for line in text.splitlines():
        if line.startswith("ALTER"):
            found.append(line.partition("; --")[0])
            continue
        if line.startswith("DROP"):
            found.append(line)
            continue
        if not lines and not line.startswith("CREATE"):
            continue
        lines.append(line)
        if line.endswith(";"):
            found.append("\n".join(lines))
            lines = []
    return found
