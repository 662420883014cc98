"""What the source of a cell says about results: which call made which name, what is shown, what a model was fitted on, what a figure shows.

Names and calls of the cell's own level are told, in loops and branches too; what functions do inside is theirs. Nothing is executed.
"""

from __future__ import annotations

import ast
import math
import re
from typing import Any, Dict, Iterator, List, NamedTuple, Set, Tuple

from labjournal.recorders.measures import (
    MEAN_METHODS,
    WRAPPERS,
    Own,
    is_module,
    last_name,
    measure_of,
    positive,
    returned_measure,
    root,
)
from labjournal.recorders.metric_names import FUNCTIONS, RESULTS_OF
from labjournal.recorders.name_behind import name_behind
from labjournal.recorders.only_fits import only_fits
from labjournal.recorders.python_source import offsets, parse_once

__all__ = ["CellResults", "Made", "Saved", "is_text", "measure_by_name", "read_cell"]

_LONGEST_WHERE = 120
_FIT_METHODS = frozenset("fit fit_predict fit_transform fit_resample partial_fit".split())
_SAVERS = {"dump": (0, 1), "save": (0, 1)}
_SAVE_METHODS = frozenset("save_model save to_pickle".split())
_SETTINGS_OF = frozenset(
    "train_test_split fit cross_val_score cross_validate minimize minimize_scalar differential_evolution dual_annealing curve_fit train cv "
    "optimize train_model KFold StratifiedKFold TimeSeriesSplit".split()
)
_TAKES_DICT = frozenset(("train", "cv"))
_PARTS_OF_KERAS = frozenset(("optimizers", "schedules", "callbacks", "regularizers"))
"""Of `keras.optimizers.Adam(learning_rate=0.01)`: what is made there need not be imported by name to be known."""
_DISPLAY = frozenset(("print", "display"))
_TITLES = frozenset(("title", "suptitle", "set_title"))
_LABELS = frozenset(("xlabel", "ylabel", "set_xlabel", "set_ylabel", "set_zlabel"))
_PLOTS = frozenset(
    "plot scatter hist bar barh boxplot violinplot imshow pie errorbar fill_between step stem hexbin contour contourf semilogx semilogy loglog "
    "lineplot scatterplot histplot barplot heatmap kdeplot pairplot regplot lmplot countplot displot catplot relplot line area stackplot hist2d".split()
)


_FEATURES = re.compile(r"importance|coef|weight|proba|idf|tvalues|pvalues|\bbse\b")
_FEATURE = re.compile(r"^(?:feature|feat|term|word|token|coefficients?|coef)$|_(?:feature|coef|coefficient)$")
"""Names of loops whose other names are told of single features."""
_PAIRED = ("zip(", "list(", "sorted(", "dict(")


class Made(NamedTuple):
    """How a name got its value: by the last statement that gives it one."""

    how: str
    """call | expression | literal | augmented."""
    function: str = ""
    """Last name of the function whose value it is, after what only rounds or averages it."""
    measure: str = ""
    """What that function returns, where it is a metric."""
    where: str = ""
    """The source of the value."""
    in_loop: bool = False
    receiver: str = ""
    """Of a method: the name it begins with."""


class Saved(NamedTuple):
    """The file to which a cell saves something: as written, or by the name that holds it."""

    text: str = ""
    name: str = ""


