"""A recipe as a Python module: `main(parameters…)` holds the cells in their order, the command line sets the parameters.

    python script.py --alpha 0.2

Names that cells bind are names of the module, as they were in the notebook, so functions that say `global`, classes that are pickled and
code that looks at `globals()` find what they found there. The value of the last cell is printed. Nothing but the standard library and
what the cells import is needed.
"""

from __future__ import annotations

import ast
import re
import shlex
import textwrap
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from labjournal.errors import LabjournalError
from labjournal.records import naming
from labjournal.records.atomic import write_text
from labjournal.records.folders import making
from labjournal.records.halfway import indented
from labjournal.records.notebook import Clean, clean, remarks
from labjournal.records.parameters import Parameter
from labjournal.records.plain_python import Plain, plain
from labjournal.records.proof import Proof
from labjournal.records.record import Record, Step, title

__all__ = ["build", "write"]

_TYPES = {"bool": "bool", "int": "int", "float": "float", "str": "str", "list": "list", "dict": "dict"}
_WIDTH = 100
_HISTORY = re.compile(r"_|__|___|_i?\d+|Out|In")


def write(record: Record, path: Path, *, force: bool = False, found: Clean | None = None, proof: Proof | None = None) -> None:
    """Writes the script."""
    write_text(path, build(record, found, proof, name=path.name), force=force)


