"""Calls of git's plumbing in which nothing that the repository says can be executed, and nothing of the user's is locked or written.

The one thing that is ever written are commits below `refs/labjournal` (`written`), which no command of the user's looks at unasked.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import Callable, Iterable, Iterator, Mapping, Sequence

__all__ = ["Git", "GitFailed", "find_git", "find_repository"]

_TIMEOUT_S = 5.0
_WRITE_TIMEOUT_S = 20.0
_MOST_ANSWER = 8 << 20
_PART = 1 << 20
_SETTINGS = (
    "core.fsmonitor=false", "core.hooksPath=/dev/null", "core.untrackedCache=keep", "core.pager=cat", "core.sshCommand=false", "core.askPass=true",
    "core.editor=true", "core.attributesFile=/dev/null", "credential.helper=", "diff.external=", "diff.ignoreSubmodules=all", "submodule.recurse=false",
    "protocol.allow=never", "gc.auto=0", "maintenance.auto=false", "advice.detachedHead=false", "core.alternateRefsCommand=", "uploadpack.packObjectsHook=",
)  # fmt: skip


class GitFailed(Exception):
    """git could not say; the text is a sentence for the record."""


class Git:
    """One repository, asked by one program."""

    def __init__(self, program: str, root: str, environ: Mapping[str, str]) -> None:
        self._root = root
        self._environ = _environment(environ)
        self._command = [program, "--no-pager", "--literal-pathspecs"]
        for setting in _SETTINGS:
            self._command += ["-c", setting]
        self._filters_off = False

    def text(self, *arguments: str, allow: Sequence[int] = (0,)) -> str:
        """The answer as text, without the newline at its end."""
        return self._ask(arguments, allow)[1].decode("utf-8", "replace").rstrip("\n")

    def raw(self, *arguments: str) -> bytes:
        """The answer as it came. Filters of the repository are off, also for files so young that git would look inside."""
        self._switch_filters_off()
        return self._ask(arguments, (0,))[1]

    def status(self, *arguments: str) -> int:
        """0 or 1, as the exit status said."""
        self._switch_filters_off()
        return self._ask(arguments, (0, 1))[0]

    def listed(self, *arguments: str) -> list[bytes]:
        """The names that git lists, ended by zeros; raises GitFailed where they are more than one would want to look at."""
        answer = self.raw(*arguments)
        if len(answer) >= _MOST_ANSWER:
            raise GitFailed("There are too many files to look at.")
        return [name for name in answer.split(b"\0") if name]

    def written(self, *arguments: str, given: bytes) -> str:
        """What git says to something that it is to write."""
        self._switch_filters_off()
        return self._ask(arguments, (0,), given, _WRITE_TIMEOUT_S)[1].decode("utf-8", "replace").rstrip("\n")

    @contextmanager
    def blobs(self) -> Iterator[Callable[[str], Iterator[bytes]]]:
        """What gives the bytes of a blob, a part at a time: one process for all of them. FileNotFoundError for one that is not there."""
        try:
            process = subprocess.Popen(
                [*self._command, "-C", self._root, "cat-file", "--batch"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=self._environ, close_fds=True,
                start_new_session=True,
            )  # fmt: skip
        except OSError as problem:
            raise GitFailed(f"git could not be started: {problem.strerror or problem}.") from None
        try:
            yield lambda blob: _read_blob(process, blob)
        finally:
            _end(process)

    def with_attributes(self, paths: Iterable[bytes], names: Sequence[str]) -> set[bytes]:
        """Those of the paths for which one of the attributes is set."""
        given = b"\0".join(paths) + b"\0"
        fields = self._ask(("check-attr", "-z", "--stdin", *names), (0,), given)[1].split(b"\0")
        return {path for path, value in zip(fields[::3], fields[2::3]) if value not in (b"unspecified", b"unset")}

    def _switch_filters_off(self) -> None:
        if self._filters_off:
            return
        self._filters_off = True
        names = self.text(
            "config", "--null", "--name-only", "--get-regexp", r"^filter\..*\.(clean|smudge|process|required)$", allow=(0, 1)
        )
        for name in names.split("\0"):
            if not name:
                continue
            if "=" in name or "\n" in name:
                raise GitFailed("The repository's configuration names a filter that cannot be switched off.")
            self._command += ["-c", f"{name}={'false' if name.endswith('.required') else ''}"]

    def _ask(
        self, arguments: Sequence[str], allow: Sequence[int], given: bytes | None = None, timeout_s: float | None = None
    ) -> tuple[int, bytes]:
        try:
            process = subprocess.Popen(
                [*self._command, "-C", self._root, *arguments],
                stdin=subprocess.DEVNULL if given is None else subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                env=self._environ, close_fds=True, start_new_session=True,
            )  # fmt: skip
        except OSError as problem:
            raise GitFailed(f"git could not be started: {problem.strerror or problem}.") from None
        try:
            answer, complaint = process.communicate(given, timeout=_TIMEOUT_S if timeout_s is None else timeout_s)
        except subprocess.TimeoutExpired:
            _end(process)
            raise GitFailed("git took too long to answer.") from None
        except BaseException:  # also what interrupts us: no process stays behind
            _end(process)
            raise
        if process.returncode not in allow:
            raise GitFailed(_why(complaint.decode("utf-8", "replace")))
        return process.returncode, answer[:_MOST_ANSWER]


def _read_blob(process: subprocess.Popen[bytes], blob: str) -> Iterator[bytes]:
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(blob.encode("ascii") + b"\n")
        process.stdin.flush()
    except OSError:
        raise GitFailed("git could not read an object.") from None
    facts = process.stdout.readline().split()
    if len(facts) != 3 or facts[1] != b"blob":
        if len(facts) != 2:  # 'missing' is said in two words; behind anything else nothing is known to be in step
            _end(process)
        raise FileNotFoundError(blob)
    left = int(facts[2]) + 1
    try:
        while left > 1:
            part = process.stdout.read(min(left - 1, _PART))
            if not part:
                raise GitFailed("git could not read an object.")
            left -= len(part)
            yield part
    finally:  # also where somebody has read enough
        while left and (rest := process.stdout.read(min(left, _PART))):
            left -= len(rest)


def find_git(environ: Mapping[str, str]) -> str | None:
    """The git program, looked for in absolute folders of PATH only: never in a project's own."""
    for folder in environ.get("PATH", os.defpath).split(os.pathsep):
        program = os.path.join(folder, "git.exe" if sys.platform == "win32" else "git")
        if os.path.isabs(folder) and os.path.isfile(program) and os.access(program, os.X_OK):
            return program
    return None


