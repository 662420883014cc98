"""What leaves the journal: export, day, push."""

from __future__ import annotations

import argparse
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING

from labjournal.cli.journals import folder, opened
from labjournal.cli.parser import Commands, typed, wants_json
from labjournal.cli.reading import named_notebook, time_bounds
from labjournal.cli.terminal import Style, progress, put, put_json, safe
from labjournal.cli.text import count
from labjournal.errors import LabjournalError

if TYPE_CHECKING:
    from labjournal.questions.answers import ExportAnswer

__all__ = ["add"]

DIFFERS = 1
_GROUP = "Give away"
_KINDS = {"html": "Page", "notebook": "Notebook", "script": "Script", "crate": "Record"}


def add(commands: Commands) -> None:
    export = commands.add(
        _GROUP,
        "export",
        "write a page, a notebook, a script or a record of a run or a result",
        _export,
        "html      a lab notebook page, one file that needs no Jupyter\n"
        "notebook  a notebook that runs from top to bottom, ready for Papermill\n"
        "script    the same as a Python module: main(parameters), and a command line for them\n"
        "crate     a record (RO-Crate, zip) from which somebody else can reproduce it\n\n"
        "With --verify it is run before it is written: in a fresh kernel, in a folder of its own, with the recorded inputs. What comes out\n"
        "is compared with what was recorded; what is missing is taken in, what is in only from caution is left out. Exit status 1: it is\n"
        "written, but did not give the same.\n\n"
        "A record brings what builds its environment again: exact pins, pylock.toml, files for Binder and Docker, modules as they were loaded, and what\n"
        "was not committed as a patch. With --with-environment a notebook or a script has it beside it. Nothing is sent anywhere: the lock comes from\n"
        "uv's cache, where that holds enough; --lock asks the package index.",
    )
    export.add_argument("address", metavar="ADDRESS", type=typed, help="a run; or an execution, exported with what it depends on")
    export.add_argument("--to", metavar="KIND", choices=tuple(_KINDS), required=True, help="html, notebook, script or crate")
    export.add_argument("--output", metavar="PATH", required=True, type=Path, help="file to write")
    export.add_argument("--force", action="store_true", help="replace a file that is there")
    export.add_argument("--verify", action="store_true", help="run it first, and say in it what came of that")
    export.add_argument(
        "--with-environment",
        action="store_true",
        help="lay pins, lock, binder/, Dockerfile, modules and patch beside the notebook or script",
    )
    export.add_argument("--with-data", action="store_true", help="lay what it reads beside the notebook or script")
    export.add_argument("--lift", action="store_true", help="take numbers and paths out of calls, too, as parameters")
    export.add_argument("--lock", action="store_true", help="let uv ask the package index for pylock.toml")
    export.add_argument(
        "--within",
        metavar="SECONDS",
        type=_seconds,
        help="time for one run of it (default: 20 times what was recorded, 120 at least)",
    )
    day = commands.add(_GROUP, "day", "write the lab notebook of a day, over all notebooks, as one page", _day)
    day.add_argument("date", metavar="DATE", nargs="?", help="today (the default), yesterday or YYYY-MM-DD")
    day.add_argument("--since", metavar="TIME", help="first moment instead of a day: a date, a time, or 2h, 3d for so long ago")
    day.add_argument("--until", metavar="TIME", help="last moment; a date means all of that day")
    day.add_argument("--output", metavar="PATH", required=True, type=Path, help="file to write")
    day.add_argument("--force", action="store_true", help="replace a file that is there")
    push = commands.add(
        _GROUP,
        "push",
        "send the table of results to MLflow, as runs",
        _push,
        "Results with a metric, a curve or a model: parameters, metrics, curves with their steps, tags, times. What stands there already (by the tag\n"
        "labjournal.address) is passed over. Nothing is ever sent without this command.",
    )
    push.add_argument(
        "--mlflow", metavar="URI", required=True, type=typed, help="http://HOST:PORT, sqlite:///PATH, or a folder of MLflow's"
    )
    push.add_argument(
        "--experiment", metavar="NAME", default="", type=typed, help="the experiment (default: each notebook's name)"
    )
    push.add_argument("--metric", metavar="M", type=typed, help="results that have this metric")
    push.add_argument("--tag", metavar="TAG", type=typed, help="results with that tag, or of runs with it")
    push.add_argument("--notebook", metavar="PATH", type=typed, help="results of a notebook: its path, or the end of it")
    push.add_argument("--day", metavar="DAY", help="results of a day: today, yesterday or YYYY-MM-DD")
    push.add_argument("--since", metavar="TIME", help="results since a date, a time, or 2h, 3d for so long ago")
    push.add_argument("--until", metavar="TIME", help="results before that; a date means all of that day")


