"""What one execution does to files, noted on the user's thread while it happens.

A small file is hashed before the cell gets it; a larger one after the cell, but at the latest when something is about to overwrite,
rename or remove it (then within a bounded time, or its content stays unknown). All of it is bounded: time, number of files.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from typing import Any, Callable, Dict, List, Tuple

from labjournal.recorders.digests import Digests, StatKey, key_of, stat_key
from labjournal.recorders.file_rules import CODE, DATA, IGNORED, MODULES, Rules
from labjournal.recorders.given_paths import absolute, database_path, source_of
from labjournal.recorders.hasher import Hasher
from labjournal.recorders.open_files import Handle
from labjournal.recorders.quieting import Quieting
from labjournal.recorders.touch import AUDIT, CALLED, UNKNOWN, Touch, layer_of

__all__ = ["AT_ONCE_BYTES", "Touches"]

AT_ONCE_BYTES = 4 << 20
_AT_ONCE_S = 0.1
_ONE_S = 0.05
_BARRIER_S = 0.2
_MOST_FILES = 10_000
_MOST_CALLS = 50_000
_MOST_FOLDERS = 100
_MOST_FORESEEN = 200
_OFTEN = 32
_NOW_AND_THEN = 256
_MOST_AT_ONCE = 1_000
"""Small files that are hashed before the cell gets them; whoever reads more in one cell would wait too long."""
_MOST_SURE = 500
"""Files that are looked at once more on the user's thread, when the execution ends; the others soon after it."""
_REPLACED = "another program changed it while the cell ran"

_CODE_NAMES = (".py", ".pyc")
_ACCESS = os.O_RDONLY | os.O_WRONLY | os.O_RDWR
_NOT_A_FILE = getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_PATH", 0)
_TMPFILE = getattr(os, "O_TMPFILE", 0)
_TELLING = _ACCESS | os.O_TRUNC | os.O_APPEND
_CHANGING = os.O_WRONLY | os.O_RDWR | os.O_TRUNC


