"""State in the shape of answers: modules as they were loaded, packages that changed, randomness, snapshots of uncommitted files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from labjournal.journal.reader import Journal
from labjournal.journal.rows import Module, PackageChange, Randomness, Snapshot
from labjournal.questions.answers import plain
from labjournal.questions.state_answers import (
    ModulePart,
    PackageChangePart,
    RandomnessPart,
    RunRandomnessPart,
    SeedPart,
    SnapshotPart,
)

__all__ = ["change_part", "module_part", "randomness_part", "run_randomness", "snapshot_part"]


def module_part(module: Module) -> ModulePart:
    return {
        "n": module.n,
        "name": module.name,
        "path": module.path,
        "state": module.state,
        "sha256": module.sha256,
        "bytes": module.bytes,
        "kept": module.kept,
        "redactions": module.redactions,
        "reason": module.reason,
    }


def change_part(change: PackageChange) -> PackageChangePart:
    return {"n": change.n, "name": change.name, "before": change.before, "after": change.after, "loaded": change.loaded}


def randomness_part(seen: Randomness) -> RandomnessPart:
    return {"generators": plain(seen.generators), "seeds": _seeds(seen), "unseeded": seen.unseeded}


def run_randomness(journal: Journal, run: str, seen: Iterable[Randomness]) -> RunRandomnessPart:
    """What a run seeded and drew, and what of the process decides on order: hash seed, numbers of threads."""
    told: Any = journal.facets(run).get((0, "randomness"))
    settings: dict[str, Any] = told if isinstance(told, dict) else {}
    seeds: list[SeedPart] = []
    drew: dict[str, list[int]] = {}
    unseeded: dict[str, list[int]] = {}
    for each in seen:
        seeds += _seeds(each)
        for name, facts in each.generators.items():
            if facts.get("drawn"):
                drew.setdefault(name, []).append(each.n)
        for name in each.unseeded:
            unseeded.setdefault(name, []).append(each.n)
    return {
        "hash_seed": settings.get("hash_seed"),
        "threads": settings.get("threads") or {},
        "flags": settings.get("flags") or {},
        "cores": settings.get("cores"),
        "seeds": seeds,
        "drew": drew,
        "unseeded": unseeded,
    }


def snapshot_part(snapshots: Iterable[Snapshot], last: int | None) -> SnapshotPart | None:
    """The latest that was taken up to an execution."""
    found = [each for each in snapshots if last is None or each.n <= last]
    if not found:
        return None
    latest = found[-1]
    return {
        "n": latest.n,
        "ref": latest.ref,
        "commit": latest.snapshot,
        "head": latest.commit,
        "files": latest.files,
        "bytes": latest.bytes,
        "left_out": latest.left_out,
        "reason": latest.reason,
    }


def _seeds(seen: Randomness) -> list[SeedPart]:
    return [
        {
            "n": seen.n,
            "of": str(each.get("of", "")),
            "call": str(each.get("call", "")),
            "value": plain(each.get("value")),
            "line": each["line"] if isinstance(each.get("line"), int) else 0,
        }
        for each in seen.seeds
    ]
