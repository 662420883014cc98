"""Which it was: names the cause of a difference, and says how that was established.

What an error says is certain. Else the replay is executed a second time (`second`): where it differs from itself, it is not
deterministic, and what was recorded of draws, of the clock and of other machines says why; where it does not, chance is ruled out, and
what differs in data, modules and packages between the record and the replay is what remains (`questions.difference`). Certain is what
an error names, what executing showed with one explanation alone, and a changed content beside which nothing else is another; that it is the
environment is certain where it comes out as recorded in the recorded one, which is tried if that was made again before and lies in the cache.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from labjournal.errors import LabjournalError
from labjournal.journal.addresses import resolve
from labjournal.journal.reader import Journal
from labjournal.journal.rows import Address, Execution
from labjournal.questions.difference.answers import Cause, WhatChanged
from labjournal.questions.difference.behind import Behind
from labjournal.questions.difference.diff import diff
from labjournal.questions.difference.sides import Side
from labjournal.replay.answers import CausePart, ReplayAnswer, SecondPart
from labjournal.replay.comparing.compare import Difference
from labjournal.replay.rebuilding.surroundings import RECORDED, at_hand
from labjournal.replay.recorded import Recorded
from labjournal.replay.verdicts.causes import Reason, chances
from labjournal.replay.verdicts.second import Executing, Second, as_recorded, second_time
from labjournal.replay.verdicts.unshown import parted_before
from labjournal.replay.verdicts.verdict import Again, reasons_for

__all__ = ["with_cause"]

_MOST = 5
_LEAST = 0.1
_DATA, _MODULE, _MASKED, _NETWORK, _LEFT_OUT, _CLOCK = 0.9, 0.88, 0.5, 0.4, 0.45, 0.35
_NAMES = {
    "random": "Python's generator",
    "numpy": "numpy's global generator",
    "torch": "torch's generator",
    "generator": "a generator of its own",
}
_SHOWN = 60
_NOT_INSTALLED = re.compile(r"The module ([\w.]+) is not installed here")


class _Found(NamedTuple):
    weight: float
    kind: str
    sentence: str


def with_cause(
    answer: ReplayAnswer,
    recorded: Recorded,
    again: Again,
    journal_folder: Path,
    executing: Executing | None,
    say: Callable[[str], None],
    tolerance: float = 0.0,
) -> ReplayAnswer:
    """The answer with its cause, where it differs; `executing` executes a second time, where that is wanted and tells something."""
    difference = answer["first_difference"]
    if difference is None:
        return answer
    with Journal.open(journal_folder) as journal:
        again = replace(again, journal=journal)  # its own is closed
        n = int(difference["n"])
        apart = Difference(difference["what"], difference["recorded"], difference["replayed"])
        reasons = reasons_for(recorded, again, n, apart)
        second: Second | None = None
        if executing is not None and not (again.changed or again.executed.died or any(reason.certain for reason in reasons)):
            second = second_time(recorded, again, n, executing, say, tolerance)
        before = parted_before(recorded, again, n)
        causes = _established(recorded, again, n, reasons, second)
        if executing is not None and second is not None and second.same and _may_be_environment(causes, recorded, again):
            causes = _with_environment(causes, as_recorded(recorded, again, n, executing, say, tolerance), n)
    return {
        **answer,
        "cause": causes[0],
        "causes": causes,
        "second": _second_part(second) if second else None,
        "first_difference": {**difference, "before": before, "causes": [cause["sentence"] for cause in causes]},
    }


def _established(recorded: Recorded, again: Again, n: int, reasons: list[Reason], second: Second | None) -> list[CausePart]:
    """What it was, then what else it may have been."""
    if again.changed:
        return [_part("parameters", again.changed, "It was asked for.", True)]
    told = [reason for reason in reasons if reason.certain]
    if told:
        found = [_own_module(reason, recorded, again.journal) or reason for reason in told]
        return [_part(reason.kind, reason.sentence, f"By the error in execution {n}.", True) for reason in found]
    if again.executed.died and again.plan.steps[len(again.executed.messages) - 1].n <= n:
        said = f"The kernel died in execution {n}, in a library or for want of memory."
        return [_part("unknown", said, "By what became of the kernel; its code said nothing.", False)]
    behind = _behind(recorded, again.journal, n)
    if second is not None and second.same is False:
        return _by_itself(recorded, again, behind, second)
    return _from_outside(recorded, again, n, reasons, behind, second)


def _own_module(reason: Reason, recorded: Recorded, journal: Journal) -> Reason | None:
    """What is missing, where the module that cannot be imported is one of the user's own."""
    found = _NOT_INSTALLED.match(reason.sentence)
    if found is None or recorded.brings is not None:
        return None
    paths = {each.name.partition(".")[0]: each.path for each in journal.modules(recorded.run.run)}
    path = paths.get(found[1].partition(".")[0])
    return None if path is None else Reason("missing file", f"The module {found[1]} of one's own is not there: {path}.", True)


