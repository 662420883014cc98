"""Secrets in the source of a cell: literals that Python binds to, passes for, or compares with something that means a secret.

The syntax tree is only asked for when a suspicious name stands in the cell at all; then the literal alone is replaced, so code that
was valid stays valid. Strings, comments and IPython's magics are searched as text. A cell that does not parse, or is too long to be
parsed while its user waits, is searched as text in which only quoted values count.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_left, bisect_right
from typing import Callable, Iterable, Iterator

from labjournal.recorders.python_source import Parsed, different_words, offsets, parse
from labjournal.recorders.secret_calls import (
    CALL_HINTS,
    CALLS,
    LOGIN_WITH_USER,
    PAIRS,
    PASSWORD,
    QUALIFIED,
    TOKEN,
)
from labjournal.recorders.secret_kinds import Span
from labjournal.recorders.secret_literals import Bound, called, named, text_of
from labjournal.recorders.secret_names import HINTS, Kind, is_secret, looks_random, meaning
from labjournal.recorders.secrets_in_text import COMMANDS, names_with_values, positions, secret_words

__all__ = ["in_code"]

_LONGEST_PARSED = 20_000
_MAGIC = re.compile(r"^[ \t]*[%!]|=[ \t]*[%!]", re.MULTILINE)
_LONG_RUN = re.compile(r"[A-Za-z0-9]{10,}")
_TWO_DIGITS = re.compile(r"[0-9][A-Za-z]*[0-9]")
_CORES = tuple({max(re.findall(r"[a-z0-9]+", word.lower()), key=len) for word in (*HINTS, *CALL_HINTS, *COMMANDS)})
"""The longest word in each of what tells: where none stands in a source, nothing does."""
_HARMLESS: set[str] = set()
"""Words in which none of them stands, as far as they were seen."""
_MOST_KNOWN = 5_000
_A_KEY = Kind("key", "weak")
_ESCAPED = re.compile(r"\\[xuUN0-7]")
_SIDE_BY_SIDE = re.compile(r"[\"'][ \t]*(?:\\?\n[ \t]*)?[brufBRUF]{0,2}[\"']")
_OF_AN_ACCOUNT = ("user", "account", "email")
_LEAVES = frozenset((ast.Load, ast.Store, ast.Del, ast.Name, ast.Add, ast.Eq))
_TELLING = (
    ast.Assign, ast.AnnAssign, ast.AugAssign, ast.NamedExpr, ast.Call, ast.Dict, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.Compare,
    ast.Tuple, ast.List,
)  # fmt: skip


def in_code(source: str, tick: Callable[[], None]) -> Iterator[Span]:
    """Every secret in the cell that its context gives away (those known by their looks are not told again)."""
    telling: list[int] = []
    if _may_tell(source):
        words = list(secret_words(source, tick))
        telling = [*_occurrences(source, COMMANDS, tick), *positions(source, CALL_HINTS, tick)]
        if telling or any(kind != _A_KEY for _, _, kind in words) or (words and _may_hold_random(source)):
            telling.extend(start for start, _, _ in words)
    if not telling and "%" not in source and "!" not in source:
        return
    if len(source) > _LONGEST_PARSED:
        yield from _tolerant(source, tick)
        return
    parsed = parse(source) if telling or _MAGIC.search(source) else None
    if parsed is None:
        return
    if parsed.cell_magic:
        yield from names_with_values(source, tick)
    elif parsed.tree is None:
        yield from _tolerant(source, tick)
    else:
        yield from _in_tree(source, parsed, sorted(telling), tick)


def _may_tell(source: str) -> bool:
    """Whether any word of the source holds letters of what can tell of a secret; most cells are told apart by words that were seen before."""
    unknown = different_words(source) - _HARMLESS
    for word in unknown:
        lowered = word.lower()
        if any(core in lowered for core in _CORES):
            return True
    if len(unknown) <= _MOST_KNOWN:
        if len(_HARMLESS) + len(unknown) > _MOST_KNOWN:
            _HARMLESS.clear()
        _HARMLESS.update(unknown)
    return False


def _may_hold_random(source: str) -> bool:
    """Whether any literal may look as if a generator had drawn it; where none does, a mere `key` gives nothing away.

    For `sort(key=…)` and `{"key": …}`, of which code is full: to make and walk a tree takes milliseconds. Literals that stand side by side,
    and letters that are escaped, look otherwise in the source than in the tree.
    """
    lowered = source.lower()
    if (
        any(word in lowered for word in _OF_AN_ACCOUNT)
        or _SIDE_BY_SIDE.search(source)
        or ("\\" in source and _ESCAPED.search(source))
    ):
        return True
    return any(len(run) >= 20 or _TWO_DIGITS.search(run) for run in _LONG_RUN.findall(source))


def _occurrences(source: str, words: Iterable[str], tick: Callable[[], None]) -> Iterator[int]:
    for word in [word for word in words if word in source]:
        position = source.find(word)
        while position >= 0:
            tick()
            yield position
            position = source.find(word, position + len(word))


def _tolerant(source: str, tick: Callable[[], None]) -> Iterator[Span]:
    """Code that has no tree: quoted values beside a name count anywhere, bare ones in lines that are IPython's or the shell's."""
    yield from names_with_values(source, tick, shell=False, quoted_only=True)
    yield from _lines_of_shell(source, tick)
    yield from _comments(source, None, tick)


def _lines_of_shell(source: str, tick: Callable[[], None]) -> Iterator[Span]:
    start = 0
    for line in source.split("\n"):
        tick()
        if line.lstrip(" \t").startswith(("%", "!")) or re.match(r"[ \t]*[\w.]{1,80}[ \t]*=[ \t]*[%!]", line):
            yield from _shifted(names_with_values(line, tick), start)
        start += len(line) + 1


def _in_tree(source: str, parsed: Parsed, telling: list[int], tick: Callable[[], None]) -> Iterator[Span]:
    """`telling` are the offsets at which something may begin to give a secret away; what is far from them is not looked at."""
    assert parsed.tree is not None
    starts = _line_starts(source)
    for number, text in parsed.magics:
        tick()
        yield from _shifted(names_with_values(text, tick), starts[number])
    if not telling:
        return
    place = offsets(parsed.lines)
    strings: list[tuple[int, int]] = []
    names = Bound(parsed.tree, tick)
    for node in _walk(parsed.tree, sorted({bisect_right(starts, offset) for offset in telling}), tick):
        if isinstance(node, (ast.Constant, ast.JoinedStr)):
            strings.append(place.span(node))
            continue
        names.note(node)
        for kind, value, name in _pairs(node):
            for literal, through in names.literals(value, kind):
                text = text_of(literal)
                if is_secret(text, kind, name) or (through and looks_random(text)):
                    start, end = place.span(literal)
                    yield Span(start, end, kind.word, "bytes" if isinstance(getattr(literal, "value", ""), bytes) else "str")
    for kind, value, name in names.handed():
        for literal, _ in names.literals(value, kind):
            if is_secret(text_of(literal), kind, name):
                start, end = place.span(literal)
                yield Span(start, end, kind.word, "bytes" if isinstance(getattr(literal, "value", ""), bytes) else "str")
    for start, end in strings:
        at = bisect_left(telling, start)
        if at < len(telling) and telling[at] < end:
            yield from _shifted(names_with_values(source[start:end], tick, code=True), start)
    yield from _comments(source, strings, tick)


def _shifted(spans: Iterator[Span], by: int) -> Iterator[Span]:
    for span in spans:
        yield Span(span.start + by, span.end + by, span.kind, span.whole)


def _line_starts(source: str) -> list[int]:
    starts = [0]
    for line in source.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts


def _comments(source: str, strings: list[tuple[int, int]] | None, tick: Callable[[], None]) -> Iterator[Span]:
    position = source.find("#")
    while position >= 0:
        tick()
        end = source.find("\n", position)
        end = len(source) if end < 0 else end
        inside = next((stop for start, stop in strings or () if start <= position < stop), None)
        if inside is not None:
            position = source.find("#", inside)
            continue
        yield from _shifted(names_with_values(source[position:end], tick, quoted_only=strings is None, code=True), position)
        position = source.find("#", end)


def _walk(tree: ast.Module, lines: list[int], tick: Callable[[], None]) -> Iterator[ast.AST]:
    """Nodes that may tell, of statements and expressions that reach over one of the lines; strings as they are.

    Not what is inside formatted strings: positions there mean nothing before Python 3.12.
    """
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        tick()
        kind = type(node)
        if kind is ast.Constant or kind is ast.JoinedStr:
            if kind is ast.JoinedStr or isinstance(node.value, (str, bytes)):  # type: ignore[attr-defined]
                yield node
            continue
        if kind in _TELLING:
            yield node
        for value in node.__dict__.values():
            for child in value if type(value) is list else (value,):
                if isinstance(child, ast.AST) and type(child) not in _LEAVES and _reaches(child, lines):
                    stack.append(child)


def _reaches(node: ast.AST, lines: list[int]) -> bool:
    first = getattr(node, "lineno", None)
    if first is None or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return True  # without a place of its own, or with decorators above it
    at = bisect_left(lines, first)
    return at < len(lines) and lines[at] <= (getattr(node, "end_lineno", None) or first)


def _pairs(node: ast.AST) -> Iterator[tuple[Kind, ast.expr, str]]:
    """(meaning, value, name) of everything that the node puts beside a name that means a secret."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _target(target, node.value)
    elif isinstance(node, (ast.AnnAssign, ast.AugAssign, ast.NamedExpr)):
        if node.value is not None:
            yield from _target(node.target, node.value)
    elif isinstance(node, ast.Call):
        yield from _call(node)
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values):
            if key is not None and (kind := named(key)) is not None:
                yield _of_an_account(node, kind), value, text_of(key)
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        yield from _defaults(node.args)
    elif isinstance(node, ast.Compare) and len(node.comparators) == 1:
        for name, value in ((node.left, node.comparators[0]), (node.comparators[0], node.left)):
            kind = named(name) if isinstance(name, (ast.Name, ast.Attribute, ast.Subscript)) else None
            if kind is not None and kind.strength != "weak" and isinstance(value, ast.Constant):
                yield kind, value, ""
    elif isinstance(node, (ast.Tuple, ast.List)):
        yield from _neighbours(node.elts)


