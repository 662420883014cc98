"""Journals made by hand, for tests of everything that reads: real events, through real spool frames, taken in by the real writer.

    builder = JournalBuilder(tmp_path / "journal")
    run = builder.run(notebook="/home/ada/prices.ipynb")
    run.execution("rows = open('prices.csv').read()", reads=[read("/home/ada/prices.csv", b"1,2")])
    run.execution("print(len(rows))", outputs=[stream("3\\n")], metrics={"rows": 3})
    with builder.open() as journal:
        ...

A run is ended when the journal is opened, unless it was made with `alive=True`: then its kernel lives as long as the builder.
Times are made, not measured: a run starts a minute after the one before it, an execution a second after the one before it.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from labjournal import events as ev
from labjournal.journal import frames, places, writer
from labjournal.journal.blobs import Blobs
from labjournal.journal.locks import Alive
from labjournal.journal.reader import Journal

PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
"""A picture of one pixel."""

START = datetime(2026, 11, 3, 9, 0, tzinfo=timezone.utc).timestamp()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def stream(text: str, name: str = "stdout", **more: Any) -> ev.OutputShown:
    whole = text.encode()
    return ev.OutputShown("", 0, 0, "stream", name=name, text=text, bytes=len(whole), sha256=sha256(whole), **more)


def display(data: Mapping[str, Any], kind: str = "display_data", **more: Any) -> ev.OutputShown:
    return ev.OutputShown("", 0, 0, kind, data=dict(data), **more)


def result(text: str, **more: Any) -> ev.OutputShown:
    return display({"text/plain": text}, "execute_result", **more)


def figure(png: bytes = PNG, **more: Any) -> ev.OutputShown:
    """A picture; the builder puts its bytes into the blob folder."""
    return display({"image/png": base64.b64encode(png).decode(), "text/plain": "<Figure size 640x480 with 1 Axes>"}, **more)


def error(
    name: str = "ValueError", value: str = "no", traceback: str = "Traceback (most recent call last):\nValueError: no"
) -> ev.OutputShown:
    return ev.OutputShown("", 0, 0, "error", text=traceback, error_name=name, error_value=value)


def read(path: str | os.PathLike[str], content: bytes | None = None, **more: Any) -> ev.FileRead:
    """The execution read `content` at `path`; without content its digest is not known."""
    return ev.FileRead("", 0, os.fspath(path), **_content(content), **more)


def written(path: str | os.PathLike[str], content: bytes | None = None, **more: Any) -> ev.FileWritten:
    return ev.FileWritten("", 0, os.fspath(path), **_content(content), **more)


def deleted(path: str | os.PathLike[str], **more: Any) -> ev.FileDeleted:
    return ev.FileDeleted("", 0, os.fspath(path), **more)


def frame(
    name: str, rows: int | None = 100, columns: Mapping[str, Mapping[str, Any]] | None = None, kind: str = "pandas", **more: Any
) -> ev.FrameSeen:
    """A data frame; `columns` maps names to what a profile tells of them, their type at least."""
    told = [{"name": column, **facts} for column, facts in (columns or {"x": {"type": "int64", "nulls": 0.0}}).items()]
    schema = sha256(repr([(column["name"], column.get("type")) for column in told]).encode())
    content = more.pop("content", None) or sha256(repr((rows, told)).encode())
    profile = {"n": min(rows or 0, 2000), "sampled": (rows or 0) > 2000, "index": "RangeIndex", "columns": told}
    return ev.FrameSeen("", 0, name, kind, len(told), rows=rows, schema=schema, content=content, profile=profile, **more)


def query(database: str, statement: str, dialect: str = "sqlite", **more: Any) -> ev.QuerySent:
    return ev.QuerySent("", 0, database, statement, dialect, **more)


def remote(url: str, role: str = "read", **more: Any) -> ev.RemoteTouched:
    return ev.RemoteTouched("", 0, role, url, **more)


def metric(name: str, value: float, **more: Any) -> ev.MetricLogged:
    return ev.MetricLogged("", 0, name, value, **more)


def parameter(name: str, value: Any, **more: Any) -> ev.ParameterSet:
    return ev.ParameterSet("", 0, name, value, type=type(value).__name__, **more)


def series(name: str, values: Sequence[float], **more: Any) -> ev.SeriesSeen:
    return ev.SeriesSeen("", 0, name, tuple(values), points=more.pop("points", len(values)), **more)


def model(name: str = "model", kind: str = "sklearn.linear_model._ridge.Ridge", **more: Any) -> ev.ModelSeen:
    """A fitted model; its recipe is told from its class and parameters."""
    recipe = sha256(repr((kind, more.get("parameters"))).encode())
    values: dict[str, Any] = {"library": "scikit-learn", "version": "1.7.2", "recipe": recipe, **more}
    return ev.ModelSeen("", 0, name, kind, **values)


def drawing(position: int = 0, **more: Any) -> ev.FigureSeen:
    """What a figure says of itself; its picture is an output, see `figure`."""
    return ev.FigureSeen("", 0, position, **more)


def resources(**more: Any) -> ev.ResourcesUsed:
    return ev.ResourcesUsed("", 0, **more)


def _content(content: bytes | None) -> dict[str, Any]:
    if content is None:
        return {"hash_state": "unknown"}
    return {"sha256": sha256(content), "bytes": len(content), "hash_state": "verified"}


class JournalBuilder:
    """A journal in a folder, filled run by run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runs: list[RunBuilder] = []
        places.prepare(folder)

    def run(self, run: str = "", *, notebook: str | None = "/home/ada/analysis.ipynb", started: float | None = None, alive: bool = False,
            **facts: Any) -> RunBuilder:  # fmt: skip
        """A new run; `facts` are fields of RunStarted."""
        number = len(self.runs) + 1
        begun = START + 60 * number if started is None else started
        values: dict[str, Any] = {
            "pid": 4000 + number, "kernel": "python3", "folder": "/home/ada", "notebook": notebook, "notebook_learnt": "server", "client": "jupyterlab",
            "user": "ada", "python": "3.11.7", "implementation": "CPython", "executable": "/usr/bin/python3", "platform": "Linux x86_64", "version": "0.1.0",
        }  # fmt: skip
        values.update(facts)
        made = RunBuilder(self, ev.RunStarted(run or f"r{number:03d}", begun, **values), alive=alive)
        self.runs.append(made)
        return made

    def save(self) -> Path:
        """Ends the runs whose kernels are not alive and takes everything into the journal."""
        for run in self.runs:
            if not run.is_alive:
                run.end()
        writer.ingest(self.folder, wait_s=10)
        return self.folder

    def open(self) -> Journal:
        return Journal.open(self.save())

    def close(self) -> None:
        """The living kernels die."""
        for run in self.runs:
            run.die()


