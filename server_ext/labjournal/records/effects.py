"""What executing a cell changes for the cells after it, read from its text: enough to say whether one can be left out unnoticed.

This is stricter than a recipe's reading where leaving out is asked, and laxer about values that are only looked at: a method
called for what it gives back (`clean = raw.dropna()`, a last `table.head()`) is taken not to change its object, one called for
nothing else (`items.append(1)`, `model.fit(x)`) is taken to change it. What is used up by being used (generators of random
numbers, iterators, open files) changes at every use.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from labjournal.questions.reading import Reading, read
from labjournal.records.record import Step

__all__ = ["Effects", "effects", "function_changes", "magic_lines", "parsed", "unfollowed", "used_up"]

_MAGIC = re.compile(r"^\s*(?:[%!].*|\?.*|[\w.%]+\?\??\s*|[A-Za-z_][\w, ]*=\s*[%!].*)$")
_USED_UP = frozenset(
    "default_rng RandomState Random Generator iter open cycle count islice chain enumerate zip map filter reader".split()
)
_TAKES = frozenset("pop popitem popleft setdefault read readline readlines send write".split())
_UNFOLLOWED = frozenset(("exec", "eval", "globals", "locals", "vars", "setattr", "__import__", "get_ipython"))


@dataclass(frozen=True)
class Effects:
    """What one execution leaves behind that another may notice."""

    reading: Reading
    binds: frozenset[str]
    changes: frozenset[str]
    """Names whose object it changes in place."""
    opaque: bool
    calls: bool
    first: frozenset[str]
    """Names it binds before it calls anything."""
    magics: frozenset[str]
    only_imports: frozenset[str] | None
    """The import statements, where the cell holds nothing else."""

    @property
    def leaves(self) -> frozenset[str]:
        return self.binds | self.changes


def effects(step: Step, consumed: frozenset[str], functions: dict[str, bool]) -> Effects:
    """What the execution leaves behind; `consumed` and `functions` are what the run as a whole tells (`used_up`, `function_changes`)."""
    source = step.execution.source
    reading, tree = read(source), parsed(source)
    recorded = {binding.name for binding in step.bindings if binding.role == "bound"}
    if tree is None:
        return Effects(reading, frozenset(recorded), frozenset(), True, True, frozenset(), frozenset(), None)
    nodes = list(ast.walk(tree))
    showed = any(output.type == "execute_result" for output in step.outputs)
    return Effects(
        reading=reading,
        binds=frozenset(recorded | reading.definite | set(_may_bind(tree))),
        changes=frozenset(_changes(tree, showed, functions)) - reading.imported | (reading.free & consumed),
        opaque=any(unfollowed(node) for node in nodes),
        calls=any(map(_calls, nodes)),
        first=_bound_first(tree),
        magics=magic_lines(source),
        only_imports=_only_imports(tree),
    )


def parsed(source: str) -> ast.Module | None:
    """The cell as Python, its magic lines made into `pass`, every statement on the line where it was; None where it is not Python."""
    lines = source.split("\n")
    if re.match(r"\s*%%(?!(time|timeit|capture|prun)\b)", lines[0]):
        return None
    text = "\n".join(re.match(r"\s*", line)[0] + "pass" if _MAGIC.match(line) else line for line in lines)  # type: ignore[index]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def magic_lines(source: str) -> frozenset[str]:
    """The lines that are IPython's own."""
    return frozenset(line.strip() for line in source.split("\n") if _MAGIC.match(line))


def used_up(steps: Iterable[Step]) -> frozenset[str]:
    """Names that stand for something that is used up by being used."""
    answer: set[str] = set()
    for step in steps:
        for node in ast.walk(parsed(step.execution.source) or ast.Module([], [])):
            if isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.withitem)) and _is_used_up(node):
                target = node.optional_vars if isinstance(node, ast.withitem) else _target(node)
                answer |= {name.id for name in ast.walk(target) if isinstance(name, ast.Name)} if target is not None else set()
    return frozenset(answer)


def function_changes(steps: Iterable[Step]) -> dict[str, bool]:
    """Functions that the cells define → whether one may change what is handed to it, or global names."""
    answer: dict[str, bool] = {}
    for step in steps:
        for node in ast.walk(parsed(step.execution.source) or ast.Module([], [])):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                own = {argument.arg for argument in ast.walk(node.args) if isinstance(argument, ast.arg)}
                touched = set(_changes(ast.Module(node.body, []), showed=False, functions={}))
                declared = any(isinstance(inner, ast.Global) for inner in ast.walk(node))
                answer[node.name] = answer.get(node.name, False) or declared or bool(touched & own)
    return answer