def _of_an_account(node: ast.Dict, kind: Kind) -> Kind:
    """A 'key' or 'token' beside a user's name is that user's, even where it looks like a digest."""
    user = any(key is not None and text_of(key).lower() in ("user", "username", "account", "email") for key in node.keys)
    return Kind(kind.word, "key") if user and len(node.keys) <= 4 and kind.word in ("key", "token") else kind


def _neighbours(items: list[ast.expr]) -> Iterator[tuple[Kind, ast.expr, str]]:
    """Secrets in the arguments of a command (`["tool", "--token", "…"]`), and in pairs of a name and a value."""
    texts = [text_of(item) if isinstance(item, ast.Constant) else "" for item in items]
    for name, text, value in zip(texts, texts[1:], items[1:]):
        if name.startswith("-"):
            kind = meaning(name)
            if kind is not None and not text.startswith("-"):
                yield kind, value, name.lstrip("-")
            elif name in ("-u", "--user") and ":" in text and "curl" in texts:
                yield PASSWORD, value, ""
        elif len(items) == 2 and (kind := meaning(name)) is not None and looks_random(text.split(" ")[-1]):
            yield kind, value, ""


def _target(target: ast.expr, value: ast.expr) -> Iterator[tuple[Kind, ast.expr, str]]:
    if isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, (ast.Tuple, ast.List)):
        for one, its in zip(target.elts, value.elts):
            yield from _target(one, its)
        return
    kind = named(target)
    if kind is not None:
        yield kind, value, text_of(target)


