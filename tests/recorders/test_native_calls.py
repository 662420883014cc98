"""Libraries that open files by themselves say so first, and nobody who uses them can tell."""

from __future__ import annotations

import inspect
import os
import pickle
import subprocess
import sys
import textwrap
import warnings
from pathlib import Path
from typing import Any

import pytest

from labjournal.events import FacetSeen
from labjournal.recorders import audit_hook, imports, native_calls, wrapping
from labjournal.recorders.files import FilesRecorder
from labjournal.recorders.native_paths import flags_of, given_paths, local_files
from labjournal.recorders.native_table import CALLS
from tests.recorders.conftest import Lab
from tests.recorders.witness import READ, UPDATED, WRITTEN, Witness

pa = pytest.importorskip("pyarrow")


def frame() -> Any:
    import pandas as pd

    return pd.DataFrame({"a": range(30), "b": ["x"] * 30})


def test_pandas_parquet_is_seen_at_its_library(witness: Witness) -> None:
    import pandas as pd

    frame().to_parquet("a.parquet")
    assert [("a.parquet", WRITTEN)] == sorted(set(witness.told))
    assert not witness.existed["a.parquet"]  # told before the library made it
    witness.told.clear()
    pd.read_parquet("a.parquet")

    assert {("a.parquet", READ)} == set(witness.told)


def test_pyarrow_s_readers_and_writers_are_seen(witness: Witness) -> None:
    import pyarrow.dataset as ds
    import pyarrow.parquet as pq
    from pyarrow import csv, feather, ipc, json, orc

    table = pa.table({"a": [1, 2, 3]})
    Path("rows.json").write_text('{"a": 1}\n')
    csv.write_csv(table, "a.csv")
    csv.read_csv(Path("a.csv"))
    csv.open_csv("a.csv").close()
    json.read_json("rows.json")
    feather.write_feather(table, "a.feather")
    feather.read_table("a.feather")
    pq.write_table(table, "a.parquet")
    pq.read_table("a.parquet")
    pq.read_metadata("a.parquet")
    orc.write_table(table, "a.orc")
    orc.read_table("a.orc")
    pa.OSFile("bytes", "wb").close()
    pa.memory_map("a.feather", "r").close()
    with ipc.new_file("a.arrow", table.schema) as writer:
        writer.write_table(table)
    ds.write_dataset(table, "folder", format="parquet")
    ds.dataset("folder").to_table()

    told = set(witness.told)
    for name in ("a.csv", "a.feather", "a.parquet", "a.orc"):
        assert {(name, WRITTEN), (name, READ)} <= told, name
    assert {("rows.json", READ), ("bytes", WRITTEN), ("a.arrow", WRITTEN), ("part-0.parquet", READ)} <= told


def test_what_a_file_says_of_itself_is_read_from_it(witness: Witness) -> None:
    from pyarrow.parquet import read_metadata, read_schema, write_table

    write_table(pa.table({"a": [1]}), "a.parquet")
    for look in (read_metadata, read_schema):
        witness.take()
        look("a.parquet")
        assert {("a.parquet", READ)} == witness.take()


def test_sparse_matrices_are_seen(witness: Witness) -> None:
    pytest.importorskip("scipy.io._fast_matrix_market")
    from scipy.io import mmread, mmwrite
    from scipy.sparse import eye

    mmwrite("a.mtx", eye(3))
    assert [3, 3] == list(mmread(Path("a.mtx")).shape)

    assert {("a.mtx", WRITTEN), ("a.mtx", READ)} == witness.take()


def test_tensors_are_seen_whether_loaded_or_opened(witness: Witness) -> None:
    safetensors = pytest.importorskip("safetensors")
    import numpy as np
    from safetensors.numpy import load_file, save_file

    save_file({"w": np.ones(3)}, "a.safetensors")
    load_file("a.safetensors")
    assert {("a.safetensors", WRITTEN), ("a.safetensors", READ)} == witness.take()
    with safetensors.safe_open("a.safetensors", "np") as file:
        assert [1, 1, 1] == list(file.get_tensor("w"))
        assert isinstance(file, safetensors.safe_open)
    assert {("a.safetensors", READ)} == witness.take()
    assert "filename" in inspect.signature(safetensors.safe_open).parameters


def test_options_behind_a_path_are_no_part_of_it(witness: Witness) -> None:
    xgboost = pytest.importorskip("xgboost")
    Path("a.svm").write_text("1 0:1\n0 1:1\n")
    xgboost.DMatrix("a.svm?format=libsvm")

    assert {("a.svm", READ)} == witness.take()


