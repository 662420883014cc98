"""What can be done to a notebook, one thing at a time, as far as there is something in it to do it to."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from bench.real_faults.bed import Bed, State
from labjournal.journal.reader import Journal

__all__ = ["KINDS", "Fault", "faults"]

_TABLES = (".csv", ".tsv", ".txt", ".data")
_LARGEST = 20_000_000
_SEED = re.compile(r"(?:np|numpy)\.random\.seed\([^)]*\)|(?<![\w.])random\.seed\([^)]*\)|random_state ?= ?\d+")
_MODULE = "own_parts"


@dataclass(frozen=True)
class Fault:
    """One thing that is done: of which kind its cause is, what the sentence must say, and what it is done to, where not to the notebook as it is."""

    name: str
    kinds: tuple[str, ...]
    says: str
    faulty: State
    before: State | None = None


def faults(bed: Bed, run: str, packages: dict[str, str]) -> dict[str, list[Fault]]:
    """Name → ways to do it, best first; `packages`: name → folder with another version of it."""
    found: dict[str, list[Fault]] = {name: [] for name in KINDS}
    for one in (*_of_files(bed, run), *_of_code(bed), *_of_order(bed, run), *_of_packages(bed, packages)):
        found[one.name].append(one)
    return {name: several for name, several in found.items() if several}


KINDS = ("another package", "a module edited", "the clock", "cells in another order", "a cell twice", "a seed dropped", "column renamed",
         "file missing", "rows removed", "a parameter", "a keyword")  # fmt: skip


def _of_files(bed: Bed, run: str) -> Iterator[Fault]:
    with Journal.open(bed.journal) as opened:
        read = [Path(use.path) for use in opened.usages(run) if not use.package]
    path = next((each for each in read if _is_table(bed, each)), None)
    if path is None:
        return
    lines = path.read_bytes().split(b"\n")
    header = re.findall(r"[A-Za-z][\w ]{2,30}", lines[0].decode("latin-1"))
    named = next((name for name in header if any(name in cell for cell in bed.plain.cells)), None)
    for name, content in (("rows removed", lines[: max(2, len(lines) * 3 // 4)]), ("column renamed", _renamed(lines, named))):
        if content:
            yield Fault(name, ("data",), path.name, replace(bed.plain, files=partial(_write, path, content)))
    yield Fault("file missing", ("data",), path.name, replace(bed.plain, files=path.unlink))


def _is_table(bed: Bed, path: Path) -> bool:
    return (
        path.is_relative_to(bed.work)
        and path.suffix.lower() in _TABLES
        and path.is_file()
        and (bed.clean / path.relative_to(bed.work)).is_file()
        and path.stat().st_size < _LARGEST
    )


def _renamed(lines: list[bytes], column: str | None) -> list[bytes]:
    return [lines[0].replace(column.encode(), column[::-1].encode(), 1), *lines[1:]] if column else []


def _write(path: Path, lines: list[bytes]) -> None:
    path.write_bytes(b"\n".join(lines))


def _of_code(bed: Bed) -> Iterator[Fault]:
    trees = [_tree(source) for source in bed.plain.cells]
    for place, source in enumerate(bed.plain.cells):
        if (tree := trees[place]) is None:
            continue
        for target, value in _numbers(tree):
            doubled = _with(bed.plain, place, _put(source, value.node, repr(value.value * 2)))
            yield Fault("a parameter", ("parameters", "code"), target, doubled)
            module = f"{target} = {value.value!r}\n"
            taken = _with(bed.plain, place, f"import {_MODULE}\n{_put(source, value.node, f'{_MODULE}.{target}')}")
            yield _edited(bed, taken, module, f"{target} = {value.value * 2!r}\n")
            break
        for keyword, value in _keywords(tree):
            doubled = _with(bed.plain, place, _put(source, value.node, repr(value.value * 2)))
            yield Fault("a keyword", ("parameters", "code"), keyword, doubled)
            break
        if found := _SEED.search(source):
            gone = "random_state=None" if found[0].startswith("random_state") else "None"
            yield Fault("a seed dropped", ("randomness",), "", _with(bed.plain, place, source.replace(found[0], gone)))
        if frame := _frame_read(tree):
            stamped = _with(bed.plain, place, f"import time\n{source}\n{frame}['read_at'] = time.time()")
            yield Fault("the clock", ("time",), "clock", stamped, before=stamped)
        yield from _of_functions(bed, place, source, tree, trees)


def _tree(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except SyntaxError:
        return None


class Number(NamedTuple):
    node: ast.expr
    value: int | float


def _numbers(tree: ast.Module) -> Iterator[tuple[str, Number]]:
    """Names that get a number."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and (number := _number(node.value)):
            yield node.targets[0].id, number


