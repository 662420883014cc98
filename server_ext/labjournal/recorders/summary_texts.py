"""Numbers in what libraries print of a fit or a test: summaries of statsmodels and of those who print like it, results of tests as they show themselves.

    Dep. Variable:   y   R-squared:       0.979        TtestResult(statistic=-2.31, pvalue=0.033, df=18)
    Model:         OLS   AIC:             108.2        <Wald test (chi2): statistic=470.7, p-value=6.2e-103, df_denom=2>

Only what stands under the header of such a summary, or beside a probability, is read; whatever else a line says is for `metrics` to judge.
"""

from __future__ import annotations

import re
from typing import Dict, Iterator, List, Tuple

from labjournal.recorders.metric_names import SURE, UNSURE

__all__ = ["numbers_of_tests", "summary_numbers"]

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_TITLE = re.compile(r"^\s*(?:[\w().,:&-]+[ ]){0,8}(?:Results|Regression|Model)(?:[ ]\w+){0,4}\s*$")
_BAR = re.compile(r"^\s*={20,}\s*$")
_FARTHEST = 3
"""Lines between a title and the bar below it."""
_LONGEST = 40
"""Lines of a summary's head."""
_LABELS: Dict[str, Tuple[str, float]] = {
    "R-squared": ("rsquared", SURE), "R-squared (uncentered)": ("rsquared", SURE), "Adj. R-squared": ("rsquared_adj", SURE),
    "Adj. R-squared (uncentered)": ("rsquared_adj", SURE), "Pseudo R-squ.": ("prsquared", SURE), "Pseudo R-squared": ("prsquared", SURE),
    "Log-Likelihood": ("llf", SURE), "Log Likelihood": ("llf", SURE), "AIC": ("aic", SURE), "BIC": ("bic", SURE), "HQIC": ("hqic", UNSURE),
    "F-statistic": ("fvalue", 0.85), "Prob (F-statistic)": ("f_pvalue", 0.85), "LLR p-value": ("llr_pvalue", 0.85),
    "Deviance": ("deviance", SURE), "Pearson chi2": ("pearson_chi2", 0.85), "SSE": ("sse", 0.85), "Concordance": ("concordance", SURE),
    "LL-Null": ("llnull", UNSURE), "Durbin-Watson": ("durbin_watson", UNSURE), "Cond. No.": ("condition_number", UNSURE),
}  # fmt: skip
_FIELD = re.compile(
    r"(?:^|\s{2,}|(?<=\S) )(?P<label>"
    + "|".join(re.escape(label).replace(r"\ ", " ") for label in sorted(_LABELS, key=len, reverse=True))
    + rf"):?\s{{1,60}}(?P<value>{_NUMBER})(?=\s|$)"
)
_TESTED = re.compile(
    rf"\b(?P<kind>statistic|fvalue|F|chi2|t|z|correlation|rvalue)=(?:np\.float\d+\(|array\()?\[{{0,2}}(?P<value>{_NUMBER})"
    rf"[^=\n]{{0,12}}?,\s*(?:[\w]+=[^=,\n]{{1,40}},\s*){{0,3}}?p-?(?:value)?=(?:np\.float\d+\(|array\()?\[{{0,2}}(?P<p>{_NUMBER}|nan)"
)
_KINDS = {"fvalue": "F", "rvalue": "r_value"}
_PAIR = re.compile(rf"^(?P<label>p-?value|statistic)\s{{2,}}(?P<value>{_NUMBER})\s*$")


_SURVIVAL = re.compile(rf"^\s*(?P<label>Concordance|Partial AIC|AIC|(?:partial )?log-likelihood) = (?P<value>{_NUMBER})\s*$")
"""What lifelines writes of a fit."""
_SURVIVAL_NAMES = {
    "Concordance": "concordance", "Partial AIC": "aic_partial", "AIC": "aic", "log-likelihood": "log_likelihood",
    "partial log-likelihood": "log_likelihood",
}  # fmt: skip


def summary_numbers(lines: List[str]) -> Iterator[Tuple[str, float, float, int]]:
    """(name, value, how sure, line) of the heads of summaries."""
    inside = 0
    survival = False
    for at, line in enumerate(lines):
        survival = survival or line.startswith("<lifelines.")
        of_survival = _SURVIVAL.match(line) if survival else None
        if of_survival is not None:
            yield _SURVIVAL_NAMES[of_survival.group("label")], float(of_survival.group("value")), 0.85, at
            continue
        if _BAR.match(line) and any(_TITLE.match(each) for each in lines[max(0, at - _FARTHEST) : at]):
            inside = _LONGEST
        elif inside:
            inside -= 1
            for match in _FIELD.finditer(line):
                name, sure = _LABELS[match.group("label")]
                yield name, float(match.group("value")), sure, at


def numbers_of_tests(lines: List[str]) -> Iterator[Tuple[str, float, float, int]]:
    """(name, value, how sure, line) of statistics and their probabilities."""
    for at, line in enumerate(lines):
        match = _TESTED.search(line) if "=" in line and len(line) <= 1000 else None
        if match is not None and match.group("p") != "nan" and 0.0 <= float(match.group("p")) <= 1.0:
            yield _KINDS.get(match.group("kind"), match.group("kind")), float(match.group("value")), SURE, at
            yield "p_value", float(match.group("p")), SURE, at
            continue
        found = [_PAIR.match(each) for each in lines[at : at + 2]]
        if len(found) == 2 and found[0] and found[1] and found[0].group("label") != found[1].group("label"):
            for each, line_at in ((found[0], at), (found[1], at + 1)):
                called = "statistic" if each.group("label") == "statistic" else "p_value"
                yield called, float(each.group("value")), SURE, line_at
