"""log, show and search as a person at a terminal reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.builders import JournalBuilder, stream
from tests.cli.conftest import Cli
from tests.cli.story import NOTEBOOK


def test_log_lists_the_runs_of_each_day(cli: Cli, story: JournalBuilder) -> None:
    answer = cli("log")

    lines = answer.out.splitlines()
    assert 0 == answer.status
    assert ["Tuesday, 3 November 2026", "Monday, 2 November 2026"] == [line for line in lines if "2026" in line]
    assert [["w5x6y7"], ["p0q1r2"], ["m7t2zz"], ["k3f9a2"]] == [line.split()[:1] for line in lines if "sales.ipynb" in line]
    assert "accuracy 0.91" in answer.out
    assert "running" in answer.out


@pytest.mark.parametrize(
    ("asked", "runs"),
    [
        (["--day", "2026-11-02"], ["k3f9a2"]),
        (["--since", "2026-11-03T10:30"], ["w5x6y7"]),
        (["--until", "2026-11-02"], ["k3f9a2"]),
        (["--notebook", NOTEBOOK, "--limit", "1"], ["w5x6y7"]),
        (["--notebook", "sales.ipynb", "--until", "2026-11-02"], ["k3f9a2"]),
        (["--notebook", "other.ipynb"], []),
        (["--tag", "baseline"], ["k3f9a2"]),
        (["--tag", "candidate"], ["m7t2zz"]),
        (["--limit", "2"], ["w5x6y7", "p0q1r2"]),
    ],
)
def test_log_finds_what_is_asked_for(asked: list[str], runs: list[str], cli: Cli, story: JournalBuilder) -> None:
    assert runs == [run["run"] for run in cli("log", *asked, "--json").json["runs"]]


def test_log_on_a_terminal_ends_with_a_word_about_the_rest(cli: Cli, folder: Path) -> None:
    builder = JournalBuilder(folder)
    for _ in range(32):
        builder.run().execution("a = 1")
    builder.save()

    assert cli("log").out.endswith("The newest 30 runs; `labjournal log --limit 0` shows all.\n")
    assert 32 == len(cli("log", "--json").json["runs"])
    assert "shows all" not in cli("log", "--limit", "0").out


def test_columns_stand_below_their_heads_whatever_the_letters(cli: Cli, folder: Path) -> None:
    """Wide and combining letters take two columns and none."""
    builder = JournalBuilder(folder)
    for name in ("咖啡", "cafe\u0301", "plain"):
        builder.run(notebook=f"/home/ada/{name}.ipynb").execution("a = 1")
    builder.save()

    head, *rows = [line for line in cli("log").out.splitlines() if "2026" not in line and line]

    column = head.index("executions") + len("executions") - 1
    assert ["1", "1", "1"] == [_columns(row)[column] for row in rows]


def _columns(line: str) -> str:
    """The line as cells of a terminal: a wide letter fills two, a combining one none."""
    return line.replace("咖啡", "____").replace("e\u0301", "e")


def test_show_tells_a_run_on_a_screen(cli: Cli, story: JournalBuilder) -> None:
    out = cli("show", "k3f9a2").out

    for words in ("Run k3f9a2", NOTEBOOK, "main at 4bdf862c0f, with uncommitted changes", "pandas 2.3.3", "Blanks in 'cups' were dropped",
                  "accuracy 0.87", "depth = 4", "FileNotFoundError", "image/png", "1 secret was masked in the code"):  # fmt: skip
        assert words in out


def test_show_tells_an_execution_with_its_code_outputs_and_files(cli: Cli, story: JournalBuilder) -> None:
    out = cli("show", "k3f9a2/3").out

    for words in (
        "Execution k3f9a2/3",
        "    sales = pd.read_csv('sales.csv')\n    sales.shape",
        "(731, 4)",
        "read",
        "/home/ada/coffee/sales.csv",
    ):
        assert words in out


@pytest.mark.parametrize("address", ["champion", "k3f9a2/4", "k3/4", "champion/4"])
def test_a_name_means_what_it_was_given_to(address: str, cli: Cli, story: JournalBuilder) -> None:
    assert "k3f9a2/4" == cli("show", address, "--json").json["address"]


def test_last_is_the_latest_work_and_its_latest_result(cli: Cli, story: JournalBuilder) -> None:
    assert "w5x6y7" == cli("show", "last", "--json").json["run"]
    assert "k3f9a2/6" == cli("show", "k3f9a2/result", "--json").json["address"]


def test_a_long_output_is_shown_in_part(cli: Cli, folder: Path) -> None:
    builder = JournalBuilder(folder)
    builder.run().execution("loop()", outputs=[stream("\n".join(str(number) for number in range(500)))])
    builder.save()

    out = cli("show", "last/1").out

    assert "... 480 lines more" in out
    assert 40 > len(out.splitlines())


def test_search_shows_where_it_was_found(cli: Cli, story: JournalBuilder) -> None:
    answer = cli("search", "blanks")

    assert (0, True) == (answer.status, answer.out.startswith("k3f9a2  note  "))
    assert answer.out.endswith("1 hit.\n")


def test_search_finds_a_beginning_and_marks_it(cli: Cli, story: JournalBuilder) -> None:
    (hit,) = cli("search", "drop", "--json").json["hits"][-1:]

    assert ("note", ["dropped"]) == (hit["where"], [part["text"] for part in hit["parts"] if part["match"]])


def test_the_options_of_all_commands_may_stand_before_and_behind(
    cli: Cli, story: JournalBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LABJOURNAL_PATH")
    place = str(story.folder)

    asked = (
        ["--journal", place, "--json", "log"],
        ["log", "--json", "--journal", place],
        ["--json", "log", f"--journal={place}/journal.sqlite"],
    )
    assert [4, 4, 4] == [len(cli(*argv).json["runs"]) for argv in asked]


def test_colours_are_for_terminals_only(cli: Cli, story: JournalBuilder) -> None:
    assert "\x1b" not in cli("log").out + cli("show", "k3f9a2").out + cli("show", "k3f9a2/4").out + cli("search", "sales").out


def test_reading_changes_nothing(cli: Cli, story: JournalBuilder) -> None:
    """But for the empty log and the shared memory that SQLite itself lays beside a database that is read."""

    def state() -> dict[str, bytes]:
        files = [path for path in story.folder.rglob("*") if path.is_file() and not path.name.endswith("-shm")]
        return {path.name: content for path in files if (content := path.read_bytes()) or not path.name.endswith("-wal")}

    before = state()
    for argv in (["log"], ["show", "last"], ["search", "sales"], ["status"], ["verify"], ["doctor"]):
        cli(*argv)

    assert before == state()


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (
            {"commit": None, "reason": "The repository is damaged or not one."},
            "not available: The repository is damaged or not one",
        ),
        ({"commit": None, "reason": "git is not installed."}, "not available: git is not installed"),
        ({"dirty": None, "reason": "The index is damaged."}, "not committed is not known: The index is damaged"),
        ({"commit": None, "root": "", "reason": "The folder is not in a git repository."}, None),
    ],
)
def test_a_repository_that_could_not_be_read_is_said_with_the_reason(
    tmp_path: Path, cli: Cli, facts: dict[str, Any], said: str | None
) -> None:
    builder = JournalBuilder(tmp_path / "another")
    builder.run().git(**facts).execution("x = 1")
    builder.save()

    shown = [
        line for line in cli("--journal", str(builder.folder), "show", "last").out.splitlines() if line.split()[:1] == ["git"]
    ]
    assert [True] * (said is not None) == [str(said) in line for line in shown]
