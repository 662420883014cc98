"""Would a notebook run from top to bottom, and what would differ from what is on screen: told without executing anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import nbformat
import pytest

from labjournal.errors import LabjournalError
from labjournal.questions.answers import CheckAnswer
from labjournal.questions.check.checking import check
from labjournal.recorders.redaction import redact
from tests.builders import JournalBuilder, RunBuilder, error, read

Cells = Sequence[str | tuple[str, int | None]]


@pytest.fixture
def saved(tmp_path: Path) -> Callable[..., Path]:
    """A notebook of these cells on disk; a cell may come with its `In [ ]`. Its ids are a, b, c, …"""

    def written(*cells: str | tuple[str, int | None], path: Path = tmp_path / "mine.ipynb") -> Path:
        made = []
        for letter, cell in zip("abcdefghij", cells, strict=False):
            source, count = cell if isinstance(cell, tuple) else (cell, None)
            made.append(nbformat.v4.new_code_cell(source, id=letter, execution_count=count))
        nbformat.write(nbformat.v4.new_notebook(cells=made), path)
        return path

    return written


def problems(answer: CheckAnswer) -> list[tuple[int, str]]:
    assert answer["ok"] is not bool(answer["problems"])
    return [(problem["cell"], problem["what"]) for problem in answer["problems"]]


def of_file(path: Path) -> list[tuple[int, str]]:
    return problems(check(path, None))


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (("a = 1", "print(a)"), []),
        (("print(a)", "a = 1"), [(1, "defined only later")]),
        (("print(gone)",), [(1, "not defined")]),
        (("n += 1",), [(1, "not defined")]),
        (("def f():\n    return rate", "f()", "rate = 2"), [(2, "defined only later")]),
        (("def f():\n    return rate", "rate = 2", "f()"), []),
        (("def g():\n    return f()", "def f():\n    return rate", "g()"), [(3, "not defined")]),
        (("def f():\n    return 1", "def f(x):\n    return x + rate", "rate = 1\nf(1)"), []),
        (("a = 1", "del a", "print(a)"), [(3, "deleted before")]),
        (("a = 1", "del a", "a = 2", "print(a)"), []),
        (("try:\n    late\nexcept NameError:\n    late = 1", "late"), []),
        (("from math import *", "sqrt(4)"), []),
        (("exec('a = 1')", "a"), []),
        (("%run setup.py", "threshold"), []),
        (("lines = !ls", "lines"), []),
        (("%time a = 1", "a"), []),
        (("%%capture out\nb = 1", "b, out"), []),
        (("[x for x in range(3)]", "x"), [(2, "not defined")]),
        (("with open('new.txt', 'w') as f:\n    y = f.write('1')", "y"), []),
        (("for i in range(3):\n    last = i", "last, i"), []),
        (("if (n := 10) > 5:\n    pass", "n"), []),
        (("class A:\n    size = 2\n    def f(self):\n        return later", "A().f()", "later = 1"), []),
        (("def broken(:\n    pass",), [(1, "not Python")]),
        (("%matplotlib inline\n!ls\nawait_me = 1", "import asyncio\nawait asyncio.sleep(0)"), []),
        (("print?",), []),
        (("global_name = lambda: other", "other = 2", "global_name()"), []),
    ],
)  # fmt: skip
def test_what_would_go_wrong_from_top_to_bottom(
    cells: Cells, expected: list[tuple[int, str]], saved: Callable[..., Path]
) -> None:
    assert expected == of_file(saved(*cells))


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ((("a = 1", 1), ("print(a)", 2)), []),
        ((("a = 1", 3), ("print(a)", 2)), []),
        ((("a = 1", 1), ("print(a)", 3), ("a = 2", 2)), [(2, "ran out of order")]),
        ((("a = 1", 1), ("a = 2", 3), ("print(a)", 2)), [(3, "stale")]),
        ((("a = 1", 1), ("a = 2", None), ("print(a)", 2)), [(3, "stands behind one that has not run")]),
        ((("rows = []", 1), ("rows.append(1)", 3), ("len(rows)", 2)), [(3, "stale")]),
        ((("rows = [1]", 1), ("rows.count(1)", 3), ("len(rows)", 2)), []),
        ((("a = 1", 1), ("a = 2", 1), ("print(a)", 2)), []),
    ],
)  # fmt: skip
def test_what_the_counts_tell_without_a_journal(
    cells: Cells, expected: list[tuple[int, str]], saved: Callable[..., Path]
) -> None:
    """Equal counts are of several kernels: then they tell nothing."""
    assert expected == of_file(saved(*cells))


def test_a_file_that_is_not_there_is_said(saved: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "here.csv").write_text("1")

    path = saved("import pandas as pd", "pd.read_csv('here.csv')", "pd.read_csv('data/away.csv')", "pd.read_csv('https://x.org/a.csv')",
                 "df.to_csv('made.csv')\ndf = 1", "pd.read_csv('made.csv')")  # fmt: skip

    assert [(3, "file missing"), (5, "not defined")] == of_file(path)


def test_an_error_on_screen_is_where_it_would_stop(saved: Callable[..., Path], tmp_path: Path) -> None:
    path = saved("1 / 0", "1 / 0")
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.outputs = [nbformat.v4.new_output("error", ename="ZeroDivisionError", evalue="division by zero", traceback=[])]
    notebook.cells[1].metadata["tags"] = ["raises-exception"]
    nbformat.write(notebook, path)

    assert [(1, "failed")] == of_file(path)


# with a journal


@pytest.fixture
def story(builder: JournalBuilder, tmp_path: Path) -> RunBuilder:
    return builder.run(notebook=str(tmp_path / "mine.ipynb"), folder=str(tmp_path))


def told(builder: JournalBuilder, path: Path) -> list[tuple[int, str, str]]:
    with builder.open() as journal:
        answer = check(path, journal)
    assert answer["recorded"]
    return [(problem["cell"], problem["what"], problem["why"]) for problem in answer["problems"]]


def test_a_notebook_that_ran_as_it_stands_is_fine(builder: JournalBuilder, story: RunBuilder, saved: Callable[..., Path]) -> None:
    story.execution("a = 1", cell_id="a", bound=["a"]).execution("print(a)", cell_id="b", used=["a"])

    assert [] == told(builder, saved("a = 1", "print(a)"))


def test_a_cell_that_was_edited_since_is_said(builder: JournalBuilder, story: RunBuilder, saved: Callable[..., Path]) -> None:
    story.execution("a = 1", cell_id="a", bound=["a"]).execution("print(a)", cell_id="b", used=["a"])

    assert [(1, "edited since it ran", "Its code is not what ran last (r001/1, `a = 1`).")] == told(
        builder, saved("a = 2", "print(a)")
    )


def test_a_cell_that_failed_last_is_said_though_the_file_does_not_show_it(
    builder: JournalBuilder, story: RunBuilder, saved: Callable[..., Path]
) -> None:
    story.execution("1 / 0", cell_id="a", status="failed", outputs=[error("ZeroDivisionError", "division by zero")])

    assert [(1, "failed")] == [problem[:2] for problem in told(builder, saved("1 / 0"))]


def test_a_masked_secret_is_no_edit(builder: JournalBuilder, story: RunBuilder, saved: Callable[..., Path]) -> None:
    masked = redact("password = 'hunter2hunter2'", code=True).text
    assert "hunter2" not in masked
    story.execution(masked, cell_id="a", bound=["password"], redactions=1)

    assert [] == told(builder, saved("password = 'hunter2hunter2'"))


def test_what_came_from_a_cell_that_is_gone_is_said(
    builder: JournalBuilder, story: RunBuilder, saved: Callable[..., Path]
) -> None:
    story.execution("rate = 0.2", cell_id="deleted", bound=["rate"]).execution("print(rate)", cell_id="a", used=["rate"])

    assert [
        (1, "not defined", "It uses 'rate', which no cell defines any more; r001/1 did (`rate = 0.2`), a cell that is gone.")
    ] == told(builder, saved("print(rate)"))


def test_a_value_of_a_cell_that_is_gone_where_another_gives_one_now(
    builder: JournalBuilder, story: RunBuilder, saved: Callable[..., Path]
) -> None:
    story.execution("rate = 0.1", cell_id="a", bound=["rate"]).execution("rate = 0.2", cell_id="deleted", bound=["rate"])
    story.execution("print(rate)", cell_id="b", used=["rate"])

    assert [(2, "from a cell that is gone")] == [problem[:2] for problem in told(builder, saved("rate = 0.1", "print(rate)"))]


def test_a_cell_that_ran_three_times_before_is_said(
    builder: JournalBuilder, story: RunBuilder, saved: Callable[..., Path]
) -> None:
    story.execution("n = 0", cell_id="a", bound=["n"])
    for _ in range(3):
        story.execution("n += 1", cell_id="b", bound=["n"], used=["n"])
    story.execution("print(n)", cell_id="c", used=["n"])

    found = told(builder, saved("n = 0", "n += 1", "print(n)"))

    assert (3, "ran several times", "'n' was changed by cell 2, which had run 3 times before.") in found


def test_a_cell_above_that_ran_later_makes_it_stale(
    builder: JournalBuilder, story: RunBuilder, saved: Callable[..., Path]
) -> None:
    story.execution("a = 1", cell_id="a", bound=["a"]).execution("print(a)", cell_id="c", used=["a"])
    story.execution("a = 5", cell_id="b", bound=["a"])

    assert [(3, "stale", "Cell 2 above it sets 'a' and ran after it.")] == told(builder, saved("a = 1", "a = 5", "print(a)"))


def test_a_cell_above_that_ran_again_with_other_code_makes_it_stale_and_the_same_again_does_not(
    builder: JournalBuilder, story: RunBuilder, saved: Callable[..., Path]
) -> None:
    story.execution("rate = 1", cell_id="a", bound=["rate"]).execution("b = rate * 2", cell_id="b", bound=["b"], used=["rate"])
    story.execution("print(b)", cell_id="c", used=["b"]).execution("rate = 1", cell_id="a", bound=["rate"])

    path = saved("rate = 1", "b = rate * 2", "print(b)")
    assert [] == told(builder, path)
    story.execution("rate = 3", cell_id="a", bound=["rate"])
    saved("rate = 3", "b = rate * 2", "print(b)")
    assert [(2, "stale", "Cell 1 above it sets 'rate' and ran again since, changed.")] == told(builder, path)
    story.execution("b = rate * 2", cell_id="b", bound=["b"], used=["rate"])
    assert [(3, "stale", "Cell 2 above it sets 'b' and ran again since, changed.")] == told(builder, path)
    story.execution("print(b)", cell_id="c", used=["b"])
    assert [] == told(builder, path)


def test_a_name_that_a_former_version_of_the_cell_itself_bound_is_said_once(
    builder: JournalBuilder, story: RunBuilder, saved: Callable[..., Path]
) -> None:
    story.execution("def helper(x):\n    return x", cell_id="a", bound=["helper"])
    story.execution("print(helper(3))", cell_id="a", used=["helper"])

    assert [(1, "not defined", "It uses 'helper', which no cell defines any more; cell 1 did, before it was edited.")] == told(
        builder, saved("print(helper(3))")
    )


def test_a_file_that_changed_since_or_is_gone_is_said(
    builder: JournalBuilder, story: RunBuilder, saved: Callable[..., Path], tmp_path: Path
) -> None:
    story.execution("open('a.csv').read()", cell_id="a", reads=[read(tmp_path / "a.csv", b"1", given="a.csv")])
    story.execution(
        "name = 'b' + '.csv'\nopen(name).read()",
        cell_id="b",
        bound=["name"],
        reads=[read(tmp_path / "b.csv", b"1", given="b.csv")],
    )
    (tmp_path / "a.csv").write_bytes(b"2")

    found = told(builder, saved("open('a.csv').read()", "name = 'b' + '.csv'\nopen(name).read()"))

    assert [(1, "file changed"), (2, "file missing")] == [problem[:2] for problem in found]


def test_replays_are_not_what_is_on_screen(
    builder: JournalBuilder, story: RunBuilder, saved: Callable[..., Path], tmp_path: Path
) -> None:
    story.execution("a = 1", cell_id="a", bound=["a"])
    builder.run(notebook=str(tmp_path / "mine.ipynb"), replay_of="r001").execution("a = 2", cell_id="a", bound=["a"])

    assert [] == told(builder, saved("a = 1"))


def test_an_older_format_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "old.ipynb"
    path.write_text(
        '{"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": ["print(", "gone)"], "outputs": []}]}]}'
    )

    assert [(1, "not defined")] == of_file(path)


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", "not json", '{"cells": 3}', "\x00", "[" * 100_000, '{"nbformat": 4, "cells": "x"}']
)
def test_what_is_no_notebook_is_said(content: str, tmp_path: Path) -> None:
    path = tmp_path / "x.ipynb"
    path.write_text(content)

    with pytest.raises(LabjournalError, match="is no notebook"):
        check(path, None)


def test_hostile_cells_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "x.ipynb"
    path.write_text(
        '{"nbformat": 4, "metadata": 3, "cells": [3, null, {"cell_type": "code"}, {"cell_type": "code", "source": {"a": 1}, "outputs": 5},'
        '{"cell_type": "code", "source": ["a = 1", 7], "outputs": [1, {"output_type": "error"}], "metadata": [], "execution_count": "1", "id": 9}]}'
    )

    assert [(5, "failed")] == of_file(path)


def test_a_notebook_of_another_language_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.ipynb"
    path.write_text('{"nbformat": 4, "metadata": {"language_info": {"name": "R"}}, "cells": []}')

    with pytest.raises(LabjournalError, match="not of Python"):
        check(path, None)
