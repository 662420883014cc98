"""`replay`: lay out a workspace, execute in a fresh kernel, compare, and say in one readable answer whether it still holds."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from labjournal.errors import LabjournalError, OutputExists, ReplayFailed
from labjournal.journal import writer
from labjournal.journal.reader import Journal
from labjournal.journal.rows import Run
from labjournal.replay.execute import Executed, Step, execute
from labjournal.replay.recorded import Recorded, from_journal
from labjournal.replay.sources import redirect, steps
from labjournal.replay.verdict import Again, ReplayAnswer, verdict
from labjournal.replay.workspace import Workspace, lay_out

__all__ = ["replay"]

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
) -> ReplayAnswer:
    """Executes an address, or a record file, again and compares.

    The workspace is a temporary folder that goes away, or the new folder `output` that stays. A record file comes from elsewhere:
    what it holds is shown to `confirm` first, unless `assume_yes`.
    """
    say = progress or (lambda sentence: None)
    journal_folder = journal_folder.resolve()  # the kernel works in another folder
    with _workspace_root(output) as root:
        recorded = _recorded(journal_folder, target, root, assume_yes, confirm)
        say("copying the workspace")
        workspace = _lay_out(recorded, root, journal_folder)
        plan, problems = _plan(recorded, workspace, dict(parameters or {}))
        executed = execute(
            plan,
            run=recorded.run,
            journal=journal_folder,
            folder=workspace.folder,
            root=root,
            address=recorded.address,
            progress=say,
        )
        say("comparing")
        with _replayed(journal_folder, executed) as (journal, again):
            problems = [*recorded.problems, *workspace.problems, *problems, *executed.problems]
            return verdict(recorded, Again(again, journal, plan, workspace, executed), tolerance or 0.0, problems)


@contextlib.contextmanager
def _workspace_root(output: Path | None) -> Iterator[Path]:
    if output is not None:
        if output.exists() and (not output.is_dir() or any(output.iterdir())):
            raise OutputExists(f"{output} is there already and not empty.", "Name a new folder with --output.")
        try:
            output.mkdir(parents=False, exist_ok=True)
        except FileNotFoundError as problem:
            raise LabjournalError(f"The folder {output.parent} does not exist.", "Make it first, or choose another --output.") from problem
        except OSError as problem:
            raise LabjournalError(f"{output} cannot be made ({problem.strerror}).", "Choose another --output.") from problem
        yield output.resolve()
        return
    root = Path(tempfile.mkdtemp(prefix="labjournal-replay-")).resolve()
    try:
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _recorded(
    journal_folder: Path, target: str, root: Path, assume_yes: bool, confirm: Callable[[str], bool] | None
) -> Recorded:
    if not _is_file(target):
        with Journal.open(journal_folder) as journal:
            return from_journal(journal, target)
    from labjournal.replay.crates import from_crate

    return from_crate(Path(target), root / "record", confirm=None if assume_yes else confirm or (lambda question: False))


def _is_file(target: str) -> bool:
    return target.lower().endswith(".zip") or os.path.isfile(target)


def _lay_out(recorded: Recorded, root: Path, journal_folder: Path) -> Workspace:
    folder = recorded.files or Path(recorded.run.folder or os.getcwd())
    named = [use.path for use in recorded.read if not use.package and not os.path.isabs(use.given or "/")]
    named += [use.path for one in recorded.done for use in one.written if not os.path.isabs(use.given or "/")]
    return lay_out(root, folder, named if recorded.files is None else (), leave_out=[journal_folder])


def _plan(recorded: Recorded, workspace: Workspace, parameters: dict[str, str]) -> tuple[list[Step], list[str]]:
    written = [use.path for one in recorded.done for use in one.written if use.given and os.path.isabs(use.given)]
    lead = redirect(str(workspace.origin), written, workspace.place)
    plan, problems = steps(recorded.executions, lead)
    if not plan:
        raise ReplayFailed(f"Nothing of {recorded.address} can be executed again: {' '.join(problems)}", "Choose another address.")
    if parameters:
        from labjournal.replay.parameters import with_parameters

        plan = with_parameters(recorded, plan, parameters)
    return plan, problems


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
                "The kernel of the replay left no record, so nothing can be compared.", "`labjournal doctor` says whether recording works."
            )
        time.sleep(0.2)
