"""What was not committed, as a patch that `git apply` takes: from the commit a run stood on to the snapshot that was taken of it.

Read from the repository with git's plumbing; nothing of it is changed. Paths in it are as seen from the top of the repository.
"""

from __future__ import annotations

import io
import subprocess
from dataclasses import dataclass

from labjournal.journal.rows import Snapshot
from labjournal.recorders.git_process import GitFailed
from labjournal.recorders.redaction import Redactor
from labjournal.recorders.secret_files import looks_secret
from labjournal.records.repository import Repository

__all__ = ["Patch", "patch_of"]

_MOST_BYTES = 5 << 20


@dataclass(frozen=True)
class Patch:
    """The patch, or why there is none (a clause; '' where nothing was uncommitted)."""

    content: bytes = b""
    commit: str = ""
    reason: str = ""


def patch_of(snapshot: Snapshot | None) -> Patch:
    """What the snapshot holds beside its commit."""
    if snapshot is None:
        return Patch()
    commit = snapshot.commit or ""
    if snapshot.snapshot is None:
        return Patch(commit=commit, reason=snapshot.reason.rstrip(".") if snapshot.files else "")
    try:
        repository = Repository(snapshot.root)
        if not commit or not repository.has(commit) or not repository.has(snapshot.snapshot):
            return Patch(commit=commit, reason="the repository does not hold the snapshot any more")
        content = repository.patch(commit, snapshot.snapshot)
    except (GitFailed, OSError, subprocess.SubprocessError) as problem:
        return Patch(commit=commit, reason=str(problem).rstrip("."))
    if len(content) > _MOST_BYTES:
        return Patch(commit=commit, reason="it is larger than 5 MB")
    if looks_secret(io.BytesIO(content), Redactor()):
        return Patch(commit=commit, reason="it looks as if it held a secret")
    return Patch(content, commit)
