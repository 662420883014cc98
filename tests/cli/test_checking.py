"""`check` as a person sees it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tests.builders import JournalBuilder
from tests.cli.conftest import Cli


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    path = tmp_path / "mine.ipynb"
    cells = [
        nbformat.v4.new_code_cell("a = 1", id="a", execution_count=1),
        nbformat.v4.new_code_cell("a + b", id="b", execution_count=2),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def test_problems_are_told_cell_by_cell_and_end_with_one(cli: Cli, notebook: Path) -> None:
    told = cli("check", str(notebook))

    assert (1, "") == (told.status, told.err)
    assert "cell 2 In[2] not defined: It uses 'b', which no cell defines.\n    a + b\n" in told.out
    assert "only the file was looked at" in told.out


def test_what_is_fine_is_fine(cli: Cli, tmp_path: Path) -> None:
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("a = 1")]), tmp_path / "x.ipynb")

    told = cli("check", str(tmp_path / "x.ipynb"), "--json")

    assert (0, True, []) == (told.status, told.json["ok"], told.json["problems"])


def test_the_journal_says_how_the_cells_ran(cli: Cli, notebook: Path, folder: Path) -> None:
    builder = JournalBuilder(folder)
    builder.run(notebook=str(notebook)).execution("b = 2", cell_id="gone", bound=["b"]).execution(
        "a + b", cell_id="b", used=["a", "b"]
    )
    builder.save()

    told = cli("check", str(notebook), "--json")

    assert "r001/1 did (`b = 2`), a cell that is gone" in told.json["problems"][0]["why"]


def test_escape_sequences_in_a_cell_are_shown_and_not_sent(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "x.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("print(b)  # \x1b]0;gone\x07")]), path)

    assert "\x1b" not in cli("check", str(path)).out


def test_the_notebook_is_not_touched(cli: Cli, notebook: Path) -> None:
    before = (notebook.read_bytes(), notebook.stat().st_mtime_ns)

    cli("check", str(notebook))

    assert before == (notebook.read_bytes(), notebook.stat().st_mtime_ns)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_what_is_no_file_is_not_waited_for(cli: Cli, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.ipynb")

    answer = cli("check", str(tmp_path / "x.ipynb"))

    assert (2, True) == (answer.status, "is no file" in answer.err)


def test_reading_a_notebook_loads_no_grammar_of_addresses(tmp_path: Path) -> None:
    """It costs two seconds, and comes with every JupyterLab."""
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("a = 1")]), tmp_path / "x.ipynb")
    asked = f"""
import sys
sys.argv = ["labjournal", "check", {str(tmp_path / "x.ipynb")!r}]
from labjournal.cli.main import main
status = main()
import nbformat.validator
print(status, sys.modules.get("rfc3987_syntax"))
"""
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, timeout=120)

    assert "0 None" in told.stdout, told.stderr
