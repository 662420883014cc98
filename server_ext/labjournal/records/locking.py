"""`pylock.toml` (PEP 751) for pins that are known already: files and digests for each, as uv tells them.

Nothing is sent anywhere unless it was asked for: without that, uv answers from its cache alone. Nothing is resolved either, because the pins
are complete. uv is asked without its user's settings, so it knows no index but the public one that it asks of its own accord: addresses of
other indexes, which may be nobody else's business, cannot get into a lock.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

__all__ = ["Lock", "find_uv", "lock"]

_OFFLINE_S, _ASKING_S = 45.0, 120.0
_MOST_BYTES = 8 << 20
_COMPILE = "pip compile --no-config --quiet --no-deps --no-header --no-annotate --no-build --format pylock.toml".split()
_KEPT = frozenset(("UV_CACHE_DIR", "UV_NATIVE_TLS", "UV_SYSTEM_CERTS", "UV_PYTHON_INSTALL_DIR"))
"""Of the variables that set uv up: what names no index."""
_ADDRESS = re.compile(r"(?:\b[\w+.-]+://|\bfile:)[^\s\"']*")
_INDEX = re.compile(r"^index = .*\n", re.MULTILINE)
_PATH = re.compile(r"^(?:path|directory|archive|vcs) = |[{,]\s*path = ", re.MULTILINE)


@dataclass(frozen=True)
class Lock:
    """The text of the lock, or why there is none (a clause)."""

    text: str = ""
    reason: str = ""


def lock(pins: Sequence[str], python: str, *, ask: bool = False) -> Lock:
    """The lock for pins ('name==version') on a version of Python; `ask` lets uv ask the package index."""
    if not pins:
        return Lock(reason="no package is known")
    program = find_uv()
    if program is None:
        return Lock(reason="uv is not installed")
    with tempfile.TemporaryDirectory(prefix="labjournal-lock-") as folder:
        wanted, made = Path(folder, "requirements.txt"), Path(folder, "pylock.toml")
        wanted.write_text("\n".join(pins) + "\n", "utf-8")
        try:
            done = subprocess.run(
                _command(program, wanted, made, python, ask),
                cwd=folder,  # no project of the user's decides anything
                env=_environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_ASKING_S if ask else _OFFLINE_S,
                check=False,
            )
            if done.returncode:
                return Lock(reason=_refused(done.stderr.decode("utf-8", "replace"), ask))
            if made.stat().st_size > _MOST_BYTES:
                return Lock(reason="it would be larger than 8 MB")
            return _cleaned(made.read_text("utf-8"))
        except subprocess.TimeoutExpired:
            return Lock(reason="uv did not answer in time")
        except (OSError, UnicodeDecodeError):
            return Lock(reason="uv could not be executed")


def _command(program: str, wanted: Path, made: Path, python: str, ask: bool) -> list[str]:
    # An interpreter is named, else uv looks for one and asks every one that it finds.
    target = ["--python-version", python] if python else []
    return [
        program,
        *_COMPILE,
        "--python",
        sys.executable,
        *target,
        *([] if ask else ["--offline"]),
        "--output-file",
        str(made),
        str(wanted),
    ]


def _environment() -> dict[str, str]:
    """Without what would name an index."""
    kept = {name: value for name, value in os.environ.items() if name in _KEPT or not name.startswith(("UV_", "PIP_"))}
    return {**kept, "NO_COLOR": "1"}


def find_uv() -> str | None:
    """The program `uv`: on the PATH, else the one that came with our own environment."""
    beside = Path(sys.executable).with_name("uv.exe" if os.name == "nt" else "uv")
    return shutil.which("uv") or (str(beside) if os.access(beside, os.X_OK) else None)


def _refused(said: str, ask: bool) -> str:
    """Why uv made none; never in its words, which name addresses."""
    if not ask:
        return "uv's cache does not hold what an index says of them; `--lock` asks the index"
    if re.search(r"(?i)not found|no version|unsatisfiable|no solution", said):
        return "the index does not have all of them"
    return "no index answered"


def _cleaned(text: str) -> Lock:
    """Without the address of the index; refused where an address is of another kind than that of a file in a public place."""
    text = _INDEX.sub("", text)
    for address in _ADDRESS.findall(text):
        parts = urlsplit(address)
        if parts.scheme != "https" or parts.netloc != parts.hostname or parts.query:
            return Lock(reason="the index that answered is not a public one, and its address does not leave this machine")
    if _PATH.search(text):
        return Lock(reason="some of them lie on this machine alone")
    return Lock(text)
