"""What `strace` saw, read per cell: which files moved data, which were made, renamed, removed.

Counted are the calls that moved data, not those that opened: read and its kin, maps, sendfile, copy_file_range; write and its kin,
truncation, creation, rename, link. Content that the cell itself had put there before is no input of it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench.fidelity.cell import Truth
from bench.fidelity.place import Tree
from bench.fidelity.sessions import MARK

__all__ = ["Seen", "cut", "truth"]

_LINE = re.compile(r"(\d+) +(.*)")
_CALL = re.compile(r"(\w+)\((.*)\) += (-?\d+|0x[0-9a-f]+|\?)(?:<(.*?)>)?(?:\(deleted\))?(?: .*)?$")
_DESCRIPTOR = r"(?:AT_FDCWD|\d+)<([^>]*)>"
_FIRST = re.compile(_DESCRIPTOR)
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')
_PLACED = re.compile(rf'(?:{_DESCRIPTOR}, )?"((?:[^"\\]|\\.)*)"')
_READS = {"read", "pread64", "readv", "preadv", "preadv2"}
_WRITES = {"write", "pwrite64", "writev", "pwritev", "pwritev2"}


@dataclass
class Seen:
    """Files of one cell by what was done to them; real paths."""

    opened: set[str] = field(default_factory=set)
    """For reading, whether or not something was read."""
    read: set[str] = field(default_factory=set)
    empty: set[str] = field(default_factory=set)
    """Read, and nothing came."""
    fresh: set[str] = field(default_factory=set)
    """Emptied, replaced or made by the cell: what is read of it from then on is its own."""
    wrote: set[str] = field(default_factory=set)
    mapped: set[str] = field(default_factory=set)
    """Mapped shared and writable: written if the content is another one, now or in a later cell."""
    made: set[str] = field(default_factory=set)
    """Opened to be made if it was not there."""
    removed: set[str] = field(default_factory=set)
    renamed: list[tuple[str, str]] = field(default_factory=list)
    origin: dict[str, str] = field(default_factory=dict)
    """New name → the one under which the content stood before the cell."""
    uring: bool = False

    def note_read(self, path: str, moved: bool) -> None:
        if path in self.origin or path not in self.fresh:
            path = self.origin.get(path, path)
            (self.read if moved else self.empty).add(path)


def cut(log: Path, cwd: str) -> dict[int, Seen]:
    """Cell number → what was done from its beginning to the beginning of the next."""
    cells: dict[int, Seen] = {}
    now = Seen()
    for name, arguments, answer, real, folder in _calls(log, cwd):
        if name in ("access", "faccessat", "faccessat2"):
            found = _TEXT.search(arguments)
            if found and found[1].startswith(MARK):
                now = cells[int(found[1][len(MARK) :])] = Seen()
        elif answer is not None:
            _note(now, name, arguments, answer, real, folder)
    return cells


def truth(seen: Seen, mapped: frozenset[str], before: Tree, after: Tree, packaged: frozenset[str]) -> Truth:
    """The cell's files by role, judged with what stood there before and after it.

    `mapped` are files that were mapped for writing until then; of files in packages only those count that are `packaged` data.
    """
    stood, stands = before.files(), after.files()
    read = seen.read | {path for path in seen.empty if path in stood and before.keys[path][2] == 0}
    read = {_source(path) for path in read}
    written = {path for path in seen.wrote if path in stands}
    written |= {path for path in mapped | seen.made if path in stands and before.digests.get(path) != after.digests[path]}
    removed = set(seen.removed)
    for old, new in seen.renamed:  # a folder takes its files along
        written |= {path for path in stands if path.startswith(f"{new}/")}
        removed |= {path for path in stood if path.startswith(f"{old}/")}
    return Truth(
        frozenset(path for path in read if path in stood or path in packaged),
        frozenset(written),
        frozenset(path for path in removed if path in stood and path not in stands),
    )


def _note(seen: Seen, name: str, arguments: str, answer: int, real: str, folder: str) -> None:
    if name in _READS:
        seen.note_read(_path(arguments), answer > 0)
    elif name in _WRITES:
        if answer > 0:
            seen.wrote.add(_path(arguments))
    elif name == "mmap":
        _map(seen, arguments)
    elif name in ("open", "openat", "creat"):
        _open(seen, arguments if name != "creat" else arguments + ", O_WRONLY|O_CREAT|O_TRUNC", _decoded(real))
    elif name in ("sendfile", "copy_file_range", "splice"):
        paths = [_decoded(found) for found in _FIRST.findall(arguments)]
        if len(paths) == 2 and answer > 0:
            source, target = paths if name != "sendfile" else reversed(paths)
            seen.note_read(source, moved=True)
            seen.wrote.add(target)
    elif name in ("ftruncate", "fallocate"):
        seen.wrote.add(_path(arguments))
    elif name == "truncate":
        seen.wrote.add(_placed(arguments, folder)[0])
    elif name.startswith("unlink"):
        path = _placed(arguments, folder)[0]
        seen.removed.add(path)
        seen.fresh.add(path)
    elif name.startswith("rename"):
        old, new = _placed(arguments, folder)[:2]
        if old in seen.origin or old not in seen.fresh:
            seen.origin[new] = seen.origin.pop(old, old)
        else:
            seen.origin.pop(new, None)
        seen.removed.add(old)
        seen.wrote.add(new)
        seen.fresh |= {old, new}
        seen.renamed.append((old, new))
    elif name in ("link", "linkat"):
        new = _placed(arguments, folder)[1]
        seen.wrote.add(new)
        seen.fresh.add(new)
    elif name == "io_uring_setup":
        seen.uring = True


def _open(seen: Seen, arguments: str, path: str) -> None:
    if "O_DIRECTORY" in arguments or "O_PATH" in arguments or not path:
        return
    reading = "O_WRONLY" not in arguments
    if "O_TRUNC" in arguments:
        seen.wrote.add(path)
        seen.fresh.add(path)
        seen.origin.pop(path, None)
    elif reading:
        seen.opened.add(path)
    if "O_CREAT" in arguments and not os.path.islink(path):
        seen.made.add(path)


def _map(seen: Seen, arguments: str) -> None:
    path = _path(arguments)
    if not path:
        return
    shared = "MAP_SHARED" in arguments
    if "PROT_READ" in arguments:
        seen.note_read(path, moved=True)
    if shared and "PROT_WRITE" in arguments:
        seen.mapped.add(path)


def _calls(log: Path, cwd: str) -> Iterator[tuple[str, str, int | None, str, str]]:
    """(call, arguments, answer or None where it failed, path of the descriptor it gave, working folder), in order."""
    parents = dict(_children(log))
    folders: dict[str, list[str]] = {}
    for pid, text in _whole(log):
        if pid not in folders:
            parent, shares = parents.get(pid, ("", False))
            inherited = folders.get(parent, [cwd])
            folders[pid] = inherited if shares else list(inherited)
        found = _CALL.match(text)
        if found is None:
            continue
        name, arguments, number, real = found.groups()
        answer = None if number in ("?", "-1") else int(number, 0)
        if name == "chdir" and answer is not None:
            folders[pid][0] = _placed(arguments, folders[pid][0])[0]
        elif name == "fchdir" and answer is not None:
            folders[pid][0] = _path(arguments)
        else:
            yield name, arguments, answer, real or "", folders[pid][0]


def _children(log: Path) -> Iterator[tuple[str, tuple[str, bool]]]:
    """Process → (parent, whether it shares its working folder)."""
    for pid, text in _whole(log):
        found = _CALL.match(text)
        if found and found[1] in ("clone", "clone3", "fork", "vfork") and found[3].isdigit():
            yield found[3], (pid, "CLONE_FS" in found[2])


def _whole(log: Path) -> Iterator[tuple[str, str]]:
    """Lines with what was interrupted put together again, where it was completed."""
    open_calls: dict[str, str] = {}
    for line in _lines(log):
        found = _LINE.match(line)
        if found is None:
            continue
        pid, text = found.groups()
        if text.endswith("<unfinished ...>"):
            open_calls[pid] = text[: -len("<unfinished ...>")].rstrip()
        elif text.startswith("<... "):
            yield pid, open_calls.pop(pid, "") + text.partition("resumed>")[2]
        else:
            yield pid, text


def _lines(log: Path) -> Iterable[str]:
    with log.open(encoding="latin-1") as file:
        yield from file


def _path(arguments: str) -> str:
    """Of the first descriptor named."""
    found = _FIRST.search(arguments)
    return _decoded(found[1]) if found else ""


def _placed(arguments: str, folder: str) -> list[str]:
    """The paths that are named by text, from the root, their folders as they really are."""
    answer = []
    for base, text in _PLACED.findall(arguments):
        joined = os.path.normpath(os.path.join(_decoded(base) or folder, _decoded(text)))
        answer.append(os.path.join(os.path.realpath(os.path.dirname(joined)), os.path.basename(joined)))
    return answer


def _decoded(text: str) -> str:
    if "\\" not in text:
        return text.encode("latin-1").decode("utf-8", "surrogateescape")
    return text.encode("latin-1").decode("unicode_escape").encode("latin-1").decode("utf-8", "surrogateescape")


def _source(path: str) -> str:
    """The module that a compiled one was made of."""
    folder, name = os.path.split(path)
    if os.path.basename(folder) == "__pycache__" and name.endswith(".pyc"):
        return os.path.join(os.path.dirname(folder), name.partition(".")[0] + ".py")
    return path
