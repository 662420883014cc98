"""Other values for names."""

from __future__ import annotations

import pytest

from labjournal.errors import LabjournalError
from labjournal.replay.executing.execute import Step
from labjournal.replay.executing.parameters import with_parameters
from labjournal.replay.executing.sources import Plan


def changed(*sources: str, **values: str) -> tuple[list[str], str]:
    plan = Plan(tuple(Step(n, source) for n, source in enumerate(sources, 1)), (), ())
    again, said = with_parameters(plan, values)
    assert [step.n for step in plan.steps] == [step.n for step in again.steps]
    return [step.source for step in again.steps], said


def test_the_literal_behind_a_name_is_replaced_and_nothing_else() -> None:
    sources = ["trees = 150  # trees = 150\nfit(trees=150)", "print(trees)"]

    assert (
        ["trees = 60  # trees = 150\nfit(trees=150)", "print(trees)"],
        "Parameters were changed: trees 150 → 60. Differences are expected.",
    ) == changed(*sources, trees="60")


@pytest.mark.parametrize(
    ("source", "value", "expected"),
    [
        ("x: float = 0.5", "1e-3", "x: float = 0.001"),
        ("x = 'ä'; y = 'ö'", "ü", "x = 'ü'; y = 'ö'"),
        ("x = (\n    1,\n    2,\n)\nz = 3", "[1, null]", "x = [1, None]\nz = 3"),
        ("x, y = 1, 2", "true", "x, y = True, 2"),
        ("%%time\nx = 1", "2", "%%time\nx = 2"),
        ("%matplotlib inline\nx = 1", "None", "%matplotlib inline\nx = None"),
        ("x = -1", "{'a': 1}", "x = {'a': 1}"),
        ("x = 1.0", "1e999", 'x = float("inf")'),
        ("x = 1", "__import__('os').system('true')", "x = \"__import__('os').system('true')\""),
        ("x = 'a'", "b'; import os #", 'x = "b\'; import os #"'),
        ("x = 1\nx = 2", "3", "x = 3\nx = 3"),
        ("if True:\n    x = 1\nx = 2", "3", "if True:\n    x = 1\nx = 3"),
    ],
)
def test_a_value_is_a_literal_and_never_evaluated(source: str, value: str, expected: str) -> None:
    assert [expected] == changed(source, x=value)[0]


def test_every_value_that_a_name_had_is_told() -> None:
    assert (
        "Parameters were changed: n 1, 2 → 3; m 'a' → 'b'. Differences are expected."
        == changed("n = 1", "n = 2\nm = 'a'", n="3", m="b")[1]
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("tres", "There is no parameter 'tres'. There are trees, seed."),
        ("frame", "There is no parameter 'frame'. There are seed, trees."),
        ("class", "'class' cannot be the name of a parameter."),
        ("a b", "'a b' cannot be the name of a parameter."),
    ],
)
def test_a_name_that_is_no_parameter_is_refused_with_those_there_are(name: str, message: str) -> None:
    with pytest.raises(LabjournalError) as refused:
        changed("seed = 1\ntrees = 2\nframe = read()", **{name: "1"})

    assert str(refused.value).startswith(message)


def test_code_without_a_plain_value_says_so() -> None:
    with pytest.raises(LabjournalError, match="no name is given a plain value"):
        changed("x = f()", x="1")
