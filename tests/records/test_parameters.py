"""Values on top: those that can be varied, none whose moving would change what the notebook computes."""

from __future__ import annotations

import json
import logging
import random
from pathlib import Path

import nbformat
import papermill
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from labjournal.records.parameters import Parameter, lift, parameters_cell

NOTHING: frozenset[str] = frozenset()


def lifted(*sources: str) -> dict[str, str]:
    return {one.name: one.literal for one in lift(sources, NOTHING)[0]}


def test_literals_of_json_types_move_to_the_top_with_what_was_said_about_them() -> None:
    cell = "alpha = 0.1  # ridge strength\nn: int = 1_000\nname = 'a'\nflag = True\ncolumns = ['x', 'y']\nlimits = {'low': -1}"

    parameters, remaining = lift([cell, "run(alpha, n, name, flag, columns, limits)"], NOTHING)

    assert ["", "run(alpha, n, name, flag, columns, limits)"] == remaining
    assert [
        ("alpha", "float", "0.1", "ridge strength"),
        ("n", "int", "1_000", ""),
        ("name", "str", "'a'", ""),
        ("flag", "bool", "True", ""),
        ("columns", "list", "['x', 'y']", ""),
        ("limits", "dict", "{'low': -1}", ""),
    ] == [(one.name, one.type, one.literal, one.help) for one in parameters]


def test_the_cell_keeps_everything_else() -> None:
    cell = "import math\n\n# how steep\nslope = 2\n\n# the line itself\nline = [slope * x for x in range(3)]"

    _, remaining = lift([cell], NOTHING)

    assert ["import math\n\n# the line itself\nline = [slope * x for x in range(3)]"] == remaining


@pytest.mark.parametrize(
    "sources",
    [
        ("x = 1", "x = x + 1", "print(x)"),
        ("x = 1", "x += 1", "print(x)"),
        ("x = 1", "print(x)", "x = 2", "print(x)"),
        ("for x in range(3):\n    pass", "x = 1", "print(x)"),
        ("print(x)", "x = 1", "print(x)"),
        ("x = 1", "def f():\n    global x\n    x = 2", "f()\nprint(x)"),
        ("x = 1", "import os as x", "print(x)"),
        ("x = 1", "del x", "print(x)"),
        ("x = 1", "with open('a') as x:\n    print(x)"),
        ("if a:\n    x = 1", "print(x)"),
        ("x = 1; y = 2", "print(x, y)"),
        ("x = y = 1", "print(x, y)"),
        ("%%time\nx = 1", "print(x)"),
        ("x = [n for n in range(3)]", "print(x)"),
        ("x = None", "print(x)"),
        ("x = []", "print(x)"),
        ("x = 'a=b'", "print(x)"),
        ("x = '#fff'", "print(x)"),
        ("x = (1, 2)", "print(x)"),
        ("x = {3: 1}", "print(x)"),
        ("x = 1e999", "print(x)"),
        ("x = 1j", "print(x)"),
        ("max = 3", "print(max)"),
        ("_x = 1", "print(_x)"),
        ("x = 1",),
        ("match a:\n    case x:\n        pass", "x = 1", "print(x)"),
        ("f(x := 2)", "x = 1", "print(x)"),
        ("exec('x = 2')", "x = 1", "print(x)"),
        ("from math import *", "x = 1", "print(x)"),
        ("%run other.py", "x = 1", "print(x)"),
    ],
    ids=repr,
)
def test_a_value_stays_where_moving_it_could_change_anything_or_mean_nothing(sources: tuple[str, ...]) -> None:
    assert ([], list(sources)) == lift(sources, NOTHING)


def test_a_value_whose_object_changes_in_place_stays() -> None:
    sources = ["items = [1]", "items.append(2)", "print(items)"]

    assert ([], sources) == lift(sources, frozenset({"items"}))


