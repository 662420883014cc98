"""`labjournal results`: the table in a terminal, as CSV, as JSON, and what it says where it cannot answer."""

from __future__ import annotations

import csv
import io
import math

import pytest

from tests.builders import JournalBuilder, figure, metric, model, parameter, series, written
from tests.cli.conftest import Cli

NASTY = "=cmd|' /C calc'!A0\x1b]0;pwned\x07\nline"


@pytest.fixture
def tries(builder_here: JournalBuilder) -> JournalBuilder:
    """Three tries of a model, one of them replayed."""
    run = builder_here.run()
    run.execution("seed = 42", bound=["seed"], parameters={"seed": 42})
    for alpha, accuracy in ((0.1, 0.81), (0.2, 0.93), (0.3, math.nan)):
        run.execution(f"alpha = {alpha}", bound=["alpha"], parameters={"alpha": alpha})
        run.execution("fit(alpha, seed)", used=["alpha", "seed"], metrics={"accuracy": accuracy, "val_loss": 0.5 - alpha},
                      outputs=[figure()], writes=[written("/home/ada/m.pkl", b"1")],
                      seen=[model(parameters={"alpha": alpha}), metric("rate", 0.5, unit="%", source="printed", confidence=0.4),
                            series("loss", [1.0, math.nan])])  # fmt: skip
    run.tag("star", "good", n=5)
    builder_here.run(replay_of="r001").execution("x", metrics={"accuracy": 0.93})
    builder_here.save()
    return builder_here


@pytest.fixture
def builder_here(folder: object) -> JournalBuilder:
    return JournalBuilder(folder)  # type: ignore[arg-type]


def test_the_table_shows_parameters_and_metrics_side_by_side(cli: Cli, tries: JournalBuilder) -> None:
    lines = cli("results", "--sort", "accuracy").out.splitlines()

    assert lines[0].split() == ["result", "time", "alpha", "seed", "accuracy", "val_loss", "made,", "tags"]
    assert [line.split()[0] for line in lines[1:5]] == ["r002/1", "r001/5", "r001/3", "r001/7"]
    assert "0.2" in lines[2]
    assert "0.93" in lines[2]
    assert "*, Ridge (redesigned), 1 figure, m.pkl, good" in lines[2]
    assert "replay of r001" in lines[1]
    assert "NaN" in lines[4]


def test_the_order_may_be_that_of_a_parameter(cli: Cli, tries: JournalBuilder) -> None:
    rows = cli("results", "--sort", "alpha", "--json").json

    assert ("parameters.alpha", rows["total"]) == (rows["sort"], rows["ordered"])
    shown = [row["parameters"].get("alpha") for row in rows["results"]]
    assert sorted(each for each in shown if each is not None) == shown[: -shown.count(None) or None]
    assert list(reversed([each for each in shown if each is not None])) == [
        row["parameters"]["alpha"]
        for row in cli("results", "--sort", "parameters.alpha", "--descending", "--json").json["results"]
        if "alpha" in row["parameters"]
    ]


def test_what_is_the_same_in_all_stands_below(cli: Cli, tries: JournalBuilder) -> None:
    out = cli("results", "--metric", "val_loss").out

    assert "the same in all: seed 42" in out
    assert "accuracy" not in out.splitlines()[0]


def test_what_is_not_sure_is_shown_when_all_is_asked_for(cli: Cli, tries: JournalBuilder) -> None:
    assert "rate" not in cli("results").out
    assert "0.5% ?" in cli("results", "--all").out
    assert "0.5% ?" in cli("results", "--metric", "rate").out
    assert cli("results", "--metric", "rate", "--all").status == 0


