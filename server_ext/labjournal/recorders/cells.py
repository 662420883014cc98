"""Which cell an execution was, and of which notebook, where the client does not say: told from the sources that were executed.

Clients that run notebooks (nbclient, nbconvert, papermill) send code without the id of its cell, and as a library they leave no sign
of the notebook's path either. The notebook lies on disk, though. Where its path is known, the executed source is looked up in it.
Where it is not, the notebook is the one in the working folder that holds every source executed so far, in this order, and is the
only one that does. Nothing is guessed: what two cells or two notebooks could be remains unknown. A kernel whose client names its
cells never loads what reads notebooks.
"""

from __future__ import annotations

import os
import re
import stat
from time import time
from typing import TYPE_CHECKING, Iterable, Iterator

from labjournal.events import CellSeen, Event, NotebookSeen
from labjournal.recorders import Context, Execution, Recorder

if TYPE_CHECKING:
    from labjournal.recorders.notebook_file import Follower, NotebookFile

__all__ = ["CellsRecorder"]

TELLING_CHARACTERS = 40
"""Less source than this may stand in many a notebook."""
TELLING_EXECUTIONS = 2
"""One cell is not enough while more may come: many notebooks begin with the same imports."""
_MOST_NOTEBOOKS = 50
_MOST_BYTES_TOGETHER = 100_000_000
_MOST_ENTRIES = 20_000
_MOST_EXECUTIONS = 200
"""After so many it is not known which notebook it is, and will not be."""


class _Executed:
    __slots__ = ("characters", "digest", "n")

    def __init__(self, n: int, source: str) -> None:
        from labjournal.recorders.notebook_file import digest_of

        self.n = n
        self.digest = digest_of(source)
        self.characters = len(source.strip())


class CellsRecorder(Recorder):
    """Yields CellSeen for executions that come without a cell's id, and NotebookSeen where the sources tell the notebook."""

    name = "cells"

    def __init__(self, context: Context) -> None:
        self._context = context
        self._paths: list[str] = []
        """Notebooks that it may be."""
        self._candidates: list[_Candidate] | None = None
        self._executed: list[_Executed] = []
        self._follower: Follower | None = None
        self._over = False

    def run_started(self) -> Iterable[Event]:
        if self._context.notebook() is None:
            self._paths = _notebooks_in(self._context.folder)
        return ()

    def collect(self, execution: Execution) -> Iterable[Event]:
        if execution.cell_id is not None:
            self._over = True  # this client names its cells: what comes without a name is of none
        if self._over:
            return ()
        if self._follower is None:
            self._follower = _following(self._context.notebook())
        if self._follower is not None:
            return self._cell(self._follower, _Executed(execution.n, execution.source))
        return self._search(execution) if self._paths else ()

    def run_ended(self) -> Iterable[Event]:
        return () if self._over or self._follower is not None else self._told(executions=1)

    def forked(self) -> None:
        self._over = True

    def _cell(self, follower: Follower, done: _Executed) -> Iterator[Event]:
        cell = follower.place(done.digest)
        if cell is not None and cell.id is not None:
            yield CellSeen(self._context.run, done.n, cell.id, cell.position)

    def _search(self, execution: Execution) -> Iterator[Event]:
        """One more execution that the notebook must hold."""
        if self._candidates is None:
            self._candidates = _candidates(self._paths, execution.source)
        self._executed.append(_Executed(execution.n, execution.source))
        if len(self._executed) > _MOST_EXECUTIONS:
            self._paths, self._candidates, self._executed = [], None, []
        yield from self._told(TELLING_EXECUTIONS)

    def _told(self, executions: int) -> Iterator[Event]:
        """The notebook and its cells, where they can be told from so many executions."""
        left = [candidate for candidate in self._candidates or () if candidate.holds(self._executed)]
        enough = sum(done.characters for done in self._executed) >= TELLING_CHARACTERS and len(self._executed) >= executions
        if len(left) == 1 and enough:
            self._follower = left[0].follower()
            yield NotebookSeen(self._context.run, left[0].path, learnt="content", seen=time())
            for done in self._executed:
                yield from self._cell(self._follower, done)
            self._paths, self._candidates, self._executed = [], None, []


class _Candidate:
    """A notebook that it may be, as long as it holds what was executed."""

    def __init__(self, file: NotebookFile) -> None:
        self.path = file.path
        self._file = file
        self._next = 0
        self._known = 0
        """As many executions have been found in it, in their order."""

    def holds(self, executed: list[_Executed]) -> bool:
        """Whether everything executed stands in it as a code cell, each behind the one before it."""
        if self._file.refresh():
            self._next = self._known = 0
        cells = self._file.cells
        for done in executed[self._known :]:
            found = next((at for at in range(self._next, len(cells)) if cells[at].digest == done.digest), None)
            if found is None:
                return False
            self._next = found + 1
            self._known += 1
        return True

    def follower(self) -> Follower:
        from labjournal.recorders.notebook_file import Follower

        return Follower(self._file)


def _following(path: str | None) -> Follower | None:
    if not path:
        return None
    from labjournal.recorders.notebook_file import Follower, NotebookFile

    return Follower(NotebookFile(path))


def _candidates(paths: list[str], source: str) -> list[_Candidate]:
    """The notebooks that it may be; what does not even hold the longest word of the first execution is not looked at closely."""
    from labjournal.recorders.notebook_file import NotebookFile

    telling = max(re.findall("[A-Za-z0-9_]{1,60}", source[:100_000]), key=len, default="").encode("ascii")
    return [_Candidate(NotebookFile(path, telling)) for path in paths]


def _notebooks_in(folder: str) -> list[str]:
    """The notebooks of a folder, each once; none where there are too many, or one is too large, to look at them all."""
    from labjournal.recorders.notebook_file import MOST_BYTES

    if os.path.basename(folder) == ".ipynb_checkpoints":
        return []
    names: dict[str, list[str]] = {}
    together = 0
    try:
        with os.scandir(folder) as entries:
            for count, entry in enumerate(entries):
                size = _size(entry) if entry.name.endswith(".ipynb") else -1
                if size >= 0:
                    names.setdefault(os.path.realpath(entry.path), []).append(entry.path)
                    together += size
                if count > _MOST_ENTRIES or len(names) > _MOST_NOTEBOOKS or size > MOST_BYTES or together > _MOST_BYTES_TOGETHER:
                    return []
    except OSError:
        return []
    return [paths[0] if len(paths) == 1 else real for real, paths in sorted(names.items())]


def _size(entry: os.DirEntry[str]) -> int:
    """Bytes of a file, -1 for what is none."""
    try:
        status = entry.stat()
    except OSError:
        return -1
    return status.st_size if stat.S_ISREG(status.st_mode) else -1
