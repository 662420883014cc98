"""What in a working tree differs from its commit, with the bytes as they stand there: staged, changed, deleted and untracked files.

Files are read and named by us, as they are: no filter, line-end rule or attribute of the repository has a say. Left out, with the
reason: what is named or looks like a secret, what is long, what is inside a submodule, and everything beyond the sums.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import time
from typing import Any, Callable, ContextManager, Dict, Iterator, List, NamedTuple, Optional, Tuple

from labjournal.recorders.git_process import Git
from labjournal.recorders.redaction import Redactor
from labjournal.recorders.secret_files import looks_secret, named_like_a_secret

__all__ = ["Change", "Changes", "blob_id", "changes"]

TRACKED_BYTES = 5_000_000
UNTRACKED_BYTES = 1_000_000
TOTAL_BYTES = 32_000_000
MOST_FILES = 1000
SECRETS_S = 2.0
"""For looking through files for secrets; those there was no time for are left out until the next snapshot."""
_MOST_TOLD = 200
_LINK = "120000"
_RAW = ("--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff")
_SKIPPED = frozenset(
    b".git .hg .svn .venv venv env .env node_modules __pycache__ .ipynb_checkpoints .mypy_cache .pytest_cache .ruff_cache .tox .nox .cache "
    b".dvc .eggs .idea .vscode site-packages .Trash .npm .conda .cargo .rustup".split()
)
_CODE = (b".py", b".ipynb", b".toml", b".cfg", b".ini", b".yaml", b".yml", b".json", b".txt", b".md", b".sql", b".r", b".sh")


class Change(NamedTuple):
    """A file as it stands in the working tree; `mode` is '' where it is gone."""

    mode: str
    blob: str
    data: Optional[bytes]
    """None where git has the content already."""


class Changes(NamedTuple):
    files: Dict[bytes, Change]
    left_out: List[Dict[str, Any]]


class _LeftOut(Exception):
    """Why a file is not taken."""


class _Gathering:
    def __init__(
        self,
        root: str,
        away: Tuple[str, ...],
        redactor: Redactor,
        harmless: Dict[str, bool],
        looked: Callable[[str], ContextManager[None]],
    ) -> None:
        self.root = os.fsencode(root)
        self.away = tuple(os.fsencode(os.path.join(path, "")) for path in away)
        self.redactor = redactor
        self.harmless = harmless
        self.looked = looked
        self.files: Dict[bytes, Change] = {}
        self.left_out: List[Dict[str, Any]] = []
        self.bytes = 0
        self.until = time.thread_time() + SECRETS_S

    def add(self, path: bytes, most: int, like: str, index: Tuple[str, str] = ("", "")) -> None:
        """The file as it is; nothing where it holds what the index says: (mode, blob)."""
        if any(os.path.join(self.root, path).startswith(folder) for folder in self.away):
            return
        name, size = os.fsdecode(path), None
        try:
            if named_like_a_secret(name):
                raise _LeftOut("It is named like a secret.")
            mode, data, size = self._read(path, most)
            if data is None:
                raise _LeftOut("It is too long to be kept." if mode else "It is no ordinary file.")
            blob = blob_id(data, like)
            if (mode, blob) == index:
                return
            if len(self.files) >= MOST_FILES or self.bytes + len(data) > TOTAL_BYTES:
                raise _LeftOut("There are too many changes to keep all.")
            if mode != _LINK and not self._is_harmless(blob, data):
                raise _LeftOut("It looks like a secret.")
        except OSError as problem:
            self.leave_out(name, None, f"It cannot be read: {problem.strerror}.")
        except _LeftOut as reason:
            self.leave_out(name, size, str(reason))
        else:
            self.bytes += len(data)
            self.files[path] = Change(mode, blob, data)

    def _is_harmless(self, blob: str, data: bytes) -> bool:
        if blob not in self.harmless:
            if time.thread_time() > self.until:
                raise _LeftOut("There was no time to look for secrets in it.")
            self.harmless[blob] = not looks_secret(io.BytesIO(data), self.redactor)
        return self.harmless[blob]

    def _read(self, path: bytes, most: int) -> Tuple[str, Optional[bytes], int]:
        full = os.path.join(self.root, path)
        found = os.lstat(full)
        if stat.S_ISLNK(found.st_mode):
            target = os.readlink(full)
            return _LINK, target, len(target)
        if not stat.S_ISREG(found.st_mode):
            return "", None, 0
        mode = "100755" if found.st_mode & 0o100 else "100644"
        if found.st_size > most:
            return mode, None, found.st_size
        with self.looked(os.fsdecode(full)), open(os.open(full, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb") as file:
            data = file.read(most + 1)
        return mode, data if len(data) <= most else None, max(found.st_size, len(data))

    def leave_out(self, path: str, size: Optional[int], reason: str) -> None:
        if len(self.left_out) < _MOST_TOLD:
            self.left_out.append({"path": path, "bytes": size, "reason": reason})


def changes(
    git: Git,
    root: str,
    commit: Optional[str],
    away: Tuple[str, ...],
    redactor: Redactor,
    harmless: Dict[str, bool],
    looked: Callable[[str], ContextManager[None]],
) -> Changes:
    """Everything in which the working tree differs from the commit; from nothing, where there is none.

    `harmless` remembers which blobs were looked through for secrets, `away` are folders that are no part of the project, `looked(path)`
    surrounds our own reading of a file.
    """
    found = _Gathering(root, away, redactor, harmless, looked)
    like = commit or "0" * 40
    for status, mode, blob, path in _staged(git, commit):
        if status == "U":
            found.add(path, TRACKED_BYTES, like)
        elif status != "D" and named_like_a_secret(os.fsdecode(path)):
            found.leave_out(os.fsdecode(path), None, "It is named like a secret.")
        else:
            found.files[path] = Change("" if status == "D" else mode, blob, None)
    for status, index, _, path in _records(git.raw("diff-files", *_RAW, "--ignore-submodules=all")):
        if status == "D":
            found.files[path] = Change("", "", None)
        else:
            found.add(path, TRACKED_BYTES, like, index)
    for path in _untracked(git, root):
        found.add(path, UNTRACKED_BYTES, like)
    for name in _submodules(git, root):
        found.leave_out(name, None, "What is not committed in a submodule is not kept.")
    return Changes(found.files, found.left_out)


def blob_id(data: bytes, like: str) -> str:
    """The name that git gives to a blob, with the hash that `like` was made with."""
    digest = hashlib.sha256() if len(like) == 64 else hashlib.new("sha1")
    digest.update(b"blob %d\0" % len(data))
    digest.update(data)
    return digest.hexdigest()


def _staged(git: Git, commit: Optional[str]) -> Iterator[Tuple[str, str, str, bytes]]:
    """(status, mode, blob, path) of what the index says and the commit does not."""
    if commit is not None:
        for status, _, (mode, blob), path in _records(git.raw("diff-index", "--cached", *_RAW, commit, "--")):
            yield status, mode, blob, path
        return
    for line in git.listed("ls-files", "-s", "-z"):
        facts, _, path = line.partition(b"\t")
        mode, blob, stage = facts.decode("ascii").split(" ")
        yield "A" if stage == "0" else "U", mode, blob, path


def _records(raw: bytes) -> Iterator[Tuple[str, Tuple[str, str], Tuple[str, str], bytes]]:
    """(status, (mode, blob) before, (mode, blob) after, path) of each record of `--raw -z`."""
    fields = raw.split(b"\0")
    for record, path in zip(fields[::2], fields[1::2]):
        parts = record.decode("ascii", "replace").split(" ")
        if len(parts) >= 5 and parts[0].startswith(":"):
            yield parts[4][:1], (parts[0][1:], parts[2]), (parts[1], parts[3]), path


def _untracked(git: Git, root: str) -> List[bytes]:
    """Files that git neither knows nor ignores, code first; nothing in environments and caches, nor in a home folder that is a repository."""
    if os.path.realpath(root) == os.path.realpath(os.path.expanduser("~")):
        return []
    names = git.listed("ls-files", "-o", "--exclude-standard", "-z")
    environments = tuple(name[: -len(b"pyvenv.cfg")] for name in names if name.endswith(b"/pyvenv.cfg"))
    wanted = [
        name
        for name in names
        if not name.endswith(b"/")
        and _SKIPPED.isdisjoint(name.split(b"/")[:-1])
        and not (environments and name.startswith(environments))
    ]
    return sorted(wanted, key=lambda name: (not name.lower().endswith(_CODE), name.count(b"/"), name))


def _submodules(git: Git, root: str) -> List[str]:
    if not os.path.isfile(os.path.join(root, ".gitmodules")):
        return []
    lines = git.text("config", "-z", "-f", ".gitmodules", "--get-regexp", r"^submodule\..*\.path$", allow=(0, 1))
    return [line.partition("\n")[2] for line in lines.split("\0") if line]
