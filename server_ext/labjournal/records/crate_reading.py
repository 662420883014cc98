"""Opening a record that came from elsewhere, far enough to say what it is and to start a replay from it; nothing in it is executed.

A record is taken only whole: every file it lists is there with the length and digest that stand in its metadata, and nothing else is
in it. That tells a damaged or altered record; it does not tell who made it, which is why the facts are shown before a replay.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from labjournal.errors import LabjournalError, RecordInvalid
from labjournal.journal.rows import FileUse
from labjournal.records import naming
from labjournal.records.archive import Archive
from labjournal.records.excerpt import read
from labjournal.records.record import Record, title

__all__ = ["EXCERPT", "METADATA", "NOTEBOOK", "CrateContent", "CrateFile", "open_crate"]

METADATA = "ro-crate-metadata.json"
EXCERPT = "journal.json"
NOTEBOOK = "notebook.ipynb"
_MOST_JSON = 256 << 20
_REMEDY = "Ask whoever made it for another copy."


@dataclass(frozen=True)
class CrateFile:
    """A file that the recorded executions found when they began, and whether the record holds it."""

    path: str
    """Absolute path where it was read."""
    relative: str | None
    """The path as seen from the folder of the run, None where it lies elsewhere."""
    sha256: str | None
    bytes: int | None
    member: str | None
    """Its name in the record, None where it is described only."""


@dataclass(frozen=True)
class CrateContent:
    """A record that was opened and found whole."""

    path: Path
    sha256: str
    """Digest of the file as it came."""
    record: Record
    """Everything a replay executes and compares; `record.blob` reads contents out of the file."""
    inputs: tuple[CrateFile, ...]
    contents: dict[str, str]

    @property
    def origin(self) -> tuple[str, ...]:
        """What a person should know before executing it, one sentence each."""
        return tuple(_origin(self))

    def read(self, sha256: str) -> bytes:
        """The content of a digest; raises FileNotFoundError where the record does not hold it."""
        return self.record.blob(sha256)

    def unpack(self, folder: Path) -> tuple[Path, tuple[str, ...]]:
        """Lays the files out that the executions begin with, in a new folder as they lay beside the notebook.

        Gives back the folder, and a sentence for each file that could not be laid out.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        missing: list[str] = []
        with Archive(self.path) as archive:
            for file in self.inputs:
                if file.member is None:
                    missing.append(f"{file.path} is not in the record.")
                elif file.relative is None:
                    missing.append(f"{file.path} lay outside the notebook's folder; the record holds it as {file.member}.")
                else:
                    _lay_out(archive, file.member, folder.joinpath(*file.relative.split("/")), folder)
        return folder, tuple(missing)


def open_crate(path: Path) -> CrateContent:
    """The record in a file; raises RecordInvalid where it is none, is not whole, or is not safe to open."""
    if path.is_dir():
        raise RecordInvalid(f"{path} is a folder, not a record.", "Name the zip file that `labjournal export --to crate` wrote.")
    with Archive(path) as archive:
        listed = _listed(_json(archive, METADATA))
        _whole(archive, listed)
        excerpt = read(_json(archive, EXCERPT), lambda sha256: _content(path, {}, sha256))
        for sha256, member in excerpt.contents.items():
            if listed.get(member) is None or listed[member].get("sha256") != sha256:
                raise RecordInvalid(f"{EXCERPT} and {METADATA} of the record do not agree about {member!r:.200}.", _REMEDY)
    contents = excerpt.contents
    record = replace(excerpt.record, blob=lambda sha256: _content(path, contents, sha256))
    return CrateContent(path, _digest(path), record, tuple(_inputs(record, contents)), contents)


def _json(archive: Archive, name: str) -> Any:
    try:
        return json.loads(archive.read(name, _MOST_JSON))
    except (ValueError, RecursionError) as problem:
        raise RecordInvalid(f"{name} of the record is not JSON.", _REMEDY) from problem


