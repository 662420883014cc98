"""A cell's source as a syntax tree, without running, compiling or warning about anything.

Cells are not quite Python: lines that begin with `%`, `!` or `?` are IPython's. They are blanked out line by line, so that every
position in the tree is a position in the cell. Backslash escapes are blanked out too (same length): the parser would otherwise
warn about invalid ones on the user's standard error, and silencing warnings is not thread-safe.
"""

from __future__ import annotations

import ast
import re
import sys
from functools import lru_cache
from typing import NamedTuple

__all__ = ["PARSES_ALONE", "Parsed", "different_words", "offsets", "parse", "parse_once", "words_of"]

PARSES_ALONE = sys.version_info[:2] == (3, 11)
"""Whether only one thread may make a syntax tree at a time. CPython 3.11 counts depth in one place for all threads, and a parser that
a finaliser interrupts while another thread parses ends in a SystemError (python/cpython#106905): that must never be the user's."""

_WORD = re.compile(r"\w+")
_ONLY_WORDS = str.maketrans({letter: " " for letter in map(chr, range(128)) if not (letter.isalnum() or letter == "_")})
_ESCAPE = re.compile(r"\\(N\{[^}\n]*\}|[^\n])")
_GLUED = re.compile(r"(?<![\w.])[0-9][\w.]*(?<=[0-9a-fA-F_.jJ])(?:and|else|for|if|in|is|not|or)\b")
_MAGIC_LINE = re.compile(r"[ \t]*(?:[%!]|\?{1,2}\w|[,;/][A-Za-z_]|;[ \t]*$)")
_HELP_LINE = re.compile(r"[ \t]*%{0,2}[\w.*]+\?{1,2}[ \t]*$")
_ASSIGNED = re.compile(r"([ \t]*[A-Za-z_][\w.\[\]'\", ]{0,200}=)[ \t]*([%!].*)$")
_CELL_MAGIC = re.compile(r"\s*%%(\w[\w.-]*)[^\n]*")
_PYTHON_CELLS = frozenset(
    "capture debug memit mprun prun python python3 pypy scalene snakeviz time timeit lprun heat cache skip ipytest".split()
)
_LONGEST = 200_000
_LONGEST_REMEMBERED = 20_000
_TRIES = 3


class Parsed(NamedTuple):
    """A cell taken apart. `tree` is None where it is not Python, also not behind its magics."""

    tree: ast.Module | None
    lines: list[str]
    """The lines that the tree's positions mean; `offsets` turns those into positions in the source."""
    magics: list[tuple[int, str]]
    """(number of the line from 0, text) of what IPython, not Python, executes; continuation lines joined."""
    cell_magic: str = ""
    """Name of a cell magic whose body is not Python, e.g. 'bash'."""


def parse(source: str) -> Parsed:
    """The cell's syntax tree and its magics."""
    if len(source) > _LONGEST or "\x00" in source:
        return Parsed(None, [], [])
    magic = _CELL_MAGIC.match(source) if "%%" in source else None
    if magic is not None and magic.group(1) not in _PYTHON_CELLS:
        return Parsed(None, [], [(0, source)], magic.group(1))
    text = source.replace("\\\r\n", " \\\n").replace("\r", " ").replace("\x0c", " ")
    tree = None if magic is not None else _tree(text)
    if tree is not None:
        return Parsed(tree, text.split("\n"), [])
    lines, magics = _without_magics(text.split("\n"))
    tree = _tree("\n".join(lines)) if magics else None
    return Parsed(tree, lines if tree is not None else [], magics)


parse_once = lru_cache(maxsize=1)(parse)
"""The same for several who want the tree of one source, and only look at it; `cache_clear()` when they are done."""


def words_of(source: str) -> list[str]:
    """All that can be a name in a source, wherever it stands; of plain ASCII, which most code is, told in a tenth of the time."""
    return source.translate(_ONLY_WORDS).split() if source.isascii() else _WORD.findall(source)


def different_words(source: str) -> frozenset[str]:
    """The same words, each once; of the short source that was asked for last they are known already, because several ask when a cell begins."""
    global _last
    known, words = _last
    if known is source:
        return words
    words = frozenset(words_of(source))
    if len(source) <= _LONGEST_REMEMBERED:
        _last = source, words
    return words


_last: tuple[str, frozenset[str]] = ("", frozenset())


def offsets(lines: list[str]) -> Offsets:
    """Turns positions of a tree into offsets in the source."""
    return Offsets(lines)


class Offsets:
    """Line and UTF-8 column of a syntax node → offset in the source; lines are measured when they are asked for."""

    __slots__ = ("_lines", "_starts")

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._starts = [0]
        for line in lines:
            self._starts.append(self._starts[-1] + len(line) + 1)

    def span(self, node: ast.expr) -> tuple[int, int]:
        """(start, end) of the node in the source."""
        return self.at(node.lineno, node.col_offset), self.at(
            node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
        )

    def at(self, line: int, column: int) -> int:
        """Offset of a 1-based line and a column in UTF-8 bytes."""
        text = self._lines[line - 1]
        if not text.isascii():
            column = len(text.encode("utf-8", "surrogatepass")[:column].decode("utf-8", "surrogatepass"))
        return self._starts[line - 1] + column


def _tree(text: str) -> ast.Module | None:
    if "\\" in text:
        text = _ESCAPE.sub(_blank, text)
    if any(_in_code(text, match.start()) for match in _GLUED.finditer(text)):
        return None  # `1if x else 2`: the tokenizer would warn
    for _ in range(_TRIES):
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        except SystemError:  # see PARSES_ALONE: this time another thread of the user's was in between
            pass
    return None


def _in_code(text: str, position: int) -> bool:
    before = text[text.rfind("\n", 0, position) + 1 : position]
    return "#" not in before and not before.count('"') % 2 and not before.count("'") % 2


def _blank(match: re.Match[str]) -> str:
    return "".join("_" if letter.isascii() else letter for letter in match.group())


def _without_magics(lines: list[str]) -> tuple[list[str], list[tuple[int, str]]]:
    answer: list[str] = []
    magics: list[tuple[int, str]] = []
    continued = False
    for number, line in enumerate(lines):
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        if continued:
            magics[-1] = (magics[-1][0], magics[-1][1].rstrip("\\") + "\n" + line)
            answer.append("")
        elif _MAGIC_LINE.match(line) or _HELP_LINE.match(line):
            magics.append((number, line))
            answer.append(indent + "pass")
        else:
            assigned = _ASSIGNED.match(line)
            if assigned is None:
                answer.append(line)
                continue
            magics.append((number, line))
            answer.append(assigned.group(1) + "None")
        continued = line.endswith("\\")
    return answer, magics