class RunBuilder:
    """One run; every method writes to the spool at once and gives the run back."""

    def __init__(self, builder: JournalBuilder, started: ev.RunStarted, *, alive: bool) -> None:
        self.run = started.run
        self.folder = builder.folder
        self.now = started.started
        self.n = 0
        self._blobs = Blobs(builder.folder)
        self._segment = builder.folder / places.SPOOL / f"{started.run}.1.spool"
        self._ended = False
        self._alive = Alive() if alive else None
        if self._alive is not None:
            self._alive.hold(builder.folder / places.SPOOL / f"{started.run}.alive")
        self.event(started)

    @property
    def is_alive(self) -> bool:
        return self._alive is not None

    @property
    def address(self) -> str:
        """Of the latest execution."""
        return f"{self.run}/{self.n}"

    def event(self, *events: ev.Event) -> RunBuilder:
        """Writes events as they are, but for the run's id and, where it is 0, the latest execution's number and the time."""
        descriptor = os.open(self._segment, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            for event in events:
                os.write(descriptor, frames.encode(event if event.run else ev.replace(event, run=self.run)))
        finally:
            os.close(descriptor)
        return self

    def execution(
        self,
        source: str,
        *,
        outputs: Sequence[ev.OutputShown] = (),
        reads: Iterable[ev.FileRead] = (),
        writes: Iterable[ev.FileWritten | ev.FileDeleted] = (),
        data: Iterable[ev.FrameSeen | ev.QuerySent | ev.RemoteTouched] = (),
        seen: Iterable[ev.Event] = (),
        metrics: Mapping[str, float] | None = None,
        parameters: Mapping[str, Any] | None = None,
        bound: Sequence[str] = (),
        used: Sequence[str] = (),
        mutated: Sequence[str] = (),
        imported: Sequence[str] = (),
        opaque: bool = False,
        status: str | None = "ok",
        cell_id: str | None = None,
        client: str = "jupyterlab",
        duration_s: float = 0.5,
        started: float | None = None,
        n: int | None = None,
        off: bool = False,
        redactions: int = 0,
    ) -> RunBuilder:
        """The next execution of the run; `status` None: it is still running. `seen` are metrics, parameters, series, models, … as events."""
        self.n = n = self.n + 1 if n is None else n
        self.now = self.now + 1 if started is None else started
        identifier = f"cell-{n}" if cell_id is None else cell_id
        self.event(
            ev.ExecutionStarted(
                self.run,
                n,
                self.now,
                source,
                len(source.encode("utf-8", "replace")),
                identifier,
                client,
                f"{self.run}-{n}",
                redactions,
                off,
            )
        )
        if bound or used or mutated or imported or opaque:
            self.event(ev.NamesSeen(self.run, n, tuple(bound), tuple(used), tuple(mutated), tuple(imported), opaque))
        for position, output in enumerate(outputs):
            self.event(ev.replace(self._kept(output), run=self.run, n=n, position=position))
        for touched in (*reads, *writes):
            self.event(ev.replace(touched, run=self.run, n=n, at=touched.at or self.now))
        for event in (*data, *seen):
            at = getattr(event, "at", None)  # a frame, a figure and what was used of the machine have no time of their own
            self.event(ev.replace(event, run=self.run, n=n, **({} if at is None else {"at": at or self.now})))
        for name, value in (metrics or {}).items():
            self.event(ev.MetricLogged(self.run, n, name, value, at=self.now))
        for name, value in (parameters or {}).items():
            self.event(ev.ParameterSet(self.run, n, name, value, type=type(value).__name__))
        if status is not None:
            failed = next((output for output in outputs if output.type == "error"), None)
            what, why = (failed.error_name, failed.error_value) if failed else ("", "")
            self.event(ev.ExecutionEnded(self.run, n, self.now + duration_s, status, duration_s, n, what, why))
        return self

    def environment(
        self, packages: Mapping[str, str] | None = None, *, n: int = 0, used: Sequence[str] = (), **facts: Any
    ) -> RunBuilder:
        """The environment of the run, and which of its packages were really imported."""
        packages = dict(packages or {"numpy": "2.3.1", "pandas": "2.3.0"})
        digest = sha256(repr((sorted(packages.items()), sorted(facts.items()))).encode())
        values: dict[str, Any] = {
            "python": "3.11.7",
            "implementation": "CPython",
            "executable": "/usr/bin/python3",
            "platform": "Linux x86_64",
        }
        values.update(facts)
        self.event(ev.EnvironmentSeen(self.run, n, digest, packages=packages, at=self.now, **values))
        return self.event(ev.PackagesUsed(self.run, n, tuple(used))) if used else self

    def git(self, commit: str = "c0ffee" * 6 + "c0de", *, n: int = 0, **facts: Any) -> RunBuilder:
        values: dict[str, Any] = {
            "root": "/home/ada",
            "branch": "main",
            "remote": "https://example.org/prices.git",
            "dirty": False,
        }
        values.update(facts)
        return self.event(ev.GitSeen(self.run, n, commit=commit, at=self.now, **values))

    def note(self, text: str, *, n: int = 0) -> RunBuilder:
        return self.event(ev.NoteAdded(self.run, n, text, at=self.now))

    def tag(self, *tags: str, n: int = 0) -> RunBuilder:
        return self.event(*(ev.TagAdded(self.run, n, tag, at=self.now) for tag in tags))

    def name(self, name: str, *, n: int = 0) -> RunBuilder:
        return self.event(ev.NameGiven(self.run, n, name, at=self.now))

    def problem(self, what: str, detail: str = "", *, n: int = 0) -> RunBuilder:
        return self.event(ev.ProblemSeen(self.run, n, what, detail, at=self.now))

    def keep(self, content: bytes) -> str:
        """Puts a content into the blob folder; its digest."""
        return self._blobs.put(content)

    def end(self) -> RunBuilder:
        """The kernel shuts down in order."""
        if not self._ended:
            self._ended = True
            self.event(ev.RunEnded(self.run, self.now + 2))
        return self

    def die(self) -> None:
        """The kernel is gone without a word."""
        if self._alive is not None:
            self._alive.release()
            self._alive = None
        self._ended = True

    def _kept(self, output: ev.OutputShown) -> ev.OutputShown:
        """Pictures stand as blobs, as the kernel writes them."""
        data = dict(output.data or {})
        for kind, value in data.items():
            if kind.startswith("image/") and isinstance(value, str) and kind != "image/svg+xml":
                content = base64.b64decode(value)
                data[kind] = {"blob": self._blobs.put(content), "bytes": len(content), "base64": True}
        return ev.replace(output, data=data or None)
