"""Yesterday's state in a folder of its own: restore."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from labjournal.cli.journals import opened
from labjournal.cli.parser import Commands, typed, wants_json
from labjournal.cli.terminal import put, put_json, safe
from labjournal.cli.text import count

if TYPE_CHECKING:
    from labjournal.questions.state_answers import RestoreAnswer

__all__ = ["add"]

_SOURCES = {
    "commit": "as committed", "snapshot": "not committed then", "module": "modules as they were loaded", "data": "data as it was read or written",
    "disk": "still where it was", "journal": "the notebook, cell by cell as it ran",
}  # fmt: skip
_MOST_MISSING = 10
_MORE = """Laid out are the files of the repository (commit and what was not committed), local modules as they were loaded, data files as they
were read, and the notebook with every cell in the order it ran. FOLDER has to be new or empty; your files and your repository are
only read. What cannot be had any more is listed with the reason."""


def add(commands: Commands) -> None:
    restore = commands.add(
        "Does it still hold", "restore", "lay out code, modules and data as they were, in a new folder", _restore, _MORE
    )
    restore.add_argument("address", metavar="ADDRESS", type=typed, help="a run; or an execution: the state as it was then")
    restore.add_argument("--to", metavar="FOLDER", type=Path, required=True, help="new folder to lay it out in")


def _restore(arguments: argparse.Namespace) -> int:
    from labjournal.records.restoring import restore

    with opened(arguments) as journal:
        answer = restore(journal, arguments.address, arguments.to)
    if wants_json(arguments):
        put_json(answer)
    else:
        _put(answer)
    return 0


def _put(answer: RestoreAnswer) -> None:
    put(safe(f"{answer['address']} in {answer['folder']}: {count(len(answer['files']), 'file')}", one_line=True))
    numbers = Counter(file["from"] for file in answer["files"])
    for source, words in _SOURCES.items():
        if numbers[source]:
            put(f"  {numbers[source]:>6}  {words}")
    for note in answer["notes"]:
        put(safe(note, one_line=True))
    if answer["missing"]:
        put("Missing:")
    for missing in answer["missing"][:_MOST_MISSING]:
        put(safe(f"  {missing['path']}: {missing['why']}", one_line=True))
    if len(answer["missing"]) > _MOST_MISSING:
        put(f"  and {len(answer['missing']) - _MOST_MISSING} more, see --json")
