"""scikit-learn, joblib, boosters, torch, safetensors."""

from __future__ import annotations

from bench.fidelity.cell import cell

__all__ = ["CELLS"]

_MODEL = "from sklearn.linear_model import LogisticRegression\nimport numpy as np\nm = LogisticRegression().fit(np.arange(8).reshape(-1, 1), [0] * 4 + [1] * 4)\n"

CELLS = (
    cell("joblib.load", "import joblib\nm = joblib.load('data/model.joblib')", reads="data/model.joblib", needs="sklearn"),
    cell("joblib.dump", _MODEL + "import joblib\njoblib.dump(m, 'out/model.joblib')", writes="out/model.joblib", needs="sklearn"),
    cell("joblib.dump compressed", "import joblib, numpy as np\njoblib.dump(np.arange(1000), 'out/a.joblib.gz', compress=3)", writes="out/a.joblib.gz", needs="joblib numpy"),
    cell("joblib.load mapped", "import joblib, numpy as np\njoblib.dump(np.arange(5000), 'out/m.joblib')\na = joblib.load('out/m.joblib', mmap_mode='r')[:3]", writes="out/m.joblib", needs="joblib numpy"),
    cell("joblib, threads", "from joblib import Parallel, delayed\nimport workers\nn = Parallel(2, prefer='threads')(delayed(workers.size)(p) for p in ['data/prices.csv', 'data/costs.csv'])", reads="workers.py data/prices.csv data/costs.csv", needs="joblib"),
    cell("joblib, processes", "from joblib import Parallel, delayed\ndef size(path):\n    with open(path, 'rb') as f: return len(f.read())\nn = Parallel(2)(delayed(size)(p) for p in ['data/sales.csv', 'data/stock.csv', 'data/table.tsv'])", reads="data/sales.csv data/stock.csv data/table.tsv", needs="joblib"),
    cell("joblib, processes write", "def shout(path):\n    text = open(path).read()\n    with open('out/' + path.split('/')[-1] + '.up', 'w') as f: f.write(text.upper())\nn = Parallel(2)(delayed(shout)(p) for p in ['many/part-01.txt', 'many/part-02.txt'])", reads="many/part-01.txt many/part-02.txt", writes="out/part-01.txt.up out/part-02.txt.up", needs="joblib"),
    cell("joblib, processes read natively", "def columns(path):\n    import pyarrow.parquet as pq\n    return pq.read_table(path).num_columns\nn = Parallel(2)(delayed(columns)(p) for p in ['data/frame.parquet', 'data/second.parquet'])", reads="data/frame.parquet data/second.parquet", needs="joblib pyarrow pandas"),
    cell("sklearn, n_jobs", "from sklearn.model_selection import cross_val_score\nfrom sklearn.tree import DecisionTreeClassifier\nimport numpy as np\ns = cross_val_score(DecisionTreeClassifier(), np.arange(40).reshape(-1, 1), [0, 1] * 20, n_jobs=2, cv=2)", needs="sklearn"),
    cell("sklearn, data of the package", "from sklearn.datasets import load_iris\nx = load_iris()", reads="$PACKAGES/sklearn/datasets/data/iris.csv", needs="sklearn"),
    cell("sklearn, load_svmlight_file", "from sklearn.datasets import load_svmlight_file\nx, y = load_svmlight_file('data/train.svm')", reads="data/train.svm", needs="sklearn"),
    cell("sklearn, dump_svmlight_file", "from sklearn.datasets import dump_svmlight_file\nimport numpy as np\ndump_svmlight_file(np.eye(3), [0, 1, 0], 'out/t.svm')", writes="out/t.svm", needs="sklearn"),
    cell("sklearn, load_files", "from sklearn.datasets import load_files\nx = load_files('data/texts')", reads="data/texts/bad/1.txt data/texts/good/1.txt", needs="sklearn"),
    cell("lightgbm, data from a file", "import lightgbm as lgb\nd = lgb.Dataset('data/train.tsv', params={'verbose': -1}).construct()", reads="data/train.tsv", needs="lightgbm sklearn"),
    cell("lightgbm, model read", "import lightgbm as lgb\nb = lgb.Booster(model_file='data/lgb.txt')", reads="data/lgb.txt", needs="lightgbm xgboost"),
    cell("lightgbm, model saved", "b.save_model('out/lgb.txt')", writes="out/lgb.txt", needs="lightgbm xgboost"),
    cell("lightgbm, save_binary", "import lightgbm as lgb, numpy as np\nlgb.Dataset(np.random.rand(100, 3), np.arange(100) % 2, params={'verbose': -1}).save_binary('out/train.bin')", writes="out/train.bin", needs="lightgbm"),
    cell("xgboost, data from a file", "import xgboost as xgb\nd = xgb.DMatrix('data/train.svm?format=libsvm')", reads="data/train.svm", needs="xgboost sklearn"),
    cell("xgboost, model read", "import xgboost as xgb\nb = xgb.Booster(model_file='data/xgb.json')", reads="data/xgb.json", needs="lightgbm xgboost"),
    cell("xgboost, model saved", "b.save_model('out/xgb.ubj')", writes="out/xgb.ubj", needs="lightgbm xgboost"),
    cell("torch.save", "import torch\ntorch.save({'w': torch.ones(9)}, 'out/w.pt')", writes="out/w.pt", needs="torch"),
    cell("torch.save, to a handle", "import torch\nwith open('out/w2.pt', 'wb') as f: torch.save(torch.ones(9), f)", writes="out/w2.pt", needs="torch"),
    cell("torch.load", "import torch\nw = torch.load('data/tensor.pt')", reads="data/tensor.pt", needs="torch"),
    cell("torch.load, mapped", "import torch\nw = torch.load('data/mapped.pt', mmap=True)['w'].sum()", reads="data/mapped.pt", needs="torch"),
    cell("torch.from_file", "import torch\nt = torch.from_file('data/storage.f4', size=1000).sum()", reads="data/storage.f4", needs="torch"),
    cell("torch, DataLoader workers", "import torch, glob\nfrom torch.utils.data import DataLoader, Dataset\nclass Files(Dataset):\n    names = sorted(glob.glob('many/part-1*.txt'))\n    def __len__(self): return len(self.names)\n    def __getitem__(self, i): return len(open(self.names[i]).read())\nn = sum(int(b.sum()) for b in DataLoader(Files(), batch_size=2, num_workers=2))", reads="many/part-1*.txt", needs="torch"),
    cell("torch, jit saved", "import torch\ntorch.jit.script(torch.nn.Linear(2, 2)).save('out/jit.pt')", writes="out/jit.pt", needs="torch"),
    cell("safetensors, load_file", "from safetensors.numpy import load_file\nw = load_file('data/tensor.safetensors')", reads="data/tensor.safetensors", needs="safetensors numpy"),
    cell("safetensors, safe_open", "from safetensors import safe_open\nwith safe_open('data/tensor.safetensors', 'np') as f: w = f.get_tensor('w')", reads="data/tensor.safetensors", needs="safetensors numpy"),
    cell("safetensors, save_file", "from safetensors.numpy import save_file\nimport numpy as np\nsave_file({'a': np.ones(3)}, 'out/a.safetensors')", writes="out/a.safetensors", needs="safetensors numpy"),
    cell("sqlite3, read", "import sqlite3\nc = sqlite3.connect('data/base.sqlite'); n = c.execute('SELECT sum(price) FROM sales').fetchone(); c.close()", reads="data/base.sqlite"),
    cell("sqlite3, read-only URI", "import sqlite3\nc = sqlite3.connect('file:data/base.sqlite?mode=ro', uri=True); n = c.execute('SELECT count(*) FROM sales').fetchone(); c.close()", reads="data/base.sqlite"),
    cell("sqlite3, new database", "import sqlite3\nc = sqlite3.connect('out/new.sqlite'); c.execute('CREATE TABLE t (a)'); c.commit(); c.close()", writes="out/new.sqlite"),
    cell("sqlite3, changed", "import sqlite3\nc = sqlite3.connect('old/base.sqlite')\nwith c: c.execute('INSERT INTO sales VALUES (1, 2)')\nc.close()", reads="old/base.sqlite", writes="old/base.sqlite", copies="old/base.sqlite=data/base.sqlite"),
    cell("sqlite3, WAL", "import sqlite3\nc = sqlite3.connect('old/wal.sqlite'); c.execute('PRAGMA journal_mode=wal')\nwith c: c.execute('DELETE FROM sales WHERE id > 3')\nc.close()", reads="old/wal.sqlite", writes="old/wal.sqlite", copies="old/wal.sqlite=data/base.sqlite"),
    cell("sqlite3, backup", "import sqlite3\na = sqlite3.connect('data/base.sqlite'); b = sqlite3.connect('out/backup.sqlite'); a.backup(b); a.close(); b.close()", reads="data/base.sqlite", writes="out/backup.sqlite"),
    cell("sqlite3, connected only", "import sqlite3\nkept = sqlite3.connect('old/kept.sqlite')", reads="old/kept.sqlite", copies="old/kept.sqlite=data/base.sqlite"),
    cell("sqlite3, read a cell later", "n = kept.execute('SELECT count(*) FROM sales').fetchone()", reads="old/kept.sqlite"),
    cell("sqlite3, changed a cell later", "with kept: kept.execute('DELETE FROM sales WHERE id = 7')", reads="old/kept.sqlite", writes="old/kept.sqlite"),
    cell("SQLAlchemy, read", "from sqlalchemy import create_engine, text\ne = create_engine('sqlite:///data/base.sqlite')\nwith e.connect() as c: n = c.execute(text('SELECT count(*) FROM sales')).scalar()\ne.dispose()", reads="data/base.sqlite", needs="sqlalchemy"),
    cell("SQLAlchemy, written", "from sqlalchemy import create_engine, text\ne = create_engine('sqlite:///out/alchemy.sqlite')\nwith e.begin() as c: c.execute(text('CREATE TABLE t (a)'))\ne.dispose()", writes="out/alchemy.sqlite", needs="sqlalchemy"),
)  # fmt: skip
