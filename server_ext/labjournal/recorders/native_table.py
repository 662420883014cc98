"""Which functions of which libraries open files by themselves: one line each.

What it is called in the module that defines it, the argument that holds the path, and what it does to the file. Names are those of
several versions of a library side by side; what a version does not have is left out.
"""

from __future__ import annotations

from typing import Dict, NamedTuple, Tuple

__all__ = [
    "AGAIN", "BY_MODE", "CALLS", "COLLECTS", "CONNECTS", "DERIVES", "FETCHES", "LISTS", "PLANS", "READS", "RELATES", "SCANS", "SINKS", "SQL", "STORES",
    "WRITES", "ZIP", "Call",
]  # fmt: skip

READS, WRITES, BY_MODE, AGAIN = "reads", "writes", "by mode", "again"
"""The last is of objects that keep a file open: the argument is the attributes that lead to its name."""
ZIP = "zip"
SCANS, LISTS, PLANS, COLLECTS, SINKS = "scans", "lists", "plans", "collects", "sinks"
"""Lazy frames: files that are named, files that a library lists, plans from elsewhere; what executes a plan, what writes it."""
SQL, CONNECTS, DERIVES, RELATES, FETCHES, STORES = "SQL", "connects", "derives", "relates", "fetches", "stores"
"""DuckDB: statements, connections, and relations: made over files, executed, written to files."""


class Call(NamedTuple):
    """One function, or class (its construction is meant)."""

    name: str
    argument: str
    role: str = READS
    position: int = 0
    """Of the argument, as a caller counts: without `self`."""
    default: str = "r"
    """Mode where none is given; the mode is the argument after the path, by the name of `mode`. Of readers: `AGAIN` where the object
    they make does not say itself which file it reads later."""
    expected: bool = True
    """Every version that is still in use has it; where it is missing, that is said."""


def _calls(role: str, argument: str, *names: str, position: int = 0, expected: bool = True) -> Tuple[Call, ...]:
    return tuple(Call(name, argument, role, position, expected=expected) for name in names)


_DUCKDB_TABLES = tuple(
    call
    for argument, names in {
        "path_or_buffer": ("read_csv", "read_parquet", "read_json"),
        "file_glob": ("from_parquet",),
        "path": ("from_csv_auto",),
    }.items()
    for call in _calls(RELATES, argument, *names)
)
_DUCKDB_SQL = ("execute", "executemany", "sql", "query", "from_query")
_DUCKDB_FETCHES = (
    "fetchall", "fetchone", "fetchmany", "df", "to_df", "fetchdf", "fetch_df_chunk", "fetchnumpy", "arrow", "to_arrow_table", "fetch_arrow_table",
    "to_arrow_reader", "fetch_arrow_reader", "fetch_record_batch", "pl", "torch", "tf", "show", "execute", "create", "to_table", "insert_into",
    "describe", "to_dicts", "iter_rows", "materialize", "__len__", "__repr__", "__arrow_c_stream__",
)  # fmt: skip
_DUCKDB = (
    Call("connect", "database", CONNECTS),
    *_calls(DERIVES, "", "DuckDBPyConnection.cursor", "DuckDBPyConnection.duplicate"),
    *_DUCKDB_TABLES,
    *(call._replace(name="DuckDBPyConnection." + call.name) for call in _DUCKDB_TABLES),
    *_calls(SQL, "query", *_DUCKDB_SQL, *("DuckDBPyConnection." + name for name in _DUCKDB_SQL)),
    *_calls(
        STORES, "file_name", *("DuckDBPyRelation." + name for name in ("to_csv", "write_csv", "to_parquet", "write_parquet"))
    ),
    *_calls(FETCHES, "view_name", "DuckDBPyRelation.create_view", "DuckDBPyRelation.to_view", expected=False),
    *_calls(FETCHES, "", *("DuckDBPyRelation." + name for name in _DUCKDB_FETCHES), expected=False),
)
_SAFETENSORS = (Call("load_file", "filename"), Call("save_file", "filename", WRITES, 1))
_PYARROW_PARQUET = (
    Call("ParquetFile", "source", default=AGAIN),
    *_calls(AGAIN, "", *("ParquetFile." + name for name in ("read", "read_row_group", "read_row_groups", "iter_batches"))),
    Call("ParquetDataset", "path_or_paths"),
    *_calls(READS, "where", "read_metadata", "read_schema"),
    Call("ParquetWriter", "where", WRITES),
)

