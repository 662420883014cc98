"""HDF5 and netCDF files are compared by what they hold, and none of them can do harm."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labjournal.replay.comparing import datasets
from labjournal.replay.comparing.contents import contents_apart
from labjournal.replay.comparing.telling import Rules, Told

h5py = pytest.importorskip("h5py")
np = pytest.importorskip("numpy")
Fill = Callable[[Any], object]


def _text_apart(one: str, other: str) -> tuple[int, str, str] | None:
    return None if one.lower() == other.lower() else (1, one, other)


def told(one: bytes, other: bytes, tolerance: float = 0.0) -> Told:
    return contents_apart(io.BytesIO(one), io.BytesIO(other), "file.h5", Rules(_text_apart, tolerance))


@pytest.fixture
def stored(tmp_path: Path) -> Callable[[Fill], bytes]:
    """The bytes of an HDF5 file that a function filled."""

    def made(fill: Fill) -> bytes:
        path = tmp_path / f"{len(os.listdir(tmp_path))}.h5"
        with h5py.File(path, "w") as file:
            fill(file)
        return path.read_bytes()

    return made


def experiment(last: float = 1.0, name: str = "first", times: bool = False, change: Fill | None = None) -> Fill:
    def fill(file: Any) -> None:
        group = file.create_group("run")
        group.attrs["name"] = name
        data = np.arange(12.0).reshape(3, 4)
        data[2, 3] = last
        group.create_dataset("data", data=data, compression="gzip", track_times=times)
        group.create_dataset("words", data=["a", "b"])
        group.create_dataset("rows", data=np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]))
        group["again"] = h5py.SoftLink("/run/data")
        group["myself"] = group
        file.create_dataset("nothing", data=np.zeros((0, 3)))
        if change is not None:
            change(file)

    return fill


def add_and_remove(file: Any) -> None:
    file.create_dataset("gone", data=1)
    del file["gone"]


def test_the_same_values_are_the_same_whenever_and_however_they_were_stored(stored: Callable[[Fill], bytes]) -> None:
    one, other = stored(experiment()), stored(experiment(name="FIRST", times=True, change=add_and_remove))

    assert one != other
    assert Told(True, "values") == told(one, other)


def test_the_first_value_that_differs_is_named(stored: Callable[[Fill], bytes]) -> None:
    one, other = stored(experiment()), stored(experiment(last=1.5))

    assert "/run/data [2, 3]: 1.0 → 1.5 (1 of 12 values differ there)" == told(one, other).words
    assert told(one, other, tolerance=0.5).same is True
    assert told(stored(experiment(last=float("nan"))), stored(experiment(last=float("nan"), times=True))).same is True


CHANGES: dict[str, Fill] = {
    "/run, attribute name: first → second": lambda file: file["run"].attrs.__setitem__("name", "second"),
    "/run, attribute more: not there → there": lambda file: file["run"].attrs.__setitem__("more", 1),
    "/run: 5 → 6 (only on one side: more)": lambda file: file["run"].create_group("more"),
    "/run/words [1]: b → c": lambda file: file["run/words"].__setitem__(1, "c"),
    "/run/rows, field b [0]: 2.0 → 3.0": lambda file: file["run/rows"].__setitem__(0, (1, 3.0)),
}


@pytest.mark.parametrize("said", CHANGES)
def test_whatever_else_differs_is_named_too(stored: Callable[[Fill], bytes], said: str) -> None:
    assert said == told(stored(experiment()), stored(experiment(change=CHANGES[said]))).words


def test_what_lies_in_other_files_is_neither_read_nor_called_the_same(stored: Callable[[Fill], bytes], tmp_path: Path) -> None:
    secret = str(tmp_path / "secret.h5")
    with h5py.File(secret, "w") as file:
        file["data"] = [1, 2, 3]

    def linked(file: Any) -> None:
        file["link"] = h5py.ExternalLink(secret, "/data")
        layout = h5py.VirtualLayout(shape=(3,), dtype="i8")
        layout[:] = h5py.VirtualSource(secret, "data", shape=(3,))
        file.create_virtual_dataset("virtual", layout)
        file.create_dataset("raw", (3,), "i8", external=[(secret, 0, 24)])

    def linked_again(file: Any) -> None:
        linked(file)
        add_and_remove(file)

    found = told(stored(linked), stored(linked_again))

    assert found.same is None
    assert "datasets that lie in other files were not looked into; links to other files were not followed" == found.more


def test_a_file_that_breaks_its_reader_cannot_be_told(stored: Callable[[Fill], bytes]) -> None:
    whole = stored(experiment())

    assert told(whole, whole[: len(whole) // 2]).same is None
    assert told(b"\x89HDF\r\n\x1a\n1", b"\x89HDF\r\n\x1a\n2").same is None


def test_more_than_fits_into_memory_is_not_read(stored: Callable[[Fill], bytes]) -> None:
    """A hundred gigabytes of noughts take a kilobyte on disk; a part of 4 GB has to be unpacked to see the first."""

    def huge(first: int) -> Fill:
        def fill(file: Any) -> None:
            data = file.create_dataset("huge", (1 << 37,), "i1", chunks=((1 << 32) - 1,), fillvalue=first)
            assert data.shape == (1 << 37,)

        return fill

    assert told(stored(huge(1)), stored(huge(2))).same is not True


def test_what_the_machine_cannot_read_is_said(stored: Callable[[Fill], bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "find_spec", lambda name: None)

    said = told(stored(experiment()), stored(experiment(last=2))).more
    assert "its format notes when it was written, and h5py is not installed here" == said


def test_netcdf_of_both_kinds_is_compared(tmp_path: Path) -> None:
    netcdf = pytest.importorskip("netCDF4")

    def made(kind: str, number: int, last: float) -> bytes:
        path = tmp_path / f"{kind}{number}.nc"
        with netcdf.Dataset(path, "w", format=kind) as file:
            file.history = "Made" if number else "made"
            file.createDimension("time", 3)
            file.createVariable("t", "f8", ("time",))[:] = [0.0, 1.0, last]
        return path.read_bytes()

    for kind in ("NETCDF3_CLASSIC", "NETCDF4"):
        assert Told(True, "values") == told(made(kind, 0, 2.0), made(kind, 1, 2.0))
        assert "/t [2]: 2.0 → 2.5 (1 of 3 values differ there)" == told(made(kind, 2, 2.0), made(kind, 3, 2.5)).words
