"""HDF5 and netCDF files compared by their groups, datasets, values and attributes, with h5py and netCDF4 where they are installed.

The work is done by `datasets_apart`, in a process of its own that may use so much time and memory: whatever a file does to the
libraries that read it, here it can only not be told. Both contents are laid beside each other in a folder that is gone afterwards.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

from labjournal.replay.comparing.telling import Rules, Told, shown

__all__ = ["datasets_apart", "is_of_datasets"]

_SIGNS = (b"\x89HDF\r\n\x1a\n", b"CDF\x01", b"CDF\x02", b"CDF\x05")
_MOST = 1 << 30
_WITHIN_S = 60.0
_START_S = 20.0
_ANSWER = 4 << 20


def is_of_datasets(head: bytes) -> bool:
    """Whether a file that begins so is one of these."""
    return head.startswith(_SIGNS)


def datasets_apart(one: BinaryIO, other: BinaryIO, rules: Rules) -> Told:
    """Two files of one kind."""
    reader = "netCDF4" if one.read(3) == b"CDF" else "h5py"
    if find_spec(reader) is None:
        return Told(None, more=f"its format notes when it was written, and {reader} is not installed here")
    if any(_length(file) > _MOST for file in (one, other)):
        return Told(None, more=f"it is larger than the {_MOST >> 30} GiB that are looked into")
    try:
        with tempfile.TemporaryDirectory(prefix="labjournal-") as folder:
            names = []
            for file, name in ((one, "recorded"), (other, "replayed")):
                with open(os.path.join(folder, name), "wb") as copy:
                    shutil.copyfileobj(file, copy, 1 << 20)
                names.append(copy.name)
            return _judged(_asked(folder, names, rules), rules)
    except OSError as problem:
        return Told(None, more=f"it cannot be read: {problem.strerror}")


def _length(file: BinaryIO) -> int:
    length = file.seek(0, os.SEEK_END)
    file.seek(0)
    return length


def _asked(folder: str, names: list[str], rules: Rules) -> dict[str, Any]:
    """What the other process says; `same` is None where it came to its end before it could."""
    within_s = max(1.0, min(_WITHIN_S, rules.until - time.monotonic()))
    package = Path(__file__).parents[3]
    command = [sys.executable, "-m", f"{__package__}.datasets_apart", *names, str(rules.tolerance), str(within_s)]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "LABJOURNAL_DISABLE": "1"}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (str(package), os.environ.get("PYTHONPATH"))))
    environment.pop("HDF5_PLUGIN_PATH", None)
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=within_s + _START_S,
            check=False,
        )
        answer = json.loads(done.stdout[:_ANSWER])
    except (subprocess.TimeoutExpired, ValueError):
        answer = None
    return answer if isinstance(answer, dict) else {"same": None, "more": "it cannot be read within bounds"}


def _judged(answer: dict[str, Any], rules: Rules) -> Told:
    told = Told(
        answer.get("same"),
        "values",
        *(str(answer.get(name, "")) for name in ("where", "recorded", "replayed", "more")),
    )
    if told.same is False:
        return told
    unlike = [(where, a, b) for where, a, b in answer.get("texts", ()) if not rules.words_same(a, b)]
    if not unlike:
        return told
    where, a, b = unlike[0]
    return Told(False, "values", where, shown(a), shown(b), f"{len(unlike):,} texts differ" if len(unlike) > 1 else "")
