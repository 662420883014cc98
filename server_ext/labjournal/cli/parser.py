"""The shape of the command line: `Commands` collects them by group, `Parser` reads them and says in one sentence what it cannot read.

`--journal` and `--json` are understood before and behind the command. Options are never abbreviated, so that a new one cannot
change what an old script means.
"""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Callable
from typing import Any, NoReturn

from labjournal.errors import LabjournalError

__all__ = ["Commands", "Parser", "Run", "typed", "wants_json"]

Run = Callable[[argparse.Namespace], int]
"""What carries a command out; gives back the exit status."""

_DESCRIPTION = "The lab notebook that writes itself while you work in Jupyter."
_EPILOG = """An ADDRESS is a run (k3f9, or as many letters of it as are unique), an execution of it (k3f9/12), `last`, `last/12`,
`last/result`, or a name or tag that you gave. `labjournal COMMAND --help` tells more about a command."""


class Parser(argparse.ArgumentParser):
    """An argument parser that raises the one sentence instead of printing its usage."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        options.setdefault("allow_abbrev", False)
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(*arguments, **options)

    def error(self, message: str) -> NoReturn:
        unknown = re.match(r"argument COMMAND: invalid choice: '(.*?)'", message, re.DOTALL)
        if unknown:
            near = difflib.get_close_matches(unknown[1], self.commands.parsers, 1)
            hint = f"Did you mean `labjournal {near[0]}`?" if near else "`labjournal --help` lists the commands."
            raise LabjournalError(f"There is no command '{unknown[1]}'.", hint)
        raise LabjournalError(
            f"{message[:1].upper()}{message[1:]}.".replace("..", "."), f"`{self.prog} --help` shows how it is written."
        )

    commands: Commands


class Commands:
    """The commands, in the order and under the headings in which the help shows them."""

    def __init__(self, version: str) -> None:
        self.parser = Parser(
            prog="labjournal", description=_DESCRIPTION, usage="labjournal [--journal PATH] [--json] COMMAND ..."
        )
        self.parser.commands = self
        self.parser.add_argument("--version", action="version", version=f"labjournal {version}", help="show the version and end")
        self._add_shared(self.parser)
        self.choices = self.parser.add_subparsers(metavar="COMMAND", dest="command", help=argparse.SUPPRESS, parser_class=Parser)
        self.groups: dict[str, list[tuple[str, str]]] = {}
        self.parsers: dict[str, Parser] = {}

    def add(self, group: str, name: str, summary: str, run: Run, more: str = "") -> Parser:
        """A command: `summary` is its line in the list of commands, `more` what its own help tells besides."""
        description = f"{summary[0].upper()}{summary[1:]}." + (f"\n\n{more}" if more else "")
        parser: Parser = self.choices.add_parser(name, prog=f"labjournal {name}", description=description, help=summary)
        parser.commands = self
        self._add_shared(parser)
        parser.set_defaults(run=run)
        self.groups.setdefault(group, []).append((name, summary))
        self.parsers[name] = parser
        return parser

    def finished(self) -> Parser:
        """The parser, its help complete."""
        column = max(len(name) for name in self.parsers)
        listed = [
            f"{group}:\n" + "\n".join(f"  {name:<{column}}  {summary}" for name, summary in commands)
            for group, commands in self.groups.items()
        ]
        self.parser.epilog = "\n\n".join([*listed, _EPILOG])
        return self.parser

    @staticmethod
    def _add_shared(parser: argparse.ArgumentParser) -> None:
        # SUPPRESS as default: what stands before the command is not forgotten when the command's own parser says nothing.
        parser.add_argument(
            "--journal",
            metavar="PATH",
            default=argparse.SUPPRESS,
            help="folder of the journal, or the SQLite file in it (default: $LABJOURNAL_PATH, else your own journal)",
        )
        parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="one JSON document on standard output")


def wants_json(arguments: argparse.Namespace) -> bool:
    return bool(getattr(arguments, "json", False))


def typed(text: str) -> str:
    """A word of the command line that is looked up or kept; bytes that are no letters become question marks."""
    return text.encode("utf-8", "replace").decode()