@pytest.mark.parametrize("columns", [20, 60, 80, 110])
def test_the_table_fits_into_the_terminal(
    columns: int, cli: Cli, builder_here: JournalBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    run = builder_here.run()
    for number in range(3):
        run.execution("x", metrics={f"metric_{each}": number / 7 for each in range(20)},
                      parameters={f"parameter_{each}": number for each in range(30)})  # fmt: skip
    builder_here.save()
    out = cli("results").out

    assert "columns more; --csv and --json tell all." in out
    assert max(len(line) for line in out.splitlines()) <= max(columns, 60)


def test_csv_has_a_column_for_everything(cli: Cli, tries: JournalBuilder) -> None:
    rows = list(csv.DictReader(io.StringIO(cli("results", "--csv", "--sort", "val_loss").out)))

    assert [row["address"] for row in rows] == ["r001/7", "r001/5", "r001/3", "r002/1"]
    assert [row["parameters.alpha"] for row in rows] == ["0.3", "0.2", "0.1", ""]
    assert [row["metrics.accuracy"] for row in rows] == ["NaN", "0.93", "0.81", "0.93"]
    assert rows[3]["replay_of"] == "r001"


def test_names_from_the_journal_act_neither_on_a_terminal_nor_in_a_spreadsheet(cli: Cli, builder_here: JournalBuilder) -> None:
    run = builder_here.run(notebook=f"/home/ada/{NASTY}.ipynb")
    run.execution(NASTY, metrics={NASTY: 1.0, "m" * 10_000: 2.0}, seen=[parameter(NASTY, NASTY), model(NASTY, kind=NASTY)])
    run.tag(NASTY, n=1)
    builder_here.save()
    for options in ((), ("--csv",), ("--json",), ("--metric", NASTY), ("--sort", NASTY, "--csv")):
        answer = cli("results", *options)
        assert answer.status == 0
        assert "\x1b" not in answer.out
    cells = [cell for row in csv.reader(io.StringIO(cli("results", "--csv").out)) for cell in row]
    assert not [cell for cell in cells if cell[:1] in ("=", "@")]


def test_json_is_json_whatever_the_numbers(cli: Cli, tries: JournalBuilder) -> None:
    answer = cli("results", "--json", "--all").json

    assert answer["total"] == 4
    assert {row["metrics"]["accuracy"] for row in answer["results"]} == {0.81, 0.93, "NaN"}
    assert answer["results"][1]["series"][0]["values"] == [1.0, "NaN"]


def test_it_says_what_it_cannot_do(cli: Cli, tries: JournalBuilder) -> None:
    for options in (
        ("--sort", "nope"),
        ("--metric", "nope"),
        ("--json", "--csv"),
        ("--ascending", "--descending"),
        ("--limit", "x"),
    ):
        answer = cli("results", *options)
        assert (answer.status, answer.out) == (2, "")
        assert len(answer.err.splitlines()) == 1


def test_where_nothing_was_recorded_there_is_no_result(cli: Cli) -> None:
    assert "Nothing has been recorded yet." in cli("results").out
    assert cli("results", "--json").json["results"] == []
    assert cli("results", "--csv").status == 0


def test_limits(cli: Cli, tries: JournalBuilder) -> None:
    out = cli("results", "--limit", "1").out
    assert "3 results more; `labjournal results --limit 0` shows all." in out
    assert "more" not in cli("results", "--limit", "0").out


def test_log_shows_runs_that_gave_a_metric(cli: Cli, tries: JournalBuilder) -> None:
    assert [run["run"] for run in cli("log", "--metric", "val_loss", "--json").json["runs"]] == ["r001"]
    head, *_ = cli("log", "--metric", "val_loss").out.splitlines()
    assert "val_loss" in head
    assert cli("log", "--metric", "nope").status == 2


def test_why_of_a_metric_finds_series_and_tells_others(cli: Cli, tries: JournalBuilder) -> None:
    assert cli("why", "r001:accuracy", "--json").json["produced_by"]["address"] == "r001/7"
    assert cli("why", "r001/3:loss", "--json").json["produced_by"]["address"] == "r001/3"
    assert "accuracy, val_loss" in cli("why", "r001/3:nope").err


def test_last_result(cli: Cli, tries: JournalBuilder) -> None:
    assert cli("show", "last/result", "--json").json["address"] == "r001/7"


def test_groups_stand_together_the_best_first(cli: Cli, builder_here: JournalBuilder) -> None:
    run = builder_here.run()
    for depth, accuracy in ((2, 0.7), (3, 0.9), (2, 0.8), (3, 0.6)):
        run.execution(f"depth = {depth}", metrics={"accuracy": accuracy}, parameters={"depth": depth}, bound=["depth"])
    run.execution("x", metrics={"accuracy": 0.1})
    builder_here.save()
    lines = [line for line in cli("results", "--sort", "accuracy", "--group", "depth").out.splitlines()[1:] if line]

    assert [line if line[0] != "r" else line.split()[0] for line in lines] == [
        "depth = 3", "r001/2", "r001/4", "depth = 2", "r001/3", "r001/1", "depth: none", "r001/5",
    ]  # fmt: skip
    assert "notebook" not in cli("results", "--group", "notebook").out.splitlines()[0]
    answer = cli("results", "--group", "nope")
    assert (answer.status, answer.out) == (2, "")
    assert "depth" in answer.err
