"""Does it still hold: replay."""

from __future__ import annotations

import argparse
import keyword
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labjournal.cli.journals import folder
from labjournal.cli.parser import Commands, wants_json
from labjournal.cli.terminal import Style, ask, progress, put, put_json, safe
from labjournal.cli.text import count, figure, home, pairs, status_kind, table
from labjournal.errors import LabjournalError

if TYPE_CHECKING:
    from labjournal.replay.verdict import ReplayAnswer

__all__ = ["add"]

DIFFERS = 1


def add(commands: Commands) -> None:
    replay = commands.add(
        "Does it still hold",
        "replay",
        "execute a run, a result or a record again in a fresh kernel, and compare",
        _replay,
        "It works in a copy of the folder and never touches your files. Exit status 1: it differs.",
    )
    replay.add_argument(
        "target", metavar="ADDRESS-or-CRATE", help="a run, an execution with what it depends on, or an exported record"
    )
    replay.add_argument(
        "-p",
        "--parameter",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        dest="parameters",
        help="replay with another value",
    )
    replay.add_argument(
        "--environment",
        metavar="WHICH",
        choices=("current",),
        default="current",
        help="current: the packages that are installed now",
    )
    replay.add_argument(
        "--tolerance", metavar="X", type=_tolerance, help="numbers that differ by this share still count as the same"
    )
    replay.add_argument(
        "--output", metavar="FOLDER", type=Path, help="keep the workspace there; the folder must not be there yet"
    )
    replay.add_argument("--yes", action="store_true", help="do not ask before code from a record is executed")


def _replay(arguments: argparse.Namespace) -> int:
    from labjournal.replay.run import replay

    answer = replay(
        folder(arguments),
        arguments.target,
        parameters=dict(_parameter(text) for text in arguments.parameters),
        tolerance=arguments.tolerance,
        output=arguments.output,
        progress=progress(),
        assume_yes=arguments.yes,
        confirm=ask,
    )
    if wants_json(arguments):
        put_json(answer)
    else:
        _print(answer)
    return 0 if answer["reproduced"] else DIFFERS


def _tolerance(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"'{text}' is not a tolerance; write a number such as 0.001")
    return value


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise LabjournalError(f"'{text}' is not NAME=VALUE.", "Write for instance -p alpha=0.5.")
    if not name.isidentifier() or keyword.iskeyword(name):
        raise LabjournalError(
            f"'{name}' cannot be the name of a parameter.", "A name is made of letters, digits and '_', and is no Python keyword."
        )
    return name, value


def _print(answer: ReplayAnswer) -> None:
    style = Style()
    rows = [(str(part["n"]), (part["status"], status_kind(part["status"])), _same(part["same"])) for part in answer["executions"]]
    if rows:
        put("\n".join(table(("n", "status", "same"), rows, style, right=(0,))) + "\n")
    metrics = [
        (part["name"], figure(part["recorded"]), figure(part["replayed"]), _same(part["same"])) for part in answer["metrics"]
    ]
    if metrics:
        put("\n".join(table(("metric", "recorded", "replayed", "same"), metrics, style)) + "\n")
    files = [(_same(part["same"]), home(str(part["path"]))) for part in answer["files"]]
    if files:
        put("\n".join(table(("same", "file written"), files, style)) + "\n")
    for problem in answer["problems"]:
        put(style(safe(str(problem)), "odd"))
    if answer["first_difference"]:
        put("\n".join(_difference(answer["first_difference"], style)))
    verdict, kind = ("reproduced", "good") if answer["reproduced"] else ("differs", "bad")
    put(f"{style(verdict, kind, 'strong')}: {safe(answer['address'])}, replayed as {safe(answer['replay'])}")


def _same(same: object) -> tuple[str, str]:
    return ("yes", "good") if same else ("not known", "odd") if same is None else ("no", "bad")


def _difference(first: dict[str, Any], style: Style) -> list[str]:
    """Where it parted first, both sides, and what may have caused it."""
    lines = [style(safe(f"First difference: execution {first['n']}, {first['what']}", one_line=True), "strong")]
    lines.append(pairs([(side, _shortened(first.get(side))) for side in ("recorded", "replayed")], style))
    return lines + [f"  {safe(str(cause))}" for cause in first.get("causes") or ()]


def _shortened(value: object, lines: int = 12) -> str:
    shown = str(value).split("\n")
    return "\n".join(shown if len(shown) <= lines else [*shown[:lines], f"... {count(len(shown) - lines, 'line')} more"])
