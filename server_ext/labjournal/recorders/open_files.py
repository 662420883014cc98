"""Which files this process has open, where the operating system says so: which for writing, and how far they were read."""

from __future__ import annotations

import os
import stat
from typing import Callable, Dict, List, NamedTuple, Set, Tuple

__all__ = ["Handle", "closed", "mapped_for_writing", "moved_on", "open_files", "open_for_writing"]

_FOLDER = "/proc/self/fd"
_MAPS = "/proc/self/maps"
_MOST = 4096
_MOST_FOLLOWED = 64
_WRITING = os.O_WRONLY | os.O_RDWR


class Handle(NamedTuple):
    """A regular file that is open."""

    path: str
    device: int
    inode: int
    flags: int
    position: int

    @property
    def writes(self) -> bool:
        return self.flags & _WRITING != 0


def open_files(wanted: Callable[[str], bool]) -> Dict[int, Handle]:
    """Descriptor → file, of those whose path is wanted; nothing where that cannot be asked."""
    answer: Dict[int, Handle] = {}
    for descriptor in _descriptors():
        try:
            number = int(descriptor)
            found = os.fstat(number)  # a fifth of what the link costs, and most are sockets and pipes
            if not stat.S_ISREG(found.st_mode):
                continue
            path = os.readlink(f"{_FOLDER}/{descriptor}")
            if path.startswith("/") and wanted(path) and len(answer) < _MOST_FOLLOWED:
                position = os.lseek(number, 0, os.SEEK_CUR)
                answer[number] = Handle(path, found.st_dev, found.st_ino, _flags(number), position)
        except (OSError, ValueError):
            continue  # closed meanwhile
    return answer


def moved_on(before: Dict[int, Handle]) -> Dict[int, Handle]:
    """The same handles where they stand now, if they are still the same files and further on; without asking for others."""
    answer: Dict[int, Handle] = {}
    for descriptor, handle in before.items():
        try:
            found = os.fstat(descriptor)
            if (found.st_dev, found.st_ino) == (handle.device, handle.inode):
                position = os.lseek(descriptor, 0, os.SEEK_CUR)
                if position != handle.position:
                    answer[descriptor] = handle._replace(position=position)
        except OSError:
            continue
    return answer


def closed(before: Dict[int, Handle]) -> List[Handle]:
    """Those that are no more."""
    answer: List[Handle] = []
    for descriptor, handle in before.items():
        try:
            found = os.fstat(descriptor)
        except OSError:
            answer.append(handle)
        else:
            if (found.st_dev, found.st_ino) != (handle.device, handle.inode):
                answer.append(handle)
    return answer


def open_for_writing() -> Set[Tuple[int, int]]:
    """(device, inode) of every regular file that is open so; nothing where that cannot be asked."""
    answer: Set[Tuple[int, int]] = set()
    for descriptor in _descriptors():
        try:
            found = os.fstat(int(descriptor))
            if stat.S_ISREG(found.st_mode) and _flags(int(descriptor)) & _WRITING:
                answer.add((found.st_dev, found.st_ino))
        except (OSError, ValueError):
            continue  # closed meanwhile
    return answer


def mapped_for_writing() -> Set[Tuple[int, int]]:
    """(device, inode) of files that lie in memory so that writing to memory changes them.

    To ask takes some ten milliseconds of a kernel in which large libraries are loaded.
    """
    answer: Set[Tuple[int, int]] = set()
    try:
        with open(_MAPS, "rb") as maps:
            for line in maps:
                fields = line.split(None, 5)
                if len(fields) == 6 and fields[1][1:2] == b"w" and fields[1][3:4] == b"s" and fields[5].startswith(b"/"):
                    major, _, minor = fields[3].partition(b":")
                    answer.add((os.makedev(int(major, 16), int(minor, 16)), int(fields[4])))
    except (OSError, ValueError):
        pass
    return answer


def _descriptors() -> list[str]:
    try:
        return os.listdir(_FOLDER)[:_MOST]
    except OSError:
        return []


def _flags(descriptor: int) -> int:
    import fcntl  # not on Windows, where nobody comes here

    return fcntl.fcntl(descriptor, fcntl.F_GETFL)
