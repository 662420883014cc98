"""Arrays that numpy saved, compared number by number, a part at a time. Arrays of Python objects are pickles and are never loaded."""

from __future__ import annotations

from typing import Any, BinaryIO

from labjournal.replay.comparing.telling import Rules, Told, shown

__all__ = ["arrays_apart", "unlike"]

_PART = 8 << 20


def arrays_apart(one: BinaryIO, other: BinaryIO, rules: Rules) -> Told:
    """Two `.npy` files."""
    try:
        import numpy as np
    except ImportError:
        return Told(None, more="numpy is not installed here")
    try:
        heads = [_head(np, file) for file in (one, other)]
    except (ValueError, OSError, EOFError, TypeError, SyntaxError, RecursionError) as problem:
        return Told(None, more=f"numpy cannot read it: {shown(str(problem))}")
    (shape, fortran, kind), (shape_again, fortran_again, kind_again) = heads
    if kind.hasobject or kind_again.hasobject:
        return Told(None, more="it holds Python objects, which are never loaded")
    if shape != shape_again:
        return Told(False, "values", "shape", _shape(shape), _shape(shape_again))
    if kind.newbyteorder("=") != kind_again.newbyteorder("="):
        return Told(False, "values", "type", str(kind), str(kind_again))
    if fortran != fortran_again:
        return Told(None, more="the order in which they hold their numbers is not the same")
    return _parts_apart(np, (one, other), (kind, kind_again), (shape, "F" if fortran else "C"), rules)


def _head(np: Any, file: BinaryIO) -> tuple[tuple[int, ...], bool, Any]:
    version = np.lib.format.read_magic(file)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"version {version} is not known")
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, kind = read(file)
    return shape, fortran, kind


def _parts_apart(np: Any, files: tuple[BinaryIO, BinaryIO], kinds: tuple[Any, Any], layout: Any, rules: Rules) -> Told:
    shape, order = layout
    width = kinds[0].itemsize
    done = many = 0
    first: Told | None = None
    while width:
        parts = [file.read(max(1, _PART // width) * width) for file in files]
        if not parts[0] and not parts[1]:
            break
        if len(parts[0]) != len(parts[1]) or len(parts[0]) % width:
            return Told(None, more="it breaks off before its end")
        if parts[0] != parts[1]:
            a, b = (np.frombuffer(part, dtype=kind) for part, kind in zip(parts, kinds, strict=True))
            places = np.flatnonzero(unlike(np, a, b, rules.tolerance))
            many += len(places)
            if len(places) and first is None:
                at = int(places[0])
                first = Told(False, "values", _element(np, done + at, shape, order), shown(a[at].tolist()), shown(b[at].tolist()))
        done += len(parts[0]) // width
        if rules.late:
            said = f"only the first {done:,} elements were compared"
            return Told(None if first is None else False, "values", *(_said(first)), more=said)
    if first is None:
        return Told(True, "values")
    return Told(False, "values", *_said(first), more=f"{many:,} of {done:,} elements differ")


def _said(first: Told | None) -> tuple[str, str, str]:
    return (first.where, first.recorded, first.replayed) if first else ("", "", "")


def unlike(np: Any, one: Any, other: Any, tolerance: float) -> Any:
    """Where two parts are not the same; NaN is NaN."""
    apart = one != other
    if one.dtype.kind in "fc":
        apart &= ~(np.isnan(one) & np.isnan(other))
    if one.dtype.kind in "mM":
        apart &= ~(np.isnat(one) & np.isnat(other))
    if tolerance > 0.0 and one.dtype.kind in "iufc":
        with np.errstate(all="ignore"):
            a, b = (part.astype("complex128" if part.dtype.kind == "c" else "float64") for part in (one, other))
            apart &= ~(np.abs(a - b) <= tolerance * np.maximum(1.0, np.maximum(np.abs(a), np.abs(b))))
    return apart


def _element(np: Any, at: int, shape: tuple[int, ...], order: str) -> str:
    return f"element [{', '.join(str(int(place)) for place in np.unravel_index(at, shape, order=order))}]" if shape else ""


def _shape(shape: tuple[int, ...]) -> str:
    return " × ".join(f"{length:,}" for length in shape) or "a single number"
