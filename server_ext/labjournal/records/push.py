"""`push --mlflow`: the table of results as runs of MLflow, in a file store, a database or on a server. Nothing is sent without it.

Each result is known by the tag `labjournal.address`, so what stands there is passed over; a run that an interrupted push left unfinished is finished. MLflow's
own reporting to its makers is switched off before it is imported, and what it would say on the terminal is kept down.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import socket
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypedDict
from urllib.parse import unquote, urlsplit

from labjournal.errors import LabjournalError
from labjournal.journal.reader import Journal
from labjournal.questions.results.answers import ResultPart
from labjournal.questions.results.table import results
from labjournal.recorders.redaction import redact_url
from labjournal.records.tracked import ADDRESS, Tracked, tracked

__all__ = ["PushAnswer", "push"]

_PAGE = 500
_AT_ONCE = {"metrics": 900, "params": 90, "tags": 90}
_CONNECTS_WITHIN_S = 5.0
_PORTS = {"http": 80, "https": 443, "postgresql": 5432, "mysql": 3306, "mssql": 1433}
_SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_ALLOW_FILE_STORE": "true",  # it was asked for by name
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "15",
}


class PushAnswer(TypedDict):
    uri: str
    """Where to, without a password."""
    pushed: int
    """Results that stand there now and did not before."""
    skipped: int
    """Results that stood there already."""
    experiments: list[str]
    """Those that the results belong to."""


def push(
    journal: Journal, uri: str, *, experiment: str = "", progress: Callable[[str], None] | None = None, **chosen: Any
) -> PushAnswer:
    """Sends the results that have a metric, a curve or a model; `chosen` as in `results`."""
    with contextlib.redirect_stdout(io.StringIO()):  # MLflow says there of each run where it can be looked at
        return _pushed(journal, uri, experiment, progress, chosen)


def _pushed(
    journal: Journal, uri: str, experiment: str, progress: Callable[[str], None] | None, chosen: dict[str, Any]
) -> PushAnswer:
    client = _client(uri)
    said = redact_url(uri)
    answer: PushAnswer = {"uri": said, "pushed": 0, "skipped": 0, "experiments": []}
    errors = _errors()
    try:
        known = _known(client)
        experiments: dict[str, str] = {}
        for one in _tracked(journal, experiment, chosen):
            if one.experiment not in answer["experiments"]:
                answer["experiments"].append(one.experiment)
            run, over = known.get(one.address, ("", False))
            if over:
                answer["skipped"] += 1
                continue
            _send(client, experiments, one, run)
            answer["pushed"] += 1
            if progress is not None and answer["pushed"] % 20 == 0:
                progress(f"{answer['pushed']} results pushed")
    except errors as problem:
        done = f"; {answer['pushed']} were pushed, the same command goes on with the others" if answer["pushed"] else ""
        raise LabjournalError(
            f"MLflow at {said} does not take it ({_why(problem)}){done}.", "Look whether it is running."
        ) from problem
    return answer


def _tracked(journal: Journal, experiment: str, chosen: dict[str, Any]) -> Iterator[Tracked]:
    """The results that are over, oldest first, so that the newest stands on top there as it does here."""
    offset = 0
    while rows := results(journal, ascending=True, limit=_PAGE, offset=offset, **chosen)["results"]:
        offset += len(rows)
        for row in rows:
            if row["status"] != "running" and _says_something(row):
                run = journal.run(row["run"])
                yield tracked(journal, run, journal.git_state(run.git) if run.git else None, row, experiment)


def _says_something(row: ResultPart) -> bool:
    return bool(row["measures"] or row["models"] or row["series"])


def _known(client: Any) -> dict[str, tuple[str, bool]]:
    """Address → its run there, and whether that is over. Runs that somebody deleted there count: they were not wanted."""
    found: dict[str, tuple[str, bool]] = {}
    experiments = [each.experiment_id for each in _pages(lambda token: client.search_experiments(view_type=3, page_token=token))]
    asked = f"tags.`{ADDRESS}` LIKE '%'"
    runs = _pages(lambda token: client.search_runs(experiments, asked, run_view_type=3, max_results=1000, page_token=token))
    for run in runs if experiments else ():
        found[run.data.tags[ADDRESS]] = (run.info.run_id, run.info.status != "RUNNING")
    return found


def _pages(ask: Callable[[str | None], Any]) -> Iterator[Any]:
    token: str | None = None
    while True:
        page = ask(token)
        yield from page
        token = page.token
        if not token:
            return


def _send(client: Any, experiments: dict[str, str], one: Tracked, run: str) -> None:
    from mlflow.entities import Metric, Param, RunTag

    if not run:
        if one.experiment not in experiments:
            there = client.get_experiment_by_name(one.experiment)
            experiments[one.experiment] = there.experiment_id if there else client.create_experiment(one.experiment)
        tags = {ADDRESS: one.address, "mlflow.runName": one.name, "mlflow.user": one.tags.get("mlflow.user", "unknown")}
        made = client.create_run(experiments[one.experiment], start_time=one.started_ms, tags=tags, run_name=one.name)
        run = made.info.run_id
    parts: dict[str, list[Any]] = {
        "metrics": [Metric(point.name, point.value, point.at_ms, point.step) for point in one.points],
        "params": [Param(name, value) for name, value in one.parameters.items()],
        "tags": [RunTag(name, value) for name, value in one.tags.items()],
    }
    for kind, entities in parts.items():
        most = _AT_ONCE[kind]
        for start in range(0, len(entities), most):
            client.log_batch(run, **{kind: entities[start : start + most]})
    client.set_terminated(run, one.status, one.ended_ms)  # last, so that what is whole says so


def _client(uri: str) -> Any:
    """A client of what the URI names, once it is plain that somebody is there."""
    place = _checked(uri)
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    for name in ("mlflow", "alembic", "urllib3"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", module="mlflow")
    try:
        from mlflow.tracking import MlflowClient

        logging.getLogger("mlflow").setLevel(logging.CRITICAL)  # importing it has set it anew
        client: Any = MlflowClient(tracking_uri=place)
        client.search_experiments(max_results=1)
    except ImportError as problem:
        what = (
            "MLflow"
            if (problem.name or "mlflow").partition(".")[0] == "mlflow"
            else f"What MLflow needs for that ({problem.name})"
        )
        raise LabjournalError(f"{what} is not installed here.", "`pip install labjournal[mlflow]` adds it.") from problem
    except _errors() as problem:
        raise LabjournalError(f"What is at {redact_url(uri):.120} is no MLflow ({_why(problem)}).", _PLACES) from problem
    return client


_PLACES = "Name a server (http://HOST:PORT), a database (sqlite:///PATH) or a folder that is there."


def _checked(uri: str) -> str:
    """The URI as MLflow takes it. MLflow itself tries for minutes, and makes folders of words."""
    parts = _split(uri)
    if parts is None or len(parts.scheme) < 2:
        folder = Path(uri)
        if not uri.strip() or not folder.is_dir():
            raise LabjournalError(f"{uri!r:.120} is neither a URI nor a folder.", _PLACES)
        return folder.resolve().as_uri()
    scheme = parts.scheme.partition("+")[0]
    if scheme == "sqlite":
        _check_database(Path(unquote(parts.path[1:] if os.name == "posix" else parts.path.lstrip("/"))))
    elif scheme in _PORTS:
        _check_server(redact_url(uri), parts.hostname or "", parts.port or _PORTS[scheme])
    elif scheme not in ("file", "databricks"):
        raise LabjournalError(f"{redact_url(uri)!r:.120} is no place that MLflow knows.", _PLACES)
    return uri


def _split(uri: str) -> Any:
    try:
        parts = urlsplit(uri)
        parts.port  # noqa: B018  raises where it is no number
    except ValueError as problem:
        raise LabjournalError(f"{redact_url(uri)!r:.120} is no URI ({problem}).", _PLACES) from problem
    return parts if "://" in uri or parts.scheme in ("file", "databricks", "sqlite") else None


def _check_database(path: Path) -> None:
    if not path.parent.is_dir():
        raise LabjournalError(f"The folder {path.parent} does not exist.", "Make it first, or name another database.")
    try:
        with path.open("rb") as file:
            begins = file.read(16)
    except FileNotFoundError:
        return
    if begins and begins != b"SQLite format 3\0":
        raise LabjournalError(f"{path} is no SQLite database.", "Name another file.")


def _check_server(said: str, host: str, port: int) -> None:
    try:
        socket.create_connection((host, port), _CONNECTS_WITHIN_S).close()
    except (OSError, UnicodeError) as problem:
        why = getattr(problem, "strerror", None) or str(problem) or type(problem).__name__
        raise LabjournalError(
            f"No MLflow answers at {said} ({why}).", "Look whether it is running, and whether the address is right."
        ) from problem


def _errors() -> tuple[type[Exception], ...]:
    """What MLflow raises; before it is imported there is nothing to raise."""
    from mlflow.exceptions import MlflowException

    return (MlflowException, OSError, ValueError)


def _why(problem: Exception) -> str:
    return redact_url(" ".join(str(problem).split()))[:200].rstrip(".") or type(problem).__name__
