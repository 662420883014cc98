"""Files that differ in their bytes, told apart by what they say."""

from __future__ import annotations

import bz2
import functools
import gzip
import html
import io
import json
import lzma
import pickle
import sqlite3
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labjournal.replay.comparing import tables
from labjournal.replay.comparing.contents import contents_apart
from labjournal.replay.comparing.telling import Rules, Told
from tests.pace import quicker


def _text_apart(one: str, other: str) -> tuple[int, str, str] | None:
    for number, pair in enumerate(zip(one.split("\n"), other.split("\n"), strict=False), 1):
        if pair[0] != pair[1] and not pair[0].startswith("at "):
            return number, *pair
    return None


def told(one: bytes, other: bytes, name: str, tolerance: float = 0.0, **more: Any) -> Told:
    return contents_apart(io.BytesIO(one), io.BytesIO(other), name, Rules(_text_apart, tolerance, **more))


def prices(**changes: Any) -> pd.DataFrame:
    frame = pd.DataFrame({"day": [f"2026-03-{day:02}" for day in range(1, 21)], "price": [float(day) for day in range(20)]})
    for place, value in changes.items():
        frame.loc[int(place[1:]) - 1, "price"] = value
    return frame


def csv(frame: pd.DataFrame, **options: Any) -> bytes:
    return str(frame.to_csv(index=False, **options)).encode()


def parquet(frame: pd.DataFrame, **options: Any) -> bytes:
    with io.BytesIO() as file:
        pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), file, **options)
        return file.getvalue()


def feather(frame: pd.DataFrame, **options: Any) -> bytes:
    with io.BytesIO() as file:
        frame.to_feather(file, **options)
        return file.getvalue()


def database(frame: pd.DataFrame, tmp_path: Path, *statements: str) -> bytes:
    path = tmp_path / f"{time.monotonic_ns()}.db"
    connection = sqlite3.connect(path)
    frame.to_sql("prices", connection, index=False)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return path.read_bytes()


def writers(tmp_path: Path) -> dict[str, Callable[[pd.DataFrame], bytes]]:
    return {"csv": csv, "parquet": parquet, "feather": feather, "sqlite": functools.partial(database, tmp_path=tmp_path)}


@pytest.mark.parametrize("kind", ["csv", "parquet", "feather", "sqlite"])
def test_the_first_cell_that_differs_is_named(kind: str, tmp_path: Path) -> None:
    write = writers(tmp_path)[kind]
    one, other = write(prices(r17=3.2, r19=1.0)), write(prices(r17=3.4, r19=2.0))

    found = told(one, other, f"prices.{kind}")

    assert (False, "values") == (found.same, found.how)
    assert found.words.endswith("row 17, column price: 3.2 → 3.4 (2 of 20 rows differ)")


@pytest.mark.parametrize("kind", ["csv", "parquet", "feather", "sqlite"])
def test_numbers_within_the_tolerance_are_the_same(kind: str, tmp_path: Path) -> None:
    write = writers(tmp_path)[kind]
    one, other = write(prices(r17=3.2)), write(prices(r17=3.2000001))

    assert [True, False] == [told(one, other, f"prices.{kind}", tolerance).same for tolerance in (1e-6, 0.0)]


@pytest.mark.parametrize(
    ("one", "other", "name"),
    [
        (csv(prices()), csv(prices(), float_format="%.3f"), "a.csv"),
        (csv(prices()), csv(prices(), lineterminator="\r\n"), "a.csv"),
        (csv(prices(), sep="\t"), csv(prices(), sep="\t", quoting=1), "a.tsv"),
        (csv(prices(), sep="\t"), csv(prices()), "a.csv"),
        (gzip.compress(csv(prices()), mtime=1), gzip.compress(csv(prices(), float_format="%.2f"), mtime=2), "a.csv.gz"),
        (bz2.compress(csv(prices())), bz2.compress(csv(prices(), float_format="%.2f")), "a.csv.bz2"),
        (lzma.compress(csv(prices())), lzma.compress(csv(prices(), float_format="%.2f")), "a.csv.xz"),
        (parquet(prices()), parquet(prices(), compression="gzip", row_group_size=7), "a.parquet"),
        (parquet(prices(), use_dictionary=True), parquet(prices(), use_dictionary=False, version="1.0"), "without an ending"),
        (feather(prices(), compression="uncompressed"), feather(prices(), compression="lz4"), "a.feather"),
        (json.dumps({"a": 1, "b": [2.0]}).encode(), json.dumps({"b": [2], "a": 1.0}, indent=2).encode(), "a.json"),
        (b'{"a": 1, "b": 2}\n{"a": 3}\n', b'{"b":2,"a":1}\n{"a":3}\n', "a.jsonl"),
        (pickle.dumps({"a": [1.5, "x"]}, 2), pickle.dumps({"a": [1.5, "x"]}, 3), "a.pkl"),
    ],
)
def test_what_is_only_written_otherwise_is_the_same(one: bytes, other: bytes, name: str) -> None:
    assert one != other
    assert told(one, other, name).same


