"""Files that SQL names: texts that look like paths, quoted names in DuckDB's way, and values bound where a file is meant.

Loaded with the first statement.
"""

from __future__ import annotations

import re
from typing import Any, Iterator, List, Match, Tuple

from labjournal.recorders.native_paths import given_paths

__all__ = ["does", "sql_files", "view_made", "words_in"]

_MOST_FOUND = 2_000
_SQL_TEXT = 200_000
_SQL_WORDS = re.compile(
    r"""--[^\n]*|/\*.*?\*/|'(?P<text>(?:[^']|'')*)'|"(?P<name>(?:[^"]|"")*)"|(?P<place>\?\d*|\$\w+)|(?P<word>[A-Za-z_]\w*)|(?P<end>;)""",
    re.DOTALL,
)
_LIKE_A_FILE = re.compile(r"[/\\.*]")
_READERS = re.compile(r"(?:READ_\w+|\w+_SCAN|SNIFF_CSV|PARQUET_\w+|ST_READ|FROM|JOIN|ATTACH)\Z")
_VIEW = re.compile(
    r"""\s*CREATE\s+(?:OR\s+REPLACE\s+)?(?:TEMP(?:ORARY)?\s+)?VIEW\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:"?\w+"?\s*\.\s*)*"?(\w+)"?""",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
_FIRST = re.compile(r"(?:\A|;)(?:\s|--[^\n]*\n|/\*.*?\*/)*([A-Za-z]+)", re.DOTALL)
_READING = frozenset("SELECT WITH FROM SUMMARIZE DESCRIBE TABLE VALUES PIVOT UNPIVOT EXPLAIN EXPORT COPY SHOW EXECUTE".split())
_CHANGING = frozenset("INSERT UPDATE DELETE MERGE REPLACE CREATE DROP ALTER TRUNCATE COPY IMPORT VACUUM EXECUTE".split())
_SAVING = frozenset("COMMIT END CHECKPOINT".split())


def sql_files(statement: str, values: Any = None) -> List[Tuple[str, bool]]:
    """(path, whether it is written) of what looks like a file in SQL, or is bound to it as one: `values` is a list or a dictionary."""
    found: List[Tuple[str, bool]] = []
    words: List[str] = []
    count = 0
    for match in _SQL_WORDS.finditer(statement[:_SQL_TEXT]):
        if match.group("end"):
            words.clear()
            count = 0
        elif match.group("word"):
            words.append(match.group("word").upper())
        elif match.group("place"):
            count += 1
            written = _is_target(words)
            if written or (words and _READERS.match(words[-1])):
                found += [(path, written) for path in given_paths(_bound(match, values, count))]
        else:
            text = match.group("text")
            quoted = text if text is not None else match.group("name")
            if quoted and len(found) < _MOST_FOUND and _LIKE_A_FILE.search(quoted):
                found.append((quoted.replace("''", "'"), _is_target(words)))
    return found[:_MOST_FOUND]


def does(statement: str) -> Tuple[bool, bool]:
    """(whether it reads from the database, whether it may change its file)."""
    first = {word.upper() for word in _FIRST.findall(statement[:_SQL_TEXT])}
    changes = bool(first & _CHANGING) or (
        "WITH" in first and re.search(r"\b(?:INSERT|UPDATE|DELETE)\b", statement, re.IGNORECASE) is not None
    )
    return changes or bool(first & _READING), changes or bool(first & _SAVING)


def view_made(statement: str) -> str:
    """The name of the view that a statement makes; '' for others."""
    match = _VIEW.match(statement)
    return match.group(1).lower() if match else ""


def words_in(statement: str) -> Iterator[str]:
    return (word.lower() for word in _WORD.findall(statement[:_SQL_TEXT]))


def _bound(match: Match[str], values: Any, count: int) -> Any:
    """What stands for a place in the statement; None where that is not told."""
    name = match.group("place")[1:]
    if type(values) is dict:
        return values.get(name)
    if type(values) not in (list, tuple):
        return None
    number = int(name) if name.isdigit() else count if not name else 0
    return values[number - 1] if 0 < number <= len(values) else None


def _is_target(words: List[str]) -> bool:
    """Whether the text after these words of a statement is what it writes to."""
    return bool(words) and ((words[-1] == "TO" and "COPY" in words) or (words[0] == "EXPORT" and words[-1] == "DATABASE"))
