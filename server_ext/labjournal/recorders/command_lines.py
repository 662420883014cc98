"""A pass over the words of a command line: which are files, and what for. Loaded with the first one.

It is no shell: what a variable or a command in the middle of a word stands for is not known. `cd` is followed.
"""

from __future__ import annotations

import fnmatch
import os
import re
from itertools import islice
from typing import Any, Dict, Iterator, List, NamedTuple

from labjournal.recorders.command_words import EDITED, GONE, HEAD_CHARACTERS, MADE, MAGICS, NAMED, Found

__all__ = ["files_named", "named_in", "shell_lines"]

_MOST_WORDS = 500
_MOST_FOUND = 200
_MOST_LISTED = 5_000
_MOST_HERE = 20
_PROGRAMS = ("/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/usr/local/bin/", "/usr/local/sbin/")
_SHELLS = frozenset("sh bash dash zsh ksh ash".split())
_TOKEN = re.compile(
    r"""
      (?P<comment> (?<![^\s;&|()]) \#[^\n]* )
    | (?P<lead>    (?:\d|&)? (?: >>|>\||> ) (?!\() | <(?![<(]) )
    | (?P<end>     &&|\|\||[;&|\n] )
    | (?P<group>   [()] )
    | (?P<word>    (?: "(?:\\.|[^"\\])*" | '[^']*' | \\. | [^\s"'|&;<>()\\] )+ )
    """,
    re.VERBOSE | re.DOTALL,
)
_PART = re.compile(r""""((?:\\.|[^"\\])*)"|('[^']*')|(\\.)|([^"'\\]+)""", re.DOTALL)
_HERE = re.compile(r"<<-?\s*(['\"]?)(\w+)\1([^\n]*)\n.*?\n[ \t]*\2[ \t]*(?=\n|\Z)", re.DOTALL)
_INNER = re.compile(r""""([^"\n]+)"|'([^'\n]+)'|((?:\\.|[^\s"'|&;<>()$`\\])+)""")
_ASSIGNS = re.compile(r"[A-Za-z_]\w*\+?=")
_BEFORE = frozenset(
    "if then else elif do while until for select { } ! time sudo nohup env exec command nice in case esac fi done".split()
)
_SHELL_LINE = re.compile(r"^[ \t]*(?:[\w, \t]+=[ \t]*)?(?:!{1,2}|%s[xc][ \t]|%system[ \t]|%run[ \t])(.+)$", re.MULTILINE)
_SHELL_CELL = re.compile(r"\A\s*%%(?:bash|sh|zsh|script|system|sx|perl|ruby|python[23]?|pypy)\b([^\n]*)\n(.*)\Z", re.DOTALL)
_OTHER_CELL = re.compile(r"\A\s*%%(?:perl|ruby|python[23]?|pypy|script\s+(?!(?:\S*/)?(?:bash|sh|zsh|dash|ksh)\b))")
_WITHOUT_FILES = frozenset("cd pushd popd echo printf export alias mkdir kill sleep true false".split())
_PACKED = {"gzip": ".gz", "bzip2": ".bz2", "xz": ".xz", "zstd": ".zst", "lzma": ".lzma", "compress": ".Z"}
_UNPACKED = {"gunzip": "gzip", "bunzip2": "bzip2", "unxz": "xz", "unzstd": "zstd", "unlzma": "lzma"}


class _Command(NamedTuple):
    """One program with its words, in a folder."""

    words: List[str]
    made: List[str]
    """What its output is led to."""
    folder: str


def shell_lines(source: str) -> str:
    """What of a cell is for a shell; '' for most cells, and cheap for them."""
    source = source[:HEAD_CHARACTERS]
    if source.count("!") == source.count("!=") and ("%" not in source or not any(sign in source for sign in MAGICS)):
        return ""
    cell = _SHELL_CELL.match(source)
    return "\n".join(cell.groups()) if cell is not None else "\n".join(_SHELL_LINE.findall(source))


