"""`export --with-environment`: what builds the environment again, laid beside a notebook or a script.

Nothing that is there is written over unless that was asked for; a file that is there with the same content is left as it is. Where the
export does not come about, what was laid out for it is taken away again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from labjournal.errors import LabjournalError, OutputExists
from labjournal.records.atomic import write_bytes
from labjournal.records.rebuilding import command, rebuilding
from labjournal.records.record import Record

__all__ = ["Laid", "laid", "laid_beside"]


@dataclass(frozen=True)
class Laid:
    paths: tuple[str, ...]
    remarks: tuple[str, ...]
    command: str
    """What runs the export in its folder."""


@contextlib.contextmanager
def laid_beside(record: Record, place: Path, *, force: bool, ask: bool = False, there: Collection[str] = ()) -> Iterator[Laid]:
    """Lays the files out around the writing of the export at `place`; a module that lies `there` already as an input stays as it was read."""
    made = rebuilding(record, place.name, ask=ask, beside=True)
    files = [(name, content) for name, _, _, content in made.files if name not in there]
    with laid(files, place.parent, force=force) as paths:
        yield Laid(paths, made.remarks, command(place.name))


@contextlib.contextmanager
def laid(files: Sequence[tuple[str, bytes]], folder: Path, *, force: bool) -> Iterator[tuple[str, ...]]:
    """Lays files, named from `folder`, out around whatever is done in the block, and takes them away again where that fails."""
    todo = _todo(files, folder, force)
    new: list[Path] = []
    folders: list[Path] = []
    try:
        for path, content in todo:
            for parent in reversed([one for one in path.parents if one.is_relative_to(folder) and not one.exists()]):
                parent.mkdir()
                folders.append(parent)
            if not path.exists():
                new.append(path)
            write_bytes(path, content, force=force)
        yield tuple(str(folder / name) for name, _ in files)
    except BaseException:
        for path in new:
            with contextlib.suppress(OSError):
                path.unlink()
        for parent in reversed(folders):
            with contextlib.suppress(OSError):
                parent.rmdir()
        raise


def _todo(files: Sequence[tuple[str, bytes]], folder: Path, force: bool) -> list[tuple[Path, bytes]]:
    """What has to be written, once it is known that all of it can be."""
    todo: list[tuple[Path, bytes]] = []
    for name, content in files:
        path = folder.joinpath(*name.split("/"))
        for parent in path.parents:
            if parent == folder:
                break
            if parent.is_symlink() or (parent.exists() and not parent.is_dir()):
                raise LabjournalError(f"{parent} is not a folder of its own.", "Choose an empty folder for the export.")
        if path.is_file() and not path.is_symlink() and path.stat().st_size == len(content) and path.read_bytes() == content:
            continue
        if not force and (path.exists() or path.is_symlink()):
            raise OutputExists(
                f"{path} is there already.", "Choose an empty folder for the export, or say --force to replace it."
            )
        todo.append((path, content))
    return todo
