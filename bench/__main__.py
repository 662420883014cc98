"""`python -m bench [NAME …] [--write docs/benchmarks.md] [--corpus DIR]`: measures and prints a table."""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import sys
import tempfile
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

import psutil

from bench.measures import MEASURES
from bench.notebooks import notebooks
from bench.rows import Row

_HEAD = "| what | recorded | plain | difference | promised | kept |\n| --- | --- | --- | --- | --- | --- |\n"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to measure: {', '.join(MEASURES)} (all)")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the table into this file too")
    parser.add_argument(
        "--notebooks",
        type=Path,
        metavar="FOLDER",
        help="execute every notebook below this folder, both ways; each folder in it is a project",
    )
    parser.add_argument("--kernel", default="python3", help="kernelspec for these notebooks")
    chosen = parser.parse_args(arguments)
    unknown = set(chosen.names) - MEASURES.keys()
    if unknown:
        parser.error(f"nothing is called {', '.join(sorted(unknown))}; choose from {', '.join(MEASURES)}")
    rows: list[Row] = []
    print(_machine(), "\n", _HEAD, sep="", end="", flush=True)
    measures = [MEASURES[name] for name in chosen.names or (() if chosen.notebooks else MEASURES)]
    if chosen.notebooks:
        measures.append(partial(notebooks, top=chosen.notebooks, kernel=chosen.kernel))
    for measure in measures:
        with tempfile.TemporaryDirectory(prefix="labjournal-bench-") as folder:
            for row in measure(Path(folder)):
                rows.append(row)
                print(_line(row), flush=True)
    if chosen.write:
        _write(chosen.write, rows)
    return 0


def _machine() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in ("ipykernel", "ipython", "jupyterlab"))
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{datetime.now().astimezone():%Y-%m-%d} · {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.release()} · "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {packages}\n"
    )


def _line(row: Row) -> str:
    kept = {None: "", True: "yes", False: "**no**"}[row.kept]
    return f"| {row.what} | {row.value} | {row.plain} | {row.ratio} | {row.bound} | {kept} |"


def _write(path: Path, rows: Sequence[Row]) -> None:
    """Replaces what stands below the line '<!-- measured -->'."""
    mark = "<!-- measured -->"
    before = path.read_text().split(mark)[0] if path.exists() else ""
    path.write_text(f"{before}{mark}\n\n{_machine()}\n{_HEAD}" + "\n".join(map(_line, rows)) + "\n")


if __name__ == "__main__":
    sys.exit(main())
