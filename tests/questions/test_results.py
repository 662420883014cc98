"""The table of results: which executions stand in it, in which order, with which parameters, metrics and inputs."""

from __future__ import annotations

import json
import math
import time
from typing import Any

import pytest

from labjournal import events as ev
from labjournal.errors import LabjournalError
from labjournal.journal import places
from labjournal.questions.results.answers import ResultPart, ResultsAnswer
from labjournal.questions.results.table import results
from tests.builders import JournalBuilder, RunBuilder, drawing, figure, metric, model, parameter, read, series, written
from tests.pace import quicker

NASTY = "a'; DROP TABLE runs; --\"\n\x1b]0;pwned\x07"


def asked(builder: JournalBuilder, **more: Any) -> ResultsAnswer:
    with builder.open() as journal:
        answer = results(journal, **more)
    json.dumps(answer, allow_nan=False)
    return answer


def addresses(answer: ResultsAnswer) -> list[str]:
    return [each["address"] for each in answer["results"]]


def only(builder: JournalBuilder, **more: Any) -> ResultPart:
    (found,) = asked(builder, **more)["results"]
    return found


@pytest.fixture
def tries(builder: JournalBuilder) -> JournalBuilder:
    """Three tries in one kernel: `alpha` is set anew, the same cell is executed again."""
    run = builder.run()
    run.execution("seed = 42", bound=["seed"], parameters={"seed": 42})
    run.execution("X = read_csv('a.csv', depth)\ndepth = 3", bound=["X", "depth"], parameters={"depth": 3},
                  reads=[read("/home/ada/a.csv", b"1"), read("/usr/share/zone", b"2", package="tzdata 1")])  # fmt: skip
    for alpha, accuracy, loss in ((0.1, 0.8, 0.5), (0.2, 0.9, 0.4), (0.3, 0.85, 0.3)):
        run.execution(f"alpha = {alpha}\nunrelated = 7", bound=["alpha", "unrelated"],
                      parameters={"alpha": alpha, "unrelated": 7})  # fmt: skip
        run.execution(
            "model = Ridge(alpha).fit(X)", bound=["model"], used=["alpha", "X"], seen=[model(parameters={"alpha": alpha})]
        )
        run.execution("score(model)", used=["model"], metrics={"accuracy": accuracy, "val_loss": loss})
    return builder


def test_a_result_has_the_parameters_it_depends_on_and_no_others(tries: JournalBuilder) -> None:
    answer = asked(tries, metric="accuracy")

    assert [each["parameters"] for each in answer["results"]] == [{"depth": 3, "alpha": alpha} for alpha in (0.3, 0.2, 0.1)]
    assert [each["metrics"]["accuracy"] for each in answer["results"]] == [0.85, 0.9, 0.8]
    assert [[file["path"] for file in each["inputs"]] for each in answer["results"]] == [["/home/ada/a.csv"]] * 3
    assert answer["total"] == 3


def test_a_model_made_before_a_parameter_was_changed_keeps_its_own(builder: JournalBuilder) -> None:
    run = builder.run()
    run.execution("alpha = 0.1", bound=["alpha"], parameters={"alpha": 0.1})
    run.execution("model = fit(alpha)", bound=["model"], used=["alpha"])
    run.execution("alpha = 0.2", bound=["alpha"], parameters={"alpha": 0.2})
    run.execution("score(model)", used=["model"], metrics={"accuracy": 0.9})

    assert only(builder)["parameters"] == {"alpha": 0.1}


def test_what_a_function_reads_is_what_stands_there_when_it_is_called(builder: JournalBuilder) -> None:
    run = builder.run()
    run.execution("alpha = 0.1", bound=["alpha"], parameters={"alpha": 0.1})
    run.execution("def inner():\n    return fit(alpha)\ndef train():\n    return inner()", bound=["inner", "train"], used=["alpha", "inner"])  # fmt: skip
    run.execution("alpha = 0.2", bound=["alpha"], parameters={"alpha": 0.2})
    run.execution("score(train())", used=["train"], metrics={"accuracy": 0.9})

    assert only(builder)["parameters"] == {"alpha": 0.2}


