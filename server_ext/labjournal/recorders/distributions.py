"""Installed distributions, told from the names of folders and a few lines of their metadata: nothing is imported.

`importlib.metadata` reads every METADATA file for the same answer and takes a thousand times as long.
"""

from __future__ import annotations

import os
import re
import sys
from typing import Iterable, Iterator, List

__all__ = ["Distributions", "folders", "installed", "metadata", "state"]

_SEPARATORS = re.compile(r"[-_.]+")
_EGG = re.compile(r"-py\d(?:\.\d+)?(?:-.*)?$")
_MOST_ENTRIES = 20_000


def folders() -> list[str]:
    """The folders of `sys.path` in which distributions may be installed, in the order of the search."""
    try:
        here = os.getcwd()
    except OSError:  # it was removed
        here = ""
    found: List[str] = []
    for entry in list(sys.path):
        if type(entry) is str and os.path.isabs(entry) and entry not in found and not entry.endswith(".zip") and entry != here:
            found.append(entry)
    return found


def state(paths: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """What changes when something is installed into one of the folders, or removed."""
    answer = []
    for path in paths:
        try:
            answer.append((path, os.stat(path).st_mtime_ns))
        except OSError:
            answer.append((path, 0))
    return tuple(answer)


def installed(paths: Iterable[str]) -> dict[str, str]:
    """Normalised name → version; of a name that is found twice, the first is what an import would get."""
    answer: dict[str, str] = {}
    for path in paths:
        for _, name, version in metadata(path):
            answer.setdefault(name, version)
    return dict(sorted(answer.items()))


class Distributions:
    """Which distribution a top-level module belongs to; the map is made when it is first asked for."""

    def __init__(self) -> None:
        self._state: object = None
        self._owners: dict[str, tuple[str, str]] = {}

    def owner(self, module: str) -> tuple[str, str] | None:
        """(name, version) of the distribution that brought the top-level module; None for the standard library and one's own."""
        if module in getattr(sys, "stdlib_module_names", ()) or module in sys.builtin_module_names:
            return None
        paths = folders()
        now = state(paths)
        if now != self._state:
            self._owners = _owners(paths)
            self._state = now
        return self._owners.get(module)


def metadata(path: str) -> Iterator[tuple[str, str, str]]:
    """(metadata folder, name, version) of each distribution in a folder."""
    try:
        with os.scandir(path) as entries:
            for count, entry in enumerate(entries):
                if count > _MOST_ENTRIES:
                    return
                name = entry.name
                if name.endswith(".dist-info"):
                    project, _, version = name[:-10].rpartition("-")
                elif name.endswith(".egg-info"):
                    project, _, version = _EGG.sub("", name[:-9]).partition("-")
                    version = version or _version_in(entry.path)
                else:
                    continue
                project = project or version
                if project and not project.startswith("~"):  # pip's leftovers
                    yield entry.path, _SEPARATORS.sub("-", project).lower(), version[:100]
    except OSError:
        return


def _version_in(path: str) -> str:
    """The version that an egg-info without one in its name speaks of."""
    target = os.path.join(path, "PKG-INFO") if os.path.isdir(path) else path
    for line in _lines(target, 4096):
        if line.startswith("Version:"):
            return line[8:].strip()
    return ""


def _owners(paths: Iterable[str]) -> dict[str, tuple[str, str]]:
    answer: dict[str, tuple[str, str]] = {}
    for path in paths:
        for folder, name, version in metadata(path):
            for module in _modules(folder, name):
                answer.setdefault(module, (name, version))
    return answer


def _modules(folder: str, name: str) -> set[str]:
    """Top-level modules of a distribution: `top_level.txt`, else the first components of its RECORD."""
    listed = {line.strip() for line in _lines(os.path.join(folder, "top_level.txt"), 16_384) if line.strip()}
    if listed:
        return {line.rpartition("/")[2] for line in listed}
    found = set()
    for line in _lines(os.path.join(folder, "RECORD"), 4_000_000):
        first, slash, _ = line.partition(",")[0].lstrip('"').partition("/")
        if slash and not first.endswith((".dist-info", ".data", "..")) and first not in ("__pycache__", ".."):
            found.add(first)
        elif not slash and first.endswith((".py", ".so", ".pyd")):
            found.add(first.partition(".")[0])
    found |= {line[:-3] for line in _editable(folder)}
    return found or {name.replace("-", "_")}


def _editable(folder: str) -> list[str]:
    """Modules named by an editable installation's finder, as far as its RECORD tells."""
    return [
        line.partition(",")[0][len("__editable___") :].partition("_finder")[0].rpartition("_")[0] + ".py"
        for line in _lines(os.path.join(folder, "RECORD"), 65_536)
        if line.startswith("__editable___") and "_finder.py" in line
    ]


def _lines(path: str, most: int) -> list[str]:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(most).splitlines()
    except OSError:
        return []
