"""What `doctor` and `status` say about the journal and the place it stands in: one check after the other, each with its remedy."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from labjournal.errors import JournalMissing
from labjournal.journal.health import Health
from labjournal.questions.answers import DoctorCheck, when
from labjournal.questions.warnings import size

__all__ = ["checks", "is_recording", "sentence"]

_BACKLOG_BYTES = 64 << 20
"""More spool than this is not a moment's delay: nobody takes it in."""


def checks(health: Health) -> list[DoctorCheck]:
    """Every check of the journal's place, in the order in which a person would look."""
    return [*_recording(health), *_place(health), *_database(health), *_spool(health)]


def is_recording(health: Health) -> bool:
    """Whether a cell that runs now would be recorded, as far as this user's settings go."""
    return not (health.paused or _is_disabled() or health.refused or health.read_only or health.free_low)


def sentence(check: DoctorCheck) -> str:
    """A check that fails, as one text."""
    return f"{check['detail']} {check['remedy']}".strip()


def _check(name: str, holds: bool, detail: str, remedy: str = "") -> DoctorCheck:
    return {"name": name, "ok": holds, "detail": detail, "remedy": "" if holds else remedy}


def _is_disabled() -> bool:
    return os.environ.get("LABJOURNAL_DISABLE", "") not in ("", "0")


def _recording(health: Health) -> Iterator[DoctorCheck]:
    if health.paused:
        yield _check("recording", False, "Recording is paused.", "`labjournal resume` starts it again.")
    elif _is_disabled():
        yield _check("recording", False, "LABJOURNAL_DISABLE is set, so kernels started from here do not record.", "Unset it.")
    else:
        yield _check("recording", True, "Neither paused nor disabled.")


def _place(health: Health) -> Iterator[DoctorCheck]:
    yield _file_system(health)
    named = os.environ.get("LABJOURNAL_PATH", "")
    if named and not os.path.isabs(os.path.expanduser(named)):
        detail = f"LABJOURNAL_PATH ('{named}') means another folder for every program: the one it works in decides."
        yield _check("place", False, detail, f"Write it in full: LABJOURNAL_PATH='{health.folder}'.")
    open_to_others = ", ".join(health.open_to_others[:5]) + (", ..." if len(health.open_to_others) > 5 else "")
    yield _check(
        "permissions",
        not health.open_to_others,
        f"Others may open {open_to_others} in {health.folder}." if open_to_others else "Only you may open it.",
        f"Close it: chmod -R go= '{health.folder}'.",
    )
    free = f"{size(health.free_bytes)} free on its disk."
    yield _check(
        "disk space", not health.free_low, free, "Make room: labjournal leaves the last 500 MB (5 % of a small disk) alone."
    )
    if health.moved_from is not None:
        detail = f"{health.moved_from} lies on a network file system; the journal stands in {health.folder} instead."
        yield _check("moved place", True, detail)


def _file_system(health: Health) -> DoctorCheck:
    if health.refused:
        detail = f"{health.folder} lies on a network file system ({health.file_system}), where a journal would be damaged."
        return _check("file system", False, detail, "Set LABJOURNAL_PATH to a folder on a local disk.")
    if health.file_system:
        return _check("file system", True, f"{health.file_system}, of which labjournal knows little; it takes the careful way.")
    return _check("file system", True, "A local disk.")


def _database(health: Health) -> Iterator[DoctorCheck]:
    yield _readable(health)
    risk = "; it has the write-ahead reset fault, which labjournal's own lock keeps away" if health.wal_reset_risk else ""
    yield _check("SQLite", True, f"{health.sqlite_version}{risk}.")
    fts = "FTS5 is there." if health.fts5 else "This SQLite has no FTS5."
    yield _check("full-text search", health.fts5, fts, "Use a Python whose sqlite3 module has FTS5; recording works without.")
    if health.read_only:
        detail = "The journal can be read, but not written." if health.exists else f"{health.folder} cannot be made."
        yield _check("writing", False, detail, "Make room on the disk and the folder writable, or set LABJOURNAL_PATH.")
    if health.set_aside:
        detail = f"A damaged journal was set aside: {', '.join(health.set_aside[:3])}."
        yield _check(
            "set aside", False, detail, "What could be saved is in the journal; remove the file when you no longer need it."
        )


def _readable(health: Health) -> DoctorCheck:
    if health.problem is None:
        return _check("journal", True, f"{health.folder}, schema {health.schema_version}.")
    if isinstance(health.problem, JournalMissing):
        return _check("journal", True, f"Nothing has been recorded in {health.folder} yet.")
    return _check("journal", False, health.problem.message, health.problem.remedy)


def _spool(health: Health) -> Iterator[DoctorCheck]:
    taken = f"; last taken in {when(health.last_ingest)}" if health.last_ingest else ""
    behind = health.backlog_bytes > _BACKLOG_BYTES
    yield _check(
        "backlog",
        not behind,
        f"{size(health.backlog_bytes)} wait to be taken in{taken}.",
        f"`labjournal log` takes it in; if that does not help, look who holds {Path(health.folder) / 'ingest.lock'}.",
    )
