"""SQL as it may be written down: every literal is `?`, comments are gone, spaces are one.

What names data stays, also where it is a text: a file after FROM, JOIN, INTO, TO or ATTACH, and in `read_parquet('…')` and its
like. Long lists of values become one. This is a pass over tokens, not a parser: what it cannot end (an open quote) it leaves out.
"""

from __future__ import annotations

import re
from typing import List, Match

__all__ = ["is_housekeeping", "normalised"]

CHARACTERS = 20_000

_TOKEN = re.compile(
    r"""
      (?P<comment> --[^\n]* | /\*.*?(?:\*/|\Z) | \#(?=\s)[^\n]* )
    | (?P<text>    (?:[eEbBxXnNuU]&?)? ' (?: [^'] | '' )* ' | \$(?P<tag>[A-Za-z_]*)\$ .*? \$(?P=tag)\$ )
    | (?P<name>    " (?: [^"] | "" )* " | ` [^`]* ` | \[ [A-Za-z_][^\]\n]* \] )
    | (?P<open>    (?: ['"`] | \$[A-Za-z_]*\$ ) .* \Z )
    | (?P<number>  (?<![\w.$:@?]) (?: 0[xX][0-9A-Fa-f]+ | (?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)? ) (?![\w]) )
    | (?P<place>   [:@$]\w+ | %\(\w+\)s | %s | \?\d* )
    | (?P<word>    [^\W\d]\w* | \d+\w* )
    | (?P<space>   \s+ )
    | (?P<sign>    . )
    """,
    re.VERBOSE | re.DOTALL,
)
_PLACES = ("FROM", "JOIN", "INTO", "TO", "ATTACH", "DATABASE", "TABLE", "UPDATE", "USING")
_READERS = re.compile(r"(?:READ_\w+|\w+_SCAN|SCAN_\w+|SNIFF_CSV|GLOB)\Z")
_COMPARED = ("=", "<", ">", "!", "LIKE", "GLOB", "REGEXP", "MATCH", "BETWEEN", "ESCAPE")
_TEXT_IN_DOUBLE_QUOTES = ("", "sqlite", "mysql", "mariadb")
_LIST = re.compile(r"\(\?(?:, ?\?)+\)")
_ROWS = re.compile(r"(\((?:\?|\.\.\.|:\w+|%s)(?:, (?:\?|:\w+|%s))*\))(?:, \1)+")
_LINE_UP = re.compile(r"\s*([,;)\]])\s*|\s*([(\[])")
_HOUSEKEEPING = re.compile(
    r"\s*(?:BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|END|PRAGMA|START\s+TRANSACTION|SET|SHOW|EXPLAIN|CHECKPOINT|VACUUM|ANALYZE)\b",
    re.IGNORECASE,
)


def is_housekeeping(statement: str) -> bool:
    """Whether it is about the connection, and not about data."""
    return _HOUSEKEEPING.match(statement) is not None


def normalised(statement: str, dialect: str = "") -> str:
    """The statement without values and comments."""
    kept = _Kept(dialect)
    for match in _TOKEN.finditer(statement[:CHARACTERS]):
        kept.take(match)
    text = " ".join("".join(kept.pieces).split())
    text = _LIST.sub("(?)", text)
    text = _ROWS.sub(r"\1", text)
    return text.strip("; ") + ("…" if len(statement) > CHARACTERS else "")


class _Kept:
    """What of a statement stays, and where in it we are."""

    def __init__(self, dialect: str) -> None:
        self.pieces: List[str] = []
        self._double_is_text = dialect in _TEXT_IN_DOUBLE_QUOTES
        self._before = ""
        """The last word or sign."""
        self._calls: List[str] = []
        """Words before the parentheses that are open."""

    def take(self, match: Match[str]) -> None:
        kind, piece = match.lastgroup, match.group()
        if match.group("text") is not None:
            kind = "text"
        if kind == "comment" or kind == "open":
            self.pieces.append(" ")
            return
        if kind == "space":
            self.pieces.append(" ")
            return
        if kind == "number" or (kind == "text" and not self._names_data()) or (kind == "name" and self._is_text(piece)):
            if self._before == "-" and kind == "number":
                self._drop_sign()
            piece = "?"
        self.pieces.append(piece)
        if piece == "(":
            self._calls.append(self._before)
        elif piece == ")" and self._calls:
            self._calls.pop()
        self._before = piece.upper()

    def _names_data(self) -> bool:
        if self._before in _PLACES:
            return True
        # the first argument of a reader, or one of a list there
        return (
            bool(self._calls)
            and _READERS.match(self._calls[-1]) is not None
            and self._before in ("(", "[", ",", "'")
            and not self._past_first()
        )

    def _past_first(self) -> bool:
        """Whether an option (`header = true`) has already been given in the call that is open."""
        depth = 0
        for piece in reversed(self.pieces):
            if piece == ")":
                depth += 1
            elif piece == "(":
                if depth == 0:
                    return False
                depth -= 1
            elif piece == "=" and depth == 0:
                return True
        return False

    def _is_text(self, piece: str) -> bool:
        return self._double_is_text and piece.startswith('"') and (self._before in _COMPARED or self._in_values())

    def _in_values(self) -> bool:
        return bool(self._calls) and self._calls[-1] in ("VALUES", ",") and self._before in ("(", ",")

    def _drop_sign(self) -> None:
        """A sign before a number is part of it, unless something is subtracted."""
        before = [piece for piece in self.pieces[-4:] if not piece.isspace()]
        if len(before) < 2 or not (before[-2][-1:].isalnum() or before[-2][-1:] in ')]"?_'):
            while self.pieces and self.pieces.pop() != "-":
                pass
