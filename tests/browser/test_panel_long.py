"""Ten thousand executions: the panel draws what is in sight, fetches what it draws, and leads to the other end. How fast: `bench/panel.py`."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from labjournal.journal.blobs import Blobs
from tests.browser.conftest import Lab
from tests.browser.test_panel import panel_of
from tests.builders import JournalBuilder, display, figure, stream

EXECUTIONS = 10_000


@pytest.fixture(scope="module")
def long_journal(lab: Lab) -> str:
    """A notebook with a run of ten thousand executions behind it."""
    builder = JournalBuilder(lab.journal)
    run = builder.run("long0", notebook=str(lab.root / "long.ipynb"), started=time.time() - EXECUTIONS - 60)
    for n in range(EXECUTIONS):
        outputs = [figure()] if n % 6 == 3 else [stream("hello\n")]
        run.execution(
            f"step_{n} = {n}\nfit(step_{n})",
            cell_id=f"cell-{n % 7}",
            outputs=outputs,
            metrics={"r2": n / EXECUTIONS} if n % 5 == 0 else None,
        )
    builder.save()
    return "long.ipynb"


def test_ten_thousand_executions_scroll(open_notebook: Callable[..., Page], long_journal: str) -> None:
    page = open_notebook(long_journal, "1")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/runs/long0/executions?" in request.url else None)
    panel = panel_of(page)
    expect(panel.get_by_role("treeitem", name=re.compile("^Execution 10000, done"))).to_be_visible()
    rows = panel.locator(".lj-row")
    assert rows.count() < 80
    assert len(asked) <= 3

    panel.get_by_role("tree", name="Timeline").evaluate("list => list.scrollTop = list.scrollHeight / 2")
    expect(panel.get_by_role("treeitem", name=re.compile("^Execution (49|50)[0-9]{2}, done")).first).to_be_visible()
    assert rows.count() < 80

    panel.get_by_role("tree", name="Timeline").focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowUp")
    expect(panel.get_by_role("treeitem", name=re.compile(r"^Execution 1, done, step_0 = 0"))).to_be_visible()


def test_an_output_of_twenty_megabytes_waits_until_it_is_asked_for(open_notebook: Callable[..., Page], lab: Lab) -> None:
    content = b"<p>" + b"long " * 4_000_000 + b"</p>"
    builder = JournalBuilder(lab.journal)
    reference = {"blob": Blobs(lab.journal).put(content), "bytes": len(content), "base64": False}
    builder.run("large0", notebook=str(lab.root / "large.ipynb"), started=time.time() - 300).execution(
        "HTML(text)", outputs=[display({"text/html": reference})]
    )
    builder.save()
    page = open_notebook("large.ipynb", "1")
    panel = panel_of(page)
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url) if "/blobs/" in request.url else None)

    panel.get_by_role("treeitem", name=re.compile("^Execution 1, done")).click()

    expect(panel.get_by_role("button", name="Show output (20 MB)")).to_be_visible()
    assert [] == fetched
