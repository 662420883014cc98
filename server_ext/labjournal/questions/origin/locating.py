"""From what a person asks about to the execution that made it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from labjournal.errors import UnknownAddress
from labjournal.journal.origins import Touch
from labjournal.journal.reader import Journal
from labjournal.journal.rows import Address
from labjournal.questions.origin.makers import EMPTY, Made, Makers, Use
from labjournal.questions.origin.targets import Target, nearest, pictures_like
from labjournal.questions.sql import tables

__all__ = ["END", "Located", "located", "table_writers"]

_EDGES_TELL = 1 << 17
"""Below this length the edges are the whole file, whose digest is then known."""
END = "~"
"""Later than any time."""


@dataclass(frozen=True)
class Located:
    address: Address | None
    """Of the execution that made it; None where it was only ever read."""
    known_as: Touch | None = None
    """A file as somebody wrote or read it."""
    made: Made | None = None
    shown: bool = False
    """A picture that was shown, not written."""
    readers: tuple[Touch, ...] = ()


def located(journal: Journal, target: Target, makers: Makers | None = None) -> Located:
    """Who made the target. What nobody recorded is UnknownAddress, with the nearest thing that is known."""
    if target.kind == "table":
        return Located(_table_writer(journal, target))
    if target.kind == "remote":
        return Located(_remote_writer(journal, target))
    if target.kind == "file":
        return _file(journal, target, makers or Makers(journal.origins))
    return Located(target.address)


def table_writers(journal: Journal, database: str, table: str) -> Iterator[tuple[Address, str]]:
    """(address, start) of executions that changed the table, newest statement first."""
    for query, started in journal.origins.queries_to(database):
        if _names(table, tables(query.statement, query.dialect).writes):
            yield Address(query.run, query.n), started


def _names(table: str, found: tuple[str, ...]) -> bool:
    """Whether the table is among them; case and schema do not matter where they are not written."""
    wanted = table.lower()
    return any(name.lower() == wanted or name.lower().endswith("." + wanted) for name in found)


def _file(journal: Journal, target: Target, makers: Makers) -> Located:
    if target.sha256 is None and target.path is None:
        raise UnknownAddress("No content is known of this.", "Name the file itself.")
    if target.sha256 == EMPTY and target.path is None:
        raise UnknownAddress("This is the digest of an empty file, of which there are many.", "Name the file itself.")
    made = makers.of(Use(target.path or "", target.sha256, END, edges=target.edges))
    if made is not None and (made.by == "content" or made.touch.bytes in (None, target.length) or target.length is None):
        return Located(Address(*made.touch.key), made.touch, made)
    if target.sha256 is None:
        touches = journal.origins.read_at(target.path or "")
    else:
        touches = [] if target.sha256 == EMPTY else journal.origins.readers(target.sha256)
    if touches:
        touches.sort(key=lambda touch: touch.replay_of is not None)  # a replay reads what others read before it
        return Located(None, touches[0], readers=tuple(touches))
    if (shown := _shown(journal, target)) is not None:
        return Located(shown, shown=True)
    if target.edges and target.length and target.length > _EDGES_TELL:
        with_edges = journal.origins.made_with_edges(target.edges, target.length)
        if with_edges:
            return Located(Address(*with_edges[0].key), with_edges[0], Made(with_edges[0], "edges"))
    what = f"'{target.text:.200}'" if target.path else f"The content {target.text[:19]}…"
    near = nearest(journal, target) or "Nothing like it is known; it may come from elsewhere, or from before recording began."
    raise UnknownAddress(f"{what}: nobody recorded this content being written, read or shown.", near)


def _shown(journal: Journal, target: Target) -> Address | None:
    """The latest execution that showed this picture."""
    pieces = pictures_like(target)
    around = None
    if target.sha256 and journal.blobs.has(target.sha256):
        kept = journal.blobs.path(target.sha256).stat().st_mtime
        around = datetime.fromtimestamp(kept, timezone.utc).isoformat(timespec="microseconds")
    elif target.sha256:
        pieces = pieces[1:]  # a digest stands only for what is in the blob folder
        if target.content is not None and target.content.lstrip()[:1] == b"<":
            pieces.append(_in_json(target.content))
    if not pieces:
        return None
    for run, n, _, data in journal.origins.showing(pieces, around):
        if _holds(data, target):
            return Address(run, n)
    return None


def _in_json(content: bytes) -> str:
    """A piece of a drawing as it stands in JSON."""
    return json.dumps(content.decode("utf-8", "replace")[-200:])[1:-1]


def _holds(data: str, target: Target) -> bool:
    import base64

    try:
        bundle: dict[str, Any] = json.loads(data)
    except ValueError:
        return False
    for value in bundle.values():
        if isinstance(value, dict) and value.get("blob") == target.sha256:
            return True
        if isinstance(value, str) and target.content is not None:
            if value.strip() == target.content.decode("utf-8", "replace").strip():
                return True
            try:
                if base64.b64decode(value) == target.content:
                    return True
            except ValueError:
                continue
    return False


def _table_writer(journal: Journal, target: Target) -> Address | None:
    writers = sorted(table_writers(journal, target.database, target.name), key=lambda pair: pair[1])
    if writers:
        return writers[-1][0]
    known: dict[str, None] = {}
    for query, _ in journal.origins.queries_to(target.database):
        found = tables(query.statement, query.dialect)
        if _names(target.name, found.reads):
            return None
        known |= dict.fromkeys((*found.writes, *found.reads))
    listed = ", ".join(list(known)[:10])
    raise UnknownAddress(
        f"No recorded statement names a table '{target.name:.60}' of '{target.database}'.",
        f"Known tables: {listed}." if listed else "No statement to this database could be read.",
    )


def _remote_writer(journal: Journal, target: Target) -> Address | None:
    found = journal.origins.remotes_at(target.name)
    if not found:
        raise UnknownAddress(f"Nothing recorded was fetched from or sent to '{target.name:.200}'.", "Check the address.")
    written = sorted(((at, remote) for remote, at in found if remote.role == "written"), key=lambda pair: pair[0])
    return Address(written[-1][1].run, written[-1][1].n) if written else None
