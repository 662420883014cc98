"""What all appliers share: the open transaction, rows for what came without its beginning, and what is to be sealed at the end.

Standard library only, Python 3.8.
"""

from __future__ import annotations

import hashlib
import sqlite3
from typing import Any, Dict, Set, Tuple

from labjournal.journal.indexing import Index
from labjournal.journal.values import now, number, text

__all__ = ["RowWriter"]


class RowWriter:
    """Writes rows into the tables of one open transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._index = Index(connection)
        self._index.catch_up()
        self._unsealed: Set[Tuple[str, int]] = set()
        self._unchained: Dict[str, int] = {}
        self._results: Set[Tuple[str, int]] = set()
        """Executions that may have become results, or other ones."""
        self._changed: Set[str] = set()
        self._runs: Set[str] = set()
        self._executions: Set[Tuple[str, int]] = set()
        self.blobs: Set[str] = set()
        """Digests of blobs that rows of this transaction speak of."""
        self.contents: Set[str] = set()
        """Those of them that are contents of data files."""

    def problem(self, run: str, n: int, what: str, detail: str, at: str = "") -> None:
        self._run(run, at)
        self._do("INSERT OR IGNORE INTO problems (run, n, what, detail, at) VALUES (?, ?, ?, ?, ?)", run, n, what, detail, at)

    def _run(self, run: str, at: str) -> None:
        """A row for a run whose start was lost."""
        if run in self._runs:
            return
        if not self._connection.execute("SELECT 1 FROM runs WHERE run = ?", (text(run),)).fetchone():
            self._do("INSERT INTO runs (run, started) VALUES (?, ?)", run, at or now())
            self._changed.add(run)
        self._runs.add(run)

    def _execution(self, run: str, n: int, at: str) -> None:
        """A row for an execution whose start was lost; its seal will be renewed in any case."""
        self._unsealed.add((run, number(n)))
        if (run, n) in self._executions:
            return
        if self._connection.execute("SELECT 1 FROM executions WHERE run = ? AND n = ?", (run, n)).fetchone():
            self._executions.add((run, n))
            return
        self._run(run, at)
        started = at or self._connection.execute("SELECT started FROM runs WHERE run = ?", (run,)).fetchone()[0]
        self._do("INSERT INTO executions (run, n, source, started) VALUES (?, ?, ?, ?)", run, n, self._source(""), started)
        self._unchained[run] = min(n, self._unchained.get(run, n))
        self.problem(run, n, "start-lost", "The start of this execution was not recorded; its source is not known.")

    def _source(self, source: str) -> str:
        code = text(source)
        sha256 = hashlib.sha256(code.encode("utf-8")).hexdigest()
        if self._do("INSERT OR IGNORE INTO sources VALUES (?, ?)", sha256, code):
            self._index.source(sha256, code)
        return sha256

    def _abandon_executions(self, run: str) -> None:
        for (n,) in self._connection.execute("SELECT n FROM executions WHERE run = ? AND status = 'running'", (run,)).fetchall():
            self._do("UPDATE executions SET status = 'abandoned' WHERE run = ? AND n = ?", run, n)
            self._unsealed.add((run, n))

    def _do(self, statement: str, *values: Any) -> int:
        """Executes one statement; the number of rows it wrote."""
        try:
            return self._connection.execute(statement, values).rowcount
        except UnicodeEncodeError:
            return self._connection.execute(
                statement, [text(value) if isinstance(value, str) else value for value in values]
            ).rowcount
