"""Drives a fresh kernel through the steps of a replay. The kernel records itself; nothing it shows is looked at here.

However it ends — a kernel that dies, a Ctrl-C, an error of ours — the kernel and every process it left in its group are gone
afterwards.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import Any

from labjournal.errors import ReplayFailed
from labjournal.replay.executing import processes, stopping
from labjournal.replay.executing.kernels import Launch

__all__ = ["Executed", "Step", "execute"]

_STARTS_WITHIN_S = 120.0
_ENDS_WITHIN_S = 30.0
_GLANCE_S = 0.5
_TRIES = 3
_PORT_TAKEN = "Address already in use"


@dataclass(frozen=True)
class Step:
    """One source to execute; `n` is the number of the recorded execution it comes from."""

    n: int
    source: str
    count: int | None = None
    """What stood in `In[ ]`, so that `_7` and `Out[7]` mean what they meant."""
    sets_count: bool = False
    """Whether the kernel would count otherwise by itself."""
    altered: bool = False
    """Whether the source is not quite what was recorded, so that what it prints may differ."""


@dataclass(frozen=True)
class Executed:
    """What driving the kernel brought: its id in the journal, the message that each step was sent with, and whether it died."""

    kernel_id: str
    messages: tuple[str, ...]
    died: bool
    late: float | None = None
    """The seconds it was given, where they were not enough: the last message was interrupted."""


def execute(
    steps: Sequence[Step],
    launch: Launch,
    *,
    folder: Path,
    log: Path,
    progress: Callable[[str], None],
    within_s: float | None = None,
) -> Executed:
    """Sends every step to a fresh kernel working in `folder`, failures included, until all are done, the kernel is dead, or time is up."""
    progress("starting a kernel")
    messages: list[str] = []
    with _kernel(launch, folder, log) as (manager, client):
        until = float("inf") if within_s is None else time.monotonic() + within_s
        for number, step in enumerate(steps, 1):
            progress(f"executing {number} of {len(steps)}")
            stopping.look()
            if not _send(step, messages, manager, client, until - time.monotonic()):
                if not manager.is_alive():
                    return Executed(launch.id, tuple(messages), True)
                manager.interrupt_kernel()
                return Executed(launch.id, tuple(messages), False, within_s)
    return Executed(launch.id, tuple(messages), False)


def _send(step: Step, messages: list[str], manager: Any, client: Any, within_s: float) -> bool:
    """Executes a step and waits for its end; False where the kernel died over it, or did not end in time."""
    if step.sets_count:
        client.execute(f"get_ipython().execution_count = {step.count}", silent=True, store_history=False)
    messages.append(client.execute(step.source, allow_stdin=False, stop_on_error=False))
    return _answered(messages[-1], manager, client, within_s)


def _answered(message: str, manager: Any, client: Any, within_s: float = float("inf")) -> bool:
    """Waits for the reply to a message; False where the kernel died, or did not say a word in time."""
    until = time.monotonic() + within_s
    alive = True
    while alive and time.monotonic() < until:
        stopping.look()
        alive = manager.is_alive()  # asked before the last look, so that a last word is not missed
        with contextlib.suppress(Empty):
            while client.get_shell_msg(timeout=_GLANCE_S)["parent_header"].get("msg_id") != message:
                pass
            return True
    return False


@contextlib.contextmanager
def _kernel(launch: Launch, folder: Path, log: Path) -> Iterator[tuple[Any, Any]]:
    """A kernel that is ready, with a client that listens to its replies."""
    manager, client = _started(launch, folder, log)
    children: list[Any] = []
    try:
        yield manager, client
        children = processes.started_by(manager.provisioner.pid)
        _end(manager, client)
    finally:
        _clear_away(manager, client, children)


def _started(launch: Launch, folder: Path, log: Path) -> tuple[Any, Any]:
    """The same, once more where another program took the ports between their choice and their use, as beside other replays it may."""
    for left in reversed(range(_TRIES)):
        manager, client = launch.manager(), None
        try:
            with log.open("wb") as said:
                manager.start_kernel(cwd=str(folder), env=launch.environ, stdout=said, stderr=said)
            client = manager.client()
            client.start_channels(shell=True, iopub=False, stdin=False, hb=False, control=True)
            _wait_until_ready(manager, client, log)
            return manager, client
        except BaseException as problem:  # handed on, once nothing is left of it
            _clear_away(manager, client)
            if not (left and isinstance(problem, ReplayFailed) and _PORT_TAKEN in log.read_text("utf-8", "replace")):
                raise
    raise AssertionError("the last try was handed on")


def _wait_until_ready(manager: Any, client: Any, log: Path) -> None:
    try:
        ready = _answered(client.kernel_info(), manager, client, _STARTS_WITHIN_S)
    except RuntimeError:
        ready = False
    if not ready:
        words = log.read_text("utf-8", "replace").strip().rsplit("\n", 1)[-1]
        raise ReplayFailed(
            f"The kernel did not start{': ' + words if words else ''}.", "Choose an environment that has ipykernel."
        )


def _end(manager: Any, client: Any) -> None:
    """Lets the kernel tell the journal the rest, and end."""
    client.shutdown()
    until = time.monotonic() + _ENDS_WITHIN_S
    while manager.is_alive() and time.monotonic() < until:
        time.sleep(0.05)


def _clear_away(manager: Any, client: Any, children: Sequence[Any] = ()) -> None:
    """Nothing of the replay goes on: not the kernel, nor what its cells started."""
    group = getattr(manager.provisioner, "pgid", None)
    children = [*children, *processes.started_by(getattr(manager.provisioner, "pid", None))]
    if client is not None:
        client.stop_channels()
    if manager.has_kernel and manager.is_alive():
        manager.shutdown_kernel(now=True)
    if group and group != os.getpgrp() and hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    processes.end(children)
    manager.cleanup_resources()
