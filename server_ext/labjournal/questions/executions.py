"""What is known about executions of a run, gathered from every table into the shape of the answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import TypeVar

from labjournal.journal.reader import Journal
from labjournal.journal.rows import (
    Binding,
    Execution,
    Figure,
    FileUse,
    Frame,
    Metric,
    Model,
    Module,
    Note,
    Output,
    Parameter,
    Problem,
    Query,
    Randomness,
    Remote,
    Resources,
    Series,
)
from labjournal.journal.standing import CONFIDENT
from labjournal.questions.answers import ExecutionPart, FilePart, FramePart, NotePart, QueryPart, RemotePart, plain, when
from labjournal.questions.answers import number as json_number
from labjournal.questions.metrics import with_printed_names
from labjournal.questions.outputs import output_part
from labjournal.questions.parameter_values import parameter_values
from labjournal.questions.results.answers import ModelPart
from labjournal.questions.results.attribution import Behind, behind_results
from labjournal.questions.results.parts import figure_part, model_part, resources_part, series_part
from labjournal.questions.results.refits import Refits
from labjournal.questions.sql import tables
from labjournal.questions.state import module_part, randomness_part
from labjournal.questions.warnings import execution_warnings

__all__ = ["Facts", "error", "file_part", "frame_part", "note_part", "query_part", "remote_part"]

_Row = TypeVar(
    "_Row",
    Output,
    FileUse,
    Frame,
    Query,
    Remote,
    Binding,
    Parameter,
    Metric,
    Series,
    Model,
    Figure,
    Resources,
    Module,
    Randomness,
    Note,
    Problem,
)


class Facts:
    """Everything recorded about executions of one run, grouped by their number; each table is read when it is first asked for.

    `numbers` tells which executions are meant, None all of them.
    """

    def __init__(self, journal: Journal, run: str, numbers: Sequence[int] | None = None) -> None:
        self.journal = journal
        self.run = run
        self._numbers = numbers

    @cached_property
    def outputs(self) -> dict[int, list[Output]]:
        return self._grouped(self.journal.outputs)

    @cached_property
    def usages(self) -> dict[int, list[FileUse]]:
        return self._grouped(self.journal.usages)

    @cached_property
    def generations(self) -> dict[int, list[FileUse]]:
        return self._grouped(self.journal.generations)

    @cached_property
    def frames(self) -> dict[int, list[Frame]]:
        return self._grouped(self.journal.frames)

    @cached_property
    def queries(self) -> dict[int, list[Query]]:
        return self._grouped(self.journal.queries)

    @cached_property
    def remotes(self) -> dict[int, list[Remote]]:
        return self._grouped(self.journal.remotes)

    @cached_property
    def bindings(self) -> dict[int, list[Binding]]:
        return self._grouped(self.journal.bindings)

    @cached_property
    def parameters(self) -> dict[int, list[Parameter]]:
        return self._grouped(self.journal.parameters)

    @cached_property
    def metrics(self) -> dict[int, list[Metric]]:
        return self._grouped(self.journal.sure_metrics)

    @cached_property
    def printed(self) -> dict[int, list[Metric]]:
        """What the screen said of them once more."""
        return self._grouped(self.journal.printed_metrics)

    @cached_property
    def series(self) -> dict[int, list[Series]]:
        return self._grouped(self.journal.series)

    @cached_property
    def models(self) -> dict[int, list[Model]]:
        return self._grouped(self.journal.models)

    @cached_property
    def figures(self) -> dict[int, list[Figure]]:
        return self._grouped(self.journal.figures)

    @cached_property
    def resources(self) -> dict[int, list[Resources]]:
        return self._grouped(self.journal.resources)

    @cached_property
    def modules(self) -> dict[int, list[Module]]:
        return self._grouped(self.journal.modules)

    @cached_property
    def randomness(self) -> dict[int, list[Randomness]]:
        return self._grouped(self.journal.randomness)

    @cached_property
    def packages(self) -> dict[int, list[str]]:
        """Distributions that each execution used."""
        return self.journal.packages_by_execution(self.run)

    @cached_property
    def notes(self) -> dict[int, list[Note]]:
        return _by_number(self.journal.notes(self.run))

    @cached_property
    def problems(self) -> dict[int, list[Problem]]:
        return _by_number(self.journal.problems(self.run))

    @cached_property
    def tags(self) -> dict[int, list[str]]:
        tags: dict[int, list[str]] = defaultdict(list)
        for number, tag in self.journal.tags(self.run):
            tags[number].append(tag)
        return tags

    @cached_property
    def names(self) -> dict[int, str]:
        return dict(self.journal.names(self.run))

    def part(self, execution: Execution, *, outputs: bool = True, inline_bytes: int = 0) -> ExecutionPart:
        """The execution as answers tell it; without `outputs` only their number, blobs above `inline_bytes` as references."""
        n = execution.n
        shown = (
            [output_part(output, self.journal, execution.execution_count, inline_bytes) for output in self.outputs[n]]
            if outputs
            else []
        )
        return {
            "address": str(execution.address),
            "n": n,
            "cell_id": execution.cell_id,
            "source": execution.source,
            "status": execution.status,
            "started": when(execution.started),
            "ended": when(execution.ended) if execution.ended else None,
            "duration_s": _seconds(execution.duration_s),
            "execution_count": execution.execution_count,
            "client": execution.client,
            "error": error(execution),
            "outputs": shown,
            "outputs_count": len(self.outputs[n]),
            "inputs": [file_part(use) for use in self.usages[n]],
            "files": [file_part(use) for use in self.generations[n]],
            "frames": [frame_part(frame) for frame in self.frames[n]],
            "queries": [query_part(query) for query in self.queries[n]],
            "remotes": [remote_part(remote) for remote in self.remotes[n]],
            "not_seen": [problem.detail for problem in self.problems[n] if problem.what == "not-seen"],
            "metrics": with_printed_names(self.metrics[n], self.printed[n]),
            "series": [series_part(each) for each in self.series[n] if each.confidence >= CONFIDENT],
            "models": [self._model(each) for each in self.models[n]],
            "figures": [figure_part(each) for each in self.figures[n]],
            "resources": next((resources_part(each) for each in self.resources[n]), None),
            "packages": self.packages.get(n, []),
            "modules": [module_part(module) for module in self.modules[n]],
            "randomness": next((randomness_part(seen) for seen in self.randomness[n]), None),
            "parameters": parameter_values(self.parameters[n]),
            "warnings": self.warnings(execution),
            "names": {"bound": self._roles(n, "bound"), "used": self._roles(n, "used")},
            "notes": [note_part(note) for note in self.notes[n]],
            "tags": self.tags[n],
            "name": self.names.get(n),
        }

    def warnings(self, execution: Execution) -> list[str]:
        n = execution.n
        return execution_warnings(execution, self.outputs[n], self.usages[n], self.generations[n], self.problems[n])

    def _model(self, model: Model) -> ModelPart:
        return model_part(model, self._refits.change(model, self._behind_models))

    @cached_property
    def _refits(self) -> Refits:
        return Refits(self.journal, self.journal.run(self.run), {n: found for n, found in self.models.items() if found})

    @cached_property
    def _behind_models(self) -> dict[int, Behind]:
        numbers = {*self._refits.numbers, *(n for n, found in self.models.items() if found)}
        return behind_results(self.journal.results, self.run, sorted(numbers))

    def _grouped(self, table: Callable[[str, int | None], Iterable[_Row]]) -> dict[int, list[_Row]]:
        if self._numbers is None:
            return _by_number(table(self.run, None))
        return _by_number(row for n in self._numbers for row in table(self.run, n))

    def _roles(self, n: int, role: str) -> list[str]:
        return [binding.name for binding in self.bindings[n] if binding.role == role]


def file_part(use: FileUse) -> FilePart:
    """A file as answers tell it."""
    return {
        "path": use.path,
        "sha256": use.sha256,
        "bytes": use.bytes,
        "given": use.given,
        "hash_state": use.hash_state,
        "reason": use.reason,
        "layer": use.layer,
        "confidence": use.confidence,
        "package": use.package,
        "kept": use.kept,
        "deleted": use.deleted,
        "moved": use.moved,
    }


def frame_part(frame: Frame) -> FramePart:
    return {
        "name": frame.name,
        "kind": frame.kind,
        "rows": frame.rows,
        "columns": frame.columns,
        "schema": frame.schema,
        "content": frame.content,
        "complete": frame.complete,
        "profile": plain(frame.profile),
    }


def query_part(query: Query) -> QueryPart:
    found = tables(query.statement, query.dialect)
    return {
        "database": query.database,
        "dialect": query.dialect,
        "statement": query.statement,
        "reads": list(found.reads),
        "writes": list(found.writes),
        "times": query.times,
        "rows": query.rows,
    }


def remote_part(remote: Remote) -> RemotePart:
    return {
        "role": remote.role,
        "url": remote.url,
        "version": remote.version,
        "modified": remote.modified,
        "bytes": remote.bytes,
        "sha256": remote.sha256,
    }


def error(execution: Execution) -> str:
    """'TypeError: unsupported operand', or '' where it did not fail."""
    return f"{execution.error_name}: {execution.error_value}".removesuffix(": ") if execution.error_name else ""


def note_part(note: Note) -> NotePart:
    return {"n": note.n, "text": note.text, "at": when(note.at)}


def _seconds(duration: float | None) -> float | None:
    value = json_number(duration)
    return value if isinstance(value, (int, float)) else None


def _by_number(rows: Iterable[_Row]) -> dict[int, list[_Row]]:
    groups: dict[int, list[_Row]] = defaultdict(list)
    for row in rows:
        groups[row.n].append(row)
    return groups
