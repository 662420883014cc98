"""Who makes the tries of a sweep: threads here, each of which waits for a process, or the workers of a Dask cluster that is there already.

Both are executors as `concurrent.futures` has them. The workers of a cluster have to have labjournal, and to see the journal's folder and what the
code reads, under the same paths; what is not so is told by the tries that fail.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import re
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from labjournal.errors import LabjournalError
from labjournal.replay.sweeps.trying import Task, Tried, tried

__all__ = ["Makers", "makers"]

_CONNECTS_WITHIN_S = 5.0
_ANSWERS_WITHIN_S = 10.0
_ENDS_WITHIN_S = 60.0
_DASK = re.compile(r"dask://(?P<host>\[[0-9A-Fa-f:.]+\]|[^/:@\s\[\]]+):(?P<port>\d{1,5})/?")


@dataclass(frozen=True)
class Makers:
    """How a try is handed over, how many may be under way at once, and how to make those under way end."""

    submit: Callable[[Task], Future[Tried]]
    most: int
    end: Callable[[], None]


@contextlib.contextmanager
def makers(name: str, jobs: int | None) -> Iterator[Makers]:
    """The executor that is meant by `name` ('' or dask://HOST:PORT) for at most `jobs` tries at once."""
    if not name:
        with _here(jobs or 1) as made:
            yield made
        return
    address = _DASK.fullmatch(name)
    if address is None or not 0 < int(address["port"]) < 65536:
        raise LabjournalError(f"{name!r:.80} is no executor.", "Write --executor dask://HOST:PORT, or leave it out.")
    with _cluster(address["host"], int(address["port"]), jobs) as made:
        yield made


@dataclass
class _Processes:
    """Those of the tries under way here. Whoever is told to end loses its standard input, and ends in order."""

    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    ended: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, process: subprocess.Popen[bytes]) -> None:
        with self.lock:
            self.running.append(process)
            if self.ended:
                _close(process)

    def end(self) -> None:
        with self.lock:
            self.ended = True
            for process in self.running:
                _close(process)
        for process in self.running:
            try:
                process.wait(_ENDS_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _close(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        with contextlib.suppress(OSError, ValueError):
            process.stdin.close()


@contextlib.contextmanager
def _here(jobs: int) -> Iterator[Makers]:
    processes = _Processes()
    pool = ThreadPoolExecutor(jobs, thread_name_prefix="try")
    make = functools.partial(tried, started=processes.add)
    try:
        yield Makers(lambda task: pool.submit(make, task), jobs, processes.end)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextlib.contextmanager
def _cluster(host: str, port: int, jobs: int | None) -> Iterator[Makers]:
    client = _connected(host, port)
    try:
        threads = sum(client.nthreads().values())
        if not threads:
            raise LabjournalError(f"The Dask cluster at {host}:{port} has no workers.", "Start some: `dask worker HOST:PORT`.")
        pool = client.get_executor(pure=False, retries=0)
        yield Makers(lambda task: pool.submit(tried, task), jobs or threads, lambda: pool.shutdown(wait=False))
    finally:
        with contextlib.suppress(Exception):  # the cluster may be gone by now
            client.close(timeout=_CONNECTS_WITHIN_S)


def _connected(host: str, port: int) -> Any:
    try:
        from distributed import Client
        from distributed.core import rpc
    except ImportError as problem:
        raise LabjournalError("Dask is not installed here.", "`pip install labjournal[dask]` adds it.") from problem
    remedy = "Start one with `dask scheduler` and `dask worker`, or leave --executor out."
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in ("distributed", "tornado", "asyncio"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)  # what goes wrong is said by us, in one sentence

    made: Any = Client  # both are untyped
    call: Any = rpc

    async def identity() -> Any:
        async with call(f"tcp://{host}:{port}", timeout=_CONNECTS_WITHIN_S) as scheduler:
            return await scheduler.identity()

    async def asked() -> Any:
        return await asyncio.wait_for(identity(), _ANSWERS_WITHIN_S)

    try:
        socket.create_connection((host.strip("[]"), port), _CONNECTS_WITHIN_S).close()
    except (OSError, UnicodeError) as problem:
        raise LabjournalError(f"No Dask cluster answers at {host}:{port} ({_why(problem)}).", remedy) from problem
    try:
        asyncio.run(asked())  # before there is a client: one that finds nobody goes on asking for long
        return made(f"tcp://{host}:{port}", timeout=_ANSWERS_WITHIN_S, set_as_default=False, name="labjournal")
    except Exception as problem:  # whatever the other side is, it is no cluster that can be used
        raise LabjournalError(f"What answers at {host}:{port} is no Dask cluster.", remedy) from problem


def _why(problem: BaseException) -> str:
    return (getattr(problem, "strerror", None) or str(problem) or type(problem).__name__).split("\n", 1)[0][:120]
