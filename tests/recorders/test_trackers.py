"""What other trackers were told is read along from their files: each layout as the tracker itself writes it, and whatever else lies there."""

from __future__ import annotations

import json
import math
import os
import sqlite3
import struct
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from labjournal.events import Event, FileWritten, MetricLogged, ParameterSet, ProblemSeen, SeriesSeen
from labjournal.recorders import Context
from labjournal.recorders.redaction import Redactor
from labjournal.recorders.tensorboard_events import scalars
from labjournal.recorders.trackers import TrackersRecorder
from tests.pace import quicker

RUN = "0123456789abcdef0123456789abcdef"


class Told:
    """What a recorder says after executions wrote files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.recorder = TrackersRecorder(Context("run1", "", folder, Redactor({}), lambda _: None))

    def after(self, *names: str, n: int = 1, confidence: str = "certain") -> list[Event]:
        events = [FileWritten("run1", n, str(self.folder / name), confidence=confidence) for name in names]
        for event in events:
            self.recorder.noticed(event)
        return list(self.recorder.late())

    def write(self, name: str, content: str | bytes) -> str:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return name


def values(events: list[Event]) -> dict[str, Any]:
    return {event.name: event.value for event in events if isinstance(event, (MetricLogged, ParameterSet))}


def curves(events: list[Event]) -> dict[str, tuple[tuple[float, ...], tuple[int, ...]]]:
    return {event.name: (event.values, event.steps) for event in events if isinstance(event, SeriesSeen)}


@pytest.fixture
def told(tmp_path: Path) -> Told:
    return Told(tmp_path)


def test_metrics_and_settings_of_mlflow_s_files_are_read(told: Told) -> None:
    told.write(f"mlruns/0/{RUN}/metrics/loss", "1795288077798 0.5 0\n1795288077800 0.4 1\n")
    told.write(f"mlruns/0/{RUN}/metrics/val/acc", "1795288077800 0.9 0\n")
    told.write(f"mlruns/0/{RUN}/params/lr", "0.1")
    told.write(f"mlruns/0/{RUN}/params/api_key", "hunter2")
    names = [f"mlruns/0/{RUN}/{name}" for name in ("metrics/loss", "metrics/val/acc", "params/lr", "params/api_key", "tags/x")]
    found = told.after(*names, n=3)
    assert {"loss": 0.4, "val/acc": 0.9, "lr": 0.1} == values(found)
    assert {"loss": ((0.5, 0.4), (0, 1))} == curves(found)
    assert {("tracker", 3)} == {(event.source, event.n) for event in found}  # type: ignore[attr-defined]
    assert f"mlflow {RUN}" == found[0].where  # type: ignore[attr-defined]
    assert [] == told.after(*names, n=4)


def test_an_mlflow_database_is_read_as_far_as_it_is_of_this_kernel(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "mlflow", ModuleType("mlflow"))
    path, now = told.folder / "mlflow.db", int(time.time() * 1000)
    with sqlite3.connect(path) as database:
        database.executescript("""CREATE TABLE alembic_version (version_num); CREATE TABLE runs (run_uuid); CREATE TABLE params ("key", value, run_uuid);
            CREATE TABLE metrics ("key", value FLOAT, timestamp BIGINT, run_uuid, step BIGINT, is_nan BOOLEAN);""")
        database.executemany("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)", [
            ("loss", 0.5, now, RUN, 0, 0), ("loss", 0.4, now + 1, RUN, 1, 0), ("loss", 0.0, now + 2, RUN, 2, 1), ("old", 0.1, now - 10**9, "f" * 32, 0, 0),
        ])  # fmt: skip
        database.execute("INSERT INTO params VALUES ('depth', '3', ?)", (RUN,))
    database.close()
    before = path.read_bytes()
    found = told.after("mlflow.db")
    assert {"depth": 3} == {event.name: event.value for event in found if isinstance(event, ParameterSet)}
    assert math.isnan(values(found)["loss"])
    assert {"loss": ((0.5, 0.4), (0, 1))} == curves(found)
    assert (before, ["mlflow.db"]) == (path.read_bytes(), sorted(os.listdir(told.folder)))


def test_no_other_database_is_opened_where_mlflow_is_loaded(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing a descriptor of a database drops the locks that another copy of SQLite holds on it."""
    opened: list[str] = []

    def connect(name: str, **_: Any) -> None:
        opened.append(name)
        raise sqlite3.OperationalError("not here")

    monkeypatch.setattr(sqlite3, "connect", connect)
    monkeypatch.setitem(sys.modules, "mlflow", ModuleType("mlflow"))
    told.after("mine.db", "app.sqlite3")
    assert [] == opened
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{told.folder}/app.sqlite3")
    told.after("mine.db", "app.sqlite3")
    assert [f"file:{told.folder}/app.sqlite3?mode=ro"] == opened


