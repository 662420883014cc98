"""Lays files out in a new folder: all of them or, where it is interrupted, none; and never a byte outside of it.

Everything is written into a folder of its own beside the place (into the place itself, where that is there and empty), whose name no
other program knows; only at the end it gets its name. Names come from records and repositories that anybody may have written: each
part of a path is looked at, nothing is written through a link, and links are made last and only where they stay inside.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath
from types import FrameType

from labjournal.errors import LabjournalError

__all__ = ["Layout", "Refused", "laid_out"]

_LONGEST_PART = 255
_LONGEST_PATH = 3000
_NOT_ON_WINDOWS = frozenset('<>:"|?*')
_DEVICES = frozenset(("con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10))))


class Refused(Exception):
    """Why a file is not laid out."""


class Layout:
    """The folder that is being filled."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._links: list[tuple[str, str]] = []

    def write(self, place: str, chunks: Iterable[bytes], *, executable: bool = False, sha256: str | None = None) -> str:
        """Writes a file; its digest. Refused where the name is not allowed, taken, or the content another than `sha256` says."""
        path = self._path(place)
        digest = hashlib.sha256()
        with os.fdopen(_new_file(path, executable), "wb") as file:
            try:
                for chunk in chunks:
                    digest.update(chunk)
                    file.write(chunk)
                if sha256 is not None and digest.hexdigest() != sha256:
                    raise Refused("its content is another one than was recorded")
            except BaseException:  # whatever it was: nothing half remains
                path.unlink()
                raise
        return digest.hexdigest()

    def link(self, place: str, target: str) -> str:
        """Notes a symbolic link, made at the end; the digest of its target. Refused where it would lead out of the folder."""
        self._path(place)
        inside = os.path.normpath(os.path.join(os.path.dirname(place), target))
        if os.path.isabs(target) or "\0" in target or inside == ".." or inside.startswith(".." + os.sep):
            raise Refused("it is a link that leads out of the folder")
        self._links.append((place, target))
        return hashlib.sha256(os.fsencode(target)).hexdigest()

    def finish(self) -> list[str]:
        """Makes the links; those for which there was no room."""
        left, self._links = self._links, []
        refused = []
        for place, target in left:
            path = self._path(place)
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.symlink_to(target)
            except (FileExistsError, NotADirectoryError):
                refused.append(place)
        return refused

    def _path(self, place: str) -> Path:
        parts = PurePosixPath(place).parts
        if not parts or place.startswith("/") or "\0" in place or len(os.fsencode(place)) > _LONGEST_PATH:
            raise Refused("its name is not one of a file in a folder")
        for part in parts:
            _look_at(part)
        return self.root.joinpath(*parts)


def _new_file(path: Path, executable: bool) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, flags, 0o777 if executable else 0o666)
    except (FileExistsError, NotADirectoryError):
        raise Refused("its name stands in the way of another file") from None
    except OSError as problem:
        if problem.errno in (errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ):
            raise Refused("this system does not allow its name") from None
        raise


def _look_at(part: str) -> None:
    lowered = part.lower().rstrip(". ")
    if part in ("", ".", "..") or "/" in part or lowered in (".git", "git~1"):
        raise Refused("its name is not one of a file in a folder")
    if len(os.fsencode(part)) > _LONGEST_PART:
        raise Refused("its name is too long")
    if os.name == "nt" and ("\\" in part or not _NOT_ON_WINDOWS.isdisjoint(part) or lowered.partition(".")[0] in _DEVICES):
        raise Refused("this system does not allow its name")


@contextlib.contextmanager
def laid_out(target: Path) -> Iterator[Layout]:
    """A layout that stands at `target` once the block ends well; nothing of it stays where it does not. Also ended by SIGTERM."""
    with _explained(target), _ended_in_order():
        place, settle = _place(target)
        root = place / f".labjournal-{secrets.token_hex(8)}.part"
        root.mkdir(mode=0o700)
        try:
            layout = Layout(root)
            yield layout
            layout.finish()
            settle(root)
        except BaseException:  # whatever it was: nothing half remains
            shutil.rmtree(root, ignore_errors=True)
            raise


def _place(target: Path) -> tuple[Path, Callable[[Path], None]]:
    """Where the draft stands, and what makes it the target."""
    if "\0" in os.fspath(target) or not os.path.basename(os.path.abspath(target)):
        raise LabjournalError(f"{os.fspath(target)!r:.200} is not the name of a folder.", "Name a new folder with --to.")
    if os.path.lexists(target):
        if not target.is_dir():
            raise LabjournalError(f"{target} is there already, and is no folder.", "Name a new folder with --to.")
        if os.listdir(target):
            raise LabjournalError(f"{target} is not empty.", "Name a new folder with --to: nothing is ever overwritten.")
        return target.resolve(), lambda root: _move_up(root, target.resolve())
    parent = Path(os.path.abspath(target)).parent
    if not parent.is_dir():
        raise LabjournalError(f"The folder {parent} does not exist.", "Make it first, or choose another place with --to.")
    return parent.resolve(), lambda root: _rename(root, parent.resolve() / target.name)


def _rename(root: Path, target: Path) -> None:
    root.chmod(0o777 & ~_umask())
    if os.path.lexists(target):
        raise LabjournalError(f"{target} has come into being meanwhile.", "Choose another place with --to.")
    root.rename(target)


def _move_up(root: Path, target: Path) -> None:
    moved: list[Path] = []
    try:
        for path in sorted(root.iterdir()):
            if os.path.lexists(target / path.name):
                raise LabjournalError(f"{target} is not empty any more.", "Choose another place with --to.")
            moved.append(target / path.name)
            path.rename(target / path.name)
        root.rmdir()
    except BaseException:
        for path in moved:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        raise


def _umask() -> int:
    now = os.umask(0o077)
    os.umask(now)
    return now


@contextlib.contextmanager
def _ended_in_order() -> Iterator[None]:
    """A SIGTERM ends the block as a Ctrl-C does, where this thread may say so."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def _explained(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        reason = {
            errno.ENOSPC: "the disk is full",
            errno.EACCES: "there is no permission",
            errno.EROFS: "the disk is read-only",
        }.get(problem.errno or 0, (problem.strerror or str(problem)).lower())
        raise LabjournalError(
            f"Nothing could be laid out in {os.fspath(target)[:200]}: {reason}.", "Choose another place with --to."
        ) from problem
