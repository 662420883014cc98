"""What code seeds, read off its syntax tree: which generator, by which call, with which value.

A call is known by its last words (`np.random.seed`, `manual_seed`, `default_rng`), an argument by its name (`random_state=`, `seed=`).
Only literals are told as values; anything else stands as it is written. What makes a generator without a seed is told too: its value is
None. Whether the call really was made is not known from here; the states of the generators tell.
"""

from __future__ import annotations

import ast
from typing import Any, Dict, Iterator, List, Optional, Tuple

__all__ = ["bound_names", "seeds"]

_CALLS: Dict[Tuple[str, ...], str] = {
    ("random", "seed"): "random", ("random", "Random"): "generator", ("np", "random", "seed"): "numpy", ("numpy", "random", "seed"): "numpy",
    ("RandomState",): "generator", ("default_rng",): "generator", ("SeedSequence",): "generator", ("PCG64",): "generator",
    ("manual_seed",): "torch", ("manual_seed_all",): "torch-cuda", ("set_random_seed",): "every", ("set_seed",): "every",
    ("seed_everything",): "every", ("seed_all",): "every", ("fix_seed",): "every", ("PRNGKey",): "generator",
}  # fmt: skip
_ARGUMENTS = frozenset(("random_state", "random_seed", "seed"))
_MOST = 50
_LONGEST = 100


def seeds(tree: ast.AST, names: Dict[str, str]) -> List[Dict[str, Any]]:
    """{"of", "call", "value", "line"} of each; `names` tells what imports bound names to (`rnd` → `random`)."""
    found: List[Dict[str, Any]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            found.extend(_of_call(node, names))
            if len(found) >= _MOST:
                break
    return sorted(found[:_MOST], key=lambda each: each["line"])


def bound_names(tree: ast.AST) -> Dict[str, str]:
    """What import statements bind names to: `from numpy import random as r` → `r`: `numpy.random`."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update({alias.asname: alias.name for alias in node.names if alias.asname})
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
    return found


def _of_call(node: ast.Call, names: Dict[str, str]) -> Iterator[Dict[str, Any]]:
    words = _words(node.func)
    if not words:
        return
    call = ".".join(words)
    words = (*names.get(words[0], words[0]).split("."), *words[1:])
    of = _generator(words)
    told = False
    for keyword in node.keywords:
        if keyword.arg in _ARGUMENTS or (of and keyword.arg in ("a", "x", "entropy")):
            told = True
            yield {
                "of": of or "argument",
                "call": f"{call}({keyword.arg}=)"[:_LONGEST],
                "value": _value(keyword.value),
                "line": node.lineno,
            }
    if of and not told:
        value = _value(node.args[0]) if node.args else None
        yield {"of": of, "call": call[:_LONGEST], "value": value, "line": node.lineno}


def _generator(words: Tuple[str, ...]) -> str:
    for length in (3, 2, 1):
        of = _CALLS.get(words[-length:]) if len(words) >= length else None
        if of is not None:
            return "tensorflow" if of == "every" and words[0] in ("tf", "tensorflow", "keras") else of
    last = words[-1].lower()
    return "every" if "seed" in last and last.startswith(("set_", "seed_", "fix_", "init_", "setup_")) else ""


def _words(node: ast.expr) -> Tuple[str, ...]:
    parts: List[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return (node.id, *reversed(parts)) if isinstance(node, ast.Name) else ()


def _value(node: ast.expr) -> Any:
    """The literal; the text of anything else."""
    if isinstance(node, ast.Constant) and type(node.value) in (int, float, str, bool, type(None)):
        value = node.value
        return value[:_LONGEST] if type(value) is str else str(value) if type(value) is int and value.bit_length() > 53 else value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _value(node.operand)
        return -inner if type(inner) in (int, float) else _text(node)
    return _text(node)


def _text(node: ast.expr) -> Optional[str]:
    words = _words(node)
    return ".".join(words)[:_LONGEST] if words else "…"
