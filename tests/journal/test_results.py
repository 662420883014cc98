"""Series, models, figures, what was used of the machine; and which of a metric's numbers counts in the table of results."""

from __future__ import annotations

import gzip
import math
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from labjournal import events as ev
from labjournal.journal import addresses, forgetting, places, writer
from labjournal.journal.integrity import verify
from labjournal.journal.reader import Journal
from labjournal.journal.rows import Address
from tests.builders import JournalBuilder, drawing, figure, metric, model, parameter, resources, result, series, written
from tests.journal.conftest import Rows
from tests.pace import quicker

NASTY = 'loss"; DROP TABLE metrics; --\n\x00\ud800' + "é" * 20
SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "journals"


@pytest.fixture
def fitted(builder: JournalBuilder) -> JournalBuilder:
    """A journal in which a model was fitted, drawn and saved."""
    run = builder.run()
    run.execution("alpha = 0.1", parameters={"alpha": 0.1})
    run.execution(
        "model = Ridge(alpha * 2).fit(X, y)",
        seen=[
            model(parameters={"alpha": 0.2}, fitted_on=({"name": "X", "kind": "pandas", "shape": [10, 2], "columns": ["a", "b"]},),
                  features=("a", "b"), fit_s=0.25, bytes=812),
            parameter("alpha", 0.2, source="estimator", where="model"),
            series("loss", [1.0, math.nan, 0.25], steps=(0, 10, 20), where="model.loss_"),
            metric("r2", 0.9, source="fitted", where="model.score_"),
            resources(cpu_s=0.3, memory_bytes=10**9, peak_bytes=2 * 10**9, gpu={"memory_bytes": 5}),
        ],
    )  # fmt: skip
    run.execution("plot()", outputs=[figure()], seen=[drawing(0, title="Secret plan", labels=("x", "y"), data=("X",))])
    run.execution("x = 1", outputs=[result("1")])
    return builder


def test_what_was_told_of_a_fitted_model_is_read_back(fitted: JournalBuilder) -> None:
    with fitted.open() as journal:
        (found,) = journal.models("r001")
        assert (found.n, found.name, found.parameters, found.features) == (2, "model", {"alpha": 0.2}, ["a", "b"])
        assert (found.fitted_on[0]["shape"], found.fit_s, found.bytes, found.signature) == ([10, 2], 0.25, 812, None)
        (curve,) = journal.series("r001", 2)
        assert (curve.steps, curve.points, curve.where) == ((0, 10, 20), 3, "model.loss_")
        assert curve.values[::2] == (1.0, 0.25)
        assert math.isnan(curve.values[1])
        assert [(each.name, each.value, each.source, each.where) for each in journal.metrics("r001")] == [
            ("r2", 0.9, "fitted", "model.score_")
        ]
        (drawn,) = journal.figures("r001")
        assert (drawn.title, drawn.labels, drawn.data) == ("Secret plan", ["x", "y"], ["X"])
        (used,) = journal.resources("r001")
        assert (used.cpu_s, used.peak_bytes, used.gpu) == (0.3, 2 * 10**9, {"memory_bytes": 5})
    assert verify(fitted.folder) == []


def test_what_is_learnt_later_of_a_model_is_filled_in(builder: JournalBuilder) -> None:
    run = builder.run()
    run.execution("fit()", seen=[model(fit_s=0.5), model(path="/home/ada/m.joblib"), model(), model("other", kind="X")])
    with builder.open() as journal:
        assert [(each.name, each.fit_s, each.path) for each in journal.models("r001")] == [
            ("model", 0.5, "/home/ada/m.joblib"),
            ("other", None, ""),
        ]


@pytest.mark.parametrize("order", [1, -1], ids=["saved first", "shown first"])
def test_a_figure_that_is_saved_and_shown_is_one(builder: JournalBuilder, rows: Rows, order: int) -> None:
    """The file is known before the screen is read, or after it."""
    told = [drawing(-1, path="/a.png"), drawing(-1, path="/b.png"), drawing(0, path="/a.png", title="A")]
    builder.run().execution("plot()", outputs=[figure()], seen=told[::order])
    with builder.open() as journal:
        assert [(-1, "/b.png", ""), (0, "/a.png", "A")] == [
            (each.position, each.path, each.title) for each in journal.figures("r001")
        ]
        assert [(2,)] == rows("SELECT figures FROM results")
    assert verify(builder.folder) == []


