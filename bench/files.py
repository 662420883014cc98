"""What seeing files costs: per open, per cell, per thousand and per hundred thousand files. CPU time of the user's thread where it can be."""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any

from bench.kernels import Kernel, pair
from bench.rows import Row, ms, seconds

__all__ = ["FILE_MEASURES"]

_SETUP = """
import json, os, time, gc
import pandas as pd
def _told(value):
    with open(_answer, 'w') as file: json.dump(value, file)
_moments = []; _trigger = get_ipython().events.trigger
def _timed(event, *args, **kwargs):
    begin = time.thread_time(); answer = _trigger(event, *args, **kwargs)
    if event in ("pre_run_cell", "post_run_cell"): _moments.append((event, time.thread_time() - begin))
    return answer
get_ipython().events.trigger = _timed
for i in range(300):
    with open(f'd{i}.csv', 'w') as file: file.write('a,b\\n' + '1,2\\n' * 300)
frame = pd.read_csv('d0.csv'); frame.to_parquet('d.parquet')
"""
_LEAST = """
_took = []
for _round in range({rounds}):
    gc.collect(); _begin = time.thread_time()
    for _i in range({times}): {statement}
    _took.append((time.thread_time() - _begin) / {times})
_told(min(_took))
"""


def _ask(kernel: Kernel, folder: Path, code: str) -> Any:
    """What a cell measured of itself."""
    kernel.run(code)
    return json.loads((folder / "answer.json").read_text())


def _both(kernels: tuple[Kernel, Kernel], folders: tuple[Path, Path], code: str) -> tuple[Any, Any]:
    """(plain, recorded)"""
    plain, recorded = (_ask(kernel, folder, code) for kernel, folder in zip(kernels, folders, strict=True))
    return plain, recorded


class _Pair:
    """Two kernels in folders of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folders = (folder / "plain", folder / "recorded")
        self._pair = pair(folder / "journal")

    def __enter__(self) -> _Pair:
        self.kernels = self._pair.__enter__()
        for kernel, folder in zip(self.kernels, self.folders, strict=True):
            folder.mkdir(exist_ok=True)
            kernel.run(f"import os; os.chdir({str(folder)!r}); _answer = {str(folder / 'answer.json')!r}")
            kernel.run(_SETUP)
        return self

    def __exit__(self, *problem: Any) -> None:
        self._pair.__exit__(*problem)

    def ask(self, code: str) -> tuple[Any, Any]:
        return _both(self.kernels, self.folders, code)


def opens(folder: Path) -> list[Row]:
    """One file opened again and again, different files, whole readers."""
    rows = []
    with _Pair(folder) as both:
        code = _LEAST.format(rounds=300, times=300, statement="open('d0.csv').close()")
        before, after = (value * 1e6 for value in both.ask(code))
        rows.append(
            Row(
                "open and close a file, again and again",
                f"{after:.2f} µs",
                f"{before:.2f} µs",
                f"{after - before:+.2f} µs",
                "+2.5 µs",
                after - before <= 2.5,
            )
        )
        for label, statement, rounds, times, bound in (
            ("100,000 times open, read, close", "open('d1.csv').read()", 1, 100_000, 1.25),
            ("read_csv of 300 rows", "pd.read_csv('d2.csv')", 30, 30, 1.05),
            ("read_parquet of 300 rows", "pd.read_parquet('d.parquet')", 30, 30, 1.05),
        ):
            before, after = both.ask(_LEAST.format(rounds=rounds, times=times, statement=statement))
            ratio = after / before
            rows.append(Row(label, _small(after), _small(before), f"× {ratio:.3f}", f"× {bound}", ratio <= bound))
        code = _LEAST.format(rounds=1, times=300, statement="open(f'd{_i}.csv').read()")
        before, after = (statistics.median(times) * 1e6 for times in zip(*(both.ask(code) for _ in range(5)), strict=True))
        rows.append(
            Row(
                "open, read, close 300 different files, once each",
                f"{after:.1f} µs",
                f"{before:.1f} µs",
                f"{after - before:+.1f} µs each",
            )
        )
    return rows


def moments(folder: Path) -> list[Row]:
    """What the two moments around a cell take of the user's thread, by what the cell did to files."""
    rows = []
    cells = (
        ("an ordinary cell", "total = sum(range(100))", 60, 1.0),
        ("a cell that reads a table", "frame = pd.read_csv('d3.csv')", 30, None),
        (
            "a cell that writes 1,000 files",
            "for i in range(1000):\n    with open(f'o{i}.txt', 'w') as file: _ = file.write(str(time.time()))",
            5,
            20.0,
        ),
    )
    with _Pair(folder) as both:
        for label, code, times, bound in cells:
            taken = []
            for kernel, place in zip(both.kernels, both.folders, strict=True):
                kernel.run("_moments.clear()")
                for _ in range(times):
                    kernel.run(code)
                _ask(kernel, place, "_told(_moments)")
                found = [took for _, took in json.loads((place / "answer.json").read_text())][1:-1]
                taken.append([begin + end for begin, end in zip(found[::2], found[1::2], strict=False)])
            before, after = (statistics.median(values) * 1000 for values in taken)
            added = after - before
            rows.append(
                Row(
                    f"both moments of {label}",
                    ms(after),
                    ms(before),
                    f"{added:+.2f} ms",
                    f"+{bound:g} ms" if bound else "",
                    None if bound is None else added <= bound,
                )
            )
    return rows


def many(folder: Path) -> list[Row]:
    """A cell that reads 100,000 files, and one that opens 5 GB."""
    rows = []
    with _Pair(folder) as both:
        for kernel in both.kernels:
            kernel.run("os.mkdir('many')\nfor i in range(100_000): open(f'many/{i}', 'w').close()")
            kernel.run("with open('huge.bin', 'w') as file: file.truncate(5 << 30)")
        code = "_n = 0\nfor name in os.listdir('many'):\n    with open(f'many/{name}') as file: _n += len(file.read())"
        sizes, times = [], []
        for kernel in both.kernels:
            size = kernel.memory_bytes()
            times.append(kernel.run(code))
            sizes.append((kernel.memory_bytes() - size) / 2**20)
        rows.append(
            Row(
                "memory after a cell that read 100,000 files",
                f"{sizes[1]:+.0f} MiB",
                f"{sizes[0]:+.0f} MiB",
                "",
                "+100 MiB",
                sizes[1] - sizes[0] <= 100,
            )
        )
        rows.append(
            Row("a cell that reads 100,000 different files", seconds(times[1]), seconds(times[0]), f"× {times[1] / times[0]:.2f}")
        )
        before, after = (min(kernel.run("head = open('huge.bin', 'rb').read(100)") for _ in range(5)) for kernel in both.kernels)
        rows.append(
            Row(
                "a cell that opens a file of 5 GiB",
                ms(after * 1000),
                ms(before * 1000),
                f"{(after - before) * 1000:+.1f} ms",
                "+5 ms",
                after - before <= 0.005,
            )
        )
    return rows


def _small(seconds_each: float) -> str:
    return f"{seconds_each * 1e6:.1f} µs"


FILE_MEASURES = {"opens": opens, "moments": moments, "many-files": many}
