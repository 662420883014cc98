"""What a person answered is a fact like any other, but for secrets, which nobody looks at."""

from __future__ import annotations

from typing import Any

import pytest

from labjournal.recorders.answers import answers


class Loud:
    """An object that must not be asked for anything."""

    def __getattribute__(self, name: str) -> Any:
        raise AssertionError(name)


@pytest.mark.parametrize(
    ("source", "name", "value"),
    [
        ('n = int(input("rows? "))', "n", 7),
        ("name: str = input()", "name", "Ada"),
        ("ratio = float( input ('ratio') )  # in percent", "ratio", 0.5),
        ("x = 1\nanswer = input('y/n') == 'y'", "answer", True),
    ],
)
def test_a_name_bound_to_an_answer_is_told_with_its_value(source: str, name: str, value: object) -> None:
    assert [(name, value, "input")] == answers(source, {name: value, "other": 1})


@pytest.mark.parametrize(
    "source",
    [
        "password = input('who? ')",
        "x = input('Your API token: ')",
        "x = getpass.getpass('x')",
        "x = getpass(prompt=input('y'))",
        "# x = input()",
        "x == input()",
        "f(x=input())",
        "    x = input()",
    ],
)
def test_secrets_and_what_is_no_answer_are_not_looked_at(source: str) -> None:
    assert [] == answers(source, {"x": "hunter2", "password": "hunter2"})


def test_only_plain_values_are_kept() -> None:
    for value in (Loud(), "x" * 301, [1], None, b"7"):
        assert [] == answers("n = parse(input())", {"n": value})


def test_a_widget_is_told_by_its_type() -> None:
    widget = type("IntSlider", (Loud,), {"__module__": "ipywidgets.widgets.widget_int"})
    names = {"slider": widget(), "frame": Loud(), "n": 3, "m": 4}

    assert [("n", 3, "widget")] == answers("n = slider.value\nm = frame.value\nk = slider.values", names)
