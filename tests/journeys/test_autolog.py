"""`mlflow.autolog` as an oracle: what it logs of ordinary code, the journal has, without a line and without a patch. Skipped where MLflow is not installed.

Each example is executed twice, once recorded by labjournal, once under autolog, with the same seeds. Of autolog's metrics those count that the code itself
computed; `training_*` are made by autolog, which predicts and scores once more by itself, and the journal never calls the user's objects. Of its
parameters those count that stand in the code, as an argument, a key or a name; defaults go with the class and the version of the library, which the
journal has. `LACKING` says what the journal does not have, and why that is or is not right.
"""

from __future__ import annotations

import ast
import json
import math
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from labjournal.journal.reader import Journal
from tests.replay.conftest import record

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

DATA = """from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.model_selection import train_test_split
X, y = {load}(return_X_y=True, as_frame=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=7)"""
CLASSES, NUMBERS = DATA.format(load="load_breast_cancer"), DATA.format(load="load_diabetes")

EXAMPLES: dict[str, tuple[str, ...]] = {
    "logistic regression": (
        CLASSES,
        (
            "from sklearn.linear_model import LogisticRegression\nfrom sklearn.metrics import accuracy_score, f1_score, roc_auc_score\n"
            "model = LogisticRegression(C=0.3, max_iter=5000)\nmodel.fit(X_train, y_train)"
        ),
        "pred = model.predict(X_test)\nacc = accuracy_score(y_test, pred)\nf1 = f1_score(y_test, pred)\nprint(acc, f1)",
        "auc = roc_auc_score(y_test, model.predict_proba(X_test)[:, 1])\nauc",
    ),
    "ridge": (
        NUMBERS,
        (
            "from sklearn.linear_model import Ridge\nfrom sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score\n"
            "model = Ridge(alpha=0.2, fit_intercept=True, solver='svd').fit(X_train, y_train)"
        ),
        (
            "predicted = model.predict(X_test)\nmse = mean_squared_error(y_test, predicted)\nmae = mean_absolute_error(y_test, predicted)\n"
            "r2 = r2_score(y_test, predicted)\nprint(f'MSE {mse:.3f}  MAE {mae:.3f}  R2 {r2:.3f}')"
        ),
    ),
    "forest, scored": (
        CLASSES,
        (
            "from sklearn.ensemble import RandomForestClassifier\nforest = RandomForestClassifier(n_estimators=30, max_depth=4, random_state=0)\n"
            "forest.fit(X_train, y_train)"
        ),
        "score = forest.score(X_test, y_test)\nprint('score', score)",
    ),
    "pipeline": (
        CLASSES,
        (
            "from sklearn.pipeline import make_pipeline\nfrom sklearn.preprocessing import StandardScaler\nfrom sklearn.svm import SVC\n"
            "pipe = make_pipeline(StandardScaler(), SVC(C=3.0, gamma='auto'))\npipe.fit(X_train, y_train)"
        ),
        "accuracy = pipe.score(X_test, y_test)\naccuracy",
    ),
    "grid search": (
        NUMBERS,
        (
            "from sklearn.linear_model import Lasso\nfrom sklearn.model_selection import GridSearchCV\n"
            "search = GridSearchCV(Lasso(max_iter=3000), {'alpha': [0.01, 0.1, 1.0]}, cv=3)\nsearch.fit(X_train, y_train)"
        ),
        "print(search.best_params_, search.best_score_)\ntest_r2 = search.score(X_test, y_test)",
    ),
    "k means": (
        CLASSES,
        (
            "from sklearn.cluster import KMeans\nfrom sklearn.metrics import silhouette_score\n"
            "clusters = KMeans(n_clusters=3, n_init=2, random_state=1).fit(X_train)"
        ),
        "silhouette = silhouette_score(X_train, clusters.labels_)\nsilhouette",
    ),
    "xgboost, scikit-learn's way": (
        CLASSES,
        (
            "import xgboost\nbooster = xgboost.XGBClassifier(n_estimators=12, max_depth=3, learning_rate=0.2, eval_metric=['logloss', 'auc'])\n"
            "booster.fit(X_train, y_train, eval_set=[(X_train, y_train), (X_test, y_test)], verbose=False)"
        ),
        "from sklearn.metrics import accuracy_score\nacc = accuracy_score(y_test, booster.predict(X_test))\nprint('accuracy', acc)",
    ),
    "xgboost, its own way": (
        NUMBERS,
        (
            "import xgboost\ntraining = xgboost.DMatrix(X_train, y_train)\ntesting = xgboost.DMatrix(X_test, y_test)\nhistory = {}\n"
            "params = {'max_depth': 3, 'eta': 0.3, 'objective': 'reg:squarederror'}\n"
            "booster = xgboost.train(params, training, num_boost_round=15, evals=[(training, 'train'), (testing, 'test')], evals_result=history, "
            "verbose_eval=False)"
        ),
    ),
    "lightgbm, scikit-learn's way": (
        CLASSES,
        (
            "import lightgbm\nbooster = lightgbm.LGBMClassifier(n_estimators=12, num_leaves=7, learning_rate=0.2, verbose=-1)\n"
            "booster.fit(X_train, y_train, eval_set=[(X_test, y_test)], eval_metric=['auc', 'binary_logloss'])"
        ),
        "from sklearn.metrics import accuracy_score\nacc = accuracy_score(y_test, booster.predict(X_test))\nprint('accuracy', acc)",
    ),
    "lightgbm, its own way": (
        NUMBERS,
        (
            "import lightgbm\ntraining = lightgbm.Dataset(X_train, y_train)\ntesting = lightgbm.Dataset(X_test, y_test, reference=training)\ncurves = {}\n"
            "params = {'objective': 'regression', 'metric': 'l2', 'num_leaves': 7, 'learning_rate': 0.1, 'verbose': -1}\n"
            "booster = lightgbm.train(params, training, num_boost_round=15, valid_sets=[testing], valid_names=['test'], "
            "callbacks=[lightgbm.record_evaluation(curves)])"
        ),
    ),
}

