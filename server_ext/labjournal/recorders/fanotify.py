"""Linux's fanotify as any user may have it: which files of marked folders were opened, read, changed, made, renamed, removed.

Without privileges there are no permission events and no paths: an event names a folder by file system and handle, and the file by
name, so the folder of every mark is remembered by its handle. An event of this process carries its id, that of any other process 0.
Linux 5.13 or later; containers often forbid it, which `Fanotify()` says by the OSError it raises.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys
from typing import Any, Dict

from labjournal.recorders.sightings import ARRIVED, CREATED, FOLDER, GONE, LEFT, LOST, Sightings

__all__ = ["Fanotify"]

_CLOEXEC, _NONBLOCK, _REPORT_DIR_FID, _REPORT_NAME = 0x1, 0x2, 0x400, 0x800
_MARK_ADD, _MARK_REMOVE, _ONLY_FOLDERS, _IGNORED = 0x1, 0x2, 0x8, 0x20
_READING = 0x1 | 0x20
_RENAMED = 0x10000000
_ON_CHILD = 0x08000000
_ALWAYS = 0x1 | 0x2 | 0x8 | 0x20 | CREATED | GONE | FOLDER | _ON_CHILD
_MASKS = (_ALWAYS | _RENAMED, _ALWAYS | LEFT | ARRIVED)
"""With both names of a rename (Linux 5.17), else as two events."""
_HERE = -100

_EVENT = struct.Struct("=IBBHQii")
_INFO = struct.Struct("=BBH8xI")
_NAMED, _OLD_NAME, _NEW_NAME = 2, 10, 12
_HANDLE_BYTES = 128
_HANDLE = struct.Struct("=Ii")
_STATFS_BYTES, _STATFS_ID = 256, slice(56, 64)


class Fanotify:
    """One queue of events and the folders that feed it."""

    name = "fanotify"
    tells_own = True

    def __init__(self) -> None:
        if sys.maxsize <= 2**32:
            raise OSError(errno.ENOSYS, "not on 32-bit systems")
        self._libc = _library()
        self._pid = os.getpid()
        self._folders: Dict[bytes, str] = {}
        self._file_systems: Dict[int, bytes] = {}
        self._mask = _MASKS[0]
        self.fd = self._libc.fanotify_init(_CLOEXEC | _NONBLOCK | _REPORT_DIR_FID | _REPORT_NAME, os.O_RDONLY)
        if self.fd < 0:
            raise _failure()

    def mark(self, folder: str) -> None:
        """Watch the files of a folder, which stands here without symbolic links. Raises OSError."""
        name = os.fsencode(folder)
        handle = self._handle(name)
        if self._add(name) != 0:
            problem = _failure()
            if problem.errno != errno.EINVAL or self._mask == _MASKS[1]:
                raise problem
            self._mask = _MASKS[1]
            if self._add(name) != 0:
                raise _failure()
        self._folders[handle] = folder

    def hush(self, folder: str, hushed: bool) -> None:
        """That files of a folder are opened and read is told no more, or again; changes always are."""
        if hushed:
            self._libc.fanotify_mark(self.fd, _MARK_REMOVE | _ONLY_FOLDERS, _READING, _HERE, os.fsencode(folder))
        else:
            self._add(os.fsencode(folder))

    def ignore(self, path: str, ignored: bool) -> bool:
        """Whether that a file is opened and read is, from now on, told no more (or again); changes always are."""
        how = (_MARK_ADD if ignored else _MARK_REMOVE) | _IGNORED
        answer: int = self._libc.fanotify_mark(self.fd, how, _READING | _ON_CHILD, _HERE, os.fsencode(path))
        return answer == 0

    def fold(self, chunk: bytes, into: Sightings, start: int = 0, most: int = 1 << 30) -> int:
        """Tells what the events of a chunk say, so many at most; where the next one begins."""
        read_event, own, at, end = _EVENT.unpack_from, self._pid, start, len(chunk)
        while at < end and most > 0:
            length, _, _, header, bits, _, pid = read_event(chunk, at)
            if bits & LOST:
                into.lost = True
            else:
                self._tell(chunk, at + header, at + length, bits, pid == own, into)
            at += max(length, 24)
            most -= 1
        return at

    def _tell(self, chunk: bytes, at: int, end: int, bits: int, own: bool, into: Sightings) -> None:
        old = new = ""
        while at < end:
            kind, _, length, handle_bytes = _INFO.unpack_from(chunk, at)
            name_at = at + 20 + handle_bytes
            if kind in (_NAMED, _OLD_NAME, _NEW_NAME):
                folder = self._folders.get(chunk[at + 4 : name_at])
                name = chunk[name_at : at + length].partition(b"\0")[0]
                if folder is not None and name not in (b"", b"."):
                    path = os.path.join(folder, os.fsdecode(name))
                    if kind == _OLD_NAME:
                        old = path
                    else:
                        new = path
            at += max(length, 4)
        if bits & _RENAMED:
            self._renamed(old, new, own, bool(bits & FOLDER), into)
            bits &= ~_RENAMED
        elif new and bits & FOLDER:
            if bits & (CREATED | ARRIVED):
                into.arrived(new, own)
        elif new and bits & 0x3FF:
            into.note(new, bits & 0x3FF, own)

    def _renamed(self, old: str, new: str, own: bool, folder: bool, into: Sightings) -> None:
        if old and new:
            into.moved(old, new, own, folder)
            if folder:
                self.moved(old, new)
        elif folder:
            if new:
                into.arrived(new, own)
        elif old or new:
            into.note(old or new, LEFT if old else ARRIVED, own)

    def moved(self, old: str, new: str) -> None:
        """A folder has another path now, and all that stands in it."""
        below = os.path.join(old, "")
        for handle, folder in list(self._folders.items()):
            if folder == old or folder.startswith(below):
                self._folders[handle] = new + folder[len(old) :]

    def close(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def _add(self, name: bytes) -> int:
        answer: int = self._libc.fanotify_mark(self.fd, _MARK_ADD | _ONLY_FOLDERS, self._mask, _HERE, name)
        return answer

    def _handle(self, name: bytes) -> bytes:
        """How events name the folder: file system, length and type of the handle, handle."""
        device = os.stat(name).st_dev
        system = self._file_systems.get(device)
        if system is None:
            facts = ctypes.create_string_buffer(_STATFS_BYTES)
            if self._libc.statfs(name, facts) != 0:
                raise _failure()
            system = self._file_systems[device] = facts.raw[_STATFS_ID]
        handle = ctypes.create_string_buffer(_HANDLE.pack(_HANDLE_BYTES, 0), _HANDLE.size + _HANDLE_BYTES)
        mount = ctypes.c_int()
        if self._libc.name_to_handle_at(_HERE, name, handle, ctypes.byref(mount), 0) != 0:
            raise _failure()
        return system + handle.raw[: _HANDLE.size + _HANDLE.unpack_from(handle.raw)[0]]


def _library() -> Any:
    """The C library, its functions told their arguments; OSError where it has none of them."""
    library = ctypes.CDLL(None, use_errno=True)
    try:
        library.fanotify_init.argtypes = [ctypes.c_uint, ctypes.c_uint]
        library.fanotify_mark.argtypes = [ctypes.c_int, ctypes.c_uint, ctypes.c_uint64, ctypes.c_int, ctypes.c_char_p]
        library.name_to_handle_at.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p, ctypes.c_int]
        library.statfs.argtypes = [ctypes.c_char_p, ctypes.c_char_p]
    except AttributeError:
        raise OSError(errno.ENOSYS, "this C library knows no fanotify") from None
    return library


def _failure() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))
