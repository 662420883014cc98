"""What the text of a cell says beyond the names that were recorded: read with `ast`, never executed.

The recorder says which top-level names a cell binds, uses and may change. A recipe must also know which of them it needs from
before, which are bound whichever way it runs (so that earlier bindings no longer matter), which are read only when a function
is called later, which names may stand for the same object, and whether it draws random numbers or changes a setting.
"""

from __future__ import annotations

import ast
import re
import symtable
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["Reading", "read", "setting", "syntax", "walked", "without_magics"]

_LINE_MAGIC = re.compile(r"^(\s*)(?:[%!].*|\?.*|[\w.%]+\?\??\s*)$")
_ASSIGNED_MAGIC = re.compile(r"^(\s*[A-Za-z_][\w, ]*=\s*)[%!].*$")
_CELL_MAGIC = re.compile(r"^\s*%%(\S*)")
_RUNS_PYTHON = frozenset("time timeit capture prun memit snakeviz".split())
_NO_PYTHON = frozenset("writefile file html HTML javascript js latex markdown svg SVG".split())

# Words in the names of functions that are called for what they change, whatever the library.
_SETTING = re.compile(
    r"seed|option|config|filter|style|theme|context|backend|dotenv|mkdir|makedirs|download|extract|symlink|unlink|putenv|reload"
    r"|^set(err|state|locale|default|recursionlimit|Level)|^(set|use|reset|register|enable|disable|init|add|append|insert|update|load_ext|chdir|rc|copy|move|rename|remove|login|install)(_|$)",
    re.IGNORECASE,
)
_RANDOM = re.compile(r"random(?!_state)|^rand(n|int|perm|_like)?$|shuffle|^sample$|permutation|^choices?$|^default_rng$")


_DRAWS = re.compile(
    r"plot|figure|^ax(e|i)s$|gca|gcf|canvas|twin[xy]$|(facet|pair|joint|cluster)grid|hist|scatter|heatmap|imshow", re.IGNORECASE
)
_SCOPES = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp,
)  # fmt: skip
_DRAWN_UPON = ("ax", "axes", "fig", "figure")


@dataclass(frozen=True)
class Reading:
    """What is known from the text of one cell."""

    parsed: bool = True
    free: frozenset[str] = frozenset()
    """Names whose value from before the cell is needed. Every word, where it was not parsed."""
    definite: frozenset[str] = frozenset()
    """Names bound whichever way the cell runs, as long as it runs to its end."""
    late: frozenset[str] = frozenset()
    """Names read inside functions and lambdas: looked up when they are called, perhaps cells later."""
    late_bound: frozenset[str] = frozenset()
    """Names that functions declare global and bind when they are called."""
    lambdas: bool = False
    aliases: tuple[frozenset[str], ...] = ()
    """Sets of names that may stand for the same object, or for parts of it."""
    imported: frozenset[str] = frozenset()
    """Names that import statements bind."""
    defined: frozenset[str] = frozenset()
    """Names of functions and classes."""
    settings: frozenset[str] = frozenset()
    """Names at the root of what is called or assigned for the change it makes: `np` in `np.random.seed(0)`."""
    random: bool = False
    """The cell draws random numbers, or seeds them."""
    drawings: frozenset[str] = frozenset()
    """Names bound to what is drawn upon (figures, axes): whoever uses them may change them, whatever the method is called."""
    same: tuple[tuple[str, str], ...] = ()
    """Pairs (name, what it was taken from) of assignments without a call: `ax = axes[0]`."""
    made: tuple[tuple[str, str], ...] = ()
    """Pairs (name, what was called for it): `net = Net(3)`."""


@lru_cache(maxsize=4096)
def read(source: str) -> Reading:
    """What the source says; `parsed` is False, and little known, where it is not Python."""
    tree = syntax(source)
    try:
        if tree is not None:
            return _reading(without_magics(source), tree)
    except RecursionError:
        pass
    return Reading(parsed=False, free=frozenset(re.findall(r"[^\W\d]\w*", source)))