def test_a_run_of_wandb_is_read_offline_or_not(told: Told) -> None:
    for folder in ("wandb/offline-run-20261121_120000-ab12cd34", "wandb/run-20261121_120001-zz99yy88"):
        told.write(
            f"{folder}/files/wandb-summary.json",
            json.dumps({"loss": 0.3, "_step": 9, "_runtime": 4.5, "val": {"acc": 0.9}, "note": "x"}),
        )
        told.write(
            f"{folder}/files/config.yaml",
            "_wandb:\n    value:\n        t: 1\nlr:\n    desc: null\n    value: 0.1\nopt:\n    value: adam\n",
        )
        found = told.after(f"{folder}/files/wandb-summary.json", f"{folder}/files/config.yaml")
        assert {"loss": 0.3, "val/acc": 0.9, "lr": 0.1, "opt": "adam"} == values(found)
        assert {9} == {event.step for event in found if isinstance(event, MetricLogged)}


def test_metrics_of_dvclive_are_read(told: Told) -> None:
    told.write("dvclive/metrics.json", '{"train": {"loss": 0.25}, "step": 2}')
    told.write("dvclive/params.yaml", "lr: 0.1\nname: net\n")
    told.write("other/metrics.json", '{"loss": 1.0}')
    assert {"train/loss": 0.25, "lr": 0.1, "name": "net"} == values(
        told.after("dvclive/metrics.json", "dvclive/params.yaml", "other/metrics.json")
    )


def record(*events: bytes) -> bytes:
    return b"".join(struct.pack("<Q", len(event)) + b"\0" * 4 + event + b"\0" * 4 for event in events)


def field(number: int, wire: int, content: bytes) -> bytes:
    return varint(number << 3 | wire) + (varint(len(content)) if wire == 2 else b"") + content


def scalar(tag: str, step: int, value: float, *, tensor: bool = False) -> bytes:
    """As torch's writer says it, or as TensorFlow 2 does."""
    said = (
        field(8, 2, field(1, 0, b"\x01") + field(4, 2, struct.pack("<f", value)))
        if tensor
        else field(2, 5, struct.pack("<f", value))
    )
    summary = field(1, 2, field(1, 2, tag.encode()) + said)
    return field(1, 1, struct.pack("<d", 0.0)) + field(2, 0, bytes([step])) + field(5, 2, summary)


def message(number: int, content: bytes) -> bytes:
    return field(number, 2, content)


def varint(value: int) -> bytes:
    answer = b""
    while value > 127:
        answer, value = answer + bytes([value & 127 | 128]), value >> 7
    return answer + bytes([value])


def item(value: Any, *keys: str) -> bytes:
    said = message(1, keys[0].encode()) + b"".join(message(2, key.encode()) for key in keys[1:])
    return message(1, said + message(16, json.dumps(value).encode()))


def wandb_log(*records: bytes) -> bytes:
    """As W&B's own process writes it: records in pieces that no block of 32 KiB cuts."""
    data = b":W&B\xe1\xbe\x00"
    for said in records:
        first = True
        while first or said:
            left = 32768 - len(data) % 32768
            if left < 7:
                data += b"\0" * left
                left = 32768
            piece, said = said[: left - 7], said[left - 7 :]
            kind = (1 if not said else 2) if first else (4 if not said else 3)
            data += struct.pack("<IHB", 0, len(piece), kind) + piece
            first = False
    return data


def test_a_run_of_wandb_that_stays_offline_is_read_from_its_log(told: Told) -> None:
    """There is no summary and no config then; the log holds both, and every step."""
    steps = [
        message(
            2,
            item(1.0 / (step + 1), "loss")
            + item(0.5, "val", "acc")
            + item(step, "_step")
            + message(2, field(1, 0, varint(step))),
        )
        for step in range(1200)
    ]
    log = wandb_log(
        message(17, message(4, item(0.3, "lr") + item({"t": 1}, "_wandb"))),
        message(5, item("x" * 70_000, "notes")),
        *steps,
        message(3, item(0.93, "best_acc") + item(1.0 / 1200, "loss")),
    )
    path = "wandb/offline-run-20261121_120000-ab12cd34/run-ab12cd34.wandb"
    told.write(path, log)
    found = told.after(path)
    assert {"lr": 0.3, "best_acc": 0.93, "val/acc": 0.5, "loss": 1.0 / 1200} == {
        name: value for name, value in values(found).items() if name != "notes"
    }
    assert [0, 1199] == [curves(found)["loss"][1][0], curves(found)["loss"][1][-1]]
    told.write(path, log[:-40])
    assert {} == {name: value for name, value in values(told.after(path)).items() if name == "best_acc"}
    told.write(path, b":W&B\xe1\xbe\x00" + b"\xff" * 500)
    assert [] == told.after(path)


