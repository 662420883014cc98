"""Cells that asked a person, as cells that run by themselves: what was answered stands in them as a value, a secret as a look-up.

n = int(input("rows"))   → n = 7  # input: rows
key = getpass("key")     → key = os.environ["KEY"]
breakpoint(), %debug     → nothing
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from labjournal.journal.rows import Parameter
from labjournal.records.effects import parsed
from labjournal.records.record import Step

__all__ = ["Answered", "answered"]

_ASKS = frozenset(("input", "getpass"))
_STOPS = re.compile(
    r"^([ \t]*)((?:breakpoint|pdb\.set_trace|ipdb\.set_trace|set_trace)\(\)|%(?:debug|pdb)\b.*)[ \t]*$", re.MULTILINE
)


@dataclass(frozen=True)
class Answered:
    source: str
    entered: tuple[str, ...] = ()
    """Names that hold what a person entered."""
    variables: tuple[str, ...] = ()
    """Environment variables that stand for secrets which a person entered."""
    open: bool = False
    """Something is still asked for, and what was answered is not known."""


def answered(step: Step) -> Answered:
    """The code of the step with what a person answered while it ran."""
    source = _STOPS.sub(r"\1pass", step.execution.source)
    known = {one.name: one for one in step.parameters if one.source in ("input", "widget")}
    tree = parsed(source) if known or any(word in source for word in _ASKS) else None
    if tree is None:
        return Answered(source)
    lines = [line.encode() for line in source.split("\n")]
    entered: list[str] = []
    variables: list[str] = []
    for statement in reversed(tree.body):
        name = _bound(statement)
        asked = list(_asking(statement))
        if name is None or statement.lineno != statement.end_lineno or not isinstance(statement, (ast.Assign, ast.AnnAssign)):
            continue
        value = statement.value
        if asked == ["getpass"] and isinstance(value, ast.Call):
            variables.insert(0, _variable(name))
            text = f'os.environ["{variables[0]}"]'
        elif name in known and (asked or known[name].source == "widget"):
            entered.insert(0, name)
            text = f"{known[name].value!r}{_comment(known[name], value)}"
        else:
            continue
        line = lines[statement.lineno - 1]
        rest = line[statement.end_col_offset or 0 :] if not text.partition("  #")[1] else b""
        lines[statement.lineno - 1] = line[: statement.col_offset] + f"{name} = {text}".encode() + rest
    text = b"\n".join(lines).decode()
    after = parsed(text)
    if after is None:
        return Answered(step.execution.source, open=True)
    if variables and "import os" not in text:
        text = f"# Not recorded: set the environment variable {', '.join(variables)} before this runs.\nimport os\n{text}"
    return Answered(text, tuple(entered), tuple(variables), any(True for _ in _asking(after)))


def _bound(statement: ast.stmt) -> str | None:
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1 and isinstance(statement.targets[0], ast.Name):
        return statement.targets[0].id
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return statement.target.id
    return None


def _asking(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Call):
            word = one.func.attr if isinstance(one.func, ast.Attribute) else one.func.id if isinstance(one.func, ast.Name) else ""
            if word == "getpass" or (word == "input" and isinstance(one.func, ast.Name)):
                yield word


def _comment(parameter: Parameter, value: ast.expr | None) -> str:
    """What was asked, as a comment behind the value."""
    asked = next(
        (
            one.args[0].value
            for one in ast.walk(value or ast.Constant(None))
            if isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id == "input" and one.args
            and isinstance(one.args[0], ast.Constant) and isinstance(one.args[0].value, str)
        ),
        "",
    )  # fmt: skip
    said = re.sub(r"[^\w %.,()/-]", " ", asked).strip()
    return f"  # entered: {said}" if said else f"  # entered by {'a widget' if parameter.source == 'widget' else 'hand'}"


def _variable(name: str) -> str:
    return re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").upper() or "SECRET"
