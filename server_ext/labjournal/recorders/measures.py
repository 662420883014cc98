"""What the expression of a value measures: by the metric function it calls, behind what only rounds or averages it, and by the notebook's own
functions and names.

    np.sqrt(mean_squared_error(y, p))    rmse        1 - model.score(X, y)                  error
    np.mean([accuracy_score(…) for …])   accuracy    def rmse_of(m): return np.sqrt(mse(…))  rmse_of(model): rmse
"""

from __future__ import annotations

import ast
from typing import Dict, Iterator, List, Set, Tuple

from labjournal.recorders.metric_names import FUNCTIONS, SURE, meaning_of, telling

__all__ = ["MEAN_METHODS", "WRAPPERS", "Own", "is_module", "last_name", "measure_of", "positive", "returned_measure", "root"]

WRAPPERS = frozenset("round float abs int array asarray sum".split())
MEAN_METHODS = frozenset("mean item round tolist".split())
_NONE: Dict[str, str] = {}
_COMPLEMENT = {"accuracy": "error_rate", "balanced_accuracy": "error_rate", "score": "error"}
_RATIOS = {
    ("tntp", "fnfptntp"): "accuracy", ("fnfp", "fnfptntp"): "error_rate", ("tp", "fntp"): "recall", ("tn", "fptn"): "specificity",
    ("fp", "fptn"): "fpr", ("fn", "fntp"): "fnr", ("tp", "fptp"): "precision", ("tn", "fntn"): "npv",
}  # fmt: skip
_MOST_OWN = 1000
_SET_UP = ("sklearn", "statsmodels", "scipy", "lifelines", "imblearn", "xgboost", "lightgbm")
_ASIDE = frozenset("datasets metrics graphics plotting display linalg io utils".split())
"""Parts of libraries whose functions neither fit nor test."""


class Own:
    """What the notebook itself says of its functions and names, cell after cell."""

    def __init__(self) -> None:
        self.functions: Dict[str, str] = {}
        """Name of a function → what it returns."""
        self.names: Dict[str, str] = {}
        """Name → what its value measures."""
        self.imported: Set[str] = set()
        """Names of functions of statistical libraries, whose arguments are settings."""

    def imports(self, module: str, name: str) -> None:
        """`from module import name`."""
        self.imported.discard(name)
        aside = bool(_ASIDE & set(module.split("."))) or name.startswith(("plot", "export", "show"))
        if module.partition(".")[0] in _SET_UP and not aside and len(self.imported) < _MOST_OWN:
            self.imported.add(name)

    def learn(self, functions: Dict[str, str], names: Dict[str, str]) -> None:
        """What one more cell says; '' where a function or name means nothing of the kind any more."""
        for known, told in ((self.functions, functions), (self.names, names)):
            for name, measure in told.items():
                known.pop(name, None)
                if measure and len(known) < _MOST_OWN:
                    known[name] = measure


def measure_of(node: ast.expr, own: Dict[str, str] = _NONE) -> Tuple[str, str, ast.expr]:
    """(what is measured, function, call) of the expression of a metric: `np.sqrt(mean_squared_error(a, b))` → rmse; ('', '', node).

    `own` are the notebook's own functions, and what each returns.
    """
    if isinstance(node, ast.BinOp):
        return _calculated(node, own)
    if isinstance(node, ast.UnaryOp):
        measure, function, call = measure_of(node.operand, own)
        return (positive(measure) if isinstance(node.op, ast.USub) else measure), function, call
    if isinstance(node, (ast.ListComp, ast.GeneratorExp)):
        return measure_of(node.elt, own)
    if isinstance(node, ast.DictComp):
        return measure_of(node.value, own)
    if not isinstance(node, ast.Call):
        return "", "", node
    function = last_name(node.func)
    if isinstance(node.func, ast.Name) and function in own:
        return own[function], function, node
    if function == "sqrt" and len(node.args) == 1:
        measure, of, call = measure_of(node.args[0], own)
        return root(measure), of, call
    if function in WRAPPERS and node.args and not (isinstance(node.func, ast.Attribute) and not is_module(node.func.value)):
        return measure_of(node.args[0], own)
    if function in MEAN_METHODS and isinstance(node.func, ast.Attribute):
        inner = node.func.value
        if is_module(inner) and node.args:
            inner = node.args[0]
        return measure_of(inner, own) if isinstance(inner, (ast.Call, ast.ListComp, ast.GeneratorExp)) else ("", "", node)
    measure = _library_measure(node, function)
    return measure, function if measure else "", node


