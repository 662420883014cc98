"""The shapes of answers about state: modules, packages that changed, randomness, snapshots, and what `restore` laid out."""

from __future__ import annotations

from typing import Any, TypedDict

__all__ = [
    "MissingPart",
    "ModulePart",
    "PackageChangePart",
    "RandomnessPart",
    "RestoreAnswer",
    "RestoredFile",
    "RunRandomnessPart",
    "SeedPart",
    "SnapshotPart",
]


class ModulePart(TypedDict):
    """A module of the user's own."""

    n: int
    """The execution that first used it so."""
    name: str
    path: str
    state: str
    """loaded | reloaded | stale (the file was changed since, what runs was not)."""
    sha256: str | None
    """Of the code as loaded, secrets masked; None where it is not known."""
    bytes: int | None
    kept: bool
    redactions: int
    reason: str


class PackageChangePart(TypedDict):
    """A distribution that was installed, changed or removed while the kernel lived."""

    n: int
    name: str
    before: str | None
    after: str | None
    loaded: bool
    """The version before was loaded, and ran on."""


class SeedPart(TypedDict):
    """A seed as the code sets it."""

    n: int
    of: str
    """random | numpy | torch | tensorflow | generator | argument | every | …"""
    call: str
    value: Any
    """The literal, or how it is written; None where there is none."""
    line: int


class RandomnessPart(TypedDict):
    """What an execution seeded and drew."""

    generators: dict[str, dict[str, Any]]
    """Global generator → digests of its state before and after; whether it was drawn from and seeded, None where that is not known."""
    seeds: list[SeedPart]
    unseeded: list[str]
    """Global generators that it drew from though nothing in the run had seeded them."""


class RunRandomnessPart(TypedDict):
    hash_seed: int | str | None
    """'random', or the seed of Python's hashes; None where it was not seen."""
    threads: dict[str, str]
    flags: dict[str, str]
    cores: int | None
    seeds: list[SeedPart]
    drew: dict[str, list[int]]
    """Global generator → executions that drew from it."""
    unseeded: dict[str, list[int]]
    """Of them those that did so before anything had seeded it."""


class SnapshotPart(TypedDict):
    """What was not committed, as a commit of its own in the repository."""

    n: int
    ref: str
    commit: str | None
    """None where nothing was uncommitted, or where there is none: `reason`."""
    head: str | None
    files: int
    bytes: int
    left_out: list[dict[str, Any]]
    reason: str


_From = TypedDict("_From", {"from": str})


class RestoredFile(_From):
    """A file that was laid out; `from`: data | module | snapshot | commit | disk | journal."""

    path: str
    """Below the folder."""
    sha256: str


class MissingPart(TypedDict):
    """What stood there and could not be had."""

    path: str
    sha256: str | None
    why: str


class RestoreAnswer(TypedDict):
    address: str
    folder: str
    files: list[RestoredFile]
    missing: list[MissingPart]
    notes: list[str]
    """What is not known of the whole."""
