"""The measurements, each a function that gives rows: what, plain, recorded, and what the promise says."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.files import FILE_MEASURES
from bench.kernels import pair, started
from bench.questions import questions
from bench.rows import Row, ms, quantile, seconds
from bench.waits import hook_time, hook_time_beside_much, hook_time_in_need

__all__ = ["MEASURES"]

_FRAME = "import numpy as np, pandas as pd; df = pd.DataFrame(np.random.default_rng(0).normal(size=(1_000_000, 10)))"


def trivial_cells(folder: Path, *, cells: int = 300) -> list[Row]:
    """What recording adds to `1`, without and with 80 MB of data in memory; plain and recorded take turns cell by cell."""
    rows = []
    for label, setup in (("trivial cell", "pass"), ("trivial cell beside a 1,000,000 × 10 frame", _FRAME)):
        with pair(folder / "journal") as (plain, recorded):
            for kernel in (plain, recorded):
                kernel.run(setup)
                for _ in range(20):
                    kernel.run("1")
            taken: tuple[list[float], list[float]] = ([], [])
            for _ in range(cells):
                for kernel, times in zip((plain, recorded), taken, strict=True):
                    times.append(kernel.run("1"))
                time.sleep(0.01)
        for name, at, bound in (("median", 0.5, 1.0), ("p99", 0.99, 5.0)):
            before, after = (quantile(times, at) * 1000 for times in taken)
            added = after - before
            rows.append(Row(f"{label}, {name}", ms(after), ms(before), f"{added:+.2f} ms", f"+{bound:g} ms", added <= bound))
    return rows


def kernel_start(folder: Path, *, rounds: int = 7) -> list[Row]:
    """CPU seconds from start to ready and idle."""
    taken: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(rounds):
        for recorded in (False, True):
            with started(folder / "journal", recorded=recorded) as kernel:
                time.sleep(1.0)
                taken[recorded].append(kernel.cpu_s())
    before, after = (statistics.median(taken[recorded]) * 1000 for recorded in (False, True))
    return [Row("kernel start, CPU", ms(after), ms(before), f"{after - before:+.0f} ms", "+60 ms", after - before <= 60)]


def many_outputs(folder: Path, *, rounds: int = 5) -> list[Row]:
    """20,000 prints and 2,000 displays in one cell."""
    rows = []
    for label, code in (
        ("20,000 prints", "for i in range(20_000): print(i, 'some text that is printed')"),
        ("2,000 displays", "from IPython.display import display\nfor i in range(2_000): display(i)"),
    ):
        with pair(folder / "journal") as kernels:
            taken = tuple([kernel.run(code) for _ in range(rounds)] for kernel in kernels)
        before, after = (statistics.median(times) for times in taken)
        rows.append(Row(label, seconds(after), seconds(before), f"× {after / before:.3f}"))
    return rows


def command_line(folder: Path, *, rounds: int = 11) -> list[Row]:
    """Wall time of whole commands on a journal with a few runs."""
    journal = folder / "journal"
    with started(journal, recorded=True) as kernel:
        for i in range(50):
            kernel.run(f"x = {i}\nprint(x)")
    program = Path(sys.executable).with_name("labjournal")
    rows = []
    for label, arguments, bound in (
        ("labjournal --help", ["--help"], 150),
        ("labjournal log", ["log", "--journal", str(journal)], 300),
    ):
        times = [_wall([str(program), *arguments]) for _ in range(rounds)]
        bare = statistics.median(_wall([sys.executable, "-c", "pass"]) for _ in range(rounds)) * 1000
        value = statistics.median(times) * 1000
        rows.append(Row(label, ms(value), f"{ms(bare)} (python -c pass)", "", f"{bound} ms", value <= bound))
    return rows


def _wall(command: list[str]) -> float:
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


MEASURES: dict[str, Callable[[Path], list[Row]]] = {
    "cells": trivial_cells,
    "hook": hook_time,
    "need": hook_time_in_need,
    "held": hook_time_beside_much,
    "start": kernel_start,
    "outputs": many_outputs,
    "cli": command_line,
    "questions": questions,
    **FILE_MEASURES,
}
