"""Which interpreters are here: for a replay in the recorded environment the one of the recorded version, nothing is downloaded for it.

Asked are the interpreter that recorded (or the one its environment was made with), our own, `uv`, pyenv, and the PATH; each is started for
a moment, isolated and without its packages, because only it knows its version.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from labjournal.records.locking import find_uv

__all__ = ["Interpreter", "find_interpreter", "is_program"]

_ASK = "import platform,sys;print(platform.python_implementation(),platform.python_version(),sys.executable,sep='\\n')"
_ANSWERS_WITHIN_S = 20.0
_VERSION = re.compile(r"(\d{1,2})\.(\d{1,3})(?:\.(\d{1,3}))?")
_MOST_PYENV = 200


@dataclass(frozen=True)
class Interpreter:
    path: str
    version: str
    implementation: str = "CPython"

    @property
    def minor(self) -> str:
        return ".".join(self.version.split(".")[:2])


def find_interpreter(version: str, implementation: str = "CPython", recorded: str = "") -> tuple[Interpreter | None, str]:
    """The interpreter to make an environment with, and what has to be said about it.

    Of the recorded version, else of the newest with the same first two numbers, else our own. None where nothing here is of the recorded
    implementation.
    """
    wanted = implementation or "CPython"
    near: list[Interpreter] = []
    if _VERSION.match(version):
        for path in dict.fromkeys(_candidates(version, recorded)):
            found = _asked(path)
            if found is None or found.implementation != wanted:
                continue
            if found.version == version:
                return found, ""
            if found.minor == ".".join(version.split(".")[:2]):
                near.append(found)
    missing = f"Python {version or 'of the record'} is not here"
    if near:
        best = max(near, key=lambda each: _numbers(each.version))
        return best, f"{missing}; {best.version} was used."
    own = _asked(sys.executable)
    if own is None or own.implementation != wanted:
        return None, f"{missing}."
    return own, f"{missing}, nor another {'.'.join(version.split('.')[:2])}; {own.version} was used."


def is_program(path: str) -> bool:
    return os.path.isabs(path) and os.path.isfile(path) and os.access(path, os.X_OK)


def _candidates(version: str, recorded: str) -> Iterator[str]:
    """Paths of interpreters, the most likely first."""
    if recorded and is_program(recorded):
        yield recorded
    yield sys.executable
    yield from _of_uv(version)
    minor = ".".join(version.split(".")[:2])
    yield from _of_pyenv(version, minor)
    for name in (f"python{minor}", "python3", "python"):
        found = shutil.which(name)
        if found:
            yield found


def _of_uv(version: str) -> Iterator[str]:
    uv = find_uv()
    if uv is None:
        return
    for asked in (version, ".".join(version.split(".")[:2])):
        said = _said([uv, "python", "find", "--no-python-downloads", "--no-project", asked])
        if said:
            yield said[0]


def _of_pyenv(version: str, minor: str) -> Iterator[str]:
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    try:
        names = sorted(path.name for path in root.iterdir())[:_MOST_PYENV]
    except OSError:
        return
    fitting = [name for name in names if name == version] + [name for name in names if name.startswith(f"{minor}.")]
    for name in fitting:
        path = root / name / "bin" / "python"
        if is_program(str(path)):
            yield str(path)


@functools.lru_cache(64)
def _asked(path: str) -> Interpreter | None:
    said = _said([path, "-I", "-S", "-c", _ASK])
    if len(said) < 3 or not _VERSION.match(said[1]):
        return None
    return Interpreter(said[2] or path, said[1], said[0])


def _said(command: list[str]) -> list[str]:
    """The lines that a program says; none where it cannot be started, fails, or takes too long."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_ANSWERS_WITHIN_S,
            check=False,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return []
    return done.stdout.decode("utf-8", "replace").splitlines() if done.returncode == 0 else []


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))
