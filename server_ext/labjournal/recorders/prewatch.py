"""Folders that a cell is likely to use, watched before it runs: those that its text and the values of its names lead to.

On the user's thread, so it is microseconds: two passes of a regular expression, names looked up by name, a few folders marked. Only
values of plain built-in types are read (text, paths, and lists, tuples and dictionaries of them); nothing of the user's is called.
"""

from __future__ import annotations

import os
import pathlib
import re
from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, Protocol, Set

from labjournal.recorders.file_rules import Rules
from labjournal.recorders.python_source import different_words

__all__ = ["AT_ONCE_CHARACTERS", "Named", "Prewatch", "literals_of", "values_of"]

_LITERAL = re.compile(r"\"([^\"\\\n]{1,1000})\"|'([^'\\\n]{1,1000})'|(?<![\w'\"])((?:~|\.{0,2})/[^\s'\"()\[\]{}|<>;&,]{1,1000})")
_PATHS = (pathlib.PosixPath, pathlib.WindowsPath, pathlib.PurePosixPath, pathlib.PureWindowsPath)
_TELLING = frozenset((str, list, tuple, dict, *_PATHS))
_SOURCE_CHARACTERS = 20_000
AT_ONCE_CHARACTERS, _AT_AN_END_CHARACTERS = 6_000, 3_000
_MOST_VALUES = 200
_MOST_IN_ONE = 50
_MOST_MARKED = 24
"""Folders that are looked at in one cell on the user's thread; the others follow."""
_MOST_REMEMBERED = 4_000
_LEVELS_UP = 3
_NOBODYS = frozenset(("/", "/tmp", "/var/tmp", "/dev/shm", "/home", "/mnt", "/media"))
"""Names of these say nothing about what a cell will use."""
_DEPTH = 2


class Folders(Protocol):
    """Who watches folders."""

    folders: Dict[str, Any]

    def mark(self, folder: str) -> bool: ...

    def want(self, folder: str, depth: int = 0) -> None: ...

    def ring(self) -> None: ...

    def later(self, act: Callable[[], None]) -> None: ...


class Named:
    """Whether a cell names a file: in its text, or by the value of a name it uses."""

    __slots__ = ("_namespace", "_source", "_values")

    def __init__(self, source: str, namespace: Mapping[str, Any], values: List[str] | None) -> None:
        """`values` are those of the names before it ran; None where they are looked up when somebody asks."""
        self._source = source[:_SOURCE_CHARACTERS]
        self._namespace = namespace
        self._values = values

    def __call__(self, path: str) -> bool:
        name = os.path.basename(path)
        at = self._source.find(name) if name else -1
        while at >= 0:
            end = at + len(name)
            whole = _ends(self._source[at - 1 : at]) and _ends(self._source[end : end + 1])
            if whole and not _goes_on(self._source[end : end + 2]) and self._leads_to(path, at):
                return True
            at = self._source.find(name, at + 1)
        folder = os.path.dirname(path)
        if self._values is None:
            self._values = values_of(self._source, self._namespace)
        for value in self._values:
            if value.endswith(name) or (value and os.path.join(os.path.abspath(value), "") == os.path.join(folder, "")):
                return True
        return False

    def _leads_to(self, path: str, at: int) -> bool:
        """Whether the folder that stands before a name, if one does, can be the file's."""
        start = at
        while start > 0 and (self._source[start - 1].isalnum() or self._source[start - 1] in "_-./"):
            start -= 1
        before, folder = self._source[start:at], os.path.dirname(path)
        named = before.strip("./")
        if not named or ".." in before:
            return True
        return os.path.join("", folder).endswith(os.sep + named) or os.path.realpath(before) == folder


