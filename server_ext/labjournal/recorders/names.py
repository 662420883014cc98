"""Which top-level names a piece of Python binds, uses from before, or may change in place: found in its syntax tree, nothing is run.

A name is *used* where its value may come from before the cell: a name that the cell surely binds first is not. Functions read the
names of the module when they are called; what a function body reads counts as used unless the cell binds it before anything that
could call the function runs. *Mutated* is meant cautiously: methods, stores into, and being handed to a function that is not known
to leave its arguments alone.
"""

from __future__ import annotations

import ast
from typing import Iterable, Mapping

from labjournal.recorders.pure_calls import OPAQUE_CALLS, purity
from labjournal.recorders.scopes import COMPREHENSIONS, Scope, around, may_call, own_names, root

__all__ = ["Names", "read"]


class Names:
    """The answer: sets of names."""

    __slots__ = ("aliases", "bound", "imported", "mutated", "opaque", "used")

    def __init__(self) -> None:
        self.bound: set[str] = set()
        self.used: set[str] = set()
        self.mutated: set[str] = set()
        self.imported: set[str] = set()
        self.opaque = False
        self.aliases: dict[str, str] = {}
        """Name → dotted module, for names that are bound to modules."""


def read(tree: ast.Module, modules: Mapping[str, str]) -> Names:
    """The names in the tree; `modules` tells which names are known to be modules from cells before."""
    reader = _Reader(modules)
    reader.body(tree.body, Scope("module"))
    reader.flush()
    return reader.names


