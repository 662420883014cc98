"""Does a replay that differs name the right cause? Small notebooks are recorded in real kernels, one thing becomes another, they are replayed.

    python -m bench.verdicts             every case; prints a table and the share of those whose cause was named
    python -m bench.verdicts NAME …      some of them

What is kept in the journal is laid out again and makes no difference, so files here are too large to be kept, or gone. Named is what is of the right
kind and, where it can be, certain. Every notebook draws random numbers that nothing shows, so that nothing is told by the code alone.
"""

from __future__ import annotations

import contextlib
import http.server
import itertools
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.faults import executed
from labjournal.replay.run import replay

__all__ = ["CASES", "Case", "named"]

_ROWS = 2_500_000


@dataclass(frozen=True)
class Case:
    name: str
    kind: str
    cells: Sequence[str]
    before: Callable[[Path], None] = lambda folder: None
    after: Callable[[Path], None] = lambda folder: None
    """What becomes another before it is replayed."""
    certain: bool = True
    target: str = "last"


def _large(folder: Path, last: str = "0") -> None:
    """Larger than what is kept of a file."""
    (folder / "large.csv").write_text("value\n" + "7\n" * (8 * _ROWS) + f"{last}\n")


def _package(folder: Path, version: str = "1.4.0", factor: int = 2) -> None:
    place = folder / "site-packages"
    for old in place.glob("wares-*.dist-info/*"):
        old.unlink()
    for old in place.glob("wares-*.dist-info"):
        old.rmdir()
    (place / "wares").mkdir(parents=True, exist_ok=True)
    (place / "wares" / "__init__.py").write_text(f"def score(value):\n    return value * {factor}\n")
    facts = place / f"wares-{version}.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: wares\nVersion: {version}\n")
    (facts / "RECORD").write_text(f"wares/__init__.py,,\nwares-{version}.dist-info/METADATA,,\n")
    (facts / "top_level.txt").write_text("wares\n")


def _no_package(folder: Path) -> None:
    (folder / "site-packages").rename(folder / "gone")


_DRAW = "import random\nidle = random.random()"
_COUNT = "total = sum(1 for line in open('large.csv'))\nlast = line_of('large.csv')\nprint('total:', total, last)"
_LAST = "def line_of(path):\n    with open(path) as file:\n        for line in file:\n            pass\n    return line.strip()"

CASES = [
    Case("an unseeded draw", "randomness", ["import random\nx = random.random()", "print('loss:', x)"]),
    Case("a forest without a seed", "randomness", ["from sklearn.datasets import make_moons\nfrom sklearn.ensemble import RandomForestClassifier\nX, y = make_moons(200, noise=0.4, random_state=1)",
         "model = RandomForestClassifier(5, max_depth=3).fit(X, y)", "print('accuracy:', model.score(X, y), model.feature_importances_[0])"]),
    Case("the order of a set", "randomness", [_DRAW, "words = {'a', 'b', 'cc', 'd', 'ee', 'f', 'g'}", "print(''.join(words))"]),
    Case("the clock", "time", [_DRAW, "import time\nnow = time.time()", "print('part:', now % 1)"]),
    Case("a file that changed", "data", [_DRAW, _LAST, _COUNT], _large, lambda folder: _large(folder, "9")),
    Case("a file that is gone", "missing file", [_DRAW, _LAST, _COUNT], _large, lambda folder: (folder / "large.csv").unlink()),
    Case("a package upgraded", "environment", [_DRAW, "import wares", "print('score:', wares.score(21))"], _package,
         lambda folder: _package(folder, "2.0.0", 3), certain=False),
    Case("a package gone", "environment", [_DRAW, "import wares", "print('score:', wares.score(21))"], _package, _no_package),
    Case("a cell that was not recorded", "order", [_DRAW, "# labjournal: off\nhidden = 4", "print(hidden)"]),
    Case("another answer from another machine", "network",
         [_DRAW, "from urllib.request import urlopen\ntold = urlopen('ADDRESS').read().decode()", "print('told:', told)"]),
    Case("another machine that is not there", "network",
         [_DRAW, "from urllib.request import urlopen\ntold = len(urlopen('ADDRESS/constant').read())", "print('told:', told)"], after=lambda folder: (folder / "down").touch()),
]  # fmt: skip


def named(folder: Path, cases: Sequence[Case] = CASES) -> Iterator[tuple[Case, bool, Any]]:
    """Each case, whether its cause was named, and the answer of the replay."""
    for number, case in enumerate(cases):
        place = folder / f"case-{number}"
        place.mkdir()
        with _machine(place) as address:
            case.before(place)
            cells = {f"c{at}": source.replace("ADDRESS", address) for at, source in enumerate(case.cells)}
            executed(place, place / "journal", cells, list(cells))
            case.after(place)
            with _packages(place / "site-packages"):
                answer = replay(place / "journal", case.target, assume_yes=True)
        cause = answer["cause"]
        right = cause is not None and cause["kind"] == case.kind and (cause["surety"] == "certain") >= case.certain
        yield case, right, answer


@contextlib.contextmanager
def _packages(folder: Path) -> Iterator[None]:
    """A folder in which the replay's kernel finds packages, as the recorded one did."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = str(folder)
    try:
        yield
    finally:
        os.environ.pop("PYTHONPATH")
        if before is not None:
            os.environ["PYTHONPATH"] = before


@contextlib.contextmanager
def _machine(folder: Path) -> Iterator[str]:
    """A server that gives another answer each time, and none where it is down."""
    numbers = itertools.count()

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if (folder / "down").exists():
                self.close_connection = True
                self.connection.close()
                return
            said = b"always" if self.path == "/constant" else b"%d" % next(numbers)
            self.send_response(200)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def main() -> int:
    names = set(sys.argv[1:])
    cases = [case for case in CASES if not names or case.name in names]
    right = 0
    with tempfile.TemporaryDirectory() as folder:
        for case, is_right, answer in named(Path(folder).resolve(), cases):
            right += is_right
            cause = answer["cause"] or {"kind": "none", "surety": "", "sentence": "", "established": ""}
            first = answer["first_difference"] or {}
            print(
                f"{'ok   ' if is_right else 'WRONG'}  {case.name}: {cause['kind']} ({cause['surety']}), execution {first.get('n')}: {cause['sentence']}"
            )
            print(f"         {cause['established']}", flush=True)
    print(f"{len(cases)} replays that differ: in {right} the right cause is named ({right / max(1, len(cases)):.0%}).")
    return 0 if right >= 0.95 * len(cases) else 1


if __name__ == "__main__":
    sys.exit(main())
