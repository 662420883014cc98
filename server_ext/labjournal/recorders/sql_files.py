"""Files that SQL names: texts that look like paths, and quoted names in DuckDB's way. Loaded with the first statement."""

from __future__ import annotations

import re
from typing import List, Tuple

__all__ = ["sql_files"]

_MOST_FOUND = 2_000
_SQL_TEXT = 200_000
_SQL_WORDS = re.compile(
    r"""--[^\n]*|/\*.*?\*/|'(?P<text>(?:[^']|'')*)'|"(?P<name>(?:[^"]|"")*)"|(?P<word>[A-Za-z_]+)|(?P<end>;)""", re.DOTALL
)
_LIKE_A_FILE = re.compile(r"[/\\.*]")


def sql_files(statement: str) -> List[Tuple[str, bool]]:
    """(path, whether it is written) of what looks like a file in SQL: texts, and quoted names in DuckDB's way."""
    found: List[Tuple[str, bool]] = []
    words: List[str] = []
    for match in _SQL_WORDS.finditer(statement[:_SQL_TEXT]):
        if match.group("end"):
            words.clear()
        elif match.group("word"):
            words.append(match.group("word").upper())
        else:
            text = match.group("text")
            quoted = text if text is not None else match.group("name")
            if quoted and len(found) < _MOST_FOUND and _LIKE_A_FILE.search(quoted):
                found.append((quoted.replace("''", "'"), _is_target(words)))
    return found


def _is_target(words: List[str]) -> bool:
    """Whether the text after these words of a statement is what it writes to."""
    return bool(words) and ((words[-1] == "TO" and "COPY" in words) or (words[0] == "EXPORT" and words[-1] == "DATABASE"))
