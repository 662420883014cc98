"""What a person adds: note, tag, untag, name."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from labjournal.cli.journals import folder, opened
from labjournal.cli.parser import Commands, typed, wants_json
from labjournal.cli.terminal import Style, put, put_json
from labjournal.cli.text import day, pairs

if TYPE_CHECKING:
    from labjournal.events import Event
    from labjournal.journal.rows import Address

__all__ = ["add"]

_GROUP = "Say more"
_ADDRESS = "run or execution that is meant"


def add(commands: Commands) -> None:
    note = commands.add(_GROUP, "note", "add words to a run or an execution", _note)
    note.add_argument("address", metavar="ADDRESS", type=typed, help=_ADDRESS)
    note.add_argument("text", metavar="TEXT", type=typed, nargs="+", help="what you want to remember")
    tag = commands.add(_GROUP, "tag", "add tags; a tag works as an address, too", _tag)
    tag.add_argument("address", metavar="ADDRESS", type=typed, help=_ADDRESS)
    tag.add_argument("tags", metavar="TAG", type=typed, nargs="+", help="a word, or several in quotes")
    untag = commands.add(_GROUP, "untag", "take tags away", _untag)
    untag.add_argument("address", metavar="ADDRESS", type=typed, help=_ADDRESS)
    untag.add_argument("tags", metavar="TAG", type=typed, nargs="+", help="tag to take away")
    name = commands.add(
        _GROUP,
        "name",
        "give a name, which works as an address",
        _name,
        "A name belongs to one run or execution; given again, it moves.",
    )
    name.add_argument("address", metavar="ADDRESS", type=typed, help=_ADDRESS)
    name.add_argument("name", metavar="NAME", type=typed, help="the name")


def _note(arguments: argparse.Namespace) -> int:
    from labjournal.questions.annotations import noted

    return _annotate(arguments, lambda address: noted(address, " ".join(arguments.text), time.time()))


def _tag(arguments: argparse.Namespace) -> int:
    from labjournal.questions.annotations import tagged

    return _annotate(arguments, lambda address: tagged(address, arguments.tags, time.time()))


def _untag(arguments: argparse.Namespace) -> int:
    from labjournal.questions.annotations import untagged

    return _annotate(arguments, lambda address: untagged(address, arguments.tags))


def _name(arguments: argparse.Namespace) -> int:
    from labjournal.questions.annotations import named

    return _annotate(arguments, lambda address: named(address, arguments.name, time.time()))


def _annotate(arguments: argparse.Namespace, events: Callable[[Address], list[Event]]) -> int:
    """Finds what is meant, appends, and shows what stands there now."""
    from labjournal.journal.addresses import resolve
    from labjournal.journal.writer import append
    from labjournal.questions.annotations import added, unmistakable

    with opened(arguments) as journal:
        address = resolve(journal, arguments.address)
        said = unmistakable(journal, events(address))
    append(folder(arguments), said)
    with opened(arguments) as journal:
        answer = added(journal, address)
    if wants_json(arguments):
        put_json(answer)
        return 0
    style = Style()
    put(style(answer["address"], "strong"))
    notes = [("note", f"{note['text']}\n({day(note['at'])})") for note in answer["notes"]]
    put(pairs([("name", answer["name"] or ""), ("tags", ", ".join(answer["tags"])), *notes], style))
    return 0
