"""Does it still hold? Told through the command line, from an ordinary kernel to a verdict, here and on somebody else's machine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.replay.conftest import record

CELLS = (
    "prices = [float(line) for line in open('prices.csv')]",
    "factor = 2",
    "mean = factor * sum(prices) / len(prices)\nprint('mean', mean)",
    "with open('mean.txt', 'w') as file:\n    file.write(str(mean))",
)


class Story:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.project = root / "project"
        self.project.mkdir()
        (self.project / "prices.csv").write_text("1\n2\n6\n")
        # No bytes are kept here: what becomes of an input that changes is part of the story.
        record(root / "journal", self.project / "prices.ipynb", *CELLS, LABJOURNAL_KEEP_BYTES="0")

    def __call__(self, *arguments: str, journal: str = "journal", cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "import sys; from labjournal.cli.main import main; sys.exit(main())", *arguments]
        environ = {**os.environ, "LABJOURNAL_PATH": str(self.root / journal), "LABJOURNAL_KEEP_BYTES": "0", "COLUMNS": "100"}
        return subprocess.run(
            command, env=environ, cwd=cwd or self.root, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )

    def answer(self, *arguments: str, **more: Any) -> dict[str, Any]:
        done = self(*arguments, "--json", **more)
        assert done.returncode in (0, 1), done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    return Story(tmp_path_factory.mktemp("story"))


def test_it_holds_until_the_data_changes(story: Story) -> None:
    held = story("replay", "last")
    (story.project / "prices.csv").write_text("1\n2\n9\n")
    parted = story("replay", "last")
    (story.project / "prices.csv").write_text("1\n2\n6\n")

    assert (0, "reproduced: ") == (held.returncode, held.stdout.splitlines()[-1][:12])
    assert 1 == parted.returncode
    lines = parted.stdout.splitlines()
    assert "First difference: execution 3, text (stdout, line 1)" == lines[0]
    assert ["  recorded  mean 6.0", "  replayed  mean 8.0"] == lines[3:5]
    assert f"The input {story.project / 'prices.csv'} has changed since it was recorded" in parted.stdout
    assert "4 executions: 3 the same, 1 not (3)" in lines
    assert "differs: " == lines[-1][:9]


def test_another_value_is_one_option(story: Story) -> None:
    answer = story.answer("replay", "last", "-p", "factor=10")

    assert "mean 30.0" == answer["first_difference"]["replayed"]
    assert "Parameters were changed: factor 2 → 10. Differences are expected." in answer["problems"]
    assert 2 == story("replay", "last", "-p", "fctor=10").returncode


def test_a_record_travels_and_is_asked_about_before_it_runs(story: Story, tmp_path: Path) -> None:
    assert 0 == story("export", "last", "--to", "crate", "--output", str(tmp_path / "record.zip")).returncode
    hidden = story.project.rename(story.root / "hidden")
    try:
        refused = story("replay", str(tmp_path / "record.zip"), journal="other", cwd=tmp_path)
        answer = story.answer("replay", str(tmp_path / "record.zip"), "--yes", journal="other", cwd=tmp_path)
    finally:
        hidden.rename(story.project)

    assert (2, "") == (refused.returncode, refused.stdout)
    assert refused.stderr.startswith("Nothing was executed.")
    assert answer["reproduced"]
    assert ["record.zip"] == sorted(path.name for path in tmp_path.iterdir() if path.name != "journal")
    shutil.rmtree(story.root / "other")
