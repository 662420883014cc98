"""Whether other programs of this kernel live: children that the user's code started, not those that keep Python's own books."""

from __future__ import annotations

import os

__all__ = ["children_live", "ours"]

_TASKS = "/proc/self/task"
_BOOKKEEPERS = (b"resource_tracker", b"semaphore_tracker")
_OURS: set[int] = set()


def ours(thread: int) -> None:
    """What a thread of the journal's own starts is not the user's; by the system's number of the thread."""
    _OURS.add(thread)


def children_live() -> bool:
    """One question to the system where there are none, which is nearly always."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    except (AttributeError, OSError):  # no such question here
        return False
    return _some_are_the_users()


def _some_are_the_users() -> bool:
    try:
        for task in os.listdir(_TASKS):
            if int(task) in _OURS:
                continue
            with open(f"{_TASKS}/{task}/children", "rb") as children:
                if any(_is_a_program(child) for child in children.read().split()):
                    return True
    except FileNotFoundError:
        return not os.path.exists(f"{_TASKS}/{os.getpid()}/children")
    except OSError:
        return True
    return False


def _is_a_program(child: bytes) -> bool:
    """Not one that has ended, nor one of Python's bookkeepers."""
    try:
        with open(b"/proc/" + child + b"/cmdline", "rb") as line:
            words = line.read(4096)
    except OSError:
        return False
    return bool(words) and not any(name in words for name in _BOOKKEEPERS)
