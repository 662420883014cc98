"""Where a file comes from, asked in a real JupyterLab: from the file browser to the cell, and two hundred things at once."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from tests.browser.conftest import TOKEN, Lab, loaded
from tests.browser.test_panel import execution, panel_of, run_cell
from tests.builders import JournalBuilder, read, written

Opened = Callable[..., Page]


def ask(page: Page, name: str) -> None:
    """The question of the file browser's context menu."""
    page.get_by_role("tab", name=re.compile("^File Browser")).first.wait_for()
    page.locator(".jp-DirListing-item[data-isdir='false']", has_text=name).click(button="right")
    page.get_by_role("menuitem", name="Where does this come from?").click()


def is_saved(request: Request, text: str) -> bool:
    """Whether a workspace that says this is being written to the server."""
    return request.method == "PUT" and "/api/workspaces/" in request.url and text in (request.post_data or "")


def graph_of(page: Page) -> Locator:
    return page.get_by_role("group", name=re.compile("^Lineage as a graph"))


def card(page: Page, name: str) -> Locator:
    return graph_of(page).get_by_role("button", name=re.compile(f"^{name}"))


def test_from_a_file_to_the_cell_that_made_it(open_notebook: Opened, lab: Lab) -> None:
    page = open_notebook(
        "origin.ipynb",
        "open('raw-origin.csv', 'w').write('day,cups\\n1,3\\n')",
        "rows = open('raw-origin.csv').read()\nopen('clean-origin.csv', 'w').write(rows.upper())",
    )
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    panel = panel_of(page)
    for n in (1, 2):
        run_cell(page, n - 1)
        expect(execution(panel, n, "done")).to_be_visible()

    ask(page, "raw-origin.csv")
    expect(page.get_by_role("heading", name="Where does raw-origin.csv come from?")).to_be_visible()
    expect(page.get_by_role("button", name="execution 1 of origin.ipynb")).to_be_visible()
    expect(card(page, "File raw-origin.csv")).to_be_visible()
    expect(card(page, "Execution open")).to_be_visible()

    card(page, "File raw-origin.csv").focus()
    page.keyboard.press("+")
    expect(card(page, "Execution rows")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(card(page, "Execution rows")).to_be_focused()
    page.keyboard.press("+")
    expect(card(page, "File clean-origin.csv")).to_be_visible()

    page.keyboard.press("Enter")
    expect(panel.get_by_role("region", name="Code of execution 2")).to_contain_text("rows.upper()")
    page.get_by_role("complementary", name=re.compile("^About rows")).get_by_role("button", name="Go to cell").click()
    expect(page.locator(".jp-Notebook .jp-CodeCell.jp-mod-active")).to_contain_text("rows.upper()")
    assert [] == [url for url in requested if not url.startswith((lab.url, lab.url.replace("http", "ws"), "data:", "blob:"))]


def test_an_entry_leads_back_and_forward(open_notebook: Opened) -> None:
    page = open_notebook(
        "entry.ipynb",
        "open('used-entry.csv', 'w').write('1,2,3')",
        "text = open('used-entry.csv').read()",
    )
    panel = panel_of(page)
    for n in (1, 2):
        run_cell(page, n - 1)
        expect(execution(panel, n, "done")).to_be_visible()

    execution(panel, 2, "done").click()
    files = panel.get_by_role("region", name="Read")
    expect(files).to_contain_text("used-entry.csv")
    expect(files).to_contain_text("seen in Python")
    files.get_by_role("button", name="Where does used-entry.csv come from?").click()
    expect(page.get_by_role("heading", name="Where does used-entry.csv come from?")).to_be_visible()
    expect(card(page, "Execution open")).to_be_visible()

    files.get_by_role("button", name="Who used used-entry.csv?").click()
    expect(page.get_by_role("heading", name="Who used used-entry.csv?")).to_be_visible()
    expect(card(page, "Execution text")).to_be_visible()


def test_a_file_that_nobody_recorded_is_told_with_the_nearest_known_thing(open_notebook: Opened, lab: Lab) -> None:
    page = open_notebook("nearest.ipynb", "open('nearest.csv', 'w').write('a,b')")
    panel = panel_of(page)
    run_cell(page, 0)
    expect(execution(panel, 1, "done")).to_be_visible()
    other = lab.root / "elsewhere"
    other.mkdir()
    (other / "nearest.csv").write_text("something else altogether")
    page.get_by_role("listitem", name=re.compile("^Name: elsewhere")).dblclick()

    ask(page, "nearest.csv")

    told = page.get_by_role("dialog")
    expect(told).to_contain_text("nobody recorded this content")
    expect(told).to_contain_text("of the same name is known")
    told.get_by_role("button", name=re.compile("^Open ")).click()
    expect(panel.get_by_role("region", name="Code of execution 1")).to_contain_text("nearest.csv")


@pytest.fixture(scope="module")
def wide_journal(lab: Lab) -> Path:
    """A file that was made of sixty-six others, each of which was made of another: two hundred things."""
    builder = JournalBuilder(lab.journal)
    run = builder.run("wide0", notebook=str(lab.root / "wide.ipynb"), started=time.time() - 7200)
    parts = [(f"part-{n:02}.csv", f"{n}".encode()) for n in range(66)]
    for name, content in parts:
        run.execution(
            f"score('{name}')",
            reads=[read(lab.root / "in" / name, b"raw" + content)],
            writes=[written(lab.root / "out" / name, b"scored" + content)],
        )
    run.execution(
        "everything = concat('out')",
        reads=[read(lab.root / "out" / name, b"scored" + content) for name, content in parts],
        writes=[written(lab.root / "wide.csv", b"all of it")],
    )
    hostile = "<img src=x onerror=window.ran=1>.csv"
    run.execution(f"save({hostile!r})", writes=[written(lab.root / hostile, b"hostile")])
    builder.save()
    (lab.root / "wide.csv").write_bytes(b"all of it")
    (lab.root / hostile).write_bytes(b"hostile")
    return lab.root / "wide.csv"


def test_two_hundred_things_are_drawn_and_walked_along(open_text: Opened, wide_journal: Path) -> None:
    page = open_text("wide.txt")
    ask(page, wide_journal.name)
    expect(card(page, "File wide.csv")).to_be_visible()
    expect(page.get_by_text("200 things")).to_be_visible()
    # Of so many only those are drawn that are in sight.
    assert graph_of(page).locator(".react-flow__node").count() < 150

    page.get_by_role("button", name="Back to where it began (Home)").click()
    for key in ("ArrowLeft", "ArrowLeft", "ArrowDown", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
    expect(card(page, "File part-")).not_to_have_count(0)
    expect(page.locator(".lj-node-main:focus")).to_have_attribute("aria-label", re.compile("^File part-"))

    page.get_by_role("button", name="List", exact=True).click()
    expect(page.get_by_role("region", name="2 steps before").get_by_role("listitem")).to_have_count(66)


def test_a_lineage_is_there_again_after_a_reload(lab: Lab, page: Page, wide_journal: Path) -> None:
    loaded(page, lab.address(lab.text("again.txt")))
    # Lab writes its layout a moment after it changed.
    with page.expect_response(lambda answer: is_saved(answer.request, "wide.csv") and answer.ok):
        ask(page, wide_journal.name)
        expect(card(page, "File wide.csv")).to_be_visible()
    page.goto(page.url.split("/lab")[0] + f"/lab?token={TOKEN}")
    page.locator("#jupyterlab-splash").wait_for(state="detached")

    page.get_by_role("tab", name="wide.csv").click()
    expect(card(page, "File wide.csv")).to_be_visible()


def test_a_hostile_name_does_nothing(open_text: Opened, wide_journal: Path) -> None:
    page = open_text("hostile-name.txt")
    ask(page, "<img src=x")
    expect(card(page, "File <img src=x")).to_be_visible()
    page.get_by_role("button", name="List", exact=True).click()
    expect(page.get_by_role("heading", name=re.compile("^Where does <img"))).to_be_visible()

    assert page.evaluate("window.ran") is None
    assert page.locator("img[src='x']").count() == 0


def test_the_palette_asks_what_is_meant(open_text: Opened, wide_journal: Path) -> None:
    page = open_text("palette.txt")
    page.keyboard.press("Control+Shift+C")
    page.locator("#modal-command-palette .lm-CommandPalette-input").fill("Where does this come from")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("wide0/67")
    page.keyboard.press("Enter")

    expect(card(page, "Execution everything")).to_be_visible()


def test_in_notebook_7_it_stands_below_the_notebook(lab: Lab, page: Page, wide_journal: Path) -> None:
    page.goto(f"{lab.url}/tree?token={TOKEN}")
    page.locator(".jp-DirListing-item[data-isdir='false']", has_text=wide_journal.name).click(button="right")
    page.get_by_role("menuitem", name="Where does this come from?").click()

    expect(card(page, "File wide.csv")).to_be_visible()
    box = graph_of(page).bounding_box()
    assert box is not None
    assert box["height"] > 120
