"""The page of a run or a result: all that a reader wants, in an order that makes sense, for every reader."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from labjournal.records import html
from labjournal.records.record import Record
from tests.builders import (
    JournalBuilder,
    RunBuilder,
    display,
    error,
    figure,
    frame,
    metric,
    model,
    query,
    read,
    remote,
    resources,
    result,
    series,
    stream,
    written,
)
from tests.records.gold import like_gold, scrubbed
from tests.records.payloads import hostile_run

Recorded = Callable[..., Record]


def tuesday(builder: JournalBuilder) -> RunBuilder:
    """A little of everything."""
    run = builder.run(utc_offset_s=3600)
    run.environment(
        {"numpy": "2.3.1", "pandas": "2.3.0"}, used=["pandas"], hardware={"cpu": "a cpu", "cores": 2, "memory_bytes": 8 << 30}
    )
    run.git(dirty=True).note("What the week looked like.").tag("weekly").problem("not-seen", "Reading by C code was not seen.")
    run.execution(
        "# the prices\nrows = open('prices.csv').read()",
        reads=[
            read("/home/ada/prices.csv", b"1,2", layer="audit fanotify", kept=True),
            read("/data/shared/rates.parquet", b"PAR1", layer="native", confidence="named"),
        ],
        data=[
            frame(
                "rows",
                10_000,
                {
                    "price": {
                        "type": "float64",
                        "nulls": 0.012,
                        "distinct": 1200,
                        "quantiles": [0.5, 1.1, 2.0, 3.2, 5.5, 9.0, 12.25],
                        "mean": 3.9,
                    },
                    "day": {
                        "type": "datetime64[ns]",
                        "nulls": 0.0,
                        "quantiles": [f"2026-03-{day:02}" for day in (1, 2, 5, 9, 20, 30, 31)],
                    },
                    "<kind>": {
                        "type": "object",
                        "nulls": 0.0,
                        "distinct": 3,
                        "top": [["tea", 900], ["coffee & milk", 800], ["<b>water</b>", 300]],
                    },
                    "customer": {"type": "object", "nulls": 0.4, "distinct": 1980},
                },
            ),
            query(
                "/home/ada/shop.db", "SELECT name, price FROM prices JOIN kinds USING (kind) WHERE price > ?", rows=120, times=3
            ),
            remote("https://example.org/rates.csv", version='"5f2a"', bytes=52_000),
        ],
        parameters={"alpha": 0.1},
    )
    run.problem("not-seen", "What the program `sort` read was not seen.", n=1)
    run.execution(
        "rows.boom()", status="failed", outputs=[error("AttributeError", "no <boom>", "\x1b[31mAttributeError\x1b[0m: no <boom>")]
    )
    run.execution(
        "rows",
        outputs=[stream("warm\n", "stderr"), display({"text/html": "<table><tr><td>1</td></tr></table>"}, "execute_result")],
    )
    run.now += 3600
    run.execution(
        "fit(rows)", outputs=[stream("R2: 0.9\n"), figure()], metrics={"R2": 0.9, "loss": 1e-05}, duration_s=75,
        writes=[written("/home/ada/out/fit.json", b"{}")],
    )  # fmt: skip
    run.note("Good enough.", n=4).tag("headline", n=4).name("first fit", n=4)
    return run.execution("", off=True).execution("while True: pass", status="interrupted")


class Outline(HTMLParser):
    """The elements of a page, as a reader of structure meets them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def all(self, *tags: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.elements if tag in tags]


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]*>", " ", page, flags=re.S))


def test_the_page_is_as_it_was_found_good(builder: JournalBuilder, record: Recorded) -> None:
    tuesday(builder)

    assert like_gold("run.html", scrubbed(html.render(record())))


def test_the_page_of_a_result_shows_what_it_depends_on(builder: JournalBuilder, record: Recorded) -> None:
    run = builder.run()
    run.execution("a = 1", bound=["a"]).execution("b = 2", bound=["b"]).execution("print(a)", used=["a"], outputs=[stream("1\n")])

    page = html.render(record("last/3"))

    assert ["r001-1", "r001-3"] == [article["id"] for article in Outline(page).all("article")]
    assert "The executions that r001/3 depends on" in words(page)


