"""Whether more of a metric is better, as everybody in the field means it: loss and errors are to go down, accuracy and scores up.

Told from the words of a name: `val_loss`, `test RMSE`, `neg_mean_squared_error` (a negated error: up), `accuracy_score`. Where two words
disagree the one that names the quantity wins over what qualifies it; where nothing is known, nothing is said.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

__all__ = ["Best", "best", "better"]

Best = Literal["lowest", "highest"]

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_LOWEST = frozenset(
    "loss error errors err rmse mse mae mape smape rmsle msle wape mase logloss crossentropy entropy brier perplexity ppl nll deviance aic "
    "bic aicc hqic fpr fnr fid wer cer ter mer distance divergence kl residual residuals regret cost risk inertia bouldin hinge "
    "misclassification eer crps pinball wmape rrse rse rae nrmse objective chi2 mistakes".split()
)
_HIGHEST = frozenset(
    "accuracy acc precision recall f1 f2 fbeta fscore auc auroc auprc roc ap map gini kappa mcc corrcoef r2 rsquared correlation pearson "
    "spearman score silhouette harabasz rand ari nmi ami homogeneity completeness vmeasure specificity sensitivity tpr tnr ppv npv iou miou "
    "dice jaccard psnr ssim bleu sacrebleu rouge meteor ndcg mrr hit hits reward return sharpe concordance cindex explained elbo llf "
    "loglikelihood likelihood lift throughput informedness bss skill evidence".split()
)
_PHRASES: tuple[tuple[str, Best], ...] = (
    ("log likelihood", "highest"),
    ("log loss", "lowest"),
    ("cross entropy", "lowest"),
    ("explained variance", "highest"),
    ("r squared", "highest"),
    ("r 2", "highest"),
    ("f 1", "highest"),
    ("c index", "highest"),
    ("hit rate", "highest"),
    ("average precision", "highest"),
    ("error rate", "lowest"),
    ("false positive rate", "lowest"),
    ("false negative rate", "lowest"),
    ("davies bouldin", "lowest"),
    ("calinski harabasz", "highest"),
    ("brier score", "lowest"),
    ("accuracy score", "highest"),
    ("skill score", "highest"),
    ("word error", "lowest"),
    ("zero one", "lowest"),
    ("condition number", "lowest"),
)
_NEGATED = frozenset({"neg", "negative", "minus"})
_LONGEST = 500


@lru_cache(maxsize=4096)
def best(name: str) -> Best | None:
    """Which value of the metric is the best, None where its name does not tell."""
    words = [word.lower() for word in _WORD.findall(name[:_LONGEST].replace("²", "2").replace("^", ""))]
    known = _known(words)
    if known is None or not _NEGATED & set(words[:2]):
        return known
    return "highest" if known == "lowest" else "lowest"


def better(name: str, one: float, other: float) -> bool | None:
    """Whether `one` is better than `other`; None where nobody can say, or they are equal."""
    which = best(name)
    if which is None or not (one < other or one > other):
        return None
    return (one < other) == (which == "lowest")


def _known(words: list[str]) -> Best | None:
    text = f" {' '.join(words)} "
    for phrase, which in _PHRASES:
        if f" {phrase} " in text:
            return which
    joined = "".join(words)
    for word in [*reversed(words), joined]:  # the last word is the quantity: `best_score_loss`, `accuracy_error`
        if word in ("score", "rate", "return", "hit", "map") and len(words) > 1:
            continue  # says little beside another word
        if word in _LOWEST:
            return "lowest"
        if word in _HIGHEST:
            return "highest"
    pairs = ["".join(words[place : place + 2]) for place in range(len(words) - 1)]
    for pair in reversed(pairs):
        if pair in _LOWEST:
            return "lowest"
        if pair in _HIGHEST:
            return "highest"
    return "highest" if "score" in words else None
