"""Runs to execute again: recorded in a real kernel (`recorded_in`), or made by hand (`story`), in a project of their own."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

import labjournal
from labjournal.replay.run import replay
from labjournal.replay.verdicts.verdict import ReplayAnswer
from tests.builders import JournalBuilder, RunBuilder

BOOT = Path(labjournal.__file__).with_name("kernel") / "boot.py"


def record(journal: Path, notebook: Path, *sources: str, **settings: str) -> None:
    """Executes cells in a fresh kernel as any client does, failures included; it is recorded because of its startup file.

    `settings` are variables of the kernel's environment.
    """
    content = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    nbformat.write(content, notebook)
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("LABJOURNAL_", "JPY_"))}
    environ |= {"PYTHONSTARTUP": str(BOOT), "LABJOURNAL_PATH": str(journal), "LABJOURNAL_NOTEBOOK": str(notebook)} | settings
    client = NotebookClient(content, kernel_name="python3", allow_errors=True, timeout=60)
    client.create_kernel_manager()
    client.execute(env=environ, cwd=str(notebook.parent), cleanup_kc=True)


def again(journal: Path, target: str = "last", **options: Any) -> ReplayAnswer:
    """The verdict of a replay to which nobody has to say yes."""
    return replay(journal, target, **{"assume_yes": True, **options})


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def builder(tmp_path: Path) -> Iterator[JournalBuilder]:
    made = JournalBuilder(tmp_path / "journal")
    yield made
    made.close()


@pytest.fixture
def story(builder: JournalBuilder, project: Path) -> Callable[..., RunBuilder]:
    """A new run in the project; `facts` as in `JournalBuilder.run`."""

    def told(**facts: Any) -> RunBuilder:
        return builder.run(
            **{"notebook": str(project / "story.ipynb"), "folder": str(project), "executable": sys.executable, **facts}
        )

    return told
