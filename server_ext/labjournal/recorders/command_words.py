"""Words of command lines that may be names of files: of shell lines and magics in a cell, and of programs that are started."""

from __future__ import annotations

import os
import re
from itertools import islice
from typing import Any, Iterator

__all__ = ["shell_lines", "words_of"]

_CHARACTERS = 20_000
_MOST_WORDS = 500
_PROGRAMS = ("/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/usr/local/bin/", "/usr/local/sbin/")
_WORD = re.compile(r""""([^"\n]+)"|'([^'\n]+)'|((?:\\.|[^\s"'|&;<>()$`\\])+)""")
_SHELL_LINE = re.compile(r"^[ \t]*(?:[\w, \t]+=[ \t]*)?(?:!{1,2}|%s[xc][ \t]|%system[ \t]|%run[ \t])(.+)$", re.MULTILINE)
_SHELL_CELL = re.compile(r"\A\s*%%(?:bash|sh|zsh|script|system|sx|perl|ruby|python[23]?|pypy)\b([^\n]*)\n(.*)\Z", re.DOTALL)


def words_of(command: Any) -> Iterator[str]:
    """The words of a command line, or of a list of arguments, but for programs; only plain texts are looked at."""
    given = command if type(command) in (list, tuple) else (command,)
    words = (word for each in islice(given, _MOST_WORDS) for word in _words(each))
    return islice((word for word in words if not word.startswith(_PROGRAMS)), _MOST_WORDS)


def shell_lines(source: str) -> str:
    """What of a cell is for a shell; '' for most cells, and cheap for them."""
    if "!" not in source and "%" not in source:
        return ""
    source = source[:_CHARACTERS]
    cell = _SHELL_CELL.match(source)
    return "\n".join(cell.groups()) if cell is not None else "\n".join(_SHELL_LINE.findall(source))


def _words(text: Any) -> Iterator[str]:
    if type(text) is bytes:
        text = os.fsdecode(text)
    if type(text) is not str or not text or "\0" in text:
        return
    if len(text) <= 4096 and os.sep in text and " " in text:
        yield text  # one argument with spaces in it
    for match in _WORD.finditer(text[:_CHARACTERS]):
        word = next(group for group in match.groups() if group is not None)
        if match.group(3) is not None:
            word = re.sub(r"\\(.)", r"\1", word)
        if word.startswith("-"):
            word = word.partition("=")[2]
        if word and len(word) <= 4096 and not word.isdigit():
            yield os.path.expanduser(word) if word.startswith("~") else word
