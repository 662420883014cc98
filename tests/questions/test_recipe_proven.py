"""Recipes are proven by running: of many made-up afternoons, the recipe alone gives what the whole afternoon gave."""

from __future__ import annotations

import os
import random
import re
from pathlib import Path
from typing import Any

import pytest

from labjournal.journal.rows import Address
from labjournal.questions.recipe.slicing import explained
from labjournal.recorders.code import names_in
from tests.builders import JournalBuilder

NAMES = "abcde"
AFTERNOONS = int(os.environ.get("LABJOURNAL_AFTERNOONS", "60"))
CELLS = [
    "{x} = {number}",
    "{x} = [{number}]",
    "{x} = {y}",
    "{x} = [{y}, {z}]",
    "{x} = [{y}] + [{z}]",
    "{x} = str({y}) + str({z})",
    "{x} = {{'k': {y}}}\n{x}['j'] = {number}",
    "{x}, {y} = [{number}], {z}",
    "{x} = {y} if {number} % 2 else {z}",
    "if {number} % 2:\n    {x} = {y}",
    "if str({y}) > str({z}):\n    {x} = [{number}]\nelse:\n    {x} = [{y}]",
    "for {x} in [{y}, {z}]:\n    pass",
    "{x} = [{y} for _ in range(2)]",
    "def f():\n    return [{y}]",
    "def g():\n    global {x}\n    {x} = [{number}]",
    "def k():\n    if isinstance({x}, list):\n        {x}.append({number})",
    "k()",
    "{x} = k",
    "{x}() if {x} is k else None",
    "f()",
    "{x} = f()",
    "g()",
    "h = lambda: {y}",
    "{x} = h()",
    "{x} = [{number}]\n{y} = {x}\n{y}.append({number})",
    "isinstance({x}, list) and {x}.append({number})",
    "if isinstance({x}, list):\n    {x}.append({y} if {y} is not {x} else 0)",
    "if isinstance({x}, list):\n    {x} += [{number}]",
    "if isinstance({x}, list) and {x}:\n    {x}[0] = {number}",
    "if isinstance({x}, dict):\n    {x}.clear()",
    "{x} = [{number}]\nraise ValueError('after binding')",
    "raise ValueError('before binding')\n{x} = [{number}]",
    "try:\n    {x} = {y}\nexcept Exception as e:\n    {z} = 0",
    "exec('{x} = [{number}]')",
    "{x} = eval('{y}')",
    "class C:\n    value = {y}",
    "{x} = C.value",
    "C.value = {x}",
    "import math\n{x} = math.floor({number}.5)",
    "{x} = [{number}]; {y} = [{x}]; del {x}; {x} = {y}",
]
START = "a = [1]; b = [2]; c = 3; d = {}; e = 'x'\ndef f(): return a\ndef g(): return b\nh = lambda: c\ndef k(): b.append(1)\nclass C: value = 0"
TARGET = "repr(({x}, {y}))"


def afternoon(chance: random.Random, length: int) -> list[str]:
    cells = []
    for _ in range(length):
        x, y, z = (chance.choice(NAMES) for _ in range(3))
        cells.append(chance.choice(CELLS).format(x=x, y=y, z=z, number=chance.randrange(10)))
    return [START, *cells, TARGET.format(x=chance.choice(NAMES), y=chance.choice(NAMES))]


def executed(cells: list[str]) -> tuple[list[str], str]:
    """The status of every cell, and what the last one gives."""
    space: dict[str, Any] = {}
    statuses = []
    for cell in cells[:-1]:
        try:
            exec(cell, space)
            statuses.append("ok")
        except Exception:
            statuses.append("failed")
    try:
        given = str(eval(cells[-1], space))
    except NameError as error:
        given = str(error)
    return [*statuses, "ok"], re.sub(r" at 0x[0-9a-f]+", "", given)


@pytest.mark.parametrize("seed", range(AFTERNOONS))
def test_the_recipe_alone_gives_the_same_result(seed: int, builder: JournalBuilder) -> None:
    cells = afternoon(random.Random(seed), 14)
    statuses, whole = executed(cells)
    run = builder.run()
    for cell, status in zip(cells, statuses, strict=True):
        names = names_in(cell)
        run.execution(
            cell, status=status, bound=sorted(names.bound), used=sorted(names.used), mutated=sorted(names.mutated),
            imported=sorted(names.imported), opaque=names.opaque,
        )  # fmt: skip

    with builder.open() as journal:
        recipe = [step.execution.source for step in explained(journal, Address(run.run, len(cells))).steps]

    assert whole == executed(recipe)[1], "\n----\n".join(recipe)


def test_recipes_are_shorter_than_afternoons(tmp_path: Path) -> None:
    """Taking everything would always be right, and of no use."""
    whole = kept = 0
    for seed in range(12):
        builder = JournalBuilder(tmp_path / str(seed))
        run = builder.run()
        chance = random.Random(seed)
        for number in range(30):
            name = f"v{chance.randrange(8)}"
            source = f"{name} = v{chance.randrange(8)} + 1" if number > 8 else f"v{number} = {number}"
            names = names_in(source)
            run.execution(source, bound=sorted(names.bound), used=sorted(names.used))
        with builder.open() as journal:
            kept += len(explained(journal, Address(run.run, 30)).steps)
        whole += 30

    assert whole / 2 > kept
