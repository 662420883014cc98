"""What differs in the data of two runs: path by path, frame by frame, table by table, with numbers where there are any.

Contents are compared by digest. Where they differ and their bytes were kept, or still lie where they were, small tables are read to
say which rows and columns changed; else the profile of the frame that was read from them tells. What is not known is said to be so.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from labjournal.errors import LabjournalError
from labjournal.journal.reader import Journal
from labjournal.journal.rows import FileUse, Frame
from labjournal.questions.difference.shifts import shift
from labjournal.questions.difference.tabular import MOST_BYTES, Table, table
from labjournal.questions.origin.answers import ColumnChange, DataChange
from labjournal.questions.sql import tables

__all__ = ["DataSide", "data_changes"]

_READ_AT_MOST = 40_000_000
"""Bytes of kept contents that one comparison reads."""
_WHAT = ("changed", "appeared", "gone", "unknown", "same")
_ROLES = ("read", "made", "written")


class _Thing(NamedTuple):
    """A file or a table of one side."""

    name: str
    given: str
    sha256: str | None
    bytes: int | None
    n: int
    mark: str = ""
    """What stands for the content where there is no digest: a version, a date."""
    rows: int | None = None


@dataclass
class DataSide:
    """Everything one side took in, made and wrote."""

    files: dict[tuple[str, str], _Thing] = field(default_factory=dict)
    """(role, path) → the last content."""
    frames: dict[str, Frame] = field(default_factory=dict)
    frames_of: dict[int, list[Frame]] = field(default_factory=dict)
    remotes: dict[tuple[str, str], _Thing] = field(default_factory=dict)
    tables: dict[tuple[str, str], _Thing] = field(default_factory=dict)

    @classmethod
    def of(cls, journal: Journal, run: str, numbers: set[int]) -> DataSide:
        side = cls()
        own: set[tuple[str, str | None]] = set()
        for use in journal.generations(run):
            if use.n in numbers and not use.package:
                if use.deleted:
                    side.files.pop(("written", use.path), None)
                    continue
                own.add((use.path, use.sha256))
                side.files[("written", use.path)] = _of_file(use)
        for use in journal.usages(run):
            if use.n in numbers and not (use.package or use.added_to) and (use.path, use.sha256) not in own:
                side.files[("read", use.path)] = _of_file(use)
        for frame in journal.frames(run):
            if frame.n in numbers:
                side.frames[frame.name] = frame
                side.frames_of.setdefault(frame.n, []).append(frame)
        for remote in journal.remotes(run):
            if remote.n in numbers:
                thing = _Thing(remote.url, "", remote.sha256, remote.bytes, remote.n, remote.version or remote.modified)
                side.remotes[(remote.role, remote.url)] = thing
        for query in journal.queries(run):
            if query.n in numbers:
                side._add_tables(query.database, query.statement, query.dialect, query.n, query.rows)
        return side

    def _add_tables(self, database: str, statement: str, dialect: str, n: int, rows: int | None) -> None:
        found = tables(statement, dialect)
        # The file of a local database is itself an input: while its bytes are the same, so are its tables.
        file = self.files.get(("read", database))
        for role, names in (("read", found.reads), ("written", found.writes)):
            for name in names:
                key = (role, f"{database}#{name}")
                alone = rows if len(found.reads) == 1 and key not in self.tables else None
                self.tables[key] = _Thing(key[1], "", file.sha256 if file and role == "read" else None, None, n, rows=alone)


def _of_file(use: FileUse) -> _Thing:
    return _Thing(use.path, use.given, use.sha256, use.bytes, use.n)


def data_changes(journal: Journal, a: DataSide, b: DataSide) -> list[DataChange]:
    """Every file, frame, table and address of either side; most telling first."""
    reader = _Reader(journal)
    found = [
        *_files(a, b, reader),
        *_named("remote", a.remotes, b.remotes),
        *_named("table", a.tables, b.tables),
        *_frames(a.frames, b.frames),
    ]
    return sorted(found, key=lambda change: (_WHAT.index(change["what"]), _ROLES.index(change["role"]), change["name"]))


# files


def _files(a: DataSide, b: DataSide, reader: _Reader) -> Iterator[DataChange]:
    for role in ("read", "written"):
        for before, after in _partners(_of_role(a.files, role), _of_role(b.files, role)):
            change = _compared("file", role, before, after)
            if change["what"] == "changed" and before and after:
                _add_details(change, before, after, a, b, reader)
            yield change


def _of_role(files: dict[tuple[str, str], _Thing], role: str) -> dict[str, _Thing]:
    return {path: thing for (own, path), thing in files.items() if own == role}


def _partners(a: dict[str, _Thing], b: dict[str, _Thing]) -> Iterator[tuple[_Thing | None, _Thing | None]]:
    """The same path; else the same content, the same path as the cell gave it, or the same name, where only one has it."""
    left = {path: thing for path, thing in a.items() if path not in b}
    new = [thing for path, thing in b.items() if path not in a]
    pairs: dict[str, _Thing] = {path: a[path] for path in b if path in a}
    keys = (lambda thing: thing.sha256 or "", lambda thing: thing.given, lambda thing: os.path.basename(thing.name))
    for key in keys:
        ours, theirs = _only(key, left.values()), _only(key, new)
        for word in ours.keys() & theirs.keys() - {""}:
            pairs[theirs[word].name] = left.pop(ours[word].name)
        new = [thing for thing in new if thing.name not in pairs]
    yield from ((pairs.get(path), thing) for path, thing in b.items())
    yield from ((thing, None) for thing in left.values())


def _only(key: Any, things: Iterable[_Thing]) -> dict[str, _Thing]:
    """Key → the one thing that has it."""
    found: dict[str, list[_Thing]] = {}
    for thing in things:
        found.setdefault(key(thing), []).append(thing)
    return {word: those[0] for word, those in found.items() if len(those) == 1}


def _compared(kind: str, role: str, a: _Thing | None, b: _Thing | None) -> DataChange:
    name = (b or a or _Thing("", "", None, None, 0)).name
    short = name if kind == "remote" else os.path.basename(name)
    what = "appeared" if a is None else "gone" if b is None else _same(a, b)
    verb = "read" if role == "read" else "written"
    said = {
        "same": f"{short} is the same",
        "changed": f"{short} has another content",
        "appeared": f"{short} is {verb} only now",
        "gone": f"{short} is no longer {verb}",
        "unknown": f"whether {short} changed is not known",
    }[what]
    moved = a is not None and b is not None and a.name != b.name
    if moved and a is not None and what == "same":
        said = f"{short} has the same content as {os.path.basename(a.name)} had"
    return {
        "kind": kind,
        "role": role,
        "name": name,
        "what": what,
        "a_name": a.name if moved and a else "",
        "a": a.sha256 if a else None,
        "b": b.sha256 if b else None,
        "a_bytes": a.bytes if a else None,
        "b_bytes": b.bytes if b else None,
        "a_rows": a.rows if a else None,
        "b_rows": b.rows if b else None,
        "rows_added": None,
        "rows_removed": None,
        "columns": [],
        "summary": said,
    }


def _same(a: _Thing, b: _Thing) -> str:
    if a.sha256 and b.sha256:
        return "same" if a.sha256 == b.sha256 else "changed"
    if a.mark and b.mark:
        return "same" if a.mark == b.mark else "changed"
    lengths = a.bytes is not None and b.bytes is not None and a.bytes != b.bytes
    rows = a.rows is not None and b.rows is not None and a.rows != b.rows
    return "changed" if lengths or rows else "unknown"


def _add_details(change: DataChange, a: _Thing, b: _Thing, sides_a: DataSide, sides_b: DataSide, reader: _Reader) -> None:
    """Rows and columns: from the contents, else from the frames that were made of them."""
    before, after = reader.table(a), reader.table(b)
    short = os.path.basename(b.name)
    if before and after:
        added, removed = _rows(before, after)
        change["a_rows"], change["b_rows"] = len(before.rows), len(after.rows)
        change["rows_added"], change["rows_removed"] = added, removed
        change["columns"] = _columns(_profiles(before), _profiles(after), len(before.rows), len(after.rows))
        change["summary"] = f"{short} {_said(change)}"
        return
    frames = sides_a.frames_of.get(a.n, []), sides_b.frames_of.get(b.n, [])
    if change["role"] == "read" and len(frames[0]) == len(frames[1]) == 1 and frames[0][0].name == frames[1][0].name:
        first, second = frames[0][0], frames[1][0]
        change["a_rows"], change["b_rows"] = first.rows, second.rows
        change["columns"] = _frame_columns(first, second)
        change["summary"] = f"{short} {_said(change)}"


def _rows(a: Table, b: Table) -> tuple[int, int]:
    """How many rows are new and gone; columns that only one has are left aside."""
    shared = [name for name in a.columns if name in b.columns]
    first, second = _counted(a, shared), _counted(b, shared)
    return (second - first).total(), (first - second).total()


def _counted(table: Table, columns: list[str]) -> Counter[tuple[Any, ...]]:
    if columns == table.columns:
        return Counter(table.rows)
    places = [table.columns.index(name) for name in columns]
    return Counter(tuple(row[place] if place < len(row) else None for place in places) for row in table.rows)


def _profiles(table: Table) -> dict[str, dict[str, Any]]:
    return {name: table.profile(place) for place, name in enumerate(table.columns)}


class _Reader:
    """Reads tables from bytes that were kept, or that still lie where they were."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._left = _READ_AT_MOST
        self._known: dict[str, Table | None] = {}

    def table(self, thing: _Thing) -> Table | None:
        if thing.sha256 is None or thing.bytes is None or thing.bytes > min(MOST_BYTES, self._left):
            return None
        if thing.sha256 not in self._known:
            content = self._content(thing.name, thing.sha256, thing.bytes)
            self._left -= thing.bytes if content is not None else 0
            self._known[thing.sha256] = table(content, thing.name) if content is not None else None
        return self._known[thing.sha256]

    def _content(self, path: str, sha256: str, length: int) -> bytes | None:
        try:
            if self._journal.blobs.has(sha256):
                return self._journal.blobs.get(sha256)
            if not os.path.isfile(path) or os.path.getsize(path) != length:
                return None
            with open(path, "rb") as file:
                content = file.read(length + 1)
        except (OSError, LabjournalError, ValueError):
            return None
        return content if hashlib.sha256(content).hexdigest() == sha256 else None


