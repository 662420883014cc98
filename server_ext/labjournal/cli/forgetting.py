"""Removes for good what a person does not want to have recorded: forget."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from labjournal.cli.journals import folder, opened
from labjournal.cli.parser import Commands, typed, wants_json
from labjournal.cli.reading import named_notebook
from labjournal.cli.terminal import ask, fail, put, put_json
from labjournal.cli.text import count, size
from labjournal.errors import LabjournalError

if TYPE_CHECKING:
    from labjournal.journal.forgetting import Chosen
    from labjournal.journal.reader import Journal
    from labjournal.journal.rows import Address
    from labjournal.questions.answers import ForgetAnswer

__all__ = ["add"]

CANNOT = 2
_MORE = """Removed are the rows, the search index, kept contents that nothing else needs, copies of the database beside it, and free pages.
What another run recorded as well stays with that run. Of a single execution the run says that it was forgotten, and its place in
the chain remains; of a whole run nothing does. Pages, notebooks and records that were exported before are not touched.
Snapshots of uncommitted files that a run left in a repository go with the run; their objects go when git clears up by itself.
A run whose kernel is running cannot be forgotten: the kernel would write it again."""


def add(commands: Commands) -> None:
    forget = commands.add("Set up", "forget", "remove runs or executions for good", _forget, _MORE)
    forget.add_argument("addresses", metavar="ADDRESS", type=typed, nargs="*", help="runs or executions that are meant")
    forget.add_argument(
        "--before", metavar="DATE", type=typed, help="runs that were over before: a date, a time, or as long ago as '30d'"
    )
    forget.add_argument("--notebook", metavar="PATH", type=typed, help="runs of this notebook: its path, or the end of it")
    forget.add_argument("--yes", action="store_true", help="do not ask")


def _forget(arguments: argparse.Namespace) -> int:
    from labjournal.journal.forgetting import forget

    _refuse_what_is_unclear(arguments)
    with opened(arguments) as journal:
        chosen = _chosen(journal, arguments)
        nothing = not chosen.runs and not chosen.executions
        snapshots = {(each.root, run) for run in chosen.runs for each in journal.snapshots(run) if each.snapshot}
        question = "" if nothing else _question(journal, chosen)
    for run in chosen.running:
        fail(f"Run {run} stays: its kernel is running.")
    answer: ForgetAnswer = {"runs": 0, "executions": 0, "bytes": 0}
    if not nothing:
        _refuse_to_ask_nobody(arguments)
        if not arguments.yes and not ask(question):
            fail("Nothing was forgotten.")
            return CANNOT
        done = forget(folder(arguments), chosen)
        answer = {"runs": done.runs, "executions": done.executions, "bytes": done.bytes}
        if snapshots:
            from labjournal.records.repository import remove_references

            for sentence in remove_references(snapshots):
                fail(sentence)
        from labjournal.questions.recipe import known

        known.forget()
    if wants_json(arguments):
        put_json(answer)
    elif nothing:
        put("There is nothing to forget.")
    else:
        put(f"Forgotten: {_told(answer['runs'], answer['executions'])}; {size(answer['bytes'])} are free again.")
    return 0


def _refuse_what_is_unclear(arguments: argparse.Namespace) -> None:
    filtered = arguments.before is not None or arguments.notebook is not None
    if not arguments.addresses and not filtered:
        raise LabjournalError("Nothing is named that is to be forgotten.", "Name an ADDRESS, or --before or --notebook.")
    if arguments.addresses and filtered:
        raise LabjournalError(
            "An ADDRESS and --before or --notebook are too much at once.", "Name either the addresses or the rest."
        )


def _refuse_to_ask_nobody(arguments: argparse.Namespace) -> None:
    if not arguments.yes and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise LabjournalError("Nobody is at the terminal who could be asked.", "`--yes` removes without asking.")


def _chosen(journal: Journal, arguments: argparse.Namespace) -> Chosen:
    from labjournal.journal.addresses import resolve
    from labjournal.journal.forgetting import choose

    if arguments.addresses:
        return choose(journal, [resolve(journal, text) for text in arguments.addresses])
    return choose(journal, _filtered(journal, arguments), skip_running=True)


def _filtered(journal: Journal, arguments: argparse.Namespace) -> list[Address]:
    from labjournal.journal.rows import Address
    from labjournal.questions.days import bounds

    before = None if arguments.before is None else bounds(arguments.before, None)[0]
    runs = journal.runs(notebook=named_notebook(arguments.notebook))
    return [Address(run.run) for run in runs if before is None or (run.started < before and (run.ended or "~") < before)]


def _question(journal: Journal, chosen: Chosen) -> str:
    shown = [*chosen.runs, *(f"{run}/{n}" for run, n in chosen.executions)]
    named = ", ".join(shown[:5]) + (" …" if len(shown) > 5 else "")
    return f"Forget {_told(len(chosen.runs), chosen.count)} ({named}) for good? What is removed cannot be brought back."


def _told(runs: int, executions: int) -> str:
    return f"{count(runs, 'run')} with {count(executions, 'execution')}" if runs else count(executions, "execution")
