"""Readers and writers that never pass through Python's `open` tell the watcher of its audit hook before they run.

Those of the table (`native_table`) are wrapped when their library is imported (`imports`, `wrapping`), before anybody has copied
their names: so that what is read is hashed before it can be overwritten. A name that a version of a library does not have is left
out and said; kernel events find what nobody told.
"""

from __future__ import annotations

import os
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, List, Tuple

from labjournal.recorders import (
    Context,
    Execution,
    Recorder,
    audit_hook,
    imports,
    native_duckdb,
    native_handles,
    native_lazy,
    wrapping,
)
from labjournal.recorders import native_table as table
from labjournal.recorders.native_duckdb import listen_to_queries
from labjournal.recorders.native_paths import WRITE, flags_of
from labjournal.recorders.native_table import CALLS, Call
from labjournal.recorders.native_telling import Told, listen_to_remote, tell

if TYPE_CHECKING:
    from labjournal.events import Event

__all__ = ["NativeRecorder", "listen_to_queries", "listen_to_remote", "missing", "put_on", "watched_libraries"]

_MAPPING = ("memory_map", "create_memory_map")
_MOST_MISSING = 100
_on: Dict[str, None] = {}
missing: List[str] = []
"""Names that the installed version of a library should have, and does not."""


def watched_libraries() -> List[str]:
    """Top modules of the libraries whose readers and writers tell."""
    return sorted(_on)


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
        Told.round += 1
        native_handles.next_round()

    def run_ended(self) -> Iterable[Event]:
        imports.uninstall()
        return ()


def _wrap_all(module: ModuleType) -> None:
    """Wraps what the table names of a module that has just been imported."""
    top = module.__name__.partition(".")[0]
    done = []
    for call in CALLS[module.__name__]:
        try:
            put = _wrap(module, call)
        except (AttributeError, KeyError, TypeError):
            if call.expected and len(missing) < _MOST_MISSING:
                missing.append(f"{module.__name__}.{call.name}")
        else:
            if call.role != table.AGAIN:
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
    if call.role == table.AGAIN:
        return wrapping.while_any_left(owner, name, note, native_handles.times_left())
    if not isinstance(found, type):
        return (wrapping.around if call.role in (table.CONNECTS, table.DERIVES) else wrapping.before)(owner, name, note)
    plain = partial(_NOTES[call.role], call, False)
    try:
        return wrapping.constructed(found, plain)
    except TypeError:  # written in C
        pass
    try:
        return wrapping.before(found, "__init__", partial(_NOTES[call.role], call, True))
    except (KeyError, TypeError):  # and takes no attribute
        pass
    try:
        return wrapping.standing_in(owner, name, plain)
    except TypeError:  # and no subclass
        return wrapping.called_for(owner, name, plain)


# -- what is told, on the user's thread ------------------------------------------------------------------------------------


def _argument(call: Call, method: bool, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Any:
    position = call.position + method
    return args[position] if len(args) > position else kwargs.get(call.argument)


def _reads(call: Call, method: bool, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Callable[[Any], None] | None:
    if not audit_hook.listened_to():
        return None
    given = tell(_argument(call, method, args, kwargs), os.O_RDONLY)
    return partial(_made, given[0]) if call.default == table.AGAIN and len(given) == 1 else None


def _made(path: str, handle: Any) -> None:
    native_handles.made(handle, path)


def _writes(call: Call, method: bool, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> None:
    if audit_hook.listened_to():
        audit_hook.mapped(call.name in _MAPPING)
        tell(_argument(call, method, args, kwargs), WRITE)


def _by_mode(call: Call, method: bool, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> None:
    if audit_hook.listened_to():
        position = call.position + method + 1
        mode = args[position] if len(args) > position else kwargs.get("mode")
        audit_hook.mapped(call.name in _MAPPING)
        tell(_argument(call, method, args, kwargs), flags_of(mode, call.default), name=True)


def _again(call: Call, method: bool, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> None:
    if args and audit_hook.listened_to():
        if call.argument == table.ZIP:
            native_handles.zip_used(args[0])
        else:
            native_handles.used(args[0], call.argument)


def _scans(call: Call, method: bool, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> None:
    if audit_hook.listened_to():
        native_lazy.scanned(_argument(call, method, args, kwargs), named=call.role == table.SCANS)


def _plans(call: Call, method: bool, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> None:
    native_lazy.planned(args[method] if len(args) > method else kwargs.get(call.argument))


def _collects(call: Call, method: bool, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> None:
    if audit_hook.listened_to():
        native_lazy.collected(args[0] if args else kwargs.get(call.argument), kwargs)


def _sinks(call: Call, method: bool, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> None:
    if args and audit_hook.listened_to():
        native_lazy.sunk(args[0], _argument(call, method, args, kwargs), kwargs)


def _sql(call: Call, method: bool, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> None:
    if audit_hook.listened_to():
        values = args[1 + method] if len(args) > 1 + method else kwargs.get("parameters", kwargs.get("params"))
        native_duckdb.sent(_argument(call, method, args, kwargs), values, args[0] if method else kwargs.get("connection"))


def _relates(call: Call, method: bool, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> None:
    if audit_hook.listened_to():
        native_duckdb.related()
        tell(_argument(call, method, args, kwargs), os.O_RDONLY)


def _fetches(call: Call, method: bool, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> None:
    if args and audit_hook.listened_to():
        target = _argument(call, method, args, kwargs) if call.argument else None
        if call.role == table.STORES:
            tell(target, WRITE)
            target = None
        native_duckdb.fetched(args[0], target)


def _connects(call: Call, method: bool, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Callable[[Any], None]:
    read_only = args[1] if len(args) > 1 else kwargs.get("read_only", False)
    return native_duckdb.connected(_argument(call, method, args, kwargs), read_only)


def _derives(call: Call, method: bool, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Callable[[Any], None] | None:
    return native_duckdb.derived(args[0]) if args else None


_NOTES: Dict[str, Callable[..., Any]] = {
    table.READS: _reads, table.WRITES: _writes, table.BY_MODE: _by_mode, table.AGAIN: _again, table.SCANS: _scans, table.LISTS: _scans, table.PLANS: _plans, table.COLLECTS: _collects,
    table.SINKS: _sinks, table.SQL: _sql, table.RELATES: _relates, table.FETCHES: _fetches, table.STORES: _fetches, table.CONNECTS: _connects, table.DERIVES: _derives,
}  # fmt: skip
