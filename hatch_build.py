"""Builds the panel before it is packed, and never packs a panel that is older than its sources.

A build leaves the digest of everything the panel is made of beside the built files. Packing compares it with the tree:
where they agree, what is there is taken as it is (an sdist carries both, so it installs without Node); where they do not,
the old output is removed and the panel is built again.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUILT = "server_ext/labjournal/labextension"
SOURCES = ("ui", "labextension", "package.json", "package-lock.json", "tsconfig.json", "tsconfig.base.json")
STAMP = "sources.sha256"


class PanelBuildHook(BuildHookInterface[Any]):
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name in ("wheel", "sdist"):
            ensure_panel(Path(self.root))


def ensure_panel(root: Path) -> bool:
    """Whether the panel had to be built; afterwards it is the one that the sources under `root` describe."""
    built, digest = root / BUILT, sources_digest(root)
    if built_from(built) == digest:
        return False
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit(
            "The panel has to be built from its sources and npm was not found: install Node.js 20.19 or newer, or a released wheel."
        )
    shutil.rmtree(built, ignore_errors=True)
    # jupyter-builder sits beside the interpreter, which need not be on PATH.
    env = {**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])}
    if not modules_are_current(root):
        subprocess.run([npm, "ci", "--no-progress", "--loglevel=error"], cwd=root, env=env, check=True)
    subprocess.run([npm, "run", "--silent", "build:prod"], cwd=root, env=env, check=True)
    (built / STAMP).write_text(digest + "\n", encoding="utf-8")
    return True


def sources_digest(root: Path) -> str:
    """The digest of every file the panel is made of: names and bytes, in one order on every machine."""
    digest = hashlib.sha256()
    for path in sorted(_files(root), key=lambda path: path.relative_to(root).as_posix()):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def built_from(built: Path) -> str | None:
    """The digest of the sources that the panel in `built` was made of; None where that is not known."""
    stamp = built / STAMP
    complete = (built / "package.json").is_file() and (built / "static" / "style.js").is_file()
    return stamp.read_text(encoding="utf-8").strip() if complete and stamp.is_file() else None


def modules_are_current(root: Path) -> bool:
    """Whether `node_modules` was installed after the lock file was last written."""
    installed, lock = root / "node_modules" / ".package-lock.json", root / "package-lock.json"
    return installed.is_file() and installed.stat().st_mtime >= lock.stat().st_mtime


def _files(root: Path) -> list[Path]:
    found = []
    for name in SOURCES:
        path = root / name
        found += [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return [file for file in found if not file.name.startswith(".")]


if __name__ == "__main__":
    ensure_panel(Path(__file__).parent)
