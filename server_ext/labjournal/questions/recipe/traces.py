"""What every execution of a run did, as far as a recipe asks: from the recorded rows, refined by the text of the cell (`reading`).

Beside the executions one by one, three things that show only over the whole run: which names may stand for the same object, which
are drawn upon, and what may change when a function of the notebook is called.
"""

from __future__ import annotations

import builtins
import re
from collections import defaultdict
from collections.abc import Set
from dataclasses import dataclass

from labjournal.journal.reader import Journal
from labjournal.journal.rows import Execution, FileUse, Output
from labjournal.questions.reading import Reading
from labjournal.questions.recipe.calling import Text
from labjournal.questions.recipe.failing import halfway
from labjournal.questions.recipe.habits import Habits
from labjournal.questions.recipe.known import Known
from labjournal.questions.recipe.magics import only_looks, runs_among_names, unknown_magics
from labjournal.questions.sql import tables
from labjournal.recorders.code import names_in

__all__ = ["GIVEN", "Trace", "changes", "drawings", "groups", "traces"]

_IPYTHONS = frozenset("get_ipython display In Out exit quit _ __ ___ __file__ __builtins__".split())
GIVEN = frozenset(dir(builtins)) | _IPYTHONS
"""Names that are there without anybody binding them."""
_WORD = re.compile(r"[^\W\d]\w*")
_HIDES = re.compile(
    r"\b(?:exec|eval|execfile|globals|locals|vars|__import__|get_ipython)\s*\(|^[ \t]*(?:[\w, ]+=[ \t]*)?[!%]", re.MULTILINE
)
_GENERATORS = {"random": "python"}
_WHOLE = frozenset(("random", "numpy"))
"""Generators of which one state is all there is: torch has others on every card."""
_HIDDEN_CALLS = re.compile(r"\b(?:exec|eval|execfile|globals|locals|vars|__import__|get_ipython)\s*\(")


@dataclass
class Trace:
    """What one execution did, from its recorded rows and its text."""

    execution: Execution
    reading: Reading
    bound: set[str]
    used: set[str]
    mutated: set[str]
    opaque: bool
    reads: dict[str, set[str | None]]
    writes: dict[str, set[str | None]]
    text: Text
    added_to: frozenset[str] = frozenset()
    """Files among `reads` of which nothing was read: what stood there matters to who needs the file."""
    drew: frozenset[str] = frozenset()
    """Generators of the process whose state was seen to be another after the execution."""
    seeded: frozenset[str] = frozenset()
    watched: frozenset[str] = frozenset()
    """Generators whose state was read before and after it: those it is not said to have drawn from, it did not."""

    @property
    def ok(self) -> bool:
        return self.execution.status == "ok"

    @property
    def shells(self) -> bool:
        """Whether it holds lines of the shell that only look."""
        return only_looks(self.execution.source)

    @property
    def only_star(self) -> bool:
        """Whether all that cannot be followed is which names a star import binds."""
        return self.text.star and not _HIDES.search(self.execution.source)


def traces(journal: Journal, run: str, executions: list[Execution], texts: Known) -> list[Trace]:
    """What each of these executions of the run did."""
    roles: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for n, role, name in journal.roles(run, max((one.n for one in executions), default=0)):
        roles[n][role].add(name)
    generations = journal.generations(run)
    usages = journal.usages(run)
    reads, writes = _by_path(usages), _by_path(generations)
    added_to = _added_to(usages)
    for moved in generations:
        if moved.moved and not moved.deleted:  # who renames a file needs whoever wrote it
            reads[moved.n][moved.moved].add(moved.sha256)
    _add_tables(journal, run, reads, writes)
    drew, seeded = _chances(journal, run)
    watched = _watched(journal, run)
    errors = {output.n: output for output in journal.errors(run)} if any(one.status != "ok" for one in executions) else {}
    answer = []
    for execution in executions:
        if execution.status != "ok":
            answer.append(_half(execution, errors.get(execution.n), roles.get(execution.n, {}), reads, writes, texts))
            continue
        (reading, text), known = texts.of(execution.source), roles.get(execution.n, {})
        # Code with names of which none was recorded: the recorder saw nothing, so anything may have happened.
        unseen = not known and bool(reading.free - GIVEN or reading.definite) and not execution.off
        answer.append(
            Trace(
                execution,
                reading,
                bound=known.get("bound", set()) | reading.definite,
                used=set(reading.free) if reading.parsed or unseen else known.get("used", set()) | known.get("mutated", set()),
                mutated=known.get("mutated", set()),
                opaque=("opaque" in known or unseen or not reading.parsed)
                and not _only_shows(execution.source, writes.get(execution.n)),
                reads=reads.get(execution.n, {}),
                writes=writes.get(execution.n, {}),
                text=text,
                added_to=added_to.get(execution.n, frozenset()),
                drew=drew.get(execution.n, frozenset()),
                seeded=seeded.get(execution.n, frozenset()),
                watched=next((names for n, names in watched if n <= execution.n), frozenset()),
            )
        )
    bound = {name for seen in answer for name in seen.bound}
    for seen in answer:
        if seen.opaque:  # `eval('a')`, `!train.py {rate}`: every word may be a name
            seen.used |= bound & set(_WORD.findall(seen.execution.source))
            if runs_among_names(seen.execution.source):
                seen.used |= bound
    return answer


