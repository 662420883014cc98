"""`export`: an address becomes a page, a notebook, a script or a record, written whole or not at all."""

from __future__ import annotations

from pathlib import Path

from labjournal.errors import LabjournalError
from labjournal.journal.addresses import resolve
from labjournal.journal.reader import Journal
from labjournal.questions.answers import ExportAnswer
from labjournal.records.atomic import destination
from labjournal.records.record import Record, build

__all__ = ["KINDS", "export"]

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
) -> ExportAnswer:
    """Writes what `address` means to `path`; raises OutputExists where something is there and `force` was not said.

    The place is looked at before anything is read, so that a wrong name is told at once. `with_environment` lays beside a notebook or a
    script what builds its environment again, as a record always brings it; `ask_index` lets uv ask the package index for the lock.
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
    elif with_environment:
        from labjournal.records.beside import laid_beside

        with laid_beside(record, place, force=force, ask=ask_index) as laid:
            _write(record, kind, place, force)
        answer["beside"], answer["remarks"], answer["command"] = list(laid.paths), list(laid.remarks), laid.command
    else:
        _write(record, kind, place, force)
    return answer


def _write(record: Record, kind: str, place: Path, force: bool) -> None:
    if kind == "notebook":
        from labjournal.records import notebook

        notebook.write(record, place, force=force)
    else:
        from labjournal.records import script

        script.write(record, place, force=force)
