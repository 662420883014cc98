"""Code that is about to run, runs, or has run, as far as the shell and the kernel tell; results are looked at by type alone."""

from __future__ import annotations

import re
import sys
from datetime import datetime
from time import perf_counter
from typing import Any

from labjournal.recorders import Execution

__all__ = ["Request", "Running", "count_of", "matching", "status_of"]

OFF = re.compile(r"\s*#\s*labjournal:\s*off\s*(\n|$)")


class Request:
    """What the shell and the kernel say about code that is about to run."""

    __slots__ = ("cell_id", "info", "kept", "message_id", "metadata", "off", "raw", "sent", "transformed")

    def __init__(
        self,
        info: Any,
        raw: str,
        message_id: str = "",
        cell_id: Any = None,
        metadata: Any = None,
        transformed: Any = None,
        sent: Any = None,
    ):
        self.info = info
        self.kept = info.store_history is not False
        """False for what a tool executes beside the user's work (variable inspectors): it does not count as an execution."""
        self.raw = raw
        self.off = OFF.match(raw) is not None
        """The cell asks not to be recorded."""
        self.message_id = message_id
        self.cell_id = cell_id if type(cell_id) is str and cell_id else None
        self.metadata = metadata
        self.sent = sent.timestamp() if type(sent) is datetime else 0.0
        """When the client made the request, by its own clock; 0 where it does not say."""
        self.transformed = transformed if type(transformed) is str else None


class Running:
    """Code that runs at the moment in a thread; `execution` is None for what is not recorded by itself."""

    __slots__ = ("began", "execution", "off", "request")

    def __init__(self, request: Request, execution: Execution | None = None, off: bool = False) -> None:
        self.request = request
        self.execution = execution
        self.off = off
        self.began = perf_counter()


def matching(stack: list[Running], result: Any) -> Running | None:
    """Takes from the stack what the result belongs to; None for a blank cell, of which nothing was opened."""
    info = getattr(result, "info", None)
    if info is None:
        return stack.pop()
    for position in range(len(stack) - 1, -1, -1):
        request = stack[position].request
        if request.info is info or request.raw is info.raw_cell:
            opened = stack[position]
            del stack[position:]
            return opened
    return None


def status_of(result: Any) -> str:
    """ok | failed | interrupted, told from types alone."""
    if result is None:
        return "interrupted"
    problem = result.error_before_exec if result.error_before_exec is not None else result.error_in_exec
    if problem is None:
        return "ok"
    cancelled = getattr(sys.modules.get("asyncio"), "CancelledError", KeyboardInterrupt)
    return "interrupted" if issubclass(type(problem), (KeyboardInterrupt, cancelled)) else "failed"


def count_of(result: Any) -> int | None:
    count = getattr(result, "execution_count", None)
    return count if type(count) is int else None
