"""What a person adds: notes, tags and names. What is said goes into the journal as events, which the caller appends."""

from __future__ import annotations

import re
from collections.abc import Iterable

from labjournal.errors import LabjournalError
from labjournal.events import Event, NameGiven, NoteAdded, TagAdded, TagRemoved
from labjournal.journal.reader import Journal
from labjournal.journal.rows import Address
from labjournal.questions.answers import AnnotationsAnswer
from labjournal.questions.executions import note_part
from labjournal.recorders.redaction import redact

__all__ = ["added", "named", "noted", "tagged", "unmistakable", "untagged"]

_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
_LONGEST = {"tag": 200, "name": 100}
_LONGEST_NOTE = 100_000


def added(journal: Journal, address: Address) -> AnnotationsAnswer:
    """Everything a person added to the run or the execution."""
    n = address.n or 0
    return {
        "address": str(address),
        "notes": [note_part(note) for note in journal.notes(address.run) if note.n == n],
        "tags": [tag for number, tag in journal.tags(address.run) if number == n],
        "name": dict(journal.names(address.run)).get(n),
    }


def noted(address: Address, text: str, at: float) -> list[Event]:
    """The note, secrets masked; refused where it is empty or far too long."""
    if not text.strip():
        raise LabjournalError("A note needs words.", "Write them behind the address, in quotes.")
    if len(text) > _LONGEST_NOTE:
        raise LabjournalError(f"A note of {len(text)} characters is too long.", f"Keep it below {_LONGEST_NOTE}.")
    return [NoteAdded(address.run, n=address.n or 0, text=redact(text.encode("utf-8", "replace").decode()).text, at=at)]


def tagged(address: Address, tags: Iterable[str], at: float) -> list[Event]:
    """The tags, each once."""
    return [TagAdded(address.run, n=address.n or 0, tag=_label(tag, "tag"), at=at) for tag in dict.fromkeys(tags)]


def untagged(address: Address, tags: Iterable[str]) -> list[Event]:
    """The removal of tags; one that was not there is no fault."""
    return [TagRemoved(address.run, n=address.n or 0, tag=tag.strip()) for tag in dict.fromkeys(tags)]


def named(address: Address, name: str, at: float) -> list[Event]:
    """The name, which from now on works as an address; refused where it could be read as something else."""
    label = _label(name, "name")
    if "/" in label:
        raise LabjournalError(
            f"'{label}' cannot be a name: it already means something as an address.", "Choose a word without '/'."
        )
    return [NameGiven(address.run, n=address.n or 0, name=label, at=at)]


def unmistakable(journal: Journal, events: list[Event]) -> list[Event]:
    """The events; refused where a name or a tag could never be used as an address, because that means another thing already."""
    for event in events:
        kind = "name" if isinstance(event, NameGiven) else "tag"
        label = event.name if isinstance(event, NameGiven) else event.tag if isinstance(event, TagAdded) else ""
        if label == "last" or (label and label in journal.beginning_with(label, limit=1)):
            what = "the latest run" if label == "last" else "a run"
            raise LabjournalError(f"'{label}' cannot be a {kind}: as an address it already means {what}.", "Choose another word.")
    return events


def _label(text: str, kind: str) -> str:
    label = text.strip()
    if not label:
        raise LabjournalError(f"A {kind} needs at least one letter.", f"Write the {kind} behind the address.")
    if _UNSEEN.search(label):
        raise LabjournalError(f"A {kind} cannot hold invisible characters.", "Use letters, digits, blanks and signs.")
    if len(label) > _LONGEST[kind]:
        raise LabjournalError(
            f"A {kind} of {len(label)} characters is too long.", f"Keep it below {_LONGEST[kind]}; a note may be longer."
        )
    return redact(label).text
