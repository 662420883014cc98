"""Would a notebook run from top to bottom: check."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from labjournal.cli.journals import opened_if_there
from labjournal.cli.parser import Commands, wants_json
from labjournal.cli.terminal import Style, put, put_json, safe
from labjournal.cli.text import count, home

if TYPE_CHECKING:
    from labjournal.questions.answers import CheckAnswer

__all__ = ["add"]

DOES_NOT_HOLD = 1


def add(commands: Commands) -> None:
    check = commands.add(
        "Does it still hold",
        "check",
        "would a notebook run from top to bottom, and what would differ from what is on screen",
        _check,
        "Looks at the file, and at how its cells ran as far as that was recorded; nothing is executed. Exit status 1: there is a problem.",
    )
    check.add_argument("path", metavar="NOTEBOOK", type=Path, help="a notebook (.ipynb)")


def _check(arguments: argparse.Namespace) -> int:
    from labjournal.questions.check.checking import check

    journal = opened_if_there(arguments)
    if journal is None:
        answer = check(arguments.path, None)
    else:
        with journal:
            answer = check(arguments.path, journal)
    if wants_json(arguments):
        put_json(answer)
    else:
        _print(answer)
    return 0 if answer["ok"] else DOES_NOT_HOLD


def _print(answer: CheckAnswer) -> None:
    style = Style()
    for problem in answer["problems"]:
        counted = f" In[{problem['execution_count']}]" if problem["execution_count"] is not None else ""
        head = f"cell {problem['cell']}{counted}"
        put(f"{style(head, 'strong')} {style(problem['what'], 'bad')}: {safe(problem['why'], one_line=True)}")
        put(f"    {style(safe(problem['first_line'], one_line=True), 'faint')}")
    looked = count(answer["cells"], "code cell")
    how = "" if answer["recorded"] else " How its cells ran was not recorded; only the file was looked at."
    if answer["ok"]:
        put(f"{style('ok', 'good')}: nothing is seen that would differ, in {looked}.{how}")
    else:
        put(safe(f"{count(len(answer['problems']), 'problem')} in {looked} of {home(answer['notebook'])}.{how}", one_line=True))
