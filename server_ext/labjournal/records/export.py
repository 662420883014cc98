"""`export`: an address becomes a page, a notebook, a script or a record, written whole or not at all."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from labjournal.errors import LabjournalError
from labjournal.journal.addresses import resolve
from labjournal.journal.reader import Journal
from labjournal.questions.answers import ExportAnswer
from labjournal.records.atomic import destination
from labjournal.records.record import Record, build

if TYPE_CHECKING:
    from labjournal.records.notebook import Clean
    from labjournal.records.proof import Proof

__all__ = ["KINDS", "Beside", "export", "put_beside", "write"]

KINDS = ("html", "notebook", "script", "crate")


def export(
    journal: Journal,
    address: str,
    kind: str,
    path: Path,
    *,
    force: bool = False,
    with_environment: bool = False,
    ask_index: bool = False,
    lifts: bool = False,
    with_data: bool = False,
) -> ExportAnswer:
    """Writes what `address` means to `path`; raises OutputExists where something is there and `force` was not said.

    The place is looked at before anything is read, so that a wrong name is told at once. `with_environment` lays beside a notebook or a
    script what builds its environment again, as a record always brings it; `ask_index` lets uv ask the package index for the lock. `lifts`
    takes values out of calls as parameters of a notebook or script, `with_data` lays its inputs beside it.
    """
    if kind not in KINDS:
        raise LabjournalError(f"'{kind}' is no kind of export.", f"Choose one of {', '.join(KINDS)}.")
    meant = resolve(journal, address)
    place = destination(path, force=force)
    record = build(journal, meant)
    answer: ExportAnswer = {"path": str(place), "kind": kind, "address": str(meant)}
    if kind == "html":
        from labjournal.records import html

        html.write(record, place, force=force)
    elif kind == "crate":
        from labjournal.records import crate

        answer["remarks"] = list(crate.write(record, place, force=force, ask=ask_index))
    else:
        from labjournal.records.notebook import clean

        found = clean(record, lifts=lifts)
        with put_beside(record, found, place, force=force, environment=with_environment, data=with_data, ask=ask_index) as laid:
            write(record, laid.found, None, kind, place, force=force)
        answer.update(laid.answer)
    return answer


def write(record: Record, found: Clean, proof: Proof | None, kind: str, place: Path, *, force: bool) -> None:
    """Writes the cells as a notebook or a script."""
    if kind == "notebook":
        from labjournal.records import notebook

        notebook.write(record, place, force=force, found=found, proof=proof)
    else:
        from labjournal.records import script

        script.write(record, place, force=force, found=found, proof=proof)


@dataclass(frozen=True)
class Beside:
    found: Clean
    answer: ExportAnswer
    """What the answer says of it."""


@contextlib.contextmanager
def put_beside(
    record: Record, found: Clean, place: Path, *, force: bool, environment: bool, data: bool, ask: bool = False
) -> Iterator[Beside]:
    """Lays the inputs and what builds the environment beside an export, where wanted, around its writing."""
    answer: ExportAnswer = {}
    there: list[str] = []
    with contextlib.ExitStack() as until_written:
        if data:
            from labjournal.records.beside import laid
            from labjournal.records.data_beside import inputs_beside

            inputs = inputs_beside(record, found)
            found, there = inputs.found, [name for name, _ in inputs.files]
            answer["beside"] = list(until_written.enter_context(laid(inputs.files, place.parent, force=force)))
            answer["remarks"] = list(inputs.remarks)
        if environment:
            from labjournal.records.beside import laid_beside

            built = until_written.enter_context(laid_beside(record, place, force=force, ask=ask, there=there))
            answer["beside"] = [*answer.get("beside", ()), *built.paths]
            answer["remarks"] = [*answer.get("remarks", ()), *built.remarks]
            answer["command"] = built.command
        yield Beside(found, answer)
