"""Somebody who works through a notebook: by chance, but by the same chance every time.

They run its cells in order, and in between they misspell a name, try another number and go back, look at things, rebind and change
objects in cells that they delete again, run earlier cells once more or later ones too soon, give a number a name, set options, write a
file and read it back, and restart the kernel and run again what stands in the notebook.
"""

from __future__ import annotations

import ast
import random
import warnings
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["RESTART", "Act", "afternoon"]


@dataclass(frozen=True)
class Act:
    """A cell is executed; with no cell, the kernel is restarted."""

    cell: str
    source: str


RESTART = Act("", "")
_MOST = 40
_LOOKS = (
    "{x}",
    "type({x})",
    "print(type({x}))",
    "{x}.head() if hasattr({x}, 'head') else None",
    "len({x}) if hasattr({x}, '__len__') else None",
)
_CHANGES = (
    "{x} = {x}.head(40) if hasattr({x}, 'head') else {x}",
    "if type({x}).__name__ == 'DataFrame':\n    {x}['extra_{k}'] = {k}",
    "if type({x}) is list:\n    {x}.append({x}[-1]) if {x} else None",
    "import copy\n{x} = copy.copy({x}) if not callable({x}) and type({x}).__name__ != 'module' else {x}",
    "before_{k} = {x}\nif type(before_{k}).__name__ == 'DataFrame':\n    before_{k}.iloc[:1] = before_{k}.iloc[-1:].values",
    "if type({x}).__name__ == 'ndarray' and {x}.dtype.kind == 'f':\n    {x} *= 1.25",
    "if type({x}) in (int, float):\n    {x} += 1",
)  # fmt: skip
_AROUND = (
    "import random\nrandom.seed({k})",
    "import numpy as np\nnp.random.seed({k})",
    "import matplotlib.pyplot as plt\nplt.rcParams['lines.linewidth'] = {k} / 2",
    "import pandas as pd\npd.set_option('display.precision', {k} % 5 + 2)",
    "import os\nos.environ['AFTERNOON'] = '{k}'",
    "import warnings\nwarnings.filterwarnings('ignore')",
    "%matplotlib inline",
    "!echo {k}",
    "%precision {k}",
    "scratch_{k} = [{k}]\nscratch_{k} *= 3",
    "def forgotten(value):\n    return value + {k}",
)
_KEPT = (
    "if type({x}).__name__ == 'DataFrame':\n    {x}.to_pickle('kept_{k}.pkl')",
    "import pandas as pd, os\nif os.path.exists('kept_{k}.pkl'):\n    {x} = pd.read_pickle('kept_{k}.pkl')",
)


def afternoon(sources: Sequence[str], seed: str) -> Generator[Act, str, None]:
    """What is done, act by act; to be sent how each ended: 'ok' or 'failed'."""
    yield from _Person(list(sources), random.Random(seed)).acts()


