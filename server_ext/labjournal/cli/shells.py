"""Completion for shells, made from the parser itself by shtab, so that it never lags behind."""

from __future__ import annotations

import argparse

from labjournal.cli.parser import Commands, wants_json
from labjournal.cli.terminal import put, put_json

__all__ = ["add"]

_MORE = """  bash  labjournal completion bash > ~/.local/share/bash-completion/completions/labjournal
  zsh   labjournal completion zsh > "${fpath[1]}/_labjournal"
  fish  labjournal completion fish > ~/.config/fish/completions/labjournal.fish"""


def add(commands: Commands) -> None:
    completion = commands.add(
        "Set up",
        "completion",
        "print what a shell needs to complete commands and options",
        lambda arguments: _completion(commands, arguments),
        _MORE,
    )
    completion.add_argument("shell", metavar="SHELL", choices=("bash", "zsh", "fish"), help="bash, zsh or fish")


def _completion(commands: Commands, arguments: argparse.Namespace) -> int:
    import shtab

    commands.choices.help = "what to do"  # hidden in the help, where the commands are listed by group
    for command in (commands.parser, *commands.parsers.values()):
        for action in command._actions:
            if action.metavar in ("PATH", "FOLDER", "NOTEBOOK", "ADDRESS-or-CRATE"):
                action.complete = shtab.FILE  # type: ignore[attr-defined]
    script = shtab.complete(commands.parser, arguments.shell)
    if wants_json(arguments):
        put_json({"shell": arguments.shell, "script": script})
    else:
        put(script)
    return 0
