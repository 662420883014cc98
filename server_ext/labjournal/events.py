"""Everything a recorder may say: one small frozen dataclass per kind of observation.

An event is immutable and appended once. It travels as one JSON object (`to_json`, `from_json`) in the spool, written by the
kernel, read by whoever ingests. Times are seconds since the epoch (float, UTC); digests are lower-case hex SHA-256; `n` is the
number of an execution in its run, 0 where the run itself is meant. Text has passed redaction *before* it becomes an event.

Rules that keep old spools readable: fields are only ever added, always with a default; an event or field that this version
does not know is skipped, not refused. Standard library only, Python 3.8: this module lives in the user's kernel.
"""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional, Tuple, Type

from labjournal.fixed import Fixed, replace

__all__ = [
    "EVENTS",
    "BytesKept",
    "CellSeen",
    "EnvironmentSeen",
    "Event",
    "ExecutionEnded",
    "ExecutionStarted",
    "FacetSeen",
    "FigureSeen",
    "FileDeleted",
    "FileRead",
    "FileWritten",
    "FrameSeen",
    "GitSeen",
    "MetricLogged",
    "ModelSeen",
    "ModuleSeen",
    "NameGiven",
    "NamesSeen",
    "NoteAdded",
    "NotebookSeen",
    "OutputShown",
    "OutputsCleared",
    "PackageChanged",
    "PackagesUsed",
    "ParameterSet",
    "ProblemSeen",
    "QuerySent",
    "RandomnessSeen",
    "RecorderFailed",
    "RemoteTouched",
    "ResourcesUsed",
    "RunEnded",
    "RunStarted",
    "SeriesSeen",
    "SnapshotTaken",
    "TagAdded",
    "TagRemoved",
    "from_json",
    "replace",
    "to_json",
]


class Event(Fixed):
    """One observation about a run (`n` = 0) or about one of its executions."""

    run: str

    def __hash__(self) -> int:
        return hash((type(self), self.run))


class RunStarted(Event):
    """A kernel began its life. Written with the first execution, so that kernels in which nothing ran leave no trace."""

    started: float
    pid: int = 0
    utc_offset_s: int = 0
    kernel: str = ""
    """Name of the kernelspec where known, else ''."""
    folder: str = ""
    notebook: Optional[str] = None
    """Absolute path of the notebook, None where not known."""
    notebook_learnt: str = "unknown"
    """How the path is known: session-name | vscode | server | papermill | nbconvert | nbclient | driver | replay | content | unknown; `content`: by what was executed."""
    client: str = "unknown"
    """Who drives the kernel as far as known: jupyterlab | notebook | console | nbclient | nbconvert | papermill | vscode | replay | unknown."""
    user: str = ""
    python: str = ""
    implementation: str = ""
    executable: str = ""
    platform: str = ""
    replay_of: Optional[str] = None
    """Address that this run replays, if it is a replay."""
    version: str = ""
    """Version of labjournal that recorded."""
    kernel_id: str = ""
    """The Jupyter Server's id of this kernel (from the connection file's name), '' where there is none."""


class NotebookSeen(Event):
    """The path of the run's notebook became known, or changed by a rename."""

    path: str
    learnt: str = "server"
    seen: float = 0.0


class CellSeen(Event):
    """Which cell of its notebook an execution was became known after its start: the client did not say."""

    n: int
    cell_id: str
    position: int = -1
    """Among all cells of the notebook, from 0; -1 where not known."""
    learnt: str = "source"
    """How it is known: source (the notebook on disk holds what was executed)."""


class RunEnded(Event):
    ended: float
    status: str = "ended"
    """ended (orderly) | abandoned (found dead)."""


class ExecutionStarted(Event):
    """On disk before the cell's first line runs."""

    n: int
    started: float
    source: str
    """As typed, after redaction; head and tail only where it was longer than the cap (then `source_bytes` tells the whole)."""
    source_bytes: int = 0
    cell_id: Optional[str] = None
    client: str = "unknown"
    message_id: str = ""
    redactions: int = 0
    off: bool = False
    """The cell asked not to be recorded: source is ''."""
    partial: bool = False
    """Only the head of a long source; the whole follows, within a second, in a second event of the same execution."""


