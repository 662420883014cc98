"""A lazy frame reads its files when its plan is collected, and in no other cell."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import Any

import pytest

from labjournal.recorders import audit_hook, imports, native_lazy, native_telling, wrapping
from labjournal.recorders.native_calls import NativeRecorder
from tests.recorders.conftest import Lab
from tests.recorders.test_files import read, sha, with_layer, written
from tests.recorders.witness import READ, WRITTEN, Witness

pl = pytest.importorskip("polars")


@pytest.fixture
def files(witness: Witness) -> Any:
    """Some files; their making is forgotten."""
    data = pl.DataFrame({"a": [1, 2, 3]})
    data.write_csv("a.csv")
    for name in ("a", "b", "c"):
        data.write_parquet(f"{name}.parquet")
    witness.next_cell()
    return witness


def test_what_is_not_lazy_is_seen(witness: Witness) -> None:
    data = pl.DataFrame({"a": [1, 2, 3]})
    for kind in ("csv", "parquet", "ipc", "ndjson", "avro"):
        getattr(data, "write_" + kind)(f"a.{kind}")
        getattr(pl, "read_" + kind)(f"a.{kind}")

    assert {
        (f"a.{kind}", role) for kind in ("csv", "parquet", "ipc", "ndjson", "avro") for role in (READ, WRITTEN)
    } == witness.take()
    assert [] == witness.scanned_files


def test_a_scan_is_no_reading_and_neither_is_its_schema(files: Witness) -> None:
    lazy = pl.scan_csv("a.csv").filter(pl.col("a") > 1)
    assert ["a"] == lazy.collect_schema().names()
    lazy.explain()

    assert set() == files.next_cell()
    assert ["a.csv"] == files.scanned_files  # and may be hashed before anybody changes it


@pytest.mark.parametrize(
    "collect",
    [
        lambda lazy: lazy.collect(),
        lambda lazy: lazy.head(2).select("a").collect(),
        lambda lazy: pl.collect_all([lazy, lazy.head(1)]),
        lambda lazy: lazy.describe(),
        lambda lazy: lazy.clone().sink_csv("o.csv"),
        lambda lazy: pickle.loads(pickle.dumps(lazy)).collect(),
        lambda lazy: pl.concat([pl.LazyFrame({"a": [1]}), lazy]).collect(),
        lambda lazy: lazy.profile() if hasattr(pl.LazyFrame, "profile") else lazy.collect(),
        lambda lazy: lazy.show() if hasattr(pl.LazyFrame, "show") else lazy.collect(),
    ],
)
def test_what_collects_a_plan_reads_its_files_in_whichever_cell(files: Witness, collect: Any) -> None:
    read = pl.scan_csv("a.csv")
    pl.scan_parquet("b.parquet")
    collect(read)
    assert ("a.csv", READ) in files.take()
    files.next_cell()
    collect(read)
    told = files.next_cell()

    assert ("a.csv", READ) in told
    assert ("b.parquet", READ) not in told  # of another plan


def test_all_files_of_a_pattern_are_read(files: Witness) -> None:
    many, some = pl.scan_parquet("*.parquet"), pl.scan_parquet([Path("a.parquet"), Path("c.parquet")])
    files.next_cell()
    assert 9 == many.collect().height
    assert {("a.parquet", READ), ("b.parquet", READ), ("c.parquet", READ)} == files.next_cell()
    assert 6 == some.collect().height

    assert {("a.parquet", READ), ("c.parquet", READ)} == files.next_cell()


def test_no_more_scans_are_remembered_than_fit(files: Witness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native_lazy._Lazy, "scans", {})
    monkeypatch.setattr(native_lazy, "_MOST_FILES", 4)
    pl.scan_parquet("*.parquet")
    pl.scan_parquet("a.parquet")
    pl.scan_parquet("*.parquet")
    pl.scan_csv("a.csv")
    pl.scan_parquet("b.parquet")

    assert [("a.csv",), ("b.parquet",)] == list(native_lazy._Lazy.scans)


def test_a_name_that_is_the_end_of_another_is_not_taken_for_it(files: Witness) -> None:
    Path("data-a.csv").write_text("a\n1\n")
    pl.scan_csv("a.csv")
    pl.scan_csv("data-a.csv").collect()

    assert {("data-a.csv", READ)} == files.take()


def test_methods_of_data_frames_ask_nobody(files: Witness, monkeypatch: pytest.MonkeyPatch) -> None:
    pl.scan_csv("a.csv")
    asked: list[Any] = []

    def explain(*args: Any, **_more: Any) -> str:
        asked.append(args)
        return ""

    monkeypatch.setattr(pl.LazyFrame, "explain", explain)
    pl.DataFrame({"a": [1]}).select("a").with_columns(b=1).sort("b").group_by("a").len()

    assert [] == asked


def test_no_plan_is_asked_that_might_ask_another_computer(files: Witness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native_lazy._Lazy, "far", False)
    monkeypatch.setattr(native_lazy._Lazy, "scans", {})
    asked: list[Any] = []

    def explain(*args: Any, **_more: Any) -> str:
        asked.append(args)
        return ""

    monkeypatch.setattr(pl.LazyFrame, "explain", explain)
    addresses: list[tuple[str, str]] = []
    monkeypatch.setattr(native_telling.Told, "remote", lambda role, url: addresses.append((role, url)))
    far, near = pl.scan_parquet("s3://bucket/a.parquet"), pl.scan_csv("a.csv")
    near.collect()
    files.next_cell()
    near.collect()

    assert [] == asked
    assert [("read", "s3://bucket/a.parquet")] == addresses
    assert far is not None


def test_a_plan_over_files_that_nobody_scanned_names_them(files: Witness) -> None:
    lazy = pl.sql("SELECT * FROM read_csv('a.csv')")
    assert set() == files.next_cell()
    assert 3 == lazy.collect().height

    assert {("a.csv", READ)} == files.next_cell()


def test_a_plan_that_writes_writes_when_it_is_collected(files: Witness) -> None:
    try:
        plan = pl.scan_csv("a.csv").sink_csv("o.csv", lazy=True)
    except TypeError:
        pytest.skip("this version writes at once")
    assert set() == files.next_cell()
    plan.collect()
    assert {("a.csv", READ), ("o.csv", WRITTEN)} == files.next_cell()
    pl.scan_csv("a.csv").sink_csv("p.csv")

    assert {("a.csv", READ), ("p.csv", WRITTEN)} == files.next_cell()


def test_what_is_wrong_with_a_plan_is_raised_as_before(files: Witness) -> None:
    with pytest.raises(FileNotFoundError):
        pl.scan_csv("nothing.csv").collect()
    with pytest.raises(pl.exceptions.ColumnNotFoundError):
        pl.scan_csv("a.csv").select("nothing").collect()


@pytest.mark.skipif(sys.platform != "linux", reason="events of files are Linux's")
@pytest.mark.parametrize("layer", ["fanotify", "inotify", "snapshot"])
def test_a_scan_is_no_reading_in_any_layer_and_what_is_collected_is_known_by_its_content(
    lab: Lab, project: Path, layer: str
) -> None:
    (project / "a.csv").write_text("a\n1\n")
    lab.shell.run_cell("import polars as pl", store_history=False)
    lab.context.namespace = lambda: lab.shell.user_ns
    with_layer(lab, layer)
    lab.recorders.append(NativeRecorder(lab.context))
    audit_hook.install()
    try:
        scanned = lab.run("lazy = pl.scan_csv('a.csv')\nnames = lazy.collect_schema().names()")
        collected = lab.run("rows = lazy.collect().height")
        both = lab.run("open('a.csv', 'a').write('2\\n')\nrows = pl.scan_csv('a.csv').collect()")
    finally:
        imports.uninstall()
        wrapping.take_back()

    assert {} == read(scanned)
    event = read(collected)["a.csv"]
    assert (sha(b"a\n1\n"), "at-read", "certain") == (event.sha256, event.hash_state, event.confidence)
    assert sha(b"a\n1\n2\n") == written(both)["a.csv"].sha256
