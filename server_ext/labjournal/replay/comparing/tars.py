"""Tape archives (tar) by what their members hold: nothing is laid out on disk, and when and by whom they were packed does not count."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from typing import BinaryIO

from labjournal.replay.comparing.telling import Told, first_of

__all__ = ["is_tar", "tars_apart"]

_SIGN_AT, _SIGN = 257, b"ustar"
_MEMBERS = 10_000
_KINDS = {tarfile.DIRTYPE: "a folder", tarfile.SYMTYPE: "a link", tarfile.LNKTYPE: "a link"}


def is_tar(file: BinaryIO) -> bool:
    """Whether it begins as an archive does; the file is at its beginning afterwards."""
    file.seek(_SIGN_AT)
    found = file.read(len(_SIGN)) == _SIGN
    file.seek(0)
    return found


def tars_apart(one: BinaryIO, other: BinaryIO, most: int, members_apart: Callable[[bytes, bytes, str], Told]) -> Told:
    """Two archives; of `most` bytes at most, all members together."""
    if any(_length(file) > most for file in (one, other)):
        return Told(None, more="it is too large to be looked into")
    try:
        with tarfile.open(fileobj=one, mode="r:") as a, tarfile.open(fileobj=other, mode="r:") as b:
            members = _members(a, most), _members(b, most)
            if members[0] is None or members[1] is None:
                return Told(None, more="it holds too much to be looked into")
            return _apart((a, b), members[0], members[1], members_apart)
    except (tarfile.TarError, OSError, ValueError, EOFError, RecursionError, MemoryError, OverflowError):
        return Told(None, more="it cannot be unpacked")


def _length(file: BinaryIO) -> int:
    length = file.seek(0, 2)
    file.seek(0)
    return length


def _members(archive: tarfile.TarFile, most: int) -> dict[str, tarfile.TarInfo] | None:
    """Name → member, the last one where a name stands there twice, as unpacking has it; None where they are too many or too large."""
    found: dict[str, tarfile.TarInfo] = {}
    for count, member in enumerate(archive):
        most -= max(member.size, 0)
        if count >= _MEMBERS or most < 0 or member.issparse():
            return None
        found[member.name.removeprefix("./").rstrip("/") or "."] = member
    return found


def _apart(
    archives: tuple[tarfile.TarFile, tarfile.TarFile],
    one: dict[str, tarfile.TarInfo],
    other: dict[str, tarfile.TarInfo],
    members_apart: Callable[[bytes, bytes, str], Told],
) -> Told:
    if one.keys() != other.keys():
        apart = ", ".join(sorted(one.keys() ^ other.keys())[:3])
        return Told(False, "members", "members", f"{len(one):,}", f"{len(other):,}", f"only on one side: {apart}")
    found = []
    for name, member in one.items():
        again = other[name]
        if _kind(member) != _kind(again) or member.linkname != again.linkname:
            return Told(False, "members", name, _what(member), _what(again))
        if member.isreg():
            contents = [_content(archive, each) for archive, each in zip(archives, (member, again), strict=True)]
            found.append(members_apart(contents[0], contents[1], name))
    answer = first_of(found)
    return answer if answer.same is not True else Told(True, "members")


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    return file.read() if file is not None else b""


def _kind(member: tarfile.TarInfo) -> str:
    return "a file" if member.isreg() else _KINDS.get(member.type, "something special")


def _what(member: tarfile.TarInfo) -> str:
    return f"{_kind(member)} to {member.linkname}" if member.linkname else _kind(member)
