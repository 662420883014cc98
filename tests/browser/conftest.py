"""A real JupyterLab on loopback with settings, data and journal of its own, and a real Chromium in front of it."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

TOKEN = "browser-tests"
CLEARED = """async () => {
    const app = window.jupyterapp;
    for (const dialog of document.querySelectorAll('.jp-Dialog')) dialog.querySelector('.jp-mod-reject, .jp-mod-accept')?.click();
    for (const area of ['main', 'down']) {
        for (const widget of [...app.shell.widgets(area)]) widget.dispose();
    }
    await app.serviceManager.sessions.shutdownAll();
    await app.commands.execute('apputils:dismiss-notification');
    await app.commands.execute('filebrowser:go-to-path', {path: '/', dontShowBrowser: true});
    for (const put of document.querySelectorAll('.lj-replay button[aria-label=Dismiss], .lj-recipe button[aria-label^=Leave]')) {
        put.click();
    }
}"""
expect.set_options(timeout=45_000)  # a busy machine is slow, not wrong
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# What a browser does of its own accord would fail without a network, many times at once.
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: where it is, what it shows, and where its kernels record."""

    url: str
    root: Path
    journal: Path

    def text(self, name: str) -> Path:
        """A file that is opened without a kernel, for what is asked of a journal that is there already."""
        path = self.root / name
        path.write_text("Nothing runs here.")
        return path

    def notebook(self, name: str, *sources: str) -> Path:
        """A new notebook with one code cell for each of `sources`."""
        path = self.root / name
        content = new_notebook(cells=[new_code_cell(source) for source in sources])
        content.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
        nbformat.write(content, path)
        return path

    def address(self, path: Path, workspace: str = "default") -> str:
        """Of a Lab with nothing but this open; what a page remembers of its layout belongs to its workspace."""
        return f"{self.url}/lab/workspaces/{workspace}/tree/{path.relative_to(self.root).as_posix()}?token={TOKEN}&reset"


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    yield from running_lab(tmp_path_factory.mktemp("lab"))


def running_lab(home: Path) -> Iterator[Lab]:
    port = free_port()
    running = Lab(url=f"http://127.0.0.1:{port}", root=home / "root", journal=home / "journal")
    running.root.mkdir()
    # The question whether to fetch news would cover what a test wants to click.
    labconfig = home / "config" / "labconfig"
    labconfig.mkdir(parents=True)
    (labconfig / "page_config.json").write_text('{"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": true}}')
    with (home / "lab.log").open("wb") as log:
        process = subprocess.Popen(command(port, running.root), env=environment(home), stdout=log, stderr=log)
        try:
            wait_until_answering(f"{running.url}/api/status?token={TOKEN}", process, home / "lab.log")
            yield running
        finally:
            ended(process)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        yield started
        started.close()


def executable() -> str:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.fail("The browser tests need Chromium or Chrome on PATH.")
    return found


@pytest.fixture(scope="session")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """What a person's browser is: one for all tests, so that it loads Lab from its cache."""
    made = browser.new_context(viewport={"width": 1400, "height": 900})
    made.set_default_timeout(60_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page of the test's own, for what must not share one: it loads Lab itself, or asks what nothing may have touched before."""
    made = context.new_page()
    yield made
    made.close()


class Desk:
    """One Lab in one page, in which one test after the other opens a notebook and finds nothing left of the one before."""

    def __init__(self, lab: Lab, context: BrowserContext) -> None:
        self.lab, self.context = lab, context
        self.page: Page | None = None
        self.path: Path | None = None
        """What was opened last."""

    def open(self, path: Path) -> Page:
        self.path = path
        if self.page is not None:
            try:
                return self._opened(self.page, path)
            except Error:  # whatever the test before left, a new page knows nothing of it
                self.page.close()
        self.page = self.context.new_page()
        return loaded(self.page, self.lab.address(path, "desk"))

    def again(self, path: Path) -> Page | None:
        """The page, where the test before had the same open, with nothing lying over the timeline; else None."""
        if self.page is None or self.path != path:
            return None
        panel = self.page.locator("#labjournal-panel")
        try:
            panel.get_by_role("searchbox").fill("", timeout=5_000)
            for back in panel.get_by_role("button", name=re.compile("^Back")).all():
                back.click(timeout=5_000)
        except Error:
            return None
        return self.page

    def _opened(self, page: Page, path: Path) -> Page:
        page.evaluate(CLEARED)
        search = page.locator("#labjournal-panel input[type=search]")
        if search.is_visible():
            search.fill("")
            page.locator("#labjournal-panel").get_by_role("tab", name="This notebook").click(timeout=5_000)
        page.evaluate(
            "path => window.jupyterapp.commands.execute('docmanager:open', {path})", str(path.relative_to(self.lab.root))
        )
        if path.suffix != ".ipynb":
            page.locator(".jp-FileEditor .cm-content").first.wait_for(timeout=60_000)
            return page
        page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=60_000)
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=60_000)
        return page


@pytest.fixture(scope="session")
def desk(lab: Lab, context: BrowserContext) -> Desk:
    return Desk(lab, context)


@pytest.fixture
def open_notebook(desk: Desk) -> Callable[..., Page]:
    """Opens a new notebook in the Lab that all tests share, and waits until its kernel is idle."""
    return lambda name, *sources: desk.open(desk.lab.notebook(name, *sources))


@pytest.fixture
def open_text(desk: Desk) -> Callable[[str], Page]:
    """Opens a file that needs no kernel in the Lab that all tests share."""
    return lambda name: desk.open(desk.lab.text(name))


@pytest.fixture
def open_alone(lab: Lab, page: Page) -> Callable[..., Page]:
    """Opens a new notebook in a Lab that is loaded for this test."""
    return lambda name, *sources: loaded(page, lab.address(lab.notebook(name, *sources)))


def loaded(page: Page, address: str) -> Page:
    page.goto(address)
    page.locator("#jupyterlab-splash").wait_for(state="detached")
    if ".ipynb" in address:
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    return page


def until(page: Page, so: Callable[[], object], within_s: float = 60) -> None:
    """Waits until it is so; what the page has to do meanwhile goes on."""
    deadline = time.monotonic() + within_s
    while not so():
        assert time.monotonic() < deadline, "it did not become so"
        page.wait_for_timeout(50)


def ended(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def command(port: int, root: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1", f"--port={port}", "--allow-root"),
        "--LabApp.expose_app_in_browser=True",
        *("--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={root}"),
    ]


def environment(home: Path) -> dict[str, str]:
    """The environment of a user who has just installed labjournal: nothing set, nothing inherited from who runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "JPY", "LABJOURNAL", "IPYTHON"))}
    folders = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "IPYTHONDIR": "ipython",
    }
    return {**kept, "HOME": str(home), "LABJOURNAL_PATH": str(home / "journal"), **{k: str(home / v) for k, v in folders.items()}}


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def wait_until_answering(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")
