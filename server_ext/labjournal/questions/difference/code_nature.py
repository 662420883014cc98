"""What kind of change a change of code is: only a seed, only literals, or what is done; and the line that tells it."""

from __future__ import annotations

import ast
import difflib
import warnings
from functools import lru_cache

from labjournal.questions.difference.code_diff import meaning
from labjournal.questions.reading import without_magics

__all__ = ["SEED_WORDS", "first_line", "nature", "told"]

SEED_WORDS = frozenset(("random_state", "random_seed", "seed"))
_SEEDING = frozenset(("seed", "manual_seed", "manual_seed_all", "set_seed", "set_random_seed", "seed_everything", "seed_all"))
_SEEDED = frozenset(("default_rng", "RandomState", "Random", "SeedSequence", "PRNGKey", "PCG64"))
_LONGEST = 90
_AROUND = 30


def nature(a: str | None, b: str | None) -> str:
    """none | seed | shown (only what is printed) | literal | code; None stands for a cell that is not there."""
    before, after = _tree(a or ""), _tree(b or "")
    if before is None or after is None:
        return "code"
    if ast.dump(before) == ast.dump(after):
        return "none" if meaning(a or "") == meaning(b or "") else "code"  # a magic, or a line for the shell
    if _without(_Seeds(), a or "") == _without(_Seeds(), b or ""):
        return "seed"
    if _without(_Prints(), a or "") == _without(_Prints(), b or ""):
        return "shown"
    if a is not None and b is not None and _without(_Literals(), a) == _without(_Literals(), b):
        return "literal"
    return "code"


def told(a: str | None, b: str | None) -> str:
    """The first line that differs, as it was and as it is."""
    before, after = _lines(a), _lines(b)
    for tag, i, i_end, j, j_end in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            gone, new = before[i:i_end], after[j:j_end]
            if gone and new:
                start = _shared(gone[0], new[0])
                return f"`{_cut(gone[0], start)}` → `{_cut(new[0], start)}`"
            return f"without `{_cut(gone[0])}`" if gone else f"new `{_cut(new[0])}`"
    return ""


def first_line(source: str | None) -> str:
    return f"`{_cut(_lines(source)[0])}`" if _lines(source) else ""


def _lines(source: str | None) -> list[str]:
    """Without comments' lines and layout at the margins."""
    found = [line.strip() for line in (source or "").split("\n")[:2000]]
    return [line for line in found if line and not line.startswith("#")]


def _shared(a: str, b: str) -> int:
    """Where to begin so that what differs is seen."""
    pairs = zip(a, b, strict=False)
    same = next((place for place, (one, other) in enumerate(pairs) if one != other), min(len(a), len(b)))
    return 0 if max(len(a), len(b)) <= _LONGEST or same < _AROUND else same - _AROUND


def _cut(line: str, start: int = 0) -> str:
    line = f"…{line[start:]}" if start else line
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


@lru_cache(maxsize=512)
def _without(change: ast.NodeTransformer, source: str) -> str:
    tree = _tree(source)
    return ast.dump(change.visit(tree)) if tree is not None else ""


def _tree(source: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(without_magics(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


class _Seeds(ast.NodeTransformer):
    """Takes out whatever only says with which seed."""

    def __hash__(self) -> int:
        return hash(type(self))

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        if isinstance(node.value, ast.Call) and _last(node.value.func) in _SEEDING:
            return None
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        node.keywords = [keyword for keyword in node.keywords if keyword.arg not in SEED_WORDS]
        if _last(node.func) in _SEEDED:
            node.args = []
        return self.generic_visit(node)


class _Prints(ast.NodeTransformer):
    """Takes out what only shows something."""

    def __hash__(self) -> int:
        return hash(type(self))

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        shows = (
            isinstance(node.value, ast.Call)
            and isinstance(node.value.func, ast.Name)
            and node.value.func.id in ("print", "display")
        )
        return None if shows else self.generic_visit(node)


class _Literals(ast.NodeTransformer):
    """Takes out what stands as a literal."""

    def __hash__(self) -> int:
        return hash(type(self))

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.Constant(value=None)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        return ast.Constant(value=None) if isinstance(node.operand, ast.Constant) else self.generic_visit(node)


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
