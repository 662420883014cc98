"""Who stands where the recorder of files stands, and writes down what native readers and writers tell it."""

from __future__ import annotations

import os
from typing import Any

__all__ = ["READ", "UPDATED", "WRITTEN", "Witness"]

READ, WRITTEN, UPDATED = "read", "written", "updated"


class Witness:
    """(name, role) of what was told, and which files were there by then."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.scanned_files: list[str] = []
        self.existed: dict[str, bool] = {}
        self.recorder: Any = None

    def opened(self, path: str, flags: int, thread: int, layer: str = "audit") -> None:
        if layer == "native":
            role = {os.O_RDONLY: READ, os.O_RDWR: UPDATED}.get(flags & (os.O_RDONLY | os.O_WRONLY | os.O_RDWR), WRITTEN)
            self.told.append((os.path.basename(path), role))
            self.existed.setdefault(os.path.basename(path), os.path.exists(path))

    def scanned(self, path: str, thread: int, layer: str = "audit") -> None:
        self.scanned_files.append(os.path.basename(path))

    def failed(self, problem: Exception) -> None:
        raise AssertionError(problem)

    def __getattr__(self, name: str) -> Any:
        return lambda *_args, **_more: None

    def take(self) -> set[tuple[str, str]]:
        """What was told since the last time."""
        told, self.told = set(self.told), []
        return told

    def next_cell(self) -> set[tuple[str, str]]:
        """The same, and another execution begins."""
        self.recorder.execution_started(None)
        return self.take()
