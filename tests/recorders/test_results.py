"""Results that nobody logged: what is found, what is not, and that no object of the user's notices."""

from __future__ import annotations

import gc
import pickle
import sys
import time
import weakref
from pathlib import Path
from typing import Any

import pytest

from labjournal.events import FigureSeen, MetricLogged, ModelSeen, OutputShown, ParameterSet, ProblemSeen, SeriesSeen
from labjournal.recorders.metric_names import repeated, telling
from tests.pace import only_pace, quicker
from tests.recorders.results_cells import Cells

pytestmark = pytest.mark.filterwarnings("ignore:lbfgs failed to converge", "ignore:.*feature names", "ignore:.*eval_set")

SKLEARN = """
import numpy as np
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, mean_squared_error
X, y = load_iris(return_X_y=True)
"""


@pytest.fixture
def cells() -> Cells:
    return Cells()


@pytest.fixture
def lab(cells: Cells) -> Cells:
    cells.run(SKLEARN)
    return cells


# numbers


def test_a_number_bound_to_a_telling_name_is_a_metric(cells: Cells) -> None:
    assert {"val_loss": 0.5} == cells.metrics("val_loss = 1 / 2")


def test_what_a_metric_function_returned_is_called_by_its_name_or_by_the_function_s(lab: Cells) -> None:
    found = lab.metrics(
        "acc = accuracy_score([1, 0], [1, 1])\nz = f1_score([1, 0], [1, 1])\nr = np.sqrt(mean_squared_error([1.0], [3.0]))"
    )
    assert {"acc": 0.5, "f1": 2 / 3, "rmse": 2.0} == pytest.approx(found)


def test_what_the_last_line_shows_is_a_metric_where_a_metric_function_gave_it(lab: Cells) -> None:
    assert {"accuracy": 0.5} == lab.metrics("accuracy_score([1, 0], [1, 1])")
    assert {} == lab.metrics("len(y) / 3")


def test_of_several_that_the_last_line_shows_each_is_told_apart(lab: Cells) -> None:
    source = "a, b = [1, 0], [0, 0]\naccuracy_score([1, 0], a), accuracy_score([1, 0], b)"
    assert {"accuracy.a": 1.0, "accuracy.b": 0.5} == lab.metrics(source)


NO_RESULTS = [
    "accuracy = 0.9", "loss = float('inf')", "loss = -np.inf", "accuracy_threshold = 1 / 3", "loss_weight = 0.1 * 3", "shape = (3, 4)",
    "for score in [0.1, 0.2]: pass", "n_correct = len(y) * 1.0", "start_time = 1.5 * 2", "ratio = 2 / 3", "learning_rate = 0.1 * 0.1",
    "score = float(input()) if False else float('nan')", "accuracy = 10**400", "loss = 1j * 2", "best_epoch = 1.5 * 2", "loss = 'low'",
    "config = {'loss': 0.3}\nloss = config['loss']", "mean_length = 1 / 3", "loss = 3 * 5", "_loss = 1 / 3", "accuracy = True",
    "def f():\n    accuracy = 1 / 3\nf()", "[accuracy for accuracy in (1 / 3,)]", "loss = np.array([[0.5]])", "loss = None",
]  # fmt: skip


@pytest.mark.parametrize("source", NO_RESULTS)
def test_what_is_no_result_is_not_shown(lab: Cells, source: str) -> None:
    assert {} == lab.metrics(source)


@pytest.mark.parametrize("kind", ["float16", "float32", "float64", "longdouble"])
def test_every_kind_of_numpy_s_numbers_is_read(lab: Cells, kind: str) -> None:
    assert {"loss": 0.5} == lab.metrics(f"loss = np.{kind}(1) / np.{kind}(2)")
    assert {"loss": 0.5} == lab.metrics(f"loss = np.asarray(np.{kind}(0.5))")


def test_a_number_that_is_gone_is_a_fact_and_a_place_that_is_held_is_none(cells: Cells) -> None:
    assert ["loss"] == list(cells.metrics("gone = float('inf')\nloss = gone - gone"))
    assert ["loss"] == list(cells.metrics("print(f'loss: {gone - gone}')"))
    assert ["val_loss"] == list(cells.metrics("print('val_loss: nan')"))
    assert {} == cells.metrics("loss = float('nan') * 2")
    assert ["loss"] == list(cells.metrics("loss = float('nan') * 3", least=0.5))


