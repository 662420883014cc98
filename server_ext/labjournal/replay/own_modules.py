"""Lays out the user's own modules as they were loaded, for a replay in the recorded environment.

What lay in the project takes its place in the workspace, over what the file says today. What lay elsewhere (a working copy that was
installed, a folder of `PYTHONPATH`) goes to a folder of its own, which the kernel finds first. Secrets stay taken out, which is said.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePath

from labjournal.journal.rows import Module
from labjournal.replay.recorded import Recorded
from labjournal.replay.workspace import Workspace

__all__ = ["lay_out_modules"]

_NAME = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_LONGEST_NAME = 200


def lay_out_modules(recorded: Recorded, workspace: Workspace) -> tuple[list[Path], list[str]]:
    """Folders that the kernel is to find modules in, and what has to be said."""
    elsewhere = workspace.root / "own" / "modules"
    said: list[str] = []
    for module in recorded.modules:
        if module.sha256 is None:
            said.append(
                f"What of the module {module.name:.100} was loaded is not known{f': {module.reason}' if module.reason else ''}."
            )
            continue
        target = _target(module, workspace, elsewhere)
        if target is None:
            continue
        try:
            content = recorded.blob(module.sha256)
        except OSError:
            said.append(f"The module {module.name:.100} is not kept as it was loaded; the replay uses what is here.")
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        target.write_bytes(content)
        if module.redactions:
            said.append(f"Secrets in the module {module.name:.100} were not recorded; it may not work as it did.")
    return [elsewhere] if elsewhere.is_dir() else [], said


def _target(module: Module, workspace: Workspace, elsewhere: Path) -> Path | None:
    """Where the file of a module goes; None for what is no module of a plain name."""
    if not _NAME.fullmatch(module.name) or len(module.name) > _LONGEST_NAME:
        return None
    parts = list(_parts(module))
    if not parts:
        return None
    if PurePath(os.path.normpath(module.path)).is_relative_to(workspace.origin):
        inside = Path(workspace.place(module.path))
        return inside if inside.is_relative_to(workspace.root / "project") else None
    return elsewhere.joinpath(*parts)


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
