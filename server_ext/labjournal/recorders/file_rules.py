"""Which files are data: not the interpreter's and its libraries' own, not caches, not the journal's, not devices.

Folders are judged by where this interpreter lives, never by a top folder's name: on a container the whole project may lie under
`/root` or `/var`. Data that is shipped inside a package counts, and is known by the package's version; what a download cache holds
counts where its name says that it is data.
"""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from typing import Mapping

__all__ = ["CODE", "DATA", "IGNORED", "MODULES", "PACKAGE", "Rules"]

IGNORED, DATA, PACKAGE, CODE = "ignored", "data", "package", "code"

_SYSTEM = (
    "/proc/",
    "/sys/",
    "/dev/",
    "/etc/",
    "/usr/lib/",
    "/usr/lib64/",
    "/usr/share/",
    "/usr/bin/",
    "/usr/sbin/",
    "/usr/libexec/",
    "/usr/local/bin/",
    "/bin/",
    "/sbin/",
    "/lib/",
    "/lib64/",
    "/snap/",
    "/nix/store/",
)
_NOISE = ("/__pycache__/", "/.git/", "/.hg/", "/.svn/", "/node_modules/", "/.ipynb_checkpoints/", "/.mypy_cache/", "/.ruff_cache/",
          "/.pytest_cache/", "/mpl-data/")  # fmt: skip
_OWN = (
    "/.ipython/",
    "/.jupyter/",
    "/.local/share/jupyter/",
    "/.local/share/labjournal/",
    "/.local/state/",
    "/.config/",
    "/.matplotlib/",
)
_OWN_VARIABLES = ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "MPLCONFIGDIR")
_CACHES = ("/.cache/", "/Library/Caches/", "/AppData/Local/")
_CODE_SUFFIXES = (".py", ".pyc", ".pyi", ".pyd", ".so", ".pth", ".dll", ".dylib", ".egg-link", ".ttf", ".afm", ".otf", ".pfb")
MODULES = (".py", ".pyc", ".so", ".pyd")
"""Endings of what an import opens."""
_DATA_SUFFIXES = (
    ".csv", ".tsv", ".csv.gz", ".gz", ".bz2", ".xz", ".zst", ".zip", ".tar", ".tgz", ".npz", ".npy", ".parquet", ".feather", ".arrow", ".orc",
    ".avro", ".xlsx", ".xls", ".ods", ".h5", ".hdf5", ".nc", ".pkl", ".pickle", ".joblib", ".mat", ".arff", ".dat", ".data", ".sav", ".dta",
    ".sas7bdat", ".rds", ".jsonl", ".ndjson", ".db", ".sqlite", ".sqlite3", ".safetensors", ".pt", ".pth.tar", ".ckpt", ".onnx", ".bin", ".idx",
    ".shp", ".dbf", ".geojson", ".gpkg", ".tif", ".tiff", ".fits", ".wav", ".flac", ".mp3", ".edf", ".nii", ".dcm", ".fasta", ".fastq", ".vcf",
)  # fmt: skip
_SHIPPED_SUFFIXES = (".json", ".txt", ".jpg", ".jpeg", ".png", ".xml", ".yaml", ".yml")
_SHIPPED_FOLDERS = ("/datasets/", "/data/", "/sample_data/", "/testdata/")


class Rules:
    """Verdicts for absolute paths; asked on the user's thread, so a verdict is a few `startswith`."""

    def __init__(self, journal: str) -> None:
        self._journal = os.path.join(os.path.realpath(journal), "")
        paths = sysconfig.get_paths()
        self.packages = _folders(_package_folders(paths))
        """Folders into which packages are installed."""
        own = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        named = [os.environ.get(name, "") for name in _OWN_VARIABLES]
        libraries = _folders(_library_folders(paths))
        self._installed = (*self.packages, *libraries)
        self._ignored = (*libraries, *_folders([own, *filter(os.path.isabs, named)]), *_SYSTEM, self._journal)

    def is_installed(self, path: str) -> bool:
        """Whether it is of a library or of Python itself, shipped data or not; for what an import does a thousand times."""
        return path.startswith(self._installed)

    def verdict(self, path: str) -> str:
        """IGNORED, DATA, PACKAGE (data shipped in one) or CODE (a module of the user's)."""
        if path.startswith(self.packages):
            return PACKAGE if _shipped_data(path) else IGNORED
        if path.startswith(self._ignored):
            return IGNORED
        if path.endswith(".pyc") and "/__pycache__/" in path:
            return CODE
        if any(part in path for part in _NOISE) or any(part in path for part in _OWN):
            return IGNORED
        if any(part in path for part in _CACHES):
            return DATA if path.lower().endswith(_DATA_SUFFIXES) else IGNORED
        return CODE if path.endswith(".py") else DATA


def _shipped_data(path: str) -> bool:
    lowered = path.lower()
    if (
        lowered.endswith(_CODE_SUFFIXES)
        or ".dist-info/" in lowered
        or ".egg-info/" in lowered
        or any(part in path for part in _NOISE)
    ):
        return False
    if lowered.endswith(_DATA_SUFFIXES):
        return True
    return lowered.endswith(_SHIPPED_SUFFIXES) and any(part in lowered for part in _SHIPPED_FOLDERS)


def _package_folders(paths: Mapping[str, str]) -> list[str]:
    folders = [paths["purelib"], paths["platlib"]]
    folders += [entry for entry in sys.path if type(entry) is str and entry.endswith(("site-packages", "dist-packages"))]
    try:
        folders.append(site.getusersitepackages())
    except Exception:  # embedded interpreters without a home folder
        pass
    return folders


def _library_folders(paths: Mapping[str, str]) -> list[str]:
    folders = [paths["stdlib"], paths["platstdlib"], paths["include"], paths["scripts"]]
    for prefix in {sys.prefix, sys.base_prefix, sys.exec_prefix}:
        # Not the prefix itself: an environment may have been made in the project's own folder.
        folders += [
            os.path.join(prefix, name)
            for name in ("lib", "lib64", "share", "etc", "include", "bin", "conda-meta", "pkgs", "Lib", "Scripts")
        ]
    folders += [entry for entry in sys.path if type(entry) is str and entry.endswith(".zip")]
    return folders


def _folders(paths: list[str]) -> tuple[str, ...]:
    """The folders as given and as they really are, each with a separator at its end."""
    given = {os.path.abspath(path) for path in paths}
    parents: dict[str, str] = {}  # most of them stand side by side, and to look at every part of each path takes milliseconds
    found = {os.path.join(form, "") for path in given for form in (path, _real(path, parents))}
    return tuple(sorted(folder for folder in found if len(folder) > 4))


def _real(path: str, parents: dict[str, str]) -> str:
    folder, name = os.path.split(path)
    if folder not in parents:
        parents[folder] = os.path.realpath(folder)
    real = os.path.join(parents[folder], name)
    return os.path.realpath(real) if os.path.islink(real) else real
