"""What a reader of a run or an execution should know before trusting it, each as one sentence.

Secrets that were masked, outputs of which only a part was kept, files whose content is not known, recorders that failed, and what libraries
warned of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from labjournal.journal.rows import Execution, FileUse, Output, Problem, Run
from labjournal.recorders.library_warnings import WHAT as LIBRARY

__all__ = ["execution_warnings", "library_warnings", "run_warnings", "size"]

_TIMES = re.compile(r" \(\d+ times\)$")


def run_warnings(run: Run, problems: Iterable[Problem]) -> list[str]:
    """What concerns the run as a whole."""
    answer = ["The kernel died before it could end the run."] if run.status == "abandoned" else []
    return answer + [_problem(problem) for problem in problems if problem.n == 0]


def execution_warnings(
    execution: Execution,
    outputs: Iterable[Output],
    inputs: Iterable[FileUse],
    files: Iterable[FileUse],
    problems: Sequence[Problem],
) -> list[str]:
    """What concerns one execution; `outputs`, `inputs`, `files` and `problems` are those of this execution."""
    return [
        *_about_code(execution),
        *_about_outputs(execution, list(outputs)),
        *[
            f"What was read from '{use.path}' is not known{_because(use.reason)}."
            for use in inputs
            if not use.sha256 and not use.package
        ],
        *[
            f"What was written to '{use.path}' is not known{_because(use.reason)}."
            for use in files
            if not use.sha256 and not use.deleted
        ],
        *[_problem(problem) for problem in problems if problem.what != LIBRARY],
        *library_warnings(problem.detail for problem in problems if problem.what == LIBRARY),
    ]


def library_warnings(details: Iterable[str]) -> list[str]:
    """What libraries warned of, each once: where it was told again as there came more of it, the last counts."""
    return list({_TIMES.sub("", detail): detail for detail in details}.values())


def size(count: int) -> str:
    """A number of bytes as a person says it: '3 bytes', '1.5 MB'."""
    if count < 1000:
        return f"{count} byte{'' if count == 1 else 's'}"
    value = float(count)
    for unit in ("kB", "MB", "GB", "TB"):
        value /= 1000
        if value < 999.95 or unit == "TB":
            break
    return f"{value:.1f} {unit}"


def _about_code(execution: Execution) -> list[str]:
    answer = []
    if execution.off:
        answer.append("The cell asked not to be recorded ('# labjournal: off').")
    elif execution.source_bytes > len(execution.source.encode("utf-8", "replace")) and not execution.redactions:
        answer.append(f"Only the head and the tail of the code are kept; it has {size(execution.source_bytes)}.")
    if execution.redactions:
        answer.append(f"{_secrets(execution.redactions)} masked in the code.")
    if execution.status == "abandoned":
        answer.append("The kernel died while this was running; what it showed in its last second may be missing.")
    return answer


def _about_outputs(execution: Execution, outputs: list[Output]) -> list[str]:
    answer = []
    if masked := sum(output.redactions for output in outputs):
        answer.append(f"{_secrets(masked)} masked in the outputs.")
    for output in outputs:
        if output.truncated:
            answer.append(
                f"Only the head and the tail of output {output.position + 1} ({_kind(output)}) are kept; it has {size(output.bytes)}."
            )
    if execution.status not in ("running", "abandoned") and any(not output.complete for output in outputs):
        answer.append("The last second of its output may be missing.")
    return answer


def _kind(output: Output) -> str:
    return output.name or output.type if output.type == "stream" else output.type


def _secrets(count: int) -> str:
    return "1 secret was" if count == 1 else f"{count} secrets were"


def _because(reason: str) -> str:
    return f": {reason.rstrip('.')}" if reason else ""


def _problem(problem: Problem) -> str:
    if problem.what == "recorder-failed":
        return f"A recorder failed and saw nothing more in this run: {problem.detail}"
    return problem.detail or problem.what
