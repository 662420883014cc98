"""Is the right cause ranked first? Small notebooks are executed in real kernels, once as they are and once with one cause injected.

    python -m bench.faults             every fault; prints a table and the share of those whose cause came first
    python -m bench.faults NAME …      some of them

Every faulty run also does what should not matter: a comment more, another layout, a cell that computes something on the side.
A fault counts as found where the first cause is of its kind and names it.
"""

from __future__ import annotations

import contextlib
import itertools
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.manager import KernelManager

from bench.kernels import environment
from labjournal.journal.reader import Journal
from labjournal.journal.rows import Address
from labjournal.questions.difference.diff import diff

__all__ = ["FAULTS", "Fault", "Found", "executed", "found"]

Cells = dict[str, str]


@dataclass(frozen=True)
class Notebook:
    cells: Cells
    files: Callable[[Path], None]


@dataclass(frozen=True)
class Fault:
    name: str
    notebook: str
    kind: str
    says: str
    """A word of the sentence that must be there."""
    edit: Cells = field(default_factory=dict)
    """Cell → its code in the faulty run; '' for a cell that is gone."""
    files: Callable[[Path], None] | None = None
    order: Sequence[str] = ()
    """The cells as they are executed, where not from top to bottom; 'x:y' executes the code of y in the cell of x first."""
    quiet: bool = False
    """Without what should not matter."""


@dataclass(frozen=True)
class Found:
    fault: Fault
    what: str
    """run | result: what was compared, the whole runs or the last executions with their recipes."""
    right: bool
    causes: list[Any]
    summary: str


def _table(folder: Path, rows: int = 400, column: str = "spend", skewed: bool = False) -> None:
    lines = [f"age,{column},left"]
    for row in range(rows):
        age, spend = 20 + (row * 7) % 50, (row * 37) % 101 + (40 if skewed else 0)
        lines.append(f"{age},{spend},{int((age * 3 + spend * 2 + (row * 13) % 60) > 260)}")
    (folder / "customers.csv").write_text("\n".join(lines) + "\n")


def _prices(folder: Path) -> None:
    (folder / "prices.csv").write_text("price\n" + "\n".join(str(10 + (row * 17) % 23) for row in range(60)) + "\n")
    _helpers(folder, "value * 0.9 + 1")


def _helpers(folder: Path, body: str, comment: str = "") -> None:
    (folder / "helpers.py").write_text(f"{comment}def smooth(value):\n    return {body}\n\n\ndef unused():\n    return 1\n")


def _wares(folder: Path, version: str = "1.4.0", factor: float = 2.0) -> None:
    """A package of its own, installed as pip leaves one."""
    place = folder / "site-packages"
    for old in place.glob("wares-*.dist-info/*"):
        old.unlink()
    for old in place.glob("wares-*.dist-info"):
        old.rmdir()
    (place / "wares").mkdir(parents=True, exist_ok=True)
    (place / "wares" / "__init__.py").write_text(
        f"__version__ = '{version}'\n\ndef score(values):\n    return sum(values) / len(values) * {factor}\n"
    )
    facts = place / f"wares-{version}.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: wares\nVersion: {version}\n")
    (facts / "RECORD").write_text(f"wares/__init__.py,,\nwares-{version}.dist-info/METADATA,,\n")
    (facts / "INSTALLER").write_text("pip\n")
    (facts / "top_level.txt").write_text("wares\n")
    (folder / "counts.csv").write_text("\n".join(str(row % 7) for row in range(50)) + "\n")


def _without_wares(folder: Path) -> None:
    _wares(folder)
    (folder / "site-packages" / "wares" / "__init__.py").unlink()
    (folder / "site-packages" / "wares").rename(folder / "site-packages" / "no_longer")
    for path in (folder / "site-packages").glob("wares-*/*"):
        path.unlink()
    for path in (folder / "site-packages").glob("wares-*"):
        path.rmdir()


