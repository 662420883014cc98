"""Values read without calling anybody's code: only objects whose type is exactly one that is known, and only what C code of their library tells.

`type(x)` cannot be overridden, `x.__class__`, `isinstance` and `len` can; a class of the user's, also one derived from a known one, is not
touched. What a library's class is called is read past its metaclass, and believed only where the library's module holds that very class.
"""

from __future__ import annotations

import math
import sys
from types import ModuleType
from typing import Any, Callable, Dict, List, Tuple, Type

__all__ = [
    "MOST_POINTS",
    "array_shape",
    "attributes",
    "class_name",
    "is_whole",
    "library_class",
    "number",
    "numbers",
    "plain",
    "tensor_number",
    "type_name",
    "version",
]

MOST_POINTS = 1000
"""Of a series that are kept; of a longer one, evenly spread, the last always."""
_LONGEST_TEXT = 200
_MOST_ITEMS = 30

_module_of: Callable[[type], Any] = type.__dict__["__module__"].__get__
_qualname_of: Callable[[type], Any] = type.__dict__["__qualname__"].__get__
_mro_of: Callable[[type], Tuple[type, ...]] = type.__dict__["__mro__"].__get__
_numpy_kinds: Dict[Type[Any], str] = {}
_FLOATS = ("float64", "float32", "float16", "longdouble")
_INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "longlong", "ulonglong")


def library_class(kind: type, libraries: Tuple[str, ...]) -> str:
    """`module.Class` of a class that one of these libraries holds under that name; '' for every other."""
    module = _module_of(kind)
    if type(module) is not str or module.partition(".")[0] not in libraries:
        return ""
    name, holder = _qualname_of(kind), sys.modules.get(module)
    if type(name) is not str or type(holder) is not ModuleType or holder.__dict__.get(name) is not kind:
        return ""
    return f"{module}.{name}"


def class_name(kind: type) -> str:
    """The name of a class, for people to read; '' where it has none that is a plain text."""
    name = _qualname_of(kind)
    return name[:_LONGEST_TEXT] if type(name) is str else ""


def attributes(value: Any) -> Dict[str, Any]:
    """The attributes that a library's object has of its own; empty where there are none."""
    try:
        held = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}
    return held if type(held) is dict else {}


def version(library: str) -> str:
    """The version that an imported library gives itself."""
    module = sys.modules.get(library)
    said = module.__dict__.get("__version__") if type(module) is ModuleType else None
    return said[:50] if type(said) is str else ""


def number(value: Any) -> float | None:
    """The value as a float where it is exactly a number of Python's or numpy's (a 0-d array counts); None otherwise."""
    kind = type(value)
    if kind is float:
        return float(value)
    if kind is int:
        return _float(value)
    known = _numpy().get(kind)
    if known is None:
        return None
    if known == "array":
        return _float(value.item()) if not value.ndim and value.dtype.kind in "fiu" else None
    return _float(value)


def tensor_number(value: Any) -> float | None:
    """The value of a tensor of PyTorch's that holds one number and stands in main memory: no device is waited for; None for everything else."""
    torch = sys.modules.get("torch")
    kind = vars(torch).get("Tensor") if type(torch) is ModuleType else None
    if kind is None or type(value) is not kind:
        return None
    if value.device.type != "cpu" or value.dim() or value.is_sparse or value.is_quantized or value.is_complex():
        return None
    return _float(value.item())


def is_whole(value: Any) -> bool:
    """Whether the value's type is one for whole numbers."""
    kind = type(value)
    known = _numpy().get(kind)
    return kind is int or known == "integer" or (known == "array" and value.dtype.kind in "iu")


