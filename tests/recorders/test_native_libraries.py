"""Libraries that read and write files by themselves, each as a person would use it: which file was told, and as what.

Where a library is not installed its test is left out.
"""

from __future__ import annotations

import importlib
import textwrap
from pathlib import Path

import pytest

from tests.recorders.witness import READ, UPDATED, WRITTEN, Witness

CASES = [
    ("tables", """
        with tables.open_file("a.h5", "w") as file: file.create_array("/", "a", [1, 2])
        with tables.open_file("a.h5") as file: file.root.a.read()
        with tables.open_file("a.h5", mode="a") as file: file.create_array("/", "b", [1])
        """, {("a.h5", WRITTEN), ("a.h5", READ), ("a.h5", UPDATED)}),
    ("tables", """
        import pandas as pd
        pd.DataFrame({"a": [1]}).to_hdf("a.h5", key="x")
        pd.read_hdf("a.h5")
        """, {("a.h5", UPDATED), ("a.h5", READ)}),
    ("netCDF4", """
        with netCDF4.Dataset("a.nc", "w") as data:
            data.createDimension("x", 3); data.createVariable("v", "f4", ("x",))[:] = 1
        with netCDF4.Dataset(Path("a.nc")) as data: data["v"][:]
        assert isinstance(data, netCDF4.Dataset)
        """, {("a.nc", WRITTEN), ("a.nc", READ)}),
    ("cv2", """
        import numpy as np
        cv2.imwrite("a.png", np.zeros((4, 4, 3), "uint8"))
        assert cv2.imread("a.png").shape == (4, 4, 3)
        """, {("a.png", WRITTEN), ("a.png", READ)}),
    ("lightgbm", """
        import numpy as np
        data = lightgbm.Dataset(np.random.rand(60, 2), np.arange(60) % 2, params={"verbose": -1})
        booster = lightgbm.train({"verbose": -1, "num_leaves": 2}, data, 2)
        booster.save_model("a.txt"); lightgbm.Booster(model_file="a.txt")
        data.save_binary("a.bin"); lightgbm.Dataset("a.bin", params={"verbose": -1}).construct()
        """, {("a.txt", WRITTEN), ("a.txt", READ), ("a.bin", WRITTEN), ("a.bin", READ)}),
    ("xgboost", """
        import numpy as np
        booster = xgboost.train({"max_depth": 1}, xgboost.DMatrix(np.random.rand(20, 2), np.arange(20) % 2), 2)
        booster.save_model("a.json"); xgboost.Booster(model_file="a.json"); xgboost.Booster().load_model("a.json")
        """, {("a.json", WRITTEN), ("a.json", READ)}),
    ("torch", """
        torch.save({"w": torch.ones(3)}, "a.pt")
        torch.jit.script(torch.nn.Linear(2, 2)).save("b.pt")
        torch.jit.load("b.pt")
        Path("a.f4").write_bytes(b"\\0" * 40); torch.from_file("a.f4", size=10)
        """, {("a.pt", WRITTEN), ("b.pt", WRITTEN), ("b.pt", READ), ("a.f4", READ)}),
    ("safetensors.torch", """
        import torch
        safetensors.torch.save_file({"w": torch.ones(3)}, "a.safetensors"); safetensors.torch.load_file("a.safetensors")
        """, {("a.safetensors", WRITTEN), ("a.safetensors", READ)}),
    ("soundfile", """
        import numpy as np
        soundfile.write("a.wav", np.zeros(100), 8000); soundfile.read("a.wav")
        """, {("a.wav", WRITTEN), ("a.wav", READ)}),
    ("rasterio", """
        import numpy as np
        with rasterio.open("a.tif", "w", driver="GTiff", width=3, height=3, count=1, dtype="uint8", transform=rasterio.Affine(1, 0, 0, 0, -1, 0)) as to:
            to.write(np.zeros((3, 3), "uint8"), 1)
        with rasterio.open("a.tif") as source: source.read(1)
        """, {("a.tif", WRITTEN), ("a.tif", READ)}),
    ("pyogrio", """
        import numpy as np
        from pyogrio import raw
        point = bytes.fromhex("0101000000000000000000f03f0000000000000040")
        raw.write("a.geojson", np.array([point], dtype=object), [np.array([1])], ["n"], geometry_type="Point", crs="EPSG:4326")
        raw.read("a.geojson")
        """, {("a.geojson", WRITTEN), ("a.geojson", READ)}),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("library", "code", "files"), CASES, ids=[f"{name}-{at}" for at, (name, *_) in enumerate(CASES)])
def test_a_library_tells_which_file_it_reads_and_writes(
    witness: Witness, library: str, code: str, files: set[tuple[str, str]]
) -> None:
    pytest.importorskip(library)
    space = {library.partition(".")[0]: importlib.import_module(library.partition(".")[0]), "Path": Path}
    if "." in library:
        importlib.import_module(library)
    exec(textwrap.dedent(code), space)

    assert files == witness.take()


@pytest.mark.filterwarnings("ignore")
def test_variables_of_a_lazy_dataset_are_read_when_they_are_indexed(witness: Witness) -> None:
    netcdf = pytest.importorskip("netCDF4")
    xarray = pytest.importorskip("xarray")
    with netcdf.Dataset("a.nc", "w") as data:
        data.createDimension("x", 3)
        data.createVariable("v", "f4", ("x",))[:] = 1
    lazy = xarray.open_dataset("a.nc", engine="netcdf4")
    witness.next_cell()
    assert 3 == float(lazy.v.sum())

    assert {("a.nc", READ)} == witness.next_cell()
    lazy.close()


@pytest.mark.filterwarnings("ignore")
def test_a_store_of_frames_is_read_when_it_is_asked(witness: Witness) -> None:
    pytest.importorskip("tables")
    import pandas as pd

    store = pd.HDFStore("a.h5")
    store["x"] = pd.DataFrame({"a": [1]})
    witness.next_cell()
    assert 1 == len(store["x"])

    assert {("a.h5", READ)} == witness.next_cell()
    store.close()
