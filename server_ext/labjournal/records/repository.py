"""What a commit of the user's repository holds, read with git's plumbing and never changing the repository.

Large files that Git LFS keeps elsewhere stand in a commit as pointers: their content is taken from where LFS keeps it on this machine.
Submodules are followed to their commit where they are checked out.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from labjournal.recorders.git_process import Git, GitFailed, find_git, find_repository

__all__ = ["Entry", "Repository", "remove_references"]

_POINTER = re.compile(rb"version https://git-lfs\.github\.com/spec/v1\n(?:.*\n)*?oid sha256:([0-9a-f]{64})\n")
_DEEPEST = 4


@dataclass(frozen=True)
class Entry:
    """A file of a commit."""

    path: str
    mode: str
    blob: str
    bytes: int


class Repository:
    """A repository on this machine; GitFailed where it is not there or git cannot read it."""

    def __init__(self, root: str) -> None:
        program = find_git(os.environ)
        if program is None:
            raise GitFailed("git is not installed.")
        found = find_repository(root) if os.path.isdir(root) else None
        if found is None or os.path.realpath(found[0]) != os.path.realpath(root):
            raise GitFailed(f"The repository {root} is not there any more.")
        self._git = Git(program, root, os.environ)
        self.root = root
        self._blobs: Callable[[str], Iterator[bytes]] | None = None

    def has(self, commit: str) -> bool:
        return (
            bool(re.fullmatch(r"[0-9a-f]{40,64}", commit))
            and self._git.text("cat-file", "-t", commit, allow=(0, 1, 128)) == "commit"
        )

    def entries(self, commit: str) -> list[Entry]:
        """The files of a commit, links and submodules included."""
        answer = []
        for line in self._git.listed("ls-tree", "-r", "-l", "-z", "--full-tree", commit):
            facts, _, path = line.partition(b"\t")
            mode, _, blob, size = facts.decode("ascii").split()
            answer.append(Entry(os.fsdecode(path), mode, blob, int(size) if size.isdigit() else 0))
        return answer

    def patch(self, before: str, after: str) -> bytes:
        """What leads from one commit to another, as `git apply` takes it; never through programs or filters of the user's."""
        options = (
            "--binary",
            "--full-index",
            "--no-color",
            "--no-ext-diff",
            "--no-textconv",
            "--no-renames",
            "--src-prefix=a/",
            "--dst-prefix=b/",
        )
        return self._git.raw("diff-tree", "-r", "-p", *options, before, after)

    def converts(self) -> bool:
        """Whether git changes files when it checks them out: line ends, encodings, keywords."""
        if self._git.text("config", "--get", "core.autocrlf", allow=(0, 1)) in ("true", "input"):
            return True
        try:
            attributes = Path(self.root, ".gitattributes").read_text("utf-8", "replace")[:100_000]
        except OSError:
            return False
        return re.search(r"^[^#\n]*\s(?:eol=crlf|working-tree-encoding=|ident\b)", attributes, re.MULTILINE) is not None

    def content(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The bytes of a blob; of an LFS pointer those it points to. FileNotFoundError where they are not here."""
        first = next(chunks, b"")
        pointer = _POINTER.match(first) if len(first) < 1024 else None
        if pointer is None:
            yield first
            yield from chunks
            return
        oid = pointer.group(1).decode()
        folder = self._git.text("rev-parse", "--git-common-dir")
        with open(os.path.join(self.root, folder, "lfs", "objects", oid[:2], oid[2:4], oid), "rb") as file:
            yield from iter(lambda: file.read(1 << 20), b"")

    def submodule(self, path: str) -> Repository:
        """The repository that is checked out there."""
        inside = os.path.realpath(os.path.join(self.root, path))
        if os.path.commonpath((inside, os.path.realpath(self.root))) != os.path.realpath(self.root):
            raise GitFailed("It lies elsewhere.")
        return Repository(inside)

    def files(self, commit: str, *, depth: int = 0) -> Iterator[tuple[Entry, Repository | str]]:
        """Each file with the repository that holds its content, or with the reason why there is none."""
        for entry in self.entries(commit):
            if entry.mode != "160000":
                yield entry, self
                continue
            try:
                inner = self.submodule(entry.path)
                if depth >= _DEEPEST or not inner.has(entry.blob):
                    raise GitFailed("Its commit is not here.")
            except GitFailed as problem:
                yield entry, f"it is a submodule at commit {entry.blob[:12]}: {str(problem).rstrip('.')}"
                continue
            for within, holder in inner.files(entry.blob, depth=depth + 1):
                yield Entry(f"{entry.path}/{within.path}", within.mode, within.blob, within.bytes), holder

    @contextlib.contextmanager
    def reading(self) -> Iterator[Repository]:
        """With this, `read` gives contents."""
        with self._git.blobs() as blobs:
            self._blobs = blobs
            yield self

    def read(self, blob: str) -> Iterator[bytes]:
        """The content of a file of this repository, while it is `reading`."""
        if self._blobs is None:
            raise GitFailed("The repository is not being read.")
        return self.content(self._blobs(blob))


def remove_references(snapshots: set[tuple[str, str]]) -> list[str]:
    """Removes the snapshots of runs: (top folder of the repository, run); a sentence for each that could not be."""
    from labjournal.recorders.git_snapshot import reference, remove

    said = []
    for root, run in sorted(snapshots):
        try:
            program = find_git(os.environ)
            if program is None:
                raise GitFailed("git is not installed.")
            if not Path(root).is_dir():
                raise GitFailed("The repository is not there any more.")
            remove(Git(program, root, os.environ), run)
        except (GitFailed, subprocess.SubprocessError) as problem:
            said.append(
                f"The snapshot of run {run} in {root} was not removed ({str(problem).rstrip('.')}): "
                f"`git -C {root} update-ref -d {reference(run)}` does it."
            )
    return said
