"""Does it still hold: replay."""

from __future__ import annotations

import argparse
import contextlib
import keyword
import math
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labjournal.cli import sweeping
from labjournal.cli.journals import folder
from labjournal.cli.parser import Commands, wants_json
from labjournal.cli.terminal import Style, ask, progress, put, put_json, safe
from labjournal.cli.text import count, figure, home, pairs, table
from labjournal.errors import LabjournalError

if TYPE_CHECKING:
    from labjournal.replay.answers import CausePart, EnvironmentUsed, ReplayAnswer

__all__ = ["add", "ended_in_order"]

DIFFERS = 1
_MOST_ROWS = 15
_MOST_DIFFERENCES = 5
_MOST_OTHERS = 3


def add(commands: Commands) -> None:
    replay = commands.add(
        "Does it still hold",
        "replay",
        "execute a run, a result or a record again in a fresh kernel, and compare",
        _replay,
        "It works in a copy of the folder and never touches your files. Exit status 1: it differs, or a try of the grid failed.\n\n"
        "Where it differs, the cause is named: data, environment, code, order, randomness, time, network or a missing file. What neither an error nor\n"
        "the records tell is found out by executing it a second time, up to where it parted, for five minutes at most (not with --once).\n\n"
        "With --environment recorded the packages that were used, and what they require, are installed in their recorded versions into an environment\n"
        "of its own (wheels from your package index, by uv where it is here, else by pip), which is kept for the next time.\n\n"
        "With --grid it is a sweep: every combination of the values is a try, a run of its own, and stands in `labjournal results` marked as replay.\n"
        "The same command again makes only what is not done yet.",
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
        choices=("current", "recorded"),
        default="current",
        help="current: the packages that are installed now; recorded: a fresh environment with the recorded versions of what was used",
    )
    replay.add_argument(
        "--tolerance", metavar="X", type=_tolerance, help="numbers that differ by this share still count as the same"
    )
    replay.add_argument(
        "--output", metavar="FOLDER", type=Path, help="keep the workspace there; the folder must not be there yet"
    )
    replay.add_argument("--once", action="store_true", help="do not execute it a second time to find out why it differs")
    replay.add_argument("--yes", action="store_true", help="do not ask before code from a record is executed")
    sweeping.add(replay)


def _replay(arguments: argparse.Namespace) -> int:
    parameters = dict(_parameter(text) for text in arguments.parameters)
    if arguments.grid:
        with ended_in_order():
            return sweeping.carry_out(
                arguments, [_parameter(text, "--grid alpha=0.1,0.2") for text in arguments.grid], parameters
            )
    sweeping.refuse_without_grid(arguments)
    from labjournal.replay.run import replay

    with ended_in_order():
        answer = replay(
            folder(arguments),
            arguments.target,
            parameters=parameters,
            tolerance=arguments.tolerance,
            output=arguments.output,
            progress=progress(),
            assume_yes=arguments.yes,
            confirm=ask,
            once=arguments.once,
            environment=arguments.environment,
        )
    if wants_json(arguments):
        put_json(answer)
    else:
        _print(answer)
    return 0 if answer["reproduced"] else DIFFERS


@contextlib.contextmanager
def ended_in_order() -> Iterator[None]:
    """Whoever is told to end does as on Ctrl-C: the kernel and the workspace go first."""

    def leave(*_: object) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _tolerance(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"'{text}' is not a tolerance; write a number such as 0.001")
    return value


def _parameter(text: str, example: str = "-p alpha=0.5") -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise LabjournalError(f"'{text}' is not NAME=VALUE.", f"Write for instance {example}.")
    if not name.isidentifier() or keyword.iskeyword(name):
        raise LabjournalError(
            f"'{name}' cannot be the name of a parameter.", "A name is made of letters, digits and '_', and is no Python keyword."
        )
    return name, value


def _print(answer: ReplayAnswer) -> None:
    """One screen: where it parted and why, then what is not the same, then the verdict."""
    style = Style()
    if answer["first_difference"]:
        put("\n".join([*_difference(answer["first_difference"], style), *_causes(answer["causes"], style)]) + "\n")
    for line in (*_executions(answer["executions"]), *_inputs(answer["inputs"])):
        put(safe(line, one_line=True))
    for line in _environment(answer["environment"]):
        put(safe(line, one_line=True))
    metrics = [
        (part["name"], figure(part["recorded"]), figure(part["replayed"]), _same(part["same"])) for part in answer["metrics"]
    ]
    if metrics:
        _table(("metric", "recorded", "replayed", "same"), metrics, style)
    files = sorted(answer["files"], key=lambda part: part["same"] is True)
    if files:
        _table(("same", "file written"), [(_same(part["same"]), home(str(part["path"]))) for part in files], style)
        for part in [part for part in files if part.get("difference")][:_MOST_DIFFERENCES]:
            put(safe(f"  {os.path.basename(str(part['path']))}: {part['difference']}", one_line=True))
    if answer["problems"]:
        put("\n" + "\n".join(style(safe(str(problem)), "odd") for problem in answer["problems"]))
    verdict, kind = ("reproduced", "good") if answer["reproduced"] else ("differs", "bad")
    put(f"\n{style(verdict, kind, 'strong')}: {safe(answer['address'])}, replayed as {safe(answer['replay'])}")