class _Reader:
    def __init__(self, modules: Mapping[str, str]) -> None:
        self.names = Names()
        self._modules = dict(modules)
        self._sure: set[str] = set()
        """Names of the module that are bound whichever way execution came here."""
        self._later: set[str] = set()
        """Names that functions of this cell will read when they are called."""

    # statements

    def body(self, statements: Iterable[ast.stmt], scope: Scope) -> None:
        for statement in statements:
            self._statement(statement, scope)
            if scope.kind == "module" and self._later and may_call(statement):
                self.flush()

    def flush(self) -> None:
        """What functions read and the cell has not bound by now comes from before."""
        self.names.used |= self._later - self._sure
        self._later.clear()

    def _statement(self, node: ast.stmt, scope: Scope) -> None:
        method = getattr(self, "_" + type(node).__name__.lower(), None)
        if method is not None:
            method(node, scope)
        else:
            self._children(node, scope)

    def _children(self, node: ast.AST, scope: Scope) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt):
                self._statement(child, scope)
            else:
                self._expression(child, scope)

    def _assign(self, node: ast.Assign, scope: Scope) -> None:
        self._expression(node.value, scope)
        for target in node.targets:
            self._target(target, scope)

    def _annassign(self, node: ast.AnnAssign, scope: Scope) -> None:
        self._expression(node.annotation, scope)
        if node.value is not None:
            self._expression(node.value, scope)
            self._target(node.target, scope)

    def _augassign(self, node: ast.AugAssign, scope: Scope) -> None:
        if isinstance(node.target, ast.Name):
            self._load(node.target.id, scope)
            self._mutate(node.target, scope)
        self._expression(node.value, scope)
        self._target(node.target, scope)

    def _delete(self, node: ast.Delete, scope: Scope) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                self._load(target.id, scope)
            self._target(target, scope)

    def _for(self, node: ast.For | ast.AsyncFor, scope: Scope) -> None:
        self._expression(node.iter, scope)
        before = set(self._sure)
        self._target(node.target, scope)
        self.body(node.body, scope)
        self._sure = before
        self._branch([node.orelse], scope, sure_of_all=False)

    _asyncfor = _for

    def _while(self, node: ast.While, scope: Scope) -> None:
        self._expression(node.test, scope)
        self._branch([node.body], scope, sure_of_all=False)
        self._branch([node.orelse], scope, sure_of_all=False)

    def _if(self, node: ast.If, scope: Scope) -> None:
        self._expression(node.test, scope)
        self._branch([node.body, node.orelse], scope, sure_of_all=True)

    def _try(self, node: ast.Try, scope: Scope) -> None:
        before = set(self._sure)
        self.body(node.body, scope)
        after_body = self._sure
        self._sure = before
        for handler in node.handlers:
            self._sure = set(before)
            if handler.type is not None:
                self._expression(handler.type, scope)
            if handler.name is not None:
                self._store(handler.name, scope)
            self.body(handler.body, scope)
        self._sure = after_body if not node.handlers else before
        self._branch([node.orelse], scope, sure_of_all=False)
        self.body(node.finalbody, scope)

    _trystar = _try

    def _with(self, node: ast.With | ast.AsyncWith, scope: Scope) -> None:
        for item in node.items:
            self._expression(item.context_expr, scope)
            if item.optional_vars is not None:
                self._target(item.optional_vars, scope)
        self.body(node.body, scope)

    _asyncwith = _with

    def _match(self, node: ast.AST, scope: Scope) -> None:
        self._expression(node.subject, scope)  # type: ignore[attr-defined]
        before = set(self._sure)
        for case in node.cases:  # type: ignore[attr-defined]
            self._sure = set(before)
            self._expression(case.pattern, scope)
            if case.guard is not None:
                self._expression(case.guard, scope)
            self.body(case.body, scope)
        self._sure = before

    def _branch(self, bodies: list[list[ast.stmt]], scope: Scope, *, sure_of_all: bool) -> None:
        """Bodies of which one runs, or none: sure is afterwards only what all of them bind."""
        before = self._sure
        after = []
        for statements in bodies:
            self._sure = set(before)
            self.body(statements, scope)
            after.append(self._sure)
        self._sure = set.intersection(*after) if sure_of_all else before

    def _import(self, node: ast.Import, scope: Scope) -> None:
        for alias in node.names:
            self.names.imported.add(alias.name)
            name = alias.asname or alias.name.partition(".")[0]
            self._store(name, scope)
            if scope.kind == "module":
                self._modules[name] = self.names.aliases[name] = alias.name if alias.asname else name

    def _importfrom(self, node: ast.ImportFrom, scope: Scope) -> None:
        module = "." * node.level + (node.module or "")
        self.names.imported.add(module)
        for alias in node.names:
            if alias.name == "*":
                self.names.opaque = True
                continue
            name = alias.asname or alias.name
            self._store(name, scope)
            if alias.name.islower() and (module, alias.name) in (("matplotlib", "pyplot"), ("scipy", "stats"), ("os", "path")):
                self._modules[name] = self.names.aliases[name] = f"{module}.{alias.name}"

    def _functiondef(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> None:
        for decorator in node.decorator_list:
            self._expression(decorator, scope)
        if node.returns is not None:
            self._expression(node.returns, scope)
        self._store(node.name, scope)
        self._function(node, scope)

    _asyncfunctiondef = _functiondef

    def _classdef(self, node: ast.ClassDef, scope: Scope) -> None:
        for expression in [*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)]:
            self._expression(expression, scope)
        self._store(node.name, scope)
        inner = Scope("class", scope)
        for statement in node.body:
            self._statement(statement, inner)

    def _global(self, node: ast.Global, scope: Scope) -> None:
        scope.declared.update(node.names)

    def _nonlocal(self, node: ast.Nonlocal, scope: Scope) -> None:
        del node, scope  # names of functions around, never of the module

    # expressions

    def _expression(self, node: ast.AST, scope: Scope) -> None:
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load):
                self._load(node.id, scope)
            else:
                self._store(node.id, scope)
        elif isinstance(node, ast.Call):
            self._call(node, scope)
        elif isinstance(node, ast.Lambda):
            self._function(node, scope)
        elif isinstance(node, COMPREHENSIONS):
            self._comprehension(node, scope)
        elif isinstance(node, ast.NamedExpr):
            self._expression(node.value, scope)
            self._target(node.target, around(scope))
        else:
            captured = getattr(node, "name", None) or getattr(node, "rest", None)
            if type(node).__name__ in ("MatchAs", "MatchStar", "MatchMapping") and captured:
                self._store(captured, scope)
            self._children(node, scope)

    def _call(self, node: ast.Call, scope: Scope) -> None:
        function = node.func
        if isinstance(function, ast.Name) and function.id in OPAQUE_CALLS:
            self.names.opaque = True
        pure_receiver, pure_arguments = purity(node, self._modules)
        if isinstance(function, ast.Attribute) and not pure_receiver:
            self._mutate(function.value, scope)
        self._expression(function, scope)
        for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
            self._expression(argument, scope)
            if not pure_arguments:
                self._mutate(argument.value if isinstance(argument, ast.Starred) else argument, scope)

    def _comprehension(self, node: ast.AST, scope: Scope) -> None:
        generators: list[ast.comprehension] = node.generators  # type: ignore[attr-defined]
        inner = Scope("comprehension", scope)
        for position, generator in enumerate(generators):
            self._expression(generator.iter, inner if position else scope)
            self._target(generator.target, inner)
            for condition in generator.ifs:
                self._expression(condition, inner)
        for part in ("elt", "key", "value"):
            if hasattr(node, part):
                self._expression(getattr(node, part), inner)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, scope: Scope) -> None:
        arguments = node.args
        for default in [*arguments.defaults, *(value for value in arguments.kw_defaults if value is not None)]:
            self._expression(default, scope)
        given = [
            *getattr(arguments, "posonlyargs", ()),
            *arguments.args,
            *arguments.kwonlyargs,
            arguments.vararg,
            arguments.kwarg,
        ]
        local = {argument.arg for argument in given if argument is not None}
        for argument in given:
            if argument is not None and argument.annotation is not None:
                self._expression(argument.annotation, scope)
        body: list[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else list(node.body)
        stored, declared, outside = own_names(body)
        inner = Scope("function", scope, (local | stored) - declared - outside, declared)
        sure = set(self._sure)
        for part in body:
            if isinstance(part, ast.stmt):
                self._statement(part, inner)
            else:
                self._expression(part, inner)
        self._sure = sure  # nothing is bound before the function is called

    # names

    def _load(self, name: str, scope: Scope) -> None:
        if scope.holds(name):
            return
        if scope.deferred:
            if name not in self._sure:
                self._later.add(name)
        elif name not in self._sure:
            self.names.used.add(name)

    def _store(self, name: str, scope: Scope) -> None:
        if scope.kind == "module":
            self.names.bound.add(name)
            self._sure.add(name)
            self._modules.pop(name, None)
        elif name in scope.declared:
            self.names.bound.add(name)
            self.names.mutated.add(name)
        elif scope.kind != "function":
            scope.local.add(name)

    def _target(self, target: ast.expr, scope: Scope) -> None:
        if isinstance(target, (ast.Tuple, ast.List)):
            for part in target.elts:
                self._target(part, scope)
        elif isinstance(target, ast.Starred):
            self._target(target.value, scope)
        elif isinstance(target, ast.Name):
            self._store(target.id, scope)
        else:
            self._mutate(target, scope)
            self._children(target, scope)

    def _mutate(self, node: ast.AST, scope: Scope) -> None:
        name = root(node)
        if name is not None and name.id not in self._modules and not scope.holds(name.id):
            self.names.mutated.add(name.id)
