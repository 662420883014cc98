"""Linux's inotify: what happened to the files of watched folders, though not who did it. For where fanotify is refused."""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from typing import Any, Dict, Tuple

from labjournal.recorders.sightings import ARRIVED, CREATED, FOLDER, GONE, LEFT, LOST, Sightings

__all__ = ["Inotify"]

_ONLY_FOLDERS = 0x01000000
_MASK = 0x1 | 0x2 | 0x8 | 0x20 | LEFT | ARRIVED | CREATED | GONE | _ONLY_FOLDERS
_READING = 0x1 | 0x20
_NO_MORE = 0x8000
_EVENT = struct.Struct("=iIII")
_MOST_LEAVING = 1000


class Inotify:
    """One queue of events and the folders that feed it."""

    name = "inotify"
    tells_own = False

    def __init__(self) -> None:
        self._libc = _library()
        self._folders: Dict[int, str] = {}
        self._leaving: Dict[int, Tuple[str, bool]] = {}
        """What was renamed, by the number that the event of its arrival will carry."""
        self.fd = self._libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
        if self.fd < 0:
            raise _failure()

    def mark(self, folder: str) -> None:
        """Watch the files of a folder, which stands here without symbolic links. Raises OSError."""
        number = self._libc.inotify_add_watch(self.fd, os.fsencode(folder), _MASK)
        if number < 0:
            raise _failure()
        self._folders[number] = folder

    def hush(self, folder: str, hushed: bool) -> None:
        """That files of a folder are opened and read is told no more, or again; changes always are."""
        self._libc.inotify_add_watch(self.fd, os.fsencode(folder), _MASK & ~_READING if hushed else _MASK)

    def fold(self, chunk: bytes, into: Sightings, start: int = 0, most: int = 1 << 30) -> int:
        """Tells what the events of a chunk say, so many at most; where the next one begins."""
        at, end = start, len(chunk)
        while at < end and most > 0:
            number, bits, cookie, length = _EVENT.unpack_from(chunk, at)
            name = chunk[at + 16 : at + 16 + length].partition(b"\0")[0]
            at += 16 + length
            most -= 1
            if bits & LOST:
                into.lost = True
                continue
            if bits & _NO_MORE:
                self._folders.pop(number, None)
                continue
            folder = self._folders.get(number)
            if folder is not None and name:
                self._tell(os.path.join(folder, os.fsdecode(name)), bits, cookie, into)
        return at

    def _tell(self, path: str, bits: int, cookie: int, into: Sightings) -> None:
        folder = bool(bits & FOLDER)
        if bits & LEFT:
            if len(self._leaving) >= _MOST_LEAVING:
                self._leaving.clear()
            self._leaving[cookie] = path, folder
            if not folder:
                into.note(path, LEFT, False)
        elif bits & ARRIVED:
            source, _ = self._leaving.pop(cookie, ("", folder))
            if source:
                into.moved(source, path, False, folder)
                if folder:
                    self.moved(source, path)
            elif folder:
                into.arrived(path, False)
            else:
                into.note(path, ARRIVED, False)
        elif folder:
            if bits & CREATED:
                into.arrived(path, False)
        else:
            into.note(path, bits & 0x3FF, False)

    def moved(self, old: str, new: str) -> None:
        """A folder has another path now, and all that stands in it."""
        below = os.path.join(old, "")
        for number, folder in list(self._folders.items()):
            if folder == old or folder.startswith(below):
                self._folders[number] = new + folder[len(old) :]

    def close(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


def _library() -> Any:
    library = ctypes.CDLL(None, use_errno=True)
    try:
        library.inotify_init1.argtypes = [ctypes.c_int]
        library.inotify_add_watch.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_uint32]
    except AttributeError:
        raise OSError(errno.ENOSYS, "this C library knows no inotify") from None
    return library


def _failure() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))
