"""`python -m bench.results [NAME …]`: executes the gold set in a real kernel and prints recall and precision, and what failed."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager

import labjournal
from bench.results.gold import Gold, read
from bench.results.scoring import Score, judge
from labjournal.events import Event, ExecutionStarted
from labjournal.journal import frames

BOOT = Path(labjournal.__file__).with_name("kernel") / "boot.py"
PATIENCE_S = 180.0
SETTLED_S = 0.5


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.results", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="notebooks of the set (all)")
    parser.add_argument("--python", default=sys.executable, help="the Python whose libraries are tried; it needs ipykernel")
    parser.add_argument("--quiet", action="store_true", help="totals only")
    chosen = parser.parse_args(arguments)
    total = Score()
    with tempfile.TemporaryDirectory(prefix="labjournal-results-") as temporary:
        session = _Session(Path(temporary), chosen.python)
        try:
            for gold in read(only=chosen.names):
                total.add(session.judged(gold))
        finally:
            session.close()
    print(report(total))
    if not chosen.quiet:
        print("\n".join(total.failures))
    return 0


def report(score: Score) -> str:
    """The figures, one to a line."""
    return "\n".join(
        f"{label:<22}{part:>5} of {whole:<5}{100 * part / whole if whole else 100:6.1f} %"
        for label, part, whole in (
            ("metrics, recall", score.found, score.wanted),
            ("metrics, precision", score.right, score.shown),
            ("series, recall", score.series_found, score.series_wanted),
            ("parameters, recall", score.parameters_found, score.parameters_wanted),
            ("parameters, precision", score.parameters_right, score.parameters_shown),
        )
    )


class _Session:
    """One recorded kernel, in which one notebook after the other is executed in an empty namespace."""

    def __init__(self, folder: Path, python: str) -> None:
        self._journal = folder / "journal"
        self._manager = KernelManager()
        assert self._manager.kernel_spec is not None
        self._manager.kernel_spec.argv[0] = python
        env = {name: value for name, value in os.environ.items() if not name.startswith(("LABJOURNAL_", "JPY_"))}
        env.update(LABJOURNAL_PATH=str(self._journal), PYTHONSTARTUP=str(BOOT), IPYTHONDIR=str(folder / "ipython"))
        self._manager.start_kernel(env=env, cwd=str(folder))
        self._client = self._manager.client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=PATIENCE_S)
        self._done = 0

    def judged(self, gold: Gold) -> Score:
        """Executes the notebook; its score."""
        self._execute("%reset -f")
        self._done += 1
        first = self._done + 1
        for cell in gold.cells:
            status = self._execute(cell)
            if status != "ok":
                raise SystemExit(f"{gold.name}: a cell fails")
            self._done += 1
        self._settle()
        values = {wanted.expression: self._value(wanted.expression) for wanted in (*gold.metrics, *gold.fine, *gold.parameters)}
        events = [event for event in self._events(self._done) if first <= getattr(event, "n", 0) <= self._done]
        return judge(gold, events, values)

    def _settle(self) -> None:
        """Until nothing has been written for a moment: what is told late is told by then."""
        before = -1
        while before != (now := sum(path.stat().st_size for path in (self._journal / "spool").glob("*.spool"))):
            before = now
            time.sleep(SETTLED_S)

    def _execute(self, code: str) -> str:
        reply = self._client.execute_interactive(code, output_hook=lambda _: None, timeout=PATIENCE_S)
        return str(reply["content"]["status"])

    def _value(self, expression: str) -> Any:
        asked = f"__import__('json').dumps({expression}, default=float)"
        reply = self._client.execute_interactive(
            "", user_expressions={"x": asked}, silent=True, output_hook=lambda _: None, timeout=PATIENCE_S
        )
        answer = reply["content"]["user_expressions"]["x"]
        if answer["status"] != "ok":
            raise SystemExit(f"{expression}: {answer['evalue']}")
        return json.loads(answer["data"]["text/plain"].strip("'").replace("\\'", "'"))

    def _events(self, expected: int) -> list[Event]:
        """Everything that the kernel has told so far."""
        found: list[Event] = []
        for segment in sorted((self._journal / "spool").glob("*.spool")):
            found += [event for _, event in frames.decode(segment.read_bytes()) if event is not None]
        assert sum(isinstance(event, ExecutionStarted) for event in found) >= expected
        return found

    def close(self) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)


if __name__ == "__main__":
    sys.exit(main())