NOTEBOOKS = {
    "churn": Notebook(
        {
            "imports": "import pandas as pd\nfrom sklearn.ensemble import RandomForestClassifier\nfrom sklearn.metrics import accuracy_score\n"
            "from sklearn.model_selection import train_test_split",
            "load": "df = pd.read_csv('customers.csv')",
            "clean": "df = df.iloc[5:]",
            "settings": "trees = 12\ntest_share = 0.3",
            "split": "X_train, X_test, y_train, y_test = train_test_split(df[['age', 'spend']], df['left'], test_size=test_share, random_state=1)",
            "fit": "model = RandomForestClassifier(n_estimators=trees, max_depth=3, random_state=0).fit(X_train, y_train)",
            "score": "accuracy = accuracy_score(y_test, model.predict(X_test))\nprint('accuracy:', accuracy)",
        },
        _table,
    ),
    "prices": Notebook(
        {
            "imports": "import numpy as np\nimport helpers",
            "load": "prices = np.loadtxt('prices.csv', skiprows=1)",
            "level": "level = 1.5",
            "smooth": "values = np.array([helpers.smooth(value) for value in prices])",
            "scale": "values = values * level",
            "shift": "values = values + 3",
            "score": "rmse = float(np.sqrt(np.mean((values - prices) ** 2)))\nprint('rmse:', rmse)",
        },
        _prices,
    ),
    "wares": Notebook(
        {
            "imports": "import wares",
            "load": "counts = [int(line) for line in open('counts.csv')]",
            "score": "score = wares.score(counts)\nprint('score:', score)",
        },
        _wares,
    ),
    "chance": Notebook(
        {
            "imports": "import random\nimport numpy as np\nimport time",
            "seed": "np.random.seed(7)",
            "plain": "random.seed(3)",
            "draw": "noise = np.random.normal(size=200)",
            "own": "own = np.random.default_rng(11).normal(size=50)",
            "pick": "picked = random.random()",
            "score": "loss = float(noise.mean() + own.mean() + picked)\nprint('loss:', loss)",
        },
        lambda folder: None,
    ),
    "loose": Notebook(
        {
            "imports": "import random",
            "draw": "picked = [random.random() for _ in range(50)]",
            "score": "loss = sum(picked)\nprint('loss:', loss)",
        },
        lambda folder: None,
    ),
    "clock": Notebook(
        {"imports": "import time", "draw": "now = time.time()", "score": "loss = now % 1000\nprint('loss:', loss)"},
        lambda folder: None,
    ),
}

