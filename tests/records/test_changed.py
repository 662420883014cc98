"""The page that says what changed: everything in it, nothing loaded, nothing recorded executed."""

from __future__ import annotations

from pathlib import Path

import pytest

from labjournal.errors import OutputExists
from labjournal.journal.addresses import resolve
from labjournal.questions.difference.answers import WhatChanged
from labjournal.questions.difference.diff import diff
from labjournal.records.changed import render, write
from tests.builders import JournalBuilder, read

HOSTILE = "<script>alert('x')</script>"


def answer(builder: JournalBuilder, name: str = "depth") -> WhatChanged:
    for value in (4, 6):
        run = builder.run().environment({"numpy": str(value)}, used=["numpy"])
        run.execution(
            f"{'x'} = {value}  # {name}",
            cell_id="a",
            bound=["x"],
            parameters={name: value},
            reads=[read("/d/sales.csv", b"%d" % value)],
        )
        run.execution("score = fit(x)", cell_id="b", bound=["score"], used=["x"], metrics={"score": value / 10})
    with builder.open() as journal:
        return diff(journal, resolve(journal, "r001"), resolve(journal, "r002"))


def test_the_page_tells_the_sentence_the_causes_and_what_they_stand_on(builder: JournalBuilder) -> None:
    page = render(answer(builder))

    for words in (
        "What changed",
        "depth 4 → 6",
        "very likely",
        "r002/1",
        "sales.csv has another content",
        "numpy",
        "+x = 6",
        "0.4",
        "0.6",
    ):
        assert words in page


def test_what_looks_like_markup_is_text(builder: JournalBuilder) -> None:
    page = render(answer(builder, HOSTILE))

    assert HOSTILE not in page
    assert "&lt;script&gt;" in page
    assert "http" not in page.split("</style>")[1].replace("http-equiv", "")


def test_a_page_that_is_there_is_replaced_only_on_demand(builder: JournalBuilder, tmp_path: Path) -> None:
    told, path = answer(builder), tmp_path / "changed.html"
    write(told, path)

    with pytest.raises(OutputExists):
        write(told, path)
    assert path.resolve() == write(told, path, force=True).resolve()
    assert [path] == list(tmp_path.glob("changed*"))


def test_two_without_anything_in_common_are_one_sentence(builder: JournalBuilder) -> None:
    builder.run(notebook="/a.ipynb").execution("print('apples')", cell_id="a")
    builder.run(notebook="/b.ipynb").execution("total = 3 ** 7", cell_id="b")
    with builder.open() as journal:
        page = render(diff(journal, resolve(journal, "r001"), resolve(journal, "r002")))

    assert "Not comparable: " in page
    assert "What explains it" not in page
