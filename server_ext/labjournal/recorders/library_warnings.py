"""Warnings of libraries, as a cell wrote them to its standard error: which kind, what it says, how often.

    …/sklearn/linear_model/_logistic.py:465: ConvergenceWarning: lbfgs failed to converge (status=1):
    STOP: TOTAL NO. OF ITERATIONS REACHED LIMIT.
      n_iter_i = _check_optimize_result(

Nothing is hooked: what Python's `warnings` would not show stays unseen, and what it shows once is counted once. Standard library only.
"""

from __future__ import annotations

import re
from typing import Dict, Iterable, List, NamedTuple, Tuple

__all__ = ["WHAT", "LibraryWarning", "library_warnings"]

WHAT = "library-warning"
"""What a problem of this kind is called in the journal; its detail is `str(LibraryWarning)`."""

_HEAD = re.compile(r"(?:<[^<>\n]{1,80}>|[^\s:][^:\n]{0,400}|[A-Za-z]:[^:\n]{1,400}):\d{1,7}: ([A-Za-z_]\w{0,80}Warning): ?(.*)")
_TAGGED = re.compile(r"\[(LightGBM)\] \[Warning\] (.*)")
_MOST_CHARACTERS = 1_000_000
_LONGEST = 300
_MOST = 20
_LONGEST_LINE = 2000


class LibraryWarning(NamedTuple):
    """One warning, however often it was shown."""

    kind: str
    message: str
    times: int

    def __str__(self) -> str:
        often = f" ({self.times} times)" if self.times > 1 else ""
        return f"{self.kind}: {self.message}{often}"


def library_warnings(streams: Iterable[Tuple[str, str]]) -> List[LibraryWarning]:
    """The warnings in what a cell wrote, as (name of the stream, text): each once, in the order in which they came."""
    found: Dict[Tuple[str, str], int] = {}
    for name, text in streams:
        if "Warning" not in text:
            continue
        lines = text[:_MOST_CHARACTERS].split("\n")
        for at, line in enumerate(lines):
            if "Warning" not in line or len(line) > _LONGEST_LINE:
                continue
            match = (_HEAD.match(line) if name == "stderr" else None) or _TAGGED.match(line)
            if match is None:
                continue
            key = (match.group(1), _message(match.group(2), lines[at + 1 : at + 4]))
            if key in found or len(found) < _MOST:
                found[key] = found.get(key, 0) + 1
    return [LibraryWarning(kind, message, count) for (kind, message), count in found.items()]


def _message(first: str, more: List[str]) -> str:
    """What it says: its first line, and the next where that one only announces it."""
    said = first.strip()
    if not said or said.endswith(":"):
        said = f"{said} {next((line.strip() for line in more if line.strip()), '')}".strip()
    said = " ".join(said.split())
    return said if len(said) <= _LONGEST else said[: _LONGEST - 1] + "…"
