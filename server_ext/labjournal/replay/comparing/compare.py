"""Whether what a replay showed, measured and wrote is what was recorded: execution by execution, output by output.

Both sides are rows of a journal (or of a record), so a replay from a file alone is compared the same way. Streams are compared
whole, one for stdout and one for stderr, because the moment at which text is flushed means nothing; other outputs in the order
they were shown. Warnings are no results: where only they differ, that is a remark. Texts are compared by `normalise`, pictures
and files by `contents`.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import math
import os
import re
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

from labjournal.journal.rows import Execution, FileUse, Metric, Output
from labjournal.questions.metrics import surest
from labjournal.replay.comparing.contents import contents_apart, pictures_apart
from labjournal.replay.comparing.durations import NOTHING, Shown
from labjournal.replay.comparing.normalise import Normaliser, first_apart
from labjournal.replay.comparing.telling import Rules, Told, numbers_same

__all__ = ["Compared", "Difference", "Done", "Side", "Terms", "compare_executions", "compare_files", "compare_metrics"]

_IGNORED_MIMES = frozenset({"application/vnd.jupyter.widget-view+json", "application/vnd.labjournal+json"})
_EXCERPT = 200
_WARNING = re.compile(r"^.*:\d+: \w*Warning: .*\n(?:(?:(?!  \S|\S*:\d+: \w*Warning: ).*\n)*?  (?=\S).*(?:\n|$))?", re.MULTILINE)
_DURATION = re.compile(
    r"(?i)(?:^|[_ /.-])(?:time|duration|elapsed|runtime|latency|throughput|secs?|seconds|m?s)(?:$|[_ /.-])|per_second"
)


@dataclass(frozen=True)
class Done:
    """One execution with what it left behind."""

    execution: Execution
    outputs: Sequence[Output] = ()
    written: Sequence[FileUse] = ()
    metrics: Sequence[Metric] = ()


@dataclass(frozen=True)
class Side:
    """How one side's text is read, and where its contents are."""

    normalise: Normaliser
    blob: Callable[[str], bytes]
    """Content that stands in the blob folder, by digest."""
    content: Callable[[FileUse], BinaryIO]
    """A file that was written, opened with the content it was left with; OSError where that is not at hand any more."""


@dataclass(frozen=True)
class Terms:
    """What both sides agree on: the tolerance for numbers, and what the code gives away (`normalise.hints`)."""

    tolerance: float = 0.0
    given_away: frozenset[str] = frozenset()
    shown: Shown = NOTHING
    """What of the execution's texts are durations, where one execution is compared."""


@dataclass(frozen=True)
class Difference:
    """The first thing in an execution that is not the same; `what` says of which kind."""

    what: str
    recorded: str
    replayed: str
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Compared:
    """The first difference, and what is not the same but no difference."""

    difference: Difference | None = None
    remarks: tuple[str, ...] = ()
    known: bool = True
    """False where one side was lost before it could be compared."""

    @property
    def same(self) -> bool | None:
        return self.difference is None if self.known else None


def compare_executions(
    recorded: Done, replayed: Done, sides: tuple[Side, Side], terms: Terms, *, streams: bool = True
) -> Compared:
    """An execution and its replay: status, error, text, then every other output. Without `streams` printed text is left aside."""
    difference = _status_apart(recorded.execution, replayed.execution, sides)
    remarks: list[str] = []
    for name in ("stdout", "stderr") if streams and difference is None else ():
        texts = [_stream(done.outputs, name) for done in (recorded, replayed)]
        if name == "stderr":
            texts, warnings = map(list, zip(*(_without_warnings(text) for text in texts), strict=True))
            if _text_apart(name, warnings[0], warnings[1], sides, terms) is not None:
                remarks.append("gave other warnings")
        if texts[0] != texts[1]:
            texts = [terms.shown.without(text, result=False) for text in texts]
        difference = difference or _text_apart(name, texts[0], texts[1], sides, terms)
    if difference is None:
        difference = _displays_apart(_displays(recorded.outputs), _displays(replayed.outputs), sides, terms)
    if difference is None and _cut(recorded) != _cut(replayed):
        remarks.append("showed more than is kept, so only beginning and end were compared")
    return Compared(difference, tuple(remarks))


def compare_metrics(recorded: Iterable[Metric], replayed: Iterable[Metric], terms: Terms) -> list[dict[str, Any]]:
    """One entry per recorded metric (its last value): name, recorded, replayed, same (None for a duration).

    `replayed` bear the numbers of the recorded executions that they repeat.
    """
    again = list(replayed)
    answer = []
    for name, metric in surest(recorded).items():
        value, other = metric.value, _counterpart(metric, again)
        same: bool | None = other is not None and numbers_same(value, other, terms.tolerance)
        if same is False and other is not None and "clock" in terms.given_away and _DURATION.search(name):
            same = None
        answer.append({"name": name, "recorded": _number(value), "replayed": _number(other), "same": same})
    return answer


