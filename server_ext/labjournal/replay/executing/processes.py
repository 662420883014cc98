"""A process with all that it started: found while it lives, ended together, also what has left its group or has no groups, as on Windows."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

__all__ = ["end", "started_by"]


def started_by(pid: int | None) -> list[psutil.Process]:
    """What the process started and what that started in turn, as far as it is still there; nothing where the process is gone."""
    import psutil

    with contextlib.suppress(psutil.Error):
        return [] if pid is None else psutil.Process(pid).children(recursive=True)
    return []


def end(processes: Iterable[psutil.Process]) -> None:
    """Ends those that still run; never another that has got the number of one since."""
    import psutil

    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.kill()
