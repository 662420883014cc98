"""What events about state do to the tables: local modules, packages that changed, randomness, snapshots of uncommitted files.

Rules as in `appliers`. Standard library only, Python 3.8.
"""

from __future__ import annotations

from labjournal import events as ev
from labjournal.journal.row_writer import RowWriter
from labjournal.journal.values import as_json, iso, number

__all__ = ["StateAppliers"]


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