def _calculated(node: ast.BinOp, own: Dict[str, str]) -> Tuple[str, str, ast.expr]:
    if isinstance(node.op, ast.Pow) and isinstance(node.right, ast.Constant) and node.right.value == 0.5:
        measure, function, call = measure_of(node.left, own)
        return root(measure), function, call
    if isinstance(node.op, ast.Div) and _of_confusion(node):
        return _of_confusion(node), "", node
    if isinstance(node.op, ast.Sub) and isinstance(node.left, ast.Constant) and node.left.value in (1, 100):
        measure, function, call = measure_of(node.right, own)
        return _COMPLEMENT.get(measure, ""), function, call
    if isinstance(node.op, (ast.Mult, ast.Div)):
        for side, other in ((node.left, node.right), (node.right, node.left)):
            if isinstance(other, ast.Constant):
                return measure_of(side, own)
    return "", "", node


def _library_measure(node: ast.Call, function: str) -> str:
    """What a function that everybody knows returns."""
    measure = FUNCTIONS.get(function, "")
    if function == "score" and not isinstance(node.func, ast.Attribute):
        measure = ""
    if measure == "cv_score":
        said = [word.value.value for word in node.keywords if word.arg == "scoring" and isinstance(word.value, ast.Constant)]
        measure = said[0] if said and type(said[0]) is str and len(said[0]) < 60 else measure
    if measure == "mse" and any(
        word.arg == "squared" and isinstance(word.value, ast.Constant) and word.value.value is False for word in node.keywords
    ):
        measure = "rmse"
    return measure


def returned_measure(function: ast.AST, own: Dict[str, str]) -> str:
    """What a function of the notebook returns, where every way out of it returns the same measure, else what it is called; '' where neither tells."""
    made: Dict[str, str] = {}
    found: Set[str] = set()
    several = False
    for statement in _own_statements(function):
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    made[target.id] = _measured(statement.value, own, target.id)
        elif isinstance(statement, ast.Return) and statement.value is not None:
            value = statement.value
            if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr in MEAN_METHODS:
                averaged = value.args[0] if is_module(value.func.value) and value.args else value.func.value
                value = averaged if isinstance(averaged, (ast.Name, ast.Call)) else value
            found.add(made.get(value.id, "") if isinstance(value, ast.Name) else measure_of(value, own)[0])
            given = isinstance(value, ast.Name) and value.id not in made
            several = several or given or isinstance(value, (ast.Dict, ast.Tuple, ast.List, ast.Constant))
    if not found or several:
        return ""
    name = getattr(function, "name", "")
    if found == {""} and telling(name) >= SURE:
        return str(name)  # `def rmse(y, p)`, however that is calculated
    return found.pop() if len(found) == 1 else ""


def _measured(value: ast.expr, own: Dict[str, str], name: str) -> str:
    measure = measure_of(value, own)[0]
    meaning = meaning_of(name) if not measure and telling(name) >= SURE and not isinstance(value, ast.Constant) else None
    return measure or (meaning.measure if meaning is not None else "")


def _own_statements(function: ast.AST) -> Iterator[ast.stmt]:
    """Statements of a function in their order, without those of functions inside of it."""
    stack: List[ast.AST] = [function]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.stmt) and node is not function:
            yield node
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                continue
        inner = [child for child in ast.iter_child_nodes(node) if isinstance(child, (ast.stmt, ast.ExceptHandler))]
        stack += reversed(inner)


def root(measure: str) -> str:
    """What the square root of a measure is; '' of most."""
    return {"mse": "rmse", "msle": "rmsle"}.get(measure, "")


def positive(measure: str) -> str:
    """`mse` of `neg_mean_squared_error`, whose sign was turned."""
    meaning = meaning_of(measure[4:]) if measure.startswith("neg_") else None
    return meaning.measure if meaning is not None else measure


def _of_confusion(node: ast.BinOp) -> str:
    """What a ratio of true and false positives and negatives is: `TP / (TP + FN)`."""
    return _RATIOS.get((_sum_of(node.left), _sum_of(node.right)), "")


def _sum_of(node: ast.expr) -> str:
    """`fntp` of `TP + FN`; '' where anything else is added."""
    if isinstance(node, ast.Name):
        return node.id.lower() if node.id.lower() in ("tp", "tn", "fp", "fn") else ""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Add):
        return ""
    left, right = _sum_of(node.left), _sum_of(node.right)
    found = [both[at : at + 2] for both in (left, right) for at in range(0, len(both), 2)]
    return "".join(sorted(found)) if left and right and len(set(found)) == len(found) else ""


def is_module(node: ast.expr) -> bool:
    """Whether it is a library whose functions only calculate."""
    return isinstance(node, ast.Name) and node.id in ("np", "numpy", "statistics", "math")


def last_name(node: ast.expr) -> str:
    """`rsquared` of `res.rsquared`, and of `res['rsquared']`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Subscript):
        key = node.slice
        if isinstance(key, ast.Constant) and type(key.value) is str:
            return key.value
    return ""
