"""Files are copied, renamed, linked, removed; come and go; are only mentioned."""

from __future__ import annotations

from bench.fidelity.cell import cell

__all__ = ["CELLS"]

CELLS = (
    cell("shutil.copy", "import shutil\nshutil.copy('data/prices.csv', 'out/copied.csv')", reads="data/prices.csv", writes="out/copied.csv"),
    cell("shutil.copytree", "import shutil\nshutil.copytree('deep', 'out/tree')", reads="deep/top.dat deep/a/mid.dat deep/a/b/leaf.dat", writes="out/tree/top.dat out/tree/a/mid.dat out/tree/a/b/leaf.dat"),
    cell("shutil.move", "import shutil\nshutil.move('old/move-me.csv', 'out/moved.csv')", writes="out/moved.csv", deletes="old/move-me.csv", copies="old/move-me.csv=data/sales.csv"),
    cell("shutil.rmtree", "import shutil\nshutil.rmtree('old/folder')", deletes="old/folder/a.csv old/folder/b.csv", copies="old/folder/a.csv=data/sales.csv old/folder/b.csv=data/costs.csv"),
    cell("shutil.make_archive", "import shutil\nshutil.make_archive('out/archive', 'zip', 'many')", reads="many/*.txt", writes="out/archive.zip"),
    cell("shutil.unpack_archive", "import shutil\nshutil.unpack_archive('data/bundle.zip', 'out/unpacked')", reads="data/bundle.zip", writes="out/unpacked/inner.csv out/unpacked/more.txt"),
    cell("os.rename", "import os\nos.rename('old/name-a.csv', 'old/name-b.csv')", writes="old/name-b.csv", deletes="old/name-a.csv", copies="old/name-a.csv=data/stock.csv"),
    cell("os.rename of a folder", "import os\nos.rename('old/dir-a', 'old/dir-b')", writes="old/dir-b/x.csv", deletes="old/dir-a/x.csv", copies="old/dir-a/x.csv=data/stock.csv"),
    cell("os.replace onto a file", "import os\nos.replace('old/new.csv', 'old/target.csv')", writes="old/target.csv", deletes="old/new.csv", copies="old/new.csv=data/stock.csv old/target.csv=data/costs.csv"),
    cell("os.remove", "import os\nos.remove('old/remove.csv')", deletes="old/remove.csv", copies="old/remove.csv=data/stock.csv"),
    cell("pathlib, unlink", "from pathlib import Path\nPath('old/unlink.csv').unlink()", deletes="old/unlink.csv", copies="old/unlink.csv=data/stock.csv"),
    cell("os.link", "import os\nos.link('old/linked.csv', 'out/hard.csv')", writes="out/hard.csv", copies="old/linked.csv=data/stock.csv"),
    cell("read through a hard link", "import os\nos.link('old/linked2.csv', 'out/hard2.csv')\ntext = open('out/hard2.csv').read()", reads=(), writes="out/hard2.csv", copies="old/linked2.csv=data/stock.csv"),
    cell("read through a symbolic link", "text = open('data/link.csv').read()", reads="data/linked-to.csv"),
    cell("read through a linked folder", "text = open('linked/far.csv').read()", reads="$ELSEWHERE/20/far.csv"),
    cell("os.symlink, then read", "import os\nos.symlink('../data/costs.csv', 'out/soft.csv')\ntext = open('out/soft.csv').read()", reads="data/costs.csv"),
    cell("os.truncate", "import os\nos.truncate('old/cut.bin', 100)", writes="old/cut.bin", copies="old/cut.bin=data/blob.bin"),
    cell("read, then overwrite", "text = open('old/over.csv').read()\nwith open('old/over.csv', 'w') as f: f.write(text.upper())", reads="old/over.csv", writes="old/over.csv", copies="old/over.csv=data/sales.csv"),
    cell("read, then remove", "import os\ntext = open('old/gone.csv').read()\nos.remove('old/gone.csv')", reads="old/gone.csv", deletes="old/gone.csv", copies="old/gone.csv=data/sales.csv"),
    cell("write, then read", "with open('out/back.txt', 'w') as f: f.write('there')\ntext = open('out/back.txt').read()", writes="out/back.txt"),
    cell("write, then remove", "import os\nwith open('out/brief.txt', 'w') as f: f.write('there')\nos.remove('out/brief.txt')"),
    cell("written atomically", "import os\nwith open('old/atomic.csv.tmp', 'w') as f: f.write('new')\nos.replace('old/atomic.csv.tmp', 'old/atomic.csv')", writes="old/atomic.csv", copies="old/atomic.csv=data/sales.csv"),
    cell("NamedTemporaryFile, renamed into place", "import os, tempfile\nwith tempfile.NamedTemporaryFile('w', dir='out', delete=False) as f: f.write('x')\nos.rename(f.name, 'out/from-temporary.txt')", writes="out/from-temporary.txt"),
    cell("NamedTemporaryFile, gone", "import tempfile\nwith tempfile.NamedTemporaryFile('w+') as f: f.write('x'); f.seek(0); f.read()"),
    cell("TemporaryDirectory, gone", "import tempfile, os\nwith tempfile.TemporaryDirectory() as d:\n    with open(os.path.join(d, 'a.txt'), 'w') as f: f.write('x')\n    text = open(os.path.join(d, 'a.txt')).read()"),
    cell("TemporaryFile", "import tempfile\nwith tempfile.TemporaryFile() as f: f.write(b'x')"),
    cell("opened, not read", "open('data/mention.txt').close()"),
    cell("only asked about", "import os\nsize = os.stat('data/mention.txt').st_size, os.path.exists('data/mention.txt')"),
    cell("only mentioned", "name = 'data/mention.txt'"),
    cell("a file that is not there", "try:\n    open('data/no-such-file.csv')\nexcept FileNotFoundError:\n    pass"),
    cell("folder listed", "import os\nnames = os.listdir('data')"),
    cell("opened to append, nothing appended", "open('old/untouched.txt', 'a').close()", copies="old/untouched.txt=data/notes.txt"),
    cell("after os.chdir", "import os\nos.chdir('deep/a')\ntext = open('mid.dat', 'rb').read()\nos.chdir('../..')", reads="deep/a/mid.dat"),
    cell("path with ..", "text = open('deep/../data/prices.csv').read()", reads="data/prices.csv"),
    cell("through a folder descriptor", "import os\nd = os.open('many', os.O_RDONLY)\nfd = os.open('part-07.txt', os.O_RDONLY, dir_fd=d); os.read(fd, 10); os.close(fd); os.close(d)", reads="many/part-07.txt"),
    cell("a hundred files written", "import os\nos.mkdir('out/hundred')\nfor i in range(100):\n    with open(f'out/hundred/{i}.txt', 'w') as f: f.write(str(i))", writes="out/hundred/*.txt"),
    cell("a hundred files read", "total = 0\nfor i in range(100):\n    with open(f'out/hundred/{i}.txt') as f: total += int(f.read())", reads="out/hundred/*.txt"),
    cell("nested new folders", "import os\nos.makedirs('out/new/deeper/still')\nwith open('out/new/deeper/still/x.txt', 'w') as f: f.write('x')", writes="out/new/deeper/still/x.txt"),
)  # fmt: skip
