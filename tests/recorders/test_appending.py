"""What stood in a file that a cell only adds to is known by its content, read or not; of a file written anew nothing remains."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from labjournal.events import Event, FileRead, FileWritten
from tests.recorders.conftest import Lab
from tests.recorders.test_files import sha, with_layer


@pytest.fixture(params=["", "snapshot"])
def files(lab: Lab, request: pytest.FixtureRequest) -> Lab:
    return with_layer(lab, request.param)


def grown(events: list[Event]) -> list[tuple[int, str | None]]:
    """(execution, digest) of what stood in files that were added to."""
    found = [event for event in events if isinstance(event, FileRead)]
    assert all(event.layer.endswith(" append") for event in found)
    return [(event.n, event.sha256) for event in found]


@pytest.mark.parametrize(
    "add",
    [
        "with open('log.csv', 'a') as file: _ = file.write('b\\n')",
        "import gzip, os\nwith open('log.csv', mode='ab', buffering=0) as file: _ = file.write(b'b\\n')",
        "import os\nnumber = os.open('log.csv', os.O_WRONLY | os.O_APPEND)\n_ = os.write(number, b'b\\n')\nos.close(number)",
        "import logging\nhandler = logging.FileHandler('log.csv')\nhandler.emit(logging.makeLogRecord({'msg': 'b'}))\nhandler.close()",
    ],
)
def test_what_stood_there_is_told_beside_what_was_left(files: Lab, project: Path, add: str) -> None:
    (project / "log.csv").write_bytes(b"a\n")
    events = files.run(add)

    assert [(1, sha(b"a\n"))] == grown(events)
    assert [sha(b"a\nb\n")] == [event.sha256 for event in events if isinstance(event, FileWritten)]


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of Unix")
def test_a_shell_line_that_adds_is_known_by_the_beginning_of_what_it_left(files: Lab, project: Path) -> None:
    events = files.run("with open('log.csv', 'w') as file: _ = file.write('a\\n')", "!echo b >> log.csv")

    assert [(2, sha(b"a\n"))] == grown(events)


@pytest.mark.parametrize(
    "write",
    [
        "with open('log.csv', 'w') as file: _ = file.write('a\\nb\\n')",
        "with open('log.csv', 'w') as file: _ = file.write('a\\n')\nwith open('log.csv', 'a') as file: _ = file.write('b\\n')",
        "import os\nos.remove('log.csv')\nwith open('log.csv', 'a') as file: _ = file.write('a\\nb\\n')",
        "import os\nwith open('new', 'w') as file: _ = file.write('a\\nb\\n')\nos.replace('new', 'log.csv')",
        "with open('log.csv', 'a') as file: _ = file.truncate(0), file.write('a\\nb\\n')",
        "open('log.csv', 'a').close()",
        "with open('another.csv', 'a') as file: _ = file.write('b\\n')",
    ],
)
def test_nothing_is_said_of_what_does_not_stand_there_any_more(files: Lab, project: Path, write: str) -> None:
    (project / "log.csv").write_bytes(b"c\n")

    assert [] == grown(files.run(write))


def test_what_was_read_as_well_is_told_once(files: Lab, project: Path) -> None:
    (project / "log.csv").write_bytes(b"a\n")
    events = files.run("_ = open('log.csv').read()\nwith open('log.csv', 'a') as file: _ = file.write('b\\n')")

    assert [("audit", sha(b"a\n"))] == [
        (event.layer.split()[0], event.sha256) for event in events if isinstance(event, FileRead) and "append" not in event.layer
    ]
    assert 1 == sum(isinstance(event, FileRead) for event in events)


def test_every_file_of_a_folder_is_judged_for_itself(files: Lab, project: Path, tmp_path: Path) -> None:
    """The folder is looked at once; links, folders, code, and another working folder of the same name are not mistaken for data."""
    for folder in (project / "data", project / "other" / "data"):
        folder.mkdir(parents=True)
        for name in ("a.csv", "b.csv", "module.py"):
            (folder / name).write_text(f"{folder} {name}")
        (folder / "below").mkdir()
    elsewhere = tmp_path / "elsewhere.csv"
    elsewhere.write_text("elsewhere")
    (project / "data" / "link.csv").symlink_to(elsewhere)
    source = """
import os
for name in ('a.csv', 'b.csv', 'link.csv', 'module.py', 'none.csv', 'below', '.', '..'):
    try:
        with open('data/' + name) as file: file.read()
    except OSError:
        pass
os.chdir('other')
with open('data/b.csv') as file: _ = file.read()
os.chdir('..')
"""
    found = {event.path: event.sha256 for event in files.run(source) if isinstance(event, FileRead)}
    expected = ["data/a.csv", "data/b.csv", "data/module.py", "other/data/b.csv"]

    assert {os.path.realpath(project / path): sha((project / path).read_bytes()) for path in expected} | {
        os.path.realpath(elsewhere): sha(b"elsewhere")
    } == found
