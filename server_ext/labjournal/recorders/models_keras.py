"""Keras: models by their layers and the number of their parameters, and the history that training leaves with a model. Values are never read.

Keras 2 and 3 and TensorFlow's Keras keep the history of the last training in `vars(model)['history']`, also where nobody bound what `fit` returned.
A model counts as trained once that is there. A class of one's own derived from `Model` is not touched.
"""

from __future__ import annotations

import math
from typing import Any, Callable, Dict, List, Tuple

from labjournal.recorders.exact import attributes, class_name, library_class, number, numbers, plain, version
from labjournal.recorders.models import Curve, Figure, Found

__all__ = ["LIBRARIES", "add_history", "is_model", "model_mark", "read_model"]

LIBRARIES = ("keras", "tensorflow", "tf_keras")
_MODELS = (".sequential.Sequential", ".functional.Functional", ".training.Model", ".models.model.Model")
_HISTORIES = (".callbacks.history.History", ".callbacks.History")
_NOT_METRICS = ("lr", "learning_rate", "epoch", "step", "time")
_MOST_KEYS = 100
_MOST_LAYERS = 500
_MOST_VARIABLES = 200
_WIDTHS = ("units", "filters", "rate", "output_dim", "num_heads")
_mro_of: Callable[[type], Tuple[type, ...]] = type.__dict__["__mro__"].__get__


def is_model(called: str) -> bool:
    """Whether `module.Class` is a model of Keras' own."""
    return called.partition(".")[0] in LIBRARIES and called.endswith(_MODELS)


def model_mark(value: Any) -> int:
    """Another number where a model was trained anew, or further."""
    history = attributes(value).get("history")
    epochs = attributes(history).get("epoch")
    return hash((id(history), len(epochs) if type(epochs) is list else 0))


def read_model(value: Any, called: str) -> Found | None:
    """Layers, size, how it was compiled and what it was trained to; None where it was not trained."""
    held = attributes(value)
    history = held.get("history")
    if not library_class(type(history), LIBRARIES).endswith(_HISTORIES):
        return None
    library = called.partition(".")[0]
    found = Found(called, library, version(library))
    layers = _list(held.get("_layers", held.get("_self_tracked_trackables")))[:_MOST_LAYERS]
    said = [_layer(each) for each in layers]
    loss, optimiser = held.get("loss"), library_class(type(held.get("optimizer")), LIBRARIES)
    settings: Dict[str, Any] = {"layers": ", ".join(each for each in said if each and not each.startswith("InputLayer"))}
    if type(loss) is str:
        settings["loss"] = plain(loss)
    if optimiser:
        settings["optimizer"] = optimiser.rpartition(".")[2]
    found.settings, found.changed = dict(settings), settings
    trained, fixed = _parameters(layers, "_trainable_variables"), _parameters(layers, "_non_trainable_variables")
    found.size = {"parameters": trained + fixed, "trainable": trained, "layers": len(said)}
    add_history(found, attributes(history), ".history")
    return found


def add_history(found: Found, held: Dict[str, Any], before: str = "") -> None:
    """The series that a History keeps, and their last values."""
    history = held.get("history")
    for name, values in list(history.items())[:_MOST_KEYS] if type(history) is dict else ():
        points = numbers(values) if type(name) is str and name not in _NOT_METRICS else None
        if points is None or not points[0]:
            continue
        where = f"{before}.history[{name[:100]!r}]"
        found.curves.append(Curve(name[:100], tuple(points[0]), tuple(points[1]), points[2], where))
        found.figures.append(Figure(name[:100], points[0][-1], where))


def _layer(value: Any) -> str:
    """`Dense(16)`."""
    if not library_class(type(value), LIBRARIES):
        return class_name(type(value))
    held = attributes(value)
    widths = [number(held.get(name)) for name in _WIDTHS]
    return f"{class_name(type(value))}" + "".join(f"({width:g})" for width in widths if width is not None)


def _parameters(layers: List[Any], kept: str) -> int:
    """How many numbers the layers' variables hold, by their shapes."""
    total = 0
    for layer in layers:
        held = attributes(layer) if library_class(type(layer), LIBRARIES) else {}
        for variable in _list(held.get(kept))[:_MOST_VARIABLES]:
            shape = attributes(variable).get("_shape") if library_class(type(variable), LIBRARIES) else None
            if type(shape) is tuple and all(type(each) is int for each in shape):
                total += math.prod(shape)
    return total


def _list(value: Any) -> List[Any]:
    """The elements of a list, also of Keras' own class of lists, which keeps them as a list does."""
    kind = type(value)
    return list.copy(value) if list in _mro_of(kind) and (kind is list or library_class(kind, LIBRARIES)) else []
