"""Files that Python code read, wrote and deleted in each execution, with the SHA-256 of what was read and what was left.

`audit_hook` tells which, `touches` notes them on the user's thread, here they become events on the helper thread. A digest is of the
content that was meant, or it is unknown and the reason stands beside it:

    at-read      hashed before the cell got the file
    verified     hashed later, and the file had not changed since
    provisional  hashed, but something still has the file open for writing
    unknown      changed, gone or unreadable before it could be hashed

Files that libraries open by themselves (Parquet, HDF5, …) and those of other programs are not seen here; the run says so once.
"""

from __future__ import annotations

import os
import re
import sys
import threading
import time
from typing import Iterable, Iterator

from labjournal.events import Event, FileDeleted, FileRead, FileWritten, ProblemSeen
from labjournal.recorders import Context, Execution, Outcome, Recorder, audit_hook
from labjournal.recorders.digests import Digests, StatKey, stat_key
from labjournal.recorders.distributions import Distributions
from labjournal.recorders.file_rules import PACKAGE, Rules
from labjournal.recorders.hasher import Hasher
from labjournal.recorders.open_files import written_now
from labjournal.recorders.touches import Touch, Touches

__all__ = ["FilesRecorder"]

_INLINE_BYTES = 32 << 20
_STILL_WRITTEN = "something still has it open for writing"
_NATIVE = {
    "pyarrow": "pyarrow", "polars": "polars", "duckdb": "duckdb", "h5py": "h5py", "tables": "PyTables", "netCDF4": "netCDF4", "cv2": "OpenCV",
    "safetensors": "safetensors", "lightgbm": "lightgbm", "xgboost": "xgboost", "rasterio": "rasterio", "fiona": "fiona", "pyogrio": "pyogrio",
}  # fmt: skip
_NATIVE_CALLS = re.compile(r"\b(?:read|to)_(?:parquet|feather|orc|hdf)\b|\bHDFStore\b")
_IMPORTED = re.compile(r"^[ \t]*(?:import|from)[ \t]+([A-Za-z_]\w*)", re.MULTILINE)


