"""The shape of the table of results. Rules as in `answers`."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from labjournal.questions.numbers import Number

__all__ = [
    "FigurePart",
    "MeasurePart",
    "MetricColumn",
    "ModelChange",
    "ModelPart",
    "ParameterColumn",
    "ResourcesPart",
    "ResultFile",
    "ResultPart",
    "ResultsAnswer",
    "SeriesPart",
]


class MeasurePart(TypedDict):
    """How the number of a metric was learnt."""

    name: str
    value: Number
    unit: str
    step: int | None
    source: str
    """explicit | tracker | returned | fitted | bound | printed | shown."""
    confidence: float
    """0 … 1; those below 0.8 are told only when all are asked for."""
    numbers: int
    """How many numbers the execution gave under this name; the value is the one that counts."""


class ModelChange(TypedDict):
    """How a model differs from the one that bore its name before."""

    than: str
    """Address of that one."""
    how: Literal["retrained", "redesigned", "refitted"]
    """retrained: the same recipe, on other data; redesigned: another class, other hyperparameters or columns; refitted: no difference is seen."""
    what: list[str]
    """'alpha 0.1 → 0.3', '120 → 150 rows', 'train.csv has another content'."""


class ModelPart(TypedDict):
    name: str
    kind: str
    """Its class with its module."""
    library: str
    version: str
    parameters: dict[str, Any]
    """Hyperparameters that differ from the default."""
    recipe: str
    """Equal where two models differ only in what they were fitted on."""
    fitted_on: list[dict[str, Any]]
    features: list[str]
    signature: dict[str, Any] | None
    """What goes in (inputs, columns with their types), what comes out (outputs), and how large it is (size), as far as known."""
    fit_s: float | None
    bytes: int | None
    path: str
    """The file it was saved to, '' where none is known."""
    change: ModelChange | None
    """None for the first of its name."""


class SeriesPart(TypedDict):
    """A learning curve, thinned where it is long."""

    name: str
    values: list[Number]
    steps: list[int]
    """Of the values; [] where they are 0, 1, 2 …"""
    points: int
    """How many there were."""
    unit: str
    source: str
    confidence: float
    where: str
    """What it was read from."""


class FigurePart(TypedDict):
    position: int
    """Of the output that shows it, -1 where it was only saved."""
    path: str
    title: str
    labels: list[str]
    data: list[str]
    """Names of what it was drawn from."""


class ResourcesPart(TypedDict):
    """What an execution took of the machine."""

    cpu_s: float
    memory_bytes: int
    """Of the kernel when it had ended."""
    peak_bytes: int
    """The kernel's largest so far, where the execution raised it; else 0."""
    gpu: dict[str, Any] | None


class ResultFile(TypedDict):
    path: str
    sha256: str | None
    bytes: int | None


class ResultPart(TypedDict):
    """One execution that produced a metric, a model, a figure or a file."""

    address: str
    run: str
    n: int
    cell_id: str | None
    notebook: str | None
    started: str
    duration_s: float | None
    status: str
    first_lines: str
    parameters: dict[str, Any]
    """What went into it: of its own cell and of those before on which it depends."""
    metrics: dict[str, Number]
    measures: list[MeasurePart]
    """The same metrics, each with how it was learnt."""
    metrics_count: int
    """How many metrics it has; the answer holds the first thousand."""
    inputs: list[ResultFile]
    """Files that were read by it and by what it depends on."""
    files: list[ResultFile]
    """Files that it wrote."""
    models: list[ModelPart]
    series: list[SeriesPart]
    """The first ten, each thinned to what a sparkline shows."""
    figures: list[FigurePart]
    figures_count: int
    """Pictures it showed or saved, also those that say nothing of themselves."""
    thumbnail: bool
    """Whether it showed a picture."""
    warnings: list[str]
    """What libraries warned of meanwhile: 'ConvergenceWarning: lbfgs failed to converge … (3 times)'."""
    tags: list[str]
    """Its own, and those of its run."""
    star: bool
    """Whether it carries the tag 'star'."""
    name: str | None
    replay_of: str | None
    """What its run replays, None for one's own work."""


class MetricColumn(TypedDict):
    name: str
    unit: str
    results: int
    """How many of these results have it."""
    best: Literal["lowest", "highest"] | None
    """Which value is the best, None where its name does not tell."""
    best_address: str | None
    """Of these results the one with the best value."""


class ParameterColumn(TypedDict):
    name: str
    results: int
    varies: bool
    """Whether these results differ in it."""


class ResultsAnswer(TypedDict):
    results: list[ResultPart]
    total: int
    """How many there are of all that were asked for."""
    offset: int
    """How many of them come before these."""
    sort: str
    """'started', or the metric by which they are sorted, or `parameters.` and the parameter."""
    ordered: int
    """So many of them, the newest, are put in this order: all, but where there are very many and the order is a parameter's; the others follow by time."""
    ascending: bool
    metric_columns: list[MetricColumn]
    parameter_columns: list[ParameterColumn]
    """Those that vary first."""