COUNTED = "TP, TN, FP, FN = 6, 3, 1, 2\n"


@pytest.mark.parametrize(
    ("source", "names"),
    [
        (COUNTED + "print(TN / (TN + FP))", {"specificity"}),
        (COUNTED + "print((TP + TN) / (FN + TP + TN + FP))", {"accuracy"}),
        (COUNTED + "print(FP / (FP + TN))\n", {"fpr"}),
        (COUNTED + "print(TP / FP)", set()),
        ("print(np.sqrt(mean_squared_error([1.0, 2.0], [1.0, 2.5])))", {"rmse"}),
        ("print(accuracy_score([1, 0], [1, 1]))", {"accuracy"}),
        ("print('Initial cost: {:.2f}'.format(2.5))\nprint('Optimized cost: {:.2f}'.format(1.5))", {"optimized_cost"}),
        ("adf = [-1.5, 0.4]\nprint(f'ADF Statistic: {adf[0]}')\nprint(f'p-value: {adf[1]}')", {"adf_statistic", "p_value"}),
        ("zscore = np.sqrt(2.0)\nchisq = zscore**2 * 1.5", {"zscore", "chisq"}),
        ("mse_one_step = mean_squared_error([1.0], [1.5])", {"mse_one_step"}),
        ("acc, ci = accuracy_score([1, 0], [1, 1]), 0.1\nlower = acc - ci\nupper = acc + ci\nprint(lower, upper)", {"acc"}),
        ("std_err = 1 / 3", set()),
    ],
)
def test_what_a_source_says_of_a_number_without_a_name(lab: Cells, source: str, names: set[str]) -> None:
    assert names == set(lab.metrics(source))


def test_the_root_of_errors_whose_sign_was_turned_is_known_by_name(lab: Cells) -> None:
    lab.run("from sklearn.model_selection import cross_val_score\nfrom sklearn.linear_model import LinearRegression")
    scores = "cross_val_score(LinearRegression(), X, y, cv=3, scoring='neg_mean_squared_error')"
    assert {"rmse"} == set(lab.metrics(f"print(np.sqrt(-{scores}).mean())"))
    assert {"s_mean", "s_std"} == {each.replace("neg_mean_squared_error", "s") for each in lab.metrics(f"s = {scores}")}
    assert {"rmse"} == set(lab.metrics("print(np.sqrt(-s).mean())"))


def test_scores_that_are_printed_alone_are_told_apart_by_what_they_are_of(lab: Cells) -> None:
    lab.run("m = LogisticRegression(max_iter=300).fit(X, y)\na, b = y, 1 - y")
    assert {"score.a", "score.b"} == set(lab.metrics("print(m.score(X, a))\nprint(m.score(X, b))"))


def test_a_table_of_coefficients_holds_no_metrics(lab: Cells) -> None:
    source = (
        "tvalues = [1.5, 2.5]\nrows = zip(['a', 'b'], [0.1, 0.2], tvalues)\n"
        "for term, coefficient, z_score in rows:\n    print(f'{term:>10}{coefficient:>14.2f}{z_score:>10.2f}')"
    )
    assert {} == lab.metrics(source)


def test_of_probabilities_of_many_tests_no_mean_is_told(lab: Cells) -> None:
    lab.run("def p_value_of(i):\n    p_value = 1 / (i + 2)\n    return p_value")
    source = "p_values = np.array([p_value_of(i) for i in range(5)])"
    assert {} == lab.metrics(source)
    assert ["p_values"] == list(lab.series(source))


def test_a_function_called_for_its_statistic_returns_one(lab: Cells) -> None:
    lab.run("def test_stat(data):\n    array = np.greater.outer(*data)\n    return np.mean(array)")
    assert {"test_stat": 0.75} == lab.metrics("actual = test_stat(([1, 2], [0, 1]))")


