"""Where a cell shows how long something took, told from its code: such numbers differ in every honest replay.

`elapsed = perf_counter() - start` makes `elapsed` a duration, and so is what is reckoned from it (`elapsed / n`, `round(elapsed, 2)`,
`max(times)`, what a function of the notebook returns of it). What `print` and a cell's last expression make of durations is a pattern
in which only these numbers are left out; all else in the line counts as ever. A line that another `print` of the cell may have
written as well is none of them: data that is not compared would be worse than a duration that is.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from string import Formatter

from labjournal.recorders.python_source import parse_once

__all__ = ["NOTHING", "Shown", "Stopwatch"]

_CLOCKS = frozenset(
    name + ending
    for name in ("time", "perf_counter", "monotonic", "process_time", "thread_time", "default_timer", "clock")
    for ending in ("", "_ns")
) | {"now", "utcnow", "today"}
_MEASURING = frozenset({"timeit", "repeat"})
_KEEPING = frozenset(
    "abs average divmod float format int list max mean median min round sorted std str sum tuple array timedelta total_seconds".split()
)
"""Calls that make of a duration something that still is one."""
_MOMENT, _DURATION, _BEGUN = "moment", "duration", "begun"
_TIMED = "\0"
"""The part of a line that is a duration."""
_NUMBER = r"(?:np\.float64\()?[-+]?(?:\d[\d,]*\.?\d*|\.\d+)(?:e[-+]?\d+)?\)?"
_VALUE = rf"(?:datetime\.timedelta\([^()\n]{{0,100}}\)|[\[(](?:{_NUMBER}(?:, ?)?){{1,500}}[\])]|(?:-?\d+ days?, )?\d+:\d\d:\d\d(?:\.\d+)?|{_NUMBER})"
_TELLING = re.compile(r"[^\W\d_]{3}")
_PERCENT = re.compile(r"%(?:\(\w+\))?[-+ #0]*[\d*]*(?:\.[\d*]+)?[a-zA-Z%]")
_MOST_UNKNOWN, _LONGEST_LINE = 4, 1000
_LONGEST_CELL = 100_000


@dataclass(frozen=True)
class _Template:
    """What a line looks like: constant text, durations, and what may be anything."""

    parts: tuple[str | None, ...]
    """Text as it is, `_TIMED`, None for anything."""
    once: bool = False
    """Not in a loop or a function: it writes at most one line."""

    @property
    def is_timed(self) -> bool:
        return _TIMED in self.parts

    @property
    def is_telling(self) -> bool:
        return any(part is not None and _TELLING.search(part) for part in self.parts)

    def pattern(self) -> re.Pattern[str]:
        made = [".*?" if part is None else rf"\s*({_VALUE})" if part == _TIMED else re.escape(part) for part in self.parts]
        return re.compile("".join(made), re.DOTALL)


@dataclass(frozen=True)
class Shown:
    """What of a cell's texts are durations."""

    printed: tuple[tuple[re.Pattern[str], bool], ...] = ()
    """Patterns of lines, and whether the words in it are telling."""
    others: tuple[re.Pattern[str], ...] = ()
    """Patterns of lines that something else printed."""
    result: re.Pattern[str] | None = None

    def without(self, text: str, *, result: bool) -> str:
        """The text with durations left out; as it is where the code shows none."""
        if result:
            match = self.result.fullmatch(text.strip()) if self.result is not None and len(text) <= _LONGEST_LINE else None
            return _left_out(match) if match else text
        if not self.printed or len(text) > 200_000:
            return text
        lines = text.split("\n")
        for pattern, telling in self.printed:
            found = [
                (at, match) for at, line in enumerate(lines) if len(line) <= _LONGEST_LINE and (match := pattern.fullmatch(line))
            ]
            found = [(at, match) for at, match in found if not any(other.fullmatch(lines[at]) for other in self.others)]
            if telling or len(found) == 1:
                for at, match in found:
                    lines[at] = _left_out(match)
        return "\n".join(lines)


NOTHING = Shown()


def _left_out(match: re.Match[str]) -> str:
    text, end = [], 0
    for group in range(1, match.re.groups + 1):
        start, stop = match.span(group)
        if start >= 0:
            text += [match.string[end:start].rstrip(" "), "‹duration›"]
            end = stop
    return "".join([*text, match.string[end:]])


