"""Which of my tries was best? The table of results in a real JupyterLab: sorted, filtered, compared, drawn, starred, at thousands of rows."""

from __future__ import annotations

import math
import re
import struct
import time
import zlib
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from labjournal.journal import writer
from tests.browser.conftest import TOKEN, Lab
from tests.browser.test_lineage import is_saved
from tests.browser.test_panel import labjournal, panel_of
from tests.builders import JournalBuilder, RunBuilder, drawing, figure, metric, model, parameter, read, series, written

Opened = Callable[..., Page]
MANY = 3_000
"""More than are fetched at once, and than are drawn. How fast ten thousand are: `bench/panel.py`."""
HOSTILE = "<img src=x onerror=window.ran=1>"


def picture(n: int) -> bytes:
    """A small picture: a falling curve, another one for each `n`."""
    rows = []
    for y in range(60):
        line = bytearray([0])
        for x in range(80):
            line += b"\x1f\x77\xb4" if abs(y - 56 + 50 * math.exp(-x / (10 + 5 * (n % 7)))) < 2 else b"\xff\xff\xff"
        rows.append(bytes(line))
    parts = ((b"IHDR", struct.pack(">IIBBBBB", 80, 60, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b""))
    chunks = (struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


PICTURES = [picture(n) for n in range(7)]


def results_of(page: Page) -> Locator:
    """The table of results of the panel, opened by its tab."""
    panel = panel_of(page)
    panel.get_by_role("tab", name="Results").click()
    expect(panel.get_by_role("grid", name="Results")).to_be_visible()
    return panel


def wide(page: Page) -> Locator:
    """The table in a tab of its own."""
    results_of(page).get_by_role("button", name="Show in a tab of its own").click()
    tab = page.locator("#labjournal-results")
    expect(tab.get_by_role("grid", name="Results")).to_be_visible()
    return tab


def rows(place: Locator) -> Locator:
    return place.get_by_role("grid", name="Results").get_by_role("rowheader")


def heading(place: Locator, name: str) -> Locator:
    return place.get_by_role("columnheader", name=re.compile(rf"^{re.escape(name)}(\s|$)"))


def attempt(run: RunBuilder, n: int, folder: str) -> None:
    """One try of a model: the larger alpha is, the worse it learns, but for the seventh."""
    alpha = round(0.05 * (1 + n % 10), 2)
    solver = ("svd", "lsqr", "saga")[n % 3]
    accuracy = 0.95 if n == 7 else round(0.9 - alpha / 3 + 0.004 * (n % 7), 4)
    code = f"alpha = {alpha}\nmodel = Ridge(alpha, solver={solver!r}).fit(X, y)\nprint('accuracy:', model.score(X_test, y_test))"
    run.execution(
        code,
        reads=[read(f"{folder}/train-{n % 2}.csv", b"raw" * (n % 2 + 1))],
        writes=[written(f"{folder}/model.pkl", f"{n}".encode())] if n % 5 == 0 else [],
        outputs=[figure(PICTURES[n % 7])] if n % 4 == 0 else [],
        cell_id="the-cell",
        seen=[
            metric("accuracy", accuracy, source="returned", confidence=0.95),
            metric("rmse", round(1 - accuracy + 0.02 * (n % 3), 4), source="printed", confidence=0.85),
            parameter("alpha", alpha),
            parameter("solver", solver),
            parameter("seed", 42),
            series(
                "loss", [math.exp(-step / (3 + n % 4)) + 0.05 * (n % 3) for step in range(30)], source="bound", confidence=0.9
            ),
            model(parameters={"alpha": alpha, "solver": solver}),
            *([drawing(title="Residuals", labels=["fitted", "residual"])] if n % 4 == 0 else []),
        ],
        duration_s=0.4 + n / 10,
    )


@pytest.fixture(scope="module")
def thirty(lab: Lab) -> str:
    """The notebook of thirty tries of a model."""
    notebook = lab.notebook("tries.ipynb", "alpha = 0.05")
    builder = JournalBuilder(lab.journal)
    run = builder.run("tries0", notebook=str(notebook), started=time.time() - 7200)
    for n in range(1, 31):
        attempt(run, n, str(lab.root))
    run.tag("baseline", n=1)
    hostile = builder.run("evil00", notebook=str(lab.root / "evil.ipynb"), started=time.time() - 3600)
    hostile.execution(
        f"x = {HOSTILE!r}",
        seen=[
            metric(HOSTILE, 1.0, confidence=1.0, source="explicit"),
            metric("m" * 10_000, 2.0, confidence=1.0, source="explicit"),
        ],
        parameters={HOSTILE: HOSTILE, "{a|b}": "{c|d}"},
    )
    hostile.tag(HOSTILE, n=1)
    hostile.execution("y = 1", seen=[metric(HOSTILE, 2.0, confidence=1.0, source="explicit")], parameters={HOSTILE: "other"})
    builder.save()
    return notebook.name


@pytest.fixture
def tries(lab: Lab, page: Page, thirty: str) -> Page:
    page.goto(f"{lab.url}/lab/tree/{thirty}?token={TOKEN}&reset")
    page.locator("#jupyterlab-splash").wait_for(state="detached")
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    return page


def test_the_best_try_is_found_starred_and_opened(tries: Page, lab: Lab) -> None:
    panel = results_of(tries)
    expect(panel.get_by_text("30 results", exact=True)).to_be_visible()
    expect(rows(panel).first).to_have_accessible_name(re.compile("tries0/30"))

    heading(panel, "accuracy").click()
    expect(rows(panel).first).to_have_accessible_name(re.compile("tries0/7"))
    expect(heading(panel, "accuracy")).to_have_attribute("aria-sort", "descending")
    expect(panel.get_by_role("row").nth(1)).to_contain_text("0.95, the best")
    with tries.expect_response(lambda answer: "/labjournal/api/tags" in answer.url and answer.ok):
        panel.get_by_role("button", name="Star tries0/7").click()
    expect(panel.get_by_role("button", name="Take the star from tries0/7")).to_be_visible()
    assert '"star"' in labjournal(lab, "results", "--tag", "star", "--json")

    rows(panel).first.get_by_role("button", name="alpha = 0.4").click()
    expect(panel.get_by_role("region", name="Code of execution 7")).to_contain_text("alpha = 0.4")


def test_rows_are_filtered_by_text_bounds_and_tag(tries: Page) -> None:
    panel = results_of(tries)
    panel.get_by_role("searchbox", name="Filter results").fill("solver=saga train-1")
    expect(panel.get_by_text("5 of 30 results")).to_be_visible()
    panel.get_by_role("button", name="Show all").click()

    panel.get_by_role("button", name="More filters").click()
    panel.get_by_role("combobox", name="Bounds of").select_option("accuracy")
    panel.get_by_role("textbox", name="Least accuracy").fill("0.95")
    expect(panel.get_by_text("1 of 30 results")).to_be_visible()
    panel.get_by_role("button", name="No bounds for accuracy").click()
    panel.get_by_role("combobox", name="Tag", exact=True).select_option("baseline")
    expect(panel.get_by_text("1 of 30 results")).to_be_visible()
    expect(rows(panel).first).to_have_accessible_name(re.compile("tries0/1"))


def test_two_tries_are_compared_and_drawn(tries: Page, lab: Lab) -> None:
    requested: list[str] = []
    tries.on("request", lambda request: requested.append(request.url))
    tab = wide(tries)
    heading(tab, "accuracy").click()
    for address in ("tries0/7", "tries0/10"):
        tab.get_by_role("checkbox", name=f"Choose {address} to compare").check()
    tab.get_by_role("button", name="Compare").click()

    pane = tab.get_by_role("region", name="What differs")
    expect(pane.get_by_role("row", name=re.compile("^alpha"))).to_contain_text("0.4")
    expect(pane.get_by_role("row", name=re.compile("^alpha"))).to_contain_text("0.05")
    expect(pane.get_by_role("rowheader", name="seed")).to_have_count(0)
    code = pane.get_by_role("region", name="Code and data")
    expect(code).to_contain_text("Redesigned: Ridge with other settings.")
    expect(code.get_by_role("list", name=re.compile("^What changed")).first).to_contain_text("alpha = 0.05")

    assert not any("echarts" in url for url in requested)
    tab.get_by_role("button", name="Chart", exact=True).click()
    expect(tab.get_by_role("img", name=re.compile("^accuracy over time: 2 results"))).to_be_visible()
    tab.get_by_role("button", name="Choose none").click()
    for kind, said in (
        ("scatter", "accuracy against alpha: 30 results"),
        ("parallel", "Parallel coordinates of 30 results over alpha, solver, accuracy"),
        ("curves", "loss step by step, of 30 results"),
    ):
        tab.get_by_role("combobox", name="Chart", exact=True).select_option(kind)
        chart = tab.get_by_role("img", name=said)
        expect(chart).to_be_visible()
        assert chart.locator("canvas").evaluate(
            "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(v => v)"
        )
    assert [] == [url for url in requested if not url.startswith((lab.url, lab.url.replace("http", "ws"), "data:", "blob:"))]


def test_everything_is_reached_by_the_keyboard(tries: Page) -> None:
    panel = results_of(tries)
    grid = panel.get_by_role("grid", name="Results")
    grid.focus()
    for key in ("Control+Home", "ArrowRight", "Enter", "ArrowDown", " ", "ArrowDown", " "):
        tries.keyboard.press(key)
    expect(panel.get_by_text("2 chosen")).to_be_visible()
    tries.keyboard.press("p")
    expect(rows(panel).first).to_have_accessible_name(re.compile("pinned"))
    tries.keyboard.press("Shift+F10")
    expect(tries.get_by_role("menuitem", name="Where does this come from?")).to_be_visible()
    expect(tries.get_by_role("menuitem", name="Go to Cell")).to_be_visible()
    tries.keyboard.press("Escape")
    grid.focus()
    tries.keyboard.press("Enter")
    expect(panel.get_by_role("region", name=re.compile("^Code of execution"))).to_be_visible()
    tries.keyboard.press("Escape")
    expect(grid).to_be_focused()


def test_hostile_names_do_nothing(tries: Page) -> None:
    tab = wide(tries)
    tab.get_by_role("combobox", name="Which notebook").select_option("all")
    tab.get_by_role("searchbox", name="Filter results").fill("evil00")
    expect(tab.get_by_text(re.compile("^2 of "))).to_be_visible()
    tab.get_by_role("button", name="Choose columns").click()
    tab.get_by_role("searchbox", name="Find a column").fill("<img")
    for shown in tab.get_by_role("checkbox", name=HOSTILE).all():
        shown.check()
    tab.get_by_role("button", name="Choose columns").click()
    expect(heading(tab, HOSTILE).first).to_be_visible()
    tab.get_by_role("button", name="Chart", exact=True).click()
    tab.get_by_role("combobox", name="Metric", exact=True).select_option(HOSTILE)
    chart = tab.get_by_role("img", name=re.compile("over time: 2 results"))
    expect(chart).to_be_visible()
    box = chart.bounding_box()
    assert box is not None
    for step in range(40):
        tries.mouse.move(box["x"] + 4 + step * (box["width"] - 8) / 40, box["y"] + box["height"] / 2)

    assert tries.evaluate("window.ran") is None
    assert tries.locator("img[src='x']").count() == 0


def test_order_and_pins_are_there_again_the_next_day(tries: Page) -> None:
    panel = results_of(tries)
    # Lab writes its state a moment after it changed.
    with tries.expect_response(lambda answer: is_saved(answer.request, '"metric:accuracy"') and answer.ok):
        heading(panel, "accuracy").click()
        expect(rows(panel).first).to_have_accessible_name(re.compile("tries0/7"))
    tries.goto(tries.url.split("?")[0])
    tries.locator("#jupyterlab-splash").wait_for(state="detached")
    expect(tries.locator("#labjournal-panel")).to_be_visible()  # Lab opens it again, too

    panel = results_of(tries)
    expect(heading(panel, "accuracy")).to_have_attribute("aria-sort", "descending")
    expect(rows(panel).first).to_have_accessible_name(re.compile("tries0/7"))


def test_in_notebook_7_the_table_stands_in_the_panel_and_below_the_notebook(lab: Lab, page: Page, thirty: str) -> None:
    page.goto(f"{lab.url}/notebooks/{thirty}?token={TOKEN}")
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    page.get_by_role("menuitem", name="View", exact=True).click()
    page.get_by_role("menuitem", name="Show Lab Journal").click()
    panel = results_of(page)
    heading(panel, "accuracy").click()
    expect(rows(panel).first).to_have_accessible_name(re.compile("tries0/7"))
    panel.get_by_role("button", name="Show in a tab of its own").click()
    below = page.locator("#labjournal-results")
    expect(below.get_by_role("grid", name="Results")).to_be_visible()
    box = below.bounding_box()
    assert box is not None
    assert box["height"] > 120
    rows(below).first.get_by_role("button", name=re.compile("^alpha")).click()
    expect(page.get_by_role("region", name=re.compile("^Code of execution 7"))).to_be_visible()


@pytest.fixture(scope="module")
def thousands(lab: Lab) -> str:
    notebook = lab.notebook("many.ipynb", "1")
    builder = JournalBuilder(lab.journal)
    begun = time.time() - 86_400
    for part in range(MANY // 500):
        run = builder.run(f"many{part:02}", notebook=str(notebook), started=begun + part * 1000)
        for n in range(500):
            attempt(run, n + 1, str(lab.root))
    builder.save()
    while writer.pending(lab.journal):
        writer.ingest(lab.journal, wait_s=1)  # the server takes in what is new as well, one at a time
    return notebook.name


def test_of_thousands_of_results_those_in_sight_are_drawn(lab: Lab, page: Page, thousands: str) -> None:
    page.goto(f"{lab.url}/lab/tree/{thousands}?token={TOKEN}&reset")
    page.locator("#jupyterlab-splash").wait_for(state="detached")
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    panel = panel_of(page)
    panel.get_by_role("tab", name="Results").click()
    expect(rows(panel).first).to_be_visible()
    expect(panel.get_by_text("3,000 results", exact=True)).to_be_visible()
    expect(rows(panel).first).to_have_accessible_name(re.compile("many05/500"))
    assert rows(panel).count() < 80

    grid = panel.get_by_role("grid", name="Results")
    grid.evaluate("grid => grid.scrollTop = grid.scrollHeight")
    expect(rows(panel).last).to_have_accessible_name(re.compile("many00/1$|many00/1[^0-9]"))
    assert rows(panel).count() < 80

    grid.evaluate("grid => grid.scrollTop = 0")
    heading(panel, "accuracy").click()
    expect(heading(panel, "accuracy")).to_have_attribute("aria-sort", "descending")
    expect(rows(panel).first).to_have_accessible_name(re.compile("/7$|/7[^0-9]"))
    panel.get_by_role("searchbox", name="Filter results").fill("saga train-1")
    expect(panel.get_by_text("498 of 3,000 results")).to_be_visible()