def test_the_value_that_papermill_injected_is_the_one_that_was_used() -> None:
    parameters, remaining = lift(["# defaults\nalpha = 0.1", "# Parameters\nalpha = 0.7", "fit(alpha)"], NOTHING)

    assert (["0.7"], ["", "", "fit(alpha)"]) == ([one.literal for one in parameters], remaining)


def test_a_function_may_speak_of_a_value_before_it_is_there() -> None:
    assert {"rate": "2"} == lifted("def price(n):\n    return n * rate", "rate = 2", "price(3)")


@pytest.mark.parametrize(
    ("import_line", "made", "on_top", "stays"),
    [
        ("from datetime import date", "date(2024, 2, 29)", "'2024-02-29'", "date.fromisoformat(str(x))"),
        ("import datetime as dt", "dt.datetime(2024, 1, 2, 3, 4)", "'2024-01-02 03:04:00'", "dt.datetime.fromisoformat(str(x))"),
        ("import pandas as pd", "pd.Timestamp('2024-01-01 12:00')", "'2024-01-01 12:00'", "pd.Timestamp(str(x))"),
        ("import pandas as pd", "pd.to_datetime('2024-03-01')", "'2024-03-01'", "pd.to_datetime(str(x))"),
        ("import numpy as np", "np.datetime64('2024-01')", "'2024-01'", "np.datetime64(str(x))"),
        ("from pathlib import Path", "Path('raw/a.csv')", "'raw/a.csv'", "Path(str(x))"),
        ("from decimal import Decimal", "Decimal('0.10')", "'0.10'", "Decimal(str(x))"),
    ],
)
def test_dates_and_paths_move_as_texts_and_are_made_again_where_they_stood(
    import_line: str, made: str, on_top: str, stays: str
) -> None:
    parameters, (_, cell, _) = lift(
        [import_line, f"before = 1\nx = {made}  # first day\nafter = before", "use(x, after)"], NOTHING
    )

    assert ("x", "str", on_top, "first day") in [(one.name, one.type, one.literal, one.help) for one in parameters]
    assert f"x = {stays}" in cell.split("\n")
    typed, turned = [{}, {}]  # type: ignore[var-annotated]
    exec(f"{import_line}\nx = {made}", typed)
    exec(f"{import_line}\n{parameters_cell(parameters)}\n{cell}\n{cell}", turned)  # a cell may be executed twice
    assert (type(typed["x"]), repr(typed["x"])) == (type(turned["x"]), repr(turned["x"]))


@pytest.mark.parametrize(
    "sources",
    [
        ("x = date(2024, 1, 1)", "use(x)"),
        ("from mine import date", "x = date(2024, 1, 1)", "use(x)"),
        ("from datetime import date", "x = date(year, 1, 1)", "use(x)"),
        ("from datetime import date", "x = date(2024, 13, 1)", "use(x)"),
        ("from datetime import date", "x = date(2024, 1, 1)", "use(x)", "x = date(2025, 1, 1)", "use(x)"),
        ("from datetime import date", "use(x)", "x = date(2024, 1, 1)", "use(x)"),
        ("from datetime import datetime, timezone", "x = datetime(2024, 1, 1, tzinfo=timezone.utc)", "use(x)"),
        ("from pathlib import Path", "x = Path('a', 'b')", "use(x)"),
        ("from pathlib import Path", "x = Path.home()", "use(x)"),
        ("n = 2", "x = n * 60", "use(x)"),
        ("x = 'a' * 60", "use(x)"),
        ("x = 2 ** 10_000", "use(x)"),
        ("x = 1 / 0", "use(x)"),
        ("x = True + 1", "use(x)"),
    ],
)
def test_what_is_not_surely_the_same_value_stays(sources: tuple[str, ...]) -> None:
    assert "x" not in lifted(*sources)


def test_a_sum_of_plain_numbers_is_a_number_and_its_words_are_the_help() -> None:
    parameters, (cell, _) = lift(["minutes = 24 * 60\nrate = -1 / 3  # of loss", "use(minutes, rate)"], NOTHING)

    assert "" == cell
    assert [("minutes", "int", "1440", "24 * 60"), ("rate", "float", repr(-1 / 3), "of loss")] == [
        (one.name, one.type, one.literal, one.help) for one in parameters
    ]


