"""A grid of values (`--grid alpha=0.1,0.2 --grid depth=3,5`) and the tries it stands for: every combination once, in the order given.

A value is what `-p` takes: a literal, else a text. Commas inside brackets and quotes belong to the value.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence

from labjournal.errors import LabjournalError
from labjournal.replay.executing.parameters import literal

__all__ = ["MOST_TRIES", "combinations", "grid"]

MOST_TRIES = 10_000
_CLOSES = {"(": ")", "[": "]", "{": "}"}


def grid(given: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Name → its values, each once; raises LabjournalError for what is none."""
    answer: dict[str, list[str]] = {}
    for name, text in given:
        if name in answer:
            raise LabjournalError(f"The grid names {name!r:.60} twice.", f"Write all its values at once: --grid {name:.40}=V,V.")
        once = {literal(value)[1]: value for value in _values(name, text)}
        answer[name] = list(once.values())
    return answer


def combinations(values: Mapping[str, Sequence[str]], fixed: Mapping[str, str]) -> list[dict[str, str]]:
    """The parameters of every try; `fixed` are the same in all."""
    twice = [name for name in values if name in fixed]
    if twice:
        raise LabjournalError(f"{twice[0]!r:.60} stands in -p and in the grid.", "Give it in one of them.")
    count = 1
    for several in values.values():
        count *= len(several)
    if count > MOST_TRIES:
        raise LabjournalError(f"The grid stands for {count:,} tries.", f"Up to {MOST_TRIES:,} are made at once; narrow it.")
    return [{**fixed, **dict(zip(values, chosen, strict=True))} for chosen in itertools.product(*values.values())]


def _values(name: str, text: str) -> list[str]:
    """The text cut at its commas, but not at those inside brackets and quotes."""
    parts, start, waiting, quote = [], 0, "", ""
    for place, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote and not _is_escaped(text, place) else quote
        elif letter in "'\"" and (waiting or not text[start:place].strip()):
            quote = letter
        elif letter in _CLOSES:
            waiting += _CLOSES[letter]
        elif waiting and letter == waiting[-1]:
            waiting = waiting[:-1]
        elif letter == "," and not waiting:
            parts.append(text[start:place])
            start = place + 1
    if quote or waiting:
        raise LabjournalError(f"A value of {name!r:.60} does not end: {text[start:]!r:.60}.", f"It lacks {quote or waiting[-1]}.")
    parts = [part.strip() for part in (*parts, text[start:])]
    if not all(parts):
        raise LabjournalError(
            f"A value of {name!r:.60} is empty.", f"Write for instance --grid {name:.40}=0.1,0.2; a text without letters is ''."
        )
    return parts


def _is_escaped(text: str, place: int) -> bool:
    before = text[:place]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1
