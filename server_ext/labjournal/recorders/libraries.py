"""Shared libraries that decide on numbers: linear algebra, OpenMP, CUDA; with their versions and numbers of threads.

Which are loaded stands in `/proc/self/maps`, which is read on the helper thread, and only after a cell that brought a module of those which
load such libraries. Version and number of threads are asked of the library itself, where its functions only tell: OpenBLAS, GNU's OpenMP, cuDNN.
Those of MKL and of Intel's and LLVM's OpenMP set their runtime up at the first call, choose a threading layer for good, or end the process
where another one is in place: of these the file alone is told. No library is loaded for it, and no Python module imported. Other systems than Linux do not say what is loaded; that is told as a reason.
"""

from __future__ import annotations

import os
import re
import sys
from typing import Any, Dict, FrozenSet, Iterable

__all__ = ["BRING", "loaded_libraries"]

BRING: FrozenSet[str] = frozenset(
    "numpy scipy sklearn torch tensorflow jax jaxlib cupy numba xgboost lightgbm catboost faiss cv2 mkl statsmodels polars onnxruntime "
    "llvmlite igraph gensim spacy blis thinc torchvision paddle mxnet dask_cudf cudf".split()
)
"""Top-level modules which bring such libraries."""

_FILES = re.compile(
    rb"(/[^\n]*/(?:lib)?(?:(?P<openblas>(?:scipy_)?openblas(?:64_?)?[pso]?)|(?P<mkl>mkl_rt)|(?P<blis>blis)|(?P<omp>gomp|iomp5|omp)|(?P<atlas>atlas|satlas|tatlas)"
    rb"|(?P<cuda>cudart|cudnn|cublas|cufft|cusolver|cusparse|nccl|cuda|amdhip64))(?=[-_.0-9])[^/\n]*)$",
    re.MULTILINE,
)
_MOST_BYTES, _MOST_FOUND = 32 << 20, 40
_VERSION = re.compile(r"\.so\.(\d+(?:\.\d+)*)")
_OPENBLAS = re.compile(r"OpenBLAS ([\w.]+)")
_SUFFIXES = ("", "64_", "_64", "64")
_PREFIXES = ("", "scipy_")


def loaded_libraries() -> Dict[str, Any]:
    """{"loaded": [kind, name, version, threads, file, package …], "reason": why it is not known}."""
    if not sys.platform.startswith("linux"):
        return {"loaded": [], "reason": f"not available: {sys.platform} does not say what is loaded"}
    try:
        with open("/proc/self/maps", "rb") as file:
            maps = file.read(_MOST_BYTES)
    except OSError as problem:
        return {"loaded": [], "reason": f"not available: {problem.strerror}"}
    found: Dict[str, str] = {}
    for match in _FILES.finditer(maps):
        kind = next(name for name, text in match.groupdict().items() if text)
        found.setdefault(os.fsdecode(match.group(1)), kind)
        if len(found) == _MOST_FOUND:
            break
    return {"loaded": [_told(path, kind) for path, kind in sorted(found.items())], "reason": ""}


def _told(path: str, kind: str) -> Dict[str, Any]:
    file = os.path.basename(path)
    name = re.split(r"[-_.]?\d|[-.]", file.replace("libscipy_", "lib"), maxsplit=1)[0]
    version = _VERSION.search(file)
    answer: Dict[str, Any] = {
        "kind": {"omp": "openmp", "cuda": "cuda"}.get(kind, "blas"),
        "name": kind if kind == "openblas" else (name[3:] if name.startswith("lib") else name)[:40],
        "version": version.group(1) if version and kind != "omp" else "",
        "threads": None,
        "file": file[:200],
        "package": _package(path),
    }
    try:
        answer.update(_asked(path, kind))
    except (OSError, AttributeError, ValueError, ImportError):  # another build of it: its name is known all the same
        pass
    return answer


def _package(path: str) -> str:
    """The folder of the distribution that brought the file: `numpy` of `…/site-packages/numpy.libs/…`; '' for the system's."""
    _, found, rest = path.rpartition("/site-packages/")
    return re.sub(r"\.libs$", "", rest.partition("/")[0])[:80] if found else ""


def _asked(path: str, kind: str) -> Dict[str, Any]:
    """Version and threads as a library tells them that is loaded already."""
    if kind not in ("openblas", "omp", "cuda") or (kind == "omp" and "gomp" not in os.path.basename(path)):
        return {}
    import ctypes

    library = ctypes.CDLL(path, mode=os.RTLD_NOLOAD | os.RTLD_LOCAL)
    if kind == "openblas":
        return _openblas(library)
    if kind == "omp":
        return {"threads": int(library.omp_get_max_threads())}
    if "cudnn" in os.path.basename(path) and hasattr(library, "cudnnGetVersion"):
        library.cudnnGetVersion.restype = ctypes.c_size_t
        number = int(library.cudnnGetVersion())
        whole = (
            (number // 10000, number % 10000 // 100, number % 100)
            if number >= 90000
            else (number // 1000, number % 1000 // 100, number % 100)
        )
        return {"version": ".".join(map(str, whole))}
    return {}


def _openblas(library: Any) -> Dict[str, Any]:
    import ctypes

    answer: Dict[str, Any] = {}
    config = _function(library, "openblas_get_config")
    if config is not None:
        config.restype = ctypes.c_char_p
        text = _text(config())
        version = _OPENBLAS.match(text)
        answer["version"] = version.group(1) if version else ""
        answer["config"] = text[:200]
    threads = _function(library, "openblas_get_num_threads")
    if threads is not None:
        answer["threads"] = int(threads())
    core = _function(library, "openblas_get_corename")
    if core is not None:
        core.restype = ctypes.c_char_p
        answer["core"] = _text(core())[:40]
    return answer


def _function(library: Any, name: str) -> Any:
    """Builds give their functions different names."""
    names: Iterable[str] = (f"{prefix}{name}{suffix}" for prefix in _PREFIXES for suffix in _SUFFIXES)
    return next((getattr(library, each) for each in names if hasattr(library, each)), None)


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace").strip() if isinstance(value, bytes) else ""
