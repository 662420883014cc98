"""A sweep: the same recorded code tried with every combination of some values, each try a replay and a run of its own.

What was tried already with the same code and values, and went well, is not done again. A try that fails does not end the sweep. Names and values are
looked at before anything is executed; interrupted, the tries under way end in order and those that are done stand in the journal.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from pathlib import Path
from typing import Any, TypedDict

from labjournal.errors import ReplayFailed
from labjournal.journal import places
from labjournal.journal.reader import Journal
from labjournal.questions.metrics import last_values
from labjournal.questions.numbers import Number, plain
from labjournal.replay.executing.parameters import literal, with_parameters
from labjournal.replay.executing.sources import plan
from labjournal.replay.rebuilding.surroundings import CURRENT, RECORDED, surroundings
from labjournal.replay.recorded import Recorded
from labjournal.replay.run import is_file, what_is_meant
from labjournal.replay.sweeps.executors import Makers, makers
from labjournal.replay.sweeps.grid import combinations
from labjournal.replay.sweeps.tries import FACET, Values, code_digest, known, values_of
from labjournal.replay.sweeps.trying import Task, Tried

__all__ = ["SweepAnswer", "TryPart", "sweep"]

_GLANCE_S = 0.5


class TryPart(TypedDict):
    """One combination of values."""

    run: str | None
    """The run that it is, None where there is none."""
    parameters: dict[str, Any]
    status: str
    """ok | failed: an execution ended otherwise than well that ended well when it was recorded | not executed."""
    metrics: dict[str, Number]
    failed: list[int]
    """Numbers of the executions that failed."""
    before: bool
    """Whether it was tried before, by an earlier call, and was not done again."""
    problem: str
    """Why there is no run, '' where there is one."""


class SweepAnswer(TypedDict):
    """What `replay --grid --json` prints: the keys of a single replay, of which a sweep has no one answer, and the tries."""

    reproduced: bool | None
    """Null: with other values nothing is to be reproduced."""
    address: str
    replay: str | None
    executions: list[dict[str, Any]]
    metrics: list[dict[str, Any]]
    inputs: list[dict[str, Any]]
    files: list[dict[str, Any]]
    first_difference: dict[str, Any] | None
    problems: list[str]
    tries: list[TryPart]


def sweep(
    journal_folder: Path,
    target: str,
    *,
    grid: Mapping[str, Sequence[str]],
    parameters: Mapping[str, str] | None = None,
    tolerance: float | None = None,
    jobs: int | None = None,
    executor: str = "",
    progress: Callable[[str], None] | None = None,
    assume_yes: bool = False,
    confirm: Callable[[str], bool] | None = None,
    environment: str = CURRENT,
) -> SweepAnswer:
    """Tries every combination of the grid's values, beside the `parameters` that are the same in all."""
    journal_folder = journal_folder.resolve()
    wanted = combinations(grid, parameters or {})
    recorded = what_is_meant(journal_folder, target, assume_yes, confirm, environment)
    todo = plan(recorded.executions, lambda source: source)
    if not todo.steps:
        raise ReplayFailed(
            f"Nothing of {recorded.address} can be executed again: {' '.join(todo.problems)}", "Choose another address."
        )
    with_parameters(todo, wanted[0])  # refuses what is no parameter
    done = _done(journal_folder, recorded)
    new = [one for one in wanted if _key(one) not in done]
    # An address that is said anew could mean another run by then: `last` is a replay's neighbour. A record is found from any folder.
    named = str(Path(target).resolve()) if is_file(target) else recorded.address
    made: dict[Values, Tried] = {}
    if new:
        say = progress or (lambda sentence: None)
        with surroundings(recorded, environment, say if progress or environment == RECORDED else None):
            say(_beginning(len(new), len(wanted) - len(new)))
        with makers(executor, jobs) as hands:
            tasks = [Task(str(journal_folder), named, one, tolerance, environment) for one in new]
            _make(tasks, hands, made, lambda task, told: say(_told(task, told, len(made), len(new))))
    return _answer(journal_folder, recorded, wanted, done, made)


def _key(parameters: Mapping[str, str]) -> Values:
    return tuple(values_of(parameters).items())