def _may_bind(node: ast.AST) -> Iterator[str]:
    """Names that may be bound or deleted when the node is executed; what functions and comprehensions bind for themselves is not."""
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from ((alias.asname or alias.name).split(".")[0] for alias in node.names)
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
        return
    elif isinstance(node, ast.ExceptHandler) and node.name:
        yield node.name
    elif type(node).__name__ in ("MatchAs", "MatchStar", "MatchMapping"):
        yield from filter(None, (getattr(node, "name", None), getattr(node, "rest", None)))
    if not isinstance(node, (ast.Lambda, ast.comprehension)):
        for child in ast.iter_child_nodes(node):
            yield from _may_bind(child)


def _bound_first(tree: ast.Module) -> frozenset[str]:
    quiet: set[str] = set()
    for statement in tree.body:
        if any(map(_calls, ast.walk(statement))):
            break
        if isinstance(statement, (ast.Assign, ast.AnnAssign, ast.Import, ast.ImportFrom)):
            quiet |= set(_may_bind(statement))
    return frozenset(quiet)


def _calls(node: ast.AST) -> bool:
    # An operator, a loop or an attribute of an object of the user's may run code of theirs as well; a plain call is what is common.
    return isinstance(node, (ast.Call, ast.Await))


def _changes(tree: ast.Module, showed: bool, functions: dict[str, bool]) -> Iterator[str]:
    last = tree.body[-1] if tree.body else None
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Delete)):
            targets = node.targets if isinstance(node, (ast.Assign, ast.Delete)) else [node.target]
            yield from (
                name for target in targets if isinstance(target, (ast.Attribute, ast.Subscript)) for name in _root(target)
            )
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            called = node.value.func
            if isinstance(called, ast.Attribute) and not (node is last and showed and called.attr not in _TAKES):
                yield from _root(called)
            elif isinstance(called, ast.Name) and functions.get(called.id):
                yield from (
                    name.id for argument in _arguments(node.value) for name in ast.walk(argument) if isinstance(name, ast.Name)
                )
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _takes(node):
            yield from _root(node.func)
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            # What a loop does to its variable it does to what the loop runs over.
            inner = set(_changes(ast.Module(node.body, []), showed=False, functions=functions))
            if inner & {name.id for name in ast.walk(node.target) if isinstance(name, ast.Name)}:
                yield from _root(node.iter)


def _takes(call: ast.Call) -> bool:
    in_place = any(word.arg == "inplace" and not _is_false(word.value) for word in call.keywords)
    return in_place or (isinstance(call.func, ast.Attribute) and call.func.attr in _TAKES)


def _is_false(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is False


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *[word.value for word in call.keywords]]


def _root(node: ast.expr) -> Iterator[str]:
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    if isinstance(node, ast.Name):
        yield node.id


def _is_used_up(node: ast.Assign | ast.AnnAssign | ast.NamedExpr | ast.withitem) -> bool:
    value = node.context_expr if isinstance(node, ast.withitem) else node.value
    if isinstance(value, ast.Call):
        called = value.func
        return (
            called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
        ) in _USED_UP
    return isinstance(value, ast.GeneratorExp)


def _target(node: ast.Assign | ast.AnnAssign | ast.NamedExpr) -> ast.expr:
    return node.targets[0] if isinstance(node, ast.Assign) else node.target


def unfollowed(node: ast.AST) -> bool:
    """Whether the node does what reading cannot follow: binds names that do not stand in the text."""
    if isinstance(node, ast.ImportFrom):
        return any(alias.name == "*" for alias in node.names)
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _UNFOLLOWED


def _only_imports(tree: ast.Module) -> frozenset[str] | None:
    statements = [statement for statement in tree.body if not isinstance(statement, ast.Pass)]
    if not statements or not all(isinstance(statement, (ast.Import, ast.ImportFrom)) for statement in statements):
        return None
    single = []
    for statement in statements:
        for alias in statement.names:  # type: ignore[attr-defined]
            module = f"{'.' * statement.level}{statement.module or ''}" if isinstance(statement, ast.ImportFrom) else None
            single.append(f"{module}:{alias.name}:{alias.asname}")
    return frozenset(single)
