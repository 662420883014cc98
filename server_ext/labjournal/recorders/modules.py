"""The user's own modules: what stood in their files when an execution loaded them, and whether that is still what runs.

A module's file is read when the execution that brought it ends. It counts as loaded if it has not been changed since that execution
began, or if Python's own compiled copy was made of a file of this time and length; else what was loaded is not known, and that is said.
From then on the file's time and length are compared after every execution: a file that says something else is either loaded again (the
module has another `__spec__`, as `importlib.reload`, `%autoreload` and `%run` leave it), or what runs is stale.

Only modules of exact type are looked at, in their dictionary; nothing of the user's is called or kept. What is written is redacted code;
that is made by `ModuleTextsRecorder`, when there is time for syntax trees. Files that are named like secrets are not opened.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
import weakref
from collections import deque
from types import ModuleType
from typing import Any, Deque, Dict, Iterable, Iterator, NamedTuple, Optional, Tuple

from labjournal.events import Event, ModuleSeen, ProblemSeen
from labjournal.recorders import Context, Execution, Outcome, Recorder
from labjournal.recorders.digests import StatKey, key_of, stat_key
from labjournal.recorders.file_rules import CODE, Rules
from labjournal.recorders.imported import Imported
from labjournal.recorders.secret_files import named_like_a_secret

__all__ = ["ModuleTextsRecorder", "ModulesRecorder"]

_LONGEST = 2_000_000
_EARLY_S, _EARLY_BYTES = 0.002, 100_000
_MOST_MODULES = 500
_MOST_BYTES = 32 << 20
_REDACTION_S = 1.0
_TICK_S = 0.02
"""The clock of files may be behind by so much."""
_TOO_LATE = "The file was changed after the module was loaded and before it could be looked at."


class _Known(NamedTuple):
    """A module as it was last looked at."""

    spec: Any
    """Weak reference to its `__spec__`, None where it has none."""
    key: Optional[StatKey]
    sha256: str
    """Of the file's bytes as loaded, '' where not known."""
    path: str


class Found(NamedTuple):
    """A module that is to be told of, its file's bytes where they are as loaded."""

    n: int
    name: str
    path: str
    state: str
    data: Optional[bytes]
    reason: str
    at: float


class ModulesRecorder(Recorder):
    """Finds them; hands them on to `ModuleTextsRecorder`."""

    name = "modules"

    def __init__(self, context: Context, imported: Imported | None = None) -> None:
        self._context = context
        self._imported = Imported() if imported is None else imported
        self._rules = Rules(str(context.journal))
        self._known: Dict[str, _Known] = {}
        self._libraries: Dict[str, bool] = {}
        self._early: Dict[str, Tuple[Optional[bytes], Optional[StatKey], str]] = {}
        """What stood in files when the execution that loaded them ended."""
        self._begun = False
        self.found: Deque[Found] = deque()
        self._bytes = 0

    def execution_ended(self, execution: Execution, outcome: Outcome) -> None:
        """Files of new modules are read at once, a few milliseconds at most: the next cell may write others there."""
        self._imported.ended(execution.n)
        until = 0.0
        for name in self._imported.came_with(execution.n):
            if self._is_of_library(name.partition(".")[0]):
                continue
            found = _own_module(name, self._rules)
            if found is None or self._rules.verdict(found[0]) != CODE:
                continue
            until = until or time.perf_counter() + _EARLY_S
            if time.perf_counter() > until:
                return
            self._early[found[0]] = self._read(found[0], _EARLY_BYTES)

    def _is_of_library(self, package: str) -> bool:
        """Whether the top-level module lies where libraries are installed: then so do those below it, a thousand of them at times."""
        known = self._libraries.get(package)
        if known is None:
            module = sys.modules.get(package)
            path = module.__dict__.get("__file__") if type(module) is ModuleType else None
            known = self._libraries[package] = type(path) is str and self._rules.is_installed(path)
        return known

    def collect(self, execution: Execution) -> Iterable[Event]:
        new = set(self._imported.came_with(execution.n))
        if not self._begun:  # what the kernel's start-up files loaded is there for every execution
            self._begun = True
            new |= self._imported.first
        yield from self._looked_at_again(execution)
        for name in sorted(new):
            if len(self._known) >= _MOST_MODULES:
                return
            if name not in self._known:
                self._look(name, execution)

    def forked(self) -> None:
        self.found.clear()
        self._early.clear()

    def _look(self, name: str, execution: Execution) -> None:
        """A module that is new here."""
        found = _own_module(name, self._rules)
        if found is None or self._rules.verdict(found[0]) != CODE:
            return
        path, spec, cached = found
        data, key, reason = self._early.pop(path, (None, None, ""))
        if key is None or data is None:
            data, key, reason = self._read(path)
        if data is not None and not _as_loaded(key, execution.started, cached):
            data, reason = None, _TOO_LATE
        self._tell(execution.n, name, path, "loaded", data, reason)
        self._known[name] = _Known(spec, key, "" if data is None else hashlib.sha256(data).hexdigest(), path)

    def _looked_at_again(self, execution: Execution) -> Iterator[Event]:
        """Those that are known already: loaded again, or changed on disk."""
        for name, known in list(self._known.items()):
            found = _own_module(name, self._rules)
            if found is None:
                self._known.pop(name)
                continue
            path, spec, cached = found
            again = spec is not known.spec if spec is None or known.spec is None else spec() is not known.spec()
            key = stat_key(path)
            if not again and (key == known.key or path != known.path):
                continue
            if not again and key is not None and key.mtime_ns / 1e9 > execution.started - _TICK_S:
                continue  # not before it began: another one will be the first that uses it stale
            data, key, reason = self._read(path)
            sha256 = "" if data is None else hashlib.sha256(data).hexdigest()
            if again:
                if data is not None and not _as_loaded(key, execution.started, cached):
                    data, reason, sha256 = None, _TOO_LATE, ""
                self._tell(execution.n, name, path, "reloaded", data, reason)
                self._known[name] = _Known(spec, key, sha256, path)
                continue
            self._known[name] = known._replace(key=key)
            if sha256 != known.sha256 and known.sha256:
                gone = "is gone" if key is None else "was changed"
                self._tell(execution.n, name, path, "stale", None, f"Its file {gone} after it was loaded.")
                yield ProblemSeen(
                    execution.run, execution.n, "stale-module",
                    f"The file of module {name} {gone} after it was loaded; what runs is what was loaded before.", time.time(),
                )  # fmt: skip

    def _tell(self, n: int, name: str, path: str, state: str, data: Optional[bytes], reason: str) -> None:
        if data is not None:
            self._bytes += len(data)
            self._imported.may_seed = self._imported.may_seed or b"seed" in data
        self.found.append(Found(n, name, path, state, data, reason, time.time()))

    def _read(self, path: str, most: int = _LONGEST) -> Tuple[Optional[bytes], Optional[StatKey], str]:
        """The file's bytes with what identifies them; or why they are not known."""
        looked = None if self._context.contents is None else self._context.contents.looked
        began = time.monotonic()
        try:
            key = stat_key(path)
            if key is None:
                return None, None, "Its file is not there."
            if named_like_a_secret(path):
                return None, key, "It is named like a secret."
            if key.bytes > most or self._bytes + key.bytes > _MOST_BYTES:
                return None, key, "It is too long to be kept."
            if looked is not None:
                looked[path] = began, float("inf")
            with open(path, "rb") as file:
                data = file.read(most + 1)
                after = key_of(os.fstat(file.fileno()))
            return (data, key, "") if after == key == stat_key(path) else (None, key, "It was being written.")
        except OSError as problem:
            return None, None, f"It cannot be read: {problem.strerror}."
        finally:
            if looked is not None and path in looked:
                looked[path] = began, time.monotonic()