class FilesRecorder(Recorder):
    """Yields FileRead, FileWritten and FileDeleted for each execution."""

    name = "files"

    def __init__(self, context: Context) -> None:
        self._context = context
        self._rules = Rules(str(context.journal))
        self._digests = Digests()
        self._hasher = Hasher(self._digests, context.emit)
        self._distributions = Distributions()
        self._active: dict[int, Touches] = {}
        """What executes now, by thread; a thread that executes nothing works for the one that began last."""
        self._latest: Touches | None = None
        self._ended: dict[int, Touches] = {}
        self._pending: dict[str, StatKey] = {}
        self._unfinished: dict[str, tuple[int, StatKey]] = {}
        """Path → (execution, content) of files that were still open for writing."""
        self._said: set[str] = set()
        self._problem: Exception | None = None
        self._installed = audit_hook.install()

    # the moments of a run

    def run_started(self) -> Iterable[Event]:
        audit_hook.exclude_this_thread()
        if not self._installed:
            yield self._not_seen("This Python does not allow audit hooks: files are not seen.")

    def execution_started(self, execution: Execution) -> None:
        touches = Touches(execution.run, execution.n, self._rules, self._digests, self._pending)
        self._active[threading.get_ident()] = self._latest = touches
        audit_hook.watch(self)

    def execution_ended(self, execution: Execution, outcome: Outcome) -> None:
        touches = self._active.pop(threading.get_ident(), None)
        if touches is None or touches.n != execution.n:
            touches = next((other for other in self._active.values() if other.n == execution.n), touches)
            self._active = {thread: other for thread, other in self._active.items() if other is not touches}
        if touches is not None:
            touches.end()
            self._ended[execution.n] = touches
        if self._active:
            self._latest = next(iter(self._active.values()))
        else:
            self._latest = None
            audit_hook.watch(None)

    def collect(self, execution: Execution) -> Iterable[Event]:
        audit_hook.exclude_this_thread()
        touches = self._ended.pop(execution.n, None)
        if self._problem is not None:
            problem, self._problem = self._problem, None
            raise problem
        yield from self._still_open(execution.n)
        if touches is not None:
            files = list(touches.files.values())
            still = written_now() if any(touch.written for touch in files) else set()
            for touch in files:
                yield from self._told(touches.n, touch, still)
            yield from self._limits(execution, touches)

    def run_ended(self) -> Iterable[Event]:
        audit_hook.watch(None)
        yield from self._hasher.finish(within_s=1.0)

    def forked(self) -> None:
        audit_hook.watch(None)
        self._active, self._latest, self._ended, self._unfinished, self._pending = {}, None, {}, {}, {}
        self._hasher.forked()

    # what the audit hook says, on the user's thread

    def opened(self, path: str, flags: int, thread: int) -> None:
        touches = self._active.get(thread) or self._latest
        if touches is not None:
            touches.opened(path, flags)

    def renamed(self, source: str, target: str, thread: int) -> None:
        touches = self._active.get(thread) or self._latest
        if touches is not None:
            touches.renamed(source, target)

    def linked(self, target: str, thread: int) -> None:
        touches = self._active.get(thread) or self._latest
        if touches is not None:
            touches.linked(target)

    def removed(self, path: str, thread: int) -> None:
        touches = self._active.get(thread) or self._latest
        if touches is not None:
            touches.removed(path)

    def changed(self, path: str, thread: int) -> None:
        touches = self._active.get(thread) or self._latest
        if touches is not None:
            touches.changed(path)

    def connected(self, path: str, thread: int) -> None:
        touches = self._active.get(thread) or self._latest
        if touches is not None:
            touches.connected(path)

    def started_program(self, thread: int) -> None:
        touches = self._active.get(thread) or self._latest
        if touches is not None:
            touches.programs = True

    def failed(self, problem: Exception) -> None:
        self._problem = problem
        audit_hook.watch(None)

    # from notes to events

    def _told(self, n: int, touch: Touch, still: set[tuple[int, int]]) -> Iterator[Event]:
        if touch.read is not None:
            yield self._read(n, touch, touch.read)
        if (touch.written or touch.removed) and touch.kind != PACKAGE:
            if touch.after is None:
                if touch.before is not None:
                    yield FileDeleted(self._context.run, n, self._clean(touch.path), given=self._clean(touch.given), at=touch.at)
            elif touch.after != touch.before and touch.written:
                yield self._written(n, touch, touch.after, still)
        if self._pending.get(touch.path) in (touch.read, touch.after):
            self._pending.pop(touch.path, None)

    def _read(self, n: int, touch: Touch, key: StatKey) -> FileRead:
        digest, state, reason = touch.digest or None, "at-read", touch.reason
        package = self._package(touch.path) if touch.kind == PACKAGE else ""
        event = FileRead(
            self._context.run, n, self._clean(touch.path), given=self._clean(touch.given), sha256=digest, bytes=key.bytes, mtime_ns=key.mtime_ns,
            hash_state=state if digest else "unknown", reason=reason, package=package, at=touch.at,
        )  # fmt: skip
        return event if digest or reason else self._hasher.settle(event, touch.path, key, inline_bytes=_INLINE_BYTES)

    def _written(self, n: int, touch: Touch, key: StatKey, still: set[tuple[int, int]]) -> FileWritten:
        event = FileWritten(
            self._context.run,
            n,
            self._clean(touch.path),
            given=self._clean(touch.given),
            bytes=key.bytes,
            mtime_ns=key.mtime_ns,
            at=touch.at,
        )
        if (key.device, key.inode) in still:
            self._unfinished[touch.path] = (n, key)
            return self._hasher.settle(
                event, touch.path, key, inline_bytes=_INLINE_BYTES, state="provisional", reason=_STILL_WRITTEN
            )
        return self._hasher.settle(event, touch.path, key, inline_bytes=_INLINE_BYTES)

    def _still_open(self, n: int) -> Iterator[Event]:
        """Files that an earlier execution left open: what has come of them since."""
        if not self._unfinished:
            return
        still = written_now()
        for path, (since, key) in list(self._unfinished.items()):
            now = stat_key(path)
            if now is not None and (now.device, now.inode) in still:
                continue
            del self._unfinished[path]
            if now is None:
                continue
            # What was written through the open handle since belongs to the execution that has just ended.
            event = FileWritten(
                self._context.run, since if now == key else n, self._clean(path), given=self._clean(path), bytes=now.bytes, mtime_ns=now.mtime_ns,
                confidence="certain" if now == key else "named", at=time.time(),
            )  # fmt: skip
            yield self._hasher.settle(event, path, now, inline_bytes=_INLINE_BYTES)

    def _package(self, path: str) -> str:
        """'name version' of the package that the file is shipped in."""
        for folder in self._rules.packages:
            if path.startswith(folder):
                top = path[len(folder) :].partition(os.sep)[0]
                owner = self._distributions.owner(top)
                return " ".join(owner) if owner is not None else top
        return ""

    def _clean(self, path: str) -> str:
        return self._context.redactor.text(path.encode("utf-8", "replace").decode("utf-8")).text

    def _limits(self, execution: Execution, touches: Touches) -> Iterator[Event]:
        """What could not be seen, each said once in a run."""
        if touches.left_out:
            yield ProblemSeen(
                execution.run,
                execution.n,
                "incomplete",
                f"More files were touched than are recorded; {touches.left_out} were left out.",
                time.time(),
            )
        if touches.programs and "programs" not in self._said:
            self._said.add("programs")
            yield self._not_seen(
                f"Execution {execution.n} started other programs; files that programs started from the notebook read or write are not seen."
            )
        for library in sorted(_native_libraries(execution.source) - self._said):
            self._said.add(library)
            yield self._not_seen(
                f"Files that {library} reads or writes by itself are not seen (first used in execution {execution.n})."
            )

    def _not_seen(self, detail: str) -> ProblemSeen:
        return ProblemSeen(self._context.run, 0, "not-seen", detail, time.time())


def _native_libraries(source: str) -> set[str]:
    """Libraries that open files without Python's knowledge and are used by the source."""
    source = source[:200_000]
    found = {_NATIVE[name] for name in _IMPORTED.findall(source) if name in _NATIVE}
    if _NATIVE_CALLS.search(source):
        found.add(
            "PyTables"
            if "hdf" in source.lower() and "parquet" not in source
            else "pyarrow"
            if "pyarrow" in sys.modules
            else "fastparquet"
        )
    return found - {"fastparquet"}
