"""What is to be done when a library is imported: `when_imported(name, act)` calls `act(module)` right after its code has run.

A finder in front of `sys.meta_path` answers only for the modules that somebody waits for, by asking the finders behind it; their
answer is handed on as it is, with one attribute on the loader's instance that takes itself away before the module's code runs. All
other imports pay for one look into a dictionary. What is imported already is seen to at once. A fault of an act is kept, not raised.
"""

from __future__ import annotations

import sys
import threading
from importlib.machinery import ExtensionFileLoader, ModuleSpec, SourceFileLoader, SourcelessFileLoader
from types import ModuleType
from typing import Any, Callable, Dict, List, Set, Tuple

__all__ = ["install", "problems", "uninstall", "when_imported"]

Act = Callable[[ModuleType], None]

_FILE_LOADERS = (SourceFileLoader, SourcelessFileLoader, ExtensionFileLoader)
_MOST_PROBLEMS = 20

_wanted: Dict[str, List[Act]] = {}
problems: List[Tuple[str, Exception]] = []
"""(module, fault) of acts that failed."""


class _Asked(threading.local):
    """Modules that this thread is looking for at the moment: finders ask each other."""

    def __init__(self) -> None:
        self.names: Set[str] = set()


class _Finder:
    """Knows no module; makes the others' answers tell when the module is there."""

    def __init__(self) -> None:
        self._asked = _Asked()

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name not in _wanted or name in self._asked.names:
            return None
        self._asked.names.add(name)
        try:
            for finder in list(sys.meta_path):
                find = None if finder is self else getattr(finder, "find_spec", None)
                found: ModuleSpec | None = None if find is None else find(name, path, target)
                if found is not None:
                    _tell_when_loaded(found)
                    return found
            return None
        finally:
            self._asked.names.discard(name)


_finder = _Finder()


def when_imported(name: str, act: Act) -> None:
    """Calls `act` with the module each time its code has run; at once where it has run already."""
    acts = _wanted.setdefault(name, [])
    if act not in acts:
        acts.append(act)
        module = sys.modules.get(name)
        if module is not None and not _still_loading(module):
            _call(act, name, module)


def install() -> None:
    """Puts the finder in its place."""
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)


def uninstall() -> None:
    """Takes the finder away and forgets what was to be done."""
    if _finder in sys.meta_path:
        sys.meta_path.remove(_finder)
    _wanted.clear()


def _still_loading(module: ModuleType) -> bool:
    return bool(getattr(getattr(module, "__spec__", None), "_initializing", False))


def _tell_when_loaded(spec: ModuleSpec) -> None:
    loader = spec.loader
    if type(loader) not in _FILE_LOADERS:  # others may serve more than one module, or have no place for an attribute
        return

    def exec_module(module: ModuleType) -> None:
        __tracebackhide__ = "labjournal"
        vars(loader).pop("exec_module", None)
        loader.exec_module(module)  # type: ignore[union-attr]
        for act in list(_wanted.get(spec.name, ())):
            _call(act, spec.name, module)

    loader.exec_module = exec_module  # type: ignore[union-attr,method-assign]


def _call(act: Act, name: str, module: ModuleType) -> None:
    try:
        act(module)
    except Exception as problem:  # whatever a library's new version does to us, it is imported
        if len(problems) < _MOST_PROBLEMS:
            problems.append((name, problem.with_traceback(None)))
