"""A notebook that runs: what `cells` keeps of a record, its plain values on top for papermill, nothing in it but what is needed.

nbformat 4.5 with cell ids, no outputs (they are the record's claim, not this notebook's), the first code cell tagged `parameters`,
never an `injected-parameters` cell. Where it comes from stands in its first cell and in `metadata.labjournal`; nothing else differs
from what was typed, but for the values that moved, paths below the run's folder (relative now), and secrets (`os.environ[…]` now).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from labjournal.errors import LabjournalError
from labjournal.journal.rows import Run
from labjournal.records import naming
from labjournal.records.answered import answered
from labjournal.records.atomic import write_text
from labjournal.records.calls import lift_calls
from labjournal.records.cells import LeftOut, kept
from labjournal.records.claims import claims
from labjournal.records.effects import effects, function_changes, used_up
from labjournal.records.folders import making, written_to
from labjournal.records.gathering import gathered
from labjournal.records.headings import headings
from labjournal.records.history import named_history
from labjournal.records.looks import without_look
from labjournal.records.parameters import Parameter, lift, parameters_cell
from labjournal.records.portable import portable
from labjournal.records.proof import Proof
from labjournal.records.record import Record, Step, title

__all__ = ["Clean", "build", "clean", "remarks", "write"]

_INLINE = "# Shows figures below the cells, also the first.\n%matplotlib inline"
_CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


@dataclass(frozen=True)
class Clean:
    """The record as the cells of a notebook: execution and code, in order; the values on top; what was left out."""

    cells: tuple[tuple[Step, str], ...]
    parameters: tuple[Parameter, ...]
    left_out: tuple[LeftOut, ...]
    variables: tuple[str, ...]
    """Environment variables that stand for secrets which were not recorded."""
    entered: tuple[str, ...] = ()
    """Names that hold what a person entered while it ran."""
    asks: tuple[int, ...] = ()
    """Executions that ask a person for something that was not recorded."""
    imports: str = ""
    """The imports of all cells, where they were put together."""
    first: str = ""
    """Code that has to stand before the cells, so that a fresh kernel is as theirs was."""
    folders: tuple[str, ...] = ()
    """Folders that the cells write to and do not make, as seen from the run's."""

    @property
    def before(self) -> str:
        """What a notebook executes before its cells."""
        return "\n".join(part for part in (self.first, making(self.folders)) if part)


def write(record: Record, path: Path, *, force: bool = False, found: Clean | None = None, proof: Proof | None = None) -> None:
    """Writes the notebook."""
    write_text(path, nbformat.writes(build(record, found, proof)) + "\n", force=force)


def build(record: Record, found: Clean | None = None, proof: Proof | None = None) -> NotebookNode:
    """The notebook of a record, or of cells already `found`; raises LabjournalError where nothing of it can be run.

    `proof` is what running these cells came to, where they were run.
    """
    found = clean(record) if found is None else found
    cells = [
        _with_id(new_markdown_cell(_title(record, found, proof)), "labjournal-title"),
        _with_id(new_code_cell(parameters_cell(found.parameters), metadata={"tags": ["parameters"]}), "parameters"),
    ]
    if found.before:
        cells.append(_with_id(new_code_cell(found.before), "labjournal-first"))
    if found.imports:
        cells.append(_with_id(new_code_cell(found.imports), "labjournal-imports"))
    taken = {"labjournal-title", "parameters", "labjournal-first", "labjournal-imports"}
    told_under, heading = headings(record), ""
    for step, source in found.cells:
        above = told_under.get(step.n, heading)
        if above != heading:
            cells.append(_with_id(new_markdown_cell(f"## {_plain(above)}"), f"labjournal-heading-{step.n}"))
            heading = above
        told = {"address": str(step.execution.address), "n": step.n, "started": step.execution.started, **claims(step)}
        cell = new_code_cell(source, metadata={"labjournal": told} | ({"tags": list(step.tags)} if step.tags else {}))
        cells.append(_with_id(cell, _free_id(step, taken)))
    notebook: NotebookNode = new_notebook(cells=cells, metadata=_metadata(record, found))
    if proof is not None:
        notebook.metadata["labjournal"].update(proof.metadata())
    nbformat.validate(notebook)
    return notebook