CALLS: Dict[str, Tuple[Call, ...]] = {
    "pyarrow.parquet.core": _PYARROW_PARQUET,
    "pyarrow.lib": (
        Call("OSFile", "path", BY_MODE), Call("memory_map", "path", BY_MODE), Call("create_memory_map", "path", WRITES),
        Call("input_stream", "source"), Call("output_stream", "source", WRITES),
    ),
    "pyarrow._csv": (*_calls(READS, "input_file", "read_csv", "open_csv"), Call("write_csv", "output_file", WRITES, 1)),
    "pyarrow._json": _calls(READS, "input_file", "read_json", "open_json"),
    "pyarrow.feather": (Call("read_table", "source"), Call("read_feather", "source"), Call("write_feather", "dest", WRITES, 1)),
    "pyarrow.orc": (Call("ORCFile", "source"), Call("read_table", "source"), Call("ORCWriter", "where", WRITES)),
    "pyarrow.ipc": (
        *_calls(READS, "source", "RecordBatchStreamReader", "RecordBatchFileReader"),
        *_calls(WRITES, "sink", "RecordBatchStreamWriter", "RecordBatchFileWriter"),
    ),
    "pyarrow.dataset": (Call("dataset", "source"), Call("parquet_dataset", "metadata_path"), Call("write_dataset", "base_dir", WRITES, 1)),
    "polars.io.csv.functions": (Call("read_csv", "source"), Call("scan_csv", "source", SCANS)),
    "polars.io.parquet.functions": (
        *_calls(READS, "source", "read_parquet", "read_parquet_schema", "read_parquet_metadata"), Call("scan_parquet", "source", SCANS),
    ),
    "polars.io.ipc.functions": (*_calls(READS, "source", "read_ipc", "read_ipc_stream", "read_ipc_schema"), Call("scan_ipc", "source", SCANS)),
    "polars.io.ndjson": (Call("read_ndjson", "source"), Call("scan_ndjson", "source", SCANS)),
    "polars.io.json.read": (Call("read_json", "source"),),
    "polars.io.avro": (Call("read_avro", "source"),),
    "polars.io.spreadsheet.functions": _calls(READS, "source", "read_excel", "read_ods"),
    "polars.io.delta.functions": (Call("read_delta", "source"), Call("scan_delta", "source", LISTS)),
    "polars.io.iceberg.functions": (Call("scan_iceberg", "source", LISTS),),
    "polars.io.lines": (Call("read_lines", "source", expected=False), Call("scan_lines", "source", SCANS, expected=False)),
    "polars.dataframe.frame": _calls(
        WRITES, "file", *("DataFrame.write_" + kind for kind in ("csv", "parquet", "ipc", "ipc_stream", "json", "ndjson", "avro")),
    ),
    "polars.lazyframe.frame": (
        *_calls(SINKS, "path", *("LazyFrame.sink_" + kind for kind in ("csv", "parquet", "ipc", "ndjson"))),
        *_calls(SINKS, "target", "LazyFrame.sink_delta", "LazyFrame.sink_iceberg", expected=False),
        *_calls(COLLECTS, "", "LazyFrame.collect", "LazyFrame.collect_async"),
        *_calls(
            COLLECTS, "", *("LazyFrame." + name for name in ("collect_batches", "sink_batches", "execute", "profile", "fetch", "_fetch")),
            expected=False,
        ),
        *_calls(PLANS, "source", "LazyFrame.deserialize"), *_calls(PLANS, "state", "LazyFrame.__setstate__"),
        *_calls(PLANS, "query", "LazyFrame.sql"),
    ),
    "polars.functions.lazy": _calls(COLLECTS, "lazy_frames", "collect_all", "collect_all_async"),
    "polars.sql.functions": _calls(PLANS, "query", "sql"),
    "polars.sql.context": _calls(PLANS, "query", "SQLContext.execute"),
    "duckdb": _DUCKDB,
    "h5py._hl.files": (Call("File", "name", BY_MODE),),
    "h5py._hl.dataset": _calls(AGAIN, "file.filename", "Dataset.__getitem__", "Dataset.read_direct"),
    "pandas.io.pytables": _calls(AGAIN, "_path", "HDFStore.get_node"),
    "xarray.backends.netCDF4_": _calls(AGAIN, "datastore._filename", "NetCDF4ArrayWrapper.__getitem__"),
    "zipfile": _calls(AGAIN, ZIP, "ZipFile.open"),
    "tables.file": (Call("File", "filename", BY_MODE),),
    "netCDF4._netCDF4": (Call("Dataset", "filename", BY_MODE),),
    "cv2": (
        *_calls(READS, "filename", "imread", "imreadmulti", "imcount", "VideoCapture"), *_calls(WRITES, "filename", "imwrite", "imwritemulti", "VideoWriter"),
    ),
    "lightgbm.basic": (
        Call("Dataset", "data"), Call("Booster", "model_file", position=2), Call("Booster.save_model", "filename", WRITES),
        Call("Dataset.save_binary", "filename", WRITES),
    ),
    "xgboost.core": (
        Call("DMatrix", "data"), Call("Booster", "model_file", position=2), Call("Booster.load_model", "fname"),
        Call("Booster.save_model", "fname", WRITES),
    ),
    "torch": (Call("from_file", "filename"),),
    "torch.serialization": (Call("_open_zipfile_writer_file", "name", WRITES),),
    "torch.jit._script": _calls(WRITES, "f", "RecursiveScriptModule.save"),
    "torch.jit._serialization": (Call("save", "f", WRITES, 1), Call("load", "f")),
    "safetensors": (Call("safe_open", "filename"),),
    "safetensors.torch": _SAFETENSORS, "safetensors.numpy": _SAFETENSORS, "safetensors.flax": _SAFETENSORS,
    "safetensors.tensorflow": _SAFETENSORS, "safetensors.paddle": _SAFETENSORS,
    "scipy.io._fast_matrix_market": (Call("mmread", "source"), Call("mmwrite", "target", WRITES)),
    "rasterio": (Call("open", "fp", BY_MODE),),
    "pyogrio.raw": (Call("read", "path_or_buffer"), Call("write", "path", WRITES)),
    "soundfile": (Call("SoundFile", "file", BY_MODE),),
}  # fmt: skip
"""Module → its readers and writers."""
