"""What the text of a cell says about calls, and about who may hold whom.

`told` reads one cell: which calls are made when it runs, which functions it defines and what these do, what it may let hold what.
`habits` joins the cells of a run. What is told holds no syntax trees, so that it can be kept (`known`); who needs one asks for it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from labjournal.questions.reading import setting, syntax, walked
from labjournal.questions.recipe import chances

__all__ = ["SEEDS", "Call", "Function", "Text", "last_word", "root_of", "told"]

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_HARMLESS_DECORATORS = frozenset(
    "property staticmethod classmethod lru_cache cache cached_property njit jit vectorize wraps contextmanager dataclass abstractmethod overload "
    "total_ordering singledispatch setter no_grad inference_mode unique".split()
)
_USED_UP = frozenset(
    "iter open cycle count islice chain enumerate zip map filter reader DictReader Queue LifoQueue PriorityQueue SimpleQueue imap imap_unordered "
    "as_completed finditer iterdir glob rglob scandir walk iterrows itertuples accumulate takewhile dropwhile repeat product permutations combinations groupby".split()
)
_HOLDS = frozenset(
    "append appendleft add insert extend update setdefault put push register connect subscribe setitem attach bind link".split()
)
_FOLDER = frozenset(
    "listdir scandir glob iglob iterdir rglob walk exists isfile isdir is_file is_dir stat getsize getmtime ImageFolder".split()
)
SEEDS = frozenset(("seed", "manual_seed", "set_seed", "set_random_seed", "seed_everything", "manual_seed_all"))
_STORES = frozenset(
    "setattr delattr setitem delitem at copyto put putmask fill_diagonal place insort insort_left insort_right".split()
)
"""Functions that change what they are handed first."""
_TYPES = frozenset("list dict set bytearray object deque type".split())
_STATE_WORDS = frozenset("random_state rng generator seed random".split())


class Call(NamedTuple):
    """A call, as far as its name says what it does."""

    first: str
    """The name that it begins with, '' where that is none: `np` of `np.random.seed(0)`, but nothing of `a[0].b()`."""
    attributes: tuple[str, ...]
    plain: bool
    """A name is called: `f(x)`."""
    method: bool
    root: str
    """The name whose object it begins at: `a` of `a[0].b()`, too."""
    told: bool
    """It is told where its chance comes from."""

    @property
    def word(self) -> str:
        """The last word of what is called."""
        return self.attributes[-1] if self.method else self.first if self.plain else ""


class Function(NamedTuple):
    """A function, a lambda with a name, or a method (under its own name and that of its class)."""

    source: str
    """The cell that defines it."""
    place: int
    """Which function of the cell it is."""
    names: tuple[str, ...]
    calls: tuple[Call, ...]
    keeps: bool
    """It keeps something between calls: a default that can be changed, a decorator that is not known."""
    generates: bool
    closes: bool
    """It defines functions, so what it gives back may keep something."""
    settings: bool
    decorators: tuple[str, ...]
    parameters: frozenset[str]
    gives: frozenset[str]
    """Names of the notebook whose object, or a part of it, it may give back."""

    @property
    def body(self) -> ast.Module:
        """What is executed when it is called; nobody changes it."""
        return _bodies(self.source)[self.place]


class Text(NamedTuple):
    """What the text of one cell says about calls."""

    source: str = ""
    calls: tuple[Call, ...] = ()
    """Those that are made when the cell runs, in their order."""
    functions: tuple[Function, ...] = ()
    used_up: frozenset[str] = frozenset()
    """Names that are bound to what is used up by being used."""
    handed: frozenset[str] = frozenset()
    """Names that are handed over as a source of chance."""
    stored: tuple[frozenset[str], ...] = ()
    """Sets of names of which one may hold the others since this cell."""
    surely: frozenset[str] = frozenset()
    """Names whose object is certainly changed: a store into it, `+=`."""
    acts: bool = True
    """Whether anything but definitions, imports and plain values is executed."""
    imports: tuple[tuple[str, str], ...] = ()
    alone: tuple[Call, ...] = ()
    """Calls that are statements at the top level of the cell."""
    settings: tuple[tuple[str, Call | None], ...] = ()
    """Roots of what is called or assigned for the change it makes, with the call."""
    made: tuple[tuple[str, str], ...] = ()
    """(name, the last word of what was called for it)."""
    parts: tuple[tuple[str, str], ...] = ()
    """(name, name whose object it is or is a part of), within the cell: `for row in rows`."""
    taken: frozenset[str] = frozenset()
    """Names of methods that were taken off their objects: `put = items.append`."""
    classes: frozenset[str] = frozenset()
    star: bool = False
    folders: bool = False
    """It looks which files there are."""
    words: frozenset[str] = frozenset()
    """Every name that stands in it."""
    changed: frozenset[str] = frozenset()
    """Names whose object is changed by a call that does not look so: `list.append(a, 1)`, `np.add(a, b, out=c)`, `map(a.append, b)`."""
    looked_up: frozenset[str] = frozenset()
    """Names of which a part is asked for by key."""
    taught: frozenset[str] = frozenset()
    """Names whose method decorates something: `@told.register`."""

    @property
    def tree(self) -> ast.Module | None:
        """The cell as a syntax tree that nobody changes; None where it is not Python."""
        return syntax(self.source)

    @property
    def called(self) -> list[ast.Call]:
        """`calls`, as they stand in the tree."""
        return [node for node in _executed(self.tree or ast.Module([], [])) if isinstance(node, ast.Call)]


@lru_cache(maxsize=4096)
def told(source: str) -> Text:
    """What the source says; nothing but that it acts, where it is not Python."""
    tree = syntax(source)
    try:
        return Text(source) if tree is None else _told(source, tree)
    except RecursionError:
        return Text(source)


@lru_cache(maxsize=512)
def _bodies(source: str) -> list[ast.Module]:
    tree = syntax(source)
    return [] if tree is None else [ast.Module(body, []) for _, _, body, _ in _functions(tree)]


def _told(source: str, tree: ast.Module) -> Text:
    now, nodes = list(_executed(tree)), walked(tree)
    calls = [node for node in now if isinstance(node, ast.Call)]
    return Text(
        source,
        calls=tuple(map(_call, calls)),
        functions=tuple(_function(source, place, *found) for place, found in enumerate(_functions(tree))),
        used_up=frozenset(_used_up(now)),
        handed=frozenset(
            word.value.id
            for call in calls
            for word in call.keywords
            if word.arg in _STATE_WORDS and isinstance(word.value, ast.Name)
        ),
        stored=tuple(_stored(now)),
        surely=frozenset(_surely(now)),
        acts=any(map(_acts, now)),
        imports=tuple(chances.imported_names(nodes)),
        alone=tuple(_call(one.value) for one in tree.body if isinstance(one, ast.Expr) and isinstance(one.value, ast.Call)),
        settings=tuple((root, _call(call) if call else None) for root, call in _settings(now)),
        made=tuple(_made(nodes)),
        parts=tuple(_parts(now)),
        taken=frozenset(
            target.id
            for node in now
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Attribute)
            for target in node.targets
            if isinstance(target, ast.Name)
        ),
        classes=frozenset(node.name for node in nodes if isinstance(node, ast.ClassDef)),
        star=any(isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names) for node in now),
        folders=any(last_word(call.func) in _FOLDER for call in nodes if isinstance(call, ast.Call)),
        words=frozenset(node.id for node in nodes if isinstance(node, ast.Name)),
        changed=frozenset(_changed(calls)) - {""},
        looked_up=frozenset(root_of(node) for node in nodes if isinstance(node, ast.Subscript)) - {""},
        taught=frozenset(root_of(one) for node in now for one in _decorators(node) if not isinstance(one, ast.Name)) - {""},
    )


def _call(node: ast.Call) -> Call:
    attributes: list[str] = []
    function = node.func
    while isinstance(function, ast.Attribute):
        attributes.insert(0, function.attr)
        function = function.value
    return Call(
        function.id if isinstance(function, ast.Name) else "",
        tuple(attributes),
        isinstance(node.func, ast.Name),
        isinstance(node.func, ast.Attribute),
        root_of(node.func),
        chances.is_told(node),
    )


def _executed(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that are executed with the cell: decorators and defaults of functions, but not their bodies."""
    for child in _children(node):
        if isinstance(child, _DEFINITIONS):
            yield child
            for part in (*child.decorator_list, *child.args.defaults, *(each for each in child.args.kw_defaults if each)):
                yield part
                yield from _executed(part)
        elif isinstance(child, ast.Lambda):
            yield child
        else:
            yield child
            yield from _executed(child)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    for field in node._fields:
        value = getattr(node, field, None) if field != "ctx" else None
        if isinstance(value, ast.AST):
            yield value
        elif type(value) is list:
            yield from (each for each in value if isinstance(each, ast.AST))


