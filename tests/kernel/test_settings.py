"""Settings of the kernel (`c.LabJournal.…`): the environment outranks them, and without them nothing has to be said."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kernel.conftest import Kernel


def configured(folder: Path, line: str) -> str:
    """An IPython folder whose kernel configuration says `line`."""
    profile = folder / "ipython" / "profile_default"
    profile.mkdir(parents=True)
    (profile / "ipython_kernel_config.py").write_text(f"c = get_config()\n{line}\n")
    return str(folder / "ipython")


def test_a_kernel_is_told_where_its_journal_is(tmp_path: Path) -> None:
    place = tmp_path / "elsewhere"
    kernel = Kernel(
        place,
        tmp_path,
        LABJOURNAL_PATH="",
        HOME=str(tmp_path),
        IPYTHONDIR=configured(tmp_path, f"c.LabJournal.path = {str(place)!r}"),
    )
    kernel.run("x = 1")
    kernel.shutdown()

    assert (place / "journal.sqlite").exists()


@pytest.mark.parametrize(("line", "recorded"), [("c.LabJournal.enabled = False", False), ("c.LabJournal.enabled = True", True)])
def test_a_kernel_is_told_whether_to_record(tmp_path: Path, line: str, recorded: bool) -> None:
    journal = tmp_path / "journal"
    kernel = Kernel(journal, tmp_path, IPYTHONDIR=configured(tmp_path, line))
    kernel.run("x = 1")
    kernel.shutdown()

    assert recorded == (journal / "journal.sqlite").exists()


def test_the_environment_outranks_what_is_configured(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    kernel = Kernel(journal, tmp_path, IPYTHONDIR=configured(tmp_path, f"c.LabJournal.path = {str(tmp_path / 'other')!r}"))
    kernel.run("x = 1")
    kernel.shutdown()

    assert (journal / "journal.sqlite").exists()
    assert not (tmp_path / "other").exists()
