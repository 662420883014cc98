"""What a cell's error shows is the same whether the cell is recorded or not."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any

import pytest

from labjournal.kernel.tracebacks import without_ours

FAILING = {
    "a native reader": "import pandas as pd\npd.read_parquet('nowhere.parquet')",
    "a native engine": "import duckdb\nduckdb.sql('SELECT * FROM nothing')",
    "a database": "import sqlite3\nsqlite3.connect(':memory:').execute('SELECT * FROM nothing')",
    "one error out of another": "import pandas as pd\ntry:\n    pd.read_parquet('nowhere.parquet')\nexcept OSError as problem:\n    raise ValueError('no data') from problem",
}


@pytest.mark.parametrize("cell", FAILING.values(), ids=FAILING)
def test_p4_an_error_shows_what_it_would_show_without_us(kernels: Callable[..., Any], cell: str) -> None:
    shown = [traceback_of(kernels(**environ), cell) for environ in ({}, {"LABJOURNAL_DISABLE": "1"})]

    assert shown[1] == shown[0]
    assert "skipping hidden" not in shown[0]


def test_frames_of_others_stay() -> None:
    def theirs() -> None:
        __tracebackhide__ = True
        raise ValueError

    def ours() -> None:
        __tracebackhide__ = "labjournal"
        theirs()

    try:
        ours()
    except ValueError as problem:
        without_ours(problem)
        names = []
        entry = sys.exc_info()[2]
        while entry is not None:
            names.append(entry.tb_frame.f_code.co_name)
            entry = entry.tb_next

    assert ["test_frames_of_others_stay", "theirs"] == names


def traceback_of(kernel: Any, cell: str) -> str:
    """What the cell shows, without colours and addresses."""
    shown: list[str] = []

    def hear(message: Any) -> None:
        if message["msg_type"] == "error":
            shown.extend(message["content"]["traceback"])

    kernel.client.execute_interactive(cell, output_hook=hear, timeout=60)
    plain = re.sub(r"\x1b\[[0-9;]*m|ipykernel_\d+|0x[0-9a-f]+|/\d+\.py", "", "\n".join(shown))
    kernel.shutdown()
    return plain
