"""The imports of all cells, put together: each once, in the order in which they stood. Whether that is harmless, running it tells."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from labjournal.records.effects import parsed

__all__ = ["gathered"]


def gathered(sources: Sequence[str]) -> tuple[str, list[str]]:
    """The imports, '' where fewer than two cells hold some, and the cells without them."""
    imports: dict[str, None] = {}
    remaining = []
    cells = 0
    for source in sources:
        found = _imports(source)
        cells += bool(found)
        gone = {line for statement in found for line in range(statement.lineno - 1, statement.end_lineno or statement.lineno)}
        lines = source.split("\n")
        imports |= dict.fromkeys(line for statement in found for line in _text(statement, lines))
        remaining.append("\n".join(line for number, line in enumerate(lines) if number not in gone).strip("\n"))
    if cells < 2:
        return "", list(sources)
    return "\n".join(imports), [
        source if any(line.strip() and not line.lstrip().startswith("#") for line in source.split("\n")) else ""
        for source in remaining
    ]


def _text(statement: ast.stmt, lines: Sequence[str]) -> list[str]:
    """As it was typed, where that is one line."""
    first, last = statement.lineno - 1, (statement.end_lineno or statement.lineno) - 1
    return [lines[first].rstrip()] if first == last else [ast.unparse(statement)]


def _imports(source: str) -> list[ast.stmt]:
    """Imports that stand alone on their lines at the top level; stars bind what nobody knows, so they stay."""
    tree = parsed(source) if "import" in source and not source.lstrip().startswith("%%") else None
    body = tree.body if tree is not None else []
    found = []
    for place, one in enumerate(body):
        beside = any(
            other.lineno <= (one.end_lineno or one.lineno) and one.lineno <= (other.end_lineno or other.lineno)
            for other in body[max(0, place - 1) : place + 2]
            if other is not one
        )
        if beside or not isinstance(one, (ast.Import, ast.ImportFrom)):
            continue
        if isinstance(one, ast.ImportFrom) and (one.module == "__future__" or any(alias.name == "*" for alias in one.names)):
            continue
        found.append(one)
    return list(found)
