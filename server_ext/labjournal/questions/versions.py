"""Every version of one cell that ran: what it said each time, over all runs of its notebook."""

from __future__ import annotations

from labjournal.journal.reader import Journal
from labjournal.questions.answers import VersionsAnswer, when

__all__ = ["versions"]


def versions(journal: Journal, notebook: str, cell_id: str, limit: int = 200) -> VersionsAnswer:
    """Executions of the cell, newest first."""
    return {
        "notebook": notebook,
        "cell_id": cell_id,
        "versions": [
            {
                "address": str(execution.address),
                "run": execution.run,
                "n": execution.n,
                "started": when(execution.started),
                "status": execution.status,
                "duration_s": execution.duration_s,
                "execution_count": execution.execution_count,
                "source": execution.source,
            }
            for execution in journal.versions(notebook, cell_id, limit=limit)
        ],
    }
