"""The folders of a measurement: project, another place, a home, and what stands in them at a given moment."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.fidelity import inputs
from bench.fidelity.cell import Cell

__all__ = ["Key", "Place", "Tree"]

Key = tuple[int, int, int, int, int]
"""(device, inode, bytes, mtime_ns, ctime_ns)"""


@dataclass(frozen=True)
class Tree:
    """Every file at one moment; the digest where it was looked at."""

    keys: Mapping[str, Key]
    digests: Mapping[str, str]

    def files(self) -> frozenset[str]:
        return frozenset(self.keys)


class Place:
    """Below one folder: project, elsewhere, home, tmp (what the cells may touch) and journal, log (which they do not know)."""

    def __init__(self, base: Path, python: str) -> None:
        self.base = base.resolve()
        self.python = python
        self.project, self.elsewhere, self.home = (self.base / name for name in ("project", "elsewhere", "home"))
        self.work = self.project
        """Where the kernel is started."""
        self.temporary = self.base / "tmp"
        self.journal = self.base / "journal"
        self.log = self.base / "strace.log"
        self._template = self.base / "template"
        self._known: dict[Key, str] = {}
        self._modules: dict[str, bool] = {}
        self.packages = _packages(python)

    def prepare(self) -> None:
        """Make the inputs, once; `restore` lays them out."""
        if not self._template.exists():
            folders = [str(folder) for folder in (self.project, self.elsewhere, self.home)]
            subprocess.run([self.python, str(Path(inputs.__file__).resolve()), *folders], check=True, cwd=self.base)
            self._template.mkdir()
            for folder in (self.project, self.elsewhere, self.home):
                folder.rename(self._template / folder.name)

    def bring(self, project: Path, work: str) -> None:
        """Use a folder of the caller's as the project, instead of the inputs; kernels start in its folder `work`."""
        self.work = self.project / work
        shutil.rmtree(self._template, ignore_errors=True)
        for folder in (self.elsewhere, self.home):
            (self._template / folder.name).mkdir(parents=True)
        shutil.copytree(project, self._template / "project", symlinks=True)

    def restore(self, cells: tuple[Cell, ...]) -> None:
        """Everything as it was at the beginning, and these cells' own copies."""
        keep = self.home / ".cache"  # fonts that matplotlib has looked at
        if keep.exists():
            shutil.rmtree(self._template / "home" / ".cache", ignore_errors=True)
            shutil.copytree(keep, self._template / "home" / ".cache", symlinks=True)
        for folder in (self.project, self.elsewhere, self.home):
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(self._template / folder.name, folder, symlinks=True)
        for folder in (self.temporary, self.journal):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        self.log.unlink(missing_ok=True)
        for cell in cells:
            for name, source in cell.copies.items():
                if (self.project / source).exists():
                    (self.project / name).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(self.project / source, self.project / name)

    def has(self, modules: frozenset[str]) -> bool:
        """Whether the measured Python has all of them."""
        for module in modules - self._modules.keys():
            look = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is None)"
            self._modules[module] = subprocess.run([self.python, "-c", look], check=False).returncode == 0
        return all(self._modules[module] for module in modules)

    def spelled(self, text: str) -> str:
        """`text` with the folders it names by $."""
        for name, value in (
            ("$ELSEWHERE", self.elsewhere),
            ("$HOME", self.home),
            ("$PACKAGES", self.packages),
            ("$PYTHON", self.python),
        ):
            text = text.replace(name, str(value))
        return text

    def short(self, path: str) -> str:
        """The path as the cells' authors write it."""
        for prefix, folder in (
            ("", self.project),
            ("$ELSEWHERE/", self.elsewhere),
            ("$HOME/", self.home),
            ("$TMP/", self.temporary),
            ("$PACKAGES/", self.packages),
        ):
            if path.startswith(f"{folder}/"):
                return prefix + path[len(str(folder)) + 1 :]
        return path

    def counts(self, path: str) -> bool:
        """Whether the path lies where cells keep data: not in a hidden folder of the home, no compiled module."""
        if path.startswith(f"{self.home}/."):
            return False
        return path.startswith(tuple(f"{folder}/" for folder in (self.project, self.elsewhere, self.home, self.temporary)))

    def look(self, *, digest: bool = True) -> Tree:
        """The files as they are now. Without digests nothing is opened, so that nobody who watches sees us."""
        keys = dict(self._files())
        digests: dict[str, str] = {}
        for path, key in keys.items() if digest else ():
            with contextlib.suppress(FileNotFoundError):  # another program took it away
                digests[path] = self._digest(path, key)
        return Tree(keys, digests)

    def _files(self) -> Iterator[tuple[str, Key]]:
        for top in (self.project, self.elsewhere, self.home, self.temporary):
            for folder, folders, names in os.walk(top):
                folders[:] = [
                    name
                    for name in folders
                    if self.counts(f"{folder}/{name}/") and name not in ("__pycache__", ".ipynb_checkpoints")
                ]
                for name in names:
                    path = f"{folder}/{name}"
                    if not os.path.islink(path) and os.path.isfile(path) and self.counts(path):
                        try:
                            found = os.stat(path)
                        except FileNotFoundError:
                            continue
                        yield path, (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)

    def _digest(self, path: str, key: Key) -> str:
        known = self._known.get(key)
        if known is None:
            with open(path, "rb") as file:
                known = self._known[key] = (
                    hashlib.file_digest(file, "sha256").hexdigest()
                    if hasattr(hashlib, "file_digest")
                    else hashlib.sha256(file.read()).hexdigest()
                )
        return known


def _packages(python: str) -> str:
    answer = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"], check=True, capture_output=True, text=True
    )
    return answer.stdout.strip()