def clean(record: Record, *, as_typed: bool = False, lifts: bool = False, gathers: bool = False, looks: bool = True) -> Clean:
    """What becomes cells, and the values that move to the top; `as_typed`: nothing that succeeded is left out and nothing moves.

    `lifts` takes values out of calls, too; `gathers` puts the imports together, and without `looks` what cells show at their ends is left
    out, but for the last one: both are only right where running it has proven it.
    """
    last = record.steps[-1]
    if record.address.n is not None and last.failed:
        ended = {"failed": "failed", "interrupted": "was interrupted"}.get(last.execution.status, "never ended")
        raise LabjournalError(
            f"{record.address} {ended}, so it has no result that a notebook could give.",
            f"Export an execution that ended well, or the whole run ({record.run.run}).",
        )
    steps, left_out = kept(record.steps, target=record.address.n, all_that_succeeded=as_typed)
    if not steps:
        raise LabjournalError(
            f"Nothing in {record.address} ran to its end, so there is no notebook to make of it.",
            f"`labjournal show {record.address}` tells what happened.",
        )
    told = [answered(step) for step in steps]
    carried = [portable(one.source, record.run.folder) for one in told]
    consumed, functions = used_up(steps), function_changes(steps)
    changed = frozenset(name for step in steps for name in effects(step, consumed, functions).changes)
    texts = named_history([(step.execution.execution_count, one.source) for step, one in zip(steps, carried, strict=True)])
    if not looks and not as_typed:
        texts = [*map(without_look, texts[:-1]), *texts[-1:]]
    parameters, sources = ([], texts) if as_typed else lift(texts, changed)
    if lifts and not as_typed:
        more, sources = lift_calls(sources)
        parameters = [*parameters, *(one for one in more if one.name not in {known.name for known in parameters})]
    imports, sources = gathered(sources) if gathers and not as_typed else ("", sources)
    return Clean(
        cells=tuple((step, source) for step, source in zip(steps, sources, strict=True) if source.strip()),
        parameters=tuple(parameters),
        left_out=tuple(left_out),
        variables=tuple(
            dict.fromkeys([name for one in told for name in one.variables] + [name for one in carried for name in one.variables])
        ),
        entered=tuple(dict.fromkeys(name for one in told for name in one.entered)),
        asks=tuple(step.n for step, one in zip(steps, told, strict=True) if one.open),
        imports=imports,
        first=_INLINE if _needs_inline(record, steps) else "",
        folders=tuple(written_to(record.run.folder, steps)),
    )


def _needs_inline(record: Record, steps: Sequence[Step]) -> bool:
    """Whether the first figure would not be shown: matplotlib before 3.9 gets its formats only when the cell that draws first has ended."""
    version = re.match(r"(\d+)\.(\d+)", (record.environment.packages if record.environment else {}).get("matplotlib", ""))
    if version is None or (int(version[1]), int(version[2])) >= (3, 9):
        return False
    if any(re.search(r"^[ \t]*%(?:matplotlib|pylab)\b", step.execution.source, re.MULTILINE) for step in steps):
        return False
    return any("image/png" in (output.data or ()) for step in steps for output in step.outputs)


