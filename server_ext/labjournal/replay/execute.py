"""Executes sources in a fresh kernel inside a workspace; the kernel records itself, this module only drives it.

The kernel is the one that recorded where it still exists (same interpreter), else the kernelspec of the same name. It starts
behind `guard`, so that it can write to its workspace, the journal and its own caches only, and with `kernel/boot.py` as startup
file, so that it records also where labjournal is not installed.
"""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labjournal.errors import ReplayFailed
from labjournal.journal.rows import Run

__all__ = ["Executed", "Step", "execute"]

_REPLAY = Path(__file__).resolve().parent
_GUARD = _REPLAY / "guard.py"
_BOOT = _REPLAY.parent / "kernel" / "boot.py"
_CACHES = (".cache", ".ipython", ".matplotlib", ".keras", ".local/share/jupyter/runtime", ".config/matplotlib", "Library/Caches")


_OWN_FOLDERS = {"IPYTHONDIR": ".ipython", "MPLCONFIGDIR": ".config/matplotlib", "XDG_CACHE_HOME": ".cache"}
"""Variables that name a folder which a kernel writes to, and where it lies below the home folder without them."""


@dataclass(frozen=True)
class Step:
    """One source to execute; `n` is the number of the recorded execution it comes from, 0 where there is none."""

    n: int
    source: str


@dataclass(frozen=True)
class Executed:
    """What driving the kernel brought: its id in the journal, how many steps were sent, and whether it died."""

    kernel_id: str
    sent: int
    died: bool
    problems: tuple[str, ...]


def execute(
    steps: Sequence[Step],
    *,
    run: Run,
    journal: Path,
    folder: Path,
    root: Path,
    address: str,
    progress: Callable[[str], None],
) -> Executed:
    """Sends every step to a fresh kernel working in `folder`, failures included; the workspace is `root`."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import DeadKernelError

    argv, problems = _kernel(run)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(step.source) for step in steps])
    sent = 0

    def started(cell: Any, cell_index: int) -> None:
        nonlocal sent
        sent = cell_index + 1
        progress(f"executing {sent} of {len(steps)}")

    manager = _manager(_guarded(argv, root, journal))
    client = NotebookClient(notebook, km=manager, allow_errors=True, timeout=None, on_cell_start=started, store_widget_state=False)
    progress("starting a kernel")
    log = root / "kernel.log"
    try:
        with log.open("wb") as said:
            client.execute(
                cleanup_kc=True, cwd=str(folder), env=_environment(run, journal, root, address), stdout=said, stderr=said
            )
        died = False
    except DeadKernelError:
        died = True
    except RuntimeError as problem:
        words = log.read_text("utf-8", "replace").strip().rsplit("\n", 1)[-1] or str(problem)
        raise ReplayFailed(f"The kernel did not start: {words}", "Choose an environment that has ipykernel.") from problem
    return Executed(_kernel_id(manager.connection_file), sent, died, tuple(problems))


def _kernel(run: Run) -> tuple[list[str], list[str]]:
    """The interpreter to start, and what has to be said about the choice."""
    if run.executable and os.access(run.executable, os.X_OK):
        return [run.executable], []
    if not run.executable:
        return [sys.executable], []
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    missing = f"The interpreter that recorded ({run.executable}) is not here"
    try:
        spec = KernelSpecManager().get_kernel_spec(run.kernel or "python3")
        interpreter = spec.argv[0]
        if spec.language.lower() == "python" and os.path.isabs(interpreter) and os.access(interpreter, os.X_OK):
            return [interpreter], [f"{missing}; the kernel '{run.kernel or 'python3'}' was used."]
    except NoSuchKernel:
        pass
    return [sys.executable], [f"{missing}; {sys.executable} was used."]


def _guarded(interpreter: Sequence[str], root: Path, journal: Path) -> list[str]:
    from jupyter_core.paths import jupyter_runtime_dir

    home = Path.home()
    caches = [home / cache for cache in _CACHES] + [Path(os.environ[name]) for name in _OWN_FOLDERS if os.environ.get(name)]
    may_write = [root, journal, Path(jupyter_runtime_dir()), *(cache for cache in caches if cache.is_dir())]
    return [*interpreter, str(_GUARD), "--may-write", *map(str, may_write), "--", "-f", "{connection_file}"]


def _manager(argv: list[str]) -> Any:
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from jupyter_core.paths import jupyter_runtime_dir

    class OneKernel(KernelSpecManager):
        """Knows the guarded kernel and nothing else."""

        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
            return KernelSpec(argv=argv, name=kernel_name, language="python", display_name="replay")

    # Named as a Jupyter Server names it: the name is the kernel's id, by which its run is found in the journal.
    connection = Path(jupyter_runtime_dir(), f"kernel-{uuid.uuid4()}.json")
    connection.parent.mkdir(parents=True, exist_ok=True)
    return AsyncKernelManager(kernel_spec_manager=OneKernel(), kernel_name="python3", connection_file=str(connection))


def _environment(run: Run, journal: Path, root: Path, address: str) -> dict[str, str]:
    answer = {name: value for name, value in os.environ.items() if not name.startswith(("JPY_", "PAPERMILL_"))}
    answer.pop("LABJOURNAL_DISABLE", None)
    chosen = answer.get("PYTHONSTARTUP")
    if chosen and chosen != str(_BOOT):
        answer["LABJOURNAL_PYTHONSTARTUP"] = chosen
    temporary = str(root / "tmp")
    answer.update(
        PYTHONSTARTUP=str(_BOOT),
        LABJOURNAL_PATH=str(journal),
        LABJOURNAL_REPLAY_OF=address,
        LABJOURNAL_CLIENT="replay",
        TMPDIR=temporary,
        TEMP=temporary,
        TMP=temporary,
    )
    for name, usual in _OWN_FOLDERS.items():
        # A kernel would make it, in the user's home; a replay gives it one that goes away.
        if not Path(answer.get(name) or Path.home() / usual).is_dir():
            (root / "own" / name.lower()).mkdir(parents=True, exist_ok=True)
            answer[name] = str(root / "own" / name.lower())
    if run.notebook:
        answer["LABJOURNAL_NOTEBOOK"] = run.notebook
    return answer


def _kernel_id(connection_file: str) -> str:
    return Path(connection_file).stem.removeprefix("kernel-")
