"""Days and times as a person says them become the UTC bounds that the journal is asked with."""

from __future__ import annotations

import time
from datetime import date, datetime, timezone

import pytest

from labjournal.errors import LabjournalError
from labjournal.questions.days import bounds, day_bounds, read_day


def noon() -> datetime:
    return datetime(2026, 11, 20, 6, 15, tzinfo=timezone.utc).astimezone()


def test_today_is_the_readers_calendar_day() -> None:
    assert date(2026, 11, 20) == read_day("today", noon)
    assert date(2026, 11, 19) == read_day("yesterday", noon)
    assert date(2024, 2, 29) == read_day("2024-02-29", noon)


def test_a_day_begins_at_local_midnight() -> None:
    expected = ("2026-11-19T18:15:00.000000+00:00", "2026-11-20T18:15:00.000000+00:00")

    assert expected == day_bounds(date(2026, 11, 20))


def test_a_day_with_a_clock_change_has_its_own_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()

    assert ("2026-03-28T23:00:00.000000+00:00", "2026-03-29T22:00:00.000000+00:00") == day_bounds(date(2026, 3, 29))
    assert ("2026-10-24T22:00:00.000000+00:00", "2026-10-25T23:00:00.000000+00:00") == day_bounds(date(2026, 10, 25))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2h", "2026-11-20T04:15:00.000000+00:00"),
        ("3d", "2026-11-17T06:15:00.000000+00:00"),
        ("30min", "2026-11-20T05:45:00.000000+00:00"),
        ("2026-11-19", "2026-11-18T18:15:00.000000+00:00"),
        ("2026-11-19T12:00", "2026-11-19T06:15:00.000000+00:00"),
        ("2026-11-19T12:00+00:00", "2026-11-19T12:00:00.000000+00:00"),
        ("2026-11-19T12:00Z", "2026-11-19T12:00:00.000000+00:00"),
        ("yesterday", "2026-11-18T18:15:00.000000+00:00"),
    ],
)
def test_a_time_is_read(said: str, meant: str) -> None:
    assert (meant, None) == bounds(said, None, noon)


def test_a_date_as_the_end_means_all_of_that_day() -> None:
    assert (None, "2026-11-19T18:15:00.000000+00:00") == bounds(None, "2026-11-19", noon)


@pytest.mark.parametrize(
    "said", ["", "tomorrowish", "2026-13-01", "2026-02-30", "20261101", "2026-11-19T25:00", "-3d", "9" * 40, "999999w", "\x1b[2J"]
)
def test_a_time_that_is_none_is_refused_with_an_example(said: str) -> None:
    with pytest.raises(LabjournalError) as refused:
        bounds(said, None, noon)

    assert "is not a" in refused.value.message
    assert "2026-11-20" in refused.value.remedy


@pytest.mark.parametrize("said", ["2026-1-1", "2026-02-30", "monday", "0000-01-01", "today "])
def test_a_day_that_is_none_is_refused_with_an_example(said: str) -> None:
    with pytest.raises(LabjournalError, match="2026-11-20"):
        read_day(said, noon)


@pytest.mark.parametrize("day", [date.min, date.max])
def test_the_ends_of_the_calendar_are_no_traceback(day: date) -> None:
    try:
        begin, end = day_bounds(day)
    except LabjournalError:
        return
    assert begin <= end


def test_a_time_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(LabjournalError, match="holds nothing"):
        bounds("2026-11-19", "2026-11-18", noon)
