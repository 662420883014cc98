"""Kernels of other environments, older and newer than ours: real ones, on every interpreter that is at hand."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kernel.conftest import Kernel

CACHE = Path(os.environ.get("LABJOURNAL_TEST_ENVIRONMENTS") or Path(__file__).resolve().parents[2] / ".cache" / "pythons")
PYTHONS = {
    "3.8": ("ipykernel<6.30", "ipython==7.34.0"),
    "3.10": ("ipykernel<7", "ipython<9"),
    "3.13": ("ipykernel", "ipython"),
}

CELLS = [
    "a = 1",
    "print('hello')\n1/0",
    "from IPython.display import display\ndisplay('x', display_id='d')\na",
    "import labjournal; labjournal.metric('m', 2)",
]


@pytest.mark.parametrize("version", PYTHONS)
def test_a_kernel_of_another_python_is_recorded(kernels: Callable[..., Kernel], version: str) -> None:
    kernel = kernels(python=environment(version))
    for cell in CELLS:
        kernel.run(cell)
    kernel.shutdown()

    expected = [(1, CELLS[0], "ok"), (2, CELLS[1], "failed"), (3, CELLS[2], "ok"), (4, CELLS[3], "ok")]
    assert expected == kernel.rows("SELECT n, text, status FROM executions JOIN sources ON source = sha256 ORDER BY n")
    outputs = [(2, "stream", "hello\n"), (3, "display_data", "'x'"), (3, "execute_result", "1")]
    assert outputs == kernel.rows("SELECT n, type, text FROM outputs WHERE type <> 'error' ORDER BY n, position")
    assert [("m", 2.0)] == kernel.rows("SELECT name, value FROM metrics")
    assert [] == kernel.rows("SELECT * FROM problems WHERE what = 'recorder-failed'")
    ((python, environments),) = kernel.rows("SELECT python, environment IS NOT NULL FROM runs")
    assert (True, 1) == (python.startswith(version + "."), environments)


def environment(version: str) -> str:
    """The Python of an environment with only ipykernel in it, made once."""
    interpreter = found(version)
    if interpreter is None:
        pytest.skip(f"There is no Python {version} on this machine.")
    packages = PYTHONS[version]
    CACHE.mkdir(parents=True, exist_ok=True)
    (CACHE / ".gitignore").write_text("*\n")
    name = f"{version}-{hashlib.sha256(' '.join((interpreter, *packages)).encode()).hexdigest()[:8]}"
    python = CACHE / name / "bin" / "python"
    if not (CACHE / name / "complete").exists():
        shutil.rmtree(CACHE / name, ignore_errors=True)
        uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
        if uv is not None:
            steps = [
                [uv, "venv", "-q", "-p", interpreter, str(CACHE / name)],
                [uv, "pip", "install", "-q", "-p", str(python), *packages],
            ]
        else:
            steps = [[interpreter, "-m", "venv", str(CACHE / name)], [str(python), "-m", "pip", "install", "-q", *packages]]
        for step in steps:
            subprocess.run(step, check=True, capture_output=True, timeout=280)
        (CACHE / name / "complete").touch()
    return str(python)


def found(version: str) -> str | None:
    """A Python of this version: on the PATH, or among pyenv's."""
    on_path = shutil.which(f"python{version}")
    candidates = [Path(on_path)] if on_path else []
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    candidates += sorted(pyenv.glob(f"versions/{version}.*/bin/python"))
    for candidate in candidates:
        done = subprocess.run([str(candidate), "-c", "import ssl, sqlite3, ctypes"], capture_output=True, check=False)
        if done.returncode == 0:
            return str(candidate)
    return None
