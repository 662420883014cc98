"""What DuckDB reads and writes: files that its SQL names or is given, its own databases, and views and relations over files.

A view or a relation over a file reads it each time it is used, also cells later: which files a view is made over is kept by
its name and database, a relation tells by itself. No query of ours is sent.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import Any, Callable, Dict, Iterator, Optional, Tuple

from labjournal.recorders import audit_hook
from labjournal.recorders.native_paths import UPDATE, WRITE, given_paths, is_remote
from labjournal.recorders.native_telling import Told, asked_by, tell

__all__ = ["connected", "derived", "fetched", "listen_to_queries", "related", "sent"]

Place = Tuple[str, int]
"""A database, and which of those in memory it is."""

_MEMORY = ":memory:"
_MOST_CONNECTIONS = 1_000
_MOST_VIEWS = 500
_MOST_SETS = 100


class _Duck:
    queries: Callable[[str, str], None] | None = None
    """Takes (database, statement) of what is sent."""
    databases: Dict[int, Place] = {}
    """Identity of a connection → its database; every way to a new connection writes here, so that none is taken for another."""
    in_memory = 0
    read: Dict[str, int] = {}
    """Database in a file → the round in which it was told to be read last."""
    changed: Dict[str, int] = {}
    views: Dict[Tuple[str, Optional[Place]], Tuple[str, ...]] = {}
    """(name, database, or None where that is not known) → files that the view reads, absolute."""
    relations = -1
    """The round in which a relation over files was made last."""


_DEFAULT = (_MEMORY, 0)


def listen_to_queries(listener: Callable[[str, str], None] | None) -> None:
    """Tells this function (database, statement) of what DuckDB is sent."""
    _Duck.queries = listener


def connected(database: Any, read_only: Any) -> Callable[[Any], None]:
    """A connection is about to be made; what is to be told of it when it is there."""
    name = _MEMORY
    for path in given_paths(database):
        if path and not path.startswith(":"):
            local = not is_remote(path) and not path.startswith(("md:", "motherduck:"))
            name = os.path.realpath(path) if local else path.partition("?")[0]
            if local:
                _Duck.read[name] = _Duck.changed[name] = Told.round
                audit_hook.tell("opened", path, os.O_RDONLY if read_only is True else UPDATE)
    _Duck.in_memory += name == _MEMORY
    return partial(_remember, (name, _Duck.in_memory if name == _MEMORY else 0))


def derived(connection: Any) -> Callable[[Any], None]:
    """Another connection to the same database is about to be made."""
    return partial(_remember, _Duck.databases.get(id(connection), ("", 0)))


def sent(statement: Any, values: Any, connection: Any) -> None:
    """A statement is about to be sent."""
    if type(statement) is not str or asked_by("duckdb", "_duckdb"):
        return
    place = _DEFAULT if connection is None else _Duck.databases.get(id(connection), ("", 0))
    if _Duck.queries is not None:
        _Duck.queries(place[0], statement)
    from labjournal.recorders.sql_files import does, view_made

    reads, changes = does(statement)
    _use(place[0], reads, changes)
    files = _tell_files(statement, values, place)
    view = view_made(statement)
    if view:
        _keep_view(place, view, files)
    elif files:
        related()


def related() -> None:
    """A relation over files is about to be made."""
    _Duck.relations = Told.round


def fetched(relation: Any, view: Any = None) -> None:
    """A relation is about to be executed, or kept as a view."""
    if not (_Duck.views or _Duck.relations >= 0) or asked_by("duckdb", "_duckdb"):
        return
    kind = getattr(sys.modules.get("duckdb"), "DuckDBPyRelation", None)
    if not isinstance(kind, type) or not issubclass(type(relation), kind):
        return
    if view is None and not _Duck.views and _Duck.relations == Told.round:
        return  # its files were told when it was made
    try:
        statement = kind.sql_query(relation)  # type: ignore[attr-defined]
    except Exception:  # a relation without one, or of a connection that is closed
        return
    files = _tell_files(statement, None, None)
    if type(view) is str:
        _keep_view(None, view.lower(), files)


def _use(database: str, reads: bool, changes: bool) -> None:
    """A database that an earlier execution connected to is used once more."""
    for used, flags in ((_Duck.read, os.O_RDONLY), (_Duck.changed, os.O_WRONLY)):
        if (reads if used is _Duck.read else changes) and used.get(database, Told.round) != Told.round:
            used[database] = Told.round
            audit_hook.tell("opened", database, flags)


def _tell_files(statement: str, values: Any, place: Place | None) -> Tuple[str, ...]:
    """Tells of the files that a statement names, itself or through views; those that it reads, absolute."""
    from labjournal.recorders.sql_files import sql_files, words_in

    read: Dict[str, None] = {}
    sets = values[:_MOST_SETS] if type(values) is list and values and type(values[0]) in (list, tuple, dict) else [values]
    for bound in sets if len(sets) > 1 or type(values) is not list else [*sets, values]:
        for path, written in sql_files(statement, bound):
            if written:
                tell(path, WRITE)
            elif "*" in path or is_remote(path) or os.path.lexists(path):
                tell(path, os.O_RDONLY)
                read[path if is_remote(path) else os.path.abspath(path)] = None
    for word in words_in(statement) if _Duck.views else ():
        for file in _behind(word, place):
            if file not in read:
                read[file] = None
                tell(file, os.O_RDONLY)
    return tuple(read)


def _behind(name: str, place: Place | None) -> Iterator[str]:
    """Files that a view of this name reads."""
    for (view, where), files in _Duck.views.items():
        if view == name and (place is None or where is None or where == place):
            yield from files


def _keep_view(place: Place | None, name: str, files: Tuple[str, ...]) -> None:
    _Duck.views.pop((name, place), None)
    if files and len(_Duck.views) < _MOST_VIEWS:
        _Duck.views[(name, place)] = files


def _remember(place: Place, connection: Any) -> None:
    if len(_Duck.databases) >= _MOST_CONNECTIONS:
        _Duck.databases.pop(next(iter(_Duck.databases)))
    _Duck.databases[id(connection)] = place