def _done(journal_folder: Path, recorded: Recorded) -> dict[Values, str]:
    if not (journal_folder / places.DATABASE).exists():  # the first thing here is a record
        return {}
    with Journal.open(journal_folder) as journal:
        return known(journal, recorded.address, code_digest(recorded.executions))


def _make(tasks: Iterable[Task], hands: Makers, made: dict[Values, Tried], hear: Callable[[Task, Tried], None]) -> None:
    """Hands out the tasks, as many at once as may be, until all are done."""
    waiting, under_way = iter(tasks), dict[Future[Tried], Task]()
    try:
        while True:
            while len(under_way) < hands.most and (task := next(waiting, None)) is not None:
                under_way[hands.submit(task)] = task
            if not under_way:
                return
            for future in wait(under_way, timeout=_GLANCE_S, return_when=FIRST_COMPLETED).done:
                task = under_way.pop(future)
                made[_key(task.parameters)] = told = _result(future)
                hear(task, told)
    except KeyboardInterrupt:
        with contextlib.suppress(KeyboardInterrupt):  # a second Ctrl-C must not leave them behind either
            hands.end()
        count = sum(not told.problem for told in made.values())
        done = f"{count} {'try is' if count == 1 else 'tries are'} done"
        raise KeyboardInterrupt(f"Interrupted; {done}. The same command goes on with the others.") from None


def _result(future: Future[Tried]) -> Tried:
    try:
        return future.result()
    except CancelledError:
        return Tried(problem="Who was to make it does not answer any more.")
    except Exception as problem:  # of the executor, or of a worker that lacks something
        return Tried(problem=f"{type(problem).__name__}: {problem}".strip(": ").split("\n", 1)[0][:300])


def _beginning(new: int, before: int) -> str:
    tries = f"{new} {'try' if new == 1 else 'tries'} to make"
    return f"{tries}; {before} of the grid {'was' if before == 1 else 'were'} made before" if before else tries


def _told(task: Task, told: Tried, count: int, of: int) -> str:
    values = ", ".join(f"{name}={text}" for name, text in task.parameters.items())
    return f"{count} of {of}: {values}: {told.problem or told.run}"


def _answer(
    journal_folder: Path,
    recorded: Recorded,
    wanted: list[dict[str, str]],
    done: Mapping[Values, str],
    made: Mapping[Values, Tried],
) -> SweepAnswer:
    with Journal.open(journal_folder) as journal:
        tries = [_part(journal, one, done.get(_key(one)), made.get(_key(one), Tried())) for one in wanted]
    return {
        "reproduced": None, "address": recorded.address, "replay": None, "executions": [], "metrics": [], "inputs": [], "files": [],
        "first_difference": None, "problems": [*recorded.problems, *_problems(tries)], "tries": tries,
    }  # fmt: skip


def _part(journal: Journal, parameters: Mapping[str, str], before: str | None, told: Tried) -> TryPart:
    run = before or told.run or None
    facet: dict[str, Any] = journal.facets(run).get((0, FACET), {}) if run else {}
    return {
        "run": run,
        "parameters": {name: plain(literal(text)[0]) for name, text in parameters.items()},
        "status": str(facet.get("status", "failed")) if run else "not executed",
        "metrics": last_values(journal.sure_metrics(run)) if run else {},
        "failed": list(facet.get("failed", [])),
        "before": before is not None,
        "problem": told.problem if run is None else "",
    }


def _problems(tries: Sequence[TryPart]) -> list[str]:
    answer = []
    before = sum(part["before"] for part in tries)
    if before:
        which = "All of these tries" if before == len(tries) else f"{before} of {len(tries)} tries"
        answer.append(f"{which} had been made before and were not made again; `labjournal forget RUN` makes one anew.")
    for part in tries:
        values = ", ".join(f"{name}={value}" for name, value in part["parameters"].items())
        if part["status"] == "failed":
            bad = part["failed"]
            bad = part["failed"]
            where = f" in execution{'s' if len(bad) > 1 else ''} {', '.join(map(str, bad[:10]))}" if bad else ""
            answer.append(f"The try with {values:.200} ({part['run']}) failed{where}.")
        elif part["run"] is None:
            answer.append(f"The try with {values:.200} was not made: {part['problem']}")
    return answer