def _half(
    execution: Execution,
    error: Output | None,
    known: dict[str, set[str]],
    reads: dict[int, dict[str, set[str | None]]],
    writes: dict[int, dict[str, set[str | None]]],
    texts: Known,
) -> Trace:
    """What a cell did that did not end well: what stands before the error, and perhaps a part of the statement that it is in."""
    found = halfway(execution, [error] if error else [])
    reading, text = texts.of(found.ran)
    bound = set(names_in(found.ran).bound)
    if found.broken == execution.source:  # nobody knows how far it came
        bound |= known.get("bound", set())
    words = set(_WORD.findall(found.ran))
    return Trace(
        execution,
        reading,
        bound=bound,
        used=set(reading.free) if reading.parsed else known.get("used", set()) & words,
        mutated=known.get("mutated", set()) & words,
        opaque="opaque" in known and bool(found.ran) and not _only_shows(found.ran, writes.get(execution.n)),
        reads=reads.get(execution.n, {}),
        writes=writes.get(execution.n, {}),
        text=text,
    )


def _chances(journal: Journal, run: str) -> tuple[dict[int, frozenset[str]], dict[int, frozenset[str]]]:
    """Number of an execution → generators that it was seen to draw from, and to seed."""
    told: dict[str, dict[int, frozenset[str]]] = {"drawn": {}, "seeded": {}}
    for seen in journal.randomness(run):
        for what, found in told.items():
            names = frozenset(_GENERATORS.get(name, name) for name, facts in seen.generators.items() if facts.get(what))
            found[seen.n] = found.get(seen.n, frozenset()) | names
    return told["drawn"], told["seeded"]


def _watched(journal: Journal, run: str) -> list[tuple[int, frozenset[str]]]:
    """(number, generators) from each execution at which others began to be watched, the latest first; without those that a card may hold."""
    return [
        (n, frozenset(_GENERATORS.get(str(name), str(name)) for name in names if name in _WHOLE))
        for n, names in reversed(journal.facets_named(run, "watched_generators"))
        if isinstance(names, list)
    ]


def _only_shows(source: str, writes: dict[str, set[str | None]] | None) -> bool:
    """Whether what cannot be followed are shell lines that only look."""
    return not writes and only_looks(source) and not unknown_magics(source) and not _HIDDEN_CALLS.search(source)


def _add_tables(
    journal: Journal, run: str, reads: dict[int, dict[str, set[str | None]]], writes: dict[int, dict[str, set[str | None]]]
) -> None:
    """Tables of databases are like files, of unknown content."""
    for query in journal.queries(run):
        touched = tables(query.statement, query.dialect)
        for table in touched.reads:
            reads[query.n][f"{query.database}#{table}"].add(None)
        for table in touched.writes:
            writes[query.n][f"{query.database}#{table}"].add(None)


def _by_path(uses: list[FileUse]) -> dict[int, dict[str, set[str | None]]]:
    answer: dict[int, dict[str, set[str | None]]] = defaultdict(lambda: defaultdict(set))
    for use in uses:
        if not use.package:
            answer[use.n][use.path].add(use.sha256)
    return answer


def _added_to(usages: list[FileUse]) -> dict[int, frozenset[str]]:
    """Execution → files that it added to and did not read."""
    paths: dict[int, set[str]] = defaultdict(set)
    for use in usages:
        if use.added_to:
            paths[use.n].add(use.path)
    for use in usages if paths else ():
        if not use.added_to and use.n in paths:
            paths[use.n].discard(use.path)
    return {n: frozenset(found) for n, found in paths.items()}


def drawings(executions: list[Trace]) -> set[str]:
    """Names of figures, axes and what was taken from them."""
    found: set[str] = set()
    for seen in executions:
        found |= seen.reading.drawings
        found |= {name for name, origin in seen.reading.same if origin in found}
    return found


def changes(executions: list[Trace], habits: Habits) -> dict[str, set[str]]:
    """Name → what may change when it is called: functions, and objects of classes, that change names of the notebook."""
    found: dict[str, set[str]] = defaultdict(set)
    for seen in executions:
        inside = (seen.mutated & seen.reading.late) | seen.reading.late_bound
        if inside:
            for name in seen.reading.defined | (seen.bound if seen.reading.lambdas else set()):
                found[name] |= inside
        for name, origin in (*seen.reading.same, *seen.reading.made):
            if origin in found:
                found[name] |= found[origin]
    for name, decorator in habits.decorated():
        if decorator in found:
            found[name] |= found[decorator]
    for name in {name for seen in executions for name in seen.reading.defined}:
        for other in habits.called_by(name):
            if other in found:
                found[name] |= found[other]
    return found


def groups(executions: list[Trace], habits: Habits, apart: Set[str]) -> dict[str, set[str]]:
    """Name → names that may stand for the same object; what is `apart` (modules, functions, classes) ties nothing together."""
    groups: dict[str, set[str]] = {}
    for seen in executions:
        handed_out = [frozenset((name, *given)) for name, called in seen.text.made if (given := habits.given(called))]
        for alias in (*seen.reading.aliases, *seen.text.stored, *handed_out):
            joined: set[str] = set()
            for name in alias - apart:
                joined |= groups.get(name, {name})
            for name in joined:
                groups[name] = joined
    return groups
