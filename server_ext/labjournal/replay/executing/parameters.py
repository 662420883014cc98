"""Other values for names: `-p trees=60`. The literal that stands behind the name in the recorded code is replaced, nothing else.

So the executions stay the ones that were recorded, in their order, and the comparison goes on by number. A value is a literal:
JSON or Python's, else a text. It is never evaluated.
"""

from __future__ import annotations

import ast
import difflib
import json
import keyword
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from labjournal.errors import LabjournalError
from labjournal.records.effects import parsed
from labjournal.replay.executing.sources import Plan

__all__ = ["literal", "with_parameters"]

_MOST_NAMED = 12


@dataclass(frozen=True)
class _Literal:
    """Where a name is given a literal value at the top level of a step, in lines and UTF-8 columns of its source."""

    name: str
    first: tuple[int, int]
    last: tuple[int, int]
    text: str


def with_parameters(plan: Plan, parameters: Mapping[str, str]) -> tuple[Plan, str]:
    """The plan with other values, and a sentence on what was changed; raises LabjournalError for names that are no parameters."""
    found = [list(_literals(step.source)) for step in plan.steps]
    known = list(dict.fromkeys(literal.name for literals in found for literal in literals))
    for name in parameters:
        _check(name, known)
    code = {name: literal(text)[1] for name, text in parameters.items()}
    steps = tuple(
        replace(step, source=_with(step.source, [one for one in literals if one.name in code], code))
        for step, literals in zip(plan.steps, found, strict=True)
    )
    said = []
    for name in parameters:
        before = dict.fromkeys(one.text for literals in found for one in literals if one.name == name)
        said.append(f"{name} {', '.join(_short(text) for text in before)} → {_short(code[name])}")
    return replace(plan, steps=steps), f"Parameters were changed: {'; '.join(said)}. Differences are expected."


def _check(name: str, known: Sequence[str]) -> None:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise LabjournalError(
            f"{name!r:.60} cannot be the name of a parameter.",
            "A name is made of letters, digits and '_', and is no Python keyword.",
        )
    if name in known:
        return
    if not known:
        raise LabjournalError(
            f"There is no parameter {name!r:.60}: no name is given a plain value in this code.", "Leave -p out."
        )
    near = difflib.get_close_matches(name, known, 3)
    listed = [*near, *(other for other in known if other not in near)]
    more = f" and {len(listed) - _MOST_NAMED} more" if len(listed) > _MOST_NAMED else ""
    raise LabjournalError(f"There is no parameter {name!r:.60}.", f"There are {', '.join(listed[:_MOST_NAMED])}{more}.")


def _literals(source: str) -> Iterator[_Literal]:
    """Every literal that a name is given at the top level, in the order of the source."""
    tree = parsed(source)
    for statement in tree.body if tree else ():
        for target, value in _pairs(statement):
            if isinstance(target, ast.Name) and _is_literal(value):
                text = ast.get_source_segment(source, value) or ""
                end = (value.end_lineno or value.lineno, value.end_col_offset or 0)
                yield _Literal(target.id, (value.lineno, value.col_offset), end, text)


def _pairs(statement: ast.stmt) -> Iterable[tuple[ast.expr, ast.expr]]:
    if isinstance(statement, ast.AnnAssign):
        return [(statement.target, statement.value)] if statement.value is not None else []
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return []
    target, value = statement.targets[0], statement.value
    if (
        isinstance(target, (ast.Tuple, ast.List))
        and isinstance(value, (ast.Tuple, ast.List))
        and len(target.elts) == len(value.elts)
    ):
        return list(zip(target.elts, value.elts, strict=True))
    return [(target, value)]


def _is_literal(value: ast.expr) -> bool:
    try:
        ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def literal(text: str) -> tuple[Any, str]:
    """What a person who typed `text` means: the value, and how Python writes it."""
    value = _value(text)
    return value, _code(value)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return text


def _code(value: Any) -> str:
    """A value as Python writes it."""
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_code(key)}: {_code(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_code, value)) + "]"
    return repr(value)


def _with(source: str, literals: Sequence[_Literal], code: Mapping[str, str]) -> str:
    """The source with other literals; from the end, so that places before stay what they are."""
    lines = [line.encode() for line in source.split("\n")]
    for one in reversed(literals):
        (first, begin), (last, end) = one.first, one.last
        whole = lines[first - 1][:begin] + code[one.name].encode() + lines[last - 1][end:]
        lines[first - 1 : last] = [whole]
    return b"\n".join(lines).decode()


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 40 else text[:37] + "..."