def test_settings_of_what_is_no_model_are_told_too(lab: Cells) -> None:
    found = lab.run(
        "from sklearn.feature_extraction.text import CountVectorizer\nv = CountVectorizer(min_df=2)\nv.fit(['one two', 'one two', 'two three'])"
    )
    assert [("min_df", 2)] == [(each.name, each.value) for each in found if isinstance(each, ParameterSet)]


def test_a_metric_made_again_with_the_same_value_is_told_again_and_a_mention_is_not(cells: Cells) -> None:
    assert {"loss": 0.5} == cells.metrics("loss = 1 / 2")
    assert {} == cells.metrics("twice = loss * 2\nloss")
    assert {"loss": 0.5} == cells.metrics("loss = 1 / 2")


@pytest.mark.parametrize("name", ["with 'quotes\"", "two\\nlines", "x" * 10_000, "ł💥", ""])
def test_strange_keys_are_names_like_others(cells: Cells, name: str) -> None:
    found = cells.metrics(f"scores = {{}}\nscores['''{name}'''] = 1 / 3")
    assert all(len(each) <= 210 and "\n" not in each for each in found)
    assert [1 / 3] == list(found.values())


def test_a_dict_of_scores_is_one_metric_for_each_key(cells: Cells) -> None:
    assert {"accuracy": 0.5, "f1": 0.25} == cells.metrics("metrics = {'accuracy': 1 / 2, 'f1': 1 / 4, 'n': 3, 'seconds': 1.5}")


def test_losses_that_are_appended_are_a_series(cells: Cells) -> None:
    assert {"losses": (1.0, 0.5)} == cells.series("losses = []\nfor i in range(2):\n    losses.append(1 / (i + 1))")
    assert {} == cells.series("len(losses)")
    assert {"losses": (1.0, 0.5, 0.3)} == cells.series("losses.append(0.3)")


def test_of_a_long_series_a_selection_is_kept_with_its_steps(cells: Cells) -> None:
    (event,) = (
        each for each in cells.run("losses = [1 / (i + 1) for i in range(50_000)]") if type(each).__name__ == "SeriesSeen"
    )
    values: Any = event
    assert (1000, 1000, 50_000) == (len(values.values), len(values.steps), values.points)
    assert (0, 49_999) == (values.steps[0], values.steps[-1])
    assert values.values[-1] == 1 / 50_000


def test_folds_of_cross_validation_have_a_mean_and_a_spread(lab: Cells) -> None:
    found = lab.metrics(
        "from sklearn.model_selection import cross_val_score\nscores = cross_val_score(LogisticRegression(max_iter=300), X, y, cv=3)"
    )
    scores = lab.namespace["scores"]
    assert {"scores_mean": scores.mean(), "scores_std": scores.std()} == pytest.approx(found)


def test_a_function_of_the_notebook_that_returns_a_measure_is_known_in_later_cells(lab: Cells) -> None:
    lab.run("def error_of(c):\n    m = LogisticRegression(C=c, max_iter=300).fit(X, y)\n    return 1 - m.score(X, y)")
    found = lab.series("small = [error_of(c) for c in (0.1, 0.2)]\nlarge = [error_of(c) for c in (1.0, 2.0)]")
    assert {"error.small": tuple(lab.namespace["small"]), "error.large": tuple(lab.namespace["large"])} == found
    printed = lab.metrics("print('Small C: {}'.format(np.mean(small)))\nprint('Large C: {}'.format(np.mean(large)))")
    assert {"error.Small C", "error.Large C"} == set(printed)
    lab.run("def error_of(c):\n    return c")
    assert {} == lab.metrics("plain = error_of(0.5) * 1.0")


def test_of_several_numbers_of_one_measure_none_is_lost(lab: Cells) -> None:
    source = "a = accuracy_score([1, 0], [1, 1])\nb = accuracy_score([1, 0], [1, 0])"
    assert {"accuracy.a": 0.5, "accuracy.b": 1.0} == lab.metrics(source)


