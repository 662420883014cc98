"""`journal.json` of a crate: the part of the journal that a record is made of, so that it can be replayed and compared without one.

    {"labjournal": "journal excerpt", "version": 1, "address": …, "run": {…}, "environment": {…} | null, "used": […], "git": {…} | null,
     "notes": […], "tags": […], "name": …, "problems": […], "warnings": […],
     "executions": [{"execution": {…}, "outputs": […], "read": […], "written": […], "bindings": […], "parameters": […], "metrics": […],
                     "series": […], "models": […], "notes": […], "tags": […], "name": …, "problems": […], "frames": […], "queries": […], "remotes": […]}],
     "contents": {sha256: name of the file in the crate}}

The objects are the rows of the journal (`journal/rows.py`), field by field; NaN and infinities are strings. `contents` leads from a digest
(of a file that was read or written, or of an output's `{"blob": sha256}`) to the bytes, where they are included. Fields that a version
does not know are skipped, fields that are missing take their default; a field of a wrong type makes the record invalid.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from labjournal.errors import RecordInvalid
from labjournal.journal.rows import (
    Address,
    Binding,
    Environment,
    Execution,
    FileUse,
    Frame,
    GitState,
    Metric,
    Model,
    Note,
    Output,
    Parameter,
    Problem,
    Query,
    Remote,
    Run,
    Series,
)
from labjournal.records.record import Record, Step

__all__ = ["VERSION", "Excerpt", "read", "written"]

VERSION = 1
_KIND = "journal excerpt"
_Kind = TypeVar("_Kind")
_LISTS: dict[str, type[Any]] = {
    "outputs": Output, "read": FileUse, "written": FileUse, "bindings": Binding, "parameters": Parameter, "metrics": Metric, "series": Series,
    "models": Model, "notes": Note, "problems": Problem, "frames": Frame, "queries": Query, "remotes": Remote,
}  # fmt: skip


@dataclass(frozen=True)
class Excerpt:
    """What `journal.json` says; `record.blob` still has to be told where the contents are."""

    record: Record
    contents: dict[str, str]


def written(record: Record, contents: Mapping[str, str]) -> dict[str, Any]:
    """The record as a JSON object."""
    return {
        "labjournal": _KIND,
        "version": VERSION,
        "address": str(record.address),
        "run": _plain(record.run),
        "environment": _plain(record.environment) if record.environment else None,
        "used": list(record.used),
        "git": _plain(record.git) if record.git else None,
        "notes": [_plain(note) for note in record.notes],
        "tags": list(record.tags),
        "name": record.name,
        "problems": [_plain(problem) for problem in record.problems],
        "warnings": list(record.warnings),
        "executions": [_step(step) for step in record.steps],
        "contents": dict(contents),
    }


def read(document: object, blob: Callable[[str], bytes]) -> Excerpt:
    """The record in a JSON object; raises RecordInvalid for what is none, or of a version that is not known here."""
    if not isinstance(document, dict) or document.get("labjournal") != _KIND:
        raise _invalid("it does not begin as one")
    version = document.get("version")
    if not isinstance(version, int) or version > VERSION:
        raise RecordInvalid(f"The record is of version {version!r:.20}, newer than this labjournal knows.", "Update labjournal.")
    run = _made(Run, document.get("run"), "run")
    steps = tuple(_read_step(one, run.run) for one in _list(document.get("executions"), "executions"))
    numbers = [step.n for step in steps]
    if not steps or numbers != sorted(set(numbers)) or numbers[0] < 1:
        raise _invalid("its executions are not numbered in order")
    environment, git = document.get("environment"), document.get("git")
    record = Record(
        address=_address(document.get("address"), run.run, numbers),
        run=run,
        steps=steps,
        environment=None if environment is None else _made(Environment, environment, "environment"),
        used=_texts(document.get("used", []), "used"),
        git=None if git is None else _made(GitState, git, "git"),
        blob=blob,
        notes=tuple(_made(Note, one, "notes") for one in _list(document.get("notes", []), "notes")),
        tags=_texts(document.get("tags", []), "tags"),
        name=_text_or_none(document.get("name"), "name"),
        problems=tuple(_made(Problem, one, "problems") for one in _list(document.get("problems", []), "problems")),
        warnings=_texts(document.get("warnings", []), "warnings"),
    )
    contents = document.get("contents", {})
    if not isinstance(contents, dict) or not all(isinstance(name, str) for name in contents.values()):
        raise _invalid("'contents' is not what it should be")
    return Excerpt(record, dict(contents))


def _step(step: Step) -> dict[str, Any]:
    rows = {name: [_plain(row) for row in getattr(step, name)] for name in _LISTS}
    return {"execution": _plain(step.execution), **rows, "tags": list(step.tags), "name": step.name}


def _read_step(value: object, run: str) -> Step:
    if not isinstance(value, dict):
        raise _invalid("'executions' holds something else")
    execution = _made(Execution, value.get("execution"), "execution")
    if execution.run != run:
        raise _invalid("an execution belongs to another run")
    rows: dict[str, Any] = {
        name: tuple(_made(kind, one, name) for one in _list(value.get(name, []), name)) for name, kind in _LISTS.items()
    }
    return Step(execution, **rows, tags=_texts(value.get("tags", []), "tags"), name=_text_or_none(value.get("name"), "name"))


def _address(text: object, run: str, numbers: list[int]) -> Address:
    if text == run:
        return Address(run)
    if isinstance(text, str) and text == f"{run}/{numbers[-1]}":
        return Address(run, numbers[-1])
    raise _invalid("its address is not one of its own")


def _plain(row: Any) -> Any:
    """A row as JSON can say it."""
    if dataclasses.is_dataclass(row) and not isinstance(row, type):
        return {one.name: _plain(getattr(row, one.name)) for one in dataclasses.fields(row)}
    if isinstance(row, float) and not math.isfinite(row):
        return "NaN" if math.isnan(row) else "Infinity" if row > 0 else "-Infinity"
    if isinstance(row, dict):
        return {str(key): _plain(value) for key, value in row.items()}
    return [_plain(value) for value in row] if isinstance(row, (list, tuple)) else row


def _made(kind: type[_Kind], value: object, where: str) -> _Kind:
    """A row of the kind out of a JSON object, every field of the type it must have."""
    if not isinstance(value, dict):
        raise _invalid(f"'{where}' is not an object")
    values: dict[str, Any] = {}
    for one in dataclasses.fields(kind):  # type: ignore[arg-type]
        if one.name in value:
            values[one.name] = _field(value[one.name], str(one.type), f"{where}.{one.name}")
        elif one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING:
            raise _invalid(f"'{where}.{one.name}' is missing")
    return kind(**values)


_CHECKS: dict[str, Callable[[Any], bool]] = {
    "str": lambda value: isinstance(value, str),
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "bool": lambda value: isinstance(value, bool),
    "float": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "None": lambda value: value is None,
    "Any": lambda value: True,
    "dict[str, Any]": lambda value: isinstance(value, dict),
    "dict[str, dict[str, Any]]": lambda value: isinstance(value, dict) and all(isinstance(item, dict) for item in value.values()),
    "dict[str, str]": lambda value: isinstance(value, dict) and all(isinstance(item, str) for item in value.values()),
    "tuple[str, ...]": lambda value: _all(value, "str"),
    "tuple[int, ...]": lambda value: _all(value, "int"),
    "list[str]": lambda value: _all(value, "str"),
    "list[dict[str, Any]]": lambda value: _all(value, "dict[str, Any]"),
}


def _all(value: Any, kind: str) -> bool:
    return isinstance(value, list) and all(_CHECKS[kind](item) for item in value)


def _field(value: Any, annotation: str, where: str) -> Any:
    if annotation == "tuple[float, ...]":
        return tuple(_field(item, "float", where) for item in _list(value, where))
    kinds = [kind.strip() for kind in annotation.split("|")]
    if "float" in kinds and isinstance(value, str) and value in ("NaN", "Infinity", "-Infinity"):
        return float(value.replace("Infinity", "inf"))
    if not any(_CHECKS[kind](value) for kind in kinds):
        raise _invalid(f"'{where}' is of a wrong type")
    return tuple(value) if annotation.startswith("tuple") else value


def _list(value: object, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise _invalid(f"'{where}' is not a list")
    return value


def _texts(value: object, where: str) -> tuple[str, ...]:
    return tuple(_field(value, "tuple[str, ...]", where))


def _text_or_none(value: object, where: str) -> str | None:
    text: str | None = _field(value, "str | None", where)
    return text


def _invalid(why: str) -> RecordInvalid:
    return RecordInvalid(
        f"journal.json is not a journal excerpt: {why}.", "Export the record again from the journal it came from."
    )
