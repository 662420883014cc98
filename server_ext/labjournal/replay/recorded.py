"""What a replay starts from: executions with all they left behind, from the journal or from a record file, in one shape."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from labjournal.errors import ReplayFailed
from labjournal.journal.addresses import resolve
from labjournal.journal.reader import Journal
from labjournal.journal.rows import Environment, Execution, FileUse, Metric, Output, Run
from labjournal.questions.recipe import recipe
from labjournal.replay.compare import Done

__all__ = ["Recorded", "done", "from_journal"]


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
    files: Path | None = None
    """Folder that holds the files to start from instead of the run's own folder (a record that was unpacked)."""
    problems: tuple[str, ...] = field(default=())

    @property
    def executions(self) -> list[Execution]:
        return [one.execution for one in self.done]


def from_journal(journal: Journal, text: str) -> Recorded:
    """The run or recipe that an address means."""
    address = resolve(journal, text)
    executions = recipe(journal, address)
    if not executions:
        raise ReplayFailed(f"{address} holds no execution.", "`labjournal log` lists runs that do.")
    run = journal.run(address.run)
    environment = journal.environment(run.environment) if run.environment else None
    numbers = {execution.n for execution in executions}
    return Recorded(
        address=str(address),
        run=run,
        done=done(executions, journal.outputs(run.run), journal.generations(run.run), journal.metrics(run.run)),
        read=tuple(use for use in journal.usages(run.run) if use.n in numbers),
        environment=environment,
        used=tuple(journal.packages_used(run.run)),
        blob=journal.blobs.get,
    )


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
