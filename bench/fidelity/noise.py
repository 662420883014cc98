"""Another program at work in the project: saves a notebook, appends to a log, reads data. Run as a script: `python noise.py PROJECT`.

Nothing that it does is the kernel's doing; whatever is claimed of it is a false claim.
"""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

__all__ = ["NAMES", "at_work"]

NAMES = ("busy.ipynb", "data/busy.log", "out/busy.csv")
"""What it writes, below the project."""
_EVERY_S = 0.2


@contextlib.contextmanager
def at_work(project: Path) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, __file__, str(project)])
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _work(project: Path) -> None:
    chance = random.Random(1)
    notebook, log, table = (project / name for name in NAMES)
    while True:
        part = notebook.with_suffix(".part")
        part.write_text(f'{{"cells": [], "turn": {chance.random()}}}')
        os.replace(part, notebook)
        with log.open("a") as file:
            file.write(f"{time.time()}\n")
        table.write_text(f"{chance.random()}\n")
        files = [entry.path for entry in os.scandir(project / "data") if entry.is_file()]
        for path in chance.sample(files, 3) if len(files) > 3 else files:
            with open(path, "rb") as file:
                file.read()
        time.sleep(_EVERY_S)


if __name__ == "__main__":
    _work(Path(sys.argv[1]))
