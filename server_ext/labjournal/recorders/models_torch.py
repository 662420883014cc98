"""PyTorch: networks by their class and the number of their parameters, optimisers by their settings. Values of tensors are never read.

A network's class is the user's own. It is known by its bases, read past its metaclass, and only what `torch.nn.Module` itself keeps in
`vars(x)` is looked at: `_modules` and `_parameters`, and of exact tensors shape, `requires_grad` and `_version`, which counts changes in place
and so tells whether a network was trained.
"""

from __future__ import annotations

import hashlib
import math
import sys
from collections import OrderedDict
from types import ModuleType
from typing import Any, Callable, Dict, Iterator, List, Set, Tuple

from labjournal.recorders.exact import attributes, class_name, number, plain, version
from labjournal.recorders.models import Found
from labjournal.recorders.models_sklearn import defaults_of

__all__ = ["is_network", "network_mark", "read_network", "read_optimiser"]

_mro_of: Callable[[type], Tuple[type, ...]] = type.__dict__["__mro__"].__get__
_MOST_TENSORS = 2000
_MOST_MODULES = 5000
_DEEPEST = 30
_MARKED = 20
"""Tensors whose changes are counted: where a network is trained, some of the first and the last ones are."""


def is_network(kind: type) -> bool:
    """Whether it is a class of networks, one of the user's own included."""
    torch = sys.modules.get("torch.nn.modules.module")
    base = torch.__dict__.get("Module") if type(torch) is ModuleType else None
    return base is not None and base in _mro_of(kind)


def network_mark(value: Any) -> int:
    """Another number where parameters were changed in place."""
    tensors = [tensor for _, tensor in _tensors(value)]
    few = tensors if len(tensors) <= 2 * _MARKED else [*tensors[:_MARKED], *tensors[-_MARKED:]]
    return hash(tuple(_changes(each) for each in few))


def read_network(value: Any) -> Found:
    """Class, layers and number of parameters."""
    kind = type(value)
    module = type.__dict__["__module__"].__get__(kind)
    found = Found(f"{module}.{class_name(kind)}" if type(module) is str else class_name(kind), "torch", version("torch"))
    total = trainable = count = 0
    plan: List[str] = []
    for name, tensor in _tensors(value):
        shape = tuple(tensor.shape)
        size = math.prod(shape)
        count, total = count + 1, total + size
        trainable += size if tensor.requires_grad else 0
        plan.append(f"{name} {shape}")
    layers = [class_name(type(each)) for name, each in _modules(value) if name]
    found.size = {"parameters": total, "trainable": trainable, "tensors": count, "layers": len(layers)}
    text = "\n".join([*plan, *layers])
    found.settings = {"layers": hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]}
    return found


def read_optimiser(value: Any, kind: str) -> Found | None:
    """Settings of an optimiser or of a schedule of learning rates; None for what else torch has."""
    held = attributes(value)
    groups = held.get("param_groups")
    given = groups[0] if type(groups) is list and groups else None
    if not kind.startswith("torch.optim.") or type(given) is not dict:
        return None
    found = Found(kind, "torch", version("torch"))
    found.is_model = False
    defaults = defaults_of(type(value), kind, ("torch",))
    first = held.get("defaults")
    for name, each in {
        **given,
        **(first if type(first) is dict else {}),
    }.items():  # schedules change the groups, not the defaults
        if type(name) is not str or name in ("params", "initial_lr") or type(each) not in (int, float, str, bool, tuple):
            continue
        found.settings[name] = plain(each)
        if name == "lr" or (name in defaults and defaults[name] != each and not _is_close(defaults[name], each)):
            found.changed[name] = plain(each)
    found.changed["optimiser"] = class_name(type(value))
    return found


def _is_close(one: Any, other: Any) -> bool:
    a, b = number(one), number(other)
    return a is not None and a == b


def _modules(value: Any) -> Iterator[Tuple[str, Any]]:
    """(dotted name, module) of a network and everything in it, without asking it."""
    waiting: List[Tuple[str, Any, int]] = [("", value, 0)]
    seen: Set[int] = set()
    while waiting and len(seen) < _MOST_MODULES:
        name, module, depth = waiting.pop()
        if id(module) in seen:
            continue
        seen.add(id(module))
        yield name, module
        held = _named(attributes(module).get("_modules"))
        if depth < _DEEPEST:
            for key, each in reversed(list(held.items())):
                if type(key) is str and each is not None and is_network(type(each)):
                    waiting.append((f"{name}.{key}" if name else key[:100], each, depth + 1))


def _tensors(value: Any) -> Iterator[Tuple[str, Any]]:
    torch = sys.modules.get("torch")
    held = torch.__dict__ if type(torch) is ModuleType else {}
    parameters = sys.modules.get("torch.nn.parameter")
    own = parameters.__dict__.get("Parameter") if type(parameters) is ModuleType else None
    exact = (held.get("Tensor"), own)
    count = 0
    for name, module in _modules(value):
        for key, tensor in list(_named(attributes(module).get("_parameters")).items()):
            if count >= _MOST_TENSORS:
                return
            if type(key) is str and type(tensor) in exact and tensor is not None:
                count += 1
                yield f"{name}.{key}", tensor


def _named(value: Any) -> Dict[Any, Any]:
    """What a module keeps by name; nothing where it is another kind of dict."""
    return value if type(value) in (dict, OrderedDict) else {}


def _changes(tensor: Any) -> int:
    try:
        return int(tensor._version)
    except RuntimeError:  # made in inference mode: it is not counted
        return -1