def test_times_are_those_of_the_place_where_it_ran(builder: JournalBuilder, record: Recorded) -> None:
    tuesday(builder)

    said = words(html.render(record()))

    assert "Tuesday, 3 November 2026, 10:01–11:01 · ada" in said


def test_an_input_tells_which_run_made_it_and_as_what(builder: JournalBuilder, record: Recorded) -> None:
    """One step back, also where the file was moved since; what nobody made, or the run itself, says nothing."""
    builder.run(notebook="/home/ada/clean.ipynb").execution("save()", writes=[written("/home/ada/clean.csv", b"clean")])
    run = builder.run()
    run.execution("load()", reads=[read("/home/ada/old/monday.csv", b"clean"), read("/home/ada/raw.csv", b"raw")])
    run.execution("keep()", writes=[written("/home/ada/own.csv", b"own")])
    run.execution("look()", reads=[read("/home/ada/own.csv", b"own")])

    told = re.findall(r"made by ([^<]+)<", html.render(record("last")))

    assert ["r001/1 of clean.ipynb, Tuesday, 3 November 2026, as clean.csv"] == list(dict.fromkeys(told))


def test_what_failed_is_folded_behind_the_last_line_of_its_error(builder: JournalBuilder, record: Recorded) -> None:
    tuesday(builder)

    page = html.render(record())

    assert (
        '<summary><b>Failed attempt</b> <span class="mono">AttributeError: no &lt;boom&gt;</span> <small>rows.boom()</small></summary>'
        in page
    )
    assert "open" not in next(attributes for tag, attributes in Outline(page).elements if attributes.get("class") == "attempt")


