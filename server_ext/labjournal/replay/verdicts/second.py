"""A replay that differs is executed a second time, up to where it parted: what differs from itself is not deterministic.

That tells chance from everything else, and nothing but executing does. It is done within a time that is said beforehand, under the
same conditions, and only where nothing has told the cause yet. Where chance is ruled out, packages are others than recorded and the recorded
environment was made again before, it is executed once more in that: what comes out as recorded there is due to the environment.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Protocol

from labjournal.errors import LabjournalError
from labjournal.replay.comparing.compare import Difference, Done, Terms, compare_executions, compare_files, compare_metrics
from labjournal.replay.comparing.durations import Stopwatch
from labjournal.replay.comparing.normalise import hints
from labjournal.replay.executing.stopping import ReplayStopped
from labjournal.replay.rebuilding.surroundings import RECORDED
from labjournal.replay.recorded import Recorded
from labjournal.replay.verdicts.verdict import Again, side_of, verdict

__all__ = ["Executing", "Second", "as_recorded", "second_time"]

_LEAST_S, _MOST_S = 30.0, 300.0
_TIMES_AS_LONG = 3.0
_STARTS_S = 20.0


class Executing(Protocol):
    """Executes what is recorded within a time, in a new workspace that is there as long as the context is; in another environment, if named."""

    def __call__(self, part: Recorded, within_s: float, which: str = ...) -> AbstractContextManager[Again]: ...


@dataclass(frozen=True)
class Second:
    """What executing a second time came to."""

    same: bool | None
    """Whether both replays are the same up to where the first one parted; None where that is not known."""
    run: str = ""
    n: int = 0
    """The execution in which the two replays differ."""
    values: tuple[str, str] = ("", "")
    """What the one and the other gave there."""
    limit_s: float = 0.0
    reason: str = ""
    """Why it is not known, as half a sentence."""


def second_time(
    recorded: Recorded, first: Again, upto: int, executing: Executing, say: Callable[[str], None], tolerance: float = 0.0
) -> Second:
    """Executes again what stands up to `upto`, and compares the two replays. Whatever goes wrong is a reason, no error."""
    took = _seconds(first, upto)
    if took > _MOST_S:
        return Second(None, reason=f"that took {took:.0f} s")
    limit = _limit(took)
    say(f"it differs; executing it a second time, {limit:.0f} s at most, to find out whether it differs from itself")
    try:
        with executing(_part(recorded, upto), limit) as second:
            return _told(first, second, upto, limit, tolerance)
    except ReplayStopped:  # nobody waits for any of it
        raise
    except LabjournalError as problem:
        return Second(None, limit_s=limit, reason=problem.message.rstrip("."))


def as_recorded(
    recorded: Recorded, first: Again, upto: int, executing: Executing, say: Callable[[str], None], tolerance: float = 0.0
) -> bool | None:
    """Whether it comes out as recorded in the recorded environment; None where that could not be found out."""
    limit = _limit(_seconds(first, upto))
    say(f"executing it in the recorded environment, {limit:.0f} s at most, to find out whether that is why")
    judged = replace(recorded, done=tuple(one for one in recorded.done if one.execution.n <= upto))
    try:
        with executing(_part(recorded, upto), limit, RECORDED) as third:
            if third.executed.died or third.executed.late is not None:
                return None
            return verdict(judged, third, tolerance)["reproduced"]
    except ReplayStopped:
        raise
    except LabjournalError:
        return None


def _seconds(first: Again, upto: int) -> float:
    return sum(one.execution.duration_s or 0.0 for n, one in first.by_number().items() if n <= upto)


def _limit(took: float) -> float:
    return float(math.ceil(min(_MOST_S, max(_LEAST_S, took * _TIMES_AS_LONG)) + _STARTS_S))


def _part(recorded: Recorded, upto: int) -> Recorded:
    """What is executed again: nothing behind the place where it parted; all else as before, so that it finds the same folder."""
    return replace(recorded, sent=tuple(each for each in recorded.sent or recorded.executions if each.n <= upto))


def _told(first: Again, second: Again, upto: int, limit: float, tolerance: float) -> Second:
    run = second.run.run
    if second.executed.late is not None:
        return Second(None, run, limit_s=limit, reason=f"it had not ended after {limit:.0f} s")
    apart = _apart(first, second, upto, tolerance)
    if apart is None:
        same = None if second.executed.died and not first.executed.died else True
        return Second(same, run, limit_s=limit, reason="" if same else "its kernel died")
    n, difference = apart
    return Second(False, run, n, (difference.recorded, difference.replayed), limit)


def _apart(first: Again, second: Again, upto: int, tolerance: float) -> tuple[int, Difference] | None:
    """The first execution in which two replays differ, and in what."""
    sides = side_of(first), side_of(second)
    ours, theirs = first.by_number(), second.by_number()
    sources: list[str] = []
    watch = Stopwatch()
    for n in sorted(ours.keys() & theirs.keys()):
        one, other = ours[n], theirs[n]
        sources.append(one.execution.source)
        terms = Terms(tolerance, hints(sources), watch.shown(sources[-1]))
        if n > upto:
            break
        difference = compare_executions(one, other, sides, terms).difference or _fact_apart(first, second, one, other, terms)
        if difference is not None:
            return n, difference
    return None


def _fact_apart(first: Again, second: Again, one: Done, other: Done, terms: Terms) -> Difference | None:
    for metric in compare_metrics(one.metrics, other.metrics, terms):
        if metric["same"] is False:
            return Difference("metric", f"{metric['name']} {metric['recorded']}", f"{metric['name']} {metric['replayed']}")
    roots = str(first.workspace.root), str(second.workspace.root)
    sides = side_of(first), side_of(second)
    files = compare_files(
        one.written,
        other.written,
        lambda path: roots[1] + path[len(roots[0]) :] if path.startswith(roots[0]) else path,
        sides,
        terms,
    )
    for file in files:
        if file["same"] is False:
            return Difference("file", f"SHA-256 {str(file['recorded'])[:16]}…", f"SHA-256 {str(file['replayed'])[:16]}…")
    return None
