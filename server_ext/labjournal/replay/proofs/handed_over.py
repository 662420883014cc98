"""`export --verify --with-data`: what was proven among the project's files is run once more as it is handed over.

A folder of its own with the inputs laid out beside the cells under the names that they have there, the cells with the paths that lead to
them, and nothing else of the project: who gets the folder has no more.
"""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from labjournal.journal.rows import FileUse
from labjournal.records.data_beside import inputs_beside
from labjournal.records.notebook import Clean
from labjournal.records.record import Record

__all__ = ["HandedOver", "handed_over"]


@dataclass(frozen=True)
class HandedOver:
    """The cells as they leave, with what lies beside them."""

    found: Clean
    brings: Mapping[str, functools.partial[None]]
    """Path, as if the export lay in the run's folder → what writes the file to a place."""
    names: Mapping[str, str]
    """Digest → the same path."""

    def read(self, uses: tuple[FileUse, ...]) -> tuple[FileUse, ...]:
        """Where the cells find now what they read then."""
        return tuple(replace(use, path=path, given=path) if (path := self.names.get(use.sha256 or "")) else use for use in uses)


def handed_over(record: Record, found: Clean) -> HandedOver:
    inputs = inputs_beside(record, found)
    folder = record.run.folder or os.getcwd()
    paths = {name: os.path.join(folder, *name.split("/")) for name, _ in inputs.files}
    return HandedOver(
        inputs.found,
        {paths[name]: functools.partial(_put, content) for name, content in inputs.files},
        {hashlib.sha256(content).hexdigest(): paths[name] for name, content in inputs.files},
    )


def _put(content: bytes, place: Path) -> None:
    place.write_bytes(content)