@lru_cache(maxsize=4096)
def syntax(source: str) -> ast.Module | None:
    """The cell as a syntax tree that nobody changes; None where it is not Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(without_magics(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def walked(tree: ast.AST) -> list[ast.AST]:
    """Every node of a tree, level by level, but for those that say whether a name is read or bound; faster than `ast.walk`."""
    found = [tree]
    for node in found:
        for field in node._fields:
            if field == "ctx":
                continue
            value = getattr(node, field, None)
            if isinstance(value, ast.AST):
                found.append(value)
            elif type(value) is list:
                found += [each for each in value if isinstance(each, ast.AST)]
    return found


def _reading(text: str, tree: ast.Module) -> Reading:
    nodes = walked(tree)
    imports = [node for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom))]
    words = {node.attr for node in nodes if isinstance(node, ast.Attribute)} | {
        node.id for node in nodes if isinstance(node, ast.Name)
    }
    late, late_bound = _late(text, nodes)
    return Reading(
        free=frozenset(_free(tree.body, set())),
        definite=frozenset(_definite(tree.body)),
        late=frozenset(late),
        late_bound=frozenset(late_bound),
        lambdas=any(isinstance(node, ast.Lambda) for node in nodes),
        aliases=tuple(_aliases(nodes)),
        imported=frozenset(name for node in imports for name in _import_names(node)),
        defined=frozenset(node.name for node in nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))),
        settings=frozenset(_settings(nodes)),
        random=any(_RANDOM.search(word) for word in words),
        drawings=frozenset(_drawings(nodes)),
        same=tuple(_same(nodes)),
        made=tuple(_made(nodes)),
    )


def without_magics(source: str) -> str:
    """The source with IPython's own lines made into Python that does nothing."""
    if not any(sign in source for sign in "%!?"):
        return source
    lines = source.lstrip("\n").split("\n") if source.lstrip().startswith("%%") else source.split("\n")
    if magic := _CELL_MAGIC.match(lines[0]):
        if magic[1] not in _RUNS_PYTHON:
            return "" if magic[1] in _NO_PYTHON else source  # what an unknown magic makes of the cell is not known
        lines[0] = ""
    return "\n".join(_LINE_MAGIC.sub(r"\1pass", _ASSIGNED_MAGIC.sub(r"\1None", line)) for line in lines)


def _free(body: Iterable[ast.stmt], bound: set[str]) -> Iterator[str]:
    """Names that the statements read before they bind them themselves; `bound` grows by what they bind for certain."""
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            arguments = [*statement.args.defaults, *[default for default in statement.args.kw_defaults if default]]
            yield from _loads([*statement.decorator_list, *arguments], bound)
        elif isinstance(statement, ast.ClassDef):
            yield from _loads([*statement.decorator_list, *statement.bases, *statement.keywords], bound)
            yield from _free(statement.body, set(bound))
        elif isinstance(statement, (ast.For, ast.AsyncFor)):
            yield from _loads([statement.iter, statement.target], bound)
            yield from _free([*statement.body, *statement.orelse], bound | set(_bound(statement.target)))
        elif isinstance(statement, (ast.With, ast.AsyncWith)):
            targets = [item.optional_vars for item in statement.items if item.optional_vars is not None]
            yield from _loads([*[item.context_expr for item in statement.items], *targets], bound)
            yield from _free(statement.body, bound | {name for target in targets for name in _bound(target)})
        elif isinstance(statement, (ast.If, ast.While)):
            yield from _loads([statement.test], bound)
            yield from _free(statement.body, set(bound))
            yield from _free(statement.orelse, set(bound))
        elif isinstance(statement, ast.Try) or type(statement).__name__ == "TryStar":
            yield from _free_in_try(statement, bound)
        else:
            yield from _loads([statement], bound)
        bound |= set(_definite([statement]))


def _free_in_try(statement: ast.stmt, bound: set[str]) -> Iterator[str]:
    yield from _free(getattr(statement, "body", []), set(bound))
    for handler in getattr(statement, "handlers", []):
        yield from _loads([handler.type] if handler.type else [], bound)
        yield from _free(handler.body, bound | ({handler.name} if handler.name else set()))
    for part in ("orelse", "finalbody"):
        yield from _free(getattr(statement, part, []), set(bound))


def _loads(nodes: Iterable[ast.AST], bound: set[str]) -> Iterator[str]:
    """Names read in expressions or simple statements; the variables of comprehensions and what functions read are not."""
    for node in nodes:
        if isinstance(node, ast.Lambda):
            yield from _loads(node.args.defaults, bound)
        elif isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            own = {name for generator in node.generators for name in _bound(generator.target)}
            yield from _loads(ast.iter_child_nodes(node), bound | own)
            yield from _loads([node.generators[0].iter], bound)
        elif isinstance(node, ast.AugAssign):
            yield from set(_bound(node.target)) - bound
            yield from _loads([node.target, node.value], bound)
        elif isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Store) and node.id not in bound:
                yield node.id
        else:
            yield from _loads(ast.iter_child_nodes(node), bound)


def _definite(body: list[ast.stmt]) -> Iterator[str]:
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield statement.name
        elif isinstance(statement, ast.Assign):
            for target in statement.targets:
                yield from _bound(target)
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            yield from _bound(statement.target)
        elif isinstance(statement, (ast.Import, ast.ImportFrom)):
            yield from _import_names(statement)
        elif isinstance(statement, (ast.With, ast.AsyncWith)):
            # Only the names behind `as`: a context manager may swallow an exception, so what stands inside is not certain.
            yield from (name for item in statement.items if item.optional_vars is not None for name in _bound(item.optional_vars))
        elif isinstance(statement, ast.If):
            yield from set(_definite(statement.body)) & set(_definite(statement.orelse))


