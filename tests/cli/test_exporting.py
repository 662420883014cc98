"""export and day on the command line: what is written where, and what is refused."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.builders import JournalBuilder
from tests.cli.conftest import Cli
from tests.replay.conftest import record


def test_a_day_becomes_one_page(cli: Cli, story: JournalBuilder, tmp_path: Path) -> None:
    page = tmp_path / "monday.html"

    answer = cli("day", "2026-11-02", "--output", str(page), "--json")

    assert (0, {"path": str(page), "runs": 1, "executions": 6}) == (answer.status, answer.json)
    assert "sales.ipynb" in page.read_text(encoding="utf-8")


def test_a_stretch_of_time_may_be_named_instead_of_a_day(cli: Cli, story: JournalBuilder, tmp_path: Path) -> None:
    answer = cli("day", "--since", "2026-11-02", "--until", "2026-11-03", "--output", str(tmp_path / "both.html"), "--json")

    assert 3 == answer.json["runs"], "two days of work; a replay is no work of the day"


def test_a_page_that_is_there_is_not_replaced_unasked(cli: Cli, story: JournalBuilder, tmp_path: Path) -> None:
    page = tmp_path / "monday.html"
    page.write_text("mine")

    refused = cli("day", "2026-11-02", "--output", str(page))

    assert (2, "", 1, "mine") == (refused.status, refused.out, refused.err.count("\n"), page.read_text())
    assert 0 == cli("day", "2026-11-02", "--output", str(page), "--force").status
    assert "mine" != page.read_text()


def test_a_folder_that_is_not_there_is_said_and_nothing_is_left(cli: Cli, story: JournalBuilder, tmp_path: Path) -> None:
    refused = cli("day", "2026-11-02", "--output", str(tmp_path / "nowhere" / "monday.html"))

    assert (2, "", 1) == (refused.status, refused.out, refused.err.count("\n"))
    assert "nowhere" in refused.err
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    ("kind", "name"), [("html", "page.html"), ("notebook", "clean.ipynb"), ("script", "clean.py"), ("crate", "record.zip")]
)
def test_a_run_leaves_the_house_in_each_form(kind: str, name: str, cli: Cli, story: JournalBuilder, tmp_path: Path) -> None:
    place = tmp_path / name

    answer = cli("export", "k3f9a2", "--to", kind, "--output", str(place), "--json")

    assert (0, str(place), kind, "k3f9a2") == (answer.status, *[answer.json[key] for key in ("path", "kind", "address")])
    assert _has_the_form(kind, place)


def _has_the_form(kind: str, place: Path) -> bool:
    if kind == "html":
        return "sales.ipynb" in place.read_text(encoding="utf-8")
    if kind == "script":
        compile(place.read_text(encoding="utf-8"), place.name, "exec")
        return True
    if kind == "notebook":
        nbformat.validate(nbformat.read(place, as_version=4))
        return True
    with zipfile.ZipFile(place) as crate:
        return "@graph" in json.loads(crate.read("ro-crate-metadata.json"))


def test_a_person_is_told_what_was_written(cli: Cli, story: JournalBuilder, tmp_path: Path) -> None:
    place = tmp_path / "result.ipynb"

    assert f"Notebook of k3f9a2/3: {place}\n" == cli("export", "k3f9a2/3", "--to", "notebook", "--output", str(place)).out


def test_an_export_never_replaces_unasked(cli: Cli, story: JournalBuilder, tmp_path: Path) -> None:
    place = tmp_path / "page.html"
    place.write_text("mine")

    refused = cli("export", "k3f9a2", "--to", "html", "--output", str(place))

    assert (2, "", 1, "mine") == (refused.status, refused.out, refused.err.count("\n"), place.read_text())
    assert [place] == list(tmp_path.glob("page*"))


def test_push_hands_on_what_was_typed_and_says_what_it_did(
    cli: Cli, story: JournalBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MLflow itself has its tests in `records`."""
    asked: dict[str, Any] = {}

    def push(journal: object, uri: str, **options: Any) -> Any:
        asked.update(options, uri=uri)
        return {"uri": uri, "pushed": 1, "skipped": 2, "experiments": ["mine"]}

    monkeypatch.setattr("labjournal.records.push.push", push)

    answer = cli(
        "push", "--mlflow", "http://h:5000", "--experiment", "mine", "--metric", "accuracy", "--tag", "t", "--day", "2026-11-02"
    )

    assert (0, "1 result pushed to http://h:5000, 2 stood there already\n") == (answer.status, answer.out)
    assert ("http://h:5000", "mine", "accuracy", "t") == tuple(asked[key] for key in ("uri", "experiment", "metric", "tag"))
    assert asked["since"] < asked["until"]
    assert {"pushed": 1, "skipped": 2} == {
        key: value for key, value in cli("push", "--mlflow", "x", "--json").json.items() if key in ("pushed", "skipped")
    }


def test_push_needs_to_be_told_where_to(cli: Cli, story: JournalBuilder) -> None:
    assert [2, 2] == [cli("push").status, cli("push", "--mlflow", "nowhere at all").status]


def test_an_export_that_is_verified_says_so(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    record(
        tmp_path / "journal", tmp_path / "project" / "short.ipynb", "rate = 2", "exec('idle = 1')", "print('total:', rate * 3)"
    )
    place = tmp_path / "out.ipynb"

    told = cli("export", "last/3", "--to", "notebook", "--verify", "--output", str(place))
    answer = cli("export", "last/3", "--to", "notebook", "--verify", "--output", str(place), "--force", "--json")

    assert (0, 0, True) == (told.status, answer.status, answer.json["verified"])
    assert "Verified (2 runs" in told.out
    assert "the printed text" in told.out
    assert "Left out, as not needed: execution 2." in told.out


def test_an_export_that_differs_ends_with_one(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    record(tmp_path / "journal", tmp_path / "project" / "short.ipynb", "import random", "print('score:', random.random())")
    place = tmp_path / "out.ipynb"

    told = cli("export", "last/2", "--to", "notebook", "--verify", "--output", str(place))

    assert 1 == told.status
    assert "Not verified" in told.out
    assert "Random numbers are drawn without a seed" in told.out
    assert place.exists()
