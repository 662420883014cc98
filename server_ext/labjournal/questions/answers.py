"""The shapes of answers: what `--json` prints, what the server sends, what `docs/answers/*.schema.json` describes.

Keys that stand in the contract are never renamed; more may be added. Times leave as ISO 8601 with offset in the reader's zone,
numbers as JSON numbers, NaN and infinities as the strings "NaN", "Infinity", "-Infinity". Warnings and problems are sentences.
"""

from __future__ import annotations

from typing import Any, TypedDict

from labjournal.journal.rows import local
from labjournal.questions.numbers import Number, number, plain
from labjournal.questions.results.answers import FigurePart, ModelPart, ResourcesPart, SeriesPart
from labjournal.questions.state_answers import ModulePart, PackageChangePart, RandomnessPart, RunRandomnessPart, SnapshotPart

__all__ = [
    "AnnotationsAnswer",
    "CheckAnswer",
    "CheckProblem",
    "DayAnswer",
    "DoctorAnswer",
    "DoctorCheck",
    "EnabledAnswer",
    "EnvironmentPart",
    "ExecutionPart",
    "ExportAnswer",
    "FilePart",
    "ForgetAnswer",
    "FramePart",
    "GitPart",
    "HitPart",
    "LayersPart",
    "LogAnswer",
    "NamesPart",
    "NotePart",
    "Number",
    "OutputPart",
    "QueryPart",
    "RecordingAnswer",
    "RemotePart",
    "RunPart",
    "SearchAnswer",
    "ShowAnswer",
    "SnippetPart",
    "StatusAnswer",
    "SummariesAnswer",
    "SummaryPart",
    "VerifyAnswer",
    "VersionPart",
    "VersionsAnswer",
    "number",
    "plain",
    "when",
]


class LayersPart(TypedDict):
    """What saw files in a run."""

    run: str
    audit: bool
    """Python's own calls."""
    events: str
    """fanotify | inotify | snapshot; '' where nothing stands beside the calls."""
    folders: int
    """How many the kernel's events came from."""
    native: list[str]
    """Libraries whose own readers and writers told."""
    reasons: list[str]
    """Why there was nothing better."""


class StatusAnswer(TypedDict):
    journal: str
    schema_version: int | None
    """None where nothing has been recorded yet, or the journal cannot be opened."""
    runs: int
    executions: int
    bytes: int
    kept: int
    """Contents of data files that are kept."""
    kept_bytes: int
    """What they occupy, part of `bytes`."""
    recording: bool
    paused: bool
    """Whether somebody paused recording; it can be off for other reasons, which stand among the problems."""
    layers: LayersPart | None
    """What sees files, as the latest run that knows says."""
    problems: list[str]


class RunPart(TypedDict):
    run: str
    name: str | None
    notebook: str | None
    kernel: str
    kernel_id: str
    """Jupyter's id of the kernel, '' where it is not known."""
    client: str
    python: str
    started: str
    ended: str | None
    duration_s: float | None
    status: str
    executions: int
    failed: int
    files_read: int
    """How many files, data shipped in packages not counted."""
    files_written: int
    metrics: dict[str, Number]
    tags: list[str]
    replay_of: str | None


class LogAnswer(TypedDict):
    runs: list[RunPart]


class NotePart(TypedDict):
    n: int
    text: str
    at: str


class EnvironmentPart(TypedDict):
    python: str
    platform: str
    packages: dict[str, str]
    used: list[str]
    implementation: str
    executable: str
    hardware: dict[str, Any]
    variables: dict[str, str]
    sha256: str | None
    distributions: dict[str, dict[str, Any]]
    """Of each package its record (SHA-256 of RECORD), installer, requested, source (index | editable | local | vcs | archive | conda | unknown), url,
    commit, and the reason why something is not known; nothing where that was not looked at."""
    locale: dict[str, str]
    """Locale of texts, numbers and times, encoding, time zone."""
    libraries: list[dict[str, Any]]
    """Shared libraries that decide on numbers, as the run loaded them: kind (blas | openmp | cuda), name, version, threads, file, package."""
    conda: dict[str, Any] | None
    """manager (conda | pixi) and packages: name → version, build, channel; None where the environment is of neither."""


