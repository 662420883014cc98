"""The population stability index, told from seven quantiles or from the most frequent values."""

from __future__ import annotations

import random
from typing import Any

import pytest

from labjournal.questions.difference.shifts import QUANTILES, shift


def profile(values: list[float]) -> dict[str, Any]:
    ordered = sorted(values)
    return {"nulls": 0.0, "quantiles": [ordered[round((len(ordered) - 1) * at)] for at in QUANTILES]}


def normal(mean: float, seed: int, deviation: float = 1.0) -> dict[str, Any]:
    chance = random.Random(seed)
    return profile([chance.gauss(mean, deviation) for _ in range(2000)])


def test_a_profile_has_not_moved_from_itself() -> None:
    assert 0.0 == shift(normal(0, 1), normal(0, 1), 2000, 2000)


def test_chance_is_small_and_a_real_shift_is_large() -> None:
    noise = [shift(normal(0, seed), normal(0, seed + 100), 2000, 2000) for seed in range(10)]
    moved = [shift(normal(0, seed), normal(0.5, seed + 100), 2000, 2000) for seed in range(10)]

    assert max(value for value in noise if value is not None) < 0.05
    assert min(value for value in moved if value is not None) > 0.1


def test_further_is_more() -> None:
    values = [shift(normal(0, 1), normal(step / 2, 2), 2000, 2000) for step in range(5)]

    assert values == sorted(values, key=lambda value: value or 0.0)


def test_a_column_of_one_value_moves_when_the_value_does() -> None:
    same, other = {"quantiles": [3] * 7}, {"quantiles": [4] * 7}

    assert 0.0 == shift(same, same, 10, 10)
    assert (shift(same, other, 10, 10) or 0) > 1
    assert (shift(other, same, 10, 10) or 0) > 1


def test_what_is_missing_counts() -> None:
    a = {**normal(0, 1), "nulls": 0.0}

    assert (shift(a, {**a, "nulls": 0.3}, 2000, 2000) or 0) > 0.25
    assert (shift(a, {"nulls": 1.0}, 2000, 2000) or 0) > 1
    assert 0.0 == shift({"nulls": 1.0}, {"nulls": 1.0}, 10, 10)


def test_categories_are_compared_by_their_shares() -> None:
    a = {"top": [["tea", 50], ["coffee", 50]]}

    assert 0.0 == shift(a, {"top": [["coffee", 100], ["tea", 100]]}, 100, 200)
    assert (shift(a, {"top": [["tea", 90], ["coffee", 10]]}, 100, 100) or 0) > 0.5


def test_times_are_numbers_too() -> None:
    january = {"quantiles": [f"2026-01-{day:02}T00:00:00" for day in (1, 2, 8, 15, 22, 30, 31)]}
    february = {"quantiles": [f"2026-02-{day:02}T00:00:00" for day in (1, 2, 8, 15, 22, 27, 28)]}

    assert 0.0 == shift(january, january, 31, 31)
    assert (shift(january, february, 31, 28) or 0) > 1


@pytest.mark.parametrize(
    "strange",
    [{}, {"quantiles": []}, {"quantiles": ["NaN"] * 7}, {"quantiles": [1, 2]}, {"quantiles": None, "top": "x"}, {"top": [["a"]]},
     {"nulls": "x", "top": [["a", "b"]]}, {"quantiles": [True] * 7}, {"quantiles": [float("inf")] * 7}],
)  # fmt: skip
def test_profiles_that_make_no_sense_give_no_number(strange: dict[str, Any]) -> None:
    assert shift(strange, normal(0, 1), 10, 10) is None
    assert shift(normal(0, 1), strange, 10, 10) is None