class Touches:
    """The files of one execution; its methods are called by the audit hook, before the operating system acts."""

    __slots__ = (
        "_at_once_left", "_barrier_left_s", "_budget_left_s", "_calls", "_digests", "_folders", "_fresh", "_hasher", "_near", "_pending", "_rules", "_sampled", "_seen", "beside",
        "children", "ended", "files", "foreseen", "handles", "left_out", "left_out_beside", "links", "merged", "moved_folders", "n", "named",
        "on_crowded", "on_listed", "open_before", "programs", "quieting", "run", "scanned", "span", "started", "too_long", "unsure", "words", "words_left",
    )  # fmt: skip

    def __init__(self, run: str, n: int, rules: Rules, digests: Digests, hasher: Hasher, pending: Dict[str, StatKey]) -> None:
        self.run = run
        self.n = n
        self.started = time.time()
        self.ended = 0.0
        self.files: dict[str, Touch] = {}
        self.left_out = 0
        """Calls that were not looked at because there were too many."""
        self.left_out_beside = 0
        """Files, likewise, that layers beside the calls told of."""
        self.too_long = 0
        """Calls with paths that are longer than the system takes: files deep in folders that were entered step by step."""
        self.programs = False
        """The execution started other programs."""
        self.children = False
        """Other programs of this kernel lived while it executed."""
        self.links: set[str] = set()
        """Symbolic links, pipes and the like that were used: what happens to them happens to no data."""
        self.handles: Dict[int, Handle] = {}
        """Files that were open when it began."""
        self.span: Any = None
        """What the kernel's events tell of it."""
        self.merged = False
        """Whether that is among the files already."""
        self.beside: List[Touches] = []
        """Other executions that went on at the same time."""
        self.foreseen: Dict[str, StatKey] = {}
        """Files that a program was told of, as they were before it began."""
        self.words: Dict[str, StatKey | None] = {}
        """Words of command lines, as far as they may be files: what stood there before the program began."""
        self.words_left: Dict[str, StatKey | None] = {}
        """The same files when the execution ended."""
        self.open_before: Dict[str, StatKey] = {}
        """Files that were open for writing when it began, as they were then."""
        self.scanned: set[str] = set()
        """Files that somebody was told of who does not read them, or not yet."""
        self.named: Callable[[str], bool] = _nothing
        """Whether the execution names a file."""
        self.moved_folders: List[Tuple[str, str]] = []
        """(from, to) of folders that were renamed with all that stands in them."""
        self.quieting: Quieting | None = None
        self.on_listed: Callable[[str], None] | None = None
        """Is told of folders the execution looks into."""
        self.on_crowded: Callable[[], bool] | None = None
        """Is asked, once, when more files are read than are recorded: whether of the others only one in 256 is told."""
        self.unsure: List[Touch] = []
        """What was read: another program may have replaced it between our look and the cell's."""
        self._rules = rules
        self._digests = digests
        self._hasher = hasher
        self._pending = pending
        """Path → content that an earlier execution read or left, and that is not hashed yet."""
        self._seen: dict[tuple[str, int], int] = {}
        """(path as given, how it was opened) → how often."""
        self._fresh: Touch | None = None
        """Noted just now, so that `before` is what stands there."""
        self._sampled = False
        self._calls = 0
        self._folders: dict[str, str] = {}
        self._near: dict[str, str] = {}
        """Folder as given → the real one, where whatever stands in it is data; with a separator at the end of both."""
        self._at_once_left = _MOST_AT_ONCE
        self._budget_left_s = _AT_ONCE_S
        self._barrier_left_s = 2 * _BARRIER_S

    def opened(self, given: str, flags: int, layer: str = "audit") -> None:
        if given.endswith(MODULES) and self._rules.is_installed(given):
            return
        key = (given, flags & _TELLING if layer == "audit" else -1 - (flags & _TELLING))
        times = self._seen.get(key)
        if times is not None:
            self._seen[key] = times + 1
            if times == _OFTEN and self.quieting is not None:
                self.quieting.often(absolute(given), self.files)
            return
        self._calls += 1
        if self._calls > _MOST_CALLS or (
            len(self.files) >= _MOST_FILES and (not flags & _CHANGING or absolute(given) not in self.files)
        ):
            self.left_out += 1
            if self.quieting is not None and (self._sampled or self.left_out % _NOW_AND_THEN == 1):
                self.quieting.crowded(given)
            if self.on_crowded is not None and len(self.files) >= _MOST_FILES:
                told, self.on_crowded = self.on_crowded, None
                self._sampled = told()
            return
        self._seen[key] = 1
        if flags & _NOT_A_FILE or (_TMPFILE and flags & _TMPFILE == _TMPFILE):
            return
        access = flags & _ACCESS
        if access == os.O_RDONLY and not flags & os.O_TRUNC:
            if not self._read(given, layer):
                self._seen.pop(key, None)  # not there yet; it may be the next time
        else:
            self._write(given, layer, also_read=access == os.O_RDWR and not flags & os.O_TRUNC, flags=flags)

    def renamed(self, source: str, target: str, layer: str = "audit") -> None:
        moved = self._touch(source, layer)
        arrived = self._touch(target, layer)
        self._seen.clear()
        self._near.clear()
        if moved is not None and stat_key(moved.path) is not None:
            self.make_sure(moved)
            self._before_change(moved)
            moved.removed = True
            if arrived is not None:
                self.carried_over(moved, arrived)
        elif moved is None and len(self.moved_folders) < _MOST_FOLDERS and os.path.isdir(source):
            self.moved_folders.append(
                (os.path.realpath(source), os.path.join(os.path.realpath(os.path.dirname(target)), os.path.basename(target)))
            )
            arrived = None
        if arrived is not None:
            self.make_sure(arrived)
            self._before_change(arrived)
            arrived.written = arrived.replaced = True

    def carried_over(self, moved: Touch, arrived: Touch) -> None:
        """The content at a new place is known by where it lay when the execution began."""
        origin = moved.moved_from or (moved.path if moved.before is not None else "")
        arrived.moved_from = origin if origin != arrived.path else ""
        if origin in self.files and origin != arrived.path:
            self.files[origin].moved_to = arrived.path

    def linked(self, target: str, layer: str = "audit") -> None:
        self._write(target, layer)

    def removed(self, given: str, layer: str = "audit") -> None:
        touch = self._touch(given, layer)
        self._seen.clear()
        if touch is not None:
            self.make_sure(touch)
            self._before_change(touch)
            touch.removed = touch.replaced = True

    def changed(self, given: str, layer: str = "audit") -> None:
        self._write(given, layer, flags=os.O_TRUNC)

    def foresee(self, path: str, *, named_only: bool = False, reads: bool = True) -> None:
        """A program is about to be told of a file, and may read it and replace it: what it is now is hashed now.

        A lazy reader that is told of it (`named_only`) may look at its head: that is no reading, however large the file is. Of what a
        program only writes or removes, what we look at ourselves is none either.
        """
        real, found = self._place(os.path.normpath(path))
        key = None if found is None else key_of(found)
        if not named_only and len(self.words) < _MOST_FORESEEN and (key is not None or found is None):
            self.words.setdefault(real, key)
        if key is None or len(self.foreseen) >= _MOST_FORESEEN:
            return
        if named_only or not reads:
            self.scanned.add(real)
        if named_only:
            self.foreseen[real] = key
        if key.bytes > AT_ONCE_BYTES or self._budget_left_s <= 0:
            return
        began = time.perf_counter()
        if self._digests.known(key) or self._digests.keep(real, key, within_s=_ONE_S):
            self.foreseen[real] = key
        self._budget_left_s -= time.perf_counter() - began

    def connected(self, database: str, layer: str = "audit") -> None:
        path, read_only = database_path(database)
        if not path:
            return
        if read_only:
            self._read(path, layer)
        else:
            self._write(path, layer, also_read=True)

    def listed(self, folder: str, layer: str = "audit") -> None:
        if self.on_listed is not None and self._calls < _MOST_CALLS:
            path = absolute(folder)
            if path is not None:
                self.on_listed(os.path.normpath(path))

    def left_before(self, path: str) -> StatKey | None:
        """A file as it was when a program was told of it, or as an execution before left it, as far as that is known by now."""
        return self.foreseen.get(path) or self._pending.get(path)

    def called(self, path: str) -> bool:
        """Whether a call of the execution's own told of the file."""
        touch = self.files.get(path)
        return touch is not None and touch.layers & CALLED != 0

    def writes(self, path: str) -> bool:
        """Whether the execution is known to have written the file."""
        touch = self.files.get(path)
        return touch is not None and touch.written

    def stepped(self) -> None:
        """The working folder is another: relative paths mean something else."""
        self._seen.clear()
        self._near.clear()

    def _read(self, given: str, layer: str) -> bool:
        """Whether there was a file to read (or nobody cares)."""
        touch = self._touch(given, layer, must_exist=True)
        if touch is None:
            path = absolute(given)
            return path is None or self._rules.verdict(os.path.normpath(path)) == IGNORED
        origin = self.files.get(touch.moved_from)
        if origin is not None and touch.before is None and origin.read is None and not origin.written:
            self._note_read(origin, touch.path)  # what stood elsewhere when the execution began
        elif touch.read is None and not touch.written:
            self._note_read(touch, touch.path)
        return True

    def _write(self, given: str, layer: str, *, also_read: bool = False, flags: int = 0) -> None:
        touch = self._touch(given, layer)
        if touch is None or (touch.kind == CODE and given.endswith(".pyc")):
            return
        if also_read and touch.read is None and not touch.written and touch.before is not None:
            self._note_read(touch, touch.path)
        else:
            self.make_sure(touch)
            if flags & os.O_APPEND and touch is self._fresh and touch.before is not None:
                self._hashed_at_once(self._digests.keep, touch.path, touch.before)  # what it adds to
        self._before_change(touch)
        touch.written = True
        touch.appended |= flags & os.O_APPEND != 0
        touch.replaced |= flags & os.O_TRUNC != 0

    def _note_read(self, touch: Touch, path: str) -> None:
        """The content that stands at a path now is read."""
        key = touch.before if touch is self._fresh else stat_key(path)
        touch.read = key
        if key is None:
            return
        if path == touch.path:
            touch.sure = False
            self.unsure.append(touch)
        known = self._digests.known(key)
        if known is not None:
            touch.digest = known
        elif key.bytes > AT_ONCE_BYTES:
            self._hasher.begin(path, key)
        else:
            touch.digest = self._hashed_at_once(self._digests.compute, path, key) or ""

    def _hashed_at_once(self, compute: Callable[..., Any], path: str, key: StatKey) -> Any:
        """The digest of a small file, before the cell gets it."""
        if key.bytes > AT_ONCE_BYTES or self._budget_left_s <= 0 or self._at_once_left <= 0:
            return None
        began = time.perf_counter()
        digest = compute(path, key, within_s=_ONE_S)
        self._budget_left_s -= time.perf_counter() - began
        self._at_once_left -= 1
        return digest

    def make_sure(self, touch: Touch, *, shared: bool = False) -> None:
        """What stands there unchanged, after it was opened, is what the cell got; else nobody knows what it got.

        Where the cell itself goes on changing it, it is at least to be the same file, and `shared` with nobody.
        """
        if touch.sure or touch.read is None:
            return
        touch.sure = True
        now, as_far_as = stat_key(touch.path), 2 if touch.written else 4  # the time of change alone is rights, links and the like
        if now is None or now[:as_far_as] != touch.read[:as_far_as] or (shared and touch.written):
            touch.read, touch.digest, touch.reason = UNKNOWN, "", _REPLACED

    def make_all_sure(self, most: int = _MOST_FILES) -> None:
        """The same of what was read last, before programs of the cell's own begin to change files, and when it ends."""
        while self.unsure and most > 0:
            most -= 1
            self.make_sure(self.unsure.pop())

    def end(self) -> None:
        """The execution has ended: what its files are now, and which of them are still to be hashed."""
        self.make_all_sure(_MOST_SURE)
        if self.quieting is not None:
            self.quieting.end()
        for touch in list(self.files.values()):
            if touch.written or touch.removed:
                touch.after = stat_key(touch.path)
            self.owe(touch)

    def owe(self, touch: Touch) -> None:
        """What of a file is to be hashed before anything changes it."""
        if touch.written and touch.after is not None and touch.after != touch.before:
            self._pending[touch.path] = touch.after
        elif touch.read is not None and not touch.digest and not touch.reason:
            self._pending[touch.path] = touch.read

    def _before_change(self, touch: Touch) -> None:
        """The last moment at which what was read, now or in an execution before, can still be hashed."""
        owed = self._pending.get(touch.path)
        if owed is not None and self._hashed(touch.path, owed):
            self._pending.pop(touch.path, None)
        if touch.read is None or touch.digest or touch.reason:
            return
        touch.digest = self._hashed(touch.path, touch.read) or ""
        if not touch.digest:
            touch.reason = "it was changed before it could be hashed"

    def _hashed(self, path: str, key: StatKey) -> str | None:
        """The digest of a content, taken at the last moment and within bounds."""
        known = self._digests.known(key)
        within_s = min(_BARRIER_S, self._barrier_left_s)
        if known is not None or within_s <= 0:
            return known
        began = time.perf_counter()
        known = self._hasher.awaited(key, within_s) or self._digests.keep(path, key, within_s=within_s)
        self._barrier_left_s -= time.perf_counter() - began
        return known

    def seen(self, path: str, layer: int, before: StatKey | None) -> Touch | None:
        """The note about a file that was seen by a layer that stands beside the calls; None where it is nobody's data."""
        touch = self.files.get(path)
        if touch is None:
            kind = self._rules.verdict(path)
            if kind == IGNORED or path.endswith(".pyc"):
                return None
            if len(self.files) >= _MOST_FILES:
                self.left_out_beside += 1
                return None
            touch = self.files[path] = Touch(path, path, kind, before, 0)
        touch.layers |= layer
        return touch

    def _touch(self, given: str, layer: str, *, must_exist: bool = False) -> Touch | None:
        """The note about a file; None where it is nobody's data, no file, or there are too many."""
        bit = AUDIT if layer == "audit" else layer_of(layer)
        touch = self._near_others(given, bit)
        if touch is not None:
            return touch
        path = absolute(given)
        if path is None:
            return None
        path = os.path.normpath(path)
        kind = self._rules.verdict(path)
        if kind == IGNORED:
            return None
        if kind == CODE and path.endswith(".pyc"):
            given = path = source_of(path)
        real, found = self._place(path)
        self._fresh = None
        touch = self.files.get(real)
        if touch is not None:
            touch.layers |= bit
            return touch
        if real != path:
            kind = self._rules.verdict(real)
        before = None if found is None else key_of(found)
        if kind == IGNORED or (before is None and must_exist):
            return None
        if before is None and found is not None:
            self.links.add(real)
            return None
        if len(self.files) >= _MOST_FILES:
            self.left_out += 1
            return None
        if kind == DATA:
            self._remember_folder(given, path, real)
        touch = self._fresh = self.files[real] = Touch(real, given[:4096], kind, before, bit)
        return touch

    def _near_others(self, given: str, bit: int) -> Touch | None:
        """The same, for one more regular file of a folder that is known: a cell may open thousands of them."""
        cut = given.rfind("/") + 1
        folder = self._near.get(given[:cut])
        if folder is None or given.endswith(_CODE_NAMES):
            return None
        real = folder + given[cut:]
        touch = self.files.get(real)
        if touch is not None:
            touch.layers |= bit
            self._fresh = None
            return touch
        try:
            found = os.lstat(real)
        except (OSError, ValueError):
            return None
        if not stat.S_ISREG(found.st_mode) or len(self.files) >= _MOST_FILES:
            return None
        touch = self._fresh = self.files[real] = Touch(real, given[:4096], DATA, key_of(found), bit)
        return touch

    def _remember_folder(self, given: str, path: str, real: str) -> None:
        """Where neither the folder's way nor its place says that what stands in it may be no data."""
        cut = given.rfind("/") + 1
        name, folder = given[cut:], os.path.dirname(real)
        if os.sep != "/" or not name or os.path.basename(path) != name or os.path.basename(real) != name:
            return
        if len(folder) > 1 and all(self._rules.verdict(f"{each}/x") == DATA for each in (os.path.dirname(path), folder)):
            self._near[given[:cut]] = folder + "/"

    def _place(self, path: str) -> Tuple[str, os.stat_result | None]:
        """The path without symbolic links, and what stands there; the folders' part is remembered."""
        folder, name = os.path.split(path)
        real = self._folders.get(folder)
        if real is None:
            real = self._folders[folder] = os.path.realpath(folder)
        joined = os.path.join(real, name)
        try:
            found = os.lstat(joined)
            if not stat.S_ISLNK(found.st_mode):
                return joined, found
            self.links.add(joined)
            joined = os.path.realpath(joined)
            return joined, os.stat(joined)
        except OSError as problem:
            self.too_long += problem.errno == errno.ENAMETOOLONG
        except ValueError:
            pass
        return joined, None


def _nothing(_path: str) -> bool:
    return False