def _defaults(arguments: ast.arguments) -> Iterator[tuple[Kind, ast.expr, str]]:
    positional = [*getattr(arguments, "posonlyargs", ()), *arguments.args]
    with_default = list(zip(positional[len(positional) - len(arguments.defaults) :], arguments.defaults))
    for argument, default in [*with_default, *zip(arguments.kwonlyargs, arguments.kw_defaults)]:
        kind = meaning(argument.arg)
        if kind is not None and default is not None:
            yield kind, default, argument.arg


def _call(node: ast.Call) -> Iterator[tuple[Kind, ast.expr, str]]:
    for keyword in node.keywords:
        if keyword.arg is None:
            continue
        if keyword.arg in ("auth", "credentials", "basic_auth", "http_auth", "proxy_auth") and isinstance(
            keyword.value, (ast.Tuple, ast.List)
        ):
            if len(keyword.value.elts) == 2:
                yield PASSWORD, keyword.value.elts[1], ""
        elif (kind := meaning(keyword.arg)) is not None:
            yield kind, keyword.value, keyword.arg
    name, owner = called(node.func)
    if name == "login":
        yield from ((TOKEN, keyword.value, "") for keyword in node.keywords if keyword.arg in ("key", "token"))
    if not name or not node.args:
        return
    yield from _arguments(node, name, owner)
    if name.lower() in PAIRS:
        for first, second in zip(node.args, node.args[1:]):
            kind = named(first) if isinstance(first, ast.Constant) else None
            if kind is not None:
                yield kind, second, text_of(first)
    if (
        name in ("send_keys", "fill", "type")
        and isinstance(node.func, ast.Attribute)
        and (kind := named(node.func.value)) is not None
    ):
        yield kind, node.args[0], ""


def _arguments(node: ast.Call, name: str, owner: str) -> Iterator[tuple[Kind, ast.expr, str]]:
    if name == "login" and len(node.args) >= 2 and (owner in LOGIN_WITH_USER or isinstance(node.args[0], ast.Constant)):
        yield PASSWORD, node.args[1], ""
        return
    known = QUALIFIED.get((owner, name)) or CALLS.get(name)
    if known is not None:
        for index in known[0]:
            if index < len(node.args):
                yield known[1], node.args[index], ""
