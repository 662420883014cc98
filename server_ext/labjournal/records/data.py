"""What a page shows of data: files and how they were learnt, frames with a small picture of every column, queries, remote data, and
what could not be seen."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, TypeGuard

from labjournal.journal.rows import Frame, Problem, Query, Remote
from labjournal.questions.sql import tables
from labjournal.questions.warnings import size
from labjournal.records import naming
from labjournal.records.facts import FileLine, file_lines
from labjournal.records.measured import number
from labjournal.records.record import Record, Step

__all__ = ["ColumnLine", "Data", "FrameLine", "QueryLine", "RemoteLine", "data_of", "not_seen", "query_lines", "remote_lines"]

_COLUMNS = 40
_FRAMES = 30
_ROWS = 60
_STATEMENT = 600
_WIDTH = 120.0
_LARGEST = 1e300


@dataclass(frozen=True)
class ColumnLine:
    """A column as a row of a table, with points for a picture in a box of 120 × 16."""

    name: str
    type: str
    nulls: str
    """Share of missing values, '' where there is none."""
    nulls_width: str
    between: str
    mean: str
    whiskers: tuple[str, str] | None
    box: tuple[str, str] | None
    """Where the middle half begins, and how wide it is."""
    median: str
    top: tuple[tuple[str, str, str], ...]
    """The most frequent values: what, which share, how wide a bar."""
    distinct: str


@dataclass(frozen=True)
class FrameLine:
    """A data frame as it was after an execution."""

    name: str
    kind: str
    shape: str
    remark: str
    columns: tuple[ColumnLine, ...]
    more: int
    """Columns that are not shown."""


@dataclass(frozen=True)
class QueryLine:
    database: str
    statement: str
    reads: str
    writes: str
    times: int
    rows: str
    n: int


@dataclass(frozen=True)
class RemoteLine:
    role: str
    url: str
    size: str
    version: str
    digest: str
    sha256: str
    n: int


@dataclass(frozen=True)
class Data:
    """The data of one execution."""

    read: tuple[FileLine, ...]
    written: tuple[FileLine, ...]
    frames: tuple[FrameLine, ...]
    queries: tuple[QueryLine, ...]
    remotes: tuple[RemoteLine, ...]
    not_seen: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.read or self.written or self.frames or self.queries or self.remotes or self.not_seen)

    @property
    def summary(self) -> str:
        """'2 files read, 1 file written, 1 frame'."""
        counted = (
            (len({line.path for line in self.read}), "file{} read"),
            (len({line.path for line in self.written}), "file{} written"),
            (len(self.frames), "frame{}"),
            (len(self.queries), "statement{} sent to a database"),
            (len(self.remotes), "remote item{}"),
        )
        said = [f"{many:,} {what.format('' if many == 1 else 's')}" for many, what in counted if many]
        return ", ".join([*said, *(["not all was seen"] if self.not_seen else [])])


def data_of(record: Record, step: Step) -> Data:
    """Everything that is known about the data of an execution."""
    return Data(
        read=file_lines(record, step.read),
        written=file_lines(record, step.written),
        frames=tuple(_frame_line(frame) for frame in step.frames[:_FRAMES]),
        queries=query_lines(record, step.queries),
        remotes=remote_lines(step.remotes),
        not_seen=not_seen(step.problems),
    )


def not_seen(problems: Iterable[Problem]) -> tuple[str, ...]:
    """What recording could not see, as sentences."""
    return tuple(dict.fromkeys(problem.detail for problem in problems if problem.what == "not-seen" and problem.detail))


def query_lines(record: Record, queries: Sequence[Query]) -> tuple[QueryLine, ...]:
    return tuple(_query_line(record, query) for query in queries[:_ROWS])


def remote_lines(remotes: Sequence[Remote]) -> tuple[RemoteLine, ...]:
    return tuple(
        RemoteLine(
            role="fetched" if one.role == "read" else "sent",
            url=one.url,
            size="" if one.bytes is None else size(one.bytes),
            version=one.version or one.modified,
            digest=(one.sha256 or "")[:12],
            sha256=one.sha256 or "",
            n=one.n,
        )
        for one in remotes[:_ROWS]
    )


def _query_line(record: Record, query: Query) -> QueryLine:
    touched = tables(query.statement, query.dialect)
    text = " ".join(query.statement.split())
    return QueryLine(
        database=naming.plain_path(query.database, record.run.folder),
        statement=text if len(text) <= _STATEMENT else f"{text[:_STATEMENT]}…",
        reads=", ".join(touched.reads),
        writes=", ".join(touched.writes),
        times=query.times,
        rows="" if query.rows is None else f"{query.rows:,}",
        n=query.n,
    )


def _frame_line(frame: Frame) -> FrameLine:
    found = frame.profile.get("columns")
    columns = [column for column in found if isinstance(column, dict)] if isinstance(found, list) else []
    looked_at, rows = frame.profile.get("n"), frame.rows
    remarks = []
    if isinstance(looked_at, int) and rows is not None and looked_at < rows:
        remarks.append(f"{looked_at:,} rows were looked at")
    if not frame.complete:
        remarks.append("not every column was looked at")
    return FrameLine(
        name=frame.name,
        kind=frame.kind,
        shape=f"{'?' if rows is None else f'{rows:,}'} × {frame.columns:,}",
        remark=", ".join(remarks),
        columns=tuple(_column_line(column) for column in columns[:_COLUMNS]),
        more=max(0, frame.columns - min(len(columns), _COLUMNS)),
    )


def _column_line(column: dict[str, Any]) -> ColumnLine:
    """A recorded profile may say anything; what is not as it should be is left out."""
    nulls = column.get("nulls")
    share = float(nulls) if _is_number(nulls) and 0.0 <= nulls <= 1.0 else 0.0
    quantiles = column.get("quantiles")
    points = quantiles if isinstance(quantiles, list) and len(quantiles) == 7 else []
    numbers = [place for point in points if (place := _place(point)) is not None]
    drawn = _positions(numbers) if len(numbers) == 7 else None
    distinct = column.get("distinct")
    return ColumnLine(
        name=str(column.get("name", "")),
        type=str(column.get("type", "")),
        nulls=_share(share) if share else "",
        nulls_width=f"{share * 40:.1f}",
        between=f"{_value(points[0])} … {_value(points[6])}"
        if points and points[0] != points[6]
        else _value(points[0])
        if points
        else "",
        mean=number(float(column["mean"])) if _is_number(column.get("mean")) else "",
        whiskers=(f"{drawn[1]:.1f}", f"{drawn[5]:.1f}") if drawn else None,
        box=(f"{drawn[2]:.1f}", f"{max(drawn[4] - drawn[2], 1.0):.1f}") if drawn else None,
        median=f"{drawn[3]:.1f}" if drawn else "",
        top=_top(column) if not points else (),
        distinct=f"{distinct:,}" if isinstance(distinct, int) and not isinstance(distinct, bool) else "",
    )


def _place(point: Any) -> float | None:
    """Where a quantile lies: itself, or the seconds of a moment; None where it is neither."""
    if _is_number(point):
        return float(point)
    try:
        return datetime.fromisoformat(point).replace(tzinfo=timezone.utc).timestamp() if isinstance(point, str) else None
    except (ValueError, OverflowError):
        return None


def _positions(points: list[float]) -> list[float] | None:
    """Where seven quantiles lie in the picture; None where they make none."""
    span = points[6] - points[0]
    if points != sorted(points) or not 0.0 < span < math.inf:
        return None
    return [1.0 + (_WIDTH - 2.0) * (point - points[0]) / span for point in points]


def _top(column: dict[str, Any]) -> tuple[tuple[str, str, str], ...]:
    top = column.get("top")
    pairs = (
        [pair for pair in top if isinstance(pair, list) and len(pair) == 2 and _is_number(pair[1])]
        if isinstance(top, list)
        else []
    )
    most = max((float(pair[1]) for pair in pairs), default=0.0)
    if not 0.0 < most < math.inf:
        return ()
    return tuple((_value(pair[0]), f"{pair[1]:,}", f"{max(0.0, 40 * pair[1] / most):.1f}") for pair in pairs[:5])


def _share(share: float) -> str:
    return "< 0.1 %" if share < 0.001 else f"{share:.1%}".replace("%", " %")


def _value(value: Any) -> str:
    if _is_number(value):
        return number(value)
    text = "none" if value is None else str(value).replace("T00:00:00", "")
    return text if len(text) <= 40 else f"{text[:39]}…"


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < _LARGEST  # so that no float overflows
