"""How a library's function is made to say that it is called, with as little to be noticed as Python allows.

    before(owner, name, note)     a function or method: `note(args, kwargs)` is called first, then the function, with what it was given
    around(owner, name, note)     the same, and what `note` gives back is called with the function's result
    constructed(cls, note)        a class written in Python: noted in `__new__`, which is over before `__init__` begins
    standing_in(owner, name, note)   a class written in C: a subclass of it under its name; `called_for` where it can have none

What replaces a function has its name, documentation, annotations and signature (`__wrapped__`), and is what is found under its name, so
that it is pickled as before. Its code claims a place in the library's folder: warnings are told as before where a library looks for
the first caller outside itself. `note` never raises into the call, but for the user's interrupt.
"""

from __future__ import annotations

import builtins
import os
import sys
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Set, Tuple

__all__ = [
    "Note", "Wrapped", "adjusted", "around", "around_async", "before", "called_for", "constructed", "failed", "faults", "is_ours", "replace_aliases", "replaced", "stand_in",
    "standing_in", "take_back", "while_any_left",
]  # fmt: skip

Note = Callable[[Tuple[Any, ...], Dict[str, Any]], Any]
Wrapped = Tuple[Any, Any]
"""(what stood there, what stands there now)."""

_MOST_FAULTS = 20
faults: List[Exception] = []
"""What notes have raised."""
_ours: Dict[int, Any] = {}
_done: List[Tuple[Any, str, Any, Any]] = []


