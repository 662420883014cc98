"""What was written and removed below the working folder, told by looking at it again: for machines without events of files.

A look is a stat of every file, on the helper thread, after each execution; a change belongs to the execution in whose time it falls
by the file's own times. Reads leave nothing to see. Bounded by files and by time: what is beyond is not seen, and that is said.
"""

from __future__ import annotations

import os
import stat
import time
from typing import Dict, Iterable, List, Set, Tuple

from labjournal.recorders.digests import StatKey
from labjournal.recorders.file_rules import Rules
from labjournal.recorders.work_tree import Walk

__all__ = ["Snapshots"]

_MOST_FILES = 20_000
_MOST_FOLDERS = 2_000
_LONGEST_S = 0.5
_SLACK_S = 0.01
"""By so much a file's time may lie before the moment at which it was changed."""
_TICK_S = 0.005
"""By so much at least on most systems."""


class Snapshots:
    """Remembers the files of a tree by stat key."""

    def __init__(self, top: str, rules: Rules) -> None:
        self.cut = ""
        """A sentence on what is not looked at, '' where all is."""
        self._top = top
        self._rules = rules
        self._files: Dict[str, StatKey] = {}
        self._slow = False
        self._linked: Set[str] = set()
        """Files with more names than one."""
        self._began = time.time()
        self._ended = 0.0
        """When the execution ended that was looked at last: what changed until then was its doing."""

    def start(self) -> None:
        """The first look, which may come when cells have changed files already. Helper thread."""
        self._files = {path: _NEVER if self._is_new(path, key) else key for path, key in self._look().items()}

    def changes(
        self, started: float, ended: float, gone: Iterable[str] = ()
    ) -> Tuple[List[Tuple[str, StatKey | None, StatKey]], List[Tuple[str, StatKey]]]:
        """(written: path, before, after; removed: path, before) between two times, as far as it can still be told. Helper thread.

        Of what is known to be `gone` it is not told again.
        """
        if self._slow or not self._top:
            return [], []
        before, self._files = self._files, self._look()
        since, self._ended = max(started - _SLACK_S, self._ended - _TICK_S), ended
        if self._slow:
            return [], []
        written = [
            (path, before.get(path), key)
            for path, key in self._files.items()
            if not _same(before.get(path), key) and since <= _changed(key) <= ended
        ]
        for path, key in self._files.items():
            if not _same(before.get(path), key) and _changed(key) > ended:
                # A later execution's: it must look new to the look after that one.
                self._files[path] = before.get(path, _NEVER)
        for path in gone:
            if path not in self._files:
                before.pop(path, None)
        removed = []
        for path, key in before.items():
            if path not in self._files and key is not _NEVER:
                if _folder_changed(path) > ended:
                    self._files[path] = key  # perhaps a later execution's: it is missed again when that one is looked at
                else:
                    removed.append((path, key))
        return written, removed

    def _is_new(self, path: str, key: StatKey) -> bool:
        """Whether a file was changed since the run began, or came to its place; one that got a second name did not."""
        since = self._began - _TICK_S
        return key.mtime_ns / 1e9 >= since or (key.ctime_ns / 1e9 >= since and path not in self._linked)

    def _look(self) -> Dict[str, StatKey]:
        began, found = time.monotonic(), {}
        self._linked.clear()
        walk = Walk(self._top, self._rules, most=_MOST_FOLDERS, within_s=_LONGEST_S)
        for folder in walk:
            try:
                with os.scandir(folder) as listing:
                    for entry in listing:
                        facts = entry.stat(follow_symlinks=False)
                        if stat.S_ISREG(facts.st_mode):
                            if facts.st_nlink > 1:
                                self._linked.add(entry.path)
                            found[entry.path] = StatKey(
                                facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns
                            )
            except OSError:
                continue
            if len(found) > _MOST_FILES or time.monotonic() - began > 2 * _LONGEST_S:
                self._slow = True
                break
            time.sleep(0)
        if self._slow or walk.cut:
            self._slow = True
            self.cut = f"{self._top} holds too many files to be looked through after each cell; what is written there is seen only where Python writes it."
        return found


_NEVER = StatKey(-1, -1, -1, -1, -1)
"""Not there the last time that counted."""


def _same(before: StatKey | None, now: StatKey) -> bool:
    """The time of change alone is rights, names and the like."""
    return before is not None and before[:4] == now[:4]


def _folder_changed(path: str) -> float:
    """When something in the folder of a file came or went last; 0 where the folder is gone, too."""
    try:
        return os.stat(os.path.dirname(path)).st_mtime
    except OSError:
        return 0.0


def _changed(key: StatKey) -> float:
    return max(key.mtime_ns, key.ctime_ns) / 1e9
