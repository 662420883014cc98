"""How long questions take in a large journal: `why`, its graph, `diff`. The journal is generated, row by row as a writer would leave it.

`LABJOURNAL_BENCH_EXECUTIONS` says how many executions it has (100,000; the promise is made for 1,000,000: a gigabyte and two minutes).
Half of the runs stand in chains of 200: each reads what the one before wrote, from another place, and a file that all runs read.
"""

from __future__ import annotations

import hashlib
import os
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from bench.rows import Row, ms, quantile
from labjournal.journal import migrations, places, standing, writer
from labjournal.journal.reader import Journal
from labjournal.journal.rows import Address

__all__ = ["generate", "questions"]

CHAIN = 200
LONG_RUN = 2000
_START = datetime(2024, 1, 1, tzinfo=timezone.utc)
_TABLES = {
    "runs": "run, started, ended, status, notebook, folder, python, platform, version, kernel, client",
    "sources": "sha256, text",
    "executions": "run, n, cell_id, source, source_bytes, started, ended, duration_s, status, execution_count, client",
    "bindings": "run, n, name, role",
    "usages": "run, n, path, given, sha256, bytes, hash_state, at",
    "generations": "run, n, path, given, sha256, bytes, hash_state, at",
    "metrics": "run, n, name, value, at",
    "parameters": "run, n, name, value",
    "outputs": "run, n, position, type, name, text, bytes, sha256",
}


def questions(folder: Path, *, rounds: int = 7) -> list[Row]:
    """Time of each question, asked of a chain that was not asked about before, so that nothing is remembered."""
    from labjournal.questions.difference.diff import diff
    from labjournal.questions.origin.lineage import lineage
    from labjournal.questions.origin.targets import find
    from labjournal.questions.origin.why import why
    from labjournal.questions.results.table import results

    size = int(os.environ.get("LABJOURNAL_BENCH_EXECUTIONS", "100000"))
    place = folder / "journal"
    chains = generate(place, size)
    with Journal.open(place, catch_up=False) as journal:
        ends = [chains[number % len(chains)] for number in range(rounds)]
        asked: dict[str, tuple[float, Callable[[str], Any]]] = {
            "why a file at the end of a chain of 200 runs": (100, lambda end: why(journal, find(journal, end))),
            "why --forward of the file at its beginning": (
                1000,
                lambda end: why(journal, find(journal, _digest(f"{end} raw")), forward=True),
            ),
            "its graph, 200 nodes": (300, lambda end: lineage(journal, find(journal, end), "before", 1000, 200)),
            "the graph both ways from the middle, 200 nodes": (
                300,
                lambda end: lineage(journal, find(journal, _digest(f"{end} middle")), "both", 1000, 200),
            ),
            "results, the newest 100": (300, lambda _: results(journal, limit=100)),
            "results --sort accuracy, the best 100": (300, lambda _: results(journal, sort="accuracy", limit=100)),
            "results --sort val_loss of one notebook": (
                300,
                lambda _: results(journal, sort="val_loss", notebook="/d/long.ipynb", limit=100),
            ),
            "results --sort depth, a parameter, the smallest 100": (300, lambda _: results(journal, sort="depth", limit=100)),
            "results --metric accuracy, far behind": (
                300,
                lambda _: results(journal, metric="accuracy", limit=100, offset=size // 20),
            ),
            "diff of two runs of 2,000": (1000, lambda _: diff(journal, Address("long1"), Address("long2"))),
        }
        rows = []
        for what, (bound, question) in asked.items():
            times = [_timed(lambda end=end, question=question: question(end)) for end in ends]  # type: ignore[misc]
            value, wall = (quantile([time[which] for time in times], 0.5) * 1000 for which in (0, 1))
            told = f"{what}, {size:,} executions, CPU"
            rows.append(Row(told, ms(value), f"{ms(wall)} by the clock", "", f"{bound:g} ms", value <= bound))
    return rows


def _timed(question: Callable[[], Any]) -> tuple[float, float]:
    """Seconds of this thread, and by the clock: the database is in memory, so the difference is other people's work."""
    from labjournal.questions import reading
    from labjournal.questions.difference import code_diff
    from labjournal.questions.origin import flow

    for remembered in (reading.read, flow._at_the_margin, flow._read_names, code_diff.meaning):
        remembered.cache_clear()
    begin = time.thread_time(), time.perf_counter()
    question()
    return time.thread_time() - begin[0], time.perf_counter() - begin[1]


def generate(folder: Path, executions: int) -> list[str]:
    """A journal of so many executions; digests of the files at the ends of its chains."""
    places.prepare(folder)
    connection = sqlite3.connect(folder / places.DATABASE, isolation_level=None)
    connection.execute(f"PRAGMA page_size = {writer.PAGE_BYTES}")
    migrations.migrate(connection, folder / places.DATABASE, "bench")
    connection.execute("PRAGMA synchronous = OFF")
    chains: list[str] = []
    pending: dict[str, list[tuple[Any, ...]]] = {table: [] for table in _TABLES}
    made = 0
    for run in _runs(executions, chains):
        for table, row in run:
            pending[table].append(row)
            made += table == "executions"
        if len(pending["executions"]) > 50_000 or made >= executions:
            _write(connection, pending)
    _write(connection, pending)
    connection.execute("BEGIN")
    standing.rebuild(connection)
    connection.execute("COMMIT")
    connection.close()
    return chains


def _write(connection: sqlite3.Connection, pending: dict[str, list[tuple[Any, ...]]]) -> None:
    connection.execute("BEGIN")
    for table, rows in pending.items():
        columns = _TABLES[table]
        marks = ", ".join("?" * len(columns.split(",")))
        connection.executemany(f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})", rows)
        rows.clear()
    connection.execute("COMMIT")