def _may_be_environment(causes: list[CausePart], recorded: Recorded, again: Again) -> bool:
    """Whether executing in the recorded environment would tell something, and nothing has to be installed for it."""
    asked = again.around.which == RECORDED
    return not asked and any(cause["kind"] == "environment" for cause in causes) and at_hand(recorded)


def _with_environment(causes: list[CausePart], same: bool | None, n: int) -> list[CausePart]:
    """What executing in the recorded environment showed."""
    if same is None:
        return causes
    ours = [cause for cause in causes if cause["kind"] == "environment"]
    others = [cause for cause in causes if cause["kind"] != "environment"]
    if same:
        how = f"Executed twice here, it came out the same both times; in the recorded environment execution {n} came out as recorded."
        return [_part(each["kind"], each["sentence"], how, True) for each in ours] + others
    how = "In the recorded environment it differs as well, so packages are not why."
    if others:
        return [{**each, "established": f"{each['established']} {how}"} for each in others]
    return [_part("unknown", "Nothing that was recorded explains it.", how, False)]


def _second_part(second: Second) -> SecondPart:
    return {"replay": second.run, "same": second.same, "limit_s": second.limit_s, "reason": second.reason}


def _part(kind: str, sentence: str, how: str, certain: bool) -> CausePart:
    return {"kind": kind, "sentence": sentence, "established": how, "surety": "certain" if certain else "probable"}


def _behind(recorded: Recorded, journal: Journal, n: int) -> list[Execution]:
    """The executions on which the one that differs depends, itself last; where that is not known, all before it."""
    upto = [execution for execution in recorded.executions if execution.n <= n]
    if recorded.brings is not None:
        return upto
    numbers = Behind(journal, Side.of(journal, Address(recorded.run.run, n))).closure({n})
    return [execution for execution in upto if execution.n in numbers]


# what differs from itself


def _by_itself(recorded: Recorded, again: Again, behind: list[Execution], second: Second) -> list[CausePart]:
    how = (
        f"Executed twice in the same way, it differed from itself: execution {second.n} gave "
        f"{_short(second.values[0])}, then {_short(second.values[1])}."
    )
    found = list(dict.fromkeys(_chances(recorded, again, behind, second)))
    if not found:
        said = "It is not deterministic; nothing that was recorded says by what."
        return [_part("randomness", said, how, False)]
    certain = len({reason.kind for reason in found}) == 1
    return [_part(reason.kind, reason.sentence, how, certain) for reason in found[:_MOST]]


def _chances(recorded: Recorded, again: Again, behind: list[Execution], second: Second) -> Iterator[Reason]:
    """Why it may come out differently by itself: what each of both replays got from elsewhere, what was drawn, what the code says."""
    journal, numbers = again.journal, {execution.n for execution in behind}
    contents = [{each.url: each.sha256 for each in journal.remotes(run) if each.sha256} for run in (again.run.run, second.run)]
    for url in contents[0].keys() & contents[1].keys():
        if contents[0][url] != contents[1][url]:
            yield Reason("network", f"{url} gave another content each time.")
    upto = [execution for execution in recorded.executions if execution.n <= (behind[-1].n if behind else 0)]
    draws = list(_unseeded(again, numbers))
    said = [reason for reason in chances(upto, behind, numbers) if reason.kind in ("randomness", "time", "network")]
    drawn = [reason for reason in said if reason.kind == "randomness"]
    yield from drawn or draws
    yield from (reason for reason in said if reason.kind == "time")
    if not drawn and not draws:
        yield from (reason for reason in said if reason.kind == "network")


def _unseeded(again: Again, numbers: set[int]) -> Iterator[Reason]:
    """Draws that the replay recorded and that nothing had seeded."""
    here = {done.execution.n: n for n, done in again.by_number().items()}
    for row in again.journal.randomness(again.run.run):
        n = here.get(row.n)
        if n in numbers and row.unseeded:
            of = " and ".join(_NAMES.get(name, name) for name in row.unseeded)
            yield Reason(
                "randomness", f"Numbers drawn from {of} in execution {n} are not seeded, so they differ from run to run."
            )