class CellResults:
    """What was found in one cell."""

    def __init__(self, lines: List[str], own: Own) -> None:
        self.made: Dict[str, Made] = {}
        self.elements: Dict[str, Made] = {}
        """Of names that are appended to, or whose items are set."""
        self.loop_names: Set[str] = set()
        self.of_features: Set[str] = set()
        """Those of loops over importances, coefficients and the like, whatever they are called."""
        self.shown: Made | None = None
        """The last expression."""
        self.shown_each: List[Tuple[Made, str, str]] = []
        """Where that is a tuple: its elements, the last name that each is told from, and the name behind it."""
        self.shown_name = ""
        """The name behind it, `rsquared` of `res.rsquared`."""
        self.prints: List[Tuple[ast.Call, bool]] = []
        """Calls of `print`, and whether each stands in a function."""
        self.fits: Dict[str, Tuple[str, ...]] = {}
        self.saved: Dict[str, Saved] = {}
        self.opened: Dict[str, ast.expr] = {}
        """Names of files that the cell opens → what it opens."""
        self.only_fits = ""
        """The name of what the cell fits, where it does nothing else that takes time."""
        self.settings: List[Tuple[str, str, Any]] = []
        """(function, argument, literal)."""
        self.asked: Set[str] = set()
        """Metric functions whose value is bound, shown or printed by the cell itself."""
        self.texts: Dict[str, ast.expr] = {}
        """Names that are bound to a text with values in it."""
        self.measures = False
        """Whether the cell itself calls a metric function."""
        self.handed: Set[str] = set()
        """Names that calls are given to be filled: `evals_result=res`."""
        self.own: Own = own
        """What earlier cells, and this one so far, say of the notebook's functions and names."""
        self.imported: Dict[str, str] = {}
        """Name → library it was imported from by name."""
        self.titles: List[str] = []
        self.pictures: List[str] = []
        """Files that figures are saved to."""
        self.labels: List[str] = []
        self.plotted: List[str] = []
        self._text = "\n".join(lines)
        self._offsets = offsets(lines)

    def mentions(self, *names: str) -> bool:
        """Whether one of the names stands in the source."""
        return any(re.search(rf"\b{re.escape(name)}\b", self._text) for name in names)

    def where(self, node: ast.expr) -> str:
        """The source of a node, on one line."""
        start, end = self._offsets.span(node)
        flat = " ".join(self._text[start : min(end, start + 4 * _LONGEST_WHERE)].split())
        return flat if len(flat) <= _LONGEST_WHERE else flat[: _LONGEST_WHERE - 1] + "…"


def read_cell(source: str, own: Own | None = None) -> CellResults | None:
    """What a cell's source says; None where it is not Python. `own` learns what it says of the notebook's functions and names."""
    parsed = parse_once(source)
    if parsed.tree is None:
        return None
    cell = CellResults(parsed.lines, Own() if own is None else own)
    body = parsed.tree.body
    _statements(cell, body, in_loop=False)
    cell.only_fits = only_fits(body)
    if body and isinstance(body[-1], ast.Expr):
        cell.shown = _made(cell, body[-1].value, False)
        cell.shown_name = name_behind(body[-1].value)
        if isinstance(body[-1].value, ast.Tuple):
            cell.shown_each = [
                (_made(cell, each, False), _last_argument(each), name_behind(each)) for each in body[-1].value.elts
            ]
    cell.own.learn({}, {name: made.measure for name, made in cell.made.items()})
    return cell


def _last_argument(node: ast.expr) -> str:
    arguments = [each.id for each in node.args if isinstance(each, ast.Name)] if isinstance(node, ast.Call) else []
    return arguments[-1] if arguments else ""


def measure_by_name(cell: CellResults, node: ast.expr | None) -> str:
    """What an expression measures whose names the cell has given their values: `result.mean()`, `history[-1]`."""
    if isinstance(node, ast.UnaryOp):
        inner = measure_by_name(cell, node.operand)
        return positive(inner) if isinstance(node.op, ast.USub) else inner
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr in MEAN_METHODS and not is_module(node.func.value):
            return measure_by_name(cell, node.func.value)
        called = last_name(node.func)
        if not node.args or called not in (*WRAPPERS, "mean", "sqrt"):
            return ""
        inner = measure_by_name(cell, node.args[0])
        return root(inner) if called == "sqrt" else inner
    if isinstance(node, ast.BinOp):
        if isinstance(node.op, ast.Mult) and isinstance(node.left, ast.Constant):
            node = node.right
        elif isinstance(node.op, ast.Div) or isinstance(node.right, ast.Constant):
            node = node.left
        else:
            return ""
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id in cell.elements:
        return cell.elements[node.value.id].measure
    if isinstance(node, ast.Name):
        return cell.made[node.id].measure if node.id in cell.made else cell.own.names.get(node.id, "")
    return ""