def named_in(source: str) -> Iterator[Found]:
    """What the shell lines of a cell say of files."""
    lines = shell_lines(source)
    if not lines:
        return iter(())
    other = _OTHER_CELL.match(source)
    return files_named(lines) if other is None else islice(_inner(lines, os.path.abspath("")), _MOST_WORDS)


def files_named(command: Any, folder: Any = None) -> Iterator[Found]:
    """What a command line, or a list of arguments, says of files; only plain texts are looked at. They need not be there."""
    if type(folder) is not str or not folder:
        folder = ""
    base = os.path.abspath(folder)
    found = (each for one in islice(_commands(command, base), _MOST_WORDS) for each in _files_of(one))
    return islice(found, _MOST_WORDS)


def _commands(command: Any, folder: str) -> Iterator[_Command]:
    if type(command) not in (list, tuple):
        yield from _parsed(_text(command), folder)
        return
    words = [text for text in map(_text, islice(command, _MOST_WORDS)) if text]
    if words and os.path.basename(words[0]) in _SHELLS and "-c" in words[:-1]:
        yield from _parsed(words[words.index("-c") + 1], folder)
    elif words:
        yield _Command(words, [], folder)


def _text(given: Any) -> str:
    text = os.fsdecode(given) if type(given) is bytes else given
    return text[:HEAD_CHARACTERS] if type(text) is str and "\0" not in text else ""


def _parsed(text: str, folder: str) -> Iterator[_Command]:
    """The commands of a shell's text, each with the folder in which it runs as far as `cd` says."""
    outer: List[str] = []
    words: List[str] = []
    made: List[str] = []
    lead = ""
    text = _HERE.sub(r"\3", text) if text.count("<<") <= _MOST_HERE else text
    for match in _TOKEN.finditer(text + "\n"):
        kind, token = match.lastgroup, match.group()
        if kind == "lead":
            lead = token
        elif kind == "word":
            word = _plain(token)
            if lead and word:
                (made if ">" in lead else words).append(word)
            elif not lead and (word or token in ('""', "''")):
                words.append(word)
            lead = ""
        elif kind in ("end", "group"):
            yield _Command(_without_beginning(words), made, folder)
            folder = _next_folder(_without_beginning(words), folder)
            words, made, lead = [], [], ""
            if token == "(":
                outer.append(folder)
            elif token == ")" and outer:
                folder = outer.pop()


def _plain(token: str) -> str:
    """A word without its quotation marks; '' where it holds what only the shell knows."""
    pieces: List[str] = []
    for double, single, escaped, bare in _PART.findall(token):
        piece = single[1:-1] if single else escaped[1:] if escaped else double or bare
        if not single and ("$" in piece or "`" in piece):
            piece = os.path.expandvars(piece)
            if "$" in piece or "`" in piece:
                return ""
        pieces.append(os.path.expanduser(piece) if bare and not pieces and piece.startswith("~") else piece)
    return "".join(pieces)


def _without_beginning(words: List[str]) -> List[str]:
    """From the program on: what stands before it is the shell's."""
    first = next((at for at, word in enumerate(words) if word not in _BEFORE and not _ASSIGNS.match(word)), len(words))
    return words[first:]


def _next_folder(words: List[str], folder: str) -> str:
    if words[:1] in (["cd"], ["pushd"]) and len(words) == 2 and words[1] != "-":
        return os.path.normpath(os.path.join(folder, words[1]))
    return folder


def _files_of(command: _Command) -> Iterator[Found]:
    words, folder = command.words, command.folder
    if words and words[0] not in _WITHOUT_FILES:
        yield from _of_words(words, folder)
    for word in command.made:
        yield from _found(word, folder, MADE)


def _of_words(words: List[str], folder: str) -> Iterator[Found]:
    if os.sep in words[0] and not words[0].startswith(_PROGRAMS):
        yield from _found(words[0], folder, NAMED)
    program, given = os.path.basename(words[0]), words[1:]
    plain = [word for word in given if not word.startswith("-")]
    flags = [word for word in given if word.startswith("-")]
    yield from _SPECIAL.get(program, _any)(program, plain, flags, folder)


