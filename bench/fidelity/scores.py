"""Truth and claims compared: recall per cell and role, precision per file, digests.

A cell counts as found in a role only if every file of it was. A claim is false if nobody in the kernel's tree had the file open for
reading (read), or if the file was not made or changed by the cell (written), or did not go with it (deleted). Claims of a file that
was opened and not read, and of files that are nobody's data (fonts, configuration), are counted apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from bench.fidelity.cell import Cell
from bench.fidelity.claims import Claim
from bench.fidelity.measure import Measured, Truths
from bench.fidelity.place import Place

__all__ = ["ROLES", "Outcome", "Score", "judge", "total"]

ROLES = ("read", "written", "deleted")


@dataclass
class Outcome:
    """One cell: what was missed and what was claimed wrongly."""

    cell: str
    expected: dict[str, frozenset[str]] = field(default_factory=dict)
    missed: dict[str, frozenset[str]] = field(default_factory=dict)
    uncertain: dict[str, frozenset[str]] = field(default_factory=dict)
    """Found, but with less than certainty."""
    false: list[Claim] = field(default_factory=list)
    unread: list[Claim] = field(default_factory=list)
    no_data: list[Claim] = field(default_factory=list)
    wrong: list[Claim] = field(default_factory=list)
    """Whose digest is not that of the content."""
    unknown: list[Claim] = field(default_factory=list)
    right: int = 0
    unchecked: int = 0
    true_claims: int = 0


@dataclass
class Score:
    cells: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    found_certain: Counter[str] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    """By role and confidence: 'read certain'."""
    true: int = 0
    unread: int = 0
    no_data: int = 0
    wrong: int = 0
    unknown: int = 0
    right: int = 0
    unchecked: int = 0


def judge(
    place: Place, cells: tuple[Cell, ...], truths: Truths, measured: Measured, *, noisy: frozenset[str] = frozenset()
) -> list[Outcome]:
    """One outcome for each cell about whose truth author and strace agree; digests of `noisy` files are not looked at."""
    outcomes = []
    for i, cell in enumerate(cells):
        if truths.agreed(i):
            claims = measured.recorded.claims.get(i + 1, ())
            outcomes.append(_judged(place, cell.name, i, claims, truths, measured, noisy))
    return outcomes


def total(outcomes: Iterable[Outcome]) -> Score:
    score = Score()
    for outcome in outcomes:
        for role in ROLES:
            if outcome.expected[role]:
                score.cells[role] += 1
                score.found[role] += not outcome.missed[role]
                score.found_certain[role] += not outcome.missed[role] and not outcome.uncertain[role]
        score.false.update(f"{claim.role} {claim.confidence}" for claim in outcome.false)
        score.true += outcome.true_claims
        score.unread += len(outcome.unread)
        score.no_data += len(outcome.no_data)
        score.wrong += len(outcome.wrong)
        score.unknown += len(outcome.unknown)
        score.right += outcome.right
        score.unchecked += outcome.unchecked
    return score


def _judged(
    place: Place, name: str, i: int, claims: tuple[Claim, ...], truths: Truths, measured: Measured, noisy: frozenset[str]
) -> Outcome:
    outcome = Outcome(name)
    for role in ROLES:
        expected = outcome.expected[role] = truths.traced[i].of(role)
        claimed = {claim.path for claim in claims if claim.role == role}
        certain = {claim.path for claim in claims if claim.role == role and claim.confidence == "certain"}
        outcome.missed[role] = expected - claimed
        outcome.uncertain[role] = expected & claimed - certain
    for claim in claims:
        _sort(place, outcome, claim, i, truths)
        if claim.path not in noisy and claim.role != "deleted":
            _digest(outcome, claim, i, measured)
    return outcome


def _sort(place: Place, outcome: Outcome, claim: Claim, i: int, truths: Truths) -> None:
    if claim.path in outcome.expected[claim.role]:
        outcome.true_claims += 1
    elif claim.role == "read" and claim.path in (truths.seen[i].read | truths.seen[i].opened | truths.seen[i].empty):
        if claim.package and claim.path in truths.seen[i].read:
            outcome.true_claims += 1
        elif not place.counts(claim.path):
            outcome.no_data.append(claim)
        elif claim.path in truths.trees[i].keys:
            outcome.unread.append(claim)
        else:
            outcome.false.append(claim)
    elif claim.role == "written" and claim.path in truths.seen[i].wrote and not place.counts(claim.path):
        outcome.no_data.append(claim)
    else:
        outcome.false.append(claim)


def _digest(outcome: Outcome, claim: Claim, i: int, measured: Measured) -> None:
    """Read: the content before the cell. Written: the content after it."""
    if not claim.sha256:
        outcome.unknown.append(claim)
        return
    real = measured.trees[i if claim.role == "read" else i + 1].digests.get(claim.path)
    if real is None:
        outcome.unchecked += 1
    elif real == claim.sha256:
        outcome.right += 1
    else:
        outcome.wrong.append(claim)
