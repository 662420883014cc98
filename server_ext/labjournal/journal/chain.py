"""Digest and seal of an execution, and the seal of a run: what makes a later change of the journal show.

    digest   SHA-256 over the digest of the execution before it in its run and canonical JSON of what was known at its start
    seal     SHA-256 over the digest, the end, and every output, file, frame, query, name, metric, parameter, series, model, figure, module and random state recorded about it

Of an execution that its user had forgotten the digest remains, so that the chain of those after it still shows that nothing else changed.
A run has a seal over its own facts, its environment and its git state. The digest is written once, and again where the cell's id is
learnt late; seals whenever late facts arrive. Both are computed from the rows as they stand, so that
`integrity` can do the same sum later. This makes a journal tamper-evident, not tamper-proof: who can write the file can redo
the sums. Standard library only, Python 3.8.
"""

from __future__ import annotations

import hashlib
import heapq
import json
import sqlite3
from typing import Any, Dict, Iterable, Iterator, List, Tuple

__all__ = ["FORGOTTEN", "digest_of", "rechain", "run_seal_of", "run_sums", "seal_of", "sums", "write_run_seals", "write_seals"]

FORGOTTEN = "forgotten"
"""Facet of an execution that its user had removed: all that is left of it is its digest, by which the chain goes on."""

_START = "SELECT run, n, cell_id, source, started, client, message_id FROM executions WHERE run = ? AND n = ?"
_END = """SELECT digest, ended, duration_s, status, execution_count, error_name, error_value, redactions, off, source_bytes
    FROM executions WHERE run = ? AND n = ?"""
_FACTS = (
    """SELECT position, type, name, text, data, metadata, display_id, error_name, error_value, bytes, sha256, truncated, complete, redactions
    FROM outputs WHERE run = ? AND n = ? ORDER BY position""",
    """SELECT path, given, sha256, bytes, mtime_ns, hash_state, reason, layer, confidence, package, at, kept
    FROM usages WHERE run = ? AND n = ? ORDER BY path, sha256""",
    """SELECT path, given, sha256, bytes, mtime_ns, hash_state, reason, layer, confidence, package, at, kept, deleted
    FROM generations WHERE run = ? AND n = ? ORDER BY path, sha256, deleted""",
    "SELECT name, role FROM bindings WHERE run = ? AND n = ? ORDER BY name, role",
    "SELECT name, value, type, source FROM parameters WHERE run = ? AND n = ? ORDER BY name",
    """SELECT name, step, value, special, at, source, confidence, unit
    FROM metrics WHERE run = ? AND n = ? ORDER BY name, step, source, place""",
)
_DATA = (  # since schema 2: counted only where there is something, so that older seals hold
    "SELECT path, sha256, edges FROM usages WHERE run = ? AND n = ? AND edges <> '' ORDER BY path, sha256",
    """SELECT path, sha256, deleted, edges, moved FROM generations WHERE run = ? AND n = ? AND (edges <> '' OR moved <> '')
    ORDER BY path, sha256, deleted""",
    "SELECT name, kind, rows, columns, schema, content, profile, complete FROM frames WHERE run = ? AND n = ? ORDER BY name",
    "SELECT database, dialect, statement, times, rows, layer, at FROM queries WHERE run = ? AND n = ? ORDER BY database, statement",
    """SELECT role, url, version, modified, bytes, sha256, layer, at FROM remotes WHERE run = ? AND n = ?
    ORDER BY role, url, version""",
)
_RESULTS = (  # since schema 3, likewise
    "SELECT name, place FROM parameters WHERE run = ? AND n = ? AND place <> '' ORDER BY name",
    "SELECT name, step, source, place FROM metrics WHERE run = ? AND n = ? AND place <> '' ORDER BY name, step, source, place",
    """SELECT name, source, place, numbers, steps, points, at, confidence, unit FROM series WHERE run = ? AND n = ?
    ORDER BY name, source, place""",
    """SELECT name, recipe, kind, library, version, parameters, fitted_on, features, signature, fit_s, bytes, path, at
    FROM models WHERE run = ? AND n = ? ORDER BY name, recipe""",
    "SELECT position, path, title, labels, data FROM figures WHERE run = ? AND n = ? ORDER BY position, path",
    "SELECT cpu_s, memory_bytes, peak_bytes, gpu FROM resources WHERE run = ? AND n = ?",
)
_STATE = (  # since schema 4, likewise
    "SELECT name, path, state, sha256, bytes, redactions, reason, at FROM modules WHERE run = ? AND n = ? ORDER BY name",
    "SELECT name, before, after, loaded, at FROM package_changes WHERE run = ? AND n = ? ORDER BY name",
    "SELECT generators, seeds, unseeded, at FROM randomness WHERE run = ? AND n = ?",
)

