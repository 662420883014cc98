"""`export --to script --verify` runs the file that is handed over, not only its cells."""

from __future__ import annotations

from pathlib import Path

from labjournal.questions.answers import ExportAnswer
from labjournal.replay.proofs.export import export_verified
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