def _executions(executions: list[dict[str, Any]]) -> list[str]:
    """'20 executions: 14 the same, 6 not (15–20)'; numbers of what is not the same, and how it ended."""
    groups = {same: [part for part in executions if part["same"] is same] for same in (True, False, None)}
    words = [f"{len(groups[True])} the same"]
    if groups[False]:
        words.append(f"{len(groups[False])} not ({_ranges([part['n'] for part in groups[False]])})")
    for status in dict.fromkeys(str(part["status"]) for part in groups[None]):
        numbers = [part["n"] for part in groups[None] if part["status"] == status]
        what = status if status == "left out" else "not known"
        words.append(f"{len(numbers)} {what} ({_ranges(numbers)})")
    answer = [f"{count(len(executions), 'execution')}: {', '.join(words)}"]
    for status in dict.fromkeys(str(part["status"]) for part in groups[False] if part["status"] != "ok"):
        answer.append(f"  {status}: {_ranges([part['n'] for part in groups[False] if part['status'] == status])}")
    return answer


def _environment(used: EnvironmentUsed) -> list[str]:
    """'recorded environment: Python 3.11.7, 32 packages in the recorded version'; nothing of the one that is here."""
    if used["which"] != "recorded":
        return []
    made = ", made for this replay" if used["made"] else ""
    return [f"recorded environment: Python {used['python']}, {count(used['pinned'], 'package')} in the recorded version{made}"]


_STATES = {"recorded": "as recorded", "changed": "changed since", "missing": "missing", "unknown": "not known"}


def _inputs(inputs: list[dict[str, Any]]) -> list[str]:
    """'4 inputs: 3 as recorded (1 brought back from the journal), 1 changed since (a.csv)'."""
    words = []
    for state, said in _STATES.items():
        group = [part for part in inputs if part["state"] == state]
        back = sum(part["from"] == "journal" for part in group)
        names = [os.path.basename(str(part["path"])) for part in group[:3]] + (["…"] if len(group) > 3 else [])
        remark = f" ({back} brought back from the journal)" if back else f" ({', '.join(names)})" if state != "recorded" else ""
        words += [f"{len(group)} {said}{remark}"] if group else []
    return [f"{count(len(inputs), 'input')}: {', '.join(words)}"] if inputs else []


def _ranges(numbers: list[int], most: int = 12) -> str:
    """'1–3, 7' for 1, 2, 3, 7."""
    spans: list[list[int]] = []
    for number in sorted(numbers):
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    shown = ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in spans[:most])
    return shown + (", …" if len(spans) > most else "")


def _table(heads: tuple[str, ...], rows: list[Any], style: Style) -> None:
    put("\n" + "\n".join(table(heads, rows[:_MOST_ROWS], style)))
    if len(rows) > _MOST_ROWS:
        put(f"and {len(rows) - _MOST_ROWS} more")


def _same(same: object) -> tuple[str, str]:
    return ("yes", "good") if same else ("not known", "odd") if same is None else ("no", "bad")


def _difference(first: dict[str, Any], style: Style) -> list[str]:
    """Where it parted first, the code, and both sides."""
    line = f"line {first['line']}" if first.get("line") else ""
    where = ", ".join(filter(None, (str(first.get("in") or ""), line, str(first.get("where") or ""))))
    said = f"First difference: execution {first['n']}, {first['what']}" + (f" ({where})" if where else "")
    lines = [style(safe(said, one_line=True), "strong")]
    lines += [style(f"    {safe(line)}", "faint") for line in str(first.get("source") or "").split("\n") if line.strip()]
    lines.append(pairs([(side, _shortened(first.get(side))) for side in ("recorded", "replayed")], style))
    before = first.get("before")
    if before:
        said = (
            f"Before that: execution {before['n']}, {before['what']} {before['in']}: {before['recorded']} → {before['replayed']}"
        )
        lines.append(safe(said, one_line=True))
    return lines


def _causes(causes: list[CausePart], style: Style) -> list[str]:
    """Which it was, how that was established, and what else it may have been."""
    if not causes:
        return []
    first, *others = causes
    kind = "not known" if first["kind"] == "unknown" else f"{first['kind']} ({first['surety']})"
    lines = [style(f"Cause: {safe(kind, one_line=True)}", "strong")]
    lines += [f"  {safe(first['sentence'], one_line=True)}", f"  {safe(first['established'], one_line=True)}"]
    said = "Also" if first["surety"] == "certain" else "Or"
    return lines + [f"  {said} {other['kind']}: {safe(other['sentence'], one_line=True)}" for other in others[:_MOST_OTHERS]]


def _shortened(value: object, lines: int = 12) -> str:
    shown = str(value).split("\n")
    return "\n".join(shown if len(shown) <= lines else [*shown[:lines], f"... {count(len(shown) - lines, 'line')} more"])
