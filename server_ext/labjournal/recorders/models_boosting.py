"""XGBoost, LightGBM and CatBoost: what was measured in each round, the best of it, and the parameters of boosters made without scikit-learn's interface.

Read are attributes (`evals_result_`, `_evals_result`, `_best_score`, `best_score`, `best_iteration`, `params`); of CatBoost, which keeps them in C, also
three documented attributes that cost some microseconds. Nothing else is called.
"""

from __future__ import annotations

import sys
from typing import Any, Dict, Iterator, Tuple

from labjournal.recorders.exact import attributes, number, numbers, plain, version
from labjournal.recorders.models import Curve, Figure, Found

__all__ = ["add_rounds", "curves_of", "is_booster", "read_booster", "read_catboost"]

_MOST_CURVES = 50
_CATBOOST = ("CatBoost", "CatBoostClassifier", "CatBoostRegressor", "CatBoostRanker")
_CATBOOST_QUIET = ("verbose", "silent", "logging_level", "allow_writing_files", "thread_count", "train_dir", "metric_period")
_HIGHER = ("auc", "aucpr", "map", "ndcg", "accuracy", "pre", "average_precision", "r2", "cox-nloglik-")


def is_booster(kind: str) -> bool:
    return kind in ("lightgbm.basic.Booster", "xgboost.core.Booster")


def curves_of(results: Any) -> Iterator[Tuple[str, str, Any]]:
    """(data, metric, values) of `{"valid": {"auc": [0.8, 0.9]}}`."""
    for data, metrics in list(_items(results))[:_MOST_CURVES]:
        for metric, values in list(_items(metrics))[:_MOST_CURVES]:
            yield data, metric, values


def add_rounds(found: Found, value: Any) -> None:
    """Adds what an estimator of XGBoost or LightGBM measured while it was fitted."""
    held = attributes(value)
    best_at = number(held.get("_best_iteration"))
    for data, metric, values in curves_of(held.get("evals_result_", held.get("_evals_result"))):
        points = numbers(values)
        if points is None or not points[0]:
            continue
        where = f".evals_result_[{data!r}][{metric!r}]"
        called = f"{data} {metric}"
        found.curves.append(Curve(called, tuple(points[0]), tuple(points[1]), points[2], where))
        found.size["trees"] = max(points[2], found.size.get("trees", 0))
        stopped = held.get("early_stopping_rounds") is not None or bool(best_at and best_at > 0)
        pick = points[0][-1]
        if stopped:
            pick = max(points[0]) if metric.partition("@")[0] in _HIGHER else min(points[0])
        found.figures.append(Figure(called, pick, where))
    if best_at is not None and best_at > 0:
        found.size["best_iteration"] = int(best_at)
    classes = number(held.get("_n_classes", held.get("n_classes_")))
    if classes is not None and classes > 1:
        found.outputs["classes"] = int(classes)
    inputs = number(held.get("_n_features_in"))
    if found.inputs is None and inputs is not None:
        found.inputs = int(inputs)


def read_booster(value: Any, kind: str) -> Found | None:
    """What a booster tells that `train` made."""
    held = attributes(value)
    library = kind.partition(".")[0]
    found = Found(kind, library, version(library))
    given = held.get("params")
    if type(given) is dict:
        found.settings = {str(name)[:100]: plain(each) for name, each in list(given.items())[:100] if type(name) is str}
        found.changed = dict(found.settings)
    for data, metric, last in curves_of(held.get("best_score")):
        figure = number(last)
        if figure is not None:
            found.figures.append(Figure(f"{data} {metric}", figure, f".best_score[{data!r}][{metric!r}]"))
    best = number(held.get("best_iteration"))
    if best is not None and best > 0:
        found.chosen["best_iteration"] = int(best)
    return found


def read_catboost(value: Any, kind: str) -> Found | None:
    """What an estimator of CatBoost tells: its own attributes, and its documented ones of scores, which it answers from what it keeps."""
    held = attributes(value)
    given = held.get("_init_params")
    if type(given) is not dict or kind.rpartition(".")[2] not in _CATBOOST:
        return None
    found = Found(kind, "catboost", version("catboost"))
    found.settings = {str(name)[:100]: plain(each) for name, each in list(given.items())[:100] if type(name) is str}
    found.changed = {name: each for name, each in found.settings.items() if name not in _CATBOOST_QUIET}
    trees, inputs = number(held.get("_tree_count")), number(held.get("_n_features_in"))
    found.is_model = trees is not None and trees > 0
    if not found.is_model:
        return found
    found.size["trees"] = int(trees or 0)
    found.inputs = int(inputs) if inputs is not None else None
    best, scores, curves = (_asked(value, name) for name in ("best_iteration_", "best_score_", "evals_result_"))
    if number(best) is not None:
        found.size["best_iteration"] = int(best)
    for data, metric, figure in curves_of(scores):
        said = number(figure)
        if said is not None:
            sure = 0.9 if data != "learn" else 0.5
            found.figures.append(Figure(f"{data} {metric}", said, f".best_score_[{data!r}][{metric!r}]", sure))
    for data, metric, values in curves_of(curves):
        points = numbers(values)
        if points is not None and points[0]:
            found.curves.append(
                Curve(f"{data} {metric}", tuple(points[0]), tuple(points[1]), points[2], f".evals_result_[{data!r}][{metric!r}]")
            )
    return found


def _asked(value: Any, name: str) -> Any:
    """A documented attribute of an exact class of CatBoost's; None where it has none yet."""
    try:
        return getattr(value, name)
    except Exception:  # its own class of errors, where nothing was measured
        return None


def _items(value: Any) -> Iterator[Tuple[str, Any]]:
    """Items of a plain dict, or of one of the standard library's that behaves like one."""
    collections = sys.modules.get("collections")
    kinds: Tuple[Any, ...] = (dict,)
    if collections is not None:
        kinds = (dict, collections.OrderedDict, collections.defaultdict)
    if type(value) in kinds:
        held: Dict[Any, Any] = value
        for name in list(dict.keys(held)):
            if type(name) is str:
                yield name[:100], dict.__getitem__(held, name)
