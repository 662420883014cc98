"""The exported notebook is valid, says where it comes from, and runs under papermill, also with a value changed."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import papermill
import pytest
from nbformat import NotebookNode

from labjournal.errors import LabjournalError
from labjournal.records import notebook
from labjournal.records.record import Record
from tests.builders import JournalBuilder, RunBuilder, error, model, series

Recorded = Callable[..., Record]
GOLD = Path(__file__).resolve().parent.parent / "samples" / "gold"


def afternoon(run: RunBuilder) -> None:
    """A messy afternoon: tries, failures, an edit, a secret, an absolute path."""
    run.execution("import json", cell_id="imports")
    run.execution("scale = 2  # how steep\nname = 'line'", cell_id="choices")
    run.execution("points = [n * scale for n in range(4)", cell_id="points", status="failed", outputs=[error("SyntaxError")])
    run.execution("points = [n * scale for n in range(4)]", cell_id="points")
    run.execution("points = [n * scale for n in range(5)]", cell_id="points")
    run.execution("with open('/home/ada/points.json', 'w') as file:\n    json.dump(points, file)", cell_id="save")
    run.execution("total = sum(points)\nprint(f'{name}: {total}')", cell_id="total", metrics={"total": 20})


def stated(built: NotebookNode) -> list[tuple[str, str]]:
    return [(cell.id, cell.source) for cell in built.cells[1:]]


def test_a_messy_afternoon_becomes_a_clean_notebook(run: RunBuilder, record: Recorded) -> None:
    afternoon(run)

    built = notebook.build(record())

    assert [
        (
            "parameters",
            "# Change a value here, or hand it to papermill with -p NAME VALUE\nscale: int = 2  # how steep\nname: str = 'line'",
        ),
        ("imports", "import json"),
        ("points", "points = [n * scale for n in range(5)]"),
        ("save", "with open('points.json', 'w') as file:\n    json.dump(points, file)"),
        ("total", "total = sum(points)\nprint(f'{name}: {total}')"),
    ] == stated(built)


def test_the_notebook_says_where_it_comes_from(run: RunBuilder, record: Recorded) -> None:
    run.environment(used=["numpy"]).git(dirty=True)
    afternoon(run)

    built = notebook.build(record())

    assert built.cells[0].source == (
        "# analysis\n\nMade by labjournal from run `r001` of `analysis.ipynb`.\n"
        "It ran Tuesday, 3 November 2026, 09:01–09:01 by ada on Python 3.11.7.\n"
        "Paths are as seen from the folder it ran in, `ada`.\n"
        "The code stood at commit `c0ffeec0ffee`, with changes that were not committed.\n"
        "1 execution that did not succeed is left out."
    )
    told = built.metadata.labjournal
    assert ("r001", {"scale": 2, "name": "line"}, {"numpy": "2.3.1"}) == (told.address, told.parameters, told.packages)
    assert [{"n": 3, "why": "it failed"}, {"n": 4, "why": "the cell was executed again as 5"}] == told.left_out


def test_a_cell_carries_what_its_execution_came_to_as_a_claim_of_the_record(run: RunBuilder, record: Recorded) -> None:
    fitted = model("model", parameters={"alpha": math.inf}, fitted_on=[{"kind": "frame", "name": "X", "shape": [3, 2]}])
    run.execution("import math", cell_id="data")
    run.execution(
        "model = fit(X)", cell_id="fit", metrics={"r2": math.nan}, seen=[fitted, series("loss", [0.9, 0.4], steps=(1, 5))]
    )

    cells = {cell.id: cell for cell in notebook.build(record()).cells}

    told = cells["fit"].metadata["labjournal"]
    assert {"r2": "NaN"} == told["metrics"]
    (one,) = told["models"]
    assert ("model", "sklearn.linear_model._ridge.Ridge", {"alpha": "Infinity"}, "X") == (
        one["name"], one["kind"], one["parameters"], one["fitted_on"][0]["name"],
    )  # fmt: skip
    assert [{"name": "loss", "values": [0.9, 0.4], "steps": [1, 5], "points": 2, "unit": ""}] == told["series"]
    assert {"address", "n", "started"} == set(cells["data"].metadata["labjournal"])
    assert [] == cells["fit"].outputs


def test_there_is_one_parameters_cell_and_never_an_injected_one(run: RunBuilder, record: Recorded) -> None:
    run.execution("alpha = 0.1", cell_id="a").execution("# Parameters\nalpha = 0.9", cell_id="injected").execution("print(alpha)")

    built = notebook.build(record())

    tags = [cell.metadata.get("tags", []) for cell in built.cells if cell.cell_type == "code"]
    assert [["parameters"], []] == tags
    assert "alpha: float = 0.9" in built.cells[1].source


def test_the_notebook_is_valid_even_where_cell_ids_are_not(run: RunBuilder, record: Recorded) -> None:
    for cell_id in ("a b", "x" * 200, "", "parameters", "same", "same"):
        run.execution("n = 1 if 'n' not in globals() else n + 1", cell_id=cell_id)

    built = notebook.build(record())

    nbformat.validate(built)
    assert len({cell.id for cell in built.cells}) == len(built.cells) == 8


def test_titles_do_not_become_markup(builder: JournalBuilder, record: Recorded) -> None:
    builder.run(notebook="/home/ada/<img src=x onerror=alert(1)>`[a](javascript:1).ipynb", user="*ada*").execution("1")

    source = notebook.build(record()).cells[0].source

    assert not re.search(r"(?<!\\)<img|(?<!\\)\]\(", source.replace("`<img src=x onerror=alert(1)>'[a](javascript:1).ipynb`", ""))


def test_a_recipe_becomes_a_notebook_of_what_it_needs(run: RunBuilder, record: Recorded) -> None:
    run.execution("a = 1", bound=["a"]).execution("b = 2", bound=["b"]).execution("print(a)", used=["a"])

    built = notebook.build(record("last/3"))

    assert ["a: int = 1", "print(a)"] == [cell.source.splitlines()[-1] for cell in built.cells[1:]]
    assert "Made by labjournal from `r001/3`" in built.cells[0].source


def test_where_nothing_succeeded_there_is_no_notebook(run: RunBuilder, record: Recorded) -> None:
    run.execution("1/0", status="failed")

    with pytest.raises(LabjournalError, match=r"Nothing in r001 ran to its end.*labjournal show r001"):
        notebook.build(record())


def test_papermill_runs_it_unchanged_and_with_another_value(
    builder: JournalBuilder, record: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABJOURNAL_DISABLE", "1")
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "1")
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    run = builder.run(folder="/home/ada", python=sys.version.split()[0])
    afternoon(run)
    notebook.write(record(), folder / "clean.ipynb")

    printed = {}
    for value in (2, 10):
        done = papermill.execute_notebook(
            folder / "clean.ipynb",
            folder / f"{value}.ipynb",
            {} if value == 2 else {"scale": value},
            cwd=folder,
            progress_bar=False,
        )
        printed[value] = done.cells[-1].outputs[0].text

    assert {2: "line: 20\n", 10: "line: 100\n"} == printed
    assert (folder / "points.json").read_text() == "[0, 10, 20, 30, 40]"
