"""The recorders: each knows one kind of fact about a run and yields it as events; none of them frames executions or writes.

    run_started ──┐                         helper thread, once, slow work allowed
    execution_started → (the cell runs) → execution_ended      user thread: microseconds, no disk, nothing that waits
                                              └─→ collect      helper thread: turns what was gathered into events
    passing_by → (it runs) → passed_by      the same around code that must not be recorded: what it leaves is no execution's
    when_idle                               user thread, when the reply is out and nothing runs: what only that thread may look at
    late                                    helper thread, in every round: what was gathered since
    shown                                   helper thread, when all is known that an execution shows
    noticed                                 any thread: what is told by others goes by on its way to the disk
    run_ended                               at the end, bounded by the caller's patience

A recorder that raises, wherever that happens, is muted for the rest of the run by whoever drives it (the kernel room), so a
recorder guards nothing itself but what it can put right. Facts that take long (the digest of a large file) may come late:
`Context.emit` takes them from any helper thread. Standard library only, Python 3.8: this lives in the user's kernel.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Iterable, Mapping

if TYPE_CHECKING:
    from labjournal.events import Event, OutputShown
    from labjournal.recorders.contents import Contents
    from labjournal.recorders.redaction import Redactor

__all__ = ["Context", "Execution", "Outcome", "Recorder", "default_recorders"]


def _never_idle(_name: str, _act: Callable[[], None]) -> bool:
    return False


class Context:
    """What every recorder of a run may know about it; made once per run, before the first execution."""

    __slots__ = ("contents", "emit", "folder", "journal", "namespace", "notebook", "redactor", "run", "when_idle")

    def __init__(
        self,
        run: str,
        folder: str,
        journal: Path,
        redactor: Redactor,
        emit: Callable[[Iterable[Event]], None],
        namespace: Callable[[], Mapping[str, Any]] = dict,
        notebook: Callable[[], str | None] = str,
        when_idle: Callable[[str, Callable[[], None]], bool] = _never_idle,
        contents: Contents | None = None,
    ) -> None:
        self.run = run
        self.folder = folder
        """Working folder when the run began."""
        self.journal = journal
        """The journal's own folder, whose files are nobody's data."""
        self.redactor = redactor
        self.emit = emit
        """Takes late events, from any thread but the user's; never blocks for long, never raises."""
        self.namespace = namespace
        """The user's top-level names, read by name only: no recorder calls into what they are bound to."""
        self.notebook = notebook
        """Path of the notebook as far as the driver tells; None where nobody says, '' where there is none to be looked for."""
        self.when_idle = when_idle
        """Calls back on the user's thread when the reply is out and the kernel has nothing to do, before the next cell if that may be;
        takes the recorder's name and what to call. False where there is no such moment."""
        self.contents = contents
        """Takes the bytes of small files that were hashed, until they are kept; None where nothing is kept."""


class Execution:
    """One execution as recorders see it; `source` is raw and lives in memory only, `redacted` is what may be written."""

    __slots__ = ("cell_id", "depth", "hurried", "n", "redacted", "run", "source", "started", "transformed")

    def __init__(
        self,
        run: str,
        n: int,
        source: str,
        *,
        redacted: str | None = None,
        transformed: str | None = None,
        cell_id: str | None = None,
        started: float | None = None,
        depth: int = 1,
    ) -> None:
        self.run = run
        self.n = n
        self.source = source
        self.redacted = source if redacted is None else redacted
        self.transformed = transformed
        """Plain Python made by IPython of `source`, where IPython says so before it runs."""
        self.cell_id = cell_id
        self.started = time.time() if started is None else started
        self.depth = depth
        """1 for a cell; more for code that a cell runs through the shell (`%%capture`, `run_cell`), which belongs to the cell."""
        self.hurried = False
        """There is no time for a syntax tree of it."""