@dataclass
class Stopwatch:
    """Follows clocks through the cells of a run, in the order in which they ran."""

    _kinds: dict[str, str] = field(default_factory=dict)
    _returns: dict[str, list[str]] = field(default_factory=dict)
    """Functions of the notebook that return a duration: the kind of each thing they return."""

    def shown(self, source: str) -> Shown:
        """What the cell shows of durations; to be asked for each cell once, in order."""
        tree = _tree(source)
        if tree is None:
            return Shown()
        for statement in ast.walk(tree):
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self._learn_function(statement)
        self._learn(tree)
        if not self._kinds and not self._returns and not _names_a_clock(tree):
            return Shown()
        templates = [template for call, once in _prints(tree) for template in self._printed(call, once)]
        plain = [template for template in templates if not template.is_timed]
        timed = [template for template in templates if template.is_timed]
        usable = [template for template in timed if template.is_telling or template.once]
        last = tree.body[-1] if tree.body else None
        result = None
        if isinstance(last, ast.Expr) and not _is_print(last.value):
            parts = self._result(last.value)
            result = _Template(tuple(parts)).pattern() if _TIMED in parts else None
        return Shown(
            tuple((template.pattern(), template.is_telling) for template in usable),
            tuple(template.pattern() for template in plain),
            result,
        )

    def _learn(self, tree: ast.AST) -> None:
        """Which names are moments and durations; twice, because a loop may use above what it binds below."""
        for _ in range(2):
            bound: dict[str, set[str]] = {}
            for node in ast.walk(tree):
                for name, kind in self._bindings(node):
                    bound.setdefault(name, set()).add(kind)
            for name, kinds in bound.items():
                kinds.discard(_BEGUN)  # what is collected there decides
                if len(kinds) == 1 and kinds != {""}:
                    self._kinds[name] = next(iter(kinds))
                else:  # data, or now this and now that
                    self._kinds.pop(name, None)

    def _bindings(self, node: ast.AST) -> Iterator[tuple[str, str]]:
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                yield from self._bound(target, node.value)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and self._kind(node.value) == _DURATION:
            yield node.target.id, _DURATION
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "append" and node.args:
            if isinstance(node.func.value, ast.Name) and self._kind(node.args[0]) == _DURATION:
                yield node.func.value.id, _DURATION
        elif isinstance(node, ast.For) and isinstance(node.target, ast.Name):
            yield node.target.id, self._kind(node.iter)

    def _bound(self, target: ast.expr, value: ast.expr) -> Iterator[tuple[str, str]]:
        if isinstance(target, ast.Name):
            is_empty = (isinstance(value, ast.List) and not value.elts) or (isinstance(value, ast.Constant) and value.value == 0)
            yield target.id, _BEGUN if is_empty else self._kind(value)
        elif isinstance(target, (ast.Tuple, ast.List)):
            kinds = self._parts(value)
            for at, each in enumerate(target.elts):
                if isinstance(each, ast.Name):
                    yield each.id, kinds[at] if len(kinds) == len(target.elts) else ""

    def _parts(self, value: ast.expr) -> list[str]:
        if isinstance(value, (ast.Tuple, ast.List)):
            return [self._kind(each) for each in value.elts]
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
            return self._returns.get(value.func.id, [])
        return []

    def _learn_function(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        inner = Stopwatch(dict(self._kinds), self._returns)
        inner._learn(function)
        found = [node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value is not None]
        kinds = [inner._parts(value) if isinstance(value, ast.Tuple) else [inner._kind(value)] for value in found]
        if kinds and all(kind == kinds[0] for kind in kinds) and any(kinds[0]):
            self._returns[function.name] = kinds[0]
        else:
            self._returns.pop(function.name, None)

    def _kind(self, value: ast.expr) -> str:
        """'moment', 'duration', or '' for everything else."""
        if isinstance(value, ast.Name):
            return self._kinds.get(value.id, "")
        if isinstance(value, ast.BinOp):
            sides = self._kind(value.left), self._kind(value.right)
            if _MOMENT in sides:
                return _DURATION if isinstance(value.op, ast.Sub) else ""
            is_text = isinstance(value.left, ast.JoinedStr) or isinstance(getattr(value.left, "value", None), str)
            return _DURATION if _DURATION in sides and not is_text else ""
        if isinstance(value, (ast.UnaryOp, ast.Subscript, ast.Attribute, ast.Starred)):
            inner = value.operand if isinstance(value, ast.UnaryOp) else value.value
            return _DURATION if self._kind(inner) == _DURATION else ""
        if isinstance(value, (ast.ListComp, ast.GeneratorExp)):
            return _DURATION if self._kind(value.elt) == _DURATION else ""
        if isinstance(value, (ast.List, ast.Tuple)):
            return _DURATION if value.elts and all(self._kind(each) == _DURATION for each in value.elts) else ""
        return self._called(value) if isinstance(value, ast.Call) else ""

    def _called(self, call: ast.Call) -> str:
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name in _CLOCKS and not call.args:
            return _MOMENT
        if name in _MEASURING and isinstance(call.func, ast.Attribute):
            return _DURATION if getattr(call.func.value, "id", "") == "timeit" else ""
        if isinstance(call.func, ast.Name) and self._returns.get(name) == [_DURATION]:
            return _DURATION
        given = [*call.args[:1], *([call.func.value] if isinstance(call.func, ast.Attribute) else [])]
        return _DURATION if name in _KEEPING and any(self._kind(each) == _DURATION for each in given) else ""

    def _printed(self, call: ast.Call, once: bool) -> Iterator[_Template]:
        """One template for each line that the call writes."""
        options = {word.arg: word.value for word in call.keywords}
        separator = options.get("sep")
        between = separator.value if isinstance(separator, ast.Constant) and isinstance(separator.value, str) else " "
        parts: list[str | None] = []
        for position, argument in enumerate(call.args):
            parts += [between] if position else []
            parts += self._text(argument)
        if "end" in options or parts.count(None) > _MOST_UNKNOWN:
            parts = [None]  # what follows stands in the same line; what may be anything in many places takes long to look for
        line: list[str | None] = []
        for part in parts:
            first, *rest = part.split("\n") if part else [part]
            line.append(first)
            for each in rest:
                yield _Template(_joined(line), once)
                line = [each]
        yield _Template(_joined(line), once)

    def _text(self, value: ast.expr) -> list[str | None]:
        """What a value looks like as text."""
        if self._kind(value) == _DURATION:
            return [_TIMED]
        if isinstance(value, ast.Constant):
            return [str(value.value) or None]
        if isinstance(value, ast.JoinedStr):
            return [part for each in value.values for part in self._text(each)]
        if isinstance(value, ast.FormattedValue):
            return [_TIMED] if self._kind(value.value) == _DURATION else [None]
        if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mod) and isinstance(value.left, ast.Constant):
            return self._percent(value.left.value, value.right)
        if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
            return [*self._text(value.left), *self._text(value.right)]
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "format":
            return self._formatted(value)
        return [None]

    def _percent(self, text: object, right: ast.expr) -> list[str | None]:
        if not isinstance(text, str):
            return [None]
        values = list(right.elts) if isinstance(right, ast.Tuple) else [right]
        parts: list[str | None] = []
        end = 0
        for match in _PERCENT.finditer(text):
            parts += [text[end : match.start()]] if match.start() > end else []
            end = match.end()
            if match[0].endswith("%"):
                parts.append("%")
            elif values and "*" not in match[0] and "(" not in match[0]:
                parts.append(_TIMED if self._kind(values.pop(0)) == _DURATION else None)
            else:
                return [None]
        return [*parts, *([text[end:]] if text[end:] else [])]

    def _formatted(self, call: ast.Call) -> list[str | None]:
        assert isinstance(call.func, ast.Attribute)
        text = call.func.value
        if not (isinstance(text, ast.Constant) and isinstance(text.value, str)):
            return [None]
        named: dict[str, ast.expr] = {str(at): value for at, value in enumerate(call.args)}
        named.update({word.arg: word.value for word in call.keywords if word.arg})
        parts: list[str | None] = []
        try:
            for position, (literal, name, _, _) in enumerate(Formatter().parse(text.value)):
                parts += [literal] if literal else []
                if name is not None:
                    value = named.get(name or str(position))
                    parts.append(_TIMED if value is not None and self._kind(value) == _DURATION else None)
        except ValueError:
            return [None]
        return parts

    def _result(self, value: ast.expr) -> list[str | None]:
        """What a cell's last expression looks like."""
        if self._kind(value) == _DURATION:
            return [_TIMED]
        if isinstance(value, ast.Tuple) and value.elts:
            parts: list[str | None] = ["("]
            for position, each in enumerate(value.elts):
                parts += [*([", "] if position else []), _TIMED if self._kind(each) == _DURATION else None]
            return [*parts, ")"]
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and len(self._returns.get(value.func.id, [])) > 1:
            kinds = self._returns[value.func.id]
            inside: list[str | None] = []
            for position, kind in enumerate(kinds):
                inside += [*([", "] if position else []), _TIMED if kind == _DURATION else None]
            return ["(", *inside, ")"]
        if isinstance(value, ast.JoinedStr) or (isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mod)):
            return ["'", *self._text(value), "'"]
        return [None]


def _joined(parts: Iterable[str | None]) -> tuple[str | None, ...]:
    """Without two of the same kind beside each other that could share what they match in many ways."""
    answer: list[str | None] = []
    for part in parts:
        if part is None and answer and answer[-1] is None:
            continue
        answer.append(part)
    return tuple(answer)


def _tree(source: str) -> ast.Module | None:
    """The cell as it is, else without its magics (and escapes: then a text in it may not be found)."""
    if len(source) > _LONGEST_CELL:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return parse_once(source).tree


def _names_a_clock(tree: ast.AST) -> bool:
    return any(
        (isinstance(node, ast.Name) and node.id in _CLOCKS | _MEASURING)
        or (isinstance(node, ast.Attribute) and node.attr in _CLOCKS | _MEASURING)
        for node in ast.walk(tree)
    )


def _is_print(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "print"


def _prints(tree: ast.Module) -> Iterator[tuple[ast.Call, bool]]:
    """Every call of print, and whether it is made at most once."""
    repeated: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.For, ast.AsyncFor, ast.While, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ListComp)):
            repeated.update(id(inner) for inner in ast.walk(node))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _is_print(node):
            yield node, id(node) not in repeated