def test_a_result_is_an_execution_with_a_metric_a_model_a_figure_or_a_file(fitted: JournalBuilder, rows: Rows) -> None:
    run = fitted.runs[0]
    run.execution("save()", writes=[written("/home/ada/a.csv", b"1"), written("/tmp/b", b"2", confidence="unattributed")])
    run.execution("other()", writes=[written("/tmp/c", b"2", confidence="unattributed")])
    run.execution("print('rate 0.5')", seen=[metric("rate", 0.5, source="printed", confidence=0.4)])
    with fitted.open() as journal:
        assert rows("SELECT n, metrics, doubtful, models, figures, files FROM results ORDER BY n") == [
            (2, 1, 0, 1, 0, 0),
            (3, 0, 0, 0, 1, 0),
            (5, 0, 0, 0, 0, 1),
            (7, 0, 1, 0, 0, 0),
        ]
        assert addresses.resolve(journal, "last/result") == Address("r001", 5)


@pytest.mark.parametrize(
    ("logged", "counts"),
    [
        ([metric("a", 1.0, source="printed"), metric("a", 2.0, source="returned"), metric("a", 3.0, source="bound")], 2.0),
        ([metric("a", 1.0), metric("a", 2.0, source="returned")], 1.0),
        ([metric("a", 1.0, source="returned", confidence=0.5), metric("a", 2.0, source="printed", confidence=0.8)], 2.0),
        ([metric("a", 3.0, step=0), metric("a", 2.0, step=1), metric("a", 1.0, step=2)], 1.0),
        ([metric("a", math.inf)], math.inf),
        ([metric("a", math.nan)], None),
        ([metric("a", 0.1, source="returned", where="f(x)"), metric("a", 0.2, source="returned", where="f(y)")], 0.2),
    ],
)
def test_of_one_name_the_number_that_is_surest_and_latest_counts(
    logged: list[ev.MetricLogged], counts: float | None, builder: JournalBuilder, rows: Rows
) -> None:
    builder.run().execution("x", seen=logged)
    builder.save()

    assert rows("SELECT value, numbers FROM result_metrics") == [(counts, len(logged))]
    assert verify(builder.folder) == []


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_parameters_of_one_name_none_is_lost_whichever_comes_first(builder: JournalBuilder, turned: bool) -> None:
    seen = [parameter("alpha", 1, source="literal"), parameter("alpha", 2, source="estimator", where="model")]
    builder.run().execution("x", seen=seen[::-1] if turned else seen)
    with builder.open() as journal:
        assert [("alpha", 1), ("model.alpha", 2)] == [(each.name, each.value) for each in journal.parameters("r001", 1)]


def test_two_parameters_of_one_name_are_kept_apart(builder: JournalBuilder) -> None:
    run = builder.run()
    run.execution("x", seen=[parameter("alpha", 1, source="literal"), parameter("alpha", 2, source="estimator", where="model")])
    run.execution("x", seen=[parameter("alpha", 2, source="estimator", where="a"), parameter("alpha", 3, source="estimator", where="b")])  # fmt: skip
    with builder.open() as journal:
        assert [(each.n, each.name, each.value, each.where) for each in journal.parameters("r001")] == [
            (1, "alpha", 1, ""),
            (1, "model.alpha", 2, "model"),
            (2, "alpha", 2, "a"),
            (2, "b.alpha", 3, "b"),
        ]


def test_taking_it_in_twice_changes_nothing(fitted: JournalBuilder, rows: Rows) -> None:
    fitted.save()
    tables = ("series", "models", "figures", "resources", "results", "result_metrics", "metrics", "parameters")
    before = [rows(f"SELECT * FROM {table}") for table in tables] + [rows("SELECT seal FROM executions")]
    with closing(sqlite3.connect(fitted.folder / places.DATABASE)) as connection, connection:
        connection.execute("UPDATE spools SET position = 0")
    writer.ingest(fitted.folder, wait_s=5)

    assert before == [rows(f"SELECT * FROM {table}") for table in tables] + [rows("SELECT seal FROM executions")]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE series SET numbers = '[1,1,0.1]'",
        "UPDATE models SET parameters = '{}'",
        "UPDATE figures SET title = 'Another plan'",
        "UPDATE resources SET cpu_s = 0",
        "UPDATE metrics SET place = ''",
        "UPDATE parameters SET place = ''",
        "UPDATE result_metrics SET value = 0.99",
        "DELETE FROM results WHERE n = 3",
    ],
)
def test_a_later_change_shows(change: str, fitted: JournalBuilder) -> None:
    fitted.save()
    with closing(sqlite3.connect(fitted.folder / places.DATABASE)) as connection, connection:
        assert connection.execute(change).rowcount > 0

    assert len(verify(fitted.folder)) == 1


