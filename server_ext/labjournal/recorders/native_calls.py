"""Readers and writers that never pass through Python's `open` tell the watcher of its audit hook before they run.

Those of the table (`native_table`) are wrapped when their library is imported (`imports`, `wrapping`), before anybody has copied
their names: so that what is read is hashed before it can be overwritten. A name that a version of a library does not have is left
out and said; kernel events find what nobody told.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from types import FrameType, ModuleType
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, List, Tuple

from labjournal.recorders import Context, Execution, Recorder, audit_hook, imports, wrapping
from labjournal.recorders.native_paths import WRITE, flags_of, given_paths, is_remote, local_files
from labjournal.recorders.native_table import BY_MODE, CALLS, COLLECTS, CONNECTS, DERIVES, READS, SCANS, SQL, WRITES, Call

if TYPE_CHECKING:
    from labjournal.events import Event

__all__ = ["NativeRecorder", "listen_to_queries", "listen_to_remote", "missing", "put_on", "watched_libraries"]

_on: Dict[str, None] = {}
missing: List[str] = []
"""Names that the installed version of a library does not have."""


class _Told:
    """What the functions of this module share; one kernel, one of it."""

    round = 0
    """Grows with every execution."""
    scanned: Dict[str, int] = {}
    """Path that was only looked at so far → round."""
    remote: Callable[[str, str], None] | None = None
    """Takes (role, URL) of what a library fetches by itself."""
    queries: Callable[[str, str], None] | None = None
    """Takes (database, statement) of what DuckDB is sent."""
    databases: Dict[int, str] = {}
    """Identity of a connection → its database; every way to a new connection writes here, so that none is taken for another."""


def watched_libraries() -> List[str]:
    """Top modules of the libraries whose readers and writers tell."""
    return sorted(_on)


def listen_to_queries(listener: Callable[[str, str], None] | None) -> None:
    """Tells this function (database, statement) of what DuckDB is sent."""
    _Told.queries = listener


def listen_to_remote(listener: Callable[[str, str], None] | None) -> None:
    """Tells this function (role, URL) of what libraries fetch by themselves."""
    _Told.remote = listener


def put_on() -> None:
    """From now on libraries are wrapped as they are imported; those that are here already, now."""
    for module in CALLS:
        imports.when_imported(module, _wrap_all)
    imports.install()


class NativeRecorder(Recorder):
    """Says nothing itself: what it puts in place tells the recorder of files."""

    name = "native"

    def __init__(self, context: Context) -> None:
        put_on()

    def execution_started(self, execution: Execution) -> None:
        _Told.round += 1

    def run_ended(self) -> Iterable[Event]:
        imports.uninstall()
        return ()


_MAPPING = ("memory_map", "create_memory_map")


def _wrap_all(module: ModuleType) -> None:
    """Wraps what the table names of a module that has just been imported."""
    top = module.__name__.partition(".")[0]
    done = []
    for call in CALLS[module.__name__]:
        try:
            put = _wrap(module, call)
        except (AttributeError, KeyError, TypeError):
            if len(missing) < 100:
                missing.append(f"{module.__name__}.{call.name}")
        else:
            _on[top] = None
            if put is not None:
                done.append(put)
    spec = getattr(module, "__spec__", None)
    if done and not getattr(spec, "_initializing", False):
        wrapping.replace_aliases(top, done)


def _wrap(module: ModuleType, call: Call) -> wrapping.Wrapped | None:
    owner: Any = module
    *classes, name = call.name.split(".")
    for each in classes:
        owner = getattr(owner, each)
    note = partial(_NOTES[call.role], call, bool(classes))
    found = vars(owner)[name]
    if not isinstance(found, type):
        return (wrapping.around if call.role in (CONNECTS, DERIVES) else wrapping.before)(owner, name, note)
    plain = partial(_NOTES[call.role], call, False)
    try:
        return wrapping.constructed(found, plain)
    except TypeError:  # written in C
        pass
    try:
        return wrapping.before(found, "__init__", partial(_NOTES[call.role], call, True))
    except (KeyError, TypeError):  # and takes no attribute
        return wrapping.standing_in(owner, name, plain)


# -- what is told, on the user's thread ------------------------------------------------------------------------------------


def _argument(call: Call, method: bool, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Any:
    position = call.position + method
    return args[position] if len(args) > position else kwargs.get(call.argument)


def _reads(call: Call, method: bool, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> None:
    if audit_hook.listened_to():
        _tell(_argument(call, method, args, kwargs), os.O_RDONLY)


def _writes(call: Call, method: bool, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> None:
    if audit_hook.listened_to():
        audit_hook.mapped(call.name in _MAPPING)
        _tell(_argument(call, method, args, kwargs), WRITE)


def _by_mode(call: Call, method: bool, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> None:
    if audit_hook.listened_to():
        position = call.position + method + 1
        mode = args[position] if len(args) > position else kwargs.get("mode")
        audit_hook.mapped(call.name in _MAPPING)
        _tell(_argument(call, method, args, kwargs), flags_of(mode, call.default), name=True)


def _scans(call: Call, method: bool, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> None:
    """A lazy reader: what it names is read now, as far as a library looks for columns, and again when it is collected."""
    if audit_hook.listened_to():
        for path in _tell(_argument(call, method, args, kwargs), os.O_RDONLY):
            if len(_Told.scanned) < 1_000:
                _Told.scanned[path] = _Told.round


def _collects(call: Call, method: bool, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> None:
    """What was scanned in an earlier cell is read now; the plan names it."""
    if not audit_hook.listened_to() or not args:
        return
    if any(since != _Told.round for since in _Told.scanned.values()):
        plan = args[0].explain(optimized=False)
        for path in [path for path in _Told.scanned if path in plan]:
            _tell(path, os.O_RDONLY)
            _Told.scanned[path] = _Told.round


def _sql(call: Call, method: bool, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> None:
    statement = _argument(call, method, args, kwargs)
    if type(statement) is not str or not audit_hook.listened_to() or _asked_by_duckdb():
        return
    if _Told.queries is not None:
        connection = args[0] if method else kwargs.get("connection")
        _Told.queries(":memory:" if connection is None else _Told.databases.get(id(connection), ""), statement)
    from labjournal.recorders.sql_files import sql_files

    for path, written in sql_files(statement):
        if written or "*" in path or os.path.lexists(path) or is_remote(path):
            _tell(path, WRITE if written else os.O_RDONLY)


def _asked_by_duckdb() -> bool:
    """Whether DuckDB itself sends the statement, on behalf of what was asked of it."""
    frame: FrameType | None = sys._getframe(3)
    while frame is not None and frame.f_code.co_filename.endswith("<labjournal>"):
        frame = frame.f_back
    return frame is not None and str(frame.f_globals.get("__name__")).partition(".")[0] in ("duckdb", "_duckdb")


def _connects(call: Call, method: bool, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Callable[[Any], None]:
    database = _argument(call, method, args, kwargs)
    read_only = args[1] if len(args) > 1 else kwargs.get("read_only", False)
    name = ":memory:"
    for path in given_paths(database):
        if path and not path.startswith(":"):
            local = not is_remote(path) and not path.startswith(("md:", "motherduck:"))
            name = os.path.realpath(path) if local else path.partition("?")[0]
            if local:
                audit_hook.tell("opened", path, os.O_RDONLY if read_only is True else os.O_RDWR | os.O_CREAT)
    return partial(_remember, name)


def _derives(call: Call, method: bool, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Callable[[Any], None] | None:
    return partial(_remember, _Told.databases.get(id(args[0]), "")) if args else None


def _remember(database: str, connection: Any) -> None:
    if len(_Told.databases) >= 1_000:
        _Told.databases.pop(next(iter(_Told.databases)))
    _Told.databases[id(connection)] = database


_NOTES: Dict[str, Callable[..., Any]] = {
    READS: _reads, WRITES: _writes, BY_MODE: _by_mode, SCANS: _scans, COLLECTS: _collects, SQL: _sql, CONNECTS: _connects, DERIVES: _derives,
}  # fmt: skip


def _tell(argument: Any, flags: int, *, name: bool = False) -> List[str]:
    """Says it of every file that the argument stands for; the paths as they were given."""
    given = list(given_paths(argument, name=name))
    for path in given:
        if is_remote(path):
            if _Told.remote is not None:
                _Told.remote("read" if flags == os.O_RDONLY else "written", path)
            continue
        for file in local_files(path):
            audit_hook.tell("opened", file, flags)
    return given