def test_numbers_that_stand_alone_on_their_lines_are_told_apart_by_their_order(lab: Cells) -> None:
    lab.run("class fit:\n    tvalues = [0.5, 2.25]\n    pvalues = [0.5, 0.125]\nseconds = 3.25")
    assert {"tvalues": 2.25, "pvalues": 0.125} == lab.metrics("print(fit.tvalues[1])\nprint(fit.pvalues[1])")
    assert {"pvalues": 0.125} == lab.metrics("print(seconds)\nprint(fit.pvalues[1])\nprint(seconds)")
    assert {"pvalues": 0.125} == lab.metrics("print('text')\nprint(len(y) > 3)\nprint(fit.pvalues[1])")
    assert {} == lab.metrics("for i in range(3):\n    print(fit.pvalues[0])\nprint(seconds)")


def test_a_dict_that_is_made_of_measures_is_one_metric_for_each_key(lab: Cells) -> None:
    source = "found = {c: LogisticRegression(C=c, max_iter=300).fit(X, y).score(X, y) for c in (0.1, 1.0)}"
    assert {"score.0.1", "score.1.0"} == set(lab.metrics(source))


# models


def test_a_fitted_estimator_is_a_model_with_what_was_changed_and_what_it_was_fitted_on(lab: Cells) -> None:
    model = lab.models("m = LogisticRegression(C=0.3, max_iter=200).fit(X, y)")["m"]
    assert ("sklearn.linear_model._logistic.LogisticRegression", {"C": 0.3, "max_iter": 200}) == (model.kind, model.parameters)
    assert [("X", [150, 4]), ("y", [150])] == [(each["name"], each["shape"]) for each in model.fitted_on]
    assert model.signature == {
        "inputs": 4, "type": "float64", "outputs": {"name": "y", "type": lab.namespace["y"].dtype.name, "classes": 3},
        "size": {"coefficients": 15, "iterations": int(lab.namespace["m"].n_iter_.max())},
    }  # fmt: skip


def test_a_model_is_told_when_it_is_fitted_and_not_when_it_is_used(lab: Cells) -> None:
    assert [] == list(lab.models("m = LogisticRegression()"))
    assert ["m"] == list(lab.models("m.fit(X, y)"))
    assert [] == list(lab.models("m.predict(X)\nn = m\nm"))
    for _ in range(4):
        assert ["m"] == list(lab.models("m = LogisticRegression().fit(X, y)"))
    assert ["m"] == list(lab.models("m.fit(X, y)"))


def test_the_same_recipe_on_other_data_is_the_same_recipe_and_a_changed_one_is_not(lab: Cells) -> None:
    first = lab.models("m = LogisticRegression(C=0.3).fit(X, y)")["m"]
    retrained = lab.models("m = LogisticRegression(C=0.3).fit(X[:120], y[:120])")["m"]
    redesigned = lab.models("m = LogisticRegression(C=0.4).fit(X, y)")["m"]
    assert first.recipe == retrained.recipe != redesigned.recipe


def test_columns_of_a_frame_are_the_features_of_the_model(lab: Cells) -> None:
    source = "import pandas as pd\ndf = pd.DataFrame(X, columns=list('abcd'))\nm = LogisticRegression(max_iter=200).fit(df, y)"
    assert ("a", "b", "c", "d") == lab.models(source)["m"].features


def test_the_columns_and_their_types_are_the_signature_and_no_value_is(lab: Cells) -> None:
    source = (
        "import pandas as pd\nfrom sklearn.ensemble import RandomForestClassifier\n"
        "df = pd.DataFrame({'age': [31, 45, 28], 'name': [7.5, 1.5, 2.5], 'kind': pd.Categorical(['a', 'b', 'a']).codes})\n"
        "who = pd.Series(['ada', 'bob', 'ada'], name='who')\nm = RandomForestClassifier(7).fit(df, who)"
    )
    signature = lab.models(source)["m"].signature
    assert signature is not None
    assert {"age": "int64", "name": "float64", "kind": "int8"} == signature["columns"]
    assert {"name": "who", "classes": 2} == {key: value for key, value in signature["outputs"].items() if key != "type"}
    assert {"trees": 7} == signature["size"]
    assert "ada" not in repr(signature)


