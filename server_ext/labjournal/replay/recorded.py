"""What a replay starts from: executions with all they left behind, from the journal or from a record file, in one shape."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from labjournal.errors import LabjournalError, ReplayFailed
from labjournal.journal.addresses import resolve
from labjournal.journal.reader import Journal
from labjournal.journal.rows import Environment, Execution, FileUse, Metric, Module, Output, Parameter, Run
from labjournal.questions.recipe.slicing import recipe
from labjournal.records.answered import answered
from labjournal.records.record import Step
from labjournal.records.uses import first_reads
from labjournal.replay.comparing.compare import Done

__all__ = ["Recorded", "done", "from_journal", "on_disk"]

_LOOKED_INTO_BYTES = 4 << 30
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Recorded:
    """One side of a comparison before it happens."""

    address: str
    run: Run
    done: tuple[Done, ...]
    read: tuple[FileUse, ...]
    environment: Environment | None
    used: tuple[str, ...]
    blob: Callable[[str], bytes]
    """Content by digest; raises OSError where it is not kept."""
    content: Callable[[FileUse], BinaryIO]
    """A file as it was left; raises OSError where it is not at hand any more."""
    brings: Mapping[str, Callable[[Path], None]] | None = None
    """Files of a record (where each was read → what writes it to a new place); None: they lie in the run's own folder."""
    own: bool = False
    """It was recorded here although it brings its files: what is handed over, tried before it leaves."""
    problems: tuple[str, ...] = field(default=())
    sent: tuple[Execution, ...] = ()
    """What is executed instead, where it is not the recorded code itself: the cells of an export."""
    judged: int | None = None
    """The one execution that is compared; None: all of them."""
    modules: tuple[Module, ...] = ()
    """The user's own, as they were loaded last."""
    repository: tuple[str, str] | None = None
    """Top folder of the run's repository here, and the commit that holds its state: the snapshot of what was not committed, else HEAD."""
    in_the_end: Environment | None = None
    """The environment with what was installed while the run lived, and not too late to be loaded; None where nothing was."""

    @property
    def executions(self) -> list[Execution]:
        return [one.execution for one in self.done]

    @property
    def written(self) -> list[FileUse]:
        return [use for one in self.done for use in one.written]

    @property
    def made(self) -> set[str]:
        """Files that these executions wrote before they read them: they began without them, or did not look."""
        first_read: dict[str, int] = {}
        for use in self.read:
            first_read.setdefault(use.path, use.n)
        answer: set[str] = set()
        for use in self.written:
            if not use.deleted and use.n < first_read.get(use.path, use.n + 1):
                answer.add(use.path)
        return answer

    @property
    def inputs(self) -> list[FileUse]:
        """What these executions read before they wrote it themselves."""
        return first_reads(self.read, self.written)

    @property
    def filled(self) -> set[str]:
        """Folders into which they wrote and that they do not seem to have made."""
        makers = [one.source for one in self.executions if "mkdir" in one.source or "makedirs" in one.source]
        folders = {os.path.dirname(path) for path in self.made}
        return {folder for folder in folders if not any(os.path.basename(folder) in source for source in makers)}


def from_journal(journal: Journal, text: str) -> Recorded:
    """The run or recipe that an address means."""
    address = resolve(journal, text)
    executions = recipe(journal, address)
    if not executions:
        raise ReplayFailed(f"{address} holds no execution.", "`labjournal log` lists runs that do.")
    run = journal.run(address.run)
    numbers = {execution.n for execution in executions}
    sent = _answered(executions, journal.parameters(run.run))
    return Recorded(
        address=str(address),
        run=run,
        done=done(executions, journal.outputs(run.run), journal.generations(run.run), journal.metrics(run.run)),
        read=tuple(use for use in journal.usages(run.run) if use.n in numbers),
        environment=journal.environment(run.environment) if run.environment else None,
        used=tuple(journal.packages_used(run.run)),
        blob=journal.blobs.get,
        content=on_disk,
        modules=tuple({each.path: each for each in journal.modules(run.run) if each.n <= max(numbers)}.values()),
        repository=_repository(journal, run, max(numbers)),
        in_the_end=_in_the_end(journal, run, max(numbers)),
        sent=tuple(sent) if sent != executions else (),
    )


def _answered(executions: Sequence[Execution], parameters: Iterable[Parameter]) -> list[Execution]:
    """The executions with what a person answered while they ran: nobody is there to be asked."""
    told: dict[int, list[Parameter]] = {}
    for parameter in parameters:
        told.setdefault(parameter.n, []).append(parameter)
    sources = [answered(Step(one, parameters=tuple(told.get(one.n, ())))).source for one in executions]
    return [replace(one, source=source) if source != one.source else one for one, source in zip(executions, sources, strict=True)]


def _in_the_end(journal: Journal, run: Run, last: int) -> Environment | None:
    """What a cell installs is there for the cells after it; what was loaded before goes on as it was."""
    changes = [each for each in journal.package_changes(run.run) if each.n <= last and not each.loaded]
    if run.environment is None or not changes:
        return None
    start = journal.environment(run.environment)
    packages, distributions = dict(start.packages), dict(start.distributions)
    later = [start]
    for (n, name), facet in sorted(journal.facets(run.run).items()):
        if name == "environment" and n <= last and isinstance(facet, dict):
            with contextlib.suppress(LabjournalError):
                later.append(journal.environment(str(facet.get("sha256"))))
    for change in changes:
        if change.after is None:
            packages.pop(change.name, None)
            continue
        packages[change.name] = change.after
        told = next((each.distributions for each in reversed(later) if each.packages.get(change.name) == change.after), {})
        distributions.pop(change.name, None)
        if change.name in told:
            distributions[change.name] = told[change.name]
    return replace(start, packages=packages, distributions=distributions)


def _repository(journal: Journal, run: Run, last: int) -> tuple[str, str] | None:
    state = journal.git_state(run.git) if run.git else None
    if state is None or not state.root:
        return None
    taken = [each.snapshot or each.commit for each in journal.snapshots(run.run) if each.n <= last and each.root == state.root]
    commit = (taken[-1] if taken else None) or state.commit
    return (state.root, commit) if commit else None


def done(
    executions: Sequence[Execution], outputs: Iterable[Output], written: Iterable[FileUse], metrics: Iterable[Metric]
) -> tuple[Done, ...]:
    """Every execution with its own rows."""
    shown: dict[int, list[Output]] = {execution.n: [] for execution in executions}
    left: dict[int, list[FileUse]] = {execution.n: [] for execution in executions}
    measured: dict[int, list[Metric]] = {execution.n: [] for execution in executions}
    for output in outputs:
        shown.get(output.n, []).append(output)
    for use in written:
        left.get(use.n, []).append(use)
    for metric in metrics:
        measured.get(metric.n, []).append(metric)
    return tuple(Done(execution, shown[execution.n], left[execution.n], measured[execution.n]) for execution in executions)


def on_disk(use: FileUse) -> BinaryIO:
    """The file as it was written, if it still holds that; OSError otherwise."""
    with contextlib.ExitStack() as until_known:
        file = until_known.enter_context(open(use.path, "rb"))
        if os.fstat(file.fileno()).st_size > _LOOKED_INTO_BYTES:
            raise OSError(f"{use.path} is too large to look into")
        digest = hashlib.sha256()
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
        if digest.hexdigest() != use.sha256:
            raise OSError(f"{use.path} has changed since")
        file.seek(0)
        until_known.pop_all()
        return file
