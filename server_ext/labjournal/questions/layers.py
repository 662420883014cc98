"""Which layers saw files: what a run said of itself, and how a person is told."""

from __future__ import annotations

from typing import Any

from labjournal.journal.reader import Journal
from labjournal.questions.answers import LayersPart

__all__ = ["layers", "sees"]

_RUNS_LOOKED_AT = 20
_EVENTS = {
    "fanotify": "the system's events of files (fanotify)",
    "inotify": "the system's events of files (inotify, which does not say who)",
    "snapshot": "looks at the working folder after each cell",
}


def layers(journal: Journal) -> LayersPart | None:
    """What saw files in the latest run that says so."""
    for run in journal.runs(limit=_RUNS_LOOKED_AT):
        told = journal.facets(run.run).get((0, "layers"))
        if isinstance(told, dict):
            return {
                "run": run.run,
                "audit": bool(told.get("audit")),
                "events": str(told.get("events", "")),
                "folders": int(told.get("folders") or 0),
                "native": _texts(told.get("native")),
                "reasons": _texts(told.get("reasons")),
            }
    return None


def sees(part: LayersPart) -> str:
    """The layers as one phrase."""
    found = ["Python's calls"] if part["audit"] else []
    if part["native"]:
        found.append(f"calls of {', '.join(part['native'][:5])}{' …' if len(part['native']) > 5 else ''}")
    if part["events"]:
        found.append(_EVENTS.get(part["events"], part["events"]))
    return ", ".join(found) or "nothing"


def _texts(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []
