"""What `--json` prints is what `docs/answers` describes and what `tests/samples/answers` shows to the panel's tests.

`LABJOURNAL_RENEW=1 pytest tests/cli/test_answers.py` writes the samples anew from the story.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import nbformat
import pytest

from labjournal.cli import manual
from labjournal.journal.reader import Journal
from labjournal.questions.origin.lineage import lineage
from labjournal.questions.origin.targets import find
from labjournal.questions.summaries import detail, summaries
from labjournal.questions.versions import versions
from tests.builders import JournalBuilder
from tests.cli.conftest import Cli
from tests.cli.story import NOTEBOOK, PLACE

ROOT = Path(__file__).resolve().parent.parent.parent
SAMPLES = ROOT / "tests" / "samples" / "answers"
DOCS = ROOT / "docs"

COMMANDS = {
    "log": ("log",),
    "results": ("results", "--sort", "accuracy"),
    "show": ("show", "k3f9a2"),
    "show.execution": ("show", "k3f9a2/5"),
    "search": ("search", "sales"),
    "status": ("status",),
    "verify": ("verify",),
}
OF_DATA = {
    "results.data": ("results",),
    "why": ("why", "m0de1a/4", "--forward"),
    "why.metric": ("why", "m0de1b:accuracy"),
    "diff": ("diff", "m0de1b"),
    "show.data": ("show", "m0de1b/2"),
}
GRAPHS_OF_DATA = {"lineage": ("m0de1b/3:accuracy", "before"), "lineage.both": ("c1ean5/4", "both")}
ASKED_BY_THE_PANEL: dict[str, Callable[[Journal], Any]] = {
    "execution": lambda journal: detail(journal, "k3f9a2", 5),
    "summaries": lambda journal: summaries(journal, "k3f9a2"),
    "versions": lambda journal: versions(journal, NOTEBOOK, "load"),
}


def same_as_sample(name: str, answer: Any, folder: Path) -> None:
    told = json.loads(json.dumps(answer).replace(str(folder), PLACE))
    if "bytes" in told:
        told["bytes"] = 262144
    sample = SAMPLES / f"{name}.json"
    if os.environ.get("LABJOURNAL_RENEW"):
        sample.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    assert json.loads(sample.read_text(encoding="utf-8")) == told


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_sample_is_what_the_command_prints(name: str, cli: Cli, story: JournalBuilder) -> None:
    same_as_sample(name, cli(*COMMANDS[name], "--json").json, story.folder)


@pytest.mark.parametrize("name", sorted(ASKED_BY_THE_PANEL))
def test_the_sample_is_what_the_panel_is_told(name: str, story: JournalBuilder) -> None:
    with story.open() as journal:
        same_as_sample(name, ASKED_BY_THE_PANEL[name](journal), story.folder)


@pytest.mark.parametrize("name", sorted(OF_DATA))
def test_the_sample_about_data_is_what_the_command_prints(name: str, cli: Cli, data_story: JournalBuilder) -> None:
    same_as_sample(name, cli(*OF_DATA[name], "--json").json, data_story.folder)


@pytest.mark.parametrize("name", sorted(GRAPHS_OF_DATA))
def test_the_sample_is_the_graph_that_is_drawn(name: str, data_story: JournalBuilder) -> None:
    target, direction = GRAPHS_OF_DATA[name]
    with data_story.open() as journal:
        same_as_sample(name, lineage(journal, find(journal, target), direction, 12, 60), data_story.folder)  # type: ignore[arg-type]


def test_the_sample_of_a_check_is_what_the_command_prints(cli: Cli, story: JournalBuilder, tmp_path: Path) -> None:
    cells = [("c1", 3, "print(rate * 2)"), ("c2", 1, "rate = 0.2"), ("c3", 2, "sales = open('sales.csv').read()")]
    code = [nbformat.v4.new_code_cell(source, id=name, execution_count=count) for name, count, source in cells]
    nbformat.write(nbformat.v4.new_notebook(cells=code), tmp_path / "sales.ipynb")

    answer = cli("check", str(tmp_path / "sales.ipynb"), "--json")

    assert 1 == answer.status
    same_as_sample("check", answer.json, tmp_path)


def test_the_sample_of_annotations_is_what_the_command_prints(cli: Cli, story: JournalBuilder) -> None:
    answer = cli("tag", "k3f9a2", "seen", "--json").json

    same_as_sample("annotations", answer, story.folder)


@pytest.mark.parametrize("sample", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_every_sample_has_the_shape_that_is_documented(sample: Path) -> None:
    shape = json.loads((DOCS / "answers" / f"{sample.stem.split('.')[0]}.schema.json").read_text(encoding="utf-8"))

    jsonschema.Draft202012Validator.check_schema(shape)
    jsonschema.validate(json.loads(sample.read_text(encoding="utf-8")), shape, jsonschema.Draft202012Validator)


def test_every_shape_has_a_sample() -> None:
    assert set(manual.answers()) == {sample.stem.split(".")[0] for sample in SAMPLES.glob("*.json")}


def test_the_documented_shapes_are_those_of_the_code() -> None:
    """Older than the code? `python -m labjournal.cli.manual docs` writes them anew."""
    documented = {
        path.name.removesuffix(".schema.json"): json.loads(path.read_text()) for path in (DOCS / "answers").glob("*.schema.json")
    }

    assert manual.answers() == documented


def test_the_manual_is_that_of_the_parser() -> None:
    """Older than the code? `python -m labjournal.cli.manual docs` writes it anew."""
    assert manual.text() == (DOCS / "cli.md").read_text(encoding="utf-8")


CONTRACT = {
    "status": "journal schema_version runs executions bytes recording problems",
    "log": "runs",
    "show": "run notebook environment git executions",
    "search": "hits",
    "results": "results",
    "why": "target sha256 produced_by recipe inputs parameters environment git upstream not_seen used_by",
    "diff": "code parameters data environment git metrics same summary",
    "check": "ok problems",
    "export": "path kind address verified",
    "day": "path runs executions",
    "replay": "reproduced address replay executions metrics files first_difference problems",
    "push": "uri pushed skipped",
    "sweep": "reproduced address replay executions metrics files first_difference problems tries",
    "restore": "folder files missing",
    "recording": "recording",
    "enabled": "enabled places",
    "annotations": "address notes tags name",
    "verify": "ok problems",
    "doctor": "checks",
}
CONTRACT_PARTS = {
    ("log", "RunPart"): "run name notebook kernel started ended status executions failed metrics tags",
    ("show", "EnvironmentPart"): "python platform packages used",
    ("show", "GitPart"): "commit branch dirty remote",
    ("show", "ExecutionPart"): "n cell_id source status started duration_s outputs inputs files metrics parameters warnings",
    ("show", "FilePart"): "path sha256 bytes",
    ("diff", "MetricChange"): "name a b delta",
    ("why", "ProducedBy"): "address notebook started",
    ("why", "RecipeStep"): "address source",
    ("why", "WhyInput"): "path sha256 bytes produced_by",
    ("results", "ResultPart"): "address notebook started parameters metrics inputs files tags",
    ("results", "ResultFile"): "path sha256 bytes",
    ("restore", "RestoredFile"): "path sha256 from",
    ("search", "HitPart"): "address where snippet started",
    ("check", "CheckProblem"): "cell what why",
    ("doctor", "DoctorCheck"): "name ok detail remedy",
}


def test_every_key_of_the_contract_is_there() -> None:
    shapes = manual.answers()
    for name, keys in CONTRACT.items():
        assert set(keys.split()) <= set(shapes[name]["properties"]), name
    for (name, part), keys in CONTRACT_PARTS.items():
        assert set(keys.split()) <= set(shapes[name]["$defs"][part]["required"]), part
