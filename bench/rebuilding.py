"""Are notebooks that were recorded under older versions reproduced in their recorded environment, and what happens in today's?

    python -m bench.rebuilding [--notebooks FOLDER] [--only NAME …]

Notebooks of our own, and those of FOLDER (one folder each, with what they read), are executed in an environment with older pins, made by uv.
That environment is then removed, as such environments are. Every run is replayed twice: with what is installed today, and with
`--environment recorded`. Needs a package index.
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import functools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from bench.kernels import environment
from labjournal.errors import LabjournalError
from labjournal.journal.reader import Journal
from labjournal.records.locking import find_uv
from labjournal.replay.run import replay

PYTHON = "3.11"
OLDER = (
    "pandas==2.2.3 numpy==1.26.4 scikit-learn==1.5.2 scipy==1.13.1 matplotlib==3.9.2 statsmodels==0.14.4 seaborn==0.13.2 ipykernel==6.29.5 "
    "openpyxl==3.1.5 xlrd==2.0.1 tables==3.10.1 lxml==5.3.0 html5lib==1.1 beautifulsoup4==4.12.3 sqlalchemy==2.0.36 requests==2.32.3 pyarrow==17.0.0"
).split()
_WITHIN_S = 600


@dataclass(frozen=True)
class Notebook:
    name: str
    folder: Path
    path: Path | None
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Told:
    """What came of a notebook."""

    name: str
    cells: int
    current: str
    recorded: str
    seconds: float
    packages: int


_FRAME = "import numpy as np, pandas as pd\nrng = np.random.RandomState(7)\ndf = pd.DataFrame({'x': rng.normal(size=200), 'g': rng.choice(list('abc'), 200)})"
OWN: dict[str, tuple[str, ...]] = {
    "dtypes": (_FRAME, "df.dtypes", "df.g.str.upper().value_counts()", "pd.Series(['a', None, 'b'])"),
    "copies": (_FRAME, "part = df['x']\npart.iloc[0] = 99.0\nprint(round(df.x.sum(), 6))", "df.groupby('g').x.mean()"),
    "scalars": (_FRAME, "df.x.max(), df.x.std()", "[np.float64(1.5), np.int64(3)]"),
    "times": (
        "import pandas as pd",
        "s = pd.Series(range(4), index=pd.date_range('2024-01-31', periods=4, freq='ME'))\ns",
        "s.index.dtype, s.resample('QE').sum()",
    ),
    "forest": (
        "from sklearn.datasets import make_classification\nfrom sklearn.ensemble import RandomForestClassifier\nX, y = make_classification(400, random_state=0)",
        "model = RandomForestClassifier(40, random_state=0).fit(X[:300], y[:300])\nmodel",
        "accuracy = model.score(X[300:], y[300:])\nprint('accuracy:', accuracy)",
    ),
    "boosting": (
        "from sklearn.datasets import make_regression\nfrom sklearn.ensemble import HistGradientBoostingRegressor\nX, y = make_regression(500, 8, noise=3.0, random_state=1)",
        "r2 = HistGradientBoostingRegressor(random_state=1).fit(X[:400], y[:400]).score(X[400:], y[400:])\nr2",
    ),
    "logistic": (
        "from sklearn.datasets import load_breast_cancer\nfrom sklearn.linear_model import LogisticRegression\nfrom sklearn.preprocessing import StandardScaler",
        "from sklearn.pipeline import make_pipeline\nX, y = load_breast_cancer(return_X_y=True, as_frame=True)",
        "model = make_pipeline(StandardScaler(), LogisticRegression(penalty='l2')).fit(X, y)\nmodel",
        "score = model.score(X, y)\nprint(f'accuracy: {score:.6f}')",
    ),
    "ols": (
        _FRAME,
        "import statsmodels.formula.api as smf\nfit = smf.ols('x ~ C(g)', df).fit()\nfit.params",
        "print(f'R2: {fit.rsquared:.8f}')",
    ),
    "figure": (
        _FRAME,
        "import matplotlib\nmatplotlib.rcParams['savefig.dpi'] = 60\nimport matplotlib.pyplot as plt\nax = df.x.plot.hist(bins=20)\nax.set_title('x');",
    ),
    "files": (
        _FRAME,
        "df.to_csv('made.csv', index=False)\ndf.describe().to_json('made.json')",
        "pd.read_csv('made.csv').g.unique()",
    ),
}


def told(folder: Path, notebooks: Sequence[Notebook], say: Any) -> Iterator[Told]:
    """Records all, removes the environment they ran in, and replays each twice."""
    journal, older = folder / "journal", folder / "older"
    _make(older)
    runs: list[tuple[Notebook, str]] = []
    for notebook in notebooks:
        say(f"recording {notebook.name}")
        with contextlib.suppress(LabjournalError, TimeoutError, RuntimeError):
            run = _record(notebook, older, journal)
            if run not in {known for _, known in runs}:  # one without cells leaves nothing
                runs.append((notebook, run))
    shutil.rmtree(older)
    for notebook, run in runs:
        say(f"replaying {notebook.name}")
        current, _, _ = _replayed(journal, run, "current")
        began = time.monotonic()
        recorded, packages, _ = _replayed(journal, run, "recorded")
        yield Told(notebook.name, len(notebook.cells), current, recorded, time.monotonic() - began, packages)


def _make(folder: Path) -> None:
    uv = find_uv()
    if uv is None:
        raise SystemExit("uv is not here")
    subprocess.run([uv, "venv", "-q", "-p", PYTHON, str(folder)], check=True)
    subprocess.run([uv, "pip", "install", "-q", "-p", str(folder / "bin" / "python"), *OLDER], check=True)


def _record(notebook: Notebook, older: Path, journal: Path) -> str:
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
    from jupyter_client.manager import KernelManager

    argv = [str(older / "bin" / "python"), "-m", "ipykernel_launcher", "-f", "{connection_file}"]

    class Older(KernelSpecManager):
        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
            return KernelSpec(argv=argv, name=kernel_name, language="python", display_name="older")

    manager = KernelManager(kernel_spec_manager=Older(), kernel_name="python3")
    variables = environment(journal, recorded=True) | {
        "LABJOURNAL_NOTEBOOK": str(notebook.path or notebook.folder / "notebook.ipynb")
    }
    manager.start_kernel(
        cwd=str(notebook.path.parent if notebook.path else notebook.folder), env=variables, stderr=subprocess.DEVNULL
    )
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=120)
        for cell in notebook.cells:
            client.execute_interactive(
                cell, timeout=_WITHIN_S, output_hook=lambda message: None, allow_stdin=False, stop_on_error=False
            )
    finally:
        client.stop_channels()
        manager.shutdown_kernel()
    with Journal.open(journal) as opened:
        return opened.runs(limit=1)[0].run


def _replayed(journal: Path, run: str, which: str) -> tuple[str, int, dict[str, Any]]:
    try:
        answer = replay(journal, run, environment=which, once=True)
    except LabjournalError as problem:
        return f"not executed: {problem}", 0, {}
    first = answer["first_difference"]
    if first is None:
        return "reproduced" if answer["reproduced"] else "the kernel died", answer["environment"]["pinned"], dict(answer)
    values = [" ".join(str(first.get(side)).split())[-60:] for side in ("recorded", "replayed")]
    return f"differs in {first['n']}: {first['what']}: {values[0]} → {values[1]}", answer["environment"]["pinned"], dict(answer)


def of_own(folder: Path) -> Iterator[Notebook]:
    for name, cells in OWN.items():
        place = folder / "own" / name
        place.mkdir(parents=True)
        yield Notebook(name, place, None, cells)


def of_folder(top: Path, folder: Path) -> Iterator[Notebook]:
    """Copies, because what is executed there writes."""
    for source in sorted(path for path in top.iterdir() if path.is_dir()):
        place = folder / "others" / source.name
        shutil.copytree(source, place, symlinks=True)
        found = sorted(path for path in place.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
        found = sorted(found, key=functools.partial(_alike, source.name))[-1:]
        if found:
            cells = nbformat.read(found[0], as_version=4).cells
            yield Notebook(
                source.name,
                place,
                found[0],
                tuple(cell.source for cell in cells if cell.cell_type == "code" and cell.source.strip()),
            )


def _alike(folder: str, path: Path) -> int:
    """How much of a notebook's name the folder's name repeats: a repository may hold many."""
    plain = re.sub(r"[^a-z0-9]+", "-", path.stem.lower())
    return difflib.SequenceMatcher(None, folder, plain, autojunk=False).find_longest_match().size


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.rebuilding", description=__doc__)
    parser.add_argument("--notebooks", type=Path, help="a folder with one folder for each notebook")
    parser.add_argument("--only", nargs="*", default=[], help="names of notebooks")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="labjournal-rebuilding-") as made:
        folder = Path(made)
        os.environ.setdefault("LABJOURNAL_ENVIRONMENTS", str(folder / "environments"))
        notebooks = [*of_own(folder), *(of_folder(arguments.notebooks.resolve(), folder) if arguments.notebooks else ())]
        chosen = [each for each in notebooks if not arguments.only or each.name in arguments.only]
        rows = []
        for row in told(folder, chosen, lambda text: sys.stderr.write(f"{text}\n")):
            rows.append(row)
            sys.stdout.write(json.dumps(row.__dict__, ensure_ascii=False) + "\n")
            sys.stdout.flush()
        good, before = (sum(getattr(row, name) == "reproduced" for row in rows) for name in ("recorded", "current"))
        sys.stdout.write(f"{good} of {len(rows)} reproduced in the recorded environment, {before} in today's\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
