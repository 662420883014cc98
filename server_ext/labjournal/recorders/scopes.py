"""Scopes of Python as a reader of syntax trees needs them: whose name is it, and when does this run?"""

from __future__ import annotations

import ast
from typing import Iterable

__all__ = ["COMPREHENSIONS", "Scope", "around", "may_call", "own_names", "root"]

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Scope:
    """`kind` is module, class or function; `local` are the names that are the scope's own."""

    __slots__ = ("declared", "kind", "local", "outer")

    def __init__(self, kind: str, outer: Scope | None = None, local: Iterable[str] = (), declared: Iterable[str] = ()) -> None:
        self.kind = kind
        self.outer = outer
        self.local = set(local)
        self.declared = set(declared)
        """Names declared global here."""

    def holds(self, name: str) -> bool:
        """Whether the name is found before the module's names are asked; a function does not see names of a class around it."""
        scope: Scope | None = self
        first = True
        while scope is not None and scope.kind != "module":
            if name in scope.declared:
                return False
            if name in scope.local and (first or scope.kind != "class"):
                return True
            first = False
            scope = scope.outer
        return False

    @property
    def deferred(self) -> bool:
        """Whether this runs when something is called, not when the cell does."""
        scope: Scope | None = self
        while scope is not None:
            if scope.kind == "function":
                return True
            scope = scope.outer
        return False


def around(scope: Scope) -> Scope:
    """Where `:=` binds: not in the comprehension it stands in."""
    while scope.kind == "comprehension" and scope.outer is not None:
        scope = scope.outer
    return scope


def root(node: ast.AST) -> ast.Name | None:
    """The name that an expression like `a.b[c].d` begins with."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node if isinstance(node, ast.Name) else None


def may_call(statement: ast.stmt) -> bool:
    """Whether the statement, other than by defining functions, may run code of this cell."""
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return False
    stack: list[ast.AST] = [statement]
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.Call, ast.Await)):
            return True
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if node.decorator_list:
                return True
            continue
        if isinstance(node, ast.Lambda):
            continue
        stack.extend(ast.iter_child_nodes(node))
    return False


def own_names(body: Iterable[ast.AST]) -> tuple[set[str], set[str], set[str]]:
    """(stored, declared global, declared nonlocal) in a function's body, without what functions and classes in it do."""
    stored: set[str] = set()
    declared: set[str] = set()
    outside: set[str] = set()
    stack = list(body)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            stored.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            stored.add(node.name)
            stack.extend(node.decorator_list)
            continue
        elif isinstance(node, ast.Lambda):
            continue
        elif isinstance(node, COMPREHENSIONS):
            stored.update(
                walrus.target.id
                for walrus in ast.walk(node)
                if isinstance(walrus, ast.NamedExpr) and isinstance(walrus.target, ast.Name)
            )
            continue
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            stored.update((alias.asname or alias.name.partition(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            stored.add(node.name)
        elif isinstance(node, ast.Global):
            declared.update(node.names)
        elif isinstance(node, ast.Nonlocal):
            outside.update(node.names)
        elif type(node).__name__ in ("MatchAs", "MatchStar", "MatchMapping"):
            captured = getattr(node, "name", None) or getattr(node, "rest", None)
            if captured:
                stored.add(captured)
        stack.extend(ast.iter_child_nodes(node))
    return stored, declared, outside
