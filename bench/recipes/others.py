"""Other ways to the executions that a result needs, on the same suite: what they leave out and take in too much.

`by_names` is the plain static slicer: backwards along names that cells read and bind, as the text says; whoever binds a needed name is in,
and what stood there before is not needed. It knows nothing of objects that change, of files, settings and chance. `by_ipyflow` asks ipyflow
(0.0.2xx), which watches every statement as it is executed; it needs a Python of its own in which ipyflow is installed.
"""

from __future__ import annotations

import json
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.recipes.cases import Case
from bench.recipes.player import Played, play
from labjournal.questions.reading import read
from labjournal.recorders.code import names_in

__all__ = ["Way", "by_ipyflow", "by_names", "judged", "lacks_ipyflow", "table"]


@dataclass(frozen=True)
class Way:
    """A way to slice, measured: the cases whose result its executions alone give, and how large it is where it does."""

    name: str
    correct: tuple[str, ...]
    """Names of cases."""
    ratios: tuple[float, ...]


def by_names(cells: Sequence[str]) -> set[int]:
    """The numbers of the plain static slice of the last cell."""
    found = {len(cells)}
    needed = _needed(cells[-1])
    for n in range(len(cells) - 1, 0, -1):
        bound = set(names_in(cells[n - 1]).bound)
        if needed & bound:
            found.add(n)
            needed = needed - bound | _needed(cells[n - 1])
    return found


def _needed(source: str) -> set[str]:
    """Names that the cell reads before it binds them, and those its functions read."""
    said = read(source)
    return set(said.free | said.late)


def lacks_ipyflow(python: str) -> str:
    """Why it cannot be asked, as a sentence; '' where it can."""
    try:
        done = subprocess.run([python, "-c", "import ipyflow"], capture_output=True, text=True, timeout=120, check=False)
    except OSError as problem:
        return f"{python} cannot be started ({problem.strerror})."
    return "" if done.returncode == 0 else f"ipyflow is not installed for {python}."


def by_ipyflow(python: str, cases: Sequence[Case]) -> list[set[int] | None]:
    """The numbers of ipyflow's dynamic slice of each last cell; None where it gave none."""
    asked = "".join(json.dumps(case.cells) + "\n" for case in cases)
    script = Path(__file__).with_name("ipyflow_slices.py")
    done = subprocess.run([python, str(script)], input=asked, capture_output=True, text=True, timeout=60 * len(cases), check=True)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    return [None if one is None else set(one) for one in told]


def judged(name: str, cases: Sequence[Case], slices: Sequence[set[int] | None]) -> Way:
    """Plays what was found alone, and holds the last cell against that of the whole afternoon."""
    right = [(case, found) for case, found in zip(cases, slices, strict=True) if found is not None and _gives(case, found)]
    return Way(name, tuple(case.name for case, _ in right), tuple(len(found) / len(case.keep) for case, found in right))


def _gives(case: Case, numbers: set[int]) -> bool:
    whole, alone = play(case.cells), play(case.sources(numbers))
    return len(alone) == len(numbers) and _told(whole[-1]) == _told(alone[-1])


def _told(one: Played) -> tuple[str, str, list[str]]:
    return (one.status, one.shown, sorted(one.written.values()))


def table(cases: Sequence[Case], ways: Sequence[Way]) -> str:
    """A row for each way; names and functions apart, which every slicer is made for."""
    plain = {case.name for case in cases if case.suite in ("names", "functions")}
    lines = [
        "| way | correct | of these, names and functions only | size where correct, median | mean |",
        "|---|---|---|---|---|",
    ]
    for way in ways:
        easy = len(plain & set(way.correct))
        size = f"{statistics.median(way.ratios):.2f} × | {statistics.mean(way.ratios):.2f} ×" if way.ratios else "– | –"
        lines.append(f"| {way.name} | {_share(len(way.correct), len(cases))} | {_share(easy, len(plain))} | {size} |")
    return "\n".join(lines)


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / whole:.0f} %)" if whole else "–"