# frames, tables, addresses


def _named(kind: str, a: dict[tuple[str, str], _Thing], b: dict[tuple[str, str], _Thing]) -> Iterator[DataChange]:
    for key in {**a, **b}:
        yield _compared(kind, key[0], a.get(key), b.get(key))


def _frames(a: dict[str, Frame], b: dict[str, Frame]) -> Iterator[DataChange]:
    for name in {**a, **b}:
        before, after = a.get(name), b.get(name)
        change = _compared("frame", "made", _of_frame(before), _of_frame(after))
        change["a"], change["b"] = (before.content or None) if before else None, (after.content or None) if after else None
        if before and after and change["what"] != "same":
            change["columns"] = _frame_columns(before, after)
            moved = [column for column in change["columns"] if column["what"] != "same"]
            if change["what"] == "unknown" and moved:
                change["what"] = "changed"
            if change["what"] == "changed":
                change["summary"] = f"{name} {_said(change)}"
        elif change["what"] in ("appeared", "gone"):
            change["summary"] = f"{name} is {'made only now' if change['what'] == 'appeared' else 'no longer made'}"
        yield change


def _of_frame(frame: Frame | None) -> _Thing | None:
    if frame is None:
        return None
    content = f"{frame.schema} {frame.content} {frame.rows}" if frame.content and frame.complete else ""
    return _Thing(frame.name, "", None, None, frame.n, content, frame.rows)