def _statements(cell: CellResults, body: List[ast.stmt], *, in_loop: bool) -> None:
    for statement in body:
        if isinstance(statement, (ast.Assign, ast.AnnAssign)):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            if statement.value is not None:
                for target in targets:
                    _assigned(cell, target, statement.value, in_loop)
        elif isinstance(statement, ast.AugAssign):
            if isinstance(statement.target, ast.Name):
                before = cell.made.get(statement.target.id)
                if before is None or before.how == "literal":
                    cell.made[statement.target.id] = Made("augmented", in_loop=in_loop)
        elif isinstance(statement, (ast.For, ast.AsyncFor)):
            looped = {node.id for node in ast.walk(statement.target) if isinstance(node, ast.Name)}
            cell.loop_names.update(looped)
            if _of_features(cell, statement.iter, looped):
                cell.of_features.update(looped)
            _statements(cell, statement.body, in_loop=True)
            _statements(cell, statement.orelse, in_loop=in_loop)
        elif isinstance(statement, ast.While):
            _statements(cell, statement.body, in_loop=True)
        elif isinstance(statement, ast.ImportFrom):
            for alias in statement.names:
                cell.imported[alias.asname or alias.name] = (statement.module or "").partition(".")[0]
                cell.own.imports(statement.module or "", alias.asname or alias.name)
        elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            _calls(cell, statement, in_loop=True, deferred=True)
            if not isinstance(statement, ast.ClassDef):
                cell.own.learn({statement.name: returned_measure(statement, cell.own.functions)}, {})
            continue
        else:
            if isinstance(statement, (ast.With, ast.AsyncWith)):
                _opened(cell, statement)
            for block in _blocks(statement):
                _statements(cell, block, in_loop=in_loop)
        _calls(cell, statement, in_loop=in_loop)


def _of_features(cell: CellResults, of: ast.expr, looped: Set[str]) -> bool:
    """Whether a loop goes over what a model says of single features: its coefficients with their errors and statistics, importances."""
    if any(_FEATURE.search(name) for name in looped):
        return True
    for node in ast.walk(of):
        if isinstance(node, ast.expr) and _FEATURES.search(last_name(node)):
            return True
        made = cell.made.get(node.id) if isinstance(node, ast.Name) else None
        if made is not None and made.where.startswith(_PAIRED) and _FEATURES.search(made.where):
            return True
    return False


def _blocks(statement: ast.stmt) -> Iterator[List[ast.stmt]]:
    for field in ("body", "orelse", "finalbody"):
        block = getattr(statement, field, None)
        if isinstance(block, list):
            yield block
    for handler in getattr(statement, "handlers", ()):
        yield handler.body


def _assigned(cell: CellResults, target: ast.expr, value: ast.expr, in_loop: bool) -> None:
    if isinstance(target, ast.Name):
        cell.made[target.id] = _made(cell, value, in_loop)
        if is_text(value) or (isinstance(value, ast.Call) and last_name(value.func) == "format"):
            cell.texts[target.id] = value
    elif isinstance(target, (ast.Tuple, ast.List)):
        if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts):
            for each, its in zip(target.elts, value.elts):
                _assigned(cell, each, its, in_loop)
            return
        function = last_name(value.func) if isinstance(value, ast.Call) else ""
        meanings = RESULTS_OF.get(function, ())
        for at, each in enumerate(target.elts):
            if isinstance(each, ast.Name):
                meaning = meanings[at] if at < len(meanings) else ""
                cell.made[each.id] = Made("call" if function else "expression", function, meaning, cell.where(value), in_loop)
    elif isinstance(target, ast.Subscript) and _name_of(target):
        cell.elements[_name_of(target)] = _made(cell, value, in_loop)


def _made(cell: CellResults, value: ast.expr, in_loop: bool) -> Made:
    if _is_literal(value):
        return Made("literal", in_loop=in_loop)
    measure, function, _ = measure_of(value, cell.own.functions)
    if function:
        cell.asked.add(function)
    where = cell.where(value)
    if isinstance(value, ast.Call):
        receiver = value.func
        while isinstance(receiver, (ast.Attribute, ast.Subscript, ast.Call)):
            receiver = receiver.func if isinstance(receiver, ast.Call) else receiver.value
        held = receiver.id if isinstance(receiver, ast.Name) else ""
        return Made("call", function or last_name(value.func), measure, where, in_loop, held)
    return Made("expression", function, measure, where, in_loop)


