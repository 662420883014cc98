"""replay --grid on the command line: what the sweep is asked, how its table reads, and with which status it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.builders import JournalBuilder
from tests.cli.conftest import Cli

SAMPLE = Path(__file__).resolve().parent.parent / "samples" / "answers" / "sweep.json"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A sweep that keeps what it is asked, and answers with `answer`: the real one has its tests in its own room."""
    kept: dict[str, Any] = {"answer": json.loads(SAMPLE.read_text())}

    def sweep(journal_folder: Path, target: str, **options: Any) -> Any:
        kept.update(options, journal_folder=journal_folder, target=target)
        return kept["answer"]

    monkeypatch.setattr("labjournal.replay.sweeps.sweep.sweep", sweep)
    return kept


def test_the_table_has_a_line_for_each_try_and_says_what_failed(cli: Cli, story: JournalBuilder, asked: dict[str, Any]) -> None:
    answer = cli("replay", "k3f9a2/5", "--grid", "trees=60,150,-1,600")

    lines = answer.out.splitlines()
    assert (1, "") == (answer.status, answer.err)
    assert ["run", "status", "trees", "accuracy", "loss"] == lines[0].split()
    assert ["t7y2b1", "ok", "(before)", "60", "0.87", "0.31"] == lines[1].split()
    assert ["-", "not", "executed", "600"] == lines[4].split()
    assert "The try with trees=-1 (t7y2d4) failed in execution 5." in lines
    assert "2 of 4 tries of k3f9a2/5 went well." == lines[-1]


def test_it_ends_with_nought_where_every_try_went_well(cli: Cli, story: JournalBuilder, asked: dict[str, Any]) -> None:
    asked["answer"]["tries"] = asked["answer"]["tries"][:2]

    assert 0 == cli("replay", "k3f9a2/5", "--grid", "trees=60,150").status


def test_the_json_is_the_answer_itself(cli: Cli, story: JournalBuilder, asked: dict[str, Any]) -> None:
    assert asked["answer"] == cli("replay", "k3f9a2/5", "--grid", "trees=60", "--json").json


def test_everything_that_was_typed_reaches_the_sweep(cli: Cli, story: JournalBuilder, asked: dict[str, Any]) -> None:
    cli(
        "replay", "last", "-p", "seed=1", "--grid", "a=1,[2,3]", "--grid", "b=x", "--jobs", "4", "--executor", "dask://h:1", "--yes",
    )  # fmt: skip

    assert ({"a": ["1", "[2,3]"], "b": ["x"]}, {"seed": "1"}, 4, "dask://h:1", True) == (
        asked["grid"],
        asked["parameters"],
        asked["jobs"],
        asked["executor"],
        asked["assume_yes"],
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--grid", "alpha"], "'alpha' is not NAME=VALUE. Write for instance --grid alpha=0.1,0.2."),
        (["--grid", "a b=1"], "'a b' cannot be the name of a parameter."),
        (["--grid", "alpha="], "A value of 'alpha' is empty."),
        (["--grid", "alpha=1", "--output", "out"], "--output keeps the workspace of one replay"),
        (["--grid", "alpha=1", "--jobs", "0"], "Argument --jobs: '0' is no number of jobs"),
        (["--grid", "alpha=1", "--jobs", "many"], "Argument --jobs: 'many' is no number of jobs"),
        (["--jobs", "2"], "--jobs is for a sweep."),
        (["--executor", "dask://h:1"], "--executor is for a sweep."),
    ],
)
def test_what_cannot_be_meant_is_one_sentence(
    cli: Cli, story: JournalBuilder, asked: dict[str, Any], options: list[str], message: str
) -> None:
    answer = cli("replay", "k3f9a2", *options)

    assert (2, "", 1) == (answer.status, answer.out, answer.err.count("\n"))
    assert answer.err.startswith(message)
