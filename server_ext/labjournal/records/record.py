"""What is exported, gathered once: a run or a recipe with everything that is known about it.

Every format is written from a `Record` and asks the journal nothing more, so that page, notebook and crate tell the same story;
a crate that is opened gives back a `Record` as well (`crate_reading`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Any, TypeVar

from labjournal.errors import LabjournalError
from labjournal.journal.reader import Journal
from labjournal.journal.rows import (
    Address,
    Binding,
    Environment,
    Execution,
    FileUse,
    Frame,
    GitState,
    Metric,
    Model,
    Module,
    Note,
    Output,
    Parameter,
    Problem,
    Query,
    Remote,
    Resources,
    Run,
    Series,
    Snapshot,
)
from labjournal.journal.standing import CONFIDENT
from labjournal.questions.recipe.slicing import Recipe, explained
from labjournal.questions.results.answers import ResultsAnswer
from labjournal.questions.results.table import results
from labjournal.questions.timeline import libraries
from labjournal.records.origin import Origin, origins
from labjournal.records.uses import first_reads, last_writes

__all__ = ["Record", "Step", "build", "numbered", "title"]

_TRIES = 200
"""Results of a run that its page lays side by side."""

_Row = TypeVar("_Row", Output, FileUse, Frame, Query, Remote, Binding, Parameter, Metric, Series, Model, Resources, Note, Problem)


@dataclass(frozen=True)
class Step:
    """One execution with all it left behind."""

    execution: Execution
    outputs: tuple[Output, ...] = ()
    read: tuple[FileUse, ...] = ()
    written: tuple[FileUse, ...] = ()
    bindings: tuple[Binding, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    metrics: tuple[Metric, ...] = ()
    notes: tuple[Note, ...] = ()
    tags: tuple[str, ...] = ()
    name: str | None = None
    problems: tuple[Problem, ...] = ()
    frames: tuple[Frame, ...] = ()
    queries: tuple[Query, ...] = ()
    remotes: tuple[Remote, ...] = ()
    series: tuple[Series, ...] = ()
    models: tuple[Model, ...] = ()
    resources: Resources | None = None

    @property
    def n(self) -> int:
        return self.execution.n

    @property
    def ok(self) -> bool:
        return self.execution.status == "ok"

    @property
    def failed(self) -> bool:
        return self.execution.status in ("failed", "interrupted", "abandoned")


@dataclass(frozen=True)
class Record:
    """A run, or the recipe of one of its executions, ready to be handed on."""

    address: Address
    run: Run
    steps: tuple[Step, ...]
    environment: Environment | None
    used: tuple[str, ...]
    """Distributions that the run really imported."""
    git: GitState | None
    blob: Callable[[str], bytes]
    """The content kept under a digest; raises OSError where it is not kept."""
    notes: tuple[Note, ...] = ()
    tags: tuple[str, ...] = ()
    name: str | None = None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
    """What the recipe may lack, as sentences."""
    results: ResultsAnswer | None = None
    """The table of the run's results, in the order of the work; None for a recipe."""
    origins: Mapping[tuple[int, str], Origin] = field(default_factory=dict)
    """(n, path) of an input → the execution elsewhere that made it."""
    modules: tuple[Module, ...] = ()
    """Modules of the user's own, each as it was loaded last before the end."""
    snapshot: Snapshot | None = None
    """What was not committed then; None where there is no repository, and in a record that came from elsewhere."""
    libraries: tuple[dict[str, Any], ...] = ()
    """Shared libraries that decide on numbers, as the run loaded them; nothing in a record that came from elsewhere."""

    @property
    def metrics(self) -> list[Metric]:
        return [metric for step in self.steps for metric in step.metrics]

    @property
    def inputs(self) -> list[FileUse]:
        """What was read before anything here wrote it."""
        return first_reads(self._uses("read"), self._uses("written"))

    @property
    def left(self) -> list[FileUse]:
        """What stood there in the end, of all that was written."""
        return last_writes(self._uses("written"))

    def _uses(self, role: str) -> list[FileUse]:
        return [use for step in self.steps for use in getattr(step, role)]

    @property
    def parameters(self) -> list[Parameter]:
        return [parameter for step in self.steps for parameter in step.parameters]


