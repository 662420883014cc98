"""How quick the panel is in a real JupyterLab and Chromium: the timeline of a long run, a table of many results, a graph of two hundred things.

    python -m bench.panel [--executions 100000] [--results 10000]

Prints one line each: until something stands there, until all of it does, the longest task of the browser meanwhile and while scrolling.
Wants a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, sync_playwright

from labjournal.journal import writer
from labjournal.journal.blobs import Blobs
from tests.browser import conftest as browsing
from tests.browser.conftest import TOKEN, Lab
from tests.browser.test_lineage import ask, card, graph_of
from tests.browser.test_panel import panel_of
from tests.browser.test_results import attempt, heading, rows
from tests.builders import JournalBuilder, display, figure, read, stream, written

LONGEST = """() => {
    window.longest = 0;
    new PerformanceObserver(list => {
        for (const task of list.getEntries()) window.longest = Math.max(window.longest, task.duration);
    }).observe({entryTypes: ['longtask']});
}"""

SCROLLED = """async (list, by) => {
    const frames = [];
    let last = performance.now();
    const end = last + 4000;
    await new Promise(done => requestAnimationFrame(function frame(now) {
        frames.push(now - last);
        last = now;
        list.scrollTop += by;
        list.dispatchEvent(new WheelEvent('wheel', {deltaY: by, bubbles: true, cancelable: true}));
        if (now < end) requestAnimationFrame(frame); else done();
    }));
    frames.sort((a, b) => a - b);
    return frames[Math.floor(frames.length / 2)];
}"""


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.panel", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--executions", type=int, default=100_000)
    parser.add_argument("--results", type=int, default=10_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="labjournal-bench-") as folder, _lab(Path(folder)) as lab, _page() as page:
        for measure in (_timeline(chosen.executions), _output, _results(chosen.results), _lineage):
            measure(lab, page)


@contextmanager
def _lab(home: Path) -> Iterator[Lab]:
    yield from browsing.running_lab(home)


@contextmanager
def _page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browsing.executable(), args=browsing.FLAGS)
        context = browser.new_context(viewport={"width": 1400, "height": 900})
        context.set_default_timeout(600_000)
        yield context.new_page()
        browser.close()


def _timeline(executions: int) -> Callable[[Lab, Page], None]:
    def measure(lab: Lab, page: Page) -> None:
        builder = JournalBuilder(lab.journal)
        run = builder.run("long0", notebook=str(lab.root / "long.ipynb"), started=time.time() - executions - 60)
        for n in range(executions):
            outputs = [figure()] if n % 6 == 3 else [stream("hello\n")]
            metrics = {"r2": n / executions} if n % 5 == 0 else None
            run.execution(f"step_{n} = {n}\nfit(step_{n})", cell_id=f"cell-{n % 7}", outputs=outputs, metrics=metrics)
        _taken_in(builder)
        _opened(lab, page, "long.ipynb")
        opened = _timed(
            page, lambda: page.get_by_role("tab", name="Lab journal").click(), _line(page, rf"^Execution {executions}, done")
        )
        timeline = page.locator(".lj-timeline")
        print(f"timeline of {executions:,} executions: open after {opened}; scrolling: {_scrolled(page, timeline, 120)}")
        timeline.focus()
        ended = _timed(
            page, lambda: page.keyboard.press("End"), page.get_by_role("treeitem", name=re.compile(r"^Execution 1, done"))
        )
        print(f"  its other end after {ended}")

    return measure


def _output(lab: Lab, page: Page) -> None:
    content = b"<p>" + b"long " * 4_000_000 + b"</p>"
    builder = JournalBuilder(lab.journal)
    shown = {"text/html": {"blob": Blobs(lab.journal).put(content), "bytes": len(content), "base64": False}}
    builder.run("large0", notebook=str(lab.root / "large.ipynb")).execution("HTML(text)", outputs=[display(shown)])
    _taken_in(builder)
    _opened(lab, page, "large.ipynb")
    panel = panel_of(page)
    button = panel.get_by_role("button", name="Show output (20 MB)")
    opened = _timed(page, lambda: panel.get_by_role("treeitem", name=re.compile("^Execution 1, done")).click(), button)
    shown_after = _timed(page, button.click, panel.get_by_role("region", name="Output").locator("p", has_text="long long").first)
    print(f"entry with an output of 20 MB: open after {opened}; the output, asked for, after {shown_after}")


def _results(many: int) -> Callable[[Lab, Page], None]:
    def measure(lab: Lab, page: Page) -> None:
        builder = JournalBuilder(lab.journal)
        for part in range(many // 500):
            run = builder.run(f"many{part:02}", notebook=str(lab.root / "many.ipynb"), started=time.time() - 86_400 + part * 1000)
            for n in range(500):
                attempt(run, n + 1, str(lab.root))
        _taken_in(builder)
        _opened(lab, page, "many.ipynb")
        panel = panel_of(page)
        first = _timed(page, panel.get_by_role("tab", name="Results").click, rows(panel).first)
        whole = _timed(page, lambda: None, panel.get_by_text(f"{many:,} results", exact=True))
        print(f"table of {many:,} results: first rows after {first}; whole {whole} later")
        print(f"  scrolling: {_scrolled(page, panel.get_by_role('grid', name='Results'), 400)}")
        best = panel.locator("[role=columnheader][aria-sort=descending]", has_text="accuracy")
        print(f"  sorted after {_timed(page, heading(panel, 'accuracy').click, best)}")
        box = panel.get_by_role("searchbox", name="Filter results")
        some = panel.get_by_text(re.compile(f"of {many:,} results"))
        print(f"  filtered after {_timed(page, lambda: box.fill('saga train-1'), some)}")

    return measure


def _lineage(lab: Lab, page: Page) -> None:
    builder = JournalBuilder(lab.journal)
    run = builder.run("wide0", notebook=str(lab.root / "wide.ipynb"), started=time.time() - 7200)
    parts = [(f"part-{n:02}.csv", f"{n}".encode()) for n in range(66)]
    for name, content in parts:
        made = [written(lab.root / "out" / name, b"scored" + content)]
        run.execution(f"score('{name}')", reads=[read(lab.root / "in" / name, b"raw" + content)], writes=made)
    scored = [read(lab.root / "out" / name, b"scored" + content) for name, content in parts]
    run.execution("everything = concat('out')", reads=scored, writes=[written(lab.root / "wide.csv", b"all of it")])
    _taken_in(builder)
    (lab.root / "wide.csv").write_bytes(b"all of it")
    _opened(lab, page, "wide.ipynb")
    drawn = _timed(page, lambda: ask(page, "wide.csv"), card(page, "File wide.csv"))
    print(f"graph of 200 things: drawn after {drawn}; moving: {_scrolled(page, graph_of(page).locator('.react-flow__pane'), 40)}")


def _opened(lab: Lab, page: Page, name: str) -> None:
    """Lab with an empty notebook of that name in front, its kernel at rest, and the panel closed."""
    if not (lab.root / name).exists():
        lab.notebook(name, "1")
    page.goto(f"{lab.url}/lab/tree/{name}?token={TOKEN}&reset")
    page.locator("#jupyterlab-splash").wait_for(state="detached")
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    page.evaluate(LONGEST)


def _taken_in(builder: JournalBuilder) -> None:
    builder.save()
    while writer.pending(builder.folder):
        writer.ingest(builder.folder, wait_s=1)


def _line(page: Page, name: str) -> Locator:
    return page.get_by_role("treeitem", name=re.compile(name))


def _timed(page: Page, deed: Callable[[], Any], shown: Locator) -> str:
    page.evaluate("window.longest = 0")
    begun = time.perf_counter()
    deed()
    shown.wait_for()
    passed = time.perf_counter() - begun
    return f"{passed * 1000:,.0f} ms (longest task {page.evaluate('window.longest'):.0f} ms)"


def _scrolled(page: Page, list_: Locator, by: int) -> str:
    page.evaluate("window.longest = 0")
    median = list_.evaluate(SCROLLED, by)
    return f"median frame {median:.1f} ms, longest task {page.evaluate('window.longest'):.0f} ms"


if __name__ == "__main__":
    main()
