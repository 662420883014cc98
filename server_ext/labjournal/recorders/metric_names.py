"""Which names mean a metric, which mean the same metric, and what well-known functions return.

    test_acc            telling
    accuracy_threshold  not: a setting
    acc, accuracy       the same measure
    accuracy_score      a function that returns one

Nothing is looked up anywhere; a list of what everybody in the field calls a measure, and of the words that make something else of it.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import Dict, FrozenSet, List, NamedTuple, Sequence, Set, Tuple

__all__ = [
    "FUNCTIONS",
    "OF_CANDIDATES",
    "RESULTS_OF",
    "SURE",
    "UNSURE",
    "Meaning",
    "is_setting",
    "meaning_of",
    "measured",
    "of_data",
    "repeated",
    "same",
    "telling",
    "words",
]

SURE = 0.9
UNSURE = 0.5
"""Kept, but shown on demand only."""

_MEASURES: Dict[str, str] = {
    **{
        name: name
        for name in (
            "accuracy precision recall sensitivity specificity f1 fbeta auc roc_auc pr_auc average_precision gini kappa mcc log_loss "
            "cross_entropy brier loss r2 r2_adj mse rmse mae mape smape msle rmsle explained_variance max_error median_absolute_error "
            "perplexity bleu rouge meteor wer cer iou dice map ndcg mrr hit_rate silhouette inertia davies_bouldin calinski_harabasz "
            "adjusted_rand psnr ssim fid concordance aic bic hqic log_likelihood deviance score scores error p_value t_stat f_stat chi2 z_stat "
            "statistic correlation reward regret elbo objective nll purity mutual_info homogeneity completeness v_measure jaccard hamming "
            "hinge sharpe sharpe_ratio drawdown distortion pinball poisson_deviance entropy_loss kl_divergence kl balanced_accuracy "
            "cohen_d cohens_d condition_number effect_size error_rate win_rate coverage lift ks_stat ess metric durbin_watson "
            "tpr fpr tnr fnr fdr ppv npv youden rss sse ssr medae wape wmape mase nrmse rse nse kge crps exact_match chrf modularity "
            "cophenetic reconstruction_error sortino calmar cagr log_odds logodds odds_ratio risk_ratio hazard_ratio tau2 cramers_v dunn hopkins "
            "treatment_effect mean_difference rand_index jaccard_index"
        ).split()
    },
    "acc": "accuracy", "accuracies": "accuracy", "accs": "accuracy", "losses": "loss", "f1score": "f1", "f_score": "f1", "fscore": "f1",
    "auroc": "roc_auc", "rocauc": "roc_auc", "auprc": "pr_auc", "aucs": "auc", "ap": "average_precision", "logloss": "log_loss",
    "binary_logloss": "log_loss", "multi_logloss": "log_loss", "mlogloss": "log_loss",
    "r_squared": "r2", "rsquared": "r2", "rsq": "r2", "r_2": "r2", "r2s": "r2", "rsquared_adj": "r2_adj", "adj_r2": "r2_adj",
    "adjusted_r2": "r2_adj", "adj_r_squared": "r2_adj", "adjusted_r_squared": "r2_adj", "prsquared": "pseudo_r2", "pseudo_r2": "pseudo_r2", "pseudo_r_squared": "pseudo_r2",
    "mean_squared_error": "mse", "mean_square_error": "mse", "root_mean_squared_error": "rmse", "mean_absolute_error": "mae", "mses": "mse",
    "rmses": "rmse", "maes": "mae", "mean_absolute_percentage_error": "mape", "mean_squared_log_error": "msle", "mean_sq_error": "mse",
    "matthews_corrcoef": "mcc", "cohen_kappa": "kappa", "cohens_kappa": "kappa", "ppl": "perplexity", "miou": "iou", "mean_iou": "iou",
    "c_index": "concordance", "concordance_index": "concordance", "loglik": "log_likelihood", "llf": "log_likelihood", "loglike": "log_likelihood",
    "log_lik": "log_likelihood", "likelihood": "log_likelihood", "err": "error", "errors": "error", "errs": "error",
    "pvalue": "p_value", "pval": "p_value", "p_val": "p_value", "tstat": "t_stat", "tvalue": "t_stat", "zvalue": "z_stat", "t_statistic": "t_stat", "f_statistic": "f_stat",
    "fvalue": "f_stat", "f_pvalue": "p_value", "chi2_stat": "chi2", "stat": "statistic", "corr": "correlation", "rho": "correlation",
    "corrcoef": "correlation", "rewards": "reward", "returns_mean": "reward", "ari": "adjusted_rand", "nmi": "mutual_info", "ami": "mutual_info",
    "cost": "cost", "costs": "cost", "zscore": "z_stat", "zstat": "z_stat", "z_value": "z_stat", "z_statistic": "z_stat", "t_value": "t_stat", "tscore": "t_stat",
    "f_value": "f_stat", "chisq": "chi2", "chi_sq": "chi2", "chi_square": "chi2", "chi_squared": "chi2", "chi2_statistic": "chi2", "cramersv": "cramers_v",
    "cramer_v": "cramers_v", "diff_in_means": "mean_difference", "difference_in_means": "mean_difference", "mean_diff": "mean_difference",
    "diff_means": "mean_difference", "prop_diff": "mean_difference", "prob_diff": "mean_difference", "estimate_difference": "mean_difference",
    "false_positive_rate": "fpr", "true_positive_rate": "tpr", "false_negative_rate": "fnr", "true_negative_rate": "tnr",
    "accruacy": "accuracy", "accuray": "accuracy", "acuracy": "accuracy", "accurracy": "accuracy", "misclassification": "error_rate", "brier_score_loss": "brier", "best_value": "score", "dev": "deviance",
}  # fmt: skip

_ONLY_WITH_OTHERS = frozenset(
    "cost map ap kl lift coverage metric stat statistic dev ll rho completeness objective error_rate rss rse nse dunn hopkins".split()
)
"""Words that also mean something else: alone or not, one does not know."""

_OF_TESTS = frozenset("statistic t_stat z_stat f_stat chi2".split())
_AIMS = frozenset(
    "best final optimal optimized optimised converged history curve per_epoch min_found validation score rate".split()
)
_STATISTICS = frozenset(("error_rate", "completeness"))
_OF_DATA = frozenset(
    "score scores error loss correlation reward cost statistic coverage elbo objective p_value t_stat z_stat f_stat chi2 lift".split()
)

_SPOILERS = frozenset(
    "threshold thresh thr target cutoff weight weights weighting w tol tolerance eps epsilon limit bound start init initial "
    "fn func function factory name names key keys label labels col cols column columns prev previous old last_seen id ids "
    "epoch epochs step steps idx index count counts num n size len length time times sec secs seconds ms minutes decay scale scaler coef "
    "lambda penalty factor multiplier expected desired required goal seed percentile window path file dir url bar bars rate_limit budget "
    "hat smoothing reduction type kind mode min_delta patience plot fig ax axis color colour range bins grid str text msg".split()
)
_GATHERING = frozenset(
    "running total sum cum cumulative accum accumulated tmp temp batch partial current cur this min max".split()
)
"""Of a name that is one of these and a measure, the value is on its way to something."""

_STANDARD_ERRORS = frozenset((one, other) for one in ("std", "standard", "st") for other in ("err", "error", "errors"))
_WITHOUT_MEANING = frozenset(
    "score scores value val metric the my final best mean avg average overall model clf reg s result results".split()
)
_SPLITS = {
    "train": "train", "training": "train", "tr": "train", "trn": "train", "test": "test", "testing": "test", "te": "test", "holdout": "test",
    "val": "val", "valid": "val", "validation": "val", "eval": "val", "dev": "val", "oob": "oob", "cv": "cv",
}  # fmt: skip
_AVERAGES = frozenset("macro micro weighted std stdev sd sem".split())
_QUALIFIERS = frozenset("macro micro weighted std stdev sd sem best baseline".split())

FUNCTIONS: Dict[str, str] = {
    **{
        f"{name}_score": name
        for name in (
            "accuracy balanced_accuracy top_k_accuracy f1 fbeta precision recall roc_auc average_precision cohen_kappa jaccard r2 "
            "explained_variance silhouette davies_bouldin calinski_harabasz adjusted_rand rand adjusted_mutual_info normalized_mutual_info "
            "mutual_info homogeneity completeness v_measure fowlkes_mallows ndcg dcg d2_tweedie d2_pinball d2_absolute_error d2_log_loss "
            "d2_brier consensus"
        ).split()
    },
    "mean_squared_error": "mse", "root_mean_squared_error": "rmse", "mean_absolute_error": "mae", "median_absolute_error": "median_absolute_error",
    "mean_absolute_percentage_error": "mape", "mean_squared_log_error": "msle", "root_mean_squared_log_error": "rmsle", "max_error": "max_error",
    "mean_poisson_deviance": "mean_poisson_deviance", "mean_gamma_deviance": "mean_gamma_deviance", "mean_pinball_loss": "mean_pinball_loss",
    "mean_tweedie_deviance": "mean_tweedie_deviance", "log_loss": "log_loss", "brier_score_loss": "brier_score", "hamming_loss": "hamming_loss",
    "zero_one_loss": "zero_one_loss", "hinge_loss": "hinge_loss", "matthews_corrcoef": "mcc", "concordance_index": "concordance_index",
    "label_ranking_average_precision_score": "lrap", "coverage_error": "coverage_error", "label_ranking_loss": "label_ranking_loss",
    "auc": "auc", "score": "score", "cross_val_score": "cv_score", "durbin_watson": "durbin_watson",
}  # fmt: skip
"""Functions (and the method `score`) that return one number, or one per fold, and what to call it where nobody names it."""

RESULTS_OF: Dict[str, Tuple[str, ...]] = {
    **dict.fromkeys(
        "ttest_ind ttest_rel ttest_1samp mannwhitneyu wilcoxon kruskal f_oneway ks_2samp kstest shapiro levene bartlett normaltest "
        "jarque_bera ranksums friedmanchisquare chisquare fligner mood ansari brunnermunzel".split(),
        ("statistic", "p_value"),
    ),
    **dict.fromkeys("pearsonr spearmanr kendalltau pointbiserialr weightedtau".split(), ("correlation", "p_value")),
    "chi2_contingency": ("chi2", "p_value"),
    "linregress": ("", "", "r_value", "p_value"),
    "adfuller": ("statistic", "p_value"),
}
"""Functions that return several numbers, and what the first of them mean ('' is no result)."""

OF_CANDIDATES = re.compile(r"(?:mean|std|split\d+)_(?:test|train)_")
"""Names of what a search found of each of its candidates; the best is told by the search itself."""
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z²]+|\d+")
_LONGEST_NAME = 100


class Meaning(NamedTuple):
    """What a name says: the measure, and of what part of the data."""

    measure: str
    split: str
    qualifiers: FrozenSet[str]
    gathering: bool
    others: FrozenSet[str] = frozenset()
    """What else stands in the name: of which model, with which setting."""


def words(name: str) -> Tuple[str, ...]:
    """`valLoss_1`, `val loss 1` → val, loss, 1; `r2` and `f1` stay whole."""
    found = _WORDS.findall(name.replace("²", "2").replace("^2", "2"))
    answer: list[str] = []
    for word in found:
        word = word.lower()
        if word.isdigit() and answer and answer[-1] in ("r", "f", "chi", "d", "auc", "l", "tau"):
            answer[-1] += word
        else:
            answer.append(word)
    return tuple(answer)


@lru_cache(maxsize=2048)
def meaning_of(name: str) -> Meaning | None:
    """What a name that is telling means; None where it names no measure, or something beside one."""
    if not name or len(name) > _LONGEST_NAME or name.startswith("_"):
        return None
    parts = words(name)
    if _is_standard_error(parts):
        return None
    measure, rest = _measure(parts)
    if not measure or not _SPOILERS.isdisjoint(rest):
        return None
    split = next((_SPLITS[word] for word in rest if word in _SPLITS), "")
    others = frozenset(rest) - _WITHOUT_MEANING - _SPLITS.keys() - _QUALIFIERS - _GATHERING
    return Meaning(measure, split, _QUALIFIERS.intersection(rest), not _GATHERING.isdisjoint(rest), others)


def telling(name: str) -> float:
    """How sure a name is that the number it is bound to is a metric; 0.0 where it says nothing of the kind."""
    meaning = meaning_of(name)
    if meaning is None:
        return 0.0
    if meaning.gathering or (meaning.measure in _ONLY_WITH_OTHERS and not _has_aim(name, meaning)):
        return UNSURE
    return SURE


def _has_aim(name: str, meaning: Meaning) -> bool:
    """Whether an ambiguous word stands with one that makes a result of it: `best_cost`, `test_error_rate`."""
    if meaning.measure == "statistic" and meaning.others:
        return True  # `ADF statistic`
    return bool(meaning.split) or not _AIMS.isdisjoint(words(name)) or meaning.measure in _STATISTICS


def measured(name: str) -> bool:
    """Whether a measure stands in a name, whatever else does."""
    return bool(_measure(words(name))[0])


def of_data(name: str) -> bool:
    """Whether columns of anybody's data are called so, too."""
    meaning = meaning_of(name)
    return meaning is not None and meaning.measure in _OF_DATA


