"""Zip files from elsewhere, opened without trusting them: every name, size and kind is checked before a byte is taken out.

Refused are names that lead out of a folder or mean different things on different systems, names that come twice (also when a system
takes upper and lower case for the same), links and devices, encrypted members, and archives that would fill a disk. Nothing is ever
unpacked by `zipfile` itself.
"""

from __future__ import annotations

import hashlib
import os
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from labjournal.errors import RecordInvalid

__all__ = ["MOST_BYTES", "MOST_MEMBERS", "Archive"]

MOST_MEMBERS = 20_000
MOST_BYTES = 4 << 30
_LONGEST_NAME = 1000
_CHUNK = 1 << 20
_REMEDY = "Ask whoever made it for another copy; do not unpack it."
_FORBIDDEN = set('<>:"|?*\\')
_DEVICES = {"con", "prn", "aux", "nul", *(f"{device}{number}" for device in ("com", "lpt") for number in range(1, 10))}


class Archive:
    """A zip file that passed the checks; use it in a `with`."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except FileNotFoundError:
            raise RecordInvalid(f"There is no file {path}.", "Name a record that `labjournal export --to crate` wrote.") from None
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as problem:
            raise RecordInvalid(f"{path} is not a record: it cannot be read as a zip file.", "Name a record that `labjournal export --to crate` wrote.") from problem  # fmt: skip
        try:
            self.members = self._checked()
        except BaseException:  # handed on once the file is let go
            self._zip.close()
            raise

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._zip.close()

    def read(self, name: str, most: int) -> bytes:
        """The content of a member that is no longer than `most`."""
        if name not in self.members:
            raise RecordInvalid(f"The record lacks {name!r:.200}.", _REMEDY)
        if self.members[name].file_size > most:
            raise RecordInvalid(f"{name!r:.200} in the record is too large to be what it should be.", _REMEDY)
        return b"".join(self._chunks(name))

    def digest(self, name: str) -> tuple[str, int]:
        """SHA-256 and length of a member."""
        digest, length = hashlib.sha256(), 0
        for chunk in self._chunks(name):
            digest.update(chunk)
            length += len(chunk)
        return digest.hexdigest(), length

    def lay_out(self, name: str, target: Path) -> None:
        """Writes a member to a new file; what is there is never overwritten, and no link is followed."""
        with open(target, "xb", opener=_private) as file:
            for chunk in self._chunks(name):
                file.write(chunk)

    def _chunks(self, name: str) -> Iterator[bytes]:
        left = self.members[name].file_size
        try:
            with self._zip.open(self.members[name]) as file:
                while chunk := file.read(_CHUNK):
                    left -= len(chunk)
                    if left < 0:
                        raise RecordInvalid(f"{name!r:.200} is longer than the record says.", _REMEDY)
                    yield chunk
        except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError, zlib.error) as problem:
            raise RecordInvalid(f"{name!r:.200} in the record is damaged.", _REMEDY) from problem

    def _checked(self) -> dict[str, zipfile.ZipInfo]:
        entries = self._zip.infolist()
        if len(entries) > MOST_MEMBERS or sum(entry.file_size for entry in entries) > MOST_BYTES:
            raise RecordInvalid(
                f"The record holds too much ({len(entries)} files, {sum(e.file_size for e in entries)} bytes).", _REMEDY
            )
        members: dict[str, zipfile.ZipInfo] = {}
        taken: set[str] = set()
        for entry in entries:
            name = entry.filename.rstrip("/") if entry.is_dir() else entry.filename
            if why := _refused(name, entry):
                raise RecordInvalid(f"The record is not safe to open: {entry.filename!r:.200} {why}.", _REMEDY)
            folded = unicodedata.normalize("NFC", name).casefold()
            if folded in taken:
                raise RecordInvalid(f"The record is not safe to open: {entry.filename!r:.200} comes twice.", _REMEDY)
            taken.add(folded)
            if not entry.is_dir():
                members[name] = entry
        return members


def _refused(name: str, entry: zipfile.ZipInfo) -> str:
    """Why a member is not taken; '' where it is."""
    mode = entry.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or a device"
    if entry.flag_bits & 0x1:
        return "is encrypted"
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is packed in a way that is not used here"
    if entry.is_dir() and entry.file_size:
        return "is a folder with a content"
    if entry.orig_filename != entry.filename and entry.orig_filename.rstrip("/") != name:
        return "has two names"
    if not name or len(name) > _LONGEST_NAME or name.startswith("/"):
        return "is not a name in a folder"
    if any(character in _FORBIDDEN or ord(character) < 32 or 0xD800 <= ord(character) < 0xE000 for character in name):
        return "has a name that means different things on different systems"
    for part in name.split("/"):
        if (
            part in ("", ".", "..")
            or part.endswith((" ", "."))
            or len(part.encode()) > 255
            or part.split(".")[0].lower() in _DEVICES
        ):
            return "leads elsewhere" if part == ".." else "has a name that means different things on different systems"
    return ""


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o600)
