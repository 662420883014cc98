"""Which of my thirty tries was the best? One notebook, one kernel, no line of logging; told through the command line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labjournal.cli.main import main
from tests.replay.conftest import record

ALPHAS = [round(0.01 * 1.4**step, 5) for step in range(30)]
LOADING = """from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
X, y = load_diabetes(return_X_y=True)
seed = 7
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=seed)
best_so_far = []"""
TRYING = """model = Ridge(alpha=alpha).fit(X_train, y_train)
r2 = r2_score(y_test, model.predict(X_test))
print('r2:', round(r2, 3))"""

Answers = Callable[..., str]


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tries")
    cells = [cell for alpha in ALPHAS for cell in (f"alpha = {alpha}", TRYING)]
    record(root / "journal", root / "tries.ipynb", LOADING, *cells)
    return root / "journal"


@pytest.fixture
def told(journal: Path, capsys: pytest.CaptureFixture[str]) -> Answers:
    def carried_out(*argv: str) -> str:
        capsys.readouterr()
        status = main(["--journal", str(journal), *argv])
        printed = capsys.readouterr()
        assert (status, printed.err) == (0, "")
        return printed.out

    return carried_out


def expected() -> list[tuple[float, float]]:
    """(alpha, r2) of every try, told by scikit-learn itself, the best first."""
    names: dict[str, Any] = {}
    exec(LOADING, names)
    tries = []
    for alpha in ALPHAS:
        names["alpha"] = alpha
        exec(TRYING.rpartition("\n")[0], names)
        tries.append((alpha, float(names["r2"])))
    return sorted(tries, key=lambda pair: -pair[1])


def test_the_table_has_every_try_with_its_parameter_the_best_first(told: Answers) -> None:
    answer = json.loads(told("results", "--sort", "r2", "--json"))
    rows = [row for row in answer["results"] if "r2" in row["metrics"]]

    assert [row["parameters"]["alpha"] for row in rows] == [alpha for alpha, _ in expected()]
    assert [row["metrics"]["r2"] for row in rows] == pytest.approx([r2 for _, r2 in expected()], abs=1e-9)
    assert {row["parameters"]["seed"] for row in rows} == {7}
    assert {model["kind"].rpartition(".")[2] for row in rows for model in row["models"]} == {"Ridge"}
    assert answer["results"][: len(rows)] == rows


def test_a_person_sees_it_at_a_glance(told: Answers) -> None:
    head, first, *_ = told("results", "--sort", "r2").splitlines()
    alpha, r2 = expected()[0]

    assert {"alpha", "r2"} <= set(head.split())
    assert f"{alpha:.5g}" in first
    assert f"{r2:.5g}" in first


def test_a_spreadsheet_gets_the_same(told: Answers) -> None:
    rows = list(csv.DictReader(io.StringIO(told("results", "--metric", "r2", "--csv"))))

    assert [float(row["parameters.alpha"]) for row in rows] == ALPHAS[::-1]


def test_from_a_number_to_where_it_came_from(told: Answers) -> None:
    best = json.loads(told("results", "--sort", "r2", "--limit", "1", "--json"))["results"][0]["address"]
    why = json.loads(told("why", f"{best}:r2", "--json"))

    assert why["produced_by"]["address"] == best
    assert why["recipe"][-1]["source"] == TRYING
