"""Lays out the user's own code as it was, for a replay in the recorded environment: modules as they were loaded, working copies from git.

A module of the project takes its place in the workspace, over what the file says today. A working copy that was installed, and that lies in the
run's repository, is laid out whole, from the snapshot or the commit; its modules go over it. What lay elsewhere (another folder of
`PYTHONPATH`) goes to a folder of its own. The kernel looks for modules in the folders that correspond. Secrets stay taken out, which is said.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from labjournal.journal.rows import Module
from labjournal.recorders.git_process import GitFailed
from labjournal.records.pins import Unpinned
from labjournal.replay.executing.workspace import Workspace
from labjournal.replay.recorded import Recorded

__all__ = ["lay_out_modules"]

_NAME = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_LONGEST_NAME = 200
_MOST_FILES, _MOST_BYTES = 5000, 200 << 20
_ORDINARY = ("100644", "100755")


@dataclass
class _Layout:
    """Where what was elsewhere stands now, and where the kernel is to look."""

    workspace: Workspace
    working: dict[str, Path] = field(default_factory=dict)
    """Folder of a working copy → where it was laid out."""
    paths: dict[Path, None] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def place(self, path: str) -> Path | None:
        """Where a file of the project, or of a working copy, stands now; None for what is of neither."""
        absolute = PurePath(os.path.normpath(path))
        if absolute.is_relative_to(self.workspace.origin):
            inside = Path(self.workspace.place(path))
            return inside if inside.is_relative_to(self.workspace.root / "project") else None
        for url, folder in self.working.items():
            if absolute.is_relative_to(url):
                return folder / absolute.relative_to(url)
        return None


def lay_out_modules(recorded: Recorded, workspace: Workspace, unpinned: Iterable[Unpinned]) -> tuple[list[Path], list[str]]:
    """Folders that the kernel is to find modules in, and what has to be said."""
    layout = _Layout(workspace)
    for number, one in enumerate(unpinned):
        if one.source in ("editable", "local") and recorded.brings is None:
            _lay_out_working_copy(one, recorded, layout, workspace.root / "own" / "working" / str(number))
    elsewhere = workspace.root / "own" / "modules"
    for module in recorded.modules:
        _lay_out_module(module, recorded, layout, elsewhere)
    if elsewhere.is_dir():
        layout.paths[elsewhere] = None
    return [path for path in layout.paths if path != workspace.folder], layout.said


def _lay_out_module(module: Module, recorded: Recorded, layout: _Layout, elsewhere: Path) -> None:
    if not _NAME.fullmatch(module.name) or len(module.name) > _LONGEST_NAME:
        return
    if module.sha256 is None:
        layout.said.append(
            f"What of the module {module.name} was loaded is not known{f': {module.reason}' if module.reason else ''}."
        )
        return
    parts = list(_parts(module))
    if not parts:
        return
    try:
        content = recorded.blob(module.sha256)
    except OSError:
        layout.said.append(f"The module {module.name} is not kept as it was loaded; the replay uses what is here.")
        return
    target = layout.place(module.path)
    if target is None:
        target = elsewhere.joinpath(*parts)
    elif target.parts[-len(parts) :] == tuple(parts):
        layout.paths[Path(*target.parts[: -len(parts)])] = None
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    target.write_bytes(content)
    if module.redactions:
        layout.said.append(f"Secrets in the module {module.name} were not recorded; it may not work as it did.")


def _parts(module: Module) -> Iterator[str]:
    """`pkg.sub` at `…/pkg/sub/__init__.py` → pkg, sub, __init__.py."""
    file = PurePath(module.path)
    names = module.name.split(".")
    if file.suffix != ".py":
        return
    if file.name == "__init__.py":
        yield from [*names, "__init__.py"]
    elif file.stem == names[-1]:
        yield from [*names[:-1], file.name]


def _lay_out_working_copy(one: Unpinned, recorded: Recorded, layout: _Layout, target: Path) -> None:
    """The folder that was installed, as the run's repository held it; where it does not, its modules are all there is."""
    if recorded.repository is None or not one.url:
        return
    root, commit = recorded.repository
    url = PurePath(os.path.normpath(one.url))
    if not url.is_absolute() or not url.is_relative_to(root) or url.is_relative_to(layout.workspace.origin):
        return
    prefix = url.relative_to(root).as_posix()
    try:
        count = _checked_out(root, commit, "" if prefix == "." else f"{prefix}/", target)
    except (GitFailed, OSError, subprocess.SubprocessError) as problem:
        layout.said.append(f"The working copy of {one.name} could not be laid out from git ({str(problem).rstrip('.')}).")
        return
    if count:
        layout.working[str(url)] = target
        layout.paths.update(dict.fromkeys(path for path in (target / "src", target) if path.is_dir()))
        layout.said.append(f"{one.name} was laid out as it stood in the repository at {commit[:12]}.")


def _checked_out(root: str, commit: str, prefix: str, target: Path) -> int:
    """Writes the ordinary files below a prefix; how many. Files above the bound are left out."""
    from labjournal.records.repository import Repository

    count, left = 0, _MOST_BYTES
    repository = Repository(root)
    if not repository.has(commit):
        raise GitFailed(f"Commit {commit[:12]} is not there any more.")
    entries = [entry for entry in repository.entries(commit) if entry.path.startswith(prefix) and entry.mode in _ORDINARY]
    with repository.reading():
        for entry in entries[:_MOST_FILES]:
            within = PurePath(entry.path[len(prefix) :])
            if entry.bytes > left or within.is_absolute() or ".." in within.parts:
                continue
            left -= entry.bytes
            file = target / within
            file.parent.mkdir(parents=True, exist_ok=True)
            with open(file, "xb") as opened:
                for chunk in repository.read(entry.blob):
                    opened.write(chunk)
            count += 1
    return count
