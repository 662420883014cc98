"""What the panel lists: a page of executions in short, one execution whole, its picture, every version of a cell."""

from __future__ import annotations

import base64

from labjournal.questions.summaries import detail, first_lines, summaries, thumbnail
from labjournal.questions.versions import versions
from tests.builders import PNG, START, JournalBuilder, RunBuilder, display, error, figure, stream, written


def test_a_page_is_cut_where_it_is_asked_to(builder: JournalBuilder, run: RunBuilder) -> None:
    for number in range(1, 8):
        run.execution(f"a = {number}")

    with builder.open() as journal:
        newest = summaries(journal, run.run, newest_first=True, limit=3)
        older = summaries(journal, run.run, last=4, newest_first=True, limit=3)
        middle = summaries(journal, run.run, first=3, last=5)

    assert [7, 7, 7] == [answer["total"] for answer in (newest, older, middle)]
    assert [[7, 6, 5], [4, 3, 2], [3, 4, 5]] == [
        [part["n"] for part in answer["executions"]] for answer in (newest, older, middle)
    ]


def test_a_line_of_the_list_says_what_is_in_it(builder: JournalBuilder, run: RunBuilder) -> None:
    run.execution(
        "\n# draw\n\nplot()\nsave()\nmore()", outputs=[stream("x"), figure()], writes=[written("/a.png", b"1")], metrics={"loss": 0.5},
        redactions=1, cell_id="c1",
    ).tag("good", n=1)  # fmt: skip

    with builder.open() as journal:
        (part,) = summaries(journal, run.run)["executions"]

    expected = ("# draw\nplot()\nsave()", 2, True, {"loss": 0.5}, ["1 secret was masked in the code."], 1, ["good"], "c1")
    assert expected == (
        part["first_lines"], part["outputs_count"], part["thumbnail"], part["metrics"], part["warnings"], part["files_count"], part["tags"],
        part["cell_id"],
    )  # fmt: skip


def test_a_line_of_what_failed_says_what_it_failed_with(builder: JournalBuilder, run: RunBuilder) -> None:
    run.execution("1/0", outputs=[error("ZeroDivisionError", "division by zero" + " and more" * 100)], status="failed").execution(
        "1"
    )

    with builder.open() as journal:
        failed, done = summaries(journal, run.run)["executions"]

    assert failed["error"].startswith("ZeroDivisionError: division by zero and more")
    assert 200 == len(failed["error"])
    assert "" == done["error"]


def test_a_very_long_line_is_cut_in_the_list() -> None:
    assert 200 == len(first_lines("x" * 100_000))


def test_the_whole_execution_has_its_names_and_outputs(builder: JournalBuilder, run: RunBuilder) -> None:
    run.execution("b = a", bound=["b"], used=["a"], outputs=[figure()])

    with builder.open() as journal:
        answer = detail(journal, run.run, 1)

    assert {"bound": ["b"], "used": ["a"]} == answer["names"]
    assert PNG == base64.b64decode(answer["outputs"][0]["data"]["image/png"])


def test_the_picture_is_the_first_raster_one(builder: JournalBuilder, run: RunBuilder) -> None:
    run.execution("show()", outputs=[display({"image/svg+xml": "<svg onload='x()'/>"}), figure()]).execution(
        "print()", outputs=[stream("x")]
    )
    run.execution(
        "broken()", outputs=[display({"image/png": {"blob": "no digest", "bytes": 3, "base64": True}}), display({"image/png": 7})]
    )

    with builder.open() as journal:
        assert [("image/png", PNG), None, None] == [thumbnail(journal, run.run, n) for n in (1, 2, 3)]


def test_versions_of_a_cell_over_all_runs_of_its_notebook(builder: JournalBuilder) -> None:
    for number in range(2):
        run = builder.run(started=START + 1000 * number)
        run.execution(f"a = {number}", cell_id="c1").execution("other", cell_id="c2").execution(
            f"a = {number}.5", cell_id="c1", status="failed"
        )
    builder.run(notebook="/elsewhere.ipynb").execution("a = 9", cell_id="c1")

    with builder.open() as journal:
        answer = versions(journal, "/home/ada/analysis.ipynb", "c1")["versions"]

    assert [("r002/3", "a = 1.5"), ("r002/1", "a = 1"), ("r001/3", "a = 0.5"), ("r001/1", "a = 0")] == [
        (part["address"], part["source"]) for part in answer
    ]