def numbers(value: Any, most: int = MOST_POINTS) -> Tuple[List[float], List[int], int] | None:
    """Values, their steps ([] where these are 0, 1, 2 …) and the whole length of a list, tuple or 1-d array of plain numbers."""
    kind = type(value)
    if kind is list or kind is tuple:
        length = len(value)
        found = [number(each) for each in (value if length <= most else [value[at] for at in _spread(length, most)])]
        if any(each is None for each in found):
            return None
        floats = [each for each in found if each is not None]
    elif _numpy().get(kind) == "array" and value.ndim == 1 and value.dtype.kind in "fiu":
        length = int(value.shape[0])
        floats = [
            float(each) for each in (value.tolist() if length <= most else [value.item(at) for at in _spread(length, most)])
        ]
    else:
        return None
    return floats, _spread(length, most) if length > most else [], length


def array_shape(value: Any) -> Tuple[str, Tuple[int, ...]] | None:
    """Kind and shape of an exact array of numpy's or frame or series of pandas; None for everything else."""
    kind = type(value)
    if _numpy().get(kind) == "array":
        return "array", tuple(value.shape)
    if kind is list:
        return "list", (len(value),)
    name = library_class(kind, ("pandas", "scipy"))
    if name in ("pandas.core.frame.DataFrame", "pandas.DataFrame"):
        return "frame", tuple(value.shape)
    if name in ("pandas.core.series.Series", "pandas.Series"):
        return "series", tuple(value.shape)
    if name.startswith("scipy.sparse") and "_shape" in attributes(value):
        shape = attributes(value)["_shape"]
        return ("sparse", shape) if type(shape) is tuple else None
    return None


def type_name(dtype: Any) -> str:
    """What a column's type is called, of numpy's and pandas' own types; '' for others."""
    kind = type(dtype)
    numpy = sys.modules.get("numpy")
    base = numpy.__dict__.get("dtype") if type(numpy) is ModuleType else None
    if base is not None and base in _mro_of(kind):
        return str(dtype.name)[:50]
    called = library_class(kind, ("pandas", "numpy")).rpartition(".")[2]
    return "category" if called == "CategoricalDtype" else called[:-5].lower() if called.endswith("Dtype") else called.lower()


def plain(value: Any, depth: int = 0) -> Any:
    """The value as JSON says it; of what JSON cannot say, the name of its type in angle brackets."""
    kind = type(value)
    if value is None or kind is bool:
        return value
    if kind is str:
        return value if len(value) <= _LONGEST_TEXT else value[: _LONGEST_TEXT - 1] + "…"
    if kind is int:
        return value if -(1 << 63) <= value < 1 << 63 else "<int>"
    if kind in (list, tuple) and depth < 3:
        items = [plain(each, depth + 1) for each in value[:_MOST_ITEMS]]
        return items if len(value) <= _MOST_ITEMS else [*items, f"… {len(value) - _MOST_ITEMS} more"]
    if kind is dict and depth < 3:
        some = [(key, each) for key, each in list(value.items())[:_MOST_ITEMS] if type(key) in (str, int, float, bool)]
        return {str(key)[:_LONGEST_TEXT]: plain(each, depth + 1) for key, each in some}
    found = number(value)
    if found is None:
        if kind.__class__ is type and _module_of(kind) == "builtins" and kind is type(plain):
            return f"<function {value.__name__}>"
        return f"<{class_name(kind)}>"
    if is_whole(value):
        return int(found)
    return found if math.isfinite(found) else "NaN" if found != found else "Infinity" if found > 0 else "-Infinity"


def _float(value: Any) -> float | None:
    try:
        return float(value)
    except (OverflowError, TypeError, ValueError):
        return None


def _spread(length: int, most: int) -> List[int]:
    return [at * (length - 1) // (most - 1) for at in range(most)]


def _numpy() -> Dict[Type[Any], str]:
    """The exact types of numpy's numbers and its array, once numpy is there."""
    if not _numpy_kinds:
        module = sys.modules.get("numpy")
        held = module.__dict__ if type(module) is ModuleType else {}
        if "ndarray" in held and "float64" in held and "uint64" in held:
            _numpy_kinds.update({held[name]: "float" for name in _FLOATS if name in held})
            _numpy_kinds.update({held[name]: "integer" for name in _INTEGERS if name in held})
            _numpy_kinds[held["ndarray"]] = "array"
    return _numpy_kinds
