"""The proof of a script is the file itself: run by the interpreter that recorded, in a folder of its own with the recorded inputs.

What it prints is held against what its cells printed, the value of the last cell and what that displays by their numbers, and the files
that the cells wrote against those that it wrote. Where cells before display something or hold lines of IPython's, what the last one prints
has to come last. Figures are not shown by a script, so nothing is said of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from labjournal.journal.reader import Journal
from labjournal.journal.rows import Output
from labjournal.records import script
from labjournal.records.looks import without_look
from labjournal.records.record import Step
from labjournal.replay.comparing.compare import Done
from labjournal.replay.proofs.handed_over import handed_over
from labjournal.replay.proofs.proving import Attempt, time_limit, to_run
from labjournal.replay.run import again

__all__ = ["ScriptRan", "run_script"]

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{5,}")
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
_EXCERPT = 60
_DISPLAYS = re.compile(r"\bdisplay\s*\(")
_LINES = re.compile(r"^[ \t]*(?:[\w, ]+=[ \t]*)?[%!]", re.MULTILINE)
_DRIVER = """\
import os as _os, subprocess as _subprocess, sys as _sys
with open({name!r}, "w", encoding="utf-8") as _file:
    _file.write({text!r})
_ended = _subprocess.run(
    [_sys.executable, {name!r}], stdin=_subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8", errors="replace",
    env={{**_os.environ, "MPLBACKEND": "agg", "PYTHONIOENCODING": "utf-8"}},
)
print(_ended.stdout, end="")
if _ended.returncode:
    raise RuntimeError((_ended.stderr.strip().splitlines() or [f"it ended with {{_ended.returncode}}"])[-1])
"""


@dataclass(frozen=True)
class ScriptRan:
    """What running the file came to; `difference` is empty where it gave the same."""

    replay: str
    difference: str = ""

    @property
    def same(self) -> bool:
        return not self.difference


def run_script(
    attempt: Attempt,
    journal_folder: Path,
    name: str,
    *,
    progress: Callable[[str], None],
    within_s: float | None = None,
    with_data: bool = False,
) -> ScriptRan:
    """Runs the script of an attempt, to be called `name`; `with_data`: with its inputs beside it and nothing else."""
    progress("running the script itself")
    record, steps = attempt.record, [step for step, _ in attempt.found.cells]
    layout = handed_over(record, attempt.found) if with_data else None
    found = attempt.found if layout is None else layout.found
    source = _DRIVER.format(name=name, text=script.build(record, found, name=name))
    target = replace(steps[-1].execution, source=source, execution_count=None)
    written = tuple(use for step in steps for use in step.written)
    answer = again(
        to_run(record, steps, layout, done=(Done(target, (), written, ()),), sent=(target,), judged=target.n),
        journal_folder,
        progress=progress,
        within_s=within_s or time_limit(step.execution for step in steps),
    )
    late = next((problem for problem in answer["problems"] if "the time was up" in problem), "")
    if late:
        return ScriptRan(answer["replay"], f"not confirmed: {late}")
    with Journal.open(journal_folder) as journal:
        executions = journal.executions(answer["replay"])
        failed = next((one for one in executions if one.status != "ok"), None)
        printed = _text(journal.outputs(answer["replay"]))
    if failed is not None or not executions:
        said = failed.error_value if failed is not None else "it did not start"
        return ScriptRan(answer["replay"], f"The script did not run to its end: {said or 'it died'}")
    apart = next((entry for entry in answer["files"] if entry["same"] is False), None)
    if apart is not None:
        return ScriptRan(answer["replay"], f"The script wrote another {Path(str(apart['path'])).name}.")
    return ScriptRan(answer["replay"], _printed_apart(steps, printed))


def _printed_apart(steps: Sequence[Step], printed: str) -> str:
    """What it printed otherwise than the cells, as a sentence; '' where it is the same, or cannot be told."""
    target = steps[-1]
    if _LINES.search(target.execution.source) or any(one.truncated or not one.complete for one in target.outputs):
        return ""
    if any(output.type == "display_data" for output in target.outputs):
        return _shown_apart(target, printed)
    exact = not any(map(_prints_otherwise, steps)) and not any(one.truncated for step in steps for one in step.outputs)
    expected = _plain("".join(_text(step.outputs) for step in (steps if exact else [target])))
    # What objects are shown as before, and what lines of IPython's print, is not told: the result comes last.
    place = 0 if exact else max(_plain(printed).rfind(expected), 0)
    begins, rest = _plain(printed)[place : place + len(expected)], _plain(printed)[place + len(expected) :]
    if begins != expected:
        begins = begins if exact else _plain(printed)[-len(expected) :]
        at = next((at for at, (a, b) in enumerate(zip(expected, begins, strict=False)) if a != b), len(begins))
        one, other = (text[max(0, at - 20) : at + _EXCERPT] for text in (expected, begins))
        return f"The script printed something else: {' '.join(one.split())} → {' '.join(other.split())}"
    value = next((str(output.data.get("text/plain", "")) for output in target.outputs if output.type == "execute_result"), "")
    if "..." in value or not _ends_with(_numbers(rest), _numbers(value), exact=exact):
        return "" if "..." in value else _another_value(value, rest)
    return ""


def _shown_apart(target: Step, printed: str) -> str:
    """The numbers of everything that the last cell showed, in their order, are the last ones that the script printed."""
    texts = [
        output.text if output.type == "stream" else str(output.data.get("text/plain", ""))
        for output in target.outputs
        if (output.type != "stream" or output.name == "stdout")
        and not any(kind.startswith("image/") for kind in output.data or ())
    ]
    expected = "\n".join(texts)
    if "..." in expected or _ends_with(_numbers(printed), _numbers(expected)):
        return ""
    return _another_value(expected, printed[-len(expected) - _EXCERPT :])


def _prints_otherwise(step: Step) -> bool:
    """Whether a cell shows objects, has lines of IPython's, or ends in a look that was left out."""
    source = step.execution.source
    return bool(_DISPLAYS.search(source) or _LINES.search(source)) or (
        bool(_text(step.outputs)) and without_look(source) != source
    )


def _ends_with(numbers: list[float], last: list[float], *, exact: bool = False) -> bool:
    return numbers == last if exact else not last or numbers[-len(last) :] == last


def _another_value(recorded: str, printed: str) -> str:
    return f"The script printed another value: {' '.join(recorded.split())[:_EXCERPT]} → {' '.join(printed.split())[:_EXCERPT]}"


def _text(outputs: Sequence[Output]) -> str:
    return "".join(output.text for output in outputs if output.type == "stream" and output.name == "stdout")


def _plain(text: str) -> str:
    return _ADDRESS.sub("0x", text.replace("\r\n", "\n"))


def _numbers(text: str) -> list[float]:
    return [float(number) for number in _NUMBER.findall(_ADDRESS.sub("", text))]
