"""What is exported as HTML does nothing: no script of a recording runs in the page, and opening it asks nobody for anything."""

from __future__ import annotations

import contextlib
import functools
import http.server
import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page

from labjournal.journal.addresses import resolve
from labjournal.records import day, html
from labjournal.records.record import build
from tests.browser.conftest import until
from tests.builders import JournalBuilder, display
from tests.records.payloads import hostile_run

TO_THE_END = """async () => {
    for (let at = 0; at < document.documentElement.scrollHeight; at += 2000) {
        scrollTo(0, at);
        await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    }
}"""


class Listener:
    """Takes every connection on loopback and remembers what came: the first line of a request, '' for a mere connection."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._hear, args=(connection,), daemon=True).start()

    def _hear(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(2)
            try:
                said = connection.recv(4096)
            except OSError:
                said = b""
            self.heard.append(said.split(b"\r\n")[0].decode("latin-1"))

    def before(self, context: BrowserContext) -> list[str]:
        """What was heard before a page of the same browser, opened now, comes by: whatever was sent earlier has come by then."""
        sent, page = f"/now-{len(self.heard)}", context.new_page()
        with contextlib.suppress(Error):  # nobody answers it
            page.goto(f"http://127.0.0.1:{self.port}{sent}")
        until(page, lambda: any(sent in line for line in self.heard))
        page.close()
        # A browser opens connections beside that of a page, which say nothing.
        own = next(index for index, line in enumerate(self.heard) if sent in line)
        return self.heard[:own]

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


@dataclass(frozen=True)
class Exported:
    folder: Path
    payloads: int
    listener: Listener


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exported]:
    """Both pages of a run with every payload, and who listens whether one of them got out."""
    folder, listener = tmp_path_factory.mktemp("hostile"), Listener()
    builder = JournalBuilder(folder / "journal")
    payloads = hostile_run(builder, listener.port)
    with builder.open() as journal:
        html.write(build(journal, resolve(journal, "last")), folder / "run.html")
        day.write(journal, None, None, folder / "day.html")
    yield Exported(folder, payloads, listener)
    listener.close()


@pytest.fixture(params=["file", "served"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder for pages, and the address a browser finds it at."""
    folder = tmp_path / "pages"
    folder.mkdir()
    if request.param == "file":
        yield folder, folder.as_uri()
        return
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def looked_through(page: Page, address: str) -> None:
    """Opens the page and scrolls to its end, so that what waits to be seen is loaded, and waits until it has nothing to load any more."""
    page.goto(address)
    page.evaluate(TO_THE_END)
    page.keyboard.press("Tab")
    page.wait_for_load_state("networkidle")


def test_more_than_two_hundred_payloads_do_nothing(place: tuple[Path, str], hostile: Exported, browser: Browser) -> None:
    folder, base = place
    for name in ("run.html", "day.html"):
        shutil.copy(hostile.folder / name, folder / name)
    hostile.listener.heard.clear()
    requested: list[str] = []
    context = browser.new_context(java_script_enabled=True)
    page = context.new_page()
    page.on("requestfinished", lambda request: requested.append(request.url))
    page.on("dialog", lambda dialog: dialog.dismiss())

    state = {}
    for name in ("run.html", "day.html"):
        looked_through(page, f"{base}/{name}")
        state[name] = (page.evaluate("window.ran"), page.title() == "taken", len(page.query_selector_all("script")))
    heard = hostile.listener.before(context)
    context.close()

    assert {"run.html": (None, False, 0), "day.html": (None, False, 0)} == state
    assert [] == heard
    assert [] == [url for url in requested if not url.startswith((base, "data:", "about:"))]
    assert hostile.payloads > 200


def test_the_page_stands_alone(place: tuple[Path, str], browser: Browser, tmp_path: Path) -> None:
    folder, base = place
    builder = JournalBuilder(tmp_path / "journal")
    builder.run().execution("print(1)")
    with builder.open() as journal:
        html.write(build(journal, resolve(journal, "last")), folder / "run.html")
    page = browser.new_page()
    requested: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.on("console", lambda message: said.append(message.text))

    page.goto(f"{base}/run.html")

    first = page.evaluate("document.head.firstElementChild.outerHTML")
    assert [f"{base}/run.html"] == [url for url in requested if "favicon" not in url]
    assert [] == [line for line in said if "favicon" not in line and "404" not in line]
    assert first.startswith('<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:;')
    page.close()


def test_a_chart_waits_until_it_is_asked_for_and_then_draws_in_its_frame_only(
    place: tuple[Path, str], listener: Listener, browser: Browser, tmp_path: Path
) -> None:
    folder, base = place
    beacon = f"http://127.0.0.1:{listener.port}/"
    draws = (
        "<div id=chart></div>\r\n<script type='text/javascript'>\r\nconst data = [1 < 2, '&amp;', \"é\"];\r\n"
        "document.getElementById('chart').textContent = 'drawn ' + data.length + typeof RTCPeerConnection;\r\n"
        f"fetch('{beacon}').catch(() => 0); new Image().src = '{beacon}';\r\n"
        "try { top.document.title = 'taken' } catch (error) {}\r\n</script>"
    )
    builder = JournalBuilder(tmp_path / "journal")
    builder.run().execution("chart()", outputs=[display({"text/html": draws, "text/plain": "<Chart>"})])
    with builder.open() as journal:
        html.write(build(journal, resolve(journal, "last")), folder / "run.html")
    context = browser.new_context()
    page = context.new_page()
    looked_through(page, f"{base}/run.html")
    waiting = page.frames[1].evaluate("typeof RTCPeerConnection + document.scripts.length")

    page.frame_locator("iframe").get_by_role("link", name="Show the interactive output").click()
    page.frame_locator("iframe").get_by_text("drawn 3undefined").wait_for()

    assert ("function0", "analysis", []) == (waiting, page.title(), listener.before(context))
    context.close()
