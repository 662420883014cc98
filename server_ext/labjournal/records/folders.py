"""Folders that cells write to and found there: in a fresh place somebody has to make them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from labjournal.records.record import Step

__all__ = ["making", "written_to"]

_MAKES = ("mkdir", "makedirs", "exists", "isdir", "is_dir", "extract", "unpack", "clone", "copytree")
_MOST = 20


def written_to(folder: str, steps: Sequence[Step]) -> Iterator[str]:
    """The folders, as seen from `folder`; none that the code may make itself, or looks for."""
    text = "\n".join(step.execution.source for step in steps)
    makes = any(word in text for word in _MAKES)
    found: dict[str, None] = {}
    for use in (use for step in steps for use in step.written if not use.deleted and not use.package):
        if not use.given or os.path.isabs(use.given) or not folder:
            continue
        name = os.path.relpath(os.path.dirname(use.path), folder)
        if name != os.curdir and not (makes and os.path.basename(name) in text and _may_be_made(name, steps)):
            found[name] = None
    yield from list(found)[:_MOST]


def _may_be_made(name: str, steps: Sequence[Step]) -> bool:
    """Whether a cell that makes or looks for folders names this one, or the name stands in another cell than what writes to it."""
    base = os.path.basename(name)
    makers = [step.execution.source for step in steps if any(word in step.execution.source for word in _MAKES)]
    given = [step.execution.source for step in steps if f"{base}/" not in step.execution.source and base in step.execution.source]
    return any(base in source for source in makers) or bool(makers and given)


def making(folders: Sequence[str]) -> str:
    """Code that makes them, without a name for anything."""
    lines = [f'__import__("os").makedirs({name!r}, exist_ok=True)' for name in folders]
    return "\n".join(["# Folders that were there, and are written to.", *lines]) if lines else ""