def _push(arguments: argparse.Namespace) -> int:
    from labjournal.records.push import push

    since, until = time_bounds(arguments)
    with opened(arguments) as journal:
        answer = push(
            journal,
            arguments.mlflow,
            experiment=arguments.experiment,
            progress=progress(),
            metric=arguments.metric,
            tag=arguments.tag,
            notebook=named_notebook(arguments.notebook),
            since=since,
            until=until,
        )
    if wants_json(arguments):
        put_json(answer)
    else:
        there = f", {answer['skipped']} stood there already" if answer["skipped"] else ""
        put(safe(f"{count(answer['pushed'], 'result')} pushed to {answer['uri']}{there}", one_line=True))
    return 0


def _export(arguments: argparse.Namespace) -> int:
    if arguments.with_environment and arguments.to not in ("notebook", "script"):
        said = "A record has its environment in it already" if arguments.to == "crate" else "A page needs no environment"
        raise LabjournalError(f"{said}.", "Leave --with-environment out.")
    if arguments.lock and not (arguments.with_environment or arguments.to == "crate"):
        raise LabjournalError(
            "--lock is for what builds the environment again.", "Say --with-environment as well, or leave it out."
        )
    for option, wanted in (("--with-data", arguments.with_data), ("--lift", arguments.lift)):
        if wanted and arguments.to not in ("notebook", "script"):
            raise LabjournalError(f"{option} is for a notebook or a script.", f"Leave {option} out.")
    if arguments.verify:
        return _export_verified(arguments)
    if arguments.within is not None:
        raise LabjournalError(
            "--within says how long a run may take, and nothing is run.", "Say --verify as well, or leave it out."
        )
    from labjournal.records.export import export

    with opened(arguments) as journal:
        answer = export(
            journal,
            arguments.address,
            arguments.to,
            arguments.output,
            force=arguments.force,
            with_environment=arguments.with_environment,
            ask_index=arguments.lock,
            with_data=arguments.with_data,
            lifts=arguments.lift,
        )
    if wants_json(arguments):
        put_json(answer)
    else:
        put(safe(f"{_KINDS[arguments.to]} of {answer['address']}: {answer['path']}", one_line=True))
        _print_environment(answer)
    return 0


def _print_environment(answer: ExportAnswer) -> None:
    if answer.get("beside"):
        folder = os.path.dirname(answer["path"])
        put(safe(f"Beside it: {', '.join(os.path.relpath(path, folder) for path in answer['beside'])}", one_line=True))
        if answer.get("command"):
            put(safe(f"To run it there: {answer['command']}", one_line=True))
    for remark in answer.get("remarks", ()):
        put(safe(remark, one_line=True))


def _export_verified(arguments: argparse.Namespace) -> int:
    from labjournal.cli.replaying import ended_in_order
    from labjournal.replay.proofs.export import export_verified

    with ended_in_order():
        answer = export_verified(
            folder(arguments),
            arguments.address,
            arguments.to,
            arguments.output,
            force=arguments.force,
            progress=progress(),
            within_s=arguments.within,
            with_environment=arguments.with_environment,
            ask_index=arguments.lock,
            with_data=arguments.with_data,
            lifts=arguments.lift,
        )
    if wants_json(arguments):
        put_json(answer)
    else:
        _print_proof(answer, arguments.to)
    return 0 if answer["verified"] else DIFFERS


def _print_proof(answer: ExportAnswer, kind: str) -> None:
    style, proof = Style(), answer["proof"]
    put(safe(f"{_KINDS[kind]} of {answer['address']}: {answer['path']}", one_line=True))
    _print_environment(answer)
    runs = f"{count(proof['attempts'], 'run')}, {proof['seconds']:.0f} s"
    if answer["verified"]:
        put(
            f"{style('Verified', 'good', 'strong')} ({runs}): {safe(', '.join(proof['compared']), one_line=True)} came out as recorded."
        )
    else:
        put(f"{style('Not verified', 'bad', 'strong')} ({runs}). {safe(proof['first_difference'] or '', one_line=True)}")
        for cause in proof["causes"]:
            put(f"  {safe(cause, one_line=True)}")
    for numbers, words in ((proof["added"], "The recipe lacked"), (proof["removed"], "Left out, as not needed:")):
        if numbers:
            put(f"{words} {'execution' if len(numbers) == 1 else 'executions'} {', '.join(map(str, numbers))}.")


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"'{text}' is not a time; write a number of seconds such as 300")
    return value


def _day(arguments: argparse.Namespace) -> int:
    from labjournal.questions.days import bounds, day_bounds, read_day

    if arguments.date and (arguments.since or arguments.until):
        raise LabjournalError("A day and --since or --until are too much at once.", "Name either the day or the times.")
    if arguments.since or arguments.until:
        since, until = bounds(arguments.since, arguments.until)
    else:
        since, until = day_bounds(read_day(arguments.date or "today"))
    from labjournal.records import day as page

    with opened(arguments) as journal:
        answer = page.write(journal, since, until, arguments.output, force=arguments.force)
    if wants_json(arguments):
        put_json(answer)
    else:
        put(safe(f"{count(answer['runs'], 'run')}, {count(answer['executions'], 'execution')}: {answer['path']}", one_line=True))
    return 0
