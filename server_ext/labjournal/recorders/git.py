"""Git: commit, branch, remote without credentials, whether tracked files differ from the commit, and snapshots of what is not committed.

A repository's own configuration may name programs for git to run (fsmonitor, filters, hooks, pagers, text conversion). So only
plumbing is called, with all of that switched off, and files are compared by our own hash of their bytes. Where a filter or a line
ending rule stands between file and blob, and the bytes alone cannot tell, `dirty` is unknown and the reason says so.
"""

from __future__ import annotations

import os
import stat
import time
from typing import Iterable, Iterator, NamedTuple

from labjournal.events import Event, GitSeen, SnapshotTaken
from labjournal.recorders import Context, Execution, Recorder
from labjournal.recorders.git_changes import blob_id
from labjournal.recorders.git_process import Git, GitFailed, find_git, find_repository
from labjournal.recorders.git_snapshot import Snapshots, reference

__all__ = ["GitRecorder", "GitState", "look"]

UNBORN = "There is no commit yet."
_LOOK_AGAIN_S = 60.0
_SETTLED_S = 2.0
_SHARE = 50
"""Of the time no more than one in so many parts goes into snapshots."""
_TRIES = 3
_MOST_CANDIDATES = 200
_MOST_BYTES = 64 << 20
_WATCHED = ("HEAD", "index", os.path.join("logs", "HEAD"))


class GitState(NamedTuple):
    """What is known; every part may be unknown by itself."""

    root: str = ""
    commit: str | None = None
    branch: str | None = None
    remote: str | None = None
    dirty: bool | None = None
    reason: str = ""


class GitRecorder(Recorder):
    """Yields GitSeen at the start of a run, and again when the state changed."""

    name = "git"

    def __init__(self, context: Context) -> None:
        self._context = context
        self._last: GitState | None = None
        self._looked = 0.0
        self._stamp: tuple[int, ...] = ()
        self._folder = ""
        """The repository's git folder."""
        wanted = os.environ.get("LABJOURNAL_SNAPSHOTS", "1") != "0" and not os.environ.get("LABJOURNAL_REPLAY_OF")
        self._snapshots = Snapshots(context) if wanted else None
        self._not_before = 0.0
        """When the next snapshot may be taken (monotonic): what takes long is done seldom."""
        self._put_off = False
        self._failures = 0
        self._reason = ""

    def run_started(self) -> Iterable[Event]:
        yield from self._look(0)

    def collect(self, execution: Execution) -> Iterable[Event]:
        if not self._folder:
            return
        since = time.monotonic() - self._looked
        changed = since > _SETTLED_S and self._stamp != _stamp(self._folder)
        put_off = self._put_off and time.monotonic() >= self._not_before
        if changed or put_off or since > _LOOK_AGAIN_S:
            yield from self._look(execution.n)

    def _look(self, n: int) -> Iterator[Event]:
        found = find_repository(self._context.folder)
        self._folder = found[1] if found is not None else ""
        self._stamp = _stamp(self._folder) if self._folder else ()
        state = look(self._context.folder)
        self._looked = time.monotonic()
        if state != self._last:
            self._last = state
            yield self._seen(n, state)
        if self._snapshots is None or found is None or not (state.commit or state.dirty is not None or state.reason == UNBORN):
            return
        self._put_off = time.monotonic() < self._not_before
        if not self._put_off:
            yield from self._snapshot(n, found[0], state)

    def _snapshot(self, n: int, root: str, state: GitState) -> Iterator[Event]:
        assert self._snapshots is not None
        run, program, began = self._context.run, find_git(os.environ), time.monotonic()
        try:
            taken = self._snapshots.take(Git(program, root, os.environ), root, state.commit) if program else None
        except GitFailed as problem:
            self._failures += 1
            if self._failures >= _TRIES:
                self._snapshots = None
            if str(problem) != self._reason:
                self._reason = str(problem)
                reason = self._context.redactor.text(self._reason).text
                yield SnapshotTaken(run, n, root, reference(run), commit=state.commit, reason=reason, at=time.time())
            return
        finally:
            self._not_before = began + _SHARE * (time.monotonic() - began)
        if taken is not None:
            self._reason = ""
            yield SnapshotTaken(
                run, n, root, taken.ref, taken.snapshot, taken.commit, taken.files, taken.bytes, tuple(taken.left_out), taken.reason,
                at=time.time(),
            )  # fmt: skip

    def _seen(self, n: int, state: GitState) -> Event:
        clean = self._context.redactor
        remote = None if state.remote is None else clean.url(state.remote)
        return GitSeen(
            self._context.run,
            n,
            state.root,
            state.commit,
            state.branch,
            remote,
            state.dirty,
            clean.text(state.reason).text,
            at=time.time(),
        )


