"""What the user's own calls told other trackers, read along from the local files that these wrote; nothing is sent, nothing asked of a server.

    MLflow        …/<run>/metrics/<key>, …/<run>/params/<key>; the SQLite file that it was told, or mlflow.db
    W&B           wandb/run-…/files/wandb-summary.json, config.yaml; offline wandb/offline-run-…/run-….wandb (`wandb_log`)
    TensorBoard   events.out.tfevents.…
    DVCLive       dvclive/metrics.json, params.yaml, plots/metrics/….tsv
    Lightning     version_…/metrics.csv, hparams.yaml

That an execution wrote such a file is known already; then it is read, on the helper thread, as far as it is new, and what came of it belongs to that
execution. Files that are too long are passed over. Standard library only.
"""

from __future__ import annotations

import csv
import json
import math
import os
import re
import sqlite3
import sys
from collections import OrderedDict
from contextlib import closing
from time import time
from types import ModuleType
from typing import Any, Dict, Iterator, List, Tuple

from labjournal.events import Event, FileWritten, MetricLogged, ParameterSet, SeriesSeen
from labjournal.recorders import Context
from labjournal.recorders.secret_names import meaning

__all__ = ["TrackerFiles"]

_CONFIDENCE = 0.95
_LONGEST_FILE = 4 << 20
_LONGEST_READ = 32 << 20
"""Of an event file, which grows."""
_MOST_ROWS = 20_000
_MOST_NAMES = 200
_MOST_POINTS = 1000
_LONGEST_NAME = 200
_LONGEST_VALUE = 300
_SECONDS = 2.0
"""Of a database that somebody else writes to."""

_MLFLOW = re.compile(r"/(?P<run>[0-9a-f]{32})/(?P<what>metrics|params)/(?P<key>[^\0]{1,250})$")
_WANDB = re.compile(r"/wandb/(?:offline-)?run-\d{8}_\d{6}-(?P<run>\w{1,64})/files/(?P<what>wandb-summary\.json|config\.yaml)$")
_WANDB_LOG = re.compile(r"/wandb/offline-run-\d{8}_\d{6}-(?P<run>\w{1,64})/run-(?P=run)\.wandb$")
_LIGHTNING = re.compile(r"/(?P<folder>version_\d{1,6})/(?P<what>metrics\.csv|hparams\.yaml)$")
_PLOTS = re.compile(r"/(?P<folder>[^/]{1,255})/plots/metrics/(?P<key>[^\0]{1,250})\.tsv$")
_DVCLIVE = re.compile(r"/(?P<folder>[^/]{1,255})/(?P<what>metrics\.json|params\.yaml)$")
_TENSORBOARD = re.compile(r"/(?:(?P<folder>[^/]{1,255})/)?events\.out\.tfevents\.[^/]{1,255}$")
_DATABASE = re.compile(r"\.(?:db|sqlite3?)$")
_YAML_KEY = re.compile(r"(?P<key>[A-Za-z_][\w./ -]{0,199}):[ ]?(?P<value>.*)$")
_OTHERS = ("system/", "_")
_COUNTERS = ("step", "epoch", "global_step")

Point = Tuple[int, float]


