"""Files that child processes of the kernel use: forked ones, Python workers, and what other programs are told to use.

    forked        keeps the audit hook, which writes into the run's private file (`child_files`)
    spawned       multiprocessing's and loky's workers are sent, with what they are sent anyway, the words that put the hook on
    other         the files that a command line names, where they exist: `named`, the weakest of what can be said

Not seen here: scripts that are started with `subprocess` (they are told nothing, and nothing is put into their environment), and
the inner reads of programs that are no Python. `read` gives everybody's lines to the recorder of files.
"""

from __future__ import annotations

import json
import os
import time
from collections import deque
from pathlib import Path
from types import ModuleType
from typing import Any, Callable, Deque, Dict, Iterable, Iterator, List, NamedTuple, Tuple

from labjournal.events import Event, ProblemSeen
from labjournal.recorders import Context, Execution, Outcome, Recorder, audit_hook, imports, wrapping
from labjournal.recorders.child_files import MOST_BYTES, watch_here, what_for
from labjournal.recorders.command_words import READ, WORDS, files_named, named_in, once_each
from labjournal.recorders.file_rules import IGNORED, Rules

__all__ = ["ChildrenRecorder", "Sight", "read", "tell_beforehand"]

_SPAWNERS = ("multiprocessing.spawn", "joblib.externals.loky.backend.spawn", "loky.backend.spawn")
_READ_BYTES = 4 << 20
_MOST_NAMED = 1_000
_MOST_SPANS = 1_000
_ROLES = frozenset(("read", "written", "deleted")) | WORDS
_TERMINALS = "ptyprocess.ptyprocess"
"""Runs what stands behind `!` in a cell: of a fork for a terminal the audit hook is not told the command."""
_STALE_S = 7 * 24 * 3600.0


class Sight(NamedTuple):
    """One file in one process."""

    path: str
    role: str
    """read | written | deleted, or what a command line says of it (`command_words`)."""
    pid: int
    at: float


class _Letter:
    """Unpickled in a worker, it is a call that puts the hook on; where that cannot be, it is nothing."""

    def __init__(self, spool: str, journal: str, pause_sign: str) -> None:
        self._words = (str(Path(__file__).resolve().parent.parent), spool, journal, pause_sign)

    def __reduce__(self) -> Tuple[Any, ...]:
        return exec, (_BEGIN, {"words": self._words})


_BEGIN = """
try:
    import os, sys
    folder, spool, journal, pause_sign = words
    if "labjournal" not in sys.modules:
        import importlib.util
        spec = importlib.util.spec_from_file_location(
            "labjournal", os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
        )
        sys.modules["labjournal"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["labjournal"])
    from labjournal.recorders import native_calls
    from labjournal.recorders.child_files import watch_here
    watch_here(spool, journal, pause_sign)
    native_calls.put_on()
except Exception:  # the worker is the user's: it works without being listened to
    pass
"""


class _Run:
    """What this process knows of its children."""

    recorder: ChildrenRecorder | None = None
    foresee: Callable[[str, bool], None] | None = None
    """Is told of files that a program is about to be told of, and whether it may read them. User's thread."""


def read() -> List[Sight]:
    """(path, role, process, when) of everything that children have told since the last call. Helper thread."""
    return [] if _Run.recorder is None else list(_Run.recorder.sights())


def tell_beforehand(foresee: Callable[[str, bool], None] | None) -> None:
    """Whom to tell of files that command lines name, before the program begins that may change them."""
    _Run.foresee = foresee