class Prewatch:
    """Looks at a cell before it runs."""

    def __init__(self, folders: Folders, slow: List[str], rules: Rules) -> None:
        self._folders = folders
        self._rules = rules
        self._slow = tuple(os.path.join(place, "") for place in slow)
        """What lies there is on another computer: looked at on a thread of its own."""
        self._done: Set[str] = set()

    def look(self, named: Iterable[str]) -> None:
        """Watches where the texts lead to."""
        left = _MOST_MARKED
        for text in named:
            if "/" not in text or text in self._done or "://" in text or "\0" in text:
                continue
            path = _plain(text)
            if left > 0 and not path.startswith(self._slow or ("\0",)):
                left -= 1
                self._enter(text, path)
            else:
                self._folders.want(os.path.dirname(path))
                self._folders.want(path, _DEPTH)
        self._folders.ring()

    def look_later(self, source: str, namespace: Mapping[str, Any]) -> None:
        """The same for a long source, on the thread of the events: there its beginning and end are looked through while it begins."""
        self._folders.later(lambda: self.look([*literals_of(source), *values_of(source, namespace)]))

    def listed(self, folder: str) -> None:
        """The cell looks into a folder."""
        if folder not in self._folders.folders and folder not in self._done and not self._rules.is_installed(folder):
            self._remember(folder)
            if not folder.startswith(self._slow or ("\0",)):
                self._folders.mark(os.path.realpath(folder))

    def _enter(self, text: str, path: str) -> None:
        if path in self._folders.folders or path in _NOBODYS:
            return
        parent = os.path.dirname(path)
        known = parent in self._folders.folders
        if os.path.isdir(path):
            self._folders.mark(os.path.realpath(path))
            self._folders.want(path, _DEPTH)
            known = True
        for _ in range(_LEVELS_UP):
            if known or len(parent) < 2 or os.path.isdir(parent):
                known = known or (len(parent) > 1 and self._folders.mark(os.path.realpath(parent)))
                break
            parent = os.path.dirname(parent)
        if known:
            self._remember(text)

    def _remember(self, text: str) -> None:
        if len(self._done) >= _MOST_REMEMBERED:
            self._done.clear()
        self._done.add(text)


def _ends(character: str) -> bool:
    """Whether a file's name may begin or end beside it."""
    return not (character.isalnum() or character in ("_", "-"))


def _goes_on(after: str) -> bool:
    """Whether a name is but the beginning of one with a further ending."""
    return len(after) == 2 and after[0] == "." and after[1].isalnum()


def values_of(source: str, namespace: Mapping[str, Any]) -> List[str]:
    """Texts that the names of a source are bound to, directly or in a plain container; of a long source its beginning and end count."""
    answer: List[str] = []
    if type(namespace) is not dict:
        return answer
    get = namespace.get
    for name in different_words(_ends_of(source)):
        value = get(name)
        if type(value) in _TELLING:
            answer.extend(_texts(value))
            if len(answer) >= _MOST_VALUES:
                break
    return answer


def literals_of(source: str) -> Iterator[str]:
    """What stands between quotation marks in a source, and words that begin as a path does, where it leads somewhere."""
    if "/" in source:
        for found in _LITERAL.finditer(_ends_of(source)):
            yield found.group(found.lastindex or 0)


def _ends_of(source: str) -> str:
    return source if len(source) <= AT_ONCE_CHARACTERS else f"{source[:_AT_AN_END_CHARACTERS]}\n{source[-_AT_AN_END_CHARACTERS:]}"


def _texts(value: Any) -> List[str]:
    kind = type(value)
    if kind is list or kind is tuple:
        items = value[:_MOST_IN_ONE]
    elif kind is dict:
        items = list(value.values()) if len(value) <= _MOST_IN_ONE else ()
    else:
        items = (value,)
    return [
        os.fspath(item) if type(item) is not str else item
        for item in items
        if (0 < len(item) <= 1000 and "\n" not in item if type(item) is str else type(item) in _PATHS)
    ]


def _plain(text: str) -> str:
    """The absolute path up to where a pattern begins."""
    path = os.path.abspath(os.path.expanduser(text) if text[0] == "~" else text)
    path = path[1:] if path.startswith("//") else path  # of which POSIX makes something of its own
    for sign in "*?[{":
        at = path.find(sign)
        if at >= 0:
            path = path[: path.rfind("/", 0, at)] or "/"
    return path