def _counterpart(metric: Metric, replayed: Iterable[Metric]) -> float | None:
    """The replay's number of the same name, of the same execution and learnt in the same way where there is one: what is printed is rounded,
    what a function gave is not. How sure it is does not matter, because a later labjournal may judge that otherwise than the one that recorded."""
    named = [each for each in replayed if each.name == metric.name]
    here = [each for each in named if each.n == metric.n] or named
    alike = [each for each in here if each.source == metric.source]
    return surest(alike or here, at_least=0.0)[metric.name].value if named else None


def compare_files(
    recorded: Iterable[FileUse],
    replayed: Iterable[FileUse],
    place: Callable[[str], str],
    sides: tuple[Side, Side],
    terms: Terms,
    out_of_reach: Callable[[str], bool] = lambda path: False,
) -> list[dict[str, Any]]:
    """One entry per file that stands there in the end: path, recorded and replayed digest, same (None where that cannot be told), how that
    was found out, and the first difference in words; `where`, `values` are the parts of that.

    `place` maps a path of the record to where the replay would have written it; `out_of_reach` are those it could not be led to and must
    not write.
    """
    after = {use.path: use for use in replayed}
    left = {use.path: use for use in recorded}
    normalisers = (sides[0].normalise, sides[1].normalise)
    rules = Rules(
        lambda one, other: first_apart(one, other, normalisers, given_away=terms.given_away, tolerance=terms.tolerance),
        terms.tolerance,
    )
    drawn = replace(  # matplotlib draws ids by chance into its pictures
        rules,
        text_apart=lambda one, other: first_apart(
            one, other, normalisers, given_away=terms.given_away | {"svg"}, tolerance=terms.tolerance
        ),
    )
    answer = []
    for path, use in left.items():
        found = after.get(place(path)) or _named_by_the_clock(place(path), after, sides, terms)
        if use.deleted and (found is None or found.deleted):
            continue
        found = None if found is None or found.deleted else found
        if found is not None and found.sha256 is None and not _is_there(use, sides[0]) and not _is_there(found, sides[1]):
            continue  # a program that is not seen took both away again
        if found is None and out_of_reach(path):
            told = Told(
                None, more="a replay does not write there, and the code names it in a way that cannot be led into the workspace"
            )
        else:
            told = _file_told(use, found, sides, drawn if path.endswith(".svg") else rules)
        answer.append(
            {
                "path": path,
                "recorded": use.sha256,
                "replayed": found.sha256 if found else None,
                "same": told.same,
                "how": told.how,
                "difference": told.words,
                "parts": (told.where, told.recorded, told.replayed),
            }
        )
    return answer


def _named_by_the_clock(path: str, after: dict[str, FileUse], sides: tuple[Side, Side], terms: Terms) -> FileUse | None:
    """The file whose name differs only by the time at which it was written."""
    folder, name = os.path.split(path)
    for other, use in after.items():
        if os.path.dirname(other) == folder and _text_apart("", name, os.path.basename(other), sides, terms) is None:
            return use
    return None


def _file_told(use: FileUse, found: FileUse | None, sides: tuple[Side, Side], rules: Rules) -> Told:
    """Whether a file was left with the same content: by digest, then by what it holds, where both are at hand to be looked into."""
    if found is None:
        return Told(False, "", "", "written", "not written")
    if use.sha256 is None or found.sha256 is None:
        reasons = [side.reason or "the digest is not known" for side in (use, found) if side.sha256 is None]
        return Told(None, more=reasons[0].rstrip("."))
    if use.sha256 == found.sha256:
        return Told(True, "bytes")
    try:
        with _file(sides[0], use) as one, _file(sides[1], found) as other:
            told = contents_apart(one, other, os.path.basename(use.path), rules)
    except OSError:
        lengths = [f"{side.bytes:,} bytes" if side.bytes is not None else "" for side in (use, found)]
        one_length, other_length = lengths if all(lengths) and lengths[0] != lengths[1] else ("", "")
        return Told(
            False, "bytes", "", one_length, other_length, "what was recorded is not kept, so only the digests were compared"
        )
    return replace(told, recorded=_excerpts(told.recorded, told.replayed)[0], replayed=_excerpts(told.recorded, told.replayed)[1])


def _is_there(use: FileUse, side: Side) -> bool:
    try:
        side.content(use).close()
    except FileNotFoundError:
        return False
    except OSError:  # another content than the recorded one, or too much
        return True
    return True


