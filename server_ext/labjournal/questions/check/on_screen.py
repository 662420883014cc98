"""What a notebook shows against what it would show, run from top to bottom: cells edited since they ran, or run in another order.

For every name that a cell uses there are two stories: which cells gave and changed it before the cell ran, as far as the journal (else
`In [ ]`) tells, and which would from top to bottom. Where they differ, so may what is on screen. Only changes that certainly happen
count, so that a cell that was merely looked at raises no alarm.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from labjournal.journal.reader import Journal
from labjournal.journal.rows import Execution, FileUse
from labjournal.questions.check.from_top import Trouble, asks_for
from labjournal.questions.check.notebook_on_disk import Cell, NotebookOnDisk
from labjournal.questions.reading import read
from labjournal.questions.recipe.calling import Function, told
from labjournal.questions.recipe.traces import GIVEN
from labjournal.recorders.redaction import redact

__all__ = ["Screen", "edited", "failed", "out_of_order", "ran_again", "screen"]

_MOST_VERSIONS = 50


@dataclass(frozen=True)
class _Moment:
    """One execution that counts: of which cell (None: one that is gone), with which code."""

    cell: Cell | None
    source: str
    said: str
    order: int


@dataclass(frozen=True)
class Screen:
    """What is known of how the cells ran."""

    latest: Mapping[int, Execution]
    """Position of a cell → its latest execution."""
    runs: Mapping[str, tuple[Execution, ...]]
    """The runs in which these happened, whole."""

    @property
    def known(self) -> bool:
        return bool(self.latest)

    def gone(self, notebook: NotebookOnDisk) -> dict[str, str]:
        """Name → words that say which execution of a cell that is gone bound it."""
        cells = {cell.id: cell for cell in notebook.cells if cell.id is not None}
        found: dict[str, str] = {}
        for executions in self.runs.values():
            for execution in executions:
                if execution.status != "ok":
                    continue
                bound = read(execution.source).definite
                cell = cells.get(execution.cell_id or "")
                if cell is None:
                    words = f" any more; {execution.address} did (`{_first_line(execution.source)}`), a cell that is gone"
                    found.update(dict.fromkeys(bound, words))
                elif not bound <= (now := read(cell.source).definite):
                    found.update(dict.fromkeys(bound - now, f" any more; cell {cell.position} did, before it was edited"))
        return found

    def inputs(self, journal: Journal, cell: Cell) -> list[FileUse]:
        """Files that the cell's latest execution read."""
        execution = self.latest.get(cell.position)
        if execution is None:
            return []
        return [use for use in journal.usages(execution.run, execution.n) if not (use.package or use.added_to)]


def screen(journal: Journal | None, notebook: NotebookOnDisk) -> Screen:
    """What the journal knows of the notebook's cells; replays are not what is on screen."""
    if journal is None:
        return Screen({}, {})
    of_its_own = {run.run for run in journal.runs(notebook=str(notebook.path)) if not run.replay_of}
    latest: dict[int, Execution] = {}
    for cell in notebook.cells if of_its_own else ():
        if cell.id is not None:
            versions = journal.versions(str(notebook.path), cell.id, limit=_MOST_VERSIONS)
            found = next((one for one in versions if one.run in of_its_own and one.status != "running"), None)
            if found is not None:
                latest[cell.position] = found
    runs = {run: tuple(journal.executions(run)) for run in {execution.run for execution in latest.values()}}
    return Screen(latest, runs)


def edited(notebook: NotebookOnDisk, known: Screen) -> Iterator[Trouble]:
    """Cells whose code is not the code that ran last."""
    for cell in notebook.cells:
        execution = known.latest.get(cell.position)
        if execution is not None and not execution.off and _is_other(execution, cell):
            yield Trouble(
                cell,
                "edited since it ran",
                f"Its code is not what ran last ({execution.address}, `{_first_line(execution.source)}`).",
            )


