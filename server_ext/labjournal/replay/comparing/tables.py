"""Tables that were written as files, compared row by row: csv and its kin, parquet, feather, SQLite.

Rows are read in step from both sides and never held as a whole; what takes too long is left, and that is said. pyarrow and sqlite3
read bytes that may come from anywhere: types that unpickle themselves are refused (pyarrow from 14.0.1 on), a schema of a database
is not trusted, views and triggers are not touched.
"""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from labjournal.replay.comparing.telling import Rules, Told, shown

__all__ = ["arrow_apart", "databases_apart", "rows_apart", "separated_apart"]

_LOOK = 2048
_BATCH = 16_384
_MOST_BYTES = 256 << 20
_SAFE_PYARROW = (14, 0, 1)

Row = Sequence[Any]
_Same = Callable[[Any, Any], bool]


def separated_apart(one: BinaryIO, other: BinaryIO, rules: Rules) -> Told | None:
    """Two texts with separated values; None where they are no such thing."""
    try:
        with _rows(one) as a, _rows(other) as b:
            heads = next(a, []), next(b, [])
            names = heads[0] if _is_head(heads[0]) else []
            if names and heads[0] != heads[1] and _is_head(heads[1]) and set(heads[0]) != set(heads[1]):
                return _columns_apart(heads[0], heads[1])
            if names and heads[0] == heads[1]:
                return rows_apart(itertools.zip_longest(a, b), names, rules, rules.words_same)
            a, b = itertools.chain(filter(None, [heads[0]]), a), itertools.chain(filter(None, [heads[1]]), b)
            return rows_apart(itertools.zip_longest(a, b), [], rules, rules.words_same)
    except csv.Error:
        return None


@contextlib.contextmanager
def _rows(file: BinaryIO) -> Iterator[Iterator[list[str]]]:
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        first = text.readline(65_536)
        delimiter = max(",\t;|", key=lambda sign: (first.count(sign), sign == ","))
        yield csv.reader(itertools.chain([first] if first else [], text), delimiter=delimiter)
    finally:
        text.detach()


def _is_head(row: Sequence[str]) -> bool:
    """Whether a first row names columns: no number among them, none twice; an index has no name."""
    named = [name for name in row if name.strip()]
    return bool(named) and len(set(named)) == len(named) and not any(re.fullmatch(r"[-+\d.eE%]+", name.strip()) for name in named)


def _columns_apart(one: Sequence[str], other: Sequence[str]) -> Told:
    gone, new = [name for name in one if name not in other], [name for name in other if name not in one]
    said = [f"{_listed(gone)} gone" if gone else "", f"{_listed(new)} new" if new else ""]
    return Told(False, "values", "", f"{len(one)} columns", f"{len(other)} columns", ", ".join(filter(None, said)))


def _listed(names: Sequence[str]) -> str:
    return ("column " if len(names) == 1 else "columns ") + ", ".join(map(shown, names[:3])) + (" …" if len(names) > 3 else "")


def rows_apart(pairs: Iterable[tuple[Row | None, Row | None]], names: Sequence[str], rules: Rules, same: _Same) -> Told:
    """Two sequences of rows, in step: the first cell that differs, how many rows do, and how many there are."""
    first: Told | None = None
    lengths, unlike, balance = [0, 0], 0, 0
    for row, again in pairs:
        lengths[0] += row is not None
        lengths[1] += again is not None
        if row is None or again is None:
            pass
        elif row != again and (found := _cell_apart(row, again, names, same)) is not None:
            unlike += 1
            balance += hash(repr(row)) - hash(repr(again))
            first = first or found.within(f"row {lengths[0]:,}")
        if max(lengths) % _LOOK == 0 and rules.late:
            return _given_up(first, max(lengths))
    if lengths[0] != lengths[1]:
        return _more_or_fewer(lengths[0], lengths[1], first)
    if first is None:
        return Told(True, "values")
    if balance == 0:
        return Told(False, "values", more=f"the same rows in another order, from {first.where.split(', ')[0]} on")
    return Told(False, "values", first.where, first.recorded, first.replayed, f"{unlike:,} of {lengths[0]:,} rows differ")


def _cell_apart(row: Row, again: Row, names: Sequence[str], same: _Same) -> Told | None:
    for place, (cell, other) in enumerate(zip(row, again, strict=False)):
        if cell != other and not same(cell, other):
            name = str(names[place]).strip() if place < len(names) else ""
            return Told(False, "values", f"column {shown(name) if name else place + 1}", shown(cell), shown(other))
    if len(row) != len(again):
        return Told(False, "values", "", f"{len(row)} columns", f"{len(again)} columns")
    return None


def _given_up(first: Told | None, rows: int) -> Told:
    said = f"only the first {rows:,} rows were compared"
    if first is not None:
        return Told(False, "values", first.where, first.recorded, first.replayed, said)
    return Told(None, "values", more=f"{said}; they are the same")


def _more_or_fewer(before: int, after: int, first: Told | None) -> Told:
    many = abs(before - after)
    said = f"{many:,} row{'' if many == 1 else 's'} {'fewer' if after < before else 'more'}"
    said += f"; first difference: {first.words}" if first is not None else ""
    return Told(False, "values", "", f"{before:,} rows", f"{after:,} rows", said)


