"""`export --verify`: what is handed over was run before, from top to bottom, in a fresh kernel and a folder of its own.

What is run are the cells of the export itself, with the recorded inputs, and what is compared is the result: status, what it showed,
its metrics and files. Where that is not the same, executions that may be missing are taken in and it is tried again: first those that
bind the missing name or write the missing file, then those that share names with the recipe, at last the whole run. Where it is the
same, what is in only from caution is left out as far as the result stays what it was. Both within a number of runs and a time.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from labjournal.errors import LabjournalError, ReplayFailed
from labjournal.journal.reader import Journal
from labjournal.journal.rows import Address, Execution
from labjournal.questions.recipe.slicing import Recipe, Step, explained
from labjournal.records.gathering import gathered
from labjournal.records.looks import without_look
from labjournal.records.notebook import Clean, clean
from labjournal.records.parameters import parameters_cell
from labjournal.records.record import Record, build
from labjournal.records.record import Step as RecordStep
from labjournal.replay.comparing.compare import Done
from labjournal.replay.proofs.handed_over import HandedOver, handed_over
from labjournal.replay.proofs.lacking import lacking
from labjournal.replay.recorded import Recorded, on_disk
from labjournal.replay.run import again
from labjournal.replay.verdicts.chance import unseeded
from labjournal.replay.verdicts.verdict import ReplayAnswer

__all__ = ["MOST_RUNS", "Attempt", "Proven", "as_handed_over", "missing_secrets", "prove", "time_limit", "to_run"]

MOST_RUNS = 12
_IN_ALL_S = 900.0
_ONE_AT_LEAST_S = 120.0
_TIMES_AS_LONG = 20.0
_MOST_IMPLICATED = 3


@dataclass(frozen=True)
class Attempt:
    """Some executions as an export, and what running it came to."""

    numbers: frozenset[int]
    as_typed: bool
    record: Record
    found: Clean
    answer: ReplayAnswer

    @property
    def same(self) -> bool:
        return self.answer["reproduced"]

    @property
    def difference(self) -> dict[str, object]:
        return self.answer["first_difference"] or {}


@dataclass(frozen=True)
class Proven:
    """The attempt that counts, and the way there."""

    attempt: Attempt
    attempts: int
    seconds: float
    added: tuple[int, ...] = ()
    removed: tuple[int, ...] = ()


@dataclass
class _Search:
    journal_folder: Path
    journal: Journal
    address: Address
    recipe: Recipe
    say: Callable[[str], None]
    within_s: float | None
    most_runs: int
    lifts: bool = False
    started: float = field(default_factory=time.monotonic)
    runs: int = 0

    def __post_init__(self) -> None:
        last = self.address.n
        known = self.journal.executions(self.address.run, last=last)
        self.earlier = {one.n: one for one in known if one.status in ("ok", "failed") and one.source.strip() and one.n != last}
        self.bound: dict[int, set[str]] = {}
        self.used: dict[int, set[str]] = {}
        for binding in self.journal.bindings(self.address.run):
            into = self.used if binding.role == "used" else self.bound if binding.role in ("bound", "mutated") else {}
            into.setdefault(binding.n, set()).add(binding.name)
        self.written: dict[int, set[str]] = {}
        for use in self.journal.generations(self.address.run):
            self.written.setdefault(use.n, set()).add(os.path.basename(use.path))

    def proven(self) -> Proven:
        first = self.attempt({step.execution.n for step in self.recipe.steps})
        found = first if first.same else self._widened(first)
        if not found.same:
            return Proven(first, self.runs, self._seconds())
        small = self._tidied(self._shrunk(found))
        return Proven(
            small,
            self.runs,
            self._seconds(),
            added=tuple(sorted(small.numbers - first.numbers)),
            removed=tuple(sorted(found.numbers - small.numbers)),
        )

    def attempt(
        self, numbers: set[int] | frozenset[int], *, as_typed: bool = False, gathers: bool = False, looks: bool = True
    ) -> Attempt:
        """Exports these executions and runs the export; `gathers`, not `looks`: with the imports put together, without looks at data."""
        self.runs += 1
        why = {step.execution.n: step for step in self.recipe.steps}
        steps = [
            why.get(execution.n) or Step(execution, ("was missing when it was run",), True)
            for execution in self.journal.executions(self.address.run, last=self.address.n)
            if execution.n in numbers
        ]
        record = build(self.journal, self.address, replace(self.recipe, steps=tuple(steps)))
        found = clean(record, as_typed=as_typed, lifts=self.lifts, gathers=gathers, looks=looks)
        if self.address.n is not None and self.address.n not in {step.n for step, _ in found.cells}:
            raise _no_target(steps[-1].execution)
        self.say(f"run {self.runs}: {len(found.cells)} cells")
        answer = again(
            _recorded(record, found),
            self.journal_folder,
            progress=self.say,
            within_s=self.within_s or time_limit(step.execution for step in steps),
        )
        return Attempt(frozenset(numbers), as_typed, record, found, answer)

    def _widened(self, first: Attempt) -> Attempt:
        """The first attempt with more in it that gives the same; else one that does not."""
        latest = first
        if missing_secrets(first.found) or lacking(first.difference):
            return latest
        for _ in range(_MOST_IMPLICATED):
            missing = self._implicated(latest)
            if not missing or not self._may_go_on():
                break
            self.say(_differs(latest) + "; taking in what seems to be missing")
            latest = self.attempt(latest.numbers | missing)
            if latest.same:
                return latest
        if self._is_chance(latest):
            return latest
        for numbers, as_typed in self._wider(latest):
            if not self._may_go_on():
                break
            self.say(_differs(latest) + "; taking in more")
            latest = self.attempt(numbers, as_typed=as_typed)
            if latest.same:
                return latest
        return latest

    def _wider(self, latest: Attempt) -> Iterator[tuple[frozenset[int], bool]]:
        names = {name for n in latest.numbers for name in self.used.get(n, ())}
        sharing = {n for n in self.earlier if self.bound.get(n, set()) & names}
        tried = {latest.numbers}
        everything = latest.numbers | frozenset(self.earlier)
        for numbers in (latest.numbers | sharing, everything):
            if numbers not in tried:
                tried.add(numbers)
                yield numbers, False
        yield everything, True

    def _implicated(self, attempt: Attempt) -> set[int]:
        """Executions that the difference itself speaks of: who binds the missing name, who writes the missing file."""
        said = f"{attempt.difference.get('replayed', '')} {attempt.difference.get('causes', '')}"
        names = set(re.findall(r"name '(\w+)' is not defined", said)) | set(re.findall(r"the name '(\w+)'", said, re.IGNORECASE))
        files = {os.path.basename(path) for path in re.findall(r"['\"]([^'\"]*[./][^'\"]*)['\"]", said)}
        modules = {f"{name}.py" for name in re.findall(r"No module named ['\"](\w+)", said)}
        at = int(str(attempt.difference.get("n") or 0)) or (self.address.n or 0) + 1
        found: set[int] = set()
        for name in names:
            found |= set([n for n in self.earlier if n < at and name in self.bound.get(n, ())][-1:])
        for n, written in self.written.items():
            if n in self.earlier and n < at and written & (files | modules):
                found.add(n)
        return found - attempt.numbers

    def _is_chance(self, attempt: Attempt) -> bool:
        """Whether it would differ from itself: then nothing is missing."""
        whole = [step.execution for step in attempt.record.steps]
        everything = [*self.earlier.values(), whole[-1]]
        return (
            str(attempt.difference.get("what")) not in ("status", "error")
            and bool(unseeded(whole))
            and bool(unseeded(everything))
        )

    def _shrunk(self, found: Attempt) -> Attempt:
        """Without what is in only from caution, and without cells that were executed again later, as far as the result stays the same."""
        recipe = {step.execution.n for step in self.recipe.steps}
        extra = found.numbers - recipe
        cautious = {step.execution.n for step in self.recipe.steps if step.cautious} | extra
        there = {step.n for step, _ in found.found.cells} - {self.address.n or 0}
        parts = [sorted(cautious & there), sorted((_executed_again(found) & there) - cautious)]
        doubtful = [part for part in parts if part]
        if self.address.n is None or not _tells(found) or not doubtful:
            return found
        gone: frozenset[int] = frozenset()
        waiting = [sorted(n for part in doubtful for n in part), *doubtful] if len(doubtful) > 1 else doubtful
        while waiting and self._may_go_on():
            part = waiting.pop(0)
            if gone.issuperset(part):
                continue
            self.say(f"trying without {len(part)} that may not be needed")
            without = gone | set(part)
            # What only they needed goes with them.
            needed = {step.execution.n for step in explained(self.journal, self.address, without=without).steps}
            smaller = self.attempt((needed & recipe) | (extra - without), as_typed=found.as_typed)
            if smaller.same:
                found, gone = smaller, without
            elif len(part) > 1 and not (waiting and set(waiting[0]) < set(part)):
                half = len(part) // 2
                waiting += [part[:half], part[half:]]
        return found

    def _tidied(self, found: Attempt) -> Attempt:
        """With the imports in one cell and without looks at data, as far as that gives the same."""
        cells = [source for _, source in found.found.cells]
        imports, looks = bool(gathered(cells)[0]), any(without_look(source) != source for source in cells[:-1])
        if self.address.n is None or found.as_typed or not _tells(found):
            return found
        for gathers, leaves in dict.fromkeys([(imports, looks), (imports, False), (False, looks)]):
            if (gathers or leaves) and self._may_go_on():
                self.say(" and ".join(["putting the imports together"] * gathers + ["leaving looks at data out"] * leaves))
                tidy = self.attempt(found.numbers, gathers=gathers, looks=not leaves)
                if tidy.same:
                    return tidy
        return found

    def _may_go_on(self) -> bool:
        return self.runs < self.most_runs and self._seconds() < _IN_ALL_S

    def _seconds(self) -> float:
        return time.monotonic() - self.started


def prove(
    journal_folder: Path,
    journal: Journal,
    address: Address,
    *,
    progress: Callable[[str], None] | None = None,
    within_s: float | None = None,
    most_runs: int = MOST_RUNS,
    lifts: bool = False,
) -> Proven:
    """Runs the export of an address until it gives the result, or nothing more is worth trying.

    `within_s` is the time for one run; without it, twenty times what was recorded, two minutes at least. `lifts` takes values out of calls.
    """
    if address.n is not None and (target := journal.execution(address.run, address.n)).status != "ok":
        raise _no_target(target)
    search = _Search(
        journal_folder,
        journal,
        address,
        explained(journal, address),
        progress or (lambda sentence: None),
        within_s,
        most_runs,
        lifts,
    )
    return search.proven()


def as_handed_over(
    proven: Proven, journal_folder: Path, *, progress: Callable[[str], None] | None = None, within_s: float | None = None
) -> Proven:
    """What was proven, run once more in a folder that holds its inputs and nothing else; what that came to counts."""
    say = progress or (lambda sentence: None)
    attempt = proven.attempt
    say("running it as it is handed over, with its inputs beside it")
    begin = time.monotonic()
    layout = handed_over(attempt.record, attempt.found)
    answer = again(
        _recorded(attempt.record, layout.found, layout),
        journal_folder,
        progress=say,
        within_s=within_s or time_limit(step.execution for step in attempt.record.steps),
    )
    return replace(
        proven,
        attempt=replace(attempt, answer=answer),
        attempts=proven.attempts + 1,
        seconds=proven.seconds + time.monotonic() - begin,
    )


def missing_secrets(found: Clean) -> list[str]:
    """Variables that stand for secrets which were not recorded, and that nobody has set."""
    return [name for name in found.variables if name not in os.environ]


def _recorded(record: Record, found: Clean, layout: HandedOver | None = None) -> Recorded:
    """The cells of the export as a replay takes them: in their order, counted from one, their values on top."""
    steps = [step for step, _ in found.cells]
    sent = [replace(step.execution, source=source, execution_count=None) for step, source in found.cells]
    top = replace(steps[0].execution, n=0, source=parameters_cell(found.parameters), execution_count=None, status="ok")
    before = [top, *(replace(top, source=source) for source in (found.before, found.imports) if source)]
    done = tuple(Done(step.execution, step.outputs, step.written, step.metrics) for step in steps)
    return to_run(record, steps, layout, done=done, sent=(*before, *sent), judged=record.address.n)


def to_run(
    record: Record,
    steps: Sequence[RecordStep],
    layout: HandedOver | None,
    *,
    done: tuple[Done, ...],
    sent: tuple[Execution, ...],
    judged: int | None,
) -> Recorded:
    """What a replay is given to prove an export: what is `sent`, with what the steps read, and what is to come of it (`done`)."""
    read = tuple(use for step in steps for use in step.read)
    return Recorded(
        address=str(record.address),
        run=record.run,
        done=done,
        read=read if layout is None else layout.read(read),
        environment=record.environment,
        used=record.used,
        blob=record.blob,
        content=on_disk,
        brings=None if layout is None else layout.brings,
        own=layout is not None,
        sent=sent,
        judged=judged,
    )


def _executed_again(attempt: Attempt) -> set[int]:
    """Executions whose cell was executed again later: they changed what they found, but mostly to the same end."""
    later: set[str] = set()
    again: set[int] = set()
    for step, _ in reversed(attempt.found.cells):
        same = {f"cell {step.execution.cell_id}" if step.execution.cell_id else "", f"code {step.execution.source}"} - {""}
        if same & later:
            again.add(step.n)
        later |= same
    return again


def _differs(attempt: Attempt) -> str:
    said = " ".join(str(attempt.difference.get("replayed", "")).split())
    return f"the result differs ({said[:60]})" if said else "the result differs"


def _tells(attempt: Attempt) -> bool:
    """Whether the result says enough of itself that leaving something out would show."""
    last = attempt.record.steps[-1]
    return bool(attempt.answer["metrics"] or attempt.answer["files"] or last.outputs)


def time_limit(executions: Iterable[Execution]) -> float:
    """How many seconds one run of them may take."""
    recorded = sum(map(_seconds_of, executions))
    return max(_ONE_AT_LEAST_S, _TIMES_AS_LONG * recorded)


def _seconds_of(execution: Execution) -> float:
    return execution.duration_s or 0.0


def _no_target(execution: Execution) -> LabjournalError:
    ended = {"failed": "failed", "interrupted": "was interrupted", "running": "has not ended"}.get(
        execution.status, "never ended"
    )
    if execution.status == "ok":
        return ReplayFailed(f"{execution.address} holds nothing that can be run.", "Choose another execution.")
    return ReplayFailed(
        f"{execution.address} {ended}, so there is no result to verify.",
        "Choose an execution that ended well, or leave --verify out.",
    )
