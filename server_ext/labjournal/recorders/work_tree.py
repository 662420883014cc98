"""The folders of a project in which data may lie: from the top, near ones first, until there are too many.

Left out are version control, environments, caches and what else is nobody's data, and what is mounted there from other computers,
where looking around takes long. Symbolic links are followed to the folders they lead to, once each.
"""

from __future__ import annotations

import os
import time
from collections import deque
from typing import Deque, Iterator, List, Optional, Set, Tuple

from labjournal.recorders.file_rules import IGNORED, Rules

__all__ = ["Walk", "files_in", "remote_file_systems"]

_SKIPPED = frozenset((
    ".git", ".hg", ".svn", "node_modules", "__pycache__", ".ipynb_checkpoints", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".tox", ".nox",
    ".cache", ".conda", ".npm", ".cargo", ".rustup", ".ipython", ".jupyter", ".local", ".config", ".vscode", ".vscode-server", ".Trash",
))  # fmt: skip
_ENVIRONMENT_SIGNS = ("pyvenv.cfg", "conda-meta")
_REMOTE = frozenset((
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "gpfs", "beegfs", "fuse.sshfs", "fuse.s3fs", "fuse.gcsfuse",
    "fuse.rclone", "fuse.glusterfs", "fuse.ceph", "fuse.davfs",
))  # fmt: skip
_MOUNTS = "/proc/self/mountinfo"
_MOST_ENTRIES_IN_ONE = 50_000
_MOST_ENTRIES = 400_000
_MOST_FILES_IN_ONE = 5_000
_BREATH_ENTRIES = 2_000
_BREATH_S = 0.0005


class Walk:
    """Iterates over folders as they really are (no symbolic links in their paths)."""

    def __init__(
        self, top: str, rules: Rules, *, most: int, depth: int = 64, within_s: float = 10.0, remote: Optional[List[str]] = None
    ) -> None:
        self.cut = ""
        """Why not all folders were gone through, '' if all were."""
        self.linked_files: List[str] = []
        """Folders that hold what symbolic links to files lead to."""
        self._rules = rules
        self._most = most
        self._deadline = time.monotonic() + within_s
        self._entries = 0
        self._remote = [mount for mount, _ in remote_file_systems()] if remote is None else remote
        self._seen: Set[str] = set()
        self._waiting: Deque[Tuple[str, int]] = deque(((os.path.realpath(top), depth),))

    def __iter__(self) -> Iterator[str]:
        while self._waiting:
            folder, depth = self._waiting.popleft()
            if folder in self._seen or not self._wanted(folder):
                continue
            if len(self._seen) >= self._most:
                self.cut = f"more than {self._most:,} folders"
                return
            if self._entries > _MOST_ENTRIES or time.monotonic() > self._deadline:
                self.cut = "too many files to look through"
                return
            below = self._below(folder)
            if below is None:
                continue
            self._seen.add(folder)
            yield folder
            if depth > 0:
                self._waiting.extend((path, depth - 1) for path in below)

    def _wanted(self, folder: str) -> bool:
        return self._rules.verdict(os.path.join(folder, "x")) != IGNORED and folder not in self._remote

    def _below(self, folder: str) -> List[str] | None:
        """The folders in a folder; None where it cannot be entered, or is an environment of its own."""
        found: List[str] = []
        entries = 0
        try:
            with os.scandir(folder) as listing:
                for entry in listing:
                    entries += 1
                    if entries > _MOST_ENTRIES_IN_ONE:
                        break
                    if entries % _BREATH_ENTRIES == 0:
                        time.sleep(_BREATH_S)
                    if entry.name in _ENVIRONMENT_SIGNS:
                        return None
                    if entry.is_symlink():
                        self._follow(entry.path, found)
                    elif entry.is_dir(follow_symlinks=False) and entry.name not in _SKIPPED:
                        found.append(entry.path)
        except OSError:
            return [] if entries else None
        finally:
            self._entries += entries
        return found

    def _follow(self, link: str, found: List[str]) -> None:
        try:
            target = os.path.realpath(link)
            if os.path.isdir(target):
                found.append(target)
            elif os.path.isfile(target):
                self.linked_files.append(os.path.dirname(target))
        except OSError:
            pass


def files_in(folder: str) -> List[str]:
    """The files that stand in a folder, the first of very many."""
    try:
        with os.scandir(folder) as listing:
            return [entry.path for _, entry in zip(range(_MOST_FILES_IN_ONE), listing) if entry.is_file(follow_symlinks=False)]
    except OSError:
        return []


def remote_file_systems() -> List[Tuple[str, str]]:
    """(where, type) of what is mounted from other computers; nothing where the system does not say."""
    found: List[Tuple[str, str]] = []
    try:
        with open(_MOUNTS, "rb") as mounts:
            for line in mounts:
                before, _, after = line.partition(b" - ")
                fields, kind = before.split(), os.fsdecode(after.split(b" ", 1)[0])
                if kind in _REMOTE and len(fields) > 4:
                    found.append((os.fsdecode(fields[4]).replace("\\040", " "), kind))
    except OSError:
        pass
    return found