def build(journal: Journal, address: Address, recipe: Recipe | None = None) -> Record:
    """Everything that is known about the run, or about the recipe of the execution, that `address` means; or about another `recipe`."""
    recipe = recipe or explained(journal, address)
    if not recipe.steps:
        raise LabjournalError(
            f"{address} holds no execution.", "`labjournal log` lists the runs and how many executions they hold."
        )
    run = journal.run(address.run)
    own: dict[int, list[Any]] = defaultdict(list)
    for n, tag in journal.tags(run.run):
        own[n].append(tag)
    names = dict(journal.names(run.run))
    notes, problems = numbered(journal.notes(run.run)), numbered(journal.problems(run.run))
    last = recipe.steps[-1].execution.n
    record = Record(
        address=address,
        run=run,
        steps=_steps(journal, [step.execution for step in recipe.steps], own, names, notes, problems),
        environment=journal.environment(run.environment) if run.environment else None,
        used=tuple(journal.packages_used(run.run)),
        git=journal.git_state(run.git) if run.git else None,
        blob=journal.blobs.get,
        notes=tuple(notes[0]),
        tags=tuple(own[0]),
        name=names.get(0),
        problems=tuple(problems[0]),
        warnings=recipe.warnings,
        results=results(journal, run=run.run, ascending=True, limit=_TRIES) if address.n is None else None,
        modules=tuple({each.path: each for each in journal.modules(run.run) if each.n <= last}.values()),
        libraries=tuple(libraries(journal, run)),
        snapshot=next((each for each in reversed(journal.snapshots(run.run)) if each.n <= last), None),
    )
    return replace(record, origins=origins(journal, run, [step.execution for step in record.steps], record.inputs))


def _steps(
    journal: Journal,
    executions: Sequence[Execution],
    tags: dict[int, list[str]],
    names: dict[int, str],
    notes: dict[int, list[Note]],
    problems: dict[int, list[Problem]],
) -> tuple[Step, ...]:
    run = executions[0].run
    # One recipe of a few steps in a run of thousands: ask for these alone.
    asked: Iterable[int | None] = [execution.n for execution in executions] if len(executions) < 20 else [None]
    asked = list(asked)
    outputs = numbered(row for n in asked for row in journal.outputs(run, n))
    read = numbered(row for n in asked for row in journal.usages(run, n))
    written = numbered(row for n in asked for row in journal.generations(run, n))
    bindings = numbered(row for n in asked for row in journal.bindings(run, n))
    parameters = numbered(row for n in asked for row in journal.parameters(run, n))
    metrics = numbered(row for n in asked for row in journal.metrics(run, n) if row.confidence >= CONFIDENT)
    frames = numbered(row for n in asked for row in journal.frames(run, n))
    queries = numbered(row for n in asked for row in journal.queries(run, n))
    remotes = numbered(row for n in asked for row in journal.remotes(run, n))
    series = numbered(row for n in asked for row in journal.series(run, n) if row.confidence >= CONFIDENT)
    models = numbered(row for n in asked for row in journal.models(run, n))
    resources = numbered(row for n in asked for row in journal.resources(run, n))
    return tuple(
        Step(
            execution,
            outputs=tuple(outputs[execution.n]),
            read=tuple(read[execution.n]),
            written=tuple(written[execution.n]),
            bindings=tuple(bindings[execution.n]),
            parameters=tuple(parameters[execution.n]),
            metrics=tuple(metrics[execution.n]),
            notes=tuple(notes[execution.n]),
            tags=tuple(tags[execution.n]),
            name=names.get(execution.n),
            problems=tuple(problems[execution.n]),
            frames=tuple(frames[execution.n]),
            queries=tuple(queries[execution.n]),
            remotes=tuple(remotes[execution.n]),
            series=tuple(series[execution.n]),
            models=tuple(models[execution.n]),
            resources=next(iter(resources[execution.n]), None),
        )
        for execution in executions
    )


def numbered(rows: Iterable[_Row]) -> dict[int, list[_Row]]:
    """The rows by the number of their execution."""
    groups: dict[int, list[_Row]] = defaultdict(list)
    for row in rows:
        groups[row.n].append(row)
    return groups


def title(record: Record) -> str:
    """What a person would call it: the name they gave, else the notebook's, else the run."""
    given = record.steps[-1].name if record.address.n is not None else record.name
    if given or not record.run.notebook:
        return given or f"Run {record.run.run}"
    return PurePath(record.run.notebook).stem
