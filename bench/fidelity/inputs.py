"""Makes the files that the cells read. Run as a script by the Python that is measured, which needs nothing else of this package.

`python inputs.py PROJECT ELSEWHERE HOME`: what needs a library that is not installed is left out. No two files have the same content.
"""

from __future__ import annotations

import bz2
import gzip
import importlib.util
import io
import json
import lzma
import os
import pickle
import random
import sqlite3
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

__all__ = ["make"]


def make(project: Path, elsewhere: Path, home: Path) -> None:
    for name in ("data", "many", "deep/a/b", "out", "old"):
        (project / name).mkdir(parents=True)
    _texts(project)
    _outside(project, elsewhere, home)
    for needed, makes in _BY_LIBRARY:
        if all(importlib.util.find_spec(name) for name in needed.split()):
            makes(project / "data")


def _csv(name: str, rows: int = 300) -> str:
    chance = random.Random(name)
    lines = [
        f"{i},{chance.choice('abc')},{chance.randint(1, 99)},{chance.random():.4f},2024-01-{1 + i % 28:02d}" for i in range(rows)
    ]
    return "id,kind,count,price,day\n" + "\n".join(lines) + "\n"


def _bytes(name: str, size: int) -> bytes:
    return random.Random(name).randbytes(size)


def _texts(project: Path) -> None:
    data = project / "data"
    for name in ("notes.txt", "lines.txt", "empty-ish.txt", "mention.txt"):
        (data / name).write_text("".join(f"{name} line {i}\n" for i in range(50)))
    for name in ("prices.csv", "sales.csv", "costs.csv", "stock.csv", "linked-to.csv", "ümläut name.csv", "new\nline.csv"):
        (data / name).write_text(_csv(name), encoding="utf-8")
    (data / "table.tsv").write_text(_csv("table.tsv").replace(",", "\t"))
    for i in range(20):
        (project / "many" / f"part-{i:02d}.txt").write_text(f"part {i}\n" * 10)
    for name in ("top.dat", "a/mid.dat", "a/b/leaf.dat"):
        (project / "deep" / name).write_bytes(_bytes(name, 2000))
    (data / "blob.bin").write_bytes(_bytes("blob", 65536))
    (data / "config.json").write_text(json.dumps({"rate": 0.1, "input": "data/sales.csv"}))
    (data / "rows.jsonl").write_text("".join(json.dumps({"id": i, "v": i * i}) + "\n" for i in range(100)))
    (data / "thing.pkl").write_bytes(pickle.dumps({"a": list(range(100))}))
    (data / "log.gz").write_bytes(gzip.compress(_csv("gz").encode()))
    (data / "log.bz2").write_bytes(bz2.compress(_csv("bz2").encode()))
    (data / "log.xz").write_bytes(lzma.compress(_csv("xz").encode()))
    (data / "frame.csv.gz").write_bytes(gzip.compress(_csv("frame.gz").encode()))
    (data / "settings.ini").write_text("[main]\nrate = 3\n")
    (data / "settings.toml").write_text("rate = 3\n")
    (data / "doc.xml").write_text("<rows>" + "".join(f"<row><id>{i}</id><v>{i * 3}</v></row>" for i in range(30)) + "</rows>")
    (data / "page.html").write_text("<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>")
    (data / "wide.fwf").write_text("".join(f"{i:>5}{i * 2:>8}\n" for i in range(50)))
    with zipfile.ZipFile(data / "bundle.zip", "w") as bundle:
        bundle.writestr("inner.csv", _csv("zip"))
        bundle.writestr("more.txt", "more")
    with zipfile.ZipFile(data / "frame.csv.zip", "w") as bundle:
        bundle.writestr("frame.csv", _csv("frame.zip"))
    with tarfile.open(data / "bundle.tar.gz", "w:gz") as tar:
        for name in ("one.csv", "two.csv"):
            inner = _csv(name).encode()
            entry = tarfile.TarInfo(name)
            entry.size = len(inner)
            tar.addfile(entry, io.BytesIO(inner))
    with sqlite3.connect(data / "base.sqlite") as base:
        base.execute("CREATE TABLE sales (id INTEGER, price REAL)")
        base.executemany("INSERT INTO sales VALUES (?, ?)", [(i, i * 1.5) for i in range(200)])
    base.close()
    (project / "helper_module.py").write_text("RATE = 3\n\n\ndef double(x):\n    return 2 * x\n")
    (project / "workers.py").write_text(
        "import os\n\n\ndef size(path):\n    with open(path, 'rb') as file:\n        return len(file.read())\n\n\n"
        "def shout(path):\n    with open(path) as file:\n        text = file.read()\n"
        "    with open('out/' + os.path.basename(path) + '.up', 'w') as file:\n        file.write(text.upper())\n\n\n"
        "def columns(path):\n    import pyarrow.parquet as pq\n\n    return pq.read_table(path).num_columns\n"
    )
    (project / "script.py").write_text(
        "import sys\n\ntext = open(sys.argv[1]).read()\nopen(sys.argv[2], 'w').write(text.upper())\n"
    )
    (project / "native_script.py").write_text(
        "import sys\n\nimport pyarrow.parquet as pq\n\npq.write_table(pq.read_table(sys.argv[1]).slice(0, 5), sys.argv[2])\n"
    )