def _made(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, str]]:
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            word = last_word(node.value.func)
            yield from ((name.id, word) for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name))


def _settings(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, ast.Call | None]]:
    for node in nodes:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and setting(node):
            yield root_of(node.value), node.value
        elif (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Call)
            and last_word(node.value.func) in _STORES
            and node.value.args
        ):
            yield root_of(node.value.args[0]), None
        elif one := next((one for one in _decorators(node) if isinstance(one, ast.Call) and setting(ast.Expr(one))), None):
            yield root_of(one), one
        elif isinstance(node, (ast.Assign, ast.AugAssign, ast.Delete)):
            for target in [node.target] if isinstance(node, ast.AugAssign) else node.targets:
                if isinstance(target, (ast.Attribute, ast.Subscript)):
                    yield root_of(target), None


def _decorators(node: ast.AST) -> list[ast.expr]:
    return node.decorator_list if isinstance(node, (*_DEFINITIONS, ast.ClassDef)) else []


def _changed(calls: Iterable[ast.Call]) -> Iterator[str]:
    for call in calls:
        given = [*call.args, *(word.value for word in call.keywords)]
        yield from (root_of(word.value) for word in call.keywords if word.arg == "out")
        # `map(found.append, …)`: what is handed over is called by somebody else.
        yield from (root_of(each) for each in given if isinstance(each, ast.Attribute) and each.attr in _CHANGES)
        word = last_word(call.func)
        of_a_class = (
            isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name) and call.func.value.id in _TYPES
        )
        if call.args and (word in _STORES or (of_a_class and (word in _CHANGES or word.startswith("__")))):
            yield root_of(call.args[0])