def is_text(node: ast.expr) -> bool:
    """Whether it is a text with values in it: an f-string, one that is filled by `%`, or a sum of such."""
    if isinstance(node, ast.BinOp):
        return (isinstance(node.op, ast.Mod) and is_text(node.left)) or (
            isinstance(node.op, ast.Add) and (is_text(node.left) or is_text(node.right))
        )
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and type(node.value) is str)


def _is_literal(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.UnaryOp):
        return _is_literal(node.operand)
    if isinstance(node, ast.Call):  # float("inf")
        return last_name(node.func) == "float" and len(node.args) == 1 and _is_literal(node.args[0])
    return isinstance(node, ast.Attribute) and node.attr in ("inf", "nan", "Inf", "NaN", "pi")


def _calls(cell: CellResults, statement: ast.stmt, *, in_loop: bool, deferred: bool = False) -> None:
    """Calls that a statement makes itself; those of the blocks in it are told with their own statements."""
    for node in _own_nodes(statement, whole=deferred):
        if not isinstance(node, ast.Call):
            continue
        name = last_name(node.func)
        cell.measures = cell.measures or (name in FUNCTIONS and not deferred)
        if name in _DISPLAY and isinstance(node.func, ast.Name):
            cell.prints.append((node, deferred))
            if not deferred:
                cell.asked.update(last_name(each.func) for each in ast.walk(node) if isinstance(each, ast.Call))
        if deferred:
            continue
        if isinstance(node.func, ast.Attribute):
            held = _name_of(node.func.value)
            if name in _FIT_METHODS and held:
                cell.fits[held] = _given(node)
            if name == "append" and held and node.args:
                cell.elements[held] = _made(cell, node.args[0], in_loop)
            if name in _SAVE_METHODS and held:
                _save(cell, held, node.args[0] if node.args else None)
        if name in _SAVERS and len(node.args) >= 2:
            saved = node.args[0]
            if isinstance(saved, ast.Call) and last_name(saved.func) == "state_dict" and isinstance(saved.func, ast.Attribute):
                saved = saved.func.value
            if isinstance(saved, ast.Name):
                _save(cell, saved.id, node.args[1])
        if name == "record_evaluation" and node.args and isinstance(node.args[0], ast.Name):
            cell.handed.add(node.args[0].id)
        if name in _SETTINGS_OF or name[:1].isupper() or (isinstance(node.func, ast.Name) and name in cell.own.imported):
            _settings(cell, name.lower() if last_name(getattr(node.func, "value", node.func)) in _PARTS_OF_KERAS else name, node)
        _figure(cell, name, node)
    if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call) and len(statement.targets) == 1:
        call, target = statement.value, statement.targets[0]
        if isinstance(target, ast.Name) and last_name(call.func) in _FIT_METHODS:
            cell.fits[target.id] = _given(call)


def _given(call: ast.Call) -> Tuple[str, ...]:
    """What `fit` is given, by name; of a part of something, `df[["age", "dose"]]`, as it is written."""
    return tuple(_part(each) for each in call.args[:3] if _name_of(_called_on(each)))


def _part(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    unparse = getattr(ast, "unparse", None)  # not before Python 3.9
    return unparse(node)[:_LONGEST_WHERE] if unparse is not None else _name_of(_called_on(node))


def _own_nodes(statement: ast.stmt, *, whole: bool) -> Iterator[ast.AST]:
    stack: List[ast.AST] = [statement]
    while stack:
        node = stack.pop()
        yield node
        for child in ast.iter_child_nodes(node):
            if whole or not isinstance(child, (ast.stmt, ast.ExceptHandler, ast.Lambda)):
                stack.append(child)


def _settings(cell: CellResults, function: str, call: ast.Call) -> None:
    """Literal arguments, by their names; of `train({"max_depth": 3}, …)` the items, too."""
    pairs = [(word.arg, word.value) for word in call.keywords if word.arg is not None]
    given = call.args[0] if function in _TAKES_DICT and call.args else None
    if isinstance(given, ast.Dict):
        pairs += [
            (key.value, value)
            for key, value in zip(given.keys, given.values)
            if isinstance(key, ast.Constant) and type(key.value) is str
        ]
    for name, value in pairs:
        if name == "evals_result" and isinstance(value, ast.Name):
            cell.handed.add(value.id)
        if len(cell.settings) > 100:
            continue
        sign = -1 if isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub) else 1
        if sign < 0 and isinstance(value, ast.UnaryOp):
            value = value.operand
        if not isinstance(value, ast.Constant) or type(value.value) not in (int, float, str, bool):
            continue
        said = value.value
        if type(said) is float and not math.isfinite(said):
            continue
        cell.settings.append((function, name, -said if sign < 0 and isinstance(said, (int, float)) else said))


