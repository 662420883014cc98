"""The main job of labjournal on a small real analysis, without a browser.

A notebook that knows nothing of labjournal is executed in an ordinary kernel, as Jupyter does it. Everything after that is asked
of the journal: what happened, a page, a notebook and a record to hand on, and whether it can be done again.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

EXAMPLE = Path(__file__).resolve().parent / "cafe"
RESULTS = Path(__file__).resolve().parent.parent / "build" / "demo"
BIN = Path(sys.executable).parent
STEPS = 5


def main(results: Path = RESULTS) -> int:
    """0 where the replay reproduced the run; everything that was made stands in `results`."""
    shutil.rmtree(results, ignore_errors=True)
    work, handed_on = results / "work", results / "handed-on"
    shutil.copytree(EXAMPLE, work)
    handed_on.mkdir()
    os.environ["LABJOURNAL_PATH"] = str(results / "journal")

    step(1, "an analysis is run, as on any day; nobody mentions a journal")
    execute(work / "analysis.ipynb")

    step(2, "what did I do?  labjournal log, labjournal show")
    runs = ask("log")["runs"]
    if not runs:
        raise SystemExit("Nothing was recorded: `labjournal doctor` says what is missing.")
    run = str(runs[0]["run"])
    say("log")
    say("show", run)

    step(3, "a page, a notebook and a record to hand on  labjournal export")
    for kind, name in (("html", "lab-notebook.html"), ("notebook", "analysis.ipynb"), ("crate", "crate")):
        say("export", run, "--to", kind, "--output", str(handed_on / name))

    step(4, "Papermill itself runs the exported notebook, as it is and with one parameter changed: trees = 60")
    papermill(handed_on / "analysis.ipynb", results / "papermill-same")
    papermill(handed_on / "analysis.ipynb", results / "papermill-60-trees", "-p", "trees", "60")
    say("log", "--limit", "3")

    step(5, "does the first run still hold?  labjournal replay, in a fresh kernel and a workspace of its own")
    verdict = ask("replay", run, "--yes", "--output", str(results / "replay"), accept=(0, 1))

    print(f"\nEverything is in {results}")
    print(told(run, verdict))
    return 0 if verdict["reproduced"] else 1


def step(number: int, text: str) -> None:
    print(f"\n[{number}/{STEPS}] {text}", flush=True)


def execute(notebook: Path) -> None:
    """Executes `notebook` in place in a kernel of this environment, saying which cell it is at."""
    content = nbformat.read(notebook, as_version=4)
    cells = sum(cell.cell_type == "code" for cell in content.cells)
    started: list[float] = []

    def cell_started(cell: Any, cell_index: int) -> None:
        started.append(time.monotonic())
        print(f"  cell {len(started)}/{cells}  {cell.source.splitlines()[0][:70]}", flush=True)

    client = NotebookClient(
        content, timeout=300, resources={"metadata": {"path": str(notebook.parent)}}, on_cell_execute=cell_started
    )
    client.execute(stderr=subprocess.DEVNULL)
    nbformat.write(content, notebook)
    print(f"  done in {time.monotonic() - started[0]:.1f} s")


def papermill(notebook: Path, folder: Path, *parameters: str) -> None:
    """Runs `notebook` with Papermill in a folder of its own that holds the data."""
    folder.mkdir()
    shutil.copy(EXAMPLE / "sales.csv", folder)
    command = [sys.executable, "-m", "papermill", str(notebook), str(folder / "out.ipynb"), "--cwd", str(folder), *parameters]
    done = subprocess.run([*command, "--no-progress-bar"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"papermill failed:\n{done.stderr}")
    print(f"  {folder.name}/: " + ", ".join(sorted(path.name for path in folder.iterdir())))


def say(*arguments: str) -> None:
    """Runs `labjournal`, its answer on the screen."""
    done = subprocess.run([BIN / "labjournal", *arguments], check=False)
    if done.returncode:
        raise SystemExit(f"labjournal {' '.join(arguments)} ended with {done.returncode}")


def ask(*arguments: str, accept: tuple[int, ...] = (0,)) -> dict[str, Any]:
    """Runs `labjournal … --json` and gives back its answer."""
    done = subprocess.run([BIN / "labjournal", *arguments, "--json"], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode not in accept:
        raise SystemExit(f"labjournal {' '.join(arguments)} ended with {done.returncode}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def told(run: str, verdict: dict[str, Any]) -> str:
    """The verdict in a sentence."""
    if not verdict["reproduced"]:
        return f"not reproduced: {run} first differs at {verdict['first_difference']}; {verdict['problems']}"
    counts = ", ".join(f"{len(verdict[what])} {what}" for what in ("executions", "metrics", "files"))
    return f"reproduced: {run} gave the same again ({counts})"


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:2])))
