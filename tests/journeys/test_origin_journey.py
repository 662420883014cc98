"""Where does this come from? Two notebooks in kernels of their own; the second reads what the first wrote, after somebody moved it.

Told through the command line: nobody logged anything, the raw data were overwritten since, and the model lies elsewhere under another name.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labjournal.cli.main import main
from labjournal.journal.reader import Journal
from labjournal.questions.origin.lineage import lineage
from labjournal.questions.origin.targets import find
from tests.replay.conftest import record

RAW = "day,cups\n" + "".join(f"{day},{'' if day % 7 == 0 else 30 + day}\n" for day in range(1, 29))
CLEANING = (
    "import pandas as pd",
    "unrelated = open('notes.txt').read()",
    "raw = pd.read_csv('raw.csv')",
    "play = raw.cups * 2",
    "clean = raw.dropna()\nclean.to_csv('clean.csv', index=False)",
)
LEARNING = (
    "import json, pandas as pd\nimport matplotlib\nmatplotlib.use('agg')\nimport matplotlib.pyplot as plt",
    "data = pd.read_csv('archive/monday.csv')\nscale = 2",
    "model = {'mean': float(data.cups.mean()) * scale}\nprint('rmse:', model['mean'])",
    "with open('model.json', 'w') as file:\n    json.dump(model, file)",
    "plt.plot(data.day, data.cups)\nplt.savefig('cups.png')",
)

Cli = Callable[..., tuple[int, str, str]]


class Story:
    def __init__(self, root: Path) -> None:
        self.root, self.journal, self.project = root, root / "journal", root / "project"
        self.project.mkdir()
        (self.project / "raw.csv").write_text(RAW)
        (self.project / "notes.txt").write_text("not about coffee")
        record(self.journal, self.project / "clean.ipynb", *CLEANING)
        (self.project / "archive").mkdir()
        (self.project / "clean.csv").rename(self.project / "archive" / "monday.csv")
        self.learn()
        (self.project / "raw.csv").write_text("day,cups\n1,1\n")
        (root / "share").mkdir()
        (self.project / "model.json").rename(root / "share" / "champion.bin")
        shutil.copy(self.project / "cups.png", root / "share" / "slide.png")

    def learn(self) -> None:
        record(self.journal, self.project / "learn.ipynb", *LEARNING)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    return Story(tmp_path_factory.mktemp("origins"))


@pytest.fixture
def cli(story: Story, capsys: pytest.CaptureFixture[str]) -> Cli:
    def carried_out(*argv: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main(["--journal", str(story.journal), *argv])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return carried_out


def asked(cli: Cli, *argv: str) -> dict[str, Any]:
    status, out, err = cli(*argv, "--json")
    assert (0, "") == (status, err)
    answer: dict[str, Any] = json.loads(out)
    return answer


def test_a_model_that_was_moved_and_renamed_leads_to_its_cell_its_data_and_theirs(story: Story, cli: Cli) -> None:
    answer = asked(cli, "why", str(story.root / "share" / "champion.bin"))

    learnt = answer["produced_by"]["address"].split("/")[0]
    assert (str(story.project / "learn.ipynb"), f"{learnt}/4") == (
        answer["produced_by"]["notebook"],
        answer["produced_by"]["address"],
    )
    assert [LEARNING[0], LEARNING[1], LEARNING[2], LEARNING[3]] == [step["source"] for step in answer["recipe"]]
    data = [part for part in answer["inputs"] if part["path"] == str(story.project / "archive" / "monday.csv")]
    assert ["content"] == [part["produced_how"] for part in data]
    (upstream,) = answer["upstream"]
    assert (str(story.project / "clean.ipynb"), [str(story.project / "clean.csv")]) == (
        upstream["notebook"],
        upstream["made"],
    )
    inputs = {Path(part["path"]).name: part["sha256"] for part in upstream["inputs"]}
    assert hashlib.sha256(RAW.encode()).hexdigest() == inputs["raw.csv"]
    assert "notes.txt" not in inputs
    assert 2 == answer["parameters"]["scale"]
    assert "pandas" in answer["environment"]["used"]


def test_the_text_names_the_cell_and_the_notebooks(story: Story, cli: Cli) -> None:
    status, out, _ = cli("why", str(story.root / "share" / "champion.bin"))

    assert 0 == status
    for words in ("learn.ipynb", "clean.ipynb", "monday.csv", "json.dump(model, file)", "raw.csv"):
        assert words in out


def test_a_figure_in_a_slide_is_found_by_its_bytes(story: Story, cli: Cli) -> None:
    assert asked(cli, "why", str(story.root / "share" / "slide.png"))["produced_by"]["address"].endswith("/5")


def test_what_became_of_the_raw_data_is_told_although_they_are_gone(story: Story, cli: Cli) -> None:
    answer = asked(cli, "why", hashlib.sha256(RAW.encode()).hexdigest(), "--forward")

    assert ("read", None) == (answer["found"], answer["produced_by"])
    used = {Path(use["notebook"]).name: {Path(path).name for path in use["files"]} for use in answer["used_by"]}
    assert {"clean.ipynb": {"clean.csv"}, "learn.ipynb": {"model.json", "cups.png"}} == used


def test_the_overwritten_file_is_not_taken_for_what_was_read(story: Story, cli: Cli) -> None:
    status, out, err = cli("why", str(story.project / "raw.csv"))

    assert (2, "", 1) == (status, out, len(err.splitlines()))
    assert f"Another content of this path is known: '{story.project / 'raw.csv'}'" in err


def test_the_graph_leads_from_the_model_to_the_raw_data(story: Story) -> None:
    with Journal.open(story.journal) as journal:
        answer = lineage(journal, find(journal, str(story.root / "share" / "champion.bin"), folder=story.root), "before", 20, 200)

    labels = [node["label"] for node in answer["nodes"]]
    assert {"model.json", "monday.csv", "raw.csv"} <= set(labels)
    assert "notes.txt" not in labels


def test_what_changed_is_said_when_the_data_did(story: Story, cli: Cli) -> None:
    archive = story.project / "archive" / "monday.csv"
    whole = archive.read_text()
    archive.write_text("".join(whole.splitlines(keepends=True)[:-4]))
    try:
        story.learn()
    finally:
        archive.write_text(whole)

    answer = asked(cli, "diff", "last")

    assert answer["summary"].startswith("Code and parameters are the same; monday.csv has 4 rows fewer")
    (change,) = [change for change in answer["data"] if change["role"] == "read" and change["what"] == "changed"]
    assert (0, 4) == (change["rows_added"], change["rows_removed"])
    assert ["rmse"] == [each["name"] for each in answer["metrics"] if each["delta"]]
