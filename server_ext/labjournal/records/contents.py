"""Which bytes go into a crate: files that were read and written, and outputs that stand as blobs, each content once.

The bytes come from the journal's blobs, else from the place where the file lay, provided that it still has the recorded digest. What
is too large, changed since, gone, or likely a secret is described in the crate but not included; `left_out` says why.
"""

from __future__ import annotations

import errno
import hashlib
import io
import mimetypes
import os
import re
import stat
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from labjournal.journal.rows import FileUse, Output
from labjournal.questions.warnings import size
from labjournal.recorders.redaction import Redactor
from labjournal.recorders.secret_files import looks_secret, named_like_a_secret
from labjournal.records import naming
from labjournal.records.record import Record, Step

__all__ = ["MOST_BYTES", "MOST_BYTES_OF_ONE", "Content", "Contents", "gathered", "plain_part"]

MOST_BYTES_OF_ONE = 10 << 20
MOST_BYTES = 100 << 20

_SUFFIXES = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/svg+xml": "svg",
    "text/html": "html",
}
_PRIVATE = re.compile(
    r"^\.|^id_(rsa|dsa|ecdsa|ed25519)|\.(pem|key|p12|pfx|kdbx|keystore|jks|gpg|asc)$|credential|secret|passw(or)?d|token", re.I
)


@dataclass
class Content:
    """One content: where it was seen, and its name in the crate where it is included."""

    sha256: str | None
    length: int | None
    name: str
    """What a person calls it: its path as seen from the notebook, or the execution that showed it."""
    kind: str
    """Mime type."""
    member: str | None = None
    data: bytes = b""
    left_out: str = ""


@dataclass
class Contents:
    """Every content of a record, by digest; files whose digest is not known by their path."""

    known: dict[str, Content] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)
    total: int = 0

    def of(self, use: FileUse) -> Content:
        return self.known[use.sha256 or f"path:{use.path}"]

    @property
    def included(self) -> list[Content]:
        return [content for content in self.known.values() if content.member is not None]

    @property
    def members(self) -> dict[str, str]:
        """Digest → name in the crate."""
        return {content.sha256: content.member for content in self.included if content.sha256 and content.member}


def gathered(record: Record) -> Contents:
    """The contents of a record."""
    contents = Contents()
    made: set[str] = set()
    for step in record.steps:
        for use in step.read:
            if not use.package:
                _add_file(contents, record, use, "outputs" if use.path in made else "inputs")
        for use in step.written:
            if not use.package and not use.deleted:
                made.add(use.path)
                _add_file(contents, record, use, "outputs")
        for reference, kind, position in _references(step):
            _add_blob(contents, record, step, reference, kind, position)
    return contents


def _add_file(contents: Contents, record: Record, use: FileUse, folder: str) -> None:
    key = use.sha256 or f"path:{use.path}"
    if key in contents.known:
        return
    name = naming.plain_path(use.path, record.run.folder)
    content = Content(use.sha256, use.bytes, name, mimetypes.guess_type(use.path)[0] or "application/octet-stream")
    contents.known[key] = content
    found = _file_bytes(record, use, contents.total)
    if isinstance(found, str):
        content.left_out = found
        return
    inside = name if name != use.path else f"elsewhere/{PurePath(use.path).name}"
    _include(contents, content, found, f"{folder}/{inside}")


def _add_blob(contents: Contents, record: Record, step: Step, sha256: str, kind: str, position: int) -> None:
    if sha256 in contents.known:
        return
    content = Content(sha256, None, f"output {position + 1} of execution {step.n}", kind)
    contents.known[sha256] = content
    try:
        data = record.blob(sha256)
    except (OSError, ValueError, zlib.error):
        content.left_out = "the journal does not hold it any more"
        return
    content.length = len(data)
    if contents.total + len(data) > MOST_BYTES:
        content.left_out = f"the record would grow above {size(MOST_BYTES)}"
        return
    _include(
        contents,
        content,
        data,
        f"shown/{step.n}-{position + 1}.{_SUFFIXES.get(kind, 'txt' if kind.startswith('text/') else 'bin')}",
    )


def _include(contents: Contents, content: Content, data: bytes, wish: str) -> None:
    """Gives the content a name that every system can hold, and that no other content has."""
    name = "/".join(plain_part(part) for part in wish.split("/"))
    mark = (content.sha256 or "")[:12]
    if not contents.taken.isdisjoint(_folders(name)):
        # What would be its folder is a file here (it was at another time): it stands on top, with its whole path as its name.
        top, _, rest = name.partition("/")
        name = f"{top}/{mark}-{rest.replace('/', '_')[-80:]}"
    elif name.casefold() in contents.taken or name.casefold() in contents.folders:
        stem, dot, suffix = name.rpartition(".")
        name = f"{stem}-{mark}.{suffix}" if dot and "/" not in suffix else f"{name}-{mark}"
    contents.taken.add(name.casefold())
    contents.folders.update(_folders(name))
    contents.total += len(data)
    content.member, content.data, content.length = name, data, len(data)


def _folders(name: str) -> list[str]:
    """The folders that a name stands in, outermost first."""
    parts = name.casefold().split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]


def plain_part(part: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", part).strip(".")[:100] or "_"
    return f"_{plain}" if re.fullmatch(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", plain, re.I) else plain


def _file_bytes(record: Record, use: FileUse, total: int) -> bytes | str:
    """The content that was read or written; why not, where it is not to be had."""
    if use.sha256 is None:
        return use.reason.rstrip(".") or "its content is not known"
    parts = PurePath(naming.plain_path(use.path, record.run.folder)).parts
    if named_like_a_secret(use.path) or any(_PRIVATE.search(part) for part in parts):
        return "by its name it may hold a secret"
    if (use.bytes or 0) > MOST_BYTES_OF_ONE:
        return f"it is larger than {size(MOST_BYTES_OF_ONE)}"
    if total + (use.bytes or 0) > MOST_BYTES:
        return f"the record would grow above {size(MOST_BYTES)}"
    for data in _sources(record, use):
        if data is not None and hashlib.sha256(data).hexdigest() == use.sha256:
            return "it looks as if it held a secret" if looks_secret(io.BytesIO(data), Redactor()) else data
    return "it is not there any more as it was"


def _sources(record: Record, use: FileUse) -> Iterator[bytes | None]:
    try:
        yield record.blob(use.sha256 or "")
    except (OSError, ValueError, zlib.error):
        pass
    yield _on_disk(Path(use.path))


def _on_disk(path: Path) -> bytes | None:
    try:
        # Never waits: what was a file may have become a pipe since.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError):
        return None
    with os.fdopen(descriptor, "rb") as file:
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return None
            return file.read(MOST_BYTES_OF_ONE + 1)
        except OSError as problem:
            if problem.errno in (errno.EIO, errno.ESTALE, errno.EAGAIN, errno.EISDIR):
                return None
            raise


def _references(step: Step) -> Iterator[tuple[str, str, int]]:
    """Digest, mime type and position of every output that stands as a blob."""
    for output in step.outputs:
        for kind, value in _values(output):
            if isinstance(value, dict) and isinstance(value.get("blob"), str):
                yield value["blob"], kind, output.position


def _values(output: Output) -> Iterator[tuple[str, object]]:
    yield from output.data.items()
