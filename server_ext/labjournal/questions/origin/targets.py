"""What a person means by the TARGET of `why`: a file here, a digest, an address, a metric, a table, or a node of the lineage graph.

A file that lies here is known by its content, wherever it lies and whatever it is called. One that is no longer here is looked for
by the path at which it was recorded.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from labjournal.errors import AmbiguousAddress, LabjournalError, UnknownAddress
from labjournal.journal.addresses import resolve
from labjournal.journal.origins import Touch
from labjournal.journal.reader import Journal
from labjournal.journal.rows import Address
from labjournal.questions.answers import when
from labjournal.questions.warnings import size

__all__ = ["Target", "find", "nearest", "pictures_like"]

_SHA256 = re.compile(r"(?:sha256:)?([0-9a-fA-F]{64})\Z")
_BEGINNING = re.compile(r"[0-9a-fA-F]{8,63}\Z")
"""Of a digest, as much as tables and pages show."""
_NODE = re.compile(r"(execution|file|path|table|remote|metric):(.+)\Z", re.DOTALL)
_EDGE = 64 << 10
_CHUNK = 1 << 20
_LONGEST = 5000
_INLINE_PICTURE = 2 << 10
_INLINE_TEXT = 16 << 10
_NAMED = 20
"""Metrics that are named where somebody asked for another one."""


@dataclass(frozen=True)
class Target:
    text: str
    """As it was asked for."""
    kind: str
    """file | metric | execution | table | remote."""
    address: Address | None = None
    path: str | None = None
    sha256: str | None = None
    name: str = ""
    """Of a metric, a table; the address of remote data."""
    database: str = ""
    length: int | None = None
    edges: str = ""
    content: bytes | None = None
    """Of a small file: small pictures stand in the journal as they are, not by digest."""
    changed: float | None = None
    """When a file that lies here was last changed."""


def find(
    journal: Journal,
    text: str,
    *,
    folder: Path | None = None,
    most_bytes: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> Target:
    """What is meant. Relative paths begin at `folder`, without one no file is opened; longer files than `most_bytes` are refused."""
    text = text.strip()
    if not text or "\0" in text or len(text) > _LONGEST:
        raise UnknownAddress("That names nothing.", "Name a file, an address, or ADDRESS:METRIC.")
    if folder is not None:
        path = Path(os.path.realpath(folder / Path(text).expanduser()))
        if _exists(path):
            return _file(text, path, journal, most_bytes, progress)
    if match := _SHA256.match(text):
        return Target(text, "file", sha256=match[1].lower())
    if (match := _NODE.match(text)) and (found := _node(journal, text, match[1], match[2])):
        return found
    for separator in ("#", ":"):
        if found := _table(journal, text, separator, folder):
            return found
    meant = _metric(journal, text) or _address(journal, text) or _recorded(journal, text, folder) or _beginning(journal, text)
    if meant is None and folder is not None and os.path.isdir(folder / Path(text).expanduser()):
        raise UnknownAddress(f"'{text:.200}' is a folder.", "Name a file in it, an address, or ADDRESS:METRIC.")
    return meant or _unknown(journal, text)


def nearest(journal: Journal, target: Target) -> str:
    """A sentence about the known thing that is most like a file which nobody recorded; '' where there is none."""
    path = target.path or ""
    older = journal.origins.made_at(path, 1) + journal.origins.read_at(path, 1) if path else []
    if older:
        return _about(older[0], "Another content of this path")
    found = journal.origins.alike(os.path.basename(path), target.length, target.edges) if path or target.length else []
    name = os.path.basename(path)
    ranked = sorted(found, key=lambda touch: (_likeness(touch, target, name), touch.replay_of is None), reverse=True)
    if not ranked:
        return ""
    _, same_edges, both, same_name = _likeness(ranked[0], target, name)
    what = "A file with the same beginning and end" if same_edges else "A file of the same name and length" if both else ""
    return _about(ranked[0], what or ("A file of the same name" if same_name else "A file of the same length"))


def _likeness(touch: Touch, target: Target, name: str) -> tuple[int, bool, bool, bool]:
    edges = bool(target.edges) and touch.edges == target.edges
    same_name, length = os.path.basename(touch.path) == name, target.length is not None and touch.bytes == target.length
    return 4 * edges + 2 * (same_name and length) + same_name, edges, same_name and length, same_name


def _about(touch: Touch, what: str) -> str:
    return f"{what} is known: '{touch.path}', {touch.address}, {when(touch.started)}."


def _exists(path: Path) -> bool:
    try:
        return stat.S_IFMT(path.stat().st_mode) != stat.S_IFDIR
    except (OSError, ValueError):
        return False


def _file(text: str, path: Path, journal: Journal, most_bytes: int | None, progress: Callable[[str], None] | None) -> Target:
    """The file as it is now; a pipe or a device is never opened."""
    facts = path.stat()
    if not stat.S_ISREG(facts.st_mode):
        raise LabjournalError(f"'{text}' is not a regular file.", "Name a file with a content, an address, or ADDRESS:METRIC.")
    if most_bytes is not None and facts.st_size > most_bytes:
        known = _as_recorded(journal, str(path), facts)
        if known is None:
            raise LabjournalError(
                f"'{text}' has {size(facts.st_size)}, too much to be read here.",
                f"`labjournal why '{path}'` in a terminal does it.",
            )
        return Target(text, "file", path=str(path), sha256=known, length=facts.st_size, changed=facts.st_mtime)
    sha256, edges, content = _digest(path, facts.st_size, progress)
    return Target(
        text, "file", path=str(path), sha256=sha256, length=facts.st_size, edges=edges, content=content, changed=facts.st_mtime
    )


def _as_recorded(journal: Journal, path: str, facts: os.stat_result) -> str | None:
    """The digest recorded at the path, where length and time of change are still those of then."""
    touches = journal.origins.made_at(path, 1) + journal.origins.read_at(path, 1)
    for touch in sorted(touches, key=lambda touch: touch.started, reverse=True)[:1]:
        if (touch.bytes, touch.mtime_ns) == (facts.st_size, facts.st_mtime_ns) and touch.hash_state in ("verified", "at-read"):
            return touch.sha256
    return None


def _digest(path: Path, length: int, progress: Callable[[str], None] | None) -> tuple[str, str, bytes | None]:
    """SHA-256, digest of the edges as recorders make it, and the content where it is small."""
    whole, read, said = hashlib.sha256(), 0, 0
    head = tail = b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            whole.update(chunk)
            head = head if len(head) >= _EDGE else (head + chunk)[:_EDGE]
            tail = (tail + chunk)[-_EDGE:]
            read += len(chunk)
            if progress is not None and length > (256 << 20) and read * 10 // length > said:
                said = read * 10 // length
                progress(f"Reading {path.name}: {said * 10} %")
    edges = hashlib.sha256(head + tail).hexdigest()
    return whole.hexdigest(), edges, path.read_bytes() if read <= _INLINE_TEXT else None


def _node(journal: Journal, text: str, kind: str, rest: str) -> Target | None:
    """A node of the lineage graph, by its id."""
    if kind == "file" and (match := _SHA256.match(rest)):
        return Target(text, "file", sha256=match[1].lower())
    if kind == "path":
        return Target(text, "file", path=rest)
    if kind == "remote":
        return Target(text, "remote", name=rest)
    if kind == "table" and "#" in rest:
        database, _, table = rest.rpartition("#")
        return Target(text, "table", database=database, name=table)
    if kind == "metric":
        return _metric(journal, rest, text)
    return _address(journal, rest, text) if kind == "execution" else None


def _table(journal: Journal, text: str, separator: str, folder: Path | None) -> Target | None:
    database, found, table = text.rpartition(separator)
    if not (database and found and table) or "/" in table:
        return None
    local = os.path.realpath(folder / Path(database).expanduser()) if folder is not None else database
    known = journal.origins.databases(local) or journal.origins.databases(database)
    if not known:
        return None
    if len(known) > 1 and database not in known and local not in known:
        raise AmbiguousAddress(f"More than one database ends with '{database}': {', '.join(known[:5])}.", "Write more of it.")
    chosen = local if local in known else database if database in known else known[0]
    return Target(text, "table", database=chosen, name=table)


def _metric(journal: Journal, text: str, asked: str = "") -> Target | None:
    """ADDRESS:METRIC. Without the execution, the one of the run that gave it last."""
    places = [place for place, letter in enumerate(text) if letter == ":"]
    for place in places:
        try:
            address = resolve(journal, text[:place])
        except UnknownAddress:
            run, _, number = text[:place].rpartition("/")
            if number.isdigit() and _address(journal, run):
                raise  # the run is known, the execution is not
            continue
        name = text[place + 1 :]
        spellings = (name, *journal.results.spellings(name))
        found = ((each, journal.results.with_metric(address.run, address.n, each)) for each in spellings)
        name, given = next(((each, n) for each, n in found if n is not None), (name, None))
        if given is None:
            standing = journal.results.standing(address.run, None if address.n is None else [address.n], most=_NAMED)
            others = ", ".join(dict.fromkeys(each.name for several in standing.values() for each in several))
            remedy = f"It has {others:.200}." if others else "It has none; `labjournal show` tells which execution has."
            raise UnknownAddress(f"{address} has no metric '{name:.60}'.", remedy)
        return Target(asked or text, "metric", Address(address.run, given), name=name)
    return None


def _address(journal: Journal, text: str, asked: str = "") -> Target | None:
    try:
        return Target(asked or text, "execution", resolve(journal, text))
    except AmbiguousAddress:
        raise
    except UnknownAddress:
        return None


def _recorded(journal: Journal, text: str, folder: Path | None) -> Target | None:
    """A file that is not here, by the path at which it was last written or read."""
    path = os.path.realpath(folder / Path(text).expanduser()) if folder is not None else text
    touches = journal.origins.made_at(path, 1) or journal.origins.read_at(path, 1)
    if not touches:
        return None
    latest = touches[0]
    return Target(text, "file", path=path, sha256=latest.sha256, length=latest.bytes, edges=latest.edges)


def _beginning(journal: Journal, text: str) -> Target | None:
    """A content, by the first digits of its digest."""
    if not _BEGINNING.match(text):
        return None
    found = journal.origins.contents_beginning_with(text.lower(), 2)
    if len(found) > 1:
        raise AmbiguousAddress(f"More than one content has a digest that begins with '{text}'.", "Write more of it.")
    return Target(text, "file", sha256=found[0]) if found else None


def _unknown(journal: Journal, text: str) -> Target:
    seems_file = os.sep in text or "." in os.path.basename(text)
    if not seems_file:
        raise UnknownAddress(
            f"'{text:.100}' is neither a file here nor a run, an execution, a name or a tag.",
            "`labjournal log` lists the runs; ADDRESS:METRIC asks about a number.",
        )
    near = nearest(journal, Target(text, "file", path=text))
    raise UnknownAddress(f"There is no file '{text:.200}' here, and none was recorded.", near or "Check the path.")


def pictures_like(target: Target) -> list[str]:
    """Texts of which one stands in the data of an output that showed this content."""
    pieces = [f'"{target.sha256}"'] if target.sha256 else []
    if target.content is not None and len(target.content) <= _INLINE_PICTURE:
        pieces.append(base64.b64encode(target.content).decode("ascii")[:120].rstrip("="))
    return pieces