class TrackerFiles:
    """The trackers' files of one run."""

    def __init__(self, context: Context, began: float) -> None:
        self._context = context
        self._began_ms = int(began * 1000) - 1000
        self._read: OrderedDict[str, int] = OrderedDict()
        """Event files and databases → where the next look begins."""
        self._points: Dict[str, Dict[str, List[Point]]] = {}
        """Event file → the scalars in it so far."""
        self._told: OrderedDict[Tuple[str, ...], Any] = OrderedDict()
        """What was told last of each name."""

    def events(self, event: FileWritten) -> Iterator[Event]:
        """What is new in a file that an execution wrote; nothing where it is no tracker's, or cannot be read."""
        if _may_be_one(event):
            try:
                yield from self._looked(event.path, event.n)
            except (OSError, ValueError, RecursionError, sqlite3.Error):  # gone, locked, half written, or another program's
                return

    def _looked(self, path: str, n: int) -> Iterator[Event]:
        slashed = path.replace(os.sep, "/")
        mlflow, wandb, dvclive = _MLFLOW.search(slashed), _WANDB.search(slashed), _DVCLIVE.search(slashed)
        if mlflow is not None:
            where = f"mlflow {mlflow.group('run')}"
            if mlflow.group("what") == "params":
                yield from self._settings(n, {mlflow.group("key"): _value(_text(path))}, where)
            else:
                yield from self._series(n, mlflow.group("key"), list(_mlflow_points(_text(path))), where)
        elif wandb is not None:
            where = f"wandb {wandb.group('run')}"
            if wandb.group("what") == "config.yaml":
                yield from self._settings(n, _wandb_config(_text(path)), where)
            else:
                yield from self._numbers(n, json.loads(_text(path)), where)
        elif dvclive is not None:
            where = f"dvclive {dvclive.group('folder')}"
            if dvclive.group("what") == "params.yaml":
                yield from self._settings(n, _flat_yaml(_text(path)), where)
            else:
                yield from self._numbers(n, json.loads(_text(path)), where)
        elif _TENSORBOARD.search(slashed):
            yield from self._tensorboard(path, n)
        else:
            yield from self._more(path, slashed, n)

    def _more(self, path: str, slashed: str, n: int) -> Iterator[Event]:
        log, lightning, plot = _WANDB_LOG.search(slashed), _LIGHTNING.search(slashed), _PLOTS.search(slashed)
        if log is not None:
            yield from self._wandb_log(path, n, f"wandb {log.group('run')}")
        elif lightning is not None and lightning.group("what") == "hparams.yaml":
            yield from self._settings(n, _flat_yaml(_text(path)), f"lightning {lightning.group('folder')}")
        elif lightning is not None:
            for name, points in _columns(_text(path), ",").items():
                yield from self._series(n, name, points, f"lightning {lightning.group('folder')}")
        elif plot is not None:
            for points in _columns(_text(path), "\t").values():
                yield from self._series(n, plot.group("key"), points, f"dvclive {plot.group('folder')}")
        elif _DATABASE.search(slashed):
            yield from self._database(path, n)

    def _wandb_log(self, path: str, n: int, where: str) -> Iterator[Event]:
        from labjournal.recorders.wandb_log import logged

        with open(path, "rb") as file:
            found = logged(file.read(_LONGEST_READ))
        yield from self._settings(n, {name: value for name, value in found.config.items() if not name.startswith("_")}, where)
        for name, points in list(found.history.items())[:_MOST_NAMES]:
            yield from self._series(n, name, points, where)
        yield from self._numbers(n, {name: value for name, value in found.summary.items() if name not in found.history}, where)

    def _tensorboard(self, path: str, n: int) -> Iterator[Event]:
        from labjournal.recorders.tensorboard_events import scalars

        begin = self._read.get(path, 0)
        with open(path, "rb") as file:
            file.seek(begin)
            found, length = scalars(file.read(_LONGEST_READ))
        self._read[path] = begin + length
        points = self._points.setdefault(path, {})
        new = dict.fromkeys(tag for tag, _, _ in found)
        for tag, step, value in found:
            if tag in points or len(points) < _MOST_NAMES:
                points.setdefault(tag, []).append((step, value))
                if len(points[tag]) > _MOST_ROWS:
                    points[tag] = points[tag][::2]
        for tag in new:
            if tag in points:
                yield from self._series(n, tag, points[tag], f"tensorboard {os.path.basename(os.path.dirname(path))}")

    def _database(self, path: str, n: int) -> Iterator[Event]:
        """New rows of an MLflow store: metrics since this kernel began, and settings of their runs. Read by the SQLite that Python has, as MLflow does."""
        by_key: Dict[Tuple[str, str], List[Point]] = {}
        with closing(sqlite3.connect(f"file:{_quoted(path)}?mode=ro", uri=True, timeout=_SECONDS)) as database:
            tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if not {"metrics", "params", "runs", "alembic_version"} <= tables:
                return
            since = self._read.get(path, self._began_ms)
            statement = "SELECT run_uuid, key, step, value, is_nan, timestamp FROM metrics WHERE run_uuid IN (SELECT run_uuid FROM metrics WHERE timestamp >= ?) LIMIT ?"
            for run, key, step, value, is_nan, at in database.execute(statement, (since, _MOST_ROWS)):
                by_key.setdefault((run, key), []).append((step, math.nan if is_nan else float(value)))
                self._read[path] = max(self._read.get(path, 0), at)
            runs = list(dict.fromkeys(run for run, _ in by_key))[:50]
            marks = ", ".join("?" * len(runs))
            params = database.execute(
                f"SELECT run_uuid, key, value FROM params WHERE run_uuid IN ({marks}) LIMIT 1000", runs
            ).fetchall()
        for run in runs:
            yield from self._settings(n, {key: _value(str(value)) for of, key, value in params if of == run}, f"mlflow {run}")
        for (run, key), points in list(by_key.items())[:_MOST_NAMES]:
            yield from self._series(n, key, sorted(points, key=lambda point: point[0]), f"mlflow {run}")

    # what was read, as events

    def _numbers(self, n: int, said: Any, where: str, before: str = "", step: Any = None) -> Iterator[Event]:
        """The numbers of a JSON object, nested ones as `train/loss`."""
        if type(said) is not dict:
            return
        step = said.get("step", said.get("_step", step))
        for key, value in list(said.items())[:_MOST_NAMES]:
            name = f"{before}{key}"
            if type(value) is dict and before.count("/") < 3:
                yield from self._numbers(n, value, where, f"{name}/", step)
            elif type(value) in (int, float) and not name.startswith(_OTHERS) and name not in _COUNTERS:
                yield from self._metric(n, name, float(value), step if type(step) is int else None, where)

    def _series(self, n: int, name: str, points: List[Point], where: str) -> Iterator[Event]:
        if not points or name.startswith(_OTHERS) or name in _COUNTERS or (name == "hp_metric" and points[-1][1] == -1.0):
            return
        step, last = points[-1]
        yield from self._metric(n, name, last, step if len(points) > 1 or step else None, where)
        finite = [point for point in points if math.isfinite(point[1])]
        if len(finite) > 1 and self._is_new(("series", where, name), tuple(finite[-3:])):
            kept = (
                finite
                if len(finite) <= _MOST_POINTS
                else [finite[at * (len(finite) - 1) // (_MOST_POINTS - 1)] for at in range(_MOST_POINTS)]
            )
            yield SeriesSeen(
                self._context.run, n, self._clean(name), tuple(value for _, value in kept), tuple(step for step, _ in kept),
                len(finite) if len(finite) > len(kept) else 0, at=time(), source="tracker", confidence=_CONFIDENCE, where=where,
            )  # fmt: skip

    def _metric(self, n: int, name: str, value: float, step: int | None, where: str) -> Iterator[Event]:
        if not math.isinf(value) and self._is_new(("metric", where, name), (step, value)):
            yield MetricLogged(
                self._context.run,
                n,
                self._clean(name),
                value,
                step=step,
                at=time(),
                source="tracker",
                confidence=_CONFIDENCE,
                where=where,
            )

    def _settings(self, n: int, said: Dict[str, Any], where: str) -> Iterator[Event]:
        for name, value in list(said.items())[:_MOST_NAMES]:
            secret = meaning(name)
            if (
                (secret is not None and secret.strength != "weak")
                or value is None
                or not self._is_new(("set", where, name), value)
            ):
                continue
            told = self._context.redactor.text(value[:_LONGEST_VALUE]).text if type(value) is str else value
            yield ParameterSet(self._context.run, n, self._clean(name), told, type(value).__name__, "tracker", where)

    def _is_new(self, key: Tuple[str, ...], value: Any) -> bool:
        if key in self._told and self._told[key] == value:
            return False
        self._told[key] = value
        if len(self._told) > _MOST_ROWS:
            self._told.popitem(last=False)
        return True

    def _clean(self, name: str) -> str:
        return self._context.redactor.text(" ".join(name[:_LONGEST_NAME].split())).text


def _may_be_one(event: FileWritten) -> bool:
    """Whether the path of a file that was written is that of a tracker, and the program uses that tracker or the folder says so."""
    path = event.path.replace(os.sep, "/")
    of_wandb = bool(_WANDB.search(path) or _WANDB_LOG.search(path))  # which a process of its own writes
    if of_wandb or _MLFLOW.search(path) or _TENSORBOARD.search(path):
        return event.confidence != "unattributed" or (of_wandb and "wandb" in sys.modules)
    if _LIGHTNING.search(path):
        return "lightning" in sys.modules or "pytorch_lightning" in sys.modules
    if _PLOTS.search(path):
        return "dvclive" in sys.modules
    dvclive = _DVCLIVE.search(path)
    if dvclive is not None:
        return dvclive.group("folder") == "dvclive" or "dvclive" in sys.modules
    return bool(_DATABASE.search(path)) and _is_mlflow_store(path)


def _is_mlflow_store(path: str) -> bool:
    """Whether a database is the one that MLflow was told to keep its runs in, or has the name that it gives one by itself.

    By its path only, and no other database is opened: a program that has one open through another copy of SQLite (APSW, SQLCipher) holds its locks
    by process and file, and loses them when anybody in the process closes a descriptor of that file, even one that was opened for a look at the header.
    """
    if "mlflow" not in sys.modules:
        return False
    module = sys.modules.get("mlflow.tracking._tracking_service.utils")
    uris = [os.environ.get("MLFLOW_TRACKING_URI"), vars(module).get("_tracking_uri") if type(module) is ModuleType else None]
    named = {_path_of(uri) for uri in uris if type(uri) is str}
    return os.path.basename(path) in ("mlflow.db", "mlruns.db") or os.path.realpath(path) in named


def _path_of(uri: str) -> str:
    """`/w/runs.db` of `sqlite:////w/runs.db`; '' of any other address."""
    return os.path.realpath(uri[len("sqlite:///") :].partition("?")[0]) if uri.startswith("sqlite:///") else ""


def _text(path: str) -> str:
    """A small file; ValueError for a long one."""
    with open(path, "rb") as file:
        data = file.read(_LONGEST_FILE + 1)
    if len(data) > _LONGEST_FILE:
        raise ValueError("too long")
    return data.decode("utf-8", "replace")


def _mlflow_points(text: str) -> Iterator[Point]:
    """`timestamp value step`, a line each; the step is missing in old ones."""
    for line in text.splitlines()[-_MOST_ROWS:]:
        parts = line.split()
        if len(parts) in (2, 3):
            yield int(parts[2]) if len(parts) == 3 else 0, float(parts[1])


def _columns(text: str, between: str) -> Dict[str, List[Point]]:
    """Steps and values of every column of numbers beside the one that counts the steps; cells may be empty."""
    rows = list(csv.reader(text.splitlines()[:_MOST_ROWS], delimiter=between))
    names = rows[0][:_MOST_NAMES] if rows else []
    answer: Dict[str, List[Point]] = {name: [] for name in names if name not in _COUNTERS}
    for at, row in enumerate(rows[1:]):
        said = dict(zip(names, row))
        step = said.get("step", "")
        for name, points in answer.items():
            try:
                points.append((int(step) if step.isdigit() else at, float(said.get(name, ""))))
            except ValueError:  # nothing was logged at this step
                continue
    return answer


def _wandb_config(text: str) -> Dict[str, Any]:
    """`name:` with `value: …` below it; what is nested deeper is passed over."""
    answer: Dict[str, Any] = {}
    name = ""
    for line in text.splitlines()[:_MOST_ROWS]:
        match = _YAML_KEY.match(line)
        if match is not None:
            name = "" if match.group("key").startswith(("_", "wandb_version")) else match.group("key")
        elif name and line.startswith(("    value: ", "  value: ")):
            answer[name] = _value(line.partition("value: ")[2])
    return answer


def _flat_yaml(text: str) -> Dict[str, Any]:
    """The plain values at the top level."""
    matches = [_YAML_KEY.match(line) for line in text.splitlines()[:_MOST_ROWS]]
    return {match.group("key"): _value(match.group("value")) for match in matches if match is not None and match.group("value")}


def _value(text: str) -> Any:
    """A number or truth value where the text is one."""
    said = text.strip()
    if said in ("true", "True", "false", "False"):
        return said in ("true", "True")
    try:
        number = json.loads(said)
    except ValueError:
        return None if said in ("null", "~", "") else said.strip("'\"")[:_LONGEST_VALUE]
    return (
        number
        if type(number) in (int, float) and math.isfinite(number) and abs(number) < 1 << 63
        else said[:_LONGEST_VALUE].strip('"')
    )


def _quoted(path: str) -> str:
    from urllib.parse import quote

    return quote(path)
