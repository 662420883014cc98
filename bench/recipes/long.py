"""A recipe in a run of 2,000 executions of 541 different cells of ten lines: how long it takes, in processes of their own.

A cell binds a frame and a number, defines a function that is called, changes a list, and uses what one of the eight cells before made.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from labjournal.recorders.code import names_in
from tests.builders import JournalBuilder, stream

__all__ = ["long"]

EXECUTIONS = 2000
_DIFFERENT = 541
_CELL = """import pandas as pd
frame_{k} = pd.DataFrame({{'a': range({n})}})
frame_{k}['b'] = frame_{k}['a'] * {n} + value_{j}
def double_{k}(table, times=2):
    return table.assign(c=table['a'] * times + value_{j})
frame_{k} = double_{k}(frame_{k})
value_{k} = frame_{k}['b'].sum()
parts_{k} = [frame_{j}.head(3) for _ in range(2)]
parts_{k}.append(frame_{k}.tail({n}))
print(value_{k}, len(parts_{k}))"""
_ASK = """
import sys, time
from pathlib import Path
from labjournal.journal.reader import Journal
from labjournal.journal.rows import Address
from labjournal.questions.recipe.slicing import explained
with Journal.open(Path(sys.argv[1]), catch_up=False) as journal:
    for _ in range(3):
        begin = time.process_time(), time.perf_counter()
        recipe = explained(journal, Address(sys.argv[2], int(sys.argv[3])))
        print(len(recipe.steps), time.process_time() - begin[0], time.perf_counter() - begin[1])
"""


def long() -> str:
    """The figures, as text: milliseconds of the processor and by the clock."""
    with tempfile.TemporaryDirectory(prefix="labjournal-long-") as temporary:
        folder = Path(temporary)
        run = _played(folder / "journal")
        lines = [f"{'':<52}{'CPU':>10}{'clock':>10}{'recipe':>15}"]
        for what in ("nothing of it read before", "a new process, its cells read before"):
            for again, (steps, cpu, clock) in zip(("", ", asked again"), _asked(folder, run), strict=False):
                lines.append(f"{what + again:<52}{cpu * 1000:>7.0f} ms{clock * 1000:>7.0f} ms{steps:>7.0f} of {EXECUTIONS:,}")
        return "\n".join([*lines, "200 ms are promised."])


def _asked(folder: Path, run: str) -> list[tuple[float, ...]]:
    done = subprocess.run(
        [sys.executable, "-c", _ASK, str(folder / "journal"), run, str(EXECUTIONS)],
        env={**os.environ, "LABJOURNAL_READINGS": str(folder / "readings.sqlite")},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [tuple(map(float, line.split())) for line in done.stdout.splitlines()]


def _played(folder: Path) -> str:
    chance = random.Random(1)
    cells = [_CELL.format(k=k, n=chance.randrange(5, 90), j=max(0, k - chance.randrange(1, 9))) for k in range(_DIFFERENT)]
    told = [names_in(cell) for cell in cells]
    order = [*range(_DIFFERENT), *(chance.randrange(_DIFFERENT) for _ in range(EXECUTIONS - 1 - _DIFFERENT))]
    builder = JournalBuilder(folder)
    run = builder.run()
    for k in order:
        names = told[k]
        run.execution(
            cells[k],
            bound=sorted(names.bound),
            used=sorted(names.used),
            mutated=sorted(names.mutated),
            imported=sorted(names.imported),
            opaque=names.opaque,
            outputs=[stream("1 2\n")],
        )
    last = f"value_{_DIFFERENT - 1}"
    run.execution(f"print({last})", used=[last])
    with builder.open():
        builder.close()
    return run.run
