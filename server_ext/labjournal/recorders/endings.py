"""What is seen of files, when an execution ends, where no events tell: a look at those few that are likely to have changed.

    words      files that command lines named; `merging` says what became of them
    handles    files that were open when the execution began: changed, or read on and closed, as far as that can be told

Nothing here is certain: what is told is `named`.
"""

from __future__ import annotations

import re
import time
from typing import Dict, Iterable, List, Mapping

from labjournal.recorders.digests import Digests, StatKey, key_here, stat_key
from labjournal.recorders.open_files import Handle, closed
from labjournal.recorders.touch import CALLED, HANDLE
from labjournal.recorders.touches import Touches

__all__ = ["hash_open", "keys_of_open", "look_at_handles", "look_at_words"]

_OPEN_S, _OPEN_BYTES = 0.003, 1 << 20
_CLOSES = re.compile(r"(?:\s*[\w.]+\.close\(\)[ \t]*;?|\s*#.*)*\s*")


def look_at_words(touches: Touches) -> None:
    """What stands where command lines said; the next cell may change it. User's thread, a microsecond each."""
    touches.words_left = {path: key_here(path) for path in touches.words}


def look_at_handles(touches: Touches, source: str) -> List[Handle]:
    """What happened through handles that were open when it began; those that are closed now."""
    for path, before in touches.open_before.items():
        now = stat_key(path)
        touch = touches.seen(path, HANDLE, before) if now not in (None, before) else None
        if touch is not None and not touch.written:
            touch.written, touch.left_as = True, "named"
    gone = closed(touches.handles)
    for handle in gone if not _CLOSES.fullmatch(source) else ():
        key = None if handle.writes else key_here(handle.path)
        if key is None or key.inode != handle.inode or not 0 < handle.position < key.bytes:
            continue  # nothing was left to be read, or it is not read from front to back
        touch = touches.seen(handle.path, HANDLE, key)
        if touch is not None and touch.read is None and not touch.layers & CALLED:
            touch.read, touch.read_as = key, "named"
            if max(key.mtime_ns, key.ctime_ns) / 1e9 >= touches.started:
                touch.reason = "it changed while the cell ran"
    return gone


def hash_open(touches: Touches, digests: Digests, paths: Iterable[str]) -> None:
    """Small files that somebody may go on writing: what they hold now, the next cell may change at any moment."""
    left_s = _OPEN_S
    for path in paths:
        touch = touches.files.get(path)
        key = None if touch is None else touch.after if touch.written else touch.read
        if touch is None or key is None or key.bytes > _OPEN_BYTES or left_s <= 0:
            continue
        if not touch.written and (touch.digest or touch.reason):
            continue
        began = time.perf_counter()
        digest = digests.compute(path, key, within_s=left_s) or ""
        left_s -= time.perf_counter() - began
        if touch.written:
            touch.left_digest = digest
        else:
            touch.digest = digest


def keys_of_open(handles: Mapping[int, Handle]) -> Dict[str, StatKey]:
    """Files that are open for writing, as they are now."""
    found = {handle.path: stat_key(handle.path) for handle in handles.values() if handle.writes}
    return {path: key for path, key in found.items() if key is not None}