def test_how_long_fitting_took_is_the_time_of_a_cell_that_does_nothing_else(lab: Cells) -> None:
    lab.duration_s = 1.5
    assert 1.5 == lab.models("m = LogisticRegression(max_iter=300).fit(X, y)")["m"].fit_s
    lab.run("m = LogisticRegression(max_iter=300)")
    assert 1.5 == lab.models("m.fit(X, y)")["m"].fit_s
    assert lab.models("m.fit(X, y)\nprint(m.score(X, y))")["m"].fit_s is None
    assert lab.models("for c in (1, 2):\n    m = LogisticRegression(C=c, max_iter=300).fit(X, y)")["m"].fit_s is None
    search = "from sklearn.model_selection import GridSearchCV\nm = GridSearchCV(LogisticRegression(max_iter=300), {'C': [1.0]}, cv=3).fit(X, y)"
    assert lab.namespace["m"] is not None
    assert lab.models(search)["m"].fit_s == lab.namespace["m"].refit_time_


SAVING = [
    "joblib.dump(m, 'm.joblib')", "joblib.dump(m, where)", "joblib.dump(m, folder)", "pickle.dump(m, open('m.joblib', 'wb'))",
    "with open(where, 'wb') as f:\n    pickle.dump(m, f)", "with folder.open('wb') as f:\n    pickle.dump(m, f)",
]  # fmt: skip