_Rows = Iterator[tuple[str, tuple[Any, ...]]]


def _runs(executions: int, chains: list[str]) -> Iterator[_Rows]:
    """Runs until there are enough executions: links of chains and others in turns, and at the end two long ones."""
    chance = random.Random(7)
    minute, made, number = 0, 2 * LONG_RUN, 0
    while made < executions:
        chain = len(chains)
        chains.append(_digest(f"chain {chain} link {CHAIN}"))
        end = chains[-1]
        for link in range(CHAIN):
            reads = _digest(f"{end} raw") if link == 0 else _link(end, chain, link)
            cells = chance.randint(20, 80)
            yield _run(
                f"c{chain}x{link}", minute, cells, f"/d/in{link}.csv", reads, f"/d/out{link}.csv", _link(end, chain, link + 1)
            )
            number += 1
            minute += 60
            made += cells
            if made < executions:
                cells = chance.randint(20, 80)
                yield _run(f"o{number}", minute, cells, f"/e/{number}.csv", _digest(f"e{number}"), f"/e/out{number}.csv", _digest(f"o{number}"))  # fmt: skip
                minute += 60
                made += cells
    for name in ("long1", "long2"):
        yield _run(name, minute, LONG_RUN, "/d/long.csv", _digest(name), f"/d/{name}.out", _digest(f"{name} out"), chained=False)
        minute += 60


def _link(end: str, chain: int, link: int) -> str:
    if link == CHAIN:
        return end
    return _digest(f"{end} middle") if link == CHAIN // 2 else _digest(f"chain {chain} link {link}")


def _run(run: str, minute: int, cells: int, source: str, reads: str, target: str, writes: str, *, chained: bool = True) -> _Rows:
    """Cells that load, work on it step by step beside things of their own, and save; every text is the run's own."""
    at = _START + timedelta(minutes=minute)
    notebook = f"/d/{run.rstrip('0123456789')}.ipynb"
    yield "runs", (run, _iso(at), _iso(at + timedelta(seconds=cells + 1)), "ended", notebook, "/d", "3.11.7", "Linux", "0.1.0", "python3", "jupyterlab")  # fmt: skip
    for n in range(1, cells + 1):
        text, bound, used = _cell(run if chained or n % 2 == 0 else "", n, cells, source, target)
        digest, began = _digest(text), _iso(at + timedelta(seconds=n))
        yield "sources", (digest, text)
        yield "executions", (run, n, f"cell{n}", digest, len(text), began, _iso(at + timedelta(seconds=n + 0.5)), 0.5, "ok", n, "jupyterlab")  # fmt: skip
        yield from (("bindings", (run, n, name, "bound")) for name in bound)
        yield from (("bindings", (run, n, name, "used")) for name in used)
        if n % 3 == 0:
            yield "outputs", (run, n, 0, "stream", "stdout", f"step {n}\n", 8, digest)
        if n == 2:
            yield "usages", (run, n, source, source, reads, 1000, "verified", began)
            yield "usages", (run, n, "/d/holidays.csv", "holidays.csv", _digest("holidays"), 300, "verified", began)
            yield "parameters", (run, n, "depth", "4")
        if n == cells // 2:
            yield "usages", (run, n, f"/d/side-{run}.csv", "side.csv", _digest(f"side {run}"), 500, "verified", began)
        if n % 10 == 5 or n == cells - 1:
            yield "metrics", (run, n, "accuracy", int(digest[:6], 16) / 0x1000000, began)
            yield "metrics", (run, n, "val_loss", int(digest[6:12], 16) / 0x1000000, began)
        if n == cells:
            yield "generations", (run, n, target, target, writes, 2000, "verified", began)


def _cell(run: str, n: int, cells: int, source: str, target: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    if n == 1:
        return f"import pandas as pd  # {run}", ("pd",), ()
    if n == 2:
        return f"data = pd.read_csv({source!r})  # {run}\ndepth = 4", ("data", "depth"), ("pd",)
    if n == cells:
        return f"data.to_csv({target!r})  # {run}", (), ("data",)
    if n % 4 == 0:
        return f"data = data.assign(step{n}=data.x * {n})  # {run}\ndata.describe()", ("data",), ("data",)
    if n == cells // 2:
        return f"side = pd.read_csv('side.csv')  # {run}\ndata = data.merge(side)", ("side", "data"), ("pd", "data")
    return f"view{n} = [row for row in data.x if row > {n}]  # {run}\nprint('step', {n})", (f"view{n}",), ("data",)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")
