"""What a sample of a column says: nulls, quantiles, mean, deviation, and the values that stand there most often.

A column's profile is `{"name", "type", "nulls", "distinct", "quantiles", "mean", "sd", "top"}`; what cannot be told is left out:

    nulls      fraction of the sample, 0 … 1
    distinct   how many different values the sample holds
    quantiles  seven numbers (ISO texts for times): 0, 1, 25, 50, 75, 99, 100 % of what is not null
    top        [[value, count], …], at most five; of texts only where they look like categories, never where they look like persons

Values are looked at only where their type is exactly one of Python's or numpy's own, so no code of the user's is called. The caller
brings numpy: it is used where the user's own code has imported it, and nowhere else. Infinities and NaN stand as texts.
"""

from __future__ import annotations

import datetime
import decimal
import hashlib
import json
import math
from collections import Counter
from typing import Any, Callable, Dict, List, Tuple

__all__ = ["QUANTILES", "Column", "codes", "digest", "label", "labels", "numbers", "times", "words"]

QUANTILES = (0.0, 0.01, 0.25, 0.5, 0.75, 0.99, 1.0)
_TOP = 5
_MOST_CATEGORIES = 50
_LONGEST = 80
_LABEL = 200
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_DAY_S = 86_400

Column = Dict[str, Any]


def numbers(np: Any, sample: Any, null: Any = None) -> List[Column]:
    """Profiles of the rows of a matrix of numbers or truth values, each row the sample of one column; `null` marks what is none."""
    if sample.dtype.kind == "b":
        return _truths(np, sample, null)
    if sample.dtype.kind == "f" and sample.dtype.itemsize != 8:
        sample = sample.astype(np.float64)
    if null is not None:
        sample = np.where(null, np.nan, sample.astype(np.float64))
    with np.errstate(all="ignore"):
        ordered = np.sort(sample, axis=1)  # what is no number comes last
        missing = np.isnan(ordered).sum(axis=1).tolist() if ordered.dtype.kind == "f" else [0] * len(ordered)
        return [_of_numbers(np, row[: len(row) - gone], gone) for row, gone in zip(ordered, missing)]


def times(np: Any, sample: Any, unit: str, *, aware: bool, length: bool = False) -> Column:
    """The profile of moments counted in `unit` since 1970 (of a `length` of time: in seconds); the least integer is none."""
    present = sample[sample != np.iinfo(np.int64).min]
    answer: Column = {"nulls": _share(len(sample) - len(present), len(sample))}
    if len(present):
        ordered = np.sort(present)
        answer["distinct"] = int((ordered[1:] != ordered[:-1]).sum()) + 1
        picked = [ordered[round((len(ordered) - 1) * share)].item() for share in QUANTILES]
        answer["quantiles"] = [_length(each, unit) if length else _moment(each, unit, aware) for each in picked]
    return answer


def words(values: List[Any], *, quiet: bool = False) -> Column:
    """The profile of a list of Python objects: texts above all. With `quiet` no value is told."""
    texts = [value for value in values if type(value) is str]
    rest = [value for value in values if type(value) is not str] if len(texts) < len(values) else []
    long = texts and max(map(len, texts)) > _LABEL
    # Texts are counted as they are: pairs of them would call up the garbage collector, which takes longer than all of this.
    counted = Counter(map(_short, texts) if long else texts)
    counts: Dict[Tuple[type, Any], int] = {}
    missing = others = 0
    for value in rest:
        kind = type(value)
        if value is None or (kind is float and value != value) or kind.__name__ in ("NaTType", "NAType"):
            missing += 1
        elif kind in _PLAIN:
            key = (kind, _short(value))
            counts[key] = counts.get(key, 0) + 1
        else:
            others += 1
    answer: Column = {"nulls": _share(missing, len(values))}
    if not others:
        distinct = answer["distinct"] = len(counted) + len(counts)
        if not quiet and distinct <= _MOST_CATEGORIES:
            counts.update(((str, text), count) for text, count in counted.items())
            if _categories(counts, len(values) - missing):
                answer["top"] = [[_plain(key[1]), count] for key, count in _most(counts.items())]
    return answer


def codes(np: Any, sample: Any, text: Callable[[int], Any], *, quiet: bool = False) -> Column:
    """The profile of a categorical column: `text` tells the category of a code; -1 is none."""
    present = sample[sample >= 0]
    answer: Column = {"nulls": _share(len(sample) - len(present), len(sample))}
    found, counts = np.unique(present, return_counts=True)
    answer["distinct"] = len(found)
    if not quiet and 0 < len(found) <= _MOST_CATEGORIES:
        named = {(str, text(code)): count for code, count in zip(found.tolist(), counts.tolist())}
        if all(type(key[1]) in _PLAIN for key in named) and _categories(named, len(present)):
            answer["top"] = [[_plain(_short(key[1])), count] for key, count in _most(named.items())]
    return answer


