"""A package index of our own, in a folder: wheels made by hand, so that environments can be made without a network."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

__all__ = ["OTHERS", "Index"]

OTHERS = ("UV_EXTRA_INDEX_URL", "UV_INDEX", "UV_INDEX_URL", "UV_FIND_LINKS", "PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL")


class Index:
    """`file://…/simple`, for uv and for pip."""

    def __init__(self, folder: Path) -> None:
        self.simple = folder / "simple"
        self.simple.mkdir(parents=True)
        self._links: dict[str, list[str]] = {}

    def wheel(self, name: str, version: str, files: dict[str, str], requires: tuple[str, ...] = ()) -> Path:
        module = name.replace("-", "_")
        info = f"{module}-{version}.dist-info"
        needs = "".join(f"Requires-Dist: {each}\n" for each in requires)
        files = {
            **files,
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: by hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        record = "".join(f"{path},,\n" for path in files) + f"{info}/RECORD,,\n"
        path = self._place(name) / f"{module}-{version}-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as archive:
            for member, text in {**files, f"{info}/RECORD": record}.items():
                archive.writestr(zipfile.ZipInfo(member, (2026, 1, 1, 0, 0, 0)), text)
        return self._listed(name, path)

    def source(self, name: str, version: str, setup: str) -> Path:
        """What has to be built, which executes `setup`."""
        path = self._place(name) / f"{name}-{version}.tar.gz"
        with tarfile.open(path, "w:gz") as archive:
            for member, text in (("setup.py", setup), ("PKG-INFO", f"Metadata-Version: 1.0\nName: {name}\nVersion: {version}\n")):
                entry = tarfile.TarInfo(f"{name}-{version}/{member}")
                entry.size = len(text.encode())
                archive.addfile(entry, io.BytesIO(text.encode()))
        return self._listed(name, path)

    def use(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        """The only index that is known, with a cache of its own."""
        for name in OTHERS:
            monkeypatch.delenv(name, raising=False)
        for name, value in self.variables(folder).items():
            monkeypatch.setenv(name, value)

    def variables(self, folder: Path) -> dict[str, str]:
        """What a process is told, without `OTHERS`, so that it knows this index only."""
        return {
            "UV_NO_CONFIG": "1",
            "PIP_CONFIG_FILE": "/dev/null",
            "UV_DEFAULT_INDEX": self.simple.as_uri(),
            "PIP_INDEX_URL": self.simple.as_uri(),
            "UV_CACHE_DIR": str(folder / "uv-cache"),
            "PIP_CACHE_DIR": str(folder / "pip-cache"),
            "LABJOURNAL_ENVIRONMENTS": str(folder / "environments"),
        }

    def _place(self, name: str) -> Path:
        place = self.simple / name
        place.mkdir(exist_ok=True)
        return place

    def _listed(self, name: str, path: Path) -> Path:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        self._links.setdefault(name, []).append(f'<a href="{path.name}#sha256={digest}">{path.name}</a><br>')
        (path.parent / "index.html").write_text(f"<!DOCTYPE html><html><body>{''.join(self._links[name])}</body></html>")
        return path
