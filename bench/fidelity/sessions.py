"""A kernel without any capability: plain and traced by `strace` from outside, or recorded by the working tree's labjournal."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

from bench.fidelity.place import Place
from bench.kernels import Kernel, environment

__all__ = ["MARK", "recorded", "traced"]

MARK = "/labjournal-fidelity-cell-"
_TRACED = (
    "read,pread64,readv,preadv,preadv2,write,pwrite64,writev,pwritev,pwritev2,mmap,sendfile,copy_file_range,splice,truncate,ftruncate,fallocate,"
    "rename,renameat,renameat2,unlink,unlinkat,link,linkat,open,openat,creat,chdir,fchdir,clone,clone3,fork,vfork,access,faccessat,faccessat2,"
    "io_uring_setup"
)


@contextlib.contextmanager
def traced(place: Place) -> Iterator[Kernel]:
    """Nothing of labjournal in it; what it and its children do is written to `place.log`."""
    strace = ["strace", "-f", "-y", "-s", "0", "--seccomp-bpf", "-e", f"trace={_TRACED}", "-o", str(place.log)]
    with _kernel(place, strace, environment(place.journal, recorded=False)) as kernel:
        yield kernel


@contextlib.contextmanager
def recorded(place: Place, settings: dict[str, str]) -> Iterator[Kernel]:
    """Recorded into `place.journal`; `settings` are more environment variables."""
    with _kernel(place, [], environment(place.journal, recorded=True) | settings) as kernel:
        yield kernel


@contextlib.contextmanager
def _kernel(place: Place, before: list[str], variables: dict[str, str]) -> Iterator[Kernel]:
    manager = KernelManager()
    manager._kernel_spec = KernelSpec(
        argv=[*before, *_unprivileged(), place.python, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        display_name="measured",
        language="python",
    )
    variables |= {"HOME": str(place.home), "TMPDIR": str(place.temporary), "FIDELITY_ELSEWHERE": str(place.elsewhere)}
    variables |= {"PATH": f"{Path(place.python).parent}:{os.environ['PATH']}", "MPLBACKEND": "agg"}
    for name in (
        "XDG_CACHE_HOME",
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
        "IPYTHONDIR",
        "JUPYTER_CONFIG_DIR",
        "VIRTUAL_ENV",
        "PYTHONPATH",
    ):
        variables.pop(name, None)
    manager.start_kernel(env=variables, cwd=str(place.work), stderr=subprocess.DEVNULL)
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=120)
        yield Kernel(manager, client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel()


def _unprivileged() -> list[str]:
    """What starts a program without capabilities, for a measurement made by root."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        return []
    return ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--"]
