"""What full-text search can find, kept beside the tables as rows arrive.

Code, paths, notebooks, names of metrics, classes of models and titles of figures are indexed once per text, outputs (their first 8 KB) and notes once per row. Where the
SQLite at hand has no FTS5 nothing is indexed and a mark is left in `meta`; the next process that has it builds the index from
the tables. Standard library only, Python 3.8.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from typing import Set, Tuple

from labjournal.journal import migrations, schema

__all__ = ["Index"]

OUTPUT_CAP = 8192
_BEHIND = "search_behind"
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W_]+")


class Index:
    """Writes `search_entries` and `search_index`; every method is harmless to repeat."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._works = _works(connection)
        self._there: Set[Tuple[str, str]] = set()
        """Shared texts that are known to be indexed: a loop logs one name a million times."""

    def catch_up(self) -> None:
        """Builds the index from the tables where an earlier writer could not keep it; part of the caller's transaction."""
        if self._works and self._connection.execute("SELECT 1 FROM meta WHERE key = ?", (_BEHIND,)).fetchone():
            self.rebuild()

    def rebuild(self) -> None:
        """Makes the index anew from what stands in the tables."""
        connection = self._connection
        self._there.clear()
        connection.execute("DELETE FROM search_entries")
        if self._works:
            connection.execute("DROP TABLE search_index")
            connection.execute(_index_text())
        for sha256, text in connection.execute("SELECT sha256, text FROM sources").fetchall():
            self.source(sha256, text)
        for (path,) in connection.execute(
            "SELECT path FROM usages UNION SELECT path FROM generations UNION SELECT url FROM remotes"
        ).fetchall():
            self.path(path)
        for (path,) in connection.execute("SELECT DISTINCT notebook FROM runs WHERE notebook IS NOT NULL").fetchall():
            self.notebook(path)
        for (name,) in connection.execute("SELECT name FROM metrics UNION SELECT name FROM series").fetchall():
            self.metric(name)
        for (kind,) in connection.execute("SELECT DISTINCT kind FROM models").fetchall():
            self.model(kind)
        for (title,) in connection.execute("SELECT DISTINCT title FROM figures").fetchall():
            self.figure(title)
        for run, n, position, text, value in connection.execute(
            "SELECT run, n, position, text, error_value FROM outputs"
        ).fetchall():
            self.output(run, n, position, text or value)
        for run, n, text in connection.execute("SELECT run, n, text FROM notes").fetchall():
            self.note(run, n, text)
        if self._works:
            connection.execute("DELETE FROM meta WHERE key = ?", (_BEHIND,))

    def source(self, sha256: str, text: str) -> None:
        self._once("source", sha256, text)

    def path(self, path: str) -> None:
        self._once("path", path, _in_words(path))

    def notebook(self, path: str) -> None:
        self._once("notebook", path, _in_words(path))

    def metric(self, name: str) -> None:
        if ("metric", name) not in self._there:
            self._once("metric", name, _in_words(name))

    def model(self, kind: str) -> None:
        self._once("model", kind, _in_words(kind))

    def figure(self, title: str) -> None:
        if title.strip():
            self._once("figure", title, title)

    def note(self, run: str, n: int, text: str) -> None:
        self._put("note", run, n, hashlib.sha256(text.encode("utf-8", "replace")).hexdigest(), text)

    def output(self, run: str, n: int, position: int, text: str) -> None:
        """The output as it stands now, in place of what was indexed at its position."""
        text = _ANSI.sub("", text[: 2 * OUTPUT_CAP])[:OUTPUT_CAP].replace("\0", " ")
        if text.strip():
            self._put("output", run, n, str(position), text)
        else:
            self.forget_outputs(run, n, position, position)

    def forget_outputs(self, run: str, n: int, first: int, last: int) -> None:
        """Outputs `first` to `last` of an execution are gone."""
        found = self._connection.execute(
            "SELECT id FROM search_entries WHERE kind = 'output' AND run = ? AND n = ? AND CAST(item AS INTEGER) BETWEEN ? AND ?",
            (run, n, first, last),
        ).fetchall()
        for (entry,) in found:
            if self._works:
                self._connection.execute("DELETE FROM search_index WHERE rowid = ?", (entry,))
            self._connection.execute("DELETE FROM search_entries WHERE id = ?", (entry,))

    def _once(self, kind: str, item: str, text: str) -> None:
        if (kind, item) in self._there:
            return
        self._there.add((kind, item))
        if not self._connection.execute(
            "SELECT 1 FROM search_entries WHERE kind = ? AND run = '' AND n = 0 AND item = ?", (kind, item)
        ).fetchone():
            self._put(kind, "", 0, item, text)

    def _put(self, kind: str, run: str, n: int, item: str, text: str) -> None:
        if not self._works:
            self._connection.execute("INSERT OR IGNORE INTO meta VALUES (?, '1')", (_BEHIND,))
            return
        key = (kind, run, n, item)
        found = self._connection.execute(
            "SELECT id FROM search_entries WHERE kind = ? AND run = ? AND n = ? AND item = ?", key
        ).fetchone()
        if found:
            indexed = self._connection.execute("SELECT text FROM search_index WHERE rowid = ?", found).fetchone()
            if indexed and indexed[0] == text:
                return
            self._connection.execute("UPDATE search_index SET text = ? WHERE rowid = ?", (text, found[0]))
            return
        entry = self._connection.execute("INSERT INTO search_entries (kind, run, n, item) VALUES (?, ?, ?, ?)", key).lastrowid
        self._connection.execute("INSERT INTO search_index (rowid, text) VALUES (?, ?)", (entry, text))


def _works(connection: sqlite3.Connection) -> bool:
    """Whether the index can be written here; makes it where only an earlier writer could not."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'search_index'").fetchone():
        try:
            connection.execute("SELECT rowid FROM search_index LIMIT 1").fetchone()
        except sqlite3.OperationalError:
            return False
        return True
    if not migrations.has_fts5(connection):
        return False
    connection.execute(_index_text())
    connection.execute("INSERT OR IGNORE INTO meta VALUES (?, '1')", (_BEHIND,))
    return True


def _index_text() -> str:
    return schema.SEARCH[schema.SEARCH.index("CREATE") : schema.SEARCH.index(";")]


def _in_words(name: str) -> str:
    """A path or name on the first line, its words on the second: `prices_2024.csv` is found by 'prices' and by '2024'."""
    return name + "\n" + " ".join(dict.fromkeys(_PART.findall(name)))
