"""Kernels of environments without labjournal: the server hands them the recorder through `PYTHONSTARTUP`.

A kernel in the server's own environment finds the IPython startup file by itself; both ways meet in one guard in the hook.
`PYTHONSTARTUP` is honoured by every IPython kernel, ignored by kernels of other languages, and needs no change of the command
line. A value the user has set is kept in `LABJOURNAL_PYTHONSTARTUP`; `kernel/boot.py` runs it after the hook and restores it.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

__all__ = ["BOOT", "startup_environment", "wrap_start_kernel"]

BOOT = str(Path(__file__).resolve().parent.parent / "kernel" / "boot.py")


def startup_environment(environment: dict[str, str], journal: Path) -> dict[str, str]:
    """`environment` with the recorder in front of the user's own startup file, and the journal it is to write to."""
    answer = dict(environment)
    chosen = answer.get("PYTHONSTARTUP")
    if chosen and chosen != BOOT:
        answer["LABJOURNAL_PYTHONSTARTUP"] = chosen
    answer["PYTHONSTARTUP"] = BOOT
    answer["LABJOURNAL_PATH"] = str(journal)
    return answer


def wrap_start_kernel(manager: Any, journal: Path) -> None:
    """Every kernel that `manager` starts from now on gets the recorder; a restart reuses the environment of the start.

    `manager` is whatever kernel manager the server was configured with; `start_kernel` is all that is touched.
    """
    start: Callable[..., Awaitable[str]] = manager.start_kernel

    async def start_kernel(*args: Any, **kwargs: Any) -> str:
        kwargs["env"] = startup_environment(dict(kwargs.get("env") or os.environ), journal)
        return await start(*args, **kwargs)

    manager.start_kernel = start_kernel