def _outside(project: Path, elsewhere: Path, home: Path) -> None:
    for i in range(24):
        folder = elsewhere / f"{i:02d}"
        folder.mkdir(parents=True)
        (folder / "far.csv").write_text(_csv(f"far {i}"))
    (home / "datasets").mkdir(parents=True)
    (home / "datasets" / "mine.csv").write_text(_csv("mine"))
    os.symlink("linked-to.csv", project / "data" / "link.csv")
    os.symlink(os.path.relpath(elsewhere / "20", project), project / "linked")
    (project / "data" / "where.json").write_text(json.dumps({"path": str(elsewhere / "21" / "far.csv")}))


def _frame(name: str) -> Any:
    import pandas

    return pandas.read_csv(io.StringIO(_csv(name)))


def _numpy(data: Path) -> None:
    import numpy

    chance = numpy.random.default_rng(7)
    numpy.save(data / "numbers.npy", chance.random(5000))
    numpy.save(data / "mapped.npy", chance.random(20000))
    numpy.savez(data / "arrays.npz", a=chance.random(100), b=chance.random(200))
    chance.random(4096).tofile(data / "raw.f8")
    chance.random(8192).tofile(data / "late.f8")
    numpy.savetxt(data / "grid.txt", chance.random((30, 4)))


def _scipy(data: Path) -> None:
    import numpy
    import scipy.io
    import scipy.sparse
    from scipy.io import wavfile

    chance = numpy.random.default_rng(8)
    scipy.io.savemat(data / "matrix.mat", {"m": chance.random((9, 9))})
    sparse = scipy.sparse.random(30, 30, 0.1, format="csr", random_state=3)
    scipy.io.mmwrite(data / "sparse.mtx", sparse)
    scipy.sparse.save_npz(data / "sparse.npz", sparse)
    wavfile.write(data / "sound.wav", 8000, (chance.random(4000) * 1000).astype(numpy.int16))


def _pictures(data: Path) -> None:
    import numpy
    from PIL import Image

    chance = numpy.random.default_rng(9)
    Image.fromarray(chance.integers(0, 255, (40, 50, 3), dtype=numpy.uint8)).save(data / "picture.png")
    Image.fromarray(chance.integers(0, 255, (40, 50, 3), dtype=numpy.uint8)).save(data / "photo.jpg")


def _pandas(data: Path) -> None:
    _frame("json").to_json(data / "frame.json")
    _frame("pickle").to_pickle(data / "frame.pickle")
    _frame("stata").to_stata(data / "frame.dta", write_index=False)
    with sqlite3.connect(data / "frame.sqlite") as base:
        _frame("sqlite").to_sql("frame", base, index=False)
    base.close()


def _excel(data: Path) -> None:
    _frame("xlsx").to_excel(data / "frame.xlsx", index=False)


def _arrow(data: Path) -> None:
    import pyarrow
    from pyarrow import feather, orc
    from pyarrow import parquet as pq

    for name in ("frame", "second", "third", "lazy", "wide"):
        pq.write_table(pyarrow.Table.from_pandas(_frame(name)), data / f"{name}.parquet")
    for i in range(3):
        (data / "parts").mkdir(exist_ok=True)
        pq.write_table(pyarrow.Table.from_pandas(_frame(f"part {i}")), data / "parts" / f"{i}.parquet")
    feather.write_feather(_frame("feather"), data / "frame.feather")
    orc.write_table(pyarrow.Table.from_pandas(_frame("orc")), data / "frame.orc")
    table = pyarrow.Table.from_pandas(_frame("ipc"))
    with pyarrow.OSFile(str(data / "frame.arrow"), "wb") as sink, pyarrow.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    for i in range(24):
        pq.write_table(pyarrow.Table.from_pandas(_frame(f"far {i}")), Path(sys.argv[2]) / f"{i:02d}" / "far.parquet")