def test_a_name_in_a_magic_line_is_a_use() -> None:
    assert {"path": "'a.csv'"} == lifted("path = 'a.csv'", "!wc -l {path}")
    assert {} == lifted("!echo $path", "path = 'a.csv'", "print(path)")


def test_papermill_reads_the_cell_as_it_is_meant(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    cell = "alpha = 0.1  # ridge strength\nn = -3\nname = 'two words, ünïcode'\nflag = False\ncolumns = ['x', 'y']\nlimits = {'low': 1}"
    parameters, _ = lift([cell, "run(alpha, n, name, flag, columns, limits)"], NOTHING)
    notebook = new_notebook(
        cells=[new_code_cell(parameters_cell(parameters), metadata={"tags": ["parameters"]}), new_code_cell("1")]
    )
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, tmp_path / "n.ipynb")

    with caplog.at_level(logging.WARNING):
        read = papermill.inspect_notebook(tmp_path / "n.ipynb")

    assert {one.name: (one.type, one.literal, one.help) for one in parameters} == {
        name: (one["inferred_type_name"], one["default"], one["help"]) for name, one in read.items()
    }
    assert [] == [message for message in caplog.messages if "parse" in message]


def some_value(draw: random.Random, depth: int = 3) -> object:
    """Any JSON value: odd numbers, odd texts, nested or not."""
    kinds = ["bool", "int", "float", "text"] + (["list", "dict"] if depth else [])
    kind = draw.choice(kinds)
    if kind == "list":
        return [some_value(draw, depth - 1) for _ in range(draw.randrange(4))]
    if kind == "dict":
        return {some_text(draw): some_value(draw, depth - 1) for _ in range(draw.randrange(4))}
    if kind == "text":
        return some_text(draw)
    if kind == "bool":
        return draw.random() < 0.5
    return (
        draw.choice([0, -1, 10**30, draw.randrange(-999, 999)])
        if kind == "int"
        else draw.uniform(-1, 1) * 10 ** draw.randrange(-300, 300)
    )


def some_text(draw: random.Random) -> str:
    return "".join(draw.choice("ab =#'\"\\\n\t\0ü€😀{}%\u2028") for _ in range(draw.randrange(12)))


@pytest.mark.parametrize("value", [some_value(random.Random(seed)) for seed in range(300)], ids=range(300))
def test_a_value_that_moves_is_the_same_value_in_a_plain_assignment(value: object) -> None:
    parameters, remaining = lift([f"x = {value!r}", "print(x)"], NOTHING)

    moved: dict[str, object] = {}
    exec(parameters_cell(parameters) + "\n" + remaining[0], {}, moved)  # what is executed here was generated here

    assert json.dumps(value) == json.dumps(moved["x"])


def test_a_cell_without_values_says_so_in_a_comment() -> None:
    assert parameters_cell([]).startswith("#")
    assert {} == lifted("# only words")
    assert Parameter("x", "1", 1).type == "int"


@pytest.mark.parametrize(
    "injected",
    [
        pytest.param("start = '2025-03-01'\nrate = 4", id="papermill, elyra, jupyter-scheduler"),
        pytest.param("import json\nstart = json.loads('\"2025-03-01\"')\nrate = json.loads('4')", id="kfp"),
    ],
)
def test_whoever_injects_behind_the_cell_is_listened_to(injected: str) -> None:
    cells = ["from datetime import date", "start = date(2024, 1, 1)\nrate = 2", "answer = (start.year, start.month, rate)"]
    parameters, remaining = lift(cells, NOTHING)

    names: dict[str, object] = {}
    exec("\n".join([parameters_cell(parameters), injected, *remaining]), names)

    assert (2025, 3, 4) == names["answer"]
