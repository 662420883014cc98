"""What happened: the runs, newest first (`log`), and everything about one run or execution (`show`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from labjournal.journal.reader import Journal
from labjournal.journal.rows import Address, Execution, Metric, Run
from labjournal.questions.answers import EnvironmentPart, GitPart, LogAnswer, RunPart, ShowAnswer, when
from labjournal.questions.executions import Facts, note_part
from labjournal.questions.metrics import meant, of_run, with_printed_names
from labjournal.questions.outputs import INLINE_BYTES
from labjournal.questions.parameter_values import parameter_values
from labjournal.questions.state import change_part, module_part, run_randomness, snapshot_part
from labjournal.questions.warnings import run_warnings

__all__ = ["NOTHING", "environment_part", "git_part", "libraries", "log", "show"]

NOTHING: LogAnswer = {"runs": []}
"""The answer where nothing has been recorded."""


def log(
    journal: Journal,
    *,
    since: str | None = None,
    until: str | None = None,
    notebook: str | None = None,
    tag: str | None = None,
    metric: str | None = None,
    before: str | None = None,
    limit: int | None = None,
) -> LogAnswer:
    """Runs, newest first; `since` and `until` are UTC times, `before` is the run behind which a page begins."""
    unsure = False
    if metric is not None:
        metric, unsure = meant(journal, metric)
    runs = journal.runs(
        since=since, until=until, notebook=notebook, tag=tag, metric=metric, unsure=unsure, before=before, limit=limit
    )
    return {"runs": [_run_part(journal, run) for run in runs]}


def show(journal: Journal, address: Address, *, outputs: bool = True) -> ShowAnswer:
    """Everything about a run, or about one execution of it.

    For one execution small blobs are laid in; for a whole run they stay references, so that the answer stays of a size to read.
    """
    run = journal.run(address.run)
    facts = Facts(journal, run.run, None if address.n is None else [address.n])
    executions = journal.executions(run.run) if address.n is None else [journal.execution(run.run, address.n)]
    inline_bytes = 0 if address.n is None else INLINE_BYTES
    return {
        "run": run.run,
        "address": str(address),
        "name": facts.names.get(address.n or 0),
        "notebook": run.notebook,
        "folder": run.folder,
        "kernel": run.kernel,
        "client": run.client,
        "user": run.user,
        "started": when(run.started),
        "ended": when(run.ended) if run.ended else None,
        "duration_s": seconds_between(run.started, run.ended),
        "status": run.status,
        "replay_of": run.replay_of,
        "environment": environment_part(journal, run),
        "package_changes": [change_part(change) for change in journal.package_changes(run.run, address.n)],
        "git": git_part(journal, run),
        "snapshot": snapshot_part(journal.snapshots(run.run), address.n),
        "modules": [module_part(module) for n in sorted(facts.modules) for module in facts.modules[n]],
        "randomness": run_randomness(journal, run.run, [seen for n in sorted(facts.randomness) for seen in facts.randomness[n]]),
        "executions_count": run.executions,
        "failed": run.failed,
        "executions": [facts.part(execution, outputs=outputs, inline_bytes=inline_bytes) for execution in executions],
        "metrics": with_printed_names(_in_order(facts.metrics), _in_order(facts.printed)),
        "parameters": parameter_values(parameter for n in sorted(facts.parameters) for parameter in facts.parameters[n]),
        "notes": [note_part(note) for n in sorted(facts.notes) for note in facts.notes[n] if address.n in (None, n)],
        "tags": facts.tags[address.n or 0],
        "warnings": _warnings(run, facts, executions),
    }


def _run_part(journal: Journal, run: Run) -> RunPart:
    files_read, files_written = journal.origins.file_counts(run.run)
    return {
        "run": run.run,
        "name": run.name,
        "notebook": run.notebook,
        "kernel": run.kernel,
        "kernel_id": run.kernel_id,
        "client": run.client,
        "python": run.python,
        "started": when(run.started),
        "ended": when(run.ended) if run.ended else None,
        "duration_s": seconds_between(run.started, run.ended),
        "status": run.status,
        "executions": run.executions,
        "failed": run.failed,
        "files_read": files_read,
        "files_written": files_written,
        "metrics": of_run(journal, run.run),
        "tags": list(run.tags),
        "replay_of": run.replay_of,
    }


def _in_order(metrics: dict[int, list[Metric]]) -> Iterator[Metric]:
    return (metric for n in sorted(metrics) for metric in metrics[n])


def seconds_between(started: str, ended: str | None) -> float | None:
    """Seconds from start to end, None while it lasts or where a time cannot be read."""
    if ended is None:
        return None
    try:
        return round((datetime.fromisoformat(ended) - datetime.fromisoformat(started)).total_seconds(), 6)
    except (ValueError, TypeError):
        return None


def environment_part(journal: Journal, run: Run) -> EnvironmentPart:
    """The environment at the start; what the run itself said where the packages were not seen."""
    used = journal.packages_used(run.run)
    if run.environment is None:
        return {
            "python": run.python,
            "platform": run.platform,
            "packages": {},
            "used": used,
            "implementation": run.implementation,
            "executable": run.executable,
            "hardware": {},
            "variables": {},
            "sha256": None,
            "distributions": {},
            "locale": {},
            "libraries": [],
            "conda": None,
        }
    seen = journal.environment(run.environment)
    return {
        "python": seen.python or run.python,
        "platform": seen.platform or run.platform,
        "packages": seen.packages,
        "used": used,
        "implementation": seen.implementation,
        "executable": seen.executable,
        "hardware": seen.hardware,
        "variables": seen.variables,
        "sha256": seen.sha256,
        "distributions": {
            name: {key: value for key, value in facts.items() if key != "requires"} for name, facts in seen.distributions.items()
        },
        "locale": {name: value for name, value in seen.facts.items() if isinstance(value, str)},
        "libraries": libraries(journal, run),
        "conda": seen.facts.get("conda") if isinstance(seen.facts.get("conda"), dict) else None,
    }


def libraries(journal: Journal, run: Run) -> list[dict[str, Any]]:
    """Shared libraries that decide on numbers, as the run loaded them."""
    told = journal.facets(run.run).get((0, "libraries"))
    loaded = told.get("loaded") if isinstance(told, dict) else None
    return [each for each in loaded if isinstance(each, dict)] if isinstance(loaded, list) else []


def git_part(journal: Journal, run: Run) -> GitPart:
    if run.git is None:
        return {"commit": None, "branch": None, "dirty": None, "remote": None, "root": "", "reason": "not seen"}
    seen = journal.git_state(run.git)
    return {
        "commit": seen.commit,
        "branch": seen.branch,
        "dirty": seen.dirty,
        "remote": seen.remote,
        "root": seen.root,
        "reason": seen.reason,
    }


def _warnings(run: Run, facts: Facts, executions: list[Execution]) -> list[str]:
    """What concerns the run, and for each execution with something to say its number and the sentence."""
    own = [problem for n in sorted(facts.problems) for problem in facts.problems[n]]
    return run_warnings(run, own) + [
        f"{execution.address}: {sentence}" for execution in executions for sentence in facts.warnings(execution)
    ]
