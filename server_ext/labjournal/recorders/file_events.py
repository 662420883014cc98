"""What was noted of files becomes events: with the digest of the content that was meant, or the reason why there is none.

Files that are still open when their execution is told are remembered, and told again when they have come to rest.
"""

from __future__ import annotations

import os
import time
from typing import Iterator

from labjournal.events import Event, FileDeleted, FileRead, FileWritten, replace
from labjournal.recorders import Context
from labjournal.recorders.digests import Digests, StatKey, stat_key
from labjournal.recorders.distributions import Distributions
from labjournal.recorders.file_rules import PACKAGE
from labjournal.recorders.hasher import Hasher
from labjournal.recorders.merging import LATE_S
from labjournal.recorders.touch import APPENDED, CALLED, UNKNOWN, Touch, layers_of
from labjournal.recorders.touches import Touches

__all__ = ["FileEvents"]

_INLINE_BYTES = 32 << 20
_MOST_REMEMBERED = 4_096
_STILL_WRITTEN = "something still has it open for writing"
_CHANGED = "it changed before it could be hashed"
_ADDED_TO = "it was added to before it could be hashed"


class FileEvents:
    """Helper thread, but for `begun`."""

    def __init__(
        self, context: Context, packages: tuple[str, ...], digests: Digests, hasher: Hasher, pending: dict[str, StatKey]
    ) -> None:
        self._run = context.run
        self._redactor = context.redactor
        self._packages = packages
        self._digests = digests
        self._hasher = hasher
        self._pending = pending
        self._distributions = Distributions()
        self.begun = 0
        """The execution that began last."""
        self.told_last = 0
        """The execution of which files were told last."""
        self.told_until = 0.0
        """When it ended."""
        self._left: dict[str, str] = {}
        """Path → digest of what an execution left there last."""
        self.unfinished: dict[str, tuple[int, StatKey, bool]] = {}
        """Path → (execution, content, whether that was told) of files that were still open for writing."""

    def told(self, n: int, touch: Touch, still: set[tuple[int, int]]) -> Iterator[Event]:
        if touch.read is not None and not (touch.only_opened and (touch.read.device, touch.read.inode) in still):
            yield self._read(n, touch, touch.read)
        if (touch.written or touch.removed) and touch.kind != PACKAGE:
            if touch.after is None:
                if touch.before is not None and (touch.removed or not os.path.lexists(touch.path)):
                    yield FileDeleted(
                        self._run, n, self._clean(touch.path), given=self._clean(touch.given), at=touch.at, layer=layers_of(touch.layers),
                        confidence=touch.left_as, moved=self._clean(touch.moved_to),
                    )  # fmt: skip
            elif touch.after != touch.before and touch.written:
                yield from self._added_to(n, touch, touch.after)
                event = self._written(n, touch, touch.after, still)
                self._remember(touch.path, event.sha256)
                yield event
            elif touch.written and (touch.after.device, touch.after.inode) in still:
                self.unfinished.setdefault(touch.path, (n, touch.after, False))
        if self._pending.get(touch.path) in (touch.read, touch.after):
            self._pending.pop(touch.path, None)

    def _remember(self, path: str, digest: str | None) -> None:
        if len(self._left) >= _MOST_REMEMBERED:
            self._left.clear()
        if digest:
            self._left[path] = digest

    def _read(self, n: int, touch: Touch, key: StatKey) -> FileRead:
        digest, state, reason = touch.digest or None, "at-read", touch.reason
        package = self._package(touch.path) if touch.kind == PACKAGE else ""
        seen = key != UNKNOWN
        event = FileRead(
            self._run, n, self._clean(touch.path), given=self._clean(touch.given), sha256=digest, bytes=key.bytes if seen else None,
            mtime_ns=key.mtime_ns if seen else None, hash_state=state if digest else "unknown", reason=reason, package=package, at=touch.at,
            layer=layers_of(touch.layers), confidence=touch.read_as,
        )  # fmt: skip
        if digest or reason:
            return event
        return self._hasher.settle(event, touch.path, key, inline_bytes=_INLINE_BYTES)

    def _added_to(self, n: int, touch: Touch, after: StatKey) -> Iterator[FileRead]:
        """What stood in a file that was only added to: whoever made it has a part in what was left.

        That what was left begins with it is seen, not concluded from how the file was opened.
        """
        before = touch.before
        if (
            before is None
            or touch.read is not None
            or touch.replaced
            or after[:2] != before[:2]
            or not 0 < before.bytes < after.bytes
        ):
            return
        if touch.layers & CALLED and not touch.appended:
            return
        known = self._digests.known(before) or self._left.get(touch.path)
        digest = self._digests.beginning(touch.path, after, before.bytes) if known and before.bytes <= _INLINE_BYTES else None
        if digest not in (None, known) or (digest is None and not touch.appended):
            return
        yield FileRead(
            self._run, n, self._clean(touch.path), given=self._clean(touch.given), sha256=digest, bytes=before.bytes, mtime_ns=before.mtime_ns,
            hash_state="verified" if digest else "unknown", reason="" if digest else _ADDED_TO, at=touch.at,
            layer=layers_of(touch.layers | APPENDED), confidence=touch.left_as,
        )  # fmt: skip

    def _written(self, n: int, touch: Touch, key: StatKey, still: set[tuple[int, int]]) -> FileWritten:
        seen = key != UNKNOWN
        event = FileWritten(
            self._run, n, self._clean(touch.path), given=self._clean(touch.given), bytes=key.bytes if seen else None,
            mtime_ns=key.mtime_ns if seen else None, at=touch.at, layer=layers_of(touch.layers), confidence=touch.left_as,
            moved=self._clean(touch.moved_from),
        )  # fmt: skip
        if not seen:
            return replace(event, reason=_CHANGED)
        if (key.device, key.inode) in still:
            self.unfinished[touch.path] = (n, key, True)
            if touch.left_digest:
                return replace(event, sha256=touch.left_digest, hash_state="provisional", reason=_STILL_WRITTEN)
            return self._hasher.settle(
                event, touch.path, key, inline_bytes=_INLINE_BYTES, state="provisional", reason=_STILL_WRITTEN
            )
        if touch.left_digest:
            return replace(event, sha256=touch.left_digest, hash_state="verified")
        return self._hasher.settle(event, touch.path, key, inline_bytes=_INLINE_BYTES)

    def still_open(self, n: int, touches: Touches | None, still: set[tuple[int, int]]) -> Iterator[Event]:
        """Files that an earlier execution left open: what has come of them since."""
        for path, (since, key, told) in list(self.unfinished.items()):
            now = stat_key(path)
            if touches is not None and now is not None and now != key and self._is_later(now, touches):
                continue  # the next execution's, which is told of next
            if now is not None and (now.device, now.inode) in still:
                if touches is not None and now != key and not touches.writes(path):
                    yield self._written_on(self._whose(n, now, touches), path, now)
                continue
            del self.unfinished[path]
            if now is None or (now == key and not told):
                continue
            # What was written through the open handle since belongs to the execution that has just ended.
            event = FileWritten(
                self._run, since if now == key else self._whose(n, now, touches), self._clean(path), given=self._clean(path), bytes=now.bytes, mtime_ns=now.mtime_ns,
                confidence="certain" if now == key else "named", layer="handle", at=time.time(),
            )  # fmt: skip
            yield self._hasher.settle(event, path, now, inline_bytes=_INLINE_BYTES)

    def _is_later(self, now: StatKey, touches: Touches) -> bool:
        """Whether a file may have been changed after an execution had ended."""
        slack_s = -LATE_S if self.begun > touches.n else 0.0
        return max(now.mtime_ns, now.ctime_ns) / 1e9 > touches.ended + slack_s

    def _whose(self, n: int, now: StatKey, touches: Touches | None) -> int:
        """The execution in which a file got its times: this one, or the one before, whose changes were too near to its end to be told.

        Times of files are late by a tick of the system's clock: what is after the end of the one before is this one's.
        """
        before = touches is not None and max(now.mtime_ns, now.ctime_ns) / 1e9 <= min(self.told_until, touches.started)
        return self.told_last if before and self.told_last else n

    def _written_on(self, n: int, path: str, now: StatKey) -> FileWritten:
        """Through a handle, or through memory, that an earlier execution opened."""
        self.unfinished[path] = n, now, True
        event = FileWritten(
            self._run, n, self._clean(path), given=self._clean(path), bytes=now.bytes, mtime_ns=now.mtime_ns, confidence="named",
            layer="handle", at=time.time(),
        )  # fmt: skip
        return self._hasher.settle(event, path, now, inline_bytes=_INLINE_BYTES, state="provisional", reason=_STILL_WRITTEN)

    def _package(self, path: str) -> str:
        """'name version' of the package that the file is shipped in."""
        for folder in self._packages:
            if path.startswith(folder):
                top = path[len(folder) :].partition(os.sep)[0]
                owner = self._distributions.owner(top)
                return " ".join(owner) if owner is not None else top
        return ""

    def _clean(self, path: str) -> str:
        return self._redactor.text(path.encode("utf-8", "replace").decode("utf-8")).text
