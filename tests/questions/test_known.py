"""Cells of a long run are read once; what was told of them is remembered, and never believed where the rules are others."""

from __future__ import annotations

import json
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from labjournal.journal.rows import Address
from labjournal.questions.recipe import known
from labjournal.questions.recipe.known import Known
from labjournal.questions.recipe.slicing import explained
from tests.builders import JournalBuilder

CELL = """\
import pandas as pd
@cached
def look_{k}(table, times=2):
    return table.assign(c=table['a'] * times)
class Kept_{k}(Base):
    def __call__(self, x): return x.get_it({k})
frame_{k} = pd.DataFrame({{'a': range({k})}})
frame_{k}['b'] = look_{k}(frame_{k}).sum()
parts_{k} = [frame_{k}]; parts_{k}[0].pop('a'); np.random.seed({k})
for row in parts_{k}: row += 1
put_{k} = parts_{k}.append"""
CELLS = [CELL.format(k=k) for k in range(known._ENOUGH + 5)]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "cache" / "readings.sqlite"
    monkeypatch.setenv("LABJOURNAL_READINGS", str(path))
    _new_process()
    yield path
    _new_process()


def _new_process() -> None:
    known._texts.clear()
    known._answers.clear()


def _told(sources: list[str]) -> list[object]:
    texts = Known(sources)
    answer = [texts.of(source) for source in sources]
    texts.keep()
    return list(answer)


def test_what_is_read_from_the_file_is_what_the_text_says(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _told(CELLS)
    _new_process()
    monkeypatch.setattr(known, "read", None)
    monkeypatch.setattr(known, "told", None)

    assert _told(CELLS) == first


def test_the_recipe_is_the_same_with_and_without_what_is_remembered(place: Path, builder: JournalBuilder) -> None:
    run = builder.run()
    for k, source in enumerate(CELLS):
        run.execution(
            source, bound=[f"frame_{k}", f"look_{k}", f"parts_{k}", f"put_{k}", "pd"], used=[f"frame_{k - 1}"], mutated=["np"]
        )
    run.execution("look_3(frame_3)\nframe_3", used=["frame_3", "look_3"])
    address = Address(run.run, len(CELLS) + 1)
    with builder.open() as journal:
        first = explained(journal, address)
        _new_process()
        again = explained(journal, address)

    assert place.exists()
    assert first == again


def test_only_the_user_may_read_the_file_and_it_holds_no_code(place: Path) -> None:
    _told([*CELLS, "password = 'correct horse battery'"])

    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert b"battery" not in place.read_bytes()


def test_few_cells_leave_no_file(place: Path) -> None:
    _told(CELLS[:10])

    assert not place.exists()


def test_what_other_rules_told_is_not_believed(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _told(CELLS)
    with sqlite3.connect(place) as file:
        file.execute("UPDATE told SET answer = replace(answer, 'pd', 'xx')")
    file.close()
    _new_process()
    assert _told(CELLS) != first
    monkeypatch.setattr(known, "_rules", lambda: 7)
    _new_process()

    assert _told(CELLS) == first


@pytest.mark.parametrize("damage", [b"no database", b"", None])
def test_a_damaged_file_is_no_fault(place: Path, damage: bytes | None) -> None:
    first = _told(CELLS)
    if damage is not None:
        place.write_bytes(damage)
    else:
        with sqlite3.connect(place) as file:
            file.execute("UPDATE told SET answer = ?", (json.dumps([[1], 2, "x"]),))
        file.close()
    for _ in range(2):
        _new_process()
        assert _told(CELLS) == first


def test_a_place_that_cannot_be_written_is_no_fault(tmp_path: Path, place: Path) -> None:
    place.parent.write_text("a file")

    assert len(_told(CELLS)) == len(CELLS)


def test_what_is_forgotten_is_forgotten_here_too(place: Path) -> None:
    _told(CELLS)
    known.forget()

    assert not place.exists()
    assert not known._texts
