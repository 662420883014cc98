"""Installs pinned packages into a fresh virtual environment, by `uv` where it is here, else by pip.

Only wheels: to build a package executes its code, unguarded, before anybody could say no. Compiled at once, which executes nothing of theirs,
because a replay may not write there, and would compile what it imports each time. Index and proxies are those of the user's own
settings; requirements are names and exact versions, nothing else (`records.pins`). What goes wrong is said in one sentence.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from labjournal.errors import ReplayFailed
from labjournal.records.locking import find_uv
from labjournal.replay.executing.stopping import look
from labjournal.replay.rebuilding.interpreters import Interpreter

__all__ = ["compile_modules", "install", "make_environment", "program"]

_NOT_HANDED_ON = frozenset(
    "PYTHONPATH PYTHONHOME PYTHONSTARTUP PYTHONUSERBASE VIRTUAL_ENV CONDA_PREFIX PIP_TARGET PIP_PREFIX PIP_ROOT PIP_USER PIP_REQUIREMENT "
    "PIP_CONSTRAINT PIP_EDITABLE PIP_REQUIRE_VIRTUALENV PIP_REQUIRE_HASHES UV_CONSTRAINT UV_OVERRIDE UV_SYSTEM_PYTHON UV_TARGET "
    "UV_REQUIRE_HASHES UV_WORKING_DIR UV_PROJECT UV_BREAK_SYSTEM_PACKAGES".split()
)
_MAKES_WITHIN_S = 300.0
_INSTALLS_WITHIN_S = 3600.0
_COMPILES_WITHIN_S = 600.0
_GLANCE_S = 0.3
_NO_NETWORK = re.compile(
    r"failed to fetch|error sending request|dns error|tcp connect error|tunnel error|name resolution|getaddrinfo|newconnectionerror"
    r"|network is unreachable|no route to host|connection refused|connection reset|connecttimeout|read timed out|operation timed out"
    r"|max retries exceeded|network was disabled",
    re.IGNORECASE,
)
_UNKNOWN = re.compile(
    r"(?:no version of|because) ([\w.-]+==[\w.+!-]+)(?: has no (?:usable )?wheels?)?|([\w.-]+) was not found in the"
    r"|no matching distribution found for ([\w.-]+==[\w.+!-]+)",
    re.IGNORECASE,
)
_NO_WHEEL = re.compile(r"has no (?:usable )?wheels|building from source is disabled", re.IGNORECASE)
_LEAVE_OUT = "Install it yourself and replay with --environment current."


def program(environment: Path) -> Path:
    """The interpreter of a virtual environment."""
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def make_environment(folder: Path, interpreter: Interpreter) -> None:
    """An empty virtual environment in a folder that is not there."""
    uv = find_uv()
    if uv is not None:
        command = [uv, "venv", "--quiet", "--no-project", "--no-python-downloads", "--python", interpreter.path, str(folder)]
    else:
        bare = ["--without-pip"] if _our_pip() else []
        command = [interpreter.path, "-I", "-m", "venv", *bare, str(folder)]
    said = _run(command, folder.parent, _MAKES_WITHIN_S)
    if said is not None or not program(folder).exists():
        raise ReplayFailed(
            f"No environment can be made with Python {interpreter.version} ({_last(said or '')}).",
            "See whether it has the module venv.",
        )


def install(folder: Path, requirements: Sequence[str], *, constraints: Iterable[str] = (), closed: bool, version: str) -> None:
    """Installs exactly the requirements where they are `closed`, else with what they need, within the constraints."""
    if not requirements:
        return
    wanted, bounds = folder / "requirements.txt", folder / "constraints.txt"
    wanted.write_text("\n".join(requirements) + "\n", encoding="utf-8")
    bounds.write_text("\n".join(constraints) + "\n", encoding="utf-8")
    options = ["--only-binary", ":all:", "-r", str(wanted), *(["--no-deps"] if closed else ["-c", str(bounds)])]
    said = ""
    for command in _commands(folder):
        told = _run([*command, *options], folder, _INSTALLS_WITHIN_S)
        if told is None:
            return
        said = said or told
        if not _NO_NETWORK.search(told):
            break
    raise _failure(said, requirements, version)


def compile_modules(folder: Path) -> None:
    """Compiles what is installed, but for the packages' own tests, which are half of it; what cannot be compiled is left as it is."""
    packages = [
        str(path) for path in (*folder.glob("lib/python*/site-packages"), folder / "Lib" / "site-packages") if path.is_dir()
    ]
    command = [str(program(folder)), "-I", "-m", "compileall", "-q", "-j", "0", "-x", r"[\\/]tests?[\\/]"]
    _run([*command, *packages], folder, _COMPILES_WITHIN_S)


