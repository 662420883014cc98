"""`diff` tells what changed between two runs or results, and says it in a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from labjournal.errors import UnknownAddress
from labjournal.journal.addresses import resolve
from labjournal.questions.difference.answers import WhatChanged
from labjournal.questions.difference.diff import before, diff
from labjournal.questions.origin.answers import DataChange, DiffAnswer
from tests.builders import JournalBuilder, RunBuilder, frame, query, read, remote, written


def compare(builder: JournalBuilder, a: str = "r001", b: str = "r002") -> WhatChanged:
    with builder.open() as journal:
        return diff(journal, resolve(journal, a), resolve(journal, b))


def data(answer: DiffAnswer) -> dict[tuple[str, str, str], str]:
    return {(change["kind"], change["role"], change["name"]): change["what"] for change in answer["data"]}


def only(answer: DiffAnswer) -> DataChange:
    (change,) = [change for change in answer["data"] if change["kind"] == "file"]
    return change


def csv(rows: int, start: int = 0) -> bytes:
    return ("day,cups\n" + "".join(f"{day},{day % 50}\n" for day in range(start, start + rows))).encode()


def session(builder: JournalBuilder, **changes: Any) -> RunBuilder:
    """A run of four cells; `changes` say what is different in it."""
    told = {
        "load": "sales = pd.read_csv('sales.csv')",
        "depth": 4,
        "rows": 731,
        "sklearn": "1.5.2",
        "accuracy": 0.91,
        "git": {},
        "replay_of": None,
        **changes,
    }
    run = (
        builder.run(replay_of=told["replay_of"])
        .environment({"scikit-learn": told["sklearn"], "idna": "3.7"}, used=["scikit-learn"])
        .git(**told["git"])
    )
    run.execution("import pandas as pd", bound=["pd"], cell_id="a")
    content = csv(told["rows"])
    run.keep(content)
    run.execution(told["load"], bound=["sales"], used=["pd"], reads=[read("/d/sales.csv", content)], cell_id="b")
    run.execution(f"depth = {told['depth']}", bound=["depth"], parameters={"depth": told["depth"]}, cell_id="c")
    run.execution("fit(sales, depth)", used=["sales", "depth"], metrics={"accuracy": told["accuracy"]}, cell_id="d")
    return run


def test_a_replay_in_its_copy_without_version_control_differs_in_nothing(builder: JournalBuilder) -> None:
    session(builder)
    session(
        builder,
        replay_of="r001",
        git={"commit": None, "branch": None, "dirty": None, "reason": "The folder is not in a git repository."},
    )

    assert ([], True) == (compare(builder)["git"], compare(builder)["same"])


def test_two_runs_that_are_the_same_are_said_to_be(builder: JournalBuilder) -> None:
    session(builder)
    session(builder)

    answer = compare(builder)

    assert (True, "Nothing changed: code, parameters, data, environment and numbers are the same.") == (
        answer["same"],
        answer["summary"],
    )
    assert ["same"] == list(data(answer).values())
    assert [{"name": "accuracy", "a": 0.91, "b": 0.91, "delta": 0.0}] == answer["metrics"]


def test_the_sentence_tells_the_most_telling_first(builder: JournalBuilder) -> None:
    session(builder)
    session(builder, rows=517, sklearn="1.9.1", accuracy=0.87)

    answer = compare(builder)

    assert not answer["same"]
    assert answer["summary"].startswith("Code and parameters are the same; sales.csv has 214 rows fewer")
    assert answer["summary"].endswith("; scikit-learn 1.5.2 → 1.9.1; accuracy 0.91 → 0.87.")
    assert pytest.approx(-0.04) == answer["metrics"][0]["delta"]


def test_comments_and_layout_are_no_change_of_the_code(builder: JournalBuilder) -> None:
    session(builder)
    session(builder, load="# the sales\nsales = pd.read_csv(\n    'sales.csv',  # by day\n)")

    assert compare(builder)["same"]


def test_cells_are_told_apart_by_what_became_of_them(builder: JournalBuilder) -> None:
    first, second = builder.run(), builder.run()
    for run in (first, second):
        run.execution("kept = 1", cell_id="kept")
    first.execution("x = 1", cell_id="x").execution("gone = 'for good'", cell_id="gone")
    second.execution("x = 2", cell_id="x").execution("def entirely(): return {'new'}", cell_id="new")

    code = compare(builder)["code"]

    assert [("changed", "r001/2", "r002/2"), ("added", None, "r002/3"), ("removed", "r001/3", None)] == [
        (change["what"], change["a"], change["b"]) for change in code
    ]
    assert ("x = 1", "x = 2") == (code[0]["a_source"], code[0]["b_source"])
    assert compare(builder)["summary"].startswith("1 cell changed, 1 cell added, 1 cell removed; parameters are the same")


def test_the_last_good_version_of_a_cell_counts(builder: JournalBuilder) -> None:
    first = builder.run()
    first.execution("x = 0", cell_id="x").execution("x = 1", cell_id="x").execution("x = oops", cell_id="x", status="failed")
    builder.run().execution("x = 1", cell_id="x")

    assert ["order"] == [change["what"] for change in compare(builder)["code"]]
    assert "executed in another order or number" in compare(builder)["summary"]


def test_cells_without_ids_are_known_by_their_code(builder: JournalBuilder) -> None:
    for number, source in ((1, "total = sum(values)"), (2, "total = sum(values) / 2")):
        run = builder.run()
        run.execution("values = [1, 2]", cell_id=f"new-{number}").execution(source, cell_id=f"newer-{number}")

    assert [("changed", "r001/2", "r002/2")] == [
        (change["what"], change["a"], change["b"]) for change in compare(builder)["code"]
    ]


def test_parameters_that_papermill_hands_over_are_no_code(builder: JournalBuilder) -> None:
    plain, given = builder.run(), builder.run()
    for run, rate in ((plain, None), (given, 0.2)):
        run.execution("rate = 0.1", parameters={"rate": 0.1}, bound=["rate"], client="papermill")
        if rate:
            run.execution(f"# Parameters\nrate = {rate}\n", parameters={"rate": rate}, bound=["rate"], client="papermill")
        run.execution("print(rate)", used=["rate"], client="papermill")

    answer = compare(builder)
    assert not [cause for cause in answer["causes"] if cause["kind"] == "code"]
    assert ([], [("rate", 0.1, 0.2)]) == (answer["code"], [(part["name"], part["a"], part["b"]) for part in answer["parameters"]])


def test_ids_that_were_given_to_other_cells_are_no_change(builder: JournalBuilder) -> None:
    """The notebook was written anew, with a cell more: an id stands for another cell, and no cell was changed."""
    sources = ["x = 1", "y = x + 1", "z = x + y", "print(z)"]
    first, second = builder.run(), builder.run()
    for number, source in enumerate(sources):
        first.execution(source, cell_id=f"cell-{number}")
        second.execution(source, cell_id=f"cell-{number + 1}" if number else "cell-0")

    assert compare(builder)["code"] == []
    assert compare(builder)["same"]


def test_magics_are_code_too(builder: JournalBuilder) -> None:
    builder.run().execution("!curl a.csv\nx = 1", cell_id="x")
    builder.run().execution("!curl b.csv\nx = 1", cell_id="x")

    assert ["changed"] == [change["what"] for change in compare(builder)["code"]]


def test_parameters_environment_and_git_tell_both_sides(builder: JournalBuilder) -> None:
    session(builder)
    session(builder, depth=6, sklearn="1.9.1", git={"commit": "beef" * 10, "dirty": True})

    answer = compare(builder)

    assert [{"name": "depth", "a": 4, "b": 6}] == answer["parameters"]
    assert [{"name": "scikit-learn", "a": "1.5.2", "b": "1.9.1"}] == answer["environment"]
    assert {"commit", "dirty"} == {change["name"] for change in answer["git"]}
    assert "depth 4 → 6" in answer["summary"]


def test_packages_that_were_used_come_first(builder: JournalBuilder) -> None:
    builder.run().environment({"aaa": "1", "numpy": "1"}, used=["numpy"]).execution("x = 1")
    builder.run().environment({"aaa": "2", "numpy": "2", "new": "1"}, used=["numpy"]).execution("x = 1")

    answer = compare(builder)

    assert ["numpy", "aaa", "new"] == [change["name"] for change in answer["environment"]]
    assert "numpy 1 → 2; 2 other differences in the environment" in answer["summary"]


def test_packages_that_were_not_recorded_are_not_said_to_be_gone(builder: JournalBuilder) -> None:
    builder.run().environment({"numpy": "1"}).execution("x = 1")
    builder.run().execution("x = 1")

    answer = compare(builder)

    assert [] == answer["environment"]
    assert "The packages of r002 were not recorded." in answer["remarks"]


def test_files_are_compared_path_by_path(builder: JournalBuilder) -> None:
    first, second = builder.run(), builder.run()
    first.execution("r()", reads=[read("/d/same", b"1"), read("/d/changed", b"1"), read("/d/gone", b"only then"), read("/d/big")])
    second.execution("r()", reads=[read("/d/same", b"1"), read("/d/changed", b"22"), read("/d/new", b"only now"), read("/d/big")])

    answer = compare(builder)

    assert ["changed", "appeared", "gone", "unknown", "same"] == [change["what"] for change in answer["data"]]
    assert {"/d/changed": "changed", "/d/new": "appeared", "/d/gone": "gone", "/d/big": "unknown", "/d/same": "same"} == {
        change["name"]: change["what"] for change in answer["data"]
    }
    assert "whether big changed is not known" in answer["summary"]


def test_a_file_that_only_moved_is_the_same(builder: JournalBuilder) -> None:
    builder.run().execution("r()", reads=[read("/old/sales.csv", b"1"), read("/old/b.csv", b"b", given="data/b.csv")])
    builder.run().execution("r()", reads=[read("/new/cups.csv", b"1"), read("/new/data/b.csv", b"bb", given="data/b.csv")])

    found = {change["name"]: (change["what"], change["a_name"]) for change in compare(builder)["data"]}

    assert {"/new/cups.csv": ("same", "/old/sales.csv"), "/new/data/b.csv": ("changed", "/old/b.csv")} == found


def test_what_a_run_reads_of_its_own_is_no_input(builder: JournalBuilder) -> None:
    for content in (b"1", b"2"):
        run = builder.run()
        run.execution("w()", writes=[written("/d/mid", content)]).execution("r()", reads=[read("/d/mid", content)])

    assert {("file", "written", "/d/mid"): "changed"} == data(compare(builder))


def test_rows_and_columns_are_told_from_the_bytes_that_were_kept(builder: JournalBuilder) -> None:
    a, b = b"day,cups\n1,40\n2,41\n3,42\n", b"day;cups;rain\n1;40;0\n2;99;1\n".replace(b";", b",")
    for content in (a, b):
        builder.run().execution("r()", reads=[read("/d/sales.csv", content)]).keep(content)

    change = only(compare(builder))

    assert (3, 2, 1, 2) == (change["a_rows"], change["b_rows"], change["rows_added"], change["rows_removed"])
    assert [("rain", "added"), ("cups", "values"), ("day", "values")] == [
        (column["name"], column["what"]) for column in change["columns"]
    ]
    assert "sales.csv has 1 row fewer, 1 new and 2 gone, with new column 'rain'" in change["summary"]


def test_rows_are_read_where_the_file_still_lies_and_is_still_the_same(builder: JournalBuilder, tmp_path: Path) -> None:
    now, gone = tmp_path / "now.csv", tmp_path / "then.csv"
    now.write_bytes(csv(20))
    builder.run().execution("r()", reads=[read(gone, csv(30), given="x")]).keep(csv(30))
    builder.run().execution("r()", reads=[read(now, csv(20), given="x")])
    assert 20 == only(compare(builder))["b_rows"]

    now.write_bytes(csv(20, 1))
    assert None is only(compare(builder))["b_rows"]


@pytest.mark.parametrize("kind", ["json", "jsonl", "parquet", "tsv"])
def test_small_tables_of_other_kinds_are_read_too(kind: str, builder: JournalBuilder) -> None:
    for rows in (10, 7):
        content = _table(kind, rows)
        builder.run().execution("r()", reads=[read(f"/d/t.{kind}", content)]).keep(content)

    change = only(compare(builder))

    assert (10, 7, 0, 3) == (change["a_rows"], change["b_rows"], change["rows_added"], change["rows_removed"])


def _table(kind: str, rows: int) -> bytes:
    records = [{"x": number, "name": "even" if number % 2 else "odd"} for number in range(rows)]
    if kind == "json":
        return json.dumps(records).encode()
    if kind == "jsonl":
        return "\n".join(map(json.dumps, records)).encode()
    if kind == "tsv":
        return ("x\tname\n" + "".join(f"{record['x']}\t{record['name']}\n" for record in records)).encode()
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    sink = pyarrow.BufferOutputStream()
    parquet.write_table(pyarrow.Table.from_pylist(records), sink)
    return bytes(sink.getvalue().to_pybytes())


@pytest.mark.parametrize("content", [b"\x00\x01\xff" * 50, b"{" * 5000, b"", b"\n", b'"unclosed', b"[1, 2]"])
@pytest.mark.parametrize("name", ["x.csv", "x.json", "x.parquet"])
def test_contents_that_are_no_tables_are_only_said_to_differ(name: str, content: bytes, builder: JournalBuilder) -> None:
    for each in (content, content + b"!"):
        builder.run().execution("r()", reads=[read(f"/d/{name}", each)]).keep(each)

    assert "changed" == only(compare(builder))["what"]


def test_frames_are_compared_column_by_column(builder: JournalBuilder) -> None:
    numbers = {"type": "float64", "nulls": 0.0, "quantiles": [0, 1, 25, 50, 75, 99, 100]}
    shifted = {**numbers, "quantiles": [20, 21, 45, 70, 95, 119, 120]}
    words = {"type": "str", "nulls": 0.0, "top": [["a", 60], ["b", 40]]}
    first: dict[str, dict[str, object]] = {"x": numbers, "y": numbers, "kind": words, "old": numbers, "id": {"type": "int64"}}
    fewer: dict[str, object] = {**words, "top": [["a", 20], ["b", 80]]}
    second: dict[str, dict[str, object]] = {"x": shifted, "y": numbers, "kind": fewer, "new": numbers, "id": {"type": "str"}}
    builder.run().execution("f()", data=[frame("sales", 100, first), frame("then", 5), frame("still", 9)])
    builder.run().execution("f()", data=[frame("sales", 90, second), frame("now", 5), frame("still", 9)])

    answer = compare(builder)

    assert {"sales": "changed", "now": "appeared", "then": "gone", "still": "same"} == {
        change["name"]: change["what"] for change in answer["data"]
    }
    columns = {column["name"]: column for column in answer["data"][0]["columns"]}
    assert {"x": "values", "y": "same", "kind": "values", "old": "removed", "new": "added", "id": "type"} == {
        name: column["what"] for name, column in columns.items()
    }
    assert 0.25 < (columns["x"]["shift"] or 0) < 5
    assert 0.5 < (columns["kind"]["shift"] or 0) < 1
    assert 0 == columns["y"]["shift"]
    assert "sales has 10 rows fewer" in answer["summary"]


def test_tables_and_remote_data_are_compared_as_far_as_is_known(builder: JournalBuilder) -> None:
    for version, rows in (("v1", 10), ("v2", 12)):
        builder.run().execution(
            "q()",
            data=[
                query("/d/a.db", "SELECT * FROM t", rows=rows),
                query("/d/a.db", "SELECT * FROM u"),
                remote("https://example.org/x", version=version),
                remote("https://example.org/y", version="same"),
                remote("https://example.org/z"),
            ],
        )

    assert {
        ("table", "read", "/d/a.db#t"): "changed",
        ("table", "read", "/d/a.db#u"): "unknown",
        ("remote", "read", "https://example.org/x"): "changed",
        ("remote", "read", "https://example.org/y"): "same",
        ("remote", "read", "https://example.org/z"): "unknown",
    } == data(compare(builder))


def test_a_result_is_compared_with_its_recipe_only(builder: JournalBuilder) -> None:
    session(builder)
    builder.runs[0].execution("play = 1", bound=["play"], parameters={"play": 1}, reads=[read("/d/toy", b"1")], cell_id="toy")
    session(builder)

    assert not compare(builder)["same"]
    assert compare(builder, "r001/4", "r002/4")["same"]


def test_without_a_second_side_it_is_the_run_before(builder: JournalBuilder) -> None:
    session(builder)
    builder.run(notebook="/home/ada/other.ipynb").execution("x = 1", cell_id="d")
    session(builder)
    builder.run(replay_of="r001", notebook="/home/ada/analysis.ipynb").execution("x = 1")
    builder.run().execution("unseen()", cell_id="never before")

    with builder.open() as journal:
        assert "r001" == str(before(journal, resolve(journal, "r003")))
        assert "r001/4" == str(before(journal, resolve(journal, "r003/4")))
        assert "r001" == str(before(journal, resolve(journal, "r004")))
        assert "r003" == str(before(journal, resolve(journal, "r005")))
        for address in ("r001", "r005/1", "r002"):
            with pytest.raises(UnknownAddress) as refused:
                before(journal, resolve(journal, address))
            assert "Name both sides." == refused.value.remedy


def test_numbers_that_are_none_are_compared_as_they_stand(builder: JournalBuilder) -> None:
    builder.run().execution("x = 1", metrics={"nan": float("nan"), "inf": float("inf"), "went": 1.0})
    builder.run().execution("x = 1", metrics={"nan": float("nan"), "inf": 2.0, "came": 1.0})

    found = {metric["name"]: (metric["a"], metric["b"], metric["delta"]) for metric in compare(builder)["metrics"]}

    assert {
        "inf": ("Infinity", 2.0, None),
        "went": (1.0, None, None),
        "came": (None, 1.0, None),
        "nan": ("NaN", "NaN", None),
    } == found
    json.dumps(compare(builder), allow_nan=False)
