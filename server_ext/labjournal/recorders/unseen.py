"""What an execution did to files that nobody saw, said as sentences: an answer that leaves something out says what."""

from __future__ import annotations

import os
import re
import sys
import time
from typing import Iterable, Iterator, List, Set, Tuple

from labjournal.events import ProblemSeen
from labjournal.recorders import Execution
from labjournal.recorders.layers import Layers
from labjournal.recorders.touches import Touches
from labjournal.recorders.work_tree import remote_file_systems

__all__ = ["Unseen"]

_NATIVE = {
    "pyarrow": "pyarrow", "polars": "polars", "duckdb": "duckdb", "h5py": "h5py", "tables": "PyTables", "netCDF4": "netCDF4", "cv2": "OpenCV",
    "safetensors": "safetensors", "lightgbm": "lightgbm", "xgboost": "xgboost", "rasterio": "rasterio", "fiona": "fiona", "pyogrio": "pyogrio",
}  # fmt: skip
_NATIVE_CALLS = re.compile(r"\b(?:read|to)_(?:parquet|feather|orc|hdf)\b|\bHDFStore\b")
_IMPORTED = re.compile(r"^[ \t]*(?:import|from)[ \t]+([A-Za-z_]\w*)", re.MULTILINE)


class Unseen:
    """Knows what was said already, and what the layers of this run leave out."""

    def __init__(self, run: str, layers: Layers) -> None:
        self._run = run
        self._layers = layers
        self._said: Set[str] = set()
        self._remote: List[Tuple[str, str]] | None = None

    def of(self, execution: Execution, touches: Touches) -> Iterator[ProblemSeen]:
        """The sentences about one execution."""
        n = execution.n
        span = touches.span
        left_out = max(touches.left_out, touches.left_out_beside)
        if left_out:
            yield self._say(n, f"More files were touched than are recorded; {left_out:,} were left out.", what="incomplete")
        if touches.too_long:
            yield self._say(
                n, "Files were asked for at paths longer than the system takes from its root; those are not recorded."
            )
        if span is not None and span.sightings.lost:
            yield self._say(
                n,
                "So much happened to files that the system dropped events; files that native code or other programs touched may be missing.",
            )
        if self._layers.events is not None and not self._layers.events.complete:
            yield self._say(
                n, "The folders of the work tree were still being entered; files that native code touched in them may be missing."
            )
        if touches.children and self._layers.name != "fanotify":
            yield self._say(n, self._of_programs())
        yield from self._of_libraries(execution)
        for limit in self._layers.limits():
            yield from self._once(n, limit)
        yield from self._of_remote_places(n, touches)

    def native(self) -> Iterable[str]:
        """Libraries whose own calls are listened to."""
        native_calls = sys.modules.get("labjournal.recorders.native_calls")
        names = getattr(native_calls, "watched_libraries", None)
        return names() if names is not None else ()

    def missing(self) -> Iterable[str]:
        """Their readers and writers that should be there and are not, in the versions installed."""
        return list(getattr(sys.modules.get("labjournal.recorders.native_calls"), "missing", ()))

    def _of_programs(self) -> str:
        if self._layers.events is not None:
            return "Other programs of this kernel ran; what they did outside the watched folders is not seen."
        return "Other programs of this kernel ran; files that they read are not seen, and those they wrote only in the working folder."

    def _of_libraries(self, execution: Execution) -> Iterator[ProblemSeen]:
        if self._layers.events is not None:
            return
        listened = set(self.native())
        for module, library in sorted(_native_libraries(execution.source).items()):
            if module not in listened and library not in listened:
                yield from self._once(execution.n, f"Files that {library} reads by itself are not seen here.")

    def _of_remote_places(self, n: int, touches: Touches) -> Iterator[ProblemSeen]:
        if not touches.files:
            return
        if self._remote is None:
            self._remote = remote_file_systems()
        for place, kind in self._remote:
            below = os.path.join(place, "")
            if any(path.startswith(below) for path in touches.files):
                yield from self._once(n, f"{place} lies on another computer ({kind}); what others change there is not seen.")

    def _once(self, n: int, sentence: str) -> Iterator[ProblemSeen]:
        if sentence not in self._said:
            self._said.add(sentence)
            yield self._say(n, sentence)

    def _say(self, n: int, sentence: str, what: str = "not-seen") -> ProblemSeen:
        return ProblemSeen(self._run, n, what, sentence, time.time())


def _native_libraries(source: str) -> dict[str, str]:
    """Module → name of libraries that open files without Python's knowledge and are used by the source."""
    source = source[:200_000]
    found = {name: _NATIVE[name] for name in _IMPORTED.findall(source) if name in _NATIVE}
    if _NATIVE_CALLS.search(source):
        module = "tables" if "hdf" in source.lower() and "parquet" not in source else "pyarrow"
        if module in sys.modules or module == "tables":
            found[module] = _NATIVE[module]
    return found