def test_names_of_series_classes_of_models_and_titles_are_found(fitted: JournalBuilder) -> None:
    with fitted.open() as journal:
        found = {text: [(hit.kind, hit.n) for hit in journal.search(text)] for text in ("loss", "Secret plan", "linear_model")}
    assert found == {"loss": [("metric", 2)], "Secret plan": [("figure", 3)], "linear_model": [("model", 2)]}


def test_what_was_forgotten_is_nowhere(fitted: JournalBuilder) -> None:
    with fitted.open() as journal:
        chosen = forgetting.choose(journal, [Address("r001", 2), Address("r001", 3)])
    forgetting.forget(fitted.folder, chosen)

    left = b"".join(path.read_bytes() for path in fitted.folder.rglob("*") if path.is_file())
    assert b"Secret plan" not in left
    assert b"_ridge" not in left
    assert b"model.loss_" not in left
    assert verify(fitted.folder) == []


@pytest.mark.parametrize("version", [1, 2])
def test_what_was_forgotten_is_gone_from_older_copies_too(version: int, folder: Path) -> None:
    places.prepare(folder)
    sample = SAMPLES / f"schema-{version}.sqlite.gz"
    (folder / places.DATABASE).write_bytes(gzip.decompress(sample.read_bytes()))
    with Journal.open(folder) as journal:
        chosen = forgetting.choose(journal, [Address(run.run) for run in journal.runs()])
    forgetting.forget(folder, chosen)

    copy = folder / f"journal.sqlite.before-{version + 1}"
    assert copy.exists()
    assert b"out.csv" not in copy.read_bytes()


@pytest.mark.parametrize("version", [1, 2])
def test_an_older_journal_knows_its_results(version: int, folder: Path, rows: Rows) -> None:
    places.prepare(folder)
    (folder / places.DATABASE).write_bytes(gzip.decompress((SAMPLES / f"schema-{version}.sqlite.gz").read_bytes()))
    with Journal.open(folder) as journal:
        first = journal.runs()[-1].run
        latest = journal.result(first)

    assert latest is not None
    assert latest.n == 3
    assert [name for (name,) in rows("SELECT DISTINCT name FROM result_metrics")] == sorted(
        {name for (name,) in rows("SELECT name FROM metrics")}
    )


def test_hostile_names_are_kept_as_far_as_utf_8_can(builder: JournalBuilder) -> None:
    long = "m" * 10_000
    builder.run().execution("x", seen=[metric(NASTY, 1.0), metric(long, 2.0), series(NASTY, [1.0]), model(NASTY, kind=NASTY),
                                       drawing(title=NASTY), parameter(NASTY, NASTY)])  # fmt: skip
    with builder.open() as journal:
        assert [each.name for each in journal.metrics("r001")] == [NASTY.replace("\ud800", "?"), long]
        assert [each.kind for each in journal.models("r001")] == [NASTY.replace("\ud800", "?")]
    assert verify(builder.folder) == []


@pytest.mark.parametrize(
    "nonsense",
    [
        ev.SeriesSeen("r001", 1, "a", ("one", "two")),  # type: ignore[arg-type]
        ev.ModelSeen("r001", 1, "a", None),  # type: ignore[arg-type]
        ev.ResourcesUsed("r001", 1, cpu_s="much"),  # type: ignore[arg-type]
        ev.MetricLogged("r001", 1, "a", 10**400),
    ],
)
def test_an_event_that_makes_no_sense_costs_nothing_else(nonsense: Any, builder: JournalBuilder) -> None:
    run = builder.run().execution("x", metrics={"good": 1})
    run.event(nonsense)
    with builder.open() as journal:
        assert [each.name for each in journal.metrics("r001")] == ["good"]


def test_many_metrics_of_one_execution_are_taken_in_quickly(builder: JournalBuilder, rows: Rows) -> None:
    run = builder.run().execution("train()")
    run.event(*(ev.MetricLogged("", 1, "loss", 1 / (step + 1), step=step, at=run.now) for step in range(20_000)))
    begin = time.process_time()
    builder.save()

    quicker(time.process_time() - begin, 10)
    assert rows("SELECT value, step, numbers FROM result_metrics") == [(1 / 20_000, 19_999, 20_000)]