# -- what is open since an earlier cell ------------------------------------------------------------------------------------


def test_what_is_read_from_an_object_that_was_made_cells_ago_is_read_now(witness: Witness) -> None:
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"a": [1, 2]}), "a.parquet")
    opened = pq.ParquetFile("a.parquet")
    witness.next_cell()
    assert 2 == opened.read().num_rows
    assert {("a.parquet", READ)} == witness.next_cell()
    assert 1 == len(list(opened.iter_batches()))

    assert {("a.parquet", READ)} == witness.next_cell()
    assert set() == witness.next_cell()
    opened.close()


def test_a_dataset_of_hdf5_is_read_when_it_is_indexed(witness: Witness) -> None:
    h5py = pytest.importorskip("h5py")
    with h5py.File("a.h5", "w") as file:
        file["values"] = [1, 2]
    opened = h5py.File("a.h5")
    values = opened["values"]
    witness.next_cell()
    assert 2 == values[1]
    assert {("a.h5", READ)} == witness.next_cell()
    assert pickle.loads(pickle.dumps(h5py.Dataset)) is h5py.Dataset
    for _ in range(100):
        assert 1 == values[0]

    assert 16 == len(witness.told)  # it is asked for its file no more often
    opened.close()


def test_a_member_of_an_archive_is_read_from_the_archive(witness: Witness) -> None:
    import zipfile

    told: list[str] = []
    witness.opened = lambda path, flags, thread, layer="audit": told.append(f"{os.path.basename(path)} {layer}")  # type: ignore[method-assign]
    with zipfile.ZipFile("a.zip", "w") as archive:
        archive.writestr("inner.csv", "1")
    opened = zipfile.ZipFile("a.zip")
    with open("a.zip", "rb") as file:
        told.clear()
        assert b"1" == zipfile.ZipFile(file).read("inner.csv")
        assert [] == told  # whose file it is is not asked
    assert b"1" == opened.read("inner.csv")

    assert ["a.zip audit"] == told
    opened.close()


def test_hdf5_is_seen_with_its_mode(witness: Witness) -> None:
    h5py = pytest.importorskip("h5py")
    with h5py.File("a.h5", "w") as file:
        file["values"] = [1, 2]
    h5py.File("a.h5").close()
    h5py.File(name=Path("a.h5"), mode="r+").close()

    assert [("a.h5", WRITTEN), ("a.h5", READ), ("a.h5", UPDATED)] == witness.told


@pytest.mark.parametrize(
    "library", ["tables", "netCDF4", "cv2", "lightgbm", "xgboost", "torch", "safetensors.numpy", "rasterio", "soundfile"]
)
def test_every_name_of_the_table_is_there_in_the_installed_version(witness: Witness, library: str) -> None:
    pytest.importorskip(library)
    for module in CALLS:
        if module.partition(".")[0] == library.partition(".")[0]:
            pytest.importorskip(module)

    assert [] == [name for name in native_calls.missing if name.startswith(library.partition(".")[0] + ".")]


def test_what_is_wrapped_looks_like_what_it_was(witness: Witness) -> None:
    import pandas as pd
    import pyarrow.parquet as pq
    from pyarrow import csv

    wrapped = [pd.read_parquet, csv.read_csv, pq.read_table, pq.ParquetFile, pq.ParquetWriter, pa.memory_map, pa.OSFile]
    for function in wrapped:
        assert function is pickle.loads(pickle.dumps(function))
        original = getattr(function, "__wrapped__", function)
        assert original.__name__ == function.__name__
        assert original.__doc__ == function.__doc__
    assert list(inspect.signature(pq.ParquetFile).parameters)[:2] == ["source", "metadata"]
    assert next(iter(inspect.signature(csv.read_csv).parameters)) == "input_file"
    Path("bytes").write_bytes(b"x")
    with pa.OSFile("bytes") as file:
        assert isinstance(file, pa.OSFile)
        assert type(file) is pa.OSFile
        assert isinstance(file, pa.NativeFile)
    assert not isinstance(3, pa.OSFile)


