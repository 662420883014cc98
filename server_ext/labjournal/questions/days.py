"""Times as a person says them ('yesterday', '2026-11-20', '3d'), turned into the UTC bounds that the journal is asked with.

A day is a calendar day of the reader's time zone, also where a clock change makes it 23 or 25 hours long. Bounds are half-open:
what began at or after the first and before the second.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone

from labjournal.errors import LabjournalError

__all__ = ["bounds", "day_bounds", "read_day"]

_AGO = re.compile(r"(\d{1,6})\s*(min|m|h|d|w)")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]")
_UNITS = {"min": "minutes", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

Clock = Callable[[], datetime]


def _now() -> datetime:
    return datetime.now().astimezone()


def read_day(text: str, now: Clock = _now) -> date:
    """The calendar day meant by 'today', 'yesterday' or 'YYYY-MM-DD'."""
    today = now().date()
    if text in ("today", "yesterday"):
        return today if text == "today" else today - timedelta(days=1)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise LabjournalError(f"'{text}' is not a day.", f"Write today, yesterday, or a date such as {today.isoformat()}.")


def day_bounds(day: date) -> tuple[str, str]:
    """First and last moment of a local calendar day, in UTC as the journal writes times."""
    return _midnight(day), _midnight(_day_after(day))


def bounds(since: str | None, until: str | None, now: Clock = _now) -> tuple[str | None, str | None]:
    """The UTC bounds meant by two texts, each a date, a date with time, or a time ago ('2h', '3d').

    A date as the end means all of that day.
    """
    begin = None if since is None else _moment(since, now, whole_day=False)
    end = None if until is None else _moment(until, now, whole_day=True)
    if begin is not None and end is not None and begin >= end:
        raise LabjournalError(f"The time from '{since}' to '{until}' holds nothing.", "Let --since lie before --until.")
    return begin, end


def _moment(text: str, now: Clock, *, whole_day: bool) -> str:
    ago = _AGO.fullmatch(text.strip())
    try:
        if ago:
            return _utc(now() - timedelta(**{_UNITS[ago[2]]: int(ago[1])}))
        if text in ("today", "yesterday") or re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            day = read_day(text, now)
            return _midnight(_day_after(day) if whole_day else day)
        if not _TIME.match(text):
            raise ValueError(text)
        return _utc(datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", text)).astimezone())
    except (ValueError, OverflowError, OSError):
        example = now().date().isoformat()
        raise LabjournalError(
            f"'{text}' is not a time.", f"Write a date ({example}), a time ({example}T14:30), or how long ago (2h, 3d)."
        ) from None


def _day_after(day: date) -> date:
    return date.max if day == date.max else day + timedelta(days=1)


def _midnight(day: date) -> str:
    # .astimezone() of a naive time asks the operating system for the offset on that very day.
    try:
        return _utc(datetime(day.year, day.month, day.day).astimezone())
    except (OverflowError, OSError, ValueError):
        raise LabjournalError(f"'{day.isoformat()}' lies outside the calendar of this computer.", "Choose another day.") from None


def _utc(time: datetime) -> str:
    return time.astimezone(timezone.utc).isoformat(timespec="microseconds")
