"""The table of results as runs of MLflow: what stands there, and that a second push changes nothing. Skipped where MLflow is not installed."""

from __future__ import annotations

import math
import os
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from labjournal.errors import LabjournalError
from labjournal.records import push as pushing
from labjournal.records.push import PushAnswer, push
from tests.builders import JournalBuilder, metric, model, parameter, series

needs_mlflow = pytest.mark.usefixtures("_mlflow")
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(240)]


@pytest.fixture
def _mlflow() -> None:
    os.environ.update(MLFLOW_DISABLE_TELEMETRY="true", DO_NOT_TRACK="true")
    pytest.importorskip("mlflow")


@pytest.fixture
def told(builder: JournalBuilder, tmp_path: Path) -> JournalBuilder:
    """Tries of a notebook: one with curves and all kinds of numbers, one that failed, a replay; and a figure without a number."""
    run = builder.run("tries1", notebook="/home/ada/fit forest.ipynb", user="ada").git()
    run.execution(
        "depth = 5", bound=["depth"], seen=[parameter("depth", 5, source="literal")],
    )  # fmt: skip
    run.execution(
        "fit(depth)",
        used=["depth"],
        seen=[
            metric("accuracy", 0.91),
            metric("R² (test)", 0.5),
            metric("worst", math.nan),
            metric("ratio", math.inf),
            *[metric("lr", 0.1 / step, step=step) for step in (1, 2, 3)],
            metric("loss", 0.2),
            series("loss", [0.9, 0.5, 0.2]),
            metric("val/loss", 0.3),
            series("val/loss", [0.9, 0.3, 0.4]),
            model("forest", "sklearn.ensemble._forest.RandomForestClassifier", library="sklearn", version="1.9"),
        ],
    )
    run.execution("raise ValueError", status="failed", seen=[metric("accuracy", 0.1)]).tag("odd", n=3).name("the bad one", n=3)
    builder.run("again1", notebook="/home/ada/fit forest.ipynb", replay_of="tries1").execution(
        "fit()", seen=[metric("accuracy", 0.92)]
    )
    return builder


def pushed(builder: JournalBuilder, uri: str, **options: Any) -> PushAnswer:
    with builder.open() as journal:
        return push(journal, uri, **options)


def runs(uri: str) -> dict[str, Any]:
    from mlflow.tracking import MlflowClient

    client = MlflowClient(tracking_uri=uri)
    found = client.search_runs([each.experiment_id for each in client.search_experiments()])
    return {
        run.data.tags["labjournal.address"]: (run, client.get_experiment(run.info.experiment_id).name, client) for run in found
    }


