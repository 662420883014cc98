"""Handles, generators and maps that live from one cell into the next."""

from __future__ import annotations

from bench.fidelity.cell import cell

__all__ = ["CELLS"]

CELLS = (
    cell("handle opened", "reading = open('data/blob.bin', 'rb', buffering=0)"),
    cell("handle read a cell later", "block = reading.read(50)", reads="data/blob.bin"),
    cell("handle read once more", "block = reading.read(50); reading.close()", reads="data/blob.bin"),
    cell("written, not flushed", "writing = open('out/slow.txt', 'w'); n = writing.write('first')", writes="out/slow.txt"),
    cell("flushed a cell later", "writing.write(' second'); writing.flush()", writes="out/slow.txt"),
    cell("closed a cell later", "writing.write(' third'); writing.close()", writes="out/slow.txt"),
    cell("append handle opened", "log = open('old/later.log', 'a')", copies="old/later.log=data/notes.txt"),
    cell("append handle used", "log.write('line'); log.flush()", writes="old/later.log"),
    cell("generator made", "def blocks(path):\n    with open(path, 'rb') as f:\n        while block := f.read(16384): yield block\nstream = blocks('old/stream.bin')", copies="old/stream.bin=data/blob.bin"),
    cell("generator's first", "one = next(stream)", reads="old/stream.bin"),
    cell("generator's rest", "n = sum(len(block) for block in stream)", reads="old/stream.bin"),
    cell("pandas, chunks begun", "import pandas as pd\nchunks = pd.read_csv('old/chunks.csv', chunksize=10)", reads="old/chunks.csv", needs="pandas", copies="old/chunks.csv=data/prices.csv"),
    cell("memmap opened", "import numpy as np\nmapped = np.memmap('data/late.f8', dtype='f8', mode='r')", reads="data/late.f8", needs="numpy"),
    cell("memmap for writing opened", "grown = np.memmap('old/grown.f8', dtype='f8', mode='r+')", reads="old/grown.f8", needs="numpy", copies="old/grown.f8=data/raw.f8"),
    cell("memmap flushed a cell later", "grown[:5] = 3; grown.flush()", writes="old/grown.f8", needs="numpy"),
    cell("h5py opened", "import h5py\nh5 = h5py.File('data/late.h5', 'r')", reads="data/late.h5", needs="h5py"),
    cell("h5py read a cell later", "g = h5['second'][:]", reads="data/late.h5", needs="h5py"),
    cell("h5py opened to write", "made = h5py.File('out/late.h5', 'w'); made['a'] = np.arange(100000.0)", writes="out/late.h5", needs="h5py numpy"),
    cell("h5py closed a cell later", "made['b'] = np.arange(10); made.close()", writes="out/late.h5", needs="h5py numpy"),
    cell("xarray opened", "import xarray as xr\nlazy = xr.open_dataset('data/lazy.nc', engine='netcdf4')", reads="data/lazy.nc", needs="xarray netCDF4"),
    cell("xarray loaded a cell later", "m = float(lazy.t.mean())", reads="data/lazy.nc", needs="xarray netCDF4"),
    cell("ParquetFile opened", "import pyarrow.parquet as pq\nparquet = pq.ParquetFile('data/wide.parquet')", reads="data/wide.parquet", needs="pyarrow pandas"),
    cell("ParquetFile read a cell later", "t = parquet.read(); parquet.close()", reads="data/wide.parquet", needs="pyarrow pandas"),
    cell("zip opened", "import zipfile\narchive = zipfile.ZipFile('data/bundle.zip')", reads="data/bundle.zip"),
    cell("zip read a cell later", "inner = archive.read('inner.csv'); archive.close()", reads="data/bundle.zip"),
    cell("HDFStore opened", "import pandas as pd\nstore = pd.HDFStore('old/late-store.h5')", reads="old/late-store.h5", writes="old/late-store.h5", needs="pandas tables", copies="old/late-store.h5=data/frame.h5"),
    cell("HDFStore written a cell later", "store.put('extra', pd.DataFrame({'a': [1]}), format='table'); store.flush()", reads="old/late-store.h5", writes="old/late-store.h5", needs="pandas tables"),
    cell("HDFStore closed", "store.close()", writes="old/late-store.h5", needs="pandas tables"),
    cell("duckdb connected", "import duckdb\nbase = duckdb.connect('old/late.duckdb')", reads="old/late.duckdb", needs="duckdb", copies="old/late.duckdb=data/base.duckdb"),
    cell("duckdb changed a cell later", "base.execute('DELETE FROM sales WHERE id > 4'); base.execute('CHECKPOINT')", reads="old/late.duckdb", writes="old/late.duckdb", needs="duckdb"),
)  # fmt: skip
