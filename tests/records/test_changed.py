"""The page that says what changed: everything in it, nothing loaded, nothing recorded executed."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest
from PIL import Image

from labjournal import events as ev
from labjournal.errors import OutputExists
from labjournal.journal.addresses import resolve
from labjournal.questions.difference.answers import WhatChanged
from labjournal.questions.difference.diff import diff
from labjournal.records.changed import render, write
from tests.builders import JournalBuilder, display, figure, read, sha256

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


# what cells showed


def showing(builder: JournalBuilder, *outputs: list[ev.OutputShown]) -> tuple[WhatChanged, str]:
    for shown in outputs:
        digests = [ev.replace(each, sha256=sha256(repr(each.data).encode())) for each in shown]
        builder.run().execution("show()", cell_id="a", outputs=digests)
    with builder.open() as journal:
        told = diff(journal, resolve(journal, "r001"), resolve(journal, "r002"))
        return told, render(told, journal)


def png(colour: int) -> bytes:
    image = io.BytesIO()
    Image.new("RGB", (8, 4), (colour, 0, 0)).save(image, "png")
    return image.getvalue()


def test_pictures_stand_side_by_side_and_over_each_other(builder: JournalBuilder) -> None:
    one, other, same = png(10), png(200), png(90)
    _, page = showing(builder, [figure(one), figure(same)], [figure(other), figure(same)])
    sources = [f"data:image/png;base64,{base64.b64encode(each).decode()}" for each in (one, other, same)]

    assert [2, 2, 0] == [
        page.count(source) for source in sources
    ]  # each beside the other, and in the overlay; what is the same not at all
    assert 1 == page.count('class="overlay"')
    assert "mix-blend-mode: difference" in page
    assert "<script" not in page


def test_a_picture_that_one_side_has_alone_stands_alone(builder: JournalBuilder) -> None:
    told, page = showing(builder, [], [figure(png(10))])

    assert "r002/1 shows a picture only now" == told["outputs"][0]["summary"]
    assert (0, 1) == (page.count('class="overlay"'), page.count("data:image/png"))


def table(*rows: tuple[str, ...]) -> list[ev.OutputShown]:
    cells = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return [display({"text/html": f"<table>{cells}</table>", "text/plain": "table"})]


def test_of_a_table_the_cells_that_changed_are_marked(builder: JournalBuilder) -> None:
    _, page = showing(
        builder,
        table(("city", "cups"), ("Graz", "40"), ("Linz", "41")),
        table(("city", "cups"), ("Graz", "44"), ("Linz", "41"), ("Wels", "&lt;b&gt;")),
    )

    assert "<del>40</del> <ins>44</ins>" in page
    assert "<td>Linz</td><td>41</td>" in page
    assert "<ins>&lt;b&gt;</ins>" in page


def test_of_a_long_table_the_head_and_the_rows_that_changed_are_shown(builder: JournalBuilder) -> None:
    rows = [("n", "v"), *((str(row), "1") for row in range(200))]
    _, page = showing(builder, table(*rows), table(*rows[:150], ("149", "2"), *rows[151:]))

    assert "<td>n</td><td>v</td>" in page
    assert "<td>149</td>" in page
    assert "<td>17</td>" not in page
    assert "199 more rows are not shown." in page


def test_without_the_journal_the_sentences_remain(builder: JournalBuilder) -> None:
    told, _ = showing(builder, [figure(png(10))], [figure(png(200))])

    assert "the picture of r002/1 is another" in render(told)
    assert "data:image" not in render(told)
