"""A fitted model as an event: its class, hyperparameters, what it was fitted on, what goes in and out, how large it is, how long fitting took,
and the file it was saved to, also where a later cell saves it.

How long fitting took is what the library itself kept of it, else the time of a cell that does nothing beside. Nothing is measured by us.
"""

from __future__ import annotations

import os
import re
from stat import S_ISREG
from typing import Any, Callable, Dict, Iterator, List, Tuple

from labjournal.events import ModelSeen, replace
from labjournal.recorders.cell_results import CellResults
from labjournal.recorders.models import Found, Look

__all__ = ["Models"]

_NAME = re.compile(r"[^\W\d]\w*")
_LONGEST_PATH = 1000
_MOST_SETTINGS = 200
_MOST_COLUMNS = 200
_REMEMBERED = 500


class Models:
    """The models of a run, by the name they are bound to."""

    def __init__(self) -> None:
        self._told: Dict[str, ModelSeen] = {}

    def seen(
        self,
        run: str,
        look: Look,
        cell: CellResults,
        name: str,
        found: Found,
        clean: Callable[[str], str],
        tidy: Callable[[str], str],
    ) -> ModelSeen:
        """The event; `clean` masks secrets, `tidy` makes a short name of a text besides."""
        fitted_on = [_described(each, look, tidy) for each in cell.fits.get(name, ())]
        fitted_on = [each for each in fitted_on if each]
        columns = [column for each in fitted_on[:1] for column in each.get("columns", ())]
        path, size = saved_file(_place(cell, look, name), clean)
        event = ModelSeen(
            run, look.n, tidy(name), found.kind, found.library, found.version,
            parameters={key: clean(value) if type(value) is str else value for key, value in list(found.changed.items())[:_MOST_SETTINGS]},
            recipe=found.recipe, fitted_on=tuple(fitted_on),
            features=tuple(tidy(each) for each in (found.features or columns)), signature=_signature(found, fitted_on) or None,
            fit_s=_duration(found, look, cell, name), bytes=size, path=path, at=look.at,
        )  # fmt: skip
        if len(self._told) < _REMEMBERED or name in self._told:
            self._told[name] = event
        return event

    def saved_later(self, look: Look, cell: CellResults, clean: Callable[[str], str]) -> Iterator[ModelSeen]:
        """Models of earlier cells that this one saves, told again with their file."""
        for name in list(cell.saved):
            before = self._told.get(name)
            if before is None or before.n == look.n:
                continue
            path, size = saved_file(_place(cell, look, name), clean)
            if path and (path, size) != (before.path, before.bytes):
                self._told[name] = replace(before, path=path, bytes=size)
                yield self._told[name]


def _place(cell: CellResults, look: Look, name: str) -> str:
    """Where a cell saves a model: as it is written there, or what the name holds that stands there."""
    saved = cell.saved.get(name)
    if saved is None:
        return ""
    return look.texts.get(saved.name, "") if saved.name else saved.text


def saved_file(place: str, clean: Callable[[str], str]) -> Tuple[str, int | None]:
    """Absolute path and size of a file that a cell says it wrote; as it is written where no file is there."""
    if not place or "\x00" in place:
        return "", None
    path = os.path.abspath(place)
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return clean(place)[:_LONGEST_PATH], None
    return clean(path)[:_LONGEST_PATH], found.st_size if S_ISREG(found.st_mode) else None


def _duration(found: Found, look: Look, cell: CellResults, name: str) -> float | None:
    if found.fit_s is not None:
        return found.fit_s
    return look.duration_s if name and cell.only_fits == name and look.duration_s > 0 else None


def _described(given: str, look: Look, tidy: Callable[[str], str]) -> Dict[str, Any]:
    """Kind, shape and columns of what `fit` was given; of a part of something, what it is a part of. Empty where that is none of the known kinds."""
    shape = look.shapes.get(given)
    if shape is None:
        begins = _NAME.match(given)
        whole = look.shapes.get(begins.group()) if begins is not None and begins.group() != given else None
        return {"name": whole["name"], "part": tidy(given), "kind": whole["kind"]} if whole is not None else {}
    if "columns" not in shape:
        return shape
    return {**shape, "columns": [tidy(column) for column in shape["columns"]]}


def _signature(found: Found, fitted_on: List[Dict[str, Any]]) -> Dict[str, Any]:
    """What goes in and what comes out, by names, types and counts; how large the model is."""
    answer: Dict[str, Any] = {}
    given = fitted_on[0] if fitted_on else {}
    shape = given.get("shape", ())
    inputs = found.inputs if found.inputs is not None else shape[1] if len(shape) == 2 and given.get("kind") != "list" else None
    if inputs is not None:
        answer["inputs"] = inputs
    if given.get("types"):
        answer["columns"] = dict(list(zip(given["columns"], given["types"]))[:_MOST_COLUMNS])
    elif given.get("type"):
        answer["type"] = given["type"]
    outputs = dict(found.outputs)
    if len(fitted_on) > 1:
        target = fitted_on[1]
        outputs = {
            "name": target.get("part", target["name"]),
            **({"type": target["type"]} if target.get("type") else {}),
            **outputs,
        }
    if outputs:
        answer["outputs"] = outputs
    if found.size:
        answer["size"] = dict(found.size)
    return answer
