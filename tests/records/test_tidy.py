"""What makes an exported notebook pleasant: headings, values out of calls, imports in one place, data beside it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labjournal.errors import OutputExists
from labjournal.records import notebook, script
from labjournal.records.calls import lift_calls
from labjournal.records.export import export
from labjournal.records.gathering import gathered
from labjournal.records.record import Record
from tests.builders import JournalBuilder, RunBuilder, read, written

Recorded = Callable[..., Record]


def test_cells_stand_under_the_headings_of_the_notebook(builder: JournalBuilder, record: Recorded, tmp_path: Path) -> None:
    cells: list[dict[str, Any]] = [
        {"cell_type": "markdown", "source": ["# Cafe\n", "words\n", "## *Data* <b>"]},
        {"cell_type": "code", "id": "a", "source": "rows = list((1, 2))"},
        {"cell_type": "markdown", "source": "```\n# no heading\n```"},
        {"cell_type": "code", "id": "b", "source": "total = sum(rows)"},
        {"cell_type": "markdown", "source": "### token = 'ghp_0123456789abcdefghij0123456789abcdef'"},
        {"cell_type": "code", "id": "c", "source": "print(total)"},
    ]
    path = tmp_path / "cafe.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "cells": cells}), encoding="utf-8")
    run = builder.run(notebook=str(path))
    for cell in cells:
        if "id" in cell:
            run.execution(cell["source"], cell_id=cell["id"])

    kinds = [(cell.cell_type, cell.source) for cell in notebook.build(record()).cells[2:]]

    assert ("markdown", "## \\*Data\\* \\<b\\>") == kinds[0]
    assert ["markdown", "code", "code", "markdown", "code"] == [kind for kind, _ in kinds]
    assert "ghp_" not in kinds[3][1]


@pytest.mark.parametrize("content", [None, "no json", "[]", '{"cells": 7}', '{"cells": [7, {"cell_type": "markdown"}]}'])
def test_without_a_notebook_there_are_no_headings(
    content: str | None, builder: JournalBuilder, record: Recorded, tmp_path: Path
) -> None:
    path = tmp_path / "cafe.ipynb"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    builder.run(notebook=str(path)).execution("print(1)", cell_id="a")

    assert ["code"] == [cell.cell_type for cell in notebook.build(record()).cells[2:]]


def test_numbers_and_paths_in_calls_are_lifted_under_free_names() -> None:
    parameters, sources = lift_calls(
        [
            "X = pd.read_csv('data/cafe-2.csv', nrows=100)",
            "a = split(X, test_size=0.2, random_state=42)\nb = fit(a, random_state=42, depth=depth, shuffle=True)",
            "alpha = 3\nc = model(alpha=0.5)\nplt.plot(c, linewidth=3, alpha=0.3)",
            "def f(x):\n    return g(x, inner=3)\nh = open('out.txt', 'w')",
        ]
    )

    told = {one.name: one.value for one in parameters}
    assert {"cafe_2_path": "data/cafe-2.csv", "nrows": 100, "test_size": 0.2, "random_state": 42, "model_alpha": 0.5} == told
    assert "a = split(X, test_size=test_size, random_state=random_state)" == sources[1].split("\n")[0]
    assert "c = model(alpha=model_alpha)\nplt.plot(c, linewidth=3, alpha=0.3)" == sources[2].partition("\n")[2]
    assert ("inner=3" in sources[3], "'out.txt'" in sources[3]) == (True, True)


def test_what_is_lifted_can_be_varied(run: RunBuilder, record: Recorded) -> None:
    run.execution("import math").execution("print(round(math.pi, ndigits=3), int('11', base=2))")

    found = notebook.clean(record(), lifts=True)
    module = script.build(record(), found)

    assert [("base", 2)] == [(one.name, one.value) for one in found.parameters]
    assert "def main(base: int = 2)" in module
    assert not notebook.clean(record()).parameters


def test_imports_of_several_cells_are_put_together_once() -> None:
    imports, sources = gathered(
        [
            "import json\nimport math  # sums\nx = 1",
            "from os import (\n    path,\n    sep,\n)\nimport json",
            "try:\n    import lxml\nexcept ImportError:\n    lxml = None\nfrom math import *\nimport re; y = 2",
        ]
    )

    assert "import json\nimport math  # sums\nfrom os import path, sep" == imports
    assert ["x = 1", ""] == sources[:2]
    assert sources[2].startswith("try:")
    assert ("", ["import json", "x = 2"]) == gathered(["import json", "x = 2"]), "one cell is one place"


@pytest.fixture
def cafe(builder: JournalBuilder, tmp_path: Path) -> tuple[JournalBuilder, Path]:
    """A run in project/notebooks that reads a file beside it, one above it, one by a path put together, and a key."""
    project = tmp_path / "project" / "notebooks"
    project.mkdir(parents=True)
    contents = {"notebooks/near.csv": b"a,b\n1,2\n", "far.csv": b"c\n3\n", "put.csv": b"d\n4\n", "notebooks/id_rsa": b"key"}
    for name, content in contents.items():
        (tmp_path / "project" / name).write_bytes(content)
    run = builder.run(folder=str(project))
    run.execution(
        "near = open('near.csv').read()\nfar = open('../far.csv').read()\nput = open('../' + 'put.csv').read()\nkey = open('id_rsa').read()",
        reads=[
            read(tmp_path / "project" / name, content, given=given)
            for (name, content), given in zip(contents.items(), ("near.csv", "../far.csv", "../put.csv", "id_rsa"), strict=True)
        ],
    )
    out = tmp_path / "out"
    out.mkdir()
    return builder, out


def test_inputs_lie_beside_the_notebook_where_its_code_finds_them(cafe: tuple[JournalBuilder, Path]) -> None:
    builder, out = cafe
    with builder.open() as journal:
        answer = export(journal, "last", "notebook", out / "cafe.ipynb", with_data=True)

    code = json.loads((out / "cafe.ipynb").read_text(encoding="utf-8"))["cells"][-1]["source"]
    assert ["near.csv", "data/far.csv", "data/put.csv"] == [str(Path(path).relative_to(out)) for path in answer["beside"]]
    assert (b"c\n3\n", b"a,b\n1,2\n") == ((out / "data" / "far.csv").read_bytes(), (out / "near.csv").read_bytes())
    assert "open('data/far.csv')" in "".join(code)
    assert 2 == len(answer["remarks"])
    assert any("put.csv lies at data/put.csv" in remark for remark in answer["remarks"])
    assert any("id_rsa is not laid beside it" in remark for remark in answer["remarks"])


def test_nothing_of_the_user_is_written_over_and_nothing_half_is_left(cafe: tuple[JournalBuilder, Path]) -> None:
    builder, out = cafe
    (out / "data").mkdir()
    (out / "data" / "far.csv").write_text("mine")
    with builder.open() as journal:
        with pytest.raises(OutputExists):
            export(journal, "last", "script", out / "cafe.py", with_data=True)

        assert ["data", "data/far.csv"] == sorted(str(path.relative_to(out)) for path in out.rglob("*"))
        assert "mine" == (out / "data" / "far.csv").read_text()
        export(journal, "last", "script", out / "cafe.py", with_data=True, force=True)

    assert "c\n3\n" == (out / "data" / "far.csv").read_text()


def test_folders_that_were_there_and_are_written_to_are_made(builder: JournalBuilder, record: Recorded, tmp_path: Path) -> None:
    run = builder.run(folder=str(tmp_path))
    run.execution(
        "open('images/a.txt', 'w').write('x')", writes=[written(tmp_path / "images" / "a.txt", b"x", given="images/a.txt")]
    )
    run.execution("open('b.txt', 'w').write('x')", writes=[written(tmp_path / "b.txt", b"x", given="b.txt")])

    found = notebook.clean(record())
    module = script.build(record(), found)

    assert ("images",) == found.folders
    assert "__import__(\"os\").makedirs('images', exist_ok=True)" in found.before
    assert found.before in notebook.build(record(), found).cells[2].source
    assert "    __import__(\"os\").makedirs('images', exist_ok=True)" in module


@pytest.mark.parametrize(
    "makes", ["import os\nos.mkdir('images')", "import os\nif not os.path.exists('images'):\n    print('new')"]
)
def test_folders_that_the_code_makes_or_looks_for_are_its_own_affair(
    makes: str, builder: JournalBuilder, record: Recorded, tmp_path: Path
) -> None:
    run = builder.run(folder=str(tmp_path)).execution(makes)
    run.execution(
        "open('images/a.txt', 'w').write('x')", writes=[written(tmp_path / "images" / "a.txt", b"x", given="images/a.txt")]
    )

    assert () == notebook.clean(record()).folders


def test_what_was_written_above_the_folder_comes_beside_the_notebook(builder: JournalBuilder, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "out").mkdir()
    run = builder.run(folder=str(tmp_path / "deep"))
    run.execution(
        "open('../made/a.txt', 'w').write('x')", writes=[written(tmp_path / "made" / "a.txt", b"x", given="../made/a.txt")]
    )
    with builder.open() as journal:
        export(journal, "last", "notebook", tmp_path / "out" / "n.ipynb", with_data=True)

    code = ["".join(cell["source"]) for cell in json.loads((tmp_path / "out" / "n.ipynb").read_text(encoding="utf-8"))["cells"]]
    assert "open('data/a.txt', 'w').write('x')" == code[-1]
    assert "makedirs('data'" in code[-2]
