"""What the journal hands out: one frozen dataclass per table a question reads.

Times are ISO 8601 text in UTC as they stand in the database; `local` turns one into the reader's time zone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

__all__ = [
    "Address",
    "Binding",
    "Environment",
    "Execution",
    "Figure",
    "FileUse",
    "Frame",
    "GitState",
    "Hit",
    "Metric",
    "Model",
    "Module",
    "Note",
    "Output",
    "PackageChange",
    "Parameter",
    "Problem",
    "Query",
    "Randomness",
    "Remote",
    "Resources",
    "Run",
    "Series",
    "Snapshot",
    "local",
]


@dataclass(frozen=True)
class Address:
    """What an address means: a run (`n` is None) or one of its executions."""

    run: str
    n: int | None = None

    def __str__(self) -> str:
        return self.run if self.n is None else f"{self.run}/{self.n}"


@dataclass(frozen=True)
class Run:
    run: str
    started: str
    ended: str | None
    status: str
    notebook: str | None
    notebook_learnt: str
    folder: str
    kernel: str
    kernel_id: str
    client: str
    user: str
    python: str
    implementation: str
    executable: str
    platform: str
    pid: int
    utc_offset_s: int
    environment: str | None
    git: str | None
    replay_of: str | None
    version: str
    executions: int
    failed: int
    """Executions that failed, were interrupted or abandoned."""
    name: str | None
    """Handle a person gave the run itself."""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Execution:
    run: str
    n: int
    cell_id: str | None
    source: str
    source_sha256: str
    source_bytes: int
    started: str
    ended: str | None
    duration_s: float | None
    status: str
    execution_count: int | None
    client: str
    message_id: str
    error_name: str
    error_value: str
    redactions: int
    off: bool
    digest: str
    seal: str

    @property
    def address(self) -> Address:
        return Address(self.run, self.n)


@dataclass(frozen=True)
class Output:
    run: str
    n: int
    position: int
    type: str
    name: str
    text: str
    data: dict[str, Any]
    metadata: dict[str, Any]
    display_id: str | None
    error_name: str
    error_value: str
    bytes: int
    sha256: str
    truncated: bool
    complete: bool
    redactions: int


@dataclass(frozen=True)
class FileUse:
    """A row of `usages` or `generations`."""

    run: str
    n: int
    path: str
    given: str
    sha256: str | None
    bytes: int | None
    mtime_ns: int | None
    hash_state: str
    reason: str
    layer: str
    confidence: str
    package: str
    at: str
    kept: bool
    deleted: bool = False
    edges: str = ""
    moved: str = ""

    @property
    def address(self) -> Address:
        return Address(self.run, self.n)

    @property
    def added_to(self) -> bool:
        """Of a row of `usages`: nothing was read, but what stood there stands in what the execution left, before what it added."""
        return self.layer.endswith("append")


@dataclass(frozen=True)
class Frame:
    """A data frame as it was after an execution; `profile` is what `recorders.frames` made of a sample of its rows."""

    run: str
    n: int
    name: str
    kind: str
    rows: int | None
    columns: int
    schema: str
    content: str
    profile: dict[str, Any]
    complete: bool


@dataclass(frozen=True)
class Query:
    run: str
    n: int
    database: str
    dialect: str
    statement: str
    times: int
    rows: int | None
    layer: str
    at: str


@dataclass(frozen=True)
class Remote:
    run: str
    n: int
    role: str
    url: str
    version: str
    modified: str
    bytes: int | None
    sha256: str | None
    layer: str
    at: str


@dataclass(frozen=True)
class Binding:
    n: int
    name: str
    role: str


@dataclass(frozen=True)
class Parameter:
    n: int
    name: str
    value: Any
    type: str
    source: str
    where: str = ""
    """What it belongs to; '' for a name of the user's."""


@dataclass(frozen=True)
class Metric:
    n: int
    name: str
    value: float
    step: int | None
    at: str
    source: str
    confidence: float
    unit: str
    where: str = ""
    """What it was read from."""


@dataclass(frozen=True)
class Series:
    n: int
    name: str
    values: tuple[float, ...]
    steps: tuple[int, ...]
    """Of the values; () where they are 0, 1, 2 …"""
    points: int
    """How many there were, where the values are a selection of them."""
    at: str
    source: str
    confidence: float
    unit: str
    where: str


@dataclass(frozen=True)
class Model:
    n: int
    name: str
    kind: str
    library: str
    version: str
    parameters: dict[str, Any]
    recipe: str
    fitted_on: list[dict[str, Any]]
    features: list[str]
    signature: dict[str, Any] | None
    fit_s: float | None
    bytes: int | None
    path: str
    at: str


@dataclass(frozen=True)
class Figure:
    n: int
    position: int
    path: str
    title: str
    labels: list[str]
    data: list[str]


@dataclass(frozen=True)
class Resources:
    n: int
    cpu_s: float
    memory_bytes: int
    peak_bytes: int
    gpu: dict[str, Any] | None


@dataclass(frozen=True)
class Module:
    """A module of the user's own, as an execution used it."""

    n: int
    name: str
    path: str
    state: str
    sha256: str | None
    bytes: int | None
    redactions: int
    reason: str
    at: str
    kept: bool


@dataclass(frozen=True)
class PackageChange:
    n: int
    name: str
    before: str | None
    after: str | None
    loaded: bool
    at: str


@dataclass(frozen=True)
class Randomness:
    n: int
    generators: dict[str, dict[str, Any]]
    seeds: list[dict[str, Any]]
    unseeded: list[str]
    at: str


@dataclass(frozen=True)
class Snapshot:
    """Uncommitted files as a commit of their own."""

    n: int
    root: str
    ref: str
    snapshot: str | None
    commit: str | None
    files: int
    bytes: int
    left_out: list[dict[str, Any]]
    reason: str
    at: str


@dataclass(frozen=True)
class Environment:
    sha256: str
    python: str
    implementation: str
    executable: str
    platform: str
    hardware: dict[str, Any]
    variables: dict[str, str]
    packages: dict[str, str] = field(default_factory=dict)
    distributions: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Name → record, installer, requested, source, url, commit, requires, reason; nothing of what was not looked at."""
    facts: dict[str, Any] = field(default_factory=dict)
    """Locale, time zone, and what conda or pixi has put there."""


@dataclass(frozen=True)
class GitState:
    root: str
    commit: str | None
    branch: str | None
    remote: str | None
    dirty: bool | None
    reason: str


@dataclass(frozen=True)
class Note:
    n: int
    text: str
    at: str


@dataclass(frozen=True)
class Problem:
    n: int
    what: str
    detail: str
    at: str


@dataclass(frozen=True)
class Hit:
    """A row that full-text search found; `snippet` marks matches with U+0002 and U+0003."""

    run: str
    n: int
    kind: str
    snippet: str
    started: str


def local(time: str) -> str:
    """A time of the journal in the reader's zone, ISO 8601 with offset, milliseconds."""
    return datetime.fromisoformat(time).astimezone().isoformat(timespec="milliseconds")
