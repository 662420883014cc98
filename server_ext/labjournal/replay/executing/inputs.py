"""What the code read, laid out as it was when it was recorded, and what has to be said of each input.

The recorded content comes from the blobs of the journal, else from the place where the file lay, if its digest still agrees: it is
taken while the content is copied, so what is laid out is what was looked at. Where there is neither, the replay goes on with what
lies there today, or without, and says so. Inputs outside the project stay where they are as long as they agree; else the recorded
content gets a place in the workspace, and literal paths are led there.

The last word has the replay itself: what it read under a path is what its own recording saw (`settled`).
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
import shutil
import stat
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any, BinaryIO

from labjournal.journal.rows import FileUse
from labjournal.questions.warnings import size
from labjournal.replay.executing.workspace import Workspace, disk_full

__all__ = ["Input", "brought", "lay_out", "led", "part", "sentences", "settled", "stands_in"]

_CHUNK = 1 << 20
_MOST_COPIED = 4 << 30
_HASHED = 2 << 30
"""What is larger is not looked through before the code starts: the recording of the replay takes the digest."""
_MOST_SENTENCES = 8
_FICLONE = 0x40049409


@dataclass(frozen=True)
class Input:
    """A file that the code reads and did not write before."""

    use: FileUse
    source: str
    """Where the content came from: journal | place | record, '' where there is none."""
    state: str
    """recorded: the recorded content | changed: another one | missing: none | unknown: cannot be told."""
    now: str | None = None
    """Digest of what was found instead."""
    remark: str = ""
    """A sentence that says why it was not laid out as others are."""
    damaged: bool = False
    """Whether the journal kept something under this digest that it does not belong to."""
    inside: bool = True
    """Whether it lies in the workspace."""


def brought(uses: Iterable[FileUse], held: Collection[str]) -> tuple[Input, ...]:
    """The inputs of a record file, which brings what it holds and nothing else."""
    return tuple(
        Input(use, "record", "recorded") if use.path in held else Input(use, "", "missing" if use.sha256 else "unknown")
        for use in uses
    )


def lay_out(
    uses: Sequence[FileUse],
    space: Workspace,
    blob: Callable[[str], bytes],
    *,
    written: Collection[str] = (),
    sources: Iterable[str] = (),
    most_copied: int = _MOST_COPIED,
) -> tuple[Input, ...]:
    """Puts every input into the workspace that has to be there; `written` are paths that the code writes, too."""
    return tuple(_Laying(space, blob, set(written), most_copied).all(uses, "\n".join(sources)))


class _Laying:
    def __init__(self, space: Workspace, blob: Callable[[str], bytes], written: set[str], left: int) -> None:
        self.space, self.blob, self.written, self.left = space, blob, written, left

    def all(self, uses: Sequence[FileUse], text: str) -> list[Input]:
        outside = [use for use in uses if not self._is_inside(use)]
        stay = {use.path: found for use in outside if (found := _as_it_lies(use)) is not None}
        # Where one file of a folder has to come into the workspace and the code names the folder, all of them have to.
        moved = {top for use in outside if use.path not in stay and (top := _named_folder(use.path, text))}
        for use in outside:
            if _named_folder(use.path, text) in moved:
                stay.pop(use.path, None)
        return [stay.get(use.path) or self._laid(use) for use in uses]

    def _is_inside(self, use: FileUse) -> bool:
        return use.path in self.written or PurePath(os.path.normpath(use.path)).is_relative_to(self.space.origin)

    def _laid(self, use: FileUse) -> Input:
        target = Path(self.space.place(use.path))
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            kept = self._kept(use)
            if kept is not None and hashlib.sha256(kept).hexdigest() == use.sha256:
                return self._from_journal(use, kept, target)
            return replace(self._from_place(use, target), damaged=kept is not None)
        except OSError as problem:
            if problem.errno == errno.ENOSPC:
                raise disk_full(target.parent) from problem
            return Input(use, "", "missing", remark=f"The input {use.path} could not be laid out ({problem.strerror}).")

    def _kept(self, use: FileUse) -> bytes | None:
        """What stands in the journal under the digest; None where nothing does."""
        try:
            return None if use.sha256 is None else self.blob(use.sha256)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, EOFError, zlib.error):
            return b"?"

    def _from_journal(self, use: FileUse, content: bytes, target: Path) -> Input:
        with _draft(target) as draft:
            draft.write(content)
        if use.mtime_ns:
            with contextlib.suppress(OSError, OverflowError):
                os.utime(target, ns=(use.mtime_ns, use.mtime_ns))
        return Input(use, "journal", "recorded")

    def _from_place(self, use: FileUse, target: Path) -> Input:
        source = _opened(use.path)
        if source is None:
            return Input(use, "", "missing")
        with source:
            length = os.fstat(source.fileno()).st_size
            cloned = _cloned(source, target)
            if not cloned and length > self.left:
                return self._linked(use, target, length)
            if cloned and length > _HASHED:
                return Input(use, "place", "unknown")
            self.left -= 0 if cloned else length
            digest = _digest_of(target) if cloned else _copied(source, target)
        with contextlib.suppress(OSError):
            shutil.copystat(use.path, target)
            os.chmod(target, target.stat().st_mode | 0o200)
        return _judged(use, digest)

    def _linked(self, use: FileUse, target: Path, length: int) -> Input:
        """Too large to be copied: read where it lies, by a link. Never where the code writes, too: the file is the user's."""
        if use.path in self.written:
            said = (
                f"The input {use.path} ({size(length)}) is more than what is copied, and the code writes it, so it was left out."
            )
            return Input(use, "", "missing", remark=said)
        target.symlink_to(use.path)
        said = f"The input {use.path} ({size(length)}) is more than what is copied; it was read where it lies."
        return Input(use, "place", "unknown", remark=said)