class ExecutionEnded(Event):
    n: int
    ended: float
    status: str
    """ok | failed | interrupted | abandoned."""
    duration_s: float = 0.0
    execution_count: Optional[int] = None
    error_name: str = ""
    error_value: str = ""


class OutputShown(Event):
    """The output at `position` of an execution as it stands now; a later event with the same position replaces it."""

    n: int
    position: int
    type: str
    """stream | display_data | execute_result | error (nbformat's output_type)."""
    name: str = ""
    """stdout | stderr, for streams."""
    text: str = ""
    """Stream text; traceback lines joined by newline for errors. Head + tail where truncated."""
    data: Optional[Dict[str, Any]] = None
    """Mime bundle. A value kept as blob stands as {"blob": sha256, "bytes": length, "base64": bool}."""
    metadata: Optional[Dict[str, Any]] = None
    display_id: Optional[str] = None
    error_name: str = ""
    error_value: str = ""
    bytes: int = 0
    """Length of the whole in UTF-8 bytes, also where truncated."""
    sha256: str = ""
    """Digest of the whole as it was shown."""
    truncated: bool = False
    complete: bool = True
    """False while more may come; an execution that dies leaves it False: the last second may be missing."""
    redactions: int = 0


class OutputsCleared(Event):
    """clear_output took away every output of the execution below position `before`."""

    n: int
    before: int


class _FileTouched(Event):
    n: int
    path: str
    """Absolute path as the operating system resolved it from what the cell gave."""
    given: str = ""
    """The path as the cell gave it."""
    sha256: Optional[str] = None
    bytes: Optional[int] = None
    mtime_ns: Optional[int] = None
    hash_state: str = "unknown"
    """at-read | verified | provisional | unknown."""
    reason: str = ""
    """Why the digest is not known, where it is not."""
    layer: str = "audit"
    confidence: str = "certain"
    """certain | named | unattributed."""
    package: str = ""
    """'name version' for data shipped inside an installed package."""
    at: float = 0.0
    kept: bool = False
    """The bytes stand in the blob folder under `sha256`."""
    edges: str = ""
    """SHA-256 of the first and the last 64 KiB: what is known of a large file before its digest is, or instead of it."""


class FileRead(_FileTouched):
    """The execution read a content at a path (PROV: used)."""


class FileWritten(_FileTouched):
    """The execution left a content at a path (PROV: wasGeneratedBy)."""

    moved: str = ""
    """Where the file was renamed from, '' where it was written."""


class FileDeleted(_FileTouched):
    """A file that stood there before the execution is gone after it."""

    moved: str = ""
    """Where the file was renamed to, '' where it was removed."""


class FrameSeen(Event):
    """A data frame that an execution made or changed."""

    n: int
    name: str
    """Top-level name it is bound to."""
    kind: str
    """pandas | polars."""
    columns: int
    rows: Optional[int] = None
    schema: str = ""
    """SHA-256 of the columns' names and types."""
    content: str = ""
    """SHA-256 of what was sampled: equal where the same rows of equal frames were looked at."""
    profile: Optional[Dict[str, Any]] = None
    """{"columns": [{name, type, nulls, …}]}, see `recorders.frames`."""
    complete: bool = True
    """False where time ran out before every column was looked at."""


class QuerySent(Event):
    """An execution sent SQL to a database."""

    n: int
    database: str
    """Which one, without credentials: the path of a file, or scheme, host, port and name."""
    statement: str
    """SQL with its literals replaced by ?"""
    dialect: str = ""
    times: int = 1
    rows: Optional[int] = None
    layer: str = ""
    at: float = 0.0


class RemoteTouched(Event):
    """An execution fetched data from another machine, or sent some there."""

    n: int
    role: str
    """read | written."""
    url: str
    """Without credentials."""
    version: str = ""
    """ETag or version as the server named it."""
    modified: str = ""
    bytes: Optional[int] = None
    sha256: Optional[str] = None
    layer: str = ""
    at: float = 0.0


class BytesKept(Event):
    """The content of a data file stands in the blob folder."""

    sha256: str
    bytes: int = 0
    stored: int = 0
    """What it occupies there."""
    at: float = 0.0


