"""Kernels to listen to: a real one in a process of its own (`kernel`), and a real shell in this process (`shell`)."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from IPython.core.interactiveshell import InteractiveShell
from jupyter_client.manager import KernelManager
from jupyter_client.session import Session

import labjournal
from labjournal.events import Event
from labjournal.journal import frames, writer

BOOT = Path(labjournal.__file__).with_name("kernel") / "boot.py"
PATIENCE_S = 60.0


class Kernel:
    """A kernel of this environment whose executions are recorded, and what the journal says about it."""

    def __init__(self, journal: Path, folder: Path, *, python: str | None = None, **environ: str) -> None:
        self.journal = journal
        self.manager = KernelManager()
        if python is not None:
            assert self.manager.kernel_spec is not None
            self.manager.kernel_spec.argv[0] = python
        env = {name: value for name, value in os.environ.items() if not name.startswith(("LABJOURNAL_", "JPY_"))}
        env.update(LABJOURNAL_PATH=str(journal), PYTHONSTARTUP=str(BOOT), IPYTHONDIR=str(folder / "ipython"))
        env.update(environ)
        self.manager.start_kernel(env=env, cwd=str(folder), stderr=subprocess.DEVNULL)
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE_S)

    @property
    def pid(self) -> int:
        provisioner: Any = self.manager.provisioner
        return int(provisioner.pid)

    def run(self, code: str, **more: Any) -> tuple[str, str]:
        """Executes a cell; status of the reply, and what it printed."""
        printed: list[str] = []

        def shown(message: Any) -> None:
            if message["msg_type"] == "stream":
                printed.append(message["content"]["text"])

        reply = self.client.execute_interactive(code, output_hook=shown, timeout=PATIENCE_S, **more)
        return reply["content"]["status"], "".join(printed)

    def send(self, code: str) -> str:
        """Sends a cell and does not wait for it."""
        return str(self.client.execute(code))

    def ask(self, expression: str) -> Any:
        """The value of a plain expression, without leaving an execution behind."""
        import ast

        reply = self.client.execute_interactive("", user_expressions={"x": expression}, silent=True, timeout=PATIENCE_S)
        return ast.literal_eval(reply["content"]["user_expressions"]["x"]["data"]["text/plain"])

    def interrupt(self) -> None:
        self.manager.interrupt_kernel()

    def shutdown(self) -> None:
        """An orderly end, as by the user."""
        self.client.shutdown()
        until = time.monotonic() + PATIENCE_S
        while self.manager.is_alive() and time.monotonic() < until:
            time.sleep(0.02)
        self.close()

    def died(self) -> None:
        """Waits until the process is gone."""
        until = time.monotonic() + PATIENCE_S
        while self.manager.is_alive() and time.monotonic() < until:
            time.sleep(0.02)

    def close(self) -> None:
        self.client.stop_channels()
        if self.manager.is_alive():
            self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of the journal, after everything that was spooled has been taken in."""
        writer.ingest(self.journal, wait_s=10)
        connection = sqlite3.connect(self.journal / "journal.sqlite")
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()

    def waits_for(self, query: str, expected: list[tuple[Any, ...]], seconds: float = 15) -> list[tuple[Any, ...]]:
        """The rows, as soon as they are as expected or the time is over."""
        until = time.monotonic() + seconds
        while True:
            rows = self.rows(query)
            if rows == expected or time.monotonic() > until:
                return rows
            time.sleep(0.1)


@pytest.fixture
def kernels(tmp_path: Path) -> Iterator[Callable[..., Kernel]]:
    """Starts kernels that all write to one journal."""
    started: list[Kernel] = []

    def start(**more: Any) -> Kernel:
        kernel = Kernel(tmp_path / "journal", tmp_path, **more)
        started.append(kernel)
        return kernel

    yield start
    for kernel in started:
        kernel.close()


@pytest.fixture
def kernel(kernels: Callable[..., Kernel]) -> Kernel:
    return kernels()


class StandInKernel:
    """As much of a kernel as the hook asks for: a request that is being answered, and a real session that publishes."""

    def __init__(self) -> None:
        self.session = Session()
        self.session.check_pid = False
        self.message_id = ""

    def get_parent(self, channel: str = "shell") -> dict[str, Any]:
        return {"header": {"msg_id": self.message_id}}

    def publish(self, kind: str, **content: Any) -> None:
        self.session.send(None, kind, content, parent={"header": {"msg_id": self.message_id}})


class RecordedShell:
    """A real InteractiveShell in this process, recorded as a kernel's would be."""

    def __init__(self, journal: Path) -> None:
        from labjournal.kernel import hook

        self.journal = journal
        self.shell = cast(Any, InteractiveShell(cache_size=0))
        self.shell.history_manager.enabled = False
        self.kernel = StandInKernel()
        self.shell.kernel = self.kernel
        self._cells = 0
        self.hook = hook
        hook.install(self.shell)

    def run(self, code: str, **more: Any) -> Any:
        self._cells += 1
        self.kernel.message_id = f"request-{self._cells}"
        try:
            return self.shell.run_cell(code, store_history=True, **more)
        finally:
            self.kernel.publish("status", execution_state="idle")

    def publish(self, kind: str, **content: Any) -> None:
        self.kernel.publish(kind, **content)

    def spooled(self) -> list[Event]:
        """Every event on disk so far that has not been taken into the journal."""
        found = []
        for segment in sorted((self.journal / "spool").glob("*.spool")):
            found += [event for _, event in frames.decode(segment.read_bytes()) if event is not None]
        return found

    def end(self) -> None:
        self.hook._farewell()
        if self.shell.history_manager is not None:
            self.shell.history_manager.end_session()


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordedShell]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    recorded = RecordedShell(tmp_path / "journal")
    yield recorded
    recorded.end()