def test_logs_of_lightning_are_read(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    told.write("logs/version_0/metrics.csv", "epoch,step,train_loss,val_loss\n0,3,,1.5\n0,3,2.6,\n1,7,,0.2\n1,7,0.9,\n")
    told.write("logs/version_0/hparams.yaml", "lr: 0.1\nhidden: 8\n")
    names = ("logs/version_0/metrics.csv", "logs/version_0/hparams.yaml")
    assert [] == told.after(*names)
    monkeypatch.setitem(sys.modules, "lightning", ModuleType("lightning"))
    found = told.after(*names)
    assert {"train_loss": 0.9, "val_loss": 0.2, "lr": 0.1, "hidden": 8} == values(found)
    assert ((2.6, 0.9), (3, 7)) == curves(found)["train_loss"]


def test_series_of_dvclive_are_read(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dvclive", ModuleType("dvclive"))
    told.write("live/plots/metrics/train/loss.tsv", "step\tloss\n0\t1.0\n1\t0.5\n")
    assert {"train/loss": ((1.0, 0.5), (0, 1))} == curves(told.after("live/plots/metrics/train/loss.tsv"))


def test_scalars_of_tensorboard_are_read_as_the_file_grows(told: Told) -> None:
    name = "runs/first/events.out.tfevents.1.host.2.0"
    told.write(name, record(field(3, 2, b"brain.Event:2"), scalar("loss", 0, 0.5), scalar("loss", 1, 0.25)))
    assert {"loss": ((0.5, 0.25), (0, 1))} == curves(told.after(name))
    more = record(scalar("loss", 2, 0.125, tensor=True))
    with (told.folder / name).open("ab") as file:
        file.write(more[:-3])
    assert [] == told.after(name, n=2)
    with (told.folder / name).open("ab") as file:
        file.write(more[-3:])
    found = told.after(name, n=3)
    assert ({"loss": 0.125}, {"loss": ((0.5, 0.25, 0.125), (0, 1, 2))}) == (values(found), curves(found))
    assert "tensorboard first" == found[0].where  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff" * 1000,
        b"\0" * 1000,
        record(b"\xff" * 50),
        record(b"\x2a\xff\xff\x01"),
        os.urandom(5000),
        struct.pack("<Q", 1 << 60),
    ],
)
def test_what_is_no_event_file_says_nothing_and_takes_no_time(told: Told, content: bytes) -> None:
    began = time.perf_counter()
    assert [] == scalars(content)[0]
    assert [] == told.after(told.write("runs/x/events.out.tfevents.1.h", content))
    quicker(time.perf_counter() - began, 1)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (f"mlruns/0/{RUN}/metrics/loss", "x y z\n"), (f"mlruns/0/{RUN}/metrics/loss", b"\xff\xfe"), (f"mlruns/0/{RUN}/metrics/loss", "1 inf 0\n"),
        ("dvclive/metrics.json", "[" * 5000), ("dvclive/metrics.json", "[1]"), ("dvclive/metrics.json", '{"a": null, "b": [1], "c": "x"}'),
        ("dvclive/metrics.json", "{" + " " * 5_000_000), ("dvclive/params.yaml", "\0: :\n- x"),
    ],
)  # fmt: skip
def test_broken_files_say_nothing(told: Told, name: str, content: str | bytes) -> None:
    assert [] == told.after(told.write(name, content))


def test_a_file_that_is_gone_and_one_of_somebody_else_say_nothing(told: Told) -> None:
    told.write(f"mlruns/0/{RUN}/metrics/loss", "1 0.5 0\n")
    assert [] == told.after(f"mlruns/0/{RUN}/metrics/gone")
    assert [] == told.after(f"mlruns/0/{RUN}/metrics/loss", confidence="unattributed")


def test_a_fork_s_child_tells_nothing(told: Told) -> None:
    event: Event = FileWritten("run1", 1, str(told.folder / told.write("dvclive/metrics.json", '{"loss": 1.0}')))
    for each in (event, ProblemSeen("run1", 1, "x")):
        told.recorder.noticed(each)
    told.recorder.forked()
    assert [] == list(told.recorder.late())