def is_setting(name: str) -> bool:
    """Whether a word of the name says that it is a setting, a count or a time."""
    return not _SPOILERS.isdisjoint(words(name))


def same(one: str, other: str) -> bool:
    """Whether two names may mean the same number: the same measure of the same part of the data, as far as both say."""
    a, b = meaning_of(one), meaning_of(other)
    if a is None or b is None:
        return _flat(one) == _flat(other)
    if a.split and b.split and a.split != b.split:
        return False
    if a.others and b.others and a.others != b.others:
        return False
    if (a.qualifiers & _AVERAGES) != (b.qualifiers & _AVERAGES) and (a.qualifiers and b.qualifiers):
        return False
    if a.measure == b.measure:
        return True
    both = {a.measure, b.measure}
    return bool(both & {"score", "scores"}) or both == {"auc", "roc_auc"} or ("statistic" in both and both <= _OF_TESTS)


def _measure(parts: Tuple[str, ...]) -> Tuple[str, Tuple[str, ...]]:
    """The longest run of words that is a measure, and the other words; a measure proper before a mere `score`."""
    best: Tuple[int, int, int] | None = None
    for length in (4, 3, 2, 1):
        for at in range(len(parts) - length + 1):
            run = "_".join(parts[at : at + length])
            measure = _MEASURES.get(run) or _MEASURES.get(run[:-1] if run.endswith("s") and len(run) > 3 else "")
            if measure is None:
                continue
            rank = 0 if measure in ("score", "scores", "metric", "error") else length
            if best is None or rank > best[0]:
                best = (rank, at, length)
    if best is None:
        return "", parts
    _, at, length = best
    run = "_".join(parts[at : at + length])
    return _MEASURES.get(run) or _MEASURES[run[:-1]], parts[:at] + parts[at + length :]


