"""A replay with other values is a try. What it tried stands in its run (facet `try`), so that a sweep that was interrupted goes on.

    {"of": address, "code": digest of what was executed, "values": {name: literal}, "status": "ok" | "failed", "failed": [n, …]}

A try failed where an execution ended otherwise than well that ended well when it was recorded. The facet is written when everything of the
replay is in the journal: a try of which half is there is none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from labjournal.events import FacetSeen
from labjournal.journal import writer
from labjournal.journal.reader import Journal
from labjournal.journal.rows import Execution
from labjournal.replay.executing.parameters import literal
from labjournal.replay.recorded import Recorded
from labjournal.replay.verdicts.verdict import ReplayAnswer

__all__ = ["FACET", "code_digest", "known", "mark", "values_of"]

Values = tuple[tuple[str, str], ...]

FACET = "try"
_WAITS_S = 30.0
"""For other tries that write at the same time."""


def values_of(parameters: Mapping[str, str]) -> dict[str, str]:
    """Name → the literal as Python writes it, by which two tries are the same."""
    return {name: literal(text)[1] for name, text in sorted(parameters.items())}


def code_digest(executions: Iterable[Execution]) -> str:
    """What is executed: a run that still goes on has other code tomorrow."""
    return hashlib.sha256("\n".join(f"{one.n} {one.source_sha256}" for one in executions).encode()).hexdigest()


def mark(journal_folder: Path, recorded: Recorded, answer: ReplayAnswer, parameters: Mapping[str, str]) -> None:
    """Says in the journal that the run of this replay is a try, and of what."""
    bad = _failed(recorded.executions, answer["executions"])
    told = {
        "of": recorded.address,
        "code": code_digest(recorded.executions),
        "values": values_of(parameters),
        "status": "failed" if bad else "ok",
        "failed": bad,
    }
    writer.append(journal_folder, [FacetSeen(answer["replay"], 0, FACET, told)], wait_s=_WAITS_S)


def _failed(executions: Iterable[Execution], ended: Iterable[Mapping[str, Any]]) -> list[int]:
    """Executions that went well when they were recorded and did not now."""
    went_well = {one.n for one in executions if one.status == "ok"}
    return [int(one["n"]) for one in ended if one["status"] not in ("ok", "left out") and one["n"] in went_well]


def known(journal: Journal, address: str, code: str) -> dict[Values, str]:
    """Values → the latest run that tried them with this code and went well."""
    answer: dict[Values, str] = {}
    for run, told in journal.results.tries(address, FACET):
        values = told.get("values")
        if told.get("code") == code and told.get("status") == "ok" and isinstance(values, dict):
            answer[tuple(sorted(values.items()))] = run
    return answer
