"""Typed rows out of the journal. Everything here reads; nothing here phrases an answer.

`Journal.open` first lets `writer.ingest` take leftover spool in where there is any, so that what a kernel recorded a moment ago is
there. It changes nothing where nothing is pending. Lists that may grow without end take a `limit` and a place to go on from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from labjournal.errors import JournalDamaged, JournalMissing, JournalTooNew, LabjournalError, UnknownAddress
from labjournal.journal import faults, migrations, places, result_rows, searching, spool, state_rows, writer
from labjournal.journal.blobs import Blobs
from labjournal.journal.connection import Connection
from labjournal.journal.origins import Origins
from labjournal.journal.result_rows import load
from labjournal.journal.results import Chosen, Results
from labjournal.journal.rows import (
    Binding,
    Environment,
    Execution,
    Figure,
    FileUse,
    Frame,
    GitState,
    Hit,
    Metric,
    Model,
    Module,
    Note,
    Output,
    PackageChange,
    Parameter,
    Problem,
    Query,
    Randomness,
    Remote,
    Resources,
    Run,
    Series,
    Snapshot,
)
from labjournal.journal.standing import CONFIDENT

__all__ = ["Journal"]

_RUNS = """SELECT r.*, (SELECT count(*) FROM executions e WHERE e.run = r.run) AS executions,
    (SELECT count(*) FROM executions e WHERE e.run = r.run AND e.status IN ('failed', 'interrupted', 'abandoned')) AS failed,
    (SELECT name FROM names WHERE names.run = r.run AND names.n = 0) AS name FROM runs r"""
_EXECUTIONS = "SELECT e.*, s.text FROM executions e JOIN sources s ON s.sha256 = e.source"
_FILE = "run, n, path, given, sha256, bytes, mtime_ns, hash_state, reason, layer, confidence, package, at, kept, edges"
_CATCH_UP_S = 1.0


class Journal:
    """One journal, open for reading. Use it in a `with`, or `close` it."""

    def __init__(self, folder: Path, connection: Connection) -> None:
        self.folder = folder
        self.blobs = Blobs(folder)
        self.origins = Origins(connection)
        """Where contents came from and went."""
        self.results = Results(connection)
        """The table of results."""
        self._connection = connection
        self.schema_version = int(connection.one("PRAGMA user_version"))
        self.behind: LabjournalError | None = None
        """Why leftover spool could not be taken in, where it could not."""

    @classmethod
    def open(cls, folder: Path, *, catch_up: bool = True) -> Journal:
        """The journal in a folder; raises JournalMissing, JournalTooNew, JournalDamaged or JournalUnavailable."""
        folder = places.journal_folder(folder)
        path = folder / places.DATABASE
        behind: LabjournalError | None = None
        try:
            if catch_up and not spool.size(path) and writer.pending(folder):
                writer.ingest(folder, wait_s=_CATCH_UP_S)  # a kernel has recorded, nobody has taken it in yet
        except OSError as error:
            raise faults.explain(error, path) from error
        journal = cls(folder, Connection(path))
        try:
            if catch_up and journal.is_behind():
                behind = journal._catch_up()
            if journal.schema_version < len(migrations.MIGRATIONS):
                raise behind or JournalDamaged(f"{path} could not be brought to today's schema.", "Run a cell, then ask again.")
        except BaseException:  # handed on once the file is let go
            journal.close()
            raise
        journal.behind = behind
        return journal

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def is_snapshot(self) -> bool:
        """Whether the journal could only be opened as a copy (read-only or full disk)."""
        return self._connection.is_snapshot

    def data_version(self) -> int:
        """A number that changes when the journal does."""
        return self._connection.version()

    def is_behind(self) -> bool:
        """Whether `writer.ingest` has something to do: spool waits, or a run that seems to be running has a dead kernel."""
        if self.schema_version < len(migrations.MIGRATIONS) or writer.pending(self.folder):
            return True
        running = self._connection.rows("SELECT run FROM runs WHERE status = 'running'")
        return any(spool.is_dead(self.folder, row[0]) for row in running)

    # runs and executions

    def runs(
        self,
        *,
        since: str | None = None,
        until: str | None = None,
        notebook: str | None = None,
        tag: str | None = None,
        metric: str | None = None,
        unsure: bool = False,
        before: str | None = None,
        limit: int | None = None,
        kernel_id: str | None = None,
    ) -> list[Run]:
        """Runs in which something was executed from `since` up to, but not at, `until`, newest first.

        `notebook` is an absolute path, or its last parts; `before` is the run after which the last page ended.
        """
        where: list[tuple[str, tuple[Any, ...]]] = []
        if since is not None or until is not None:
            executed = "EXISTS (SELECT 1 FROM executions e WHERE e.run = r.run AND e.started >= ? AND e.started < ?)"
            where.append((executed, (since or "", until or "~")))
        if notebook is not None:
            where.append(_notebook(notebook))
        if tag is not None:
            where.append(("r.run IN (SELECT run FROM tags WHERE tag = ?)", (tag,)))
        if metric is not None:
            given = "SELECT run FROM result_metrics WHERE name = ? AND confidence >= ?"
            where.append((f"r.run IN ({given})", (metric, 0.0 if unsure else CONFIDENT)))
        if kernel_id is not None:
            where.append(("r.kernel_id = ?", (kernel_id,)))
        if before is not None:
            where.append(("(r.started, r.run) < (?, ?)", (self.run(before).started, before)))
        values = [value for _, found in where for value in found]
        condition = " WHERE " + " AND ".join(text for text, _ in where) if where else ""
        order = " ORDER BY r.started DESC, r.run DESC LIMIT ?"
        return self._runs(self._connection.rows(_RUNS + condition + order, (*values, -1 if limit is None else limit)))

    def run(self, run: str) -> Run:
        found = self._runs(self._connection.rows(_RUNS + " WHERE r.run = ?", (run,)))
        if not found:
            raise UnknownAddress(f"There is no run {run!r:.60}.", "`labjournal log` lists the runs.")
        return found[0]

    def executions(
        self, run: str, *, first: int = 1, last: int | None = None, newest_first: bool = False, limit: int | None = None
    ) -> list[Execution]:
        """Executions of a run from number `first` to `last`, in the order they ran or backwards."""
        order = "DESC" if newest_first else "ASC"
        return [
            _execution(row)
            for row in self._connection.rows(
                f"{_EXECUTIONS} WHERE e.run = ? AND e.n >= ? AND e.n <= ? ORDER BY e.n {order} LIMIT ?",
                (run, first, (1 << 62) if last is None else last, -1 if limit is None else limit),
            )
        ]

    def execution(self, run: str, n: int) -> Execution:
        found = self.executions(run, first=n, last=n)
        if not found:
            raise UnknownAddress(f"Run {run} has no execution {n}.", f"`labjournal show {run}` lists those it has.")
        return found[0]

    def versions(self, notebook: str, cell_id: str, *, limit: int = 200) -> list[Execution]:
        """Every execution of one cell over all runs of the notebook, newest first."""
        condition, values = _notebook(notebook)
        statement = f"{_EXECUTIONS} JOIN runs r ON r.run = e.run WHERE e.cell_id = ? AND {condition} ORDER BY e.started DESC, e.n DESC LIMIT ?"
        return [_execution(row) for row in self._connection.rows(statement, (cell_id, *values, limit))]

    def chosen(self, *, notebook: str | None = None, **facts: Any) -> Chosen:
        """Results of a notebook (an absolute path, or its last parts), of a tag, a metric, a time."""
        return Chosen(notebook=_notebook(notebook) if notebook is not None else None, **facts)

    def result(self, run: str) -> Execution | None:
        """The latest execution of the run that gave a metric, a model, a figure or a file."""
        latest = self._connection.one(
            "SELECT max(n) FROM results WHERE run = ? AND (metrics OR models OR figures OR files)", (run,)
        )
        return None if latest is None else self.execution(run, latest)

    # what is known of them

    def outputs(self, run: str, n: int | None = None) -> list[Output]:
        return [_output(row) for row in self._of("SELECT * FROM outputs", run, n, "n, position")]

    def errors(self, run: str) -> list[Output]:
        """The tracebacks that executions of the run showed."""
        return [
            _output(row)
            for row in self._of("SELECT * FROM (SELECT * FROM outputs WHERE type = 'error')", run, None, "n, position")
        ]

    def usages(self, run: str, n: int | None = None) -> list[FileUse]:
        return [_file_use(row) for row in self._of(f"SELECT {_FILE}, 0 AS deleted FROM usages", run, n, "n, id")]

    def generations(self, run: str, n: int | None = None) -> list[FileUse]:
        return [_file_use(row) for row in self._of(f"SELECT {_FILE}, deleted, moved FROM generations", run, n, "n, id")]

    def frames(self, run: str, n: int | None = None) -> list[Frame]:
        return [_frame(row) for row in self._of("SELECT * FROM frames", run, n, "n, name")]

    def queries(self, run: str, n: int | None = None) -> list[Query]:
        columns = "run, n, database, dialect, statement, times, rows, layer, at"
        return [Query(*row) for row in self._of(f"SELECT {columns} FROM queries", run, n, "n, id")]

    def remotes(self, run: str, n: int | None = None) -> list[Remote]:
        columns = "run, n, role, url, version, modified, bytes, sha256, layer, at"
        return [Remote(*row) for row in self._of(f"SELECT {columns} FROM remotes", run, n, "n, id")]

    def bindings(self, run: str, n: int | None = None) -> list[Binding]:
        return [Binding(*row) for row in self._of("SELECT n, name, role FROM bindings", run, n, "n, name, role")]

    def roles(self, run: str, last: int) -> list[tuple[int, str, str]]:
        """(n, role, name) of every name up to an execution, in no order: a long run has tens of thousands."""
        return [
            tuple(row)
            for row in self._connection.rows("SELECT n, role, name FROM bindings WHERE run = ? AND n <= ?", (run, last))
        ]

    def parameters(self, run: str, n: int | None = None) -> list[Parameter]:
        return [
            result_rows.parameter(row) for row in self._of(f"SELECT {result_rows.PARAMETER} FROM parameters", run, n, "n, name")
        ]

    def metrics(self, run: str, n: int | None = None) -> list[Metric]:
        return [result_rows.metric(row) for row in self._of(f"SELECT {result_rows.METRIC} FROM metrics", run, n, "n, id")]

    def series(self, run: str, n: int | None = None) -> list[Series]:
        return [result_rows.series(row) for row in self._of(f"SELECT {result_rows.SERIES} FROM series", run, n, "n, at, name")]

    def models(self, run: str, n: int | None = None) -> list[Model]:
        return [result_rows.model(row) for row in self._of(f"SELECT {result_rows.MODEL} FROM models", run, n, "n, at, name")]

    def figures(self, run: str, n: int | None = None) -> list[Figure]:
        return [
            result_rows.figure(row) for row in self._of(f"SELECT {result_rows.FIGURE} FROM figures", run, n, "n, position, path")
        ]

    def resources(self, run: str, n: int | None = None) -> list[Resources]:
        return [result_rows.resources(row) for row in self._of(f"SELECT {result_rows.RESOURCES} FROM resources", run, n, "n")]

    def modules(self, run: str, n: int | None = None) -> list[Module]:
        return [state_rows.module(row) for row in self._of(f"SELECT {state_rows.MODULE} FROM modules", run, n, "n, name")]

    def package_changes(self, run: str, n: int | None = None) -> list[PackageChange]:
        return [state_rows.change(row) for row in self._of(f"SELECT {state_rows.CHANGE} FROM package_changes", run, n, "n, name")]

    def randomness(self, run: str, n: int | None = None) -> list[Randomness]:
        return [state_rows.randomness(row) for row in self._of(f"SELECT {state_rows.RANDOMNESS} FROM randomness", run, n, "n")]

    def snapshots(self, run: str) -> list[Snapshot]:
        return [state_rows.snapshot(row) for row in self._of(f"SELECT {state_rows.SNAPSHOT} FROM git_snapshots", run, None, "n")]

    def sure_metrics(self, run: str, n: int | None = None) -> list[Metric]:
        """Those that are surely metrics, of each name in an execution the number that counts: a training loop leaves one, not thousands."""
        return [each for each in self._standing_metrics(run, n) if each.confidence >= CONFIDENT]

    def printed_metrics(self, run: str, n: int | None = None) -> list[Metric]:
        """Those that were only printed and of which it is not sure that they are metrics, or others than are known already."""
        return [each for each in self._standing_metrics(run, n) if each.source == "printed" and each.confidence < CONFIDENT]

    def _standing_metrics(self, run: str, n: int | None) -> list[Metric]:
        standing = self.results.standing(run, None if n is None else [n])
        return [
            Metric(each.n, each.name, each.value, each.step, "", each.source, each.confidence, each.unit)
            for n in sorted(standing)
            for each in standing[n]
        ]

    def environment(self, sha256: str) -> Environment:
        found = self._connection.rows("SELECT * FROM environments WHERE sha256 = ?", (sha256,))
        if not found:
            raise UnknownAddress(
                f"No environment {sha256!r:.80} is recorded.", "`labjournal show` names the environment of a run."
            )
        row = found[0]
        packages = self._connection.rows(state_rows.PACKAGE, (sha256,))
        return Environment(
            sha256, row["python"], row["implementation"], row["executable"], row["platform"], load(row["hardware"], {}),
            load(row["variables"], {}), {package["name"]: package["version"] for package in packages},
            {package["name"]: state_rows.distribution(package) for package in packages if package["source"] is not None},
            load(row["facts"], {}),
        )  # fmt: skip

    def git_state(self, sha256: str) -> GitState:
        found = self._connection.rows("SELECT * FROM git_states WHERE sha256 = ?", (sha256,))
        if not found:
            raise UnknownAddress(f"No git state {sha256!r:.80} is recorded.", "`labjournal show` names the git state of a run.")
        row = found[0]
        dirty = None if row["dirty"] is None else bool(row["dirty"])
        return GitState(row["root"], row["commit_id"], row["branch"], row["remote"], dirty, row["reason"])

    def packages_used(self, run: str) -> list[str]:
        """Distributions that a run used: first what its own code imports, by how many executions use it, then what that brought along."""
        times: Counter[str] = Counter()
        own: set[str] = set()
        came = dict(self.facets_named(run, "came_along"))
        for n, names in self.packages_by_execution(run).items():
            times.update(names)
            own.update(set(names).difference(map(str, came.get(n) or ())))
        return sorted(times, key=lambda name: (name not in own, -times[name] if name in own else 0, name))

    def packages_by_execution(self, run: str, n: int | None = None) -> dict[int, list[str]]:
        """Distributions that each execution used."""
        answer: dict[int, list[str]] = {}
        for row in self._of("SELECT n, name FROM packages_used", run, n, "n, name"):
            answer.setdefault(row[0], []).append(row[1])
        return answer

    def notes(self, run: str) -> list[Note]:
        return [Note(*row) for row in self._of("SELECT n, text, at FROM notes", run, None, "at, id")]

    def tags(self, run: str) -> list[tuple[int, str]]:
        return [(row[0], row[1]) for row in self._of("SELECT n, tag FROM tags", run, None, "n, tag")]

    def names(self, run: str) -> list[tuple[int, str]]:
        return [(row[0], row[1]) for row in self._of("SELECT n, name FROM names", run, None, "n, name")]

    def problems(self, run: str) -> list[Problem]:
        return [Problem(*row) for row in self._of("SELECT n, what, detail, at FROM problems", run, None, "n, id")]

    def facets(self, run: str) -> dict[tuple[int, str], Any]:
        rows = self._of("SELECT n, name, value FROM facets", run, None, "n, name")
        return {(row[0], row[1]): load(row[2], None) for row in rows}

    def facets_named(self, run: str, name: str) -> list[tuple[int, Any]]:
        """(number, value) of the executions of a run that have this facet, in their order."""
        rows = self._connection.rows("SELECT n, value FROM facets WHERE run = ? AND name = ? ORDER BY n", (run, name))
        return [(row[0], load(row[1], None)) for row in rows]

    # the whole

    def search(self, text: str, *, limit: int = 50) -> list[Hit]:
        """Rows that hold every word of the text (the last one may be a beginning), newest first."""
        return searching.search(self._connection, text, limit)

    def counts(self) -> dict[str, int]:
        """How many runs and executions stand in the journal."""
        row = self._connection.rows(
            "SELECT (SELECT count(*) FROM runs) AS runs, (SELECT count(*) FROM executions) AS executions"
        )[0]
        return {"runs": row["runs"], "executions": row["executions"]}

    def bytes_used(self) -> int:
        """What database, blobs and spool occupy."""
        files = [*self.folder.glob(places.DATABASE + "*"), *(self.folder / places.SPOOL).glob("*")]
        total = self.blobs.bytes_used()
        for file in files:
            with suppress(OSError):
                total += file.stat().st_size
        return total

    def kept(self) -> tuple[int, int]:
        """How many contents of data files are kept, and what they occupy."""
        row = self._connection.rows("SELECT count(*), ifnull(sum(stored), 0) FROM kept")[0]
        return row[0], row[1]

    def named(self, name: str) -> tuple[str, int] | None:
        """Run and number of the execution (0: the run itself) that a handle means."""
        found = self._connection.rows("SELECT run, n FROM names WHERE name = ?", (name,))
        return (found[0][0], found[0][1]) if found else None

    def tagged(self, tag: str) -> tuple[str, int] | None:
        """Run and number of the latest thing that carries a tag."""
        found = self._connection.rows(
            "SELECT t.run, t.n FROM tags t JOIN runs r ON r.run = t.run WHERE t.tag = ? ORDER BY r.started DESC, t.n DESC LIMIT 1",
            (tag,),
        )
        return (found[0][0], found[0][1]) if found else None

    def beginning_with(self, prefix: str, *, limit: int = 10) -> list[str]:
        """Ids of runs that begin with the prefix."""
        statement = "SELECT run FROM runs WHERE run >= ? AND run < ? ORDER BY run LIMIT ?"
        return [row[0] for row in self._connection.rows(statement, (prefix, prefix + "\U0010ffff", limit))]

    def latest(self) -> str | None:
        """The latest run that is somebody's work, else the latest replay."""
        found = self._connection.rows("SELECT run FROM runs WHERE replay_of IS NULL ORDER BY started DESC, run DESC LIMIT 1")
        found = found or self._connection.rows("SELECT run FROM runs ORDER BY started DESC, run DESC LIMIT 1")
        return found[0][0] if found else None

    def _of(self, statement: str, run: str, n: int | None, order: str) -> Iterable[Any]:
        condition, values = (" WHERE run = ?", [run]) if n is None else (" WHERE run = ? AND n = ?", [run, n])
        return self._connection.rows(f"{statement}{condition} ORDER BY {order}", values)

    def _runs(self, rows: Iterable[Any]) -> list[Run]:
        return [_run(row, self._connection) for row in rows]

    def _catch_up(self) -> LabjournalError | None:
        try:
            writer.ingest(self.folder, wait_s=_CATCH_UP_S)
        except (JournalTooNew, JournalMissing):
            raise
        except LabjournalError as error:
            return error
        self.schema_version = int(self._connection.one("PRAGMA user_version"))
        return None


