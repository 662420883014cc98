"""Other programs that change files while a cell reads them, or while we look: a digest is of what the cell got, or there is none."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labjournal.recorders.files import FilesRecorder
from labjournal.recorders.kernel_events import KernelEvents
from tests.recorders.conftest import Lab
from tests.recorders.test_files import read, sha, with_layer, written

LAYERS = ("fanotify", "inotify", "snapshot") if sys.platform == "linux" else ("snapshot",)
REPLACED = "another program changed it while the cell ran"
OTHER = """
import os, sys
for line in sys.stdin:
    exec(line)
    print(flush=True)
"""


class Other:
    """A program that does what it is told."""

    def __init__(self) -> None:
        self.process = subprocess.Popen([sys.executable, "-c", OTHER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def do(self, code: str) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(code + "\n")
        self.process.stdin.flush()
        self.process.stdout.readline()


@pytest.fixture
def other(project: Path) -> Iterator[Other]:
    other = Other()
    yield other
    other.process.kill()
    other.process.communicate()


REPLACE = "open('new', 'w').write('b'); os.replace('new', 'd.txt')"


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch, other: Other) -> Any:
    """Something that the other program does after we looked at a file, and before the cell got it."""

    def between(code: str) -> None:
        opened = FilesRecorder.opened
        todo = [code]

        def opened_and_changed(self: FilesRecorder, path: str, flags: int, thread: int, layer: str = "audit") -> None:
            opened(self, path, flags, thread, layer)
            if path == "d.txt" and todo:
                other.do(todo.pop())

        monkeypatch.setattr(FilesRecorder, "opened", opened_and_changed)

    return between


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("change", [REPLACE, "open('d.txt', 'r+').write('b')", "open('d.txt', 'a').write('b')"])
@pytest.mark.parametrize("cell", ["got = open('d.txt').read()", "got = open('d.txt').read(); open('d.txt', 'w').write('c')"])
def test_a_file_replaced_before_the_cell_got_it_has_no_digest(
    lab: Lab, project: Path, between: Any, layer: str, change: str, cell: str
) -> None:
    (project / "d.txt").write_text("a")
    lab = with_layer(lab, layer)
    between(change)
    event = read(lab.run(cell))["d.txt"]
    assert "a" != lab.shell.user_ns["got"]
    assert (None, "unknown", REPLACED, None) == (event.sha256, event.hash_state, event.reason, event.bytes)


@pytest.mark.parametrize("layer", LAYERS)
def test_a_file_replaced_before_the_cell_changed_it_has_no_digest(lab: Lab, project: Path, between: Any, layer: str) -> None:
    (project / "d.txt").write_text("a")
    lab = with_layer(lab, layer)
    between(REPLACE)
    events = lab.run("with open('d.txt', 'r+') as file: got = file.read(); n = file.write('c')")
    assert ("b", None, REPLACED) == (lab.shell.user_ns["got"], read(events)["d.txt"].sha256, read(events)["d.txt"].reason)
    assert sha(b"bc") == written(events)["d.txt"].sha256


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize(
    "then", ["!cp e.txt d.txt", "!mv e.txt d.txt", "import os; os.remove('d.txt')", "import os; os.chmod('d.txt', 0o600)"]
)
def test_what_the_cell_and_its_programs_do_to_a_file_afterwards_takes_no_digest_away(
    lab: Lab, project: Path, layer: str, then: str
) -> None:
    (project / "d.txt").write_text("a")
    (project / "e.txt").write_text("e")
    assert sha(b"a") == read(with_layer(lab, layer).run(f"open('d.txt').read()\n{then}"))["d.txt"].sha256


def test_what_an_older_program_replaces_after_the_cell_looked_is_not_certain(lab: Lab, project: Path, other: Other) -> None:
    """Nobody can tell before or after; where many files were read, the look comes later."""
    (project / "d.txt").write_text("a")
    lab.shell.user_ns["other"] = other
    event = read(with_layer(lab, "snapshot").run(f"open('d.txt').read(); other.do({REPLACE!r})"))["d.txt"]
    assert (None, REPLACED) == (event.sha256, event.reason)


def test_files_of_a_folder_that_another_thread_is_still_looking_through_are_told(
    lab: Lab, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread of the events takes new folders, too: what it has not noted when the cell ends is not lost."""
    lab = with_layer(lab, "fanotify")
    entered = KernelEvents._entered_new

    def slowly(self: KernelEvents, appeared: str, own: bool, sightings: Any, within_s: float) -> bool:
        if within_s < 1:
            return False  # on the user's thread there was no time
        return entered(self, appeared, own, sightings, within_s)

    monkeypatch.setattr(KernelEvents, "_entered_new", slowly)
    events = lab.run("import os; os.mkdir('new')\n!echo 1 > new/made.txt")
    assert "made.txt" in written(events)
