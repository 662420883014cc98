"""pyarrow, polars, DuckDB: readers and writers that never pass through Python's `open`."""

from __future__ import annotations

from bench.fidelity.cell import cell

__all__ = ["CELLS"]

_TABLE = "import pyarrow as pa\nt = pa.table({'a': [1, 2, 3]})\n"
_POLARS = "import polars as pl\ndf = pl.DataFrame({'a': [1, 2, 3]})\n"

CELLS = (
    cell("pyarrow, parquet read_table", "import pyarrow.parquet as pq\nt = pq.read_table('data/frame.parquet')", reads="data/frame.parquet", needs="pyarrow"),
    cell("pyarrow, parquet write_table", _TABLE + "import pyarrow.parquet as pq\npq.write_table(t, 'out/pa.parquet')", writes="out/pa.parquet", needs="pyarrow"),
    cell("pyarrow, ParquetFile", "import pyarrow.parquet as pq\nwith pq.ParquetFile('data/second.parquet') as f: g = f.read_row_group(0)", reads="data/second.parquet", needs="pyarrow"),
    cell("pyarrow, ParquetWriter", _TABLE + "import pyarrow.parquet as pq\nwith pq.ParquetWriter('out/writer.parquet', t.schema) as w: w.write_table(t)", writes="out/writer.parquet", needs="pyarrow"),
    cell("pyarrow, parquet metadata", "from pyarrow.parquet import read_metadata\nm = read_metadata('data/third.parquet')", reads="data/third.parquet", needs="pyarrow"),
    cell("pyarrow, csv", "from pyarrow import csv\nt = csv.read_csv('data/prices.csv')", reads="data/prices.csv", needs="pyarrow"),
    cell("pyarrow, csv written", _TABLE + "from pyarrow import csv\ncsv.write_csv(t, 'out/pa.csv')", writes="out/pa.csv", needs="pyarrow"),
    cell("pyarrow, json", "from pyarrow import json\nt = json.read_json('data/rows.jsonl')", reads="data/rows.jsonl", needs="pyarrow"),
    cell("pyarrow, feather", "from pyarrow import feather\nt = feather.read_table('data/frame.feather')", reads="data/frame.feather", needs="pyarrow"),
    cell("pyarrow, feather written", _TABLE + "from pyarrow import feather\nfeather.write_feather(t, 'out/pa.feather')", writes="out/pa.feather", needs="pyarrow"),
    cell("pyarrow, orc", "from pyarrow import orc\nt = orc.read_table('data/frame.orc')", reads="data/frame.orc", needs="pyarrow"),
    cell("pyarrow, memory_map and ipc", "import pyarrow as pa\nwith pa.memory_map('data/frame.arrow') as m: n = pa.ipc.open_file(m).read_all().num_rows", reads="data/frame.arrow", needs="pyarrow"),
    cell("pyarrow, OSFile", "import pyarrow as pa\nwith pa.OSFile('data/blob.bin', 'rb') as f: b = f.read(100)\nwith pa.OSFile('out/os.bin', 'wb') as f: f.write(b)", reads="data/blob.bin", writes="out/os.bin", needs="pyarrow"),
    cell("pyarrow, dataset", "import pyarrow.dataset as ds\nn = ds.dataset('data/parts', format='parquet').to_table(filter=ds.field('id') > 5).num_rows", reads="data/parts/*", needs="pyarrow"),
    cell("pyarrow, write_dataset", _TABLE + "import pyarrow.dataset as ds\nds.write_dataset(t, 'out/dataset', format='parquet')", writes="out/dataset/*", needs="pyarrow"),
    cell("pyarrow, filesystem", "from pyarrow import fs\nlocal = fs.LocalFileSystem()\nwith local.open_input_stream('data/costs.csv') as f: b = f.read()", reads="data/costs.csv", needs="pyarrow"),
    cell("polars, read_csv", "import polars as pl\ndf = pl.read_csv('data/prices.csv')", reads="data/prices.csv", needs="polars"),
    cell("polars, write_csv", _POLARS + "df.write_csv('out/pl.csv')", writes="out/pl.csv", needs="polars"),
    cell("polars, read_parquet", "import polars as pl\ndf = pl.read_parquet('data/frame.parquet')", reads="data/frame.parquet", needs="polars pyarrow"),
    cell("polars, write_parquet", _POLARS + "df.write_parquet('out/pl.parquet')", writes="out/pl.parquet", needs="polars"),
    cell("polars, read_ipc", "import polars as pl\ndf = pl.read_ipc('data/frame.arrow')", reads="data/frame.arrow", needs="polars pyarrow"),
    cell("polars, write_ipc", _POLARS + "df.write_ipc('out/pl.arrow')", writes="out/pl.arrow", needs="polars"),
    cell("polars, read_ndjson", "import polars as pl\ndf = pl.read_ndjson('data/rows.jsonl')", reads="data/rows.jsonl", needs="polars"),
    cell("polars, write_json", _POLARS + "df.write_json('out/pl.json')", writes="out/pl.json", needs="polars"),
    cell("polars, scan_csv collected", "import polars as pl\ndf = pl.scan_csv('data/sales.csv').filter(pl.col('count') > 50).collect()", reads="data/sales.csv", needs="polars"),
    cell("polars, scan_parquet of many", "import polars as pl\ndf = pl.scan_parquet('data/parts/*.parquet').select('id').collect()", reads="data/parts/*", needs="polars pyarrow"),
    cell("polars, scan_csv sunk to parquet", "import polars as pl\npl.scan_csv('data/stock.csv').sink_parquet('out/sunk.parquet')", reads="data/stock.csv", writes="out/sunk.parquet", needs="polars"),
    cell("polars, sink_csv", _POLARS + "df.lazy().sink_csv('out/sunk.csv')", writes="out/sunk.csv", needs="polars"),
    cell("polars, scanned, not collected", "import polars as pl\nlater = pl.scan_csv('data/costs.csv', schema={'id': pl.Int64, 'kind': pl.String, 'count': pl.Int64, 'price': pl.Float64, 'day': pl.String})", needs="polars"),
    cell("polars, collected a cell later", "df = later.collect()", reads="data/costs.csv", needs="polars"),
    cell("polars, scan_parquet", "lazy = pl.scan_parquet('data/lazy.parquet')", needs="polars pyarrow"),
    cell("polars, scan_parquet collected a cell later", "df = lazy.select('price').collect()", reads="data/lazy.parquet", needs="polars pyarrow"),
    cell("polars, read and overwritten", "import polars as pl\npl.read_csv('old/pl.csv').head(3).write_csv('old/pl.csv')", reads="old/pl.csv", writes="old/pl.csv", needs="polars", copies="old/pl.csv=data/sales.csv"),
    cell("duckdb, path in SQL", "import duckdb\nn = duckdb.sql(\"SELECT count(*) FROM 'data/prices.csv'\").fetchall()", reads="data/prices.csv", needs="duckdb"),
    cell("duckdb, read_parquet glob", "import duckdb\nn = duckdb.sql(\"SELECT sum(id) FROM read_parquet('data/parts/*.parquet')\").fetchall()", reads="data/parts/*", needs="duckdb pyarrow"),
    cell("duckdb, read_csv", "import duckdb\nrows = duckdb.read_csv('data/costs.csv').fetchall()", reads="data/costs.csv", needs="duckdb"),
    cell("duckdb, COPY TO", "import duckdb\nduckdb.sql(\"COPY (SELECT * FROM 'data/sales.csv' WHERE id < 9) TO 'out/copied.parquet' (FORMAT parquet)\")", reads="data/sales.csv", writes="out/copied.parquet", needs="duckdb"),
    cell("duckdb, write_csv", "import duckdb\nduckdb.sql('SELECT 1 AS a').write_csv('out/duck.csv')", writes="out/duck.csv", needs="duckdb"),
    cell("duckdb, database read", "import duckdb\nwith duckdb.connect('data/base.duckdb', read_only=True) as c: n = c.execute('SELECT sum(price) FROM sales').fetchone()", reads="data/base.duckdb", needs="duckdb"),
    cell("duckdb, database made", "import duckdb\nwith duckdb.connect('out/new.duckdb') as c: c.execute('CREATE TABLE t AS SELECT 1 AS a')", writes="out/new.duckdb", needs="duckdb"),
    cell("duckdb, database changed", "import duckdb\nwith duckdb.connect('old/base.duckdb') as c: c.execute('INSERT INTO sales VALUES (1, 2)')", reads="old/base.duckdb", writes="old/base.duckdb", needs="duckdb", copies="old/base.duckdb=data/base.duckdb"),
    cell("duckdb, view made", "import duckdb\nduck = duckdb.connect()\nduck.execute(\"CREATE TABLE seen AS SELECT * FROM 'data/table.tsv'\")\nduck.execute(\"CREATE VIEW v AS SELECT * FROM 'data/wide.parquet'\")", reads="data/table.tsv data/wide.parquet", needs="duckdb pyarrow"),
    cell("duckdb, view used a cell later", "n = duck.execute('SELECT sum(id) FROM v').fetchone()", reads="data/wide.parquet", needs="duckdb pyarrow"),
    cell("duckdb, EXPORT DATABASE", "duck.execute(\"EXPORT DATABASE 'out/exported'\")", writes="out/exported/*", needs="duckdb pyarrow"),
)  # fmt: skip