class GitPart(TypedDict):
    commit: str | None
    branch: str | None
    dirty: bool | None
    remote: str | None
    root: str
    reason: str


class FilePart(TypedDict):
    path: str
    sha256: str | None
    bytes: int | None
    given: str
    hash_state: str
    """at-read | verified | provisional | unknown."""
    reason: str
    """Why the digest is not known, where it is not."""
    layer: str
    """How the access was seen, several separated by spaces: audit | native | fanotify | inotify | snapshot | child | handle."""
    confidence: str
    """certain | named | unattributed."""
    package: str
    kept: bool
    deleted: bool
    moved: str
    """The other path of a file that was renamed: where it came from, or for a deleted one where it went."""


class FramePart(TypedDict):
    """A data frame as it was after an execution."""

    name: str
    kind: str
    rows: int | None
    columns: int
    schema: str
    content: str
    complete: bool
    profile: dict[str, Any]


class QueryPart(TypedDict):
    database: str
    dialect: str
    statement: str
    reads: list[str]
    """Tables that the statement reads."""
    writes: list[str]
    times: int
    rows: int | None


class RemotePart(TypedDict):
    role: str
    """read | written."""
    url: str
    version: str
    modified: str
    bytes: int | None
    sha256: str | None


class OutputPart(TypedDict, total=False):
    """One output as in nbformat (`output_type` and what belongs to it), and how much of it is here."""

    output_type: str
    position: int
    name: str
    text: str
    data: dict[str, Any]
    metadata: dict[str, Any]
    execution_count: int | None
    ename: str
    evalue: str
    traceback: list[str]
    display_id: str
    bytes: int
    sha256: str
    truncated: bool
    complete: bool


class NamesPart(TypedDict):
    bound: list[str]
    used: list[str]


class ExecutionPart(TypedDict):
    address: str
    n: int
    cell_id: str | None
    source: str
    status: str
    started: str
    ended: str | None
    duration_s: float | None
    execution_count: int | None
    client: str
    error: str
    """'Class: message' of the exception, '' where there was none."""
    outputs: list[OutputPart]
    outputs_count: int
    inputs: list[FilePart]
    files: list[FilePart]
    frames: list[FramePart]
    queries: list[QueryPart]
    remotes: list[RemotePart]
    not_seen: list[str]
    """What recording could not see of this execution, as sentences."""
    metrics: dict[str, Number]
    series: list[SeriesPart]
    models: list[ModelPart]
    figures: list[FigurePart]
    resources: ResourcesPart | None
    packages: list[str]
    """Distributions whose modules it imported, or whose names it mentions."""
    modules: list[ModulePart]
    """The user's own, where it loaded them, loaded them again, or went on with one whose file had changed."""
    randomness: RandomnessPart | None
    """None where it neither seeded nor drew from a global generator."""
    parameters: dict[str, Any]
    warnings: list[str]
    names: NamesPart
    notes: list[NotePart]
    tags: list[str]
    name: str | None


class ShowAnswer(TypedDict):
    run: str
    address: str
    name: str | None
    notebook: str | None
    folder: str
    kernel: str
    client: str
    user: str
    started: str
    ended: str | None
    duration_s: float | None
    status: str
    replay_of: str | None
    environment: EnvironmentPart
    package_changes: list[PackageChangePart]
    """Distributions that were installed, changed or removed while the kernel lived."""
    git: GitPart
    snapshot: SnapshotPart | None
    """What was not committed, as it was kept last; None where nothing was, or nobody looked."""
    modules: list[ModulePart]
    randomness: RunRandomnessPart
    executions_count: int
    failed: int
    executions: list[ExecutionPart]
    metrics: dict[str, Number]
    parameters: dict[str, Any]
    notes: list[NotePart]
    tags: list[str]
    warnings: list[str]


