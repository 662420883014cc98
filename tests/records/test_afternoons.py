"""Random messy afternoons, really executed: whatever the notebook keeps shows again exactly what it showed when it was recorded.

Cells are executed out of order, edited in place, executed again, and fail; afterwards the clean notebook is executed in a fresh
namespace. Nothing here knows the rules by which cells are left out.
"""

from __future__ import annotations

import ast
import contextlib
import io
import random
import re
from pathlib import Path
from typing import Any

import pytest

from labjournal.events import OutputShown
from labjournal.journal.addresses import resolve
from labjournal.records import notebook
from labjournal.records.record import build
from tests.builders import JournalBuilder, error, result, stream

NAMES = ("a", "b", "c", "d")
TEMPLATES = (
    "{x} = {k}", "{x} = {k}  # a choice", "{x} = '{k}'", "{x} = [{k}, {l}]", "{x} = {y}", "{x} = [{y}, {k}]", "{x} = list(z for z in range({k}))",
    "{x} += {k}", "{x} += {y}", "{x}.append({k})", "{x}.append(len({y}))", "{x}[0] = {k}", "{x}.sort()", "{x} = sorted({y})", "{x} = {y} * 2",
    "{x} = {y}.copy()", "{x} = {y}[:1]", "del {x}", "print({x})", "print({x}, {y})", "{x}", "len({x})", "{x}.pop()", "{x} = {y}.pop()",
    "import math\n{x} = math.floor(3.5) + {k}", "import math", "import math, json", "def f(v):\n    return v * {k}", "def g(v):\n    v.append({k})",
    "def h():\n    return {y}", "{x} = f({y})", "g({x})", "{x} = h()", "print(h())", "for {x} in range({k}):\n    pass",
    "for one in {x}:\n    print(one)", "if {y}:\n    {x} = {k}", "try:\n    {x} = {y} + 1\nexcept TypeError:\n    {x} = 0", "{x}, {y} = {k}, {l}",
    "{x} = {k}\n{y} = [{x}]\n{y}.append({l})\nprint({y})", "it = iter([1, 2, 3, 4, 5, 6, 7, 8, 9])", "{x} = next(it)", "print(next(it))", "{x} = [next(it)]",
    "import random\nrandom.seed({k})", "import random\n{x} = random.random()", "import random\nprint(random.randint(0, 99))", "rng = __import__('random').Random({k})",
    "{x} = rng.random()", "global_count = globals().get('global_count', 0) + 1\nprint(global_count)", "exec('{x} = {k}')", "{x} = lambda: {y}",
    "print({x}())", "class P:\n    size = {k}", "P.size += 1\nprint(P.size)", "with open(PATH, 'w') as file:\n    file.write('{k}')",
    "{x} = open(PATH).read()", "print([{y} for {y} in range(2)])", "{x} = {{'k': {k}}}", "{x}['k'] += 1", "1 / 0",
)  # fmt: skip


SEED = "import random\nrandom.seed(1)"
"""Without it drawn numbers would be others each time anyway."""


ADDRESS = re.compile("0x[0-9a-f]+")


class Namespace:
    """Executes cells as a kernel does: what they print, and the value of a last expression, is their output."""

    def __init__(self, path: Path) -> None:
        self.names: dict[str, Any] = {"PATH": str(path), "__name__": "__main__"}
        self.error: OutputShown | None = None

    def execute(self, source: str) -> tuple[str, str | None, bool]:
        printed, value, failed = io.StringIO(), None, False
        self.error = None
        tree = ast.parse(source)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        with contextlib.redirect_stdout(printed):
            try:
                exec(compile(tree, "<cell>", "exec"), self.names)
                if isinstance(last, ast.Expr):
                    value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), self.names)
            except Exception as problem:
                failed = True
                at = problem.__traceback__.tb_next if problem.__traceback__ else None
                self.error = error(type(problem).__name__, str(problem), f"Cell In[1]\n----> {at.tb_lineno if at else 1} here")
        return (
            ADDRESS.sub("0x…", printed.getvalue()),
            None if value is None or failed else ADDRESS.sub("0x…", repr(value)),
            failed,
        )


def typed(chance: random.Random) -> str:
    x, y = chance.sample(NAMES, 2)
    return chance.choice(TEMPLATES).format(x=x, y=y, k=chance.randrange(1, 9), l=chance.randrange(1, 9))


def afternoon(chance: random.Random, builder: JournalBuilder, path: Path) -> dict[int, tuple[str, str | None]]:
    """Works through an afternoon; what every execution that succeeded showed."""
    run = builder.run(folder="/nowhere")
    kernel = Namespace(path)
    cells = {f"cell-{place}": typed(chance) for place in range(chance.randrange(4, 12))}
    shown: dict[int, tuple[str, str | None]] = {1: kernel.execute(SEED)[:2]}
    run.execution(SEED, cell_id="seed")
    for _ in range(chance.randrange(8, 40)):
        cell = chance.choice(list(cells))
        if chance.random() < 0.35:
            cells[cell] = typed(chance)
        before = path.read_text() if path.exists() else None
        text, value, failed = kernel.execute(cells[cell])
        outputs = ([stream(text)] if text else []) + ([result(value)] if value is not None else [])
        outputs += [kernel.error] if kernel.error else []
        reads = [_touched("read", path, before)] if "open(PATH).read" in cells[cell] and not failed else []
        writes = [_touched("written", path, path.read_text())] if "open(PATH, 'w')" in cells[cell] and not failed else []
        run.execution(cells[cell], cell_id=cell, outputs=outputs, status="failed" if failed else "ok", reads=reads, writes=writes)
        shown[run.n] = (text, value)
    return shown


def _touched(kind: str, path: Path, content: str | None) -> Any:
    from tests import builders

    return getattr(builders, kind)(path, (content or "").encode())


@pytest.mark.parametrize("seed", range(60))
def test_a_clean_notebook_shows_what_was_recorded(seed: int, tmp_path: Path) -> None:
    for part in range(5):
        chance = random.Random(f"{seed}.{part}")
        builder = JournalBuilder(tmp_path / f"journal-{part}")
        shown = afternoon(chance, builder, tmp_path / f"file-{part}")
        if not shown:
            continue
        with builder.open() as journal:
            found = notebook.clean(build(journal, resolve(journal, "last")))
        (tmp_path / f"file-{part}").unlink(missing_ok=True)
        again = Namespace(tmp_path / f"file-{part}")
        for one in found.parameters:
            again.execute(f"{one.name} = {one.literal}")
        for step, source in found.cells:
            text, value, failed = again.execute(source)
            if "failed here" in source:  # it goes as far as it came
                value = None
            assert (step.n, *shown[step.n], False) == (step.n, text, value, failed), source
