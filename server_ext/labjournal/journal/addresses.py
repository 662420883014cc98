"""What a person types to mean a run or an execution.

    RUN, or a unique beginning of it      RUN/N      RUN/result
    last, last/N, last/result             the latest run that is not a replay
    a name or a tag                       and /N or /result behind it; a tag means the latest thing that carries it

A run's own id comes first, then `last`, then names, tags and beginnings of ids.
"""

from __future__ import annotations

import re

from labjournal.errors import AmbiguousAddress, UnknownAddress
from labjournal.journal.reader import Journal
from labjournal.journal.rows import Address

__all__ = ["resolve"]

_LOG = "`labjournal log` lists the runs."
_NUMBER = re.compile(r"[0-9]{1,18}\Z")


def resolve(journal: Journal, text: str) -> Address:
    """The run or execution that an address means; raises UnknownAddress or AmbiguousAddress."""
    text = text.strip()
    found = _whole(journal, text)
    if found is not None:
        return found
    head, slash, part = text.rpartition("/")
    if not slash or not head or not (_NUMBER.match(part) or part == "result"):
        raise UnknownAddress(f"No run, name or tag is or begins with {_shown(text)}.", _LOG)
    base = _whole(journal, head)
    if base is None:
        raise UnknownAddress(f"No run, name or tag is or begins with {_shown(head)}.", _LOG)
    return _result(journal, base.run) if part == "result" else journal.execution(base.run, int(part)).address


def _whole(journal: Journal, text: str) -> Address | None:
    """What a text without /N or /result means."""
    if not text:
        return None
    if text in journal.beginning_with(text, limit=1):
        return Address(text)
    if text == "last":
        return _last(journal)
    found = journal.named(text) or journal.tagged(text)
    if found is not None:
        return Address(found[0], found[1] or None)
    return _beginning(journal, text)


def _last(journal: Journal) -> Address:
    run = journal.latest()
    if run is None:
        raise UnknownAddress("The journal has no run yet.", "Run a cell in a notebook, then ask again.")
    return Address(run)


def _beginning(journal: Journal, prefix: str) -> Address | None:
    runs = journal.beginning_with(prefix, limit=6)
    if len(runs) > 1:
        shown = ", ".join(runs[:5]) + (" …" if len(runs) > 5 else "")
        raise AmbiguousAddress(f"More than one run begins with {_shown(prefix)}: {shown}.", "Type more of it.")
    return Address(runs[0]) if runs else None


def _result(journal: Journal, run: str) -> Address:
    result = journal.result(run)
    if result is None:
        raise UnknownAddress(
            f"Run {run} has no result: no metric, figure or file.", f"`labjournal show {run}` lists what it has."
        )
    return result.address


def _shown(text: str) -> str:
    return "'" + (text if len(text) <= 60 else text[:59] + "…") + "'"
