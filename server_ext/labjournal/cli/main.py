"""`labjournal`: reads the command line, carries the command out, and turns whatever goes wrong into one sentence.

Exit status: 0 done; 1 the thing checked does not hold; 2 cannot do that; 130 interrupted. Nothing heavy is imported before a
command needs it: `labjournal --help` answers at once.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from labjournal.cli import (
    annotating,
    checking,
    exporting,
    forgetting,
    keeping,
    reading,
    replaying,
    restoring,
    results,
    shells,
    tracing,
)
from labjournal.cli.parser import Commands, Parser
from labjournal.cli.terminal import fail, prepare_streams
from labjournal.errors import LabjournalError

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["main", "parser"]

CANNOT = 2
INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Carries out the command line and gives back the exit status."""
    prepare_streams()
    if argv is None:
        _leave_out_a_grammar()
    try:
        status = _carry_out(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # Whoever read has seen enough (`labjournal log | head`); what is left in the buffer must not complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt as interrupted:
        fail(str(interrupted) or "Interrupted.")
        return INTERRUPTED
    except LabjournalError as error:
        fail(str(error))
    except OSError as error:
        fail(_about_file(error))
    except Exception as error:
        # The one broad handler: a fault of ours must not fall upon a person as a traceback.
        if os.environ.get("LABJOURNAL_DEBUG"):
            raise
        fail(_about_fault(error, sys.argv[1:] if argv is None else argv))
    return CANNOT


def parser() -> Parser:
    """The parser with every command."""
    from labjournal import __version__

    commands = Commands(__version__)
    for group in (reading, results, tracing, exporting, replaying, checking, restoring, annotating, keeping, forgetting, shells):
        group.add(commands)
    return commands.finished()


def _carry_out(argv: Sequence[str]) -> int:
    reader = parser()
    try:
        arguments = reader.parse_args(argv)
    except SystemExit as ended:  # --help and --version
        return ended.code if isinstance(ended.code, int) else 0
    if arguments.command is None:
        reader.print_help()
        return 0
    status: int = arguments.run(arguments)
    return status


def _leave_out_a_grammar() -> None:
    """jsonschema, which comes with nbformat, makes a grammar of internet addresses when it is loaded and the package for that is there:
    two seconds for a check that no notebook asks for. Only in a process of our own."""
    if "jsonschema" not in sys.modules:
        sys.modules.setdefault("rfc3987_syntax", cast("ModuleType", None))


def _about_file(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        held = f" that holds '{error.filename}'" if error.filename is not None else ""
        return f"The disk{held} is full. Make room, then try again."
    place = f"'{error.filename}'" if error.filename is not None else "A file"
    return f"{place} cannot be used: {error.strerror or error}. Check the path, its permissions and the space on the disk."


def _about_fault(error: Exception, argv: Sequence[str]) -> str:
    """Whose fault it was: the journal's, where what it holds is not what was recorded, else ours."""
    damage = _damage(argv)
    if damage is not None:
        return str(damage)
    if type(error).__module__ == "sqlite3":
        return f"The journal cannot be read: {error}. `labjournal doctor` says what is wrong with it."
    what = f"{type(error).__name__}: {error}".rstrip(".")
    return (
        f"labjournal stumbled over {what}. `labjournal verify` says whether the journal is whole; LABJOURNAL_DEBUG=1 shows where."
    )


def _damage(argv: Sequence[str]) -> LabjournalError | None:
    from labjournal.cli.journals import folder
    from labjournal.journal.integrity import damage

    try:
        return damage(folder(parser().parse_args(argv)))
    except Exception:  # whatever is the matter, there is a sentence to be said
        return None


if __name__ == "__main__":
    sys.exit(main())
