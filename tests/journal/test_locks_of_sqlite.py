"""Locks that SQLite holds on the journal in this process outlive everything else that is done to the file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from labjournal.journal import integrity, writer
from labjournal.journal.reader import Journal
from tests.builders import JournalBuilder

PENDING, SHARED = 0x40000000, 0x40000002
TAKES = f"""
import fcntl, os, sys
descriptor = os.open(sys.argv[1], os.O_RDWR)
try:
    fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 510, {SHARED})
except OSError:
    sys.exit(1)
"""


def another_process_takes_it_for_unused(path: Path) -> bool:
    return subprocess.run([sys.executable, "-c", TAKES, str(path)], check=False).returncode == 0


def test_a_reader_keeps_its_lock_while_this_process_writes_reads_and_checks(tmp_path: Path) -> None:
    """Closing any descriptor of the file would free it; then the writer of another process would remove the log under the reader."""
    builder = JournalBuilder(tmp_path / "journal")
    builder.run().execution("x = 1")
    with builder.open() as reader:
        reader.runs()
        path = builder.folder / "journal.sqlite"
        assert not another_process_takes_it_for_unused(path)

        builder.run().execution("x = 2")
        builder.save()
        writer.pending(builder.folder)
        Journal.open(builder.folder).close()
        integrity.verify(builder.folder)

        assert not another_process_takes_it_for_unused(path)
    assert another_process_takes_it_for_unused(path)
