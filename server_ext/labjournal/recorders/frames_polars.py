"""Data frames, series and lazy frames of polars. A lazy frame is never collected, and not asked for its columns, which may read files.

Of a series only whole-series calls are used that polars answers in the calling thread: the first call of another kind starts its
pool of threads, and a child that the user forks later would wait for threads that it does not have.
"""

from __future__ import annotations

import sys
import zlib
from types import ModuleType
from typing import Any, Callable, Iterator, List, Tuple

from labjournal.recorders import profiles
from labjournal.recorders.profiles import Column

__all__ = ["Polars"]

_FEW = 32
_NUMBERS = ("Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64", "Float32", "Float64", "Boolean")
_TIMES = ("Date", "Datetime", "Duration")
_WORDS = ("String", "Utf8", "Categorical", "Enum", "Decimal", "Time", "Binary")


class Polars:
    """What there is to know of polars while the user has it imported."""

    kind = "polars"

    def __init__(self, module: Any, np: Any) -> None:
        self.np = np
        names = vars(module)
        self._lazy, self._series = names["LazyFrame"], names["Series"]
        self.types = {names["DataFrame"]: "polars", self._series: "polars series", self._lazy: "polars lazy"}

    @classmethod
    def found(cls) -> Polars | None:
        """None where polars is not imported; its samples are read through numpy, where that is there."""
        module, np = sys.modules.get("polars"), sys.modules.get("numpy")
        if type(module) is not ModuleType or not {"DataFrame", "Series", "LazyFrame"} <= vars(module).keys():
            return None
        return cls(module, np if type(np) is ModuleType else None)

    def identity(self, frame: Any) -> Tuple[int, ...]:
        """Numbers that change when the frame is another."""
        kind = type(frame)
        return (id(frame), id(frame._ldf if kind is self._lazy else frame._s if kind is self._series else frame._df))

    def shape(self, frame: Any) -> Tuple[int | None, int]:
        if type(frame) is self._lazy:
            return None, 0
        if type(frame) is self._series:
            return len(frame), 1
        return frame.height, frame.width

    def mark(self, frame: Any) -> int:
        """A number that changes with columns that were put in place of others, and with most contents."""
        if type(frame) is self._lazy:
            return 0
        count = frame.width if type(frame) is not self._series else 1
        mark = count
        for place in range(0, count, -(-count // _FEW) or 1):
            mark = mark * 31 + self._mark_of(self._at(frame, place)) & 0xFFFFFFFFFFFFFFFF
        return mark

    def schema(self, frame: Any) -> List[Tuple[str, str]]:
        if type(frame) is self._lazy:
            return []
        names, types = ([frame.name], [frame.dtype]) if type(frame) is self._series else (frame.columns, frame.dtypes)
        return list(zip(profiles.labels(names), map(_type, types))) if names else []

    def index(self, frame: Any) -> str:
        return ""

    def columns(self, frame: Any, rows: Any, quiet: Callable[[int], bool]) -> Iterator[Tuple[int, Column, bytes]]:
        """(place, profile, sampled bytes) of the columns, cheapest first; `rows` None means all."""
        if type(frame) is self._lazy:
            return
        types = [frame.dtype] if type(frame) is self._series else frame.dtypes
        for place in sorted(range(len(types)), key=lambda place: _kind(types[place]) not in _NUMBERS):
            series = self._at(frame, place)
            profile, raw = self._column(series if rows is None else series[rows], quiet(place))
            yield place, profile, raw

    def _at(self, frame: Any, place: int) -> Any:
        return frame if type(frame) is self._series else frame.to_series(place)

    def _column(self, series: Any, quiet: bool) -> Tuple[Column, bytes]:
        kind = _kind(series.dtype)
        if kind in _NUMBERS and self.np is not None:
            if kind == "Boolean":  # as numbers polars would give objects where there are nulls
                listed = series.to_list()
                null = self.np.array([value is None for value in listed], dtype=bool)
                sample = self.np.array([value is True for value in listed], dtype=bool)
                return profiles.numbers(self.np, sample[None, :], null[None, :])[0], profiles.digest(listed)
            sample = series.to_numpy()
            return profiles.numbers(self.np, sample[None, :])[0], sample.tobytes()
        if kind in _TIMES and self.np is not None:
            sample = series.to_numpy()
            unit, raw = self.np.datetime_data(sample.dtype)[0], sample.view(self.np.int64)
            aware, length = getattr(series.dtype, "time_zone", None) is not None, kind == "Duration"
            return profiles.times(self.np, raw, unit, aware=aware, length=length), raw.tobytes()
        if kind in _WORDS:
            listed = series.to_list()
            return profiles.words(listed, quiet=quiet), profiles.digest(listed)
        count = len(series)
        return {"nulls": round(series.null_count() / count, 6) if count else 0.0}, b""

    def _mark_of(self, series: Any) -> int:
        """Columns are never changed where they lie: the first, the last and some rows between tell whether it is the same."""
        if _kind(series.dtype) not in (*_NUMBERS, *_TIMES, *_WORDS):
            return len(series)
        count = len(series)
        step = max(1, count // _FEW)
        listed = series[list(range(0, count, step))].to_list() if count else []
        return zlib.crc32(profiles.digest(listed)) + count


def _kind(dtype: Any) -> str:
    """Name of a type of polars', which may stand as class or as instance."""
    return (dtype if isinstance(dtype, type) else type(dtype)).__name__


def _type(dtype: Any) -> str:
    kind = _kind(dtype)
    return kind if kind in _NUMBERS or kind == "String" else str(dtype)[:100]