def _as_it_lies(use: FileUse) -> Input | None:
    """An input outside the project, if it can stay where it is because it is what it was; None where it is not."""
    source = _opened(use.path)
    if source is None:
        return None
    with source:
        status = os.fstat(source.fileno())
        if use.sha256 is None:
            return Input(use, "place", "unknown", inside=False)
        if use.bytes is not None and use.bytes != status.st_size:
            return None
        if status.st_size > _HASHED:
            return Input(use, "place", "unknown", inside=False) if status.st_mtime_ns == use.mtime_ns else None
        return Input(use, "place", "recorded", inside=False) if _digest(source) == use.sha256 else None


def _judged(use: FileUse, digest: str | None) -> Input:
    if digest is None:
        return Input(use, "", "missing")
    if use.sha256 is None:
        return Input(use, "place", "unknown", digest)
    return Input(use, "place", "recorded") if digest == use.sha256 else Input(use, "place", "changed", digest)


def _opened(path: str) -> BinaryIO | None:
    """The file, if it is one and can be read; never waits: what was a file may be a pipe today."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    return os.fdopen(descriptor, "rb")


def _digest(file: BinaryIO) -> str | None:
    digest = hashlib.sha256()
    try:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    except OSError:
        return None
    return digest.hexdigest()


def _digest_of(path: Path) -> str | None:
    with path.open("rb") as file:
        return _digest(file)


def _copied(source: BinaryIO, target: Path) -> str | None:
    """Copies, and gives the digest of what was copied; None where reading broke off, and then nothing is laid out."""
    digest = hashlib.sha256()
    try:
        with _draft(target) as draft:
            while chunk := _read(source):
                digest.update(chunk)
                draft.write(chunk)
    except _Broken:
        return None
    return digest.hexdigest()


class _Broken(Exception):
    """A file that could not be read to its end."""


def _read(source: BinaryIO) -> bytes:
    try:
        return source.read(_CHUNK)
    except OSError as problem:  # of the source alone: a full disk of ours is another matter
        raise _Broken from problem


def _cloned(source: BinaryIO, target: Path) -> bool:
    """Whether the file system laid out a copy that shares its content with the source until one of them is written."""
    try:
        import fcntl
    except ImportError:
        return False
    try:
        with _draft(target) as draft:
            fcntl.ioctl(draft.fileno(), _FICLONE, source.fileno())
    except OSError:
        return False
    return True


@contextlib.contextmanager
def _draft(target: Path) -> Iterator[BinaryIO]:
    """A file beside the target that takes its name once it is whole."""
    draft = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with draft.open("xb") as file:
            yield file
        draft.replace(target)
    finally:
        with contextlib.suppress(OSError):
            draft.unlink()


def led(inputs: Iterable[Input], space: Workspace, sources: Iterable[str]) -> list[str]:
    """Paths and folders that the code names in full and that lie in the workspace now."""
    text = "\n".join(sources)
    answer: list[str] = []
    for one in inputs:
        if one.inside and one.source and not PurePath(one.use.path).is_relative_to(space.origin):
            answer += [one.use.path, *filter(None, [_named_folder(one.use.path, text)])]
    return list(dict.fromkeys(answer))


def _named_folder(path: str, text: str) -> str:
    """The innermost folder of a file that stands in the code as a text of its own; '' where none does, or the file itself does.

    Never the root, a home folder or what is above it: too much else lies there.
    """
    if stands_in(path, text):
        return ""
    for folder in PurePath(path).parents:
        if len(folder.parts) < 3 or Path.home().is_relative_to(folder):
            return ""
        if stands_in(str(folder), text):
            return str(folder)
    return ""


def stands_in(path: str, text: str) -> bool:
    """Whether a path is a text of its own in the code."""
    return path in text and re.search(rf"['\"]{re.escape(path)}/?['\"]", text) is not None


def settled(inputs: Iterable[Input], found: Mapping[str, str | None]) -> tuple[Input, ...]:
    """The inputs with what the replay really read: `found` leads from the recorded path to the digest that its recording saw."""
    return tuple(_settled(one, found.get(one.use.path)) for one in inputs)


def _settled(one: Input, now: str | None) -> Input:
    if now is None or one.use.sha256 is None:
        return one
    if now == one.use.sha256:
        return one if one.state == "recorded" else replace(one, state="recorded", source=one.source or "place", now=None)
    # What was laid out was not what the code read: it names the file in a way that cannot be led into the workspace.
    return replace(one, state="changed", source="place", now=now)


def sentences(inputs: Iterable[Input]) -> list[str]:
    """What a person should know of the inputs; of many of a kind the first few."""
    kinds: dict[str, list[str]] = {"remark": [], "changed": [], "missing": [], "unknown": []}
    for one in inputs:
        if one.remark:
            kinds["remark"].append(one.remark)
        if one.damaged:
            kinds["remark"].append(f"What the journal kept of {one.use.path} is damaged and was not used.")
        if one.use.confidence == "unattributed" or one.source == "record" or (one.remark and one.state != "changed"):
            continue
        if one.state in kinds:
            kinds[one.state].append(_sentence(one))
    answer = []
    for said in kinds.values():
        answer += said[:_MOST_SENTENCES]
        if len(said) > _MOST_SENTENCES:
            answer.append(f"The same is to be said of {len(said) - _MOST_SENTENCES:,} more inputs.")
    return answer


def _sentence(one: Input) -> str:
    use = one.use
    if one.state == "changed":
        digests = f" (SHA-256 {(use.sha256 or '')[:8]} then, {one.now[:8]} now)" if one.now else ""
        return f"The input {use.path} has changed since it was recorded{digests}; the replay read what it holds today."
    if one.state == "missing":
        return f"The input {use.path} is gone and its content is not kept; the replay went on without it."
    reason = f" ({use.reason.rstrip('.')})" if use.reason else ""
    return f"What the input {use.path} held is not known{reason}; the replay read what it holds today."


def part(one: Input) -> dict[str, Any]:
    """The input as the answer tells it."""
    return {"path": one.use.path, "sha256": one.use.sha256, "from": one.source, "state": one.state}
