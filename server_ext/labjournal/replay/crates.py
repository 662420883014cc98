"""A replay from a record file: what it holds is shown first, and nothing is executed before somebody says so.

Paths, names of interpreters and variables in a record are somebody else's claims. Files go to the workspace only, where each was
read by the path that the code names; what the record lacks is said, and is not looked for on this machine.
"""

from __future__ import annotations

import functools
import io
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from labjournal.errors import LabjournalError
from labjournal.journal.rows import FileUse
from labjournal.records.archive import Archive
from labjournal.records.crate_reading import CrateContent, CrateFile, open_crate
from labjournal.records.pins import pins
from labjournal.records.record import Step
from labjournal.replay.comparing.compare import Done
from labjournal.replay.rebuilding.environments import KERNEL
from labjournal.replay.recorded import Recorded

__all__ = ["from_crate"]


def from_crate(path: Path, confirm: Callable[[str], bool] | None, *, installs: bool = False) -> Recorded:
    """What a record holds, once `confirm` has seen origin, digest and extent and said yes (None: nobody needs to be asked).

    `installs`: the recorded packages are to be installed for it, which is part of the question.
    """
    content = open_crate(path)
    if confirm is not None and not confirm(_question(content, installs)):
        raise LabjournalError("Nothing was executed.", "Look into it first (`unzip -l`), or say --yes.")
    record = content.record
    return Recorded(
        address=str(record.address),
        # Neither the notebook nor the interpreter of another machine is one of this one.
        run=replace(record.run, notebook=None, folder=_folder(record.run.folder)),
        done=tuple(Done(step.execution, step.outputs, step.written, step.metrics) for step in record.steps),
        read=tuple(use for step in record.steps for use in step.read),
        environment=record.environment,
        used=record.used,
        blob=record.blob,
        content=functools.partial(_content, content),
        brings={file.path: functools.partial(_lay_out, path, file.member) for file in content.inputs if file.member is not None},
        problems=tuple(_missing(content.inputs)),
    )


def _question(content: CrateContent, installs: bool) -> str:
    """Everything a person should know before they say yes."""
    steps = content.record.steps
    lines = sum(step.execution.source.count("\n") + 1 for step in steps)
    extent = f"{len(steps)} cell{'s' if len(steps) != 1 else ''}, {lines} line{'s' if lines != 1 else ''} of code"
    does = _does(steps)
    return "\n".join(
        [
            *content.origin,
            f"To be executed on this machine, with your rights to read files and to use the network: {extent}{does}.",
            *(_packages(content) if installs else ()),
            "Execute it?",
        ]
    )


def _packages(content: CrateContent) -> Iterator[str]:
    """What would be installed for it, which executes as part of it."""
    found = pins(content.record.environment, content.record.used, also=(KERNEL,))
    used = ", ".join(str(pin) for pin in found.pins if pin.used)
    more = sum(not pin.used for pin in found.pins)
    yield (
        f"To be installed for it from your package index, into an environment of its own: {used[:600] or 'none that it used'} "
        f"and {more} more that {'they need' if used else 'it needs'}."
    )


def _does(steps: tuple[Step, ...]) -> str:
    """What strikes the eye in the code of somebody else."""
    text = "\n".join(step.execution.source for step in steps)
    signs = {
        "other programs": ("subprocess", "os.system", "%%bash", "%%sh", "\n!", "popen"),
        "the network": ("http://", "https://", "requests.", "urllib", "socket"),
        "code from texts": ("exec(", "eval(", "pickle.load", "joblib.load", "torch.load", "__import__"),
    }
    found = [what for what, words in signs.items() if any(word in "\n" + text for word in words)]
    return f"; it mentions {', '.join(found)}" if found else ""


def _folder(folder: str) -> str:
    """The folder that relative paths of the record start from; a record of another system gets one of its own."""
    return os.path.normpath(folder) if folder and os.path.isabs(folder) and "\0" not in folder else os.path.join(os.sep, "record")


def _content(content: CrateContent, use: FileUse) -> BinaryIO:
    return io.BytesIO(content.read(use.sha256 or ""))


def _lay_out(path: Path, member: str, target: Path) -> None:
    with Archive(path) as archive:
        archive.lay_out(member, target)


def _missing(files: tuple[CrateFile, ...]) -> Iterator[str]:
    for file in files:
        if file.member is None:
            yield f"The record does not hold {file.path}, which the code reads."
