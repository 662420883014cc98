"""Values that a person entered while a notebook ran are values of what is exported; secrets are asked for by name."""

from __future__ import annotations

from collections.abc import Callable

from labjournal.events import ParameterSet
from labjournal.records import notebook, script
from labjournal.records.record import Record
from tests.builders import RunBuilder

Recorded = Callable[..., Record]


def test_what_was_entered_is_a_parameter_and_said(run: RunBuilder, record: Recorded) -> None:
    run.execution('rows = int(input("How many rows? "))').event(ParameterSet("r001", 1, "rows", 12, "int", "input"))
    run.execution("print(rows * 2)")

    page, module = notebook.build(record("r001/2")), script.build(record("r001/2"))

    assert "rows: int = 12  # entered: How many rows" == page.cells[1].source.split("\n")[-1]
    assert ["print(rows * 2)"] == [cell.source for cell in page.cells[2:]]
    assert "values here: `rows`." in page.cells[0].source
    assert "def main(rows: int = 12)" in module
    assert "Entered by hand when it ran, and values here: rows." in module


def test_what_getpass_gave_is_asked_for_by_name(run: RunBuilder, record: Recorded) -> None:
    run.execution('import getpass\nkey = getpass.getpass("key: ")\nprint(len(key))')

    found = notebook.clean(record())

    assert ("KEY",) == found.variables
    assert 'key = os.environ["KEY"]' in found.cells[0][1]
    assert "set `KEY` in the environment first" in notebook.build(record()).cells[0].source


def test_what_was_answered_and_not_recorded_is_said(run: RunBuilder, record: Recorded) -> None:
    run.execution("if input('go on? ') == 'y':\n    print(1)")

    assert "It asks for something that was not recorded (execution 1)" in notebook.build(record()).cells[0].source


def test_the_value_of_a_widget_stands_in_its_place(run: RunBuilder, record: Recorded) -> None:
    run.execution("level = slider.value").event(ParameterSet("r001", 1, "level", 0.5, "float", "widget"))
    run.execution("print(level)")

    assert ["level"] == [one.name for one in notebook.clean(record("r001/2")).parameters]


def test_nothing_stops_for_a_debugger(run: RunBuilder, record: Recorded) -> None:
    run.execution("for one in range(2):\n    breakpoint()\n    print(one)").execution("%debug")

    sources = [source for _, source in notebook.clean(record()).cells]

    assert "for one in range(2):\n    pass\n    print(one)" == sources[0]
    assert not any("debug" in source for source in sources)


def test_a_hostile_value_is_only_a_value(run: RunBuilder, record: Recorded) -> None:
    value = "'); import os; os.abort() #\n"
    run.execution("name = input()").event(ParameterSet("r001", 1, "name", value, "str", "input"))
    run.execution("print(name)")
    names: dict[str, object] = {}

    for _, source in notebook.clean(record("r001/2")).cells:
        exec(source, names)

    assert value == names["name"]