def _file(side: Side, use: FileUse) -> BinaryIO:
    """The content a file was left with: as the journal keeps it, where that is what its name says, else as it lies there."""
    try:
        content = side.blob(use.sha256 or "")
        if hashlib.sha256(content).hexdigest() == use.sha256:
            return io.BytesIO(content)
    except (OSError, ValueError, EOFError, zlib.error):
        pass
    return side.content(use)


def _status_apart(one: Execution, other: Execution, sides: tuple[Side, Side]) -> Difference | None:
    said = [_status(execution, side) for execution, side in zip((one, other), sides, strict=True)]
    if one.status != other.status:
        return Difference("status", said[0], said[1])
    readers = (sides[0].normalise, sides[1].normalise)
    if one.error_name != other.error_name or first_apart(one.error_value, other.error_value, readers) is not None:
        return Difference("error", said[0], said[1])
    return None


def _displays_apart(recorded: list[Output], replayed: list[Output], sides: tuple[Side, Side], terms: Terms) -> Difference | None:
    for position, (one, other) in enumerate(zip(recorded, replayed, strict=False), 1):
        if one.type != other.type:
            return Difference("output", f"output {position} is {one.type}", f"output {position} is {other.type}")
        mimes = [output.data.keys() - _IGNORED_MIMES for output in (one, other)]
        for mime in sorted(mimes[0] | mimes[1], key=lambda mime: (mime != "text/plain", mime)):
            if mime not in mimes[0] or mime not in mimes[1]:
                said = [f"{mime} {'shown' if mime in side else 'not shown'}" for side in mimes]
                return Difference("output", said[0], said[1])
            found = _values_apart(mime, one, other, sides, terms)
            if found is not None:
                return found
    if len(recorded) != len(replayed):
        return Difference("output", f"{len(recorded)} besides printed text", f"{len(replayed)} besides printed text")
    return None


def _values_apart(mime: str, one: Output, other: Output, sides: tuple[Side, Side], terms: Terms) -> Difference | None:
    try:
        values = [_value(output.data[mime], side) for output, side in zip((one, other), sides, strict=True)]
    except OSError as problem:
        return Difference("output", f"{mime} is not kept any more ({problem.strerror or problem})", f"{mime} shown")
    if values[0] == values[1]:
        return None
    if mime.startswith("image/") and mime != "image/svg+xml":
        apart = pictures_apart(*(_decoded(value) for value in values))
        return Difference("picture", *apart) if apart else None
    if mime == "text/plain" and one.type == "execute_result":
        values = [terms.shown.without(value, result=True) for value in values]
    of_kind = {"image/svg+xml": "svg", "text/html": "html"}.get(mime)
    terms = replace(terms, given_away=terms.given_away | {of_kind}) if of_kind else terms
    return _text_apart(mime, values[0], values[1], sides, terms)


def _text_apart(where: str, one: str, other: str, sides: tuple[Side, Side], terms: Terms) -> Difference | None:
    found = first_apart(
        one, other, (sides[0].normalise, sides[1].normalise), given_away=terms.given_away, tolerance=terms.tolerance
    )
    return None if found is None else Difference("text", *_excerpts(found[1], found[2]), {"in": where, "line": found[0]})


def _excerpts(one: str, other: str) -> tuple[str, str]:
    """Two lines; of long ones the part in which they begin to differ."""
    if max(len(one), len(other)) <= _EXCERPT:
        return one, other
    apart = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    start = max(0, apart - _EXCERPT // 3)
    return _part(one, start), _part(other, start)


def _part(text: str, start: int) -> str:
    end = start + _EXCERPT
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"


def _value(value: Any, side: Side) -> str:
    if isinstance(value, dict) and isinstance(value.get("blob"), str):
        content = side.blob(value["blob"])
        return base64.b64encode(content).decode("ascii") if value.get("base64") else content.decode("utf-8", "replace")
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return "".join(value)
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, indent=0)


def _decoded(value: str) -> bytes:
    try:
        return base64.b64decode(value)
    except ValueError:
        return value.encode("utf-8", "replace")


def _stream(outputs: Iterable[Output], name: str) -> str:
    return "".join(output.text for output in outputs if output.type == "stream" and output.name == name)


def _without_warnings(text: str) -> tuple[str, str]:
    """A text without Python's warnings, and these."""
    return _WARNING.sub("", text), "".join(match[0] for match in _WARNING.finditer(text))


def _displays(outputs: Iterable[Output]) -> list[Output]:
    return [output for output in outputs if output.type in ("display_data", "execute_result")]


def _cut(done: Done) -> list[str]:
    """Digests of what is kept in part only."""
    return [output.sha256 for output in done.outputs if output.truncated]


def _status(execution: Execution, side: Side) -> str:
    if not execution.error_name:
        return execution.status
    return f"{execution.status}: {execution.error_name}: {side.normalise(execution.error_value)}"[:_EXCERPT]


def _number(value: float | None) -> float | str | None:
    if value is None or math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
