"""The wheel is whole and current: what switches labjournal on is inside it, and its panel is the one that the sources describe."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

import hatch_build
import labjournal

TREE = Path(__file__).resolve().parent.parent
DATA = f"labjournal-{labjournal.__version__}.data/data"
PANEL = f"{DATA}/share/jupyter/labextensions/labjournal-lab"

# Imports every module there is, as a test suite without test packages would.
IMPORT_ALL = """
import importlib, pkgutil, labjournal
for module in pkgutil.walk_packages(labjournal.__path__, "labjournal."):
    if not module.name.endswith(".__main__"):
        importlib.import_module(module.name)
"""


@pytest.fixture(scope="module")
def wheel_file() -> Path:
    if Path(labjournal.__file__).is_relative_to(TREE / "server_ext"):
        pytest.skip("the working tree is installed, not the wheel: `make install`")
    return TREE / "dist" / f"labjournal-{labjournal.__version__}-py3-none-any.whl"


@pytest.fixture(scope="module")
def wheel(wheel_file: Path) -> dict[str, bytes]:
    """The files of the built wheel, by name."""
    with zipfile.ZipFile(wheel_file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_wheel_switches_on_server_kernel_and_panel(wheel: dict[str, bytes]) -> None:
    needed = {
        f"{DATA}/etc/jupyter/jupyter_server_config.d/labjournal.json",
        f"{DATA}/etc/ipython/startup/50-labjournal.py",
        f"{PANEL}/install.json",
        f"{PANEL}/package.json",
        f"{PANEL}/static/style.js",
        f"{PANEL}/schemas/labjournal-lab/plugin.json",
    }

    assert set() == needed - set(wheel)


def test_a_wheel_carries_the_panel_that_the_sources_describe(wheel: dict[str, bytes]) -> None:
    assert hatch_build.sources_digest(TREE) == wheel[f"{PANEL}/{hatch_build.STAMP}"].decode().strip()


def test_a_wheel_carries_one_build_of_the_panel(wheel: dict[str, bytes]) -> None:
    """The entry that Lab loads is there, and no entry of an earlier build beside it."""
    load = json.loads(wheel[f"{PANEL}/package.json"])["jupyterlab"]["_build"]["load"]

    entries = [name for name in wheel if "/remoteEntry." in name]

    assert [f"{PANEL}/{load}"] == entries


def test_a_wheel_has_no_second_copy_of_the_panel(wheel: dict[str, bytes]) -> None:
    assert [] == [name for name in wheel if name.startswith("labjournal/labextension")]


def test_a_wheel_has_no_tests_and_no_machine_in_it(wheel: dict[str, bytes]) -> None:
    home = str(TREE).encode()

    assert [] == [name for name, content in wheel.items() if name.startswith("tests/") or home in content]


@pytest.mark.slow
def test_a_wheel_declares_everything_that_it_needs(wheel_file: Path, tmp_path: Path) -> None:
    """In an environment with labjournal and nothing else, every module can be imported and the command line answers."""
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if uv is None:
        pytest.skip("making an environment takes too long without uv")
    python = tmp_path / "bare" / "bin" / "python"
    succeed(uv, "venv", "--quiet", "--python", sys.executable, tmp_path / "bare")
    succeed(uv, "pip", "install", "--quiet", "--python", python, wheel_file)

    succeed(python, "-c", IMPORT_ALL)
    assert "usage: labjournal" in succeed(python.parent / "labjournal", "--help")


def test_changed_sources_make_a_panel_stale(tmp_path: Path) -> None:
    (tmp_path / "ui").mkdir()
    (tmp_path / "ui" / "a.ts").write_text("1")
    before = hatch_build.sources_digest(tmp_path)

    (tmp_path / "ui" / "a.ts").write_text("2")

    assert before != hatch_build.sources_digest(tmp_path)


def test_a_panel_without_its_stamp_counts_as_stale(tmp_path: Path) -> None:
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "style.js").touch()
    (tmp_path / "package.json").touch()

    assert hatch_build.built_from(tmp_path) is None


def test_package_and_panel_have_one_version() -> None:
    assert [labjournal.__version__] * 2 == [read_json("package.json")["version"], read_json("package-lock.json")["version"]]


def test_the_lock_file_names_no_host_to_fetch_from() -> None:
    lock = (TREE / "package-lock.json").read_text(encoding="utf-8")

    assert [] == re.findall(r'"resolved"\s*:', lock)


def test_the_changelog_knows_this_version() -> None:
    assert f"## {labjournal.__version__}" in (TREE / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_readme_fits_in_a_hundred_lines() -> None:
    assert len((TREE / "README.md").read_text(encoding="utf-8").splitlines()) <= 100


def succeed(*command: str | Path) -> str:
    """What `command` prints; a test fails with its complaint where it does not end well."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def read_json(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((TREE / name).read_text(encoding="utf-8"))
    return content


def test_the_panel_asks_for_any_jupyterlab_4() -> None:
    """What JupyterLab itself brings is taken as it is: a range that begins later would switch the panel off in 4.0."""
    asked = {name: wish for name, wish in read_json("package.json")["dependencies"].items() if name.startswith("@jupyterlab/")}
    first = {"@jupyterlab/apputils": "^4.1.0", "@jupyterlab/coreutils": "^6.0.0", "@jupyterlab/services": "^7.0.0"}

    assert asked == {name: first.get(name, "^4.0.0") for name in asked}
    assert asked == {
        name: wish
        for name, wish in read_json("package-lock.json")["packages"][""]["dependencies"].items()
        if name.startswith("@jupyterlab/")
    }
