"""How the data of an execution look in a terminal: files with how they were learnt, frames with their shape, statements, remote data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from labjournal.cli.terminal import Style
from labjournal.cli.text import Cell, cut, home, size, table

if TYPE_CHECKING:
    from labjournal.questions.answers import ExecutionPart, FilePart, FramePart, QueryPart, RemotePart

__all__ = ["data_lines"]

_COLUMNS_SHOWN = 8


def data_lines(execution: ExecutionPart, style: Style) -> Iterator[str]:
    """What the execution read, wrote, looked at, asked and fetched; nothing for what there is none of."""
    yield from _files("read", execution["inputs"], style)
    yield from _files("written", execution["files"], style)
    yield from _listed(("frame", "shape", "columns"), [_frame(frame) for frame in execution["frames"]], style)
    yield from _listed(("asked", "rows", "statement"), [_query(query) for query in execution["queries"]], style, right=(1,))
    yield from _listed(
        ("remote", "size", "version", "address"), [_remote(remote) for remote in execution["remotes"]], style, right=(1,)
    )


def _files(title: str, files: list[FilePart], style: Style) -> Iterator[str]:
    rows: list[Sequence[Cell]] = [
        [
            size(file["bytes"]),
            "deleted" if file["deleted"] else (file["sha256"] or "not known")[:12],
            _learnt(file),
            home(file["path"]) + _more(file),
        ]
        for file in files
    ]
    yield from _listed((title, "sha256", "seen by", "path"), rows, style, right=(0,))


def _learnt(file: FilePart) -> Cell:
    """How the access was seen, and whether it is certain that it was this execution."""
    seen = file["layer"].replace(" ", "+")
    return seen if file["confidence"] == "certain" else (f"{seen}, {file['confidence']}", "odd")


def _more(file: FilePart) -> str:
    words = [file["package"], "kept" if file["kept"] else ""]
    if file["moved"]:
        words.append(f"{'moved to' if file['deleted'] else 'moved from'} {home(file['moved'])}")
    said = ", ".join(word for word in words if word)
    return f"  ({said})" if said else ""


def _frame(frame: FramePart) -> Sequence[Cell]:
    found = frame["profile"].get("columns")
    columns = [column for column in found if isinstance(column, dict)] if isinstance(found, list) else []
    names = [f"{column.get('name')} {column.get('type', '')}".strip() for column in columns[:_COLUMNS_SHOWN]]
    rows = "?" if frame["rows"] is None else f"{frame['rows']:,}"
    hidden = frame["columns"] - len(names)
    more = f"{', ' if names else ''}{hidden} more" if hidden > 0 and names else ""
    return [frame["name"], f"{rows} x {frame['columns']}", ", ".join(names) + more]


def _query(query: QueryPart) -> Sequence[Cell]:
    times = f"  (x {query['times']})" if query["times"] > 1 else ""
    rows = "" if query["rows"] is None else f"{query['rows']:,}"
    return [cut(home(query["database"]), 40), rows, " ".join(query["statement"].split()) + times]


def _remote(remote: RemotePart) -> Sequence[Cell]:
    return [remote["role"], size(remote["bytes"]), cut(remote["version"] or remote["modified"], 24), remote["url"]]


def _listed(head: Sequence[str], rows: list[Sequence[Cell]], style: Style, right: tuple[int, ...] = ()) -> Iterator[str]:
    if rows:
        yield ""
        yield from table(head, rows, style, right=right)
