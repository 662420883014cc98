"""Results of statsmodels, and of scipy's optimisers and tests.

statsmodels computes most numbers when they are first asked for, and keeps them: read is what it has kept (`_cache`), that is what the user,
or a summary that the user looked at, has asked for, and what fitting itself left. Nothing is computed, so that nothing is added to the object.
"""

from __future__ import annotations

import math
from typing import Any, Callable, Dict, Tuple

from labjournal.recorders.exact import array_shape, attributes, class_name, library_class, number, plain, version
from labjournal.recorders.models import Figure, Found

__all__ = ["read_scipy", "read_statsmodels", "statsmodels_mark"]

_KEPT = {
    "rsquared": ("rsquared", 0.95), "rsquared_adj": ("rsquared_adj", 0.9), "prsquared": ("prsquared", 0.95), "aic": ("aic", 0.95),
    "bic": ("bic", 0.95), "hqic": ("hqic", 0.6), "llf": ("llf", 0.9), "fvalue": ("fvalue", 0.85), "f_pvalue": ("f_pvalue", 0.85),
    "deviance": ("deviance", 0.9), "pearson_chi2": ("pearson_chi2", 0.85), "llr": ("llr", 0.6), "llr_pvalue": ("llr_pvalue", 0.85),
    "llnull": ("llnull", 0.5), "mse_resid": ("mse_resid", 0.5), "mse_model": ("mse_model", 0.5), "mse_total": ("mse_total", 0.5),
    "ssr": ("ssr", 0.5), "sse": ("sse", 0.8), "mse": ("mse", 0.9), "mae": ("mae", 0.9),
    "condition_number": ("condition_number", 0.5), "null_deviance": ("null_deviance", 0.5), "bic_llf": ("bic", 0.6),
}  # fmt: skip
_mro_of: Callable[[type], Tuple[type, ...]] = type.__dict__["__mro__"].__get__
_OPTIMISED = ("scipy.optimize._optimize.OptimizeResult", "scipy.optimize.optimize.OptimizeResult")
_TESTS = {
    "correlation": ("correlation", 0.9), "rvalue": ("r_value", 0.9), "statistic": ("statistic", 0.9), "pvalue": ("p_value", 0.9),
    "slope": ("slope", 0.5), "intercept": ("intercept", 0.5), "stderr": ("stderr", 0.5), "_statistic": ("statistic", 0.9),
}  # fmt: skip


def _results_of(value: Any) -> Any:
    """What a wrapper wraps."""
    return attributes(value).get("_results", value)


def statsmodels_mark(value: Any) -> int:
    """Another number when other results stand in the object, or more of them are known: then only its last twelve bits differ."""
    inner = attributes(_results_of(value))
    cache = inner.get("_cache")
    return id(inner.get("params")) << 12 | (min(len(cache), 4095) if type(cache) is dict else 0)


def read_statsmodels(value: Any, kind: str) -> Found | None:
    """What a result of statsmodels tells; None for its other objects."""
    inner = _results_of(value)
    inner_kind = library_class(type(inner), ("statsmodels",))
    held = attributes(inner)
    if not inner_kind or "params" not in held or "model" not in held:
        return None
    model = held["model"]
    model_kind = library_class(type(model), ("statsmodels",))
    if not model_kind:
        return None
    found = Found(model_kind, "statsmodels", version("statsmodels"))
    cache = held.get("_cache")
    for name, (called, confidence) in _KEPT.items():
        kept = cache.get(name) if type(cache) is dict else None
        figure = number(kept) if kept is not None else None
        if figure is not None:
            found.figures.append(Figure(called, figure, f".{name}", confidence))
    inner_model = attributes(model)
    settings: Dict[str, Any] = {}
    for name in ("formula", "order", "seasonal_order", "trend"):
        given = inner_model.get(name)
        if type(given) in (str, tuple) and given not in ("n", (0, 0, 0, 0)):
            settings[name] = plain(given)
    if type(held.get("cov_type")) is str and held["cov_type"] not in ("nonrobust", "opg", "approx"):
        settings["cov_type"] = held["cov_type"]
    family = inner_model.get("family")
    if family is not None and library_class(type(family), ("statsmodels",)):
        settings["family"] = class_name(type(family))
    found.settings, found.changed = dict(settings), settings
    shape = array_shape(held["params"])
    if shape is not None:
        found.size["coefficients"] = math.prod(shape[1])
    observations = number(held.get("nobs", inner_model.get("nobs")))
    if observations is not None and observations == observations:
        found.size["observations"] = int(observations)
    went = held.get("mle_retvals")
    iterations = number(went.get("iterations")) if type(went) is dict else None
    if iterations is not None and iterations == iterations:
        found.size["iterations"] = int(iterations)
    data = attributes(inner_model.get("data"))
    names = data.get("xnames")
    if type(names) is list:
        found.features = tuple(name for name in names[:500] if type(name) is str)
    return found


def read_scipy(value: Any, kind: str) -> Found | None:
    """What an optimiser found, or a test says; None for other objects of scipy."""
    found = Found(kind, "scipy", version("scipy"))
    found.is_model = False
    if kind in _OPTIMISED:
        figure = number(dict.get(value, "fun"))
        if figure is not None:
            found.figures.append(Figure("fun", figure, ".fun"))
        return found
    held: Dict[str, Any] = dict(attributes(value))
    fields = _fields_of(type(value))
    if fields:
        held.update(zip(fields, tuple.__iter__(value)))
    for name, (called, confidence) in _TESTS.items():
        figure = number(held[name]) if name in held else None
        if figure is not None and not any(called == other.name or figure == other.value for other in found.figures):
            found.figures.append(Figure(called, figure, f".{name}", confidence))
    return found if found.figures else None


def _fields_of(kind: type) -> Tuple[str, ...]:
    """Names of the elements of a named tuple of scipy's."""
    parents = _mro_of(kind)
    if tuple not in parents:
        return ()
    for each in parents:
        fields = type.__dict__["__dict__"].__get__(each).get("_fields")
        if type(fields) is tuple and all(type(name) is str for name in fields):
            return fields
    return ()
