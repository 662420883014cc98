"""How large a fitted model is and what it gives: counts that fitting left as plain attributes, never a value of the model's or the user's.

Numbers of coefficients, trees, nodes and the like are shapes of arrays and lengths of lists; of classes only how many there are.
"""

from __future__ import annotations

from typing import Any, Dict

from labjournal.recorders.exact import array_shape, library_class, number, numbers
from labjournal.recorders.models import Found

__all__ = ["add_size"]

_COEFFICIENTS = ("coef_", "intercept_")
_LAYERS = ("coefs_", "intercepts_")
_ROWS = {
    "support_vectors_": "support_vectors", "cluster_centers_": "clusters", "components_": "components", "means_": "components",
    "X_train_": "points", "_fit_X": "points",
}  # fmt: skip
_ITERATIONS = ("n_iter_", "n_iter_no_change_", "n_estimators_")
_TREE = "sklearn.tree._tree.Tree"
_MOST_LAYERS = 1000
_MOST_ITERATIONS = 10_000


def add_size(found: Found, held: Dict[str, Any]) -> None:
    """Adds what an estimator's own attributes (`vars`) tell."""
    size = found.size
    for name in _COEFFICIENTS:
        _count(size, "coefficients", _elements(held.get(name)))
    for name in _LAYERS:
        layers = held.get(name)
        if type(layers) is list:
            _count(size, "coefficients", sum(_elements(each) or 0 for each in layers[:_MOST_LAYERS]))
    for name, what in _ROWS.items():
        shape = _shape(held.get(name))
        if shape:
            size[what] = shape[0]
    trees = held.get("estimators_")
    count = len(trees) if type(trees) is list else _elements(trees)
    if count:
        size["trees" if found.kind.rpartition(".")[2].find("Forest") >= 0 or "Boosting" in found.kind else "estimators"] = count
    tree = held.get("tree_")
    if tree is not None and library_class(type(tree), ("sklearn",)) == _TREE:
        size["nodes"] = int(tree.node_count)
    _iterations(found, held)
    _outputs(found, held)


def _iterations(found: Found, held: Dict[str, Any]) -> None:
    for name in _ITERATIONS:
        value = held.get(name)
        told = number(value) if value is not None else None
        shape = _shape(value) if told is None else None
        if shape and 0 < shape[0] <= _MOST_ITERATIONS and len(shape) == 1:
            points = numbers(value, _MOST_ITERATIONS)
            told = max(points[0]) if points is not None else None
        if told is not None and told == told and 0 <= told < 1 << 53:
            found.size["iterations" if name == "n_iter_" else name.strip("_")] = int(told)


def _outputs(found: Found, held: Dict[str, Any]) -> None:
    classes = held.get("classes_", held.get("_classes"))
    shape = _shape(classes)
    if shape and len(shape) == 1:
        found.outputs["classes"] = shape[0]
    several = number(held.get("n_outputs_", held.get("_n_outputs")))
    if several is not None and several > 1:
        found.outputs["columns"] = int(several)


def _shape(value: Any) -> Any:
    found = array_shape(value) if value is not None else None
    return found[1] if found is not None and all(type(each) is int for each in found[1]) else None


def _elements(value: Any) -> int | None:
    if value is None:
        return None
    if number(value) is not None:
        return 1
    shape = _shape(value)
    if shape is None:
        return None
    count = 1
    for each in shape:
        count *= each
    return count


def _count(size: Dict[str, Any], what: str, count: int | None) -> None:
    if count:
        size[what] = size.get(what, 0) + count
