"""What is sent through sqlite3, told by subclasses of its connection and cursor that stand under the same names.

A trace callback would see it too, but SQLite writes every bound value out for one (a picture of 50 MB becomes a text of 100), calls
it for each row of `executemany`, and has room for one only, which is the user's. The subclasses add a Python call per statement, take
no attribute that the originals do not take, and are instances of each other; connections with a factory of the user's own are left
alone, unless it is made of ours. Connections that were made before are not heard.
"""

from __future__ import annotations

import os
from types import ModuleType
from typing import Any, Callable, Dict
from urllib.parse import unquote

from labjournal.recorders import audit_hook, imports, wrapping
from labjournal.recorders.native_telling import Told

__all__ = ["database_path", "listen"]

Listener = Callable[[str, str, str, Any, "int | None"], None]
"""Takes layer, database, dialect, statement, rows."""

_MEMORY = ":memory:"
_MOST_USED = 1_000
_FACTORY = 5
"""Position of `factory` among the arguments of `connect`."""


class _Ear:
    listener: Listener | None = None
    used: Dict[str, int] = {}
    """Database → the execution in which it was told of last."""


def listen(listener: Listener | None) -> None:
    """Tells this function of every statement, or nobody."""
    _Ear.listener = listener
    if listener is not None:
        imports.when_imported("sqlite3.dbapi2", _put_on)
        imports.install()


def database_path(given: Any) -> str:
    """Which database `connect` was asked for: an absolute path, or `:memory:`."""
    path = audit_hook.plain_path(given)
    if path is None or path in ("", ":memory:"):
        return _MEMORY
    if path.startswith("file:"):
        path, _, query = path[5:].partition("?")
        if "mode=memory" in query or path in ("", ":memory:"):
            return _MEMORY
        path = unquote("/" + path[2:].partition("/")[2] if path.startswith("//") else path)
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):
        return path


def _put_on(module: ModuleType) -> None:
    if wrapping.is_ours(vars(module)["connect"]):
        return
    connection, cursor = _subclasses(module.Connection, module.Cursor)
    done = [
        wrapping.replaced(module, "Cursor", cursor),
        wrapping.replaced(module, "Connection", connection),
        wrapping.adjusted(module, "connect", lambda args, kwargs: _with_factory(args, kwargs, connection)),
    ]
    wrapping.replace_aliases("sqlite3", done)


def _use(database: str) -> None:
    if audit_hook.listened_to():
        if len(_Ear.used) >= _MOST_USED:
            _Ear.used.clear()
        _Ear.used[database] = Told.round
        if database != _MEMORY:
            audit_hook.tell("connected", database)


def _with_factory(args: Any, kwargs: Any, factory: Any) -> Any:
    """The same arguments, and our class where none is asked for."""
    if len(args) > _FACTORY or "factory" in kwargs or _Ear.listener is None or audit_hook.is_excluded():
        return args, kwargs
    return args, {**kwargs, "factory": factory}


def _subclasses(base_connection: Any, base_cursor: Any) -> Any:
    """A connection and a cursor that tell."""

    def tell(cursor: Any, statement: Any, rows: Any) -> None:
        listener = _Ear.listener
        if listener is not None:
            try:
                database = getattr(cursor.connection, "_labjournal", None)
                if database is not None:
                    listener("sqlite3", database, "sqlite", statement, rows if type(rows) is int else None)
            except Exception as problem:  # a fault of ours is not the user's
                wrapping.failed(problem)

    def use(cursor: Any) -> None:
        """A connection of an earlier execution reads its file in this one."""
        if _Ear.listener is not None:
            try:
                database = getattr(cursor.connection, "_labjournal", None)
                if database is not None and _Ear.used.get(database) != Told.round:
                    _use(database)
            except Exception as problem:  # a fault of ours is not the user's
                wrapping.failed(problem)

    def execute(self: Any, sql: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = "labjournal"
        use(self)
        result = run_one(self, sql, *args, **kwargs)
        tell(self, sql, self.rowcount)
        return result

    def executemany(self: Any, sql: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = "labjournal"
        use(self)
        result = run_many(self, sql, *args, **kwargs)
        tell(self, sql, self.rowcount)
        return result

    def executescript(self: Any, sql_script: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = "labjournal"
        use(self)
        result = run_script(self, sql_script, *args, **kwargs)
        tell(self, sql_script, None)
        return result

    def make_cursor(self: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = "labjournal"
        return old_cursor(self, *args, **kwargs) if args or kwargs else old_cursor(self, cursor)

    def execute_here(self: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = "labjournal"
        return old_cursor(self, cursor).execute(*args, **kwargs)

    def executemany_here(self: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = "labjournal"
        return old_cursor(self, cursor).executemany(*args, **kwargs)

    def executescript_here(self: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = "labjournal"
        return old_cursor(self, cursor).executescript(*args, **kwargs)

    def initialise(self: Any, *args: Any, **kwargs: Any) -> None:
        __tracebackhide__ = "labjournal"
        initialise_base(self, *args, **kwargs)
        try:
            self._labjournal = database_path(args[0] if args else kwargs.get("database"))
            _Ear.used[self._labjournal] = Told.round  # the audit hook was told
        except Exception as problem:  # a fault of ours is not the user's
            wrapping.failed(problem)

    run_one, run_many, run_script = base_cursor.execute, base_cursor.executemany, base_cursor.executescript
    old_cursor, initialise_base = base_connection.cursor, base_connection.__init__
    cursor = wrapping.stand_in(
        base_cursor, {"execute": execute, "executemany": executemany, "executescript": executescript, "__slots__": ()}
    )
    connection = wrapping.stand_in(
        base_connection, {
            "__init__": initialise, "cursor": make_cursor, "execute": execute_here, "executemany": executemany_here,
            "executescript": executescript_here, "__slots__": ("_labjournal",),
        },
    )  # fmt: skip
    return connection, cursor
