"""What stands in the journal afterwards about the files of each execution."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from labjournal.journal.reader import Journal

__all__ = ["Claim", "Recorded", "read"]


@dataclass(frozen=True)
class Claim:
    """One file in one role."""

    role: str
    path: str
    layer: str
    confidence: str
    sha256: str
    hash_state: str
    reason: str
    package: str


@dataclass(frozen=True)
class Recorded:
    """A run: its claims by execution, from 1, and what it says of itself."""

    claims: dict[int, tuple[Claim, ...]]
    executions: int
    layers: object
    problems: tuple[str, ...]


def read(folder: Path) -> Recorded:
    """The only run of a journal."""
    with Journal.open(folder) as journal:
        runs = journal.runs()
        if len(runs) != 1:
            raise RuntimeError(f"{folder} holds {len(runs)} runs, not one.")
        run = runs[0].run
        found: dict[int, list[Claim]] = {}
        for use in journal.usages(run):
            if use.added_to:  # says that nothing was read
                continue
            found.setdefault(use.n, []).append(
                Claim("read", use.path, use.layer, use.confidence, use.sha256 or "", use.hash_state, use.reason, use.package)
            )
        for use in journal.generations(run):
            found.setdefault(use.n, []).append(
                Claim(
                    "deleted" if use.deleted else "written",
                    use.path,
                    use.layer,
                    use.confidence,
                    use.sha256 or "",
                    use.hash_state,
                    use.reason,
                    use.package,
                )
            )
        return Recorded(
            {n: tuple(claims) for n, claims in found.items()},
            len(journal.executions(run)),
            journal.facets(run).get((0, "layers")),
            tuple(sorted({f"{problem.n}: {problem.what}: {problem.detail}" for problem in journal.problems(run)})),
        )