def test_what_a_person_called_a_parameter_holds_for_all_that_follows(builder: JournalBuilder) -> None:
    run = builder.run()
    run.execution("first()", metrics={"accuracy": 0.1})
    for value in (0.1, 0.2):
        run.execution("labjournal.parameter('rate', …)", seen=[parameter("rate", value, source="explicit")])
    run.execution("fit()", metrics={"accuracy": 0.9})

    assert [each["parameters"] for each in asked(builder)["results"]] == [{"rate": 0.2}, {}]


def test_what_was_changed_in_place_counts(builder: JournalBuilder) -> None:
    run = builder.run()
    run.execution("model = Net()", bound=["model"])
    run.execution("epochs = 3\nmodel.fit(epochs)", bound=["epochs"], mutated=["model"], parameters={"epochs": 3})
    run.execution("score(model)", used=["model"], metrics={"accuracy": 0.9})

    assert only(builder)["parameters"] == {"epochs": 3}


def test_parameters_of_a_model_are_told_apart_from_names_where_they_differ(builder: JournalBuilder) -> None:
    run = builder.run()
    run.execution("alpha = 0.1\nC = 2", bound=["alpha", "C"], parameters={"alpha": 0.1, "C": 2})
    run.execution("m = Ridge(alpha * 2, C=C, tol=1)", bound=["m"], used=["alpha", "C"], metrics={"r2": 0.5}, seen=[
        parameter(name, value, source="estimator", where="m") for name, value in (("alpha", 0.2), ("C", 2), ("tol", 1))
    ])  # fmt: skip

    assert only(builder)["parameters"] == {"alpha": 0.1, "C": 2, "tol": 1, "m.alpha": 0.2}


def test_where_something_is_gathered_is_no_parameter(builder: JournalBuilder) -> None:
    builder.run().execution(
        "losses = []\nn = 0", bound=["losses", "n"], parameters={"losses": [], "n": 0, "none": None}, metrics={"loss": 1.0}
    )

    assert only(builder)["parameters"] == {"n": 0}


def test_a_result_is_a_metric_a_model_a_figure_or_a_file(builder: JournalBuilder) -> None:
    run = builder.run()
    run.execution("1")
    run.execution("fit", seen=[model(kind="a.B")])
    run.execution("plot", outputs=[figure()], seen=[drawing(0, title="Loss")])
    run.execution("save", writes=[written("/home/ada/x.csv", b"1")])
    run.execution("print('rate: 0.5')", seen=[metric("rate", 0.5, source="printed", confidence=0.5)])
    answer = asked(builder)

    assert addresses(answer) == ["r001/4", "r001/3", "r001/2"]
    assert [file["path"] for file in answer["results"][0]["files"]] == ["/home/ada/x.csv"]
    assert (answer["results"][1]["thumbnail"], answer["results"][1]["figures"][0]["title"]) == (True, "Loss")
    assert answer["results"][2]["models"][0]["kind"] == "a.B"
    everything = asked(builder, doubtful=True)
    assert (everything["total"], everything["results"][0]["metrics"]) == (4, {"rate": 0.5})


@pytest.mark.parametrize(
    ("sort", "ascending", "order"),
    [
        ("accuracy", None, [0.9, 0.85, 0.8]),
        ("accuracy", True, [0.8, 0.85, 0.9]),
        ("val_loss", None, [0.85, 0.9, 0.8]),
        ("val_loss", False, [0.8, 0.9, 0.85]),
        (None, None, [0.85, 0.9, 0.8]),
        (None, True, [0.8, 0.9, 0.85]),
    ],
)
def test_the_best_comes_first_unless_somebody_says_otherwise(
    sort: str | None, ascending: bool | None, order: list[float], tries: JournalBuilder
) -> None:
    answer = asked(tries, sort=sort, ascending=ascending, metric="accuracy")
    assert [each["metrics"]["accuracy"] for each in answer["results"]] == order
    assert answer["sort"] == (sort or "started")


def test_results_without_the_metric_and_with_nan_come_last_whichever_way(builder: JournalBuilder) -> None:
    run = builder.run()
    for value in (math.nan, 0.5, math.inf, -math.inf):
        run.execution("x", metrics={"loss": value})
    run.execution("y", metrics={"other": 1.0})
    up, down = asked(builder, sort="loss"), asked(builder, sort="loss", ascending=False)

    assert addresses(up) == ["r001/4", "r001/2", "r001/3", "r001/1", "r001/5"]
    assert addresses(down) == ["r001/3", "r001/2", "r001/4", "r001/1", "r001/5"]
    assert [each["metrics"].get("loss") for each in up["results"]] == ["-Infinity", 0.5, "Infinity", "NaN", None]