@pytest.mark.parametrize("source", SAVING)
def test_a_model_is_told_again_with_the_file_to_which_a_later_cell_saves_it(
    lab: Cells, source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lab.run("import joblib, pickle, pathlib\nwhere = 'm.joblib'\nfolder = pathlib.Path('m.joblib')")
    fitted = lab.models("m = LogisticRegression(max_iter=300).fit(X, y)")["m"]
    saved = lab.models(source)["m"]
    path = tmp_path / "m.joblib"
    assert (fitted.n, fitted.recipe, str(path), path.stat().st_size) == (saved.n, saved.recipe, saved.path, saved.bytes)
    assert {} == lab.models("m.score(X, y)")


def test_a_search_tells_its_best_score_and_what_it_chose(lab: Cells) -> None:
    source = "from sklearn.model_selection import GridSearchCV\ng = GridSearchCV(LogisticRegression(max_iter=300), {'C': [0.1, 1.0]}, cv=3).fit(X, y)"
    events = lab.run(source)
    parameters = {(event.name, event.where): event.value for event in events if type(event).__name__ == "ParameterSet"}  # type: ignore[attr-defined]
    assert lab.namespace["g"].best_params_["C"] == parameters["C", "g.best_params_"]
    assert ["best_score"] == list(lab.metrics(source))
    assert {"mean_test_score": tuple(lab.namespace["g"].cv_results_["mean_test_score"])} == lab.series(source)


def test_models_in_a_dict_are_known_by_their_keys(lab: Cells) -> None:
    lab.run("models = {'a': LogisticRegression(C=0.1), 'b': LogisticRegression(C=0.2)}")
    assert ["models['a']", "models['b']"] == list(lab.models("for k, v in models.items():\n    v.fit(X, y)"))


def test_a_summary_that_was_looked_at_tells_its_numbers_and_nothing_is_computed_for_us(cells: Cells) -> None:
    pytest.importorskip("statsmodels")
    cells.run(
        "import numpy as np\nimport statsmodels.api as sm\nrng = np.random.default_rng(0)\nX = rng.normal(size=(50, 2)); y = X[:, 0] + rng.normal(size=50)"
    )
    events = cells.run("r = sm.OLS(y, X).fit()")
    assert ["statsmodels.regression.linear_model.OLS"] == [event.kind for event in events if isinstance(event, ModelSeen)]
    assert {} == cells.namespace["r"]._results._cache
    found = cells.metrics("r.summary()")
    assert cells.namespace["r"].rsquared == found["rsquared"]
    assert cells.namespace["r"].aic == found["aic"]
    assert {} == cells.metrics("r.summary()")
    assert [] == [event for event in cells.run("r.mse_total; r.get_prediction()") if isinstance(event, ModelSeen)]


def test_rounds_of_boosting_are_series_and_their_best_a_metric(lab: Cells) -> None:
    pytest.importorskip("xgboost")
    pytest.importorskip("lightgbm")
    lab.run("import xgboost, lightgbm")
    source = "m = xgboost.XGBClassifier(n_estimators=4, eval_metric='mlogloss')\nm.fit(X, y, eval_set=[(X, y)], verbose=False)"
    values = lab.series(source)["validation_0 mlogloss"]
    assert lab.namespace["m"].evals_result()["validation_0"]["mlogloss"] == pytest.approx(list(values))
    source = "m = lightgbm.LGBMClassifier(n_estimators=4, verbose=-1)\nm.fit(X, y, eval_set=[(X, y)])"
    assert lab.metrics(source)["training multi_logloss"] == values_of(lab)[-1]


def values_of(lab: Cells) -> list[float]:
    found: list[float] = lab.namespace["m"].evals_result_["training"]["multi_logloss"]
    return found


# what the screen shows


def test_numbers_that_print_shows_are_named_by_the_text_before_them_or_by_the_function(lab: Cells) -> None:
    found = lab.metrics("print('Accuracy', accuracy_score([1, 0], [1, 1]))\nprint(f1_score([1, 0], [1, 1]))")
    assert {"accuracy": 0.5, "f1": 2 / 3} == pytest.approx(found)


def test_what_a_loop_prints_for_each_model_is_known_by_the_model(lab: Cells) -> None:
    source = "for name in ('a', 'b'):\n    print(f'{name}: {accuracy_score([1, 0], [1, 1]):.2f}')"
    assert {"accuracy.a": 0.5, "accuracy.b": 0.5} == lab.metrics(source)


def test_a_bound_number_that_is_printed_too_is_one_metric(lab: Cells) -> None:
    assert {"acc": 0.5} == lab.metrics("acc = accuracy_score([1, 0], [1, 1])\nprint('Accuracy of my model', acc)")


def test_of_numbers_that_say_the_same_the_best_known_stays() -> None:
    rows = [
        ("acc", 0.93333, "bound"),
        ("accuracy", 0.933, "printed"),
        ("accuracy", 93.3, "printed"),
        ("test_f1", 0.933, "printed"),
        ("train_acc", 0.5, "bound"),
    ]
    assert {1, 2} == repeated(rows)


def test_equal_numbers_of_different_models_or_averages_are_different_metrics() -> None:
    for names in (
        ("accuracy.a", "accuracy.b"),
        ("macro_f1", "weighted_f1"),
        ("ridge_r2", "lasso_r2"),
        ("train_acc", "test_acc"),
        ("m1.aic", "m2.aic"),
    ):
        assert set() == repeated([(name, 0.5, "printed") for name in names])


def test_names_tell() -> None:
    telling_names = ["acc", "valLoss", "test accuracy", "R2", "roc_auc", "rmse_val", "best_score", "f1_macro", "p_value"]
    silent_names = [
        "x",
        "loss_fn",
        "accuracy_threshold",
        "n_scores",
        "score_names",
        "target_loss",
        "lr",
        "elapsed",
        "loss_weight",
    ]
    assert telling_names == [name for name in (*telling_names, *silent_names) if telling(name) >= 0.8]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the interpreter tells what functions return from 3.12 on")
def test_what_a_metric_function_returned_to_a_function_of_the_notebook_is_told(lab: Cells) -> None:
    lab.run("def look():\n    return {'x': accuracy_score([1, 0], [1, 1])}")
    assert {"accuracy": 0.5} == lab.metrics("look()")
    assert {"f1": 2 / 3} == pytest.approx(lab.metrics("[f1_score([1, 0], [1, 1])]"))


def test_a_figure_knows_its_title_its_axes_and_what_it_was_drawn_from(lab: Cells) -> None:
    lab.run("class plt:\n    title = xlabel = plot = savefig = staticmethod(lambda *a, **k: None)")
    events = lab.run("plt.plot(X[:, 0], label='petals')\nplt.title('Flowers')\nplt.xlabel('day')\nplt.savefig('flowers.png')")
    (figure,) = (event for event in events if isinstance(event, FigureSeen))
    assert ("flowers.png", "Flowers", ("petals", "day"), ("X",)) == (figure.path, figure.title, figure.labels, figure.data)
    shown = OutputShown("run1", lab.n, 3, "display_data", data={"image/png": {"blob": "0", "bytes": 1}})
    assert [3] == [event.position for event in lab.recorder.shown(lab.n, [shown]) if isinstance(event, FigureSeen)]


# nobody notices (P8)

TRAPS = """
import time
class Loud:
    def _cry(self, *a, **k):
        heard.append(1)
        time.sleep(0.5)
        raise SystemExit("touched")
for dunder in ("__repr__ __str__ __len__ __bool__ __float__ __int__ __index__ __iter__ __getitem__ __contains__ __eq__ __ne__ __hash__ __lt__ __call__ "
               "__getattr__ __getattribute__ __array__ __class_getitem__ __sizeof__ __reduce__ __reduce_ex__ __enter__ __format__").split():
    setattr(Loud, dunder, Loud._cry)
class Meta(type):
    def __getattribute__(cls, name):
        heard.append(name); raise SystemExit("touched")
    __hash__ = __eq__ = None
heard = []
"""


def test_p8_objects_that_raise_and_sleep_are_not_touched(lab: Cells) -> None:
    lab.run(TRAPS)
    began = time.monotonic()
    lab.run(
        "accuracy = object.__new__(Loud)\nscores = {'accuracy': accuracy, 'f1': 1 / 2}\nlosses = [1.0, accuracy]\nmodel = accuracy"
    )
    lab.run("class Odd(metaclass=Meta): pass\nloss = object.__new__(Odd)\nresults = loss")
    lab.run("model = accuracy")
    assert [] == lab.namespace["heard"]
    quicker(time.monotonic() - began, 0.5)


def test_p8_a_class_of_the_user_s_is_not_read_though_a_known_one_is_its_parent(lab: Cells) -> None:
    source = """
class Mine(LogisticRegression):
    __module__ = 'sklearn.linear_model._logistic'
    __qualname__ = 'LogisticRegression'
    @property
    def best_score_(self): raise SystemExit
m = Mine().fit(X, y)
class Number(float): pass
loss = Number(0.5)
"""
    assert ([], {}) == (list(lab.models(source)), lab.metrics("loss = Number(0.25)"))


def test_p8_an_object_is_pickled_as_before_and_goes_when_the_user_lets_go(lab: Cells) -> None:
    lab.run("m = LogisticRegression(max_iter=200).fit(X, y)")
    before = pickle.dumps(lab.namespace["m"])
    seen = weakref.ref(lab.namespace["m"])
    lab.run("print(m)\nm.score(X, y)")
    assert before == pickle.dumps(lab.namespace["m"])
    lab.run("del m")
    lab.namespace["_oh"].clear()
    gc.collect()
    assert seen() is None


def test_p8_no_class_of_a_library_is_changed(lab: Cells) -> None:
    from sklearn import linear_model, metrics

    before = (dict(vars(linear_model.LogisticRegression)), metrics.accuracy_score)
    lab.run("m = LogisticRegression().fit(X, y)\nacc = accuracy_score(y, m.predict(X))")
    assert before == (dict(vars(linear_model.LogisticRegression)), metrics.accuracy_score)


# what it costs


@only_pace
def test_p2_an_ordinary_cell_costs_a_few_microseconds_also_beside_two_hundred_models(lab: Cells) -> None:
    lab.run("models = [LogisticRegression(C=1 + i).fit(X[:60], y[:60] > 0) for i in range(200)]")
    lab.run("for i, each in enumerate(models): globals()[f'model_{i}'] = each")
    lab.run("a = 1")
    costs = []
    for _ in range(30):
        began = time.thread_time()
        lab.run("a = 1")
        costs.append(time.thread_time() - began)
    quicker(sorted(costs)[15], 0.002)  # with the execution of the cell, and what the helper thread does


def test_p2_objects_beyond_the_time_there_is_are_left_out_and_that_is_said() -> None:
    cells = Cells(budget_s=0.0)
    cells.run(SKLEARN)
    events = cells.run("m = LogisticRegression(max_iter=200).fit(X, y)\nacc = accuracy_score(y, m.predict(X))")
    assert [] == [event for event in events if isinstance(event, ModelSeen)]
    assert ["not-seen"] == [event.what for event in events if isinstance(event, ProblemSeen)]
    assert "acc" in {getattr(event, "name", "") for event in events}


def test_p6_where_the_next_cell_waits_a_long_one_is_not_read_and_that_is_said() -> None:
    """Nor is what it made told of the next."""
    cells = Cells()
    waits: list[Any] = []
    cells.recorder._context.when_idle = lambda _name, act: not waits.append(act)  # type: ignore[func-returns-value]
    cells.run(SKLEARN)
    long = "m = LogisticRegression(max_iter=200).fit(X, y)\nacc = accuracy_score(y, m.predict(X))\n" + "# and on\n" * 3000
    cells.run(long)
    events = cells.run("a = 1")
    assert [(2, "not-seen")] == [(event.n, event.what) for event in events if isinstance(event, ProblemSeen)]
    assert [] == [event for event in [*events, *cells.run("m")] if isinstance(event, (ModelSeen, MetricLogged))]


@only_pace
def test_p2_a_million_entries_are_not_walked_through(cells: Cells) -> None:
    cells.run("losses = [0.5] * 10_000_000\nscores = {str(i): 0.5 for i in range(300_000)}")
    began = time.thread_time()
    cells.run("losses\nscores['x'] = 0.5")
    quicker(time.thread_time() - began, 0.5)


@pytest.mark.skipif(sys.platform != "linux", reason="the system tells memory there")
def test_what_a_cell_took_of_the_machine_is_told_and_of_a_small_one_nothing() -> None:
    from pathlib import Path

    from labjournal.events import ResourcesUsed
    from labjournal.recorders import Context, Execution, Outcome
    from labjournal.recorders.redaction import Redactor
    from labjournal.recorders.resources import ResourcesRecorder

    recorder = ResourcesRecorder(Context("run1", "", Path("/nowhere"), Redactor({}), lambda _: None))
    small, large = Execution("run1", 1, ""), Execution("run1", 2, "")
    recorder.execution_started(small)
    recorder.execution_ended(small, Outcome("ok", 0.0))
    recorder.execution_started(large)
    until = time.process_time() + 0.1
    while time.process_time() < until:
        pass
    recorder.execution_ended(large, Outcome("ok", 0.0))
    (used,) = recorder.collect(large)
    assert isinstance(used, ResourcesUsed)
    assert (2, True, True) == (used.n, 0.1 <= used.cpu_s < 5, used.memory_bytes > 1 << 20)


# histories


def test_a_history_of_keras_is_a_series_for_each_number_and_its_last_value_a_metric(
    cells: Cells, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = type(sys)("keras.src.callbacks.history")
    exec("class History: pass", vars(module))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    cells.namespace["History"] = vars(module)["History"]
    cells.run("history = History()")
    events = cells.run("history.history = {'loss': [0.5, 0.25], 'val_accuracy': [0.6, 0.7]}\nhistory.fit = 1")
    found = {event.name: event.value for event in events if isinstance(event, MetricLogged)}
    assert {"loss": 0.25, "val_accuracy": 0.7} == found
    assert {"loss": (0.5, 0.25), "val_accuracy": (0.6, 0.7)} == {
        event.name: event.values for event in events if isinstance(event, SeriesSeen)
    }


def test_a_study_of_optuna_tells_its_best_trial(cells: Cells) -> None:
    pytest.importorskip("optuna")
    cells.run("import optuna\noptuna.logging.set_verbosity(40)")
    source = "study = optuna.create_study()\nstudy.optimize(lambda trial: trial.suggest_float('x', 1, 2) ** 2, n_trials=3)"
    assert {"best_value"} == set(cells.metrics(source))
    assert {"x", "n_trials"} == set(cells.parameters(source))


def test_p5_what_fails_while_a_metric_function_returns_is_not_the_user_s() -> None:
    """`sys.monitoring` hands on what a callback raises: into the midst of the user's call."""
    from labjournal.recorders.returned import Returned

    def raising() -> dict[str, Any]:
        raise RecursionError

    returned = Returned(raising)
    returned._came((lambda: None).__code__, 0, 0.5)
    assert [] == returned.taken()