def _listed(metadata: Any) -> dict[str, dict[str, Any]]:
    """The files that the metadata says are in the record."""
    graph = metadata.get("@graph") if isinstance(metadata, dict) else None
    if not isinstance(graph, list):
        raise RecordInvalid(f"{METADATA} is not the metadata of a record.", _REMEDY)
    answer: dict[str, dict[str, Any]] = {}
    for entity in graph:
        kinds = entity.get("@type") if isinstance(entity, dict) else None
        kinds = kinds if isinstance(kinds, list) else [kinds]
        identifier = entity.get("@id") if isinstance(entity, dict) else None
        if (
            "File" in kinds
            and isinstance(identifier, str)
            and ":" not in identifier.split("/")[0]
            and not identifier.startswith("#")
        ):
            answer[unquote(identifier)] = entity
    return answer


def _whole(archive: Archive, listed: dict[str, dict[str, Any]]) -> None:
    extra = sorted(set(archive.members) - set(listed) - {METADATA})
    if extra:
        raise RecordInvalid(f"The record holds {extra[0]!r:.200}, which its metadata does not know.", _REMEDY)
    for name, entity in listed.items():
        if name not in archive.members:
            raise RecordInvalid(f"The record lacks {name!r:.200}.", _REMEDY)
        sha256, length = archive.digest(name)
        if entity.get("sha256") != sha256 or str(entity.get("contentSize")) != str(length):
            raise RecordInvalid(f"{name!r:.200} in the record was altered: it is not what the metadata says.", _REMEDY)


def _content(path: Path, contents: dict[str, str], sha256: str) -> bytes:
    if sha256 not in contents:
        raise FileNotFoundError(f"the record does not hold {sha256:.64}")
    with Archive(path) as archive:
        content = archive.read(contents[sha256], _MOST_JSON)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise RecordInvalid(f"{path} was altered while it was read.", _REMEDY)
    return content


def _inputs(record: Record, contents: dict[str, str]) -> list[CrateFile]:
    """Files that were read before anything in the record wrote them, each path once, as it was first read."""
    return [_crate_file(use, record.run.folder, contents) for use in record.inputs]


def _crate_file(use: FileUse, folder: str, contents: dict[str, str]) -> CrateFile:
    relative = naming.plain_path(use.path, folder)
    parts = relative.split("/")
    inside = relative != use.path and all(part not in ("", ".", "..") and "\\" not in part and "\0" not in part for part in parts)
    member = contents.get(use.sha256 or "")
    return CrateFile(use.path, relative if inside else None, use.sha256, use.bytes, member)


def _lay_out(archive: Archive, member: str, target: Path, folder: Path) -> None:
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _contained(target.parent, folder)
        archive.lay_out(member, target)
    except (FileExistsError, NotADirectoryError) as problem:
        raise RecordInvalid(
            f"The record cannot be laid out: {target.name!r:.100} stands in the way of another file.", _REMEDY
        ) from problem
    except OSError as problem:
        raise LabjournalError(f"{folder} cannot be written ({problem.strerror}).", "Choose another folder.") from problem


def _contained(folder: Path, root: Path) -> None:
    real, base = os.path.realpath(folder), os.path.realpath(root)
    if os.path.commonpath((real, base)) != base:
        raise RecordInvalid(f"The record would write outside {root}.", _REMEDY)


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for chunk in iter(lambda: file.read(1 << 20), b""):
            digest.update(chunk)
    return digest.hexdigest()


def _origin(content: CrateContent) -> list[str]:
    record, run = content.record, content.record.run
    where = naming.zone(run)
    held = sum(file.member is not None for file in content.inputs)
    lines = [
        f"Record of {title(record)!r:.100}, {naming.count(len(record.steps), 'execution')} (address {str(record.address)!r:.80} where it was made).",
        f"Says it was recorded {naming.day(run.started, where)}, {naming.clock(run.started, where)}"
        + (f", by {run.user!r:.60}" if run.user else "")
        + (f", on Python {run.python!r:.20}." if run.python else "."),
    ]
    if record.git and record.git.commit:
        lines.append(
            f"Says the code stood at commit {record.git.commit!r:.50} of {(record.git.remote or 'an unnamed repository')!r:.200}."
        )
    if content.inputs:
        lines.append(f"Reads {naming.count(len(content.inputs), 'file')}, {held} of which it holds.")
    lines.append(
        f"SHA-256 of the file: {content.sha256}. Nobody signed it: what it says about itself is as good as where you got it from."
    )
    return lines
