"""Is recording on, where is the journal, how large is it, is it healthy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from labjournal.errors import JournalMissing, LabjournalError
from labjournal.journal.health import Health, health
from labjournal.journal.reader import Journal
from labjournal.questions.answers import StatusAnswer
from labjournal.questions.checks import checks, is_recording, sentence
from labjournal.questions.layers import layers

__all__ = ["status"]

_RUNS_LOOKED_AT = 10


def status(folder: Path) -> StatusAnswer:
    """The state of the journal in a folder; one in which nothing stands yet has no runs. Raises where it cannot be read."""
    try:
        journal = Journal.open(folder)
    except JournalMissing:
        return _answer(health(folder), None)
    with journal:
        return _answer(health(folder), journal)


def _answer(state: Health, journal: Journal | None) -> StatusAnswer:
    counts = journal.counts() if journal else {"runs": 0, "executions": 0}
    kept, kept_bytes = journal.kept() if journal else (0, 0)
    problems = [sentence(check) for check in checks(state) if not check["ok"]]
    return {
        "journal": str(state.folder),
        "schema_version": journal.schema_version if journal else None,
        "runs": counts["runs"],
        "executions": counts["executions"],
        "bytes": journal.bytes_used() if journal else 0,
        "kept": kept,
        "kept_bytes": kept_bytes,
        "recording": is_recording(state),
        "paused": state.paused,
        "layers": layers(journal) if journal else None,
        "problems": [*problems, *(_lately(journal) if journal else ())],
    }


def _lately(journal: Journal) -> Iterator[str]:
    """What went wrong while the latest runs were recorded: the user sees it here, never in a cell."""
    behind: LabjournalError | None = journal.behind
    if behind is not None:
        yield str(behind)
    for run in journal.runs(limit=_RUNS_LOOKED_AT):
        for problem in journal.problems(run.run):
            if problem.what == "recorder-failed":
                yield f"A recorder failed in run {run.run}: {problem.detail}. `labjournal show {run.run}` tells what is missing."
