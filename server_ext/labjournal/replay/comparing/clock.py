"""Times that a clock showed while the code of a run was executing, told from times that are data.

A date in a table is data even when it is today's. So a time in a text counts as the clock's only where some execution of that run
was under way at that very moment, and two texts differ in nothing but the clock only where each shows a time of its own run.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cached_property

from labjournal.journal.rows import Execution, Run

__all__ = ["Clock", "without_the_clock"]

_SLACK = timedelta(seconds=3)
_DAY, _MINUTE, _SECOND = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)
_MONTHS = {name: number for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
_MONTH = rf"(?:{'|'.join(_MONTHS)})[a-z]*"

_ISO = re.compile(
    r"(?<!\d)(?P<year>\d{4})(?P<sign>[-/])(?P<month>\d{2})(?P=sign)(?P<day>\d{2})(?!\d)"
    r"(?:[T _](?P<hour>\d{2})[:-](?P<minute>\d{2})(?:[:-](?P<second>\d{2})(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
)
_COMPACT = re.compile(
    r"(?<!\d)(?P<year>20\d{2})(?P<month>\d{2})(?P<day>\d{2})(?:[T_-]?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?)?(?!\d)"
)
_WORDY = re.compile(
    rf"\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? +)?(?:(?P<day>\d{{1,2}}) (?P<name>{_MONTH})|(?P<name2>{_MONTH}) +(?P<day2>\d{{1,2}}),?)"
    r"(?:,? +(?P<time>\d{2}:\d{2}(?::\d{2})?))?(?:,? +(?P<year>\d{4})(?![\d:]))?(?:,? +(?P<time2>\d{2}:\d{2}(?::\d{2})?))?"
)
_DAYTIME = re.compile(r"(?<![\d:.])(?P<hour>[0-2]?\d):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d)(?:[.,]\d{1,9})?)?(?![\d:])")
_REPR = re.compile(
    r"\bdatetime\.(?:date|datetime)\((?P<year>\d{4}), (?P<month>\d{1,2}), (?P<day>\d{1,2})"
    r"(?:, (?P<hour>\d{1,2}), (?P<minute>\d{1,2})(?:, (?P<second>\d{1,2})(?:, \d{1,6})?)?)?(?=[,)])"
)
_EPOCH = re.compile(r"(?<![\d.])(?P<seconds>1\d{9})(?:\.\d+|\d{3}|\d{6}|\d{9})?(?![\d.])")


@dataclass(frozen=True)
class Clock:
    """When code of a run was executing (UTC, in order), and by how much the clock on the wall was ahead of UTC."""

    spans: tuple[tuple[datetime, datetime], ...]
    ahead: timedelta = timedelta()

    @classmethod
    def of(cls, run: Run, executions: Iterable[Execution]) -> Clock:
        """The clock of a run; a time that is none, as a record from elsewhere may hold, counts for nothing."""
        told = [(run.started, run.started)]
        told += [(execution.started, execution.ended or run.ended or execution.started) for execution in executions]
        spans = sorted(span for span in (_span(*times) for times in told) if span is not None)
        return cls(tuple(spans), timedelta(seconds=max(-86_400, min(run.utc_offset_s, 86_400))))

    def shows(self, moment: datetime, step: timedelta = _SECOND) -> bool:
        """Whether the clock showed `moment`, which stands for the time until `step` later, in UTC or as on the wall."""
        for ahead in {timedelta(), self.ahead}:
            utc = moment - ahead
            at = bisect_right(self.spans, utc + step + _SLACK, key=lambda span: span[0]) - 1
            if at >= 0 and self.spans[at][1] >= utc - _SLACK:
                return True
        return False

    def shows_daytime(self, time: timedelta, step: timedelta) -> bool:
        """Whether it showed that time of day on one of the run's days."""
        return any(self.shows(day + time, step) for day in self._days)

    @cached_property
    def _days(self) -> frozenset[datetime]:
        dates = {(moment + ahead).date() for span in self.spans for moment in span for ahead in (timedelta(), self.ahead)}
        return frozenset(datetime(date.year, date.month, date.day, tzinfo=timezone.utc) for date in dates)