def failed(notebook: NotebookOnDisk, known: Screen) -> Iterator[Trouble]:
    """Cells that failed when they ran last, though the file does not show it."""
    for cell in notebook.cells:
        execution = known.latest.get(cell.position)
        if (
            execution is not None
            and execution.status == "failed"
            and not (cell.error or cell.may_fail or _is_other(execution, cell))
        ):
            said = f"{execution.error_name}: {execution.error_value}".strip(": ")[:200]
            yield Trouble(cell, "failed", f"It failed when it ran last ({said}); running all would stop here, if it still fails.")


def out_of_order(notebook: NotebookOnDisk, known: Screen) -> Iterator[Trouble]:
    """Cells that would find a name in another state, run from top to bottom."""
    cells = notebook.cells
    functions: dict[str, Function] = {}
    modules = {name for cell in cells for name in read(cell.source).imported}
    from_counts = _by_counts(cells) if not known.known else []
    for place, cell in enumerate(cells):
        functions.update((one.names[0], one) for one in told(cell.source).functions if len(one.names) == 1)
        before = _before(cell, known, cells) if known.known else _counted_before(cell, from_counts)
        if before is None:
            continue
        above = [_Moment(one, one.source, "", 0) for one in cells[:place]]
        told_of: dict[tuple[str, str], list[str]] = {}
        for name in sorted(asks_for(cell.source, functions) - GIVEN - modules):
            difference = _apart(name, cell, _story(name, before), _story(name, above), known, from_counts)
            if difference is not None:
                told_of.setdefault(difference, []).append(name)
        for (what, why), names in told_of.items():
            yield Trouble(cell, what, why.replace("NAMES", _listed(names)))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names[:5]) + (" and others" if len(names) > 5 else "")


def ran_again(notebook: NotebookOnDisk, known: Screen) -> Iterator[Trouble]:
    """Cells of which what they used is no longer so: the cell above that gave it ran again since, with other code or of other values."""
    places = {cell.id: cell for cell in notebook.cells if cell.id is not None}
    for executions in known.runs.values():
        states, used = _states(executions)
        ran_last = {one.cell_id: one for one in executions if one.status == "ok"}
        for cell in notebook.cells:
            latest = known.latest.get(cell.position)
            if latest is None or latest.n not in used or latest.run != executions[0].run or _is_other(latest, cell):
                continue
            told_of: dict[int, list[str]] = {}
            for name, by in used[latest.n].items():
                giver = places.get(by.cell_id or "")
                again = ran_last.get(by.cell_id)
                if giver is None or again is None or giver.position >= cell.position or again.n <= latest.n:
                    continue
                if states[again.n] != states[by.n] and name in read(again.source).definite:
                    told_of.setdefault(giver.position, []).append(name)
            for position, names in told_of.items():
                yield Trouble(cell, "stale", f"Cell {position} above it sets {_listed(names)} and ran again since, changed.")


def _states(executions: Sequence[Execution]) -> tuple[dict[int, int], dict[int, dict[str, Execution]]]:
    """Of each execution what it came of (its code and, followed back, that of all it used), and who had given the names that it used."""
    came_of: dict[int, int] = {}
    used: dict[int, dict[str, Execution]] = {}
    now: dict[str, tuple[int, Execution]] = {}
    functions: dict[str, Function] = {}
    for one in executions:
        if one.status != "ok":
            continue
        reading, text = read(one.source), told(one.source)
        functions.update((function.names[0], function) for function in text.functions if len(function.names) == 1)
        asked = {name: now[name] for name in sorted(asks_for(one.source, functions)) if name in now}
        came_of[one.n] = hash((tuple(_lines(one.source)), tuple((name, state) for name, (state, _) in asked.items())))
        used[one.n] = {name: by for name, (_, by) in asked.items()}
        for name in reading.definite | (frozenset(text.surely) & now.keys()):
            fresh = name in reading.definite and name not in reading.free
            now[name] = (came_of[one.n] if fresh else hash((now.get(name, (0,))[0], came_of[one.n])), one)
    return came_of, used


