"""Cells that failed half-way: what they did before the error stays where somebody uses it, in a form that runs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from labjournal.records import notebook, script
from labjournal.records.record import Record
from tests.builders import RunBuilder, error, figure

Recorded = Callable[..., Record]


def failed(run: RunBuilder, source: str, line: int | None, name: str = "NameError", status: str = "failed") -> None:
    arrow = f"Cell In[1], line {line}\n\x1b[32m----> \x1b[39m\x1b[32m{line}\x1b[39m here" if line else "no traceback"
    run.execution(source, status=status, outputs=[error(name, "name 'oops' is not defined", arrow)])


def code(record: Record) -> list[str]:
    return [source for _, source in notebook.clean(record).cells]


def test_what_stands_before_the_error_stays_where_it_is_used(run: RunBuilder, record: Recorded) -> None:
    failed(run, "rows = list((1, 2))\noops\nrows = []", 2)
    run.execution("print(len(rows))")

    first, last = code(record("r001/2"))

    assert ("rows = list((1, 2))", "print(len(rows))") == (first.split("\n")[0], last)
    assert "oops\n" not in first
    assert "NameError: name 'oops' is not defined" in first
    assert first == code(record())[0], "in the notebook of the whole run as well"


def test_nothing_stays_of_a_failure_that_nobody_needs(run: RunBuilder, record: Recorded) -> None:
    failed(run, "rows = [1, 2]\noops", 2)
    run.execution("rows = list((3,))").execution("print(len(rows))")

    assert ["rows = list((3,))", "print(len(rows))"] == code(record())


def test_a_loop_that_failed_fails_again_and_no_further(run: RunBuilder, record: Recorded) -> None:
    failed(run, 'done = []\nfor one in (1, 0):\n    done.append("""\nx""" * (1 // one))', 3, "ZeroDivisionError")
    run.execution("print(done)")
    names: dict[str, object] = {}

    for source in code(record("r001/2")):
        exec(source, names)

    assert ["\nx"] == names["done"]


def test_what_was_interrupted_is_not_waited_for(run: RunBuilder, record: Recorded) -> None:
    failed(run, "step = int()\nwhile True:\n    step += 1", 3, "KeyboardInterrupt", "interrupted")
    run.execution("print(step)")

    first, _ = code(record("r001/2"))

    assert "step = int()" == first.split("\n")[0]
    assert "while" not in first
    assert "was interrupted here" in first


def test_a_cell_that_could_not_be_read_did_nothing(run: RunBuilder, record: Recorded) -> None:
    failed(run, "rows = [1\nprint(rows)", None, "SyntaxError")
    run.execution("rows = 1").execution("print(rows)")

    assert ["print(rows)"] == code(record())[-1:]
    assert [1] == [one.n for one in notebook.clean(record()).left_out]


def test_the_notebook_and_the_script_say_and_do_it(run: RunBuilder, record: Recorded) -> None:
    failed(run, "total = sum((2, 3))\noops", 2)
    run.execution("print(total)")

    page, module = notebook.build(record("r001/2")), script.build(record("r001/2"))

    assert "stays, as far as it came: execution 1." in page.cells[0].source
    assert "did not succeed" not in page.cells[0].source
    exec(compile(module, "script", "exec"), {"__name__": "script"})


@pytest.mark.parametrize("source", ["%%bash\nfalse", "!false\noops", "x = 1; oops"])
def test_what_cannot_be_taken_apart_stays_whole_or_not_at_all(source: str, run: RunBuilder, record: Recorded) -> None:
    failed(run, source, 1)
    run.execution("print(1)")

    assert "print(1)" == code(record())[-1]


@pytest.mark.parametrize(("version", "first"), [("3.7.5", "%matplotlib inline"), ("3.11.2", "")])
def test_the_first_figure_is_shown_where_an_old_matplotlib_would_not(
    version: str, first: str, run: RunBuilder, record: Recorded
) -> None:
    run.environment(packages={"matplotlib": version})
    run.execution("import matplotlib.pyplot as plt").execution("plt.plot([1])", outputs=[figure()])

    found = notebook.clean(record())

    assert first == found.first.split("\n")[-1]
    assert bool(first) == ("labjournal-first" in [cell.id for cell in notebook.build(record(), found).cells])