def test_a_database_that_was_packed_otherwise_is_the_same(tmp_path: Path) -> None:
    noise = ("CREATE TABLE more AS SELECT * FROM prices", "DROP TABLE more", "CREATE VIEW v AS SELECT * FROM prices")

    assert told(database(prices(), tmp_path), database(prices(), tmp_path, *noise), "a.db").same


@pytest.mark.parametrize("write", [csv, parquet, feather])
def test_rows_that_are_fewer_are_counted(write: Callable[..., bytes]) -> None:
    long = pd.DataFrame({"n": range(2000)})

    assert told(write(long), write(long[:1786]), "a.csv").words == "2,000 rows → 1,786 rows (214 rows fewer)"
    found = told(write(long[:9]), write(long[1:11].reset_index(drop=True)), "a.csv")
    assert "9 rows → 10 rows (1 row more; first difference: row 1, column n: 0 → 1)" == found.words


@pytest.mark.parametrize("write", [csv, parquet, feather])
def test_columns_that_came_and_went_are_named(write: Callable[..., bytes]) -> None:
    found = told(write(prices()), write(prices().rename(columns={"price": "cost"})), "a.csv")

    assert (False, "2 columns → 2 columns (column price gone, column cost new)") == (found.same, found.words)


def test_rows_in_another_order_are_said_to_be_that() -> None:
    mixed = prices().iloc[::-1].reset_index(drop=True)

    assert "the same rows in another order, from row 1 on" == told(csv(prices()), csv(mixed), "a.csv").words
    assert "the same rows in another order, from row 1 on" == told(parquet(prices()), parquet(mixed), "a.parquet").words


def test_a_type_that_changed_is_named_and_packing_is_no_type() -> None:
    one, other = prices(), prices().astype({"price": "int64"})
    labels = prices().astype({"day": "category"})

    assert "column price: double → int64" == told(parquet(one), parquet(other), "a.parquet").words
    assert told(parquet(one), parquet(labels), "a.parquet").same


def test_codes_are_no_numbers_and_long_numbers_are_exact() -> None:
    assert not told(b"code\n007\n", b"code\n7\n", "a.csv").same
    assert not told(b"id\n9007199254740993\n", b"id\n9007199254740992\n", "a.csv").same
    assert told(b"x\n1e3\n", b"x\n1000\n", "a.csv").same


def test_a_cell_that_is_text_is_compared_as_texts_are() -> None:
    assert told(b"when\nat 9\n", b"when\nat 10\n", "a.csv").same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b"", b"a,b\n1,2\n"),
        (b'a,b\n"1,2\n', b"a,b\n1,2\n"),
        (b"a\n1\n", b"a\n1\x002\n"),
        (b"a\n\xff\n", b"a\n\xfe\n"),
        (b"a\n" + b"1" * 5000, b"a\n" + b"2" * 5000),
        (b"a\n'; DROP TABLE x\n", b"a\n=cmd|' /C calc'!A0\n"),
        (b"a," * 300_000, b"b," * 300_000),
    ],
)
def test_strange_tables_differ_in_words_that_fit_a_line(one: bytes, other: bytes) -> None:
    found = told(one, other, "a.csv")

    assert found.same is False
    assert 0 < len(found.words) < 400 or found.how == "text"