def build(record: Record, found: Clean | None = None, proof: Proof | None = None, *, name: str = "script.py") -> str:
    """The module, to be called `name`; raises LabjournalError where nothing of the record can be run."""
    found = clean(record) if found is None else found
    cells = [_cell(step, source, last=place == len(found.cells) - 1) for place, (step, source) in enumerate(found.cells)]
    text = "\n".join(
        [
            _docstring(record, found, cells, proof, name),
            "",
            *_hoisted(cells, found.imports),
            *_main(found.parameters, cells, making(found.folders)),
            "",
            "",
            *_command_line(found.parameters, _plain_title(record), awaits=any(cell.awaits for cell in cells)),
            "",
        ]
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "script", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as problem:
        raise LabjournalError(
            f"The cells of {record.address} cannot be put into a script: {problem}.", "Export a notebook instead."
        ) from problem
    return text


@dataclass(frozen=True)
class _Cell:
    address: str
    body: str
    binds: frozenset[str]
    hoisted: tuple[str, ...]
    """Imports that may stand at the top of a module only."""
    modules: frozenset[str]
    lacks: tuple[str, ...]
    displays: bool
    awaits: bool


def _cell(step: Step, source: str, *, last: bool) -> _Cell:
    found = plain(source)
    tree = _parsed(found)
    shows = last and any(output.type == "execute_result" for output in step.outputs)
    history = sorted(
        {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and _HISTORY.fullmatch(node.id)} - set(_binds(tree))
    )
    if history:
        found.lacks.append(f"It asks for what was shown before, as {', '.join(history)}: only IPython remembers that")
    edits: list[tuple[ast.AST, str]] = []
    hoisted: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and node in _top(tree) and isinstance(node.target, ast.Name):
            text = ast.get_source_segment(found.source, node.value) if node.value else None
            edits.append((node, f"{node.target.id} = {text}" if text else "pass"))
        elif isinstance(node, ast.ImportFrom) and (node.module == "__future__" or any(alias.name == "*" for alias in node.names)):
            hoisted.append(ast.unparse(node))
            edits.append((node, "pass  # imported at the top of this file"))
    if shows and tree.body and isinstance(tree.body[-1], ast.Expr):
        text = ast.get_source_segment(found.source, tree.body[-1].value) or ""
        edits.append((tree.body[-1], f"print({text})"))
    return _Cell(
        address=str(step.execution.address),
        body=_edited(found.source, edits),
        binds=frozenset(_binds(tree)),
        hoisted=tuple(hoisted),
        modules=frozenset(found.modules),
        lacks=tuple(found.lacks),
        displays=any(isinstance(node, ast.Name) and node.id == "display" for node in ast.walk(tree)),
        awaits=any(isinstance(node, (ast.Await, ast.AsyncFor, ast.AsyncWith)) for node in _outside_functions(tree)),
    )


def _parsed(found: Plain) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(found.source)


def _top(tree: ast.Module) -> list[ast.AST]:
    """Statements whose names are the module's: not those in functions and classes."""
    return [node for node in _outside_functions(tree) if isinstance(node, ast.stmt)]


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            yield from _outside_functions(child)


def _binds(tree: ast.AST) -> Iterator[str]:
    """Names that the cell binds in the module; comprehensions keep theirs to themselves."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
            continue
        if isinstance(node, ast.Lambda):
            continue
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            yield from (
                one.target.id for one in ast.walk(node) if isinstance(one, ast.NamedExpr) and isinstance(one.target, ast.Name)
            )
            continue
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from ((alias.asname or alias.name).split(".")[0] for alias in node.names if alias.name != "*")
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name
        elif type(node).__name__ in ("MatchAs", "MatchStar", "MatchMapping"):
            name = getattr(node, "name", None) or getattr(node, "rest", None)
            if name:
                yield name
        yield from _binds(node)


def _edited(source: str, edits: Sequence[tuple[ast.AST, str]]) -> str:
    """The source with other text for some of its nodes."""
    lines = [line.encode() for line in source.split("\n")]
    for node, text in sorted(edits, key=lambda edit: (edit[0].lineno, edit[0].col_offset), reverse=True):  # type: ignore[attr-defined]
        first, last = node.lineno - 1, node.end_lineno - 1  # type: ignore[attr-defined]
        tail = lines[last][node.end_col_offset :]  # type: ignore[attr-defined]
        lines[first : last + 1] = (lines[first][: node.col_offset] + text.encode() + tail).split(b"\n")  # type: ignore[attr-defined]
    return b"\n".join(lines).decode()


def _hoisted(cells: Sequence[_Cell], imports: str) -> list[str]:
    future = dict.fromkeys(line for cell in cells for line in cell.hoisted if line.startswith("from __future__"))
    stars = dict.fromkeys(line for cell in cells for line in cell.hoisted if line not in future)
    modules = sorted(
        {module for cell in cells for module in cell.modules} | ({"asyncio"} if any(c.awaits for c in cells) else set())
    )
    own = [line for line in imports.split("\n") if line]
    lines = [*future, *(line for line in (f"import {module}" for module in modules) if line not in own), *own, *stars]
    unbound = any(cell.displays and not any("display" in one.binds for one in cells[: at + 1]) for at, cell in enumerate(cells))
    if unbound and not re.search(r"\bimport\b.*\bdisplay\b", imports):
        lines += ["", "display = print"]  # until a cell imports it, IPython's own
    return [*lines, ""] if lines else []


def _main(parameters: Sequence[Parameter], cells: Sequence[_Cell], before: str) -> list[str]:
    given = ", ".join(f"{one.name}: {_TYPES[one.type]} = {one.literal}" for one in parameters)
    head = f"{'async ' if any(cell.awaits for cell in cells) else ''}def main({given}) -> None:"
    if len(head) > _WIDTH:
        listed = [f"    {one.name}: {_TYPES[one.type]} = {one.literal}," for one in parameters]
        head = "\n".join([head.partition("(")[0] + "(", *listed, ") -> None:"])
    names = sorted({name for cell in cells for name in cell.binds} - {one.name for one in parameters})
    lines = ["", head]
    if names:
        lines += [textwrap.fill(f"global {', '.join(names)}", _WIDTH, initial_indent="    ").replace("\n", " \\\n        ")]
    if parameters:
        lines.append(f"    globals().update({', '.join(f'{one.name}={one.name}' for one in parameters)})")
    lines += ["", indented(before)] if before else []
    for cell in cells:
        lines += ["", f"    # {cell.address}", indented(cell.body)]
        if made := sorted(cell.binds & {one.name for one in parameters}):
            # A parameter is the function's own name: who looks among the module's finds what the cell made of it.
            lines.append(f"    globals().update({', '.join(f'{name}={name}' for name in made)})")
    return lines if cells else [*lines, "    pass"]


def _command_line(parameters: Sequence[Parameter], name: str, *, awaits: bool) -> list[str]:
    lines = [
        "def _arguments() -> dict:",
        "    import argparse",
        "    import json",
        "",
        f"    reader = argparse.ArgumentParser(description={name!r})",
    ]
    for one in parameters:
        long = f"--{one.name.replace('_', '-')}" if one.name != "help" else "--value-of-help"
        flags = [long] if "_" not in one.name else [long, f"--{one.name}"]
        kind = {
            "bool": "action=argparse.BooleanOptionalAction",
            "list": "type=json.loads, metavar='JSON'",
            "dict": "type=json.loads, metavar='JSON'",
        }.get(one.type, f"type={one.type}")
        said = f"{one.help} (default: %(default)s)" if one.help else "default: %(default)s"
        said = said.replace(one.help, one.help.replace("%", "%%"), 1) if one.help else said
        lines.append(
            f"    reader.add_argument({', '.join(map(repr, flags))}, dest={one.name!r}, {kind}, default={one.literal}, help={said!r})"
        )
    run = "asyncio.run(main(**_arguments()))" if awaits else "main(**_arguments())"
    return [*lines, "    return vars(reader.parse_args())", "", "", 'if __name__ == "__main__":', f"    {run}"]


def _docstring(record: Record, found: Clean, cells: Sequence[_Cell], proof: Proof | None, name: str) -> str:
    run = record.run
    of = f" of {PurePath(run.notebook).name}" if run.notebook else ""
    lines = [_plain_title(record), ""]
    if proof is not None:
        lines += [*textwrap.wrap(proof.line(record).replace("*", ""), _WIDTH), ""]
    when = naming.day(run.started, naming.zone(run))
    lines += textwrap.wrap(
        f"Made by labjournal from {record.address}{of}, which ran {when} on Python {run.python or 'unknown'}.", _WIDTH
    )
    if found.parameters:
        first = found.parameters[0]
        value = "" if first.type == "bool" else f" {first.literal}"
        lines += ["", f"    python {shlex.quote(name)} --{first.name.replace('_', '-')}{value}"]
    if found.variables:
        lines += [
            "",
            *textwrap.wrap(f"Secrets were not recorded: set {', '.join(found.variables)} in the environment first.", _WIDTH),
        ]
    for sentence in remarks(found):
        lines += ["", *textwrap.wrap(sentence, _WIDTH)]
    lacks = dict.fromkeys(sentence for cell in cells for sentence in cell.lacks)
    if lacks:
        lines += ["", "What this script cannot do as the notebook did:", *(f"- {sentence}" for sentence in lacks)]
    text = "\n".join(lines).replace("\\", "\\\\").replace('"""', "'''")
    return f'"""{text}\n"""'


def _plain_title(record: Record) -> str:
    return " ".join(title(record).split()) or str(record.address)
