"""Which cell and which notebook an execution belongs to, told from what was executed: in a shell, and with the programs that run notebooks."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

import labjournal
from labjournal.cli.main import main
from labjournal.events import CellSeen, Event, NotebookSeen
from labjournal.recorders import Execution
from labjournal.recorders.cells import CellsRecorder
from labjournal.recorders.notebook_file import NotebookFile
from tests.pace import quicker
from tests.recorders.conftest import Lab

BOOT = Path(labjournal.__file__).with_name("kernel") / "boot.py"
SOURCES = ("import math\nradius = 3.5", "area = math.pi * radius ** 2", "print(round(area, 3))", "'done', area > 38")
METADATA = {
    "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
    "language_info": {"name": "python"},
}


def write(path: Path, *sources: str, ids: bool = True, text: str = "Some words") -> Path:
    """A notebook whose code cells carry the ids code-0, code-1, … (nbformat 4.4 knows none)."""
    cells: list[Any] = [nbformat.v4.new_markdown_cell(text, id="words")]
    cells += [nbformat.v4.new_code_cell(source, id=f"code-{number}") for number, source in enumerate(sources)]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=METADATA)
    if not ids:
        notebook.nbformat_minor = 4
        for cell in notebook.cells:
            del cell["id"]
    nbformat.write(notebook, path)
    return path


def cells(events: list[Event]) -> list[tuple[int, str]]:
    return [(event.n, event.cell_id) for event in events if isinstance(event, CellSeen)]


def notebooks(events: list[Event]) -> list[tuple[str, str]]:
    return [(event.path, event.learnt) for event in events if isinstance(event, NotebookSeen)]


def knowing(lab: Lab, path: Path | None) -> Lab:
    """The driver names this notebook; None: nobody does."""
    lab.context.notebook = lambda: None if path is None else str(path)
    lab.use(CellsRecorder)
    return lab


# -- the path is known


def test_cells_of_a_known_notebook_are_told_by_their_sources(lab: Lab, project: Path) -> None:
    knowing(lab, write(project / "a.ipynb", *SOURCES)).run(*SOURCES)

    assert [(1, "code-0"), (2, "code-1"), (3, "code-2"), (4, "code-3")] == cells(lab.events)
    assert [1, 2, 3, 4] == [event.position for event in lab.events if isinstance(event, CellSeen)]
    assert [] == notebooks(lab.events)


def test_what_is_not_in_the_notebook_is_passed_over(lab: Lab, project: Path) -> None:
    """Papermill puts a cell with the parameters behind the one that names them."""
    knowing(lab, write(project / "a.ipynb", *SOURCES)).run(SOURCES[0], "# Parameters\nradius = 4", *SOURCES[1:])

    assert [(1, "code-0"), (3, "code-1"), (4, "code-2"), (5, "code-3")] == cells(lab.events)


def test_line_ends_do_not_matter_anything_else_does(lab: Lab, project: Path) -> None:
    knowing(lab, write(project / "a.ipynb", "a = 1\nb = 2\n", "c = 3")).run("a = 1\r\nb = 2", "c =  3")

    assert [(1, "code-0")] == cells(lab.events)


def test_cells_that_look_the_same_are_told_apart_by_their_order(lab: Lab, project: Path) -> None:
    knowing(lab, write(project / "a.ipynb", "x = 0", "print(x)", "x = 1", "print(x)", "print(x)"))
    lab.run("x = 0", "print(x)", "x = 1", "print(x)", "print(x)")

    assert ["code-0", "code-1", "code-2", "code-3", "code-4"] == [name for _, name in cells(lab.events)]


def test_a_cell_executed_again_is_known_if_no_other_looks_like_it(lab: Lab, project: Path) -> None:
    knowing(lab, write(project / "a.ipynb", "x = 0", "print(x)", "x = 1", "print(x)")).run(
        "x = 0", "x = 1", "x = 0", "x = 1", "x = 0"
    )
    lab.run("x = 5", "x = 1", "x = 1")

    names = ["code-0", "code-2", "code-0", "code-2", "code-0", "code-2", "code-2"]
    assert list(zip((1, 2, 3, 4, 5, 7, 8), names, strict=True)) == cells(lab.events)


def test_which_of_two_is_executed_out_of_order_is_not_guessed(lab: Lab, project: Path) -> None:
    knowing(lab, write(project / "a.ipynb", "x = 0", "print(x)", "x = 1", "print(x)")).run("print(x := 0)", "print(x)", "x = 1")

    assert [(3, "code-2")] == cells(lab.events)


def test_a_notebook_saved_meanwhile_is_read_again(lab: Lab, project: Path) -> None:
    path = write(project / "a.ipynb", "x = 0", "y = 1")
    knowing(lab, path).run("x = 0", "z = 2")
    write(path, "z = 2", "x = 0", "y = 1")
    lab.run("z = 2")

    assert [(1, "code-0"), (3, "code-0")] == cells(lab.events)


def test_order_holds_across_a_save(lab: Lab, project: Path) -> None:
    path = write(project / "a.ipynb", "x = 0", "print(x)", "x = 1", "print(x)")
    knowing(lab, path).run("x = 0")
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell("print(x)", id="new"))
    nbformat.write(notebook, path)
    lab.run("print(x)")

    assert [(1, "code-0"), (2, "code-1")] == cells(lab.events)


def test_a_client_that_names_its_cells_is_left_alone(lab: Lab, project: Path) -> None:
    knowing(lab, write(project / "a.ipynb", *SOURCES)).run(SOURCES[0])
    assert [] == list(lab.recorders[0].collect(Execution("run1", 2, SOURCES[1], cell_id="of-the-client")))
    lab.run(SOURCES[2])

    assert [(1, "code-0")] == cells(lab.events)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{}", b"[]", b'{"cells": 7}', b'{"cells": [', b'{"cells": [{"cell_type": "code", "id": "a", "source": "x = 1"}, ',
        b'{"cells": [7, null, {"cell_type": "code", "id": "a b", "source": "x = 1"}]}', b"\xff\xfe",
        b'{"cells": [{"cell_type": "code", "id": ["a"], "source": {"x = 1": 1}}]}', b"[" * 200_000, b'{"cells": [' + b"[" * 200_000,
        b'{"cells": [{"cell_type": "code", "id": "a", "source": "x = 1"}, {"cell_type": "code", "id": "a", "source": "y = 1"}]}',
    ],
)  # fmt: skip
def test_a_file_that_is_not_what_it_should_be_names_no_cell(lab: Lab, project: Path, content: bytes) -> None:
    (project / "a.ipynb").write_bytes(content)
    knowing(lab, project / "a.ipynb").run("x = 1")
    (project / "a.ipynb").unlink()
    lab.run("x = 1")

    assert [] == lab.events


@pytest.mark.parametrize("indent", [None, 0, 4])
def test_cells_are_found_however_the_file_is_laid_out(project: Path, indent: int | None) -> None:
    """The standard library reading all at once is the oracle."""
    path = write(project / "a.ipynb", *SOURCES, "print('§ \\u2028 \"')")
    notebook = json.loads(path.read_text("utf-8"))
    laid_out = {"metadata": notebook["metadata"], "nbformat": 10**30, "nbformat_minor": 1e9, "cells": notebook["cells"]}
    path.write_text(json.dumps(laid_out, indent=indent), "utf-8")
    file = NotebookFile(str(path))

    assert (True, False) == (file.refresh(), file.refresh())
    assert [(cell["id"], at) for at, cell in enumerate(notebook["cells"]) if cell["cell_type"] == "code"] == [
        (cell.id, cell.position) for cell in file.cells
    ]


def test_a_number_without_end_costs_no_time(project: Path) -> None:
    path = project / "a.ipynb"
    path.write_text('{"nbformat": ' + "7" * 5_000_000 + ', "cells": [{"cell_type": "code", "id": "a", "source": "x"}]}')
    file = NotebookFile(str(path))
    began = time.perf_counter()
    file.refresh()

    assert ["a"] == [cell.id for cell in file.cells]
    quicker(time.perf_counter() - began, 2)


def test_a_pipe_is_not_waited_for(lab: Lab, project: Path) -> None:
    os.mkfifo(project / "a.ipynb")
    knowing(lab, project / "a.ipynb").run("x = 1")

    assert [] == lab.events


# -- the path is not known


def test_the_notebook_that_holds_what_was_executed_is_found(lab: Lab, project: Path) -> None:
    path = write(project / "a.ipynb", *SOURCES)
    write(project / "b.ipynb", "import math\nradius = 3.5", "area = 2 * math.pi * radius")
    (project / "broken.ipynb").write_text("{")
    knowing(lab, None).run(*SOURCES)

    assert [(str(path), "content")] == notebooks(lab.events)
    assert [(1, "code-0"), (2, "code-1"), (3, "code-2"), (4, "code-3")] == cells(lab.events)


def test_equal_notebooks_are_not_told_apart(lab: Lab, project: Path) -> None:
    write(project / "a.ipynb", *SOURCES)
    write(project / "b.ipynb", *SOURCES, text="Other words")
    knowing(lab, None).run(*SOURCES)

    assert [] == lab.end() + lab.events


def test_they_are_as_soon_as_they_differ(lab: Lab, project: Path) -> None:
    write(project / "a.ipynb", *SOURCES[:3])
    path = write(project / "b.ipynb", *SOURCES)
    knowing(lab, None)

    assert [] == lab.run(*SOURCES[:3])
    lab.run(SOURCES[3])
    assert [(str(path), "content")] == notebooks(lab.events)
    assert [1, 2, 3, 4] == [n for n, _ in cells(lab.events)]


def test_one_file_with_two_names_is_one_notebook(lab: Lab, project: Path) -> None:
    path = write(project / "a.ipynb", *SOURCES)
    (project / "link.ipynb").symlink_to(path)
    knowing(lab, None).run(*SOURCES)

    assert [(str(path), "content")] == notebooks(lab.events)


def test_a_few_signs_of_code_tell_no_notebook(lab: Lab, project: Path) -> None:
    write(project / "a.ipynb", "x = 1", "x", "print(x)")
    knowing(lab, None).run("x = 1", "x", "print(x)")

    assert [] == lab.end() + lab.events


def test_one_cell_tells_the_notebook_when_no_other_came(lab: Lab, project: Path) -> None:
    """Imports stand at the top of many notebooks; a notebook of one cell, or one that fails at once, is known in the end."""
    source = "import math, json, os, sys, time, collections"
    path = write(project / "a.ipynb", source, "1 / 0")
    knowing(lab, None)

    assert [] == lab.run(source)
    ended = lab.end()
    assert ([(str(path), "content")], [(1, "code-0")]) == (notebooks(ended), cells(ended))


def test_imports_shared_with_another_notebook_tell_nothing(lab: Lab, project: Path) -> None:
    source = "import math, json, os, sys, time, collections"
    write(project / "a.ipynb", source, "1 / 0")
    knowing(lab, None).run(source, "elsewhere = 1")

    assert [] == lab.end() + lab.events


@pytest.mark.parametrize("executed", [SOURCES[::-1], (SOURCES[0], *SOURCES), ("x = 1", *SOURCES)])
def test_another_order_or_something_before_it_is_not_the_notebook(lab: Lab, project: Path, executed: tuple[str, ...]) -> None:
    write(project / "a.ipynb", *SOURCES)
    knowing(lab, None).run(*executed)

    assert [] == lab.end() + lab.events


def test_what_comes_after_the_notebook_is_known_gets_no_cell_unless_it_is_one(lab: Lab, project: Path) -> None:
    write(project / "a.ipynb", *SOURCES)
    knowing(lab, None).run(*SOURCES[:3], "area", SOURCES[0])

    assert (1, [1, 2, 3, 5]) == (len(notebooks(lab.events)), [n for n, _ in cells(lab.events)])


def test_a_notebook_that_is_saved_later_is_recognised_then(lab: Lab, project: Path) -> None:
    path = write(project / "a.ipynb", SOURCES[0])
    knowing(lab, None).run(*SOURCES[:2])
    assert [] == lab.events
    write(path, *SOURCES)
    lab.run(SOURCES[2])

    assert [(str(path), "content")] == notebooks(lab.events)
    assert [1, 2, 3] == [n for n, _ in cells(lab.events)]


@pytest.mark.parametrize("many", [50, 51])
def test_in_a_folder_of_many_notebooks_none_is_looked_for(lab: Lab, project: Path, many: int) -> None:
    for number in range(many - 1):
        (project / f"{number}.ipynb").write_text("{}")
    write(project / "a.ipynb", *SOURCES)
    knowing(lab, None).run(*SOURCES)

    assert (many <= 50) == bool(lab.events)


def test_beside_a_notebook_too_large_to_look_at_nothing_is_known(lab: Lab, project: Path) -> None:
    write(project / "a.ipynb", *SOURCES)
    with (project / "large.ipynb").open("wb") as file:
        file.truncate(21_000_000)
    knowing(lab, None).run(*SOURCES)

    assert [] == lab.end() + lab.events


def test_where_there_is_no_notebook_none_is_looked_for(lab: Lab, project: Path) -> None:
    """A console, a replay: what it executes may well be the code of one."""
    write(project / "a.ipynb", *SOURCES)
    lab.context.notebook = str
    lab.use(CellsRecorder)
    lab.run(*SOURCES)

    assert [] == lab.end() + lab.events


def test_without_ids_only_the_notebook_is_known(lab: Lab, project: Path) -> None:
    path = write(project / "a.ipynb", *SOURCES, ids=False)
    knowing(lab, None).run(*SOURCES)

    assert ([(str(path), "content")], []) == (notebooks(lab.events), cells(lab.events))


# -- with the programs that run notebooks

LIBRARY = """
import sys, nbformat
from nbclient import NotebookClient
NotebookClient(nbformat.read(sys.argv[1], as_version=4), resources={"metadata": {"path": sys.argv[2]}}).execute()
"""
Ask = Callable[..., Any]


@pytest.fixture
def ask(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    """What the command line answers."""

    def asked(*words: str) -> Any:
        assert 0 == main([*words, "--json"]), capsys.readouterr().err
        return json.loads(capsys.readouterr().out)

    return asked


def executed(project: Path, *words: str) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("LABJOURNAL_", "JPY_"))}
    home = project.parent
    env.update(
        PYTHONSTARTUP=str(BOOT), LABJOURNAL_PATH=str(home / "journal"), IPYTHONDIR=str(home / "ipython"),
        JUPYTER_DATA_DIR=str(home / "data"), JUPYTER_CONFIG_DIR=str(home / "config"),
    )  # fmt: skip
    done = subprocess.run([sys.executable, *words], cwd=project, env=env, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr


def library(project: Path) -> str:
    """A program that uses nbclient, which its command line does not say."""
    program = project.parent / "drive.py"
    program.write_text(LIBRARY)
    return str(program)


def told(ask: Ask) -> tuple[str | None, list[str | None]]:
    """The notebook of the only run, and the cells of its executions."""
    (run,) = ask("log")["runs"]
    return run["notebook"], [execution["cell_id"] for execution in ask("show", run["run"])["executions"]]


def test_nbclient_as_a_library_leaves_path_and_cells(project: Path, ask: Ask) -> None:
    path = write(project / "a.ipynb", *SOURCES)
    executed(project, library(project), str(path), str(project))

    assert (str(path), ["code-0", "code-1", "code-2", "code-3"]) == told(ask)
    assert [] == ask("verify")["problems"]


def test_of_two_equal_notebooks_nobody_knows_which_it_was(project: Path, ask: Ask) -> None:
    path = write(project / "a.ipynb", *SOURCES)
    shutil.copy(path, project / "b.ipynb")
    executed(project, library(project), str(path), str(project))

    assert (None, [None] * 4) == told(ask)


def test_a_notebook_without_ids_leaves_its_path(project: Path, ask: Ask) -> None:
    path = write(project / "a.ipynb", *SOURCES, ids=False)
    executed(project, library(project), str(path), str(project))

    assert (str(path), [None] * 4) == told(ask)


def test_nbconvert_leaves_path_and_cells(project: Path, ask: Ask) -> None:
    path = write(project / "a.ipynb", *SOURCES)
    executed(project, "-m", "nbconvert", "--execute", "--to", "notebook", "--output", "out.ipynb", "a.ipynb")

    assert (str(path), ["code-0", "code-1", "code-2", "code-3"]) == told(ask)


def test_papermill_leaves_path_and_cells_but_for_the_one_it_puts_in(project: Path, ask: Ask) -> None:
    path = write(project / "a.ipynb", *SOURCES)
    executed(project, "-m", "papermill", "a.ipynb", "out.ipynb", "--no-progress-bar", "-p", "radius", "5")

    assert (str(path), [None, "code-0", "code-1", "code-2", "code-3"]) == told(ask)
