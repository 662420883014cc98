"""`forget` asks first, refuses what it must, and what it removed is nowhere any more; `status` tells what is kept."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from labjournal.events import BytesKept
from labjournal.journal.blobs import Blobs
from tests.builders import JournalBuilder, read, sha256
from tests.cli.conftest import Cli


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def runs(cli: Cli) -> list[str]:
    return sorted(run["run"] for run in cli("log", "--json").json["runs"])


ALL = ["k3f9a2", "m7t2zz", "p0q1r2", "w5x6y7"]


def test_a_run_is_removed_for_good(cli: Cli, story: JournalBuilder) -> None:
    answer = cli("forget", "k3f9a2", "--yes", "--json")
    assert (0, 1, 6) == (answer.status, answer.json["runs"], answer.json["executions"])
    assert {"runs", "executions", "bytes"} == set(answer.json)
    assert ["m7t2zz", "p0q1r2", "w5x6y7"] == runs(cli)
    assert [] == cli("search", "REDACTED", "--json").json["hits"]
    assert 2 == cli("show", "k3f9a2").status
    assert 0 == cli("verify").status


def test_one_execution_is_removed_and_the_run_says_so(cli: Cli, story: JournalBuilder) -> None:
    assert "Forgotten: 1 execution" in cli("forget", "k3f9a2/4", "--yes").out
    shown = cli("show", "k3f9a2", "--json").json
    assert 4 not in [execution["n"] for execution in shown["executions"]]
    assert 0 == cli("verify").status
    assert 2 == cli("forget", "k3f9a2/4", "--yes").status


@pytest.mark.parametrize(
    ("arguments", "left"),
    [
        (("--before", "2100-01-01"), ["w5x6y7"]),
        (("--before", "1999-01-01"), ALL),
        (("--notebook", "nobody.ipynb"), ALL),
        (("m7t2zz", "p0q1r2", "m7t2zz/1"), ["k3f9a2", "w5x6y7"]),
    ],
)
def test_runs_are_chosen_by_address_time_or_notebook(
    cli: Cli, story: JournalBuilder, arguments: tuple[str, ...], left: list[str]
) -> None:
    assert 0 == cli("forget", *arguments, "--yes").status
    assert left == runs(cli)


def test_runs_of_a_notebook_go_but_for_those_whose_kernel_runs(cli: Cli, story: JournalBuilder) -> None:
    (notebook,) = {run["notebook"] for run in cli("log", "--json").json["runs"]}
    answer = cli("forget", "--notebook", notebook, "--yes")
    assert (0, "Run w5x6y7 stays: its kernel is running.\n") == (answer.status, answer.err)
    assert ["w5x6y7"] == runs(cli)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "Nothing is named"),
        (("k3f9a2",), "Nobody is at the terminal"),
        (("nosuch",), "nosuch"),
        (("k3f9a2", "--before", "today", "--yes"), "too much at once"),
        (("nobody", "--yes"), "'nobody'"),
        (("w5x6y7", "--yes"), "is running"),
        (("w5x6y7/1", "--yes"), "is running"),
        (("--before", "someday", "--yes"), "someday"),
    ],
)
def test_what_cannot_be_forgotten_is_one_sentence(
    cli: Cli, story: JournalBuilder, arguments: tuple[str, ...], sentence: str
) -> None:
    answer = cli("forget", *arguments)
    assert (2, "", 1) == (answer.status, answer.out, answer.err.count("\n"))
    assert sentence in answer.err
    assert ALL == runs(cli)


@pytest.mark.parametrize(("typed", "status", "left"), [("y\n", 0, ALL[1:]), ("\n", 2, ALL), ("n\n", 2, ALL), ("", 2, ALL)])
def test_a_person_is_asked(
    cli: Cli, story: JournalBuilder, monkeypatch: pytest.MonkeyPatch, typed: str, status: int, left: list[str]
) -> None:
    asked = Terminal()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdin", Terminal(typed))
        patch.setattr(sys, "stderr", asked)
        assert status == cli("forget", "k3f9a2").status
    assert "Forget 1 run with 6 executions (k3f9a2) for good?" in asked.getvalue()
    assert left == runs(cli)


def test_status_tells_what_is_kept(cli: Cli, folder: Path) -> None:
    builder, content = JournalBuilder(folder), b"1,2,3\n" * 10_000
    run = builder.run().execution("read()", reads=[read("/data/a.csv", content)])
    stored = Blobs(folder).keep(io.BytesIO(content), sha256(content)) or 0
    run.event(BytesKept(run.run, sha256(content), len(content), stored, run.now))
    builder.save()
    answer = cli("status", "--json").json
    assert (1, stored) == (answer["kept"], answer["kept_bytes"])
    assert "1 content of data files" in cli("status").out
    assert 0 == cli("forget", "last", "--yes").status
    assert (0, 0) == (cli("status", "--json").json["kept"], cli("status", "--json").json["kept_bytes"])
