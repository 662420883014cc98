"""The schema as a page a person can read, made from its own text: `python -m labjournal.journal.document > docs/schema.md`."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field

from labjournal.journal import migrations, schema

__all__ = ["document"]

_TABLE = re.compile(r"CREATE (?:VIRTUAL )?TABLE (\w+)")
_COLUMN = re.compile(r"    (\w+) +([A-Z]+)(.*?)(?:,)? +-- (.*)\Z")
_ADDED = re.compile(r"ALTER TABLE (\w+) ADD COLUMN (\w+) ([A-Z]+)(.*?); -- (.*)\Z")
_INTRODUCTION = """# The tables of a journal

Generated from `server_ext/labjournal/journal/schema.py` by `python -m labjournal.journal.document > docs/schema.md`; a test keeps the two equal.

A journal is a folder. In it, `journal.sqlite` is an ordinary SQLite file that any SQLite tool opens (open it read-only while kernels
record), and `blobs/ab/<sha256>` are kept contents, each named by its SHA-256.

"""


@dataclass
class _Table:
    name: str
    comment: str = ""
    columns: list[tuple[str, str, str]] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    indexes: list[str] = field(default_factory=list)


def document() -> str:
    """The page, as Markdown."""
    about = (schema.__doc__ or "").split("\n\n", 1)[1].strip()
    changes = [f"{number}. `{made.__name__}`: {made.__doc__}" for number, made in enumerate(migrations.MIGRATIONS, 1)]
    parts = [_INTRODUCTION, about, "\n\n## What each number of the schema brought\n\n", "\n".join(changes), "\n"]
    return "".join(parts) + "".join(
        _section(table) for table in _tables(schema.SCHEMA + schema.DATA + schema.RESULTS + schema.STATE + schema.SEARCH)
    )


def _tables(text: str) -> list[_Table]:
    tables: list[_Table] = []
    for line in text.splitlines():
        begins, added = _TABLE.match(line), _ADDED.match(line)
        if added:
            name, *column, comment = added.groups()
            next(each for each in tables if each.name == name).columns.append((column[0], column[1] + column[2], comment))
        elif begins:
            tables.append(_Table(begins.group(1)))
        elif line.startswith("-- "):
            tables[-1].comment = line[3:]
        elif line.startswith("DROP INDEX"):
            name = line.split()[2].rstrip(";")
            for table in tables:
                table.indexes = [index for index in table.indexes if f"INDEX {name} " not in index]
        elif line.startswith("CREATE"):
            on = re.search(r" ON (\w+)\(", line)
            next(each for each in tables if on and each.name == on.group(1)).indexes.append(
                line.removeprefix("CREATE ").rstrip(";")
            )
        elif line.startswith("    "):
            _add(tables[-1], line)
    return tables


def _add(table: _Table, line: str) -> None:
    column = _COLUMN.match(line)
    if column:
        name, kind, constraint, comment = column.groups()
        table.columns.append((name, (kind + constraint).rstrip(", "), comment))
    else:
        table.rules.append(line.strip().rstrip(","))


def _section(table: _Table) -> str:
    lines = [f"\n## {table.name}\n", f"{table.comment}\n"]
    if table.columns:
        lines += ["| column | type | meaning |", "| --- | --- | --- |"]
        lines += [f"| `{name}` | {_cell(kind)} | {_cell(comment)} |" for name, kind, comment in table.columns]
    notes = [f"- `{rule}`" for rule in table.rules] + [
        f"- {index.split(' ')[0].lower()} `{index.split(' ', 1)[1]}`" for index in table.indexes
    ]
    return "\n".join([*lines, *([""] if table.columns and notes else []), *notes]) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(document())
