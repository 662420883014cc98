"""Files that command lines name, and what for: of shell lines and magics in a cell, and of programs that are started.

    named     told to a program: read where it is as it was afterwards, else written or removed
    made      only written: what output is led to, the last word of `cp`, what `gzip` makes
    edited    read, whatever becomes of it: `sed -i`, `gzip`
    gone      never read: `rm`, the first words of `mv`

`command_lines` goes through the words; here are the names of what they are for, and what most cells pay.
"""

from __future__ import annotations

from typing import Any, Dict, Iterable, Iterator, Tuple

__all__ = [
    "EDITED",
    "GONE",
    "HEAD_CHARACTERS",
    "MADE",
    "MAGICS",
    "NAMED",
    "READ",
    "WORDS",
    "Found",
    "files_named",
    "named_in",
    "once_each",
]

NAMED, MADE, EDITED, GONE = "named", "made", "edited", "gone"
WORDS = frozenset((NAMED, MADE, EDITED, GONE))
READ = frozenset((NAMED, EDITED))
"""What may have been read."""

HEAD_CHARACTERS = 20_000
"""How much of a cell is looked through."""
MAGICS = ("%%", "%sc", "%sx", "%system", "%run")
"""What hands words to programs, beside an exclamation mark."""

Found = Tuple[str, str]
"""(absolute path, what for)"""


def named_in(source: str) -> Iterator[Found] | None:
    """What the shell lines of a cell say of files; None for most cells, which have no such lines."""
    head = source[:HEAD_CHARACTERS]
    if "!" not in head and ("%" not in head or not any(magic in head for magic in MAGICS)):
        return None
    from labjournal.recorders import command_lines

    return command_lines.named_in(source)


def files_named(command: Any, folder: Any = None) -> Iterator[Found]:
    """What a command line, or a list of arguments, says of files."""
    from labjournal.recorders import command_lines

    return command_lines.files_named(command, folder)


def once_each(found: Iterable[Found]) -> Dict[str, str]:
    """Path → what for, over all its mentions: what is read first, and then written or removed, is edited; what is made is not read."""
    answer: Dict[str, str] = {}
    for path, role in found:
        before = answer.setdefault(path, role)
        if before == NAMED and role != NAMED:
            answer[path] = EDITED
    return answer
