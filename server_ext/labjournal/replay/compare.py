"""Whether what a replay showed, measured and wrote is what was recorded: execution by execution, output by output.

Both sides are rows of a journal (or of a crate), so a replay from a file alone is compared the same way. Streams are compared
whole, one for stdout and one for stderr, because the moment at which text is flushed means nothing; other outputs in the order
they were shown. Pictures are compared by bytes, then by pixels; text after `normalise`, with a tolerance for numbers when asked.
"""

from __future__ import annotations

import base64
import io
import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from labjournal.journal.rows import Execution, FileUse, Metric, Output
from labjournal.replay.normalise import Normaliser, numbers_apart

__all__ = ["Difference", "Done", "Side", "compare_executions", "compare_files", "compare_metrics"]

_IGNORED_MIMES = frozenset({"application/vnd.jupyter.widget-view+json", "application/vnd.labjournal+json"})
_EXCERPT = 300


@dataclass(frozen=True)
class Done:
    """One execution with what it left behind."""

    execution: Execution
    outputs: Sequence[Output] = ()
    written: Sequence[FileUse] = ()
    metrics: Sequence[Metric] = ()


@dataclass(frozen=True)
class Side:
    """How one side's text is read, and where its blobs are."""

    normalise: Normaliser
    blob: Callable[[str], bytes]
    """Content that stands in the blob folder, by digest."""
    content: Callable[[FileUse], bytes]
    """Content of a file that was written, OSError where it is not at hand any more."""


@dataclass(frozen=True)
class Difference:
    """The first thing in an execution that is not the same; `what` says of which kind."""

    what: str
    recorded: str
    replayed: str
    details: dict[str, Any] = field(default_factory=dict)


def compare_executions(recorded: Done, replayed: Done, sides: tuple[Side, Side], tolerance: float) -> Difference | None:
    """The first difference between an execution and its replay: status, error, text, then every output; None where there is none."""
    one, other = recorded.execution, replayed.execution
    if one.status != other.status:
        return Difference("status", _status(one), _status(other))
    if (one.error_name, sides[0].normalise(one.error_value)) != (other.error_name, sides[1].normalise(other.error_value)):
        return Difference("error", _status(one), _status(other))
    for name in ("stdout", "stderr"):
        texts = tuple(side.normalise(_stream(done.outputs, name)) for done, side in zip((recorded, replayed), sides, strict=True))
        if _texts_differ(*texts, tolerance):
            return _text_difference(name, *texts)
    return _compare_displays(_displays(recorded.outputs), _displays(replayed.outputs), sides, tolerance)


def compare_metrics(recorded: Iterable[Metric], replayed: Iterable[Metric], tolerance: float) -> list[dict[str, Any]]:
    """One entry per recorded metric (its last value): name, recorded, replayed, same."""
    after = {metric.name: metric.value for metric in replayed}
    answer = []
    for name, value in {metric.name: metric.value for metric in recorded}.items():
        other = after.get(name)
        same = other is not None and _numbers_same(value, other, tolerance)
        answer.append({"name": name, "recorded": _number(value), "replayed": _number(other), "same": same})
    return answer


def compare_files(
    recorded: Iterable[FileUse], replayed: Iterable[FileUse], place: Callable[[str], str], sides: tuple[Side, Side]
) -> list[dict[str, Any]]:
    """One entry per file that was written: path, recorded and replayed digest, same (None where a digest is not known).

    `place` maps a path of the record to where the replay would have written it.
    """
    after = {use.path: use for use in replayed if not use.deleted}
    answer = []
    for path, use in {use.path: use for use in recorded if not use.deleted}.items():
        found = after.get(place(path))
        entry: dict[str, Any] = {"path": path, "recorded": use.sha256, "replayed": found.sha256 if found else None, "same": False}
        if found is not None:
            entry["same"] = None if use.sha256 is None or found.sha256 is None else use.sha256 == found.sha256
            if entry["same"] is False and _content_same(use, found, sides):
                entry.update(same=True, note="same after taking out what the clock and the place put there")
        answer.append(entry)
    return answer


