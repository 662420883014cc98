"""`restore`: the state at an address, laid out in a new folder.

    the repository   commit and uncommitted files, as the latest snapshot up to the address holds them
    local modules    as they were loaded, over what stands in the repository
    data             what was read, as it was read before the run wrote it; what it wrote without having read it, as it was left
    the notebook     every execution up to the address, in the order they ran, without outputs

The folder stands for the smallest one that holds the repository (or the working folder), the notebook and every file that was named from
there; what lay elsewhere stands below `elsewhere`. What several say of one place is tried in the order data, module, repository. What
cannot be had is said with the reason. The user's files and repository are only read.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from labjournal.errors import LabjournalError
from labjournal.journal.addresses import resolve
from labjournal.journal.reader import Journal
from labjournal.journal.rows import Execution, FileUse, Module, Run, Snapshot
from labjournal.questions.state_answers import MissingPart, RestoreAnswer, RestoredFile
from labjournal.recorders.git_process import GitFailed
from labjournal.records.laying import Layout, Refused, laid_out
from labjournal.records.repository import Entry, Repository

__all__ = ["restore"]

_DISK_BYTES = 1 << 30
"""Longest file that is copied from where it lies, if it still is what it was."""
_CHUNK = 1 << 20


@dataclass(frozen=True)
class _Piece:
    """One who can say what stood at a place."""

    source: str
    content: Callable[[], Iterator[bytes]]
    sha256: str | None = None
    mode: str = "100644"


class _Plan:
    """Place → those who can say what stood there, the first one first; and what is known to be missing."""

    def __init__(self, journal: Journal, run: Run, last: int) -> None:
        self.journal = journal
        self.run = run
        self.last = last
        self.pieces: dict[str, list[_Piece]] = {}
        self.missing: dict[str, tuple[str | None, str]] = {}
        self.modules: dict[str, str] = {}
        """Digests of modules as they were loaded last."""
        self.left_out: dict[str, str] = {}
        """Uncommitted files that the snapshot does not have."""
        self.notes: list[str] = []

    def add(self, place: str, piece: _Piece, *, behind: bool = False) -> None:
        found = self.pieces.setdefault(place, [])
        found.insert(len(found) if behind else 0, piece)

    def lacks(self, place: str, sha256: str | None, why: str) -> None:
        self.missing.setdefault(place, (sha256, why))


def restore(journal: Journal, address_text: str, target: Path) -> RestoreAnswer:
    """Lays the state out; raises LabjournalError where the place is not free, and where there is nothing to lay out."""
    address = resolve(journal, address_text)
    run = journal.run(address.run)
    executions = [each for each in journal.executions(run.run) if address.n is None or each.n <= address.n]
    if not executions:
        raise LabjournalError(f"Nothing ran in {address}.", "`labjournal log` lists the runs.")
    plan = _Plan(journal, run, executions[-1].n)
    root, snapshot, commit = _git_state(plan)
    usages, written = _uses(plan)
    origin = _origin(run, root, usages + written)
    for path, why in plan.left_out.items():
        plan.lacks(_within(path, origin), None, why)
    files: list[RestoredFile] = []
    with contextlib.ExitStack() as stack:
        if snapshot is not None or commit is not None:
            _plan_repository(plan, stack, root, snapshot, commit, origin)
        _plan_modules(plan, origin)
        _plan_data(plan, origin, usages, written)
        _plan_notebook(plan, origin, executions)
        with laid_out(target) as layout:
            for place in sorted(plan.pieces, key=lambda each: (-each.count("/"), each)):  # folders before a file of the same name
                _lay(layout, place, plan, files)
            for place in layout.finish():
                plan.lacks(place, None, "its name stands in the way of another file")
                files = [file for file in files if file["path"] != place]
    return {
        "address": str(address),
        "folder": os.path.abspath(target),
        "files": sorted(files, key=lambda file: file["path"]),
        "missing": [
            _missing(place, *plan.missing[place])
            for place in sorted(plan.missing)
            if place not in {file["path"] for file in files}
        ],
        "notes": plan.notes,
    }


def _lay(layout: Layout, place: str, plan: _Plan, files: list[RestoredFile]) -> None:
    """The first who can say it, says it."""
    why, sha256 = "", None
    for piece in plan.pieces[place]:
        sha256 = sha256 or piece.sha256
        try:
            if piece.mode == "120000":
                target = os.fsdecode(b"".join(piece.content()))
                files.append({"path": place, "sha256": layout.link(place, target), "from": piece.source})
            else:
                written = layout.write(place, piece.content(), executable=piece.mode == "100755", sha256=piece.sha256)
                files.append({"path": place, "sha256": written, "from": piece.source})
            return
        except (Refused, GitFailed) as problem:
            why = why or str(problem).rstrip(".")
        except OSError as problem:
            gone = isinstance(problem, FileNotFoundError)
            if str(problem.filename or "").startswith(str(layout.root)) or not (gone or problem.filename):
                raise  # somebody takes away what is being laid out, or the disk will not take it
            why = why or ("its content is not kept, and is not where it was" if gone else "what was kept of it cannot be read")
    plan.lacks(place, sha256, why)


# the repository


def _git_state(plan: _Plan) -> tuple[str, str | None, str | None]:
    """(top folder, snapshot, commit) as they stood at the address."""
    journal, run = plan.journal, plan.run
    snapshots = [each for each in journal.snapshots(run.run) if each.n <= plan.last]
    latest: Snapshot | None = snapshots[-1] if snapshots else None
    states = [(0, run.git)] + [
        (n, value["sha256"])
        for (n, name), value in sorted(journal.facets(run.run).items())
        if name == "git" and n <= plan.last and isinstance(value, dict) and isinstance(value.get("sha256"), str)
    ]
    n, sha256 = states[-1]
    state = None if sha256 is None else journal.git_state(sha256)
    if state is None or not state.root:
        return "", None, None
    if latest is not None and (latest.n >= n or latest.commit == state.commit):
        for each in latest.left_out:
            if isinstance(each.get("path"), str):
                plan.left_out[os.path.join(state.root, each["path"])] = _lowered(str(each.get("reason", "")))
        if latest.reason:
            plan.notes.append(f"What was not committed in {state.root} is not known: {_lowered(latest.reason)}.")
        return state.root, latest.snapshot, latest.commit
    if state.commit is None and state.reason:
        plan.notes.append(f"The repository {state.root} could not be read then: {_lowered(state.reason)}.")
    if state.dirty:
        plan.notes.append(f"What was not committed in {state.root} was not kept.")
    return state.root, None, state.commit


def _plan_repository(
    plan: _Plan, stack: contextlib.ExitStack, root: str, snapshot: str | None, commit: str | None, origin: str
) -> None:
    try:
        repository = Repository(root)
        committed = {
            entry.path: (entry.blob, entry.mode) for entry, _ in _files(plan, repository, commit, f"Commit {commit or ''}")
        }
        files = _files(plan, repository, snapshot, f"The snapshot {snapshot or ''} of what was not committed")
        source = "snapshot" if files else "commit"
        if repository.converts():
            plan.notes.append(
                "git converts files here, line ends above all: those that were not changed are laid out as they were committed."
            )
        holders: set[int] = set()
        above = "" if os.path.normpath(root) == origin else _within(root, origin) + "/"
        for entry, holder in files or _files(plan, repository, commit, ""):
            place = above + entry.path  # as it is: what is odd in it is refused
            if isinstance(holder, str):
                plan.lacks(place, None, holder)
                continue
            if id(holder) not in holders:
                holders.add(id(holder))
                stack.enter_context(holder.reading())
            as_committed = committed.get(entry.path) == (entry.blob, entry.mode)
            plan.add(place, _Piece("commit" if as_committed else source, _reader(holder, entry), mode=entry.mode))
    except GitFailed as problem:
        what = f"commit {commit[:12]}" if commit else "what was there"
        plan.notes.append(
            f"{str(problem).rstrip('.')}, so {what}{' with what was not committed' if snapshot else ''} could not be laid out."
        )


def _files(plan: _Plan, repository: Repository, commit: str | None, name: str) -> list[tuple[Entry, Repository | str]]:
    """Of a commit that is there; nothing, and a note, where it is not."""
    if commit is None:
        return []
    if not repository.has(commit):
        if name:
            plan.notes.append(f"{name} is not in {repository.root} any more.")
        return []
    return list(repository.files(commit))


def _reader(repository: Repository, entry: Entry) -> Callable[[], Iterator[bytes]]:
    return lambda: repository.read(entry.blob)


# modules


def _plan_modules(plan: _Plan, origin: str) -> None:
    latest: dict[str, Module] = {}
    for module in plan.journal.modules(plan.run.run):
        if module.n <= plan.last:
            latest[module.path] = module
    for path, module in latest.items():
        place = _within(path, origin)
        if module.sha256 is None:
            plan.modules[place] = ""
            plan.lacks(place, None, _lowered(module.reason) or "what was loaded is not known")
            if place in plan.pieces:
                plan.notes.append(f"What of {place} was loaded is not known: {_lowered(module.reason)}.")
            continue
        plan.modules[place] = module.sha256
        # With secrets taken out it is second to the same file from the repository.
        plan.add(place, _kept(plan.journal, module.sha256, "module"), behind=bool(module.redactions))
        if not module.redactions:
            plan.add(place, _on_disk(path, module.sha256), behind=True)


# data


def _uses(plan: _Plan) -> tuple[list[FileUse], list[FileUse]]:
    """(what was read before the run had written it, what it left that it had not read), one for each path."""
    journal, run = plan.journal, plan.run.run
    events = [(use.n, 0, use) for use in journal.usages(run) if use.n <= plan.last and not use.package]
    events += [(use.n, 1, use) for use in journal.generations(run) if use.n <= plan.last and not use.package]
    reads: dict[str, FileUse] = {}
    written: dict[str, FileUse] = {}
    for _, role, use in sorted(events, key=lambda each: each[:2]):
        if role == 0:
            if use.path not in written:
                reads.setdefault(use.path, use)
        elif use.path not in reads and use.confidence != "unattributed":
            written[use.path] = use
    return list(reads.values()), [use for use in written.values() if not use.deleted]


def _plan_data(plan: _Plan, origin: str, usages: list[FileUse], written: list[FileUse]) -> None:
    for use in (*usages, *written):
        place = _within(use.path, origin)
        if use.sha256 is None:
            if place not in plan.pieces:
                plan.lacks(place, None, _lowered(use.reason) or "its content is not known")
            continue
        if place not in plan.modules:
            plan.add(place, _on_disk(use.path, use.sha256))
            plan.add(place, _kept(plan.journal, use.sha256, "data"))
        elif (
            plan.modules[place] == use.sha256
        ):  # of a module the version that was loaded last counts, not the one that was read first
            plan.add(place, _kept(plan.journal, use.sha256, "data"), behind=True)


def _kept(journal: Journal, sha256: str, source: str) -> _Piece:
    return _Piece(source, lambda: journal.blobs.chunks(sha256), sha256)


def _on_disk(path: str, sha256: str) -> _Piece:
    """The file as it lies there today, which counts only if it is what it was."""

    def content() -> Iterator[bytes]:
        try:
            descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        except (OSError, ValueError) as problem:
            raise FileNotFoundError(path) from problem
        with os.fdopen(descriptor, "rb") as file:
            if not os.path.isfile(file.fileno()) or os.fstat(file.fileno()).st_size > _DISK_BYTES:
                raise Refused("its content is not kept")
            yield from iter(lambda: file.read(_CHUNK), b"")

    return _Piece("disk", content, sha256)


# the notebook


def _plan_notebook(plan: _Plan, origin: str, executions: list[Execution]) -> None:
    import nbformat

    notebook = nbformat.v4.new_notebook(metadata=_metadata(plan.run, executions[-1]))
    taken: set[str] = set()
    for execution in executions:
        if execution.off or not execution.source.strip():
            continue
        told = {"address": str(execution.address), "n": execution.n, "started": execution.started, "status": execution.status}
        cell = nbformat.v4.new_code_cell(execution.source, metadata={"labjournal": told})
        cell["id"] = _cell_id(execution, taken)
        notebook.cells.append(cell)
    data = (nbformat.writes(notebook) + "\n").encode("utf-8", "replace")
    path = plan.run.notebook or os.path.join(plan.run.folder, "notebook.ipynb")
    place = _within(path, origin)
    if place in plan.pieces or not place.endswith(".ipynb"):
        place = f"{place.removesuffix('.ipynb')}.as-it-ran.ipynb"
    plan.pieces[place] = [_Piece("journal", lambda: iter((data,)))]


def _metadata(run: Run, last: Execution) -> dict[str, object]:
    return {
        "kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"},
        "language_info": {"name": "python", "version": run.python},
        "labjournal": {"restored": str(last.address), "notebook": run.notebook, "folder": run.folder, "started": run.started},
    }


def _cell_id(execution: Execution, taken: set[str]) -> str:
    own = execution.cell_id or ""
    base = own if re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", own) else f"execution-{execution.n}"
    answer = base if base not in taken else f"{base[:50]}-{execution.n}"
    taken.add(answer)
    return answer


# places


def _origin(run: Run, root: str, uses: Iterable[FileUse]) -> str:
    """The folder that the new one stands for."""
    folder = os.path.normpath(run.folder or os.path.dirname(run.notebook or "") or os.sep)
    inside = [root] if root and _is_within(folder, os.path.normpath(root)) else []
    named = [
        os.path.dirname(use.path) for use in uses if use.given and not os.path.isabs(use.given) and not use.given.startswith("~")
    ]
    notebook = [os.path.dirname(run.notebook)] if run.notebook else []
    found = folder
    for each in (*inside, *notebook, *named):
        try:
            common = os.path.commonpath((found, os.path.normpath(each)))
        except ValueError:  # another drive
            continue
        if common != os.path.dirname(common):  # never the whole machine
            found = common
    return found


def _is_within(path: str, folder: str) -> bool:
    try:
        return os.path.commonpath((path, folder)) == folder
    except ValueError:
        return False


def _within(path: str, origin: str) -> str:
    """The place of a path in the new folder."""
    path = os.path.normpath(path)
    if _is_within(path, origin) and path != origin:
        return PurePath(os.path.relpath(path, origin)).as_posix()
    pure = PurePath(path)
    return "/".join(
        ("elsewhere", *([pure.drive.replace(":", "").strip("\\/")] if pure.drive else []), *pure.parts[1 if pure.anchor else 0 :])
    )


def _missing(place: str, sha256: str | None, why: str) -> MissingPart:
    return {"path": place, "sha256": sha256, "why": why}


def _lowered(reason: str) -> str:
    return reason[:1].lower() + reason[1:].rstrip(".")
