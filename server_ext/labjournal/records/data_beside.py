"""`export --with-data`: the inputs of a notebook or a script, laid beside it as they were when they were read.

What was read below the run's folder gets the same path as seen from the export. What lay elsewhere comes into `data/`, and literal paths
to it lead there; where the path stands in no text, because the code puts it together, that is said. What a record would not take along
(too large, changed since, gone, likely a secret) is not laid out either, and said.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import PurePath

from labjournal.journal.rows import FileUse
from labjournal.records.contents import gathered, plain_part
from labjournal.records.notebook import Clean
from labjournal.records.parameters import Parameter
from labjournal.records.record import Record

__all__ = ["Inputs", "inputs_beside"]

_FOLDER = "data"


@dataclass(frozen=True)
class Inputs:
    found: Clean
    """The cells, with literal paths that lead to what is laid out."""
    files: tuple[tuple[str, bytes], ...]
    """Name, as seen from the export, and content."""
    remarks: tuple[str, ...]


def inputs_beside(record: Record, found: Clean) -> Inputs:
    """What has to lie beside the cells so that they find it."""
    contents = gathered(record)
    files: dict[str, bytes] = {}
    leads: dict[str, str] = {}
    remarks: list[str] = []
    for use in record.inputs:
        content = contents.of(use)
        if content.left_out:
            remarks.append(f"{content.name} is not laid beside it: {content.left_out}.")
            continue
        name = _inside(use, record.run.folder)
        if name is None:
            name = _free(f"{_FOLDER}/{plain_part(PurePath(use.path).name)}", content.data, files)
            texts = _texts(use)
            if any(_quoted(text).search(source) for text in texts for source in _sources(found)):
                leads |= dict.fromkeys(texts, name)
            else:
                remarks.append(f"{content.name} lies at {name}; the code puts its path together, so lead it there.")
        files[name] = content.data
    for use in (use for step in record.steps for use in step.written if not use.deleted):
        # What it writes elsewhere comes beside it, too.
        above = use.given.startswith("..") and use.given not in leads and _inside(use, record.run.folder) is None
        if above and any(_quoted(use.given).search(source) for source in _sources(found)):
            leads[use.given] = _free(f"{_FOLDER}/{plain_part(PurePath(use.path).name)}", b"", files)
            found = replace(found, folders=tuple(dict.fromkeys([*_without(found.folders, use, record.run.folder), _FOLDER])))
    return Inputs(_led(found, leads) if leads else found, tuple(files.items()), tuple(remarks))


def _without(folders: tuple[str, ...], use: FileUse, folder: str) -> list[str]:
    return [name for name in folders if name != os.path.relpath(os.path.dirname(use.path), folder)]


def _inside(use: FileUse, folder: str) -> str | None:
    """The path as seen from the run's folder; None where it lies elsewhere."""
    path = PurePath(os.path.normpath(use.path))
    try:
        parts = path.relative_to(os.path.normpath(folder)).parts if folder else ()
    except ValueError:
        return None
    # What the code named by its full path although it lies inside was made relative by the export.
    return "/".join(parts) if parts and not any(part in ("..", "") or "\0" in part for part in parts) else None


def _free(name: str, data: bytes, files: dict[str, bytes]) -> str:
    stem, dot, suffix = name.rpartition(".")
    candidates = [name, *(f"{stem}-{number}.{suffix}" if dot else f"{name}-{number}" for number in range(2, 1000))]
    return next(one for one in candidates if one not in files or files[one] == data)


def _texts(use: FileUse) -> list[str]:
    """How the code may have written the path."""
    home = os.path.expanduser("~")
    short = [f"~{use.path[len(home) :]}"] if use.path.startswith(home + os.sep) else []
    return [text for text in dict.fromkeys([use.given, use.path, *short]) if text]


def _quoted(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?P<quote>['\"]){re.escape(text)}(?P=quote)")


def _sources(found: Clean) -> list[str]:
    return [*(source for _, source in found.cells), *(one.literal for one in found.parameters)]


def _led(found: Clean, leads: dict[str, str]) -> Clean:
    """The cells and parameters with other paths."""

    def lead(source: str) -> str:
        for text, name in leads.items():
            source = _quoted(text).sub(lambda match, name=name: f"{match['quote']}{name}{match['quote']}", source)  # type: ignore[misc]
        return source

    return replace(
        found,
        cells=tuple((step, lead(source)) for step, source in found.cells),
        parameters=tuple(_moved(one, leads, lead) for one in found.parameters),
    )


def _moved(one: Parameter, leads: dict[str, str], lead: Callable[[str], str]) -> Parameter:
    value = leads.get(one.value, one.value) if isinstance(one.value, str) else one.value
    return replace(one, literal=lead(one.literal), value=value)
