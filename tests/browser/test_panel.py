"""The panel in a real JupyterLab."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect


def test_the_panel_is_there_without_being_configured(open_notebook: Callable[..., Page]) -> None:
    page = open_notebook("first.ipynb", "1 + 1")

    expect(page.locator("[data-id='labjournal-panel'], #labjournal-panel").first).to_be_attached()