def test_what_takes_too_long_is_left_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = b"n\n" + b"1\n" * 5000
    late = {"until": time.monotonic() - 1}

    assert (None, "only the first 2,048 rows were compared; they are the same") == (
        (found := told(rows, rows + b"2\n", "a.csv", **late)).same,
        found.words,
    )
    assert told(b"n\n7\n" + rows[2:], b"n\n8\n" + rows[2:], "a.csv", **late).same is False


def test_json_says_where_it_differs() -> None:
    one, other = {"a": 1, "rows": [{"value": 3.2, "odd key": None}]}, {"a": 1, "rows": [{"value": 3.4, "odd key": None}]}

    assert "rows[0].value: 3.2 → 3.4" == told(json.dumps(one).encode(), json.dumps(other).encode(), "a.json").words
    assert "b: not there → there" == told(b'{"a": 1}', b'{"a": 1, "b": null}', "a.json").words
    assert "a: True → 1" == told(b'{"a": true}', b'{"a": 1}', "a.json").words
    assert (
        "line 2, a: 1 → 2 (1 of 3 lines differ)" == told(b"{}\n" + b'{"a":1}\n{}\n', b"{}\n" + b'{"a":2}\n{}\n', "a.jsonl").words
    )
    assert "1 line fewer" in told(b"{}\n{}\n", b"{}\n", "a.jsonl").words


def test_json_that_is_none_is_compared_as_text_and_depth_breaks_nothing() -> None:
    assert "text" == told(b"{not json", b"{not JSON", "a.json").how
    assert told(b"[" * 200_000, b"[" * 200_001, "a.json").same is False


def array(values: Any, **options: Any) -> bytes:
    with io.BytesIO() as file:
        np.save(file, values, **options)
        return file.getvalue()


def test_arrays_are_compared_number_by_number() -> None:
    values = np.arange(24.0).reshape(4, 6)
    changed = values.copy()
    changed[2, 3] += 0.5
    nan = np.array([1.0, np.nan])

    assert "element [2, 3]: 15.0 → 15.5 (1 of 24 elements differ)" == told(array(values), array(changed), "a.npy").words
    assert (
        "element [2, 3]: 15.0 → 15.5 (1 of 24 elements differ)"
        == told(array(values.copy("F")), array(changed.copy("F")), "a.npy").words
    )
    assert told(array(values), array(changed), "a.npy", tolerance=0.1).same
    assert told(array(nan), array(nan.astype(">f8")), "a.npy").same is True
    assert "shape: 4 × 6 → 24" == told(array(values), array(values.ravel()), "a.npy").words
    assert "type: float64 → float32" == told(array(values), array(values.astype("float32")), "a.npy").words
    assert told(array(values), array(values)[:-4], "a.npy").same is None


def test_arrays_of_objects_are_never_loaded(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return open, (str(tmp_path / "trapped"), "w")

    one, other = (array(np.array([Trap(), number], dtype=object), allow_pickle=True) for number in (1, 2))

    assert (None, "it holds Python objects, which are never loaded") == ((found := told(one, other, "a.npy")).same, found.words)
    assert not (tmp_path / "trapped").exists()


def test_several_arrays_in_one_file_are_compared_each(tmp_path: Path) -> None:
    files = []
    for year, last in ((2020, 1.0), (2021, 1.0), (2021, 2.0)):
        with io.BytesIO() as file:
            with zipfile.ZipFile(file, "w") as archive:
                archive.writestr(zipfile.ZipInfo("x.npy", (year, 1, 1, 0, 0, 0)), array(np.array([0.0, last])))
            files.append(file.getvalue())

    assert told(files[0], files[1], "a.npz").same
    assert "x.npy, element [1]: 1.0 → 2.0 (1 of 2 elements differ)" == told(files[0], files[2], "a.npz").words


def spreadsheet(rows: list[list[Any]], year: int = 2020) -> bytes:
    """As a program writes it: texts apart from the cells, the time in a member of its own."""
    texts = list(dict.fromkeys(cell for row in rows for cell in row if isinstance(cell, str)))

    def cell(place: str, value: Any) -> str:
        kind, said = (' t="s"', texts.index(value)) if isinstance(value, str) else ("", value)
        return f'<c r="{place}" s="{year}"{kind}><v>{said}</v></c>'

    sheet = "".join(cell(f"{'ABC'[at]}{number}", value) for number, row in enumerate(rows, 1) for at, value in enumerate(row))
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w") as archive:
            for name, text in {
                "xl/workbook.xml": "<workbook/>",
                "xl/worksheets/sheet1.xml": f"<sheetData>{sheet}</sheetData>",
                "xl/sharedStrings.xml": "".join(f"<si><t>{html.escape(text)}</t></si>" for text in texts),
                "docProps/core.xml": f"<created>{year}</created>",
            }.items():
                archive.writestr(zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0)), text)
        return file.getvalue()