def test_every_reader_finds_the_way(builder: JournalBuilder, record: Recorded) -> None:
    """Language, landmarks, one title, headings without a gap, texts for pictures, targets for every link."""
    tuesday(builder)
    outline = Outline(html.render(record()))

    assert [{"lang": "en"}] == outline.all("html")
    assert 1 == len(outline.all("main")) == len(outline.all("header")) == len(outline.all("nav")) == len(outline.all("footer"))
    levels = [int(tag[1]) for tag, _ in outline.elements if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1 == levels.count(1)
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert all(image.get("alt") for image in outline.all("img"))
    targets = {attributes["id"] for _, attributes in outline.elements if "id" in attributes}
    assert {link["href"].removeprefix("#") for link in outline.all("a")} <= targets
    identifiers = [attributes["id"] for _, attributes in outline.elements if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4 for value in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_every_text_can_be_read_on_every_ground(theme: int) -> None:
    """Contrast of at least 4.5, as WCAG AA asks."""
    css = (Path(html.__file__).parent / "templates" / "page.css").read_text()
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", css.split("prefers-color-scheme: dark")[theme].split("* {")[0]))
    grounds = {"paper", "card", "code"}
    texts = {"ink", "soft", "accent", "bad", "warn"} | {name for name in colours if re.fullmatch(r"h-\w+|c\d", name)}
    pairs = {(text, ground) for text in texts for ground in grounds} | {
        ("bad", "bad-soft"),
        ("warn", "warn-soft"),
        ("ink", "warn-soft"),
        ("ink", "bad-soft"),
    }

    poor = {}
    for text, ground in pairs:
        dark, light = sorted((luminance(colours[text]), luminance(colours[ground])))
        if (light + 0.05) / (dark + 0.05) < 4.5:
            poor[text, ground] = round((light + 0.05) / (dark + 0.05), 2)
    assert {} == poor


def test_a_metric_that_took_its_course_shows_it(builder: JournalBuilder, record: Recorded) -> None:
    from labjournal import events as ev

    run = builder.run().execution("train()")
    for step, value in enumerate((3.0, 2.0, 1.0)):
        run.event(ev.MetricLogged(run.run, 1, "loss", value, step=step, at=run.now))

    page = html.render(record())

    assert '<polyline points="2.0,2.0 60.0,12.0 118.0,22.0"/>' in page
    assert 'aria-label="3 values, 1 … 3"' in page


def test_a_very_long_run_stays_a_page(builder: JournalBuilder, record: Recorded) -> None:
    run = builder.run()
    for number in range(400):
        run.execution(f"x = {number}\n" + "y = 'long'\n" * 30, outputs=[stream("line\n" * 5000), result("z" * 10_000)])

    page = html.render(record())

    assert 400 == page.count("<article")
    assert len(page) < 30_000_000


def test_hostile_content_stands_in_the_page_as_text(builder: JournalBuilder, record: Recorded) -> None:
    """What runs is tried in a browser (tests/browser); here: no element and no attribute of theirs is in the page itself."""
    hostile_run(builder, 9)

    outline = Outline(html.render(record()))

    allowed = {
        "html", "head", "meta", "title", "style", "body", "a", "div", "p", "header", "main", "footer", "nav", "section", "article", "h1", "h2", "h3",
        "ol", "ul", "li", "span", "b", "i", "small", "code", "pre", "table", "caption", "thead", "tbody", "tr", "th", "td", "abbr", "details", "summary",
        "dl", "dt", "dd", "img", "iframe", "time", "svg", "polyline",
        "rect", "line",
    }  # fmt: skip
    assert {tag for tag, _ in outline.elements} <= allowed
    assert not [name for _, attributes in outline.elements for name in attributes if name.startswith("on")]
    assert all(frame["sandbox"] in ("", "allow-scripts") for frame in outline.all("iframe"))
    assert all(image.get("src", "data:").startswith("data:") for image in outline.all("img"))
    assert [0, 0] == [sum("http" in attributes.get(name, "") for _, attributes in outline.elements) for name in ("href", "src")]


def test_models_courses_and_what_was_taken_stand_on_the_page(builder: JournalBuilder, record: Recorded) -> None:
    run = builder.run()
    fitted = ({"name": "X<b>", "kind": "pandas", "shape": [1000, 3]},)
    run.execution("fit()", seen=[
        model("net<i>", kind="torch.Net<script>", parameters={"depth": 3, "name": "<u>"}, fitted_on=fitted),
        series("losses", [1.0, float("nan"), 0.25]), series("unsure", [1.0, 2.0], confidence=0.2),
        metric("rate", 0.5, confidence=0.2), resources(cpu_s=61.0, peak_bytes=2 << 30),
    ])  # fmt: skip
    run.execution("fit()", seen=[model("net<i>", kind="torch.Net<script>", parameters={"depth": 3, "name": "<u>"})])
    page = html.render(record())
    said = unescape(words(page))

    assert "Net<script>" in said
    assert "depth=3, name=<u>" in said
    assert "X<b> 1,000 × 3" in said
    assert page.count("as before, fitted again") == 1
    assert "0.25 … 1" in said
    assert 'class="course"' in page
    assert "1 min 1 s, up to 2" in said
    assert "<script>" not in page
    assert "unsure" not in said
    assert "rate" not in [word for word in said.split() if word == "rate"]


def test_tries_of_a_run_stand_side_by_side_the_best_marked(builder: JournalBuilder, record: Recorded) -> None:
    run = builder.run()
    for alpha, loss in ((0.1, 0.5), (0.2, 0.25), (0.3, float("nan"))):
        run.execution(f"alpha = {alpha}\nseed = 7", bound=["alpha", "seed"], parameters={"alpha": alpha, "seed": 7, "<b>": f"<i>{alpha}"},
                      metrics={"loss": loss, "<u>": alpha})  # fmt: skip
    page = html.render(record())
    table = page.split("<caption>Tries</caption>", 1)[1].split("</table>", 1)[0]
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in re.findall(r"<tr><td.*?</tr>", table)]

    assert [[unescape(re.sub("<[^>]*>", "", cell)) for cell in row] for row in rows] == [
        ["1", "<i>0.1", "0.1", "0.5", "0.1"],
        ["2", "<i>0.2", "0.2", "0.25", "0.2"],
        ["3", "<i>0.3", "0.3", "NaN", "0.3"],
    ]
    assert "seed" not in table
    assert re.findall(r"<strong[^>]*>(.*?)</strong>", table) == ["0.25"]
    assert "<i>" not in table


def test_one_result_is_not_laid_beside_itself(builder: JournalBuilder, record: Recorded) -> None:
    builder.run().execution("x", metrics={"loss": 1.0})

    assert "<caption>Tries</caption>" not in html.render(record())