def _any(program: str, plain: List[str], flags: List[str], folder: str) -> Iterator[Found]:
    for word in plain:
        if "=" not in word or os.sep in word.partition("=")[0]:
            yield from _found(word, folder, NAMED)
        if (" " in word or "(" in word) and not os.path.lexists(
            os.path.join(folder, word)
        ):  # a line of its own, a program's text
            yield from _inner(word, folder)
        elif "=" in word:  # dd if=…
            yield from _found(word.partition("=")[2], folder, NAMED)
    for word in flags:
        name, _, value = word.partition("=")
        yield from _found(value, folder, MADE if "out" in name else NAMED)


def _inner(text: str, folder: str) -> Iterator[Found]:
    """What looks like words, or stands between quotation marks, in a text of which nothing else is known."""
    for match in _INNER.finditer(text):
        yield from _found(match.group(match.lastindex or 0), folder, NAMED)


def _copied(program: str, plain: List[str], flags: List[str], folder: str) -> Iterator[Found]:
    if len(plain) < 2:
        return
    target = os.path.join(folder, plain[-1])
    into = os.path.isdir(target)
    for word in plain[:-1]:
        for path, role in _found(word, folder, GONE if program == "mv" else NAMED):
            yield path, role
            if into:
                yield os.path.join(os.path.normpath(target), os.path.basename(path)), MADE
    if not into:
        yield from _found(plain[-1], folder, MADE)


def _removed(program: str, plain: List[str], flags: List[str], folder: str) -> Iterator[Found]:
    for word in plain:
        yield from _found(word, folder, GONE)


def _made(program: str, plain: List[str], flags: List[str], folder: str) -> Iterator[Found]:
    for word in plain:
        yield from _found(word, folder, MADE)


def _edited(program: str, plain: List[str], flags: List[str], folder: str) -> Iterator[Found]:
    in_place = any(flag.startswith(("-i", "--in-place")) or (program == "perl" and "i" in flag[1:3]) for flag in flags)
    for word in plain:
        yield from _found(word, folder, EDITED if in_place else NAMED)


def _packed(program: str, plain: List[str], flags: List[str], folder: str) -> Iterator[Found]:
    letters = "".join(flag[1:] for flag in flags if not flag.startswith("--"))
    unpacks = program in _UNPACKED or "d" in letters or "--decompress" in flags
    suffix = _PACKED[_UNPACKED.get(program, program)]
    kept = "c" in letters or "l" in letters or "t" in letters or "--stdout" in flags
    for word in plain:
        for path, _ in _found(word, folder, EDITED):
            yield path, NAMED if kept else EDITED
            if not kept and (not unpacks or path.endswith(suffix)):
                yield path[: -len(suffix)] if unpacks else path + suffix, MADE


_SPECIAL: Dict[str, Any] = {
    **dict.fromkeys(("cp", "mv", "install", "ln"), _copied),
    **dict.fromkeys(("rm", "unlink", "shred"), _removed),
    **dict.fromkeys(("touch", "tee", "truncate", "mkfifo"), _made),
    **dict.fromkeys(("sed", "perl"), _edited),
    **dict.fromkeys((*_PACKED, *_UNPACKED), _packed),
}


def _found(word: str, folder: str, role: str) -> Iterator[Found]:
    """The path that a word is, or those that it stands for."""
    if not word or len(word) > 4096 or word.isdigit() or "\n" in word:
        return
    path = os.path.normpath(os.path.join(folder, word))
    if any(sign in word for sign in "*?[") and not os.path.lexists(path):
        for each in _matching(path):
            yield each, role
    else:
        yield path, role


def _matching(pattern: str) -> List[str]:
    """Files that a pattern for the last part of a path stands for; what stands in many folders is not looked for while a user waits."""
    folder, names = os.path.split(pattern)
    try:
        with os.scandir(folder) as listing:
            found = fnmatch.filter([entry.name for entry in islice(listing, _MOST_LISTED)], names)
    except OSError:
        return []
    return sorted(os.path.join(folder, name) for name in found[:_MOST_FOUND] if not name.startswith(".") or names.startswith("."))
