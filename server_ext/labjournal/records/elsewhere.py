"""Data of a record that cannot be put into a crate, in its words: what was fetched from or sent to other machines, and databases."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

from labjournal.journal.rows import Query, Remote
from labjournal.questions.sql import tables
from labjournal.records import naming
from labjournal.records.record import Record, Step

__all__ = ["Elsewhere", "slug"]

_MOST_TABLES = 100

Entity = Any  # rocrate's own entities are untyped


class Elsewhere:
    """Remote data and databases as entities of a crate, each once; `add(identifier, type, **facts)` puts one in."""

    def __init__(self, record: Record, add: Callable[..., Entity]) -> None:
        self._add = add
        self._remotes = {_identity(one): self._remote(one) for step in record.steps for one in step.remotes}
        self._databases = {name: self._database(record, name) for name in _databases(record)}

    def read(self, step: Step) -> list[Entity]:
        """What the execution took from elsewhere."""
        found = [self._remotes[_identity(one)] for one in step.remotes if one.role == "read"]
        return found + [self._databases[one.database] for one in step.queries if _reads(one)]

    def written(self, step: Step) -> list[Entity]:
        """What it left there."""
        found = [self._remotes[_identity(one)] for one in step.remotes if one.role == "written"]
        return found + [self._databases[one.database] for one in step.queries if _writes(one)]

    def _remote(self, remote: Remote) -> Entity:
        facts: dict[str, Any] = {
            "name": urlsplit(remote.url).path.rpartition("/")[2] or remote.url,
            "contentUrl": remote.url,
            "description": "Not included: it lies on another machine, where it may have changed since.",
        }
        if remote.version:
            facts["version"] = remote.version
        if remote.modified:
            facts["dateModified"] = remote.modified
        if remote.bytes is not None:
            facts["contentSize"] = str(remote.bytes)
        if remote.sha256:
            facts["sha256"] = remote.sha256
        identifier = hashlib.sha256("\0".join(_identity(remote)).encode("utf-8", "replace")).hexdigest()[:16]
        return self._add(f"#remote-{identifier}", "MediaObject", **facts)

    def _database(self, record: Record, name: str) -> Entity:
        queries = [one for step in record.steps for one in step.queries if one.database == name]
        read = dict.fromkeys(table for one in queries for table in tables(one.statement, one.dialect).reads)
        left = dict.fromkeys(table for one in queries for table in tables(one.statement, one.dialect).writes)
        said = [
            f"Tables {role}: {', '.join(list(names)[:_MOST_TABLES])}."
            for role, names in (("read", read), ("written", left))
            if names
        ]
        dialect = next((one.dialect for one in queries if one.dialect), "")
        return self._add(
            f"#database-{slug(name)}", "CreativeWork", name=naming.plain_path(name, record.run.folder), additionalType="database",
            description=" ".join([f"A database{f' ({dialect})' if dialect else ''}.", *said, "Its statements stand in journal.json."]),
        )  # fmt: skip


def slug(text: str) -> str:
    """A text as a part of an identifier."""
    return quote(text.encode("utf-8", "replace")[:120], safe="") or "_"


def _identity(remote: Remote) -> tuple[str, ...]:
    return remote.url, remote.version, remote.modified, remote.sha256 or ""


def _databases(record: Record) -> dict[str, None]:
    return dict.fromkeys(one.database for step in record.steps for one in step.queries)


def _reads(query: Query) -> bool:
    """Also where it is not known what the statement does."""
    touched = tables(query.statement, query.dialect)
    return bool(touched.reads or not touched.writes)


def _writes(query: Query) -> bool:
    return bool(tables(query.statement, query.dialect).writes)
