"""`export --verify`: an export is run before it is handed over, and says what came of that."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from labjournal.errors import LabjournalError
from labjournal.journal.reader import Journal
from labjournal.questions.answers import ExportAnswer
from labjournal.replay.proofs.export import export_verified
from tests.replay.conftest import record

Verified = Callable[..., ExportAnswer]


@pytest.fixture
def verified(tmp_path: Path, project: Path) -> Verified:
    """Records cells and exports the last of them, verified."""

    def exported(
        *cells: str, n: int | None = None, kind: str = "notebook", name: str = "out.ipynb", **options: Any
    ) -> ExportAnswer:
        record(tmp_path / "journal", project / "messy.ipynb", *cells)
        said: list[str] = []
        answer = export_verified(
            tmp_path / "journal", f"last/{n or len(cells)}", kind, tmp_path / name, progress=said.append, **options
        )
        assert said
        return answer

    return exported


def notebook(answer: ExportAnswer) -> tuple[str, dict[str, Any], list[str]]:
    """Its first cell, what it says to programs, and its code."""
    content = nbformat.read(answer["path"], as_version=4)
    nbformat.validate(content)
    return (
        content.cells[0].source,
        content.metadata["labjournal"],
        [cell.source for cell in content.cells if cell.cell_type == "code"][1:],
    )


def test_what_came_out_the_same_is_verified_and_says_how(verified: Verified) -> None:
    answer = verified("rate = 0.5", "junk = 1 / 0", "other = 3", "total = rate * 4\nprint('total:', total)")

    title, told, code = notebook(answer)
    assert (True, [1, 4], 1) == (answer["verified"], answer["proof"]["executions"], answer["proof"]["attempts"])
    assert ["total = rate * 4\nprint('total:', total)"] == code
    assert "**Verified** " in title
    assert "the printed text" in title
    assert {"date", "environment", "compared", "replay", "attempts"} == told["verified"].keys()
    assert told["verified"]["environment"]["python"]


def test_what_the_recipe_lacks_is_found_by_running(verified: Verified) -> None:
    """Nothing in the text says that the first cell makes the name of the third."""
    answer = verified("import builtins\nbuiltins.__dict__.__setitem__('hidden', 5)", "noise = 1", "print(hidden)")

    assert (True, [1], [1, 3]) == (answer["verified"], answer["proof"]["added"], answer["proof"]["executions"])


def test_what_is_in_only_from_caution_is_left_out_where_it_is_not_needed(verified: Verified) -> None:
    answer = verified(
        "import warnings", "warnings.filterwarnings('ignore')", "exec('unused = 1')", "value = [1, 2]", "print(sum(value))"
    )

    assert (True, [1, 2, 3]) == (answer["verified"], answer["proof"]["removed"])
    assert ["print(sum(value))"] == notebook(answer)[2]


def test_a_cell_that_was_executed_again_is_there_once_where_that_gives_the_same(verified: Verified) -> None:
    """Then its values can be varied; and looks at data at the ends of cells go with it."""
    twice = "table['b'] = [k * n for n in table['a']]\nlen(table)"
    answer = verified(
        "table = {'a': [1, 2]}\ntable", "k = 2", twice, "k = 3", twice, "n = 0", "n += 1", "n += 1", "print(table, n)"
    )

    _, told, code = notebook(answer)
    assert (True, [2, 3]) == (answer["verified"], answer["proof"]["removed"])
    assert [
        "table = {'a': [1, 2]}",
        "table['b'] = [k * n for n in table['a']]",
        "n = 0",
        *["n += 1"] * 2,
        "print(table, n)",
    ] == code
    assert {"k": 3} == {name: value for name, value in told["parameters"].items() if name == "k"}


def test_what_is_in_from_caution_and_needed_stays(verified: Verified) -> None:
    answer = verified("import os", "os.environ['DEPTH'] = '4'", "exec('unused = 1')", "print(os.environ.get('DEPTH'))")

    assert (True, [3]) == (answer["verified"], answer["proof"]["removed"])


def test_what_differs_is_exported_without_the_word(verified: Verified) -> None:
    answer = verified("import random", "score = random.random()", "print('score:', score)")

    title, told, _ = notebook(answer)
    assert answer["verified"] is False
    assert "Random numbers are drawn without a seed" in answer["proof"]["causes"][0]
    assert "did not come out as recorded" in title
    assert "Random numbers" in title
    assert "run_again" in told
    assert "verified" not in Path(answer["path"]).read_text(encoding="utf-8").lower()


def test_a_cell_that_never_ends_is_given_a_time(verified: Verified) -> None:
    """It ended when it was recorded; the replay waits for what will not come."""
    wait = "import os, time\nwhile os.environ.get('LABJOURNAL_REPLAY_OF'):\n    time.sleep(0.1)\nprint('score: 3')"

    answer = verified(wait, within_s=3.0)

    assert answer["verified"] is False
    assert "had not ended when the time was up (3 s in all)" in (answer["proof"]["first_difference"] or "")
    assert "verified" not in Path(answer["path"]).read_text(encoding="utf-8").lower()


def test_inputs_are_those_that_were_recorded(verified: Verified, project: Path) -> None:
    """The file has changed since; its recorded content is kept and laid out."""
    (project / "prices.csv").write_text("1\n2\n")
    change = "open('prices.csv').read().split()"

    answer = verified("import json", f"rows = {change}", "print(len(rows))")
    (project / "prices.csv").write_text("1\n2\n3\n")
    again = export_verified(Path(answer["path"]).parent / "journal", "last/3", "notebook", Path(answer["path"]), force=True)

    assert (True, True) == (answer["verified"], again["verified"])
    assert "1\n2\n3\n" == (project / "prices.csv").read_text()


def test_a_secret_that_was_not_recorded_is_asked_for(verified: Verified, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = "ghp_abcdefghijklmnopqrstuvwxyz0123456789"
    monkeypatch.delenv("TOKEN", raising=False)

    answer = verified(f"TOKEN = '{secret}'", "print(len(TOKEN))")
    monkeypatch.setenv("TOKEN", secret)
    again = export_verified(tmp_path / "journal", "last/2", "notebook", tmp_path / "again.ipynb")

    assert (False, 1, True) == (answer["verified"], answer["proof"]["attempts"], again["verified"])
    assert "Secrets were not recorded; set TOKEN in the environment first." == answer["proof"]["causes"][0]
    assert secret not in (tmp_path / "again.ipynb").read_text(encoding="utf-8")


def test_the_users_files_are_not_touched(verified: Verified, project: Path) -> None:
    answer = verified("open('result.txt', 'w').write('a')\nprint('written')")

    assert (True, ["the printed text", "the file result.txt"]) == (answer["verified"], answer["proof"]["compared"])
    assert {"messy.ipynb", "result.txt"} == {path.name for path in project.iterdir()}


def test_a_target_that_failed_is_refused_and_nothing_is_written(verified: Verified, tmp_path: Path) -> None:
    with pytest.raises(LabjournalError, match="failed, so there is no result to verify"):
        verified("x = 1", "1 / 0")

    assert not (tmp_path / "out.ipynb").exists()


def test_a_page_cannot_be_verified(verified: Verified) -> None:
    with pytest.raises(LabjournalError, match="holds nothing that could be run"):
        verified("x = 1", kind="html")


def test_a_script_says_what_came_of_it(verified: Verified) -> None:
    answer = verified("depth = 3", "print(depth * 2)", kind="script", name="out.py")

    text = Path(answer["path"]).read_text(encoding="utf-8")
    assert answer["verified"] is True
    assert "Verified " in text
    assert "def main(depth: int = 3)" in text


def test_a_crate_says_what_came_of_it(verified: Verified) -> None:
    import zipfile

    answer = verified("depth = 3", "print(depth * 2)", kind="crate", name="out.zip")

    with zipfile.ZipFile(answer["path"]) as crate:
        assert "Verified " in crate.read("README.md").decode()
        assert "verified" in json.loads(crate.read("notebook.ipynb"))["metadata"]["labjournal"]


def test_what_was_tried_is_no_work_of_ones_own(verified: Verified, tmp_path: Path) -> None:
    answer = verified("x = 2", "print(x)")

    with Journal.open(tmp_path / "journal") as journal:
        replays = [run.replay_of for run in journal.runs() if run.replay_of]
    assert [answer["address"]] == replays


def test_with_its_data_it_is_run_as_it_is_handed_over(verified: Verified, project: Path, tmp_path: Path) -> None:
    """The inputs beside it and nothing else: what lay in another folder has another path there."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "far.csv").write_text("1\n2\n")
    (project / "near.csv").write_text("30\n")
    cells = (
        f"far = open({str(tmp_path / 'elsewhere' / 'far.csv')!r}).read().split()",
        "near = open('near.csv').read()",
        "print(far, near)",
    )
    answer = verified(*cells, with_data=True)

    assert (True, 2) == (answer["verified"], answer["proof"]["attempts"])
    assert {"data/far.csv", "near.csv"} == {str(Path(path).relative_to(tmp_path)) for path in answer["beside"]}


def test_what_needs_more_of_the_project_than_lies_beside_it_is_not_verified(verified: Verified, project: Path) -> None:
    (project / "near.csv").write_text("30\n")
    (project / "token").write_text("a file whose content was not recorded")
    answer = verified("near = open('near.csv').read()", "import os\nprint(near, os.path.exists('token'))", with_data=True)

    assert not answer["verified"]
    assert "False" in (answer["proof"]["first_difference"] or "")


def test_a_whole_run_is_verified_as_a_whole(verified: Verified, tmp_path: Path, project: Path) -> None:
    record(tmp_path / "journal", project / "whole.ipynb", "x = 2", "print(x)", "x * 3")

    answer = export_verified(tmp_path / "journal", "last", "notebook", tmp_path / "whole.ipynb")

    assert (True, ["the printed text", "the values it showed"]) == (answer["verified"], answer["proof"]["compared"])