class SummaryPart(TypedDict):
    """What a line of the timeline shows of one execution."""

    address: str
    n: int
    cell_id: str | None
    status: str
    started: str
    ended: str | None
    duration_s: float | None
    execution_count: int | None
    first_lines: str
    outputs_count: int
    thumbnail: bool
    metrics: dict[str, Number]
    warnings: list[str]
    files_count: int
    tags: list[str]
    client: str
    error: str
    """What it failed with, its beginning; '' where it did not."""


class SummariesAnswer(TypedDict):
    run: str
    total: int
    executions: list[SummaryPart]


class VersionPart(TypedDict):
    address: str
    run: str
    n: int
    started: str
    status: str
    duration_s: float | None
    execution_count: int | None
    source: str


class VersionsAnswer(TypedDict):
    notebook: str
    cell_id: str
    versions: list[VersionPart]


class SnippetPart(TypedDict):
    text: str
    match: bool


class HitPart(TypedDict):
    address: str
    where: str
    """code | output | note | path | metric | model | figure | notebook."""
    snippet: str
    parts: list[SnippetPart]
    """The snippet cut where matches begin and end."""
    started: str


class SearchAnswer(TypedDict):
    hits: list[HitPart]


class AnnotationsAnswer(TypedDict):
    address: str
    notes: list[NotePart]
    tags: list[str]
    name: str | None


class RecordingAnswer(TypedDict):
    recording: bool


class EnabledAnswer(TypedDict):
    enabled: bool
    places: list[str]
    """Files that were laid down, or taken away."""


class ProofPart(TypedDict):
    """How an export was run before it was written."""

    date: str
    compared: list[str]
    """What of the result was held against the record, in words."""
    executions: list[int]
    """The executions that are its cells."""
    replay: str
    """Id of the run in which it was run last."""
    attempts: int
    seconds: float
    added: list[int]
    """Executions that the recipe lacked."""
    removed: list[int]
    """Executions that were in the recipe only from caution, and are not needed."""
    first_difference: str | None
    causes: list[str]
    problems: list[str]


class ExportAnswer(TypedDict, total=False):
    path: str
    kind: str
    address: str
    verified: bool
    """With --verify: whether it was run and gave the recorded result."""
    proof: ProofPart
    beside: list[str]
    """With --with-data or --with-environment: files that were laid beside it."""
    command: str
    """What runs it in its folder, with --with-environment."""
    remarks: list[str]
    """What of the data or the environment could not be taken along, and why."""


class CheckProblem(TypedDict):
    cell: int
    """Its place among all cells of the notebook, from 1."""
    cell_id: str | None
    execution_count: int | None
    first_line: str
    what: str
    """not defined | defined only later | deleted before | not Python | failed | file missing | file changed | edited since it ran |
    ran out of order | ran several times | stale | from a cell that is gone | stands behind one that has not run."""
    why: str
    """The same as a sentence."""


class CheckAnswer(TypedDict):
    ok: bool
    notebook: str
    cells: int
    """Code cells that hold code."""
    recorded: bool
    """Whether the journal knows how these cells ran; else only the file was looked at."""
    problems: list[CheckProblem]


class ForgetAnswer(TypedDict):
    runs: int
    executions: int
    bytes: int


class DayAnswer(TypedDict):
    path: str
    runs: int
    executions: int


class VerifyAnswer(TypedDict):
    ok: bool
    problems: list[str]


class DoctorCheck(TypedDict):
    name: str
    ok: bool
    detail: str
    remedy: str


class DoctorAnswer(TypedDict):
    checks: list[DoctorCheck]


def when(time: str) -> str:
    """A recorded time in the reader's zone; one that is not a time stays as it stands."""
    try:
        return local(time)
    except (ValueError, OverflowError):
        return time