def _before(cell: Cell, known: Screen, cells: Sequence[Cell]) -> list[_Moment] | None:
    """The executions before the cell's latest one, in its run."""
    latest = known.latest.get(cell.position)
    if latest is None or latest.status != "ok" or _is_other(latest, cell):
        return None
    by_id = {one.id: one for one in cells if one.id is not None}
    return [
        _Moment(by_id.get(one.cell_id or ""), one.source, f"{one.address}, `{_first_line(one.source)}`", one.n)
        for one in known.runs[latest.run]
        if one.n < latest.n and one.status == "ok"
    ]


def _by_counts(cells: Sequence[Cell]) -> list[_Moment]:
    """The cells in the order of `In [ ]`; nothing where the counts are of several kernels."""
    counts = [cell.count for cell in cells if cell.count is not None]
    if len(counts) != len(set(counts)):
        return []
    return sorted(
        (_Moment(cell, cell.source, "", cell.count) for cell in cells if cell.count is not None and not cell.error),
        key=lambda one: one.order,
    )


def _counted_before(cell: Cell, moments: Sequence[_Moment]) -> list[_Moment] | None:
    if cell.count is None or not moments:
        return None
    return [moment for moment in moments if moment.order < cell.count]


def _story(name: str, moments: Sequence[_Moment]) -> list[_Moment]:
    """Who gave the name its value and changed it since, the last one last."""
    found: list[_Moment] = []
    for moment in reversed(moments):
        reading, text = read(moment.source), told(moment.source)
        gives = name in reading.definite
        if gives or name in text.surely:
            found.append(moment)
        if gives and name not in reading.free:
            break
    return found[::-1]


def _apart(
    name: str, cell: Cell, was: Sequence[_Moment], would: Sequence[_Moment], known: Screen, counted: Sequence[_Moment]
) -> tuple[str, str] | None:
    """In which way the two stories of a name differ, as (what, why); None where they are the same, or where nobody tells it at all."""
    places = [moment.cell.position if moment.cell else 0 for moment in was]
    other = [moment.cell.position for moment in would if moment.cell]
    if places == other or not was:
        return None
    gone = next((moment for moment in reversed(was) if moment.cell is None), None)
    if gone is not None and other:
        return (
            "from a cell that is gone",
            f"What it shows came about with NAMES from a cell that is gone ({gone.said}); now cell {other[-1]} gives it.",
        )
    if gone is not None:
        return None  # that nobody defines it is said already
    below = [place for place in places if place > cell.position]
    if below and other:
        return "ran out of order", f"NAMES came from cell {below[-1]}, below it; from top to bottom cell {other[-1]} gives it."
    if below:
        return None  # said already: only a later cell defines it
    if set(places) == set(other) and len(places) > len(other):
        again = max(set(places), key=places.count)
        return "ran several times", f"NAMES was changed by cell {again}, which had run {places.count(again)} times before."
    if not other:
        return None  # nobody defines it any more: that is said already
    newer = [place for place in other if place not in places]
    if newer:
        ran = any(moment.cell and moment.cell.position == newer[-1] for moment in counted) or newer[-1] in known.latest
        since = "ran after it" if ran else "has not run"
        return ("stale" if ran else "stands behind one that has not run"), f"Cell {newer[-1]} above it sets NAMES and {since}."
    return (
        "ran out of order",
        f"The cells that set NAMES (cells {', '.join(map(str, dict.fromkeys(places)))}) ran in another order than they stand.",
    )


def _is_other(execution: Execution, cell: Cell) -> bool:
    """Whether the cell holds other code than what was executed; a secret that was masked is no difference."""
    if _same(execution.source, cell.source):
        return False
    return not (execution.redactions and _same(execution.source, redact(cell.source, code=True, budget_s=1.0).text))


def _same(one: str, other: str) -> bool:
    return _lines(one) == _lines(other)


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]


def _first_line(source: str) -> str:
    line = next(iter(_meaningful(source)), "").strip()
    return line if len(line) <= 50 else f"{line[:50]}…"


def _meaningful(source: str) -> Iterable[str]:
    return (line for line in source.split("\n") if line.strip() and not line.lstrip().startswith("#"))
