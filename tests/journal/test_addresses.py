"""What a person types to mean a run or an execution."""

from __future__ import annotations

import pytest

from labjournal.errors import AmbiguousAddress, UnknownAddress
from labjournal.journal.addresses import resolve
from tests.builders import JournalBuilder


@pytest.fixture
def story(builder: JournalBuilder) -> JournalBuilder:
    builder.run("kaa1").execution("a", metrics={"m": 1.0}).execution("b").name("baseline").tag("paper", n=2)
    builder.run("kab2").execution("a").execution("b", metrics={"m": 2.0}).execution("c").name("model/v2", n=2).tag("paper")
    builder.run("zcc3", replay_of="kab2").execution("a").tag("kaa1").name("last")
    return builder


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("kaa1", "kaa1"),
        (" kaa1/2 ", "kaa1/2"),
        ("kaa", "kaa1"),
        ("z", "zcc3"),
        ("kab/3", "kab2/3"),
        ("kaa1/02", "kaa1/2"),
        ("last", "kab2"),
        ("last/1", "kab2/1"),
        ("last/result", "kab2/2"),
        ("kaa/result", "kaa1/1"),
        ("baseline", "kaa1"),
        ("baseline/2", "kaa1/2"),
        ("baseline/result", "kaa1/1"),
        ("model/v2", "kab2/2"),
        ("model/v2/1", "kab2/1"),
        ("paper", "kab2"),
        ("paper/3", "kab2/3"),
    ],
)
def test_an_address_is_understood(story: JournalBuilder, typed: str, meant: str) -> None:
    with story.open() as journal:
        assert str(resolve(journal, typed)) == meant


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "No run, name or tag"),
        ("k9", "'k9'"),
        ("kaa1/9", "Run kaa1 has no execution 9"),
        ("kaa1/0", "no execution 0"),
        ("kaa1/x", "'kaa1/x'"),
        ("kaa1/", "'kaa1/'"),
        ("/1", "'/1'"),
        ("zcc3/result", "no result"),
        ("kaa1/99999999999999999999", "No run"),
        ("'; DROP TABLE runs; --", "DROP"),
        ("%", "'%'"),
        ("a\0b", "No run"),
        ("x" * 500, "…"),
    ],
)
def test_what_means_nothing_is_said(story: JournalBuilder, typed: str, words: str) -> None:
    with story.open() as journal, pytest.raises(UnknownAddress) as caught:
        resolve(journal, typed)
    assert words in caught.value.message
    assert "labjournal" in caught.value.remedy
    assert len(str(caught.value)) < 300


def test_a_beginning_of_several_runs_names_them(story: JournalBuilder) -> None:
    with story.open() as journal, pytest.raises(AmbiguousAddress, match="kaa1, kab2"):
        resolve(journal, "ka")


def test_last_of_an_empty_journal_is_said(builder: JournalBuilder) -> None:
    builder.run("only", replay_of="x")
    with builder.open() as journal:
        assert str(resolve(journal, "last")) == "only"


def test_every_address_that_is_printed_can_be_read(story: JournalBuilder) -> None:
    with story.open() as journal:
        for run in journal.runs():
            for execution in journal.executions(run.run):
                assert resolve(journal, str(execution.address)) == execution.address
