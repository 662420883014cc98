"""Which way is better, told from the name of a metric alone."""

from __future__ import annotations

import math

import pytest

from labjournal.questions.results.directions import best, better

LOWEST = """loss val_loss train/loss test_loss logloss log_loss binary_crossentropy cross-entropy rmse RMSE test_rmse mse MAE mape
mean_squared_error MeanAbsoluteError max_error error error_rate valid_0's-binary_logloss brier_score brier_score_loss perplexity ppl aic AIC bic
wer fid inertia davies_bouldin_score hinge_loss zero_one_loss mean_absolute_percentage_error neg_r2 hamming_loss valLoss""".split()
HIGHEST = """accuracy acc val_acc test_accuracy accuracy_score balanced_accuracy f1 f1_score f1_macro F1-score precision recall auc AUC roc_auc
roc_auc_score average_precision r2 R2 r2_score R² rsquared rsquared_adj adj_r2 kappa mcc matthews_corrcoef score best_score cv_score
test_score silhouette_score calinski_harabasz_score adjusted_rand_score neg_mean_squared_error neg_log_loss iou mIoU dice psnr ssim bleu rougeL
ndcg@10 mAP explained_variance_score log_likelihood c-index top_5_accuracy sensitivity specificity valAccuracy mean_reward""".split()
UNKNOWN = ("n_estimators", "time", "", "x", "1234", "öäü", "\x00", "alpha", "epoch", "rate", "_" * 10_000)


@pytest.mark.parametrize("name", LOWEST)
def test_losses_and_errors_are_to_go_down(name: str) -> None:
    assert best(name) == "lowest"


@pytest.mark.parametrize("name", HIGHEST)
def test_accuracies_and_scores_are_to_go_up(name: str) -> None:
    assert best(name) == "highest"


@pytest.mark.parametrize("name", UNKNOWN)
def test_nothing_is_said_of_a_name_that_tells_nothing(name: str) -> None:
    assert best(name) is None


def test_better_knows_the_direction_and_that_nan_is_never_better() -> None:
    assert better("loss", 0.1, 0.2) is True
    assert better("accuracy", 0.1, 0.2) is False
    assert better("accuracy", 0.1, 0.1) is None
    assert better("accuracy", math.nan, 0.1) is None
    assert better("x", 0.1, 0.2) is None
