"""export and day on the command line: what is written where, and what is refused."""

from __future__ import annotations

from pathlib import Path

from tests.builders import JournalBuilder
from tests.cli.conftest import Cli


def test_a_day_becomes_one_page(cli: Cli, story: JournalBuilder, tmp_path: Path) -> None:
    page = tmp_path / "monday.html"

    answer = cli("day", "2026-11-02", "--output", str(page), "--json")

    assert (0, {"path": str(page), "runs": 1, "executions": 6}) == (answer.status, answer.json)
    assert "sales.ipynb" in page.read_text(encoding="utf-8")


def test_a_stretch_of_time_may_be_named_instead_of_a_day(cli: Cli, story: JournalBuilder, tmp_path: Path) -> None:
    answer = cli("day", "--since", "2026-11-02", "--until", "2026-11-03", "--output", str(tmp_path / "both.html"), "--json")

    assert 4 == answer.json["runs"]


def test_a_page_that_is_there_is_not_replaced_unasked(cli: Cli, story: JournalBuilder, tmp_path: Path) -> None:
    page = tmp_path / "monday.html"
    page.write_text("mine")

    refused = cli("day", "2026-11-02", "--output", str(page))

    assert (2, "", 1, "mine") == (refused.status, refused.out, refused.err.count("\n"), page.read_text())
    assert 0 == cli("day", "2026-11-02", "--output", str(page), "--force").status
    assert "mine" != page.read_text()


def test_a_folder_that_is_not_there_is_said_and_nothing_is_left(cli: Cli, story: JournalBuilder, tmp_path: Path) -> None:
    refused = cli("day", "2026-11-02", "--output", str(tmp_path / "nowhere" / "monday.html"))

    assert (2, "", 1) == (refused.status, refused.out, refused.err.count("\n"))
    assert "nowhere" in refused.err
    assert not (tmp_path / "nowhere").exists()
