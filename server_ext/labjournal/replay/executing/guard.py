"""Starts the kernel of a replay so that it can write only where it may: its workspace, the journal, its own caches.

Run as `python guard.py --may-write FOLDER … -- ARGUMENTS OF ipykernel_launcher`. On Linux the kernel itself forbids the rest
(Landlock, from 5.13, unprivileged, inherited by children); elsewhere an audit hook refuses what Python code opens for writing,
which native libraries can pass by. The environment variable `LABJOURNAL_GUARD` tells the process which of the two holds.

Landlock: https://docs.kernel.org/userspace-api/landlock.html. Standard library only, Python 3.8.
"""

from __future__ import annotations

import ctypes
import os
import runpy
import sys
from typing import Any, List, Sequence, Tuple

__all__ = ["main", "protect"]

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_PATH_BENEATH = 1
_VERSION = 1
_NO_NEW_PRIVS = 38

# LANDLOCK_ACCESS_FS_*: everything that changes a file system. Reading and executing stay free.
_WRITE_FILE, _TRUNCATE, _REFER = 1 << 1, 1 << 14, 1 << 13
_CHANGES = _WRITE_FILE | sum(1 << bit for bit in range(4, 13))
_FILE_RIGHTS = _WRITE_FILE | _TRUNCATE

_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/tty", "/dev/ptmx", "/dev/random", "/dev/urandom")


class _Attribute(ctypes.Structure):
    _fields_ = [("handled_access_fs", ctypes.c_uint64)]


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32)]


def protect(may_write: Sequence[str]) -> str:
    """Takes this process the right to write anywhere but below `may_write`; 'landlock' or 'audit', whichever holds now."""
    folders = [os.path.realpath(folder) for folder in may_write]
    if sys.platform == "linux" and _landlock(folders):
        return "landlock"
    _audit(folders)
    return "audit"


def _landlock(folders: List[str]) -> bool:
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        version = libc.syscall(_CREATE_RULESET, None, 0, _VERSION)
    except (OSError, AttributeError):
        return False
    if version < 1:
        return False
    handled = _CHANGES | (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)
    attribute = _Attribute(handled)
    ruleset = libc.syscall(_CREATE_RULESET, ctypes.byref(attribute), ctypes.sizeof(attribute), 0)
    if ruleset < 0:
        return False
    try:
        for folder in [*folders, "/dev/shm", "/dev/pts", *_DEVICES]:
            _allow(libc, ruleset, folder, handled)
        if libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
            return False
        return bool(libc.syscall(_RESTRICT_SELF, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def _allow(libc: Any, ruleset: int, path: str, handled: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        rights = handled if os.path.isdir(path) else handled & _FILE_RIGHTS
        rule = _PathBeneath(rights, descriptor)
        libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(descriptor)


_ONE_PATH = {"os.remove", "os.rmdir", "os.mkdir", "os.truncate", "os.chmod", "os.chown"}
_TWO_PATHS = {"os.rename", "os.link", "os.symlink"}


def _audit(folders: List[str]) -> None:
    allowed = tuple(os.path.normcase(folder) for folder in folders)
    devices = tuple(os.path.normcase(path) for path in (*_DEVICES, "/dev/shm", os.devnull))
    changing = os.O_WRONLY | os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC

    def refuse(path: Any) -> None:
        if isinstance(path, int):
            return
        real = os.path.normcase(os.path.realpath(os.fsdecode(path)))
        if real in devices or any(real == folder or real.startswith(folder + os.sep) for folder in allowed):
            return
        raise PermissionError(13, "a replay writes only inside its workspace", os.fsdecode(path))

    def hook(event: str, arguments: Tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if path is not None and isinstance(flags, int) and flags & changing:
                refuse(path)
        elif event in _ONE_PATH:
            refuse(arguments[0])
        elif event in _TWO_PATHS:
            refuse(arguments[1])
            if event == "os.rename":
                refuse(arguments[0])

    sys.addaudithook(hook)


def main(arguments: Sequence[str]) -> None:
    """Protects this process, then becomes the kernel."""
    split = list(arguments).index("--")
    may_write = [argument for argument in arguments[:split] if argument != "--may-write"]
    sys.argv = ["ipykernel_launcher", *arguments[split + 1 :]]
    # As `python -m ipykernel_launcher` would have it: the working folder, not the folder of this file.
    sys.path[0] = os.getcwd()
    os.environ["LABJOURNAL_GUARD"] = protect(may_write)
    runpy.run_module("ipykernel_launcher", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
