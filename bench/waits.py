"""How long the hook keeps the user's thread, measured in the kernel itself: in an ordinary kernel, and when things go badly.

`LABJOURNAL_BENCH_CELLS` says how many cells each condition gets (500; the promise is made for 10,000).
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.kernels import Kernel, started
from bench.rows import Row, ms, quantile
from labjournal.journal import places

__all__ = ["hook_time", "hook_time_beside_much", "hook_time_in_need"]

_LINES = "\n".join(f"value_{i} = [{i}, 'text {i}'] if {i} % 2 else None" for i in range(20))
_LONG = "\n".join(f"value_{i} = {{'key': [{i}, 'text {i}'], 'other': None}}  # a line of some length" for i in range(1400))
_TIMED = """
import time as _t
_took = []; _trigger = get_ipython().events.trigger
def _timed(event, *args, **kwargs):
    begin = _t.perf_counter(); answer = _trigger(event, *args, **kwargs)
    if event in ("pre_run_cell", "post_run_cell"): _took.append(_t.perf_counter() - begin)
    return answer
get_ipython().events.trigger = _timed
"""
_TOLD = "import json; open({path!r}, 'w').write(json.dumps(_took))"
_NO_MORE_BYTES = "import resource as _r; _r.setrlimit(_r.RLIMIT_FSIZE, (1, _r.getrlimit(_r.RLIMIT_FSIZE)[1]))"
_AS_MANY_AGAIN = "_r.setrlimit(_r.RLIMIT_FSIZE, (_r.RLIM_INFINITY, _r.RLIM_INFINITY))"
_HOLDS = "import numpy as np\nfor i in range(1000): globals()[f'held_{{i}}'] = np.ones({elements})"
_KERNELS = 8


def hook_time(folder: Path, *, cells: int = 1000) -> list[Row]:
    """Both hooks around a cell of 20 lines, beside the same of a kernel that is not recorded."""
    plain, recorded = (_alone(folder, _LINES, cells, recorded=recorded) for recorded in (False, True))
    return _rows("a 20-line cell", recorded, plain, (("p50", 0.5, 0.6), ("p99", 0.99, 5.0), ("max", 1.0, 50.0)))


def hook_time_in_need(folder: Path) -> list[Row]:
    """The same with cells of 100 KB, while somebody locks the journal, when the disk takes nothing, and with eight kernels."""
    cells = int(os.environ.get("LABJOURNAL_BENCH_CELLS", "500"))
    rows = []
    conditions: tuple[tuple[str, Callable[[Path, int], list[float]], float], ...] = (
        ("a 100 KB cell", lambda folder, cells: _alone(folder, _LONG, cells // 5), 0.6),
        ("a 20-line cell, journal locked", _locked, 0.6),
        ("a 20-line cell, disk full", _full, 0.6),
        (f"a 20-line cell, {_KERNELS} kernels in turns", _together, 0.6),
    )
    for number, (what, measure, usual) in enumerate(conditions):
        place = folder / str(number)
        place.mkdir()
        rows += _rows(
            f"{what}, {cells:,} cells", measure(place, cells), None, (("p50", 0.5, usual), ("p99", 0.99, 5.0), ("max", 1.0, 50.0))
        )
    return rows


def hook_time_beside_much(folder: Path) -> list[Row]:
    """The same beside 1,000 names that hold gigabytes (`LABJOURNAL_BENCH_HELD_GB`, 1): what is looked at does not grow with them."""
    held = float(os.environ.get("LABJOURNAL_BENCH_HELD_GB", "1"))
    cells = int(os.environ.get("LABJOURNAL_BENCH_CELLS", "500"))
    took = []
    for gigabytes in (0.0, held):
        place = folder / str(gigabytes)
        place.mkdir()
        with started(place / "journal", recorded=True, cwd=place) as kernel:
            kernel.run(_HOLDS.format(elements=int(gigabytes * 2**30 / 8 / 1000)) if gigabytes else "pass")
            kernel.run(_TIMED)
            _run(kernel, _LINES, cells)
            took.append(_told(kernel, place))
    told = f"a 20-line cell beside 1,000 names and {held:g} GB (plain: recorded, beside nothing)"
    return _rows(told, took[1], took[0], (("p50", 0.5, 0.6), ("p99", 0.99, 5.0)))


def _alone(folder: Path, source: str, cells: int, *, recorded: bool = True) -> list[float]:
    with started(folder / "journal", recorded=recorded, cwd=folder) as kernel:
        kernel.run(_TIMED)
        _run(kernel, source, cells)
        return _told(kernel, folder)


def _locked(folder: Path, cells: int) -> list[float]:
    """Somebody else writes to the database all the time."""
    with started(folder / "journal", recorded=True, cwd=folder) as kernel:
        kernel.run(_TIMED)
        with _write_lock(folder / "journal"):
            _run(kernel, _LINES, cells)
            return _told(kernel, folder)


@contextlib.contextmanager
def _write_lock(journal: Path) -> Iterator[None]:
    places.prepare(journal)
    connection = sqlite3.connect(journal / places.DATABASE, timeout=60, isolation_level=None)
    try:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")
    finally:
        connection.close()


def _full(folder: Path, cells: int) -> list[float]:
    """No file of the kernel's may grow."""
    with started(folder / "journal", recorded=True, cwd=folder) as kernel:
        kernel.run(_TIMED)
        kernel.run(_NO_MORE_BYTES)
        _run(kernel, _LINES, cells)
        kernel.run(_AS_MANY_AGAIN)
        return _told(kernel, folder)


def _together(folder: Path, cells: int) -> list[float]:
    """One journal, and always one kernel that works: what eight at once would measure is the number of processors."""
    with contextlib.ExitStack() as stack:
        kernels = [stack.enter_context(started(folder / "journal", recorded=True, cwd=folder)) for _ in range(_KERNELS)]
        for kernel in kernels:
            kernel.run(_TIMED)
        for turn in range(cells):
            _run(kernels[turn % _KERNELS], _LINES, 1, first=turn)
        return [each for kernel in kernels for each in _told(kernel, folder)]


def _run(kernel: Kernel, source: str, cells: int, *, first: int = 0) -> None:
    for number in range(first, first + cells):
        kernel.run(f"{source}\nlast = {number}")


def _told(kernel: Kernel, folder: Path) -> list[float]:
    """Seconds of both hooks, cell by cell, without the cell that began to measure."""
    path = folder / "hook.json"
    kernel.run(_TOLD.format(path=str(path)))
    took = json.loads(path.read_text())[1:]
    return [before + after for before, after in zip(took[::2], took[1::2], strict=False)]


def _rows(what: str, recorded: list[float], plain: list[float] | None, bounds: tuple[tuple[str, float, float], ...]) -> list[Row]:
    rows = []
    for name, at, bound in bounds:
        after = quantile(recorded, at) * 1000
        before = quantile(plain, at) * 1000 if plain is not None else 0.0
        told = (ms(before), f"{after - before:+.3f} ms") if plain is not None else ("", "")
        rows.append(Row(f"both hooks around {what}, {name}", ms(after), *told, f"{bound:g} ms", after <= bound))
    return rows
