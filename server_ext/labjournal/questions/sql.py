"""Which tables a recorded statement reads and writes; told by sqlglot, never by executing anything."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

__all__ = ["Tables", "tables"]

_LONGEST = 20_000
_CATALOGUES = frozenset(("information_schema", "pg_catalog", "sys", "performance_schema"))
_CATALOGUE_TABLES = frozenset(
    ("sqlite_master", "sqlite_schema", "sqlite_temp_master", "sqlite_temp_schema", "sqlite_sequence", "sqlite_stat1")
)


class Tables(NamedTuple):
    """Names of tables as the statement writes them, without quotes; both empty where it cannot be read."""

    reads: tuple[str, ...]
    writes: tuple[str, ...]


@lru_cache(maxsize=4096)
def tables(statement: str, dialect: str = "") -> Tables:
    """The tables of one or several statements; common table expressions are no tables."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    if len(statement) > _LONGEST:
        return Tables((), ())
    known = dialect if dialect in sqlglot.dialects.Dialects._value2member_map_ else ""
    try:
        parsed = [each for each in sqlglot.parse(statement, dialect=known or None) if each is not None]
    except (SqlglotError, RecursionError, ValueError):
        return Tables((), ())
    reads: dict[str, None] = {}
    writes: dict[str, None] = {}
    for each in parsed:
        local = {cte.alias for cte in each.find_all(exp.CTE)}
        written = _written(each)
        for table in each.find_all(exp.Table):
            name = ".".join(part.name for part in table.parts)
            if table is written:
                writes[name] = None
            elif name and name not in local and not _is_catalogue(table.name, table.db):
                reads[name] = None
    return Tables(tuple(reads), tuple(writes))


def _is_catalogue(table: str, schema: str) -> bool:
    """Whether a database says there what it holds, as libraries ask before they write: nobody's data."""
    return schema.lower() in _CATALOGUES or table.lower() in _CATALOGUE_TABLES or table.lower().startswith("pg_")


def _written(statement: object) -> object:
    """The table that a statement changes, None where it changes none."""
    from sqlglot import exp

    if not isinstance(
        statement, (exp.Insert, exp.Update, exp.Delete, exp.Create, exp.Drop, exp.Merge, exp.Alter, exp.TruncateTable)
    ):
        return None
    target = statement.this
    if isinstance(target, exp.Schema):
        target = target.this
    if isinstance(statement, exp.TruncateTable) or target is None:
        return next(iter(statement.find_all(exp.Table)), None)
    return target
