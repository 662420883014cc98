"""Contents, each kept once in a file named by its SHA-256, 0600.

    blobs/ab/abcdef…            what outputs show, as it is
    blobs/ab/abcdef….data       the content of a data file, as it is; it may share its blocks with that file
    blobs/ab/abcdef….data.z     the same, compressed

Whoever asks for a content by its digest need not know in which form it stands. What outputs need and what data files leave are
separate files, so that the oldest data can go when it becomes too much, and nothing else does.

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
import sys
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Callable, Iterator, List, Optional, Tuple

from labjournal.journal import places

__all__ = ["Blobs"]

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_CHUNK = 1 << 20
_DATA, _PACKED = ".data", ".data.z"
_TRIAL_BYTES = 16 << 10
_PAYS = 0.9
_CLONE_BYTES = 256 << 10
_FICLONE = 0x40049409
_DRAFT = re.compile(r"\.[0-9]+-[0-9a-f]{12}\Z")


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
        with self._draft(path) as (descriptor, named):
            _write(descriptor, data)
            named(str(path))
        return sha256

    def keep(self, source: BinaryIO, sha256: str) -> Optional[int]:
        """Keeps the content of a data file if it is what the digest says; the bytes it occupies, None where it is another one."""
        stored = self.stored(sha256)
        if stored:
            return stored
        path = self.path(sha256)
        with self._draft(path) as (descriptor, named):
            form, digest = _copied(source, descriptor)
            if digest != sha256:
                return None
            named(str(path) + form)
        return self.stored(sha256)

    def get(self, sha256: str) -> bytes:
        """The content; FileNotFoundError where it is not kept."""
        return b"".join(self.chunks(sha256))

    def chunks(self, sha256: str) -> Iterator[bytes]:
        """The content, a part at a time; FileNotFoundError where it is not kept, OSError(EIO) where it cannot be unpacked."""
        path = self._found(sha256) or str(self.path(sha256))
        with open(path, "rb") as file:
            unpack = zlib.decompressobj() if path.endswith(_PACKED) else None
            for chunk in iter(lambda: file.read(_CHUNK), b""):
                if unpack is None:
                    yield chunk
                    continue
                try:
                    yield unpack.decompress(chunk, _CHUNK)
                    while unpack.unconsumed_tail:
                        yield unpack.decompress(unpack.unconsumed_tail, _CHUNK)
                except zlib.error as error:
                    raise OSError(errno.EIO, "the kept content is damaged", path) from error

    def path(self, sha256: str) -> Path:
        """Where the content of an output stands, or would stand; ValueError for what is no digest: a name never leads out of the folder."""
        if not _SHA256.match(sha256):
            raise ValueError(f"{sha256!r:.80} is not a SHA-256")
        return self._folder / places.BLOBS / sha256[:2] / sha256

    def has(self, sha256: str) -> bool:
        """Whether the content is kept."""
        return bool(_SHA256.match(sha256)) and self._found(sha256) is not None

    def check(self, sha256: str) -> bool:
        """Whether the content is kept and is what its name says, in every form in which it stands."""
        try:
            forms = [form for form in ("", _DATA, _PACKED) if os.path.isfile(str(self.path(sha256)) + form)]
            return bool(forms) and all(self._digest(sha256, form) == sha256 for form in forms)
        except (OSError, ValueError, zlib.error):
            return False

    def stored(self, sha256: str) -> int:
        """What the content of a data file occupies, 0 where it is not kept."""
        return sum(_size(str(self.path(sha256)) + form) for form in (_DATA, _PACKED))

    def bytes_used(self) -> int:
        """What everything that is kept occupies."""
        return sum(
            file.stat().st_size for folder in _entries(self._folder / places.BLOBS) for file in _entries(Path(folder.path))
        )

    def sync(self, sha256: str) -> None:
        """Sees to it that the content has reached the disk; silent where it cannot."""
        for form in ("", _DATA, _PACKED):
            try:
                descriptor = os.open(str(self.path(sha256)) + form, os.O_RDONLY)
            except (OSError, ValueError):
                continue
            try:
                os.fsync(descriptor)
            except OSError:
                pass
            finally:
                os.close(descriptor)

    def drop(self, sha256: str, *, data: bool) -> int:
        """Removes the content of a data file, or of an output; how many bytes that frees."""
        freed = 0
        for form in (_DATA, _PACKED) if data else ("",):
            path = str(self.path(sha256)) + form
            size = _size(path)
            try:
                os.unlink(path)
            except FileNotFoundError:
                continue
            freed += size
        return freed

    def everything(self) -> Iterator[Tuple[str, str, bool]]:
        """(path, digest, whether it is a data file's) of every blob; the digest is '' for a draft that never got its name."""
        for folder in _entries(self._folder / places.BLOBS):
            for file in _entries(Path(folder.path)):
                name, _, form = file.name.partition(".")
                if _SHA256.match(name):
                    yield file.path, name, bool(form)
                elif _DRAFT.match(file.name):
                    yield file.path, "", False

    def _found(self, sha256: str) -> Optional[str]:
        path = str(self.path(sha256))
        return next((path + form for form in ("", _DATA, _PACKED) if os.path.isfile(path + form)), None)

    def _digest(self, sha256: str, form: str) -> str:
        digest = hashlib.sha256()
        unpack = zlib.decompressobj() if form == _PACKED else None
        with open(str(self.path(sha256)) + form, "rb") as file:
            for chunk in iter(lambda: file.read(_CHUNK), b""):
                while unpack is not None and chunk:
                    digest.update(unpack.decompress(chunk, _CHUNK))
                    chunk = unpack.unconsumed_tail
                digest.update(chunk)
        return digest.hexdigest() if unpack is None or unpack.eof else ""

    @contextmanager
    def _draft(self, path: Path) -> Iterator[Tuple[int, Callable[[str], None]]]:
        """A file beside, open for writing, and what gives it its name; gone afterwards where it got none, also after a Ctrl-C."""
        if places.free_space_low(self._folder):
            raise OSError(errno.ENOSPC, "only the reserve of the disk is left", str(path))
        if not path.parent.is_dir():
            places.private_folder(path.parent)
        draft = str(path.with_name(f".{os.getpid()}-{secrets.token_hex(6)}"))
        descriptor = places.open_private(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0))
        is_open = True

        def named(name: str) -> None:
            nonlocal is_open
            is_open = False
            os.close(descriptor)
            os.replace(draft, name)

        try:
            yield descriptor, named
        finally:
            if is_open:
                os.close(descriptor)
            if os.path.lexists(draft):
                os.unlink(draft)


