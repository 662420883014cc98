"""Yesterday's work is changed beyond recognition; `restore` lays it out as it was, and it gives the same again. With a real kernel."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from labjournal.journal.integrity import verify
from tests.recorders.test_git_snapshots import git
from tests.replay.conftest import record

CELLS = (
    "import helper\nimport numpy as np\nfrom settings import RATE",
    "rows = [float(line) for line in open('data/in.txt')]\ntotal = helper.scaled(sum(rows), RATE)",
    "import time\nopen('helper.py', 'w').write('def scaled(x, by):\\n    return -1\\n')\ntime.sleep(0.1)",
    "total = helper.scaled(sum(rows), RATE)\nprint('total', total)",
    "noise = np.random.rand()",
    "np.random.seed(3)\nprint('drawn', round(np.random.rand(), 6))\nopen('out.txt', 'w').write(str(total))",
)


def labjournal(journal: Path, *arguments: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "labjournal.cli.main", *arguments, "--json"],
        env={**os.environ, "LABJOURNAL_PATH": str(journal)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class Afternoon:
    def __init__(self, root: Path) -> None:
        self.journal, self.project, self.root = root / "journal", root / "project", root
        (self.project / "data").mkdir(parents=True)
        git(self.project, "init", "-q", "-b", "main")
        (self.project / "helper.py").write_text("def scaled(x, by):\n    return x * by\n")
        (self.project / "settings.py").write_text("RATE = 1\n")
        (self.project / ".gitignore").write_text("data/\n__pycache__/\n")
        git(self.project, "add", ".")
        git(self.project, "commit", "-q", "-m", "one")
        (self.project / "settings.py").write_text("RATE = 3\n")  # not committed
        (self.project / "notes.md").write_text("untracked\n")
        (self.project / ".env").write_text("TOKEN=abc\n")
        (self.project / "data" / "in.txt").write_text("1\n2\n4\n")
        record(self.journal, self.project / "work.ipynb", *CELLS)
        shutil.rmtree(self.project / "data")
        git(self.project, "checkout", "-q", "-f", "-b", "other")
        (self.project / "settings.py").write_text("RATE = 1000\n")
        git(self.project, "commit", "-q", "-a", "-m", "two")


@pytest.fixture(scope="module")
def afternoon(tmp_path_factory: pytest.TempPathFactory) -> Afternoon:
    return Afternoon(tmp_path_factory.mktemp("afternoon"))


def test_what_was_loaded_is_known_and_the_stale_module_is_named(afternoon: Afternoon) -> None:
    told = labjournal(afternoon.journal, "show", "last")
    assert [(1, "helper", "loaded", True), (1, "settings", "loaded", True), (4, "helper", "stale", True)] == [
        (each["n"], each["name"], each["state"], each["kept"]) for each in told["modules"]
    ]
    assert any("The file of module helper was changed" in warning for warning in told["warnings"])


def test_numbers_drawn_before_anything_was_seeded_are_named(afternoon: Afternoon) -> None:
    seen = labjournal(afternoon.journal, "show", "last")["randomness"]
    assert {"numpy": [5]} == seen["unseeded"]
    assert [("np.random.seed", 3, 6)] == [(each["call"], each["value"], each["n"]) for each in seen["seeds"]]


def test_packages_are_told_of_each_execution(afternoon: Afternoon) -> None:
    executions = labjournal(afternoon.journal, "show", "last")["executions"]
    assert [True, False, False, False, True, True] == ["numpy" in each["packages"] for each in executions]


def test_what_was_not_committed_is_a_snapshot_without_secrets(afternoon: Afternoon) -> None:
    snapshot = labjournal(afternoon.journal, "show", "last")["snapshot"]
    names = git(afternoon.project, "ls-tree", "-r", "--name-only", snapshot["commit"]).split()
    assert {"settings.py", "notes.md", "helper.py", ".gitignore"} <= set(names)
    assert ".env" not in names
    assert ".env" in [each["path"] for each in snapshot["left_out"]]


def test_the_restored_folder_gives_the_same_again(afternoon: Afternoon, tmp_path: Path) -> None:
    answer = labjournal(afternoon.journal, "restore", "last/4", "--to", str(tmp_path / "yesterday"))
    sources = {file["path"]: file["from"] for file in answer["files"]}
    assert ("data", "module", "snapshot") == (sources["data/in.txt"], sources["helper.py"], sources["notes.md"])
    assert [".env"] == [each["path"] for each in answer["missing"]]
    folder = tmp_path / "yesterday"
    place = next(file["path"] for file in answer["files"] if file["from"] == "journal")
    notebook = nbformat.read(folder / place, as_version=4)
    assert list(CELLS[:4]) == [cell.source for cell in notebook.cells]
    NotebookClient(notebook, kernel_name="python3", timeout=60, resources={"metadata": {"path": str(folder)}}).execute()
    assert "total 21.0\n" == notebook.cells[3].outputs[0].text
    assert [] == verify(afternoon.journal)
