"""SQL that executions send: through sqlite3, SQLAlchemy and DuckDB, and whatever is built on them (pandas, polars).

    sqlite3      connections and cursors are subclasses with the same names (`sqlite_calls`); one call of `executemany` is one note
    SQLAlchemy   an event of its engines, which is made for this
    DuckDB       the wrapped functions of `native_calls`

On the user's thread a statement is counted under its text, bounded in number and length; literals are taken out on the helper thread.
Values that are bound to a statement are never looked at, no query of ours is sent, nothing is asked of a connection. Which database
it was is told without user and password.
"""

from __future__ import annotations

import os
import time
from types import ModuleType
from typing import Any, Dict, Iterable, Iterator, List, Tuple

from labjournal.events import Event, ProblemSeen, QuerySent
from labjournal.recorders import Context, Execution, Outcome, Recorder, audit_hook, imports, native_calls, sqlite_calls
from labjournal.recorders.file_rules import IGNORED, Rules
from labjournal.recorders.gathering import Gathering

__all__ = ["DatabasesRecorder"]

MOST_STATEMENTS = 500
"""Different ones of an execution."""
_MOST_CHARACTERS = 2 << 20
_LAYERS = ("sqlalchemy", "sqlite3", "duckdb")

Key = Tuple[str, str, str, str]
"""(layer, database, dialect, statement as it was sent)."""


class _Sent:
    """How often one statement was sent, and how many rows it touched where that is known."""

    __slots__ = ("at", "rows", "times")

    def __init__(self) -> None:
        self.at = time.time()
        self.times = 0
        self.rows: int | None = None


class _Queries:
    """What one execution sent."""

    def __init__(self) -> None:
        self.sent: Dict[Key, _Sent] = {}
        self.left_out = 0
        self._characters = 0

    def note(self, key: Key, rows: int | None) -> None:
        sent = self.sent.get(key)
        if sent is None:
            self._characters += len(key[3])
            if len(self.sent) >= MOST_STATEMENTS or self._characters > _MOST_CHARACTERS:
                self.left_out += 1
                return
            sent = self.sent[key] = _Sent()
        sent.times += 1
        if rows is not None and rows >= 0:
            sent.rows = (sent.rows or 0) + rows


class DatabasesRecorder(Recorder):
    """Yields QuerySent for each execution."""

    name = "databases"

    def __init__(self, context: Context) -> None:
        self._context = context
        self._rules = Rules(str(context.journal))
        self._gathering: Gathering[_Queries] = Gathering()
        sqlite_calls.listen(self.note)
        native_calls.listen_to_queries(self._duckdb)
        imports.when_imported("sqlalchemy", self._listen_to_sqlalchemy)
        imports.install()

    # -- the moments of a run ----------------------------------------------------------------------------------------------

    def execution_started(self, execution: Execution) -> None:
        self._gathering.begin(execution.n, _Queries())

    def execution_ended(self, execution: Execution, outcome: Outcome) -> None:
        self._gathering.end(execution.n)

    def collect(self, execution: Execution) -> Iterable[Event]:
        queries = self._gathering.take(execution.n)
        if queries is not None:
            yield from self._told(execution.n, queries)
            if queries.left_out:
                yield ProblemSeen(
                    execution.run, execution.n, "incomplete",
                    f"More different SQL statements were sent than are recorded; {queries.left_out:,} were left out.", time.time(),
                )  # fmt: skip

    def run_ended(self) -> Iterable[Event]:
        self._stop()
        return ()

    def forked(self) -> None:
        self._stop()
        self._gathering.clear()

    def _stop(self) -> None:
        sqlite_calls.listen(None)
        native_calls.listen_to_queries(None)
        self._gathering.stop()

    # -- what is told, on the user's thread --------------------------------------------------------------------------------

    def note(self, layer: str, database: str, dialect: str, statement: Any, rows: int | None = None) -> None:
        """One statement was sent."""
        if type(statement) is not str or not audit_hook.listened_to():
            return
        queries = self._gathering.here()
        if queries is not None:
            queries.note((layer, database, dialect, statement), rows)

    def _duckdb(self, database: str, statement: str) -> None:
        self.note("duckdb", database, "duckdb", statement)

    def _listen_to_sqlalchemy(self, module: ModuleType) -> None:
        engine = module.engine.Engine
        if not module.event.contains(engine, "after_cursor_execute", self._sqlalchemy):
            module.event.listen(engine, "after_cursor_execute", self._sqlalchemy)

    def _sqlalchemy(self, connection: Any, cursor: Any, statement: Any, parameters: Any, context: Any, executemany: Any) -> None:
        """An event of SQLAlchemy's; what it raised would be raised in the user's call."""
        try:
            url = connection.engine.url
            rows = cursor.rowcount if type(cursor.rowcount) is int else None
            self.note("sqlalchemy", _place(url), str(connection.dialect.name), statement, rows)
        except Exception:  # a driver that is not as others are
            return

    # -- on the helper thread ----------------------------------------------------------------------------------------------

    def _told(self, n: int, queries: _Queries) -> Iterator[Event]:
        from labjournal.recorders.sql_text import is_housekeeping, normalised  # many expressions: not while a kernel starts

        merged: Dict[Tuple[str, str], List[Tuple[str, str, _Sent]]] = {}
        for (layer, database, dialect, statement), sent in queries.sent.items():
            if is_housekeeping(statement) or self._is_nobodys(database):
                continue
            key = (database, normalised(statement, dialect))
            merged.setdefault(key, []).append((layer, dialect, sent))
        for (database, statement), found in merged.items():
            # One statement that passes through two libraries was sent once: the layer that saw more of it counts.
            by_layer = {layer: [sent for other, _, sent in found if other == layer] for layer, _, _ in found}
            times = max(sum(sent.times for sent in each) for each in by_layer.values())
            rows = [
                sum(sent.rows for sent in each if sent.rows is not None)
                for each in by_layer.values()
                if any(sent.rows is not None for sent in each)
            ]
            yield QuerySent(
                self._context.run, n, database=self._clean(database), statement=self._context.redactor.text(statement).text,
                dialect=next((dialect for _, dialect, _ in found if dialect), ""), times=times, rows=max(rows) if rows else None,
                layer=" ".join(layer for layer in _LAYERS if layer in by_layer), at=min(sent.at for _, _, sent in found),
            )  # fmt: skip

    def _is_nobodys(self, database: str) -> bool:
        """Databases of programs: IPython's history, the journal."""
        return os.path.isabs(database) and self._rules.verdict(database) == IGNORED

    def _clean(self, database: str) -> str:
        if "://" in database:
            return self._context.redactor.url(database)
        return self._context.redactor.text(database.encode("utf-8", "replace").decode("utf-8")).text


def _place(url: Any) -> str:
    """Scheme, host, port and name of a database, or the file it is; no user, no password, no options."""
    backend, host, name = url.get_backend_name(), url.host, url.database
    if backend in ("sqlite", "duckdb") and not host:
        return sqlite_calls.database_path(name)
    port = f":{url.port}" if url.port else ""
    return f"{backend}://{host or ''}{port}/{name or ''}"