def before(owner: Any, name: str, note: Note) -> Optional[Wrapped]:
    """Replaces `owner.name`; what it was and is, None where it is replaced already."""
    original = vars(owner)[name]
    if is_ours(original):
        return None
    target = original.__func__ if isinstance(original, (staticmethod, classmethod)) else original
    noted = _guarded(note)

    def call(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = "labjournal"
        noted(args, kwargs)
        return target(*args, **kwargs)

    return _put(owner, name, original, _like(call, target, owner))


def while_any_left(owner: Any, name: str, note: Note, left: List[int]) -> Optional[Wrapped]:
    """As `before`, for what is called in the innermost loops: noted as often as the number in `left` allows, and counted there."""
    original = vars(owner)[name]
    if is_ours(original):
        return None
    noted = _guarded(note)

    def call(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = "labjournal"
        if left[0] > 0:
            left[0] -= 1
            noted(args, kwargs)
        return original(*args, **kwargs)

    return _put(owner, name, original, _like(call, original, owner))


def around(owner: Any, name: str, note: Note) -> Optional[Wrapped]:
    """As `before`; where `note` gives back a function, that is told the result."""
    original = vars(owner)[name]
    if is_ours(original):
        return None
    target = original.__func__ if isinstance(original, (staticmethod, classmethod)) else original
    noted, fault = _guarded(note), failed

    def call(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = "labjournal"
        tell = noted(args, kwargs)
        result = target(*args, **kwargs)
        if tell is not None:
            try:
                tell(result)
            except Exception as problem:  # a fault of ours is not the user's
                fault(problem)
        return result

    return _put(owner, name, original, _like(call, target, owner))


def around_async(owner: Any, name: str, note: Note) -> Optional[Wrapped]:
    """As `around`, for a coroutine function."""
    original = vars(owner)[name]
    if is_ours(original):
        return None
    noted, fault = _guarded(note), failed

    async def call(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = "labjournal"
        tell = noted(args, kwargs)
        result = await original(*args, **kwargs)
        if tell is not None:
            try:
                tell(result)
            except Exception as problem:  # a fault of ours is not the user's
                fault(problem)
        return result

    return _put(owner, name, original, _like(call, original, owner))


def constructed(cls: type, note: Note) -> Optional[Wrapped]:
    """Notes what instances of a Python class, and of its subclasses, are made from; `note` gets no `self`, what it gives back is told it."""
    if is_ours(vars(cls).get("__new__")):
        return None
    old, noted, fault = vars(cls).get("__new__"), _guarded(note), failed
    if isinstance(old, BuiltinFunctionType):
        raise TypeError("a class written in C allocates its instances itself")
    make: Any = cls.__new__
    plain = make is object.__new__

    def allocate(cls: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = "labjournal"
        tell = noted(args, kwargs) if args or kwargs else None
        made = make(cls) if plain else make(cls, *args, **kwargs)
        if tell is not None:
            try:
                tell(made)
            except Exception as problem:  # a fault of ours is not the user's
                fault(problem)
        return made

    signature: Any = vars(cls).get("__init__", make) if plain else make
    new = _like(allocate, signature, cls)
    new.__name__, new.__qualname__ = "__new__", f"{cls.__qualname__}.__new__"
    return _put(cls, "__new__", old, staticmethod(new))


def standing_in(owner: Any, name: str, note: Note) -> Optional[Wrapped]:
    """Puts a subclass in the place of a class that takes no attribute; what is an instance of one is one of the other."""
    original = vars(owner)[name]
    if is_ours(original):
        return None
    noted = _guarded(note)

    def allocate(cls: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = "labjournal"
        if args or kwargs:
            noted(args, kwargs)
        return original.__new__(cls, *args, **kwargs)

    return _put(owner, name, original, stand_in(original, {"__new__": allocate}))


def called_for(owner: Any, name: str, note: Note) -> Optional[Wrapped]:
    """Puts a class in the place of one that can have no subclass; what it makes are instances of the original, and of it."""
    original = vars(owner)[name]
    if is_ours(original):
        return None
    noted = _guarded(note)

    class Meta(type):
        def __call__(cls, *args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = "labjournal"
            noted(args, kwargs)
            return original(*args, **kwargs)

        def __instancecheck__(cls, instance: Any) -> bool:
            return isinstance(instance, original)

        def __subclasscheck__(cls, subclass: Any) -> bool:
            return subclass is cls or issubclass(subclass, original)

        def __getattr__(cls, name: str) -> Any:
            return getattr(original, name)

    members = {"__doc__": original.__doc__, "__module__": original.__module__, "__qualname__": original.__qualname__}
    return _put(owner, name, original, Meta(original.__name__, (), {**members, "__wrapped__": original}))


def stand_in(original: Any, body: Dict[str, Any]) -> Any:
    """A subclass with the looks of the original, of which the original's instances are instances as well."""
    kind: Any = type(original)

    class Meta(kind):  # type: ignore[misc]
        def __instancecheck__(self, instance: Any) -> bool:
            return isinstance(instance, original) if self is made else type.__instancecheck__(self, instance)

        def __subclasscheck__(self, subclass: Any) -> bool:
            return issubclass(subclass, original) if self is made else type.__subclasscheck__(self, subclass)

    members = {
        name: _like(value, getattr(original, name), original) if isinstance(value, FunctionType) else value
        for name, value in body.items()
    }
    members.update(__doc__=original.__doc__, __module__=original.__module__)
    made = Meta(original.__name__, (original,), members)
    made.__qualname__ = original.__qualname__
    return made


def replaced(owner: Any, name: str, new: Any) -> Wrapped:
    """Puts something of ours under a name."""
    return _put(owner, name, vars(owner)[name], new)


def adjusted(owner: Any, name: str, adjust: Callable[[Tuple[Any, ...], Dict[str, Any]], Any]) -> Wrapped:
    """Replaces a function by one that is called with other arguments, where `adjust` does not fail."""
    original, fault = vars(owner)[name], failed

    def call(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = "labjournal"
        try:
            args, kwargs = adjust(args, kwargs)
        except Exception as problem:  # a fault of ours is not the user's
            fault(problem)
        return original(*args, **kwargs)

    return _put(owner, name, original, _like(call, original, owner))


def is_ours(found: Any) -> bool:
    return id(found) in _ours


def replace_aliases(package: str, wrapped: List[Wrapped]) -> None:
    """In a library that was imported before: what was copied by name is replaced as well."""
    by_id = {id(old): new for old, new in wrapped if old is not None}
    for module, key, old in _copies({package}, by_id):
        _put(module, key, old, by_id[id(old)])


def take_back() -> None:
    """Everything as it was, where nobody else has put something in its place.

    But for `__new__`: a class that once had one cannot lose it again without its construction failing (CPython's issue 49572).
    """
    kept, by_id = [], {}
    while _done:
        owner, name, old, new = entry = _done.pop()
        if old is None:
            kept.append(entry)
            continue
        if vars(owner).get(name) is new:
            setattr(owner, name, old)
        by_id[id(_ours.pop(id(new), new))] = (old, new)
    packages = {str(getattr(old, "__module__", None)).partition(".")[0] for old, _ in by_id.values()}
    for module, key, new in list(_copies(packages, by_id)):
        setattr(module, key, by_id[id(new)][0])
    _done.extend(kept)


def _copies(packages: Set[str], by_id: Mapping[int, Any]) -> Iterator[Tuple[ModuleType, str, Any]]:
    """Where modules of these packages have one of the objects under a name."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in packages and isinstance(module, ModuleType):
            for key, value in list(vars(module).items()):
                if id(value) in by_id:
                    yield module, key, value


def _put(owner: Any, name: str, old: Any, new: Any) -> Wrapped:
    if isinstance(old, (staticmethod, classmethod)) and not isinstance(new, staticmethod):
        new = type(old)(new)
    setattr(owner, name, new)
    _ours[id(new)] = new
    _done.append((owner, name, old, new))
    home = sys.modules.get(getattr(old, "__module__", None) or "")
    own_name = getattr(old, "__qualname__", name)
    if isinstance(owner, ModuleType) and home is not None and vars(home).get(own_name) is old:
        _put(home, own_name, old, new)  # where pickles look for it
    return old, new


def _like(call: Any, original: Any, owner: Any) -> Any:
    """`call`, looking as much like `original` as a Python function can."""
    name = getattr(original, "__name__", call.__name__)
    code = call.__code__.replace(co_filename=_place(original, owner), co_name=name, co_firstlineno=1)
    if hasattr(code, "co_qualname"):
        code = code.replace(co_qualname=getattr(original, "__qualname__", name))
    scope = {name: value for name, value in call.__globals__.items() if not name.startswith("__")}
    scope.update(__name__=getattr(original, "__module__", None) or __name__, __builtins__=builtins)
    made: Any = FunctionType(code, scope, name, None, call.__closure__)
    for attribute in ("__module__", "__qualname__", "__doc__", "__annotations__"):
        try:
            setattr(made, attribute, getattr(original, attribute))
        except (AttributeError, TypeError):
            continue
    extra = getattr(original, "__dict__", None)
    if type(extra) is dict:
        vars(made).update(extra)
    made.__wrapped__ = original
    return made


def _place(original: Any, owner: Any) -> str:
    """A file name in the library's folder, which no file has."""
    code = getattr(original, "__code__", None)
    file = (
        code.co_filename
        if code is not None
        else getattr(sys.modules.get(getattr(original, "__module__", None) or ""), "__file__", None)
    )
    if not file:
        file = getattr(
            owner if isinstance(owner, ModuleType) else sys.modules.get(getattr(owner, "__module__", "")), "__file__", None
        )
    return os.path.join(os.path.dirname(file or ""), "<labjournal>")


def _guarded(note: Note) -> Note:
    def noted(args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Any:
        try:
            return note(args, kwargs)
        except Exception as problem:  # a fault of ours is not the user's
            failed(problem)
            return None

    return noted


def failed(problem: Exception) -> None:
    """A note has failed: kept, not raised."""
    if len(faults) < _MOST_FAULTS and not isinstance(problem, RecursionError):
        faults.append(problem.with_traceback(None))
