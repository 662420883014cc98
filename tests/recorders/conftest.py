"""A real shell with recorders on it, driven as the kernel does: two moments on the user's thread, the rest on a helper thread."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from labjournal.events import Event
from labjournal.recorders import Context, Execution, Outcome, Recorder, audit_hook, imports, wrapping
from labjournal.recorders.native_calls import NativeRecorder
from labjournal.recorders.redaction import Redactor
from tests.recorders.witness import Witness


class Lab:
    """One run: a shell, some recorders, and what they said."""

    def __init__(self, folder: Path, journal: Path) -> None:
        self.events: list[Event] = []
        self.context = Context("run1", str(folder), journal, Redactor(os.environ), self.events.extend, dict)
        self.shell = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
        self.helper = ThreadPoolExecutor(1, thread_name_prefix="labjournal")
        self.recorders: list[Recorder] = []
        self.n = 0

    def use(self, *kinds: Callable[[Context], Recorder]) -> None:
        self.recorders = [kind(self.context) for kind in kinds]
        for recorder in self.recorders:
            self._later(recorder.run_started)

    def run(self, *sources: str, collect: bool = True) -> list[Event]:
        """Executes cells; what the recorders said about them."""
        before = len(self.events)
        for source in sources:
            self.n += 1
            execution = Execution("run1", self.n, source, started=time.time())
            for recorder in self.recorders:
                recorder.execution_started(execution)
            result = self.shell.run_cell(source, store_history=False)
            outcome = Outcome("ok" if result.success else "failed", time.time())
            for recorder in self.recorders:
                recorder.execution_ended(execution, outcome)
            if collect:
                for recorder in self.recorders:
                    self._later(partial(recorder.collect, execution))
        return self.events[before:]

    def end(self) -> list[Event]:
        before = len(self.events)
        for recorder in self.recorders:
            self._later(recorder.run_ended)
        return self.events[before:]

    def collect(self, n: int) -> list[Event]:
        """What the first recorder says about an execution that has ended, asked on the helper thread."""
        return self.helper.submit(lambda: list(self.recorders[0].collect(Execution("run1", n, "")))).result(60)

    def _later(self, what: Callable[[], Any]) -> None:
        self.helper.submit(lambda: self.events.extend(what())).result(60)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder a notebook works in."""
    folder = tmp_path / "project"
    folder.mkdir()
    (tmp_path / "home").mkdir()
    slot = getattr(sys, "_labjournal_audit_slot", None)
    if slot is not None:  # another test ended a recording on this thread, as a kernel does when it leaves
        slot.thread.excluded = slot.thread.busy = False
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return folder


@pytest.fixture
def lab(project: Path, tmp_path: Path) -> Iterator[Lab]:
    journal = tmp_path / "journal"
    journal.mkdir()
    lab = Lab(project, journal)
    yield lab
    for recorder in lab.recorders:
        recorder.forked()
    lab.helper.shutdown()


@pytest.fixture
def witness(project: Path) -> Iterator[Witness]:
    """Hears native readers and writers of libraries, wrapped as in a kernel."""
    audit_hook.install()
    found = Witness()
    found.recorder = NativeRecorder(None)  # type: ignore[arg-type]
    found.recorder.execution_started(Execution("run1", 1, ""))
    audit_hook.watch(found)
    yield found
    audit_hook.watch(None)
    imports.uninstall()
    wrapping.take_back()
    assert [] == wrapping.faults
    assert [] == imports.problems
