"""Shell lines, other programs, other processes, threads."""

from __future__ import annotations

from bench.fidelity.cell import cell

__all__ = ["CELLS"]

CELLS = (
    cell("! cat", "!cat data/notes.txt", reads="data/notes.txt"),
    cell("! redirected", "!head -3 data/prices.csv > out/head.csv", reads="data/prices.csv", writes="out/head.csv"),
    cell("! captured", "lines = !sort data/lines.txt", reads="data/lines.txt"),
    cell("! with a variable", "name = 'data/' + 'costs' + '.csv'\n!wc -l {name}", reads="data/costs.csv"),
    cell("! cp", "!cp data/sales.csv out/by-cp.csv", reads="data/sales.csv", writes="out/by-cp.csv"),
    cell("! mv", "!mv old/mv.csv out/by-mv.csv", writes="out/by-mv.csv", deletes="old/mv.csv", copies="old/mv.csv=data/stock.csv"),
    cell("! rm", "!rm old/rm.csv", deletes="old/rm.csv", copies="old/rm.csv=data/stock.csv"),
    cell("several made", "for name in 'abc':\n    with open(f'out/to-go-{name}.txt', 'w') as f: f.write(name)", writes="out/to-go-a.txt out/to-go-b.txt out/to-go-c.txt"),
    cell("! rm, several lines", "!rm out/to-go-a.txt\n!rm out/to-go-b.txt\n!rm out/to-go-c.txt", deletes="out/to-go-a.txt out/to-go-b.txt out/to-go-c.txt"),
    cell("! sed -i", "!sed -i s/a/b/ old/sed.csv", reads="old/sed.csv", writes="old/sed.csv", copies="old/sed.csv=data/stock.csv"),
    cell("! gzip", "!gzip old/zip-me.csv", reads="old/zip-me.csv", writes="old/zip-me.csv.gz", deletes="old/zip-me.csv", copies="old/zip-me.csv=data/stock.csv"),
    cell("read here, overwritten by a program", "text = open('old/both.csv').read()\n!cp data/costs.csv old/both.csv", reads="old/both.csv data/costs.csv", writes="old/both.csv", copies="old/both.csv=data/stock.csv"),
    cell("pandas, then sed -i", "import pandas as pd\ndf = pd.read_csv('old/then.csv')\n!sed -i s/a/b/ old/then.csv", reads="old/then.csv", writes="old/then.csv", needs="pandas", copies="old/then.csv=data/stock.csv"),
    cell("written here, appended to by a program", "with open('out/joint.txt', 'w') as f: f.write('head')\n!echo tail >> out/joint.txt", writes="out/joint.txt"),
    cell("! append", "!echo more >> old/echo.txt", writes="old/echo.txt", copies="old/echo.txt=data/notes.txt"),
    cell("! touch", "!touch out/touched.txt", writes="out/touched.txt"),
    cell("%%bash", "%%bash\nfor f in many/part-00.txt many/part-01.txt; do cat $f; done > out/both.txt\ncd data && wc sales.csv > ../out/count.txt", reads="many/part-00.txt many/part-01.txt data/sales.csv", writes="out/both.txt out/count.txt"),
    cell("%%sh with a pipe", "%%sh\ncut -d, -f2 data/stock.csv | sort | uniq -c > out/kinds.txt", reads="data/stock.csv", writes="out/kinds.txt"),
    cell("%%script python", "%%script {PYTHON}\nopen('out/by-script.txt', 'w').write(open('data/notes.txt').read())".replace("{PYTHON}", "$PYTHON"), reads="data/notes.txt", writes="out/by-script.txt"),
    cell("os.system", "import os\nos.system('tail -2 data/costs.csv > out/tail.csv')", reads="data/costs.csv", writes="out/tail.csv"),
    cell("subprocess.run", "import subprocess\nsubprocess.run(['cp', 'data/prices.csv', 'out/sub.csv'], check=True)", reads="data/prices.csv", writes="out/sub.csv"),
    cell("subprocess, files as streams", "import subprocess\nwith open('data/lines.txt') as a, open('out/stream.txt', 'w') as b: subprocess.run(['sort', '-r'], stdin=a, stdout=b, check=True)", reads="data/lines.txt", writes="out/stream.txt"),
    cell("subprocess, other working folder", "import subprocess\nsubprocess.run('cat mid.dat > ../../out/mid.dat', shell=True, cwd='deep/a', check=True)", reads="deep/a/mid.dat", writes="out/mid.dat"),
    cell("subprocess, Python script", "import subprocess, sys\nsubprocess.run([sys.executable, 'script.py', 'data/sales.csv', 'out/scripted.csv'], check=True)", reads="script.py data/sales.csv", writes="out/scripted.csv"),
    cell("subprocess, native script", "import subprocess, sys\nsubprocess.run([sys.executable, 'native_script.py', 'data/frame.parquet', 'out/scripted.parquet'], check=True)", reads="native_script.py data/frame.parquet", writes="out/scripted.parquet", needs="pyarrow pandas"),
    cell("subprocess, isolated Python", "import subprocess, sys\nsubprocess.run([sys.executable, '-I', '-S', '-c', \"open('out/isolated.txt', 'w').write(open('data/table.tsv').read())\"], check=True)", reads="data/table.tsv", writes="out/isolated.txt"),
    cell("Popen, left running", "import subprocess\nrunning = subprocess.Popen('read line; cat data/stock.csv > out/late.csv', shell=True, stdin=subprocess.PIPE)"),
    cell("Popen, works a cell later", "running.communicate(b'go\\n')", reads="data/stock.csv", writes="out/late.csv"),
    cell("os.fork", "import os\npid = os.fork()\nif pid == 0:\n    try:\n        with open('data/config.json') as f, open('out/forked.txt', 'w') as g: g.write(f.read())\n    finally:\n        os._exit(0)\nos.waitpid(pid, 0)", reads="data/config.json", writes="out/forked.txt"),
    cell("multiprocessing, fork", "import multiprocessing as mp, workers\nwith mp.get_context('fork').Pool(2) as pool: n = pool.map(workers.size, ['many/part-03.txt', 'many/part-04.txt'])", reads="workers.py many/part-03.txt many/part-04.txt"),
    cell("multiprocessing, fork writes", "with mp.get_context('fork').Pool(2) as pool: pool.map(workers.shout, ['many/part-05.txt', 'many/part-06.txt'])", reads="many/part-05.txt many/part-06.txt", writes="out/part-05.txt.up out/part-06.txt.up"),
    cell("multiprocessing, spawn", "with mp.get_context('spawn').Pool(2) as pool: pool.map(workers.shout, ['many/part-07.txt', 'many/part-08.txt'])", reads="workers.py many/part-07.txt many/part-08.txt", writes="out/part-07.txt.up out/part-08.txt.up"),
    cell("multiprocessing, spawn reads natively", "with mp.get_context('spawn').Pool(1) as pool: n = pool.map(workers.columns, ['data/second.parquet'])", reads="workers.py data/second.parquet", needs="pyarrow pandas"),
    cell("multiprocessing, Process", "p = mp.get_context('fork').Process(target=workers.shout, args=('many/part-09.txt',)); p.start(); p.join()", reads="many/part-09.txt", writes="out/part-09.txt.up"),
    cell("ProcessPoolExecutor", "from concurrent.futures import ProcessPoolExecutor\nwith ProcessPoolExecutor(2, mp_context=mp.get_context('fork')) as pool: n = list(pool.map(workers.size, ['many/part-10.txt', 'many/part-11.txt']))", reads="many/part-10.txt many/part-11.txt"),
    cell("thread", "import threading\nt = threading.Thread(target=lambda: open('data/notes.txt').read()); t.start(); t.join()", reads="data/notes.txt"),
    cell("ThreadPoolExecutor", "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(3) as pool: n = list(pool.map(workers.size, ['many/part-12.txt', 'many/part-13.txt']))", reads="many/part-12.txt many/part-13.txt"),
    cell("thread with a native reader", "import threading, pyarrow.parquet as pq\nt = threading.Thread(target=lambda: pq.read_table('data/third.parquet')); t.start(); t.join()", reads="data/third.parquet", needs="pyarrow pandas"),
    cell("asyncio, to_thread", "import asyncio\ntext = await asyncio.to_thread(lambda: open('data/lines.txt').read())", reads="data/lines.txt"),
    cell("thread, left waiting", "import threading\ngo = threading.Event()\ndef work():\n    go.wait(30)\n    with open('out/by-thread.txt', 'w') as f: f.write(open('data/wide.fwf').read())\nwaiting = threading.Thread(target=work); waiting.start()"),
    cell("thread, works a cell later", "go.set(); waiting.join()", reads="data/wide.fwf", writes="out/by-thread.txt"),
    cell("ctypes", "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\nfd = libc.open(b'data/settings.ini', 0); buffer = ctypes.create_string_buffer(100); libc.read(fd, buffer, 100); libc.close(fd)", reads="data/settings.ini"),
)  # fmt: skip
