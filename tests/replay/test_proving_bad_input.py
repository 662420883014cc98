"""`export --verify` where it cannot come out well: said in a sentence, nothing half-written, the user's files as they were."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import nbformat
import pytest

from labjournal.errors import LabjournalError
from labjournal.journal import places
from labjournal.journal.reader import Journal
from labjournal.questions.answers import ExportAnswer
from labjournal.records.export import export
from labjournal.replay.proofs.export import export_verified
from labjournal.replay.proofs.lacking import lacking
from tests.builders import JournalBuilder
from tests.replay.conftest import record

SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "journals"
AGAIN = "__import__('os').environ.get('LABJOURNAL_REPLAY_OF')"


def verified(tmp_path: Path, project: Path, *cells: str, forget: str = "") -> ExportAnswer:
    record(tmp_path / "journal", project / "messy.ipynb", *cells)
    if forget:  # neither the file nor what was kept of it is there any more
        (project / forget).unlink()
        shutil.rmtree(tmp_path / "journal" / "blobs")
    return export_verified(tmp_path / "journal", f"last/{len(cells)}", "notebook", tmp_path / "out.ipynb")


def test_a_graphics_card_that_is_not_there_is_named(tmp_path: Path, project: Path) -> None:
    fails = f"if {AGAIN}:\n    raise RuntimeError('Found no NVIDIA driver on your system.')\nprint('score: 3')"

    answer = verified(tmp_path, project, "import json", fails)

    assert (False, 1) == (answer["verified"], answer["proof"]["attempts"]), "more cells make no graphics card"
    assert "It needs a graphics card, and none is to be had here." == answer["proof"]["causes"][0]
    assert "Likely cause: It needs a graphics card" in nbformat.read(tmp_path / "out.ipynb", as_version=4).cells[
        0
    ].source.replace("\\", "")


def test_inputs_that_are_gone_are_named(tmp_path: Path, project: Path) -> None:
    (project / "prices.csv").write_text("1\n2\n")

    answer = verified(tmp_path, project, "rows = open('prices.csv').read().split()", "print(len(rows))", forget="prices.csv")

    assert answer["verified"] is False
    assert any("prices.csv" in said for said in (answer["proof"]["first_difference"] or "", *answer["proof"]["problems"]))
    assert ["messy.ipynb"] == sorted(path.name for path in project.iterdir())


@pytest.mark.parametrize(
    ("replayed", "word"),
    [
        ("failed: StdinNotImplementedError: raw_input was called, but this frontend does not support input requests.", "input"),
        ("failed: error: (25, 'Inappropriate ioctl for device')", "terminal"),
        ("failed: TclError: no display name and no $DISPLAY environment variable", "windows"),
        ("failed: URLError: <urlopen error [Errno -3] Temporary failure in name resolution>", "network"),
        ("abandoned", "died"),
        ("failed: KeyError: 'price'", ""),
    ],
)
def test_what_a_machine_lacks_is_told_from_the_error(replayed: str, word: str) -> None:
    said = lacking({"what": "status", "recorded": "ok", "replayed": replayed})

    assert (word in said) if word else said == ""


def test_a_journal_from_before_these_facts_gives_a_notebook(tmp_path: Path) -> None:
    """Nothing was recorded of how far what failed came, what was answered, or what was drawn."""
    for sample in sorted(SAMPLES.glob("schema-*.sqlite.gz")):
        folder = tmp_path / sample.name
        places.prepare(folder)
        (folder / places.DATABASE).write_bytes(gzip.decompress(sample.read_bytes()))
        written = 0
        with Journal.open(folder) as journal:
            for run in journal.runs():
                for execution in journal.executions(run.run):
                    place = folder / f"{run.run}-{execution.n}.ipynb"
                    if execution.status != "ok":
                        with pytest.raises(LabjournalError, match=r"so (it has no result|there is no notebook)"):
                            export(journal, str(execution.address), "notebook", place)
                        assert not place.exists()
                    elif execution.source.strip() and not execution.off:
                        export(journal, str(execution.address), "notebook", place)
                        nbformat.validate(nbformat.read(place, as_version=4))
                        written += 1
        assert written


def test_a_result_that_failed_has_no_notebook_of_its_own(builder: JournalBuilder, tmp_path: Path) -> None:
    builder.run().execution("rows = list('ab')").execution("rows.total()", status="failed")
    with builder.open() as journal, pytest.raises(LabjournalError, match="r001/2 failed, so it has no result"):
        export(journal, "last/2", "notebook", tmp_path / "out.ipynb")

    assert not (tmp_path / "out.ipynb").exists()


def test_a_recipe_of_2000_executions_becomes_a_notebook(builder: JournalBuilder, tmp_path: Path) -> None:
    run = builder.run()
    run.execution("total = sum(())")
    for number in range(1998):
        run.execution(f"total += {number}", bound=["total"], used=["total"])
    run.execution("print(total)", used=["total"])
    with builder.open() as journal:
        export(journal, "last/2000", "notebook", tmp_path / "out.ipynb")

    assert 2002 == len(nbformat.read(tmp_path / "out.ipynb", as_version=4).cells)
