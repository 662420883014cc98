"""Two kernels of one environment: a plain one and one that is recorded, driven the same way."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
from jupyter_client.manager import KernelManager

from labjournal.server.kernels import BOOT

__all__ = ["Kernel", "environment", "pair", "started"]


class Kernel:
    """A running kernel with a blocking client."""

    def __init__(self, manager: KernelManager, client: Any) -> None:
        self._manager = manager
        self._client = client

    @property
    def process(self) -> psutil.Process:
        provisioner: Any = self._manager.provisioner
        return psutil.Process(provisioner.pid)

    def cpu_s(self) -> float:
        """CPU seconds the kernel has used so far."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def memory_bytes(self) -> int:
        return int(self.process.memory_info().rss)

    def run(self, code: str, timeout_s: float = 600.0) -> float:
        """Seconds from sending the request to the kernel being idle again; raises where the cell failed."""
        begin = time.perf_counter()
        identity = self._client.execute(code)
        failed = None
        while True:
            message = self._client.get_iopub_msg(timeout=timeout_s)
            if message["parent_header"].get("msg_id") != identity:
                continue
            if message["msg_type"] == "error":
                failed = message["content"]["evalue"]
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                break
        took = time.perf_counter() - begin
        self._client.get_shell_msg(timeout=timeout_s)
        if failed is not None:
            raise RuntimeError(f"cell failed: {failed}")
        return took


def environment(journal: Path, *, recorded: bool) -> dict[str, str]:
    """Environment of a kernel that is recorded into `journal`, also where labjournal is not installed, or not at all."""
    answer = {name: value for name, value in os.environ.items() if name not in ("LABJOURNAL_DISABLE", "PYTHONSTARTUP")}
    answer["LABJOURNAL_PATH"] = str(journal)
    answer["PYTHONSTARTUP" if recorded else "LABJOURNAL_DISABLE"] = BOOT if recorded else "1"
    return answer


@contextlib.contextmanager
def started(journal: Path, *, recorded: bool, cwd: Path | None = None, kernel: str = "python3") -> Iterator[Kernel]:
    """A kernel that is ready, recorded into `journal` or not at all."""
    manager = KernelManager(kernel_name=kernel)
    manager.start_kernel(env=environment(journal, recorded=recorded), cwd=str(cwd) if cwd else None, stderr=subprocess.DEVNULL)
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=120)
        yield Kernel(manager, client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel()


@contextlib.contextmanager
def pair(journal: Path) -> Iterator[tuple[Kernel, Kernel]]:
    """(plain, recorded)"""
    with started(journal, recorded=False) as plain, started(journal, recorded=True) as recorded:
        yield plain, recorded
