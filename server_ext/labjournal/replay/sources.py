"""From recorded executions to what a replay sends: which are left out, and where absolute paths lead.

Left out: what asked not to be recorded, what never finished, and lines that would change the environment the replay is to test
(`%pip install`). Absolute paths of the record that lie in the notebook's folder, or that it wrote to, are led into the workspace;
everything else stays as it was typed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from labjournal.journal.rows import Execution
from labjournal.replay.execute import Step

__all__ = ["redirect", "steps"]

_INSTALLS = re.compile(r"^(\s*)((?:%|!)\s*(?:pip3?|uv|conda|mamba|micromamba|apt(?:-get)?)\b.*|!\s*\S*python\S*\s+-m\s+pip\b.*)$", re.MULTILINE)
_MARKER = re.compile(r"\[REDACTED:[\w-]+\]")


def steps(executions: Iterable[Execution], place: Callable[[str], str]) -> tuple[list[Step], list[str]]:
    """The steps to send, and a sentence for everything that is not sent as it was."""
    answer, problems = [], []
    for execution in executions:
        reason = _left_out(execution)
        if reason:
            problems.append(f"Execution {execution.n} was left out: {reason}.")
            continue
        source = execution.source
        if _INSTALLS.search(source):
            problems.append(f"Execution {execution.n} installs software; that line was not executed.")
            source = _INSTALLS.sub(r"\1pass  # not executed in a replay: \2", source)
        if _MARKER.search(source):
            problems.append(f"Execution {execution.n} held a secret that was not recorded; it runs with a placeholder.")
        answer.append(Step(execution.n, place(source)))
    return answer, problems


def _left_out(execution: Execution) -> str:
    if execution.off:
        return "it asked not to be recorded"
    if execution.status == "interrupted":
        return "it was interrupted"
    if execution.status in ("abandoned", "running"):
        return "it never finished"
    return "" if execution.source.strip() else "it holds no code"


def redirect(folder: str, written: Sequence[str], place: Callable[[str], str]) -> Callable[[str], str]:
    """A function that leads literal absolute paths below `folder`, and literal paths in `written`, to their place in the workspace."""
    targets = {path: place(path) for path in {folder, *written} if len(path) > 3 and path[:1] in "/\\" or path[1:2] == ":"}
    if not targets:
        return lambda source: source
    longest_first = sorted(targets, key=len, reverse=True)
    pattern = re.compile(r"(?P<quote>['\"])(?P<path>" + "|".join(map(re.escape, longest_first)) + r")(?=['\"/\\])")
    return lambda source: pattern.sub(lambda match: match["quote"] + targets[match["path"]], source)
