"""The lineage graph grows from any node, both ways, as far as is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from labjournal.questions.origin.answers import LineageAnswer
from labjournal.questions.origin.lineage import lineage
from labjournal.questions.origin.targets import find
from tests.builders import JournalBuilder, RunBuilder, query, read, remote, sha256, written


def graph(builder: JournalBuilder, target: str, *asked: Any) -> LineageAnswer:
    with builder.open() as journal:
        return lineage(journal, find(journal, target), *asked)


def drawn(answer: LineageAnswer) -> list[str]:
    """Every edge as 'source -role-> target', files by their name."""
    labels = {node["id"]: node["address"] if node["kind"] == "execution" else node["label"] for node in answer["nodes"]}
    return sorted(f"{labels[edge['source']]} -{edge['role']}-> {labels[edge['target']]}" for edge in answer["edges"])


@pytest.fixture
def story(builder: JournalBuilder) -> JournalBuilder:
    first = builder.run(notebook="/d/first.ipynb")
    first.execution("raw = read()", bound=["raw"], reads=[read("/d/raw.csv", b"raw")])
    first.execution("more = raw * 2", bound=["more"], used=["raw"])
    first.execution("unrelated = read()", bound=["unrelated"], reads=[read("/d/else.csv", b"else")])
    first.execution("# writes\nwrite(more)", used=["more"], writes=[written("/d/clean.csv", b"clean")])
    second = builder.run(notebook="/d/second.ipynb")
    second.execution("clean = read()", bound=["clean"], reads=[read("/d/moved.csv", b"clean")])
    second.execution("fit(clean)", bound=["model"], used=["clean"], metrics={"accuracy": 0.9})
    second.execution("save(model)", used=["model"], writes=[written("/d/model", b"model")])
    return builder


BEFORE_CLEAN = ["r001/1 -depends-> r001/4", "r001/4 -written-> clean.csv", "raw.csv -read-> r001/1"]
AFTER_CLEAN = [
    "clean.csv -read-> r002/1",
    "r002/1 -depends-> r002/2",
    "r002/2 -depends-> r002/3",
    "r002/2 -measured-> accuracy",
    "r002/3 -written-> model",
]


def test_it_shows_what_came_before_and_what_came_after(story: JournalBuilder) -> None:
    target = sha256(b"clean")

    assert BEFORE_CLEAN == drawn(graph(story, target, "before", 10))
    assert AFTER_CLEAN == drawn(graph(story, target, "after", 10))
    assert sorted(BEFORE_CLEAN + AFTER_CLEAN) == drawn(graph(story, target, "both", 10))


def test_a_node_tells_what_a_line_in_a_list_would(story: JournalBuilder) -> None:
    answer = graph(story, sha256(b"clean"), "before", 1)

    content, execution = answer["nodes"]
    assert answer["root"] == content["id"] == f"file:{sha256(b'clean')}"
    assert ("file", "clean.csv", "/d/clean.csv", 5) == (content["kind"], content["label"], content["path"], content["bytes"])
    assert ("execution", "# writes", "r001/4", "/d/first.ipynb", "ok") == (
        execution["kind"],
        execution["label"],
        execution["address"],
        execution["notebook"],
        execution["status"],
    )


def test_it_grows_by_hand_from_any_node(story: JournalBuilder) -> None:
    """Asked about its own ids one step at a time, both ways, it tells the same as at once."""
    whole = graph(story, sha256(b"clean"), "both", 10)
    edges: set[tuple[str, str, str]] = set()
    asked: set[str] = set()
    waiting = [whole["root"]]
    while waiting:
        node = waiting.pop()
        asked.add(node)
        step = graph(story, node, "both", 1)
        assert node == step["root"]
        edges |= {(edge["source"], edge["target"], edge["role"]) for edge in step["edges"]}
        waiting += [each["id"] for each in step["nodes"] if each["id"] not in asked and each["id"] not in waiting]

    assert {(edge["source"], edge["target"], edge["role"]) for edge in whole["edges"]} <= edges


def test_it_says_where_more_is_known(story: JournalBuilder) -> None:
    def more(answer: LineageAnswer) -> dict[str, tuple[bool, bool]]:
        return {node["label"]: (node["more_before"], node["more_after"]) for node in answer["nodes"]}

    assert {"clean.csv": (True, True)} == more(graph(story, sha256(b"clean"), "both", 0))
    assert {"clean.csv": (False, True), "# writes": (True, False)} == more(graph(story, sha256(b"clean"), "before", 1))


def test_more_nodes_than_were_asked_for_are_left_out_and_said(story: JournalBuilder) -> None:
    answer = graph(story, sha256(b"clean"), "both", 10, 4)

    assert (4, True) == (len(answer["nodes"]), answer["truncated"])
    here = {node["id"] for node in answer["nodes"]}
    assert all({edge["source"], edge["target"]} <= here for edge in answer["edges"])
    assert not graph(story, sha256(b"clean"), "both", 10, 40)["truncated"]


def test_a_number_is_a_node(story: JournalBuilder) -> None:
    answer = graph(story, "r002/2:accuracy", "before", 4)

    assert "metric:r002/2:accuracy" == answer["root"]
    assert [
        "moved.csv -read-> r002/1",
        "r001/4 -written-> moved.csv",
        "r002/1 -depends-> r002/2",
        "r002/2 -measured-> accuracy",
    ] == drawn(answer)


def test_contents_that_are_not_known_are_nodes_by_their_path(builder: JournalBuilder) -> None:
    builder.run().execution("write()", writes=[written("/d/big")])
    builder.run().execution("read()", reads=[read("/d/big")])

    assert ["big -read-> r002/1", "r001/1 -written-> big"] == drawn(graph(builder, "path:/d/big"))


def test_tables_and_remote_data_are_nodes(builder: JournalBuilder) -> None:
    builder.run().execution(
        "load()", data=[query("/d/a.db", "INSERT INTO t SELECT * FROM s"), remote("https://example.org/a.csv")]
    )
    builder.run().execution("ask()", data=[query("/d/a.db", "SELECT * FROM t"), remote("s3://b/out", "written")])

    assert [
        "https://example.org/a.csv -read-> r001/1",
        "r001/1 -written-> t",
        "r002/1 -written-> s3://b/out",
        "s -read-> r001/1",
        "t -read-> r002/1",
    ] == drawn(graph(builder, "table:/d/a.db#t", "both", 5))


def test_a_whole_run_is_shown_by_its_result(story: JournalBuilder) -> None:
    assert "execution:r002/3" == graph(story, "r002")["root"]


def test_a_rename_leads_past_itself(builder: JournalBuilder) -> None:
    builder.run().execution("write()", writes=[written("/d/a", b"1")])
    builder.run().execution("os.rename('a', 'b')", writes=[written("/d/b", b"1", moved="/d/a")])

    assert ["a -moved-> r002/1", "r001/1 -written-> a"] == drawn(graph(builder, sha256(b"1")))


def test_a_loop_of_files_ends(builder: JournalBuilder, run: RunBuilder) -> None:
    for _ in range(3):
        run.execution("ab()", reads=[read("/d/a", b"a")], writes=[written("/d/b", b"b")])
        run.execution("ba()", reads=[read("/d/b", b"b")], writes=[written("/d/a", b"a")])

    answer = graph(builder, "r001/6", "both", 100, 1000)

    assert 8 == len(answer["nodes"])


def test_a_file_that_everybody_reads_does_not_fill_the_graph_silently(builder: JournalBuilder, run: RunBuilder) -> None:
    for _ in range(230):
        run.execution("read()", reads=[read("/d/holidays.csv", b"h")])

    answer = graph(builder, sha256(b"h"), "after", 1, 1000)

    assert (201, True) == (len(answer["nodes"]), answer["truncated"])
