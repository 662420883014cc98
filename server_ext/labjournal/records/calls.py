"""`--lift`: numbers, and paths that are read, which stand inside calls, as values that a person may vary.

    train_test_split(X, y, test_size=0.2)   → test_size, 0.2
    pd.read_csv("cafe.csv")                 → cafe_path, "cafe.csv"

A value is lifted where it stands at the top level of a cell, not in a function or class, and its new name is used nowhere in the notebook. The
same value of the same keyword is one parameter. What only says how something looks (sizes and colours of figures) stays.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import Any

from labjournal.questions.recipe.calling import root_of
from labjournal.records.effects import magic_lines, parsed
from labjournal.records.parameters import Parameter, fits, is_name

__all__ = ["lift_calls"]

_LOOKS = frozenset(
    "figsize dpi fontsize linewidth lw markersize ms title rotation zorder axis verbose indent end sep linestyle marker cmap vmin vmax inplace "
    "legend precision exist_ok parents index ascending by name names dtype encoding header stacklevel ndigits maxsplit timeout n_jobs flush file mode "
    "errors copy level".split()
)
_DRAWN_WITH = frozenset("plt sns ax axs axes fig pylab mpl px go alt".split())
_DRAWS = re.compile(r"\w*(?:plot|hist|scatter|heatmap|figure|savefig|style|show)\w*", re.IGNORECASE)
_READS = re.compile(r"(?:read|load|scan)_?\w*|open|imread|genfromtxt|fromfile|File|open_dataset")
_PATH = re.compile(r"[\w./ -]*\.[A-Za-z]\w{0,7}")
_WORD = re.compile(r"[^\W\d]\w*")
_MOST = 40


def lift_calls(sources: Sequence[str]) -> tuple[list[Parameter], list[str]]:
    """The parameters found in calls, and the cells with their names in the place of the values."""
    taken = {name for source in sources for name in _names(source)}
    chosen: dict[tuple[str, str], Parameter] = {}
    remaining = []
    for source in sources:
        tree = parsed(source) if "(" in source and not source.lstrip().startswith("%%") else None
        places: list[tuple[ast.Constant, str]] = []
        for constant, wanted, function in _values(tree) if tree is not None else ():
            found = chosen.get((wanted, repr(constant.value)))
            if found is None and len(chosen) < _MOST:
                found = _parameter(constant, wanted, function, taken)
                if found is not None:
                    chosen[wanted, repr(constant.value)] = found
                    taken.add(found.name)
            if found is not None:
                places.append((constant, found.name))
        remaining.append(_replaced(source, places))
    return list(chosen.values()), remaining


def _values(tree: ast.Module) -> Iterator[tuple[ast.Constant, str, str]]:
    """(value, the name it asks for, what is called) of everything that may be lifted, in the order of the cell."""
    found = []
    for call in _calls(tree):
        function = (
            call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""
        )
        if root_of(call) in _DRAWN_WITH or _DRAWS.fullmatch(function):
            continue
        for word in call.keywords:
            if (
                word.arg
                and word.arg not in _LOOKS
                and isinstance(word.value, ast.Constant)
                and type(word.value.value) in (int, float)
            ):
                found.append((word.value, word.arg, function))
        first = call.args[0] if call.args else None
        if (
            isinstance(first, ast.Constant)
            and isinstance(first.value, str)
            and _READS.fullmatch(function)
            and _PATH.fullmatch(first.value)
        ):
            stem = re.sub(r"\W+", "_", first.value.rpartition("/")[2].partition(".")[0]).strip("_").lower()
            if stem and not _writes(call):
                found.append((first, f"{stem}_path" if not stem[0].isdigit() else f"path_{stem}", function))
    yield from sorted(found, key=lambda one: (one[0].lineno, one[0].col_offset))


def _writes(call: ast.Call) -> bool:
    given = [*call.args[1:2], *(word.value for word in call.keywords if word.arg == "mode")]
    return any(isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value[:1] in "wax" for one in given)


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield child
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.JoinedStr)):
            yield from _calls(child)


def _parameter(constant: ast.Constant, wanted: str, function: str, taken: set[str]) -> Parameter | None:
    """The parameter of a value, under a name that the notebook does not use."""
    value: Any = constant.value
    literal = repr(value)
    names = [wanted, f"{function}_{wanted}", *(f"{wanted}_{number}" for number in range(2, 20))]
    name = next((name for name in names if name.isidentifier() and is_name(name) and name not in taken), None)
    if name is None or not fits(literal) or constant.lineno != constant.end_lineno:
        return None
    return Parameter(name, literal, value, f"given to {function}" if function else "")


def _names(source: str) -> Iterator[str]:
    """Every name that stands in the cell; words that are only keywords of calls are none."""
    tree = parsed(source)
    if tree is None:
        yield from _WORD.findall(source)
        return
    for node in ast.walk(tree):
        for field in ("id", "arg", "name", "asname"):
            said = getattr(node, field, None)
            if isinstance(said, str) and not isinstance(node, ast.keyword):
                yield said.partition(".")[0]
    for line in magic_lines(source):
        yield from _WORD.findall(line)


def _replaced(source: str, places: Sequence[tuple[ast.Constant, str]]) -> str:
    lines = [line.encode() for line in source.split("\n")]
    for constant, name in sorted(places, key=lambda place: (place[0].lineno, place[0].col_offset), reverse=True):
        line = lines[constant.lineno - 1]
        lines[constant.lineno - 1] = line[: constant.col_offset] + name.encode() + line[constant.end_col_offset or 0 :]
    return b"\n".join(lines).decode()
