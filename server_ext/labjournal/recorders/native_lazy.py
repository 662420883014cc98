"""Lazy frames of polars: a file that is scanned is read when its plan is collected, in whichever cell that is.

A scan only says which files may be read: they are hashed where they are small, and their folders watched. What collects a plan asks it
for the files it begins with, which polars itself finds out a moment later. Plans over files nobody saw being scanned (unpickled,
made of SQL) name them as well. Where files of other computers are scanned, no plan is asked, because polars would ask for those.
"""

from __future__ import annotations

import os
import re
import sys
from itertools import islice
from typing import Any, Dict, FrozenSet, Iterator, List, NamedTuple, Tuple

from labjournal.recorders import audit_hook
from labjournal.recorders.native_paths import WRITE, given_paths, is_remote, local_files
from labjournal.recorders.native_telling import Told, asked_by, tell, tell_file

__all__ = ["collected", "planned", "scanned", "sunk"]

_MOST_SCANS = 500
_MOST_FILES = 20_000
"""Of all scans that are remembered."""
_MOST_SUNK = 100
_MOST_FRAMES = 200
_MOST_FORESEEN = 50
_SCANNED = r"SCAN \[(.*?)(?:, \.\.\. (\d+) other \w+)?\](?=\s|$)"
_BY_PYTHON = "PYTHON SCAN"


class _Scan(NamedTuple):
    files: Tuple[str, ...]
    """What the reader was given stands for these; local ones, and addresses."""
    found: FrozenSet[str]
    """The same, absolute."""
    round: int
    """The execution in which it was scanned."""
    named: bool
    """Plans name the files; those of tables in a lake are known to the library that lists them."""


class _Lazy:
    scans: Dict[Tuple[str, ...], _Scan] = {}
    """What was given → its files."""
    sinks: Dict[str, None] = {}
    """Files that plans not yet collected are to be written to."""
    plans = False
    """Whether plans may begin with files: else none is asked."""
    far = False
    """Whether they may be on other computers: then none is asked either."""


def scanned(argument: Any, *, named: bool = True) -> None:
    """A lazy reader was given this; nothing is read yet."""
    if asked_by("polars"):
        return
    _Lazy.plans = True
    given = tuple(given_paths(argument))
    files = tuple(file for path in given for file in ((path,) if is_remote(path) else local_files(path)))
    _Lazy.scans.pop(given, None)
    while _Lazy.scans and (
        len(_Lazy.scans) >= _MOST_SCANS or sum(len(scan.files) for scan in _Lazy.scans.values()) + len(files) > _MOST_FILES
    ):
        _Lazy.scans.pop(next(iter(_Lazy.scans)))
    _Lazy.scans[given] = _Scan(files, frozenset(map(_absolute, files)), Told.round, named)
    _Lazy.far = _Lazy.far or any(map(is_remote, given))
    for file in files[:_MOST_FORESEEN]:
        if not is_remote(file):
            audit_hook.tell("scanned", file)


def planned(source: Any) -> None:
    """A plan is about to be made that may begin with files: from SQL, or from bytes."""
    if not asked_by("polars") and type(source) in (str, bytes):
        _Lazy.plans = True
        _Lazy.far = _Lazy.far or ("://" in source if type(source) is str else b"://" in source)


def collected(frames: Any, options: Dict[str, Any]) -> None:
    """A plan, or some, are about to be executed: what they begin with is read."""
    if not _Lazy.plans or _is_eager(options.get("optimizations")) or options.get("_eager"):
        return
    if _Lazy.far:
        for scan in [scan for scan in _Lazy.scans.values() if scan.round == Told.round]:
            for file in scan.files:
                tell_file(file, os.O_RDONLY)
        return
    for plan in _plans(frames):
        if "SINK" in plan:
            for path in _Lazy.sinks:
                tell_file(path, WRITE)
        if "SCAN" in plan:
            for file in _files_of(plan):
                tell_file(file, os.O_RDONLY)


def sunk(frame: Any, target: Any, options: Dict[str, Any]) -> None:
    """A plan is written to a file: now, or when that plan is collected."""
    if options.get("lazy") is not True:
        collected(frame, options)
        tell(target, WRITE)
        return
    _Lazy.plans = True
    for path in given_paths(target):
        if len(_Lazy.sinks) < _MOST_SUNK:
            _Lazy.sinks[path] = None


def _plans(frames: Any) -> Iterator[str]:
    """Each plan in words, as far as they have any: names of columns that are not there, and files, are told by what executes it."""
    polars = sys.modules.get("polars")
    kind = getattr(polars, "LazyFrame", None)
    for frame in islice(frames, _MOST_FRAMES) if type(frames) in (list, tuple) else (frames,):
        if isinstance(kind, type) and issubclass(type(frame), kind):
            try:
                yield str(kind.explain(frame, optimized=False))  # type: ignore[attr-defined]
            except Exception:  # what is wrong with it the user is about to be told
                continue


def _files_of(plan: str) -> Iterator[str]:
    """What a plan begins with: it names one or two files of a scan, and says how many more there are."""
    found = re.findall(_SCANNED, plan)
    for text, others in found:
        names = [text] if is_remote(text) or os.path.lexists(text) else text.split(", ")
        yield from _more_of(names, int(others)) if others else names
    for given, scan in list(_Lazy.scans.items()):
        if (not scan.named and _BY_PYTHON in plan) or (not found and any(_stands_in(path, plan) for path in given)):
            yield from scan.files


def _more_of(names: List[str], others: int) -> Tuple[str, ...]:
    """All files of a scan of which some names are told."""
    wanted = frozenset(map(_absolute, names))
    scans = [scan for scan in _Lazy.scans.values() if wanted <= scan.found]
    exact = next((scan for scan in reversed(scans) if len(scan.found) == len(names) + others), None)
    return exact.files if exact is not None else tuple(names) if not scans else scans[-1].files


def _stands_in(path: str, plan: str) -> bool:
    """For versions that write their plans otherwise."""
    return re.search(rf"(?<![\w./-]){re.escape(path)}(?![\w./-])", plan) is not None


def _is_eager(optimizations: Any) -> bool:
    """Whether a method of a data frame, which goes through a plan of its own, asks."""
    return getattr(getattr(optimizations, "_pyoptflags", None), "eager", None) is True


def _absolute(path: str) -> str:
    path = path[7:] if path.startswith("file://") else path
    return path if is_remote(path) else os.path.abspath(os.path.expanduser(path))
