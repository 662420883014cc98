"""One try of a sweep, in a process of its own. `tried` is what an executor is given, be it threads here or the workers of a cluster.

A process, because two threads must not read code at the same time on CPython 3.11, and because one that dies takes no other with it. It ends in order,
its kernel and workspace first, as soon as its standard input ends: when the sweep is interrupted, and when whoever began it is gone.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from _thread import interrupt_main
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from labjournal.errors import LabjournalError

__all__ = ["Task", "Tried", "main", "tried"]

# Without the caller's folder in front, in which anything may be called like a module of Python.
_START = "import sys; sys.path[:1] = [] if sys.path[0] == '' else sys.path[:1]; from labjournal.replay.sweeps.trying import main; main()"
_MOST_SAID = 300


@dataclass(frozen=True)
class Task:
    """What to try; plain values, so that it can travel."""

    journal: str
    target: str
    parameters: dict[str, str]
    tolerance: float | None = None
    environment: str = "current"


@dataclass(frozen=True)
class Tried:
    """What came of it: the run it is, or why there is none. Everything else stands in the journal."""

    run: str = ""
    problem: str = ""


def tried(task: Task, started: Callable[[subprocess.Popen[bytes]], None] | None = None) -> Tried:
    """Makes the try and waits for its end; `started` hears of the process. Never raises for what went wrong in it."""
    with tempfile.TemporaryFile() as said:
        try:
            process = subprocess.Popen(
                [sys.executable, "-c", _START],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                start_new_session=True,  # a Ctrl-C at the terminal is for the sweep; it tells its tries
            )
        except OSError as problem:
            return Tried(problem=f"It could not be started ({problem.strerror}).")
        with process:
            if started is not None:
                started(process)
            answer = _heard(process, task)
        if answer is None:
            said.seek(0)
            words = said.read().decode("utf-8", "replace").strip().rsplit("\n", 1)[-1][:_MOST_SAID]
            return Tried(problem=f"Its process ended with status {process.returncode}{f': {words}' if words else '.'}")
    return Tried(str(answer["run"]), str(answer["problem"]))


def _heard(process: subprocess.Popen[bytes], task: Task) -> Any:
    """The last line that the process says, None where that is no answer."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(asdict(task)).encode() + b"\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.read().strip().rsplit(b"\n", 1)[-1])
    except (OSError, ValueError):  # ended before it answered; `ValueError` also of a pipe that the sweep closed
        return None
    finally:
        process.wait()
    return answer if isinstance(answer, dict) and {"run", "problem"} <= answer.keys() else None


def main() -> None:
    """The process: reads its task, makes the try, says what came of it."""
    signal.signal(signal.SIGTERM, _leave)
    task = Task(**json.loads(sys.stdin.buffer.readline()))
    threading.Thread(target=_watch, daemon=True).start()
    answer = json.dumps(asdict(_made(task)))
    sys.stdout.write(f"\n{answer}\n")


def _watch() -> None:
    while os.read(0, 1 << 10):
        pass
    interrupt_main(signal.SIGTERM)


def _leave(*_: object) -> None:
    raise KeyboardInterrupt


def _made(task: Task) -> Tried:
    from labjournal.replay.run import replay

    try:
        answer = replay(
            Path(task.journal),
            task.target,
            parameters=task.parameters,
            tolerance=task.tolerance,
            assume_yes=True,
            environment=task.environment,
        )
    except LabjournalError as problem:
        return Tried(problem=str(problem))
    except KeyboardInterrupt:
        return Tried(problem="It was interrupted.")
    except Exception as problem:  # whatever it is, it is the end of this try alone
        return Tried(problem=f"{type(problem).__name__}: {problem}"[:_MOST_SAID])
    return Tried(answer["replay"])
