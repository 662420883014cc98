"""What events about state do to the tables: local modules, packages that changed, randomness, snapshots of uncommitted files.

Rules as in `appliers`. Standard library only, Python 3.8.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any, Mapping

from labjournal import events as ev
from labjournal.journal.row_writer import RowWriter
from labjournal.journal.values import as_json, iso, number

__all__ = ["StateAppliers"]

_SHA256 = re.compile(r"[0-9a-f]{64}")


class StateAppliers(RowWriter):
    """The part of `appliers.Appliers` that knows state."""

    def module_seen(self, event: ev.ModuleSeen) -> None:
        """The content, where it is kept, is told by `BytesKept`, as of every file."""
        self._execution(event.run, event.n, iso(event.at))
        self._do(
            "INSERT OR REPLACE INTO modules VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            event.run, event.n, event.name, event.path, event.state, event.sha256, event.bytes, number(event.redactions), event.reason,
            iso(event.at),
        )  # fmt: skip

    def environment(self, event: ev.EnvironmentSeen) -> bool:
        """An environment, once; False where more is known already. What was told of it before everything was looked at gives way."""
        if event.distributions is None and not event.n and self._environment_of(event.run) is not None:
            return False  # taken in again
        written = self._do(
            "INSERT OR IGNORE INTO environments VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            event.sha256, event.python, event.implementation, event.executable, event.platform, as_json(event.hardware or {}),
            as_json(event.variables or {}), as_json(event.facts or {}),
        )  # fmt: skip
        if written:
            known: Mapping[str, Any] = event.distributions or {}
            for name, version in (event.packages or {}).items():
                facts = known.get(name)
                row = self._distribution(name, version, facts) if isinstance(facts, dict) else None
                self._do("INSERT OR IGNORE INTO packages VALUES (?, ?, ?, ?)", event.sha256, name, version, row)
        before = self._environment_of(event.run)
        if event.distributions is not None and not event.n and before not in (None, event.sha256):
            self._do("UPDATE runs SET environment = ? WHERE run = ?", event.sha256, event.run)
            self._do(
                """DELETE FROM environments WHERE sha256 = ?1 AND NOT EXISTS (SELECT 1 FROM runs WHERE environment = ?1)
                AND NOT EXISTS (SELECT 1 FROM facets WHERE name = 'environment' AND json_extract(value, '$.sha256') = ?1)""",
                before,
            )
        return True

    def _environment_of(self, run: str) -> Any:
        row = self._connection.execute("SELECT environment FROM runs WHERE run = ?", (run,)).fetchone()
        return row[0] if row else None

    def _distribution(self, name: str, version: str, facts: Mapping[str, Any]) -> int:
        requested = None if facts.get("requested") is None else int(bool(facts["requested"]))
        told = [facts.get(key) or "" for key in ("source", "url", "commit")]
        values = (
            name, version, str(facts.get("record") or ""), facts.get("installer") or "", requested, told[0] or "unknown", told[1], told[2],
            as_json(list(facts.get("requires") or ())), facts.get("reason") or "",
        )  # fmt: skip
        record = bytes.fromhex(values[2]) if _SHA256.fullmatch(values[2]) else None
        digest = hashlib.sha256(as_json(values).encode("utf-8")).digest()[:16]
        self._do(
            "INSERT OR IGNORE INTO distributions VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            digest,
            name,
            version,
            record,
            *values[3:],
        )
        row = self._connection.execute("SELECT id FROM distributions WHERE digest = ?", (digest,)).fetchone()
        return int(row[0])

    def package_changed(self, event: ev.PackageChanged) -> None:
        self._execution(event.run, event.n, iso(event.at))
        self._do(
            "INSERT OR REPLACE INTO package_changes VALUES (?, ?, ?, ?, ?, ?, ?)",
            event.run, event.n, event.name, event.before, event.after, int(bool(event.loaded)), iso(event.at),
        )  # fmt: skip

    def randomness_seen(self, event: ev.RandomnessSeen) -> None:
        self._execution(event.run, event.n, iso(event.at))
        self._do(
            "INSERT OR REPLACE INTO randomness VALUES (?, ?, ?, ?, ?, ?)",
            event.run, event.n, as_json(event.generators or {}), as_json(list(event.seeds)), as_json(list(event.unseeded)), iso(event.at),
        )  # fmt: skip

    def snapshot_taken(self, event: ev.SnapshotTaken) -> None:
        self._run(event.run, iso(event.at))
        self._do(
            "INSERT OR REPLACE INTO git_snapshots VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            event.run, number(event.n), event.root, event.ref, event.snapshot, event.commit, number(event.files), number(event.bytes),
            as_json(list(event.left_out)), event.reason, iso(event.at),
        )  # fmt: skip
