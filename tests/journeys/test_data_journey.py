"""The input was overwritten, the notebook is executed again: from the kept bytes it still holds; without them it says what has changed.

Told with real kernels; what they keep of their inputs is looked up, not assumed.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from labjournal.journal.blobs import Blobs
from labjournal.journal.reader import Journal
from labjournal.journal.rows import Address
from labjournal.records import crate, html
from labjournal.records.record import build
from tests.replay.conftest import again, record

PRICES = "".join(f"2026-03-{day:02},{day / 2}\n" for day in range(1, 29))
CELLS = (
    "import pandas as pd\nprices = pd.read_csv('data/prices.csv', names=['day', 'price'])\nrates = pd.read_csv({rates!r})",
    "total = float(prices.price.sum() * rates.rate[0])\nprint('total', total)",
    "prices[prices.price > 3].to_csv('data/high.csv', index=False)\npd.read_csv('data/high.csv').to_json('high.json')",
)


class Story:
    """Two inputs, one beside the notebook and one elsewhere, both overwritten after the run."""

    def __init__(self, root: Path, **settings: str) -> None:
        self.journal, self.project, self.rates = root / "journal", root / "project", root / "shared" / "rates.csv"
        for path, text in ((self.prices, PRICES), (self.rates, "rate\n1.5\n")):
            path.parent.mkdir(parents=True)
            path.write_text(text)
        cells = (cell.replace("{rates!r}", repr(str(self.rates))) for cell in CELLS)
        record(self.journal, self.project / "prices.ipynb", *cells, **settings)
        self.digests = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in (self.prices, self.rates)}
        self.prices.write_text(PRICES.replace("2026-03-17,8.5", "2026-03-17,900"))
        self.rates.write_text("rate\n9\n")
        self.overwritten = [path.read_bytes() for path in (self.prices, self.rates)]

    @property
    def prices(self) -> Path:
        return self.project / "data" / "prices.csv"


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    return Story(tmp_path_factory.mktemp("story"))


@pytest.fixture(scope="module")
def verdict(story: Story) -> dict[str, Any]:
    return dict(again(story.journal))


def test_the_kernel_kept_what_it_read(story: Story) -> None:
    assert all(Blobs(story.journal).check(digest) for digest in story.digests.values())


def test_from_the_kept_bytes_it_still_holds(story: Story, verdict: dict[str, Any]) -> None:
    assert (True, None, []) == (verdict["reproduced"], verdict["first_difference"], verdict["problems"])
    assert [
        {"path": str(path), "sha256": digest, "from": "journal", "state": "recorded"} for path, digest in story.digests.items()
    ] == verdict["inputs"]


def test_what_it_made_itself_is_no_input_and_is_compared(story: Story, verdict: dict[str, Any]) -> None:
    assert {("high.csv", True, "bytes"), ("high.json", True, "bytes")} == {
        (Path(entry["path"]).name, entry["same"], entry["how"]) for entry in verdict["files"]
    }


def test_the_users_files_are_as_they_are_today(story: Story, verdict: dict[str, Any]) -> None:
    assert story.overwritten == [path.read_bytes() for path in (story.prices, story.rates)]


def test_the_page_and_the_record_tell_the_same(story: Story, tmp_path: Path) -> None:
    with Journal.open(story.journal) as journal:
        run = next(run for run in journal.runs() if run.replay_of is None)
        made = build(journal, Address(run.run))
        page = html.render(made)
        crate.write(made, tmp_path / "record.zip")

    assert page.index('<h2 id="data">') < page.index("Inputs: read before") < page.index("Outputs: what was left")
    assert all(digest in page for digest in story.digests.values())
    elsewhere = again(tmp_path / "another", str(tmp_path / "record.zip"))
    assert (True, ["record", "record"]) == (elsewhere["reproduced"], [one["from"] for one in elsewhere["inputs"]])


def test_where_nothing_is_kept_it_says_what_has_changed_and_where_it_shows(tmp_path: Path) -> None:
    story = Story(tmp_path, LABJOURNAL_KEEP_BYTES="0")

    answer = json.loads(json.dumps(again(story.journal)))

    assert [("place", "changed")] * 2 == [(one["from"], one["state"]) for one in answer["inputs"]]
    assert 2 == sum("has changed since it was recorded" in problem for problem in answer["problems"])
    assert (False, 2) == (answer["reproduced"], answer["first_difference"]["n"])
    assert any(f"The input {story.prices} has changed" in cause for cause in answer["first_difference"]["causes"])
    high = next(entry for entry in answer["files"] if entry["path"].endswith("high.csv"))
    assert (False, "values", "row 11, column price: 8.5 → 900.0 (1 of 22 rows differ)") == (
        high["same"],
        high["how"],
        high["difference"],
    )
