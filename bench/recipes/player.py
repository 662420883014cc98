"""Plays cells in a fresh shell and a fresh folder: in a child of this process, which has imported the large libraries already.

What each cell showed, how it ended and which files of the folder it read and left is told back: what a kernel's recorders would have seen.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import io
import json
import os
import re
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Played", "play", "prepare"]

_COUNT = re.compile(r"Out\[\d+\]: ?")
_WITHIN_S = 60


@dataclass(frozen=True)
class Played:
    """One cell, played."""

    status: str
    shown: str
    read: dict[str, str]
    """Path → digest, before the cell wrote."""
    written: dict[str, str]
    deleted: list[str]
    line: int = 0
    """The line of the cell in which it failed."""


def prepare() -> None:
    """Imports what would be imported again and again."""
    import matplotlib

    matplotlib.use("Agg")
    for name in ("IPython.core.interactiveshell", "matplotlib.pyplot", "numpy", "pandas", "sklearn.linear_model"):
        importlib.import_module(name)


def play(sources: Sequence[str]) -> list[Played]:
    """Executes the cells, one after the other; those behind the death of the child are missing."""
    with (
        tempfile.TemporaryDirectory(prefix="labjournal-recipe-") as folder,
        tempfile.TemporaryDirectory(prefix="labjournal-ipython-") as ipython,
    ):
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            _in_child(sources, folder, ipython, writer)
        os.close(writer)
        with os.fdopen(reader, encoding="utf-8") as answers:
            told = [Played(**json.loads(line)) for line in answers]
        os.waitpid(child, 0)
    return told


def _in_child(sources: Sequence[str], folder: str, ipython: str, writer: int) -> None:
    try:
        signal.alarm(_WITHIN_S)
        null = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 2):
            os.dup2(null, standard)
        os.chdir(folder)
        sys.path.insert(0, folder)
        with os.fdopen(writer, "w", encoding="utf-8") as answers:
            shell = _shell(ipython)
            watch = _Watch(folder)
            for source in sources:
                answers.write(json.dumps(_played(shell, source, watch)) + "\n")
                answers.flush()
    finally:
        os._exit(0)


def _shell(ipython: str) -> Any:
    os.environ["IPYTHONDIR"] = ipython
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    return InteractiveShell.instance(config=config)


def _played(shell: Any, source: str, watch: _Watch) -> dict[str, Any]:
    watch.begin()
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(io.StringIO()):
        done = shell.run_cell(source, store_history=True)
    read, written, deleted = watch.end()
    problem = done.error_in_exec or done.error_before_exec
    text = shown.getvalue() if done.success else type(problem).__name__
    return {
        "line": 0 if done.error_in_exec is None else _line(done.error_in_exec),
        "status": "ok" if done.success else "failed",
        "shown": _COUNT.sub("", text),
        "read": read,
        "written": written,
        "deleted": deleted,
    }


def _line(problem: BaseException) -> int:
    """The line of the cell: the first frame of the traceback that is a cell's own."""
    trace = problem.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_name == "<module>" and "IPython/" not in trace.tb_frame.f_code.co_filename:
            return trace.tb_lineno
        trace = trace.tb_next
    return 0


class _Watch:
    """Files of the folder that were opened, by the interpreter's audit, and what changed in it."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder).resolve()
        self._before: dict[str, str] = {}
        self._opened: set[str] = set()
        self._on = False
        sys.addaudithook(self._hear)

    def begin(self) -> None:
        self._before, self._opened, self._on = self._contents(), set(), True

    def end(self) -> tuple[dict[str, str], dict[str, str], list[str]]:
        self._on = False
        after = self._contents()
        read = {path: self._before[path] for path in self._opened if path in self._before}
        written = {path: digest for path, digest in after.items() if self._before.get(path) != digest}
        return read, written, [path for path in self._before if path not in after]

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._on or event not in ("open", "sqlite3.connect"):
            return
        if event == "open" and isinstance(arguments[1], str) and arguments[1][:1] in "wax" and "+" not in arguments[1]:
            return
        if isinstance(arguments[0], (str, os.PathLike)):
            self._opened.add(os.path.abspath(os.fspath(arguments[0])))

    def _contents(self) -> dict[str, str]:
        on, self._on = self._on, False
        found = {}
        for path in self._folder.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
        self._on = on
        return found