FAULTS = [
    Fault("rows removed", "churn", "data", "rows fewer", files=lambda folder: _table(folder, 320)),
    Fault("column renamed", "churn", "data", "spend", files=lambda folder: _table(folder, column="spent")),
    Fault("values shifted", "churn", "data", "customers.csv", files=lambda folder: _table(folder, skewed=True)),
    Fault("file missing", "churn", "data", "was not there", files=lambda folder: (folder / "customers.csv").unlink()),
    Fault(
        "file missing, first cell too",
        "wares",
        "data",
        "counts.csv",
        files=lambda folder: (folder / "counts.csv").unlink(),
        quiet=True,
    ),
    Fault("a parameter", "churn", "parameters", "trees", {"settings": "trees = 1\ntest_share = 0.3"}),
    Fault("another parameter", "churn", "parameters", "test_share", {"settings": "trees = 12\ntest_share = 0.5"}),
    Fault(
        "a hyperparameter in place",
        "churn",
        "parameters",
        "max_depth",
        {"fit": "model = RandomForestClassifier(n_estimators=trees, max_depth=1, random_state=0).fit(X_train, y_train)"},
    ),
    Fault(
        "seed of the forest dropped",
        "churn",
        "randomness",
        "seed",
        {"fit": "model = RandomForestClassifier(n_estimators=trees, max_depth=3).fit(X_train, y_train)"},
    ),
    Fault(
        "seed of the split changed",
        "churn",
        "randomness",
        "seed",
        {
            "split": "X_train, X_test, y_train, y_test = train_test_split(df[['age', 'spend']], df['left'], test_size=test_share, random_state=2)"
        },
    ),
    Fault(
        "a feature dropped",
        "churn",
        "code",
        "'age'",
        {
            "split": "X_train, X_test, y_train, y_test = train_test_split(df[['age']], df['left'], test_size=test_share, random_state=1)"
        },
    ),
    Fault(
        "a cell executed twice",
        "prices",
        "order",
        "twice",
        order=("imports", "load", "level", "smooth", "scale", "scale", "shift", "score"),
    ),
    Fault(
        "cells in another order",
        "prices",
        "order",
        "order",
        order=("imports", "load", "level", "smooth", "shift", "scale", "score"),
    ),
    Fault(
        "a name left behind",
        "prices",
        "order",
        "left from",
        {"level": "height = 1.5"},
        order=("imports", "load", "level:level = 2.5", "level", "smooth", "scale", "shift", "score"),
    ),
    Fault(
        "a deleted cell still in effect",
        "prices",
        "order",
        "does not hold any more",
        order=("imports", "load", "level", "tried:level = 2.5", "smooth", "scale", "shift", "score"),
    ),
    Fault("a local module edited", "prices", "code", "helpers.py", files=lambda folder: _helpers(folder, "value * 0.8 + 1")),
    Fault(
        "a comment in the module, and a parameter",
        "prices",
        "parameters",
        "level",
        {"level": "level = 1.75"},
        files=lambda folder: _helpers(folder, "value * 0.9 + 1", "# smoothing\n"),
    ),
    Fault(
        "the metric redefined",
        "prices",
        "code",
        "np.abs",
        {"score": "rmse = float(np.mean(np.abs(values - prices)))\nprint('rmse:', rmse)"},
    ),
    Fault("a package upgraded", "wares", "environment", "wares 1.4.0", files=lambda folder: _wares(folder, "2.0.0", 2.2)),
    Fault("a package patched", "wares", "environment", "wares 1.4.0", files=lambda folder: _wares(folder, "1.4.1", 2.1)),
    Fault("a package gone", "wares", "environment", "wares", files=_without_wares),
    Fault("a seed cell dropped", "chance", "randomness", "np.random.seed", {"seed": ""}),
    Fault("a seed changed", "chance", "randomness", "random.seed", {"plain": "random.seed(4)"}),
    Fault(
        "a generator without its seed",
        "chance",
        "randomness",
        "default_rng",
        {"own": "own = np.random.default_rng().normal(size=50)"},
    ),
    Fault(
        "one more draw before",
        "chance",
        "order",
        "draw",
        order=("imports", "seed", "plain", "draw", "draw", "own", "pick", "score"),
    ),
    Fault("never seeded", "loose", "randomness", "not seeded"),
    Fault("the clock", "clock", "time", "clock"),
]


def found(folder: Path, faults: Sequence[Fault] = FAULTS, told: Callable[[str], None] = lambda _: None) -> Iterator[Found]:
    """Each fault with what `diff` makes of it, of the runs and of their last results."""
    for name, several in itertools.groupby(
        sorted(faults, key=lambda fault: list(NOTEBOOKS).index(fault.notebook)), lambda fault: fault.notebook
    ):
        notebook = NOTEBOOKS[name]
        place, journal = folder / name, folder / name / "journal"
        place.mkdir()
        notebook.files(place)
        first = executed(place, journal, notebook.cells, list(notebook.cells))
        for fault in several:
            told(f"{name}: {fault.name}")
            notebook.files(place)
            if fault.files:
                fault.files(place)
            cells, order = _faulty(notebook, fault)
            second = executed(place, journal, cells, order)
            with Journal.open(journal) as opened:
                for what, sides in (("run", (None, None)), ("result", (_last(opened, first), _last(opened, second)))):
                    answer = diff(opened, Address(first, sides[0]), Address(second, sides[1]))
                    best = answer["causes"][0] if answer["causes"] else None
                    right = best is not None and best["kind"] == fault.kind and fault.says in best["sentence"]
                    yield Found(fault, what, right, list(answer["causes"]), answer["summary"])