ORACLE = """
import json, os, sys, warnings
warnings.simplefilter("ignore")
import mlflow
mlflow.set_tracking_uri(sys.argv[1])
mlflow.autolog(log_models=False, log_datasets=False, silent=True)
answer = {}
for name, cells in json.load(sys.stdin).items():
    made = mlflow.create_experiment(name)
    mlflow.set_experiment(experiment_id=made)
    space = {"__name__": "__main__"}
    for cell in cells:
        exec(compile(cell, "<cell>", "exec"), space)
        if mlflow.active_run() is not None and not cell:
            mlflow.end_run()
    mlflow.end_run()
    client = mlflow.MlflowClient()
    answer[name] = []
    for run in client.search_runs([made]):
        history = {key: [each.value for each in client.get_metric_history(run.info.run_id, key)] for key in run.data.metrics}
        answer[name].append({"metrics": history, "params": dict(run.data.params)})
sys.stderr.flush()
open(sys.argv[2], "w").write(json.dumps(answer, default=str))
"""


LACKING: dict[str, set[str]] = {
    # The order of the candidates' means, which the journal has.
    "grid search": {"rank_test_score"},
    # Said, but what is said is the default.
    "ridge": {"fit_intercept=True"},
    # How much is printed is no setting of a model.
    "lightgbm, scikit-learn's way": {"verbose=-1"},
    "xgboost, its own way": {"verbose_eval=False"},
}
"""What is not there, because it says nothing that is not there already."""


