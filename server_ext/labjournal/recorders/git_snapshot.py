"""A commit of everything that is not committed, below `refs/labjournal` in the user's repository.

    refs/labjournal/runs/<run>   the latest snapshot of a run; its parents: HEAD as it was then, and the run's snapshot before

The user's index, working tree, stash, branches and reflogs are not touched, hooks and filters are not called: `git fast-import` gets the
commit as text, with the bytes that were read and looked through here, and writes objects and this one reference. `git status`, `git stash
list`, `git branch -a`, clone and push of a branch do not show it; `git log --all` and `git push --mirror` do.

Nothing is written where nothing differs, nor twice for the same. Above `MOST_REFERENCES` runs in one repository the oldest references
go; their objects go with git's own clearing up. `forget` removes a run's reference. LABJOURNAL_SNAPSHOTS=0 switches all of it off.
"""

from __future__ import annotations

import glob
import hashlib
import os
import time
from contextlib import contextmanager
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

from labjournal.recorders import Context
from labjournal.recorders.git_changes import Change, changes
from labjournal.recorders.git_process import Git, GitFailed

__all__ = ["MOST_REFERENCES", "REFERENCES", "Snapshot", "Snapshots", "reference", "remove"]

REFERENCES = "refs/labjournal/runs/"
MOST_REFERENCES = 300
MOST_BYTES = 100_000_000
"""What all snapshots of a run may add to a repository."""
_MOST_SNAPSHOTS = 100
_AUTHOR = b"labjournal <labjournal@localhost>"


class Snapshot(NamedTuple):
    """`snapshot` is None where nothing is uncommitted."""

    ref: str
    snapshot: Optional[str]
    commit: Optional[str]
    files: int
    bytes: int
    left_out: List[Dict[str, Any]]
    reason: str = ""


class Snapshots:
    """Those of one run."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._harmless: Dict[str, bool] = {}
        self._signature: object = None
        self._last = ""
        self._count = self._bytes = 0

    def take(self, git: Git, root: str, commit: Optional[str]) -> Optional[Snapshot]:
        """The state as it is now; None where it is as it was."""
        ref = reference(self._context.run)
        found = changes(git, root, commit, (str(self._context.journal),), self._context.redactor, self._harmless, self._looking)
        signature = self._signature_of(root, commit, found.files, found.left_out)
        if signature == self._signature or (self._signature is None and not found.files and not found.left_out):
            return None
        size = sum(len(change.data) for change in found.files.values() if change.data is not None)
        if self._count >= _MOST_SNAPSHOTS or self._bytes + size > MOST_BYTES:
            self._signature = signature
            return Snapshot(ref, None, commit, 0, 0, [], "This run has left as many snapshots as it may.")
        snapshot = None
        if found.files:
            before = self._last or git.text("rev-parse", "--verify", "--quiet", ref, allow=(0, 1))
            try:
                snapshot = _import(git, ref, commit, before, found.files, self._context.run)
            finally:
                _remove_crash_reports(git, root)
            self._last, self._count, self._bytes = snapshot, self._count + 1, self._bytes + size
            if self._count == 1:
                _remove_oldest(git)
        self._signature = signature
        return Snapshot(ref, snapshot, commit, len(found.files), size, found.left_out)

    def _signature_of(
        self, root: str, commit: Optional[str], files: Dict[bytes, Change], left_out: List[Dict[str, Any]]
    ) -> object:
        """What must differ for another snapshot. The notebook itself is saved every few minutes, and what ran of it is in the journal."""
        notebook = self._context.notebook() or ""
        own = os.fsencode(os.path.relpath(notebook, root)) if notebook else b""
        digest = hashlib.sha256(repr((commit, [each["path"] for each in left_out])).encode("utf-8", "surrogateescape"))
        for path, change in sorted(files.items()):
            digest.update(b"%s\0%s\0%s\0" % (path, change.mode.encode(), b"" if path == own else change.blob.encode()))
        return digest.digest()

    @contextmanager
    def _looking(self, path: str) -> Iterator[None]:
        """Our own reading of a file is not the cell's."""
        contents = self._context.contents
        if contents is None:
            yield
            return
        began = time.monotonic()
        contents.looked[path] = began, float("inf")
        try:
            yield
        finally:
            contents.looked[path] = began, time.monotonic()


def reference(run: str) -> str:
    """Where the snapshots of a run are held."""
    return REFERENCES + run


def remove(git: Git, run: str) -> bool:
    """Removes the reference of a run; whether there was one."""
    ref = reference(run)
    if not git.text("for-each-ref", "--format=%(refname)", ref):
        return False
    git.written("update-ref", "--stdin", given=f"delete {ref}\n".encode())
    return True


def _import(git: Git, ref: str, commit: Optional[str], before: str, files: Dict[bytes, Change], run: str) -> str:
    """Writes the commit; its name."""
    message = f"What was not committed while run {run} worked here (labjournal)\n".encode()
    lines: List[bytes] = []
    marks: Dict[bytes, bytes] = {}
    for number, (path, change) in enumerate(files.items(), 2):
        if change.data is not None:
            marks[path] = b":%d" % number
            lines += [b"blob\nmark :%d\ndata %d\n" % (number, len(change.data)), change.data, b"\n"]
    lines.append(
        b"commit %s\nmark :1\ncommitter %s %d +0000\ndata %d\n%s\n"
        % (ref.encode(), _AUTHOR, int(time.time()), len(message), message)
    )
    if commit is not None:
        lines.append(b"from %s\n" % commit.encode())
    if before:
        lines.append(b"%s %s\n" % (b"from" if commit is None else b"merge", before.encode()))
        if commit is None:
            lines.append(b"deleteall\n")
    for path, change in sorted(files.items(), key=_removals_first):
        if change.mode:
            lines.append(b"M %s %s %s\n" % (change.mode.encode(), marks.get(path) or change.blob.encode(), _quoted(path)))
        elif commit is not None:
            lines.append(b"D %s\n" % _quoted(path))
    lines.append(b"\nget-mark :1\ndone\n")
    name = git.written("fast-import", "--quiet", "--done", "--date-format=raw", given=b"".join(lines))
    if len(name) not in (40, 64):
        raise GitFailed("git did not say what it wrote.")
    return name


def _removals_first(item: Tuple[bytes, Change]) -> Tuple[bool, bytes]:
    return bool(item[1].mode), item[0]


def _quoted(path: bytes) -> bytes:
    inner = path.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return b'"' + inner + b'"'


def _remove_oldest(git: Git) -> None:
    """Keeps the number of references bounded."""
    refs = git.text("for-each-ref", "--sort=-committerdate", "--format=%(refname)", REFERENCES).splitlines()
    if len(refs) > MOST_REFERENCES:
        git.written("update-ref", "--stdin", given="".join(f"delete {ref}\n" for ref in refs[MOST_REFERENCES:]).encode())


def _remove_crash_reports(git: Git, root: str) -> None:
    """What `fast-import` leaves in the repository where it fails."""
    folder = git.text("rev-parse", "--absolute-git-dir", allow=(0, 128))
    for path in glob.glob(os.path.join(glob.escape(folder), "fast_import_crash_*")) if os.path.isabs(folder) else ():
        try:
            if time.time() - os.stat(path).st_mtime < 60:
                os.unlink(path)
        except OSError:
            continue
