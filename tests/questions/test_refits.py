"""A model fitted again: the same recipe on other data is told from another recipe, in the table, in `show`, `why` and `diff`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from labjournal import events as ev
from labjournal.journal.addresses import resolve
from labjournal.journal.rows import Address
from labjournal.questions import timeline
from labjournal.questions.difference.diff import diff
from labjournal.questions.origin.answers import ModelDifference
from labjournal.questions.origin.targets import find
from labjournal.questions.origin.why import why
from labjournal.questions.results.answers import ModelChange
from labjournal.questions.results.table import results
from tests.builders import JournalBuilder, RunBuilder, model, read, written

FIT = "model = Ridge(alpha).fit(X)"


def fitted(rows: int = 120, alpha: float = 0.1, columns: tuple[str, ...] = ("a", "b"), **more: Any) -> ev.ModelSeen:
    shape = {"name": "X", "kind": "frame", "shape": [rows, len(columns)], "columns": list(columns)}
    return model(parameters={"alpha": alpha}, fitted_on=(shape,), features=columns, **more)


def loaded(run: RunBuilder, content: bytes = b"1") -> None:
    run.execution("X = read_csv('a.csv')", bound=["X"], reads=[read("/home/ada/a.csv", content)])


def fit(run: RunBuilder, seen: ev.ModelSeen, **more: Any) -> None:
    run.execution(FIT, bound=["model"], used=["X"], seen=[seen], **more)


def changes(builder: JournalBuilder) -> list[ModelChange | None]:
    """Of every model in the table, oldest first."""
    with builder.open() as journal:
        rows = results(journal)["results"]
        table = [part["change"] for row in rows[::-1] for part in row["models"]]
        for run in {row["run"] for row in rows}:
            shown = timeline.show(journal, Address(run))
            told = [part["change"] for each in shown["executions"] for part in each["models"]]
            assert told == [part["change"] for row in rows[::-1] for part in row["models"] if row["run"] == run]
    return table


def test_the_same_recipe_on_other_data_is_retrained(builder: JournalBuilder) -> None:
    run = builder.run()
    loaded(run)
    fit(run, fitted())
    loaded(run, b"2")
    fit(run, fitted())
    fit(run, fitted(rows=150))
    first, content, rows = changes(builder)
    assert first is None
    assert {"than": f"{run.run}/2", "how": "retrained", "what": ["a.csv has another content"]} == content
    assert {"than": f"{run.run}/4", "how": "retrained", "what": ["120 → 150 rows"]} == rows


def test_another_setting_class_or_column_is_redesigned(builder: JournalBuilder) -> None:
    run = builder.run()
    loaded(run)
    for seen in (
        fitted(),
        fitted(alpha=0.3),
        fitted(alpha=0.3, columns=("a", "c")),
        fitted(alpha=0.3, columns=("a", "c"), kind="x.Lasso"),
    ):
        fit(run, seen)
    _, *others = changes(builder)
    assert ["redesigned"] * 3 == [change["how"] for change in others if change]
    assert [["alpha 0.1 → 0.3"], ["+ c, - b"], ["Ridge → Lasso"]] == [change["what"] for change in others if change]


def test_a_fit_in_which_nothing_differs_is_only_refitted(builder: JournalBuilder) -> None:
    run = builder.run()
    loaded(run)
    fit(run, fitted())
    fit(run, fitted())
    assert {"than": f"{run.run}/2", "how": "refitted", "what": []} == changes(builder)[1]


def test_how_data_were_split_is_part_of_the_data(builder: JournalBuilder) -> None:
    run = builder.run()
    for seed in (1, 2):
        split = ev.ParameterSet("", 0, "random_state", seed, "int", "literal", "train_test_split")
        run.execution("X, T = train_test_split(D)", bound=["X", "T"], seen=[split])
        fit(run, fitted())
    assert {"than": f"{run.run}/2", "how": "retrained", "what": ["random_state 1 → 2"]} == changes(builder)[1]


def test_after_a_restart_the_run_before_is_what_counts_and_a_replay_is_not(builder: JournalBuilder) -> None:
    first = builder.run()
    loaded(first)
    fit(first, fitted())
    replay = builder.run(replay_of=first.run)
    loaded(replay)
    fit(replay, fitted(alpha=9.0))
    last = builder.run()
    loaded(last)
    fit(last, fitted(alpha=0.2))
    with builder.open() as journal:
        (row,) = results(journal, run=last.run)["results"]
    assert {"than": f"{first.run}/2", "how": "redesigned", "what": ["alpha 0.1 → 0.2"]} == row["models"][0]["change"]


def test_why_tells_of_the_model_that_a_file_holds(builder: JournalBuilder, tmp_path: Path) -> None:
    run = builder.run()
    loaded(run)
    fit(run, fitted())
    path = "/home/ada/m.joblib"
    fit(run, fitted(alpha=0.5, path=path, bytes=700), writes=[written(path, b"model")])
    (tmp_path / "moved").write_bytes(b"model")
    with builder.open() as journal:
        (told,) = why(journal, find(journal, "moved", folder=tmp_path))["models"]
    assert (path, 700, "redesigned") == (told["path"], told["bytes"], told["change"] and told["change"]["how"])


def test_diff_tells_what_became_of_each_model_and_says_it(builder: JournalBuilder) -> None:
    a, b = builder.run(), builder.run()
    for run, alpha, content in ((a, 0.1, b"1"), (b, 0.2, b"1")):
        loaded(run, content)
        fit(run, fitted(alpha=alpha))
        run.execution("other = Lasso().fit(X)", bound=["other"], used=["X"], seen=[model("other" if run is a else "third")])
    with builder.open() as journal:
        answer = diff(journal, resolve(journal, a.run), resolve(journal, b.run))
    redesigned: ModelDifference = {
        "name": "model",
        "a": f"{a.run}/2",
        "b": f"{b.run}/2",
        "how": "redesigned",
        "what": ["alpha 0.1 → 0.2"],
    }
    assert redesigned == answer["models"][0]
    assert {"other": "gone", "third": "appeared"} == {each["name"]: each["how"] for each in answer["models"][1:]}
    assert "model was redesigned" in answer["summary"]