def _notebook(notebook: str) -> tuple[str, tuple[Any, ...]]:
    if Path(notebook).is_absolute():
        return "r.notebook = ?", (notebook,)
    tail = "/" + notebook.removeprefix("./")
    return "replace(substr(r.notebook, -length(?)), '\\', '/') = ?", (tail, tail)


def _run(row: Any, connection: Connection) -> Run:
    values = {key: row[key] for key in row.keys()}  # noqa: SIM118 - sqlite3.Row iterates over values
    tags = tuple(tag[0] for tag in connection.rows("SELECT DISTINCT tag FROM tags WHERE run = ? ORDER BY tag", (row["run"],)))
    del values["seal"]
    return Run(**values, tags=tags)


def _execution(row: Any) -> Execution:
    values = {key: row[key] for key in row.keys()}  # noqa: SIM118
    text, sha256 = values.pop("text"), values.pop("source")
    return Execution(**{**values, "off": bool(values["off"])}, source=text, source_sha256=sha256)


def _output(row: Any) -> Output:
    values = {key: row[key] for key in row.keys()}  # noqa: SIM118
    values.update(data=load(row["data"], {}), metadata=load(row["metadata"], {}))
    values.update(truncated=bool(row["truncated"]), complete=bool(row["complete"]))
    return Output(**values)


def _file_use(row: Any) -> FileUse:
    values = {key: row[key] for key in row.keys()}  # noqa: SIM118
    return FileUse(**{**values, "kept": bool(row["kept"]), "deleted": bool(row["deleted"])})


def _frame(row: Any) -> Frame:
    values = {key: row[key] for key in row.keys()}  # noqa: SIM118
    return Frame(**{**values, "profile": load(row["profile"], {}), "complete": bool(row["complete"])})
