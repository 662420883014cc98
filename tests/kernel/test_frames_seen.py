"""Data frames in a real kernel: looked at once the reply is out, told with the execution that made them."""

from __future__ import annotations

from typing import Any

from tests.kernel.conftest import Kernel

MADE = "SELECT n, name, rows, columns, complete FROM frames ORDER BY n, name"


def test_a_frame_stands_in_the_journal_with_the_execution_that_made_it(kernel: Kernel) -> None:
    kernel.run("import pandas as pd")
    kernel.run("df = pd.DataFrame({'a': range(5000), 'b': 'x'})")
    kernel.run("df.head()")
    kernel.run("small = df[df.a < 10]")
    assert [(2, "df", 5000, 2, 1), (4, "small", 10, 2, 1)] == kernel.waits_for(
        MADE, [(2, "df", 5000, 2, 1), (4, "small", 10, 2, 1)]
    )


def test_cells_that_wait_in_a_queue_do_not_mix_up_their_frames(kernel: Kernel) -> None:
    for code in ("import pandas as pd", "a = pd.DataFrame({'x': [1]})", "a = pd.DataFrame({'x': [1, 2]})", "b = a.copy()"):
        kernel.send(code)
    expected = [(2, "a", 1, 1, 1), (3, "a", 2, 1, 1), (4, "b", 2, 1, 1)]
    assert expected == kernel.waits_for(MADE, expected)


def test_a_fault_while_frames_are_looked_at_is_no_cell_s(shell: Any) -> None:
    """P5: in a shell without a loop the look happens at the end of the cell."""
    shell.run("import pandas as pd\nfrom labjournal.recorders import frames_pandas")
    shell.run("frames_pandas.Pandas.found = None")
    result = shell.run("df = pd.DataFrame({'a': [1]}); df.shape")
    assert (True, (1, 1)) == (result.success, result.result)
    shell.run("import importlib; importlib.reload(frames_pandas)")
    said = [event.recorder for event in shell.spooled() if type(event).__name__ == "RecorderFailed"]
    assert "frames" in said
