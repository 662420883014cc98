"""What each event does to the tables: one small method per kind, each harmless to repeat.

Natural keys make it so: an event taken in twice writes the same row twice. The first word counts for what was known at the start
of a run or an execution, the last word for what grows while it runs (an output, a digest that was still provisional). A run or an
execution whose start was lost gets a row all the same, filled in should the start turn up. Chain and seals are brought up to
date by `finish`, once per transaction. Standard library only, Python 3.8.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from typing import Any, Callable, Type

from labjournal import events as ev
from labjournal.journal import chain, standing
from labjournal.journal.data_appliers import DataAppliers
from labjournal.journal.result_appliers import ResultAppliers
from labjournal.journal.state_appliers import StateAppliers
from labjournal.journal.values import as_json, is_run, iso, now, number, text

__all__ = ["Appliers"]

EMPTY = hashlib.sha256(b"").hexdigest()
_BROKEN = (TypeError, ValueError, OverflowError, KeyError, AttributeError, RecursionError)
_BROKEN_IN_SQL = (sqlite3.InterfaceError, sqlite3.ProgrammingError, sqlite3.IntegrityError)


class Appliers(DataAppliers, ResultAppliers, StateAppliers):
    """Takes events into the tables of one open transaction."""

    def apply(self, event: ev.Event) -> bool:
        """Whether the event could be taken in; one that makes no sense (a text for a number, a time beyond the calendar) is left."""
        method = _METHODS.get(type(event))
        if method is None or not is_run(event.run):
            return False
        try:
            method(self, event)
        except _BROKEN + _BROKEN_IN_SQL:
            return False
        return True

    def finish(self) -> None:
        """Brings chain and seals up to date; the last act before the commit."""
        for run, first in self._unchained.items():
            chain.rechain(self._connection, run, first)
            later = self._connection.execute("SELECT n FROM executions WHERE run = ? AND n >= ?", (run, first))
            self._unsealed.update((run, n) for (n,) in later)
        standing.renew(self._connection, sorted(self._results))
        chain.write_seals(self._connection, sorted(self._unsealed))
        chain.write_run_seals(self._connection, sorted(self._changed))
        self._unchained.clear()
        self._changed.clear()
        self._unsealed.clear()
        self._results.clear()

    def abandon(self, run: str, last_sign: str) -> None:
        """The kernel of a run is found dead."""
        self._changed.add(run)
        self._do(
            "UPDATE runs SET status = 'abandoned', ended = max(started, ?) WHERE run = ? AND status = 'running'", last_sign, run
        )
        self._abandon_executions(run)

    # runs

    def run_started(self, event: ev.RunStarted) -> None:
        self._do(
            """INSERT INTO runs (run, started, notebook, notebook_learnt, folder, kernel, kernel_id, client, user, python,
                implementation, executable, platform, pid, utc_offset_s, replay_of, version)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (run) DO UPDATE SET started = excluded.started, notebook = coalesce(notebook, excluded.notebook),
                notebook_learnt = CASE WHEN notebook IS NULL THEN excluded.notebook_learnt ELSE notebook_learnt END,
                folder = excluded.folder, kernel = excluded.kernel, kernel_id = excluded.kernel_id, client = excluded.client,
                user = excluded.user, python = excluded.python, implementation = excluded.implementation,
                executable = excluded.executable, platform = excluded.platform, pid = excluded.pid,
                utc_offset_s = excluded.utc_offset_s, replay_of = excluded.replay_of, version = excluded.version
            WHERE runs.version = '' AND runs.pid = 0""",
            event.run, iso(event.started) or now(), event.notebook, event.notebook_learnt, event.folder, event.kernel, event.kernel_id,
            event.client, event.user, event.python, event.implementation, event.executable, event.platform, event.pid,
            event.utc_offset_s, event.replay_of, event.version,
        )  # fmt: skip
        self._runs.add(event.run)
        self._changed.add(event.run)
        if event.notebook:
            self._index.notebook(text(event.notebook))

    def notebook_seen(self, event: ev.NotebookSeen) -> None:
        self._run(event.run, iso(event.seen))
        self._changed.add(event.run)
        written = self._do(
            "UPDATE runs SET notebook = ?, notebook_learnt = ? WHERE run = ? AND (notebook IS NULL OR ? <> 'content')",
            event.path, event.learnt, event.run, event.learnt,
        )  # fmt: skip
        if written:  # what content tells does not outweigh what somebody said
            self._index.notebook(text(event.path))

    def run_ended(self, event: ev.RunEnded) -> None:
        ended = iso(event.ended)
        self._run(event.run, ended)
        self._changed.add(event.run)
        self._do(
            "UPDATE runs SET ended = ?, status = ? WHERE run = ? AND (status <> 'ended' OR ended IS NULL)",
            ended, "abandoned" if event.status == "abandoned" else "ended", event.run,
        )  # fmt: skip
        self._abandon_executions(event.run)

    # executions

    def execution_started(self, event: ev.ExecutionStarted) -> None:
        started = iso(event.started) or now()
        self._run(event.run, started)
        source = self._source(event.source)
        values = (
            event.cell_id, source, event.source_bytes or len(text(event.source).encode("utf-8")), started, event.client,
            event.message_id, event.redactions, int(bool(event.off)),
        )  # fmt: skip
        written = self._do(
            """INSERT INTO executions (run, n, cell_id, source, source_bytes, started, client, message_id, redactions, off)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (run, n) DO UPDATE SET cell_id = coalesce(excluded.cell_id, cell_id), source = excluded.source,
                source_bytes = excluded.source_bytes, started = excluded.started, client = excluded.client, message_id = excluded.message_id,
                redactions = excluded.redactions, off = excluded.off
            WHERE (executions.source = ? AND executions.message_id = '' AND executions.off = 0)
                OR (executions.started = excluded.started AND executions.source <> excluded.source AND ?)""",
            event.run, number(event.n), *values, EMPTY, not event.partial,
        )  # fmt: skip
        if written:
            self._unchained[event.run] = min(event.n, self._unchained.get(event.run, event.n))
            self._results.add((event.run, event.n))

    def cell_seen(self, event: ev.CellSeen) -> None:
        """What the client itself said about the cell stands; the digest, which speaks of the cell, is made anew."""
        self._execution(event.run, event.n, "")
        if self._do(
            "UPDATE executions SET cell_id = ? WHERE run = ? AND n = ? AND cell_id IS NULL", event.cell_id, event.run, event.n
        ):
            self._unchained[event.run] = min(event.n, self._unchained.get(event.run, event.n))

    def execution_ended(self, event: ev.ExecutionEnded) -> None:
        ended = iso(event.ended)
        self._execution(event.run, event.n, ended)
        self._do(
            """UPDATE executions SET ended = ?, duration_s = ?, status = ?, execution_count = ?, error_name = ?, error_value = ?
            WHERE run = ? AND n = ? AND (status IN ('running', 'abandoned') OR ended IS NULL)""",
            ended or None, float(event.duration_s), event.status, event.execution_count, event.error_name, event.error_value,
            event.run, event.n,
        )  # fmt: skip

    def output_shown(self, event: ev.OutputShown) -> None:
        self._execution(event.run, event.n, "")
        data = event.data or {}
        plain = data.get("text/plain")
        shown = text(event.text or (plain if isinstance(plain, str) else ""))
        self._do(
            """INSERT INTO outputs (run, n, position, type, name, text, data, metadata, display_id, error_name, error_value, bytes,
                sha256, truncated, complete, redactions)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (run, n, position) DO UPDATE SET type = excluded.type, name = excluded.name, text = excluded.text,
                data = excluded.data, metadata = excluded.metadata, display_id = excluded.display_id, error_name = excluded.error_name,
                error_value = excluded.error_value, bytes = excluded.bytes, sha256 = excluded.sha256, truncated = excluded.truncated,
                complete = excluded.complete, redactions = excluded.redactions""",
            event.run, event.n, number(event.position), event.type, event.name, shown, as_json(data), as_json(event.metadata or {}),
            event.display_id, event.error_name, event.error_value, event.bytes, event.sha256, int(bool(event.truncated)),
            int(bool(event.complete)), event.redactions,
        )  # fmt: skip
        self._index.output(event.run, event.n, event.position, shown or text(event.error_value))
        if data:
            self._results.add((event.run, event.n))
        self.blobs.update(
            value["blob"] for value in data.values() if isinstance(value, dict) and isinstance(value.get("blob"), str)
        )

    def outputs_cleared(self, event: ev.OutputsCleared) -> None:
        self._execution(event.run, event.n, "")
        self._do("DELETE FROM outputs WHERE run = ? AND n = ? AND position < ?", event.run, event.n, event.before)
        self._index.forget_outputs(event.run, event.n, 0, event.before - 1)
        self._results.add((event.run, event.n))

    # facts about the code

    def names_seen(self, event: ev.NamesSeen) -> None:
        self._execution(event.run, event.n, "")
        roles = (("bound", event.bound), ("used", event.used), ("mutated", event.mutated), ("imported", event.imported))
        rows = [(name, role) for role, names in roles for name in names] + ([("", "opaque")] if event.opaque else [])
        for name, role in rows:
            self._do("INSERT OR IGNORE INTO bindings VALUES (?, ?, ?, ?)", event.run, event.n, name, role)

    # environment and git

    def environment_seen(self, event: ev.EnvironmentSeen) -> None:
        self._run(event.run, iso(event.at))
        if self.environment(event):
            self._state(event.run, event.n, "environment", event.sha256)

    def git_seen(self, event: ev.GitSeen) -> None:
        self._run(event.run, iso(event.at))
        dirty = None if event.dirty is None else int(bool(event.dirty))
        values = (event.root, event.commit, event.branch, event.remote, dirty, event.reason)
        sha256 = hashlib.sha256(as_json(values).encode("utf-8")).hexdigest()
        self._do("INSERT OR IGNORE INTO git_states VALUES (?, ?, ?, ?, ?, ?, ?)", sha256, *values)
        self._state(event.run, event.n, "git", sha256)

    def _state(self, run: str, n: int, column: str, sha256: str) -> None:
        """The first state is the run's; one that differs from it later is a facet of the execution after which it was seen."""
        self._changed.add(run)
        self._do(f"UPDATE runs SET {column} = ? WHERE run = ? AND {column} IS NULL", sha256, run)
        if self._connection.execute(f"SELECT {column} FROM runs WHERE run = ?", (run,)).fetchone()[0] != sha256:
            self._do("INSERT OR REPLACE INTO facets VALUES (?, ?, ?, ?)", run, n, column, as_json({"sha256": sha256}))

    def packages_used(self, event: ev.PackagesUsed) -> None:
        self._run(event.run, "")
        for name in event.names:
            self._do("INSERT OR IGNORE INTO packages_used VALUES (?, ?, ?)", event.run, event.n, name)

    # what people add, and what went wrong

    def note_added(self, event: ev.NoteAdded) -> None:
        at = iso(event.at) or now()
        self._run(event.run, at)
        if self._do("INSERT OR IGNORE INTO notes (run, n, text, at) VALUES (?, ?, ?, ?)", event.run, event.n, event.text, at):
            self._index.note(event.run, event.n, text(event.text))

    def tag_added(self, event: ev.TagAdded) -> None:
        at = iso(event.at) or now()
        self._run(event.run, at)
        self._do("INSERT OR IGNORE INTO tags VALUES (?, ?, ?, ?)", event.run, event.n, event.tag, at)

    def tag_removed(self, event: ev.TagRemoved) -> None:
        self._do("DELETE FROM tags WHERE run = ? AND n = ? AND tag = ?", event.run, event.n, event.tag)

    def name_given(self, event: ev.NameGiven) -> None:
        """One handle for one thing: a name given again moves, a thing named again loses its old name."""
        at = iso(event.at) or now()
        self._run(event.run, at)
        self._do("DELETE FROM names WHERE run = ? AND n = ?", event.run, event.n)
        if event.name:
            self._do("INSERT OR REPLACE INTO names VALUES (?, ?, ?, ?)", event.name, event.run, event.n, at)

    def facet_seen(self, event: ev.FacetSeen) -> None:
        self._run(event.run, "")
        self._do("INSERT OR REPLACE INTO facets VALUES (?, ?, ?, ?)", event.run, event.n, event.name, as_json(event.value))

    def problem_seen(self, event: ev.ProblemSeen) -> None:
        self.problem(event.run, event.n, event.what, event.detail, iso(event.at))

    def recorder_failed(self, event: ev.RecorderFailed) -> None:
        self.problem(event.run, event.n, "recorder-failed", f"{event.recorder}: {event.error}", iso(event.at))


def _method(kind: Type[ev.Event]) -> Callable[[Appliers, Any], None]:
    """MetricLogged is applied by `metric_logged`."""
    found: Callable[[Appliers, Any], None] = getattr(Appliers, re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower())
    return found


_METHODS = {kind: _method(kind) for kind in ev.EVENTS.values()}
