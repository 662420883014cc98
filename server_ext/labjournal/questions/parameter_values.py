"""The values of parameters by name: which of several of one name counts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from labjournal.journal.rows import Parameter
from labjournal.questions.numbers import plain

__all__ = ["parameter_values"]


def parameter_values(parameters: Iterable[Parameter]) -> dict[str, Any]:
    """Name → value; what a person or papermill set stands before a literal read off the code, later before earlier.

    What belongs to a model or a config is told under its own name where nothing else has it; beside a name of the user's only where it was set
    no earlier and says something else: `model.alpha`.
    """
    own: dict[str, Parameter] = {}
    belonging: dict[tuple[str, str], Parameter] = {}
    for parameter in parameters:
        chosen: dict[Any, Parameter] = belonging if parameter.where else own
        key = (parameter.where, parameter.name) if parameter.where else parameter.name
        if key not in chosen or _said(parameter) >= _said(chosen[key]):
            chosen[key] = parameter
    values = {name: plain(parameter.value) for name, parameter in own.items()}
    for (where, name), parameter in belonging.items():
        value = plain(parameter.value)
        if name not in values:
            values[name] = value
        elif values[name] != value and (name not in own or parameter.n >= own[name].n):
            values[f"{where}.{name}"] = value
    return values


def _said(parameter: Parameter) -> tuple[bool, int]:
    return (parameter.source != "literal", parameter.n)
