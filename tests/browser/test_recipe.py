"""A messy afternoon: what a result needs lights up, a notebook with only that is run before it is handed over, and what is no longer so is said."""

from __future__ import annotations

import re
from collections.abc import Callable

import nbformat
from playwright.sync_api import Page, expect

from tests.browser.conftest import Lab
from tests.browser.test_panel import execution, panel_of, run_cell

CELLS = (
    "rate = 0.4",
    "data = [1, 5, 2, 8]",
    "data.head()",
    "kept = [x * rate for x in data]",
    "print('mean:', sum(kept) / 4)",
    "1",
)


def test_a_messy_afternoon_leaves_a_notebook_that_was_run(open_notebook: Callable[..., Page], lab: Lab) -> None:
    page = open_notebook("messy.ipynb", *CELLS)
    panel = panel_of(page)
    cells = ((0, None), (1, None), (2, None), (3, None), (4, None), (5, "def helper(x):\n    return x"), (5, "helper(3)"))
    for n, (index, source) in enumerate(cells, 1):
        run_cell(page, index, source)
        expect(execution(panel, n, "(done|failed)")).to_be_visible()

    # The recipe: what belongs to it lights up, and the keyboard leads along it and out.
    execution(panel, 5).click()
    panel.get_by_role("button", name="Recipe", exact=True).click()
    expect(panel.get_by_role("region", name="Recipe of")).to_contain_text("4 of 5 executions")
    expect(panel.get_by_role("treeitem", name=re.compile(r"^Execution 4,.*in the recipe: binds 'kept'"))).to_be_visible()
    expect(panel.get_by_role("treeitem", name=re.compile(r"^Execution 3,.*not in the recipe"))).to_be_visible()
    expect(panel.get_by_role("tree", name="Timeline")).to_be_focused()
    page.keyboard.press("[")
    expect(execution(panel, 4)).to_have_attribute("aria-selected", "true")

    # The notebook for it, run first.
    panel.get_by_role("button", name="Notebook for this result…").click()
    page.get_by_role("textbox", name="Where").fill("mean.ipynb")
    page.get_by_role("button", name="Make it").click()
    card = panel.get_by_role("region", name="Notebook for")
    expect(card.get_by_role("status")).to_have_text("Verified: run on its own, it gives the same")
    expect(card.get_by_role("button", name="mean.ipynb")).to_be_visible()
    made = nbformat.read(lab.root / "mean.ipynb", as_version=4)
    assert made.cells[-1].source == CELLS[4]
    assert "head" not in str([cell.source for cell in made.cells])
    panel.get_by_role("tree", name="Timeline").focus()
    page.keyboard.press("Escape")
    expect(panel.get_by_role("region", name="Recipe of")).to_have_count(0)

    # What is no longer so, in one line that opens.
    run_cell(page, 0, "rate = 0.9")
    notice = panel.get_by_role("region", name="Still true?").get_by_role("button", expanded=False)
    expect(notice).to_have_text("Restart and run all would fail at cell 6 · 1 cell shows an outdated result")
    notice.click()
    expect(
        panel.get_by_text("It uses 'helper', which no cell defines any more; cell 6 did, before it was edited.")
    ).to_be_visible()
    expect(panel.get_by_role("treeitem", name=re.compile(r"^Execution 4,.*Cell 1 above it sets 'rate'"))).to_be_visible()
    panel.get_by_role("button", name="Cell 4", exact=True).click()
    expect(page.locator(".jp-Notebook .jp-CodeCell").nth(3)).to_have_class(re.compile("jp-mod-active"))
