"""Rows and columns of small data files, read from bytes that were kept: csv, json, parquet. Nothing in them is executed.

Only what is needed to say how two contents differ: how many rows, which columns, which rows are new or gone, how the values of a column
are spread. Bounded in bytes and rows; what is not a table gives None.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
from collections import Counter
from dataclasses import dataclass
from typing import Any

from labjournal.questions.difference.shifts import QUANTILES

__all__ = ["MOST_BYTES", "Table", "table"]

MOST_BYTES = 10_000_000
_MOST_CELLS = 5_000_000
_CATEGORIES = 50
_TOP = 5
_ABSENT = {"", "na", "nan", "null", "none", "n/a", "-"}


@dataclass(frozen=True)
class Table:
    columns: list[str]
    rows: list[tuple[Any, ...]]

    def profile(self, place: int) -> dict[str, Any]:
        """What a recorder would say about the column: type, nulls, quantiles or most frequent values."""
        values = [row[place] for row in self.rows if place < len(row)]
        present = [value for value in values if not _is_absent(value)]
        profile: dict[str, Any] = {"nulls": 1 - len(present) / len(values) if values else 0.0}
        numbers = _numbers(present)
        if numbers:
            numbers.sort()
            whole = all(number.is_integer() for number in numbers)
            return profile | {"type": "integer" if whole else "number", "quantiles": _quantiles(numbers)}
        counts = Counter(map(str, present))
        profile["type"] = "text" if present else "empty"
        if 0 < len(counts) <= _CATEGORIES:
            profile["top"] = [[value, count] for value, count in counts.most_common(_CATEGORIES)]
        return profile


def table(content: bytes, name: str) -> Table | None:
    """The table that a content of this name is; None where it is none, or too large."""
    ending = os.path.splitext(name.lower())[1]
    if len(content) > MOST_BYTES:
        return None
    try:
        if ending in (".csv", ".tsv", ".txt"):
            return _csv(content, "\t" if ending == ".tsv" else "")
        if ending in (".json", ".jsonl", ".ndjson"):
            return _json(content)
        if ending in (".parquet", ".pq"):
            return _parquet(content)
    except (ValueError, csv.Error, RecursionError, OSError):
        return None
    return None


def _csv(content: bytes, delimiter: str) -> Table | None:
    text = content.decode("utf-8-sig", "replace")
    if "\0" in text:
        return None
    if not delimiter:
        head = text.split("\n", 1)[0]
        delimiter = max(",;\t|", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    columns = next(reader, None)
    if not columns or not any(columns):
        return None
    rows: list[tuple[Any, ...]] = []
    cells = 0
    for row in reader:
        if row:
            rows.append(tuple(row))
            cells += len(row)
            if cells > _MOST_CELLS:
                return None
    return Table(columns, rows)


def _json(content: bytes) -> Table | None:
    text = content.decode("utf-8-sig")
    try:
        found = json.loads(text)
    except ValueError:
        found = [json.loads(line) for line in text.splitlines() if line.strip()]
    if isinstance(found, dict):
        lists = [value for value in found.values() if isinstance(value, list)]
        if lists and len(lists) == len(found) and len({len(value) for value in lists}) == 1:  # columns
            return Table([str(name) for name in found], [tuple(map(_plain, row)) for row in zip(*lists, strict=True)])
        return None
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        return None
    columns = list(dict.fromkeys(str(name) for row in found for name in row))
    if len(columns) * len(found) > _MOST_CELLS:
        return None
    return Table(columns, [tuple(_plain(row.get(name)) for name in columns) for row in found])


def _parquet(content: bytes) -> Table | None:
    try:
        from pyarrow import ArrowException, BufferReader, parquet
    except ImportError:
        return None
    try:
        file = parquet.ParquetFile(BufferReader(content))
        if file.metadata.num_rows * file.metadata.num_columns > _MOST_CELLS // 5:
            return None
        read = file.read()
        columns = [column.to_pylist() for column in read.columns]
    except ArrowException:
        return None
    return Table(list(read.column_names), [tuple(map(_plain, row)) for row in zip(*columns, strict=True)])


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (str, int, float, bool)) else repr(value)


def _is_absent(value: Any) -> bool:
    return (
        value is None
        or (isinstance(value, float) and math.isnan(value))
        or (isinstance(value, str) and value.strip().lower() in _ABSENT)
    )


def _numbers(values: list[Any]) -> list[float]:
    """The values as numbers, none where one is not finite or no number."""
    found = []
    for value in values:
        if isinstance(value, bool):
            return []
        try:
            number = float(value)
        except (TypeError, ValueError):
            return []
        if not math.isfinite(number):
            return []
        found.append(number)
    return found


def _quantiles(ordered: list[float]) -> list[float]:
    last = len(ordered) - 1
    found = []
    for share in QUANTILES:
        place = last * share
        low = int(place)
        found.append(ordered[low] + (ordered[min(low + 1, last)] - ordered[low]) * (place - low))
    return found
