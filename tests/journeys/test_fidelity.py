"""Which files a cell reads and writes, library by library, in real kernels: what `python -m bench.fidelity` measures, as far as the
test dependencies reach, against the truth that is written beside each cell. Here nothing may be missed at all."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.fidelity.cell import Cell
from bench.fidelity.cells import GROUPS
from bench.fidelity.measure import measured, trusted
from bench.fidelity.place import Place
from bench.fidelity.scores import ROLES, Outcome, judge

NEEDED = frozenset("duckdb h5py joblib lxml matplotlib numpy openpyxl pandas PIL polars pyarrow sklearn sqlalchemy".split())
NOT_ALWAYS = {"ctypes, outside, computed"}
"""No call that Python knows of, in a folder that is watched in time or is not."""
OPENED_ONLY = {"opened, not read", "handle opened"}
"""What is claimed as read although Python only opened it."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = Place(tmp_path_factory.mktemp("fidelity"), sys.executable)
    place.prepare()
    return place


@pytest.mark.slow
@pytest.mark.parametrize("group", GROUPS)
def test_every_file_is_seen_with_its_content_and_none_is_made_up(place: Place, group: str) -> None:
    cells = tuple(cell for cell in GROUPS[group] if cell.needs <= NEEDED and place.has(cell.needs))
    found = measured(place, cells, {}, settle_s=0.2)
    events = found.recorded.layers["events"] if isinstance(found.recorded.layers, dict) else ""
    if events not in ("fanotify", "inotify"):
        pytest.skip("this machine tells of no files that native code reads")

    outcomes = judge(place, cells, trusted(place, cells, found), found)

    assert () == found.failures
    assert [] == [text for outcome in outcomes for text in _faults(place, outcome)]


def _faults(place: Place, outcome: Outcome) -> Iterator[str]:
    """What was not seen, what was claimed with certainty and is not so, and every wrong digest. Doubtful claims are told as such:
    other programs work on this machine, too."""
    for role in ROLES:
        if outcome.missed[role] and outcome.cell not in NOT_ALWAYS:
            yield f"{outcome.cell}: {role} not seen: {sorted(map(place.short, outcome.missed[role]))}"
    for claim in outcome.false:
        if outcome.cell not in OPENED_ONLY and claim.confidence == "certain":
            yield f"{outcome.cell}: never {claim.role}: {place.short(claim.path)} ({claim.layer}, {claim.confidence})"
    for claim in outcome.wrong:
        yield f"{outcome.cell}: {claim.role} with another content: {place.short(claim.path)} ({claim.layer}, {claim.hash_state})"


def test_there_are_cells_enough() -> None:
    cells: list[Cell] = [cell for group in GROUPS.values() for cell in group]
    assert len(cells) >= 120
    assert len({cell.name for cell in cells}) == len(cells)
    assert all(cell.truth is not None for cell in cells)
    assert all(Path(name).parts[0] == "old" for cell in cells for name in cell.copies)
