"""Server paths and files: what the panel names is relative to the server's root folder, and nothing outside it is touched."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

from labjournal.errors import LabjournalError

__all__ = ["absolute_path", "server_path"]


def absolute_path(root: Path, path: str) -> Path:
    """The file that a server path means; refuses what leads out of `root`, also through links.

    Drive prefixes ('RTC:notebook.ipynb') name a view of the same file, not another file.
    """
    plain = path.split(":", 1)[1] if ":" in path.split("/", 1)[0] else path
    if "\0" in plain:
        raise LabjournalError("The path holds a NUL character.", "Choose another name.")
    root = Path(os.path.realpath(root))
    wanted = Path(os.path.realpath(root / PurePosixPath(plain.lstrip("/"))))
    if wanted != root and root not in wanted.parents:
        raise LabjournalError(f"'{path}' lies outside the folder that this Jupyter Server serves.", "Choose a place inside it.")
    return wanted


def server_path(root: Path, path: str | None) -> str | None:
    """The server path of an absolute path, None where it lies outside `root`."""
    if path is None:
        return None
    try:
        return Path(os.path.realpath(path)).relative_to(os.path.realpath(root)).as_posix()
    except ValueError:
        return None
