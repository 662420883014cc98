"""Settings that a program keeps together, and switches it takes from its surroundings, as the source tells of them.

    params = {                      @dataclass                      class CFG:              os.environ["FOLD"]
        "lr": 0.1,                  class Config:                       lr = 0.1            os.getenv("DEBUG", "0")
    }                                   lr: float = 0.1
    params = dict(lr=0.1)           cfg = Config(lr=0.3)

Classes of the user's are never looked at: what is told of them stands in the source. Of variables that a cell reads only those are told that
cannot hold a secret: known ones, and short plain words and numbers under a name that means none.
"""

from __future__ import annotations

import ast
import re
from typing import Any, Callable, Dict, Iterator, List, Mapping, Tuple

from labjournal.recorders.metric_names import words
from labjournal.recorders.secret_names import meaning

__all__ = ["Configs", "is_config_name", "switches"]

_CONFIG_WORDS = frozenset(
    "config cfg conf configuration params param parameters hparams hyperparameters hyperparams args arguments opts options settings kwargs "
    "defaults hp".split()
)
_MOST_FIELDS = 100
_MOST_CLASSES = 200
_PLAIN_VALUE = re.compile(r"[A-Za-z0-9_.,:+-]{1,24}$")
_LOOKS_RANDOM = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9_-]{16,}$")
_READS = ("get", "getenv")

Value = Callable[[ast.expr], "Tuple[Any, str] | None"]
"""The JSON value and Python type of a simple literal; None for every other expression."""


def is_config_name(name: str) -> bool:
    """Whether a name says that settings are kept under it."""
    return not _CONFIG_WORDS.isdisjoint(words(name))


class Configs:
    """Classes of settings that the cells so far have defined."""

    def __init__(self) -> None:
        self._classes: Dict[str, Dict[str, Tuple[Any, str]]] = {}

    def found(self, tree: ast.Module, value: Value) -> Iterator[Tuple[str, Any, str, str]]:
        """(name, JSON value, Python type, what it belongs to) of every setting that a cell gives."""
        for statement in tree.body:
            if isinstance(statement, ast.ClassDef):
                fields = dict(list(_fields(statement, value))[:_MOST_FIELDS])
                self._classes.pop(statement.name, None)
                if fields and _is_dataclass(statement) and len(self._classes) < _MOST_CLASSES:
                    self._classes[statement.name] = fields
                elif fields and is_config_name(statement.name):
                    for name, (said, kind) in fields.items():
                        yield name, said, kind, statement.name
            elif isinstance(statement, ast.Assign) and len(statement.targets) == 1 and isinstance(statement.targets[0], ast.Name):
                yield from self._made(statement.targets[0].id, statement.value, value)

    def _made(self, target: str, made: ast.expr, value: Value) -> Iterator[Tuple[str, Any, str, str]]:
        """What an instance of a class of settings holds: its defaults, and what the call says otherwise."""
        called = made.func.id if isinstance(made, ast.Call) and isinstance(made.func, ast.Name) else ""
        fields = self._classes.get(called)
        if fields is None or not isinstance(made, ast.Call):
            return
        given: Dict[str, ast.expr] = dict(zip(fields, made.args))
        given.update({word.arg: word.value for word in made.keywords if word.arg is not None})
        for name, default in fields.items():
            answer = value(given[name]) if name in given else default
            if answer is not None:
                yield name, answer[0], answer[1], target


def switches(tree: ast.Module, environ: Mapping[str, str], is_known: Callable[[str], bool]) -> Iterator[Tuple[str, str]]:
    """(name, value) of the variables that a cell reads and that cannot hold a secret; what it falls back on where one is not set."""
    seen = set()
    for node in ast.walk(tree):
        name, default = _read(node)
        if not name or name in seen or meaning(name) is not None:
            continue
        seen.add(name)
        said = environ.get(name, default)
        if type(said) is str and len(seen) <= _MOST_FIELDS and (is_known(name) or _is_harmless(said)):
            yield name, said[:200]


def _is_harmless(value: str) -> bool:
    return bool(_PLAIN_VALUE.match(value)) and not _LOOKS_RANDOM.match(value)


def _read(node: ast.AST) -> Tuple[str, Any]:
    """Name and fallback of a variable that an expression reads; ('', None) for every other."""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and _is_environ(node.value):
        key: Any = node.slice
        key = getattr(key, "value", key) if not isinstance(key, ast.Constant) else key  # an Index, in Python 3.8
        return (key.value, None) if isinstance(key, ast.Constant) and type(key.value) is str else ("", None)
    if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
        return "", None
    function = node.func
    named = function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    if named not in _READS or (named == "get" and not (isinstance(function, ast.Attribute) and _is_environ(function.value))):
        return "", None
    default = node.args[1].value if len(node.args) > 1 and isinstance(node.args[1], ast.Constant) else None
    name = node.args[0].value
    return (name, default) if type(name) is str else ("", None)


def _is_environ(node: ast.expr) -> bool:
    return (isinstance(node, ast.Attribute) and node.attr == "environ") or (isinstance(node, ast.Name) and node.id == "environ")


def _is_dataclass(definition: ast.ClassDef) -> bool:
    names: List[str] = []
    for node in (*definition.decorator_list, *definition.bases):
        inner = node.func if isinstance(node, ast.Call) else node
        names.append(inner.attr if isinstance(inner, ast.Attribute) else inner.id if isinstance(inner, ast.Name) else "")
    return not {"dataclass", "dataclasses", "BaseModel", "BaseSettings", "NamedTuple", "define", "frozen", "attrs"}.isdisjoint(
        names
    )


def _fields(definition: ast.ClassDef, value: Value) -> Iterator[Tuple[str, Tuple[Any, str]]]:
    for statement in definition.body:
        target: ast.expr | None = None
        given: ast.expr | None = None
        if isinstance(statement, ast.AnnAssign):
            target, given = statement.target, statement.value
        elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target, given = statement.targets[0], statement.value
        if not isinstance(target, ast.Name) or given is None or target.id.startswith("_"):
            continue
        secret = meaning(target.id)
        answer = value(given) if secret is None or secret.strength == "weak" else None
        if answer is not None:
            yield target.id, answer
