"""What running an export came to, before it was handed over: in the words of the notebook, and for programs.

Only what gave the same is called verified. Where it did not, the export says what differed first and why that may be, and the word
stands nowhere in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from labjournal.records import naming
from labjournal.records.record import Record

__all__ = ["Proof"]


@dataclass(frozen=True)
class Proof:
    """How an export was run in a fresh kernel and a folder of its own, and what came of it."""

    same: bool
    at: str
    python: str
    platform: str
    replay: str
    """The run in which it was run, last."""
    compared: tuple[str, ...]
    """What of the result was held against the record, each a few words."""
    attempts: int = 1
    seconds: float = 0.0
    added: tuple[int, ...] = ()
    """Executions that the recipe lacked."""
    removed: tuple[int, ...] = ()
    """Executions that were in only from caution, and that it does not need."""
    difference: str = ""
    """The first difference, as a sentence."""
    causes: tuple[str, ...] = ()
    environment_differs: tuple[str, ...] = ()
    problems: tuple[str, ...] = field(default=())

    def line(self, record: Record) -> str:
        """The line that stands on top of what is handed over."""
        where = naming.zone(record.run)
        when = f"{naming.day(self.at, where)}, {naming.clock(self.at, where)}"
        how = f"on Python {self.python}, in a fresh kernel and a folder of its own"
        if self.same:
            return f"**Verified** {when}, {how}: {_listed(self.compared)} came out as recorded."
        why = f" Likely cause: {_sentence(self.causes[0])}" if self.causes else ""
        return f"Run again {when}, {how}: the result did not come out as recorded. {_sentence(self.difference)}{why}"

    def metadata(self) -> dict[str, Any]:
        """The same for programs; under `verified` only where it is."""
        facts: dict[str, Any] = {
            "date": self.at,
            "environment": {"python": self.python, "platform": self.platform, "differs": list(self.environment_differs)},
            "compared": list(self.compared),
            "replay": self.replay,
            "attempts": self.attempts,
        }
        if self.same:
            return {"verified": facts}
        return {"run_again": {**facts, "same": False, "first_difference": self.difference, "causes": list(self.causes)}}


def _listed(parts: tuple[str, ...]) -> str:
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    text = re.sub(r"(?i)\bverified\b", "confirmed", text)
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
