"""How records speak of times, paths and lengths, the same in every format, whatever the locale of who exports."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone, tzinfo
from pathlib import PurePath

from labjournal.journal.rows import FileUse, Run

__all__ = ["clock", "count", "day", "duration", "files_once", "moment", "plain_path", "zone"]

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def zone(run: Run) -> tzinfo:
    """The time zone in which the run was worked on."""
    try:
        return timezone(timedelta(seconds=run.utc_offset_s))
    except ValueError:
        return timezone.utc


def moment(time: str, where: tzinfo) -> datetime | None:
    """A recorded time in a zone; None where it is no time."""
    try:
        return datetime.fromisoformat(time).astimezone(where)
    except (ValueError, OverflowError):
        return None


def clock(time: str | None, where: tzinfo, *, seconds: bool = False) -> str:
    """'14:02'."""
    at = moment(time, where) if time else None
    return "" if at is None else f"{at:%H:%M:%S}" if seconds else f"{at:%H:%M}"


def day(time: str | None, where: tzinfo) -> str:
    """'Tuesday, 17 November 2026'."""
    at = moment(time, where) if time else None
    return "" if at is None else f"{_DAYS[at.weekday()]}, {at.day} {_MONTHS[at.month - 1]} {at.year}"


def duration(seconds: float | None) -> str:
    """'0.4 s', '3 min 20 s', '2 h 5 min'; '' where not known."""
    if seconds is None or not 0 <= seconds < 1e9:
        return ""
    if seconds < 0.001:
        return "< 1 ms"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def count(number: int, one: str, many: str = "") -> str:
    """'1 execution', '1,204 executions'."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def plain_path(path: str, folder: str) -> str:
    """The path as seen from the run's folder, where it lies below it."""
    pure, base = PurePath(path), PurePath(folder) if folder else None
    return pure.relative_to(base).as_posix() if base and base.parts and pure.is_relative_to(base) else path


def files_once(uses: Iterable[FileUse]) -> list[FileUse]:
    """One row for each path and content, the latest; data that installed packages bring along are left out."""
    last: dict[tuple[str, str | None], FileUse] = {}
    for use in uses:
        if not use.package:
            last.pop((use.path, use.sha256), None)
            last[use.path, use.sha256] = use
    return list(last.values())