def look(folder: str) -> GitState:
    """The state of the repository around the folder. The remote is as configured: redact it before it goes anywhere."""
    found = find_repository(folder)
    if found is None:
        return GitState(reason="The folder is not in a git repository.")
    program = find_git(os.environ)
    if program is None:
        return GitState(root=found[0], reason="git is not installed.")
    git = Git(program, found[0], os.environ)
    try:
        return _state(git, found[0])
    except GitFailed as problem:
        return GitState(root=found[0], reason=str(problem))


def _state(git: Git, root: str) -> GitState:
    if git.text("rev-parse", "--is-bare-repository") == "true":
        return GitState(
            root=root, commit=_commit(git), branch=_branch(git), remote=_remote(git), reason="The repository is bare."
        )
    commit = _commit(git)
    if commit is None:
        return GitState(root, None, _branch(git), _remote(git), None, UNBORN)
    dirty, reason = _dirty(git, root)
    return GitState(root, commit, _branch(git), _remote(git), dirty, reason)


def _commit(git: Git) -> str | None:
    commit = git.text("rev-parse", "--verify", "--quiet", "HEAD^{commit}", allow=(0, 1, 128))
    return commit if len(commit) in (40, 64) else None


def _branch(git: Git) -> str | None:
    return git.text("symbolic-ref", "--quiet", "--short", "HEAD", allow=(0, 1, 128)) or None


def _remote(git: Git) -> str | None:
    """The URL of origin, else of the first remote; read, not resolved."""
    origin = git.text("config", "--get", "remote.origin.url", allow=(0, 1, 2))
    if origin:
        return origin
    first = git.text("config", "--get-regexp", r"^remote\..*\.url$", allow=(0, 1)).partition("\n")[0]
    return first.partition(" ")[2] or None


def _dirty(git: Git, root: str) -> tuple[bool | None, str]:
    """Whether tracked files differ from the commit, and why that is not known where it is not."""
    if git.status("diff-index", "--cached", "--quiet", "--ignore-submodules=all", "--no-ext-diff", "HEAD", "--") == 1:
        return True, ""
    candidates = list(
        _candidates(git.raw("diff-files", "--raw", "-z", "--no-abbrev", "--ignore-submodules=all", "--no-ext-diff"))
    )
    if not candidates:
        return False, ""
    if len(candidates) > _MOST_CANDIDATES:
        return None, f"{len(candidates)} files may have changed, too many to compare."
    differing, budget = [], _MOST_BYTES
    for mode, blob, path in candidates:
        if not os.path.lexists(os.path.join(os.fsencode(root), path)):
            return True, ""
        same, size = _same_content(os.path.join(os.fsencode(root), path), mode, blob, budget)
        budget -= size
        if same is None and budget <= 0:
            return None, "The files that may have changed are too large to compare."
        if not same:
            differing.append(path)
    if not differing:
        return False, ""
    undecided = git.with_attributes(differing, ("filter", "working-tree-encoding", "ident"))
    if len(undecided) == len(differing):
        return None, "Files that pass through a filter may have changed."
    return True, ""


def _candidates(raw: bytes) -> Iterator[tuple[int, str, bytes]]:
    """(mode, blob in the index, path) of each record of `diff-files --raw -z`."""
    fields = raw.split(b"\0")
    for record, path in zip(fields[::2], fields[1::2]):
        parts = record.split(b" ")
        if len(parts) >= 5 and record.startswith(b":") and parts[0] != b":160000":
            yield int(parts[0][1:], 8), parts[2].decode("ascii"), path


def _same_content(path: bytes, mode: int, blob: str, budget: int) -> tuple[bool | None, int]:
    """Whether the file holds the blob, by its bytes or by its bytes with Unix line ends; None where it was not looked at."""
    try:
        found = os.lstat(path)
        if stat.S_ISLNK(found.st_mode):
            return stat.S_ISLNK(mode) and blob_id(os.fsencode(os.readlink(path)), blob) == blob, 0
        if not stat.S_ISREG(found.st_mode) or not stat.S_ISREG(mode):
            return False, 0
        if bool(found.st_mode & 0o100) != bool(mode & 0o100):
            return False, 0
        if found.st_size > budget:
            return None, found.st_size
        with open(path, "rb") as file:
            data = file.read(budget + 1)
    except OSError:
        return False, 0
    if blob_id(data, blob) == blob:
        return True, len(data)
    return b"\r\n" in data and b"\0" not in data and blob_id(data.replace(b"\r\n", b"\n"), blob) == blob, len(data)


def _stamp(folder: str) -> tuple[int, ...]:
    """What changes when HEAD moves or the index is written."""
    answer = []
    for name in _WATCHED:
        try:
            answer.append(os.stat(os.path.join(folder, name)).st_mtime_ns)
        except OSError:
            answer.append(0)
    return tuple(answer)
