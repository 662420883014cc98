"""Contents, each kept once in a file named by its SHA-256: `blobs/ab/abcdef…`, 0600, as they are.

A blob is written beside and renamed in, so a name never stands for half a content; a name that is there is not written again.
Nothing is taken any more when only the reserve of the disk is left (`places.free_space_low`): `put` raises OSError(ENOSPC), which
whoever keeps contents has to live with. Standard library only, Python 3.8: lives in the user's kernel.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
from pathlib import Path

from labjournal.journal import places

__all__ = ["Blobs"]

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_CHUNK = 1 << 20


class Blobs:
    """The contents of one journal."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, data: bytes) -> str:
        """The digest under which the content stands from now on; raises OSError where the disk will not take it."""
        sha256 = hashlib.sha256(data).hexdigest()
        path = self.path(sha256)
        try:
            if os.path.getsize(str(path)) == len(data):
                return sha256
        except OSError:
            pass
        if places.free_space_low(self._folder):
            raise OSError(errno.ENOSPC, "only the reserve of the disk is left", str(path))
        self._write(path, data)
        return sha256

    def get(self, sha256: str) -> bytes:
        """The content; FileNotFoundError where it is not kept."""
        with open(str(self.path(sha256)), "rb") as file:
            return file.read()

    def path(self, sha256: str) -> Path:
        """Where the content stands, or would stand; ValueError for what is no digest, so that a name never leads out of the folder."""
        if not _SHA256.match(sha256):
            raise ValueError(f"{sha256!r:.80} is not a SHA-256")
        return self._folder / places.BLOBS / sha256[:2] / sha256

    def has(self, sha256: str) -> bool:
        """Whether the content is kept."""
        return bool(_SHA256.match(sha256)) and os.path.isfile(str(self.path(sha256)))

    def check(self, sha256: str) -> bool:
        """Whether the content is kept and is what its name says."""
        digest = hashlib.sha256()
        try:
            with open(str(self.path(sha256)), "rb") as file:
                for chunk in iter(lambda: file.read(_CHUNK), b""):
                    digest.update(chunk)
        except (OSError, ValueError):
            return False
        return digest.hexdigest() == sha256

    def bytes_used(self) -> int:
        """Length of everything that is kept."""
        return sum(
            file.stat().st_size for folder in _entries(self._folder / places.BLOBS) for file in _entries(Path(folder.path))
        )

    def sync(self, sha256: str) -> None:
        """Sees to it that the content has reached the disk; silent where it cannot."""
        try:
            descriptor = os.open(str(self.path(sha256)), os.O_RDONLY)
        except (OSError, ValueError):
            return
        try:
            os.fsync(descriptor)
        except OSError:
            pass
        finally:
            os.close(descriptor)

    def _write(self, path: Path, data: bytes) -> None:
        if not path.parent.is_dir():
            places.private_folder(path.parent)
        draft = path.with_name(f".{os.getpid()}-{secrets.token_hex(6)}")
        descriptor = os.open(str(draft), os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        try:
            try:
                view = memoryview(data)
                while view:
                    view = view[os.write(descriptor, view) :]
            finally:
                os.close(descriptor)
            os.replace(str(draft), str(path))
        except BaseException:  # also a Ctrl-C: no half-written file stays
            os.unlink(str(draft))
            raise


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(str(folder)) as found:
            return list(found)
    except (FileNotFoundError, NotADirectoryError):
        return []
