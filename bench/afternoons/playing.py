"""Plays acts in kernels, in a copy of a project, and tells what every execution showed, as a client saw it."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager

from bench.afternoons.person import RESTART, Act
from bench.kernels import environment

__all__ = ["Shown", "acted", "played"]

_CELL_WITHIN_S = 120.0


@dataclass
class Shown:
    """One execution: in which life of the kernel, as which one of it, how it ended and what it showed."""

    act: Act
    life: int
    n: int
    status: str = "failed"
    outputs: list[dict[str, Any]] = field(default_factory=list)


def played(person: Generator[Act, str, None], folder: Path, notebook: Path, journal: Path, kernel: str) -> list[Shown]:
    """Lets a person work, recorded."""
    return list(_played(person, folder, kernel, environment(journal, recorded=True) | {"LABJOURNAL_NOTEBOOK": str(notebook)}))


def acted(acts: Iterable[Act], folder: Path, journal: Path, kernel: str) -> list[Shown]:
    """The same acts once more, not recorded."""

    def again() -> Generator[Act, str, None]:
        for act in acts:  # noqa: UP028 (how each ended is sent, and an iterator would not take it)
            yield act

    return list(_played(again(), folder, kernel, environment(journal, recorded=False)))


def _played(person: Generator[Act, str, None], folder: Path, kernel: str, variables: dict[str, str]) -> Iterator[Shown]:
    life, ended = 1, ""
    act = next(person, None)
    while act is not None:
        with _kernel(folder, kernel, variables) as client:
            n = 0
            while act is not None and act != RESTART:
                n += 1
                done = _execute(client, Shown(act, life, n))
                yield done
                ended = done.status
                act = _sent(person, ended)
        if act == RESTART:
            life += 1
            act = _sent(person, "ok")


def _sent(person: Generator[Act, str, None], ended: str) -> Act | None:
    try:
        return person.send(ended)
    except StopIteration:
        return None


def _execute(client: Any, done: Shown) -> Shown:
    content = {
        "code": done.act.source,
        "silent": False,
        "store_history": True,
        "user_expressions": {},
        "allow_stdin": False,
        "stop_on_error": False,
    }
    message = client.session.msg("execute_request", content)
    message["metadata"] = {"cellId": done.act.cell}
    client.shell_channel.send(message)
    while True:
        heard = client.get_iopub_msg(timeout=_CELL_WITHIN_S)
        if heard["parent_header"].get("msg_id") != message["header"]["msg_id"]:
            continue
        kind = heard["msg_type"]
        if kind in ("stream", "execute_result", "display_data", "error"):
            done.outputs.append({"output_type": kind, **heard["content"]})
        if kind == "status" and heard["content"]["execution_state"] == "idle":
            break
    while True:
        reply = client.get_shell_msg(timeout=_CELL_WITHIN_S)
        if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
            done.status = "ok" if reply["content"]["status"] == "ok" else "failed"
            return done


@contextlib.contextmanager
def _kernel(folder: Path, kernel: str, variables: dict[str, str]) -> Iterator[Any]:
    manager = KernelManager(kernel_name=kernel)
    manager.start_kernel(env=variables, cwd=str(folder), stderr=subprocess.DEVNULL)
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=120)
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel()