def test_pages_follow_each_other_without_gap_or_repetition(builder: JournalBuilder) -> None:
    run = builder.run()
    for number in range(10):
        run.execution("x", metrics={"loss": math.nan if number == 3 else number / 10} if number % 2 else {"other": number})
    for sort in (None, "loss"):
        whole = addresses(asked(builder, sort=sort))
        pages = [addresses(asked(builder, sort=sort, limit=3, offset=offset)) for offset in (0, 3, 6, 9, 12)]
        assert [address for page in pages for address in page] == whole
        assert len(whole) == 10


def test_filters(tries: JournalBuilder) -> None:
    other = tries.run(notebook="/home/ada/deep/other.ipynb")
    other.execution("x", metrics={"f1": 0.5}).tag("good", n=1)
    tries.runs[0].tag("mine")

    assert addresses(asked(tries, metric="f1")) == ["r002/1"]
    assert addresses(asked(tries, tag="good")) == ["r002/1"]
    assert asked(tries, tag="mine")["total"] == 6
    assert addresses(asked(tries, notebook="other.ipynb")) == ["r002/1"]
    assert addresses(asked(tries, notebook="deep/other.ipynb", metric="f1", sort="f1")) == ["r002/1"]
    assert asked(tries, run="r001", metric="accuracy")["total"] == 3
    assert asked(tries, until="2026-01-01T00:00:00.000000+00:00")["total"] == 0
    assert asked(tries, notebook="nowhere.ipynb", metric="f1")["total"] == 0


def test_a_metric_that_nobody_gave_is_an_error_with_those_there_are(tries: JournalBuilder) -> None:
    with pytest.raises(LabjournalError, match=r"No result has a metric 'nope'.*accuracy.*val_loss"):
        asked(tries, metric="nope")


def test_a_number_that_is_asked_for_by_its_name_is_told_however_unsure_it_is(tries: JournalBuilder) -> None:
    run = tries.runs[0]
    run.execution("print('rate:', 1 / 2)", seen=[metric("rate", 0.5, confidence=0.1)])
    run.execution("print('rate:', 3 / 4, accuracy)", seen=[metric("rate", 0.75, confidence=0.1)], metrics={"accuracy": 0.7})

    (better, worse) = asked(tries, metric="rate", sort="rate")["results"]
    assert (better["metrics"], worse["metrics"]) == ({"accuracy": 0.7, "rate": 0.75}, {"rate": 0.5})
    assert addresses(asked(tries, sort="rate"))[:2] == [better["address"], worse["address"]]
    unasked = asked(tries)["results"]
    assert worse["address"] not in [each["address"] for each in unasked]
    assert unasked[0]["metrics"] == {"accuracy": 0.7}


def test_upper_and_lower_case_of_a_name_do_not_matter(tries: JournalBuilder) -> None:
    assert addresses(asked(tries, metric="Accuracy")) == addresses(asked(tries, metric="accuracy"))
    assert addresses(asked(tries, sort="VAL_LOSS")) == addresses(asked(tries, sort="val_loss"))


def test_the_name_that_was_printed_is_a_name_of_the_number_too_but_no_column_of_its_own(builder: JournalBuilder) -> None:
    """`acc = accuracy_score(…); print(f"accuracy: {acc:.2f}, rate: {r}")`"""
    printed = [("accuracy", 0.93), ("rate", 0.5), ("f1", 0.1)]
    seen = [metric("acc", 0.9312, source="returned", confidence=0.95)]
    seen += [metric(name, value, source="printed", confidence=0.5) for name, value in printed]
    builder.run().execution("print(acc, r)", seen=seen)

    answer = asked(builder)
    assert answer["results"][0]["metrics"] == {"acc": 0.9312, "accuracy": 0.93}
    assert [column["name"] for column in answer["metric_columns"]] == ["acc"]
    assert only(builder, metric="accuracy")["address"] == "r001/1"


