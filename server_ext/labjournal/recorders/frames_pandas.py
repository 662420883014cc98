"""Data frames and series of pandas, looked at through the arrays they consist of.

Only what is exactly pandas' own is touched, never a subclass, never an array of a foreign kind, and nothing is asked of the frame
itself: its own ways of reading leave caches and references behind. Arrays are read where they lie, a stride sample of each.
"""

from __future__ import annotations

import sys
import zlib
from types import ModuleType
from typing import Any, Callable, Iterator, List, Tuple

from labjournal.recorders import profiles
from labjournal.recorders.profiles import Column

__all__ = ["Pandas"]

_WHOLE_BYTES = 4 << 20
_TOGETHER = 16
_FEW = 64


class Pandas:
    """What there is to know of pandas while the user has it imported."""

    kind = "pandas"

    def __init__(self, module: Any, manager: Any, single: Any, np: Any) -> None:
        self.np = np
        self.types = {vars(module)["DataFrame"]: "pandas", vars(module)["Series"]: "pandas series"}
        self._managers = (manager, single)

    @classmethod
    def found(cls) -> Pandas | None:
        """None where pandas is not imported, or is not as we know it."""
        module, managers = sys.modules.get("pandas"), sys.modules.get("pandas.core.internals.managers")
        np = sys.modules.get("numpy")
        if type(module) is not ModuleType or type(managers) is not ModuleType or type(np) is not ModuleType:
            return None
        needed = (vars(managers).get("BlockManager"), vars(managers).get("SingleBlockManager"))
        if None in needed or not {"DataFrame", "Series"} <= vars(module).keys():
            return None  # still being imported
        return cls(module, *needed, np)

    def identity(self, frame: Any) -> Tuple[int, ...]:
        """Numbers that change when the frame is another, or has got other columns or rows."""
        manager = frame._mgr
        return (id(frame), id(manager), id(manager.blocks), id(manager.axes[0]), id(manager.axes[-1]))

    def shape(self, frame: Any) -> Tuple[int | None, int]:
        axes = self._manager(frame).axes
        return len(axes[-1]), len(axes[0]) if len(axes) > 1 else 1

    def mark(self, frame: Any) -> int:
        """A number that most changes of the frame's contents change, whole arrays where they are small."""
        mark = 0
        blocks = self._manager(frame).blocks
        for block in blocks[:: -(-len(blocks) // _FEW) or 1]:
            mark = mark * 31 + self._mark_of(block.values) & 0xFFFFFFFFFFFFFFFF
        return mark

    def schema(self, frame: Any) -> List[Tuple[str, str]]:
        """Name and type of every column."""
        manager = self._manager(frame)
        if len(manager.axes) == 1:
            return [(profiles.label(vars(frame).get("_name")), self._type(manager.blocks[0].values))]
        types = [""] * len(manager.axes[0])
        for block in manager.blocks:
            kind = self._type(block.values)
            for place in block.mgr_locs.as_array.tolist():
                types[place] = kind
        return list(zip(profiles.labels(manager.axes[0].tolist()), types))

    def index(self, frame: Any) -> str:
        """What kind of index the rows have."""
        return str(type.__getattribute__(type(self._manager(frame).axes[-1]), "__name__"))

    def columns(self, frame: Any, rows: Any, quiet: Callable[[int], bool]) -> Iterator[Tuple[int, Column, bytes]]:
        """(place, profile, sampled bytes) of the columns, cheapest first, a few at a time; `rows` None means all."""
        blocks = [(block.values, block.mgr_locs.as_array.tolist()) for block in self._manager(frame).blocks]
        blocks.sort(key=lambda each: self._cost(each[0]))
        for values, places in blocks:
            if self._is_plain(values) and values.dtype.kind in "iufb":
                yield from self._numbers(values if values.ndim == 2 else values[None, :], places, rows)
                continue
            for at, place in enumerate(places):
                column = values[at] if getattr(values, "ndim", 1) == 2 else values
                profile, raw = self._column(column, rows, quiet(place))
                yield place, profile, raw

    # arrays

    def _manager(self, frame: Any) -> Any:
        manager = frame._mgr
        if type(manager) not in self._managers:
            raise TypeError("a frame of another make")
        return manager

    def _is_plain(self, values: Any) -> bool:
        return type(values) is self.np.ndarray

    def _cost(self, values: Any) -> int:
        return 0 if self._is_plain(values) and values.dtype.kind in "iufb" else 1 if _is_pandas(values) else 2

    def _type(self, values: Any) -> str:
        if self._is_plain(values) or _is_pandas(values):
            return str(values.dtype)[:100]
        return str(type.__getattribute__(type(values), "__name__"))

    def _numbers(self, values: Any, places: List[int], rows: Any) -> Iterator[Tuple[int, Column, bytes]]:
        for start in range(0, len(places), _TOGETHER):
            part = values[start : start + _TOGETHER]
            sample = self.np.ascontiguousarray(part if rows is None else part[:, rows])
            for at, profile in enumerate(profiles.numbers(self.np, sample)):
                yield places[start + at], profile, sample[at].tobytes()

    def _column(self, values: Any, rows: Any, quiet: bool) -> Tuple[Column, bytes]:
        """Profile and sampled bytes of one column that is not an ordinary array of numbers."""
        np = self.np
        if self._is_plain(values):
            if values.dtype.kind in "mM":  # how pandas kept moments before 1.3
                raw = np.ascontiguousarray(values if rows is None else values[rows]).view(np.int64)
                unit = np.datetime_data(values.dtype)[0]
                return profiles.times(np, raw, unit, aware=False, length=values.dtype.kind == "m"), raw.tobytes()
            if values.dtype.kind != "O":
                return {}, b""
            listed = (values if rows is None else values[rows]).tolist()
            return profiles.words(listed, quiet=quiet), profiles.digest(listed)
        if not _is_pandas(values):
            return {}, b""
        kind = type(values).__name__
        if kind in ("DatetimeArray", "TimedeltaArray"):
            raw = _inner(values, "_ndarray", rows).view(np.int64).reshape(-1)
            unit = np.datetime_data(values._ndarray.dtype)[0]
            length = kind == "TimedeltaArray"
            aware = getattr(values.dtype, "tz", None) is not None
            return profiles.times(np, raw, unit, aware=aware, length=length), raw.tobytes()
        if kind in ("IntegerArray", "FloatingArray", "BooleanArray"):
            sample, null = _inner(values, "_data", rows), _inner(values, "_mask", rows)
            return profiles.numbers(np, sample[None, :], null[None, :])[0], np.where(null, 0, sample).tobytes() + null.tobytes()
        if kind == "Categorical":
            raw = _inner(values, "_codes", rows).astype(np.int64)
            categories = values.categories
            listed = [categories[code] if code >= 0 else None for code in np.unique(raw).tolist()[:_FEW]]
            return profiles.codes(np, raw, lambda code: categories[code], quiet=quiet), raw.tobytes() + profiles.digest(listed)
        if kind in ("StringArray", "NumpyExtensionArray", "PandasArray", "NumpyStringArray"):
            return self._column(values._ndarray, rows, quiet)
        if kind.startswith("Arrow"):
            return self._arrow(_parts(values)[0], rows, quiet)
        return {}, b""

    def _arrow(self, chunked: Any, rows: Any, quiet: bool) -> Tuple[Column, bytes]:
        """A column that Arrow holds in chunks."""
        np = self.np
        sampled = _arrow_sample(np, chunked, rows)
        kinds = {each.dtype.kind for each in sampled}
        if kinds and kinds <= set("iufb"):
            sample = np.concatenate(sampled)
            return profiles.numbers(np, sample[None, :])[0], sample.tobytes()
        if kinds == {"M"}:
            sample = np.concatenate(sampled)
            raw = sample.view(np.int64)
            return profiles.times(np, raw, np.datetime_data(sample.dtype)[0], aware=chunked.type.tz is not None), raw.tobytes()
        listed = [value for each in sampled for value in each.tolist()]
        return profiles.words(listed, quiet=quiet), profiles.digest(listed)

    def _mark_of(self, values: Any) -> int:
        if self._is_plain(values):
            return self._mark_of_array(values)
        if not _is_pandas(values):
            return id(values)
        return sum(self._mark_of_array(each) if self._is_plain(each) else id(each) for each in _parts(values))

    def _mark_of_array(self, values: Any) -> int:
        """Sum and ends of the bytes of a small array; of a large one a few strided pieces."""
        np, kind = self.np, values.dtype.kind
        steps = tuple(slice(None, None, max(1, length // _FEW)) for length in values.shape)
        pieces = np.ascontiguousarray(values[steps])
        if kind == "O":
            return hash(tuple(map(id, pieces.ravel()[: 16 * _FEW].tolist())))
        if kind not in "iufbcmM":
            return 0
        mark = zlib.crc32(pieces.tobytes()[: 1 << 18])
        if values.nbytes <= _WHOLE_BYTES and values.dtype.itemsize <= 8:
            mark += int(values.view(f"u{values.dtype.itemsize}").sum(dtype=np.uint64))
        return mark


def _arrow_sample(np: Any, chunked: Any, rows: Any) -> List[Any]:
    """Arrays of the sampled rows, chunk by chunk: Arrow would join all chunks of a text to take from them."""
    found, start = [], 0
    for chunk in chunked.chunks:
        end = start + len(chunk)
        if rows is None:
            found.append(chunk.to_numpy(zero_copy_only=False))
        else:
            here = rows[np.searchsorted(rows, start) : np.searchsorted(rows, end)] - start
            if len(here):
                taken = [chunk.slice(at, 1) for at in here.tolist()] if len(here) < 3 else [chunk.take(_arrow_array(chunk, here))]
                found += [each.to_numpy(zero_copy_only=False) for each in taken]
        start = end
    return found


def _arrow_array(chunk: Any, rows: Any) -> Any:
    return sys.modules["pyarrow"].array(rows)


def _inner(values: Any, name: str, rows: Any) -> Any:
    array = getattr(values, name)
    return array if rows is None else array[rows]


def _parts(values: Any) -> List[Any]:
    """What one of pandas' own arrays keeps its values in."""
    if hasattr(values, "_pa_array"):
        return [values._pa_array]
    return [getattr(values, name) for name in ("_ndarray", "_codes", "_data", "_mask") if hasattr(values, name)]


def _is_pandas(values: Any) -> bool:
    """Whether an array is one of pandas' own kinds."""
    return str(type.__getattribute__(type(values), "__module__")).partition(".")[0] == "pandas"
