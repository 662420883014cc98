"""Which literal values of a notebook can be its parameters, and the code without them.

A value moves to the top where moving it changes nothing and changing it changes the result: the name is bound at the top level of
cells by literals of JSON's types and by nothing else, nobody reads it before its last assignment (nor does anything before that
happen which cannot be followed), something reads it afterwards, and nothing changes its object in place. The assignment goes from its cell, so that a value that papermill injects is the one that is used.

A date, a path or the like moves as a text, and is made of it again where it stood (`conversions`).

Some stay where they are although they could move, because the tools that list parameters would misread or drop them: texts with
`=`, `#` or a line break, `None`, empty lists, and literals longer than a line.
"""

from __future__ import annotations

import ast
import builtins
import keyword
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from labjournal.questions.recipe.chances import imported_names
from labjournal.records.conversions import computed, converted
from labjournal.records.effects import magic_lines, parsed, unfollowed

__all__ = ["Parameter", "fits", "is_name", "lift", "parameters_cell"]

_LONGEST = 160
_TYPES = {bool: "bool", int: "int", float: "float", str: "str", list: "list", dict: "dict"}
_RUNS = ("%run", "%load ", "%store")
_WORD = re.compile(r"[^\W\d]\w*")
_NO_PARAMETER = frozenset(dir(builtins)) | {"get_ipython", "display", "In", "Out"}


@dataclass(frozen=True)
class Parameter:
    """A value that a reader may vary."""

    name: str
    literal: str
    value: Any
    help: str = ""

    @property
    def type(self) -> str:
        return _TYPES[type(self.value)]


@dataclass(frozen=True)
class _Assignment:
    cell: int
    first: int
    last: int
    """Lines of the cell, counted from 0, that hold the assignment and nothing else."""
    parameter: Parameter
    stays: str = ""
    """The line that stands in their place, where the value is made there of a text."""


@dataclass
class _Story:
    """All that happens to one name, in the order of the notebook."""

    assignments: list[_Assignment] = field(default_factory=list)
    happened: list[str] = field(default_factory=list)
    """'assigned', 'read', 'read late' (inside a function), 'unfit' (bound otherwise), in order."""


def lift(sources: Sequence[str], changed: frozenset[str]) -> tuple[list[Parameter], list[str]]:
    """The parameters of the cells, and the cells without them; `changed` are names whose objects change in place."""
    chosen = [
        story.assignments
        for name, story in _stories(sources).items()
        if _may_move(story) and (name not in changed or any(one.stays for one in story.assignments))
    ]
    remaining = list(sources)
    for cell in {assignment.cell for assignments in chosen for assignment in assignments}:
        gone = [assignment for assignments in chosen for assignment in assignments if assignment.cell == cell]
        remaining[cell] = _without(sources[cell], gone)
    return [assignments[-1].parameter for assignments in chosen], remaining


def parameters_cell(parameters: Sequence[Parameter]) -> str:
    """The code of the cell: one annotated literal a line."""
    if not parameters:
        return "# Nothing in this notebook is a plain value that could be varied. papermill adds its own below this cell."
    lines = [f"{one.name}: {one.type} = {one.literal}" + (f"  # {one.help}" if one.help else "") for one in parameters]
    return "\n".join(["# Change a value here, or hand it to papermill with -p NAME VALUE", *lines])


def _may_move(story: _Story) -> bool:
    happened = story.happened
    if not story.assignments or "unfit" in happened:
        return False
    if len(story.assignments) > 1 and any(one.stays for one in story.assignments):
        return False  # what was made of the text would be taken for the text
    last = len(happened) - 1 - happened[::-1].index("assigned")
    before = happened[:last]
    if "read" in before or (len(story.assignments) > 1 and "read late" in before):
        return False
    return any(what.startswith("read") for what in happened)


def _stories(sources: Sequence[str]) -> dict[str, _Story]:
    stories: dict[str, _Story] = {}
    unread: list[str] = []
    imports = _imports(sources)

    def of(name: str) -> _Story:
        return stories.setdefault(name, _Story(happened=list(unread)))

    def tell(name: str, what: str) -> None:
        of(name).happened.append(what)

    for cell, source in enumerate(sources):
        tree = parsed(source)
        words = {word for line in magic_lines(source) for word in _WORD.findall(line)} if tree else set(_WORD.findall(source))
        for word in words:
            tell(word, "read")
        if any(line.startswith(_RUNS) for line in magic_lines(source)) or (tree and any(map(unfollowed, ast.walk(tree)))):
            # Any name may have been read or bound there: none that is assigned here or later moves to before it.
            unread.append("read")
            for story in stories.values():
                story.happened.append("read")
        for statement in tree.body if tree else []:
            found = _literal(cell, statement, source, imports)
            if found is not None:
                of(found.parameter.name).assignments.append(found)
                tell(found.parameter.name, "assigned")
                continue
            for name, what in _names(statement, inside=False):
                tell(name, what)
    return stories