_RUN = (
    """SELECT run, started, ended, status, notebook, notebook_learnt, folder, kernel, kernel_id, client, user, python, implementation,
    executable, platform, pid, utc_offset_s, environment, git, replay_of, version FROM runs WHERE run = ?""",
    """SELECT e.sha256, e.python, e.implementation, e.executable, e.platform, e.hardware, e.variables
    FROM environments e JOIN runs r ON r.environment = e.sha256 WHERE r.run = ?""",
    "SELECT p.name, p.version FROM packages p JOIN runs r ON r.environment = p.environment WHERE r.run = ? ORDER BY p.name",
    """SELECT g.sha256, g.root, g.commit_id, g.branch, g.remote, g.dirty, g.reason
    FROM git_states g JOIN runs r ON r.git = g.sha256 WHERE r.run = ?""",
)
_RUN_STATE = (  # since schema 4, counted only where there is something
    "SELECT e.facts FROM environments e JOIN runs r ON r.environment = e.sha256 WHERE r.run = ? AND e.facts <> '{}'",
    """SELECT p.name, d.version, hex(d.record), d.installer, d.requested, d.source, d.url, d.commit_id, d.requires, d.reason
    FROM packages p JOIN runs r ON r.environment = p.environment JOIN distributions d ON d.id = p.distribution
    WHERE r.run = ? ORDER BY p.name""",
)


def digest_of(connection: sqlite3.Connection, run: str, n: int, before: str) -> str:
    """The digest that the execution should carry, given the one before it ('' for the first)."""
    return _sum([before, list(connection.execute(_START, (run, n)).fetchone())])


def seal_of(connection: sqlite3.Connection, run: str, n: int) -> str:
    """The seal that the execution should carry."""
    end = list(connection.execute(_END, (run, n)).fetchone())
    facts, data, results, state = (
        [[list(row) for row in connection.execute(query, (run, n))] for query in queries]
        for queries in (_FACTS, _DATA, _RESULTS, _STATE)
    )
    if any(state):
        return _sum([end, facts, data, results, state])
    if any(results):
        return _sum([end, facts, data, results])
    return _sum([end, facts, data] if any(data) else [end, facts])


def rechain(connection: sqlite3.Connection, run: str, first: int) -> None:
    """Writes the digests of a run from execution `first` on."""
    gaps = _gaps(connection, run)
    row = connection.execute(
        "SELECT n, digest FROM executions WHERE run = ? AND n < ? ORDER BY n DESC LIMIT 1", (run, first)
    ).fetchone()
    _, before = max([(0, ""), *([row] if row else []), *((n, digest) for (_, n), digest in gaps.items() if n < first)])
    here = connection.execute("SELECT n FROM executions WHERE run = ? AND n >= ?", (run, first)).fetchall()
    for n in sorted([n for (n,) in here] + [n for _, n in gaps if n >= first]):
        if (run, n) in gaps:
            before = gaps[run, n]
            continue
        before = digest_of(connection, run, n, before)
        connection.execute("UPDATE executions SET digest = ? WHERE run = ? AND n = ?", (before, run, n))


def write_seals(connection: sqlite3.Connection, executions: Iterable[Tuple[str, int]]) -> None:
    """Seals executions anew."""
    for run, n in executions:
        if connection.execute("SELECT 1 FROM executions WHERE run = ? AND n = ?", (run, n)).fetchone():
            connection.execute("UPDATE executions SET seal = ? WHERE run = ? AND n = ?", (seal_of(connection, run, n), run, n))


def run_seal_of(connection: sqlite3.Connection, run: str) -> str:
    """The seal that the run should carry."""
    facts, state = (
        [[list(row) for row in connection.execute(query, (run,))] for query in queries] for queries in (_RUN, _RUN_STATE)
    )
    return _sum([*facts, *state] if any(state) else facts)


def write_run_seals(connection: sqlite3.Connection, runs: Iterable[str]) -> None:
    """Seals runs anew."""
    for run in runs:
        connection.execute("UPDATE runs SET seal = ? WHERE run = ?", (run_seal_of(connection, run), run))


def run_sums(connection: sqlite3.Connection) -> Iterator[Tuple[str, bool]]:
    """(run, does its seal hold) for every run of the journal."""
    for run, seal in connection.execute("SELECT run, seal FROM runs ORDER BY started"):
        yield run, seal == run_seal_of(connection, run)


def sums(connection: sqlite3.Connection) -> Iterator[Tuple[str, int, bool, bool]]:
    """(run, n, does the digest hold, does the seal hold) for every execution of the journal."""
    chained, before = "", ""
    gaps: List[Tuple[str, int, str, Any]] = sorted((run, n, digest, None) for (run, n), digest in _gaps(connection).items())
    rows = connection.execute("SELECT run, n, digest, seal FROM executions ORDER BY run, n")
    for run, n, digest, seal in heapq.merge(rows, gaps, key=lambda row: row[:2]):
        before = before if run == chained else ""
        if seal is not None:
            yield run, n, digest == digest_of(connection, run, n, before), seal == seal_of(connection, run, n)
        chained, before = run, digest


def _gaps(connection: sqlite3.Connection, run: str = "") -> Dict[Tuple[str, int], str]:
    """The digests of executions that were forgotten, in a run or in all."""
    condition, values = ("AND run = ?", (FORGOTTEN, run)) if run else ("", (FORGOTTEN,))
    found = {}
    for where, n, value in connection.execute(f"SELECT run, n, value FROM facets WHERE name = ? {condition}", values).fetchall():
        try:
            found[where, n] = str(json.loads(value)["digest"])
        except (ValueError, KeyError, TypeError):
            continue  # not ours; the execution after it tells
    return found


def _sum(facts: Any) -> str:
    return hashlib.sha256(json.dumps(facts, separators=(",", ":"), ensure_ascii=True).encode("ascii")).hexdigest()
