"""The record: valid by an independent validator, complete for a replay, safe to share and the same each time."""

from __future__ import annotations

import hashlib
import json
import math
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from labjournal.errors import OutputExists
from labjournal.records import crate
from labjournal.records.contents import MOST_BYTES_OF_ONE
from labjournal.records.crate_reading import open_crate
from labjournal.records.record import Record
from tests.builders import (
    PNG,
    JournalBuilder,
    RunBuilder,
    error,
    figure,
    frame,
    model,
    query,
    read,
    remote,
    result,
    series,
    stream,
    written,
)  # fmt: skip
from tests.records.validating import issues, warmed

Recorded = Callable[..., Record]

# What the profiles recommend and a recorded notebook cannot have: addresses on the web, an organization, results of cells that only look.
RECOMMENDED = {
    "process-run-crate-0.5_3.2", "process-run-crate-0.5_5.1", "process-run-crate-0.5_11.1", "ro-crate-1.1_22.3", "ro-crate-1.1_30.2",
    "ro-crate-1.1_30.3",
}  # fmt: skip


def analysis(builder: JournalBuilder, folder: Path) -> RunBuilder:
    """Reads a file that is still there, writes one that is, one that changed since; a failure, a figure, metrics, a value to vary."""
    folder.mkdir(exist_ok=True)
    (folder / "prices 2.csv").write_bytes(b"1,2\n")
    (folder / "out").mkdir(exist_ok=True)
    (folder / "out" / "fit.json").write_bytes(b"{}")
    (folder / "changed.txt").write_bytes(b"now")
    run = builder.run(folder=str(folder), notebook=str(folder / "analysis.ipynb"), platform="Linux")
    run.environment({"numpy": "2.3.1", "ipykernel": "7.4.0", "odd name": "1; x"}, used=["numpy"]).git()
    run.execution("alpha = 0.1  # ridge\nrows = open('prices 2.csv').read()", reads=[read(folder / "prices 2.csv", b"1,2\n")])
    run.execution("rows.boom()", status="failed", outputs=[error("AttributeError", "no boom")])
    run.execution(
        "fit(rows, alpha)", cell_id="fit", outputs=[stream("R2: 0.9\n"), figure(), result("0.9")], metrics={"R2": 0.9, "worst": float("nan")},
        writes=[written(folder / "out" / "fit.json", b"{}"), written(folder / "changed.txt", b"then"), written("/gone/away.bin", None)],
    )  # fmt: skip
    return run.note("the first fit").tag("baseline", n=3).name("best", n=3)


def fitting(builder: JournalBuilder, folder: Path) -> RunBuilder:
    """A model fitted twice, with curves, an odd name, numbers that JSON does not know."""
    folder.mkdir(exist_ok=True)
    run = builder.run(folder=str(folder), notebook=str(folder / "fit.ipynb"))
    data = [{"kind": "frame", "name": "X", "shape": [331, 10], "columns": ["age", "bmi"]}]
    for rate in (0.1, math.inf):
        run.execution(
            f"model = fit(rate={rate})",
            seen=[
                model(
                    "model",
                    parameters={"rate": rate, "layers": [8, 4], "warm": True},
                    fitted_on=data,
                    features=["age", "bmi"],
                    fit_s=0.5,
                ),
                series("loss", [0.9, math.nan, 0.2], steps=(1, 5, 9), unit="%"),
                series('val "loss"', [0.5, 0.4]),
            ],
        )
    return run


