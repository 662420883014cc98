"""A messy afternoon leaves as a notebook that was run before, and a colleague runs it elsewhere, from the file alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from labjournal.cli.main import main
from tests.replay.conftest import record

AFTERNOON = (
    "import random\nimport json",
    "import os",
    "random.seed(1)",
    "n_days = 30",
    "cups = [random.randint(20, 60) for _ in range(n_days)]",
    "cups",
    "cups.sort",
    "mean = sum(cup) / len(cups)",
    "random.seed(7)",
    "n_days = 60",
    "cups = [random.randint(20, 60) for _ in range(n_days)]",
    "!ls",
    "with open('cups.json', 'w') as file:\n    json.dump(cups, file)",
    "with open('notes.txt', 'w') as file:\n    file.write('nothing')",
    "def mean_of(values):\n    return sum(values) / len(values)",
    "mean_of([])",
    "def mean_of(values):\n    kept = [v for v in values if v >= floor]\n    return sum(kept) / len(kept)",
    "floor = 10",
    "print('mean:', mean_of(cups))",
    "floor = 30",
    "loaded = json.load(open('cups.json'))",
    "scratch = {'a': 1}",
    "scratch['b'] = 2",
    "loaded.append(100)",
    "del scratch",
    "print('mean:', round(mean_of(loaded), 4))",
)


def test_a_messy_afternoon_leaves_as_a_notebook_that_was_run_before(tmp_path: Path) -> None:
    project, elsewhere, journal = tmp_path / "project", tmp_path / "elsewhere", tmp_path / "journal"
    project.mkdir()
    elsewhere.mkdir()
    record(journal, project / "afternoon.ipynb", *AFTERNOON)
    shutil.rmtree(project)  # nothing of it is at hand any more
    project.mkdir()
    target = ("--journal", str(journal), "export", f"last/{len(AFTERNOON)}")

    assert 0 == main([*target, "--to", "notebook", "--verify", "--output", str(elsewhere / "clean.ipynb")])
    assert 0 == main([*target, "--to", "script", "--verify", "--output", str(elsewhere / "clean.py")])

    notebook = json.loads((elsewhere / "clean.ipynb").read_text(encoding="utf-8"))
    executions = [cell["metadata"]["labjournal"]["n"] for cell in notebook["cells"][2:]]
    assert [1, 9, 11, 13, 17, 21, 24, 26] == executions, "10 and 20 are the parameters"
    assert {"n_days": 60, "floor": 30} == notebook["metadata"]["labjournal"]["parameters"]
    assert "verified" in notebook["metadata"]["labjournal"]
    as_it_was = ran(elsewhere, "script", "clean.py")
    assert as_it_was == ran(elsewhere, "notebook", "clean.ipynb")
    changed = ran(elsewhere, "notebook", "clean.ipynb", "-p", "floor", "50")
    assert changed == ran(elsewhere, "script", "clean.py", "--floor", "50")
    assert as_it_was != changed


def ran(folder: Path, kind: str, name: str, *words: str) -> str:
    """What the export printed in the end, run by another program."""
    command = (
        [name, *words]
        if kind == "script"
        else ["-m", "papermill", name, "out.ipynb", "--no-progress-bar", "-k", "python3", *words]
    )
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**os.environ, "LABJOURNAL_DISABLE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    if kind == "script":
        return done.stdout
    return "".join(json.loads((folder / "out.ipynb").read_text(encoding="utf-8"))["cells"][-1]["outputs"][0]["text"])
