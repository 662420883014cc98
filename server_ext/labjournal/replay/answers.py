"""The shape of what `replay --json` prints; rules as in `questions.answers`."""

from __future__ import annotations

from typing import Any, TypedDict

__all__ = ["CURRENT", "RECORDED", "CausePart", "DifferingPart", "EnvironmentUsed", "ReplayAnswer", "SecondPart"]

CURRENT, RECORDED = "current", "recorded"
"""In which environment: the one that is here now, or the recorded one made again."""


class CausePart(TypedDict):
    """Why it differs, as far as it could be established."""

    kind: str
    """data | environment | code | order | randomness | time | network | missing file | parameters | replay (what a replay may not do) | unknown."""
    sentence: str
    established: str
    """How that was established, as a sentence."""
    surety: str
    """certain | probable."""


class SecondPart(TypedDict):
    """What executing a second time came to, up to where it parted."""

    replay: str
    """Id of the run that it is; '' where it was not executed."""
    same: bool | None
    """Whether both replays are the same there; null where that is not known."""
    limit_s: float
    """The time that it had."""
    reason: str
    """Why it is not known."""


class DifferingPart(TypedDict):
    """Python, or a package, that is another than recorded; null where it is not there."""

    name: str
    recorded: str | None
    here: str | None
    used: bool
    """Whether the executions used it."""


class EnvironmentUsed(TypedDict):
    """In which environment it was executed."""

    which: str
    """current | recorded."""
    sha256: str | None
    """Digest of the environment as the replay recorded it."""
    recorded_sha256: str | None
    python: str
    digest: str | None
    """Of the recorded environment that was made again: by it the cache knows it."""
    made: bool | None
    """Whether it was made for this replay, and not by one before."""
    pinned: int
    """How many packages were installed in exactly the recorded version."""
    not_pinned: list[dict[str, str]]
    """name, version, source and why of what was used, or needed by it, and could not be installed so."""
    differs: list[DifferingPart]
    """What is another than recorded, used packages first; of an environment made again only what was to be in it."""


class ReplayAnswer(TypedDict):
    """What `replay --json` prints."""

    reproduced: bool
    address: str
    replay: str
    """Id of the run that the replay itself is."""
    executions: list[dict[str, Any]]
    metrics: list[dict[str, Any]]
    inputs: list[dict[str, Any]]
    """Files that were read before anything here wrote them: path, sha256 (recorded), from (journal | place | record | ''), state (recorded |
    changed | missing | unknown)."""
    files: list[dict[str, Any]]
    """Files that were written: path, recorded, replayed (digests), same (null: cannot be told), how it was told (bytes | values | pixels | text |
    members), difference (the first one, in words)."""
    first_difference: dict[str, Any] | None
    """The first cell and value where it parted: n, address, cell_id, source (its beginning), what (text | picture | metric | file | …), in, line,
    recorded, replayed, causes (sentences), before (null, or the first frame that was another before that, which nothing showed: n, address, what,
    in, recorded, replayed)."""
    cause: CausePart | None
    """Which it was; null where it does not differ, or the kernel died."""
    causes: list[CausePart]
    """That, and what else it may have been."""
    second: SecondPart | None
    """Null where there was no reason to execute it a second time, or nobody wanted it."""
    problems: list[str]
    environment: EnvironmentUsed
