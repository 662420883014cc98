"""Fitted estimators of scikit-learn, and of what is built like them: hyperparameters, best scores, curves.

Read are the attributes that an estimator has of its own (`vars`): what its constructor was given, and what fitting left. No property is
asked, no method called; defaults come from the signature of the constructor.
"""

from __future__ import annotations

from types import CodeType, FunctionType
from typing import Any, Callable, Dict, Iterator, List, Tuple

from labjournal.recorders.exact import attributes, class_name, library_class, number, numbers, plain, version
from labjournal.recorders.model_sizes import add_size
from labjournal.recorders.models import Curve, Figure, Found

__all__ = ["LIBRARIES", "defaults_of", "hyperparameters", "is_fitted", "read"]

LIBRARIES = ("sklearn", "xgboost", "lightgbm", "imblearn", "catboost")

_mro_of: Callable[[type], Tuple[type, ...]] = type.__dict__["__mro__"].__get__
_dict_of: Callable[[type], Any] = type.__dict__["__dict__"].__get__
_NO_MODELS = (
    "preprocessing",
    "feature_extraction",
    "impute",
    "compose",
    "feature_selection",
    "random_projection",
    "kernel_approximation",
)
_FIGURES = {
    "best_score_": ("best_score", 0.95), "oob_score_": ("oob_score", 0.95), "inertia_": ("inertia", 0.9), "lower_bound_": ("lower_bound", 0.8),
    "kl_divergence_": ("kl_divergence", 0.9), "reconstruction_err_": ("reconstruction_error", 0.9), "stress_": ("stress", 0.9),
    "best_validation_score_": ("best_validation_score", 0.9), "loss_": ("loss", 0.85), "best_loss_": ("best_loss", 0.5),
    "log_likelihood_": ("log_likelihood", 0.9), "alpha_": ("alpha", 0.0), "l1_ratio_": ("l1_ratio", 0.0), "C_": ("C", 0.0),
    "n_features_in_": ("", 0.0), "refit_time_": ("", 0.0),
}  # fmt: skip
_CURVES = {
    "loss_curve_": "loss", "validation_scores_": "validation_score", "train_score_": "train_score", "validation_score_": "validation_score",
    "oob_scores_": "oob_score", "lower_bounds_": "lower_bound",
}  # fmt: skip
_LOSSES_OF_TREES = {"train_score_": "train_loss", "oob_scores_": "oob_loss"}
"""What gradient boosting calls a score, and is the loss after every round."""
_INNER = ("steps", "transformers", "estimators", "transformer_list")
_MOST_FEATURES = 500
_DEEPEST = 4
_MOST_RESULTS = 2000
_SILENT = ("_parameter_constraints", "self", "kwargs", "args")
_defaults: Dict[str, Dict[str, Any]] = {}


def is_fitted(held: Dict[str, Any]) -> bool:
    """Whether fitting has left something: an attribute whose name ends in an underscore."""
    return any(type(name) is str and name[-1:] == "_" and name[:1] != "_" for name in held)


def read(value: Any, kind: str) -> Found | None:
    """What an estimator tells, of one that is not fitted its hyperparameters; None for what is none."""
    if not any(library_class(each, ("sklearn",)) == "sklearn.base.BaseEstimator" for each in _mro_of(type(value))):
        return None
    held = attributes(value)
    library = kind.partition(".")[0]
    found = Found(kind, library, version(library))
    found.settings, found.changed = hyperparameters(value, kind)
    found.has_settings = not (library == "sklearn" and kind.split(".")[1] in _NO_MODELS)
    fitted = is_fitted(held) or any(is_fitted(attributes(inner)) for _, inner in _parts(held))
    found.is_model = fitted and found.has_settings
    if not fitted:
        return found if found.settings and found.has_settings else None
    last = held
    for _, inner in _parts(held) if "steps" in held else ():  # of a pipeline; what votes or is stacked speaks for itself
        if library_class(type(inner), LIBRARIES):
            last = attributes(inner)
    for own in (held,) if last is held else (held, last):
        _fitted(found, own)
        add_size(found, own)
    _search(found, held)
    return found


def hyperparameters(value: Any, kind: str, depth: int = 0) -> Tuple[Dict[str, Any], Dict[str, Any]]:
    """(all, those that differ from the default) of an estimator; those of estimators in it as `step__name`."""
    held, defaults = attributes(value), defaults_of(type(value), kind)
    every: Dict[str, Any] = {}
    changed: Dict[str, Any] = {}
    for name, default in defaults.items():
        if name not in held or name in _SILENT:
            continue
        given = held[name]
        every[name] = _said(given)
        if given is not default and not _equal(given, default):
            changed[name] = every[name]
        inner_kind = library_class(type(given), LIBRARIES)
        if inner_kind and depth < _DEEPEST:
            _add(every, changed, name, given, inner_kind, depth)
    if depth < _DEEPEST:
        for name, inner in _parts(held):
            inner_kind = library_class(type(inner), LIBRARIES)
            if inner_kind:
                every[name] = changed[name] = class_name(type(inner))
                _add(every, changed, name, inner, inner_kind, depth)
    for name in _INNER:
        changed.pop(name, None)
        if type(every.get(name)) is list:
            every.pop(name)
    return every, changed


