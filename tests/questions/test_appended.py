"""A file that was added to comes from everybody whose part stands in it, and nobody asks about a log that is only written."""

from __future__ import annotations

import pytest

from labjournal.journal.rows import Address
from labjournal.questions.origin.answers import ProducedBy
from labjournal.questions.origin.lineage import lineage
from labjournal.questions.origin.targets import find
from labjournal.questions.origin.why import why
from labjournal.questions.recipe.slicing import recipe
from tests.builders import START, JournalBuilder, RunBuilder, read, sha256, written

DAY = 86400.0
SCORES = "/home/ada/scores.csv"
LINES = [b"", b"1\n", b"1\n2\n", b"1\n2\n3\n"]
APPEND = "open('scores.csv', how).write('line')"


def add(run: RunBuilder, number: int, source: str = APPEND) -> None:
    """The execution adds line `number` to what stood there."""
    run.execution(
        source,
        used=["how"],
        reads=[read(SCORES, LINES[number - 1], layer="audit append")],
        writes=[written(SCORES, LINES[number])],
    )


@pytest.fixture
def three_days(builder: JournalBuilder) -> JournalBuilder:
    """A line is added on each of two days to what the first day began; on the third it is all read."""
    first = builder.run(notebook="/home/ada/first.ipynb").execution("how = 'a'", bound=["how"])
    first.execution(APPEND, used=["how"], writes=[written(SCORES, LINES[1])])
    second = builder.run(notebook="/home/ada/second.ipynb", started=START + DAY).execution("how = 'a'", bound=["how"])
    add(second, 2)
    third = builder.run(notebook="/home/ada/third.ipynb", started=START + 2 * DAY).execution("how = 'a'", bound=["how"])
    add(third, 3)
    third.execution("rows = load()", bound=["rows"], reads=[read(SCORES, LINES[3])])
    third.execution("score = best(rows)", bound=["score"], used=["rows"], metrics={"score": 0.9})
    return builder


def maker(made: ProducedBy | None) -> str:
    return made["address"] if made else ""


def numbers(builder: JournalBuilder, address: Address) -> list[int]:
    with builder.open() as journal:
        return [execution.n for execution in recipe(journal, address)]


def test_every_run_that_added_to_a_file_lies_behind_it(three_days: JournalBuilder) -> None:
    with three_days.open() as journal:
        answer = why(journal, find(journal, sha256(LINES[3])))
        runs = [run.run for run in reversed(journal.runs())]

    assert f"{runs[2]}/2" == maker(answer["produced_by"])
    assert [(SCORES, sha256(LINES[2]), f"{runs[1]}/2")] == [
        (part["path"], part["sha256"], maker(part["produced_by"])) for part in answer["inputs"]
    ]
    assert [([f"{runs[1]}/2"], 1), ([f"{runs[0]}/2"], 2)] == [
        (part["addresses"], part["distance"]) for part in answer["upstream"]
    ]


def test_a_number_made_of_the_file_comes_from_them_too(three_days: JournalBuilder) -> None:
    with three_days.open() as journal:
        runs = [run.run for run in reversed(journal.runs())]
        answer = why(journal, find(journal, f"{runs[2]}/4:score"))

    assert [f"{runs[2]}/{n}" for n in (1, 2, 3, 4)] == [step["address"] for step in answer["recipe"]]
    assert [runs[1], runs[0]] == [part["run"] for part in answer["upstream"]]


def test_the_graph_shows_what_it_grew_from(three_days: JournalBuilder) -> None:
    with three_days.open() as journal:
        runs = [run.run for run in reversed(journal.runs())]
        answer = lineage(journal, find(journal, sha256(LINES[2])))
    edges = {(edge["source"], edge["target"], edge["role"]) for edge in answer["edges"]}

    assert {
        (f"execution:{runs[0]}/2", f"file:{sha256(LINES[1])}", "written"),
        (f"file:{sha256(LINES[1])}", f"file:{sha256(LINES[2])}", "appended"),
        (f"file:{sha256(LINES[2])}", f"file:{sha256(LINES[3])}", "appended"),
    } <= edges


def test_who_used_the_first_lines_is_who_read_them_all(three_days: JournalBuilder) -> None:
    with three_days.open() as journal:
        runs = [run.run for run in reversed(journal.runs())]
        answer = why(journal, find(journal, sha256(LINES[1])), forward=True)

    assert [f"{runs[1]}/2", f"{runs[2]}/2", f"{runs[2]}/3"] == [part["address"] for part in answer["used_by"]]


def test_whoever_reads_a_file_needs_everybody_who_added_to_it(builder: JournalBuilder) -> None:
    """Also where the text of the cells does not tell that they add to it."""
    run = builder.run().execution("how = 'w'; keep = store", bound=["how", "keep"])
    run.execution("keep('scores.csv', 1)", used=["keep"], writes=[written(SCORES, LINES[1])])
    add(run, 2, "keep('scores.csv', 2)")
    run.execution("other = 1", bound=["other"])
    add(run, 3, "keep('scores.csv', 3)")
    run.execution("rows = load()", bound=["rows"], reads=[read(SCORES, LINES[3])])

    assert [1, 2, 3, 5, 6] == numbers(builder, Address(run.run, 6))


def test_a_log_that_is_only_written_brings_nobody_in(builder: JournalBuilder) -> None:
    run = builder.run().execution("log = open_log", bound=["log"])
    run.execution("log('scores.csv', 1)", used=["log"], writes=[written(SCORES, LINES[1])])
    add(run, 2, "log('scores.csv', 2)")
    run.execution("model = 1", bound=["model"])
    run.execution(
        "log('scores.csv', 3); score = model",
        bound=["score"],
        used=["log", "model"],
        reads=[read(SCORES, LINES[2], layer="audit fanotify append")],
        writes=[written(SCORES, LINES[3])],
        metrics={"score": 1.0},
    )
    with builder.open() as journal:
        answer = why(journal, find(journal, f"{run.run}/5:score"))

    assert [1, 4, 5] == numbers(builder, Address(run.run, 5))
    assert [] == answer["inputs"]


def test_the_file_itself_brings_in_who_added_to_it_in_the_same_run(builder: JournalBuilder) -> None:
    run = builder.run().execution("log = open_log", bound=["log"])
    run.execution("log('scores.csv', 1)", used=["log"], writes=[written(SCORES, LINES[1])])
    add(run, 2, "log('scores.csv', 2)")
    run.execution("model = 1", bound=["model"])
    add(run, 3, "log('scores.csv', 3)")
    with builder.open() as journal:
        answer = why(journal, find(journal, sha256(LINES[3])))

    assert [f"{run.run}/{n}" for n in (1, 2, 3, 5)] == [step["address"] for step in answer["recipe"]]