def test_methods_that_are_wrapped_look_and_fail_as_before(witness: Witness) -> None:
    """Those of Python's own and of classes whose instances people keep."""
    h5py, pl, duckdb = (pytest.importorskip(name) for name in ("h5py", "polars", "duckdb"))
    import zipfile

    import pyarrow.parquet as pq

    methods = [
        (zipfile.ZipFile, "open"), (h5py.Dataset, "__getitem__"), (pq.ParquetFile, "read"), (pl.LazyFrame, "collect"), (pl.LazyFrame, "sink_csv"),
        (duckdb.DuckDBPyRelation, "fetchall"),
    ]  # fmt: skip
    for owner, name in methods:
        method = vars(owner)[name]
        original = method.__wrapped__
        assert (original.__name__, original.__qualname__, original.__doc__) == (
            method.__name__,
            method.__qualname__,
            method.__doc__,
        )
        try:
            expected = inspect.signature(original)
        except ValueError:  # written in C, without one
            continue
        assert expected == inspect.signature(method)
    assert pl.collect_all is pickle.loads(pickle.dumps(pl.collect_all))
    with zipfile.ZipFile("a.zip", "w") as archive:
        archive.writestr("x", "1")
    with zipfile.ZipFile("a.zip") as archive, pytest.raises(KeyError) as raised:
        archive.open("nothing")

    ours = [entry for entry in raised.traceback if "<labjournal>" in str(entry.path)]
    assert all(entry.frame.f_locals.get("__tracebackhide__") for entry in ours)
    assert "getinfo" == raised.traceback[-1].name


def test_an_object_that_was_made_before_it_was_recorded_is_used_as_before(project: Path) -> None:
    """Nothing of ours is in the object, so it may be pickled, copied and kept by others."""
    pl = pytest.importorskip("polars")
    pl.DataFrame({"a": [1]}).write_csv("a.csv")
    lazy = pl.scan_csv("a.csv")
    native_calls.put_on()

    assert 1 == lazy.collect().height == pickle.loads(pickle.dumps(lazy)).collect().height
    imports.uninstall()
    wrapping.take_back()
    assert not hasattr(pl.LazyFrame.collect, "__wrapped__") or "labjournal" not in pl.LazyFrame.collect.__code__.co_filename


def test_a_pickled_reader_loads_where_labjournal_is_not(witness: Witness) -> None:
    import pandas as pd
    from pyarrow import csv

    data = pickle.dumps([pd.read_parquet, csv.read_csv, pa.memory_map])
    code = f"import sys; sys.modules['labjournal'] = None\nimport pickle; print([f.__name__ for f in pickle.loads({data!r})])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True).stdout

    assert "['read_parquet', 'read_csv', 'memory_map']" == told.strip()


def test_a_subclass_of_what_is_wrapped_is_constructed_as_before(witness: Witness) -> None:
    h5py = pytest.importorskip("h5py")

    class Mine(h5py.File):  # type: ignore[name-defined]
        def __init__(self, number: int) -> None:
            super().__init__(f"{number}.h5", "w")

    with Mine(7) as file:
        assert isinstance(file, h5py.File)
    assert Path("7.h5").exists()


def test_what_a_library_raises_is_raised_and_hidden_frames_are_all_there_is_to_see(witness: Witness) -> None:
    pl = pytest.importorskip("polars")
    with pytest.raises(FileNotFoundError) as raised:
        pl.read_csv("nothing.csv")

    ours = [entry for entry in raised.traceback if "labjournal" in str(entry.path) and "test" not in str(entry.path)]
    assert all(entry.frame.f_locals.get("__tracebackhide__") for entry in ours)
    assert [] == [entry for entry in ours if os.path.exists(str(entry.path))]


def test_a_warning_is_told_at_the_line_that_caused_it(witness: Witness) -> None:
    import pandas as pd

    frame().to_parquet("a.parquet")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        pd.read_parquet("a.parquet")
    assert [] == [warning for warning in caught if "labjournal>" in warning.filename]


def test_nothing_is_told_while_nobody_listens(witness: Witness) -> None:
    audit_hook.watch(None)
    frame().to_parquet("a.parquet")

    assert [] == witness.told


def test_a_name_that_a_version_does_not_have_is_left_out_and_said(project: Path) -> None:
    module = type(sys)("pyarrow.orc")
    before = list(native_calls.missing)
    native_calls._wrap_all(module)
    found = [name for name in native_calls.missing if name not in before]
    del native_calls.missing[len(before) :]

    assert ["pyarrow.orc.ORCFile", "pyarrow.orc.read_table", "pyarrow.orc.ORCWriter"] == found