def _frame_columns(a: Frame, b: Frame) -> list[ColumnChange]:
    return _columns(_told(a), _told(b), _looked_at(a), _looked_at(b))


def _told(frame: Frame) -> dict[str, dict[str, Any]]:
    found = frame.profile.get("columns")
    columns = found if isinstance(found, list) else []
    return {str(column.get("name", "")): column for column in columns if isinstance(column, dict)}


def _looked_at(frame: Frame) -> int:
    looked = frame.profile.get("n")
    return looked if isinstance(looked, int) else frame.rows or 0


def _columns(a: dict[str, dict[str, Any]], b: dict[str, dict[str, Any]], a_rows: int, b_rows: int) -> list[ColumnChange]:
    """Every column of either, those that changed most first."""
    changes: list[ColumnChange] = []
    for name in {**a, **b}:
        before, after = a.get(name), b.get(name)
        types = str(before.get("type", "")) if before else "", str(after.get("type", "")) if after else ""
        what, moved = "added" if before is None else "removed", None
        if before is not None and after is not None:
            moved = shift(before, after, a_rows, b_rows)
            what = "type" if types[0] != types[1] else "same" if before == after else "values"
        changes.append({"name": name, "what": what, "a": types[0], "b": types[1], "shift": moved})
    order = ("removed", "added", "type", "values", "same")
    return sorted(changes, key=lambda change: (order.index(change["what"]), -(change["shift"] or 0.0)))


def _said(change: DataChange) -> str:
    """What became of a table, behind its name."""
    parts = [*_said_of_rows(change)]
    for what, words in (("removed", "without column"), ("added", "with new column"), ("type", "another type in")):
        names = [f"'{column['name']}'" for column in change["columns"] if column["what"] == what]
        if names:
            parts.append(f"{words} {', '.join(names[:3])}" + (f" and {len(names) - 3} more" if len(names) > 3 else ""))
    far = [column for column in change["columns"] if column["shift"] is not None and column["shift"] >= 0.1]
    if far:
        told = ", ".join(f"'{column['name']}' (PSI {column['shift']:.2f})" for column in far[:2])
        parts.append(f"other values in {told}")
    return ", ".join(parts) or "has other values"


def _said_of_rows(change: DataChange) -> Iterator[str]:
    a, b, added, removed = change["a_rows"], change["b_rows"], change["rows_added"], change["rows_removed"]
    if a is None or b is None:
        return
    if a != b:
        yield f"has {abs(b - a):,} row{'' if abs(b - a) == 1 else 's'} {'more' if b > a else 'fewer'}"
        if added and removed:
            yield f"{added:,} new and {removed:,} gone"
    elif added:
        yield f"has {added:,} of {b:,} rows changed"
