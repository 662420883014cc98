"""What differs in the code of two runs: cell by cell, by syntax tree, so that comments and layout are no change."""

from __future__ import annotations

import ast
import difflib
import warnings
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from labjournal.journal.rows import Execution
from labjournal.questions.origin.answers import CodeChange
from labjournal.questions.reading import without_magics

__all__ = ["Pair", "code_changes", "meaning", "partners"]

_ALIKE = 0.6
_MOST_COMPARED = 60
"""Cells without a partner of the same id or meaning that are compared with each other by their text."""

Pair = tuple[Execution | None, Execution | None]


def code_changes(a: list[Execution], b: list[Execution]) -> list[CodeChange]:
    """Cells that were changed, added, removed, or executed more often, less often, or elsewhere; in the order of `b`."""
    found = [change for pair in partners(a, b) if (change := _change(*pair))]
    return found or _order(_written_by_a_person(a), _written_by_a_person(b))


def _written_by_a_person(executions: Iterable[Execution]) -> list[Execution]:
    return [each for each in executions if not _is_injected(each)]


def _is_injected(execution: Execution) -> bool:
    """Whether papermill wrote the cell: what it says are parameters, and told as such."""
    return execution.client == "papermill" and execution.source.startswith("# Parameters\n")


def partners(a: list[Execution], b: list[Execution]) -> list[Pair]:
    """Every cell of either side: its last execution that ended well, else its last one, there and here."""
    return _pairs(_last_of_each(_written_by_a_person(a)), _last_of_each(_written_by_a_person(b)))


@lru_cache(maxsize=8192)
def meaning(source: str) -> str:
    """The code without comments and layout; equal for cells that do the same."""
    text = without_magics(source)
    magics = [line.strip() for line, plain in zip(source.split("\n"), text.split("\n"), strict=False) if line != plain]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return "\n".join([ast.dump(ast.parse(text)), *magics])
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "\n".join(line.rstrip() for line in source.split("\n") if line.strip())


def _last_of_each(executions: Iterable[Execution]) -> dict[str, Execution]:
    """Cell → its last execution that ended well, else its last one."""
    found: dict[str, Execution] = {}
    for execution in executions:
        key = execution.cell_id or f"={execution.source_sha256}"
        known = found.get(key)
        if known is None or execution.status == "ok" or known.status != "ok":
            found.pop(key, None)
            found[key] = execution
    return found


def _pairs(a: dict[str, Execution], b: dict[str, Execution]) -> list[Pair]:
    """Cells of the same id and source, then of the same source, then of the same id; of the others those that mean the same, then the most alike.

    An id alone does not tell more than the source does: tools that write a notebook anew give its ids to other cells.
    """
    pairs: dict[str, Execution] = {key: a[key] for key in b if key in a and a[key].source_sha256 == b[key].source_sha256}
    left = {key: execution for key, execution in a.items() if key not in pairs}
    by_source: dict[str, list[str]] = defaultdict(list)
    for key, execution in left.items():
        by_source[execution.source_sha256].append(key)
    for key in b:
        if key not in pairs and by_source[b[key].source_sha256]:
            pairs[key] = left.pop(by_source[b[key].source_sha256].pop(0))
    pairs |= {key: left.pop(key) for key in b if key not in pairs and key in left}
    new = [key for key in b if key not in pairs]
    if len(left) <= 2000 and len(new) <= 2000:
        by_meaning = {meaning(execution.source): key for key, execution in reversed(left.items())}
        for key in new:
            other = by_meaning.pop(meaning(b[key].source), None)
            if other is not None and other in left:
                pairs[key] = left.pop(other)
    new = [key for key in new if key not in pairs]
    if len(left) <= _MOST_COMPARED and len(new) <= _MOST_COMPARED:
        for key in new:
            if other := _most_alike(b[key].source, left):
                pairs[key] = left.pop(other)
    return [(pairs.get(key), execution) for key, execution in b.items()] + [(execution, None) for execution in left.values()]


def _most_alike(source: str, others: dict[str, Execution]) -> str | None:
    scored = [(difflib.SequenceMatcher(None, other.source[:2000], source[:2000]).ratio(), key) for key, other in others.items()]
    best = max(scored, default=(0.0, ""))
    return best[1] if best[0] >= _ALIKE else None


def _change(a: Execution | None, b: Execution | None) -> CodeChange | None:
    if a and b and (a.source_sha256 == b.source_sha256 or meaning(a.source) == meaning(b.source)):
        return None
    return _told("changed" if a and b else "added" if b else "removed", a, b)


def _order(a: list[Execution], b: list[Execution]) -> list[CodeChange]:
    """Where the cells are the same: the first that was executed more or less often, or at another place."""
    first, second = ([each for each in executions if each.status == "ok"] for executions in (a, b))
    for before, after in zip([*first, None], [*second, None], strict=False):
        if before is None and after is None:
            break
        if (
            before is None
            or after is None
            or (before.source_sha256 != after.source_sha256 and meaning(before.source) != meaning(after.source))
        ):
            return [_told("order", before, after)]
    return []


def _told(what: str, a: Execution | None, b: Execution | None) -> CodeChange:
    cell = b or a
    return {
        "what": what,
        "cell_id": cell.cell_id if cell else None,
        "a": str(a.address) if a else None,
        "b": str(b.address) if b else None,
        "a_source": a.source if a else None,
        "b_source": b.source if b else None,
    }
