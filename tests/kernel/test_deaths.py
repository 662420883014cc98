"""P2: whatever a kernel dies of, what ran before is in the journal, and so is the cell it died in."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest

TIMES = int(os.environ.get("LABJOURNAL_SOAK_TIMES") or 50) if os.environ.get("LABJOURNAL_SOAK") else 1

BUSY = "print('begun', flush=True)\nimport time\nwhile True: time.sleep(0.01)"
DEATHS: dict[str, tuple[str, Callable[[Any], None] | None, str]] = {
    # what the last cell is, what is done to the kernel while it runs, how that cell stands afterwards
    "SIGKILL": (BUSY, lambda kernel: os.kill(kernel.pid, signal.SIGKILL), "abandoned"),
    "SIGTERM": (BUSY, lambda kernel: os.kill(kernel.pid, signal.SIGTERM), "abandoned"),
    "SIGABRT": (BUSY, lambda kernel: os.kill(kernel.pid, signal.SIGABRT), "abandoned"),
    "restart now": (BUSY, lambda kernel: kernel.manager.shutdown_kernel(now=True), "abandoned"),
    "segfault": ("import ctypes; ctypes.string_at(0)", None, "abandoned"),
    "os._exit": ("import os; os._exit(3)", None, "abandoned"),
    "out of memory": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", None, "abandoned"),
    "exit()": ("exit()", None, "ok"),
    "restart in an orderly way": ("'last'", lambda kernel: kernel.client.shutdown(restart=True), "ok"),
    "shutdown": ("'last'", lambda kernel: kernel.client.shutdown(), "ok"),
}


@pytest.mark.parametrize("death", DEATHS)
@pytest.mark.parametrize("time_", range(TIMES))
def test_p2_nothing_is_lost_when_a_kernel_dies(kernels: Callable[..., Any], death: str, time_: int) -> None:
    cell, blow, expected = DEATHS[death]
    kernel = kernels()
    sources = [f"x = {number}" for number in range(5)] + [cell]
    for source in sources[:-1]:
        kernel.run(source)

    message = kernel.send(cell)
    if cell is BUSY:
        until_it_prints(kernel, message)
    elif blow is not None:
        kernel.client.get_shell_msg(timeout=30)
    if blow is not None:
        blow(kernel)
    kernel.died()

    rows = kernel.rows("SELECT text, status FROM executions JOIN sources ON source = sha256 ORDER BY n")
    assert [(source, "ok") for source in sources[:-1]] + [(cell, expected)] == rows
    assert [("ended" if expected == "ok" else "abandoned",)] == kernel.rows("SELECT status FROM runs")


def test_p2_a_kernel_that_is_shut_down_while_it_works_ends_its_run(kernel: Any) -> None:
    """The client interrupts the cell before it asks the kernel to go."""
    until_it_prints(kernel, kernel.send(BUSY))
    kernel.manager.shutdown_kernel()

    assert [("interrupted",)] == kernel.rows("SELECT status FROM executions")
    assert [("ended",)] == kernel.rows("SELECT status FROM runs")


def test_p2_a_kernel_that_takes_longer_to_go_than_its_client_waits_has_ended_all_the_same(kernel: Any) -> None:
    """joblib's workers are waited for before the interpreter's own farewells, and the client sends SIGTERM after a while."""
    kernel.run("import threading, time\nprint('last words')\nthreading._register_atexit(time.sleep, 60)")
    kernel.manager.shutdown_wait_time = 1.0
    kernel.manager.shutdown_kernel()

    assert [("ok",)] == kernel.rows("SELECT status FROM executions")
    assert [("ended",)] == kernel.rows("SELECT status FROM runs")
    assert [("last words\n",)] == kernel.rows("SELECT text FROM outputs")


def until_it_prints(kernel: Any, message: str) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        said = kernel.client.get_iopub_msg(timeout=30)
        if said["parent_header"].get("msg_id") == message and said["msg_type"] == "stream":
            return
    pytest.fail("The cell did not begin.")
