"""What a person answered while a cell ran: names bound to what `input()` gave, and to the value of a widget.

The name's value is looked at when the cell has ended, by its exact type, and kept where it is a number or a short text. What `getpass` gave is
never looked at, nor what was asked for or named as a secret.
"""

from __future__ import annotations

import re
from typing import Any, Iterator, Mapping

from labjournal.recorders.secret_names import meaning

__all__ = ["answers"]

_ASKS = re.compile(
    r"^([A-Za-z_]\w*)[ \t]*(?::[^=\n]*)?=(?!=)[ \t]*([^\n#]*?\b(?:(input)[ \t]*\(([^\n]*)|\.value[ \t]*(?:#.*)?$))", re.MULTILINE
)
_WORD = re.compile(r"[A-Za-z]\w*")
_LONGEST = 300
_MOST = 20


def answers(source: str, namespace: Mapping[str, Any]) -> list[tuple[str, Any, str]]:
    """(name, value, 'input' or 'widget') of every name that the cell binds to an answer, its value where that is plain."""
    if "input" not in source and ".value" not in source:
        return []
    return list(_answers(source, namespace))[:_MOST]


def _answers(source: str, namespace: Mapping[str, Any]) -> Iterator[tuple[str, Any, str]]:
    for found in _ASKS.finditer(source):
        name, said = found[1], found[2]
        if "getpass" in said or _means_a_secret(name) or any(meaning(word) for word in _WORD.findall(found[4] or "")):
            continue
        if not found[3] and not _is_widget(said, namespace):
            continue
        value = namespace.get(name)
        if type(value) in (int, float, bool) or (type(value) is str and len(value) <= _LONGEST):
            yield name, value, "input" if found[3] else "widget"


def _is_widget(said: str, namespace: Mapping[str, Any]) -> bool:
    """Whether what stands before `.value` is a widget, told from the module of its type."""
    owner = re.search(r"([A-Za-z_]\w*)\.value\b", said)
    kind = type(namespace.get(owner[1])) if owner is not None else None
    module = type.__dict__["__module__"].__get__(kind) if kind is not None else ""
    return type(module) is str and module.startswith(("ipywidgets.", "panel.", "ipyvuetify."))


def _means_a_secret(word: str) -> bool:
    kind = meaning(word)
    return kind is not None and kind.strength != "weak"