def test_columns_say_what_is_best_and_what_varies(tries: JournalBuilder) -> None:
    answer = asked(tries, metric="accuracy")

    assert [(column["name"], column["best"], column["best_address"]) for column in answer["metric_columns"]] == [
        ("accuracy", "highest", "r001/8"),
        ("val_loss", "lowest", "r001/11"),
    ]
    assert [(column["name"], column["varies"]) for column in answer["parameter_columns"]] == [
        ("alpha", True),
        ("depth", False),
    ]


def test_replays_names_stars_and_tags_stand_in_the_row(builder: JournalBuilder) -> None:
    run = builder.run()
    run.execution("x", metrics={"a": 1.0}).tag("star", "nice", n=1).tag("all").name("champion", n=1)
    builder.run(replay_of="r001").execution("x", metrics={"a": 2.0})
    again, first = asked(builder)["results"]

    assert (first["star"], first["tags"], first["name"], first["replay_of"]) == (True, ["nice", "star", "all"], "champion", None)
    assert (again["star"], again["replay_of"]) == (False, "r001")


def test_curves_come_from_series_and_from_what_was_logged_step_by_step(builder: JournalBuilder) -> None:
    run = builder.run()
    run.execution("fit()", seen=[series("loss", [1.0, math.nan, 0.2]), series("long", range(10_001)), series("unsure", [1.0], confidence=0.1)])  # fmt: skip
    run.event(*(ev.MetricLogged("", 1, "acc", step / 1000, step=step, at=run.now) for step in range(1001)))
    row = only(builder)
    curves = {curve["name"]: curve for curve in row["series"]}

    assert curves["loss"]["values"] == [1.0, "NaN", 0.2]
    assert set(curves) == {"loss", "long", "acc"}
    assert (curves["long"]["points"], curves["long"]["values"][-1], curves["long"]["steps"][-1]) == (10_001, 10_000, 10_000)
    assert len(curves["long"]["values"]) <= 62
    assert (curves["acc"]["points"], curves["acc"]["values"][-1]) == (1001, 1.0)
    assert len(curves["acc"]["values"]) <= 62
    assert row["metrics"] == {"acc": 1.0}


def test_names_are_only_names(builder: JournalBuilder) -> None:
    run: RunBuilder = builder.run()
    run.execution("x", bound=[NASTY], metrics={NASTY: 1.0}, parameters={NASTY: NASTY}, seen=[model(NASTY, kind=NASTY)])
    run.tag(NASTY, n=1)
    found = only(builder, metric=NASTY, sort=NASTY, tag=NASTY)

    assert (found["metrics"], found["parameters"], found["tags"]) == ({NASTY: 1.0}, {NASTY: NASTY}, [NASTY])


def test_a_million_numbers_in_one_execution_are_one_row(builder: JournalBuilder) -> None:
    """Written straight into the tables: taking a million events in is another test's matter."""
    builder.run().execution("train()", metrics={f"m{number}": number for number in range(1500)})
    builder.save()
    import sqlite3

    connection = sqlite3.connect(builder.folder / places.DATABASE)
    with connection:
        connection.execute(
            """WITH RECURSIVE steps(step) AS (SELECT 0 UNION ALL SELECT step + 1 FROM steps WHERE step < 999999)
            INSERT INTO metrics (run, n, name, step, value) SELECT 'r001', 1, 'loss', step, 1.0 / (step + 1) FROM steps"""
        )
        connection.execute(
            "INSERT INTO result_metrics VALUES ('r001', 1, 'loss', 0.000001, 999999, 'explicit', 1, '', 1000000, 1500)"
        )
        connection.execute("UPDATE results SET metrics = 1501")
    connection.close()
    begin = time.process_time()
    row = only(builder, sort="loss")

    quicker(time.process_time() - begin, 2)
    assert (row["metrics_count"], len(row["metrics"]), row["metrics"]["loss"]) == (1501, 1001, 0.000001)
    assert [len(curve["values"]) <= 62 for curve in row["series"]] == [True]


def test_what_libraries_warned_of_stands_beside_the_result_once(builder: JournalBuilder) -> None:
    """What was told again as there came more of it counts once."""
    run = builder.run()
    run.execution("m.fit(X, y)\nacc = 0.5", seen=[metric("acc", 0.5)])
    for detail in ("UserWarning: beware", "ConvergenceWarning: stopped", "UserWarning: beware (3 times)"):
        run.problem("library-warning", detail, n=1)
    run.problem("not-seen", "something", n=1)
    assert ["UserWarning: beware (3 times)", "ConvergenceWarning: stopped"] == only(builder)["warnings"]