def without_the_clock(one: str, other: str, clocks: tuple[Clock, Clock]) -> tuple[str, str]:
    """Both texts, without the times that stand in the same place and that each run's own clock showed."""
    times, others = _times(one), _times(other)
    if len(times) != len(others):
        return one, other
    pairs = [(a, b) for a, b in zip(times, others, strict=True) if a.on(clocks[0]) and b.on(clocks[1])]
    return _without(one, [a for a, _ in pairs]), _without(other, [b for _, b in pairs])


@dataclass(frozen=True)
class _Time:
    start: int
    end: int
    on: Callable[[Clock], bool]


def _times(text: str) -> list[_Time]:
    """Everything in a text that may be a time, longest reading first, none within another."""
    found: list[_Time] = []
    taken = bytearray(len(text))
    for pattern, reading in _READINGS:
        for match in pattern.finditer(text):
            start, end = match.span()
            on = None if any(taken[start:end]) else reading(match)
            if on is not None:
                taken[start:end] = b"\1" * (end - start)
                found.append(_Time(start, end, on))
    return sorted(found, key=lambda time: time.start)


def _without(text: str, times: Sequence[_Time]) -> str:
    starts, ends = [0, *(time.end for time in times)], [*(time.start for time in times), len(text)]
    return "‹now›".join(text[start:end] for start, end in zip(starts, ends, strict=True))


_Reading = Callable[[Clock], bool]


def _date(match: re.Match[str]) -> _Reading | None:
    parts = match.groupdict()
    return _moment(parts["year"], parts["month"], parts["day"], parts["hour"], parts["minute"], parts["second"])


def _words(match: re.Match[str]) -> _Reading | None:
    parts = match.groupdict()
    month, day = str(_MONTHS[(parts["name"] or parts["name2"])[:3]]), parts["day"] or parts["day2"]
    time = parts["time"] or parts["time2"]
    hour, minute, second = [*time.split(":"), None][:3] if time else (None, None, None)
    if parts["year"]:
        return _moment(parts["year"], month, day, hour, minute, second)
    if time is None:
        return None

    def on(clock: Clock) -> bool:  # `ls -l` leaves the year out: it is the one in which the run was
        readings = [_moment(str(year), month, day, hour, minute, second) for year in {span[0].year for span in clock.spans}]
        return any(reading is not None and reading(clock) for reading in readings)

    return on


def _moment(
    year: str | None, month: str | None, day: str | None, hour: str | None, minute: str | None, second: str | None
) -> _Reading | None:
    try:
        date = int(year or 0), int(month or 0), int(day or 0)
        moment = datetime(*date, int(hour or 0), int(minute or 0), int(second or 0), tzinfo=timezone.utc)
    except ValueError:
        return None
    step = _DAY if hour is None else _MINUTE if second is None else _SECOND
    return lambda clock: clock.shows(moment, step)


def _daytime(match: re.Match[str]) -> _Reading | None:
    hour, minute, second = match["hour"], match["minute"], match["second"]
    if int(hour) > 23:
        return None
    time = timedelta(hours=int(hour), minutes=int(minute), seconds=int(second or 0))
    return lambda clock: clock.shows_daytime(time, _MINUTE if second is None else _SECOND)


def _epoch(match: re.Match[str]) -> _Reading | None:
    moment = datetime.fromtimestamp(int(match["seconds"]), tz=timezone.utc)
    return lambda clock: clock.shows(moment)


_READINGS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], _Reading | None]], ...] = (
    (_ISO, _date),
    (_REPR, _date),
    (_WORDY, _words),
    (_COMPACT, _date),
    (_EPOCH, _epoch),
    (_DAYTIME, _daytime),
)


def _span(started: str, ended: str) -> tuple[datetime, datetime] | None:
    try:
        begin, end = (datetime.fromisoformat(time).astimezone(timezone.utc) for time in (started, ended))
    except (ValueError, OverflowError):
        return None
    return begin, max(begin, end)
