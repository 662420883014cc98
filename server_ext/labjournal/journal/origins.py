"""Where contents came from and went, as rows: files by digest, by path, by their edges; tables and addresses by their name.

`questions` follows these rows from execution to execution, thousands of times for one answer, so they are plain tuples, each question
is one statement on an index, and every list has a limit. Only `alike` looks at whole tables, within a time limit.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from labjournal.journal.connection import Connection
from labjournal.journal.rows import Query, Remote

__all__ = ["Head", "Origins", "Touch"]

_COLUMNS = """t.run, t.n, t.path, t.sha256, t.bytes, t.mtime_ns, t.hash_state, t.reason, t.layer, t.confidence, t.package, t.at, t.edges,
    e.started, r.notebook, r.replay_of"""
_JOINED = "JOIN executions e ON e.run = t.run AND e.n = t.n JOIN runs r ON r.run = t.run"
_READ = f"SELECT {_COLUMNS}, '' AS moved, 0 AS deleted FROM usages t {_JOINED}"
_MADE = f"SELECT {_COLUMNS}, t.moved, t.deleted FROM generations t {_JOINED}"
_FEW = 200
_AT_ONCE = 400
_SCAN_S = 2.0
_QUERY = "t.run, t.n, t.database, t.dialect, t.statement, t.times, t.rows, t.layer, t.at"
_REMOTE = "t.run, t.n, t.role, t.url, t.version, t.modified, t.bytes, t.sha256, t.layer, t.at"


class Touch(NamedTuple):
    """A file that an execution read, wrote or removed, and when that was."""

    run: str
    n: int
    path: str
    sha256: str | None
    bytes: int | None
    mtime_ns: int | None
    hash_state: str
    reason: str
    layer: str
    confidence: str
    package: str
    at: str
    edges: str
    started: str
    """When the execution began."""
    notebook: str | None
    replay_of: str | None
    moved: str = ""
    deleted: int = 0

    @property
    def added_to(self) -> bool:
        """Of a reading: it was none, but what stood there stands in what the execution left, before what it added."""
        return self.layer.endswith("append")

    @property
    def key(self) -> tuple[str, int]:
        return self.run, self.n

    @property
    def address(self) -> str:
        return f"{self.run}/{self.n}"


class Head(NamedTuple):
    """An execution in a line."""

    run: str
    n: int
    started: str
    status: str
    notebook: str | None
    source: str


class Origins:
    """Questions to the tables that tell what was read and written."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # files, over all runs

    def makers(self, sha256: str, limit: int = _FEW) -> list[Touch]:
        """Executions that left this content somewhere, those taken in last first."""
        return self._touches(f"{_MADE} WHERE t.sha256 = ? AND t.deleted = 0 ORDER BY t.id DESC LIMIT ?", (sha256, limit))

    def readers(self, sha256: str, limit: int = _FEW) -> list[Touch]:
        """Executions that read this content, those taken in last first."""
        return self._touches(f"{_READ} WHERE t.sha256 = ? ORDER BY t.id DESC LIMIT ?", (sha256, limit))

    def contents_beginning_with(self, prefix: str, limit: int) -> list[str]:
        """Digests of contents that were written, read or shown."""
        found: set[str] = set()
        for table in ("generations", "usages", "outputs"):
            rows = self._connection.rows(
                f"SELECT DISTINCT sha256 FROM {table} WHERE sha256 >= ? AND sha256 < ? ORDER BY sha256 LIMIT ?",
                (prefix, prefix + "g", limit),
            )
            found.update(row[0] for row in rows)
        return sorted(found)[:limit]

    def first_read(self, sha256: str, path: str) -> Touch | None:
        """The reading of a content at a path that was taken in first. By the content's index: a path may be read again and again."""
        found = self._touches(f"{_READ} WHERE t.sha256 = ? AND +t.path = ? ORDER BY t.id LIMIT ?", (sha256, path, 1))
        return found[0] if found else None

    def has_read(self, sha256: str, run: str, last: int) -> bool:
        """Whether a run had read a content by the end of an execution."""
        statement = "SELECT 1 FROM usages WHERE run = ? AND n <= ? AND sha256 = ? LIMIT 1"
        return bool(self._connection.rows(statement, (run, last, sha256)))

    def made_at(self, path: str, limit: int = _FEW) -> list[Touch]:
        """What executions left at a path, those taken in last first; removals are not among it."""
        return self._touches(f"{_MADE} WHERE t.path = ? AND t.deleted = 0 ORDER BY t.id DESC LIMIT ?", (path, limit))

    def read_at(self, path: str, limit: int = _FEW) -> list[Touch]:
        return self._touches(f"{_READ} WHERE t.path = ? ORDER BY t.id DESC LIMIT ?", (path, limit))

    def made_with_edges(self, edges: str, size: int) -> list[Touch]:
        """Large files that were written and whose digest is not known: same length, same beginning and end. A scan of the table."""
        try:
            rows = self._connection.rows(
                f"{_MADE} WHERE t.edges = ? AND t.bytes = ? AND t.sha256 IS NULL AND t.deleted = 0 ORDER BY t.id DESC LIMIT 20",
                (edges, size),
                limit_s=_SCAN_S,
            )
        except TimeoutError:
            return []
        return [Touch._make(row) for row in rows]

    def alike(self, name: str, size: int | None, edges: str, limit: int = 20) -> list[Touch]:
        """Files that may be the one in question: the same edges, or the same name, or the same length; read or written, newest first.

        Two scans of whole tables: for the one question that found nothing else.
        """
        found: list[Touch] = []
        ending = "%" + _like(os.sep + name)
        for statement in (_MADE, _READ):
            where = "(t.edges <> '' AND t.edges = ?1) OR t.path LIKE ?2 ESCAPE '\\' OR (t.bytes = ?3 AND ?3 > 0)"
            try:
                rows = self._connection.rows(
                    f"{statement} WHERE {where} ORDER BY t.id DESC LIMIT ?4", (edges, ending, size or 0, limit), limit_s=_SCAN_S
                )
            except TimeoutError:
                continue
            found += map(Touch._make, rows)
        return found

    # files, queries and addresses of one run

    def inputs(self, run: str, last: int | None = None) -> list[Touch]:
        """What the run read, up to execution `last`."""
        return self._touches(f"{_READ} WHERE t.run = ? AND t.n <= ? ORDER BY t.n, t.id", (run, _last(last)))

    def files(self, run: str, first: int = 1, last: int | None = None) -> list[Touch]:
        """What the run wrote."""
        return self._touches(f"{_MADE} WHERE t.run = ? AND t.n >= ? AND t.n <= ? ORDER BY t.n, t.id", (run, first, _last(last)))

    def read_by(self, run: str, n: int) -> list[Touch]:
        return self._touches(f"{_READ} WHERE t.run = ? AND t.n = ? ORDER BY t.id", (run, n))

    def written_by(self, run: str, n: int) -> list[Touch]:
        return self._touches(f"{_MADE} WHERE t.run = ? AND t.n = ? AND t.deleted = 0 ORDER BY t.id", (run, n))

    def with_data(self, run: str) -> dict[int, str]:
        """Executions with files, queries or remote data, and those that gave a number: n → 'data' or 'metric'."""
        rows = self._connection.rows(
            """SELECT n, 'metric' FROM metrics WHERE run = ?1 UNION SELECT n, 'data' FROM usages WHERE run = ?1 AND package = ''
            UNION SELECT n, 'data' FROM generations WHERE run = ?1
            UNION SELECT n, 'data' FROM queries WHERE run = ?1 UNION SELECT n, 'data' FROM remotes WHERE run = ?1 ORDER BY 2 DESC""",
            (run,),
        )
        return {row[0]: row[1] for row in rows}

    def queries(self, run: str, last: int | None = None) -> list[Query]:
        rows = self._connection.rows(
            f"SELECT {_QUERY} FROM queries t WHERE t.run = ? AND t.n <= ? ORDER BY t.n, t.id", (run, _last(last))
        )
        return [Query(*row) for row in rows]

    def remotes(self, run: str, last: int | None = None) -> list[Remote]:
        rows = self._connection.rows(
            f"SELECT {_REMOTE} FROM remotes t WHERE t.run = ? AND t.n <= ? ORDER BY t.n, t.id", (run, _last(last))
        )
        return [Remote(*row) for row in rows]

    def first_taken_in(self, run: str, last: int) -> dict[str, int]:
        """Up to `last`, the first execution of the run that read a file, asked a database, fetched something; by kind, as far as any did."""
        row = self._connection.rows(
            """SELECT (SELECT min(n) FROM usages WHERE run = ?1 AND n <= ?2), (SELECT min(n) FROM queries WHERE run = ?1 AND n <= ?2),
            (SELECT min(n) FROM remotes WHERE run = ?1 AND n <= ?2 AND role = 'read')""",
            (run, last),
        )[0]
        return {kind: n for kind, n in zip(("file", "table", "remote"), row, strict=True) if n is not None}

    def not_seen(self, runs: Iterable[str]) -> list[tuple[str, int, str]]:
        """(run, n, sentence) of what recording could not see in these runs."""
        found: list[tuple[str, int, str]] = []
        for some in _in_parts(list(runs), _AT_ONCE):
            marks = ", ".join("?" * len(some))
            rows = self._connection.rows(
                f"SELECT run, n, detail FROM problems WHERE run IN ({marks}) AND what = 'not-seen' ORDER BY run, n, id", some
            )
            found += [(row[0], row[1], row[2]) for row in rows]
        return found

    def file_counts(self, run: str) -> tuple[int, int]:
        """How many files the run read and wrote."""
        row = self._connection.rows(
            """SELECT (SELECT count(DISTINCT path) FROM usages WHERE run = ?1 AND package = ''),
            (SELECT count(DISTINCT path) FROM generations WHERE run = ?1 AND deleted = 0)""",
            (run,),
        )[0]
        return row[0], row[1]

    def metric_names(self, run: str) -> list[tuple[int, str]]:
        """(n, name) of the numbers of a run."""
        return [
            (row[0], row[1])
            for row in self._connection.rows("SELECT DISTINCT n, name FROM metrics WHERE run = ? ORDER BY id", (run,))
        ]

    # databases and other machines, over all runs

    def databases(self, ending: str) -> list[str]:
        """Databases that were asked and whose name is, or ends with, this."""
        rows = self._connection.rows(
            "SELECT DISTINCT database FROM queries WHERE database = ?1 OR database LIKE ?2 ESCAPE '\\' ORDER BY 1 LIMIT 20",
            (ending, "%" + _like("/" + ending)),
        )
        return [row[0] for row in rows]

    def queries_to(self, database: str, limit: int = 2000) -> list[tuple[Query, str]]:
        """Statements sent to a database, newest first, each with the start of its execution."""
        rows = self._connection.rows(
            f"""SELECT {_QUERY}, e.started FROM queries t JOIN executions e ON e.run = t.run AND e.n = t.n
            WHERE t.database = ? ORDER BY t.id DESC LIMIT ?""",
            (database, limit),
        )
        return [(Query(*row[:9]), row[9]) for row in map(tuple, rows)]

    def remotes_at(self, url: str, limit: int = _FEW) -> list[tuple[Remote, str]]:
        rows = self._connection.rows(
            f"""SELECT {_REMOTE}, e.started FROM remotes t JOIN executions e ON e.run = t.run AND e.n = t.n
            WHERE t.url = ? ORDER BY t.id DESC LIMIT ?""",
            (url, limit),
        )
        return [(Remote(*row[:10]), row[10]) for row in map(tuple, rows)]

    # executions

    def heads(self, keys: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Head]:
        """The executions in a line each."""
        found: dict[tuple[str, int], Head] = {}
        for some in _in_parts(list(dict.fromkeys(keys)), _AT_ONCE):
            rows = self._connection.rows(
                f"""SELECT e.run, e.n, e.started, e.status, r.notebook, substr(s.text, 1, 400) FROM (VALUES {", ".join(["(?, ?)"] * len(some))}) k
                JOIN executions e ON e.run = k.column1 AND e.n = k.column2 JOIN runs r ON r.run = e.run JOIN sources s ON s.sha256 = e.source""",
                [value for key in some for value in key],
            )
            found.update(((row[0], row[1]), Head._make(row)) for row in rows)
        return found

    def names(self, run: str, first: int, last: int | None) -> list[tuple[int, str, str]]:
        """(n, name, role) of the executions between, in their order."""
        rows = self._connection.rows(
            "SELECT n, name, role FROM bindings WHERE run = ? AND n >= ? AND n <= ? AND role <> 'imported' ORDER BY n",
            (run, first, _last(last)),
        )
        return [tuple(row) for row in rows]

    def statuses(self, run: str, first: int, last: int | None) -> list[tuple[int, str, str]]:
        """(n, status, digest of the source) of the executions between, in their order."""
        rows = self._connection.rows(
            "SELECT n, status, source FROM executions WHERE run = ? AND n >= ? AND n <= ? ORDER BY n", (run, first, _last(last))
        )
        return [tuple(row) for row in rows]

    def source(self, sha256: str) -> str:
        """The code with this digest."""
        return str(self._connection.one("SELECT text FROM sources WHERE sha256 = ?", (sha256,)) or "")

    def showing(self, pieces: Sequence[str], around: str | None, limit: int = 20) -> Iterator[tuple[str, int, int, str]]:
        """(run, n, position, data) of outputs whose data hold one of the texts, newest first.

        `around` is a time at which the run that showed it was probably alive: its runs are looked through first.
        """
        condition = "(" + " OR ".join(["o.data LIKE ? ESCAPE '\\'"] * len(pieces)) + ")"
        patterns = ["%" + _like(piece) + "%" for piece in pieces]
        select = f"SELECT o.run, o.n, o.position, o.data FROM outputs o JOIN runs r ON r.run = o.run WHERE {condition}"
        order = " ORDER BY r.started DESC, o.n DESC LIMIT ?"
        found: list[Any] = []
        if around is not None:
            runs = "r.started <= ? AND (r.ended IS NULL OR r.ended >= ?)"
            found = self._connection.rows(f"{select} AND {runs}{order}", (*patterns, around, around, limit), limit_s=_SCAN_S)
        found = found or self._connection.rows(f"{select}{order}", (*patterns, limit), limit_s=3 * _SCAN_S)
        for row in found:
            yield row[0], row[1], row[2], row[3]

    def _touches(self, statement: str, values: Sequence[Any]) -> list[Touch]:
        return [Touch._make(row) for row in self._connection.rows(statement, values)]


def _last(last: int | None) -> int:
    return (1 << 62) if last is None else last


def _like(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _in_parts(items: list[Any], length: int) -> Iterator[list[Any]]:
    for start in range(0, len(items), length):
        yield items[start : start + length]