def _content_same(use: FileUse, found: FileUse, sides: tuple[Side, Side]) -> bool:
    """Whether two contents that are both at hand differ only in pixels' packing or in what `normalise` takes out."""
    contents = []
    for side, content in zip(sides, (use, found), strict=True):
        try:
            contents.append(side.blob(content.sha256 or "") if content.kept else side.content(content))
        except OSError:
            return False
    if use.path.lower().endswith((".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff")):
        return _pictures_same(*contents)
    try:
        texts = [side.normalise(content.decode("utf-8")) for side, content in zip(sides, contents, strict=True)]
    except UnicodeDecodeError:
        return False
    return texts[0] == texts[1]


def _compare_displays(
    recorded: list[Output], replayed: list[Output], sides: tuple[Side, Side], tolerance: float
) -> Difference | None:
    for position, (one, other) in enumerate(zip(recorded, replayed, strict=False), 1):
        if one.type != other.type:
            return Difference("output", f"output {position} is {one.type}", f"output {position} is {other.type}")
        for mime in sorted((one.data.keys() | other.data.keys()) - _IGNORED_MIMES):
            if mime not in one.data or mime not in other.data:
                there, missing = ("recorded", "replayed") if mime in one.data else ("replayed", "recorded")
                return Difference("output", *(f"{mime} {'shown' if there == side else 'not shown'}" for side in ("recorded", "replayed")))
            found = _compare_values(mime, one, other, sides, tolerance)
            if found is not None:
                return found
    if len(recorded) != len(replayed):
        return Difference("output", f"{len(recorded)} outputs besides text", f"{len(replayed)} outputs besides text")
    return None


def _compare_values(mime: str, one: Output, other: Output, sides: tuple[Side, Side], tolerance: float) -> Difference | None:
    values = [_value(output.data[mime], side) for output, side in zip((one, other), sides, strict=True)]
    if values[0] == values[1]:
        return None
    if mime.startswith("image/") and mime != "image/svg+xml":
        if _pictures_same(*(_decoded(value) for value in values)):
            return None
        return Difference("picture", f"{mime}, {len(values[0])} characters of base64", f"{mime}, {len(values[1])} characters of base64")
    texts = tuple(side.normalise(value) for side, value in zip(sides, values, strict=True))
    return _text_difference(mime, *texts) if _texts_differ(*texts, tolerance) else None


def _value(value: Any, side: Side) -> str:
    if isinstance(value, dict) and isinstance(value.get("blob"), str):
        content = side.blob(value["blob"])
        return base64.b64encode(content).decode("ascii") if value.get("base64") else content.decode("utf-8", "replace")
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return "".join(value)
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _decoded(value: str) -> bytes:
    try:
        return base64.b64decode(value)
    except ValueError:
        return value.encode("utf-8", "replace")


def _pictures_same(one: bytes, other: bytes) -> bool:
    if one == other:
        return True
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError:
        return False
    try:
        with Image.open(io.BytesIO(one)) as a, Image.open(io.BytesIO(other)) as b:
            return bool(a.size == b.size and a.convert("RGBA").tobytes() == b.convert("RGBA").tobytes())
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return False


def _stream(outputs: Iterable[Output], name: str) -> str:
    return "".join(output.text for output in outputs if output.type == "stream" and output.name == name)


def _displays(outputs: Iterable[Output]) -> list[Output]:
    return [output for output in outputs if output.type in ("display_data", "execute_result")]


def _texts_differ(one: str, other: str, tolerance: float) -> bool:
    return one != other and (tolerance <= 0.0 or numbers_apart(one, other, tolerance))


def _text_difference(where: str, one: str, other: str) -> Difference:
    """The first lines that are not the same."""
    lines, others = one.split("\n"), other.split("\n")
    at = next((i for i, (a, b) in enumerate(zip(lines, others, strict=False)) if a != b), min(len(lines), len(others)))
    excerpts = [side[at][:_EXCERPT] if at < len(side) else "(nothing more)" for side in (lines, others)]
    return Difference("text", excerpts[0], excerpts[1], {"in": where, "line": at + 1})


def _status(execution: Execution) -> str:
    if not execution.error_name:
        return execution.status
    return f"{execution.status}: {execution.error_name}: {execution.error_value}"[:_EXCERPT]


def _numbers_same(one: float, other: float, tolerance: float) -> bool:
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    return one == other or abs(one - other) <= tolerance * max(1.0, abs(one), abs(other))


def _number(value: float | None) -> float | str | None:
    if value is None or math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
