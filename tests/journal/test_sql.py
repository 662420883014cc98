"""What `docs/sql.md` says can be asked of a journal, asked with the tool that it names."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlite_utils

from labjournal.journal.integrity import verify
from tests.builders import JournalBuilder, RunBuilder, error, read

PAGE = Path(__file__).resolve().parents[2] / "docs" / "sql.md"
QUERIES = re.findall(r"```sql\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


def asked(journal: Path, query: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "sqlite_utils", "query", str(journal / "journal.sqlite"), query],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer: list[dict[str, Any]] = json.loads(done.stdout)
    return answer


@pytest.fixture
def journal(builder: JournalBuilder, run: RunBuilder) -> Path:
    run.environment({"scikit-learn": "1.9.0"})
    run.execution("x = read()", reads=[read("/data/in.csv", b"one")], duration_s=61.0)
    run.execution("x = read()", reads=[read("/data/in.csv", b"two")], metrics={"accuracy": 0.91})
    run.execution("int('x')", outputs=[error()], status="failed")
    return builder.save()


def test_every_query_of_the_page_finds_what_it_is_for(journal: Path) -> None:
    database = sqlite_utils.Database(journal / "journal.sqlite")
    slow, errors, contents, versions, readers = (list(database.query(query)) for query in QUERIES)

    assert [("x = read()", 61)] == [(each["source"], each["seconds"]) for each in slow]
    assert [1] == [each["times"] for each in errors]
    assert [("/data/in.csv", 2)] == [(each["path"], each["contents"]) for each in contents]
    assert [("1.9.0", 1, 0.91, 0.91)] == [tuple(each.values()) for each in versions]
    assert [("/data/in.csv", "/home/ada/analysis.ipynb")] == [tuple(each.values()) for each in readers]


def test_it_is_asked_from_the_command_line_and_stays_sound(journal: Path) -> None:
    assert [{"error_name": "ValueError"}] == asked(journal, "SELECT DISTINCT error_name FROM executions WHERE error_name > ''")
    assert [] == verify(journal)
