"""What differs in the user's own modules: by what was loaded, not by what lies on the disk now; comments and layout are no change."""

from __future__ import annotations

import ast
import os
import warnings
from collections.abc import Iterator

from labjournal.errors import LabjournalError
from labjournal.journal.reader import Journal
from labjournal.journal.rows import Module
from labjournal.questions.difference.answers import ModuleChange
from labjournal.questions.difference.code_diff import meaning

__all__ = ["module_changes"]

_MOST_READ = 200
_LONGEST = 1_000_000


def module_changes(journal: Journal, a: tuple[str, set[int]], b: tuple[str, set[int]]) -> list[ModuleChange]:
    """Of the modules that either side loaded, those that are others; each side is its run and its executions."""
    first, second = _loaded(journal, *a), _loaded(journal, *b)
    found = [
        change for name in {**first, **second} if (change := _change(journal, first.get(name), second.get(name), a[0], b[0]))
    ]
    return [*found, *_stale(journal, *b, known={change["name"] for change in found})]


def _loaded(journal: Journal, run: str, numbers: set[int]) -> dict[str, Module]:
    """Name → as it was loaded last. What an earlier cell had loaded is there for a recipe that does not name that cell."""
    last = max(numbers, default=0)
    return {each.name: each for each in journal.modules(run) if each.n <= last and each.state != "stale"}


def _change(journal: Journal, a: Module | None, b: Module | None, run_a: str, run_b: str) -> ModuleChange | None:
    module = b or a
    if module is None:
        return None
    short = os.path.basename(module.path) or module.name
    names: list[str] = []
    if a is None or b is None:
        what = "appeared" if a is None else "gone"
        said = f"{short} is loaded only now" if a is None else f"{short} is no longer loaded"
    elif a.sha256 is None or b.sha256 is None:
        what, said = "unknown", f"whether {short} changed is not known"
    elif a.sha256 == b.sha256:
        return None
    else:
        sources = _source(journal, a), _source(journal, b)
        if sources[0] is not None and sources[1] is not None:
            if meaning(sources[0]) == meaning(sources[1]):
                return None
            names = list(_differing(sources[0], sources[1]))
        what = "changed"
        said = f"{short} has changed" + (
            f": {', '.join(names[:3])}" + (f" and {len(names) - 3} more" if len(names) > 3 else "") if names else ""
        )
    return {
        "name": module.name,
        "path": module.path,
        "what": what,
        "a": a.sha256 if a else None,
        "b": b.sha256 if b else None,
        "a_address": f"{run_a}/{a.n}" if a else None,
        "b_address": f"{run_b}/{b.n}" if b else None,
        "names": names,
        "summary": said,
    }


def _stale(journal: Journal, run: str, numbers: set[int], known: set[str]) -> Iterator[ModuleChange]:
    """Modules whose files had been changed while what was loaded went on being used."""
    last = max(numbers, default=0)
    latest = {each.name: each for each in journal.modules(run) if each.n <= last}
    for module in latest.values():
        if module.state == "stale" and module.name not in known:
            short = os.path.basename(module.path) or module.name
            yield {
                "name": module.name,
                "path": module.path,
                "what": "stale",
                "a": None,
                "b": module.sha256,
                "a_address": None,
                "b_address": f"{run}/{module.n}",
                "names": [],
                "summary": f"{short} had been edited, but the version loaded before went on being used",
            }


def _source(journal: Journal, module: Module) -> str | None:
    if module.sha256 is None or not journal.blobs.has(module.sha256):
        return None
    try:
        return journal.blobs.get(module.sha256)[:_LONGEST].decode("utf-8", "replace")
    except (OSError, LabjournalError):
        return None


def _differing(a: str, b: str) -> Iterator[str]:
    """Top-level names whose statements are others."""
    first, second = _statements(a), _statements(b)
    yield from [name for name in {**first, **second} if first.get(name) != second.get(name)][:_MOST_READ]


def _statements(source: str) -> dict[str, str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    found: dict[str, str] = {}
    for node in tree.body:
        for name in _names(node):
            found[name] = found.get(name, "") + ast.dump(node)
    return found


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return [f"{node.name}()"]
    if isinstance(node, ast.ClassDef):
        return [node.name]
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return [target.id for target in targets if isinstance(target, ast.Name)]
    return []