class _Person:
    def __init__(self, sources: list[str], chance: random.Random) -> None:
        self.chance = chance
        self.cells = [(f"cell-{place}", source) for place, source in enumerate(sources[: chance.randrange(11, 17)])]
        self.notebook: list[tuple[str, str]] = []
        self.done = 0
        self.scratch = 0

    def acts(self) -> Generator[Act, str, None]:
        restarts = 1
        waiting = list(self.cells)
        while waiting and self.done < _MOST:
            cell, source = waiting.pop(0)
            dice = self.chance.random()
            if dice < 0.07 and waiting:
                yield from self._run(*waiting[0])  # too soon
            if self.chance.random() < 0.14 and (slip := self._misspelt(source)):
                yield from self._run(cell, slip)
            if self.chance.random() < 0.2 and (other := self._other_number(source)):
                tried = yield from self._run(cell, other)
                if tried == "ok" and self.chance.random() < 0.3:
                    source = other
            if self.chance.random() < 0.12 and (named := self._named_number(source)):
                given, source = named
                yield from self._scratch(given, keep=self.chance.random() < 0.7)
            if (yield from self._run(cell, source)) == "ok":
                self.notebook.append((cell, source))
            yield from self._between(source)
            if restarts and len(self.notebook) > 6 and self.chance.random() < 0.12:
                restarts -= 1
                yield RESTART
                for again in list(self.notebook):
                    yield from self._run(*again)

    def _between(self, source: str) -> Generator[Act, str, None]:
        names = _names(source)
        if names and self.chance.random() < 0.22:
            yield from self._scratch(self.chance.choice(_LOOKS).format(x=self.chance.choice(names)))
        if names and self.chance.random() < 0.25:
            k = self.chance.randrange(2, 90)
            yield from self._scratch(
                self.chance.choice(_CHANGES).format(x=self.chance.choice(names), k=k), keep=self.chance.random() < 0.3
            )
        if self.chance.random() < 0.18:
            yield from self._scratch(
                self.chance.choice(_AROUND).format(k=self.chance.randrange(2, 90)), keep=self.chance.random() < 0.5
            )
        if names and self.chance.random() < 0.08:
            x, k = self.chance.choice(names), self.chance.randrange(2, 90)
            for each in _KEPT:
                yield from self._scratch(each.format(x=x, k=k), keep=True)
        if self.notebook and self.chance.random() < 0.2:
            yield from self._run(*self.chance.choice(self.notebook[-5:]))

    def _run(self, cell: str, source: str) -> Generator[Act, str, str]:
        self.done += 1
        return (yield Act(cell, source))

    def _scratch(self, source: str, *, keep: bool = False) -> Generator[Act, str, None]:
        """A cell that was not in the notebook; where it is not kept, it is deleted at once, and what it did remains."""
        self.scratch += 1
        cell = f"scratch-{self.scratch}"
        if (yield from self._run(cell, source)) == "ok" and keep:
            self.notebook.append((cell, source))

    def _misspelt(self, source: str) -> str:
        """The cell with a name that is not defined: at its end, or between its statements, when half of it is done."""
        tree = _tree(source)
        if tree is None or not tree.body:
            return ""
        lines = source.split("\n")
        place = self.chance.choice([one.end_lineno or one.lineno for one in tree.body])
        return "\n".join([*lines[:place], "mispelt_name", *lines[place:]])

    def _numbers(self, source: str) -> list[ast.Constant]:
        tree = _tree(source)
        found = [
            node
            for node in ast.walk(tree or ast.Module([], []))
            if isinstance(node, ast.Constant) and type(node.value) in (int, float) and node.lineno == node.end_lineno
        ]
        return [node for node in found if isinstance(node.value, (int, float)) and 0 < node.value < 10**6]

    def _other_number(self, source: str) -> str:
        numbers = self._numbers(source)
        if not numbers:
            return ""
        node = self.chance.choice(numbers)
        value: Any = node.value
        value = value + 1 if type(value) is int else round(value * 1.5, 6)
        return _put(source, node, repr(value))

    def _named_number(self, source: str) -> tuple[str, str] | None:
        numbers = self._numbers(source)
        if not numbers:
            return None
        node = self.chance.choice(numbers)
        name = f"how_many_{self.scratch}"
        return f"{name} = {node.value!r}", _put(source, node, name)


def _tree(source: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, ValueError):
        return None


def _put(source: str, node: ast.Constant, text: str) -> str:
    lines = [line.encode() for line in source.split("\n")]
    line = lines[node.lineno - 1]
    lines[node.lineno - 1] = line[: node.col_offset] + text.encode() + line[node.end_col_offset or 0 :]
    return b"\n".join(lines).decode()


def _names(source: str) -> list[str]:
    """Names that the cell binds at its top, but for modules and functions."""
    tree = _tree(source)
    return [
        target.id
        for statement in (tree.body if tree else ())
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    ]