def label(value: Any) -> str:
    """The name of a column as text; of objects that are not plain only their type."""
    kind = type(value)
    if kind is str:
        return str(value[:_LABEL])
    if kind is tuple:
        return ("(" + ", ".join(label(part) for part in value[:20]) + ")")[:_LABEL]
    if kind in _PLAIN or kind.__name__ in ("NaTType", "NAType", "Timestamp") or value is None:
        return str(_short(value))[:_LABEL]
    return f"<{type.__getattribute__(kind, '__name__')}>"


def labels(values: List[Any]) -> List[str]:
    """The names of many columns."""
    kinds = set(map(type, values))
    if kinds == {int}:
        return list(map(str, values)) if max(values) < 1 << 64 else list(map(label, values))
    return values if kinds == {str} and max(map(len, values)) <= _LABEL else list(map(label, values))


def digest(values: List[Any]) -> bytes:
    """A digest of plain objects; equal for equal lists."""
    if set(map(type, values)) != {str} or max(map(len, values)) > _LABEL:
        values = [_short(value) if type(value) in _PLAIN else type.__getattribute__(type(value), "__name__") for value in values]
    return hashlib.sha256(json.dumps(values, default=str).encode("ascii")).digest()


def _of_numbers(np: Any, present: Any, missing: int) -> Column:
    count = len(present)
    answer: Column = {"nulls": _share(missing, count + missing)}
    if not count:
        return answer
    changes = np.flatnonzero(present[1:] != present[:-1])
    answer["distinct"] = len(changes) + 1
    answer["quantiles"] = _quantiles(present, count)
    mean = float(present.mean(dtype=np.float64))
    answer["mean"] = _number(mean)
    if count > 1:
        deviation = present.astype(np.float64) - mean
        answer["sd"] = _number(math.sqrt(float((deviation * deviation).sum()) / (count - 1)))
    if len(changes) + 1 < count:
        edges = np.concatenate(([-1], changes, [count - 1]))
        lengths = edges[1:] - edges[:-1]
        often = np.argsort(-lengths, kind="stable")[:_TOP].tolist()
        answer["top"] = [[_number(present[int(edges[at + 1])].item()), int(lengths[at])] for at in often if lengths[at] > 1]
    return answer


def _quantiles(ordered: Any, count: int) -> List[Any]:
    picked = []
    for share in QUANTILES:
        place = (count - 1) * share
        low = int(place)
        below, part = ordered[low].item(), place - low
        above = ordered[min(low + 1, count - 1)].item() if part else below
        picked.append(_number(below if below == above else below + (above - below) * part))
    return picked


def _truths(np: Any, sample: Any, null: Any) -> List[Column]:
    answer = []
    for at, row in enumerate(sample):
        present = row if null is None else row[~null[at]]
        count, true = len(present), int(present.sum())
        column: Column = {"nulls": _share(len(row) - count, len(row))}
        if count:
            top = [[True, true], [False, count - true]]
            column.update(distinct=(true > 0) + (true < count), mean=_number(true / count))
            column["top"] = [each for each in sorted(top, key=lambda each: -each[1]) if each[1]]
        answer.append(column)
    return answer


def _categories(counts: Dict[Any, int], present: int) -> bool:
    """Whether values look like categories. What stands there once, is long, or is an address may be a person's."""
    if not counts or len(counts) > _MOST_CATEGORIES or (len(counts) * 2 > present and present > 1) or present < 2:
        return False
    return all(type(value) is not str or (len(value) <= _LONGEST and "@" not in value) for _, value in counts)


def _most(counts: Any) -> List[Tuple[Any, int]]:
    return sorted((item for item in counts if item[1] > 1), key=lambda item: (-item[1], str(item[0][1])))[:_TOP]


def _share(part: int, whole: int) -> float:
    return round(part / whole, 6) if whole else 0.0


def _number(value: Any) -> Any:
    """A number that JSON can hold, to nine digits."""
    if type(value) is bool or (type(value) is int and abs(value) < 1 << 53):
        return value
    value = float(value)
    if math.isfinite(value):
        return float(f"{value:.9g}")
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"


def _moment(value: int, unit: str, aware: bool) -> str:
    per_second = _PER_SECOND.get(unit)
    try:
        seconds = value * _DAY_S if per_second is None else value / per_second
        text = (_EPOCH + datetime.timedelta(seconds=seconds)).isoformat(timespec="seconds")[:19]
    except (OverflowError, ValueError):
        return f"{value} {unit}"
    return text + "+00:00" if aware else text[:10] if per_second is None else text


def _length(value: int, unit: str) -> Any:
    return _number(value * _DAY_S if unit == "D" else value / _PER_SECOND.get(unit, 1))


def _short(value: Any) -> Any:
    """The value itself, or what stands for a very long one: its ends and its length."""
    if type(value) in (str, bytes) and len(value) > _LABEL:
        return f"{value[:64]!r}…{value[-32:]!r} ({len(value)})"
    if type(value) is int and value.bit_length() > 256:
        return f"int of {value.bit_length()} bits"
    return value


def _plain(value: Any) -> Any:
    return value if type(value) in (str, bool) else _number(value) if type(value) in (int, float) else str(value)


_PLAIN = frozenset(
    (str, int, float, bool, bytes, decimal.Decimal, datetime.date, datetime.datetime, datetime.time, datetime.timedelta)
)