def graph(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        return {entity["@id"]: entity for entity in json.loads(archive.read("ro-crate-metadata.json"))["@graph"]}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return warmed(tmp_path_factory.mktemp("contexts"))


@pytest.fixture
def made(builder: JournalBuilder, record: Recorded, tmp_path: Path) -> Path:
    analysis(builder, tmp_path / "work")
    crate.write(record(), tmp_path / "record.zip")
    return tmp_path / "record.zip"


def test_the_record_is_valid_by_the_profiles_it_names(made: Path, cache: Path) -> None:
    found = issues(made, cache)

    assert ["RECOMMENDED"] == list(found)
    assert RECOMMENDED >= {issue.split(":")[0] for issue in found["RECOMMENDED"]}


def test_the_record_of_a_result_and_of_a_run_in_which_nothing_succeeded_are_valid_as_well(
    builder: JournalBuilder, record: Recorded, cache: Path, tmp_path: Path
) -> None:
    builder.run().execution("1/0", status="failed", outputs=[error("ZeroDivisionError")]).execution("", off=True)
    analysis(builder, tmp_path / "work")
    crate.write(record("r001"), tmp_path / "failed.zip")
    crate.write(record("best"), tmp_path / "result.zip")

    assert [["RECOMMENDED"], ["RECOMMENDED"]] == [list(issues(tmp_path / name, cache)) for name in ("failed.zip", "result.zip")]


def test_the_validator_would_find_what_is_missing(made: Path, cache: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.zip"
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(broken, "w") as new:
        for entry in old.infolist():
            if entry.filename != "notebook.ipynb":
                new.writestr(entry.filename, old.read(entry))

    assert "REQUIRED" in issues(broken, cache)


def test_files_are_in_it_by_their_recorded_content_and_nothing_else_is(made: Path, tmp_path: Path) -> None:
    listed = graph(made)

    with zipfile.ZipFile(made) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    assert {"inputs/prices_2.csv": b"1,2\n", "outputs/out/fit.json": b"{}", "shown/3-2.png": PNG} == {
        name: content for name, content in held.items() if "/" in name and not name.startswith("binder/")
    }
    for name, content in held.items():
        if name != "ro-crate-metadata.json":
            assert (hashlib.sha256(content).hexdigest(), str(len(content))) == (
                listed[name]["sha256"],
                listed[name]["contentSize"],
            )
    changed = listed[f"#content-{hashlib.sha256(b'then').hexdigest()}"]
    with zipfile.ZipFile(made) as archive:
        assert "Files of up to 10.5 MB each are included, 104.9 MB in all" in archive.read("README.md").decode()
    assert ("changed.txt", "Not included: it is not there any more as it was.") == (changed["name"], changed["description"])


def test_actions_say_what_each_execution_read_and_left(made: Path) -> None:
    listed = graph(made)

    first, second, third = (listed[f"#execution-{n}"] for n in (1, 2, 3))
    assert {"@id": "inputs/prices_2.csv"} == first["object"]
    assert ("http://schema.org/FailedActionStatus", "AttributeError: no boom") == (second["actionStatus"], second["error"])
    assert {"outputs/out/fit.json", "shown/3-2.png", "#metric-value-3-R2"} < {one["@id"] for one in third["result"]}
    assert (0.9, "NaN") == (listed["#metric-value-3-R2"]["value"], listed["#metric-value-3-worst"]["value"])
    assert {"@id": "#parameter-alpha"} == listed["#value-alpha"]["exampleOfWork"]
    assert [{"@id": f"#control-{n}"} for n in (1, 2, 3)] == listed["#session"]["object"]


@pytest.fixture
def elsewhere(builder: JournalBuilder, record: Recorded, tmp_path: Path) -> Path:
    """A record of code that read kept data, overwritten since, and data that lie on other machines and in databases."""
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "prices.csv").write_bytes(b"today")
    run = builder.run(folder=str(folder), notebook=None)
    run.keep(b"then")
    run.execution(
        "rows = load()",
        reads=[read(folder / "prices.csv", b"then", kept=True)],
        data=[
            frame("rows", 20, {"price": {"type": "float64", "quantiles": [1, 2, 3, 4, 5, 6, 7]}}),
            remote("https://example.org/a b/rates.csv?day=3", version='"5f2a"', modified="Tue, 03 Nov 2026 09:00:00 GMT", bytes=52, sha256="ab" * 32),
            remote("s3://bucket/model.bin", "written"),
            query(str(folder / "shop.db"), "SELECT * FROM prices"),
            query("postgresql://example.org:5432/shop", "INSERT INTO sales SELECT * FROM baskets", "postgres"),
        ],
    )  # fmt: skip
    run.execution(
        "again()", data=[remote("https://example.org/a b/rates.csv?day=3", version='"5f2b"'), query("x'\"<>\n", "no sql at all")]
    )
    crate.write(record(), tmp_path / "record.zip")
    return tmp_path / "record.zip"


def test_remote_data_and_databases_are_objects_and_results(elsewhere: Path, cache: Path) -> None:
    listed = graph(elsewhere)
    action, again = listed["#execution-1"], listed["#execution-2"]
    objects, results = ([listed[one["@id"]] for one in action[key]] for key in ("object", "result"))

    assert ["prices.csv", "rates.csv", "shop.db", "postgresql://example.org:5432/shop"] == [one["name"] for one in objects]
    assert ["model.bin", "postgresql://example.org:5432/shop"] == [one["name"] for one in results]
    assert ("https://example.org/a b/rates.csv?day=3", '"5f2a"', "52", "ab" * 32) == tuple(
        objects[1][key] for key in ("contentUrl", "version", "contentSize", "sha256")
    )
    assert "Tables read: baskets. Tables written: sales." in results[1]["description"]
    assert action["object"][1] != again["object"][0]  # the same address, another version
    assert ["RECOMMENDED"] == list(issues(elsewhere, cache))


def test_the_kept_content_of_an_input_travels_although_it_was_overwritten(elsewhere: Path) -> None:
    content = open_crate(elsewhere)

    assert b"then" == content.read(hashlib.sha256(b"then").hexdigest())
    assert ["inputs/prices.csv"] == [file.member for file in content.inputs]


def test_the_record_says_what_it_cannot_hold(elsewhere: Path) -> None:
    with zipfile.ZipFile(elsewhere) as archive:
        readme = archive.read("README.md").decode()

    assert "## What lies elsewhere" in readme
    assert '- fetched from https://example.org/a b/rates.csv?day=3, version "5f2a"' in readme
    assert "- sent to s3://bucket/model.bin" in readme
    assert "- the database shop.db" in readme


def test_frames_queries_and_remote_data_come_back_out_of_it(elsewhere: Path, record: Recorded) -> None:
    assert repr(record().steps) == repr(open_crate(elsewhere).record.steps)
    assert ("rows", 2, 3) == (
        (step := open_crate(elsewhere).record.steps[0]).frames[0].name,
        len(step.remotes),
        len(step.queries) + 1,
    )


def test_the_notebook_in_it_runs_alone_and_the_environment_is_pinned(made: Path) -> None:
    with zipfile.ZipFile(made) as archive:
        notebook = nbformat.reads(archive.read("notebook.ipynb").decode(), as_version=4)
        requirements = archive.read("requirements.txt").decode().splitlines()
    nbformat.validate(notebook)
    assert "alpha: float = 0.1  # ridge" in notebook.cells[1].source
    # What these require was not recorded, so it is all that was installed.
    assert ["ipykernel==7.4.0", "numpy==2.3.1", "papermill"] == [
        line for line in requirements if line and not line.startswith("#")
    ]
    assert "# not pinned: odd?name (its name or version is not valid)" in requirements


def test_what_was_recorded_comes_back_out_of_it(made: Path, record: Recorded) -> None:
    content = open_crate(made)

    expected = record()
    for name in ("address", "run", "steps", "environment", "used", "git", "notes", "tags", "name", "problems", "warnings"):
        assert repr(getattr(expected, name)) == repr(getattr(content.record, name))  # NaN is not equal to itself
    assert PNG == content.read(hashlib.sha256(PNG).hexdigest())


@pytest.fixture
def fitted(builder: JournalBuilder, record: Recorded, tmp_path: Path) -> Path:
    fitting(builder, tmp_path / "work")
    crate.write(record(), tmp_path / "fitted.zip")
    return tmp_path / "fitted.zip"


def test_models_and_curves_are_results_of_their_executions_and_the_last_of_each_of_the_run(fitted: Path, cache: Path) -> None:
    listed = graph(fitted)
    first, whole = listed["#execution-1"], listed["#run"]

    assert ["#fitted-1-1", "#curve-1-1", "#curve-1-2"] == [one["@id"] for one in first["result"]]
    assert ["#fitted-2-1", "#curve-2-1", "#curve-2-2"] == [one["@id"] for one in whole["result"]]
    one = listed["#fitted-1-1"]
    assert ("model", "sklearn.linear_model._ridge.Ridge", "scikit-learn 1.7.2, fitted on X 331 × 10", "#model-model") == (
        one["name"], one["value"], one["description"], one["exampleOfWork"]["@id"],
    )  # fmt: skip
    assert [("layers", "[8, 4]"), ("rate", 0.1), ("warm", True)] == [
        (listed[each["@id"]]["name"], listed[each["@id"]]["value"]) for each in one["valueReference"]
    ]
    assert "Infinity" == listed["#fitted-2-1-2"]["value"]
    curve = listed["#curve-1-1"]
    assert ("loss, course", '[0.9, "NaN", 0.2]', "3 numbers, at steps [1, 5, 9]", "%") == tuple(
        curve[key] for key in ("name", "value", "description", "unitText")
    )
    assert {"#model-model", "#course-loss", "#course-val%20%22loss%22"} == {
        one["@id"] for one in listed["notebook.ipynb"]["output"]
    }
    assert ["RECOMMENDED"] == list(issues(fitted, cache))


def test_models_and_curves_come_back_out_of_it(fitted: Path, record: Recorded) -> None:
    back, there = open_crate(fitted).record.steps, record().steps

    assert there[0].models == back[0].models
    assert "Infinity" == back[1].models[0].parameters["rate"]
    assert [repr(step.series) for step in there] == [repr(step.series) for step in back]  # NaN is not equal to itself
    assert (0.9, 0.2) == (back[0].series[0].values[0], back[0].series[0].values[2])


def test_the_same_record_is_the_same_file(builder: JournalBuilder, record: Recorded, tmp_path: Path) -> None:
    analysis(builder, tmp_path / "work")
    for name in ("a.zip", "b.zip"):
        crate.write(record(), tmp_path / name)

    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_what_may_be_a_secret_or_is_too_large_is_named_but_not_included(
    builder: JournalBuilder, record: Recorded, tmp_path: Path
) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    large = b"0" * (MOST_BYTES_OF_ONE + 1)
    files = {".env": b"KEY=1", "id_rsa": b"x", "client_secret.json": b"{}", "large.bin": large, "fine.txt": b"fine"}
    for name, data in files.items():
        (folder / name).write_bytes(data)
    run = builder.run(folder=str(folder))
    run.execution("load()", reads=[read(folder / name, data) for name, data in files.items()])
    crate.write(record(), tmp_path / "record.zip")

    with zipfile.ZipFile(tmp_path / "record.zip") as archive:
        assert ["inputs/fine.txt"] == [name for name in archive.namelist() if name.startswith(("inputs/", "outputs/", "shown/"))]
        readme = archive.read("README.md").decode()
    assert "by its name it may hold a secret" in readme
    assert "it is larger than 10.5 MB" in readme


def test_a_file_that_holds_a_secret_is_named_but_not_included(builder: JournalBuilder, record: Recorded, tmp_path: Path) -> None:
    content = f"who,key\nada,{'ghp_' + 'a1B2' * 9}\n".encode()
    run = builder.run(folder=str(tmp_path))
    run.keep(content)
    run.execution("read()", reads=[read(tmp_path / "people.csv", content, kept=True)])
    crate.write(record(), tmp_path / "record.zip")

    assert "Not included: it looks as if it held a secret." == graph(tmp_path / "record.zip")[f"#content-{hashlib.sha256(content).hexdigest()}"]["description"]  # fmt: skip


def test_a_pipe_where_a_file_was_does_not_keep_the_export_waiting(
    builder: JournalBuilder, record: Recorded, tmp_path: Path
) -> None:
    import os

    os.mkfifo(tmp_path / "data.csv")
    builder.run(folder=str(tmp_path)).execution("load()", reads=[read(tmp_path / "data.csv", b"1")])

    crate.write(record(), tmp_path / "record.zip")

    assert () == tuple(open_crate(tmp_path / "record.zip").contents)


def test_names_of_files_mean_the_same_on_every_system(builder: JournalBuilder, record: Recorded, tmp_path: Path) -> None:
    names = [
        "a b.txt",
        "a_b.txt",
        "A_B.txt",
        "ünïcödé.txt",
        "con.txt",
        "x:y.txt",
        "two..dots",
        "q?.txt",
        "deep/er/a.txt",
        "-rf",
        "trailing.",
    ]
    run = builder.run(folder="/home/ada")
    for place, name in enumerate(names):
        run.keep(b"%d" % place)
        run.execution("load()", reads=[read(f"/home/ada/{name}", b"%d" % place)])
    crate.write(record(), tmp_path / "record.zip")

    content = open_crate(tmp_path / "record.zip")

    assert {name: content.read(file.sha256 or "") for name, file in zip(names, content.inputs, strict=True)} == {
        name: b"%d" % place for place, name in enumerate(names)
    }
    with zipfile.ZipFile(tmp_path / "record.zip") as archive:
        members = [name.casefold() for name in archive.namelist()]
    assert len(members) == len(set(members))
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789._-/") for name in members)


def test_nothing_is_overwritten_and_nothing_half_remains(made: Path, record: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    before = made.read_bytes()
    with pytest.raises(OutputExists, match="--force"):
        crate.write(record(), made)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(crate, "_put", full)
    with pytest.raises(Exception, match="the disk is full"):
        crate.write(record(), made, force=True)

    assert (before, ["record.zip"]) == (made.read_bytes(), [path.name for path in made.parent.iterdir() if path.is_file()])
