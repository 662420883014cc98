"""Parameters: simple literals that a cell assigns at its top level, one to a line, and those that papermill injected.

    epochs = 10            → epochs, 10, int, literal
    # Parameters           → everything assigned below is papermill's
    alpha = 0.3
    n = int(input("rows"))  → n, what it was when the cell had ended (`answers`), input

Values that were masked, or stand beside a name that means a secret, are never parameters.
"""

from __future__ import annotations

import ast
import math
import os
import sys
from typing import TYPE_CHECKING, Any, Iterable, Iterator

from labjournal.events import Event, ParameterSet
from labjournal.recorders import Context, Execution, Outcome, Recorder
from labjournal.recorders.python_source import parse_once
from labjournal.recorders.secret_names import meaning

if TYPE_CHECKING:
    from labjournal.recorders.configs import Configs

__all__ = ["ParametersRecorder", "literals"]

_LONGEST_TEXT = 300
_MOST_ITEMS = 50
_MOST = 100
_LOOKED_THROUGH = 8_000
"""Characters of a cell in which a question to a person is looked for: longer ones hold data."""


class ParametersRecorder(Recorder):
    """Yields one ParameterSet for each literal."""

    name = "parameters"
    parses = True

    def __init__(self, context: Context) -> None:
        self._context = context
        self._configs: Configs | None = None
        self._answered: dict[int, list[tuple[str, Any, str]]] = {}

    def execution_ended(self, execution: Execution, outcome: Outcome) -> None:
        source = execution.source[:_LOOKED_THROUGH]
        if execution.depth == 1 and ("input" in source or (".value" in source and "ipywidgets" in sys.modules)):
            from labjournal.recorders.answers import answers

            namespace = self._context.namespace()
            found = answers(source, namespace) if type(namespace) is dict else []
            if found:
                self._answered[execution.n] = found

    def collect(self, execution: Execution) -> Iterable[Event]:
        for name, value, how in self._answered.pop(execution.n, ()):
            said = self._context.redactor.text(value) if type(value) is str else None
            if said is None or not said.count:
                told = value if not isinstance(value, float) or math.isfinite(value) else str(value)
                yield ParameterSet(execution.run, execution.n, name, told, type(value).__name__, how)
        if execution.hurried:
            return
        # Of the source as it is written, so that what was masked there is masked here.
        source = "papermill" if _injected(execution.redacted) else "literal"
        for name, value, kind in literals(execution.redacted):
            yield ParameterSet(execution.run, execution.n, name, value, kind, source)
        yield from self._settings(execution)

    def _settings(self, execution: Execution) -> Iterable[Event]:
        """What classes of settings hold, and which switches were read from the environment."""
        text = execution.redacted
        if not any(word in text for word in ("=", "class ", "environ", "getenv")):
            return
        from labjournal.recorders.configs import Configs, switches
        from labjournal.recorders.environment import allowed_variables

        self._configs = self._configs or Configs()
        tree = parse_once(text).tree
        if tree is None:
            return
        for name, value, kind, where in self._configs.found(tree, lambda node: _literal(node, text)):
            yield ParameterSet(execution.run, execution.n, name, value, kind, "config", where)
        if "environ" in text or "getenv" in text:
            for name, value in switches(tree, os.environ, lambda name: bool(allowed_variables({name: ""}))):
                said = self._context.redactor.text(value).text
                yield ParameterSet(execution.run, execution.n, name, said, "str", "environment", "os.environ")


def literals(source: str) -> Iterator[tuple[str, Any, str]]:
    """(name, JSON value, Python type) of every top-level assignment of a simple literal, the last one where a name has several."""
    if "=" not in source:
        return
    tree = parse_once(source).tree
    found: dict[str, tuple[Any, str]] = {}
    changed = _changed(tree) if tree is not None else set()
    for statement in tree.body if tree is not None else ():
        for name, value in _assigned(statement):
            if name in changed:
                continue
            answer = _literal(value, source)
            if answer is not None:
                found[name] = answer
            else:
                found.pop(name, None)
    for name, (json_value, kind) in list(found.items())[:_MOST]:
        yield name, json_value, kind


