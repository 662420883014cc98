"""Values that do not change, with named fields: as `dataclass(frozen=True)` makes them, for a fraction of what it costs to define them.

`dataclasses` compiles three functions for each class, which for the classes of `events` would be a fifth of what the start of a kernel
costs. Standard library only, Python 3.8.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, ClassVar, Dict, FrozenSet, Tuple, TypeVar

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_words):
        """Tells those who check types that subclasses are made as dataclasses are."""
        return lambda kind: kind


__all__ = ["Fixed", "replace"]

_F = TypeVar("_F", bound="Fixed")


@dataclass_transform(frozen_default=True)
class Fixed:
    """Makes of its subclasses what `dataclass(frozen=True)` would make of them."""

    _fields: ClassVar[Tuple[str, ...]] = ()
    _names: ClassVar[FrozenSet[str]] = frozenset()
    _defaults: ClassVar[Dict[str, Any]] = {}

    def __init_subclass__(cls) -> None:
        own = tuple(cls.__annotations__ if sys.version_info >= (3, 10) else vars(cls).get("__annotations__", ()))
        cls._fields = (*cls._fields, *own)
        cls._names = frozenset(cls._fields)
        cls._defaults = {**cls._defaults, **{name: cls.__dict__[name] for name in own if name in cls.__dict__}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        values = self.__dict__
        values.update(self._defaults)
        values.update(zip(self._fields, args))
        values.update(kwargs)
        if values.keys() != self._names or len(args) > len(self._fields):
            wrong = sorted(values.keys() ^ self._names) or ["too many values"]
            raise TypeError(f"{type(self).__name__}: {', '.join(wrong)}")

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} cannot be changed.")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={self.__dict__[name]!r}' for name in self._fields)})"


def replace(fixed: _F, /, **changes: Any) -> _F:
    """The same with other values in some fields. Raises TypeError for a field that it does not have."""
    return type(fixed)(**{**fixed.__dict__, **changes})
