"""Putting an export in its place: whole or not at all, and never over something that is there, unless that was asked for.

The content is written to a file of its own beside the place, flushed, and then takes the name in one step: by a hard link, which
fails where the name is taken, or by a rename where overwriting was asked for. The file gets the permissions that any new file of
this user gets: what is exported is theirs.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from labjournal.errors import LabjournalError, OutputExists

__all__ = ["destination", "write_bytes", "write_text", "written"]


def write_text(path: Path, text: str, *, force: bool) -> None:
    """Puts the text there in UTF-8; lone surrogates, which no file can hold, become question marks."""
    write_bytes(path, text.encode("utf-8", "replace"), force=force)


def write_bytes(path: Path, content: bytes, *, force: bool) -> None:
    with written(path, force=force) as file:
        file.write(content)


@contextlib.contextmanager
def written(path: Path, *, force: bool) -> Iterator[BinaryIO]:
    """A file to write to; what was written stands at `path` once the block ends well, and nothing remains where it does not."""
    path = destination(path, force=force)
    draft = path.with_name(f".labjournal-{secrets.token_hex(8)}.part")
    try:
        with _explained(path), draft.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        with _explained(path):
            _settle(draft, path, force=force)
    finally:
        with contextlib.suppress(OSError):
            draft.unlink()


def destination(path: Path, *, force: bool) -> Path:
    """The place with its folder resolved; raises where nothing can be put there, before anything is made."""
    text = os.fspath(path)
    if "\0" in text or not path.name or path.name in (".", ".."):
        raise LabjournalError(f"{text!r:.200} is not the name of a file.", "Name the file to write with --output.")
    with _explained(path):
        if not path.parent.is_dir():
            what = "is not a folder" if path.parent.exists() else "does not exist"
            raise LabjournalError(f"The folder {path.parent} {what}.", "Make it first, or choose another place with --output.")
        if path.is_dir():
            raise LabjournalError(f"{path} is a folder.", f"Name a file in it, for example {path / 'export'}.")
        if path.exists() and not path.is_file():
            raise LabjournalError(f"{path} is not an ordinary file.", "Choose another place with --output.")
        if not force and os.path.lexists(path):
            raise _taken(path)
        return path.parent.resolve() / path.name


def _settle(draft: Path, path: Path, *, force: bool) -> None:
    if force:
        draft.replace(path)
        return
    try:
        os.link(draft, path)
    except FileExistsError:
        raise _taken(path) from None
    except OSError as problem:
        if problem.errno not in (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EACCES, errno.EMLINK):
            raise
        # A file system without hard links: the name is taken with an empty file first, so that nobody else gets in between.
        try:
            path.open("xb").close()
        except FileExistsError:
            raise _taken(path) from None
        draft.replace(path)


def _taken(path: Path) -> OutputExists:
    return OutputExists(f"{path} is there already.", "Choose another name, or say --force to replace it.")


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Says in a sentence why the system refuses."""
    try:
        yield
    except OSError as problem:
        raise LabjournalError(
            f"{_short(path)} cannot be written: {_reason(problem)}.", "Choose another place with --output."
        ) from problem


def _reason(problem: OSError) -> str:
    said: dict[int | None, str] = {
        errno.ENAMETOOLONG: "the name is too long",
        errno.EACCES: "there is no permission",
        errno.EPERM: "there is no permission",
        errno.ENOSPC: "the disk is full",
        errno.EDQUOT: "the quota is used up",
        errno.EROFS: "the disk is read-only",
        errno.ELOOP: "its links lead in a circle",
    }
    return said.get(problem.errno) or (problem.strerror or str(problem)).lower()


def _short(path: Path) -> str:
    text = os.fspath(path)
    return text if len(text) <= 200 else f"{text[:120]}…{text[-40:]}"
