"""Environments made again from their pins: fresh virtual environments in a private cache folder of the user, each made once.

An environment lies in a folder named by the digest of interpreter and pins. `made.json` in it is written last: what has none is half made, and
is made anew by whoever comes next. One maker at a time; others wait for it. Whatever goes wrong, nothing half made stays. The least recently
used go when there are more than a dozen, or when they are too large together; never one that a replay is working in.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from labjournal.errors import LabjournalError, ReplayFailed
from labjournal.journal import places
from labjournal.journal.locks import Alive, FileLock
from labjournal.records.pins import Pins
from labjournal.replay.executing.stopping import look
from labjournal.replay.rebuilding.installing import compile_modules, install, make_environment, program
from labjournal.replay.rebuilding.interpreters import Interpreter

__all__ = ["Built", "built", "cache_folder", "is_there"]

VERSION = 2
"""Of how environments are made: another number, and they are made anew."""
_MADE = "made.json"
_WAIT_S = 3600.0
_GLANCE_S = 1.0
_MOST, _MOST_BYTES = 12, 20 << 30
KERNEL = "ipykernel"
"""What every environment needs to be a kernel's, whether or not it was recorded."""


@dataclass(frozen=True)
class Built:
    """An environment that is there, as long as the context lasts."""

    folder: Path
    python: str
    digest: str
    cached: bool


def cache_folder() -> Path:
    """`$LABJOURNAL_ENVIRONMENTS`, else a folder in the user's cache."""
    named = os.environ.get("LABJOURNAL_ENVIRONMENTS", "")
    if named:
        return Path(os.path.abspath(os.path.expanduser(named)))
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "labjournal" / "Cache" / "environments"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "labjournal" / "environments"
    caches = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(caches) if os.path.isabs(caches) else home / ".cache") / "labjournal" / "environments"


@contextlib.contextmanager
def built(found: Pins, interpreter: Interpreter, say: Callable[[str], None]) -> Iterator[Built]:
    """The environment with these pins, made if it is not there; it is not taken away before the context ends."""
    root = cache_folder()
    try:
        root.parent.mkdir(parents=True, exist_ok=True)
        places.private_folder(root)
    except OSError as problem:
        raise ReplayFailed(
            f"{root} cannot be made ({problem.strerror}).", "Name another place in LABJOURNAL_ENVIRONMENTS."
        ) from problem
    digest = _digest(found, interpreter)
    folder, mark = root / digest, root / f"{digest}.{os.getpid()}-{secrets.token_hex(4)}.used"
    alive = Alive()
    alive.hold(mark)
    try:
        cached = _is_made(folder)
        if not cached:
            cached = _make(folder, found, interpreter, say)
            _clear_out(root, digest)
        with contextlib.suppress(OSError):
            os.utime(folder / _MADE)
        yield Built(folder, str(program(folder)), digest, cached)
    finally:
        with contextlib.suppress(OSError):
            mark.unlink()
        alive.release()


def is_there(found: Pins, interpreter: Interpreter) -> bool:
    """Whether `built` would find the environment made already."""
    return _is_made(cache_folder() / _digest(found, interpreter))


def _digest(found: Pins, interpreter: Interpreter) -> str:
    facts = [
        VERSION,
        interpreter.path,
        interpreter.version,
        found.lines,
        [str(pin) for pin in found.others] if not found.closed else [],
    ]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]


def _is_made(folder: Path) -> bool:
    """Whether it is whole, and its interpreter is still there."""
    return (folder / _MADE).is_file() and program(folder).exists()


def _make(folder: Path, found: Pins, interpreter: Interpreter, say: Callable[[str], None]) -> bool:
    """Makes it, one maker at a time; True where somebody else has meanwhile."""
    lock = FileLock(folder.with_name(f"{folder.name}.lock"))
    until = time.monotonic() + _WAIT_S
    waiting = False
    while not lock.acquire(_GLANCE_S):
        look()
        if not waiting:
            say("waiting for another replay that makes the same environment")
        waiting = True
        if time.monotonic() > until:
            raise ReplayFailed("Another replay has been making the same environment for an hour.", "Try again when it has ended.")
    try:
        if _is_made(folder):
            return True
        _remove(folder)
        count = len(found.pins)
        say(f"making the recorded environment: Python {interpreter.version}, {count} package{'' if count == 1 else 's'}")
        try:
            make_environment(folder, interpreter)
            _install(folder, found, interpreter)
            compile_modules(folder)
            _seal(folder, found, interpreter)
        except BaseException:  # what is half made is no environment
            _remove(folder)
            raise
        return False
    finally:
        lock.release()


def _install(folder: Path, found: Pins, interpreter: Interpreter) -> None:
    others = [str(pin) for pin in found.others]
    install(folder, found.lines, constraints=others, closed=found.closed, version=interpreter.version)
    if not any(pin.name == KERNEL for pin in found.pins):
        install(folder, [KERNEL], constraints=[*found.lines, *others], closed=False, version=interpreter.version)


def _seal(folder: Path, found: Pins, interpreter: Interpreter) -> None:
    length = sum(_length(os.path.join(top, name)) for top, _, names in os.walk(folder) for name in names)
    facts = {"made": time.time(), "python": interpreter.version, "pins": found.lines, "bytes": length}
    draft = folder / f"{_MADE}.draft"
    draft.write_text(json.dumps(facts), encoding="utf-8")
    os.replace(draft, folder / _MADE)


def _length(path: str) -> int:
    try:
        return os.lstat(path).st_size
    except OSError:
        return 0


def _clear_out(root: Path, kept: str) -> None:
    """The least recently used go until the rest is few and small enough."""
    known: list[tuple[float, int, Path]] = []
    for mark in root.glob(f"*/{_MADE}"):
        try:
            known.append((mark.stat().st_mtime, int(json.loads(mark.read_text("utf-8"))["bytes"]), mark.parent))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    left = sum(length for _, length, _ in known)
    count = len(known)
    for _, length, folder in sorted(known):
        if count <= _MOST and left <= _MOST_BYTES:
            return
        if folder.name != kept and not _in_use(folder) and _taken_away(folder):
            left, count = left - length, count - 1


def _in_use(folder: Path) -> bool:
    alive = False
    for mark in folder.parent.glob(f"{folder.name}.*.used"):
        if Alive.is_dead(mark):
            with contextlib.suppress(OSError):
                mark.unlink()
        else:
            alive = True
    return alive


def _taken_away(folder: Path) -> bool:
    lock = FileLock(folder.with_name(f"{folder.name}.lock"))
    if not lock.acquire():
        return False
    try:
        (folder / _MADE).unlink()
        _remove(folder)
    except OSError:
        return False
    finally:
        lock.release()
    return True


def _remove(folder: Path) -> None:
    if folder.is_symlink():
        raise LabjournalError(f"{folder} is a link.", "Remove it.")
    shutil.rmtree(folder, ignore_errors=True)
