"""The command line as a test uses it: `cli("log", "--json")` gives the exit status and what was printed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from labjournal.cli.main import main
from tests.builders import JournalBuilder
from tests.cli.story import tell, tell_of_data


@dataclass(frozen=True)
class Answer:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Cli = Callable[..., Answer]


@pytest.fixture(autouse=True)
def _in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("COLUMNS", "110")
    monkeypatch.delenv("LABJOURNAL_DEBUG", raising=False)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    """Carries a command line out in this process; the journal is the one of `LABJOURNAL_PATH`."""

    def carried_out(*argv: str) -> Answer:
        capsys.readouterr()
        status = main(argv)
        printed = capsys.readouterr()
        return Answer(status, printed.out, printed.err)

    return carried_out


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the default journal of the test stands, once something made it."""
    return tmp_path / "journal"


@pytest.fixture
def story(folder: Path) -> Iterator[JournalBuilder]:
    made = tell(folder)
    yield made
    made.close()


@pytest.fixture
def data_story(folder: Path) -> Iterator[JournalBuilder]:
    made = tell_of_data(folder)
    yield made
    made.close()
