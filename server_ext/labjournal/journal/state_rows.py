"""Rows of the tables about state, typed. Part of `reader`."""

from __future__ import annotations

from typing import Any

from labjournal.journal.result_rows import load
from labjournal.journal.rows import Module, PackageChange, Randomness, Snapshot

__all__ = ["CHANGE", "MODULE", "PACKAGE", "RANDOMNESS", "SNAPSHOT", "change", "distribution", "module", "randomness", "snapshot"]

PACKAGE = """SELECT p.name, p.version, d.record, d.installer, d.requested, d.source, d.url, d.commit_id, d.requires, d.reason
    FROM packages p LEFT JOIN distributions d ON d.id = p.distribution WHERE p.environment = ? ORDER BY p.name"""

MODULE = """n, name, path, state, sha256, bytes, redactions, reason, at,
    EXISTS (SELECT 1 FROM kept WHERE kept.sha256 = modules.sha256) AS kept"""
CHANGE = "n, name, before, after, loaded, at"
RANDOMNESS = "n, generators, seeds, unseeded, at"
SNAPSHOT = "n, root, ref, snapshot, commit_id, files, bytes, left_out, reason, at"


def module(row: Any) -> Module:
    return Module(row["n"], row["name"], row["path"], row["state"], row["sha256"], row["bytes"], row["redactions"], row["reason"],
                  row["at"], bool(row["kept"]))  # fmt: skip


def distribution(row: Any) -> dict[str, Any]:
    """What stands beside an installed distribution."""
    return {
        "record": None if row["record"] is None else row["record"].hex(),
        "installer": row["installer"],
        "requested": None if row["requested"] is None else bool(row["requested"]),
        "source": row["source"],
        "url": row["url"],
        "commit": row["commit_id"],
        "requires": [text for text in load(row["requires"], []) if isinstance(text, str)],
        "reason": row["reason"],
    }


def change(row: Any) -> PackageChange:
    return PackageChange(row["n"], row["name"], row["before"], row["after"], bool(row["loaded"]), row["at"])


def randomness(row: Any) -> Randomness:
    generators = {name: facts for name, facts in load(row["generators"], {}).items() if isinstance(facts, dict)}
    unseeded = [name for name in load(row["unseeded"], []) if isinstance(name, str)]
    return Randomness(row["n"], generators, _objects(row["seeds"]), unseeded, row["at"])


def snapshot(row: Any) -> Snapshot:
    return Snapshot(row["n"], row["root"], row["ref"], row["snapshot"], row["commit_id"], row["files"], row["bytes"],
                    _objects(row["left_out"]), row["reason"], row["at"])  # fmt: skip


def _objects(text: str) -> list[dict[str, Any]]:
    return [each for each in load(text, []) if isinstance(each, dict)]
