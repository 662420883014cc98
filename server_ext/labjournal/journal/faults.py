"""What an error of SQLite means for a journal, in a sentence a person can act on. Standard library only, Python 3.8."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from labjournal.errors import JournalDamaged, JournalUnavailable, LabjournalError

__all__ = ["damaged", "explain", "is_damage"]

_NO_DATABASE = ("file is not a database", "file is encrypted", "unsupported file format")
_DAMAGE = ("malformed", "vtable constructor failed")
"""The second where it is the search index that is broken."""


def is_damage(error: sqlite3.Error) -> bool:
    """Whether SQLite says that the content of the file is broken; locked, full or unreadable is not."""
    return any(words in str(error) for words in (*_NO_DATABASE, *_DAMAGE))


def damaged(path: Path, what: str) -> JournalDamaged:
    """That the content of a journal is broken, and what becomes of it."""
    return JournalDamaged(
        f"{path} is damaged ({what}).",
        "`labjournal verify` says where; recording starts a new journal and keeps this file.",
    )


def explain(error: sqlite3.Error | OSError | UnicodeDecodeError, path: Path) -> LabjournalError:
    """The error as one of labjournal's own; the caller raises it `from` the original."""
    if isinstance(error, UnicodeDecodeError) or "Could not decode" in str(error):  # SQLite's own words hold damaged bytes
        return damaged(path, "a text in it is no UTF-8")
    words = (
        str(error) if isinstance(error, sqlite3.Error) else error.strerror or str(error)
    )  # not the path, which may say anything
    if isinstance(error, sqlite3.Error) and is_damage(error):
        if any(sign in words for sign in _DAMAGE):
            return damaged(path, words)
        return JournalDamaged(
            f"{path} is not a journal: it is not an SQLite file.",
            "Name the folder of a journal with --journal or LABJOURNAL_PATH.",
        )
    if "locked" in words or "busy" in words:
        return JournalUnavailable(
            f"{path} is locked by another program.", "Close what has it open, then try again; nothing was lost."
        )
    if "full" in words or "No space" in words or "quota" in words.lower():
        return JournalUnavailable(f"The disk that holds {path} is full.", "Make room; what is recorded waits in the spool.")
    if "readonly" in words or "Read-only" in words:
        return JournalUnavailable(
            f"{path} cannot be written: the disk or the folder is read-only.", "Make it writable, or set LABJOURNAL_PATH."
        )
    if "unable to open" in words or isinstance(error, PermissionError):
        return JournalUnavailable(
            f"{path} cannot be opened.", "Check who owns the folder and what its rights are (0700, files 0600)."
        )
    return JournalUnavailable(
        f"{path} cannot be used now: {words}.", "Check the disk, then try again; what is recorded waits in the spool."
    )
