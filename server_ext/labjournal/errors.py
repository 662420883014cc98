"""What labjournal says when something cannot be done: what is wrong, and what to do about it."""

from __future__ import annotations

__all__ = [
    "AmbiguousAddress",
    "JournalDamaged",
    "JournalMissing",
    "JournalTooNew",
    "JournalUnavailable",
    "LabjournalError",
    "OutputExists",
    "RecordInvalid",
    "ReplayFailed",
    "UnknownAddress",
]


class LabjournalError(Exception):
    """Something a person can put right; `str()` is one sentence or two: what is wrong, then the remedy."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(f"{message} {remedy}".strip())
        self.message = message
        self.remedy = remedy


class UnknownAddress(LabjournalError):
    """Nothing in the journal is meant by the address."""


class AmbiguousAddress(LabjournalError):
    """More than one run begins with the prefix."""


class JournalMissing(LabjournalError):
    """There is no journal at the path; nothing has been recorded there yet."""


class JournalTooNew(LabjournalError):
    """The journal was written by a newer labjournal."""


class JournalDamaged(LabjournalError):
    """The file is not a journal, or its content is broken."""


class JournalUnavailable(LabjournalError):
    """The journal exists but cannot be used now: locked, full or read-only disk, no permission, network file system."""


class OutputExists(LabjournalError):
    """The place to export to is taken."""


class RecordInvalid(LabjournalError):
    """A crate or notebook that is not what it says, or not safe to open."""


class ReplayFailed(LabjournalError):
    """The replay could not be carried out (not: it ran and differed)."""
