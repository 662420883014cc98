"""The shape of what `replay --json` prints; rules as in `questions.answers`."""

from __future__ import annotations

from typing import Any, TypedDict

__all__ = ["CausePart", "ReplayAnswer", "SecondPart"]


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
    recorded, replayed, causes (sentences)."""
    cause: CausePart | None
    """Which it was; null where it does not differ, or the kernel died."""
    causes: list[CausePart]
    """That, and what else it may have been."""
    second: SecondPart | None
    """Null where there was no reason to execute it a second time, or nobody wanted it."""
    problems: list[str]
