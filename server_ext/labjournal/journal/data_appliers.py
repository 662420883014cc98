"""What events about data do to the tables: files, contents that are kept, frames, queries, and data on other machines.

Rules as in `appliers`. Standard library only, Python 3.8.
"""

from __future__ import annotations

from typing import Any, Tuple

from labjournal import events as ev
from labjournal.journal.row_writer import RowWriter
from labjournal.journal.values import as_json, iso, now, number, text

__all__ = ["DataAppliers"]


class DataAppliers(RowWriter):
    """The part of `appliers.Appliers` that knows data."""

    # files

    def file_read(self, event: ev.FileRead) -> None:
        self._file("usages", event, ())

    def file_written(self, event: ev.FileWritten) -> None:
        self._file("generations", event, (0,))

    def file_deleted(self, event: ev.FileDeleted) -> None:
        self._file("generations", event, (1,))

    def _file(self, table: str, event: Any, deleted: Tuple[int, ...]) -> None:
        """A row per content at a path; one whose digest was not known gives way to one where it is."""
        self._execution(event.run, event.n, iso(event.at))
        sha256 = None if deleted == (1,) else event.sha256
        same = "run = ? AND n = ? AND path = ?" + (" AND deleted = ?" if deleted else "")
        key = (event.run, event.n, text(event.path)) + deleted
        if sha256:
            self._do(f"DELETE FROM {table} WHERE {same} AND sha256 IS NULL", *key)
        elif self._connection.execute(f"SELECT 1 FROM {table} WHERE {same} AND sha256 IS NOT NULL", key).fetchone():
            return
        kept = bool(event.kept) or self._is_kept(sha256)
        column, mark, target = (", moved, deleted", ", ?, ?", ", deleted") if deleted else ("", "", "")
        move = (event.moved, *deleted) if deleted else ()
        self._do(
            f"""INSERT INTO {table} (run, n, path, given, sha256, bytes, mtime_ns, hash_state, reason, layer, confidence, package, at, kept, edges{column})
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?{mark})
            ON CONFLICT (run, n, path, ifnull(sha256, ''){target}) DO UPDATE SET given = excluded.given, bytes = excluded.bytes,
                mtime_ns = excluded.mtime_ns, hash_state = excluded.hash_state, reason = excluded.reason, layer = excluded.layer,
                confidence = excluded.confidence, package = excluded.package, at = excluded.at, kept = max(kept, excluded.kept),
                edges = CASE excluded.edges WHEN '' THEN edges ELSE excluded.edges END{", moved = excluded.moved" if deleted else ""}""",
            event.run, event.n, event.path, event.given, sha256, event.bytes, event.mtime_ns, event.hash_state, event.reason,
            event.layer, event.confidence, event.package, iso(event.at), int(kept), event.edges, *move,
        )  # fmt: skip
        self._index.path(text(event.path))
        if deleted:
            self._results.add((event.run, event.n))
        if event.kept and sha256:
            self.blobs.add(sha256)

    def _is_kept(self, sha256: Any) -> bool:
        return bool(sha256) and self._connection.execute("SELECT 1 FROM kept WHERE sha256 = ?", (sha256,)).fetchone() is not None

    def bytes_kept(self, event: ev.BytesKept) -> None:
        """Every row that speaks of the content knows it; so do those that come later (`_file`)."""
        self._do(
            """INSERT INTO kept VALUES (?, ?, ?, ?)
            ON CONFLICT (sha256) DO UPDATE SET stored = excluded.stored, at = max(at, excluded.at)""",
            event.sha256, number(event.bytes), number(event.stored), iso(event.at) or now(),
        )  # fmt: skip
        for table in ("usages", "generations"):
            told = self._connection.execute(
                f"SELECT run, n FROM {table} WHERE sha256 = ? AND NOT kept", (event.sha256,)
            ).fetchall()
            if told:
                self._do(f"UPDATE {table} SET kept = 1 WHERE sha256 = ? AND NOT kept", event.sha256)
                self._unsealed.update((run, n) for run, n in told)
        self.blobs.add(event.sha256)
        self.contents.add(event.sha256)

    def content_lost(self, sha256: str) -> None:
        """The content of a data file is not where it was said to be: another kernel made room meanwhile."""
        self._do("DELETE FROM kept WHERE sha256 = ?", sha256)
        for table in ("usages", "generations"):
            told = self._connection.execute(f"SELECT run, n FROM {table} WHERE sha256 = ? AND kept", (sha256,)).fetchall()
            self._do(f"UPDATE {table} SET kept = 0 WHERE sha256 = ? AND kept", sha256)
            self._unsealed.update((run, n) for run, n in told)

    # other data

    def frame_seen(self, event: ev.FrameSeen) -> None:
        self._execution(event.run, event.n, "")
        self._do(
            "INSERT OR REPLACE INTO frames VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            event.run, event.n, event.name, event.kind, None if event.rows is None else number(event.rows), number(event.columns),
            event.schema, event.content, as_json(event.profile or {}), int(bool(event.complete)),
        )  # fmt: skip

    def query_sent(self, event: ev.QuerySent) -> None:
        self._execution(event.run, event.n, iso(event.at))
        self._do(
            """INSERT INTO queries (run, n, database, dialect, statement, times, rows, layer, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (run, n, database, statement) DO UPDATE SET times = excluded.times, rows = excluded.rows""",
            event.run, event.n, event.database, event.dialect, event.statement, number(event.times),
            None if event.rows is None else number(event.rows), event.layer, iso(event.at),
        )  # fmt: skip

    def remote_touched(self, event: ev.RemoteTouched) -> None:
        self._execution(event.run, event.n, iso(event.at))
        self._do(
            """INSERT INTO remotes (run, n, role, url, version, modified, bytes, sha256, layer, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (run, n, role, url, version) DO UPDATE SET modified = excluded.modified, bytes = excluded.bytes,
                sha256 = coalesce(excluded.sha256, sha256)""",
            event.run, event.n, event.role, event.url, event.version, event.modified,
            None if event.bytes is None else number(event.bytes), event.sha256, event.layer, iso(event.at),
        )  # fmt: skip
        self._index.path(text(event.url))
