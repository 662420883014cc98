"""Which files this process has open for writing, where the operating system says so."""

from __future__ import annotations

import os
import stat

__all__ = ["written_now"]

_FOLDER = "/proc/self/fd"
_MOST = 4096


def written_now() -> set[tuple[int, int]]:
    """(device, inode) of every regular file that is open for writing; nothing where that cannot be asked."""
    answer: set[tuple[int, int]] = set()
    try:
        descriptors = os.listdir(_FOLDER)
    except OSError:
        return answer
    for descriptor in descriptors[:_MOST]:
        try:
            found = os.stat(f"{_FOLDER}/{descriptor}")
            if stat.S_ISREG(found.st_mode) and _for_writing(descriptor):
                answer.add((found.st_dev, found.st_ino))
        except OSError:
            continue  # closed meanwhile
    return answer


def _for_writing(descriptor: str) -> bool:
    with open(f"/proc/self/fdinfo/{descriptor}", encoding="ascii", errors="replace") as file:
        for line in file:
            if line.startswith("flags:"):
                return int(line[6:].strip(), 8) & (os.O_WRONLY | os.O_RDWR) != 0
    return False
