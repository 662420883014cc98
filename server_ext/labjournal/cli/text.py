"""How facts look in a terminal: tables of sensible width, times and lengths as a person says them."""

from __future__ import annotations

import os
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime

from labjournal.cli.terminal import Style, safe

__all__ = [
    "Cell",
    "age",
    "breadth",
    "clock",
    "count",
    "cut",
    "day",
    "duration",
    "figure",
    "figures",
    "home",
    "pairs",
    "same_word",
    "size",
    "status_kind",
    "table",
    "width",
]


def width() -> int:
    """Columns of the terminal; as many as need be where the output goes into a file or another program."""
    if sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdecimal():
        return shutil.get_terminal_size((100, 24)).columns
    return _UNLIMITED


_UNLIMITED = 1_000_000

Cell = str | tuple[str, str]
"""Text as recorded, `safe` is applied here; or the text and the kind of colour it wants."""


def table(head: Sequence[str], rows: Iterable[Sequence[Cell]], style: Style, *, right: Iterable[int] = ()) -> list[str]:
    """Lines, the head first: columns as wide as their longest cell, two blanks between; the last one ends where the terminal does."""
    cells = [[_cell(value) for value in row] for row in rows]
    shown = [[(safe(text, one_line=True), kind) for text, kind in row] for row in [[(title, "faint") for title in head], *cells]]
    widths = [max(breadth(row[place][0]) for row in shown) for place in range(len(head))]
    rest = max(12, width() - sum(widths[:-1]) - 2 * (len(widths) - 1))
    lines = []
    for row in shown:
        parts = []
        for place, (text, kind) in enumerate(row):
            last = place == len(row) - 1
            fitted = cut(text, rest) if last else text
            gap = " " * (widths[place] - breadth(fitted))
            painted = style(fitted, kind)
            parts.append(gap + painted if place in set(right) else painted if last else painted + gap)
        lines.append("  ".join(parts).rstrip())
    return lines


def _cell(value: Cell) -> tuple[str, str]:
    return value if isinstance(value, tuple) else (value, "")


def pairs(rows: Iterable[tuple[str, str]], style: Style, indent: str = "  ") -> str:
    """Facts, one a line, their names in a column; those with nothing to say are left out. Longer ones go on below."""
    kept = [(name, text) for name, text in rows if text]
    column = max((len(name) for name, _ in kept), default=0)
    lines = []
    for name, text in kept:
        first, *more = safe(text).split("\n")
        lines.append(f"{indent}{style(name.ljust(column), 'faint')}  {first}")
        lines += [f"{indent}{' ' * column}  {line}" for line in more]
    return "\n".join(lines)


def cut(text: str, columns: int) -> str:
    """The text, ended with '...' where it is wider than that."""
    if breadth(text) <= columns:
        return text
    kept, used = [], 0
    for letter in text:
        used += breadth(letter)
        if used > columns - 3:
            break
        kept.append(letter)
    return "".join(kept) + "..."


def breadth(text: str) -> int:
    """How many columns of a terminal the text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text
    )


def clock(time: str | None, *, seconds: bool = False) -> str:
    """'14:02' of a time in an answer."""
    moment = _read(time)
    return moment.strftime("%H:%M:%S" if seconds else "%H:%M") if moment else time or ""


def day(time: str | None) -> str:
    """'Thursday, 20 November 2026' of a time in an answer."""
    moment = _read(time)
    return f"{moment:%A}, {moment.day} {moment:%B %Y}" if moment else time or ""


def age(time: str | None, now: datetime | None = None) -> str:
    """'2 hours ago'; '' where the time cannot be read or lies ahead."""
    moment = _read(time)
    if moment is None:
        return ""
    seconds = ((now or datetime.now().astimezone()) - moment).total_seconds()
    if seconds < -1:
        return ""
    for length, unit in (
        (86400 * 365, "year"),
        (86400 * 30, "month"),
        (86400 * 7, "week"),
        (86400, "day"),
        (3600, "hour"),
        (60, "minute"),
    ):
        if seconds >= length:
            return f"{count(int(seconds // length), unit)} ago"
    return "just now"


def duration(seconds: float | None) -> str:
    """'12 ms', '3.4 s', '2 min 5 s', '1 h 20 min'."""
    if seconds is None:
        return ""
    if seconds < 0.9995:
        return f"{max(0.0, seconds) * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def size(octets: int | None) -> str:
    """'1.5 MB'; '' where it is not known."""
    from labjournal.questions.warnings import size as said

    return "" if octets is None else said(octets)


def count(number: int, word: str, many: str = "") -> str:
    """'1 run', '3 runs'."""
    return f"{number:,} {word if number == 1 else many or word + 's'}"


def figure(value: object) -> str:
    """A number as short as it stays honest: five digits."""
    return f"{value:.5g}" if isinstance(value, float) else str(value)


def same_word(one: str, other: str) -> bool:
    """Whether two names are one, upper and lower case aside."""
    return one.casefold() == other.casefold()


def figures(values: dict[str, object]) -> str:
    """'accuracy 0.91, loss 0.2'."""
    return ", ".join(f"{name} {figure(value)}" for name, value in values.items())


def status_kind(status: str) -> str:
    """The colour of a status."""
    return {"ok": "good", "ended": "", "running": "link", "reproduced": "good"}.get(status, "bad")


def _read(time: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(time or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def home(path: str) -> str:
    """The path with the user's home folder written '~'."""
    own = os.path.expanduser("~")
    return "~" + path[len(own) :] if own != "/" and (path == own or path.startswith(own + os.sep)) else path
