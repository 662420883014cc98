"""`docs/cli.md` and `docs/answers/*.schema.json`, written from the parser and the types of the answers.

python -m labjournal.cli.manual docs        writes both; a test fails where they are older than the code
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from labjournal.cli.main import parser
from labjournal.cli.parser import Parser

__all__ = ["answers", "text", "write"]

_INTRODUCTION = """# The command line

Written from the parser by `python -m labjournal.cli.manual docs`; do not edit.

Every command takes `--journal PATH` (the journal's folder or the SQLite file in it; default: `$LABJOURNAL_PATH`, else your own
journal) and `--json` (one JSON document on standard output and nothing else there, as described in `docs/answers/`), before or
behind the command. Where nothing has been recorded yet, questions to the default journal answer with nothing; a `--journal` that
is not there is an error.

Exit status: 0 done; 1 the thing checked does not hold; 2 cannot do that, with one line on standard error that says what is wrong
and what to do. `LABJOURNAL_DEBUG=1` shows where labjournal itself went wrong. `NO_COLOR=1` switches colours off.

An ADDRESS is a run (`k3f9`, or as many letters of it as are unique), an execution of it (`k3f9/12`), `last`, `last/12`,
`last/result`, or a name or tag that you gave.
"""


def text() -> str:
    """The whole of `docs/cli.md`."""
    reader = parser()
    parts = [_INTRODUCTION]
    for group, commands in reader.commands.groups.items():
        parts.append(f"## {group}\n")
        parts += [_command(name, reader.commands.parsers[name]) for name, _ in commands]
    return "\n".join(parts)


def answers() -> dict[str, dict[str, Any]]:
    """Name of the answer → its JSON schema."""
    from labjournal.questions import answers as shapes
    from labjournal.questions.difference.answers import WhatChanged
    from labjournal.questions.origin import answers as origins
    from labjournal.questions.results.answers import ResultsAnswer
    from labjournal.questions.schemas import schema
    from labjournal.questions.state_answers import RestoreAnswer
    from labjournal.records.push import PushAnswer
    from labjournal.replay.sweeps.sweep import SweepAnswer
    from labjournal.replay.verdicts.verdict import ReplayAnswer

    found: dict[str, Any] = {
        "annotations": shapes.AnnotationsAnswer,
        "check": shapes.CheckAnswer,
        "day": shapes.DayAnswer,
        "diff": WhatChanged,
        "doctor": shapes.DoctorAnswer,
        "restore": RestoreAnswer,
        "enabled": shapes.EnabledAnswer,
        "execution": shapes.ExecutionPart,
        "export": shapes.ExportAnswer,
        "forget": shapes.ForgetAnswer,
        "lineage": origins.LineageAnswer,
        "log": shapes.LogAnswer,
        "push": PushAnswer,
        "recording": shapes.RecordingAnswer,
        "replay": ReplayAnswer,
        "results": ResultsAnswer,
        "search": shapes.SearchAnswer,
        "show": shapes.ShowAnswer,
        "status": shapes.StatusAnswer,
        "sweep": SweepAnswer,
        "summaries": shapes.SummariesAnswer,
        "verify": shapes.VerifyAnswer,
        "versions": shapes.VersionsAnswer,
        "why": origins.WhyAnswer,
    }
    return {name: schema(shape, name) for name, shape in found.items()}


def write(docs: Path) -> None:
    """Writes the manual and the schemas into the folder of the documentation."""
    (docs / "answers").mkdir(parents=True, exist_ok=True)
    (docs / "cli.md").write_text(text(), encoding="utf-8")
    for name, found in answers().items():
        (docs / "answers" / f"{name}.schema.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def _command(name: str, command: Parser) -> str:
    positional = [action for action in command._actions if not action.option_strings and action.help != argparse.SUPPRESS]
    options = [
        action
        for action in command._actions
        if action.option_strings and action.help != argparse.SUPPRESS and action.dest not in ("help", "journal", "json")
    ]
    usage = " ".join(
        ["labjournal", name, *[_argument(action) for action in positional], *[_option(action) for action in options]]
    )
    summary, _, more = (command.description or "").partition("\n\n")
    rows = [f"| `{_argument(action, bare=True)}` | {action.help} |" for action in positional]
    rows += [f"| `{_option(action, bare=True)}` | {action.help} |" for action in options]
    table = ["| | |", "|---|---|", *rows, ""] if rows else []
    details = ["```text", more, "```", ""] if "  " in more else [more, ""] if more else []
    return "\n".join([f"### {name}\n", summary + "\n", f"    {usage}\n", *details, *table])


def _argument(action: argparse.Action, *, bare: bool = False) -> str:
    name = str(action.metavar or action.dest)
    if bare:
        return name
    return f"{name}..." if action.nargs == "+" else f"[{name}]" if action.nargs == "?" else name


def _option(action: argparse.Action, *, bare: bool = False) -> str:
    value = f" {action.metavar}" if action.metavar else ""
    written = ", ".join(action.option_strings) + value if bare else action.option_strings[0] + value
    return written if bare or action.required else f"[{written}]"


if __name__ == "__main__":
    write(Path(sys.argv[1]))