def _acts(node: ast.AST) -> bool:
    if isinstance(node, (*_DEFINITIONS, ast.ClassDef)):
        return bool(node.decorator_list) or (isinstance(node, ast.ClassDef) and bool(node.keywords))
    return isinstance(
        node,
        (ast.Call, ast.Await, ast.BinOp, ast.Compare, ast.Subscript, ast.Attribute, ast.For, ast.AsyncFor, ast.With, ast.AsyncWith, ast.comprehension,
         ast.FormattedValue, ast.AugAssign, ast.Delete, ast.Starred),
    )  # fmt: skip


_Found = tuple[tuple[str, ...], "ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda", "list[ast.stmt]", "list[ast.expr]"]


def _functions(tree: ast.AST, of: tuple[str, ...] = ()) -> Iterator[_Found]:
    """(names, definition, body, decorators) of every function, in the order of the cell."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, _DEFINITIONS):
            yield (node.name, *of), node, node.body, node.decorator_list
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node, (node.name, *of))
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
            named = tuple(target.id for target in node.targets if isinstance(target, ast.Name))
            yield (*named, *of), node.value, [ast.Expr(node.value.body)], []
        elif not isinstance(node, ast.expr):
            yield from _functions(node, of)


def _function(
    source: str,
    place: int,
    names: tuple[str, ...],
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda,
    body: list[ast.stmt],
    decorators: list[ast.expr],
) -> Function:
    inside = [inner for statement in body for inner in walked(statement)]
    defaults = [*node.args.defaults, *(each for each in node.args.kw_defaults if each)]
    own = {each.arg for each in walked(node.args) if isinstance(each, ast.arg)} | {
        inner.id for inner in inside if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)
    }
    said = tuple(last_word(one.func if isinstance(one, ast.Call) else one) for one in decorators)
    return Function(
        source,
        place,
        names,
        calls=tuple(_call(inner) for inner in inside if isinstance(inner, ast.Call)),
        keeps=any(isinstance(each, (ast.List, ast.Dict, ast.Set, ast.Call)) for each in defaults)
        or any(one not in _HARMLESS_DECORATORS for one in said)
        or any(isinstance(inner, ast.Nonlocal) for inner in inside),
        generates=any(isinstance(inner, (ast.Yield, ast.YieldFrom)) for inner in inside),
        closes=any(isinstance(inner, (*_DEFINITIONS, ast.Lambda)) for inner in inside),
        settings=any(root not in own for root, call in _settings(inside) if not (call and last_word(call.func) in SEEDS)),
        decorators=said,
        parameters=frozenset(each.arg for each in walked(node.args) if isinstance(each, ast.arg)),
        gives=frozenset(name for part in _given_back(node, inside) for name in _whole(part)) - own,
    )


def _given_back(node: ast.AST, inside: Iterable[ast.AST]) -> Iterator[ast.expr]:
    if isinstance(node, ast.Lambda):
        yield node.body
    for one in inside:
        if isinstance(one, (ast.Return, ast.Yield)) and one.value is not None:
            yield one.value


def _used_up(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.withitem)):
            value = node.context_expr if isinstance(node, ast.withitem) else node.value
            if isinstance(value, ast.GeneratorExp) or (isinstance(value, ast.Call) and last_word(value.func) in _USED_UP):
                targets = (
                    node.targets
                    if isinstance(node, ast.Assign)
                    else [node.optional_vars]
                    if isinstance(node, ast.withitem)
                    else [node.target]
                )
                yield from (name.id for target in targets if target for name in ast.walk(target) if isinstance(name, ast.Name))


def _stored(nodes: Iterable[ast.AST]) -> Iterator[frozenset[str]]:
    """`d[k] = x`, `o.a = x`, `l.append(x)`, `link(a, b)`: who may hold whom."""
    for node in nodes:
        group: set[str] = set()
        if isinstance(node, ast.Assign):
            roots = [root_of(target) for target in node.targets if isinstance(target, (ast.Attribute, ast.Subscript))]
            group = ({root for root in roots if root} | set(_whole(node.value))) if any(roots) else set(_kept_by_arithmetic(node))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            call = node.value
            given = {name for part in (*call.args, *(word.value for word in call.keywords)) for name in _whole(part)}
            if isinstance(call.func, ast.Attribute) and call.func.attr in _HOLDS:
                root = root_of(call.func)
                group = given | ({root} if root else set())
            elif isinstance(call.func, ast.Name) and call.func.id not in ("print", "display"):
                group = given
        if len(group) > 1:
            yield frozenset(group)


def _parts(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, str]]:
    for node in nodes:
        if isinstance(node, (ast.For, ast.AsyncFor)):
            targets, value = [node.target], node.iter
        elif isinstance(node, ast.Assign) and isinstance(
            node.value, (ast.Name, ast.Attribute, ast.Subscript, ast.Tuple, ast.List)
        ):
            targets, value = node.targets, node.value
        else:
            continue
        names = {
            name.id
            for target in targets
            for name in ast.walk(target)
            if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
        }
        method = value.func.value if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) else value
        origins = {*_whole(value), *_whole(method)}
        yield from ((name, origin) for name in names for origin in origins)


def _kept_by_arithmetic(node: ast.Assign) -> Iterator[str]:
    """`x = [a] + [b]` holds both, though a sum is a new object."""
    held = [
        name
        for part in ast.walk(node.value)
        if isinstance(part, ast.BinOp)
        for side in (part.left, part.right)
        if isinstance(side, (ast.List, ast.Tuple, ast.Dict, ast.Set))
        for name in _whole(side)
    ]
    if held:
        yield from held
        yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _whole(value: ast.expr) -> Iterator[str]:
    """Names whose object the value is, holds, or is a part of; not what only its numbers came from."""
    if isinstance(value, ast.Name):
        yield value.id
    elif isinstance(value, (ast.Attribute, ast.Subscript, ast.Starred)):
        yield from _whole(value.value)
    elif isinstance(value, (ast.List, ast.Tuple, ast.Set)):
        yield from (name for part in value.elts for name in _whole(part))
    elif isinstance(value, ast.Dict):
        yield from (name for part in value.values for name in _whole(part))
    elif isinstance(value, ast.Call):
        yield from (name for part in (*value.args, *(word.value for word in value.keywords)) for name in _whole(part))


def _surely(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        targets = (
            node.targets
            if isinstance(node, (ast.Assign, ast.Delete))
            else [node.target]
            if isinstance(node, ast.AugAssign)
            else []
        )
        for target in targets:
            if isinstance(target, (ast.Attribute, ast.Subscript)) or isinstance(node, ast.AugAssign):
                yield from filter(None, [root_of(target)])
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
            in_place = any(word.arg == "inplace" for word in node.value.keywords)
            if in_place or node.value.func.attr in _CHANGES:
                yield from filter(None, [root_of(node.value.func)])


_CHANGES = _HOLDS | frozenset(
    "remove pop popitem clear sort reverse fill fit train eval write writelines discard partial_fit shuffle".split()
)


def root_of(node: ast.expr) -> str:
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def last_word(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
