"""The shapes of answers about where things come from (`why`, the lineage graph) and what differs (`diff`); rules as in `answers`."""

from __future__ import annotations

from typing import Any, TypedDict

from labjournal.questions.answers import EnvironmentPart, GitPart, Number
from labjournal.questions.results.answers import ModelPart

__all__ = [
    "CodeChange",
    "ColumnChange",
    "DataChange",
    "DiffAnswer",
    "LineageAnswer",
    "LineageEdge",
    "LineageNode",
    "MetricChange",
    "ModelDifference",
    "ProducedBy",
    "RecipeStep",
    "UpstreamPart",
    "UsedBy",
    "ValueChange",
    "WhyAnswer",
    "WhyInput",
]


class ProducedBy(TypedDict):
    address: str
    notebook: str | None
    started: str
    path: str | None
    """Where it was written, as of then: the file may have been moved since. None of what is no file."""


class RecipeStep(TypedDict):
    address: str
    source: str
    cautious: bool
    """In only because nothing rules out that it matters."""


class WhyInput(TypedDict):
    """Something the recipe took in: a file, a table of a database, data from another machine."""

    kind: str
    """file | table | remote."""
    path: str
    """Of a table DATABASE#NAME, of remote data the address."""
    sha256: str | None
    bytes: int | None
    hash_state: str
    confidence: str
    produced_by: ProducedBy | None
    """The execution that wrote this content; None where nobody recorded it being made."""
    produced_how: str
    """content (it wrote these very bytes) | path (it was the last to write there; the content is not known) | statement | '' (nobody)."""
    read_by: str
    """Address of the execution that read it."""
    package: str
    """Name and version of the package that the file is shipped in."""


class UpstreamPart(TypedDict):
    """A run that made something which the target's recipe used, near ones first."""

    run: str
    notebook: str | None
    started: str
    addresses: list[str]
    """Its executions that made what was used."""
    made: list[str]
    """What was used, by the paths at which these executions wrote it."""
    inputs: list[WhyInput]
    distance: int
    """1 for a run whose files the target's recipe read, 2 for one behind that, …"""


class UsedBy(TypedDict):
    address: str
    notebook: str | None
    started: str
    path: str
    """Where it was read."""
    files: list[str]
    """What came of it: files that this execution, or a later one that depends on it, wrote."""
    metrics: list[str]
    """Names of the numbers that came of it in the same run."""
    distance: int
    """1 for who used the target itself, 2 for who used what came of it, …"""


class WhyAnswer(TypedDict):
    target: str
    kind: str
    """file | metric | execution | table | remote."""
    path: str | None
    """Where the file lies now or was recorded, None where no file is asked about."""
    found: str
    """How it is known: content | path | edges (length, first and last 64 KiB) | shown (a picture that was displayed) | read (its content was only ever read) | address | statement."""
    sha256: str | None
    produced_by: ProducedBy | None
    others: list[ProducedBy]
    """Other executions that produced the same content, latest first."""
    recipe: list[RecipeStep]
    inputs: list[WhyInput]
    parameters: dict[str, Any]
    metrics: dict[str, Number]
    models: list[ModelPart]
    """Models that the recipe fitted; of a file to which one was saved that one alone."""
    environment: EnvironmentPart
    git: GitPart
    upstream: list[UpstreamPart]
    not_seen: list[str]
    used_by: list[UsedBy]
    """Only asked for with `--forward`; else empty."""


class LineageNode(TypedDict):
    id: str
    """'execution:RUN/N', 'file:SHA256', 'path:PATH' (content not known), 'table:DATABASE#NAME', 'remote:URL', 'metric:RUN/N:NAME'."""
    kind: str
    """execution | file | table | remote | metric."""
    label: str
    address: str | None
    """Of an execution, or the execution that a metric belongs to."""
    path: str | None
    sha256: str | None
    bytes: int | None
    notebook: str | None
    started: str | None
    status: str | None
    more_before: bool
    """Something before it is known that is not in this answer."""
    more_after: bool


class LineageEdge(TypedDict):
    source: str
    target: str
    role: str
    """read | written | depends (one execution used names of another) | measured | moved (a content that an execution renamed)."""


class LineageAnswer(TypedDict):
    root: str
    nodes: list[LineageNode]
    edges: list[LineageEdge]
    truncated: bool
    """There were more nodes than were asked for."""


class CodeChange(TypedDict):
    what: str
    """changed | added | removed | order (the same code, executed more often, less often, or at another place)."""
    cell_id: str | None
    a: str | None
    b: str | None
    """Addresses."""
    a_source: str | None
    b_source: str | None


class ValueChange(TypedDict):
    name: str
    a: Any
    b: Any


class ColumnChange(TypedDict):
    name: str
    what: str
    """same | type | values | added | removed."""
    a: str
    b: str
    """Types, '' where it is not there."""
    shift: float | None
    """Population stability index of the values, None where it cannot be told."""


class DataChange(TypedDict):
    kind: str
    """file | frame | remote | table."""
    role: str
    """read | written | made."""
    name: str
    """Path or name."""
    what: str
    """same | changed | appeared | gone | unknown (a content was not known)."""
    a_name: str
    """Path or name in A, where it is another; else ''."""
    a: str | None
    b: str | None
    """Digests."""
    a_bytes: int | None
    b_bytes: int | None
    a_rows: int | None
    b_rows: int | None
    rows_added: int | None
    """Rows that only B has, where the contents could be read."""
    rows_removed: int | None
    columns: list[ColumnChange]
    summary: str


class MetricChange(TypedDict):
    name: str
    a: Number | None
    b: Number | None
    delta: Number | None


class ModelDifference(TypedDict):
    name: str
    a: str | None
    b: str | None
    """Addresses of the executions that fitted it last."""
    how: str
    """retrained (the same recipe, on other data) | redesigned (another class, other hyperparameters or columns) | refitted (no difference is seen) | appeared | gone."""
    what: list[str]


class DiffAnswer(TypedDict):
    """What changed from A to B."""

    a: str
    b: str
    a_started: str
    b_started: str
    a_notebook: str | None
    b_notebook: str | None
    code: list[CodeChange]
    parameters: list[ValueChange]
    data: list[DataChange]
    environment: list[ValueChange]
    git: list[ValueChange]
    models: list[ModelDifference]
    metrics: list[MetricChange]
    remarks: list[str]
    """What could not be compared, as sentences."""
    same: bool
    summary: str