@needs_mlflow
def test_every_result_is_a_run_with_parameters_curves_times_and_where_it_comes_from(told: JournalBuilder, tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/m.db"

    assert {"uri": uri, "pushed": 3, "skipped": 0, "experiments": ["fit forest"]} == pushed(told, uri)

    there = runs(uri)
    assert {"tries1/2", "tries1/3", "again1/1"} == set(there)
    run, experiment, client = there["tries1/2"]
    with told.open() as journal:
        started = journal.execution("tries1", 2).started
    from datetime import datetime

    assert ("fit forest", "FINISHED", "5") == (experiment, run.info.status, run.data.params["depth"])
    assert round(datetime.fromisoformat(started).timestamp() * 1000) == run.info.start_time <= run.info.end_time
    metrics = run.data.metrics
    assert (0.91, 0.5, 0.2, 0.3) == tuple(metrics[name] for name in ("accuracy", "R² _test_", "loss", "val/loss"))
    assert math.isnan(metrics["worst"])
    assert ("Infinity", False) == (run.data.tags["labjournal.metric.ratio"], "ratio" in metrics)
    assert [(0, 0.9), (1, 0.5), (2, 0.2)] == _history(client, run, "loss")
    assert [(0, 0.9), (1, 0.3), (2, 0.4)] == _history(client, run, "val/loss.course")
    assert [(1, 0.1), (2, 0.05), (3, pytest.approx(0.1 / 3))] == _history(client, run, "lr")
    tags = run.data.tags
    assert ("tries1/2", "tries1", "ada", "/home/ada/fit forest.ipynb", "NOTEBOOK") == tuple(
        tags[name] for name in ("mlflow.runName", "labjournal.run", "mlflow.user", "mlflow.source.name", "mlflow.source.type")
    )
    assert tags["mlflow.source.git.commit"].startswith("c0ffee")
    assert "RandomForestClassifier (sklearn 1.9)" in tags["labjournal.models"]
    failed = there["tries1/3"][0]
    assert ("FAILED", "the bad one", "odd") == (failed.info.status, failed.info.run_name, failed.data.tags["labjournal.tags"])
    assert "tries1" == there["again1/1"][0].data.tags["labjournal.replay_of"]


def _history(client: Any, run: Any, name: str) -> list[tuple[int, float]]:
    return sorted((each.step, each.value) for each in client.get_metric_history(run.info.run_id, name))


@needs_mlflow
def test_a_second_push_changes_nothing_and_one_that_broke_off_is_finished(
    told: JournalBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mlruns").mkdir()
    folder = str(tmp_path / "mlruns")
    sent = pushing._send
    count = 0

    def broken(*arguments: Any) -> None:
        nonlocal count
        count += 1
        if count == 2:
            monkeypatch.setattr("mlflow.tracking.MlflowClient.set_terminated", _no)
        sent(*arguments)

    def _no(*_: Any) -> None:
        raise OSError("cut off")

    with monkeypatch.context() as patched:
        patched.setattr(pushing, "_send", broken)
        with pytest.raises(LabjournalError, match=r"does not take it \(cut off\); 1 were pushed, the same command goes on"):
            pushed(told, folder)
    monkeypatch.undo()

    assert [(2, 1), (0, 3)] == [(answer["pushed"], answer["skipped"]) for answer in (pushed(told, folder), pushed(told, folder))]
    before = _content(tmp_path / "mlruns")
    pushed(told, folder)
    assert before == _content(tmp_path / "mlruns")
    assert {"FINISHED", "FAILED"} == {run.info.status for run, _, _ in runs(folder).values()}


def _content(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@needs_mlflow
def test_only_what_was_asked_for_is_sent_under_the_name_that_was_given(told: JournalBuilder, tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/m.db"

    assert (1, ["mine"]) == tuple(pushed(told, uri, tag="odd", experiment="mine")[key] for key in ("pushed", "experiments"))
    assert ["tries1/3"] == list(runs(uri))


@needs_mlflow
def test_what_looks_like_a_secret_does_not_leave(builder: JournalBuilder, tmp_path: Path) -> None:
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    told = parameter("url", f"https://ada:hunter22@host/x?token={token}", source="literal")
    builder.run(notebook=f"/home/ada/{token}.ipynb").execution("url = 1", bound=["url"], seen=[told, metric(f"acc {token}", 0.5)])
    uri = f"sqlite:///{tmp_path}/m.db"

    assert 1 == pushed(builder, uri)["pushed"]

    stored = (tmp_path / "m.db").read_bytes()
    assert (False, False) == (token.encode() in stored, b"hunter22" in stored)


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("", "'' is neither a URI nor a folder."),
        ("localhost", "'localhost' is neither a URI nor a folder."),
        ("foo://x", "'foo://x' is no place that MLflow knows."),
        ("http://h:port", "'http://h:port' is no URI"),
        ("sqlite:////nowhere/at/all/m.db", "The folder /nowhere/at/all does not exist."),
        (f"sqlite:///{__file__}", f"{__file__} is no SQLite database."),
    ],
)
def test_a_place_that_is_none_is_one_sentence(builder: JournalBuilder, uri: str, message: str) -> None:
    builder.run().execution("1")

    with pytest.raises(LabjournalError) as refused:
        pushed(builder, uri)

    assert str(refused.value).startswith(message)


def test_a_server_that_is_not_there_is_one_sentence_without_its_password(builder: JournalBuilder) -> None:
    builder.run().execution("1")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        with pytest.raises(LabjournalError) as refused:
            pushed(builder, f"http://ada:hunter22@127.0.0.1:{port}")

    assert f"No MLflow answers at http://127.0.0.1:{port}" in str(refused.value)
    assert "hunter22" not in str(refused.value)


@needs_mlflow
def test_whoever_answers_but_is_no_mlflow_is_one_sentence(builder: JournalBuilder) -> None:
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class Other(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_error(404)

        def log_message(self, *_: Any) -> None:
            pass

    builder.run().execution("1")
    with HTTPServer(("127.0.0.1", 0), Other) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(LabjournalError, match="is no MLflow"):
            pushed(builder, f"http://127.0.0.1:{server.server_port}")
        server.shutdown()


def test_without_mlflow_a_sentence_says_what_to_install(
    builder: JournalBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    builder.run().execution("1")
    monkeypatch.setitem(__import__("sys").modules, "mlflow", None)
    monkeypatch.setitem(__import__("sys").modules, "mlflow.tracking", None)

    with pytest.raises(LabjournalError, match=r"MLflow is not installed here. `pip install labjournal\[mlflow\]` adds it."):
        pushed(builder, str(tmp_path))
