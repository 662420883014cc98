"""What the server tells listeners: ids of what changed, and nothing they knew already."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from labjournal.journal import places
from labjournal.server.watcher import Change, Watcher
from tests.builders import JournalBuilder


async def no_notebooks() -> dict[str, str]:
    return {}


@pytest.fixture
def watcher(tmp_path: Path) -> Iterator[Watcher]:
    with ThreadPoolExecutor(1) as executor:
        made = Watcher(tmp_path / "journal", emit=lambda change: None, notebooks=no_notebooks, executor=executor)
        yield made
        made.close()


def test_the_very_first_execution_of_a_new_journal_is_told(watcher: Watcher, tmp_path: Path) -> None:
    assert [] == watcher.turn({})
    JournalBuilder(tmp_path / "journal").run(alive=True).execution("a = 1")

    assert [Change("ended", "r001", 1)] == watcher.turn({})
    assert [] == watcher.turn({})


def test_what_stood_there_before_is_no_news(watcher: Watcher, tmp_path: Path) -> None:
    builder = JournalBuilder(tmp_path / "journal")
    run = builder.run(alive=True).execution("a = 1")
    builder.save()
    assert [] == watcher.turn({})

    run.execution("b = 2", status=None)

    assert [Change("started", "r001", 2)] == watcher.turn({})


def test_a_pause_from_elsewhere_is_told(watcher: Watcher, tmp_path: Path) -> None:
    places.prepare(tmp_path / "journal")
    watcher.turn({})
    places.set_paused(tmp_path / "journal", True)

    assert [Change("status")] == watcher.turn({})
    assert [] == watcher.turn({})
