"""Would a notebook run from top to bottom: names that no cell above defines, code that is none, files that are not there.

Told from the text of the cells alone. Behind code that may have bound anything (`exec`, a star import, `%run`, an extension's magic)
nothing is said about names that nobody binds, and what stands in a `try` is taken to expect that it fails.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from labjournal.questions.check.notebook_on_disk import Cell, NotebookOnDisk
from labjournal.questions.reading import Reading, read
from labjournal.questions.recipe.calling import Function, Text, last_word, told
from labjournal.questions.recipe.magics import unknown_magics
from labjournal.questions.recipe.traces import GIVEN
from labjournal.recorders import names as recorded_names
from labjournal.recorders.code import names_in

__all__ = ["Trouble", "asks_for", "from_top"]

_HIDES = re.compile(
    r"\b(?:exec|execfile|globals|locals|vars|get_ipython|setattr)\s*\(|^[ \t]*%(?:run|store|load|pylab|recall|rerun|macro)\b",
    re.MULTILINE,
)
_READS = re.compile(
    r"(?!load_sample)(?:read|load)\w*|imread|open|open_dataset|from_file|File|ZipFile|TarFile|ImageFolder|connect|scan_\w+|genfromtxt|fromfile|memmap"
)
_WRITES = re.compile(
    r"to_\w+|write\w*|save\w*|savefig|dump\w*|export\w*|imwrite|mkdir|makedirs|copy\w*|move|rename|urlretrieve|download\w*|extract\w*|touch|connect"
)
_REMOTE = re.compile(r"^[a-z][a-z0-9+.-]*://|^[\w.-]+@|[*?\[{]|^$")
_MOVES = re.compile(r"\bchdir\s*\(|^[ \t]*%(?:cd|pushd|popd)\b", re.MULTILINE)
_NAMED = re.compile(r"\.[A-Za-z]\w{0,7}$")


@dataclass(frozen=True)
class Trouble:
    """Something that is wrong with a cell: in short, and in a sentence."""

    cell: Cell
    what: str
    why: str


def from_top(notebook: NotebookOnDisk, gone: Mapping[str, str]) -> Iterator[Trouble]:
    """What would go wrong; `gone` leads from a name to the words that say which cell, gone now, bound it once."""
    cells = notebook.cells
    binds = [_binds(cell.source) for cell in cells]
    yield from _unreadable(cells)
    yield from _names(cells, binds, gone)
    yield from _files(notebook)


def _unreadable(cells: Sequence[Cell]) -> Iterator[Trouble]:
    for cell in cells:
        if not read(cell.source).parsed and not cell.source.lstrip().startswith("%%") and _is_no_python(cell.source):
            yield Trouble(cell, "not Python", "It cannot be read as Python, so running all would stop here.")
        elif cell.error and not cell.may_fail:
            yield Trouble(cell, "failed", f"It shows an error ({cell.error}); running all would stop here, if it still fails.")


def _is_no_python(source: str) -> bool:
    """As IPython would read it; what only newer versions understand is not judged."""
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        compile(TransformerManager().transform_cell(source), "cell", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | ast.PyCF_ONLY_AST)
    except (SyntaxError, ValueError):
        return True
    except (RecursionError, MemoryError):
        return False
    return False


def _names(cells: Sequence[Cell], binds: Sequence[frozenset[str]], gone: Mapping[str, str]) -> Iterator[Trouble]:
    bound: set[str] = set(GIVEN) | {"__name__", "__doc__"}
    deleted: dict[str, Cell] = {}
    everywhere = {name: cells[place].position for place in range(len(cells) - 1, -1, -1) for name in binds[place]}
    functions: dict[str, Function] = {}
    hidden = False
    said: set[str] = set()
    for place, cell in enumerate(cells):
        text = told(cell.source)
        functions.update((function.names[0], function) for function in text.functions if len(function.names) == 1)
        asked = asks_for(cell.source, functions)
        missing = asked - bound - said - _expected_to_fail(text)
        missing -= {name for name in missing & binds[place] if not _read_first(text, name)}
        if _HIDES.search(cell.source) or text.star or unknown_magics(cell.source):
            hidden = True
        later = sorted(name for name in missing if everywhere.get(name, 0) > cell.position)
        nowhere = sorted(missing - set(later)) if not hidden else sorted((missing & deleted.keys()) - set(later))
        for name in later:
            yield Trouble(
                cell,
                "defined only later",
                f"It uses '{name}', which only cell {_last_place(cells, binds, name, place)} below defines.",
            )
        for name in nowhere:
            if name in deleted:
                yield Trouble(cell, "deleted before", f"It uses '{name}', which cell {deleted[name].position} deletes.")
            elif name not in binds[place]:
                yield Trouble(cell, "not defined", f"It uses '{name}', which no cell defines{gone.get(name, '')}.")
            else:
                yield Trouble(cell, "not defined", f"It uses '{name}' before anything gives it a value{gone.get(name, '')}.")
        said |= set(later) | set(nowhere)
        bound |= binds[place]
        for name in _deletes(text):
            bound.discard(name)
            deleted[name] = cell


def _last_place(cells: Sequence[Cell], binds: Sequence[frozenset[str]], name: str, place: int) -> int:
    return next(cells[later].position for later in range(place + 1, len(cells)) if name in binds[later])


def asks_for(source: str, functions: Mapping[str, Function]) -> set[str]:
    """Names that must have a value when the cell runs: those it reads, and those that the functions it calls read, as they stand then."""
    reading, text = read(source), told(source)
    if not reading.parsed:
        return set()
    own = _binds(source)
    found = set(reading.free)
    waiting = [call.first for call in text.calls if call.plain]
    called: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in functions and name not in called:
            called.add(name)
            found |= _reads(functions[name]) - own
            waiting += [call.first for call in functions[name].calls if call.plain]
    return found


def _read_first(text: Text, name: str) -> bool:
    """Whether a cell that binds a name itself asks for its value before that."""
    for statement in text.tree.body if text.tree else ():
        named = [node for node in ast.walk(statement) if isinstance(node, ast.Name) and node.id == name]
        if named or isinstance(statement, (ast.Pass, ast.Try, ast.If, ast.With, ast.For, ast.While)):
            simple = isinstance(statement, (ast.Assign, ast.AugAssign, ast.Expr))
            augmented = (
                isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name) and statement.target.id == name
            )
            return simple and (augmented or any(isinstance(node.ctx, ast.Load) for node in named))
    return False


@lru_cache(maxsize=4096)
def _reads(function: Function) -> frozenset[str]:
    """Names of the notebook that the function reads whenever it is called; what stands behind `if` may not be."""
    if function.closes or len(function.names) > 1:
        return frozenset()
    plain = [
        statement
        for statement in function.body.body
        if not isinstance(statement, (ast.If, ast.Try, ast.With, ast.While, ast.For))
    ]
    try:
        names = recorded_names.read(ast.Module(plain, []), {})
    except RecursionError:
        return frozenset()
    stored = {node.id for node in ast.walk(function.body) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    imported = {
        (alias.asname or alias.name).split(".")[0]
        for node in ast.walk(function.body)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    return frozenset(names.used - function.parameters - stored - imported)


@lru_cache(maxsize=4096)
def _binds(source: str) -> frozenset[str]:
    reading: Reading = read(source)
    return frozenset(names_in(source).bound) | reading.definite | reading.late_bound | _captured(source)


def _captured(source: str) -> frozenset[str]:
    found = re.findall(r"^\s*%%(?:capture|sql|bigquery)[^\n]*?\s([A-Za-z_]\w*)\s*(?:<<)?\s*$", source, re.MULTILINE)
    return frozenset(found)


def _deletes(text: Text) -> set[str]:
    """Names that are gone when the cell has run."""
    found: set[str] = set()
    for statement in text.tree.body if text.tree else ():
        if isinstance(statement, ast.Delete):
            found |= {target.id for target in statement.targets if isinstance(target, ast.Name)}
        else:
            found -= {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return found


def _expected_to_fail(text: Text) -> set[str]:
    return {
        node.id
        for statement in ast.walk(text.tree or ast.Module([], []))
        if isinstance(statement, ast.Try) and statement.handlers
        for part in statement.body
        for node in ast.walk(part)
        if isinstance(node, ast.Name)
    }


def _files(notebook: NotebookOnDisk) -> Iterator[Trouble]:
    """Literal paths that are read, are not there, and are named by no cell above that may have made them."""
    named: set[str] = set()
    commands = ""
    for cell in notebook.cells:
        if _MOVES.search(cell.source):
            return  # from here on it is not known where relative paths begin
        text = told(cell.source)
        read_here = list(dict.fromkeys(_read_paths(text)))
        others = {_stem(path) for path in _texts(text) if path not in read_here} | {_stem(path) for path in _written_paths(text)}
        commands += " ".join(line for line in cell.source.split("\n") if line.lstrip().startswith(("!", "%"))) + " "
        for path in read_here:
            if _stem(path) not in named | others and _stem(path) not in commands and not _is_there(notebook.folder, path):
                named.add(_stem(path))
                yield Trouble(cell, "file missing", f"It reads '{path}', which is not there.")
        named |= others


def _stem(path: str) -> str:
    """What a file is called whatever its ending: `np.save('a', …)` makes `a.npy`."""
    return os.path.basename(path.rstrip("/")).partition(".")[0]


def _texts(text: Text) -> Iterator[str]:
    for node in ast.walk(text.tree or ast.Module([], [])):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and 0 < len(node.value) < 300:
            yield node.value


def _read_paths(text: Text) -> Iterator[str]:
    for call in text.called:
        first = call.args[0] if call.args else None
        if not (isinstance(first, ast.Constant) and isinstance(first.value, str) and _READS.fullmatch(last_word(call.func))):
            continue
        path = first.value
        if _NAMED.search(path) and not _REMOTE.search(path) and "\n" not in path and not _for_writing(call):
            yield path


def _for_writing(call: ast.Call) -> bool:
    given = [*call.args[1:2], *(word.value for word in call.keywords if word.arg == "mode")]
    return any(isinstance(each, ast.Constant) and isinstance(each.value, str) and each.value[:1] in "wax" for each in given) or (
        last_word(call.func) == "connect"
    )


def _written_paths(text: Text) -> Iterator[str]:
    for call in ast.walk(text.tree or ast.Module([], [])):
        if isinstance(call, ast.Call) and (_WRITES.fullmatch(last_word(call.func)) or _for_writing(call)):
            for part in (*call.args, *(word.value for word in call.keywords)):
                yield from (
                    node.value for node in ast.walk(part) if isinstance(node, ast.Constant) and isinstance(node.value, str)
                )


def _is_there(folder: Path, path: str) -> bool:
    try:
        return os.path.exists(folder / os.path.expanduser(path))
    except (OSError, ValueError):
        return True