def _names(node: ast.AST, inside: bool) -> Iterator[tuple[str, str]]:
    """Names in a statement and what happens to them; what a function binds for itself is its own affair."""
    if isinstance(node, ast.Name):
        if isinstance(node.ctx, ast.Load):
            yield node.id, "read late" if inside else "read"
        elif not inside:
            yield node.id, "unfit"
        return
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler)) and node.name and not inside:
        yield node.name, "unfit"
    if isinstance(node, (ast.Global, ast.Nonlocal)):
        yield from ((name, "unfit") for name in node.names)
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from (((alias.asname or alias.name).split(".")[0], "unfit") for alias in node.names)
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        yield node.target.id, "unfit"
    if type(node).__name__ in ("MatchAs", "MatchStar", "MatchMapping"):
        yield getattr(node, "name", None) or getattr(node, "rest", None) or "", "unfit"
    deeper = inside or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
    own: set[str] = set()
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
        own = {name.id for part in node.generators for name in ast.walk(part.target) if isinstance(name, ast.Name)}
    for child in ast.iter_child_nodes(node):
        yield from ((name, what) for name, what in _names(child, deeper) if name not in own)


def _imports(sources: Sequence[str]) -> dict[str, str]:
    """Name → what it was imported as, of names that were never imported as anything else."""
    found: dict[str, set[str]] = {}
    for tree in map(parsed, sources):
        for name, full in imported_names(ast.walk(tree)) if tree else ():
            found.setdefault(name, set()).add(full)
    return {name: next(iter(fulls)) for name, fulls in found.items() if len(fulls) == 1}


def _literal(cell: int, statement: ast.stmt, source: str, imports: Mapping[str, str]) -> _Assignment | None:
    """The assignment, where it is one of a literal that a parameters cell can hold."""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target, value = statement.targets[0], statement.value
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None and statement.simple:
        target, value = statement.target, statement.value
    else:
        return None
    lines = source.split("\n")
    first, last = statement.lineno - 1, (statement.end_lineno or statement.lineno) - 1
    after = lines[last].encode()[statement.end_col_offset or 0 :].decode(errors="replace").strip()
    if (
        not isinstance(target, ast.Name)
        or statement.col_offset
        or after[:1] not in ("", "#")
        or lines[0].lstrip().startswith("%%")
    ):
        return None
    if not is_name(target.id):
        return None
    said = _help(after, lines[first - 1] if first else "")
    if (literal := _text(value, source)) is not None:
        return _Assignment(cell, first, last, Parameter(target.id, *literal, said))
    if (number := computed(value)) is not None:
        words = " ".join((ast.get_source_segment(source, value) or "").split())
        return _Assignment(cell, first, last, Parameter(target.id, repr(number), number, said or _help(words, "")))
    made = converted(value, source, imports)
    if made is None or not made.text or not fits(repr(made.text)):
        return None
    stays = f"{target.id} = {made.code.format(target.id)}"
    return _Assignment(cell, first, last, Parameter(target.id, repr(made.text), made.text, said or made.help), stays)


def _text(value: ast.expr, source: str) -> tuple[str, Any] | None:
    try:
        meant = ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    if type(meant) not in _TYPES or not _is_json(meant) or meant in ([], {}):
        return None
    typed = ast.get_source_segment(source, value) or ""
    text = typed if typed and "\n" not in typed else repr(meant)
    return (text, meant) if fits(text) else None


def fits(literal: str) -> bool:
    """Whether tools that list parameters read the literal as it is meant."""
    return len(literal) <= _LONGEST and not any(sign in literal for sign in "=#\n\\")


def _is_json(value: Any) -> bool:
    if type(value) is list:
        return all(_is_json(item) for item in value)
    if type(value) is dict:
        return all(type(key) is str and _is_json(item) for key, item in value.items())
    if type(value) is float:
        return value == value and value not in (float("inf"), float("-inf"))
    return type(value) in (bool, int, str)


def is_name(name: str) -> bool:
    """Whether a parameter may be called so."""
    return name.isascii() and not name.startswith("_") and not keyword.iskeyword(name) and name not in _NO_PARAMETER


def _help(after: str, above: str) -> str:
    """What the author wrote beside the value, else on the line above it; never what would confuse the tools that read it."""
    said = after or (above.strip() if above.startswith("#") else "")
    said = re.sub(r"\s+", " ", said.lstrip("#! ")).strip()
    return "" if re.search(r"[=#]|^type:|^Parameters\b|^%%", said) else said[:100]


def _without(source: str, gone: Sequence[_Assignment]) -> str:
    """The cell without the lines of the assignments, nor comments that spoke of nothing else; '' where only comments are left."""
    lines: list[str | None] = list(source.split("\n"))
    for assignment in gone:
        for line in range(assignment.first, assignment.last + 1):
            lines[line] = None
        if assignment.stays:
            lines[assignment.first] = assignment.stays
    for line in range(len(lines) - 2, -1, -1):
        text = lines[line]
        if text is not None and text.startswith("#") and lines[line + 1] is None and _ends(lines, line + 1):
            lines[line] = None
    left = [line for line in lines if line is not None]
    if all(not line.strip() or line.lstrip().startswith("#") for line in left):
        return ""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(left)).strip("\n")


def _ends(lines: Sequence[str | None], start: int) -> bool:
    """Whether nothing but a gap follows the removed lines that begin at `start`."""
    following = next((line for line in lines[start:] if line is not None), "")
    return not following.strip()