def _tables(data: Path) -> None:
    _frame("hdf").to_hdf(data / "frame.h5", key="frame", format="table")
    import numpy
    import tables

    with tables.open_file(data / "store.h5", "w") as store:
        store.create_array("/", "numbers", numpy.arange(500))


def _h5py(data: Path) -> None:
    import h5py
    import numpy

    for name in ("grid.h5", "late.h5"):
        with h5py.File(data / name, "w") as file:
            file["grid"] = numpy.random.default_rng(len(name)).random((100, 200))
            file["second"] = numpy.arange(3000)


def _netcdf(data: Path) -> None:
    import netCDF4
    import numpy

    forms: dict[str, Literal["NETCDF4", "NETCDF3_CLASSIC"]]
    forms = {"grid.nc": "NETCDF4", "classic.nc": "NETCDF3_CLASSIC", "lazy.nc": "NETCDF4"}
    for name, form in forms.items():
        with netCDF4.Dataset(data / name, "w", format=form) as file:
            file.createDimension("x", 40)
            file.createVariable("t", "f8", ("x",))[:] = numpy.random.default_rng(len(name)).random(40)


def _zarr(data: Path) -> None:
    import numpy
    import zarr

    zarr.save(str(data / "cube.zarr"), numpy.random.default_rng(4).random((20, 20)))


def _sklearn(data: Path) -> None:
    import joblib
    from sklearn.datasets import dump_svmlight_file, make_classification
    from sklearn.linear_model import LogisticRegression

    x, y = make_classification(200, 6, random_state=1)
    joblib.dump(LogisticRegression().fit(x, y), data / "model.joblib")
    dump_svmlight_file(x, y, str(data / "train.svm"))
    with open(data / "train.tsv", "w") as file:
        file.writelines("\t".join(f"{v:.5f}" for v in (label, *row)) + "\n" for row, label in zip(x, y, strict=True))
    for kind in ("good", "bad"):
        (data / "texts" / kind).mkdir(parents=True)
        (data / "texts" / kind / "1.txt").write_text(f"a {kind} text")


def _boosters(data: Path) -> None:
    import lightgbm
    import numpy
    import xgboost

    chance = numpy.random.default_rng(2)
    x = chance.random((200, 5))
    y = (x[:, 0] > 0.5).astype(int)
    lightgbm.train({"objective": "binary", "verbose": -1}, lightgbm.Dataset(x, y), 3).save_model(str(data / "lgb.txt"))
    xgboost.train({"objective": "binary:logistic"}, xgboost.DMatrix(x, y), 3).save_model(str(data / "xgb.json"))


def _torch(data: Path) -> None:
    import torch

    torch.manual_seed(1)
    torch.save({"w": torch.rand(40, 40)}, data / "tensor.pt")
    torch.save({"w": torch.rand(200, 40)}, data / "mapped.pt")
    torch.rand(1000).numpy().tofile(data / "storage.f4")


def _safetensors(data: Path) -> None:
    import numpy
    from safetensors.numpy import save_file

    save_file({"w": numpy.random.default_rng(3).random((30, 30))}, str(data / "tensor.safetensors"))


def _duckdb(data: Path) -> None:
    import duckdb

    with duckdb.connect(str(data / "base.duckdb")) as base:
        base.execute("CREATE TABLE sales AS SELECT i AS id, i * 1.5 AS price FROM range(500) t(i)")


_BY_LIBRARY: list[tuple[str, Callable[[Path], None]]] = [
    ("numpy", _numpy), ("scipy", _scipy), ("PIL numpy", _pictures), ("pandas", _pandas), ("pandas openpyxl", _excel), ("pandas pyarrow", _arrow),
    ("pandas tables", _tables), ("h5py", _h5py), ("netCDF4", _netcdf), ("zarr", _zarr), ("sklearn", _sklearn), ("lightgbm xgboost", _boosters),
    ("torch", _torch), ("safetensors numpy", _safetensors), ("duckdb", _duckdb),
]  # fmt: skip


if __name__ == "__main__":
    make(*map(Path, sys.argv[1:]))
