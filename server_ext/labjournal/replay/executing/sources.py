"""From recorded executions to what a replay sends: which are left out, and where absolute paths lead.

Left out: what asked not to be recorded, what never finished, and lines that would change the environment the replay is to test
(`%pip install`). Absolute paths of the record that lie in the notebook's folder, that it wrote to, or that a record brings, are led
into the workspace; everything else stays as it was typed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from labjournal.journal.rows import Execution
from labjournal.replay.executing.execute import Step

__all__ = ["Plan", "plan", "redirect"]

_CHANGES = r"(?:install|uninstall|remove|add|update|upgrade|downgrade|sync|create|develop|-y|-U)"
_TOOL = r"(?:pip3?|uv(?: +pip)?|conda|mamba|micromamba|apt(?:-get)?|poetry|pipx)"
_MORE = r"(?:[^\n\\]|\\(?:\n|.))*"
_COMMAND = rf"(?:sudo +)?(?:\S*python[\d.]* +-m +)?{_TOOL}\b[^\n]*?\s{_CHANGES}(?![\w-]){_MORE}"
_INSTALLS = re.compile(rf"^([ \t]*)((?:%|!+)[ \t]*(?:\{{sys\.executable\}} +-m +)?{_COMMAND})$", re.MULTILINE)
_SHELL_CELL = re.compile(r"\s*%%(?:bash|sh|!|script +\S*sh)\b")
_SHELL_INSTALLS = re.compile(rf"^([ \t]*)({_COMMAND})$", re.MULTILINE)
_IDLE_LINE = re.compile(r"\s*(?:#.*|%%.*|(?:pass|:)  # not executed.*)?")
_MARKER = re.compile(r"\[REDACTED:[\w.-]+\]")
_CUT = re.compile(r"^# \[… [\d,]+ (?:more )?characters (?:not kept|more) …\]$", re.MULTILINE)


@dataclass(frozen=True)
class Plan:
    """What is sent, in order; the numbers of executions that are not; a sentence for everything that is not as it was recorded."""

    steps: tuple[Step, ...]
    left_out: tuple[int, ...]
    problems: tuple[str, ...]


def plan(executions: Iterable[Execution], lead: Callable[[str], str]) -> Plan:
    """The steps to send; `lead` takes a source and leads its paths into the workspace."""
    steps: list[Step] = []
    reasons: dict[str, list[int]] = {}
    for execution in executions:
        source, installs = _without_installing(execution.source)
        reason = _left_out(execution) or ("only installs software" if installs and _is_idle(source) else "")
        if reason:
            reasons.setdefault(f"left out, because it {reason}", []).append(execution.n)
            continue
        if installs:
            reasons.setdefault("executed without the line that installs software", []).append(execution.n)
        if _MARKER.search(source):
            reasons.setdefault("executed with a placeholder for a secret that was not recorded", []).append(execution.n)
        natural = (steps[-1].count or 0) + 1 if steps else 1
        count = execution.execution_count or natural
        steps.append(Step(execution.n, lead(source), count, sets_count=count != natural, altered=installs))
    left = tuple(sorted(n for reason, numbers in reasons.items() if reason.startswith("left out") for n in numbers))
    return Plan(tuple(steps), left, tuple(_sentence(numbers, reason) for reason, numbers in reasons.items()))


def _left_out(execution: Execution) -> str:
    if execution.off:
        return "asked not to be recorded"
    if execution.status == "interrupted":
        return "was interrupted"
    if execution.status in ("abandoned", "running"):
        return "never finished"
    if _CUT.search(execution.source):
        return "is longer than what is kept"
    return "" if execution.source.strip() else "holds no code"


def _without_installing(source: str) -> tuple[str, bool]:
    changed, count = _INSTALLS.subn(lambda found: f"{found[1]}pass  # not executed: {_one_line(found[2])}", source)
    if _SHELL_CELL.match(source):
        changed, more = _SHELL_INSTALLS.subn(lambda found: f"{found[1]}:  # not executed: {_one_line(found[2])}", changed)
        count += more
    return changed, count > 0


def _is_idle(source: str) -> bool:
    return all(_IDLE_LINE.fullmatch(line) for line in source.split("\n"))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _sentence(numbers: list[int], what: str) -> str:
    if len(numbers) == 1:
        return f"Execution {numbers[0]} was {what}."
    shown = ", ".join(map(str, numbers[:10])) + (f" and {len(numbers) - 10} more" if len(numbers) > 10 else "")
    return f"Executions {shown} were {what.replace('because it', 'because each')}."


def redirect(folder: str, files: Sequence[str], place: Callable[[str], str]) -> Callable[[str], str]:
    """A function that leads literal absolute paths below `folder`, and literal paths in `files`, to their place in the workspace."""
    targets = {path: place(path) for path in {folder, *files} if len(path) > 3 and os.path.isabs(path)}
    home = str(Path.home())
    targets |= {"~" + path[len(home) :]: target for path, target in targets.items() if path.startswith(home + os.sep)}
    if not targets:
        return lambda source: source
    longest_first = sorted(targets, key=len, reverse=True)
    pattern = re.compile(r"(?P<quote>['\"])(?P<path>" + "|".join(map(re.escape, longest_first)) + r")(?=['\"/\\])")
    return lambda source: pattern.sub(lambda match: match["quote"] + targets[match["path"]], source)
