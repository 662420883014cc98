"""How far a cell came that failed: the statements that ended before the error, and the one in which it happened.

Told from the traceback that was shown, whose first arrow points into the cell. What stands behind that statement was never executed;
the statement itself may have done a part of what it does, unless it is of a kind that does everything or nothing.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterable
from dataclasses import dataclass

from labjournal.journal.rows import Execution, Output
from labjournal.questions.reading import syntax

__all__ = ["Halfway", "halfway"]

_COLOURS = re.compile(r"\x1b\[[\d;]*m")
_ARROW = re.compile(r"^-+> *(\d+)\b", re.MULTILINE)
_SIMPLE = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Delete, ast.ImportFrom, ast.Assert, ast.Raise)
_BUILTINS = frozenset(dir(builtins)) | {"display"}
_NEVER_BEGAN = frozenset(("SyntaxError", "IndentationError", "TabError", "UsageError"))


@dataclass(frozen=True)
class Halfway:
    """What of a cell was executed before it failed."""

    done: str = ""
    """The lines of the statements that ended."""
    broken: str = ""
    """The lines of the one that failed, where it may have done a part of its work; the whole cell, where it is not known which one it was."""

    @property
    def ran(self) -> str:
        """All that may have been executed."""
        return "\n".join(part for part in (self.done, self.broken) if part)


def halfway(execution: Execution, outputs: Iterable[Output]) -> Halfway:
    """How far an execution that did not end well came."""
    source = execution.source
    told = next((output for output in outputs if output.type == "error"), None)
    arrow = _ARROW.search(_COLOURS.sub("", told.text)) if told is not None else None
    tree = None if source.lstrip().startswith("%%") else syntax(source)
    if arrow is None and (told.error_name if told is not None else execution.error_name) in _NEVER_BEGAN:
        return Halfway()
    if tree is None:
        return Halfway(broken=source)
    if arrow is None:
        return Halfway(broken="" if len(tree.body) == 1 and _does_all_or_nothing(tree.body[0], 0) else source)
    lines, line = source.split("\n"), int(arrow[1])
    for place, statement in enumerate(tree.body):
        first, last = _first_line(statement), statement.end_lineno or statement.lineno
        if first <= line <= last:
            if place and first <= (tree.body[place - 1].end_lineno or 0):
                return Halfway(broken=source)  # two statements on one line
            broken = "\n".join(lines[first - 1 : last])
            return Halfway("\n".join(lines[: first - 1]).rstrip(), "" if _does_all_or_nothing(statement, line) else broken)
    return Halfway(broken=source)


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(one.lineno for one in decorators)])


def _does_all_or_nothing(statement: ast.stmt, line: int) -> bool:
    """Whether the statement, having failed on this line, most likely did nothing: it calls nothing but methods and builtins by then."""
    if isinstance(statement, ast.If) and 0 < line < statement.body[0].lineno:
        return not _calls_functions(statement.test)
    return isinstance(statement, _SIMPLE) and not _calls_functions(statement)


def _calls_functions(node: ast.AST) -> bool:
    """Whether anything is called by its name that Python does not bring: perhaps a function of the notebook, which may do a part of its work."""
    return any(
        isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id not in _BUILTINS for one in ast.walk(node)
    )
