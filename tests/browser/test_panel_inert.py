"""What is recorded does nothing in the panel: no script, no command, no request (the same payloads as for exported pages)."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import TOKEN, Lab
from tests.browser.test_page_inert import Listener
from tests.browser.test_panel import panel_of
from tests.builders import JournalBuilder, display
from tests.records.payloads import hostile_run

COMMANDS = (
    '<a data-commandlinker-command="application:toggle-mode" data-commandlinker-args="{}">press</a>',
    '<button data-commandlinker-command="application:toggle-mode" data-commandlinker-args="{}">press</button>',
    '<div class="jp-Dialog" style="position: fixed; inset: 0; z-index: 99999">press</div>',
)


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


def asked(lab: Lab, path: str) -> Any:
    with urllib.request.urlopen(
        f"{lab.url}/labjournal/api/{path}{'&' if '?' in path else '?'}token={TOKEN}", timeout=20
    ) as answer:
        return json.load(answer)


def opened_one_after_the_other(panel: Locator, page: Page, executions: int) -> None:
    """Every execution of the run, with what is shown on demand, too."""
    panel.get_by_role("treeitem", name=re.compile(r"^Execution 1\b")).last.click()
    entry = panel.get_by_role("article")
    for n in range(1, executions + 1):
        expect(panel.get_by_role("heading", name=re.compile(rf"^Execution {n}\b"))).to_be_visible()
        for button in panel.get_by_role("button", name=re.compile("^Show output")).all():
            button.click()
        if n < executions:
            expect(panel.get_by_role("button", name="The execution after (])")).to_be_enabled()
            entry.press("]")  # on the entry: a notebook that has just been opened may ask for the focus once more


def test_more_than_two_hundred_payloads_do_nothing(open_alone: Callable[..., Page], lab: Lab, listener: Listener) -> None:
    page = open_alone("hostile.ipynb", "1")  # whatever they might do to it
    builder = JournalBuilder(lab.journal)
    payloads = hostile_run(builder, listener.port)
    run = builder.runs[0]
    run.execution("commands", outputs=[display({"text/html": html}) for html in COMMANDS])
    builder.save()
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.on("dialog", lambda dialog: dialog.dismiss())
    title = page.title()

    panel = panel_of(page)
    panel.get_by_role("tab", name="All").click()
    tree = panel.get_by_role("tree", name="Timeline")
    tree.focus()
    page.keyboard.press("End")  # the payloads' run is the oldest
    last = tree.locator("[role='treeitem'][aria-selected='true']")
    expect(last).to_be_visible()
    if last.get_attribute("aria-level") == "1":  # the run's own line: it is folded
        last.click()
        tree.focus()
        page.keyboard.press("End")
    opened_one_after_the_other(panel, page, asked(lab, f"runs/{run.run}/executions?limit=1")["total"])
    for press in panel.get_by_text("press").all():
        press.click(force=True)
    panel.get_by_role("searchbox").fill("script")
    expect(panel.get_by_role("list", name="What was found")).to_be_visible()

    assert [] == listener.before(page.context)
    assert (None, title) == (page.evaluate("window.ran"), page.title())
    assert [] == [url for url in requested if not url.startswith((lab.url, "data:", "blob:"))]
    assert "mode=single-document" not in page.url
    assert page.locator(".jp-Dialog").count() == 0
    assert payloads > 200


def test_an_svg_is_shown_as_a_picture_in_which_nothing_runs(open_notebook: Callable[..., Page], listener: Listener) -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40" onload="window.ran=1">'
        f'<image href="http://127.0.0.1:{listener.port}/" width="9" height="9"/><rect width="40" height="40"/></svg>'
    )
    page = open_notebook("svg.ipynb", f"from IPython.display import SVG\nSVG({svg!r})")
    panel = panel_of(page)
    page.locator(".jp-Notebook .jp-CodeCell .cm-content").click()
    page.keyboard.press("Control+Enter")
    entry = panel.get_by_role("treeitem", name=re.compile("^Execution 1, done"))
    expect(entry).to_be_visible()
    heard_in_notebook = listener.before(page.context)
    entry.click()

    picture = panel.get_by_role("region", name="Output").get_by_role("img", name="Figure")
    expect(picture).to_be_visible()
    assert [] == [line for line in listener.before(page.context)[len(heard_in_notebook) :] if line and "now-" not in line]
    assert 40 == picture.evaluate("image => image.naturalWidth")
