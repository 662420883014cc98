"""`%labjournal …`: the statements as one line magic, for those who would rather not import anything."""

from __future__ import annotations

import re
from typing import Callable, Dict, List

from labjournal.kernel import statements

__all__ = ["labjournal"]

_WORD = re.compile(r"""(?:"([^"]*)"|'([^']*)')(?!\S)|(\S+)""")
USAGE = "%labjournal metric NAME VALUE [STEP] | parameter NAME VALUE | note TEXT | tag TAG… | name TEXT | pause | resume | status"


def labjournal(line: str) -> None:
    """%labjournal metric NAME VALUE [STEP] | parameter NAME VALUE | note TEXT | tag TAG… | name TEXT | pause | resume | status"""
    word, _, rest = line.strip().partition(" ")
    act = _ACTS.get(word)
    sentence = act(rest.strip()) if act is not None else f"Usage: {USAGE}"
    if sentence:
        print(sentence)  # noqa: T201  (the one place that answers the user)


def _metric(rest: str) -> str:
    words = _split(rest)
    try:
        value, step = float(words[1]), int(words[2]) if len(words) > 2 else None
    except (IndexError, ValueError):
        return "A metric needs a name and a number: %labjournal metric accuracy 0.91"
    statements.metric(words[0], value, step)
    return ""


def _parameter(rest: str) -> str:
    name, _, value = rest.partition(" ")
    if not name or not value.strip():
        return "A parameter needs a name and a value: %labjournal parameter depth 3"
    statements.parameter(name, _literal(value.strip()))
    return ""


def _split(text: str) -> List[str]:
    """The words, quotes holding several together; an apostrophe in a word and a backslash are what they are."""
    return [double or single or word for double, single, word in _WORD.findall(text)]


def _unquoted(text: str) -> str:
    """The words without the quotes around them all."""
    words = _split(text)
    return words[0] if len(words) == 1 and text[:1] in "\"'" else text


def _literal(text: str) -> object:
    import ast

    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text


def _words(act: Callable[..., object], example: str) -> Callable[[str], str]:
    def say(rest: str) -> str:
        if not rest:
            return f"What should be written? {example}"
        act(_unquoted(rest))
        return ""

    return say


def _tag(rest: str) -> str:
    if not rest:
        return "A tag needs a word: %labjournal tag baseline"
    statements.tag(*_split(rest))
    return ""


def _pause(_rest: str) -> str:
    return "" if statements.pause() else "The journal's folder cannot be written to, so nothing is recorded either."


def _resume(_rest: str) -> str:
    return "" if statements.resume() else "The journal's folder cannot be written to."


_ACTS: Dict[str, Callable[[str], str]] = {
    "metric": _metric,
    "parameter": _parameter,
    "note": _words(statements.note, "%labjournal note the outlier is a typing error"),
    "tag": _tag,
    "name": _words(statements.name, "%labjournal name best-model"),
    "pause": _pause,
    "resume": _resume,
    "status": lambda _rest: statements.status(),
}
