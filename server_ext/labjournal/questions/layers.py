"""Which layers saw files: what a run said of itself, and how a person is told."""

from __future__ import annotations

from typing import Any

from labjournal.journal.reader import Journal
from labjournal.questions.answers import LayersPart

__all__ = ["layers", "sees", "unheard"]

_RUNS_LOOKED_AT = 20
_EVENTS = {
    "fanotify": "the system's events of files (fanotify)",
    "inotify": "the system's events of files (inotify, which does not say who)",
    "snapshot": "looks at the working folder after each cell",
}


def layers(journal: Journal) -> LayersPart | None:
    """What saw files in the latest run that says so."""
    run, told = _latest(journal)
    if not run:
        return None
    return {
        "run": run,
        "audit": bool(told.get("audit")),
        "events": str(told.get("events", "")),
        "folders": int(told.get("folders") or 0),
        "native": _texts(told.get("native")),
        "reasons": [*_texts(told.get("reasons")), *_not_heard(told)],
    }


def unheard(journal: Journal) -> list[str]:
    """Libraries of the latest run whose readers and writers are not where they are looked for, one sentence each."""
    return _not_heard(_latest(journal)[1])


def _latest(journal: Journal) -> tuple[str, dict[str, Any]]:
    for run in journal.runs(limit=_RUNS_LOOKED_AT):
        told = journal.facets(run.run).get((0, "layers"))
        if isinstance(told, dict):
            return run.run, told
    return "", {}


def _not_heard(told: dict[str, Any]) -> list[str]:
    by_library: dict[str, list[str]] = {}
    for name in _texts(told.get("missing")):
        by_library.setdefault(name.partition(".")[0], []).append(name)
    return [
        f"{library} as it is installed has no {', '.join(names[:3])}{' …' if len(names) > 3 else ''}, which would tell of files"
        for library, names in sorted(by_library.items())
    ]


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
