"""What is sent of a result, without MLflow: names it takes, numbers it takes, nothing that looks like a secret."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import pytest

from labjournal import events as ev
from labjournal.questions.results.table import results
from labjournal.records.tracked import Tracked, experiment_of, tracked
from tests.builders import JournalBuilder, metric, parameter, series

MLFLOW_NAME = re.compile(r"[\w\-. :/]{1,250}")


def sent(builder: JournalBuilder, *seen: ev.Event, **facts: str) -> Tracked:
    """What is sent of one execution that came to all this."""
    builder.run(**facts).execution("fit()", seen=seen)  # type: ignore[arg-type]
    with builder.open() as journal:
        (row,) = results(journal)["results"]
        run = journal.run(row["run"])
        return tracked(journal, run, None, row)


def points(one: Tracked) -> dict[str, list[tuple[int, float]]]:
    found: dict[str, list[tuple[int, float]]] = {}
    for point in one.points:
        found.setdefault(point.name, []).append((point.step, point.value))
    return found


@pytest.mark.parametrize(
    ("names", "keys"),
    [
        (["R² (test)"], ["R² _test_"]),
        (["a=b", "a,b"], ["a_b", "a_b_2"]),
        (["../../etc", "a//b", "/"], ["_/_/etc", "a/_/b", "_/_"]),
        (["line\nbreak", 'quo"te', " "], ["line_break", "quo_te", "_"]),
        (["x" * 10_000, "x" * 9_999], ["x" * 250, "x" * 242 + "_2"]),
    ],
)
def test_names_become_names_that_mlflow_takes_and_stay_apart(
    builder: JournalBuilder, names: Sequence[str], keys: Sequence[str]
) -> None:
    one = sent(builder, *(metric(name, 0.5 + place) for place, name in enumerate(names)))

    assert list(keys) == [point.name for point in one.points]
    assert all(MLFLOW_NAME.fullmatch(point.name) for point in one.points)


def test_a_course_has_its_steps_and_its_name_unless_another_number_counts(builder: JournalBuilder) -> None:
    one = sent(
        builder, series("loss", [0.9, 0.2]), metric("loss", 0.2), series("auc", [0.9, 0.4], steps=(10, 20)), metric("auc", 0.9)
    )

    assert {"loss": [(0, 0.9), (1, 0.2)], "auc.course": [(10, 0.9), (20, 0.4)], "auc": [(0, 0.9)]} == points(one)


def test_numbers_that_mlflow_does_not_know_become_tags(builder: JournalBuilder) -> None:
    one = sent(
        builder, metric("up", math.inf), metric("down", -math.inf), metric("gone", math.nan), series("loss", [math.inf, 0.5])
    )

    assert {"loss": [(1, 0.5)], "gone": [(0, pytest.approx(math.nan, nan_ok=True))]} == points(one)
    assert ("Infinity", "-Infinity") == (one.tags["labjournal.metric.up"], one.tags["labjournal.metric.down"])


def test_values_are_texts_of_bounded_length_without_secrets(builder: JournalBuilder) -> None:
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    one = sent(
        builder,
        metric("r2", 0.5),
        *(
            parameter(name, value)
            for name, value in {
                "layers": [8, 4],
                "flag": True,
                "where": f"https://a:hunter22@h/?token={token}",
                "long": "y" * 9000,
            }.items()
        ),
        notebook=f"/home/ada/{token}.ipynb",
    )

    assert ("[8, 4]", "true", 6000) == (one.parameters["layers"], one.parameters["flag"], len(one.parameters["long"]))
    assert [] == [
        text
        for text in (one.experiment, one.name, *one.parameters.values(), *one.tags.values())
        if token in text or "hunter22" in text
    ]


def test_a_notebook_without_a_name_has_an_experiment_nevertheless() -> None:
    assert ["labjournal", "fit forest"] == [experiment_of(name) for name in (None, "/home/ada/fit forest.ipynb")]
