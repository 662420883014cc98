"""An afternoon on a notebook, played by chance: what is exported of it gives the results alone, in a fresh copy of the project."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from bench.afternoons.__main__ import main
from bench.afternoons.judging import alike
from bench.afternoons.person import RESTART, Act, afternoon

CELLS = (
    "import csv\nimport statistics",
    "with open('cups.csv') as file:\n    rows = list(csv.DictReader(file))",
    "len(rows)",
    "cups = [int(row['cups']) for row in rows]\nprint(cups[:3])",
    "least = 2\nkept = [cup for cup in cups if cup >= least]",
    "kept",
    "def mean(values, digits=3):\n    return round(statistics.mean(values), digits)",
    "average = mean(kept)\nprint('mean:', average)",
    "import random\nrandom.seed(4)\nsample = random.sample(kept, 3)",
    "sample",
    "kept.append(100)\nprint(max(kept))",
    "with open('means.txt', 'w') as file:\n    file.write(str(mean(kept)))",
    "print(open('means.txt').read())",
    "mean(sample, digits=1)",
)


def acts(seed: str) -> list[Act]:
    person = afternoon(CELLS, seed)
    found = [next(person)]
    try:
        while True:
            found.append(person.send("failed" if "mispelt" in found[-1].source else "ok"))
    except StopIteration:
        return found


def test_the_same_seed_is_the_same_afternoon() -> None:
    assert acts("1") == acts("1")
    assert acts("1") != acts("2")
    afternoons = [acts(str(seed)) for seed in range(30)]
    assert any(RESTART in one for one in afternoons)
    assert any("mispelt_name" in act.source for one in afternoons for act in one)


def test_pictures_and_what_is_another_each_time_are_judged_by_what_they_say() -> None:
    def shown(text: str) -> list[dict[str, str]]:
        return [{"output_type": "stream", "name": "stdout", "text": text}]

    assert alike(shown("<f at 0x7f01234567>"), shown("<f at 0x7f09999999>"))
    assert not alike(shown("mean: 3.1"), shown("mean: 3.2"))
    assert alike([{"output_type": "stream", "name": "stderr", "text": "warning"}], [])


def test_results_of_an_afternoon_come_out_of_their_notebooks_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = tmp_path / "top" / "cafe"
    project.mkdir(parents=True)
    (project / "cups.csv").write_text("day,cups\n" + "".join(f"{day},{day % 5}\n" for day in range(30)))
    nbformat.write(new_notebook(cells=[new_code_cell(source) for source in CELLS]), project / "cafe.ipynb")

    ended = main([str(tmp_path / "top"), "--targets", "2", "--seed", "3"])

    said = capsys.readouterr().out
    assert 0 == ended, said
    assert "2 of 2 gave what they gave: 100.0 %" in said
