"""Files that are read and at once overwritten: is the recorded digest that of the content that was read?

Every trial has a file of its own. Afterwards it is right, unknown (said to be), wrong, or the reading was not seen at all.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass

from bench.fidelity.cell import Cell
from bench.fidelity.measure import Measured, measured
from bench.fidelity.place import Place

__all__ = ["KINDS", "SIZES", "Race", "race"]

SIZES = {"4 kB": 4 << 10, "8 MiB": 8 << 20}
_READ = "with open(P, 'rb') as f: data = f.read()\n"
KINDS: dict[str, tuple[str, ...]] = {
    "Python: read, truncated and written": (_READ + "with open(P, 'wb') as f: f.write(data[::-1])",),
    "Python: read and changed in place": ("with open(P, 'r+b') as f:\n    data = f.read(); f.seek(0); f.write(data[::-1])",),
    "Python: read, then appended to": (_READ + "with open(P, 'ab') as f: f.write(b'more')",),
    "Python: read, os.replace": (
        _READ + "with open(P + '.new', 'wb') as f: f.write(data[::-1])\nimport os\nos.replace(P + '.new', P)",
    ),
    "Python: read, removed": (_READ + "import os\nos.remove(P)",),
    "Python: read, overwritten by the next cell": (_READ, "with open(P, 'wb') as f: f.write(data[::-1])"),
    "Python: read, overwritten by a program": (_READ + "import subprocess\nsubprocess.run(['cp', 'script.py', P], check=True)",),
    "Python: read, overwritten by polars": (_READ + "import polars as pl\npl.DataFrame({'a': [1, 2]}).write_parquet(P)",),
    "polars: read, overwritten by Python": (
        "import polars as pl\ndf = pl.read_parquet(P)\nwith open(P, 'wb') as f: f.write(b'new')",
    ),
    "polars: read and overwritten": ("import polars as pl\npl.read_parquet(P).head(3).write_parquet(P)",),
    "polars: read, overwritten by the next cell": ("import polars as pl\ndf = pl.read_parquet(P)", "df.head(3).write_parquet(P)"),
    "pandas parquet: read and overwritten": ("import pandas as pd\npd.read_parquet(P).head(3).to_parquet(P)",),
    "pyarrow: read and overwritten": ("import pyarrow.parquet as pq\npq.write_table(pq.read_table(P).slice(0, 3), P)",),
    "duckdb: read, overwritten by COPY": (
        "import duckdb\nduckdb.sql(f\"COPY (SELECT * FROM '{P}' LIMIT 3) TO '{P}' (FORMAT parquet)\")",
    ),
    "h5py: read and changed in place": ("import h5py\nwith h5py.File(P, 'r+') as f: f['a'][0] = f['a'][1]",),
    "Python: another program replaces it all the time": ("",),
}
_OTHER = "Python: another program replaces it all the time"
_MAKE = """
import sys, numpy, pyarrow, pyarrow.parquet as pq
folder, trials, size, kind = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
chance = numpy.random.default_rng(trials)
for i in range(trials):
    values = chance.integers(0, 2**62, size // 8)
    if kind == 'h5':
        import h5py
        with h5py.File(f'{folder}/{i}.h5', 'w') as file: file['a'] = values
    else:
        pq.write_table(pyarrow.table({'a': values}), f'{folder}/{i}.parquet', use_dictionary=False, compression='none')
"""
_REPLACE = """
import os, sys, time
n = 0
while True:
    n += 1
    with open('race/0.part', 'wb') as file: file.write(b'%d,' % n * (int(sys.argv[1]) // 8))
    os.replace('race/0.part', 'race/0.parquet')
    time.sleep(0.002)
"""


@dataclass(frozen=True)
class Race:
    kind: str
    size: str
    read: Counter[str]
    """right | unknown | wrong | not seen"""
    written: Counter[str]
    reasons: Counter[str]


def race(place: Place, kind: str, size: str, settings: dict[str, str], *, trials: int = 30) -> Race:
    folder = place.project / "race"
    suffix = "h5" if kind.startswith("h5py") else "parquet"
    if kind == _OTHER:
        return _against_another(place, size, settings, 10 * trials)

    def make() -> None:
        folder.mkdir()
        subprocess.run([place.python, "-c", _MAKE, str(folder), str(trials), str(SIZES[size]), suffix], check=True)

    steps = KINDS[kind]
    cells = tuple(
        Cell(
            f"{i}",
            step.replace("P", f"'race/{i}.{suffix}'") if "{P}" not in step else step.replace("{P}", f"race/{i}.{suffix}"),
            None,
        )
        for i in range(trials)
        for step in steps
    )
    found = measured(place, cells, settings, make=make)
    read, written, reasons = Counter[str](), Counter[str](), Counter[str]()
    for i in range(trials):
        path = f"{folder}/{i}.{suffix}"
        n = i * len(steps)
        read[_verdict(found, n, "read", path, found.trees[0].digests[path], reasons)] += 1
        if "removed" not in kind:
            last = found.trees[-1].digests[path]
            written[_verdict(found, n + len(steps) - 1, "written", path, last, reasons)] += 1
    return Race(kind, size, read, written, reasons)


def _against_another(place: Place, size: str, settings: dict[str, str], trials: int) -> Race:
    """The cell itself tells what it read, at the end."""
    folder = place.project / "race"
    script = [sys.executable, "-c", _REPLACE, str(SIZES[size])]
    others: list[subprocess.Popen[bytes]] = []

    def make() -> None:
        folder.mkdir()
        (folder / "0.parquet").write_bytes(b"0")
        others.append(subprocess.Popen(script, cwd=place.project))

    told = place.base / "told.json"
    step = (
        "import hashlib\n"
        + _READ.replace("P", "'race/0.parquet'")
        + "told = [*globals().get('told', []), hashlib.sha256(data).hexdigest()]"
    )
    end = f"import json\nwith open({str(told)!r}, 'w') as f: json.dump(told, f)"
    cells = (*(Cell(f"{i}", step, None) for i in range(trials)), Cell("end", end, None))
    try:
        found = measured(place, cells, settings, make=make, look=False)
    finally:
        for other in others:
            other.terminate()
            other.wait()
    read, reasons = Counter[str](), Counter[str]()
    for i, digest in enumerate(json.loads(told.read_text())):
        read[_verdict(found, i, "read", f"{folder}/0.parquet", digest, reasons)] += 1
    return Race(_OTHER, size, read, Counter(), reasons)


def _verdict(found: Measured, i: int, role: str, path: str, digest: str, reasons: Counter[str]) -> str:
    claims = [claim for claim in found.recorded.claims.get(i + 1, ()) if claim.role == role and claim.path == path]
    if not claims:
        return "not seen"
    digests = {claim.sha256 for claim in claims if claim.sha256}
    if not digests:
        reasons.update(f"{role}: {claim.reason}" for claim in claims)
        return "unknown"
    return "right" if digests == {digest} else "wrong"
