"""The page of a day: every notebook, what was tried, what came out, what did not succeed, and nothing of another day."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from labjournal.errors import LabjournalError, OutputExists
from labjournal.questions.days import day_bounds
from labjournal.records import day
from tests.builders import START, JournalBuilder
from tests.records.gold import like_gold, scrubbed
from tests.records.test_html import Outline, tuesday, words


@pytest.fixture(autouse=True)
def _in_kathmandu(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def page_of(builder: JournalBuilder, path: Path, when: date = date(2026, 11, 3)) -> tuple[dict[str, object], str]:
    since, until = day_bounds(when)
    with builder.open() as journal:
        answer = day.write(journal, since, until, path / "day.html")
    return dict(answer), (path / "day.html").read_text(encoding="utf-8")


def test_the_page_is_as_it_was_found_good(builder: JournalBuilder, tmp_path: Path) -> None:
    tuesday(builder)
    builder.run(notebook="/home/ada/other.ipynb").execution("1/0", status="failed").execution("ok = 1")
    builder.run(notebook=None, client="console").execution("print('no notebook')")

    answer, page = page_of(builder, tmp_path)

    assert {"path": str(tmp_path / "day.html"), "runs": 3, "executions": 9} == answer
    assert like_gold("day.html", scrubbed(page))


def test_a_day_is_the_readers_day(builder: JournalBuilder, tmp_path: Path) -> None:
    """In Kathmandu the fourth begins at 18:15 UTC of the third; a run over midnight counts with what it did on the day."""
    builder.run(started=START, utc_offset_s=0).execution("before = 1").execution("after = 2", started=START + 9.5 * 3600)

    answer, page = page_of(builder, tmp_path, date(2026, 11, 4))

    assert (1, 1) == (answer["runs"], answer["executions"])
    assert "after = 2" in words(page)
    assert "before" not in words(page)
    assert "Wednesday, 4 November 2026" in page
    assert "00:15" in page


def test_replays_are_nobodys_day(builder: JournalBuilder, tmp_path: Path) -> None:
    builder.run().execution("a = 1")
    builder.run(replay_of="r001").execution("a = 1")

    assert 1 == page_of(builder, tmp_path)[0]["runs"]


def test_an_empty_day_is_a_page_as_well(builder: JournalBuilder, tmp_path: Path) -> None:
    builder.run().execution("a = 1")

    answer, page = page_of(builder, tmp_path, date(2026, 11, 20))

    assert (0, 0) == (answer["runs"], answer["executions"])
    assert "Nothing was recorded in this time." in page


def test_links_lead_to_something_and_ids_are_given_once(builder: JournalBuilder, tmp_path: Path) -> None:
    tuesday(builder)
    tuesday(builder)

    outline = Outline(page_of(builder, tmp_path)[1])

    identifiers = [attributes["id"] for _, attributes in outline.elements if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))
    assert {link["href"].removeprefix("#") for link in outline.all("a")} <= set(identifiers)


@pytest.mark.parametrize(
    ("since", "until", "heading"),
    [
        (None, None, "Tuesday, 3 November 2026 – today"),
        ("2026-11-01T18:15:00.000000+00:00", None, "Monday, 2 November 2026 – today"),
        (
            "2026-11-01T18:15:00.000000+00:00",
            "2026-11-03T18:15:00.000000+00:00",
            "Monday, 2 November 2026 – Tuesday, 3 November 2026",
        ),
        (None, "2026-11-03T18:15:00.000000+00:00", "Tuesday, 3 November 2026"),
    ],
)
def test_longer_times_say_from_when_to_when(
    builder: JournalBuilder, tmp_path: Path, since: str | None, until: str | None, heading: str
) -> None:
    builder.run().execution("a = 1")
    with builder.open() as journal:
        day.write(journal, since, until, tmp_path / "day.html")

    assert f"<h1>{heading}</h1>" in (tmp_path / "day.html").read_text()


def test_nothing_is_overwritten_and_a_missing_folder_is_told(builder: JournalBuilder, tmp_path: Path) -> None:
    builder.run().execution("a = 1")
    page_of(builder, tmp_path)

    with pytest.raises(OutputExists):
        page_of(builder, tmp_path)
    with pytest.raises(LabjournalError, match="does not exist"):
        page_of(builder, tmp_path / "nowhere")


def test_the_best_of_the_day_stands_against_the_best_before(builder: JournalBuilder, tmp_path: Path) -> None:
    early = builder.run(started=START - 5 * 86400)
    early.execution("x", metrics={"loss": 0.5, "accuracy": 0.9, "rows": 3})
    builder.run(started=START - 4 * 86400, replay_of="r001").execution("x", metrics={"loss": 0.01})
    today = builder.run()
    today.execution("x", metrics={"loss": 0.4, "accuracy": 0.8, "f1": 0.7, "rows": 4})
    today.execution("x", metrics={"loss": 0.3, "accuracy": float("nan")})
    _, page = page_of(builder, tmp_path)
    said = words(page.split("Best of this time", 1)[1].split("</table>", 1)[0])

    assert "loss 0.3 0.5 (r001/1) better than ever before r003/2" in " ".join(said.split())
    assert "accuracy 0.8 0.9 (r001/1) not better than before r003/1" in " ".join(said.split())
    assert "f1 0.7 the first r003/1" in " ".join(said.split())
    assert "rows" not in said
    assert 'href="#r003-2"' in page
    assert 'id="r003-2"' in page