class Outcome:
    """How an execution ended, as far as it can be told without touching an object of the user's."""

    __slots__ = ("duration_s", "ended", "execution_count", "status")

    def __init__(self, status: str, ended: float, duration_s: float = 0.0, execution_count: int | None = None) -> None:
        self.status = status
        """ok | failed | interrupted."""
        self.ended = ended
        self.duration_s = duration_s
        self.execution_count = execution_count


class Recorder:
    """One kind of fact. Every moment has an empty default; a recorder writes only what it needs."""

    name = ""
    parses = False
    """Whether `collect` makes syntax trees: then it is asked when there is time for that, and makes none of what is `hurried`."""

    def run_started(self) -> Iterable[Event]:
        """Facts about the run itself (n = 0). Helper thread; executions may already be going on."""
        return ()

    def execution_started(self, execution: Execution) -> None:
        """The cell is about to run. User thread."""

    def execution_ended(self, execution: Execution, outcome: Outcome) -> None:
        """The cell has run. User thread: let go of the cell, keep what was gathered for `collect`."""

    def passing_by(self) -> None:
        """Code is about to run that must not be recorded. User thread: what is owed of the execution before is looked at now."""

    def passed_by(self) -> None:
        """It has run. User thread: what it left behind is no execution's, and must not be taken for the next one's."""

    def collect(self, execution: Execution) -> Iterable[Event]:
        """What is known about an execution that has ended. Helper thread, once per execution, in order."""
        return ()

    def late(self) -> Iterable[Event]:
        """What was gathered since, outside of an execution. Helper thread, in every round: a look at a queue."""
        return ()

    def shown(self, n: int, outputs: list[OutputShown]) -> Iterable[Event]:
        """What the complete outputs of an execution tell beyond what they show. Helper thread."""
        return ()

    def noticed(self, event: Event) -> None:
        """What some recorder has told, on its way to the disk: a look at it, no more. Whichever thread tells it."""

    def run_ended(self) -> Iterable[Event]:
        """What is still owed when the kernel ends; short, for somebody waits."""
        return ()

    def forked(self) -> None:
        """This process is a fork's child: drop everything, record nothing more."""


def default_recorders(context: Context) -> list[Recorder]:
    """The recorders of an ordinary run, in the order in which they are asked."""
    from labjournal.recorders.cells import CellsRecorder
    from labjournal.recorders.children import ChildrenRecorder
    from labjournal.recorders.code import CodeRecorder
    from labjournal.recorders.databases import DatabasesRecorder
    from labjournal.recorders.environment import EnvironmentRecorder
    from labjournal.recorders.files import FilesRecorder
    from labjournal.recorders.frames import FramesRecorder
    from labjournal.recorders.git import GitRecorder
    from labjournal.recorders.imported import Imported
    from labjournal.recorders.modules import ModulesRecorder, ModuleTextsRecorder
    from labjournal.recorders.native_calls import NativeRecorder
    from labjournal.recorders.parameters import ParametersRecorder
    from labjournal.recorders.randomness import RandomnessRecorder
    from labjournal.recorders.remote import RemoteRecorder
    from labjournal.recorders.resources import ResourcesRecorder
    from labjournal.recorders.results import ResultsRecorder
    from labjournal.recorders.trackers import TrackersRecorder

    imported = Imported()
    modules = ModulesRecorder(context, imported)
    return [
        FilesRecorder(context),
        NativeRecorder(context),
        ChildrenRecorder(context),
        DatabasesRecorder(context),
        RemoteRecorder(context),
        CodeRecorder(context),
        ParametersRecorder(context),
        GitRecorder(context),
        EnvironmentRecorder(context, imported),
        modules,
        ModuleTextsRecorder(context, modules),
        RandomnessRecorder(context, imported),
        CellsRecorder(context),
        FramesRecorder(context),
        ResultsRecorder(context),
        ResourcesRecorder(context),
        TrackersRecorder(context),
    ]
