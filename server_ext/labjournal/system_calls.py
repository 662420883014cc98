"""System calls of a microsecond, made without handing the interpreter to another thread.

`os.write` and its like let go of the interpreter's lock, because they might wait. In a kernel somebody is always waiting for that
lock when a cell begins or ends: the thread that sends what the kernel says. So a call of one microsecond costs the tens of
microseconds (beside a busy thread the milliseconds) until the lock is had again. Here the C library is called with the lock held,
which is right for calls that do not wait: appending to the page cache, asking which file a descriptor is. Where they may wait (`waits`:
the file lies on another computer), and where that is not to be had (other systems, a C library without the function), `os` and
`fcntl` do it as ever.

Standard library only, Python 3.8.
"""

from __future__ import annotations

import os
import sys
from typing import Any

try:
    import ctypes
except ImportError:  # a Python without it
    _LENDS = False
else:
    _LENDS = sys.platform.startswith("linux") and sys.maxsize > 2**32
try:
    import fcntl
    import termios
except ImportError:  # Windows, where nobody asks for what they do
    pass

__all__ = ["any_bytes_wait", "exists", "identity", "write"]

_STAT_BYTES = 256
_TELLING_BYTES = 24
"""Of `struct stat` on 64-bit Linux: device, inode and number of names, on some processors with the mode between them."""


def _function(name: str, *arguments: Any) -> Any:
    """A function of the C library that is called with the interpreter's lock held; None where there is none such."""
    try:
        found = getattr(ctypes.PyDLL(None), name)
    except (OSError, AttributeError):  # `fstat` is no function of its own in glibc before 2.33
        return None
    found.argtypes = arguments
    return found


if _LENDS:
    _Facts = ctypes.c_char * _STAT_BYTES
    _write = _function("write", ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t)
    _access = _function("access", ctypes.c_char_p, ctypes.c_int)
    _fstat = _function("fstat", ctypes.c_int, _Facts)
    _ioctl = _function("ioctl", ctypes.c_int, ctypes.c_ulong, ctypes.POINTER(ctypes.c_int))
    if _write is not None:
        _write.restype = ctypes.c_ssize_t
else:
    _write = _access = _fstat = _ioctl = None


def write(descriptor: int, data: bytes, *, waits: bool = False) -> int:
    """As `os.write`: how many bytes were written. Raises OSError."""
    if _write is not None and not waits:
        written: int = _write(descriptor, data, len(data))
        if written >= 0:
            return written
    return os.write(descriptor, data)  # a signal came between, or this raises what is wrong


def exists(path: bytes, *, waits: bool = False) -> bool:
    """Whether there is such a file."""
    return os.access(path, os.F_OK) if _access is None or waits else _access(path, os.F_OK) == 0


def identity(descriptor: int, *, waits: bool = False) -> Any:
    """Device, inode and number of names of an open file, to be compared with what was told before. Raises OSError."""
    if _fstat is not None and not waits:
        facts = _Facts()
        if _fstat(descriptor, facts) == 0:
            return facts[:_TELLING_BYTES]
    stat = os.fstat(descriptor)
    return stat.st_dev, stat.st_ino, stat.st_nlink


def any_bytes_wait(descriptor: int) -> bool:
    """Whether there is something to be read (how much is not to be relied on); False too where that cannot be asked."""
    if _ioctl is not None:
        count = ctypes.c_int()
        return _ioctl(descriptor, termios.FIONREAD, count) == 0 and count.value != 0
    try:
        nothing = bytes(4)
        return bool(fcntl.ioctl(descriptor, termios.FIONREAD, nothing) != nothing)
    except OSError:
        return False
