"""`Out[7]`, `_7` and `In[7]` in cells that leave the kernel in which they were counted: in a notebook of fewer cells they would mean others.

The cell that showed the value gives it a name, `shown_7`, and shows that; who asked for `Out[7]` asks for the name. Who asked for `In[7]`,
the text of a cell, gets that text.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from labjournal.records.effects import parsed

__all__ = ["named_history"]


def named_history(cells: Sequence[tuple[int | None, str]]) -> list[str]:
    """The sources of cells, given each with its `In [ ]`; where what is asked for cannot be named, the source stays as it was."""
    sources = [source for _, source in cells]
    asked = {number for source in sources for number, _ in _asked(source)}
    for place, (count, source) in enumerate(cells):
        if count in asked:
            shown = _showing(source, f"shown_{count}")
            if shown is None:
                asked.discard(count)
            else:
                sources[place] = shown
    texts = {count: source for count, source in cells if count is not None}
    return [
        _replaced(_replaced(source, {number: f"shown_{number}" for number in asked}, "Out"), _quoted(texts), "In")
        for source in sources
    ]


def _quoted(texts: dict[int, str]) -> dict[int, str]:
    return {count: repr(source) for count, source in texts.items()}


def _asked(source: str, table: str = "Out") -> list[tuple[int, ast.expr]]:
    """Numbers that are asked for, each with the expression that does."""
    tree = parsed(source) if table in source or "_" in source else None
    short = "_" if table == "Out" else "_i"
    found: list[tuple[int, ast.expr]] = []
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == table:
            if isinstance(node.slice, ast.Constant) and type(node.slice.value) is int and isinstance(node.ctx, ast.Load):
                found.append((node.slice.value, node))
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id.startswith(short):
            found += [(int(number), node) for number in [node.id[len(short) :]] if number.isdecimal()]
    return found


def _showing(source: str, name: str) -> str | None:
    """The source with its last expression bound to a name; None where it shows none."""
    tree = parsed(source)
    last = tree.body[-1] if tree and tree.body else None
    if not isinstance(last, ast.Expr) or last.col_offset:
        return None
    lines = source.split("\n")
    lines[last.lineno - 1] = f"{name} = ({lines[last.lineno - 1]}"
    end = (last.end_lineno or last.lineno) - 1
    place = (last.end_col_offset or 0) + (len(name) + 4 if end == last.lineno - 1 else 0)
    line = lines[end].encode()
    lines[end] = (line[:place] + b")").decode()
    rest = line[place:].decode().strip()
    if rest and not rest.startswith("#"):
        return None
    return "\n".join([*lines[: end + 1], name, *lines[end + 1 :]])


def _replaced(source: str, texts: dict[int, str], table: str) -> str:
    """The source with other texts in the place of what is asked for."""
    lines = [line.encode() for line in source.split("\n")]
    places = [(node, number) for number, node in _asked(source, table) if number in texts]
    for node, number in sorted(places, key=lambda place: (place[0].lineno, place[0].col_offset), reverse=True):
        if node.lineno == node.end_lineno:
            line = lines[node.lineno - 1]
            lines[node.lineno - 1] = line[: node.col_offset] + texts[number].encode() + line[node.end_col_offset or 0 :]
    return b"\n".join(lines).decode()