def _commands(folder: Path) -> list[list[str]]:
    """What is tried in turn: with an index, and where none answers with what was fetched before."""
    uv = find_uv()
    if uv is not None:
        command = [uv, "pip", "install", "--quiet", "--python", str(program(folder))]
        return [command, [*command, "--offline"]]
    pip = [sys.executable, "-m", "pip", "--python", str(program(folder))] if _our_pip() else [str(program(folder)), "-m", "pip"]
    return [
        [*pip, "install", "--quiet", "--no-input", "--no-compile", "--disable-pip-version-check", "--no-warn-script-location"]
    ]


def _our_pip() -> bool:
    """Whether our own pip can install into another environment."""
    import importlib.metadata

    try:
        return int(importlib.metadata.version("pip").partition(".")[0]) >= 23
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return False


def _run(command: Sequence[str], folder: Path, within_s: float) -> str | None:
    """Executes a program that asks nobody anything; what it said where it failed, None where it did not. It ends with whoever waits for it."""
    environ = {name: value for name, value in os.environ.items() if name not in _NOT_HANDED_ON}
    until = time.monotonic() + within_s
    try:
        process = subprocess.Popen(
            list(command), cwd=str(folder), env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
    except OSError as problem:
        return problem.strerror or str(problem)
    with process:
        try:
            while True:
                look()
                try:
                    said, _ = process.communicate(timeout=_GLANCE_S)
                except subprocess.TimeoutExpired:
                    if time.monotonic() > until:
                        return "operation timed out"
                else:
                    return None if process.returncode == 0 else said.decode("utf-8", "replace")
        finally:
            _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """With what it started: pip that installs elsewhere hands the work to a second one. What has ended is not touched."""
    if process.poll() is not None:
        return
    if sys.platform == "win32":
        process.kill()
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _failure(said: str, requirements: Sequence[str], version: str) -> ReplayFailed:
    if _NO_NETWORK.search(said):
        return ReplayFailed(
            "The packages of the recorded environment cannot be fetched: no package index answers.",
            "Try again with a network, or replay with --environment current.",
        )
    if "No space left" in said:
        return ReplayFailed("The disk is full; nothing of the recorded environment was kept.", "Free room, then try again.")
    named = next((name for match in _UNKNOWN.finditer(said) for name in match.groups() if name), "")
    which = next((text for text in requirements if named and text.lower().startswith(named.lower())), "")
    if which and _NO_WHEEL.search(said):
        return ReplayFailed(
            f"{which} has no wheel for Python {version} on this machine, and nothing is built from source.", _LEAVE_OUT
        )
    if which:
        return ReplayFailed(
            f"{which}, which was recorded, is not to be had from your package index for Python {version}.", _LEAVE_OUT
        )
    return ReplayFailed(f"The recorded packages cannot be installed together for Python {version} ({_last(said)}).", _LEAVE_OUT)


def _last(said: str) -> str:
    """The line that says most, short, and without addresses."""
    lines = [line.strip() for line in said.splitlines() if line.strip() and not line.lstrip().startswith(("hint", "WARNING"))]
    errors = [line for line in lines if re.match(r"(?:error|cause)\b", line, re.IGNORECASE)]
    return re.sub(r"\w+://\S+", "…", (errors or lines or ["no reason given"])[-1])[:200]
