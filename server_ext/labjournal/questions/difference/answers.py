"""The shape of the ranked answer to "what changed?": causes with their evidence, beside the facts of `DiffAnswer`; rules as in `answers`."""

from __future__ import annotations

from typing import Any, TypedDict

from labjournal.questions.origin.answers import DiffAnswer

__all__ = ["Cause", "Evidence", "ModuleChange", "OrderChange", "OutputChange", "RandomnessChange", "WhatChanged"]


class Evidence(TypedDict):
    """One fact that a cause stands on."""

    what: str
    """execution | file | table | remote | frame | module | package | value."""
    name: str
    """A path, a package, a parameter, a cell's address."""
    a: Any
    b: Any
    """Addresses of executions, digests or versions, values; None where there is none."""
    address: str | None
    """The execution to open, in B where it is there, else in A."""
    path: str | None


class Cause(TypedDict):
    kind: str
    """code | parameters | data | environment | randomness | order | time | git."""
    sentence: str
    weight: float
    """How probably it explains what came out differently, 0 to 1; an estimate for ranking, not a measured probability."""
    evidence: list[Evidence]


class OrderChange(TypedDict):
    """A cell of both sides that was executed more often, or at another place; or a name left behind by what is no longer there."""

    what: str
    """times | place | stale (of an older version of a cell) | deleted (of a cell that the notebook does not hold any more)."""
    cell_id: str | None
    a: str | None
    b: str | None
    """Addresses of its last executions."""
    a_times: int
    b_times: int
    matters: bool
    """Whether what the cell works on can have become something else by it, as far as the recorded names tell."""
    summary: str


class RandomnessChange(TypedDict):
    what: str
    """unseeded | dropped | added | changed (a seed) | state (the same seed, but other numbers were drawn before)."""
    of: str
    """random | numpy | torch | generator | argument | …"""
    call: str
    a: Any
    b: Any
    """Seeds."""
    a_address: str | None
    b_address: str | None
    summary: str


class ModuleChange(TypedDict):
    """A module of the user's own that was loaded with another content."""

    name: str
    path: str
    what: str
    """changed | appeared | gone | unknown | stale (its file had changed, what runs had not)."""
    a: str | None
    b: str | None
    """Digests of what was loaded."""
    a_address: str | None
    b_address: str | None
    names: list[str]
    """Functions, classes and names in it that differ, where both contents are kept."""
    summary: str


class OutputChange(TypedDict):
    """What a cell of both sides showed differently, or how it ended differently."""

    what: str
    """text | table | picture | status."""
    a: str | None
    b: str | None
    """Addresses."""
    cells: int | None
    """Of a table: how many of its cells differ."""
    numbers: list[list[float]]
    """Of a text: numbers that differ, in pairs."""
    summary: str


class WhatChanged(DiffAnswer):
    """What changed from A to B, and what of it explains the difference, most telling first."""

    comparable: bool
    """False where the two have nothing in common."""
    causes: list[Cause]
    modules: list[ModuleChange]
    order: list[OrderChange]
    randomness: list[RandomnessChange]
    outputs: list[OutputChange]
    parted: str | None
    """Address in B of the first execution whose numbers or frames are others than in A, else of the first that showed something else; None where
    that is not known."""
