"""What libraries print of a fit or a test is read by their own labels; other tables and sentences are not."""

from __future__ import annotations

import ast

import pytest

from labjournal.recorders.metric_names import repeated
from labjournal.recorders.metrics import shown_table
from labjournal.recorders.name_behind import name_behind
from labjournal.recorders.summary_texts import numbers_of_tests, summary_numbers
from tests.recorders.results_cells import Cells

OLS = """                            OLS Regression Results
==============================================================================
Dep. Variable:                      y   R-squared:                       0.920
Model:                            OLS   Adj. R-squared:                  0.918
No. Observations:                 100   AIC:                             308.9
==============================================================================
                 coef    std err          t      P>|t|      [0.025      0.975]
------------------------------------------------------------------------------
x1             1.9006      0.120     15.889      0.000       1.663       2.138
"""
ARIMA = """                               SARIMAX Results
==============================================================================
Dep. Variable:                      y   No. Observations:                  100
Model:               SARIMAX(1, 0, 0)   Log Likelihood                -280.355
Date:                Sat, 21 Nov 2026   AIC                            564.710
"""


def test_the_head_of_a_summary_is_read_and_its_coefficients_are_not() -> None:
    assert [("rsquared", 0.92), ("rsquared_adj", 0.918), ("aic", 308.9)] == [
        each[:2] for each in summary_numbers(OLS.split("\n"))
    ]
    assert [("llf", -280.355), ("aic", 564.71)] == [each[:2] for each in summary_numbers(ARIMA.split("\n"))]


def test_the_same_words_elsewhere_are_no_summary() -> None:
    assert [] == list(summary_numbers(["AIC                            564.710", "Deviance:   1.5"]))
    assert [] == list(summary_numbers(["My notes", "=" * 40, "AIC                            564.710"]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "TtestResult(statistic=np.float64(-1.81), pvalue=np.float64(0.072), df=np.float64(198.0))",
            [("statistic", -1.81), ("p_value", 0.072)],
        ),
        ("<Wald test (chi2): statistic=470.67, p-value=6.2e-103, df_denom=2>", [("statistic", 470.67), ("p_value", 6.2e-103)]),
        ("<F test: F=array([[2.5]]), p=0.03, df_denom=4.2e+03, df_num=4>", [("F", 2.5), ("p_value", 0.03)]),
        ("pvalue      0.345\nstatistic   17.647", [("p_value", 0.345), ("statistic", 17.647)]),
        ("statistic=3, p=7", []),
        ("pvalue      0.345\nrows   17", []),
        ("a statistic of 4 and a p of 0.1", []),
    ],
)
def test_a_test_that_shows_itself_tells_statistic_and_probability(text: str, expected: list[tuple[str, float]]) -> None:
    assert expected == [each[:2] for each in numbers_of_tests(text.split("\n"))]


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("losses.sum(axis=1).mean()", "losses"),
        ("history['loss'][-1]", "loss"),
        ("res.pearson_chi2 / res.df_resid", "pearson_chi2"),
        ("after.deviance - before.deviance", "deviance_difference"),
        ("after.deviance - before.llf", ""),
        ("np.mean(scores)", "scores"),
        ("100 * best_acc", "best_acc"),
        ("1 - accuracy", ""),
        ("total.round(4)", "total"),
        ("alpha * l2_loss", "l2_loss"),
        ("model.predict(x)", ""),
        ("scores.std()", ""),
        ("losses[1:]", ""),
        ("kmeans.inertia_", "inertia"),
    ],
)
def test_the_name_behind_an_expression_is_told_past_what_rounds_averages_or_relates(expression: str, name: str) -> None:
    assert name == name_behind(ast.parse(expression, mode="eval").body)


def test_a_number_in_the_notation_of_summaries_is_the_exact_one_again() -> None:
    exact = [("llf", -10350.913, "fitted"), ("pearson_chi2", 32310.7, "fitted"), ("llr_pvalue", 8.4541e-18, "fitted")]
    told = [("llf", -10351.0, "printed"), ("pearson_chi2", 32300.0, "printed"), ("llr_pvalue", 8.454e-18, "printed")]
    assert {3, 4, 5} == repeated([*exact, *told])
    assert {1} == repeated([("llf", -8004.904002, "fitted"), ("llf", -8004.9, "printed")])
    assert set() == repeated([("llf", -10350.913, "fitted"), ("llf", -10450.0, "printed")])


def test_rows_of_a_table_are_not_said_again_by_the_number_that_names_none_of_them() -> None:
    last = ("best_score", 0.9666667, "fitted")
    assert set() == repeated([last, ("best_score.forest", 0.966667, "shown"), ("best_score.svm", 0.966667, "shown")])
    assert {1} == repeated([last, ("best_score.forest", 0.966667, "shown")])


TABLE = """               model  best score           best_params
0                svm       0.980  {'C': 1, 'gamma': 2}
1      random forest       0.953              {'n': 5}"""


def test_a_table_of_models_is_read_by_its_columns_though_names_and_texts_have_spaces() -> None:
    assert [("best score.svm", 0.98), ("best score.random forest", 0.953)] == [each[:2] for each in shown_table(TABLE)]


def test_a_column_that_anybody_s_data_may_have_is_read_only_where_something_was_computed() -> None:
    assert [] == shown_table(TABLE, computed=False)
    accuracy = TABLE.replace("best score", "  accuracy")
    assert [0.98, 0.953] == [each.value for each in shown_table(accuracy, computed=False)]


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("print('Accuracy of the K-NN classifier on the training set: {:.2f}'.format(m.score(1, 2)))", {"train_accuracy"}),
        ("for name in ('ridge', 'lasso'):\n    print(f'RMSE of {name}: {m.rmse():.3f}')", {"rmse.ridge", "rmse.lasso"}),
        ("print('Regression coefficient:', m.score(1, 2))", {"score"}),
        ("for k in (2, 3):\n    print('BIC for k {}: {}'.format(k, m.rmse()))", {"bic_for_k.2", "bic_for_k.3"}),
        ("print('games won:', m.score())", set()),
        ("for score, name in zip(m.importances_, 'ab'):\n    print(round(score, 2), name)", set()),
        ("for score, name in zip((0.25, 0.5), 'ab'):\n    print(name, round(score, 2))", {"score.a", "score.b"}),
    ],
)
def test_a_printed_number_is_known_by_its_text_by_what_it_is_of_and_by_the_name_behind_it(source: str, names: set[str]) -> None:
    cells = Cells()
    cells.run(
        "class M:\n    def score(self, *_): return 0.75\n    def rmse(self): return 1.25\n    importances_ = (0.25, 0.5)\nm = M()"
    )
    assert names == set(cells.metrics(source))


def test_what_a_function_is_called_says_what_it_returns_where_its_source_does_not() -> None:
    cells = Cells()
    cells.run(
        "def mean_forecast_err(y, p):\n    return sum(y) - sum(p)\ndef plot_loss(y):\n    return 1.5\ndef scores(y):\n    return {'a': 1.5}"
    )
    assert {"mean_forecast_err": 0.5} == cells.metrics("mean_forecast_err([1.5], [1.0])")
    assert {"mean_forecast_err": 0.25} == cells.metrics("print('off by', mean_forecast_err([1.5], [1.25]))")
    assert {} == cells.metrics("plot_loss([1])")
    assert {} == cells.metrics("scores([1])")