def test_the_run_says_which_names_of_its_libraries_are_not_there(
    lab: Lab, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(native_calls, "missing", ["pyarrow.orc.ORCFile"])
    lab.use(lambda context: FilesRecorder(context, "off"))
    told = [event for event in lab.events if isinstance(event, FacetSeen)]

    assert [["pyarrow.orc.ORCFile"]] == [event.value["missing"] for event in told if event.name == "layers"]


FRESH = """
import json, os, sys
from labjournal.recorders import audit_hook, imports, native_calls, wrapping
known = set(sys.modules)
recorder = native_calls.NativeRecorder(None)
assert not [name for name in sys.modules if name.startswith(("pyarrow", "polars", "pandas"))]
told = []
class Witness:
    def opened(self, path, flags, thread, layer="audit"):
        if layer == "native": told.append(os.path.basename(path))
    def failed(self, problem): raise SystemExit(repr(problem))
    def __getattr__(self, name): return lambda *_a, **_k: None
audit_hook.install(); audit_hook.watch(Witness())
from pyarrow.parquet import write_table, read_table
import pyarrow as pa, pyarrow.parquet, pyarrow.csv, importlib
write_table(pa.table({"a": [1]}), "a.parquet"); read_table("a.parquet")
assert told and set(told) == {"a.parquet"}, told
spec = importlib.util.find_spec("pyarrow.orc")
assert type(spec.loader).__name__ == "SourceFileLoader"
assert "exec_module" not in vars(pyarrow.parquet.core.__spec__.loader)
importlib.reload(pyarrow.csv)
imports.uninstall(); wrapping.take_back(); audit_hook.watch(None); told.clear()
read_table("a.parquet"); pa.memory_map("a.parquet")
assert not told and not wrapping.faults and not imports.problems
assert type(pa.memory_map).__name__ == "cython_function_or_method"
print("good")
"""


def test_it_is_put_on_when_a_library_is_imported_and_can_be_taken_back(project: Path) -> None:
    told = subprocess.run([sys.executable, "-c", FRESH], capture_output=True, text=True, timeout=60)

    assert "good" == told.stdout.strip(), told.stderr


def test_an_import_that_fails_fails_as_before(project: Path) -> None:
    package = project / "h5py"
    package.mkdir()
    (package / "__init__.py").write_text("from h5py._hl import files\n")
    (package / "_hl").mkdir()
    (package / "_hl" / "__init__.py").write_text("")
    (package / "_hl" / "files.py").write_text("raise ImportError('no HDF5 here')\n")
    code = """
        import sys; sys.path.insert(0, "")
        from labjournal.recorders import native_calls
        native_calls.NativeRecorder(None)
        for _ in range(2):
            try:
                import h5py
            except ImportError as problem:
                print(problem)
    """
    told = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=60, check=True)

    assert ["no HDF5 here"] * 2 == told.stdout.split("\n")[:2]


# -- paths -----------------------------------------------------------------------------------------------------------------


def test_only_plain_paths_are_looked_at() -> None:
    class Odd:
        def __fspath__(self) -> str:
            raise AssertionError

        __str__ = __iter__ = __fspath__

    assert [] == list(given_paths(Odd()))
    assert [] == list(given_paths(7))
    assert ["a", "c"] == list(given_paths(["a", b"1,2", Path("c"), Odd(), ["d"]]))
    assert ["b"] == list(given_paths(b"b", name=True))


def test_patterns_and_folders_stand_for_their_files(project: Path) -> None:
    for name in ("a.csv", "b.csv", ".hidden", "_SUCCESS"):
        (project / name).write_text("1")
    (project / "year=2024").mkdir()
    (project / "year=2024" / "c.csv").write_text("1")

    assert ["a.csv", "b.csv"] == sorted(local_files("*.csv"))
    assert ["./a.csv", "./b.csv", "./year=2024/c.csv"] == sorted(local_files("."))
    assert ["new.csv"] == list(local_files("new.csv"))
    assert ["/tmp/x"] == list(local_files("file:///tmp/x"))
    assert [] == list(local_files("s3://bucket/key")) + list(local_files("a\nb")) + list(local_files(""))


@pytest.mark.parametrize(
    ("mode", "flags"),
    [("r", os.O_RDONLY), ("rb", os.O_RDONLY), (None, os.O_RDONLY), (7, os.O_RDONLY), ("r+", os.O_RDWR | os.O_CREAT),
     ("w", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), ("x", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), ("a", os.O_RDWR | os.O_CREAT), ("ab", os.O_WRONLY | os.O_CREAT)],
)  # fmt: skip
def test_modes(mode: Any, flags: int) -> None:
    assert flags == flags_of(mode, "r")
