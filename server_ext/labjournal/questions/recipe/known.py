"""What was told of the texts of cells, remembered: a long run is asked about again and again, and its cells are read once.

In this process, and, where a run has many cells, in a file of the user's cache (`$LABJOURNAL_READINGS`, `0`: none), by the digest of the
text. It holds names of the code, never values; it may be deleted at any time, `forget` does, and whoever cannot read or write it goes on
without. Rules that changed read everything anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import labjournal
from labjournal.journal import places
from labjournal.questions.reading import Reading, read
from labjournal.questions.recipe.calling import Call, Function, Text, told

__all__ = ["Known", "cache_file", "forget"]

_ENOUGH = 40
"""So many cells that nobody has read yet are worth opening a file for."""
_MOST_BYTES = 64 << 20
_MOST_IN_MEMORY = 20_000
_WAIT_S = 0.2
_SCHEMA = "CREATE TABLE IF NOT EXISTS told (source TEXT, question TEXT, answer, PRIMARY KEY (source, question)) WITHOUT ROWID"

_texts: dict[str, tuple[Reading, Text]] = {}
_answers: dict[str, Any] = {}


class Known:
    """What is known of some texts; `keep` writes down what was new."""

    def __init__(self, sources: Iterable[str] = ()) -> None:
        unread = {source for source in sources if source not in _texts}
        self._file = cache_file() if len(unread) >= _ENOUGH else None
        self._new: list[tuple[str, str, str]] = []
        if max(len(_texts), len(_answers)) > _MOST_IN_MEMORY:
            _texts.clear()
            _answers.clear()
        if self._file is not None:
            self._take_up(self._file, {_digest(source): source for source in unread})

    def of(self, source: str) -> tuple[Reading, Text]:
        """What the text says."""
        found = _texts.get(source)
        if found is None:
            found = _texts[source] = read(source), told(source)
            if self._file is not None:
                facts = [_encoded(found[0].__dict__.values()), _encoded(found[1][1:])]
                self._new.append((_digest(source), "", _dumped(facts)))
        return found

    def asked(self, question: Sequence[Any], answer: Callable[[], Any]) -> Any:
        """The answer, plain JSON, to a question whose second part is a text, and which nothing decides but the question itself."""
        what, source, *more = question
        key = _digest(source)
        asked = f"{what} {_digest(_dumped(more))}"
        found = _answers.get(f"{key} {asked}")
        if found is None:
            found = _answers[f"{key} {asked}"] = answer()
            if self._file is not None:
                self._new.append((key, asked, _dumped(found)))
        return found

    def keep(self) -> None:
        """Writes down what was new, where that is worth it."""
        new, self._new = self._new, []
        if self._file is None or len(new) < _ENOUGH:
            return
        with suppress(OSError, sqlite3.Error):
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            places.private_file(self._file)
            if self._file.stat().st_size > _MOST_BYTES:
                self._file.unlink()
                places.private_file(self._file)
            with closing(_opened(self._file)) as file, file:
                if not _is_of_today(file):
                    file.execute("DROP TABLE IF EXISTS told")
                    file.execute(f"PRAGMA user_version = {_rules()}")
                file.execute(_SCHEMA)
                file.executemany("INSERT OR REPLACE INTO told VALUES (?, ?, ?)", new)

    @staticmethod
    def _take_up(path: Path, wanted: dict[str, str]) -> None:
        """Reads what stands there of the wanted texts; what is damaged is read from the text again."""
        try:
            if not path.is_file():
                return
            with closing(_opened(path)) as file:
                for key, asked, answer in _rows(file, list(wanted)) if _is_of_today(file) else ():
                    with suppress(ValueError, TypeError, IndexError, KeyError):
                        if asked:
                            _answers[f"{key} {asked}"] = json.loads(answer)
                        else:
                            _texts[wanted[key]] = _decoded(wanted[key], *json.loads(answer))
        except sqlite3.DatabaseError:
            with suppress(OSError):
                path.unlink()
        except OSError:
            return


def cache_file() -> Path | None:
    """`$LABJOURNAL_READINGS`, else a file in the user's cache; None where nothing is to be kept."""
    named = os.environ.get("LABJOURNAL_READINGS", "")
    if named:
        return None if named == "0" else Path(os.path.abspath(os.path.expanduser(named)))
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if sys.platform == "win32":
        folder = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "labjournal" / "Cache"
    elif sys.platform == "darwin":
        folder = home / "Library" / "Caches" / "labjournal"
    else:
        caches = os.environ.get("XDG_CACHE_HOME", "")
        folder = (Path(caches) if os.path.isabs(caches) else home / ".cache") / "labjournal"
    return folder / "readings" / "readings.sqlite"


