"""Where things come from, and what changed: why, diff."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from labjournal.cli.journals import opened
from labjournal.cli.parser import Commands, typed, wants_json
from labjournal.cli.terminal import Style, progress, put, put_json, safe

if TYPE_CHECKING:
    from labjournal.journal.reader import Journal
    from labjournal.questions.difference.answers import WhatChanged

__all__ = ["add"]

_GROUP = "Ask where it comes from"
_WHY = """A file is known by its content, wherever it lies now and whatever it is called. Digests (64 letters), addresses, ADDRESS:METRIC and
DATABASE:TABLE are understood too. A file that nobody recorded: exit status 2, and the nearest thing that is known."""
_DIFF = """Tells what changed from A to B. Without B: from the notebook's run before to A; from the same cell there, where A is an execution; from
what was replayed, where A is a replay. With --output the answer is written as a page, one file that needs no Jupyter."""


def add(commands: Commands) -> None:
    why = commands.add(_GROUP, "why", "who made a file, a number or a figure, with which code, out of what", _why, _WHY)
    why.add_argument(
        "target",
        metavar="TARGET",
        type=typed,
        help="a file, the first digits of its SHA-256, an address (k3f9/12), ADDRESS:METRIC, or DATABASE:TABLE",
    )
    why.add_argument("--forward", action="store_true", help="who used it, and what became of it")
    diff = commands.add(_GROUP, "diff", "what changed between two runs or results, most telling first", _diff, _DIFF)
    diff.add_argument("a", metavar="A", type=typed, help="a run (k3f9) or an execution with its recipe (k3f9/12, last/result)")
    diff.add_argument("b", metavar="B", type=typed, nargs="?", help="what A became; without it A is compared with the run before")
    diff.add_argument("--to", metavar="KIND", choices=("html",), default="html", help="of the file: html")
    diff.add_argument("--output", metavar="PATH", type=Path, help="file to write")
    diff.add_argument("--force", action="store_true", help="replace a file that is there")


def _why(arguments: argparse.Namespace) -> int:
    from labjournal.questions.origin.targets import find
    from labjournal.questions.origin.why import why

    with opened(arguments) as journal:
        target = find(journal, arguments.target, folder=Path.cwd(), progress=progress())
        answer = why(journal, target, forward=arguments.forward)
    if wants_json(arguments):
        put_json(answer)
    else:
        from labjournal.cli.traced import why_lines

        put("\n".join(why_lines(answer, Style(), forward=arguments.forward)))
    return 0


def _diff(arguments: argparse.Namespace) -> int:
    from labjournal.journal.addresses import resolve
    from labjournal.questions.difference.diff import before, diff

    with opened(arguments) as journal:
        a = resolve(journal, arguments.a)
        answer = diff(journal, before(journal, a), a) if arguments.b is None else diff(journal, a, resolve(journal, arguments.b))
        written = _written(answer, journal, arguments.output, arguments.force) if arguments.output is not None else None
    if wants_json(arguments):
        put_json(answer)
    elif written is not None:
        put(safe(f"{written}\n{answer['summary']}"))
    else:
        from labjournal.cli.compared import diff_lines

        put("\n".join(diff_lines(answer, Style())))
    return 0


def _written(answer: WhatChanged, journal: Journal, path: Path, force: bool) -> Path:
    from labjournal.records.changed import write

    return write(answer, path, journal=journal, force=force)