@dataclass(frozen=True)
class Held:
    """Of what autolog logs that the code computed or set: how much there is, and what of it the journal lacks."""

    metrics: int
    parameters: int
    lacking_metrics: list[str]
    lacking_parameters: list[str]


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What autolog logs of every example; this process does not get patched."""
    pytest.importorskip("mlflow", reason="MLflow is not installed")
    folder = tmp_path_factory.mktemp("autolog")
    environ = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "LABJOURNAL_DISABLE": "1"}
    command = [sys.executable, "-c", ORACLE, f"sqlite:///{folder}/m.db", str(folder / "told.json")]
    done = subprocess.run(
        command, input=json.dumps(_here()), env=environ, cwd=folder, text=True, capture_output=True, timeout=500
    )
    assert (folder / "told.json").exists(), done.stderr[-3000:]
    return json.loads((folder / "told.json").read_text())


def _here() -> dict[str, tuple[str, ...]]:
    """Examples of which the libraries are installed."""
    from importlib.util import find_spec

    return {
        name: cells
        for name, cells in EXAMPLES.items()
        if all(find_spec(each) or each not in name for each in ("xgboost", "lightgbm"))
    }


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_what_autolog_logs_of_what_the_code_did_stands_in_the_journal(name: str, oracle: Any, tmp_path: Path) -> None:
    if name not in oracle:
        pytest.skip("its library is not installed")
    record(tmp_path / "journal", tmp_path / "example.ipynb", *EXAMPLES[name])

    held = compared(tmp_path / "journal", oracle[name], EXAMPLES[name])

    print(
        f"\nautolog: {name}: {held.metrics} metrics, {held.parameters} parameters; lacking {held.lacking_metrics} {held.lacking_parameters}"
    )
    assert set() == {*held.lacking_metrics, *held.lacking_parameters} - LACKING.get(name, set())
    assert held.metrics + held.parameters > 0


def compared(folder: Path, told: list[dict[str, Any]], cells: tuple[str, ...]) -> Held:
    with Journal.open(folder) as journal:
        run = journal.runs()[0].run
        numbers = [metric.value for metric in journal.metrics(run)]
        for series in journal.series(run):
            numbers += series.values
        parameters = [(one.name, one.value) for one in journal.parameters(run)]
        for model in journal.models(run):
            parameters += model.parameters.items()
    metrics = {
        (name, value)
        for one in told
        for name, values in one["metrics"].items()
        if not name.startswith("training_") and not name.endswith("_time")  # how long it took is no result
        for value in values
    }
    code = _set_in("\n".join(cells))
    settings = {(name, value) for one in told for name, value in one["params"].items() if (_last(name), value) in code}
    ours = {(key, _text(value)) for name, whole in parameters for key, value in _flat(name, whole)}
    return Held(
        metrics=len(metrics),
        parameters=len(settings),
        lacking_metrics=sorted(
            {name for name, value in metrics if not any(math.isclose(value, one, rel_tol=1e-9) for one in numbers)}
        ),
        lacking_parameters=sorted(f"{name}={value}" for name, value in settings if (_last(name), value) not in ours),
    )


def _set_in(code: str) -> set[tuple[str, str]]:
    """Arguments, keys and names that are given a plain value, with it."""
    given: list[tuple[str, ast.expr]] = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.keyword) and node.arg:
            given.append((node.arg, node.value))
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            given.append((node.targets[0].id, node.value))
        elif isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            given += [(key.value, value) for key, value in pairs if isinstance(key, ast.Constant) and isinstance(key.value, str)]
    answer = set()
    for name, expression in given:
        try:
            answer |= {(key, _text(value)) for key, value in _flat(name, ast.literal_eval(expression))}
        except ValueError:  # not a plain value
            continue
    return answer


def _flat(name: str, value: Any) -> list[tuple[str, Any]]:
    """A dictionary of settings is its settings, a list of values that are tried is each of them."""
    if isinstance(value, dict):
        return [pair for key, one in value.items() for pair in _flat(str(key), one)]
    tried = [(name, one) for one in value] if isinstance(value, list) else []
    return [(_last(name), value), *tried]


def _last(name: str) -> str:
    """`svc__C` is the C of a step, `best_alpha` the alpha that was found."""
    return name.rpartition("__")[2].removeprefix("best_")


def _text(value: Any) -> str:
    return str(value)