class ChildrenRecorder(Recorder):
    """Says nothing itself, but where it could not listen: `FilesRecorder` makes events of what `read` gives."""

    name = "children"

    def __init__(self, context: Context) -> None:
        folder = context.journal / "spool"
        self._context = context
        self._rules = Rules(str(context.journal))
        self._spool = str(folder / f"{context.run}.children")
        self._pause_sign = str(context.journal / "paused")
        self._position = 0
        self._full = False
        self._named: Deque[Sight] = deque(maxlen=_MOST_NAMED)
        self._active: Dict[int, float] = {}
        """Execution → when it began."""
        self._spans: Deque[Tuple[float, float]] = deque(maxlen=_MOST_SPANS)
        """When something was executed that is recorded."""
        _Run.recorder = self
        audit_hook.watch_programs(self._program)
        for module in _SPAWNERS:
            imports.when_imported(module, _wrap_spawner)
        imports.when_imported(_TERMINALS, _wrap_terminal)
        imports.install()

    # -- the moments of a run ----------------------------------------------------------------------------------------------

    def run_started(self) -> Iterable[Event]:
        _sweep(Path(self._spool).parent)
        return ()

    def execution_started(self, execution: Execution) -> None:
        self._active[execution.n] = execution.started
        found = named_in(execution.source)
        if found is not None:
            self._name(found)

    def execution_ended(self, execution: Execution, outcome: Outcome) -> None:
        began = self._active.pop(execution.n, None)
        if began is not None:
            self._spans.append((began, time.time()))

    def collect(self, execution: Execution) -> Iterable[Event]:
        if self._full:
            return
        try:
            self._full = os.stat(self._spool).st_size >= MOST_BYTES
        except OSError:
            return  # no child has told anything
        if self._full:
            yield ProblemSeen(
                execution.run, execution.n, "incomplete", "Child processes used more files than are recorded.", time.time()
            )

    def run_ended(self) -> Iterable[Event]:
        audit_hook.watch_programs(None)
        try:
            os.unlink(self._spool)
        except OSError:
            pass  # no child has told anything
        return ()

    def forked(self) -> None:
        """The child goes on telling, if it was made by something that is recorded; what the parent knew it forgets."""
        active = bool(self._active)
        self._active, self._named = {}, deque(maxlen=_MOST_NAMED)
        _Run.recorder = None
        audit_hook.watch_programs(None)
        if active:
            watch_here(self._spool, str(self._context.journal), self._pause_sign, rules=self._rules)

    # -- what is told ------------------------------------------------------------------------------------------------------

    def letter(self) -> Any:
        """What a worker is sent along; None where nothing is recorded at the moment."""
        if not self._active:
            return None
        return _Letter(self._spool, str(self._context.journal), self._pause_sign)

    def sights(self) -> Iterator[Sight]:
        """New lines, of moments in which something was executed."""
        while self._named:
            yield self._named.popleft()
        for line in self._lines():
            try:
                at, pid, role, path = json.loads(line)
            except ValueError:
                continue  # cut off by a full disk, or not ours
            if type(at) is float and type(pid) is int and role in _ROLES and type(path) is str and self._recorded(at):
                yield Sight(path, role, pid, at)

    def _lines(self) -> List[bytes]:
        try:
            with open(self._spool, "rb") as file:
                file.seek(self._position)
                data = file.read(_READ_BYTES)
        except OSError:
            return []
        whole = data[: data.rfind(b"\n") + 1]
        self._position += len(whole)
        return whole.splitlines()

    def _recorded(self, at: float) -> bool:
        """Whether something was executed then that may be recorded: not between cells, and not in one that asked to be left alone."""
        if any(began <= at for began in list(self._active.values())):
            return True
        return any(began <= at <= ended for began, ended in list(self._spans))

    def _program(self, command: Any, folder: Any = None) -> None:
        if self._active:
            self._name(files_named(command, folder))

    def in_terminal(self, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> None:
        if audit_hook.listened_to():
            audit_hook.aside(self._program, args[1] if len(args) > 1 else kwargs.get("argv"), kwargs.get("cwd"))

    def _name(self, found: Iterable[Tuple[str, str]]) -> None:
        """Words that are files, or may become some. User's thread: a bounded number of `stat`."""
        now = time.time()
        for path, role in once_each(found).items():
            role = what_for(path, role) if self._rules.verdict(path) != IGNORED else ""
            if role:
                self._named.append(Sight(path, role, 0, now))
                if _Run.foresee is not None:
                    _Run.foresee(path, role in READ)


def _wrap_spawner(module: ModuleType) -> None:
    if "get_preparation_data" in vars(module):
        wrapping.around(module, "get_preparation_data", _when_prepared)


def _wrap_terminal(module: ModuleType) -> None:
    wrapping.before(module.PtyProcess, "spawn", _when_in_terminal)


def _when_in_terminal(args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> None:
    if _Run.recorder is not None:
        _Run.recorder.in_terminal(args, kwargs)


def _when_prepared(args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Any:
    return _add_letter


def _add_letter(prepared: Any) -> None:
    recorder = _Run.recorder
    letter = None if recorder is None else recorder.letter()
    if letter is not None and type(prepared) is dict:
        prepared["_labjournal"] = letter


def _sweep(folder: Path) -> None:
    """Files of runs that died long ago."""
    for path in folder.glob("*.children"):
        try:
            if time.time() - path.stat().st_mtime > _STALE_S and not path.with_suffix(".alive").exists():
                path.unlink()
        except OSError:
            continue
