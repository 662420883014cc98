"""Which value is the best: the options of `replay` for a sweep, and its table of tries."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from labjournal.cli.journals import folder
from labjournal.cli.parser import Parser, typed, wants_json
from labjournal.cli.terminal import Style, ask, progress, put, put_json, safe
from labjournal.cli.text import Cell, count, cut, figure, table, width
from labjournal.errors import LabjournalError

if TYPE_CHECKING:
    from labjournal.replay.sweeps.sweep import SweepAnswer, TryPart

__all__ = ["add", "carry_out", "refuse_without_grid"]

FAILED = 1
_WIDEST = 24
_MOST_JOBS = 1000


def add(replay: Parser) -> None:
    replay.add_argument(
        "--grid",
        metavar="NAME=V,V",
        action="append",
        default=[],
        type=typed,
        help="try each of these values; given again for another name, every combination",
    )
    replay.add_argument(
        "--jobs", metavar="N", type=_jobs, help="so many tries at once (default: 1; with --executor as many as it can)"
    )
    replay.add_argument(
        "--executor", metavar="dask://HOST:PORT", default="", type=typed, help="let a Dask cluster that is running make the tries"
    )


def _jobs(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) <= _MOST_JOBS):
        raise argparse.ArgumentTypeError(f"'{text}' is no number of jobs; write 1, 2, 3 … {_MOST_JOBS}")
    return int(text)


def refuse_without_grid(arguments: argparse.Namespace) -> None:
    """What is for a sweep alone is not passed over where there is none."""
    for option in ("jobs", "executor"):
        if getattr(arguments, option):
            raise LabjournalError(f"--{option} is for a sweep.", "Say what to try: --grid alpha=0.1,0.2.")


def carry_out(arguments: argparse.Namespace, given: list[tuple[str, str]], parameters: Mapping[str, str]) -> int:
    from labjournal.replay.sweeps.grid import grid
    from labjournal.replay.sweeps.sweep import sweep

    if arguments.output is not None:
        raise LabjournalError(
            "--output keeps the workspace of one replay, a sweep has many.", "Leave it out, or replay one with -p."
        )
    answer = sweep(
        folder(arguments),
        arguments.target,
        grid=grid(given),
        parameters=parameters,
        tolerance=arguments.tolerance,
        jobs=arguments.jobs,
        environment=arguments.environment,
        executor=arguments.executor,
        progress=progress(),
        assume_yes=arguments.yes,
        confirm=ask,
    )
    if wants_json(arguments):
        put_json(answer)
    else:
        _print(answer)
    return 0 if all(part["status"] == "ok" for part in answer["tries"]) else FAILED


def _print(answer: SweepAnswer) -> None:
    """The tries, the best of each metric marked; then what is to be said of them."""
    style, tries = Style(), answer["tries"]
    names = list(tries[0]["parameters"])
    metrics = _shown(tries, len(names))
    best = {name: _best(tries, name) for name in metrics}
    rows = [
        [
            (part["run"] or "-", "link"),
            (part["status"] + (" (before)" if part["before"] else ""), "" if part["status"] == "ok" else "bad"),
            *(cut(safe(str(figure(part["parameters"][name])), one_line=True), _WIDEST) for name in names),
            *(_measured(part, name, place == best[name]) for name in metrics),
        ]
        for place, part in enumerate(tries)
    ]
    heads = ["run", "status", *names, *(cut(safe(name, one_line=True), _WIDEST) for name in metrics)]
    put("\n".join(table(heads, rows, style, right=tuple(range(2, len(heads))))))
    left = len({name for part in tries for name in part["metrics"]}) - len(metrics)
    if left:
        put(f"\n{count(left, 'metric')} more; `labjournal results` and --json tell all.")
    if answer["problems"]:
        put("\n" + "\n".join(style(safe(str(problem), one_line=True), "odd") for problem in answer["problems"]))
    done = sum(part["status"] == "ok" for part in tries)
    put(f"\n{done} of {count(len(tries), 'try', 'tries')} of {safe(answer['address'])} went well.")


def _shown(tries: list[TryPart], parameters: int) -> list[str]:
    """Metrics that most tries have first, as many as a line holds."""
    counts: dict[str, int] = {}
    for part in tries:
        for name in part["metrics"]:
            counts[name] = counts.get(name, 0) + 1
    room = width() - 24 - 12 * parameters
    shown: list[str] = []
    for name in sorted(counts, key=lambda name: -counts[name]):
        room -= max(10, min(len(name), _WIDEST)) + 2
        if room < 0 and shown:
            break
        shown.append(name)
    return shown


def _best(tries: list[TryPart], name: str) -> int | None:
    """Place of the try whose metric is the best; None where its name does not tell which way that is, or there is but one."""
    from labjournal.questions.results import directions

    if directions.best(name) is None:
        return None
    values: dict[int, float] = {}
    for place, part in enumerate(tries):
        value: Any = part["metrics"].get(name)
        if isinstance(value, (int, float)) and math.isfinite(value):
            values[place] = value
    leading: int | None = None
    for place, value in values.items():
        if leading is None or directions.better(name, value, values[leading]):
            leading = place
    return leading if len(values) > 1 else None


def _measured(part: TryPart, name: str, leads: bool) -> Cell:
    value = part["metrics"].get(name)
    text = "" if value is None else str(figure(value))
    return (text, "good") if leads else text
