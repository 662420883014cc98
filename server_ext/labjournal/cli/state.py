"""How modules, randomness, changed packages and snapshots look in a terminal: a line each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from labjournal.cli.text import count, figure

if TYPE_CHECKING:
    from labjournal.questions.answers import ExecutionPart, ShowAnswer
    from labjournal.questions.state_answers import ModulePart, SeedPart

__all__ = ["state_of_execution", "state_of_run"]

_MOST = 8


def state_of_run(answer: ShowAnswer) -> list[tuple[str, str]]:
    """(what, line); an empty line where there is nothing to say."""
    changed = [
        f"{change['name']} {change['before'] or '-'} → {change['after'] or '-'} (after {change['n']})"
        for change in answer["package_changes"]
    ]
    seen = answer["randomness"]
    unseeded = [f"{name} in {_numbers(numbers)}" for name, numbers in seen["unseeded"].items()]
    snapshot = answer["snapshot"]
    kept = snapshot["reason"] if snapshot and snapshot["reason"] else ""
    if snapshot and snapshot["commit"]:
        kept = f"{count(snapshot['files'], 'file')} kept as {snapshot['commit'][:12]}, {snapshot['ref']}"
    return [
        ("changed", _some(changed)),
        ("not committed", kept),
        ("own modules", _some(_modules(answer["modules"]))),
        ("seeds", _some(_seeds(seen["seeds"]))),
        ("unseeded", f"drew from {_some(unseeded)}" if unseeded else ""),
    ]


def state_of_execution(execution: ExecutionPart) -> list[tuple[str, str]]:
    seen = execution["randomness"]
    return [
        ("used", ", ".join(execution["packages"])),
        ("own modules", _some(_modules(execution["modules"]))),
        ("seeds", _some(_seeds(seen["seeds"])) if seen else ""),
        ("unseeded", f"drew from {', '.join(seen['unseeded'])}" if seen and seen["unseeded"] else ""),
    ]


def _modules(modules: Iterable[ModulePart]) -> list[str]:
    states: dict[str, str] = {}
    for module in modules:
        if module["state"] != "loaded" or module["name"] not in states:
            states[module["name"]] = "" if module["state"] == "loaded" else f" ({module['state']})"
    return [name + state for name, state in states.items()]


def _seeds(seeds: Iterable[SeedPart]) -> list[str]:
    return list(dict.fromkeys(f"{seed['call'].removesuffix(')').removesuffix('(')}{_given(seed)}" for seed in seeds))


def _given(seed: SeedPart) -> str:
    """`random.seed` 3 → (3); `Forest(random_state=` 3 → 3)."""
    value: Any = seed["value"]
    told = str(value) if isinstance(value, (str, bool)) or value is None else figure(value)
    if seed["call"].endswith("=)"):
        return f"{told})"
    return "()" if value is None else f"({told})"


def _numbers(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers[:_MOST])) + (" …" if len(numbers) > _MOST else "")


def _some(words: list[str]) -> str:
    return ", ".join(words[:_MOST]) + (f" and {len(words) - _MOST} more" if len(words) > _MOST else "")
