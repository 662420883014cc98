"""The states of the global generators of random numbers, read without drawing from them.

    random          the C method behind `random.getstate()`, of the module's own generator
    numpy.random    `RandomState.get_state` of the generator behind `numpy.random.seed`, where its lock is free
    torch           `torch.get_rng_state()`, the generator of the processor

Only where the library is loaded, and only objects of exactly the library's types: one that somebody put in their place is not asked.
A state stands as its digest; `fresh` tells of a Mersenne Twister whether it was seeded and nothing was drawn since (its position is then at
the end of its block, as it is after every 624 numbers drawn; numpy begins one before).
"""

from __future__ import annotations

import _random
import hashlib
import struct
import sys
import threading
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any, Dict, NamedTuple, Optional

__all__ = ["State", "states"]

_BLOCK = 624
_PACK = struct.Struct(f"<{_BLOCK + 1}I").pack
_DIGITS = 32
_LOCK, _RLOCK = type(threading.Lock()), type(threading.RLock())


class State(NamedTuple):
    """Where a generator stands."""

    digest: str
    """Of the state: equal where the states are."""
    fresh: Optional[bool] = None


def states() -> Dict[str, State]:
    """Name → state of the generators that are there. A few microseconds each."""
    answer: Dict[str, State] = {}
    found = _python()
    if found is not None:
        answer["random"] = found
    found = _numpy()
    if found is not None:
        answer["numpy"] = found
    found = _torch()
    if found is not None:
        answer["torch"] = found
    return answer


def _python() -> Optional[State]:
    module = sys.modules.get("random")
    facts = module.__dict__ if type(module) is ModuleType else {}
    generator = facts.get("_inst")
    kind = facts.get("Random")
    if generator is None or type(generator) is not kind or getattr(kind, "__module__", "") != "random":
        return None
    numbers = _random.Random.getstate(generator)
    gauss = object.__getattribute__(generator, "__dict__").get("gauss_next")
    return _state(_PACK(*numbers), gauss if type(gauss) is float else None, fresh=numbers[-1] == _BLOCK)


def _numpy() -> Optional[State]:
    """The order of the rooms of numpy has changed; `numpy.random.mtrand` has held this generator all along."""
    module = sys.modules.get("numpy.random.mtrand")
    facts = module.__dict__ if type(module) is ModuleType else {}
    generator, kind = facts.get("_rand"), facts.get("RandomState")
    if generator is None or type(generator) is not kind:
        return None
    lock = generator._bit_generator.lock
    if type(lock) is _RLOCK:
        if not lock.acquire(False):
            return None  # another thread draws, and may go on for long
        try:
            found = generator.get_state(legacy=False)
        finally:
            lock.release()
    elif type(lock) is _LOCK and not lock.locked():
        found = generator.get_state(legacy=False)
    else:
        return None
    if type(found) is not dict or found.get("bit_generator") != "MT19937":
        return None
    inner = found["state"]
    place, waiting = int(inner["pos"]), bool(found.get("has_gauss", 0))
    gauss = float(found.get("gauss", 0.0)) if waiting else None
    return _state(
        inner["key"].tobytes() + place.to_bytes(4, "little"), gauss, fresh=place in (_BLOCK - 1, _BLOCK) and not waiting
    )


def _torch() -> Optional[State]:
    module = sys.modules.get("torch.random")
    facts = module.__dict__ if type(module) is ModuleType else {}
    read: Any = facts.get("get_rng_state")
    if type(read) not in (FunctionType, BuiltinFunctionType) or getattr(read, "__module__", "") != "torch.random":
        return None
    return _state(read().numpy().tobytes(), None, fresh=None)


def _state(content: bytes, gauss: Optional[float], *, fresh: Optional[bool]) -> State:
    """`gauss` is a normal number that was made already, and will be the next."""
    return State(hashlib.sha256(content + repr(gauss).encode("ascii")).hexdigest()[:_DIGITS], fresh)