def defaults_of(kind: type, name: str, libraries: Tuple[str, ...] = LIBRARIES) -> Dict[str, Any]:
    """Arguments of a library class's constructor with their defaults, those of the classes it is made of too where it passes them on."""
    known = _defaults.get(name)
    if known is None:
        known = {}
        for each in _mro_of(kind):
            init = _dict_of(each).get("__init__")
            if not library_class(each, libraries):
                continue
            function = _unwrapped(init)
            if function is None:
                continue
            for argument, default in _arguments(function):
                known.setdefault(argument, default)
            if not function.__code__.co_flags & 0x08:  # no **kwargs: nothing is passed on unnamed
                break
        _defaults[name] = known
    return known


def _unwrapped(init: Any) -> FunctionType | None:
    for _ in range(5):
        if type(init) is not FunctionType:
            return None
        inner = init.__dict__.get("__wrapped__")
        if inner is None:
            return init
        init = inner
    return None


_NO_DEFAULT = object()


def _arguments(function: FunctionType) -> Iterator[Tuple[str, Any]]:
    code: CodeType = function.__code__
    names = code.co_varnames[1 : code.co_argcount]
    given = function.__defaults__ or ()
    for at, name in enumerate(names):
        place = at - (len(names) - len(given))
        yield name, given[place] if place >= 0 else _NO_DEFAULT
    words = function.__kwdefaults__ or {}
    for name in code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]:
        yield name, words.get(name, _NO_DEFAULT)


def _add(every: Dict[str, Any], changed: Dict[str, Any], name: str, inner: Any, kind: str, depth: int) -> None:
    inner_every, inner_changed = hyperparameters(inner, kind, depth + 1)
    every.update({f"{name}__{key}": each for key, each in inner_every.items()})
    changed.update({f"{name}__{key}": each for key, each in inner_changed.items()})


def _parts(held: Dict[str, Any]) -> List[Tuple[str, Any]]:
    """Named estimators in a pipeline, a column transformer, a vote."""
    answer = []
    for name in _INNER:
        items = held.get(name)
        for item in items[:50] if type(items) is list else ():
            if type(item) is tuple and len(item) >= 2 and type(item[0]) is str:
                answer.append((item[0][:100], item[1]))
    return answer


def _said(value: Any) -> Any:
    kind = library_class(type(value), LIBRARIES)
    return class_name(type(value)) if kind else plain(value)


def _equal(given: Any, default: Any) -> bool:
    if type(given) is not type(default):
        a, b = number(given), number(default)
        return a is not None and a == b and type(given) is not bool and type(default) is not bool
    if type(given) in (int, float, str, bool, bytes):
        return bool(given == default or (given != given and default != default))
    if type(given) is tuple and all(type(each) in (int, float, str, bool) for each in (*given, *default)):
        return bool(given == default)
    return False


def _fitted(found: Found, held: Dict[str, Any]) -> None:
    for name, (called, confidence) in _FIGURES.items():
        value = number(held[name]) if name in held else None
        if value is None:
            continue
        if name == "n_features_in_":
            found.inputs = int(value) if found.inputs is None else found.inputs
        elif name == "refit_time_":
            found.fit_s = value
        elif not confidence:
            found.chosen[called] = value
        elif not any(figure.name == called for figure in found.figures):
            found.figures.append(Figure(called, value, f".{name}", confidence))
    for name, called in _CURVES.items():
        points = numbers(held[name]) if name in held else None
        if points is not None and points[2] > 1:
            called = _LOSSES_OF_TREES.get(name, called) if ".ensemble._gb." in found.kind else called
            found.curves.append(Curve(called, tuple(points[0]), tuple(points[1]), points[2], f".{name}"))
    names = held.get("feature_names_in_")
    if names is not None and not found.features and library_class(type(names), ("numpy",)) == "numpy.ndarray" and names.ndim == 1:
        found.features = tuple(each for each in names[:_MOST_FEATURES].tolist() if type(each) is str)


def _search(found: Found, held: Dict[str, Any]) -> None:
    """What a search over hyperparameters chose, and how far its best score spreads."""
    best = held.get("best_params_")
    if type(best) is dict:
        found.chosen.update({name: _said(value) for name, value in list(best.items())[:100] if type(name) is str})
    results, at = held.get("cv_results_"), number(held.get("best_index_"))
    for name, scores in list(results.items())[:_MOST_RESULTS] if type(results) is dict else ():
        points = numbers(scores) if type(name) is str and name.startswith(("mean_test_", "std_test_")) else None
        if points is not None and points[2] > 1:
            sure = 0.9 if name.startswith("mean") else 0.5
            found.curves.append(Curve(name[:100], tuple(points[0]), tuple(points[1]), points[2], f".cv_results_[{name!r}]", sure))
    if type(results) is dict and at is not None:
        spread = results.get("std_test_score")
        points = numbers(spread, 100_000) if spread is not None else None
        if points is not None and 0 <= at < len(points[0]):
            found.figures.append(Figure("best_score_std", points[0][int(at)], ".cv_results_['std_test_score']", 0.7))
