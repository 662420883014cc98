"""Rows to compare, made by hand."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from labjournal.journal.rows import Execution, FileUse, Metric, Output, Run

STARTED, ENDED = "2026-03-02T09:00:00.000000+00:00", "2026-03-02T09:00:05.000000+00:00"

A_RUN = Run(
    run="r1", started=STARTED, ended=ENDED, status="ended", notebook=None, notebook_learnt="", folder="/home/ada/work", kernel="python3",
    kernel_id="", client="", user="ada", python="3.11.7", implementation="CPython", executable="", platform="", pid=1, utc_offset_s=0,
    environment=None, git=None, replay_of=None, version="", executions=1, failed=0, name=None,
)  # fmt: skip

AN_EXECUTION = Execution(
    run="r1", n=1, cell_id=None, source="x = 1", source_sha256="", source_bytes=5, started=STARTED, ended=ENDED, duration_s=5.0, status="ok",
    execution_count=1, client="", message_id="m1", error_name="", error_value="", redactions=0, off=False, digest="", seal="",
)  # fmt: skip

_AN_OUTPUT = Output(
    run="r1", n=1, position=0, type="stream", name="", text="", data={}, metadata={}, display_id=None, error_name="", error_value="", bytes=0,
    sha256="", truncated=False, complete=True, redactions=0,
)  # fmt: skip

_A_FILE = FileUse(
    run="r1", n=1, path="", given="", sha256=None, bytes=None, mtime_ns=None, hash_state="verified", reason="", layer="audit", confidence="high",
    package="", at=STARTED, kept=False,
)  # fmt: skip


def execution(source: str = "x = 1", **more: Any) -> Execution:
    return replace(AN_EXECUTION, source=source, **more)


def printed(text: str, name: str = "stdout", **more: Any) -> Output:
    return replace(_AN_OUTPUT, name=name, text=text, **more)


def shown(data: dict[str, Any], kind: str = "display_data") -> Output:
    return replace(_AN_OUTPUT, type=kind, data=data)


def file(path: str, content: bytes | None = None, **more: Any) -> FileUse:
    digest = None if content is None else hashlib.sha256(content).hexdigest()
    return replace(_A_FILE, path=path, given=path, sha256=digest, **more)


def metric(name: str, value: float, **more: Any) -> Metric:
    return Metric(n=1, name=name, value=value, step=None, at=STARTED, source="logged", confidence=1.0, unit="", **more)
