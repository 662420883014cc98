"""Whole notebooks, plain and recorded in turns: what a day with labjournal costs. The notebooks are the caller's, none is shipped."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import time
from pathlib import Path
from typing import Any

import nbformat
import psutil
from nbclient import NotebookClient

from bench.kernels import environment
from bench.rows import Row, seconds

__all__ = ["notebooks"]


def notebooks(folder: Path, top: Path, kernel: str, rounds: int = 3) -> list[Row]:
    """Best time of each notebook over `rounds`, both ways, and their sums; the kernel's largest memory.

    Each folder in `top` is a project of its own and is copied whole for every execution of a notebook in it.
    """
    paths = sorted(path for path in top.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
    rows, sums, memory = [], {False: 0.0, True: 0.0}, {False: 0, True: 0}
    ends: dict[bool, list[float]] = {False: [], True: []}
    for path in paths:
        best = {False: float("inf"), True: float("inf")}
        for turn in range(rounds):
            for recorded in (False, True) if turn % 2 == 0 else (True, False):
                took, end, used = _executed(path, top, kernel, folder, recorded)
                best[recorded] = min(best[recorded], took)
                memory[recorded] = max(memory[recorded], used)
                ends[recorded].append(end)
        rows.append(Row(path.stem, seconds(best[True]), seconds(best[False]), f"× {best[True] / best[False]:.3f}"))
        for recorded in (False, True):
            sums[recorded] += best[recorded]
    ratio = sums[True] / sums[False]
    rows.append(
        Row(
            f"{len(paths)} notebooks together",
            seconds(sums[True]),
            seconds(sums[False]),
            f"× {ratio:.3f}",
            "× 1.01",
            ratio <= 1.01,
        )
    )
    before, after = (statistics.median(ends[recorded]) for recorded in (False, True))
    rows.append(Row("end of their kernels, median", seconds(after), seconds(before), f"{(after - before) * 1000:+.0f} ms"))
    added = (memory[True] - memory[False]) / 1e6
    rows.append(
        Row(
            "largest memory of a kernel",
            f"{memory[True] / 1e6:.0f} MB",
            f"{memory[False] / 1e6:.0f} MB",
            f"{added:+.0f} MB",
            "+40 MB",
            added <= 40,
        )
    )
    return rows


def _executed(path: Path, top: Path, kernel: str, folder: Path, recorded: bool) -> tuple[float, float, int]:
    """Seconds from the first cell to the last and from there to the kernel's end, and its memory, in a fresh copy of its project."""
    work = folder / "work"
    within = path.relative_to(top)
    project = top / within.parts[0] if len(within.parts) > 1 else top
    shutil.copytree(project, work, symlinks=True)
    place = work / path.parent.relative_to(project)
    try:
        notebook: Any = nbformat.read(path, as_version=4)
        used: list[int] = []
        begun: list[float] = []
        done: list[float] = []

        def began(cell: Any, cell_index: int) -> None:
            begun.append(time.perf_counter())

        def ended(cell: Any, cell_index: int, execute_reply: Any) -> None:
            done.append(time.perf_counter())
            manager: Any = client.km
            used.append(psutil.Process(manager.provisioner.pid).memory_info().rss)

        client = NotebookClient(
            notebook, kernel_name=kernel, timeout=600, allow_errors=True, on_cell_execute=began, on_cell_executed=ended
        )
        client.execute(cwd=str(place), env=environment(folder / "journal", recorded=recorded), stderr=subprocess.DEVNULL)
        return done[-1] - begun[0], time.perf_counter() - done[-1], max(used)
    finally:
        shutil.rmtree(work)
