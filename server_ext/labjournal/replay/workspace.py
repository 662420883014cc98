"""The folder in which a replay works: a copy of what the notebook had around it, so that the user's files are never written.

A notebook in `project/notebooks` that reads `../data/x.csv` needs more than its own folder. What is copied is the smallest
folder that holds the working folder and every recorded file that the code named relative to it; the copy keeps the layout, so
relative paths go on meaning the same. Version control, environments, caches and the journal stay behind; links are followed,
because a link copied as a link would lead a write back to the user's file. Above the bound only code and the files that were
recorded are copied, and that is said.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from labjournal.errors import ReplayFailed

__all__ = ["Bounds", "Workspace", "lay_out"]

_SKIPPED = frozenset(
    ".git .hg .svn .venv venv env .env node_modules __pycache__ .ipynb_checkpoints .mypy_cache .pytest_cache .ruff_cache .tox .nox .cache "
    ".dvc .eggs .idea .vscode site-packages".split()
)
_CODE = (".py", ".ipynb", ".toml", ".cfg", ".ini", ".yaml", ".yml", ".json", ".txt", ".md", ".sql", ".r")


@dataclass(frozen=True)
class Bounds:
    """How much is copied at most before a replay restricts itself to code and recorded files."""

    bytes: int = 1 << 30
    files: int = 20_000


@dataclass(frozen=True)
class Workspace:
    """A copy of `origin` in `root`; the kernel works in `folder`."""

    root: Path
    origin: Path
    folder: Path
    problems: tuple[str, ...] = field(default=())

    def place(self, path: str) -> str:
        """Where a path of the record lies in this workspace; outside paths get a folder of their own."""
        absolute = Path(path)
        try:
            return str(self.root / "project" / absolute.relative_to(self.origin))
        except ValueError:
            return str(self.root / "elsewhere" / absolute.relative_to(absolute.anchor))


def lay_out(root: Path, folder: Path, named: Iterable[str], *, leave_out: Iterable[Path] = (), bounds: Bounds | None = None) -> Workspace:
    """Copies what surrounds `folder` into the new folder `root`.

    `named` are absolute paths that the code named relative to `folder`; `leave_out` are folders that must not be copied.
    """
    bounds = bounds or Bounds()
    folder = folder.absolute()
    paths = [Path(path) for path in named]
    origin = _origin(folder, paths)
    target = root / "project"
    working = target / folder.relative_to(origin)
    working.mkdir(parents=True, exist_ok=True)
    for made in ("elsewhere", "tmp"):
        (root / made).mkdir(exist_ok=True)
    problems: list[str] = []
    if not folder.is_dir():
        problems.append(f"The folder {folder} in which the notebook ran is gone; the replay starts in an empty one.")
        return Workspace(root, origin, working, tuple(problems))
    away = {os.path.realpath(path) for path in (*leave_out, root)}
    plan = list(_plan(folder, away, bounds))
    if len(plan) > bounds.files or sum(size for _, size in plan) > bounds.bytes:
        plan = [(path, size) for path, size in plan if path.suffix.lower() in _CODE and size < 5_000_000][: bounds.files]
        problems.append(
            f"{folder} holds more than {bounds.files:,} files or {bounds.bytes / 2**30:.0f} GiB; only code and the files that were recorded "
            "as read were copied. A missing file shows as a difference."
        )
    for path in dict.fromkeys([*(path for path, _ in plan), *(path for path in paths if path.is_file())]):
        _copy(path, target / path.relative_to(origin), problems)
    return Workspace(root, origin, working, tuple(problems))


def _origin(folder: Path, named: Iterable[Path]) -> Path:
    """The smallest folder that holds `folder` and every named path, but never the root of the file system or a home's parent."""
    candidates = [folder, *(path.parent for path in named)]
    try:
        common = Path(os.path.commonpath(candidates))
    except ValueError:
        return folder
    return common if len(common.parts) > 1 else folder


def _plan(folder: Path, away: set[str], bounds: Bounds) -> Iterator[tuple[Path, int]]:
    """(file, bytes) below `folder`, links followed once; ends one file behind the bound."""
    seen: set[str] = set()
    count = 0
    for top, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(top)
        if real in seen or real in away:
            folders[:] = []
            continue
        seen.add(real)
        folders[:] = [name for name in folders if name not in _SKIPPED and not _is_environment(os.path.join(top, name))]
        for name in files:
            path = Path(top, name)
            try:
                status = path.stat()
            except OSError:
                continue
            if not path.is_file():
                continue
            yield path, status.st_size
            count += 1
            if count > bounds.files:
                return


def _is_environment(folder: str) -> bool:
    return any(os.path.exists(os.path.join(folder, mark)) for mark in ("pyvenv.cfg", "conda-meta"))


def _copy(source: Path, target: Path, problems: list[str]) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)
        os.chmod(target, target.stat().st_mode | 0o200)
    except PermissionError as problem:
        problems.append(f"{source} could not be copied ({problem.strerror}).")
    except OSError as problem:
        if problem.errno == 28:
            raise ReplayFailed(f"The disk that holds {target.parent} is full.", "Free room, or choose another place with --output.") from problem
        problems.append(f"{source} could not be copied ({problem.strerror}).")