def _copied(source: BinaryIO, descriptor: int) -> Tuple[str, str]:
    """(form, digest) of what was copied: sharing blocks where the file system can, else compressed where that pays."""
    if _cloned(source, descriptor):
        digest = hashlib.sha256()
        for chunk in iter(lambda: os.read(descriptor, _CHUNK), b""):
            digest.update(chunk)
        return _DATA, digest.hexdigest()
    digest, pack = hashlib.sha256(), None
    first = True
    for chunk in iter(lambda: source.read(_CHUNK), b""):
        if first:
            pack, first = _packer(chunk), False
        digest.update(chunk)
        _write(descriptor, chunk if pack is None else pack.compress(chunk))
    if pack is not None:
        _write(descriptor, pack.flush())
    return _DATA if pack is None else _PACKED, digest.hexdigest()


def _cloned(source: BinaryIO, descriptor: int) -> bool:
    """Whether the draft has become a copy on write of a large file: Btrfs, XFS and a few more can."""
    if not sys.platform.startswith("linux"):
        return False
    import fcntl

    try:
        if os.fstat(source.fileno()).st_size < _CLONE_BYTES:
            return False
        fcntl.ioctl(descriptor, _FICLONE, source.fileno())
    except (OSError, AttributeError):  # no file, another file system, or one that cannot
        return False
    return True


def _packer(first: bytes) -> Optional[zlib._Compress]:
    trial = first[:_TRIAL_BYTES]
    return zlib.compressobj(1) if trial and len(zlib.compress(trial, 1)) < _PAYS * len(trial) else None


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
    except OSError:
        return 0


def _entries(folder: Path) -> List[os.DirEntry[str]]:
    try:
        with os.scandir(str(folder)) as found:
            return list(found)
    except (FileNotFoundError, NotADirectoryError):
        return []
