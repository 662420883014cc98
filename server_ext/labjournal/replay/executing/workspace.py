"""The folder in which a replay works: what the notebook had around it, so that the user's files are never written.

A notebook in `project/notebooks` that reads `../data/x.csv` needs more than its own folder. The workspace keeps the layout of the
smallest folder that holds the working folder and every recorded file that the code named from there, so relative paths go on
meaning the same. What is copied is the working folder and those files. Version control, environments, caches and the journal stay
behind, and so do files that the run itself made: it began without them. What it read is laid out by `inputs`. Links are followed, because a link copied as a link would
lead a write back to the user's file. Above the bound only code and recorded files are copied, and that is said.

A record brings its own files; then nothing is copied from this machine.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from labjournal.errors import RecordInvalid, ReplayFailed

__all__ = ["Bounds", "Workspace", "copy", "disk_full", "unpack"]

_SKIPPED = frozenset(
    ".git .hg .svn .venv venv env .env node_modules __pycache__ .ipynb_checkpoints .mypy_cache .pytest_cache .ruff_cache .tox .nox .cache "
    ".dvc .eggs .idea .vscode site-packages .Trash .local .npm .conda .cargo .rustup".split()
)
_CODE = (".py", ".ipynb", ".toml", ".cfg", ".ini", ".yaml", ".yml", ".json", ".txt", ".md", ".sql", ".r")
_LARGEST_CODE = 5_000_000


@dataclass(frozen=True)
class Bounds:
    """How much is copied at most before a replay restricts itself to code and recorded files."""

    bytes: int = 1 << 30
    files: int = 20_000


@dataclass(frozen=True)
class Workspace:
    """A stand-in for `origin` in `root`; the kernel works in `folder`, which stands for `home`."""

    root: Path
    origin: Path
    home: Path
    folder: Path
    problems: tuple[str, ...] = field(default=())

    def place(self, path: str) -> str:
        """Where a path of the record lies in this workspace; paths outside get a folder of their own."""
        absolute = PurePath(os.path.normpath(path))
        try:
            return str(self.root / "project" / absolute.relative_to(self.origin))
        except ValueError:
            return str(self.root / "elsewhere" / absolute.relative_to(absolute.anchor))


def copy(
    root: Path,
    folder: Path,
    named: Iterable[str],
    *,
    written: Iterable[str] = (),
    apart: Collection[str] = (),
    folders: Iterable[str] = (),
    leave_out: Iterable[Path] = (),
    bounds: Bounds | None = None,
) -> Workspace:
    """A workspace in the new folder `root` with a copy of what surrounds `folder`.

    `named` are absolute paths that the code named from `folder`, `written` all that it wrote; `apart` are files that are not copied: those
    it made itself, and inputs, which `inputs` lays out. `folders` are those it found there and filled, `leave_out` those that must not
    be copied.
    """
    bounds = bounds or Bounds()
    paths = [Path(path) for path in named]
    space = _empty(root, folder.absolute(), paths)
    folder = space.home
    if not folder.is_dir():
        said = f"The folder {folder} in which the notebook ran is gone; the replay starts in an empty one."
        return Workspace(root, space.origin, space.home, space.folder, (said,))
    problems: list[str] = []
    away = {os.path.realpath(path) for path in (*leave_out, root)}
    plan = [(path, length) for path, length in _plan(folder, away, bounds) if str(path) not in apart]
    if len(plan) > bounds.files or sum(size for _, size in plan) > bounds.bytes:
        plan = [(path, size) for path, size in plan if path.suffix.lower() in _CODE and size < _LARGEST_CODE][: bounds.files]
        problems.append(
            f"{folder} holds more than {bounds.files:,} files or {bounds.bytes / 2**30:.0f} GiB; only code and the files that were recorded "
            "as read were copied. A missing file shows as a difference."
        )
    paths += [Path(path) for path in written]  # wherever they are: the code is led to them here
    for path in dict.fromkeys([*(path for path, _ in plan), *(path for path in paths if path.is_file())]):
        if str(path) not in apart:
            _copy(path, Path(space.place(str(path))), problems)
    for path in map(Path, folders):
        if path.is_dir():
            Path(space.place(str(path))).mkdir(parents=True, exist_ok=True)
    return Workspace(root, space.origin, space.home, space.folder, tuple(problems))


def unpack(
    root: Path,
    folder: Path,
    named: Iterable[str],
    files: Mapping[str, Callable[[Path], None]],
    *,
    folders: Iterable[str] = (),
) -> Workspace:
    """A workspace that holds the `files` of a record only: absolute path where each was read → what writes it to a new place."""
    space = _empty(root, folder, [Path(os.path.normpath(path)) for path in named])
    for path in folders:
        _inside(space, path).mkdir(parents=True, exist_ok=True)
    for path, write in files.items():
        target = _inside(space, path)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            write(target)
        except (FileExistsError, NotADirectoryError) as problem:
            said = f"The record cannot be laid out: {target.name!r:.100} stands in the way of another file."
            raise RecordInvalid(said, "Ask whoever made it for another copy.") from problem
        except OSError as problem:
            raise _full(problem, target) or problem from problem
    return space


def _inside(space: Workspace, path: str) -> Path:
    """The place of a path that somebody else wrote down."""
    target = space.place(path)
    if os.path.commonpath((os.path.normpath(target), str(space.root))) != str(space.root):
        raise RecordInvalid(f"The record would write outside {space.root}.", "Ask whoever made it for another copy.")
    return Path(target)


def _empty(root: Path, folder: Path, named: Iterable[Path]) -> Workspace:
    origin = _origin(folder, named)
    working = root / "project" / folder.relative_to(origin)
    for made in (working, root / "elsewhere", root / "tmp", root / "own"):
        made.mkdir(parents=True, exist_ok=True)
    return Workspace(root, origin, folder, working)


def _origin(folder: Path, named: Iterable[Path]) -> Path:
    """The smallest folder that holds `folder` and every named path."""
    try:
        return Path(os.path.commonpath([folder, *(path.parent for path in named)]))
    except ValueError:  # other drives
        return folder


def _plan(folder: Path, away: set[str], bounds: Bounds) -> Iterator[tuple[Path, int]]:
    """(file, bytes) below `folder`, links followed once; ends one file behind the bound."""
    seen: set[str] = set()
    count = 0
    at_home = os.path.realpath(folder) == os.path.realpath(Path.home())
    for top, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(top)
        if real in seen or real in away:
            folders[:] = []
            continue
        seen.add(real)
        hidden = at_home and top == str(folder)  # settings, keys and caches are nobody's data
        folders[:] = [
            name
            for name in folders
            if name not in _SKIPPED and not (hidden and name.startswith(".")) and not _is_environment(os.path.join(top, name))
        ]
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
    except OSError as problem:
        if full := _full(problem, target):
            raise full from problem
        problems.append(f"{source} could not be copied ({problem.strerror}).")


def _full(problem: OSError, target: Path) -> ReplayFailed | None:
    if problem.errno != 28:
        return None
    return disk_full(target.parent)


def disk_full(folder: Path) -> ReplayFailed:
    """Nothing is executed in half a workspace."""
    return ReplayFailed(
        f"The disk that holds {folder} is full.", "Free room, or choose another place: TMPDIR, or --output of a replay."
    )