def _keywords(tree: ast.Module) -> Iterator[tuple[str, Number]]:
    for node in ast.walk(tree):
        for keyword in node.keywords if isinstance(node, ast.Call) else ():
            if keyword.arg and keyword.arg != "random_state" and (number := _number(keyword.value)):
                yield keyword.arg, number


def _number(node: ast.AST) -> Number | None:
    """One that is not nothing."""
    if (
        isinstance(node, ast.Constant)
        and isinstance(node.value, (int, float))
        and not isinstance(node.value, bool)
        and node.value
    ):
        return Number(node, node.value)
    return None


def _put(source: str, value: ast.expr, text: str) -> str:
    """The source with another value in the place of one that stands on one line."""
    lines = source.split("\n")
    line = lines[value.lineno - 1].encode()
    lines[value.lineno - 1] = (line[: value.col_offset] + text.encode() + line[value.end_col_offset :]).decode()
    return "\n".join(lines)


def _edited(bed: Bed, taken: State, module: str, edited: str) -> Fault:
    """A module of one's own beside the notebook, before and after somebody edited it."""
    path = bed.notebook.parent / f"{_MODULE}.py"
    before, after = (replace(taken, files=partial(_write, path, [text.encode()])) for text in (module, edited))
    return Fault("a module edited", ("code",), path.name, after, before)


def _of_functions(bed: Bed, place: int, source: str, tree: ast.Module, trees: list[ast.Module | None]) -> Iterator[Fault]:
    """A cell that does nothing but define functions becomes a module; a number in one of them is edited."""
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    if not functions or len(functions) != len(tree.body):
        return
    imports = [node for each in trees if each for node in each.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    known = {alias.asname or alias.name.partition(".")[0] for node in imports for alias in node.names} | set(dir(builtins))
    if any(name not in known for name in _free(tree)):
        return
    value = next((number for node in ast.walk(tree) if (number := _number(node))), None)
    if value is None:
        return
    head = "\n".join(ast.unparse(node) for node in imports)
    names = ", ".join(node.name for node in functions)
    taken = _with(bed.plain, place, f"from {_MODULE} import {names}")
    yield _edited(bed, taken, f"{head}\n{source}\n", f"{head}\n{_put(source, value.node, repr(value.value + 1))}\n")


def _free(tree: ast.Module) -> set[str]:
    """Names that functions take from around them."""
    own = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    own |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    own |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - own


def _frame_read(tree: ast.Module) -> str:
    """The name that is bound to a table that is read."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Call):
            function = node.value.func
            if isinstance(function, ast.Attribute) and function.attr in ("read_csv", "read_excel", "read_table"):
                return node.targets[0].id
    return ""


def _of_order(bed: Bed, run: str) -> Iterator[Fault]:
    """A cell that goes on from what it made itself, twice; and two cells that change the same name, the second one first."""
    cells = bed.plain.cells
    with Journal.open(bed.journal) as opened:
        executions, bindings = opened.executions(run), opened.bindings(run)
    everything = tuple(range(len(cells)))
    changing: dict[str, int] = {}
    for execution in executions:
        if "import" in execution.source or execution.source not in cells:
            continue
        place = cells.index(execution.source)
        bound, used = (
            {each.name for each in bindings if each.n == execution.n and each.role == role} for role in ("bound", "used")
        )
        if bound & used:
            order = (*range(place + 1), *range(place, len(cells)))
            yield Fault("a cell twice", ("order",), "twice", replace(bed.plain, order=order))
        for name in bound:
            first = changing.setdefault(name, place)
            if first != place and name in used | bound:
                others = [each for each in everything if each != first]
                after = others.index(place) + 1
                order = (*others[:after], first, *others[after:])
                yield Fault("cells in another order", ("order",), "", replace(bed.plain, order=order))


def _of_packages(bed: Bed, packages: dict[str, str]) -> Iterator[Fault]:
    for name, folder in packages.items():
        module = {"scikit-learn": "sklearn"}.get(name, name)
        if any(re.search(rf"\b(?:import|from) {module}\b", cell) for cell in bed.plain.cells):
            yield Fault("another package", ("environment",), name, replace(bed.plain, packages=folder))


def _with(state: State, place: int, source: str) -> State:
    return replace(state, cells=(*state.cells[:place], source, *state.cells[place + 1 :]))