class NamesSeen(Event):
    """Top-level names of the user's namespace that the source of an execution binds, uses, or may change in place."""

    n: int
    bound: Tuple[str, ...] = ()
    used: Tuple[str, ...] = ()
    mutated: Tuple[str, ...] = ()
    imported: Tuple[str, ...] = ()
    """Modules named by import statements, dotted."""
    opaque: bool = False
    """The source does things static analysis cannot follow (exec, star import, shell, %run)."""


class ParameterSet(Event):
    n: int
    name: str
    value: Any
    """JSON value."""
    type: str = ""
    source: str = "explicit"
    """explicit | literal | papermill | estimator | config | environment | tracker | input | widget."""
    where: str = ""
    """What it belongs to, or where it stands: `model`, `config['lr']`, '' for a name of the user's."""


class MetricLogged(Event):
    n: int
    name: str
    value: float
    step: Optional[int] = None
    at: float = 0.0
    source: str = "explicit"
    """explicit | printed | returned | bound | fitted | shown | tracker."""
    confidence: float = 1.0
    unit: str = ""
    where: str = ""
    """What it was read from: `model.best_score_`, `accuracy_score(y, p)`, a name, an output."""


class SeriesSeen(Event):
    """A number per step, epoch or round that something kept: a learning curve."""

    n: int
    name: str
    values: Tuple[float, ...]
    steps: Tuple[int, ...] = ()
    """Of the values, where they are not 0, 1, 2 …"""
    points: int = 0
    """How many there were, where the values are a selection of them."""
    at: float = 0.0
    source: str = "fitted"
    """As of a metric."""
    confidence: float = 1.0
    unit: str = ""
    where: str = ""


class ModelSeen(Event):
    """A model that an execution fitted, made or changed."""

    n: int
    name: str
    kind: str
    """Its class with its module."""
    library: str = ""
    version: str = ""
    parameters: Optional[Dict[str, Any]] = None
    """Hyperparameters that differ from the default; values that JSON cannot say stand as the name of their type."""
    recipe: str = ""
    """Digest of class and all hyperparameters: equal where only the data differ."""
    fitted_on: Tuple[Dict[str, Any], ...] = ()
    """{"name", "kind", "shape", "columns"} of what it was fitted on, as far as the source tells."""
    features: Tuple[str, ...] = ()
    signature: Optional[Dict[str, Any]] = None
    fit_s: Optional[float] = None
    bytes: Optional[int] = None
    path: str = ""
    """The file it was saved to."""
    at: float = 0.0


class FigureSeen(Event):
    """What a figure that an execution showed or saved says of itself."""

    n: int
    position: int = -1
    """Of the output that shows it; -1 where it was only saved."""
    path: str = ""
    title: str = ""
    labels: Tuple[str, ...] = ()
    """Of its axes and lines."""
    data: Tuple[str, ...] = ()
    """Names of the frames or arrays it was drawn from, as far as the source tells."""


class ResourcesUsed(Event):
    """What an execution took of the machine."""

    n: int
    cpu_s: float = 0.0
    memory_bytes: int = 0
    """Of the kernel when it had ended."""
    peak_bytes: int = 0
    """The kernel's largest so far, where the execution raised it; else 0."""
    gpu: Optional[Dict[str, Any]] = None


class EnvironmentSeen(Event):
    """Interpreter, platform, packages and hardware as found; equal environments have equal `sha256`."""

    n: int
    sha256: str
    python: str = ""
    implementation: str = ""
    executable: str = ""
    platform: str = ""
    packages: Optional[Dict[str, str]] = None
    hardware: Optional[Dict[str, Any]] = None
    variables: Optional[Dict[str, str]] = None
    at: float = 0.0
    distributions: Optional[Dict[str, Dict[str, Any]]] = None
    """Name → what stands beside it (`recorders.distribution_facts`); None where that was not looked at yet, and another event will tell."""
    facts: Optional[Dict[str, Any]] = None
    """Locale, time zone, and what conda has put there."""


class PackagesUsed(Event):
    """Distributions that execution `n` used: whose modules it imported, or whose names it mentions."""

    n: int
    names: Tuple[str, ...] = ()


class GitSeen(Event):
    n: int
    root: str = ""
    commit: Optional[str] = None
    branch: Optional[str] = None
    remote: Optional[str] = None
    dirty: Optional[bool] = None
    reason: str = ""
    """Why nothing (or not everything) is known."""
    at: float = 0.0


