"""What expressions of a cell stand for, as far as the text says: names, literals, and what names of the cell are bound to."""

from __future__ import annotations

import ast
import re
from typing import Callable, Iterator

from labjournal.recorders.secret_calls import THROUGH, VALUE_OF
from labjournal.recorders.secret_names import Kind, looks_random, meaning

__all__ = ["Bound", "called", "named", "text_of"]

_FILE = re.compile(r"/|\.\w{1,5}$")
"""What may be a file: `pwd` is a folder, too."""


class Bound:
    """What names of the cell stand for, as far as the cell itself says: `p = '…'; connect(password=p)`, `def connect(user, password)`.

    Asked only where a name stands beside one that means a secret; then the whole tree is looked through, once.
    """

    def __init__(self, tree: ast.Module, tick: Callable[[], None]) -> None:
        self._tree = tree
        self._tick = tick
        self._values: dict[str, list[ast.expr]] | None = None
        self._takes: dict[str, list[tuple[int, Kind, str]]] = {}
        """Function of the cell → (position, meaning, name) of arguments that mean a secret."""

    def literals(self, value: ast.expr, kind: Kind) -> Iterator[tuple[ast.expr, bool]]:
        if type(value) is not ast.Name:
            yield from literals_of(value, kind)
        elif meaning(value.id) is None:  # else what is bound to it is told where it is bound
            for bound in self._bound().get(value.id, ()):
                yield from ((each, through) for each, through in literals_of(bound, kind) if not _FILE.search(text_of(each)))

    def note(self, node: ast.AST) -> None:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            taken = [*getattr(node.args, "posonlyargs", ()), *node.args.args]
            told = [(place, kind, one.arg) for place, one in enumerate(taken) if (kind := meaning(one.arg)) is not None]
            if told:
                self._takes[node.name] = told

    def handed(self) -> Iterator[tuple[Kind, ast.expr, str]]:
        """(meaning, value, name) of what functions of the cell are handed by position."""
        for node in ast.walk(self._tree) if self._takes else ():
            self._tick()
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in self._takes:
                for place, kind, name in self._takes[node.func.id]:
                    if place < len(node.args) and not any(isinstance(each, ast.Starred) for each in node.args):
                        yield kind, node.args[place], name

    def _bound(self) -> dict[str, list[ast.expr]]:
        if self._values is None:
            self._values = {}
            for node in ast.walk(self._tree):
                self._tick()
                if isinstance(node, ast.Assign) and isinstance(node.value, (ast.Constant, ast.JoinedStr, ast.BinOp)):
                    for target in node.targets:
                        if isinstance(target, ast.Name):
                            self._values.setdefault(target.id, []).append(node.value)
        return self._values


def called(function: ast.expr) -> tuple[str, str]:
    """(name, what stands before its dot) of a called function."""
    if isinstance(function, ast.Name):
        return function.id, ""
    if isinstance(function, ast.Attribute):
        owner = function.value
        before = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
        return function.attr, before
    return "", ""


def named(node: ast.expr) -> Kind | None:
    name = text_of(node)
    return meaning(name) if name and len(name) <= 120 else None


def text_of(node: ast.expr) -> str:
    """The name or the text that the node is, '' where it is neither."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            return node.value
        return node.value.decode("latin-1") if isinstance(node.value, bytes) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) for part in node.values if isinstance(part, ast.Constant))
    if isinstance(node, ast.Subscript):
        index: ast.AST = node.slice
        if type(index).__name__ == "Index":  # Python 3.8
            index = index.value  # type: ignore[attr-defined]
        return text_of(index) if isinstance(index, ast.Constant) else ""
    return ""


def literals_of(value: ast.expr, kind: Kind) -> Iterator[tuple[ast.expr, bool]]:
    """The string literals of which the value is made (and whether as a part only); none where it is computed."""
    if isinstance(value, ast.Constant):
        if isinstance(value.value, (str, bytes)):
            yield value, False
    elif isinstance(value, ast.JoinedStr):
        if all(isinstance(part, ast.Constant) for part in value.values):
            yield value, False
    elif isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        for side in (value.left, value.right):
            yield from ((literal, True) for literal, _ in literals_of(side, kind))
    elif isinstance(value, ast.BoolOp):
        for part in value.values:
            yield from literals_of(part, kind)
    elif isinstance(value, ast.IfExp):
        yield from literals_of(value.body, kind)
        yield from literals_of(value.orelse, kind)
    elif isinstance(value, (ast.List, ast.Tuple, ast.Set)) and kind.strength != "weak":
        for part in value.elts:
            yield from literals_of(part, kind)
    elif isinstance(value, ast.Dict) and kind.strength != "weak":
        for part in value.values:
            if isinstance(part, ast.Constant) and looks_random(text_of(part)):
                yield from literals_of(part, kind)
    elif isinstance(value, (ast.Await, ast.Starred, ast.NamedExpr)):
        yield from literals_of(value.value, kind)
    elif isinstance(value, ast.Call):
        yield from _through(value, kind)


def _through(call: ast.Call, kind: Kind) -> Iterator[tuple[ast.expr, bool]]:
    name, _ = called(call.func)
    if isinstance(call.func, ast.Attribute) and name in THROUGH:
        yield from literals_of(call.func.value, kind)
    if name in THROUGH and name not in ("replace", "encode", "decode"):
        for argument in call.args[1:] if name in VALUE_OF else call.args[:1]:
            yield from literals_of(argument, kind)
        for keyword in call.keywords:
            if keyword.arg in ("value", "default"):
                yield from literals_of(keyword.value, kind)
