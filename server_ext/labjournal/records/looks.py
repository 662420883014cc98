"""Looks at data that stand at the end of a cell which is needed for something else: `df = load()`, and then `df.head()`.

They show something when a person works, and nothing that the result needs. What is taken away is only what is written as a look: a name, or
methods and attributes that tell something of it and take plain values; and only where running without them has proven to give the same.
"""

from __future__ import annotations

import ast

from labjournal.records.effects import parsed

__all__ = ["without_look"]

_METHODS = frozenset(
    "head tail info describe value_counts nunique unique isna isnull notna notnull any all sum count mean min max round keys items values "
    "memory_usage corr".split()
)
_ATTRIBUTES = frozenset("shape dtypes dtype columns index size ndim T loc iloc".split())
_ABOUT = frozenset("print display len type list repr".split())


def without_look(source: str) -> str:
    """The cell without the look at its end; the cell itself where it ends in none, or is nothing but one."""
    tree = None if source.lstrip().startswith("%%") else parsed(source)
    if tree is None or len(tree.body) < 2:
        return source
    last, above = tree.body[-1], tree.body[-2]
    if not (isinstance(last, ast.Expr) and _is_look(last.value)) or last.lineno <= (above.end_lineno or above.lineno):
        return source
    lines = source.split("\n")
    rest = lines[last.end_lineno or last.lineno :]
    if any(line.strip() and not line.lstrip().startswith("#") for line in rest):
        return source  # a line of IPython's
    return "\n".join(lines[: last.lineno - 1]).rstrip()


def _is_look(node: ast.expr) -> bool:
    if isinstance(node, ast.Name):
        return True
    if isinstance(node, ast.Attribute):
        return node.attr in _ATTRIBUTES and _is_look(node.value)
    if isinstance(node, ast.Subscript):
        return _is_look(node.value) and _is_plain(node.slice)
    if not isinstance(node, ast.Call) or any(word.arg is None for word in node.keywords):
        return False
    given = [*node.args, *(word.value for word in node.keywords)]
    if isinstance(node.func, ast.Name):
        return node.func.id in _ABOUT and bool(given) and all(_is_look(one) or _is_plain(one) for one in given)
    return (
        isinstance(node.func, ast.Attribute)
        and node.func.attr in _METHODS
        and _is_look(node.func.value)
        and all(map(_is_plain, given))
    )


def _is_plain(node: ast.expr) -> bool:
    """Whether it is a value as it stands: a number, a text, a list or a slice of such."""
    return all(
        isinstance(one, (ast.Constant, ast.List, ast.Tuple, ast.Slice, ast.UnaryOp, ast.USub, ast.Load)) for one in ast.walk(node)
    )
