"""Facts about the run: which kernel this is, who drives it, for which notebook, as far as that can be known from inside.

A kernel is told little: the Jupyter Server names the session's path (`JPY_SESSION_NAME`), VS Code puts a variable into the
namespace, a driver of ours sets `LABJOURNAL_…`. For the others the command line of the parent process is looked at (Linux):
papermill, nbconvert and `jupyter execute` name the notebook there. What is not known stays unknown. Nothing is guessed.
"""

from __future__ import annotations

import getpass
import json
import os
import platform
import re
import sys
import time
from typing import Any, Mapping

from labjournal._version import __version__
from labjournal.events import RunStarted

__all__ = ["LONG_S", "RUN_ALL", "Driver", "execution_client", "new_run", "run_started", "working_folder"]

_LETTERS = "abcdefghjkmnpqrstvwxyz"
_SIGNS = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: nothing that looks like something else
_KERNEL_FILE = re.compile(r"kernel-([0-9A-Za-z][0-9A-Za-z-]*)\.json$")
_LAB_METADATA = frozenset(("deletedCells", "recordTiming", "trusted"))
RUN_ALL = "run all"
TOGETHER_S = 0.05
LONG_S = 3600.0

_DRIVERS = (  # what a parent's command line shows, most telling first
    ("papermill", "papermill"),
    ("nbconvert", "nbconvert"),
    ("jupyter-execute", "nbclient"),
    ("nbclient", "nbclient"),
    ("jupyter-console", "console"),
    ("jupyter_console", "console"),
    ("jupyter-lab", "jupyterlab"),
    ("jupyterlab", "jupyterlab"),
    ("jupyter-notebook", "notebook"),
)

_TAKES = {"--output": 1, "-f": 1, "--parameters_file": 1, "-y": 1, "--parameters_yaml": 1, "--stdout-file": 1, "--stderr-file": 1,
          "-p": 2, "--parameters": 2, "-r": 2, "--parameters_raw": 2}  # fmt: skip
"""Options behind which words stand that may look like the notebook, and how many."""


def new_run() -> str:
    """A short id that is safe to type and to put into a file name: a letter and nine letters or digits."""
    raw = os.urandom(10)
    return _LETTERS[raw[0] % len(_LETTERS)] + "".join(_SIGNS[byte & 31] for byte in raw[1:])


class Driver:
    """Who drives the kernel and for which notebook."""

    def __init__(self, client: str = "unknown", notebook: str | None = None, learnt: str = "unknown") -> None:
        self.client = client
        self.notebook = notebook
        self.learnt = learnt

    @classmethod
    def found(cls, environ: Mapping[str, str], namespace: Any) -> Driver:
        """As the environment, the namespace and the parent process tell."""
        driver = cls()
        parent_client, parent_notebook = _parent()
        driver.client = environ.get("LABJOURNAL_CLIENT", "") or (
            "replay" if environ.get("LABJOURNAL_REPLAY_OF") else parent_client
        )
        session = environ.get("JPY_SESSION_NAME", "")
        vscode = _vscode_notebook(namespace)
        if environ.get("LABJOURNAL_NOTEBOOK"):
            driver._for(os.path.abspath(environ["LABJOURNAL_NOTEBOOK"]), "replay" if driver.client == "replay" else "driver")
        elif vscode:
            driver._for(vscode, "vscode")
            driver.client = driver.client if driver.client != "unknown" else "vscode"
        elif os.path.isabs(session) and (session.endswith(".ipynb") or os.path.isfile(session)):
            driver._for(session, "session-name")
        elif parent_notebook:
            driver._for(parent_notebook, parent_client)
        return driver

    def _for(self, notebook: str, learnt: str) -> None:
        self.notebook = notebook
        self.learnt = learnt


def run_started(run: str, started: float, driver: Driver, connection_file: str, environ: Mapping[str, str]) -> RunStarted:
    """The first event of a run."""
    kernel_id = _KERNEL_FILE.search(connection_file)
    return RunStarted(
        run,
        started,
        pid=os.getpid(),
        utc_offset_s=time.localtime(started).tm_gmtoff or 0,
        kernel=_kernelspec(connection_file),
        folder=working_folder(),
        notebook=driver.notebook,
        notebook_learnt=driver.learnt,
        client=driver.client,
        user=_user(),
        python=platform.python_version(),
        implementation=platform.python_implementation(),
        executable=sys.executable or "",
        platform=f"{platform.system()} {platform.release()} {platform.machine()}",
        replay_of=environ.get("LABJOURNAL_REPLAY_OF") or None,
        version=__version__,
        kernel_id=kernel_id.group(1) if kernel_id else "",
    )


def execution_client(metadata: Any, driver: Driver, after_s: float = LONG_S) -> str:
    """Who sent an execution: JupyterLab (and Notebook, which is made of it) marks its requests, the others are known by the run.

    `after_s` are seconds since the client made its request before. Requests that nobody's fingers are quick enough for were made by
    "run all", or by executing several selected cells: the second and every further one is known by that.
    """
    marked = type(metadata) is dict and not _LAB_METADATA.isdisjoint(metadata)
    if marked and driver.client in ("jupyterlab", "notebook", "unknown", "console"):
        client = driver.client if driver.client == "notebook" else "jupyterlab"
        return RUN_ALL if 0.0 <= after_s <= TOGETHER_S else client
    return "unknown" if driver.client in ("jupyterlab", "notebook") else driver.client


def _parent() -> tuple[str, str | None]:
    """Client and notebook that the parent's command line names."""
    parent = f"/proc/{os.getppid()}"
    try:
        with open(f"{parent}/cmdline", "rb") as line:
            words = [os.fsdecode(word) for word in line.read(65536).split(b"\0") if word]
        if "-c" in words[:3]:
            words = words[: words.index("-c")]  # what follows is code, not the name of a program
        folder = os.readlink(f"{parent}/cwd")
    except OSError:
        return "unknown", None
    program = " ".join(os.path.basename(word) for word in words[:4])
    client = next((name for sign, name in _DRIVERS if sign in program), "unknown")
    if client not in ("papermill", "nbconvert", "nbclient"):
        return client, None
    named = [os.path.normpath(os.path.join(folder, word)) for word in _operands(words[1:]) if word.endswith(".ipynb")]
    if client == "papermill":
        del named[1:]  # what it writes stands behind what it executes
    return client, named[0] if len(named) == 1 and os.path.isfile(named[0]) else None


def _operands(words: list[str]) -> list[str]:
    """The words of a command line that are neither options nor what belongs to them."""
    found, skipped = [], 0
    for word in words:
        if skipped:
            skipped -= 1
        elif word in _TAKES:
            skipped = _TAKES[word]
        elif not word.startswith("-"):
            found.append(word)
    return found


def _vscode_notebook(namespace: Any) -> str:
    value = dict.get(namespace, "__vsc_ipynb_file__") if type(namespace) is dict else None
    return value if type(value) is str and os.path.isabs(value) else ""


def _kernelspec(connection_file: str) -> str:
    try:
        with open(connection_file, encoding="utf-8") as file:
            name = json.load(file).get("kernel_name", "")
    except (OSError, ValueError, AttributeError):
        return ""
    return name if isinstance(name, str) else ""


def working_folder() -> str:
    """Where the process stands, '' where that is gone."""
    try:
        return os.getcwd()
    except OSError:
        return ""


def _user() -> str:
    try:
        return getpass.getuser()
    except Exception:  # the exception depends on the Python: KeyError, ImportError, OSError
        return ""