class ModuleSeen(Event):
    """A module of the user's own that an execution loaded, loaded again, or went on using though its file had changed."""

    n: int
    name: str
    path: str
    state: str = "loaded"
    """loaded | reloaded | stale."""
    sha256: Optional[str] = None
    """Of the code as loaded, after redaction; None where it is not known."""
    bytes: Optional[int] = None
    redactions: int = 0
    reason: str = ""
    """Why the digest is not known, or the content is not kept."""
    keep: bool = False
    """The content is to be kept: it has been looked through for secrets."""
    at: float = 0.0


class PackageChanged(Event):
    """A distribution was installed, changed or removed while the kernel lived."""

    n: int
    name: str
    before: Optional[str] = None
    after: Optional[str] = None
    loaded: bool = False
    """Modules of the version before are loaded."""
    at: float = 0.0


class RandomnessSeen(Event):
    """An execution set seeds, or drew from a global generator."""

    n: int
    generators: Optional[Dict[str, Dict[str, Any]]] = None
    """Name → {"before", "after"}: digests of the state, None where not known; "drawn", "seeded": whether, None where not known."""
    seeds: Tuple[Dict[str, Any], ...] = ()
    """{"of", "call", "value", "line"}."""
    unseeded: Tuple[str, ...] = ()
    """Generators that were drawn from though nothing in the run had seeded them."""
    at: float = 0.0


class SnapshotTaken(Event):
    """What was not committed in the run's repository stands there as a commit of its own."""

    n: int
    root: str
    ref: str = ""
    snapshot: Optional[str] = None
    commit: Optional[str] = None
    files: int = 0
    bytes: int = 0
    left_out: Tuple[Dict[str, Any], ...] = ()
    """{"path", "bytes", "reason"}."""
    reason: str = ""
    """Why there is no snapshot."""
    at: float = 0.0


class NoteAdded(Event):
    n: int
    text: str
    at: float = 0.0


class TagAdded(Event):
    n: int
    tag: str
    at: float = 0.0


class TagRemoved(Event):
    n: int
    tag: str


class NameGiven(Event):
    n: int
    name: str
    at: float = 0.0


class FacetSeen(Event):
    """A named piece of JSON about a run or an execution, for facts without a table of their own."""

    n: int
    name: str
    value: Any = None


class ProblemSeen(Event):
    """Something a person should know about this run or execution, e.g. what could not be seen."""

    n: int
    what: str
    detail: str = ""
    at: float = 0.0


class RecorderFailed(Event):
    """A recorder raised and is mute for the rest of the run."""

    n: int
    recorder: str
    error: str
    at: float = 0.0


EVENTS: Dict[str, Type[Event]] = {
    kind.__name__: kind
    for kind in (
        RunStarted, NotebookSeen, CellSeen, RunEnded, ExecutionStarted, ExecutionEnded, OutputShown, OutputsCleared, FileRead, FileWritten,
        FileDeleted, FrameSeen, QuerySent, RemoteTouched, BytesKept, NamesSeen, ParameterSet, MetricLogged, SeriesSeen, ModelSeen, FigureSeen,
        ResourcesUsed, EnvironmentSeen, PackagesUsed, PackageChanged, ModuleSeen, RandomnessSeen, GitSeen, SnapshotTaken, NoteAdded, TagAdded, TagRemoved,
        NameGiven, FacetSeen, ProblemSeen, RecorderFailed,
    )
}  # fmt: skip


def to_json(event: Event) -> Dict[str, Any]:
    """The event as a JSON object: its kind under 'event', and every field that differs from its default."""
    defaults, values = event._defaults, event.__dict__
    answer: Dict[str, Any] = {"event": type(event).__name__}
    for name in event._fields:
        value = values[name]
        if name not in defaults or value != defaults[name]:
            answer[name] = value
    return answer


def from_json(record: Mapping[str, Any]) -> Optional[Event]:
    """The event in a JSON object; None where the kind is not known here or a field that must be there is missing."""
    kind = EVENTS.get(record.get("event", ""))
    if kind is None:
        return None
    values = {name: record[name] for name in kind._fields if name in record}
    for name, value in values.items():
        if isinstance(value, list) and isinstance(kind._defaults.get(name), tuple):
            values[name] = tuple(value)
    try:
        return kind(**values)
    except TypeError:
        return None
