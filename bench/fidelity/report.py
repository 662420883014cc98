"""Tables, and the list of what failed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.fidelity.cell import Cell
from bench.fidelity.claims import Claim
from bench.fidelity.measure import Truths
from bench.fidelity.place import Place
from bench.fidelity.races import Race
from bench.fidelity.scores import ROLES, Outcome, Score

__all__ = ["RACES_HEAD", "SCORES_HEAD", "Recording", "disputes", "failures", "race_line", "score_line"]

SCORES_HEAD = (
    "| recorded by | tree | read | written | deleted | found with certainty: read / written | claims that hold | false: certain / named / unattributed "
    "| opened, not read | digests right / unknown / **wrong** |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
)
RACES_HEAD = "| | size | what was read: right / unknown / not seen / **wrong** | what was left: right / unknown / not seen / **wrong** |\n| --- | --- | --- | --- |\n"


@dataclass(frozen=True)
class Recording:
    """One way to record, and what came of it."""

    layer: str
    tree: str
    group: str
    outcomes: Sequence[Outcome]


def score_line(layer: str, tree: str, score: Score) -> str:
    found = [f"{_percent(score.found[role], score.cells[role])}" for role in ROLES]
    certain = " / ".join(_percent(score.found_certain[role], score.cells[role], short=True) for role in ROLES[:2])
    false = " / ".join(
        str(sum(score.false[f"{role} {confidence}"] for role in ROLES)) for confidence in ("certain", "named", "unattributed")
    )
    return (
        f"| {layer} | {tree} | {' | '.join(found)} | {certain} | {score.true} | {false} | {score.unread} "
        f"| {score.right} / {score.unknown} / **{score.wrong}** |"
    )


def race_line(found: Race) -> str:
    return f"| {found.kind} | {found.size} | {_counts(found.read)} | {_counts(found.written)} |"


def disputes(place: Place, cells: tuple[Cell, ...], truths: Truths) -> Iterable[str]:
    """Cells about which author and strace do not agree."""
    for i, cell in enumerate(cells):
        hand = truths.by_hand[i]
        if hand is None or truths.agreed(i):
            continue
        for role in ROLES:
            only_strace, only_hand = truths.traced[i].of(role) - hand.of(role), hand.of(role) - truths.traced[i].of(role)
            if only_strace or only_hand:
                yield f"{cell.name}: {role}: strace alone {_names(place, only_strace)}, author alone {_names(place, only_hand)}"


def failures(place: Place, recordings: Iterable[Recording]) -> Iterable[str]:
    """One line for every cell and role that is not as it should be."""
    for recording in recordings:
        where = f"{recording.layer}, {recording.tree}, {recording.group}"
        for outcome in recording.outcomes:
            for role in ROLES:
                if outcome.missed[role]:
                    yield f"{where} · {outcome.cell} · {role} MISSED {_names(place, outcome.missed[role])}"
            for what, claims in (
                ("FALSE", outcome.false),
                ("WRONG DIGEST", outcome.wrong),
                ("unread", outcome.unread),
                ("no data", outcome.no_data),
            ):
                for claim in claims:
                    yield f"{where} · {outcome.cell} · {claim.role} {what} {_told(place, claim)}"
            for claim in outcome.unknown:
                yield f"{where} · {outcome.cell} · {claim.role} digest unknown {_told(place, claim)}"


def _told(place: Place, claim: Claim) -> str:
    reason = f": {claim.reason}" if claim.reason else ""
    return f"{place.short(claim.path)} ({claim.layer}, {claim.confidence}, {claim.hash_state}{reason})"


def _names(place: Place, paths: Iterable[str]) -> str:
    names = sorted(place.short(path) for path in paths)
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "") or "nothing"


def _percent(part: int, whole: int, *, short: bool = False) -> str:
    if not whole:
        return "–"
    return f"{100 * part / whole:.1f} %" + ("" if short else f" ({part}/{whole})")


def _counts(counts: dict[str, int]) -> str:
    if not counts:
        return "–"
    return " / ".join(
        f"**{counts.get(name, 0)}**" if name == "wrong" else str(counts.get(name, 0))
        for name in ("right", "unknown", "not seen", "wrong")
    )
