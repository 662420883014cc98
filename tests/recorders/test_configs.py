"""Settings that a program keeps together, and switches from its surroundings: told from the source, without a secret."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from labjournal.events import ParameterSet
from labjournal.recorders import Context, Execution
from labjournal.recorders.parameters import ParametersRecorder
from labjournal.recorders.redaction import Redactor


def told(*cells: str) -> list[tuple[str, Any, str, str, str]]:
    """What the last cell sets: (name, value, type, source, what it belongs to)."""
    recorder = ParametersRecorder(Context("run1", "", Path("/nowhere"), Redactor({}), lambda _: None))
    found: list[Any] = []
    for n, source in enumerate(cells, 1):
        found = list(recorder.collect(Execution("run1", n, source)))
    assert all(isinstance(event, ParameterSet) for event in found)
    return [(event.name, event.value, event.type, event.source, event.where) for event in found]


DATACLASS = "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass Config:\n    lr: float = 0.1\n    name: str = 'adam'\n    data: object = open\n    api_token: str = 'x'"


def test_a_dict_of_settings_is_one_parameter_also_over_several_lines() -> None:
    expected = [("lgb_params", {"lr": 0.1, "n": 3}, "dict", "literal", "")]
    assert expected == told("lgb_params = {\n    'lr': 0.1,\n    'n': 3,\n}")
    assert expected == told("lgb_params = dict(\n    lr=0.1,\n    n=3,\n)")
    assert [] == told("people = {\n    'name': 'ada',\n    'age': 36,\n}")
    assert [] == told("lgb_params = dict(objective=len)")


def test_an_instance_of_a_class_of_settings_holds_its_defaults_and_what_it_was_given() -> None:
    assert [] == told(DATACLASS)
    assert [("lr", 0.3, "float", "config", "c"), ("name", "adam", "str", "config", "c")] == told(DATACLASS, "c = Config(0.3)")
    assert [("lr", 0.1, "float", "config", "c")] == told(DATACLASS, "c = Config(name=choose())")
    assert [] == told(DATACLASS, "class Config: pass", "c = Config(0.3)")


def test_a_class_that_is_only_used_for_its_settings_is_one_where_its_name_says_so() -> None:
    assert [("lr", 0.1, "float", "config", "CFG"), ("fold", 3, "int", "config", "CFG")] == told(
        "class CFG:\n    lr = 0.1\n    fold = 3"
    )
    assert [] == told("class Animal:\n    legs = 4")


@pytest.mark.parametrize(
    "source", ["os.environ['FOLD']", "os.environ.get('FOLD')", "os.getenv('FOLD', '1')", "environ['FOLD']", "getenv('FOLD')"]
)
def test_a_switch_that_a_cell_reads_is_a_parameter(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOLD", "3")
    assert [("FOLD", "3", "str", "environment", "os.environ")] == told(f"fold = int({source})")


def test_what_is_not_set_is_what_the_code_falls_back_on() -> None:
    assert [("FOLD_OF_NOBODY", "7", "str", "environment", "os.environ")] == told("os.getenv('FOLD_OF_NOBODY', '7')")
    assert [] == told("os.getenv('FOLD_OF_NOBODY')\nos.environ['FOLD_OF_NOBODY'] = '3'")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("API_TOKEN", "3"), ("DB_PASSWORD", "short"), ("MODE", "a1b2c3d4e5f6a7b8c9"), ("MODE", "two words"), ("MODE", "x" * 30),
        ("MODE", "https://ada:pw@host"), ("HOME_OF", "/home/ada"), ("MODE", "łódź"),
    ],
)  # fmt: skip
def test_a_variable_that_may_hold_a_secret_is_none(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    assert [] == told(f"os.environ[{name!r}]\nos.getenv({name!r})")
