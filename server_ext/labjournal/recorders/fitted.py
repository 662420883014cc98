"""Fitted objects of every library that is known: which reader is theirs, and a mark that tells whether they were fitted anew."""

from __future__ import annotations

from typing import Any, Callable, Dict

from labjournal.recorders.exact import attributes
from labjournal.recorders.histories import read_history
from labjournal.recorders.models import Found, mark
from labjournal.recorders.models_boosting import add_rounds, is_booster, read_booster, read_catboost
from labjournal.recorders.models_keras import is_model, model_mark, read_model
from labjournal.recorders.models_sklearn import LIBRARIES as ESTIMATORS
from labjournal.recorders.models_sklearn import read as read_estimator
from labjournal.recorders.models_statsmodels import read_scipy, read_statsmodels, statsmodels_mark
from labjournal.recorders.models_torch import is_network, network_mark, read_network, read_optimiser

__all__ = ["NETWORK", "marked", "network", "read"]

NETWORK = "torch.nn.Module"
"""What every network of PyTorch's is read as, whatever its class."""

_MOST_INNER = 50


def read(value: Any, called: str) -> Found | None:
    """What a fitted object of a known library tells; None where it is not fitted, or no such object."""
    library = called.partition(".")[0]
    if called == NETWORK:
        return read_network(value)
    if is_booster(called):
        return read_booster(value, called)
    if library == "catboost":
        return read_catboost(value, called)
    if is_model(called):
        return read_model(value, called)
    if library in ESTIMATORS:
        found = read_estimator(value, called)
        if found is not None and library != "sklearn":
            add_rounds(found, value)
        return found
    readers: Dict[str, Callable[[Any, str], Found | None]] = {
        "statsmodels": read_statsmodels, "scipy": read_scipy, "torch": read_optimiser,
    }  # fmt: skip
    return readers.get(library, read_history)(value, called)


def network(kind: type) -> str:
    """NETWORK for a class of networks; '' for every other."""
    return NETWORK if is_network(kind) else ""


def marked(value: Any, called: str) -> int:
    """Another number where the object was fitted anew."""
    if called == NETWORK:
        return network_mark(value)
    if called.startswith("statsmodels."):
        return statsmodels_mark(value)
    if is_model(called):
        return model_mark(value)
    held = attributes(value)
    return mark(held) ^ _inner_mark(held)


def _inner_mark(held: Dict[str, Any]) -> int:
    """Of what a pipeline or a history holds, whose own attributes stay the same."""
    steps = held.get("steps")
    answer = 0
    for item in steps[:_MOST_INNER] if type(steps) is list else ():
        if type(item) is tuple and len(item) == 2:
            answer ^= mark(attributes(item[1]))
    storage = attributes(held.get("_storage")).get("_studies")
    for study in list(storage.values())[:_MOST_INNER] if type(storage) is dict else ():
        trials = attributes(study).get("trials")
        answer ^= len(trials) if type(trials) is list else 0
    history = held.get("history")
    for values in list(history.values())[:_MOST_INNER] if type(history) is dict else ():
        answer ^= hash((id(values), len(values))) if type(values) is list else 0
    return answer
