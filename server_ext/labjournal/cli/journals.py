"""Which journal is meant, and how a command opens it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from labjournal.errors import JournalDamaged, JournalMissing

if TYPE_CHECKING:
    from labjournal.journal.reader import Journal

__all__ = ["folder", "opened", "opened_if_there"]

NOTHING_YET = "Nothing has been recorded yet."


def folder(arguments: argparse.Namespace) -> Path:
    """The folder of the journal that the command line, else the environment, else the user's account names."""
    from labjournal.journal.places import default_journal, journal_folder

    named = getattr(arguments, "journal", None)
    if "\0" in (named or ""):
        raise JournalMissing(f"{named!r:.200} cannot be the name of a folder.", "Name the folder of a journal with --journal.")
    place = journal_folder(named) if named else default_journal()
    if place.is_file():
        raise JournalDamaged(f"'{place}' is no journal.", "Name its folder, or the file journal.sqlite in it.")
    return place


def opened(arguments: argparse.Namespace) -> Journal:
    """The journal, open; one that is not there is an error with a remedy."""
    from labjournal.journal.reader import Journal

    return Journal.open(folder(arguments))


def opened_if_there(arguments: argparse.Namespace) -> Journal | None:
    """The journal, open; None where nothing was ever recorded in the default place. A place that was named has to be there, and
    where nothing can be recorded, that is said."""
    from labjournal.journal.places import hindrance

    try:
        return opened(arguments)
    except JournalMissing:
        if getattr(arguments, "journal", None) or hindrance(folder(arguments)):
            raise
        return None
