"""pandas."""

from __future__ import annotations

from bench.fidelity.cell import cell

__all__ = ["CELLS"]

_FRAME = "import pandas as pd\ndf = pd.DataFrame({'a': [1, 2, 3], 'b': ['x', 'y', 'z']})\n"

CELLS = (
    cell("pandas, read_csv", "import pandas as pd\ndf = pd.read_csv('data/prices.csv')", reads="data/prices.csv", needs="pandas"),
    cell("pandas, read_csv by Python", "import pandas as pd\ndf = pd.read_csv('data/costs.csv', engine='python')", reads="data/costs.csv", needs="pandas"),
    cell("pandas, read_csv by pyarrow", "import pandas as pd\ndf = pd.read_csv('data/stock.csv', engine='pyarrow')", reads="data/stock.csv", needs="pandas pyarrow"),
    cell("pandas, read_csv of gzip", "import pandas as pd\ndf = pd.read_csv('data/frame.csv.gz')", reads="data/frame.csv.gz", needs="pandas"),
    cell("pandas, read_csv of zip", "import pandas as pd\ndf = pd.read_csv('data/frame.csv.zip')", reads="data/frame.csv.zip", needs="pandas"),
    cell("pandas, read_csv of a handle", "import pandas as pd\nwith open('data/sales.csv') as f: df = pd.read_csv(f)", reads="data/sales.csv", needs="pandas"),
    cell("pandas, read_csv mapped", "import pandas as pd\ndf = pd.read_csv('data/prices.csv', memory_map=True)", reads="data/prices.csv", needs="pandas"),
    cell("pandas, read_csv in chunks", "import pandas as pd\nn = sum(len(c) for c in pd.read_csv('data/costs.csv', chunksize=50))", reads="data/costs.csv", needs="pandas"),
    cell("pandas, read_csv of many", "import glob, pandas as pd\nwholes = [pd.read_csv(p, header=None) for p in sorted(glob.glob('many/*.txt'))]", reads="many/*.txt", needs="pandas"),
    cell("pandas, read_table", "import pandas as pd\ndf = pd.read_table('data/table.tsv')", reads="data/table.tsv", needs="pandas"),
    cell("pandas, read_fwf", "import pandas as pd\ndf = pd.read_fwf('data/wide.fwf', header=None)", reads="data/wide.fwf", needs="pandas"),
    cell("pandas, to_csv", _FRAME + "df.to_csv('out/pd.csv', index=False)", writes="out/pd.csv", needs="pandas"),
    cell("pandas, to_csv gzip", _FRAME + "df.to_csv('out/pd.csv.gz')", writes="out/pd.csv.gz", needs="pandas"),
    cell("pandas, to_csv append", _FRAME + "df.to_csv('old/append.csv', mode='a', header=False)", writes="old/append.csv", needs="pandas", copies="old/append.csv=data/prices.csv"),
    cell("pandas, read_excel", "import pandas as pd\ndf = pd.read_excel('data/frame.xlsx')", reads="data/frame.xlsx", needs="pandas openpyxl"),
    cell("pandas, to_excel by openpyxl", _FRAME + "df.to_excel('out/open.xlsx', engine='openpyxl')", writes="out/open.xlsx", needs="pandas openpyxl"),
    cell("pandas, to_excel by xlsxwriter", _FRAME + "df.to_excel('out/writer.xlsx', engine='xlsxwriter')", writes="out/writer.xlsx", needs="pandas xlsxwriter"),
    cell("pandas, read_json", "import pandas as pd\ndf = pd.read_json('data/frame.json')", reads="data/frame.json", needs="pandas"),
    cell("pandas, read_json lines", "import pandas as pd\ndf = pd.read_json('data/rows.jsonl', lines=True)", reads="data/rows.jsonl", needs="pandas"),
    cell("pandas, to_json", _FRAME + "df.to_json('out/pd.json')", writes="out/pd.json", needs="pandas"),
    cell("pandas, read_pickle", "import pandas as pd\ndf = pd.read_pickle('data/frame.pickle')", reads="data/frame.pickle", needs="pandas"),
    cell("pandas, to_pickle", _FRAME + "df.to_pickle('out/pd.pickle')", writes="out/pd.pickle", needs="pandas"),
    cell("pandas, read_parquet", "import pandas as pd\ndf = pd.read_parquet('data/frame.parquet')", reads="data/frame.parquet", needs="pandas pyarrow"),
    cell("pandas, read_parquet columns", "import pandas as pd\ndf = pd.read_parquet('data/second.parquet', columns=['id'])", reads="data/second.parquet", needs="pandas pyarrow"),
    cell("pandas, read_parquet folder", "import pandas as pd\ndf = pd.read_parquet('data/parts')", reads="data/parts/*", needs="pandas pyarrow"),
    cell("pandas, to_parquet", _FRAME + "df.to_parquet('out/pd.parquet')", writes="out/pd.parquet", needs="pandas pyarrow"),
    cell("pandas, to_parquet partitioned", _FRAME + "df.to_parquet('out/partitioned', partition_cols=['b'], basename_template='part-{i}.parquet')", writes="out/partitioned/**", needs="pandas pyarrow"),
    cell("pandas, read_parquet by fastparquet", "import pandas as pd\ndf = pd.read_parquet('data/third.parquet', engine='fastparquet')", reads="data/third.parquet", needs="pandas fastparquet pyarrow"),
    cell("pandas, to_parquet by fastparquet", _FRAME + "df.to_parquet('out/fast.parquet', engine='fastparquet')", writes="out/fast.parquet", needs="pandas fastparquet"),
    cell("pandas, read_feather", "import pandas as pd\ndf = pd.read_feather('data/frame.feather')", reads="data/frame.feather", needs="pandas pyarrow"),
    cell("pandas, to_feather", _FRAME + "df.to_feather('out/pd.feather')", writes="out/pd.feather", needs="pandas pyarrow"),
    cell("pandas, read_orc", "import pandas as pd\ndf = pd.read_orc('data/frame.orc')", reads="data/frame.orc", needs="pandas pyarrow"),
    cell("pandas, to_orc", _FRAME + "df.to_orc('out/pd.orc')", writes="out/pd.orc", needs="pandas pyarrow"),
    cell("pandas, read_hdf", "import pandas as pd\ndf = pd.read_hdf('data/frame.h5')", reads="data/frame.h5", needs="pandas tables"),
    cell("pandas, to_hdf", _FRAME + "df.to_hdf('out/pd.h5', key='df', format='table')", writes="out/pd.h5", needs="pandas tables"),
    cell("pandas, HDFStore changed", _FRAME + "with pd.HDFStore('old/store.h5') as s: s.put('more', df, format='table')", reads="old/store.h5", writes="old/store.h5", needs="pandas tables", copies="old/store.h5=data/frame.h5"),
    cell("pandas, read_stata", "import pandas as pd\ndf = pd.read_stata('data/frame.dta')", reads="data/frame.dta", needs="pandas"),
    cell("pandas, to_stata", _FRAME + "df.to_stata('out/pd.dta')", writes="out/pd.dta", needs="pandas"),
    cell("pandas, read_html", "import pandas as pd\nwith open('data/page.html') as f: df = pd.read_html(f)", reads="data/page.html", needs="pandas lxml"),
    cell("pandas, to_html", _FRAME + "df.to_html('out/pd.html')", writes="out/pd.html", needs="pandas"),
    cell("pandas, read_xml", "import pandas as pd\ndf = pd.read_xml('data/doc.xml')", reads="data/doc.xml", needs="pandas lxml"),
    cell("pandas, to_xml", _FRAME + "df.to_xml('out/pd.xml')", writes="out/pd.xml", needs="pandas lxml"),
    cell("pandas, read_sql of sqlite3", "import pandas as pd, sqlite3\nc = sqlite3.connect('data/frame.sqlite')\ndf = pd.read_sql('SELECT * FROM frame', c); c.close()", reads="data/frame.sqlite", needs="pandas"),
    cell("pandas, to_sql of sqlite3", _FRAME + "import sqlite3\nc = sqlite3.connect('out/pd.sqlite')\ndf.to_sql('t', c); c.commit(); c.close()", writes="out/pd.sqlite", needs="pandas"),
    cell("pandas, read_sql of SQLAlchemy", "import pandas as pd\nfrom sqlalchemy import create_engine\ne = create_engine('sqlite:///data/frame.sqlite')\ndf = pd.read_sql('SELECT id FROM frame', e); e.dispose()", reads="data/frame.sqlite", needs="pandas sqlalchemy"),
    cell("pandas, read, change, overwrite", "import pandas as pd\ndf = pd.read_csv('old/clean.csv')\ndf.dropna().assign(x=1).to_csv('old/clean.csv', index=False)", reads="old/clean.csv", writes="old/clean.csv", needs="pandas", copies="old/clean.csv=data/sales.csv"),
    cell("pandas, parquet read and overwritten", "import pandas as pd\ndf = pd.read_parquet('old/clean.parquet')\ndf.head(10).to_parquet('old/clean.parquet')", reads="old/clean.parquet", writes="old/clean.parquet", needs="pandas pyarrow", copies="old/clean.parquet=data/frame.parquet"),
    cell("pandas, csv in, parquet out", "import pandas as pd\npd.read_csv('data/prices.csv').to_parquet('out/prices.parquet')", reads="data/prices.csv", writes="out/prices.parquet", needs="pandas pyarrow"),
)  # fmt: skip
