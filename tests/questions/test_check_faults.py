"""Faults of hidden state, put into a sound notebook one at a time, are each found, and the sound one is left alone."""

from __future__ import annotations

import random
from pathlib import Path

import nbformat
import pytest

from bench.checking import FAULTS, tried

CELLS = [
    "import math\nfrom pathlib import Path",
    "rows = Path('rows.txt').read_text().split()",
    "def area(r):\n    return math.pi * r ** 2",
    "sizes = [area(int(row)) for row in rows]",
    "largest = max(sizes)\nprint(largest)",
]


@pytest.mark.parametrize("seed", range(4))
def test_each_fault_is_found_and_what_is_sound_is_left_alone(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "work" / "sound.ipynb"
    path.parent.mkdir()
    (path.parent / "rows.txt").write_text("1 2 3")
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS]), path)

    every = list(tried(path, random.Random(seed)))

    assert ["sound", *FAULTS] == [one.fault for one in every]
    assert [] == [one for one in every if not one.found]
    assert {"rows.txt", "sound.ipynb"} == {one.name for one in path.parent.iterdir()}