# what is the same each time


def _from_outside(
    recorded: Recorded, again: Again, n: int, reasons: list[Reason], behind: list[Execution], second: Second | None
) -> list[CausePart]:
    ruled_out = second is not None and second.same is True
    found = sorted(
        {each.sentence: each for each in _candidates(recorded, again, n, reasons, behind, ruled_out)}.values(),
        key=lambda each: -each.weight,
    )
    if not found:
        said = "Nothing that was recorded explains it."
        if recorded.run.run != recorded.address:
            said += f" It may need an execution that is not in its recipe: `labjournal replay {recorded.run.run}` executes all."
        return [_part("unknown", said, _how(second, alone=False), False)]
    alone = len({each.kind for each in found}) == 1
    sure = ruled_out and alone and found[0].weight >= _MODULE
    return [_part(each.kind, each.sentence, _how(second, alone), sure) for each in found[:_MOST]]


def _how(second: Second | None, alone: bool) -> str:
    if second is None:
        return "By what was recorded; it was not executed a second time."
    if second.same is None:
        return f"By what was recorded; whether it differs from itself is not known: {second.reason}."
    rest = "; nothing else that was recorded is another" if alone else ""
    return f"Executed twice, it came out the same both times, so it is not chance{rest}."


def _candidates(
    recorded: Recorded, again: Again, n: int, reasons: list[Reason], behind: list[Execution], ruled_out: bool
) -> Iterator[_Found]:
    """What is not as it was recorded, and may be why."""
    missing = [one for one in again.inputs if one.state == "missing" and one.use.n <= n]
    for one in missing[:3]:
        yield _Found(0.95, "missing file", f"The input {one.use.path} is gone and its content is not kept.")
    for reason in reasons:
        if reason.kind == "data":
            yield _Found(_DATA, "data", reason.sentence)
        elif not ruled_out and reason.kind in ("randomness", "time"):
            yield _Found(0.7, reason.kind, reason.sentence)
        elif reason.kind in ("replay", "network"):
            yield _Found(_NETWORK, reason.kind, reason.sentence)
    changes = _changes(recorded, again, n)
    known = [*_known(changes["causes"])] if changes else []
    yield from known
    if not any(each.kind == "environment" for each in known) and (changes is None or changes["environment"]):
        for reason in reasons:
            if reason.kind == "environment":
                yield _Found(_LEAST if changes else 0.5, "environment", reason.sentence)
    masked = [execution.n for execution in behind if execution.redactions]
    if masked:
        yield _Found(_MASKED, "code", f"A secret in execution {masked[0]} was not recorded; the replay had a placeholder for it.")
    left = [each for each in again.plan.left_out if each <= n]
    if left:
        yield _Found(_LEFT_OUT, "order", f"Execution {left[-1]} was left out, and what it did may be missing.")
    if ruled_out:
        clock = next((reason for reason in chances(behind, behind) if reason.kind == "time"), None)
        if clock is not None:
            yield _Found(_CLOCK, "time", f"{clock.sentence} Today it tells another day or hour than then.")


def _changes(recorded: Recorded, again: Again, n: int) -> WhatChanged | None:
    """What `diff` finds between the record and the replay; None where the record stands in no journal here."""
    if recorded.brings is not None:
        return None
    last = again.by_number().get(n)
    if last is None:
        return None
    try:
        return diff(again.journal, resolve(again.journal, f"{recorded.run.run}/{n}"), last.execution.address)
    except LabjournalError:
        return None


def _known(causes: Iterable[Cause]) -> Iterator[_Found]:
    """Causes with evidence that is no chance: modules, tables and addresses, packages, states of generators."""
    for cause in causes:
        kinds = {fact["what"] for fact in cause["evidence"]}
        if cause["weight"] < _LEAST:
            continue
        sentence = f"{cause['sentence'][:1].upper()}{cause['sentence'][1:].rstrip('.')}."
        if cause["kind"] == "environment":
            yield _Found(cause["weight"], "environment", f"The environment differs: {cause['sentence']}.")
        elif cause["kind"] == "data" and kinds & {"remote", "table"}:
            yield _Found(cause["weight"], "network" if "remote" in kinds else "data", sentence)
        elif cause["kind"] == "code" and "module" in kinds:
            yield _Found(cause["weight"], "code", sentence)
        elif cause["kind"] == "randomness" and "stood elsewhere" in cause["sentence"]:
            yield _Found(cause["weight"], "randomness", sentence)


def _short(value: str) -> str:
    text = " ".join(value.split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
