"""Run by a Python that has ipyflow: afternoons as JSON lines on standard input, the numbers of each one's dynamic slice as JSON lines out.

Every afternoon is played in a child of its own, in a folder of its own, under ipyflow's extension; nothing of labjournal is imported.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import signal
import sys
import tempfile

WITHIN_S = 60


def main() -> None:
    for name in ("ipyflow", "IPython.core.interactiveshell", "numpy", "pandas", "matplotlib", "sklearn.linear_model"):
        importlib.import_module(name)
    sys.modules["matplotlib"].use("Agg")
    for line in sys.stdin:
        sys.stdout.write(json.dumps(sliced(json.loads(line))) + "\n")
        sys.stdout.flush()


def sliced(cells: list[str]) -> list[int] | None:
    """Numbers of the executions in the slice of the last one; None where it could not be asked."""
    folder = tempfile.mkdtemp(prefix="labjournal-ipyflow-")
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reader)
            signal.alarm(WITHIN_S)
            null = os.open(os.devnull, os.O_RDWR)
            for standard in (0, 1, 2):
                os.dup2(null, standard)
            os.chdir(folder)
            sys.path.insert(0, folder)
            with os.fdopen(writer, "w") as answer:
                answer.write(json.dumps(played(cells, folder)))
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        told = answer.read()
    os.waitpid(child, 0)
    shutil.rmtree(folder, ignore_errors=True)
    numbers: list[int] | None = json.loads(told) if told else None
    return numbers


def played(cells: list[str], folder: str) -> list[int]:
    os.environ["IPYTHONDIR"] = os.path.join(folder, ".ipython")
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=config)
    shell.run_line_magic("load_ext", "ipyflow")
    for source in cells:
        shell.run_cell(source, store_history=True)
    target = importlib.import_module("ipyflow").cells().at_counter(len(cells))
    return sorted({part.timestamp.cell_num for part in target.make_slice()} | {len(cells)})


if __name__ == "__main__":
    main()