def _save(cell: CellResults, name: str, place: ast.expr | None) -> None:
    if isinstance(place, ast.Name) and place.id in cell.opened:
        place = cell.opened[place.id]
    if isinstance(place, ast.Call) and last_name(place.func) == "open":
        if isinstance(place.func, ast.Attribute) and _is_path(place.func):
            place = place.func.value
        else:
            place = place.args[0] if place.args else None
    if isinstance(place, ast.Constant) and type(place.value) is str:
        cell.saved[name] = Saved(place.value)
    elif isinstance(place, ast.Name):
        cell.saved[name] = Saved(name=place.id)


def _is_path(function: ast.expr) -> bool:
    """Whether it is the `open` of a path, and not one of a module."""
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, (ast.Name, ast.Call))
        and _name_of(function.value) not in ("io", "gzip", "bz2", "lzma", "codecs", "os", "builtins", "fsspec", "smart_open")
    )


def _opened(cell: CellResults, statement: ast.With | ast.AsyncWith) -> None:
    for item in statement.items:
        call = item.context_expr
        if isinstance(item.optional_vars, ast.Name) and isinstance(call, ast.Call) and last_name(call.func) == "open":
            cell.opened[item.optional_vars.id] = call


def _figure(cell: CellResults, name: str, call: ast.Call) -> None:
    words = [each.value for each in call.args if isinstance(each, ast.Constant) and type(each.value) is str]
    if name in _TITLES and words:
        cell.titles.append(words[0])
    elif name == "savefig" and words:
        cell.pictures.append(words[0])
    elif name in _LABELS and words:
        cell.labels.append(words[0])
    elif name == "set":
        for word in call.keywords:
            if isinstance(word.value, ast.Constant) and type(word.value.value) is str:
                if word.arg == "title":
                    cell.titles.append(word.value.value)
                elif word.arg in ("xlabel", "ylabel"):
                    cell.labels.append(word.value.value)
    if name in _PLOTS:
        for word in call.keywords:
            if word.arg in ("label", "title") and isinstance(word.value, ast.Constant) and type(word.value.value) is str:
                if word.arg == "title":
                    cell.titles.append(word.value.value)
                else:
                    cell.labels.append(word.value.value)
        nodes: List[ast.expr] = [*call.args, *(word.value for word in call.keywords if word.arg in ("data", "x", "y"))]
        if isinstance(call.func, ast.Attribute):
            nodes.append(call.func.value)
        for node in nodes:
            held = _name_of(_called_on(node))
            if held and held not in ("plt", "ax", "axes", "sns", "fig", "np", "pd", "axs") and held not in cell.plotted:
                cell.plotted.append(held)


def _called_on(node: ast.expr) -> ast.expr:
    """`df` of `df.groupby("kind").dose.mean()`; an expression that begins with no name stays as it is."""
    inner = node
    while isinstance(inner, (ast.Attribute, ast.Subscript, ast.Call)):
        inner = inner.func if isinstance(inner, ast.Call) else inner.value
    return inner if isinstance(inner, ast.Name) and not isinstance(node, ast.Name) and _is_method(node) else node


def _is_method(node: ast.expr) -> bool:
    """Whether every call in it is one of a method, so that what it begins with is data, and no function."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        if isinstance(node, ast.Call) and not isinstance(node.func, ast.Attribute):
            return False
        node = node.func if isinstance(node, ast.Call) else node.value
    return True


def _name_of(node: ast.expr) -> str:
    """The name that an expression like `df['a'].b` begins with."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