def _title(record: Record, found: Clean, proof: Proof | None) -> str:
    run, where = record.run, naming.zone(record.run)
    last = record.steps[-1].execution
    lines = [f"# {_plain(title(record))}", ""]
    if proof is not None:
        lines += [_with_plain_words(proof.line(record)), ""]
    lines.append(_origin(record))
    lines.append(
        f"It ran {naming.day(run.started, where)}, {naming.clock(run.started, where)}–{naming.clock(last.ended or last.started, where)}{_by(run)}."
    )
    if run.folder:
        lines.append(f"Paths are as seen from the folder it ran in, `{_code(PurePath(run.folder).name or run.folder)}`.")
    if record.git is not None and record.git.commit:
        state = {True: ", with changes that were not committed", False: "", None: ""}[record.git.dirty]
        lines.append(f"The code stood at commit `{_code(record.git.commit[:12])}`{state}.")
    if found.variables:
        lines.append(
            f"Secrets were not recorded; set {', '.join(f'`{_code(name)}`' for name in found.variables)} in the environment first."
        )
    lines += remarks(found, lambda name: f"`{_code(name)}`")
    went_on = {step.n for step, _ in found.cells}
    failed = sum(step.failed and step.n not in went_on for step in record.steps)
    if failed:
        lines.append(f"{naming.count(failed, 'execution')} that did not succeed {'is' if failed == 1 else 'are'} left out.")
    halves = [step.n for step in record.steps if step.failed and step.n in went_on]
    if halves:
        listed = ", ".join(map(str, halves[:10])) + (" and others" if len(halves) > 10 else "")
        lines.append(
            f"What failed but did something before that is used later stays, as far as it came: {naming.count(len(halves), 'execution').split(' ', 1)[1]} {listed}."
        )
    return "\n".join(lines)


def remarks(found: Clean, named: Callable[[str], str] = str) -> Iterator[str]:
    """What has to be said of values that a person entered."""
    if found.entered:
        yield f"Entered by hand when it ran, and values here: {', '.join(map(named, found.entered))}."
    if found.asks:
        listed = f"execution{'' if len(found.asks) == 1 else 's'} {', '.join(map(str, found.asks))}"
        yield f"It asks for something that was not recorded ({listed}), so somebody has to answer."


def _origin(record: Record) -> str:
    run = record.run
    of = f" of `{_code(PurePath(run.notebook).name)}`" if run.notebook else ""
    if record.address.n is None:
        return f"Made by labjournal from run `{run.run}`{of}."
    return f"Made by labjournal from `{record.address}`{of}: what this result needs, in the order it ran."


def _by(run: Run) -> str:
    python = f" on Python {_plain(run.python)}" if run.python else ""
    return f"{f' by {_plain(run.user)}' if run.user else ''}{python}"


def _metadata(record: Record, found: Clean) -> dict[str, Any]:
    run, environment, git = record.run, record.environment, record.git
    return {
        "kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"},
        "language_info": {"name": "python", "version": run.python or "3", "file_extension": ".py", "mimetype": "text/x-python"},
        "labjournal": {
            "address": str(record.address),
            "run": run.run,
            "notebook": PurePath(run.notebook).name if run.notebook else None,
            "started": run.started,
            "ended": record.steps[-1].execution.ended,
            "version": run.version,
            "environment": None
            if environment is None
            else {"sha256": environment.sha256, "python": environment.python, "platform": environment.platform},
            "packages": _used_packages(record),
            "git": None
            if git is None
            else {"commit": git.commit, "branch": git.branch, "remote": git.remote, "dirty": git.dirty},
            "parameters": {one.name: one.value for one in found.parameters},
            "environment_variables": list(found.variables),
            "left_out": [{"n": one.n, "why": one.why} for one in found.left_out],
            "warnings": list(record.warnings),
        },
    }


def _used_packages(record: Record) -> dict[str, str]:
    known = record.environment.packages if record.environment else {}
    return {name: known[name] for name in record.used if name in known}


def _free_id(step: Step, taken: set[str]) -> str:
    own = step.execution.cell_id or ""
    base = own if _CELL_ID.fullmatch(own) else hashlib.sha256(str(step.execution.address).encode()).hexdigest()[:12]
    answer, again = base, 2
    while answer in taken:
        answer, again = f"{base[:58]}-{again}", again + 1
    taken.add(answer)
    return answer


def _with_id(cell: NotebookNode, identifier: str) -> NotebookNode:
    cell["id"] = identifier
    return cell


def _plain(text: str) -> str:
    """Text that says in Markdown what it says without it."""
    return re.sub(r"([\\`*_{}\[\]<>()#+!|&$~-])", r"\\\1", " ".join(text.split()))


def _with_plain_words(line: str) -> str:
    """A line of ours with what was recorded in it: only our own emphasis stays."""
    start, bold, rest = line.partition("**Verified**")
    return f"{bold} {_plain(rest)}" if bold else _plain(start)


def _code(text: str) -> str:
    return " ".join(text.replace("`", "'").split())
