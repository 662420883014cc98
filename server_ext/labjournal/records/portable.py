"""Code that runs on another machine: without the author's folders, and with masked secrets asked for by name.

A text that was masked as a whole, or in part, becomes a look-up of an environment variable, so that the code is still code and says
what it needs: `token = "[REDACTED:github-token]"` becomes `token = os.environ["TOKEN"]`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from labjournal.records.effects import parsed

__all__ = ["MARKER", "Portable", "portable", "relative"]

MARKER = re.compile(r"\[REDACTED:([\w.-]+)\]")


@dataclass(frozen=True)
class Portable:
    source: str
    variables: tuple[str, ...] = ()
    """Environment variables that have to be set before the code runs."""


def portable(source: str, folder: str) -> Portable:
    """The source with paths below `folder` relative to it, and with masked texts as environment variables."""
    return _with_variables(relative(source, folder))


def relative(source: str, folder: str) -> str:
    """The source with literal paths below `folder` as seen from there."""
    folder = folder.rstrip("/\\")
    if len(folder) < 4:
        return source
    start = re.escape(folder)
    source = re.sub(rf"(?P<quote>['\"]){start}(?P=quote)", r"\g<quote>.\g<quote>", source)
    return re.sub(rf"(?P<quote>['\"]){start}[/\\]+(?=[^'\"])", r"\g<quote>", source)


def _with_variables(source: str) -> Portable:
    tree = parsed(source) if MARKER.search(source) else None
    if tree is None:
        return Portable(source)
    places = sorted(_masked(tree), key=lambda place: (place[0].lineno, place[0].col_offset), reverse=True)
    lines = [line.encode() for line in source.split("\n")]
    variables: list[str] = []
    for constant, near in places:
        names: list[str] = []
        _replace(lines, constant, _expression(constant.value, near, names))
        variables = [*names, *variables]
    text = b"\n".join(lines).decode(errors="replace")
    if not variables or parsed(text) is None:
        return Portable(source)
    return Portable(_with_import(text, tree, sorted(set(variables))), tuple(dict.fromkeys(variables)))


def _masked(tree: ast.Module) -> Iterator[tuple[ast.Constant, str]]:
    """Masked texts, each with the name that stands nearest to it; parts of f-strings and docstrings stay as they are."""
    waiting: list[tuple[ast.AST, str]] = [(tree, "")]
    while waiting:
        node, near = waiting.pop()
        if isinstance(node, ast.Constant):
            text = node.value.decode("latin-1") if isinstance(node.value, bytes) else node.value
            if isinstance(text, str) and MARKER.search(text):
                yield node, near
        elif not isinstance(node, ast.JoinedStr) and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            waiting += [(child, _nearest(node, child) or near) for child in ast.iter_child_nodes(node)]


def _nearest(node: ast.AST, child: ast.AST) -> str:
    if isinstance(node, ast.Dict):
        at = next((place for place, value in enumerate(node.values) if value is child), None)
        return _said(node.keys[at]) if at is not None else ""
    if isinstance(node, ast.keyword):
        return node.arg or ""
    if isinstance(node, ast.Assign) and child is node.value:
        return _said(node.targets[0])
    if isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and child is node.value:
        return _said(node.target)
    return ""


def _said(node: ast.AST | None) -> str:
    if isinstance(node, ast.Subscript):
        return _said(node.slice)
    if isinstance(node, ast.Attribute):
        return node.attr
    return (
        node.id
        if isinstance(node, ast.Name)
        else node.value
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        else ""
    )


def _expression(value: object, near: str, names: list[str]) -> str:
    """The code that stands for a masked text; the variables it asks for are added to `names`."""
    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    parts, end = [], 0
    for marker in MARKER.finditer(text):
        whole = marker.span() == (0, len(text))
        names.append(_variable(near if whole else "", marker[1]))
        parts += [repr(text[end : marker.start()]), f'os.environ["{names[-1]}"]']
        end = marker.end()
    parts = [part for part in [*parts, repr(text[end:])] if part != "''"]
    joined = " + ".join(parts)
    if isinstance(value, bytes):
        return f"({joined}).encode()"
    return joined if len(parts) == 1 else f"({joined})"


def _variable(near: str, kind: str) -> str:
    name = re.sub(r"\W+", "_", near or kind, flags=re.ASCII).strip("_").upper()
    return name if name and not name[0].isdigit() else f"SECRET_{name}".rstrip("_")


def _replace(lines: list[bytes], node: ast.Constant, text: str) -> None:
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    tail = lines[last][node.end_col_offset or 0 :]
    lines[first : last + 1] = [lines[first][: node.col_offset] + text.encode() + tail]


def _with_import(source: str, tree: ast.Module, variables: list[str]) -> str:
    """The source with `import os` before its first statement that may use it, and a comment that says what is asked for."""
    listed = ", ".join(variables)
    said = f"# Not recorded: set the environment variable{'' if len(variables) == 1 else 's'} {listed} before this runs."
    added = (
        [said]
        if any(isinstance(one, ast.Import) and any(a.name == "os" for a in one.names) for one in tree.body[:1])
        else [said, "import os"]
    )
    lines = source.split("\n")
    first = next((one for one in tree.body if not (isinstance(one, ast.ImportFrom) and one.module == "__future__")), None)
    place = max((first.lineno if first is not None else 1) - 1, 1 if lines[0].lstrip().startswith("%%") else 0)
    return "\n".join([*lines[:place], *added, *lines[place:]])
