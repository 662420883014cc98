"""Folders outside the notebook's tree, and paths that nobody knows before the cell computes them."""

from __future__ import annotations

from bench.fidelity.cell import cell

__all__ = ["CELLS"]

_BASE = "import os, base64\nfar = os.environ['FIDELITY_' + 'ELSEWHERE']\n"
_HIDDEN = _BASE + "def place(i, name): return os.path.join(far, str(i).zfill(2), base64.b64decode(name).decode())\n"
_CSV, _PARQUET = "ZmFyLmNzdg==", "ZmFyLnBhcnF1ZXQ="

CELLS = (
    cell("open, outside, literal", "text = open('$ELSEWHERE/00/far.csv').read()", reads="$ELSEWHERE/00/far.csv"),
    cell("pandas csv, outside, literal", "import pandas as pd\ndf = pd.read_csv('$ELSEWHERE/01/far.csv')", reads="$ELSEWHERE/01/far.csv", needs="pandas"),
    cell("pandas parquet, outside, literal", "import pandas as pd\ndf = pd.read_parquet('$ELSEWHERE/02/far.parquet')", reads="$ELSEWHERE/02/far.parquet", needs="pandas pyarrow"),
    cell("polars, outside, literal", "import polars as pl\ndf = pl.read_parquet('$ELSEWHERE/03/far.parquet')", reads="$ELSEWHERE/03/far.parquet", needs="polars pyarrow"),
    cell("duckdb, outside, in SQL", "import duckdb\nn = duckdb.sql(\"SELECT count(*) FROM '$ELSEWHERE/04/*.csv'\").fetchall()", reads="$ELSEWHERE/04/far.csv", needs="duckdb"),
    cell("open, outside, computed", _HIDDEN + f"text = open(place(5, '{_CSV}')).read()", reads="$ELSEWHERE/05/far.csv"),
    cell("pandas csv, outside, computed", _HIDDEN + f"import pandas as pd\ndf = pd.read_csv(place(6, '{_CSV}'))", reads="$ELSEWHERE/06/far.csv", needs="pandas"),
    cell("pandas parquet, outside, computed", _HIDDEN + f"import pandas as pd\ndf = pd.read_parquet(place(7, '{_PARQUET}'))", reads="$ELSEWHERE/07/far.parquet", needs="pandas pyarrow"),
    cell("polars lazy, outside, computed", _HIDDEN + f"import polars as pl\ndf = pl.scan_parquet(place(8, '{_PARQUET}')).select('id').collect()", reads="$ELSEWHERE/08/far.parquet", needs="polars pyarrow"),
    cell("pyarrow, outside, computed", _HIDDEN + f"import pyarrow.parquet as pq\nt = pq.read_table(place(9, '{_PARQUET}'))", reads="$ELSEWHERE/09/far.parquet", needs="pyarrow pandas"),
    cell("duckdb, outside, computed", _HIDDEN + f"import duckdb\nn = duckdb.execute('SELECT count(*) FROM read_parquet(?)', [place(10, '{_PARQUET}')]).fetchall()", reads="$ELSEWHERE/10/far.parquet", needs="duckdb pyarrow"),
    cell("polars sink, outside, computed", _HIDDEN + f"import polars as pl\npl.scan_csv(place(11, '{_CSV}')).sink_parquet(os.path.join(far, '11', 'sunk' + '.parquet'))", reads="$ELSEWHERE/11/far.csv", writes="$ELSEWHERE/11/sunk.parquet", needs="polars"),
    cell("ctypes, outside, computed", _HIDDEN + f"import ctypes\nlibc = ctypes.CDLL(None)\nfd = libc.open(place(12, '{_CSV}').encode(), 0); b = ctypes.create_string_buffer(100); libc.read(fd, b, 100); libc.close(fd)", reads="$ELSEWHERE/12/far.csv"),
    cell("shell, outside, computed", _HIDDEN + f"p = place(13, '{_CSV}')\n!head -2 {{p}}", reads="$ELSEWHERE/13/far.csv"),
    cell("subprocess, outside, literal", "import subprocess\nsubprocess.run(['cp', '$ELSEWHERE/14/far.csv', '$ELSEWHERE/14/copy.csv'], check=True)", reads="$ELSEWHERE/14/far.csv", writes="$ELSEWHERE/14/copy.csv"),
    cell("h5py, outside, written", "import h5py, numpy as np\nwith h5py.File('$ELSEWHERE/15/new.h5', 'w') as f: f['a'] = np.arange(5)", writes="$ELSEWHERE/15/new.h5", needs="h5py numpy"),
    cell("pandas, outside, written", "import pandas as pd\npd.DataFrame({'a': [1]}).to_parquet('$ELSEWHERE/16/new.parquet')", writes="$ELSEWHERE/16/new.parquet", needs="pandas pyarrow"),
    cell("folder from the environment", "import os, pandas as pd\ndf = pd.read_parquet(os.path.join(os.environ['FIDELITY_ELSEWHERE'], '17', 'far.parquet'))", reads="$ELSEWHERE/17/far.parquet", needs="pandas pyarrow"),
    cell("~ expanded", "import os\ntext = open(os.path.expanduser('~/datasets/mine.csv')).read()", reads="$HOME/datasets/mine.csv"),
    cell("relative, up and over", "text = open('../elsewhere/18/far.csv').read()", reads="$ELSEWHERE/18/far.csv"),
    cell("folder listed, then read natively", "import os, polars as pl\nfolder = os.path.join(os.environ['FIDELITY_ELSEWHERE'], '19')\ndfs = [pl.read_parquet(os.path.join(folder, n)) for n in os.listdir(folder) if n.endswith('parquet')]", reads="$ELSEWHERE/19/far.parquet", needs="polars pyarrow"),
    cell("linked folder, read natively", "import polars as pl\ndf = pl.read_csv('linked/far.csv')", reads="$ELSEWHERE/20/far.csv", needs="polars"),
    cell("path out of a configuration file", "import json, pandas as pd\npath = json.load(open('data/where.json'))['path']\ndf = pd.read_csv(path)", reads="data/where.json $ELSEWHERE/21/far.csv", needs="pandas"),
    cell("path out of a file, read natively", "import json, polars as pl\npath = json.load(open('data/where.json'))['path'].replace('/21/', '/22/')\ndf = pl.read_csv(path)", reads="data/where.json $ELSEWHERE/22/far.csv", needs="polars"),
    cell("worker, outside, computed", _HIDDEN + f"import multiprocessing as mp, workers\nwith mp.get_context('fork').Pool(1) as pool: n = pool.map(workers.size, [place(23, '{_CSV}')])", reads="workers.py $ELSEWHERE/23/far.csv"),
)  # fmt: skip