# by a parameter


@pytest.fixture
def settings(builder: JournalBuilder) -> JournalBuilder:
    """Results behind which numbers, texts, other things or nothing stand; one that was fitted before `alpha` was set anew."""
    run = builder.run("one")
    for value in (3, 0.5, "auto", [2, 1], True, float("-inf")):
        run.execution("alpha = ...", bound=["alpha"], parameters={"alpha": value})
        run.execution("score(alpha)", used=["alpha"], metrics={"accuracy": 0.5})
    run.execution("print(1)", metrics={"accuracy": 0.5})
    run = builder.run("two")
    run.execution("alpha = 7", bound=["alpha"], parameters={"alpha": 7})
    run.execution("model = fit(alpha)", bound=["model"], used=["alpha"])
    run.execution("alpha = 1000", bound=["alpha"], parameters={"alpha": 1000})
    run.execution("score(model)", used=["model"], metrics={"accuracy": 0.9})
    return builder


def test_results_stand_in_the_order_of_a_parameter_as_they_show_it_numbers_then_texts_then_those_without(
    settings: JournalBuilder,
) -> None:
    answer = asked(settings, sort="alpha")

    shown = [each["parameters"].get("alpha") for each in answer["results"]]
    assert ["-Infinity", 0.5, True, 3, 7, "auto", [2, 1], None] == shown
    assert ("parameters.alpha", True, 8, 8) == (answer["sort"], answer["ascending"], answer["total"], answer["ordered"])
    downwards = asked(settings, sort="parameters.alpha", ascending=False)
    assert [7, 3, True, 0.5, "-Infinity", "auto", [2, 1], None] == [
        each["parameters"].get("alpha") for each in downwards["results"]
    ]


def test_what_belongs_to_a_model_is_sorted_under_the_name_it_is_shown_with(builder: JournalBuilder) -> None:
    for alpha in (0.3, 0.1, 0.2):
        own = parameter("alpha", alpha, source="fitted", where="model")
        builder.run().execution(
            "alpha = 9\nmodel = fit()", bound=["alpha", "model"], seen=[parameter("alpha", 9), own], metrics={"r2": 0.5}
        )

    answer = asked(builder, sort="parameters.model.alpha")

    assert [0.1, 0.2, 0.3] == [each["parameters"]["model.alpha"] for each in answer["results"]]


def test_pages_in_the_order_of_a_parameter_follow_each_other_beyond_what_is_put_in_order(
    settings: JournalBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = addresses(asked(settings, sort="alpha"))
    assert whole == [one for offset in range(0, 9, 3) for one in addresses(asked(settings, sort="alpha", limit=3, offset=offset))]

    monkeypatch.setattr("labjournal.questions.results.ordering.MOST", 5)
    monkeypatch.setattr("labjournal.questions.results.table.MOST", 5)
    bounded = asked(settings, sort="alpha")
    paged = [one for offset in range(0, 10, 2) for one in addresses(asked(settings, sort="alpha", limit=2, offset=offset))]

    assert (5, 8) == (bounded["ordered"], bounded["total"])
    assert addresses(bounded) == paged
    assert sorted(whole) == sorted(paged)
    assert ["-Infinity", True, 7, [2, 1], None] == [each["parameters"].get("alpha") for each in bounded["results"][:5]]
    assert ["auto", 0.5, 3] == [each["parameters"].get("alpha") for each in bounded["results"][5:]]


def test_a_metric_of_the_same_name_comes_before_a_parameter_and_what_is_neither_is_said(settings: JournalBuilder) -> None:
    settings.run("three").execution("alpha = 2", bound=["alpha"], parameters={"alpha": 2}, metrics={"alpha": 2.0})

    assert ["alpha", "parameters.alpha"] == [asked(settings, sort=name)["sort"] for name in ("alpha", "parameters.alpha")]
    for name in ("alhpa", "parameters.alhpa", NASTY):
        with pytest.raises(LabjournalError, match="No result has a metric or a parameter"):
            asked(settings, sort=name)