def _is_standard_error(parts: Tuple[str, ...]) -> bool:
    """Of an estimate, `std_err` says how far to trust it, and measures nothing of its own."""
    return any(pair in _STANDARD_ERRORS for pair in zip(parts, parts[1:]))


def _flat(name: str) -> Tuple[str, ...]:
    return tuple(word for word in words(name) if word not in _WITHOUT_MEANING)


_RANKS = {"explicit": 0, "tracker": 1, "returned": 2, "fitted": 3, "bound": 4, "shown": 5, "printed": 6}


def repeated(rows: Sequence[Tuple[str, float, str]]) -> Set[int]:
    """Which of the metrics of one execution, as (name, value, source), say again what another says better.

    The rows of a table, `r2.ridge` and `r2.lasso`, are each a fact of their own: what is called `r2` only says none of them again.
    """
    order = sorted(range(len(rows)), key=lambda at: (_RANKS.get(rows[at][2], 9), at))
    labelled = Counter(name.partition(".")[0] for name in {row[0] for row in rows} if "." in name)
    kept: List[int] = []
    answer: Set[int] = set()
    for at in order:
        name, value, _ = rows[at]
        stem, dot, _ = name.partition(".")
        in_table = bool(dot) and labelled[stem] > 1
        if any(
            _agrees(rows[other][1], value) and ("." in rows[other][0] or not in_table) and _may_be(rows[other][0], name)
            for other in kept
        ):
            answer.add(at)
        else:
            kept.append(at)
    return answer


def _may_be(better: str, other: str) -> bool:
    """Whether the second may be the first once more: what somebody averaged may have any telling name."""
    return better == other or same(better, other) or (words(better)[-1:] == ("mean",) and telling(other) > 0)


def _agrees(exact: float, told: float) -> bool:
    """Whether the second is the first, rounded as it was printed or in percent."""
    if exact == told or (exact != exact and told != told):
        return True
    text = repr(told)
    if "e" in text:
        mantissa, _, power = text.partition("e")
        return abs(exact - told) <= 0.5000001 * 10.0 ** (int(power) - len(mantissa.partition(".")[2]))
    if told.is_integer() and abs(told) >= 100.0 and not exact.is_integer():  # `926.`, and `3.23e+04`
        whole = text[:-2].lstrip("-")
        return abs(exact - told) <= 0.5000001 * 10.0 ** min(len(whole) - len(whole.rstrip("0")), len(whole) - 3)
    for scale in (1.0, 100.0):
        digits = len(text.partition(".")[2]) if "." in text else 17
        if (
            digits <= 12
            and abs(exact * scale - told) <= 0.5000001 * 10.0**-digits
            and (digits > 1 or scale > 1.0 or abs(told) >= 100.0)
        ):
            return True
    return False
