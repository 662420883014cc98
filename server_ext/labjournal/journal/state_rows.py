"""Rows of the tables about state, typed. Part of `reader`."""

from __future__ import annotations

from typing import Any

from labjournal.journal.result_rows import load
from labjournal.journal.rows import Module, PackageChange, Randomness, Snapshot

__all__ = ["CHANGE", "MODULE", "RANDOMNESS", "SNAPSHOT", "change", "module", "randomness", "snapshot"]

MODULE = """n, name, path, state, sha256, bytes, redactions, reason, at,
    EXISTS (SELECT 1 FROM kept WHERE kept.sha256 = modules.sha256) AS kept"""
CHANGE = "n, name, before, after, loaded, at"
RANDOMNESS = "n, generators, seeds, unseeded, at"
SNAPSHOT = "n, root, ref, snapshot, commit_id, files, bytes, left_out, reason, at"


def module(row: Any) -> Module:
    return Module(row["n"], row["name"], row["path"], row["state"], row["sha256"], row["bytes"], row["redactions"], row["reason"],
                  row["at"], bool(row["kept"]))  # fmt: skip


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
