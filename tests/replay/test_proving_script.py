"""`export --to script --verify` runs the file that is handed over, not only its cells."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from labjournal.events import OutputShown
from labjournal.journal.rows import Address
from labjournal.questions.answers import ExportAnswer
from labjournal.records.record import build
from labjournal.replay.proofs.export import export_verified
from labjournal.replay.proofs.proving_script import _printed_apart
from tests.builders import JournalBuilder, display, result, stream
from tests.replay.conftest import record


def verified(tmp_path: Path, project: Path, *cells: str) -> ExportAnswer:
    record(tmp_path / "journal", project / "messy.ipynb", *cells)
    return export_verified(tmp_path / "journal", f"last/{len(cells)}", "script", tmp_path / "out.py")


def test_the_file_gives_text_value_and_files(tmp_path: Path, project: Path) -> None:
    (project / "rows.txt").write_text("3\n4\n")
    answer = verified(
        tmp_path,
        project,
        "scale = 2.5",
        "rows = [float(row) * scale for row in open('rows.txt')]",
        "print('rows:', rows)\nwith open('sum.txt', 'w') as file:\n    file.write(str(sum(rows)))\nsum(rows)",
    )

    text = (tmp_path / "out.py").read_text(encoding="utf-8")
    assert (True, None, 2) == (answer["verified"], answer["proof"]["first_difference"], answer["proof"]["attempts"])
    assert "Verified " in text
    assert ["messy.ipynb", "rows.txt", "sum.txt"] == sorted(path.name for path in project.iterdir())


def test_what_only_a_notebook_can_do_is_found_out(tmp_path: Path, project: Path) -> None:
    """The cells alone give the same; as a file the code is not in IPython."""
    answer = verified(tmp_path, project, "import sys", "print('ipykernel' in sys.modules)")

    assert answer["verified"] is False
    assert "The script printed something else: True → False" == answer["proof"]["first_difference"]
    assert "Verified" not in (tmp_path / "out.py").read_text(encoding="utf-8")


def test_a_file_that_fails_says_with_what(tmp_path: Path, project: Path) -> None:
    answer = verified(tmp_path, project, "import os", "value = get_ipython().user_ns['os'].sep\nprint(value)")

    assert answer["verified"] is False
    assert "The script did not run to its end: NameError" in (answer["proof"]["first_difference"] or "")


TABLE = "   a  b\n0  1  2.5"


@pytest.mark.parametrize(
    ("cells", "printed", "apart"),
    [
        (
            (("display(t)", [display({"text/plain": TABLE})]), ("print('end', 3)", [stream("end 3\n")])),
            "  a  b\n0 1 2.5\nend 3\n",
            False,
        ),
        (
            (("display(t)", [display({"text/plain": TABLE})]), ("print('end', 3)", [stream("end 3\n")])),
            "  a  b\n0 1 2.5\nend 4\n",
            True,
        ),
        ((("!ls", [stream("a.txt\n")]), ("print('end', 3)\n7", [stream("end 3\n"), result("7")])), "other\nend 3\n7\n", False),
        ((("!ls", [stream("a.txt\n")]), ("print('end', 3)\n7", [stream("end 3\n"), result("7")])), "other\nend 3\n8\n", True),
        ((("x = 1", []), ("display(t)\n5", [display({"text/plain": TABLE}), result("5")])), f"{TABLE}\n5\n", False),
        (
            (("x = 1", []), ("display(t)\n5", [display({"text/plain": TABLE}), result("5")])),
            f"{TABLE.replace('2.5', '2.6')}\n5\n",
            True,
        ),
        ((("x = [1]\nprint(len(x))", [stream("1\n")]), ("print(x)", [stream("[1]\n")])), "[1]\n", False),
        ((("x = [1]\nprint(len(x))", [stream("1\n")]), ("print(x)", [stream("[1]\n")])), "[2]\n", True),
        ((("x = 1", []), ("%timeit x", [stream("3 ns\n")])), "anything", False),
    ],
)
def test_what_is_displayed_and_what_ipython_prints_before_hides_no_difference_of_the_result(
    cells: Sequence[tuple[str, list[OutputShown]]], printed: str, apart: bool, builder: JournalBuilder
) -> None:
    run = builder.run()
    for source, outputs in cells:
        run.execution(source, outputs=outputs)
    with builder.open() as journal:
        steps = build(journal, Address(run.run)).steps

    assert apart is bool(_printed_apart(steps, printed))
