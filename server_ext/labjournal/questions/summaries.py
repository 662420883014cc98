"""What a list of executions shows: one short line each, read page by page; the whole of one execution; its picture."""

from __future__ import annotations

from labjournal.journal.reader import Journal
from labjournal.journal.rows import Address, Execution
from labjournal.questions.answers import ExecutionPart, SummariesAnswer, SummaryPart, when
from labjournal.questions.executions import Facts, error
from labjournal.questions.metrics import last_values
from labjournal.questions.outputs import INLINE_BYTES, picture, shows_picture

__all__ = ["detail", "first_lines", "summaries", "thumbnail"]


_ERROR_CHARACTERS = 200


def summaries(
    journal: Journal, run: str, *, first: int = 1, last: int | None = None, newest_first: bool = False, limit: int | None = 200
) -> SummariesAnswer:
    """A page of the run's executions, from number `first` to `last`, at most `limit` of them."""
    executions = journal.executions(run, first=first, last=last, newest_first=newest_first, limit=limit)
    facts = Facts(journal, run, [execution.n for execution in executions])
    return {
        "run": run,
        "total": journal.run(run).executions,
        "executions": [_summary(facts, execution) for execution in executions],
    }


def detail(journal: Journal, run: str, n: int) -> ExecutionPart:
    """Everything about one execution, small blobs laid in."""
    return Facts(journal, run, [n]).part(journal.execution(run, n), inline_bytes=INLINE_BYTES)


def thumbnail(journal: Journal, run: str, n: int) -> tuple[str, bytes] | None:
    """Mime type and bytes of the first picture that the execution showed, None where it showed none."""
    return picture(journal.outputs(run, n), journal)


def first_lines(source: str, lines: int = 3, width: int = 200) -> str:
    """The first lines of code that say something."""
    kept = [line.rstrip()[:width] for line in source.split("\n") if line.strip()]
    return "\n".join(kept[:lines])


def _summary(facts: Facts, execution: Execution) -> SummaryPart:
    n = execution.n
    return {
        "address": str(Address(execution.run, n)),
        "n": n,
        "cell_id": execution.cell_id,
        "status": execution.status,
        "started": when(execution.started),
        "ended": when(execution.ended) if execution.ended else None,
        "duration_s": execution.duration_s,
        "execution_count": execution.execution_count,
        "first_lines": first_lines(execution.source),
        "outputs_count": len(facts.outputs[n]),
        "thumbnail": any(shows_picture(output) for output in facts.outputs[n]),
        "metrics": last_values(facts.metrics[n]),
        "warnings": facts.warnings(execution),
        "files_count": len(facts.generations[n]),
        "tags": facts.tags[n],
        "client": execution.client,
        "error": error(execution)[:_ERROR_CHARACTERS],
    }
