"""`replay`: lay out a workspace, execute in a fresh kernel, compare, and say in one readable answer whether it still holds."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from labjournal.errors import JournalUnavailable, LabjournalError, OutputExists, ReplayFailed
from labjournal.journal import places, writer
from labjournal.journal.reader import Journal
from labjournal.journal.rows import FileUse, Run
from labjournal.replay.executing.execute import Executed, execute
from labjournal.replay.executing.inputs import Input, brought, lay_out, led
from labjournal.replay.executing.kernels import launch
from labjournal.replay.executing.sources import plan, redirect
from labjournal.replay.executing.workspace import Workspace, copy, unpack
from labjournal.replay.rebuilding.own_modules import lay_out_modules
from labjournal.replay.rebuilding.surroundings import CURRENT, RECORDED, surroundings
from labjournal.replay.recorded import Recorded, from_journal
from labjournal.replay.sweeps import tries
from labjournal.replay.verdicts.establishing import with_cause
from labjournal.replay.verdicts.verdict import Again, ReplayAnswer, verdict

__all__ = ["again", "is_file", "replay", "what_is_meant"]

_APPEARS_WITHIN_S = 20.0


def replay(
    journal_folder: Path,
    target: str,
    *,
    parameters: Mapping[str, str] | None = None,
    tolerance: float | None = None,
    output: Path | None = None,
    progress: Callable[[str], None] | None = None,
    assume_yes: bool = False,
    confirm: Callable[[str], bool] | None = None,
    once: bool = False,
    environment: str = CURRENT,
) -> ReplayAnswer:
    """Executes an address, or a record file, again and compares; what differs is executed a second time to find out why, unless `once`.

    The workspace is a temporary folder that goes away, or the new folder `output` that stays. A record file comes from elsewhere:
    what it holds is shown to `confirm` first, unless `assume_yes`.
    """
    recorded = what_is_meant(journal_folder, target, assume_yes, confirm, environment)
    journal_folder = journal_folder.resolve()  # the kernel works in another folder
    say = progress or (lambda sentence: None)
    with _executed(
        recorded, journal_folder, say, parameters=parameters, output=output, environment=environment, watched=progress is not None
    ) as happened:
        answer = verdict(recorded, happened, tolerance or 0.0)
    if parameters:
        tries.mark(journal_folder, recorded, answer, parameters)

    def once_more(part: Recorded, within_s: float, which: str = environment) -> contextlib.AbstractContextManager[Again]:
        return _executed(part, journal_folder, say, within_s=within_s, environment=which)

    return with_cause(answer, recorded, happened, journal_folder, None if once else once_more, say, tolerance or 0.0)


def again(
    recorded: Recorded,
    journal_folder: Path,
    *,
    parameters: Mapping[str, str] | None = None,
    tolerance: float | None = None,
    output: Path | None = None,
    progress: Callable[[str], None] | None = None,
    within_s: float | None = None,
    environment: str = CURRENT,
) -> ReplayAnswer:
    """Executes what was recorded again, and compares; what does not end `within_s` seconds is interrupted."""
    say = progress or (lambda sentence: None)
    with _executed(
        recorded, journal_folder.resolve(), say, parameters=parameters, output=output, within_s=within_s, environment=environment
    ) as happened:
        return verdict(recorded, happened, tolerance or 0.0)


@contextlib.contextmanager
def _executed(
    recorded: Recorded,
    journal_folder: Path,
    say: Callable[[str], None],
    *,
    parameters: Mapping[str, str] | None = None,
    output: Path | None = None,
    within_s: float | None = None,
    environment: str = CURRENT,
    watched: bool = False,
) -> Iterator[Again]:
    """The replay as it happened, with the workspace and the journal at hand to be looked into."""
    with (
        surroundings(recorded, environment, say if watched or environment == RECORDED else None) as around,
        _workspace_root(output) as root,
    ):
        say("laying out the workspace")
        workspace = _workspace(recorded, root, journal_folder)
        inputs = _inputs(recorded, workspace)
        modules, lacking = lay_out_modules(recorded, workspace, around.pins.unpinned) if around.pins else ([], [])
        todo = plan(recorded.sent or recorded.executions, _lead(recorded, workspace, inputs))
        if not todo.steps:
            raise ReplayFailed(
                f"Nothing of {recorded.address} can be executed again: {' '.join(todo.problems)}", "Choose another address."
            )
        changed = ""
        if parameters:
            from labjournal.replay.executing.parameters import with_parameters

            todo, changed = with_parameters(todo, parameters)
        _prepare(journal_folder)
        kernel = launch(
            recorded.run,
            recorded.environment,
            journal=journal_folder,
            root=root,
            address=recorded.address,
            from_elsewhere=recorded.brings is not None and not recorded.own,
            interpreter=around.built.python if around.built else "",
            modules=modules,
        )
        executed = execute(
            todo.steps, kernel, folder=workspace.folder, log=root / "own" / "kernel.log", progress=say, within_s=within_s
        )
        say("comparing")
        with _replayed(journal_folder, executed) as (journal, run):
            said = (
                *recorded.problems,
                *([changed] if changed else []),
                *workspace.problems,
                *around.problems,
                *lacking,
                *kernel.problems,
                *todo.problems,
            )
            yield Again(run, journal, todo, workspace, executed, inputs, changed, said, around)


def _prepare(journal_folder: Path) -> None:
    """A record may be the first thing that is ever executed here; the kernel may write into a journal, but not make one."""
    try:
        places.prepare(journal_folder)
    except OSError as problem:
        raise JournalUnavailable(
            f"The journal {journal_folder} cannot be written ({problem.strerror}).", "Name another with --journal."
        ) from problem


@contextlib.contextmanager
def _workspace_root(output: Path | None) -> Iterator[Path]:
    if output is not None:
        was_there = output.is_dir()
        root = _new_folder(output)
        try:
            yield root
        except BaseException:  # what is half laid out or half executed is no answer
            _remove(root)
            if was_there:
                root.mkdir(exist_ok=True)
            raise
        _tidy(root)
        return
    root = Path(tempfile.mkdtemp(prefix="labjournal-replay-")).resolve()
    try:
        yield root
    finally:
        _remove(root)


def _new_folder(output: Path) -> Path:
    try:
        if output.exists() and (not output.is_dir() or any(output.iterdir())):
            raise OutputExists(f"{output} is there already and not empty.", "Name a new folder with --output.")
        output.mkdir(parents=False, exist_ok=True)
    except FileNotFoundError as problem:
        raise LabjournalError(
            f"The folder {output.parent} does not exist.", "Make it first, or choose another --output."
        ) from problem
    except OSError as problem:
        raise LabjournalError(f"{output} cannot be made ({problem.strerror}).", "Choose another --output.") from problem
    return output.resolve()


def _tidy(root: Path) -> None:
    """Takes out of a workspace that stays what nobody needs: what the kernel and its libraries had for themselves, and what is empty."""
    for name in ("own", "tmp"):
        _remove(root / name)
    with contextlib.suppress(OSError):
        (root / "elsewhere").rmdir()


def _remove(folder: Path) -> None:
    """Removes a folder, also where the code made parts of it read-only."""
    for top, folders, _ in os.walk(folder):
        for name in folders:
            path = os.path.join(top, name)
            if not os.path.islink(path):
                with contextlib.suppress(OSError):
                    os.chmod(path, 0o700)
    shutil.rmtree(folder, ignore_errors=True)


def what_is_meant(
    journal_folder: Path, target: str, assume_yes: bool, confirm: Callable[[str], bool] | None, environment: str = CURRENT
) -> Recorded:
    """What an address or a record file holds; a record is shown to `confirm` first, unless `assume_yes`."""
    if not is_file(target):
        with Journal.open(journal_folder) as journal:
            return from_journal(journal, target)
    from labjournal.replay.crates import from_crate

    return from_crate(Path(target), None if assume_yes else confirm or (lambda question: False), installs=environment == RECORDED)


def is_file(target: str) -> bool:
    """Whether a record is meant; a file that happens to be called `last` is none."""
    return target.lower().endswith(".zip") or (
        os.path.isfile(target) and (zipfile.is_zipfile(target) or bool(Path(target).suffix))
    )


def _workspace(recorded: Recorded, root: Path, journal_folder: Path) -> Workspace:
    folder = Path(recorded.run.folder or os.getcwd())
    named = [use.path for use in (*recorded.read, *recorded.written) if not use.package and _is_named_from(use, recorded, folder)]
    if recorded.brings is not None:
        return unpack(root, folder, named, recorded.brings, folders=recorded.filled)
    return copy(
        root,
        folder,
        named,
        written=[use.path for use in recorded.written if use.given],
        apart=recorded.made | {use.path for use in recorded.inputs},
        folders=recorded.filled,
        leave_out=[journal_folder],
    )


def _is_named_from(use: FileUse, recorded: Recorded, folder: Path) -> bool:
    """Whether the code named a file as seen from its working folder: by a relative path, or by one that it put together from there.

    A full path that stands in no source was put together; where it lies near the working folder, it was most likely put together
    from that (`Path.cwd().parent / "data"`), else from something else, such as the home folder.
    """
    if not use.given or not os.path.isabs(use.given):
        return bool(use.given)
    path = Path(use.path)
    near = any(
        path.is_relative_to(above) for above in list(folder.parents)[:2] if above not in (Path.home(), *Path.home().parents)
    )
    return near and not any(str(path.parent) in execution.source for execution in recorded.executions)


def _inputs(recorded: Recorded, workspace: Workspace) -> tuple[Input, ...]:
    """What the executions read, laid out as far as it is to be had; a record has brought it already."""
    if recorded.brings is not None:
        return brought(recorded.inputs, recorded.brings.keys())
    written = {use.path for use in recorded.written if use.given}
    return lay_out(recorded.inputs, workspace, recorded.blob, written=written, sources=_sources(recorded))


def _sources(recorded: Recorded) -> list[str]:
    return [execution.source for execution in recorded.executions]


def _lead(recorded: Recorded, workspace: Workspace, inputs: tuple[Input, ...]) -> Callable[[str], str]:
    """Which literal paths lead into the workspace: all that were written, inputs laid out there, and of a record all that were read."""
    paths = [use.path for use in recorded.written if use.given]
    paths += [use.path for use in recorded.read if recorded.brings is not None and not use.package]
    paths += led(inputs, workspace, _sources(recorded)) if recorded.brings is None else []
    return redirect(str(workspace.home), paths, workspace.place)


@contextlib.contextmanager
def _replayed(journal_folder: Path, executed: Executed) -> Iterator[tuple[Journal, Run]]:
    """The journal with the replay's run in it; a kernel that died may need a moment to be found dead."""
    until = time.monotonic() + _APPEARS_WITHIN_S
    while True:
        writer.ingest(journal_folder, wait_s=5.0)
        with Journal.open(journal_folder) as journal:
            runs = journal.runs(kernel_id=executed.kernel_id, limit=1)
            if runs and runs[0].status != "running":
                yield journal, runs[0]
                return
        if time.monotonic() > until:
            raise ReplayFailed(
                "The kernel of the replay left no record, so nothing can be compared.",
                "`labjournal doctor` says whether recording works.",
            )
        time.sleep(0.2)
