"""Histories that somebody keeps: lists of losses, dicts of lists, Keras' History, optuna's studies, lifelines' fits, Lightning's trainers.

Read are plain lists, dicts and arrays of numbers, and the attributes of objects of the libraries named here.
"""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

from labjournal.recorders.exact import attributes, is_whole, library_class, number, numbers, plain, tensor_number, version
from labjournal.recorders.metric_names import telling
from labjournal.recorders.models import Curve, Figure, Found, Table
from labjournal.recorders.models_boosting import curves_of
from labjournal.recorders.models_keras import add_history

__all__ = ["read_config", "read_dict", "read_history"]

_MOST_KEYS = 100
_MOST_TRIALS = 10_000


def read_dict(value: Dict[Any, Any]) -> Table:
    """The numbers of a plain dict, two levels deep, and the series in it."""
    table = Table()
    for key, each in list(value.items())[:_MOST_KEYS]:
        name = _key(key)
        if name is None:
            continue
        _add(table, (name,), each)
        if type(each) is dict:
            for inner, deep in list(each.items())[:_MOST_KEYS]:
                inner_name = _key(inner)
                if inner_name is not None:
                    _add(table, (name, inner_name), deep)
    if not table.series:  # of xgboost and lightgbm: ordered dicts
        for data, metric, values in curves_of(value):
            points = numbers(values)
            if points is not None and points[2] > 1:
                table.series.append(((data, metric), *points))
    return table


def read_config(value: Any, before: str = "", depth: int = 0) -> Dict[str, Any]:
    """The settings of an OmegaConf or ml_collections config, nested ones with dots: what its nodes hold, nothing resolved or read from files."""
    held = attributes(value)
    fields = held.get("_content", held.get("_fields"))
    answer: Dict[str, Any] = {}
    for key, node in list(fields.items())[:_MOST_KEYS] if type(fields) is dict else ():
        if type(key) is not str:
            continue
        kind = library_class(type(node), ("omegaconf", "ml_collections"))
        if not kind:
            answer[f"{before}{key[:100]}"] = node
        elif kind.endswith(("Config", "ConfigDict")):
            if depth < 3:
                answer.update(read_config(node, f"{before}{key[:100]}.", depth + 1))
        else:
            answer[f"{before}{key[:100]}"] = attributes(node).get("_val")
    return answer


def read_history(value: Any, kind: str) -> Found | None:
    """What an object of Keras, optuna, lifelines or Lightning tells; None for their other objects."""
    library = kind.partition(".")[0]
    found = Found(kind, library, version(library))
    held = attributes(value)
    if kind.endswith((".callbacks.history.History", ".callbacks.History")):
        _keras(found, held)
    elif kind == "optuna.study.study.Study":
        _optuna(found, held)
    elif library == "lifelines":
        _lifelines(found, held)
    elif kind.endswith(".trainer.trainer.Trainer"):
        _lightning(found, held)
    else:
        return None
    return found if found.figures or found.curves or (found.is_model and held) else None


def _keras(found: Found, held: Dict[str, Any]) -> None:
    found.is_model = False
    add_history(found, held)


def _optuna(found: Found, held: Dict[str, Any]) -> None:
    """Best value so far and the best trial's parameters, of studies that are kept in memory."""
    found.is_model = False
    storage, directions = held.get("_storage"), held.get("_directions")
    if not library_class(type(storage), ("optuna",)) or type(directions) is not list or len(directions) != 1:
        return
    studies = attributes(storage).get("_studies")
    study = studies.get(held.get("_study_id")) if type(studies) is dict and type(held.get("_study_id")) is int else None
    trials = attributes(study).get("trials")
    values: List[Tuple[float, Any]] = []
    for trial in trials[:_MOST_TRIALS] if type(trials) is list else ():
        inner = attributes(trial) if library_class(type(trial), ("optuna",)) else {}
        said = inner.get("_values")
        state = attributes(inner.get("state")).get("_name_")
        value = number(said[0]) if type(said) is list and len(said) == 1 and state == "COMPLETE" else None
        if value is not None and value == value:
            values.append((value, inner.get("_params", inner.get("params"))))
    if not values:
        return
    largest = attributes(directions[0]).get("_name_") == "MAXIMIZE"
    best = (max if largest else min)(values, key=lambda each: each[0])
    found.figures.append(Figure("best_value", best[0], ".best_value"))
    points = numbers([value for value, _ in values])
    if points is not None:
        found.curves.append(Curve("value", tuple(points[0]), tuple(points[1]), points[2], ".trials"))
    if type(best[1]) is dict:
        found.chosen = {name: plain(each) for name, each in list(best[1].items())[:_MOST_KEYS] if type(name) is str}


def _lifelines(found: Found, held: Dict[str, Any]) -> None:
    inner = held.get("_model")
    fitted = attributes(inner) if library_class(type(inner), ("lifelines",)) else held
    likelihood = number(fitted.get("log_likelihood_"))
    if likelihood is not None:
        found.figures.append(Figure("log_likelihood", likelihood, ".log_likelihood_"))
    concordance = number(fitted.get("_concordance_index_", fitted.get("concordance_index_")))
    if concordance is not None:
        found.figures.append(Figure("concordance_index", concordance, ".concordance_index_"))
    median = number(fitted.get("_median"))
    if median is not None:
        found.figures.append(Figure("median_survival_time", median, ".median_survival_time_", 0.8))
    found.is_model = bool(found.figures) or "durations" in fitted
    for name in ("penalizer", "l1_ratio", "strata", "alpha"):
        if name in held:
            found.settings[name] = plain(held[name])
    if found.settings.get("penalizer"):
        found.changed["penalizer"] = found.settings["penalizer"]


def _lightning(found: Found, held: Dict[str, Any]) -> None:
    """What a trainer logged last: numbers; tensors only where they stand in main memory."""
    found.is_model = False
    connector = attributes(held.get("_logger_connector"))
    for place in ("_callback_metrics", "_logged_metrics"):
        metrics = connector.get(place)
        for name, value in list(metrics.items())[:_MOST_KEYS] if type(metrics) is dict else ():
            figure = number(value)
            figure = tensor_number(value) if figure is None else figure
            if figure is not None and type(name) is str and telling(name):
                found.figures.append(Figure(name[:100], figure, f".callback_metrics[{name!r}]", min(0.9, telling(name))))


def _add(table: Table, keys: Tuple[str, ...], value: Any) -> None:
    figure = number(value)
    if figure is not None:
        table.numbers.append((keys, figure, is_whole(value)))
        return
    points = numbers(value)
    if points is not None and points[2] > 1:
        table.series.append((keys, *points))


def _key(key: Any) -> str | None:
    if type(key) is str:
        return key[:100]
    return str(key) if type(key) in (int, float) and abs(key) < 10**9 else None