def arrow_apart(one: BinaryIO, other: BinaryIO, rules: Rules, *, parquet: bool) -> Told:
    """Two parquet or feather files."""
    try:
        import pyarrow as pa
    except ImportError:
        return Told(None, more="pyarrow is not installed here")
    if tuple(int(part) for part in re.findall(r"\d+", pa.__version__)[:3]) < _SAFE_PYARROW:
        return Told(None, more=f"pyarrow {pa.__version__} is too old to read files safely")
    try:
        (names, types, rows), (others, their, more) = _arrow(one, parquet), _arrow(other, parquet)
        if set(names) != set(others):
            return _columns_apart(names, others)
        for name, kind in zip(names, types, strict=True):
            if (again := their[others.index(name)]) != kind:
                return Told(False, "values", f"column {shown(name)}", kind, again)
        if names != others:
            return Told(False, "values", "order of columns", shown(", ".join(names)), shown(", ".join(others)))
        return rows_apart(_in_step(rows, more), names, rules, rules.values_same)
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, OverflowError) as problem:
        return Told(None, more=f"pyarrow cannot read it: {shown(str(problem))}")


def _arrow(file: BinaryIO, parquet: bool) -> tuple[list[str], list[str], Iterator[Any]]:
    """Names of columns, their types, and rows in parts of one length."""
    if parquet:
        import pyarrow.parquet as pq

        table = pq.ParquetFile(file)
        schema, batches = table.schema_arrow, table.iter_batches(batch_size=_BATCH)
    else:
        import pyarrow as pa

        opened = pa.ipc.open_file(file)
        schema, batches = opened.schema, (opened.get_batch(place) for place in range(opened.num_record_batches))
    return list(schema.names), [_type(str(kind)) for kind in schema.types], _even(batches)


def _even(batches: Iterable[Any]) -> Iterator[Any]:
    """The same rows in tables of `_BATCH` rows each, however they were packed."""
    import pyarrow as pa

    waiting: list[Any] = []
    rows = 0
    for batch in batches:
        waiting.append(batch)
        rows += batch.num_rows
        if rows >= _BATCH:
            table = pa.Table.from_batches(waiting)
            whole = rows - rows % _BATCH
            yield from (table.slice(start, _BATCH) for start in range(0, whole, _BATCH))
            waiting, rows = table.slice(whole).to_batches(), rows - whole
    if rows:
        yield pa.Table.from_batches(waiting)


def _in_step(one: Iterable[Any], other: Iterable[Any]) -> Iterator[tuple[Row | None, Row | None]]:
    """Pairs of rows; where whole parts are equal, their rows need not be made."""
    for part, again in itertools.zip_longest(one, other):
        if part is not None and again is not None and part.num_rows == again.num_rows and part.equals(again):
            yield from itertools.repeat(((), ()), part.num_rows)
        else:
            yield from itertools.zip_longest(*(_made(table) for table in (part, again)))


def _made(table: Any) -> Iterator[Row]:
    return (
        iter(()) if table is None else zip(*(table.column(place).to_pylist() for place in range(table.num_columns)), strict=True)
    )


def _type(kind: str) -> str:
    """A type by what it holds: how long its offsets are, and whether its values stand in a dictionary, is packing."""
    kind = re.sub(r"dictionary<values=(.*?), indices=\w+, ordered=\w+>", r"\1", kind)
    return kind.replace("large_", "").replace("string_view", "string")


def databases_apart(one: BinaryIO, other: BinaryIO, rules: Rules) -> Told:
    """Two SQLite databases: their tables, in the order in which rows stand there."""
    try:
        with _database(one, rules) as a, _database(other, rules) as b:
            tables = _tables(a), _tables(b)
            if tables[0].keys() != tables[1].keys():
                gone = sorted(tables[0].keys() ^ tables[1].keys())
                return Told(
                    False,
                    "values",
                    "tables",
                    f"{len(tables[0])}",
                    f"{len(tables[1])}",
                    f"only on one side: {_listed(gone)[7:].strip()}",
                )
            for table, columns in tables[0].items():
                if columns != tables[1][table]:
                    return _columns_apart(columns, tables[1][table]).within(f"table {shown(table)}")
                pairs = itertools.zip_longest(_selected(a, table), _selected(b, table))
                found = rows_apart(pairs, columns, rules, rules.values_same)
                if not found.same:
                    return found.within(f"table {shown(table)}")
    except (sqlite3.Error, OSError) as problem:
        return Told(None, more=f"SQLite cannot read it: {shown(str(problem))}")
    return Told(True, "values")


@contextlib.contextmanager
def _database(file: BinaryIO, rules: Rules) -> Iterator[sqlite3.Connection]:
    """A private copy, so that nothing is written beside the original, and nothing in it is trusted."""
    with tempfile.TemporaryDirectory(prefix="labjournal-") as folder:
        path = Path(folder, "database")
        with path.open("wb") as copy:
            shutil.copyfileobj(file, copy)
        if path.stat().st_size > _MOST_BYTES:
            raise OSError("it is too large")
        connection = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            for pragma in ("trusted_schema = OFF", "query_only = ON", "cell_size_check = ON", "mmap_size = 0"):
                connection.execute(f"PRAGMA {pragma}")
            connection.text_factory = lambda content: content.decode("utf-8", "surrogateescape")
            connection.set_progress_handler(lambda: int(rules.late), 100_000)
            yield connection
        finally:
            connection.close()


def _tables(connection: sqlite3.Connection) -> dict[str, list[str]]:
    """Every ordinary table with its columns."""
    found = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND sql NOT LIKE 'CREATE VIRTUAL%'")  # fmt: skip
    return {name: [row[1] for row in connection.execute(f"PRAGMA table_info({_quoted(name)})")] for (name,) in found.fetchall()}


def _selected(connection: sqlite3.Connection, table: str) -> Iterator[Row]:
    return iter(connection.execute(f"SELECT * FROM {_quoted(table)}"))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
