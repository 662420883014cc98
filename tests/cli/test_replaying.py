"""replay on the command line: what it is asked, how its verdict reads, and with which status it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.builders import JournalBuilder
from tests.cli.conftest import Cli

SAMPLE = Path(__file__).resolve().parent.parent / "samples" / "answers" / "replay.json"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A replay that keeps what it is asked, and answers with `answer`: the real one has its tests in its own room."""
    kept: dict[str, Any] = {"answer": json.loads(SAMPLE.read_text())}

    def replay(journal_folder: Path, target: str, **options: Any) -> Any:
        kept.update(options, journal_folder=journal_folder, target=target)
        return kept["answer"]

    monkeypatch.setattr("labjournal.replay.run.replay", replay)
    return kept


def test_a_replay_that_differs_ends_with_one_and_says_where(cli: Cli, story: JournalBuilder, asked: dict[str, Any]) -> None:
    answer = cli("replay", "k3f9a2")

    assert (1, "") == (answer.status, answer.err)
    assert "First difference: execution 4, text (stdout, line 1)" in answer.out
    assert "accuracy: 0.87" in answer.out
    assert (
        "Cause: randomness (probable)\n  Nothing was seeded before it drew random numbers.\n  Executed twice in the same way, it differed from itself"
        in answer.out
    )
    assert "Before that: execution 3, frame cups: 120 rows → 119 rows\n" in answer.out
    assert "  Or time: Execution 4 reads the clock (`time.time()`).\n" in answer.out
    assert "2 inputs: 1 as recorded (1 brought back from the journal), 1 changed since (beans.csv)" in answer.out
    assert "prices.csv: row 17, column price: 3.2 → 3.4" in answer.out
    assert "differs: k3f9a2, replayed as p0q1r2" == answer.out.splitlines()[-1]


def test_a_replay_that_holds_ends_with_nought_and_its_last_line_begins_with_the_verdict(
    cli: Cli, story: JournalBuilder, asked: dict[str, Any]
) -> None:
    asked["answer"] |= {"reproduced": True, "first_difference": None, "problems": []}

    answer = cli("replay", "k3f9a2")

    assert (0, "reproduced: k3f9a2, replayed as p0q1r2") == (answer.status, answer.out.splitlines()[-1])


def test_the_json_is_the_answer_itself(cli: Cli, story: JournalBuilder, asked: dict[str, Any]) -> None:
    assert (1, asked["answer"]) == (cli("replay", "k3f9a2", "--json").status, cli("replay", "k3f9a2", "--json").json)


def test_everything_that_was_typed_reaches_the_replay(
    cli: Cli, story: JournalBuilder, asked: dict[str, Any], tmp_path: Path
) -> None:
    cli(
        "replay",
        "last",
        "-p",
        "alpha=0.5",
        "--parameter",
        "name=a=b",
        "--tolerance",
        "1e-6",
        "--output",
        str(tmp_path / "out"),
        "--yes",
    )

    assert ("last", story.folder, {"alpha": "0.5", "name": "a=b"}) == (
        asked["target"],
        asked["journal_folder"],
        asked["parameters"],
    )
    assert (1e-6, tmp_path / "out", True, None) == (asked["tolerance"], asked["output"], asked["assume_yes"], asked["progress"])


def test_nobody_at_the_terminal_means_no(cli: Cli, story: JournalBuilder, asked: dict[str, Any]) -> None:
    cli("replay", "record.zip")

    assert asked["confirm"]("Execute this?") is False