def forget() -> None:
    """Removes all of it, here and in the file."""
    _texts.clear()
    _answers.clear()
    path = cache_file()
    for name in (path, Path(f"{path}-journal")) if path is not None else ():
        with suppress(OSError):
            name.unlink()


def _opened(path: Path) -> sqlite3.Connection:
    file = sqlite3.connect(path, timeout=_WAIT_S)
    file.execute("PRAGMA synchronous = OFF")
    file.execute("PRAGMA trusted_schema = OFF")
    return file


def _is_of_today(file: sqlite3.Connection) -> bool:
    return bool(file.execute("PRAGMA user_version").fetchone()[0] == _rules())


def _rows(file: sqlite3.Connection, keys: list[str]) -> Iterator[tuple[str, str, str]]:
    for start in range(0, len(keys), 500):
        some = keys[start : start + 500]
        yield from file.execute(f"SELECT source, question, answer FROM told WHERE source IN ({','.join('?' * len(some))})", some)


@cache
def _rules() -> int:
    """A number for the rules by which texts are read: another one as soon as a line of them, or Python's grammar, is another."""
    folder = Path(labjournal.__file__).parent
    rules = [labjournal.__version__, sys.version]
    for name in ("questions/reading.py", *(f"questions/recipe/{one}.py" for one in ("calling", "chances", "habits", "known")),
                 *(f"recorders/{one}.py" for one in ("names", "pure_calls", "scopes"))):  # fmt: skip
        with suppress(OSError):
            rules.append((folder / name).read_text(encoding="utf-8"))
    return int(_digest("\0".join(rules))[:7], 16)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _dumped(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _encoded(value: Any) -> Any:
    """As plain JSON: sets as sorted lists, what a cell is called by as nothing, because who reads it has the text."""
    if isinstance(value, (frozenset, set)):
        return sorted(value)
    if isinstance(value, Function):
        return [_encoded(one) for one in value[1:]]
    if isinstance(value, (str, int, bool, type(None))):
        return value
    return [_encoded(one) for one in value]


def _sets(value: Any) -> tuple[frozenset[str], ...]:
    return tuple(map(frozenset, value))


def _pairs(value: Any) -> tuple[tuple[str, str], ...]:
    return tuple((one, other) for one, other in value)


def _calls(value: Any) -> tuple[Call, ...]:
    return tuple(Call(first, tuple(attributes), *more) for first, attributes, *more in value)


def _settings(value: Any) -> tuple[tuple[str, Call | None], ...]:
    return tuple((root, _calls([call])[0] if call else None) for root, call in value)


_READING = tuple(field.name for field in fields(Reading))
_OF_READING: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(_READING, frozenset), "parsed": bool, "lambdas": bool, "random": bool, "aliases": _sets, "same": _pairs, "made": _pairs,
}  # fmt: skip
_OF_TEXT: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(Text._fields, frozenset), "calls": _calls, "alone": _calls, "stored": _sets, "acts": bool, "star": bool, "folders": bool,
    "imports": _pairs, "made": _pairs, "parts": _pairs, "settings": _settings,
}  # fmt: skip


def _decoded(source: str, reading: list[Any], text: list[Any]) -> tuple[Reading, Text]:
    of_text = _OF_TEXT | {"functions": lambda value: tuple(_function(source, one) for one in value)}
    return (
        Reading(*(_OF_READING[name](value) for name, value in zip(_READING, reading, strict=True))),
        Text(source, *(of_text[name](value) for name, value in zip(Text._fields[1:], text, strict=True))),
    )


def _function(source: str, value: Any) -> Function:
    place, names, calls, keeps, generates, closes, settings, decorators, parameters, gives = value
    return Function(
        source,
        place,
        tuple(names),
        _calls(calls),
        keeps,
        generates,
        closes,
        settings,
        tuple(decorators),
        frozenset(parameters),
        frozenset(gives),
    )
