"""The panel in a real JupyterLab, beside a real kernel: what a person does in an afternoon."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import nbformat
import pytest
from playwright.sync_api import Locator, Page, expect

from labjournal.journal import writer
from tests.browser.conftest import TOKEN, Desk, Lab, until
from tests.builders import JournalBuilder

Opened = Callable[..., Page]


def panel_of(page: Page) -> Locator:
    """The panel, opened by its tab where it is not open yet."""
    panel = page.locator("#labjournal-panel")
    if not panel.is_visible():
        page.get_by_role("tab", name="Lab journal").click()
    expect(panel).to_be_visible()
    return panel


def run_cell(page: Page, index: int, source: str | None = None) -> None:
    """Executes a cell of the notebook, with other code if that is given."""
    cell = page.locator(".jp-Notebook .jp-CodeCell").nth(index)
    cell.locator(".cm-content").click()
    if source is not None:
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.insert_text(source)
    page.keyboard.press("Control+Enter")


def execution(panel: Locator, n: int, said: str = "") -> Locator:
    """The line of execution `n` in the timeline."""
    return panel.get_by_role("treeitem", name=re.compile(rf"^Execution {n}, {said}"))


def saved(page: Page, path: Path) -> list[str]:
    """Sources of the cells, once the notebook has been saved."""
    before = path.stat().st_mtime_ns
    page.keyboard.press("ControlOrMeta+s")
    until(
        page, lambda: path.stat().st_mtime_ns != before and path.read_text().endswith("}\n")
    )  # the server writes into the file itself
    return [cell["source"] for cell in nbformat.read(path, as_version=4).cells]


def labjournal(lab: Lab, *arguments: str) -> str:
    """What the command line says about the journal of these tests."""
    command = [sys.executable, "-m", "labjournal.cli.main", *arguments, "--journal", str(lab.journal)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_a_cell_that_runs_appears_and_opens_with_what_it_showed(open_notebook: Opened) -> None:
    page = open_notebook("first.ipynb", "print(6 * 7)")
    panel = panel_of(page)
    expect(panel.get_by_text("Nothing has run here yet")).to_be_visible()

    run_cell(page, 0)
    expect(execution(panel, 1, "done, print")).to_be_visible()
    execution(panel, 1).click()

    expect(panel.get_by_role("region", name="Code of execution 1")).to_have_text("print(6 * 7)")
    expect(panel.get_by_role("region", name="Output")).to_contain_text("42")


def test_a_cell_shows_that_it_runs_and_that_it_failed(open_notebook: Opened, lab: Lab) -> None:
    page = open_notebook("states.ipynb", "import os, time\nwhile not os.path.exists('seen-running'):\n    time.sleep(0.05)\n1/0")
    panel = panel_of(page)

    run_cell(page, 0)

    expect(execution(panel, 1, "running")).to_be_visible()
    (lab.root / "seen-running").touch()
    expect(execution(panel, 1, "failed")).to_be_visible()
    execution(panel, 1).click()
    expect(panel.get_by_role("region", name="Output")).to_contain_text("ZeroDivisionError")


def test_a_version_that_was_overwritten_comes_back_as_a_new_cell_and_is_not_executed(open_notebook: Opened, lab: Lab) -> None:
    page = open_notebook("versions.ipynb", "rate = 0.1")
    panel = panel_of(page)
    run_cell(page, 0)
    expect(execution(panel, 1, "done")).to_be_visible()
    run_cell(page, 0, "rate = 0.5\nrate * 2")
    expect(execution(panel, 2, "done")).to_be_visible()

    panel.get_by_role("tab", name="This cell").click()
    difference = panel.get_by_role("list", name="What changed from old to new")
    expect(difference.get_by_role("listitem")).to_have_text(["−rate = 0.1", "+rate = 0.5", "+rate * 2"])
    panel.get_by_role("button", name="Insert the version of").last.click()

    expect(page.locator(".jp-Notebook .jp-CodeCell")).to_have_count(2)
    assert ["rate = 0.5\nrate * 2", "rate = 0.1"] == saved(page, lab.root / "versions.ipynb")
    expect(page.locator(".jp-Notebook .jp-CodeCell").nth(1).locator(".jp-InputPrompt")).to_have_text("[ ]:")


def test_it_is_known_that_all_cells_were_run_at_once(open_notebook: Opened, lab: Lab) -> None:
    page = open_notebook("all.ipynb", "one = 1", "two = 2", "three = 3")
    panel = panel_of(page)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    expect(execution(panel, 3, "done")).to_be_visible()

    shown = json.loads(labjournal(lab, "show", "last", "--json"))
    assert ["jupyterlab", "run all", "run all"] == [execution["client"] for execution in shown["executions"]]


@pytest.fixture(scope="module")
def worked_through() -> dict[str, Path]:
    return {}


@pytest.fixture
def worked(desk: Desk, worked_through: dict[str, Path]) -> Page:
    """A notebook whose two cells have run, with its panel: for tests that look at it, one after the other."""
    path = worked_through.get("path")
    page = desk.again(path) if path is not None else None
    if page is None:
        path = desk.lab.notebook(f"worked-{uuid4().hex[:6]}.ipynb", "one = 1\nprint('for the page')", "two = 2")
        page, worked_through["path"] = desk.open(path), path
        for n in (1, 2):
            run_cell(page, n - 1)
            expect(execution(panel_of(page), n, "done")).to_be_visible()
    return page


def test_from_an_entry_the_way_leads_to_its_cell(worked: Page) -> None:
    page, panel = worked, panel_of(worked)
    execution(panel, 1, "done").click()
    page.locator(".jp-Notebook .jp-CodeCell").nth(1).locator(".cm-content").click()

    panel.get_by_role("button", name="Go to cell").click()

    expect(page.locator(".jp-Notebook .jp-CodeCell").nth(0)).to_have_class(re.compile("jp-mod-active"))


def test_a_page_is_exported_and_never_overwritten_unasked(worked: Page, lab: Lab) -> None:
    page, panel = worked, panel_of(worked)
    target = lab.root / "out.html"

    def export() -> None:
        run = panel.get_by_role("treeitem", name=re.compile("^Run"))
        run.hover()
        run.get_by_role("button", name="Export this run").click()
        page.get_by_role("textbox", name="Where").fill("out.html")
        page.get_by_role("button", name="Export", exact=True).click()

    export()
    expect(page.get_by_text("Exported to out.html").first).to_be_visible()
    assert "for the page" in target.read_text()
    target.write_text("mine")
    export()
    page.get_by_role("button", name="Cancel").click()
    assert "mine" == target.read_text()
    export()
    page.get_by_role("button", name="Overwrite").click()
    until(page, lambda: "for the page" in target.read_text())


def test_while_recording_is_paused_a_cell_leaves_nothing(open_notebook: Opened) -> None:
    page = open_notebook("pause.ipynb", "before = 1", "secret = 2", "after = 3")
    panel = panel_of(page)
    run_cell(page, 0)
    expect(execution(panel, 1, "done, before")).to_be_visible()

    panel.get_by_role("button", name="Pause recording").click()
    expect(panel.get_by_text("Paused")).to_be_visible()
    run_cell(page, 1)
    expect(page.locator(".jp-Notebook .jp-CodeCell").nth(1).locator(".jp-InputPrompt")).to_have_text("[2]:")
    panel.get_by_role("button", name="Resume").click()
    expect(panel.get_by_text("Recording", exact=True)).to_be_visible()
    run_cell(page, 2)

    expect(panel.get_by_role("treeitem", name=re.compile("after = 3"))).to_be_visible()
    expect(panel.get_by_role("treeitem", name=re.compile("secret"))).to_have_count(0)


def test_a_note_and_a_tag_stay_and_are_found(worked: Page) -> None:
    page, panel = worked, panel_of(worked)
    execution(panel, 1, "done").click()
    panel.get_by_role("textbox", name="New note").fill("The outlier is a <b>holiday</b>.")
    panel.get_by_role("button", name="Add note").click()
    expect(panel.get_by_role("blockquote")).to_contain_text("The outlier is a <b>holiday</b>.")
    panel.get_by_role("textbox", name="New tag").fill("keep")
    page.keyboard.press("Enter")
    expect(panel.get_by_role("button", name="Remove the tag keep")).to_be_visible()

    panel.get_by_role("searchbox").fill("outlier")
    hit = panel.get_by_role("listitem").filter(has_text="holiday").first
    expect(hit.locator("mark")).to_have_text("outlier")
    hit.get_by_role("button").click()

    expect(panel.get_by_role("blockquote")).to_contain_text("holiday")


def test_everything_is_reached_with_the_keyboard(worked: Page) -> None:
    page, panel = worked, panel_of(worked)
    panel.get_by_role("tab", name="This notebook").focus()
    page.keyboard.press("Tab")
    expect(panel.get_by_role("tree", name="Timeline")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(panel.get_by_role("region", name="Code of execution 1")).to_contain_text("one = 1")
    page.keyboard.press("]")
    expect(panel.get_by_role("region", name="Code of execution 2")).to_have_text("two = 2")
    page.keyboard.press("Escape")

    expect(panel.get_by_role("tree", name="Timeline")).to_be_focused()
    expect(execution(panel, 1)).to_have_attribute("aria-selected", "true")


def test_a_replay_tells_its_verdict(open_notebook: Opened) -> None:
    page = open_notebook("replay.ipynb", "import random\nrandom.random()")
    panel = panel_of(page)
    run_cell(page, 0)
    expect(execution(panel, 1, "done")).to_be_visible()

    run = panel.get_by_role("treeitem", name=re.compile("^Run"))
    run.hover()
    run.get_by_role("button", name="Replay this run").click()

    card = panel.get_by_role("region", name="Replay of")
    expect(card.get_by_role("status")).to_have_text("Not reproduced: 0 of 1 executions the same")
    expect(card.get_by_role("heading", name=re.compile("caused it$"))).to_be_visible()
    card.get_by_role("button", name="Execution 1").click()
    expect(panel.get_by_role("region", name="Code of execution 1")).to_contain_text("random.random()")


def test_a_server_without_labjournal_is_told_with_what_to_do(open_alone: Opened, page: Page) -> None:
    page.route("**/labjournal/api/**", lambda route: route.fulfill(status=404, body="<html>Not Found</html>"))
    panel = panel_of(open_alone("missing.ipynb", "1"))

    expect(panel.get_by_text("Install labjournal in the environment that Jupyter is started from")).to_be_visible()
    page.unroute("**/labjournal/api/**")
    panel.get_by_role("button", name="Try again").click()

    expect(panel.get_by_text("Recording", exact=True)).to_be_visible()


def test_it_works_in_notebook_7(lab: Lab, page: Page) -> None:
    path = lab.notebook("seven.ipynb", "print('in notebook 7')")
    page.goto(f"{lab.url}/notebooks/{path.name}?token={TOKEN}")
    page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").first.wait_for(state="attached")
    page.get_by_role("menuitem", name="View", exact=True).click()
    page.get_by_role("menuitem", name="Show Lab Journal").click()
    panel = page.locator("#labjournal-panel")
    expect(panel.get_by_text("Nothing has run here yet")).to_be_visible()

    run_cell(page, 0)
    expect(page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt").first).to_contain_text("[1]")

    execution(panel, 1, "done").click()
    expect(panel.get_by_role("region", name="Output")).to_contain_text("in notebook 7")


def test_the_side_is_a_setting(open_alone: Opened) -> None:
    page = open_alone("side.ipynb", "1")
    address = f"{page.url.split('/lab')[0]}/lab/api/settings/labjournal-lab:plugin"

    def put(settings: dict[str, str]) -> None:
        cookies = {cookie.get("name"): cookie.get("value") for cookie in page.context.cookies()}
        answer = page.request.put(
            address, data=json.dumps({"raw": json.dumps(settings)}), headers={"X-XSRFToken": str(cookies.get("_xsrf"))}
        )
        assert answer.ok, answer.text()

    put({"side": "left"})
    try:
        page.reload()
        page.locator("#jupyterlab-splash").wait_for(state="detached")
        expect(page.locator(".jp-SideBar.jp-mod-left").get_by_role("tab", name="Lab journal")).to_be_visible()
    finally:
        put({})


def test_what_changed_lies_over_the_timeline_says_why_and_leads_back(lab: Lab, open_notebook: Opened) -> None:
    builder = JournalBuilder(lab.journal)
    for run, alpha, r2, ago_s in (("chgold", 0.5, 0.82, 7000), ("chgnew", 5.0, 0.84, 6900)):
        told = builder.run(run, notebook=str(lab.root / "changed.ipynb"), started=time.time() - ago_s).execution(
            f"alpha = {alpha}", parameters={"alpha": alpha}, bound=["alpha"]
        )
        told.execution("r2 = fit(alpha)", metrics={"r2": r2}, used=["alpha"]).end()
    writer.ingest(lab.journal)
    page = open_notebook("changed.ipynb", "1")
    panel = panel_of(page)
    execution(panel, 2).first.click()
    panel.get_by_role("button", name="What changed since this cell ran in the run before?").click()
    view = panel.get_by_role("article", name="What changed in chgnew/2")
    expect(view).to_contain_text("alpha 0.5 → 5")
    expect(view).to_contain_text("0.82 → 0.84")
    assert "rgba(0, 0, 0, 0)" != view.evaluate("view => getComputedStyle(view.parentElement).backgroundColor")
    page.keyboard.press("Escape")
    expect(view).to_have_count(0)
    expect(execution(panel, 2).first).to_be_visible()