def _last(journal: Journal, run: str) -> int:
    return journal.executions(run, newest_first=True, limit=1)[0].n


def _faulty(notebook: Notebook, fault: Fault) -> tuple[Cells, list[str]]:
    cells = {**notebook.cells, **fault.edit}
    order = [each for each in (fault.order or list(notebook.cells)) if cells.get(each, "x") != ""]
    if not fault.quiet:
        cells["imports"] = f"# what is needed\n{cells['imports']}\n"
        cells["aside"] = "aside = [number ** 2 for number in range(10)]\nprint(len(aside))"
        order = [order[0], "aside", *order[1:]]
    return cells, order


def executed(place: Path, journal: Path, cells: Cells, order: Sequence[str]) -> str:
    """The run that was recorded; on the disk stands the notebook with the cells that it has in the end."""
    written = [nbformat.v4.new_code_cell(source, id=f"cell-{cell}") for cell, source in cells.items() if source]
    nbformat.write(nbformat.v4.new_notebook(cells=written), place / "notebook.ipynb")
    variables = environment(journal, recorded=True) | {
        "LABJOURNAL_NOTEBOOK": str(place / "notebook.ipynb"),
        "PYTHONPATH": str(place / "site-packages"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    with _client(variables, place) as client:
        for step in order:
            cell, _, code = step.partition(":")
            _execute(client, cell, code or cells[cell])
    with Journal.open(journal) as opened:
        return opened.runs(limit=1)[0].run


def _execute(client: Any, cell: str, code: str) -> None:
    """As a notebook sends it, with the id of its cell; a cell that fails ends nothing."""
    message = client.session.msg("execute_request", {"code": code, "silent": False, "store_history": True, "user_expressions": {},
                                                     "allow_stdin": False, "stop_on_error": False}, metadata={"cellId": f"cell-{cell}"})  # fmt: skip
    client.shell_channel.send(message)
    while True:
        answer = client.get_iopub_msg(timeout=120)
        ours = answer["parent_header"].get("msg_id") == message["header"]["msg_id"]
        if ours and answer["msg_type"] == "status" and answer["content"]["execution_state"] == "idle":
            break
    client.get_shell_msg(timeout=120)


@contextlib.contextmanager
def _client(variables: dict[str, str], place: Path) -> Iterator[Any]:
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(env=variables, cwd=str(place), stderr=subprocess.DEVNULL)
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=120)
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel()


def main() -> int:
    names = set(sys.argv[1:])
    faults = [fault for fault in FAULTS if not names or fault.name in names]
    right = compared = 0
    with tempfile.TemporaryDirectory() as folder:
        for each in found(Path(folder), faults):
            right += each.right
            compared += 1
            best = each.causes[0] if each.causes else {"kind": "none", "sentence": "", "weight": 0}
            print(
                f"{'ok   ' if each.right else 'WRONG'}  {each.fault.name} ({each.what}): {best['kind']} {best['weight']:.2f} {best['sentence']}",
                flush=True,
            )
            if not each.right:
                for cause in each.causes[1:5]:
                    print(f"         then {cause['kind']} {cause['weight']:.2f} {cause['sentence']}")
                print(f"         {each.summary}")
    print(f"{len(faults)} faults, {compared} comparisons: in {right} the cause is first ({right / max(1, compared):.0%}).")
    return 0 if right >= 0.95 * compared else 1


if __name__ == "__main__":
    sys.exit(main())
