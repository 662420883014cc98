"""Two HDF5 or netCDF files held against each other, dataset by dataset: a program of its own, for `datasets`.

The libraries that read them are large, and written for files that one trusts: a damaged or hostile one may end the process, fill the
memory, or name files elsewhere. So this is a process that may use so much and no more; what lies in other files (external links,
external storage, virtual datasets) is not followed. Prints one JSON object. Texts that differ are left to whoever asked.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from labjournal.replay.comparing.arrays import unlike
from labjournal.replay.comparing.telling import shown

__all__ = ["Apart", "main"]

_PART = 4 << 20
_OBJECTS = 20_000
_TEXTS = 200
_LONGEST_TEXT = 2_000
_MEMORY = 4 << 30
_NOTED = frozenset({"_NCProperties", "DIMENSION_LIST", "REFERENCE_LIST"})
"""What libraries note of themselves, and of which dataset is along which dimension of which other: places in the file."""


class Apart(Exception):
    """The first difference, or why it cannot be told."""

    def __init__(self, same: bool | None, where: str = "", recorded: str = "", replayed: str = "", more: str = "") -> None:
        super().__init__(where)
        self.told = {"same": same, "where": where, "recorded": recorded, "replayed": replayed, "more": more}


@dataclass
class _Comparison:
    """Two open files of one kind."""

    tolerance: float
    until: float
    texts: list[tuple[str, str, str]] = field(default_factory=list)
    """(where, recorded, replayed) of texts that are not the same."""
    left_out: set[str] = field(default_factory=set)
    """What was not looked into, in words."""

    def nodes(self, one: Any, other: Any) -> None:
        """Groups, and whatever hangs below them; a node stands in several places where links lead to it."""
        waiting = [("", one, other)]
        seen: set[Any] = set()
        while waiting:
            where, a, b = waiting.pop()
            if time.monotonic() > self.until:
                raise Apart(None, more="there was not enough time to look into all of it")
            if (a.identity, b.identity) in seen:
                continue
            seen.add((a.identity, b.identity))
            if len(seen) > _OBJECTS:
                raise Apart(None, more=f"it holds more than {_OBJECTS:,} objects")
            self._attributes(where, a.attributes(), b.attributes())
            members, again = a.members(), b.members()
            if members.keys() != again.keys():
                apart = ", ".join(sorted(members.keys() ^ again.keys())[:3])
                raise Apart(False, where or "/", f"{len(members):,}", f"{len(again):,}", f"only on one side: {apart}")
            for name in sorted(members, reverse=True):
                waiting += self._member(f"{where}/{name}", members[name], again[name])

    def _member(self, where: str, one: Any, other: Any) -> Iterator[tuple[str, Any, Any]]:
        if one.kind != other.kind:
            raise Apart(False, where, one.kind, other.kind)
        if one.kind == "a link":
            if one.target != other.target:
                raise Apart(False, where, shown(one.target), shown(other.target))
            if one.outside:
                self.left_out.add("links to other files were not followed")
        elif one.kind == "a dataset":
            self._attributes(where, one.attributes(), other.attributes())
            self._dataset(where, one, other)
        elif one.kind == "a group":
            yield where, one, other

    def _attributes(self, where: str, one: dict[str, Any], other: dict[str, Any]) -> None:
        import numpy as np

        for name in sorted({*one, *other} - _NOTED):
            place = f"{where or '/'}, attribute {name}"
            if name not in one or name not in other:
                raise Apart(False, place, *("there" if name in each else "not there" for each in (one, other)))
            a, b = np.asarray(one[name]), np.asarray(other[name])
            if a.shape != b.shape or a.dtype.kind != b.dtype.kind:
                raise Apart(False, place, shown(str(one[name])), shown(str(other[name])))
            self._values(place, a.reshape(-1), b.reshape(-1), 0, a.shape)

    def _dataset(self, where: str, one: Any, other: Any) -> None:
        if one.elsewhere or other.elsewhere:
            self.left_out.add("datasets that lie in other files were not looked into")
            return
        if one.shape != other.shape:
            raise Apart(False, f"{where}, shape", _shape(one.shape), _shape(other.shape))
        if one.type != other.type:
            raise Apart(False, f"{where}, type", one.type, other.type)
        if one.shape is None or 0 in one.shape:
            return
        if not one.shape:
            self._values(where, one.read(()).reshape(-1), other.read(()).reshape(-1), 0, ())
            return
        for at, part in _parts(one.shape, one.width):
            if time.monotonic() > self.until:
                raise Apart(None, where, more="there was not enough time to look into all of it")
            a, b = one.read(part), other.read(part)
            self._values(where, a.reshape(-1), b.reshape(-1), at, one.shape)

    def _values(self, where: str, one: Any, other: Any, at: int, shape: tuple[int, ...]) -> None:
        import numpy as np

        if one.dtype.names:
            for name in one.dtype.names:
                self._values(f"{where}, field {name}", one[name].reshape(-1), other[name].reshape(-1), at, shape)
            return
        if one.dtype.kind in "OSU":
            pairs = zip(one.tolist(), other.tolist(), strict=True)
            for place, (a, b) in enumerate(pairs):
                self._objects(f"{where}{_element(np, at + place, shape)}", a, b)
            return
        places = np.flatnonzero(unlike(np, one, other, self.tolerance))
        if len(places):
            first = int(places[0])
            said = f"{len(places):,} of {len(one):,} values differ there" if len(one) > 1 else ""
            raise Apart(
                False, f"{where}{_element(np, at + first, shape)}", shown(one[first].tolist()), shown(other[first].tolist()), said
            )

    def _objects(self, where: str, one: Any, other: Any) -> None:
        import numpy as np

        if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):  # of a length of its own each
            if one.shape != other.shape or one.dtype.kind != other.dtype.kind:
                raise Apart(False, where, _shape(one.shape), _shape(other.shape))
            self._values(where, one.reshape(-1), other.reshape(-1), 0, one.shape)
        elif isinstance(one, (str, bytes)) and isinstance(other, (str, bytes)):
            if one != other:
                texts = [each if isinstance(each, str) else each.decode("utf-8", "replace") for each in (one, other)]
                if len(self.texts) >= _TEXTS or max(map(len, texts)) > _LONGEST_TEXT:
                    raise Apart(False, where, shown(texts[0]), shown(texts[1]))
                self.texts.append((where, texts[0], texts[1]))
        elif type(one) is not type(other):
            raise Apart(False, where, type(one).__name__, type(other).__name__)
        elif isinstance(one, (int, float, complex, np.generic)) and not (one == other or (one != one and other != other)):
            raise Apart(False, where, shown(one), shown(other))
        elif not isinstance(one, (int, float, complex, np.generic)):
            self.left_out.add("references were not compared")


def _parts(shape: tuple[int, ...], width: int) -> Iterator[tuple[int, tuple[slice, ...]]]:
    """(number of the first element, slices) of parts that are read at once; cut along the outer dimensions."""
    inner = 1
    depth = len(shape)
    while depth > 1 and inner * shape[depth - 1] * width <= _PART:
        depth -= 1
        inner *= shape[depth]
    step = max(1, _PART // max(1, inner * width))
    outer = [0] * (depth - 1)
    rest = tuple(slice(None) for _ in shape[depth:])
    while True:
        base = 0
        for place, length in zip(outer, shape, strict=False):
            base = base * length + place
        for begin in range(0, shape[depth - 1], step):
            fixed = tuple(slice(place, place + 1) for place in outer)
            yield (
                (base * shape[depth - 1] + begin) * inner,
                (*fixed, slice(begin, min(begin + step, shape[depth - 1])), *rest),
            )
        for axis in range(depth - 2, -1, -1):
            outer[axis] += 1
            if outer[axis] < shape[axis]:
                break
            outer[axis] = 0
        else:
            return


def _element(np: Any, at: int, shape: tuple[int, ...]) -> str:
    return f" [{', '.join(str(int(place)) for place in np.unravel_index(at, shape))}]" if shape else ""


def _shape(shape: tuple[int, ...] | None) -> str:
    return "nothing" if shape is None else " × ".join(f"{length:,}" for length in shape) or "a single value"


# HDF5


@dataclass(frozen=True)
class _Link:
    target: str
    outside: bool
    kind: str = "a link"


class _Hdf:
    """A group or a dataset of an HDF5 file."""

    def __init__(self, thing: Any) -> None:
        import h5py

        self._thing = thing
        self.kind = {h5py.Group: "a group", h5py.File: "a group", h5py.Dataset: "a dataset"}.get(type(thing), "a type")
        self.identity = h5py.h5o.get_info(thing.id).addr
        if self.kind == "a dataset":
            self.shape = thing.shape
            self.type = str(thing.dtype)
            self.width = thing.dtype.itemsize
            self.elsewhere = bool(thing.is_virtual or thing.external)

    def attributes(self) -> dict[str, Any]:
        found = {}
        for name in self._thing.attrs:
            value = self._thing.attrs[name]
            found[name] = "nothing" if type(value).__name__ == "Empty" else value
        return found

    def members(self) -> dict[str, Any]:
        import h5py

        if self.kind != "a group":
            return {}
        found: dict[str, Any] = {}
        for name in self._thing:
            link = self._thing.get(name, getlink=True)
            if isinstance(link, h5py.ExternalLink):
                found[name] = _Link(f"{link.filename}:{link.path}", True)
            elif isinstance(link, h5py.SoftLink):
                found[name] = _Link(link.path, False)
            elif isinstance(link, h5py.HardLink):
                found[name] = _Hdf(self._thing[name])
        return found

    def read(self, part: Any) -> Any:
        import numpy as np

        return np.asarray(self._thing[part])


# netCDF in its older formats


class _Netcdf:
    """A group of a netCDF file."""

    kind = "a group"

    def __init__(self, group: Any) -> None:
        self._group = group
        self.identity = id(group)

    def attributes(self) -> dict[str, Any]:
        return {name: self._group.getncattr(name) for name in self._group.ncattrs()}

    def members(self) -> dict[str, Any]:
        found: dict[str, Any] = {name: _Netcdf(group) for name, group in self._group.groups.items()}
        return found | {name: _Variable(variable) for name, variable in self._group.variables.items()}


class _Variable:
    kind = "a dataset"
    elsewhere = False

    def __init__(self, variable: Any) -> None:
        variable.set_auto_maskandscale(False)
        self._variable = variable
        self.identity = id(variable)
        self.shape = tuple(variable.shape)
        self.type = f"{variable.dtype} ({', '.join(variable.dimensions)})"
        self.width = getattr(variable.dtype, "itemsize", 64)

    def attributes(self) -> dict[str, Any]:
        return {name: self._variable.getncattr(name) for name in self._variable.ncattrs()}

    def read(self, part: Any) -> Any:
        import numpy as np

        return np.asarray(self._variable[part] if part else self._variable[...])


def main(one: str, other: str, tolerance: str, within_s: str) -> None:
    """Compares the files at two paths."""
    _bounded(float(within_s))
    comparison = _Comparison(float(tolerance), time.monotonic() + float(within_s))
    try:
        with open(one, "rb") as file:
            classic = file.read(3) == b"CDF"
        if classic:
            import netCDF4

            with netCDF4.Dataset(one) as a, netCDF4.Dataset(other) as b:
                comparison.nodes(_Netcdf(a), _Netcdf(b))
        else:
            import h5py

            with h5py.File(one, "r") as a, h5py.File(other, "r") as b:
                comparison.nodes(_Hdf(a), _Hdf(b))
        told: dict[str, Any] = {"same": None if comparison.left_out else True, "more": "; ".join(sorted(comparison.left_out))}
    except Apart as found:
        told = dict(found.told)
    except ImportError as problem:
        told = {"same": None, "more": f"{problem.name} is not installed here"}
    except Exception as problem:  # whatever a library says of a file that it cannot read
        told = {"same": None, "more": f"it cannot be read: {shown(str(problem))}"}
    sys.stdout.write(json.dumps({**told, "texts": comparison.texts}))


def _bounded(within_s: float) -> None:
    """So much memory and time, no traces of a crash; where the system can."""
    try:
        import resource
    except ImportError:
        return
    for kind, most in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_CPU, int(within_s) + 5),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        try:
            resource.setrlimit(kind, (most, most))
        except (ValueError, OSError):
            pass


if __name__ == "__main__":
    os.environ.setdefault("HDF5_USE_FILE_LOCKING", "FALSE")
    main(*sys.argv[1:5])
