"""The journal's folder as recorders see it: blobs and the key, opened when first needed; and the keeping of data files' bytes.

`DataKeeper` watches the events that go to the journal: a content that was read or written, with a digest that holds, is copied to the
blob folder, from memory where the hashing left it there, else from the file while its digest is checked once more. Left out is what is
large, what looks like a secret, what a package ships, and everything while the disk has only its reserve. Helper thread throughout.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import math
import os
import stat
from collections import deque
from pathlib import Path
from time import monotonic, time
from typing import TYPE_CHECKING, Any, BinaryIO, Callable, Deque, Iterable, Iterator, Mapping, NamedTuple

from labjournal.events import BytesKept, Event, FileRead, FileWritten, ModuleSeen
from labjournal.recorders.contents import Contents
from labjournal.recorders.redaction import Redactor
from labjournal.recorders.secret_files import looks_secret, named_like_a_secret

if TYPE_CHECKING:
    from labjournal.journal.blobs import Blobs

__all__ = ["DataKeeper", "Keeping", "Limits", "limits"]

_STEP_S = 0.1
"""Longest time in a round, so that other work of the helper thread is not put off."""
_MOST_WAITING = 2000
_MOST_REMEMBERED = 20_000
_OPEN = (
    os.O_RDONLY
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)


class Limits(NamedTuple):
    """How much of data files is kept."""

    file_bytes: int = 10_000_000
    """Longest content that is kept; 0: none is."""
    total_bytes: int = 1_000_000_000
    """What all of them may occupy; the oldest go first."""


def limits(environ: Mapping[str, str], setting: Callable[[str, Any], Any]) -> Limits:
    """As the environment says, else the kernel's configuration, else the defaults."""
    given = []
    for name, default in zip(("keep_bytes", "keep_total_bytes"), Limits()):
        value: Any = environ.get(f"LABJOURNAL_{name.upper()}", "")
        try:
            value = int(value) if value else setting(name, default)
        except ValueError:
            value = default
        given.append(value if type(value) is int and value >= 0 else default)
    return Limits(*given)


class Keeping:
    """Keeps contents and keys digests. Helper thread."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._blobs: Blobs | None = None

    @property
    def blobs(self) -> Blobs:
        if self._blobs is None:
            from labjournal.journal.blobs import Blobs

            self._blobs = Blobs(self._journal)
        return self._blobs

    def put(self, data: bytes) -> str:
        """Keeps the bytes as a blob; its digest."""
        return self.blobs.put(data)

    def keyed(self, sha256: str) -> str:
        """The digest under the journal's own key, from which nobody guesses what was digested."""
        from labjournal.journal.places import secret_key

        return hmac.new(secret_key(self._journal), sha256.encode("ascii"), hashlib.sha256).hexdigest()


class DataKeeper:
    """Keeps what data files held."""

    def __init__(self, run: str, keeping: Keeping, limits: Limits, redactor: Redactor) -> None:
        self._run = run
        self._keeping = keeping
        self.limits = limits
        self._redactor = redactor
        self.contents = Contents(limits.file_bytes)
        self._waiting: Deque[tuple[str, str, int]] = deque()
        self._clean: set[str] = set()
        """Digests of contents that have been looked through for secrets, and wait."""
        self._done: dict[str, None] = {}
        """Digests that need not be looked at again: kept, or not to be kept."""

    @property
    def due(self) -> bool:
        """Whether contents wait to be kept."""
        return bool(self._waiting)

    def watched(self, events: Iterable[Event]) -> Iterator[Event]:
        """The events themselves; what they say of files is noted on the way."""
        for event in events:
            if type(event) is FileRead or type(event) is FileWritten:
                self._note(event)
            elif type(event) is ModuleSeen and event.keep:
                self._note_module(event)
            yield event

    def keep_some(self) -> Iterator[Event]:
        """Keeps what was noted, for a moment; the rest in the next round."""
        until = monotonic() + _STEP_S
        while self._waiting and monotonic() < until:
            path, sha256, size = self._waiting.popleft()
            stored = self._kept(path, sha256)
            if stored:
                yield BytesKept(self._run, sha256, size, stored, time())

    def forked(self) -> None:
        self._waiting = deque()
        self.contents.clear()

    def _note(self, event: Any) -> None:
        size = event.bytes
        if not event.sha256 or event.sha256 in self._done or event.package or type(size) is not int:
            return
        if not 0 < size <= self.limits.file_bytes or len(self._waiting) >= _MOST_WAITING:
            return
        if event.hash_state == "provisional" or event.confidence == "unattributed":
            return
        if len(self._done) >= _MOST_REMEMBERED:
            self._done.clear()
        self._done[event.sha256] = None
        if not named_like_a_secret(event.path) and not named_like_a_secret(event.given):
            self._waiting.append((event.path, event.sha256, size))

    def _note_module(self, event: Any) -> None:
        """The code of a local module, redacted by whoever read it: it is held in memory, and stands in no file."""
        if event.sha256 and 0 < event.bytes <= self.limits.file_bytes and event.sha256 not in self._done:
            self._done[event.sha256] = None
            self._clean.add(event.sha256)
            self._waiting.append((event.path, event.sha256, event.bytes))

    def _kept(self, path: str, sha256: str) -> int | None:
        """What the content occupies now; None where it is not to be had any more, or must not be kept."""
        try:
            blobs = self._keeping.blobs
            stored = blobs.stored(sha256)
            if stored:
                return stored
            with self._opened(path, sha256) as source:
                if sha256 not in self._clean and looks_secret(source, self._redactor):
                    return None
                return blobs.keep(source, sha256)
        except (OSError, ValueError):  # gone, unreadable, not a file; or the disk takes no more
            self._done.pop(sha256, None)
            return None
        finally:
            self._clean.discard(sha256)
            began, ended = self.contents.looked.get(path, (0.0, 0.0))
            if ended == math.inf:
                self.contents.looked[path] = began, monotonic()

    def _opened(self, path: str, sha256: str) -> BinaryIO:
        held = self.contents.take(sha256)
        if held is not None:
            return io.BytesIO(held)
        self.contents.looked[path] = monotonic(), math.inf
        descriptor = os.open(path, _OPEN)
        source = os.fdopen(descriptor, "rb")
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size > self.limits.file_bytes:
            source.close()
            raise OSError("it is another file now")
        return source