class ModuleTextsRecorder(Recorder):
    """Tells of the modules that were found, with the digest of their code after redaction; where contents are kept, that is."""

    name = "module texts"
    parses = True

    def __init__(self, context: Context, modules: ModulesRecorder) -> None:
        self._context = context
        self._modules = modules
        self._told: Dict[str, Tuple[Optional[str], Optional[int], int]] = {}
        """Module → what was last told of its code."""

    def collect(self, execution: Execution) -> Iterable[Event]:
        while self._modules.found and self._modules.found[0].n <= execution.n:
            yield self._event(self._modules.found.popleft())

    def run_ended(self) -> Iterable[Event]:
        while self._modules.found:
            yield self._event(self._modules.found.popleft())

    def _event(self, found: Found) -> Event:
        sha256, size, redactions = self._told.get(found.name, (None, None, 0)) if found.state == "stale" else (None, None, 0)
        keep = False
        if found.data is not None:
            text = found.data.decode("utf-8", "surrogateescape")
            clean = self._context.redactor.code(text, budget_s=_REDACTION_S)
            data = clean.text.encode("utf-8", "surrogateescape")
            sha256, size, redactions = hashlib.sha256(data).hexdigest(), len(data), clean.count
            contents = self._context.contents
            keep = contents is not None and contents.wants(size)
            if keep and contents is not None:
                contents.hold(sha256, [data])
        self._told[found.name] = sha256, size, redactions
        return ModuleSeen(
            self._context.run,
            found.n,
            found.name,
            found.path,
            found.state,
            sha256,
            size,
            redactions,
            found.reason,
            keep,
            found.at,
        )


def _own_module(name: str, rules: Rules) -> Optional[Tuple[str, Any, str]]:
    """(file, weak reference to its spec, compiled copy) of a module whose source is a file; None for everything else."""
    module = sys.modules.get(name)
    if type(module) is not ModuleType or name in ("__main__", "__mp_main__"):
        return None
    facts = module.__dict__
    path, spec, cached = facts.get("__file__"), facts.get("__spec__"), facts.get("__cached__")
    if type(path) is not str or rules.is_installed(path) or not path.endswith(".py") or not os.path.isabs(path):
        return None
    try:
        reference = None if spec is None else weakref.ref(spec)
    except TypeError:
        reference = None
    return os.path.normpath(path), reference, cached if type(cached) is str else ""


def _as_loaded(key: Optional[StatKey], started: float, cached: str) -> bool:
    """Whether the file that was read is the one that was loaded since `started`."""
    if key is None:
        return False
    if max(key.mtime_ns, key.ctime_ns) / 1e9 < started - _TICK_S:
        return True
    try:
        with open(cached, "rb") as file:
            head = file.read(16)
    except (OSError, ValueError):
        return False
    return (
        len(head) == 16
        and head[4:8] == b"\0\0\0\0"
        and int.from_bytes(head[8:12], "little") == int(key.mtime_ns // 1_000_000_000) & 0xFFFFFFFF
        and int.from_bytes(head[12:16], "little") == key.bytes & 0xFFFFFFFF
    )