def _changed(tree: ast.Module) -> set[str]:
    """Names that get another value in a block or by counting: where a computation begins, not what it is given."""
    names: set[str] = set()
    blocks: list[ast.stmt] = list(tree.body)
    outer = set(map(id, tree.body))
    while blocks:
        statement = blocks.pop()
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
            names.add(statement.target.id)
        if isinstance(statement, ast.Assign) and id(statement) not in outer:
            names.update(node.id for target in statement.targets for node in ast.walk(target) if isinstance(node, ast.Name))
        if isinstance(statement, (ast.For, ast.While, ast.With, ast.AsyncFor, ast.AsyncWith)):
            blocks += [*statement.body, *getattr(statement, "orelse", ())]
        elif isinstance(statement, ast.If) and id(statement) not in outer:
            blocks += [*statement.body, *statement.orelse]
    return names


def _injected(source: str) -> bool:
    """Whether papermill wrote the cell (it begins every one with this comment)."""
    return source.lstrip().startswith("# Parameters\n")


def _assigned(statement: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    """Name and value of each `name = value` on one line; of settings that are kept together, on several."""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target, value = statement.targets[0], statement.value
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        target, value = statement.target, statement.value
    else:
        return
    if not isinstance(target, ast.Name) or target.id.startswith("_") or _means_a_secret(target.id):
        return
    if statement.lineno != statement.end_lineno:
        from labjournal.recorders.configs import is_config_name  # on the helper thread, not when a kernel starts

        if not isinstance(value, (ast.Dict, ast.Call)) or not is_config_name(target.id):
            return
    yield target.id, value


def _means_a_secret(name: str) -> bool:
    kind = meaning(name)
    return kind is not None and kind.strength != "weak"


def _literal(node: ast.expr, source: str) -> tuple[Any, str] | None:
    if isinstance(node, ast.Call):
        return _called_dict(node, source)
    try:
        # The text, not the tree: in the tree, escapes are blanked out.
        value: Any = ast.literal_eval(node if "\\" not in source else _segment(source, node))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
    if not _json(value) or _masked(value):
        return None
    return value, type(value).__name__


def _called_dict(node: ast.Call, source: str) -> tuple[Any, str] | None:
    """`dict(lr=0.1, n=3)`, where every value is a simple literal."""
    if not isinstance(node.func, ast.Name) or node.func.id != "dict" or node.args or not node.keywords:
        return None
    value: dict[str, Any] = {}
    for word in node.keywords:
        answer = _literal(word.value, source) if word.arg is not None else None
        if answer is None or word.arg is None:
            return None
        value[word.arg] = answer[0]
    return (value, "dict") if _json(value) and not _masked(value) else None


def _segment(source: str, node: ast.expr) -> str:
    segment = ast.get_source_segment(source, node) or ""
    if "\\" in segment:
        raise ValueError("an escape: not worth a warning on the user's screen")
    return segment


def _json(value: Any, depth: int = 0) -> bool:
    """Whether JSON can say the value, and it is small."""
    kind = type(value)
    if value is None or kind is bool:
        return True
    if kind is int:
        return bool(abs(value) < 1 << 63)
    if kind is float:
        return math.isfinite(value)
    if kind is str:
        return len(value) <= _LONGEST_TEXT
    if depth >= 3 or kind not in (list, dict) or len(value) > _MOST_ITEMS:
        return False
    items = value if kind is list else value.values()
    if not depth and not any(each or type(each) not in (list, dict) for each in items):  # something is going to be put in
        return False
    if kind is dict and not all(type(key) is str and not _means_a_secret(key) for key in value):
        return False
    return all(_json(item, depth + 1) for item in items)


def _masked(value: Any) -> bool:
    if isinstance(value, str):
        return "[REDACTED:" in value
    if isinstance(value, list):
        return any(_masked(item) for item in value)
    return type(value) is dict and any(_masked(item) for item in value.values())
