"""Results that nobody logged, in a real kernel: they stand in the journal with the execution that gave them, also the last one."""

from __future__ import annotations

from tests.kernel.conftest import Kernel

METRICS = "SELECT n, name, round(value, 3) FROM metrics ORDER BY n, name"
SETUP = """
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
X, y = load_iris(return_X_y=True)
"""


def test_results_of_cells_in_a_queue_belong_to_their_cells(kernel: Kernel) -> None:
    for code in (SETUP, "model = LogisticRegression(C=0.1, max_iter=500).fit(X, y)", "acc = accuracy_score(y, model.predict(X))",
                 "print('Accuracy', 1 / 4)", "loss = 1 / 8"):  # fmt: skip
        kernel.send(code)
    expected = [(3, "acc", 0.96), (4, "accuracy", 0.25), (5, "loss", 0.125)]
    assert expected == kernel.waits_for(METRICS, expected)
    parameters = kernel.rows("SELECT n, name FROM parameters WHERE source = 'estimator' ORDER BY name")
    assert [(2, "C"), (2, "max_iter")] == parameters


def test_what_a_long_cell_printed_long_before_its_end_is_told(kernel: Kernel) -> None:
    kernel.run("import time\nprint('accuracy: 0.91'); display('a model'); time.sleep(1.6)")
    expected = [(1, "accuracy", 0.91)]
    assert expected == kernel.waits_for(METRICS, expected)


def test_the_result_of_the_last_cell_is_told_though_the_kernel_ends_at_once(kernel: Kernel) -> None:
    kernel.run("loss = 1 / 4")
    kernel.shutdown()
    assert [(1, "loss", 0.25)] == kernel.rows(METRICS)


def test_what_a_model_is_and_a_cell_took_is_told(kernel: Kernel) -> None:
    kernel.run(SETUP)
    kernel.run(
        "model = LogisticRegression(max_iter=500).fit(X, y)\nimport time\nuntil = time.process_time() + 0.2\nwhile time.process_time() < until: pass"
    )
    expected = [(2, "model", "sklearn.linear_model._logistic.LogisticRegression")]
    assert expected == kernel.waits_for("SELECT n, name, kind FROM models", expected)
    assert 2 in [n for (n,) in kernel.rows("SELECT n FROM resources WHERE cpu_s >= 0.2")]


def test_a_module_that_code_loads_which_must_not_be_recorded_is_told_of_no_other(kernel: Kernel) -> None:
    kernel.run("import pathlib\nfor name in ('hidden', 'paused', 'shown'): pathlib.Path(name + '_module.py').write_text('x = 1')")
    for code in (
        "# labjournal: off\nimport hidden_module",
        "y = 1",
        "%labjournal pause",
        "import paused_module",
        "%labjournal resume",
    ):
        kernel.run(code)
    kernel.run("import shown_module")
    kernel.waits_for("SELECT name FROM modules", [("shown_module",)])
    kernel.shutdown()
    assert [("shown_module",)] == kernel.rows("SELECT name FROM modules")


def test_what_a_cell_that_must_not_be_recorded_leaves_behind_is_told_of_no_other(kernel: Kernel) -> None:
    """Neither of the one before it, whose look is still owed, nor of the one after."""
    kernel.run("import numpy as np, pandas as pd\nfrom sklearn.linear_model import Ridge")
    made = "{0} = pd.DataFrame({{'pay': [1, 2, 3]}}); model_{0} = Ridge(alpha=7).fit(np.ones((3, 1)), [1, 2, 3]); accuracy_{0} = 0.25"
    for code in (
        "before = pd.DataFrame({'a': [1]})",
        "# labjournal: off\n" + made.format("hidden"),
        "x = 1",
        "%labjournal pause",
        made.format("paused"),
        "%labjournal resume",
        "hidden.shape, paused.shape, model_hidden, model_paused, accuracy_hidden, accuracy_paused",
        "after = hidden.copy(); late = Ridge(alpha=3).fit(np.ones((3, 1)), [1, 2, 3])",
    ):
        kernel.run(code)
    kernel.waits_for("SELECT name FROM models", [("late",)])
    kernel.shutdown()
    assert [("after",), ("before",)] == kernel.rows("SELECT name FROM frames ORDER BY name")
    assert [("late",)] == kernel.rows("SELECT name FROM models")
    assert [] == kernel.rows("SELECT name FROM metrics")