def _import_names(statement: ast.Import | ast.ImportFrom) -> Iterator[str]:
    yield from ((alias.asname or alias.name).split(".")[0] for alias in statement.names if alias.name != "*")


def _bound(target: ast.expr) -> Iterator[str]:
    """Names that an assignment to `target` binds: not those of `a[0] = …` and `a.b = …`, which change what `a` holds."""
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, (ast.Tuple, ast.List)):
        for element in target.elts:
            yield from _bound(element)
    elif isinstance(target, ast.Starred):
        yield from _bound(target.value)


def _late(text: str, nodes: list[ast.AST]) -> tuple[set[str], set[str]]:
    """Names of the notebook that functions read, and that they bind, when they are called."""
    if not any(isinstance(node, _SCOPES) for node in nodes):
        return set(), set()
    try:
        tables = symtable.symtable(text, "<cell>", "exec").get_children()
    except SyntaxError:
        # Fine for a cell, not for a module (`await` at the top): every name in a function may then be meant.
        functions = [node for node in nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))]
        names = {name.id for function in functions for name in ast.walk(function) if isinstance(name, ast.Name)}
        return names, names
    read_late: set[str] = set()
    bound_late: set[str] = set()
    while tables:
        table = tables.pop()
        tables += table.get_children()
        for symbol in table.get_symbols() if table.get_type() == "function" else ():
            if symbol.is_global() and symbol.is_referenced():
                read_late.add(symbol.get_name())
            if symbol.is_declared_global() and symbol.is_assigned():
                bound_late.add(symbol.get_name())
    return read_late, bound_late


def _aliases(nodes: list[ast.AST]) -> Iterator[frozenset[str]]:
    for node in nodes:
        if isinstance(node, ast.Assign):
            group = {name for target in node.targets for name in _bound(target)} | set(_held(node.value))
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
            group = set(_bound(node.target)) | set(_held(node.value))
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            group = set(_bound(node.target)) | set(_held(node.iter))
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            group = set(_bound(node.optional_vars)) | set(_held(node.context_expr))
        else:
            continue
        if len(group) > 1:
            yield frozenset(group)


def _held(value: ast.expr) -> Iterator[str]:
    """Names whose objects the value may be, hold or be a view of; arithmetic and comparisons make new objects."""
    if isinstance(value, (ast.BinOp, ast.UnaryOp, ast.Compare, ast.JoinedStr, ast.Lambda, ast.Constant)):
        return
    if isinstance(value, ast.Name):
        yield value.id
    if isinstance(value, ast.Call) and _called(value) == "deepcopy":
        return
    if isinstance(value, ast.Call) and _DRAWS.search(_called(value)):
        # What comes back is the drawing, not what was drawn.
        for keyword in value.keywords:
            if keyword.arg in _DRAWN_UPON:
                yield from _held(keyword.value)
        return
    for part in ast.iter_child_nodes(value):
        inner = part.value if isinstance(part, ast.keyword) else part.iter if isinstance(part, ast.comprehension) else part
        if isinstance(inner, ast.expr):
            yield from _held(inner)


def _called(call: ast.Call) -> str:
    """The last word of what is called: 'seed' in `np.random.seed(0)`."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""


def _drawings(nodes: list[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _DRAWS.search(_called(node.value)):
            yield from (name for target in node.targets for name in _bound(target))


def _same(nodes: list[ast.AST]) -> Iterator[tuple[str, str]]:
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.value, (ast.Name, ast.Attribute, ast.Subscript)):
            yield from ((name, origin) for target in node.targets for name in _bound(target) for origin in _root(node.value))


def _made(nodes: list[ast.AST]) -> Iterator[tuple[str, str]]:
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            yield from ((name, origin) for target in node.targets for name in _bound(target) for origin in _root(node.value.func))


def _settings(nodes: list[ast.AST]) -> Iterator[str]:
    """Roots of `np.random.seed(0)`, `pd.set_option(…)`, `Path('out').mkdir()`, `os.environ['A'] = …`."""
    for node in nodes:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            if setting(node):
                yield from _root(node.value.func)
        elif isinstance(node, (ast.Assign, ast.AugAssign, ast.Delete)):
            targets = [node.target] if isinstance(node, ast.AugAssign) else node.targets
            for target in targets:
                if isinstance(target, (ast.Attribute, ast.Subscript)):
                    yield from _root(target)


def setting(node: ast.AST) -> bool:
    """Whether the statement calls something for the change it makes: `np.random.seed(0)`, `warnings.filterwarnings("error")`."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and bool(_SETTING.search(_called(node.value)))


def _root(node: ast.expr) -> Iterator[str]:
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    if isinstance(node, ast.Name):
        yield node.id