def find_repository(folder: str) -> tuple[str, str] | None:
    """(working tree, git folder) around a folder, found without git; (folder, folder) for a bare repository."""
    current = os.path.abspath(folder)
    while True:
        marker = os.path.join(current, ".git")
        if os.path.isdir(marker):
            return current, marker
        if os.path.isfile(marker):
            return current, _linked(current, marker)
        if (
            os.path.isfile(os.path.join(current, "HEAD"))
            and os.path.isdir(os.path.join(current, "objects"))
            and os.path.isdir(os.path.join(current, "refs"))
        ):
            return current, current
        parent = os.path.dirname(current)
        if parent == current:
            return None
        current = parent


def _linked(current: str, marker: str) -> str:
    """The git folder that a `.git` file (worktree, submodule) points to."""
    try:
        with open(marker, encoding="utf-8", errors="replace") as file:
            said = file.read(4096)
    except OSError:
        return current
    return os.path.normpath(os.path.join(current, said[7:].strip())) if said.startswith("gitdir:") else current


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What git may know: nothing that points it elsewhere or names a program."""
    kept = {
        name: value
        for name, value in dict(environ).items()
        if not name.startswith("GIT_") and name not in ("PAGER", "EDITOR", "VISUAL", "SSH_ASKPASS", "DISPLAY")
    }
    kept.update(
        GIT_OPTIONAL_LOCKS="0", GIT_TERMINAL_PROMPT="0", GIT_NO_LAZY_FETCH="1", GIT_PAGER="cat", GIT_ASKPASS="true", GIT_ATTR_NOSYSTEM="1",
        LC_ALL="C", LANGUAGE="C",
    )  # fmt: skip
    return kept


def _why(complaint: str) -> str:
    """What git complained of, as a sentence."""
    if "dubious ownership" in complaint:
        return "The repository belongs to another user, so git does not look into it."
    if "not a git repository" in complaint:
        return "The repository is damaged or not one."
    first = complaint.strip().partition("\n")[0][:200]
    return f"git failed: {first or 'no reason given'}."


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (OSError, AttributeError):
        process.kill()
    process.communicate()