def test_spreadsheets_are_compared_cell_by_cell() -> None:
    rows: list[list[Any]] = [["day", "R&D"], [1, 3.2], [2, 4]]

    assert told(spreadsheet(rows), spreadsheet(rows, 2021), "a.xlsx").same
    assert "sheet1, cell B2: 3.2 → 3.4 (1 cell differs)" == told(spreadsheet(rows), spreadsheet([rows[0], [1, 3.4], rows[2]]), "a.xlsx").words  # fmt: skip
    assert (
        "sheet1, cell B1: R&D → <b> (1 cell differs)"
        == told(spreadsheet(rows), spreadsheet([["day", "<b>"], *rows[1:]]), "a.xlsx").words
    )
    assert "2 cells differ" in told(spreadsheet(rows), spreadsheet(rows[:2]), "a.xlsx").words


@pytest.mark.timeout(60)
@pytest.mark.parametrize("nonsense", ["<c", "<c>", '<c r="A1">', '<c r="A1"><v>', "<si>", "<si><t>", "<t"])
def test_a_spreadsheet_without_ends_takes_no_time(nonsense: str) -> None:
    files = []
    for last in "12":
        with io.BytesIO() as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                for name in ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"):
                    archive.writestr(name, nonsense * 200_000 + last)
            files.append(file.getvalue())
    began = time.monotonic()

    told(files[0], files[1], "a.xlsx")

    quicker(time.monotonic() - began, 10)


def test_a_pickle_is_read_and_never_loaded(tmp_path: Path) -> None:
    class Trap:
        def __init__(self, number: int) -> None:
            self.number = number

        def __reduce__(self) -> tuple[Any, ...]:
            return open, (str(tmp_path / f"trapped{self.number}"), "w")

    found = told(pickle.dumps(Trap(1)), pickle.dumps(Trap(2)), "model.pkl")

    assert (False, "values", "a value in the pickle") == (found.same, found.how, found.where)
    assert [] == list(tmp_path.glob("trapped*"))
    assert told(pickle.dumps([1, 2]), pickle.dumps([1, (2,)]), "a.pkl").same is None


def test_a_schema_that_is_not_trusted_does_nothing(tmp_path: Path) -> None:
    hostile = ("CREATE VIEW w AS SELECT load_extension('x')", 'CREATE TABLE "a""; DROP TABLE prices; --" (x)')
    one, other = database(prices(), tmp_path, *hostile), database(prices(r1=5.0), tmp_path, *hostile)

    assert "table prices, row 1, column price: 0.0 → 5.0 (1 of 20 rows differ)" == told(one, other, "a.db").words
    assert told(one[:3000], other[:4000], "a.db").same is None


def test_without_pyarrow_it_cannot_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = parquet(prices()), parquet(prices(r1=5.0))
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)

    assert (None, "pyarrow is not installed here") == ((found := told(one, other, "a.parquet")).same, found.words)
    assert tables.arrow_apart(io.BytesIO(one), io.BytesIO(other), Rules(_text_apart), parquet=True).same is None


@pytest.mark.parametrize("sign", [b"PAR1", b"ARROW1\0\0", b"\x93NUMPY", b"SQLite format 3\0", b"BZh9", b"\xfd7zXZ\0"])
def test_what_is_not_what_it_begins_as_cannot_be_told(sign: bytes) -> None:
    assert told(sign + b"1" * 100, sign + b"2" * 100, "a").same is None
