"""Warnings of libraries: told from what a cell wrote to its standard error, and never from anything else."""

from __future__ import annotations

import time

import pytest

from labjournal.events import OutputShown, ProblemSeen
from labjournal.recorders.library_warnings import library_warnings
from tests.pace import quicker
from tests.recorders.results_cells import Cells

LBFGS = """/x/site-packages/sklearn/linear_model/_logistic.py:465: ConvergenceWarning: lbfgs failed to converge (status=1):
STOP: TOTAL NO. OF ITERATIONS REACHED LIMIT.

Increase the number of iterations (max_iter) or scale the data
  n_iter_i = _check_optimize_result(
"""
COPY = """<ipython-input-3-abc>:2: SettingWithCopyWarning: 
A value is trying to be set on a copy of a slice from a DataFrame.
  df['a'] = 1
"""  # noqa: W291


def told(text: str, name: str = "stderr") -> list[str]:
    return [str(each) for each in library_warnings([(name, text)])]


def test_a_warning_is_its_kind_and_what_it_says_with_the_line_that_is_announced() -> None:
    assert ["ConvergenceWarning: lbfgs failed to converge (status=1): STOP: TOTAL NO. OF ITERATIONS REACHED LIMIT."] == told(
        LBFGS
    )
    assert ["SettingWithCopyWarning: A value is trying to be set on a copy of a slice from a DataFrame."] == told(COPY)


def test_the_same_warning_is_told_once_with_how_often() -> None:
    text = "/a/b.py:1: UserWarning: beware\n  f()\n"
    assert ["UserWarning: beware (3 times)", "FutureWarning: soon"] == told(
        text * 3 + "C:\\a\\b.py:7: FutureWarning: soon\n  g()\n"
    )


def test_lightgbm_s_own_warnings_are_told_wherever_they_are_written() -> None:
    assert ["LightGBM: No further splits with positive gain, best gain: -inf (2 times)"] == told(
        "[LightGBM] [Warning] No further splits with positive gain, best gain: -inf\n" * 2, "stdout"
    )


@pytest.mark.parametrize(
    "text", ["UserWarning: x", "no warnings", "a.py:1: Error: x", "Warning: x", "a.py:x: UserWarning: y", "Warning\n" * 3]
)
def test_other_text_is_no_warning(text: str) -> None:
    assert [] == told(text)


def test_what_a_cell_prints_as_its_result_is_no_warning() -> None:
    assert [] == told("/a/b.py:1: UserWarning: beware\n", "stdout")


@pytest.mark.parametrize(
    "text",
    ["Warning:" * 200_000, "/a.py:1: UserWarning: " + "x" * 2_000_000, "a:1: aWarning: \n" * 50_000, ":" * 10**6 + "Warning"],
)
def test_no_text_is_slow_to_read_or_long_to_tell(text: str) -> None:
    began = time.perf_counter()
    found = told(text)
    quicker(time.perf_counter() - began, 2)
    assert len(found) <= 20
    assert all(len(each) < 500 for each in found)


def test_the_journal_is_told_of_them_without_secrets() -> None:
    cells = Cells()
    cells.run("a = 1")
    token = "ghp_" + "a1B2c3D4e5" * 3 + "f6G7h8"
    text = f"/a/b.py:1: UserWarning: could not log in as {token}\n  f()\n"
    events = list(cells.recorder.shown(1, [OutputShown("run1", 1, 0, "stream", name="stderr", text=text)]))
    (problem,) = [event for event in events if isinstance(event, ProblemSeen)]
    assert "library-warning" == problem.what
    assert problem.detail.startswith("UserWarning: could not log in as [REDACTED")
    assert token not in problem.detail
