"""A cell that failed, as one that runs: what it did before the error stays, because what comes later uses it.

Where the statement that failed did nothing itself, it is left out. Where it may have done a part of its work (a loop, a call), it stays
in a `try` that lets it fail again.
"""

from __future__ import annotations

import ast
import re
from dataclasses import replace

from labjournal.journal.rows import Execution
from labjournal.questions.reading import syntax
from labjournal.questions.recipe.failing import halfway
from labjournal.records.record import Step

__all__ = ["indented", "runnable"]

_STEP = "    "
_WORD = re.compile(r"[^\W\d]\w*")


def runnable(step: Step) -> Step | None:
    """The step with code that does what it did before it failed, and then ends well; None where nothing of it can be had."""
    found = halfway(step.execution, step.outputs)
    interrupted = step.execution.status != "failed"
    broken = "" if interrupted else _tried(found.broken, step.execution)
    if not found.done.strip() and not broken:
        return None
    said = "was interrupted here" if interrupted else f"failed here ({_error(step.execution)})"
    rest = [broken] if broken else []
    comment = f"# It {said} when it was recorded; what it did before is used below."
    source = "\n".join([*([found.done] if found.done.strip() else []), comment, *rest])
    tree = syntax(source)
    if tree is None or not tree.body:
        return None
    words = set(_WORD.findall(source))
    return replace(
        step,
        execution=replace(step.execution, source=source, status="ok", error_name="", error_value=""),
        outputs=tuple(one for one in step.outputs if one.type != "error"),
        bindings=tuple(one for one in step.bindings if one.name in words),
    )


def _error(execution: Execution) -> str:
    value = " ".join(execution.error_value.split())
    return f"{execution.error_name}: {value[:80]}" if value else execution.error_name or "an error"


def _tried(source: str, execution: Execution) -> str:
    """The code in a `try`; '' where that cannot be written."""
    if not source.strip() or source.lstrip().startswith("%%") or syntax(source) is None:
        return ""
    return f"try:\n{indented(source)}\nexcept Exception:\n{_STEP}pass"


def indented(source: str) -> str:
    """The source one step to the right; what stands inside texts of several lines stays where it is."""
    inside: set[int] = set()
    for node in ast.walk(syntax(source) or ast.Module([], [])):
        if isinstance(node, (ast.Constant, ast.JoinedStr)) and (node.end_lineno or 0) > node.lineno:
            inside |= set(range(node.lineno + 1, (node.end_lineno or 0) + 1))
    return "\n".join(
        line if number in inside or not line.strip() else f"{_STEP}{line}" for number, line in enumerate(source.split("\n"), 1)
    )
